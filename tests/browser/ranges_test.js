/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two ranges of time and their difference, checked against the data block; and how the strip of
 * activity is on a phone, in the dark, on paper and to a screen reader.
 * FOLDER is as for graph_test.js.
 */
'use strict';
const {HASH, TITLE, CHIPS, grouped, readStacks, amount, having, lengthOf, places, openTimed} = require('./timed.js');
const {folder, ok, is, text, labelAt, click, hovered, READY} = require('./reader.js');

/*
 * Before, after and the interval of their difference, as docs/design/page.md has it: rates of Poisson
 * counts, of which parts of the ranges say how much more they vary.
 */
function changeOf({stacks, ends}, list, ranges) {
	const seconds = ranges.map(range => lengthOf(ends, range)), amounts = ranges.map(range => amount(list, range));
	const whole = amount(stacks, ranges[0]) / seconds[0], rates = amounts.map((value, side) => value / seconds[side]);
	let chi = 0, freedom = 0;
	ranges.forEach(([from, to], side) => {
		const count = Math.min(8, to - from);
		for (let i = 0; i < count && rates[side]; i++) {
			const part = [from + Math.round(i / count * (to - from)), from + Math.round((i + 1) / count * (to - from))];
			const wanted = rates[side] * lengthOf(ends, part);
			chi += (amount(list, part) - wanted) ** 2 / wanted;
			freedom += i ? 1 : 0;
		}
	});
	const spread = freedom ? Math.max(1, chi / freedom) : 1;
	/* Of the t distribution, 97.5 %, for what the ranges here have. */
	const t = {7: 2.365, 14: 2.145}[freedom];
	const wilson = rates.map((rate, side) => {
		const n = seconds[side] / spread, k = amounts[side] / spread;
		const reach = t * Math.sqrt(k + t * t / 4) / n, centre = (k + t * t / 2) / n;
		return [Math.max(0, centre - reach), centre + reach];
	});
	const effect = rates[1] - rates[0], [before, after] = wilson;
	return {amounts, rates, points: [effect, effect - Math.hypot(rates[1] - after[0], before[1] - rates[0]),
		effect + Math.hypot(after[1] - rates[1], rates[0] - before[0])].map(rate => 100 * rate / whole)};
}

/* The address with boxes as wide as both sides, so that all have labels. */
const WIDE = '&value=4';

/* The row of a hover text that is about the total value of a function. */
async function changeShown(page, name) {
	const [tip] = await hovered(page, name), rows = tip.split('; ').filter(row => /^(total|self)/.test(row));
	const row = rows.filter(text => text.startsWith('total')).pop() || rows[0];
	const numbers = /([\d,]+) +([\d,]+)\/s +([\d,]+) +([\d,]+)\/s +(\S+) points(?: \((\S+) to (\S+)\))? *(.*)/.exec(row);
	if (!numbers)
		return {row: tip, counts: []};
	const points = numbers.slice(5, 8).map(number => Number(number.replace('−', '-')));
	return {row, counts: numbers.slice(1, 5), points, verdict: numbers[8]};
}

async function changeIs(page, graph, name, ranges, verdict) {
	const wanted = changeOf(graph, having(graph.stacks, name), ranges), {row, counts, points, verdict: got} = await changeShown(page, name);
	const numbers = [0, 1].flatMap(side => [grouped(wanted.amounts[side]), grouped(wanted.rates[side])]);
	is(`${name}: both sides, and in a second`, counts.join(' '), numbers.join(' '));
	ok(`${name}: points and their interval`, points && points.every((number, i) => Math.abs(number - wanted.points[i]) < 0.02 + 0.01 * Math.abs(wanted.points[i])),
		`${row}\nwanted ${wanted.points.map(number => number.toFixed(2))}`);
	is(`${name}: ${verdict}`, got, verdict);
}

const COLOUR = ({x, y}) => `document.elementFromPoint(${x}, ${y}).getAttribute('class')`;

async function testTwo(browser) {
	const graph = readStacks('phases'), ranges = [[2, 18], [21, 38]], page = await openTimed(browser, 'phases');
	const {middle, begin, y} = await places(page, graph.ends);
	await page.drag(middle(2), middle(17), y);
	await page.drag(middle(21), middle(37), y, {modifiers: 8});
	is('two ranges: in the address', await page.evaluate(HASH), '#time=2.18&then=21.38');
	is('two ranges: named', await page.evaluate(`[...document.querySelectorAll('.selected')].map(box => box.textContent).join()`), 'before,after');
	is('two ranges: chips', await page.evaluate(CHIPS), 'before: 0.50 to 4.50 s ×after: 5.25 to 9.50 s ×');
	ok('two ranges: what they are compared by', (await page.evaluate(TITLE)).includes('4.00 s before and 4.25 s after, compared per second'), await page.evaluate(TITLE));
	const wide = await openTimed(browser, 'phases', {hash: `${await page.evaluate(HASH)}${WIDE}`});
	await changeIs(wide, graph, 'deflate', ranges, 'shrank');
	await changeIs(wide, graph, 'aes', ranges, 'only after');
	await changeIs(wide, graph, 'parse', ranges, 'no evidence of change');
	await changeIs(wide, graph, 'poll_loop', ranges, 'no evidence of change');
	await wide.mouse(5, 5, false);
	ok('two ranges: what shrank is blue', /^e[0-3]$/.test(await wide.evaluate(COLOUR(await labelAt(wide, 'deflate')))));
	ok('two ranges: what grew is red', /^e[5-8]$/.test(await wide.evaluate(COLOUR(await labelAt(wide, 'aes')))));
	is('two ranges: the rest is grey', await wide.evaluate(COLOUR(await labelAt(wide, 'parse'))), 'e4');
	await page.drag(begin(38), begin(30), y);
	is('two ranges: ends are dragged', await page.evaluate(HASH), '#time=2.18&then=21.30');
	await changeIs(page, graph, 'aes', [[2, 18], [21, 30]], 'only after');
	await page.drag(middle(10), middle(12), y);
	is('two ranges: they are moved', await page.evaluate(HASH), '#time=4.20&then=21.30');
	await changeIs(page, graph, 'aes', [[4, 20], [21, 30]], 'only after');
	await page.evaluate('history.back()');
	await page.until(`location.hash === '#time=2.18&then=21.30'`);
	const again = await openTimed(browser, 'phases', {hash: '#time=2.18&then=21.38&view=inverted&recursion=all&hide=0.6&ignore=write'});
	await changeIs(again, graph, 'aes', ranges, 'only after');
	await page.evaluate(`document.querySelector('.chip').click()`);
	is('without the first the second one is the only one', await page.evaluate(HASH), '#time=21.30');
	is('which is no comparison any more', await page.evaluate(`document.querySelector('.legend .scale')`), null);
	const [tip] = await hovered(page, 'aes');
	ok('and has its own numbers', tip.startsWith(`total ${grouped(amount(having(graph.stacks, 'aes'), [21, 30]))} samples`), tip);
	await page.evaluate('history.back()');
	await page.until(`location.hash === '#time=2.18&then=21.30'`);
	await changeIs(page, graph, 'aes', [[2, 18], [21, 30]], 'only after');
	is('no script errors', [...page.errors, ...wide.errors, ...again.errors].join(), '');
}

async function testButtons(browser) {
	const page = await openTimed(browser, 'phases', {hash: '#time=4.10'});
	const compare = () => page.evaluate(`document.querySelector('.chips .act').click()`);
	await compare();
	is('compare: with what comes next', await page.evaluate(HASH), '#time=4.10&then=10.16');
	const focused = () => page.evaluate(`document.activeElement.getAttribute('aria-label')`);
	await page.key('T');
	is('compare: keys', await focused(), 'beginning of the first range of time');
	for (let i = 0; i < 3; i++)
		await page.key('Tab');
	is('compare: keys reach the second range', await focused(), 'end of the second range of time');
	await page.key('PageUp');
	is('compare: keys move it', await page.evaluate(HASH), '#time=4.10&then=10.26');
	await page.key('Escape');
	is('compare: Escape ends it', await page.evaluate(HASH), '#time=4.10');
	await page.key('T');
	await page.key('Escape');
	is('compare: and the range', await page.evaluate(HASH), '');
	for (const [time, then] of [['36.40', '32.36'], ['10.35', '0.10'], ['5.30', '30.40']]) {
		const other = await openTimed(browser, 'phases', {hash: `#time=${time}`});
		await other.evaluate(`document.querySelector('.chips .act').click()`);
		is('compare: with what there is', await other.evaluate(HASH), `#time=${time}&then=${then}`);
		is('no script errors', other.errors.join(), '');
		await other.close();
	}
	is('no script errors', page.errors.join(), '');
}

/* Of what does not change next to nothing is called a change, though half of it comes in bursts as long as the parts. */
async function testSteady(browser) {
	let called = 0, all = 0;
	for (const ranges of ['time=0.40&then=40.80', 'time=0.20&then=20.40', 'time=40.60&then=60.80', 'time=5.45&then=50.72']) {
		const page = await openTimed(browser, 'steady', {hash: `#${ranges}&table=1`});
		for (const moved of ['less', 'same', 'more']) {
			await page.evaluate(`document.querySelector('[data-sign=${moved}]').click()`);
			is('marked', await page.evaluate(HASH), `#moved=${moved}&${ranges}&table=1`);
			const count = Number(/^([\d,]+) function/.exec(await page.evaluate(text('.caption')))[1]);
			called += moved === 'same' ? 0 : count;
			all += count;
		}
		is('no script errors', page.errors.join(), '');
		await page.close();
	}
	ok(`steady: ${called} of ${all} called a change`, all > 1600 && called <= all * 0.05);
	const page = await openTimed(browser, 'phases', {hash: '#time=3.4&then=24.25&table=1'});
	ok('single slices are compared, too', /deflate.*shrank.*aes.*only after.*no evidence/.test(await page.evaluate(text('.functions'))), await page.evaluate(text('.functions')));
	const waits = await openTimed(browser, 'sliced-waits', {hash: '#time=0.4&then=4.15&table=1'});
	const {stacks} = readStacks('sliced-waits'), seconds = amount(having(stacks, 'pthread_cond_wait'), [0, 4]) / 1e9;
	ok('times are compared', (await waits.evaluate(text('.functions'))).includes(`pthread_cond_wait${seconds.toFixed(2)} s`), await waits.evaluate(text('.functions')));
	const alone = await openTimed(browser, 'sliced-time'), at = await places(alone, readStacks('sliced-time').ends);
	await alone.drag(at.middle(0), at.middle(3), at.y);
	await alone.drag(at.middle(4), at.middle(7), at.y, {modifiers: 8});
	await alone.key('t');
	const rows = await alone.evaluate(`[...document.querySelectorAll('.functions tbody tr:not([aria-hidden])')].map(row => row.textContent).join('; ')`);
	ok('a graph of time alone', /compress400 ms400 ms\/s200 ms213 ms\/s.*shrank/.test(rows) && /wait600 ms600 ms\/s600 ms640 ms\/s/.test(rows), rows);
	is('no script errors', [...page.errors, ...waits.errors, ...alone.errors].join(), '');
}

async function testElsewhere(browser) {
	const {ends} = readStacks('phases'), fills = [];
	for (const theme of ['light', 'dark']) {
		const page = await browser.newPage();
		await page.theme(theme);
		await page.open(`file://${folder}/phases.svg#time=2.9&search=aes`);
		await page.until(`document.querySelector('.time path.all')`);
		fills.push(...await page.evaluate(`['path.all', 'path.out', 'path.match', 'text', '.end', '.selected'].map(name => {
			const {fill, backgroundColor} = getComputedStyle(document.querySelector('.time ' + name)); return fill + backgroundColor; })`));
	}
	is('the dark has other colours', fills.slice(0, 4).filter((fill, i) => fill === fills[i + 6]).join(), '');

	const phone = await openTimed(browser, 'phases', {width: 390, height: 844});
	await phone.size(390, 844, true);
	await phone.send('Emulation.setTouchEmulationEnabled', {enabled: true});
	await phone.send('Page.reload');
	await phone.until(`${READY} && document.querySelector('.time path.all')`);
	const at = await places(phone, ends);
	await phone.touchDrag(at.middle(5), at.middle(20), at.y);
	is('phone: a finger selects', await phone.evaluate(HASH), '#time=5.21');
	await phone.evaluate(`document.querySelector('.chips .act').click()`);
	const below = await places(phone, ends);
	await phone.touchDrag(below.begin(37) - 2, below.begin(30), below.y);
	is('phone: and moves an end', await phone.evaluate(HASH), '#time=5.21&then=21.30');
	ok('phone: nothing wider than the screen', await phone.evaluate('document.documentElement.scrollWidth <= innerWidth && innerWidth === 390'));
	is('phone: no script errors', phone.errors.join(), '');

	for (const hash of ['', '#time=2.18', '#time=2.18&then=21.38']) {
		const printed = await openTimed(browser, 'phases', {hash});
		const {data} = await printed.send('Page.printToPDF', {preferCSSPageSize: true});
		is(`prints on one sheet: ${hash}`, Buffer.from(data, 'base64').toString('latin1').match(/\/Type\s*\/Page\b/g).length, 1);
		is('no script errors', printed.errors.join(), '');
	}

	const page = await openTimed(browser, 'phases', {hash: '#time=2.18&then=21.38'});
	await page.send('Accessibility.enable');
	const {nodes} = await page.send('Accessibility.getFullAXTree');
	const sliders = nodes.filter(({ignored, role}) => !ignored && role.value === 'slider');
	is('screen reader: the ends of both ranges', sliders.map(({name}) => name.value).join(),
		'beginning of the first range of time,end of the first range of time,beginning of the second range of time,end of the second range of time');
	ok('screen reader: the strip has a name', nodes.some(({role, name}) => role && role.value === 'group' && /^activity over time/.test(name.value)));
	await click(page, 'serve');
	await page.key('?');
	const help = await page.evaluate(text('dialog'));
	ok('help has the strip', /Shift/.test(help) && /per second/.test(help), help);
	is('no script errors', page.errors.join(), '');
}

module.exports = [testTwo, testButtons, testSteady, testElsewhere];
