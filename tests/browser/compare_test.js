/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the page says of comparisons, checked against numbers computed here from the data block.
 * FOLDER holds what graph_test.sh makes.
 */
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const zlib = require('node:zlib');
const {readBlock} = require('./block.js');
const {folder, ok, is, text, open, labelAt, click, hovered, LABELS_FIT, STATUS} = require('./reader.js');

/* ---- what is expected ---- */

const grouped = number => String(number).replace(/\B(?=(\d{3})+$)/g, ',');
const [WORDS, SHRANK, GREW] = [['not tested', 'no evidence of change', 'shrank', 'grew', 'shrank slightly', 'grew slightly'], 2, 3];

function percent(part, whole) {
	const share = 100 * part / whole;
	return share === 0 ? '0 %' : share === 100 ? '100 %' : share < 0.005 ? '< 0.01 %' : `${share.toFixed(share < 0.995 ? 2 : 1)} %`;
}

/* Differences have the sign of a minus, not a hyphen. */
const points = (number, plus = '') => {
	const digits = Math.abs(number).toFixed(2);
	return digits === '0.00' ? digits : `${number < 0 ? '−' : plus}${digits}`;
};
/* What was rounded to thousandths may be rounded once more from either side of a half. */
const sameNumbers = (a, b) => a.replace(/\d+\.\d\d/g, '#') === b.replace(/\d+\.\d\d/g, '#') &&
	[...a.matchAll(/\d+\.\d\d/g)].every(([number], i) => Math.abs(number - [...b.matchAll(/\d+\.\d\d/g)][i][0]) < 0.0101);
const alike = (name, got, wanted) => ok(name, sameNumbers(got, wanted), `got ${got}\nwanted ${wanted}`);

const verdictOf = ({verdict, before, after}) => verdict > 1 && !before ? 'only after' : verdict > 1 && !after ? 'only before' : WORDS[verdict];
const effectOf = ({head: {diff}}, {before, after}) => after * diff.after.scale - before * diff.before.scale;

/* A change as the hover text and as the status line have it, of samples compared by their totals. */
function expected(block, heading, change) {
	const {diff} = block.head, {before, after, low, high} = change;
	const shares = [percent(before, diff.before.total), percent(after, diff.after.total)];
	const effect = `${points(effectOf(block, change), '+')} points${Number.isNaN(low) ? '' : ` (${points(low)} to ${points(high)})`}`;
	return {
		tip: `${heading} ${grouped(before)} ${shares[0]} ${grouped(after)} ${shares[1]} ${effect} ${verdictOf(change)}`,
		line: `${heading} ${grouped(before)} → ${grouped(after)} samples, ${shares.join(' → ')}, ${effect}, ${verdictOf(change)}`,
	};
}

/* Of a function, and of a node. */
const functionChange = (block, name, of) => {
	const frame = block.name.indexOf(name);
	return {before: block.functions[0][of][frame], after: block.functions[1][of][frame], ...block.changes[of][frame]};
};
const effectClass = (block, change) => {
	const effect = effectOf(block, change);
	return change.verdict < 2 ? 4 : 4 + Math.sign(effect) * (1 + [1, 3, 10].filter(size => size <= Math.abs(effect)).length);
};

/* Where a name is drawn when boxes are as wide as `widthOf(node)`: {x, width} of its first node. */
function placeOf(block, name, widthOf, room) {
	const x = [0], next = [0];
	for (let i = 1; i < block.frame.length; i++) {
		x[i] = next[block.parent[i]];
		next[block.parent[i]] += widthOf(i);
		next[i] = x[i];
	}
	const node = block.frame.findIndex(frame => block.name[frame] === name), scale = room / widthOf(0);
	return {x: x[node] * scale, width: widthOf(node) * scale};
}

/* ---- what is there ---- */

/* The box that a label is in, and its class. */
const boxOf = (page, name) => page.evaluate(`(() => {
	const label = [...document.querySelectorAll('.room text')].find(one => one.firstChild.data === ${JSON.stringify(name)});
	if (!label)
		return null;
	const left = Number(label.getAttribute('x')) - 4, base = Number(label.getAttribute('y'));
	for (const path of document.querySelectorAll('.room g path')) {
		for (const [, x, y, width] of path.getAttribute('d').matchAll(/M(\\d+) (\\d+)h(\\d+)/g)) {
			if (Number(x) === left && Number(y) < base && base < Number(y) + 18)
				return {x: left, width: Number(width), style: path.getAttribute('class'), faded: Boolean(path.closest('.faded'))};
		}
	}
})()`);
const ROWS = `[...document.querySelectorAll('.functions tbody tr:not([aria-hidden])')].map(row =>
	[row.children[0].title.split('\\n')[0], ...[...row.children].slice(1).flatMap(cell => [...cell.childNodes].map(part => part.textContent))].join('|'))`;
const hash = page => page.evaluate('location.hash');
const press = async (page, ...keys) => {
	for (const key of keys)
		await page.key(key);
};

/* ---- the tests ---- */

const FUNCTIONS = ['hash', 'send', 'wait', 'lex', 'parse', 'serve'];

async function testHover(browser) {
	const block = readBlock(`${folder}/compared.svg`), page = await open(browser, 'compared');
	is('the title has both sides', await page.evaluate(text('h1')), 'after.folded against before.folded  ·  10,000 samples before  ·  9,700 samples after');
	for (const name of [...FUNCTIONS, 'new_way']) {
		const [tip, status] = await hovered(page, name);
		const total = expected(block, 'total', functionChange(block, name, 'total'));
		const self = expected(block, 'self', functionChange(block, name, 'self'));
		const has = functionChange(block, name, 'self').after > 0;
		alike(`hover: ${name}`, tip, ['samples before samples after difference', total.tip, ...(has ? [self.tip] : [])].join('; '));
		alike(`status: ${name}`, status, `${name} ${[total.line, ...(has ? [self.line] : [])].join('  ·  ')}`);
	}
	is('what is new is', (await hovered(page, 'new_way'))[0].split(' ').slice(-2).join(' '), 'only after');
	is('all is all', (await hovered(page, 'all'))[0], 'samples before samples after difference; total 10,000 100 % 9,700 100 % 0.00 points');
	ok('verdicts are different ones', ['grew', 'shrank', 'no evidence of change'].every((word, i) =>
		WORDS[functionChange(block, ['hash', 'wait', 'send'][i], 'total').verdict] === word));
	is('no script errors', page.errors.join(), '');
}

/* Functions with many paths: the path's own numbers, and those of the function. */
async function testPaths(browser) {
	const block = readBlock(`${folder}/steps-diff.svg`), page = await open(browser, 'steps-diff');
	let known = 0, whole = 0;
	for (let row = 0; row < 12; row++) {
		await press(page, 'ArrowUp');
		const status = await page.evaluate(STATUS), zoomed = await page.evaluate(text('.name'));
		if (/called by/.test(zoomed))
			break;
		/* Where the keys are: the path of widest frames in the tree. */
		let node = 0;
		for (let depth = 0; depth <= row; depth++) {
			const children = block.frame.map((_, i) => i).filter(i => i && block.parent[i] === node);
			node = children.reduce((a, b) => block.total[1][b] > block.total[1][a] ? b : a);
		}
		const name = block.name[block.frame[node]];
		const all = functionChange(block, name, 'total');
		const own = {before: block.total[0][node], after: block.total[1][node], ...block.changes.nodeTotal[node]};
		if (!own.verdict && own.before === all.before && own.after === all.after)
			Object.assign(own, all);
		else if (!own.verdict && all.verdict < 2)
			own.verdict = all.verdict;
		known += own.verdict > 1 ? 1 : 0;
		const lines = [expected(block, 'total', own).line];
		if (own.before !== all.before || own.after !== all.after) {
			lines.push(expected(block, 'total, all paths', all).line);
			whole++;
		}
		alike(`path ${row}: ${name}`, status.split(/  ·  (?=self)/)[0], `${name} ${lines.join('  ·  ')}`);
	}
	ok('some paths have moved, and some functions have others', known > 0 && whole > 2, `${known} ${whole}`);
	is('no script errors', page.errors.join(), '');
}

async function testLayouts(browser) {
	const block = readBlock(`${folder}/compared.svg`), {diff} = block.head;
	const widths = {after: i => block.total[1][i], before: i => block.total[0][i],
		both: i => block.total[0][i] * diff.before.scale + block.total[1][i] * diff.after.scale};
	const page = await open(browser, 'compared');
	const room = await page.evaluate(`document.querySelector('main').clientWidth`);
	const choice = () => page.evaluate(`document.querySelector('.tools select + select').selectedOptions[0].textContent`);
	const check = async which => {
		is(`widths: ${which} is chosen`, await choice(), `widths: ${which}`);
		for (const name of [...FUNCTIONS, 'old_way', 'new_way']) {
			const {x, width} = placeOf(block, name, widths[which], room), box = await boxOf(page, name);
			if (width < 1)
				is(`widths: ${which} has no ${name}`, box, null);
			else
				ok(`widths: ${which}: ${name}`, box && Math.abs(box.x - x) <= 1 && Math.abs(box.width + 1 - width) <= 1.5,
					`${JSON.stringify(box)} wanted ${x} ${width}`);
		}
		is(`widths: ${which}: labels fit`, await page.evaluate(LABELS_FIT), '');
	};
	await check('after');
	is('widths: after is the beginning', await hash(page), '');
	await press(page, 'v');
	await check('before');
	is('widths: in the address', await hash(page), '#value=0');
	alike('widths: what is gone says so', (await hovered(page, 'old_way'))[1].split('  ·  ')[0],
		`old_way ${expected(block, 'total', functionChange(block, 'old_way', 'total')).line}`);
	is('what is gone is', verdictOf(functionChange(block, 'old_way', 'total')), 'only before');
	await press(page, 'v');
	await check('both');
	const both = await hash(page), again = await open(browser, 'compared', {hash: both});
	is('widths: they come back from the address', await again.evaluate(text('.room')), await page.evaluate(text('.room')));
	await press(page, 'v');
	await check('after');
	await page.evaluate('history.back()');
	await page.until(`location.hash === '${both}'`);
	await check('both');
	/* Zoomed to what the other side does not have. */
	await click(page, 'old_way');
	is('zoomed to what is gone', await page.evaluate(text('.name')), 'old_way');
	await press(page, 'v');
	is('without it the zoom is at its caller', await page.evaluate(text('.name')), 'parse');
	is('no script errors', [...page.errors, ...again.errors].join(), '');
}

/* Colours of totals and of self values, which differ for what calls something. */
async function testSwitch(browser) {
	const block = readBlock(`${folder}/compared.svg`), page = await open(browser, 'compared');
	const check = async of => {
		for (const name of FUNCTIONS)
			is(`colours of ${of}: ${name}`, (await boxOf(page, name)).style, `e${effectClass(block, functionChange(block, name, of))}`);
	};
	await check('total');
	is('serve has grown in total only', ['total', 'self'].map(of => functionChange(block, 'serve', of).verdict > 1).join(), 'true,false');
	await press(page, 'e');
	await check('self');
	is('colours: in the address', await hash(page), '#changes=self');
	is('colours: said by the choice', await page.evaluate(`document.querySelector('.tools select + select + select').selectedOptions[0].textContent`), 'colours: self');
	const again = await open(browser, 'compared', {hash: '#changes=self'});
	is('colours: come back from the address', (await boxOf(again, 'serve')).style, 'e4');
	await page.evaluate('history.back()');
	await page.until(`location.hash === ''`);
	await check('total');
	is('no script errors', [...page.errors, ...again.errors].join(), '');
}

async function testTable(browser) {
	const block = readBlock(`${folder}/steps-diff.svg`), page = await open(browser, 'steps-diff', {width: 1500, hash: '#table=1'});
	const all = of => block.name.map((name, frame) => ({name, frame, before: block.functions[0][of][frame], after: block.functions[1][of][frame],
		...block.changes[of][frame]})).filter(({frame, before, after}) => frame && (before || after));
	const {diff} = block.head;
	const line = change => [change.name, grouped(change.before), percent(change.before, diff.before.total),
		grouped(change.after), percent(change.after, diff.after.total), points(effectOf(block, change), '+'),
		...(Number.isNaN(change.low) ? [''] : [`${points(change.low)} to ${points(change.high)}`]), verdictOf(change).replace(' of change', '')]
		.join('|');
	const mean = change => change.before * diff.before.scale + change.after * diff.after.scale;
	const size = change => change.verdict > 1 ? effectOf(block, change) : 0;
	const check = async (what, of, order) => alike(`table: ${what}`, (await page.evaluate(ROWS)).join('\n'),
		all(of).sort((a, b) => order(a, b) || mean(b) - mean(a) || a.frame - b.frame).map(line).join('\n'));
	const head = () => page.evaluate(`[...document.querySelectorAll('.functions th')].map(th => th.textContent + th.getAttribute('aria-sort')).join()`);
	const sort = name => page.evaluate(`document.querySelector('.functions th[data-key=${name}] button').click()`);
	const moved = all('total').filter(({verdict}) => verdict > 1);
	ok('table: some grew, some shrank, some neither', moved.some(change => size(change) > 0) && moved.some(change => size(change) < 0) &&
		moved.length < all('total').length, moved.map(line).join('\n'));
	await check('what moved most is first', 'total', (a, b) => Math.abs(size(b)) - Math.abs(size(a)));
	is('table: says so', await head(), 'functionnone,beforenone,afternone,change, points ↕other');
	await sort('change');
	await check('by change: what grew first', 'total', (a, b) => size(b) - size(a));
	is('table: by change says so', await head(), 'functionnone,beforenone,afternone,change, points ▼descending');
	is('table: by change is in the address', await hash(page), '#sort=change&table=1');
	await sort('change');
	await check('by change: what shrank first', 'total', (a, b) => size(a) - size(b));
	await sort('change');
	is('table: and back', await hash(page), '#table=1');
	await sort('before');
	await check('by before', 'total', (a, b) => b.before - a.before);
	await page.evaluate(`document.querySelector('main').focus()`);
	await press(page, 'e');
	await sort('change');
	await check('of self values', 'self', (a, b) => size(b) - size(a));
	ok('table: says of what', (await page.evaluate(text('.caption'))).endsWith('functions, self values of both sides'));
	await page.evaluate(`document.querySelector('.legend [data-sign=more]').click()`);
	is('table: only what grew', (await page.evaluate(ROWS)).map(row => row.split('|')[0]).sort().join(),
		all('self').filter(change => size(change) > 0).map(({name}) => name).sort().join());

	const gone = await open(browser, 'compared', {width: 1500, hash: '#table=1'});
	await gone.evaluate(`[...document.querySelectorAll('.functions tbody tr')].find(row => /^old_way/.test(row.textContent)).click()`);
	for (const width of [1500, 1280]) {
		await gone.size(width, 800);
		is(`table: all of a change can be read, ${width} pixels wide`, await gone.evaluate(`[...document.querySelectorAll('.functions .change, .functions .change .part')]
			.filter(({scrollWidth, clientWidth}) => scrollWidth > clientWidth && clientWidth).map(({textContent}) => textContent).join()`), '');
	}
	is('table: a function that is gone is shown among both', await gone.evaluate(text('.name')), 'old_way');
	is('no script errors', [...page.errors, ...gone.errors].join(), '');
}

async function testLegend(browser) {
	const page = await open(browser, 'compared');
	const mark = sign => page.evaluate(`document.querySelector('.legend [data-sign=${sign}]').click()`);
	is('legend: a scale', await page.evaluate(`[...document.querySelectorAll('.legend .scale text')].map(label => label.textContent).join()`),
		'≤ −10,≤ −3,≤ −1,< 0,no evidence,> 0,≥ +1,≥ +3,≥ +10');
	const plain = async () => {
		const names = [];
		for (const name of FUNCTIONS)
			names.push(...((await boxOf(page, name)).faded ? [] : [name]));
		return names.join();
	};
	await mark('more');
	is('legend: what grew is marked', await plain(), 'hash,serve');
	is('legend: in the address', await hash(page), '#moved=more');
	await mark('same');
	is('legend: what did not change', await plain(), 'send,lex,parse');
	await mark('less');
	is('legend: what shrank', await plain(), 'wait');
	is('legend: pressed', await page.evaluate(`[...document.querySelectorAll('.legend [data-sign]')].map(one => one.getAttribute('aria-pressed')).join()`), 'true,false,false');
	await mark('less');
	is('legend: again marks nothing', await plain(), FUNCTIONS.join());
	is('no script errors', page.errors.join(), '');
}

/* Inverted, callers and callees, what is left out. */
async function testViews(browser) {
	const block = readBlock(`${folder}/steps-diff.svg`);
	const page = await open(browser, 'steps-diff', {hash: '#view=inverted'});
	const name = 'step_4', self = functionChange(block, name, 'self'), total = functionChange(block, name, 'total');
	for (const leaf of [name, 'step_0'])
		alike(`inverted: a leaf has the self values of its function, ${leaf}`, (await hovered(page, leaf))[1],
			`${leaf} ${expected(block, 'self', functionChange(block, leaf, 'self')).line}`);
	is('inverted: its colour is theirs', (await boxOf(page, name)).style, `e${effectClass(block, self)}`);
	await click(page, name);
	await press(page, 'ArrowDown');
	const caller = await page.evaluate(STATUS);
	alike('inverted: a caller has what leads to the leaf', caller.split('  ·  ')[1], expected(block, 'of the leaf', self).line);
	const [, before, after] = /through here ([\d,]+) → ([\d,]+) samples/.exec(caller);
	const callerName = await page.evaluate(text('.name'));
	const through = [0, 1].map(side => block.self[side].reduce((sum, value, i) => sum +
		(block.name[block.frame[i]] === name && block.name[block.frame[block.parent[i]]] === callerName ? value : 0), 0));
	is('inverted: and how much of it', `${before} ${after}`, through.map(grouped).join(' '));
	await press(page, 's');
	const around = await open(browser, 'steps-diff', {hash: `#view=around&of=${block.name.indexOf(name)}`});
	alike('callers and callees: the function', (await around.evaluate(STATUS)).split('  ·  ')[0], `${name} ${expected(block, 'total', total).line}`);
	const only = await open(browser, 'steps-diff', {hash: '#focus=step_4%24'});
	const kept = side => grouped([...block.frame.keys()].reduce((sum, i) => {
		let has = false;
		for (let up = i; up; up = block.parent[up])
			has = has || block.name[block.frame[up]] === 'step_4';
		return sum + (has ? block.self[side][i] : 0);
	}, 0));
	ok('only some stacks: their numbers', (await only.evaluate(STATUS)).startsWith(`all total ${kept(0)} → ${kept(1)} samples`), await only.evaluate(STATUS));
	for (const keys of ['rrr', '2', '1', '3', 'e', 'v', 'vv', 'm', 't', 'p', 's'])
		await press(only, ...keys);
	is('no script errors', [...page.errors, ...around.errors, ...only.errors].join(), '');
}

/* Times by second; what is known of waits. */
async function testWaits(browser) {
	const block = readBlock(`${folder}/waits-diff.svg`), {diff} = block.head, page = await open(browser, 'waits-diff');
	is('waits: compared by time', diff.normalize, 'time');
	const frame = block.name.indexOf('handle_request'), node = block.frame.indexOf(frame);
	const [before, after, waits, wasWaits] = [0, 1, 3, 2].map(type => block.total[type][node]);
	const rate = (ns, side) => ns / (diff[side].duration_ns / 1e9);
	const [, status] = await hovered(page, 'handle_request');
	const number = /total (\S+) s → (\S+) s, (\S+) s\/s → (\S+) s\/s, \+(\S+) points \((\S+) to (\S+)\), grew/.exec(status);
	ok('waits: the line has all parts', Boolean(number), status);
	const wanted = [before / 1e9, after / 1e9, rate(before, 'before') / 1e9, rate(after, 'after') / 1e9, effectOf(block, {before, after}),
		block.changes.nodeTotal[node].low, block.changes.nodeTotal[node].high];
	number.slice(1).forEach((got, i) => ok(`waits: number ${i}`, Math.abs(got - wanted[i]) <= Math.max(0.011, Math.abs(wanted[i]) / 150), `${got} ${wanted[i]}`));
	ok('waits: their number', status.includes(`waits ${grouped(wasWaits)} → ${grouped(waits)}  ·  average 11.3 ms → `), status);
	ok('waits: the longest', status.endsWith('longest wait 1.25 s → 2.00 s'), status);
	await page.evaluate(`document.querySelector('button[title^="functions with"]').click()`);
	ok('waits: table', (await page.evaluate(ROWS)).some(row => /^handle_request\|74\.3 s\|2\.48 s\/s\|/.test(row)), (await page.evaluate(ROWS)).slice(0, 9).join('\n'));
	is('no script errors', page.errors.join(), '');
}

/* Without repeats nothing is known of chance: no colour, no interval, and the largest difference first. */
async function testUntested(browser) {
	const page = await open(browser, 'untested', {hash: '#table=1', width: 1500});
	is('nothing tested: no colour', await page.evaluate(`[...document.querySelectorAll('.room g path')].map(path => path.getAttribute('class')).join()`), 'e4');
	is('nothing tested: the table', (await page.evaluate(ROWS)).map(row => row.replace(/\|.*%\|/, '|')).join(), '[waits: futex]|−19.88||not tested,work|+19.88||not tested,main|0.00||not tested');
	is('no script errors', page.errors.join(), '');
}

/* A comparison that is made on the page, as docs/design/page.md says; and back. */
async function testMade(browser) {
	const script = fs.readFileSync(path.join(__dirname, '../../build/render/page.js'), 'utf8').replace(/start\(\);\s*\};\s*$/,
		'globalThis.page = {showComparison: made => { compare(made); change(afresh()); }, Tree, get data() { return data; }}; $&');
	fs.writeFileSync(`${folder}/made.svg`, fs.readFileSync(`${folder}/service.svg`, 'utf8')
		.replace(/(<metadata id="page"[^>]*>)[^<]*/, `$1${zlib.gzipSync(script).toString('base64')}`));
	const page = await open(browser, 'made');
	const whole = await page.evaluate(STATUS);
	await page.evaluate(`(() => {
		const {data, Tree, showComparison} = globalThis.page, self = data.selves[0];
		const sides = [self, self.map((value, i) => data.name(data.nodes.frame[i]) === 'longest_match' ? 2 * value : value)];
		const total = sides.map(values => values.reduce((sum, value) => sum + value, 0));
		const none = count => ({verdict: new Uint8Array(count), low: new Float64Array(count).fill(NaN), high: new Float64Array(count).fill(NaN)});
		const [self1, total1] = [none(data.frames), none(data.frames)];
		const grown = data.functions[[...Array(data.frames).keys()].find(frame => data.name(frame) === 'longest_match')];
		for (const changes of [self1, total1])
			[changes.verdict[grown], changes.low[grown], changes.high[grown]] = [3, 14.5, 17.25];
		showComparison({
			about: {before: {title: 'a', files: 1, total: total[0], scale: 100 / total[0]}, after: {title: 'b', files: 1, total: total[1], scale: 100 / total[1]},
				normalize: 'total', amount: 'samples'},
			values: [{name: 'before', unit: 'count', factor: 1}, {name: 'after', unit: 'count', factor: 1}],
			tree: new Tree(data.nodes, null, type => sides[type]),
			changes: {self: self1, total: total1, nodeSelf: none(data.nodes.frame.length), nodeTotal: none(data.nodes.frame.length)},
		});
	})()`);
	/* 900 of 2,970 became 1,800 of 3,870. */
	is('made on the page: hover', (await hovered(page, 'longest_match'))[0], 'samples before samples after difference; ' +
		'total 900 30.3 % 1,800 46.5 % +16.21 points (14.50 to 17.25) grew; self 900 30.3 % 1,800 46.5 % +16.21 points (14.50 to 17.25) grew');
	is('made on the page: colour', (await boxOf(page, 'longest_match')).style, 'e4'.replace('4', '8'));
	is('made on the page: legend', await page.evaluate(`document.querySelectorAll('.legend [data-sign]').length`), 3);
	await press(page, 't');
	ok('made on the page: table', (await page.evaluate(ROWS))[0].startsWith('longest_match|900|30.3 %|1,800|46.5 %|+16.21'), (await page.evaluate(ROWS))[0]);
	await page.evaluate(`globalThis.page.showComparison(null)`);
	is('and back: status', await page.evaluate(STATUS), whole);
	is('and back: columns', await page.evaluate(`[...document.querySelectorAll('.functions th')].map(th => th.dataset.key).join()`), 'name,self,total');
	is('and back: legend', await page.evaluate(`document.querySelectorAll('.legend [data-sign]').length + document.querySelectorAll('.legend [data-kind] svg').length`), 9);
	is('no script errors', page.errors.join(), '');
}

async function testElsewhere(browser) {
	const fills = {};
	for (const theme of ['light', 'dark']) {
		const page = await open(browser, 'compared');
		await page.theme(theme);
		fills[theme] = await page.evaluate(`(() => {
			const of = style => getComputedStyle(document.querySelector('.room .plain .' + style + ', .room g:not(.faded) > .' + style)).fill;
			return ['e1', 'e4', 'e7'].map(of).concat(getComputedStyle(document.body).backgroundColor).join(' ');
		})()`);
		await press(page, 'p');
		is(`${theme}: the other palette changes no colour of a comparison`, fills[theme].split(' rgb')[0],
			(await page.evaluate(`getComputedStyle(document.querySelector('.room g:not(.faded) > .e1')).fill`)));
		is('no script errors', page.errors.join(), '');
	}
	ok('dark is not light', fills.light !== fills.dark && new Set(fills.dark.match(/rgb[^)]*\)/g)).size === 4, JSON.stringify(fills));

	const still = await open(browser, 'compared', {scripts: false});
	const words = await still.evaluate('document.documentElement.textContent');
	for (const wanted of ['10,000 samples before', 'Frames are as wide as the mean of both sides', 'no evidence of change', '≥ +10', 'grew (points)', 'old_way', 'new_way'])
		ok(`without scripts: ${wanted}`, words.includes(wanted));

	const plain = await open(browser, 'service');
	await press(plain, 'v', 'e');
	is('a profile has nothing to compare', await plain.evaluate(`location.hash + document.querySelectorAll('.legend .scale').length +
		document.querySelector('.tools select + select + select').hidden`), '0true');
	const hostile = await open(browser, 'hostile-diff', {hash: '#table=1&value=8&changes=self&moved=less&sort=-change'});
	for (const key of ['v', 'v', 'e', '3', '2', 's', 't', 'r', 'i'])
		await hostile.key(key);
	is('hostile names run nothing', await hostile.evaluate('typeof globalThis.broken'), 'undefined');
	const wrong = await open(browser, 'compared', {hash: '#value=99&changes=x&moved=y&sort=self'});
	is('a wrong address shows the whole', await wrong.evaluate(STATUS), await (await open(browser, 'compared')).evaluate(STATUS));
	const phone = await open(browser, 'compared', {width: 390, height: 844, hash: '#table=1'});
	ok('phone: nothing wider than the screen', await phone.evaluate('document.documentElement.scrollWidth <= innerWidth'));
	ok('phone: names can be read', await phone.evaluate(`document.querySelector('.functions thead .fn').clientWidth >= 100`));
	const {data} = await (await open(browser, 'compared')).send('Page.printToPDF', {preferCSSPageSize: true});
	is('prints on one sheet', Buffer.from(data, 'base64').toString('latin1').match(/\/Type\s*\/Page\b/g).length, 1);
	is('no script errors', [...still.errors, ...plain.errors, ...hostile.errors, ...wrong.errors, ...phone.errors].join(), '');
}

module.exports = [testHover, testPaths, testLayouts, testSwitch, testTable, testLegend, testViews, testWaits, testUntested, testMade, testElsewhere];
