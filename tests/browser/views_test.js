/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Other views of a graph, its table and its filters, checked against the folded stacks alone.
 * FOLDER is as for graph_test.js.
 */
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const {folder, ok, is, READY, text, open, labelAt, click, LABELS_FIT, STATUS} = require('./reader.js');

/* The stacks of a file, from the root to the leaf. */
function readStacks(name) {
	return fs.readFileSync(`${folder}/${name}.folded`, 'utf8').trim().split('\n').map(line => {
		const space = line.lastIndexOf(' ');
		return {frames: line.slice(0, space).split(';'), count: Number(line.slice(space + 1))};
	});
}

const sum = stacks => stacks.reduce((total, {count}) => total + count, 0);
const grouped = number => String(number).replace(/\B(?=(\d{3})+$)/g, ',');

/* What the stacks go on with at a depth, the largest first; of equal ones by `order`. */
function nextFrames(stacks, depth) {
	const counts = new Map();
	for (const {frames, count} of stacks) {
		if (frames[depth] !== undefined)
			counts.set(frames[depth], (counts.get(frames[depth]) || 0) + count);
	}
	return [...counts].sort((a, b) => b[1] - a[1]);
}

/*
 * Goes from frame to frame with a key, always to the widest, and compares names and totals with
 * those of the stacks, until there is a strip or a tie.
 */
async function climb(page, what, key, stacks, depth = 0) {
	const wanted = [], got = [];
	for (let left = stacks; wanted.length < 12; depth++) {
		const [widest, second] = nextFrames(left, depth);
		if (!widest || second && second[1] === widest[1] || widest[1] < sum(stacks) / 1000)
			break;
		wanted.push(`${widest[0]} ${grouped(widest[1])}`);
		left = left.filter(({frames}) => frames[depth] === widest[0]);
		await page.key(key);
		const status = await page.evaluate(STATUS);
		if (/frames (called by|that call)/.test(status)) {
			wanted.pop();
			break;
		}
		got.push(`${await page.evaluate(text('.name'))} ${/([\d,]+) samples/.exec(status)[1]}`);
	}
	ok(`${what}: goes up some frames`, wanted.length > 1, wanted);
	is(what, got.join('\n'), wanted.join('\n'));
}

const direct = frames => frames.filter((frame, i) => frame !== frames[i - 1]);

/* Back to where the function was first. */
function everywhere(frames) {
	const kept = [];
	for (const frame of frames) {
		if (kept.includes(frame))
			kept.length = kept.indexOf(frame);
		kept.push(frame);
	}
	return kept;
}

const mapped = (stacks, change) => stacks.map(({frames, count}) => ({frames: change(frames), count}));

async function testViews(browser) {
	const stacks = readStacks('steps');
	const page = await open(browser, 'steps');
	await page.key('2');
	const [all, main] = [await labelAt(page, 'all'), await labelAt(page, 'main')];
	ok('icicle: the root is on top', all.y < main.y);
	is('icicle: in the address', await page.evaluate('location.hash'), '#view=icicle');
	is('icicle: labels fit', await page.evaluate(LABELS_FIT), '');
	await climb(page, 'icicle: frames', 'ArrowDown', stacks);
	await page.key('3');
	is('inverted: in the address', await page.evaluate('location.hash'), '#view=inverted');
	is('inverted: labels fit', await page.evaluate(LABELS_FIT), '');
	await climb(page, 'inverted: frames', 'ArrowDown', mapped(stacks, frames => [...frames].reverse()));
	await page.key('Enter');
	const zoomed = await page.evaluate('location.hash'), status = await page.evaluate(STATUS);
	ok('inverted: zoom is in the address', /&path=\d+\./.test(zoomed), zoomed);
	const again = await open(browser, 'steps', {hash: zoomed});
	is('inverted: and comes back from there', await again.evaluate(STATUS), status);
	await page.evaluate('history.back()');
	await page.until(`location.hash === '#view=inverted'`);
	is('inverted: back is back', await page.evaluate(text('.name')), 'all');
	for (const [recursion, change] of [['near', direct], ['all', everywhere]]) {
		const merged = await open(browser, 'steps', {hash: `#recursion=${recursion}`});
		await climb(merged, `recursion merged (${recursion}): frames`, 'ArrowUp', mapped(stacks, change));
		await merged.key('3');
		await climb(merged, `recursion merged (${recursion}): inverted`, 'ArrowDown',
			mapped(stacks, frames => change(frames).reverse()));
		is('no script errors', merged.errors.join(), '');
	}
	const deep = await open(browser, 'deep');
	await deep.key('r');
	is('recursion merged: 2,000 frames are one', await deep.evaluate(`document.querySelector('.above').textContent`), '');
	const {x, y} = await labelAt(deep, 'walk_directory');
	await deep.mouse(x, y, false);
	ok('recursion merged: it has all of them', (await deep.evaluate(STATUS)).includes('total 120 samples'), await deep.evaluate(STATUS));
	is('no script errors', [...page.errors, ...again.errors, ...deep.errors].join(), '');
}

async function testAround(browser) {
	const stacks = readStacks('steps');
	const called = 'step_2';
	const has = stacks.filter(({frames}) => frames.includes(called));
	const page = await open(browser, 'steps');
	await page.evaluate(`document.querySelector('button[title^="functions with"]').click()`);
	await page.key('f', 2);
	await page.type(`^${called}$`);
	await page.evaluate(`document.querySelector('.functions table').focus()`);
	await page.key('s');
	const status = await page.evaluate(STATUS);
	ok('callers and callees: the function with its total, recursion once', status.startsWith(`${called} total ${grouped(sum(has))} samples`), status);
	ok('callers and callees: in the address', /view=around.*of=\d+/.test(await page.evaluate('location.hash')));
	ok('callers and callees: a chip says of what', (await page.evaluate(text('.chips'))).includes(`callers and callees of ${called}`));
	await climb(page, 'callers and callees: callees', 'ArrowUp', mapped(has, frames => frames.slice(frames.indexOf(called) + 1)));
	const back = await page.evaluate('location.hash');
	const again = await open(browser, 'steps', {hash: back});
	is('callers and callees: restored', (await again.evaluate(STATUS)).split('  ')[0], status.split('  ')[0]);
	await climb(again, 'callers and callees: callers', 'ArrowDown',
		mapped(has, frames => frames.slice(0, frames.indexOf(called)).reverse()));
	await again.key('Enter');
	const hash = await again.evaluate('location.hash');
	ok('callers and callees: zoom to a caller', /path=-\d/.test(hash), hash);
	const third = await open(browser, 'steps', {hash});
	is('callers and callees: which comes back', await third.evaluate(STATUS), await again.evaluate(STATUS));
	is('no script errors', [...page.errors, ...again.errors, ...third.errors].join(), '');
}

const ROWS = `[...document.querySelectorAll('.functions tbody tr:not([aria-hidden])')].map(row =>
	[row.children[0].title, row.children[1].firstChild.data, row.children[2].firstChild.data].join(' '))`;

async function testTable(browser) {
	const stacks = readStacks('random');
	const functions = new Map();
	for (const {frames, count} of stacks) {
		for (const frame of new Set(frames)) {
			const sums = functions.get(frame) || {self: 0, total: 0};
			sums.total += count;
			sums.self += frames[frames.length - 1] === frame ? count : 0;
			functions.set(frame, sums);
		}
	}
	const line = ([name, {self, total}]) => `${name} ${grouped(self)} ${grouped(total)}`;
	const sorted = by => [...functions].sort((a, b) => b[1][by] - a[1][by] || b[1].total - a[1].total).slice(0, 20).map(line);
	const page = await open(browser, 'random');
	await page.key('t');
	is('table: in the address', await page.evaluate('location.hash'), '#table=1');
	is('table: by self', (await page.evaluate(ROWS)).slice(0, 20).join('\n'), sorted('self').join('\n'));
	is('table: all functions', await page.evaluate(`document.querySelector('.functions table').getAttribute('aria-rowcount')`),
		String(functions.size + 1));
	ok('table: only rows in sight are in the document', await page.evaluate(`document.querySelectorAll('.functions tr').length < 60`));
	const sort = name => page.evaluate(`document.querySelector('.functions th[data-key=${name}] button').click()`);
	await sort('total');
	is('table: by total', (await page.evaluate(ROWS)).slice(0, 20).join('\n'), sorted('total').join('\n'));
	is('table: says how it is sorted', await page.evaluate(`document.querySelector('th[data-key=total]').getAttribute('aria-sort')`), 'descending');
	await sort('name');
	is('table: by name', (await page.evaluate(ROWS)).slice(0, 20).join('\n'),
		[...functions].sort((a, b) => a[0] < b[0] ? -1 : 1).slice(0, 20).map(line).join('\n'));
	await sort('name');
	is('table: by name the other way', (await page.evaluate(ROWS))[0], line([...functions].sort((a, b) => a[0] < b[0] ? 1 : -1)[0]));
	await sort('self');
	await page.evaluate(`document.querySelector('.functions .scroller').scrollTop = 1e6`);
	await page.until(`document.querySelector('.functions tr[aria-rowindex="${functions.size + 1}"]')`);
	ok('table: the last row can be seen', true);
	await page.key('f', 2);
	await page.type('function_1\\(');
	const found = [...functions].filter(([name]) => name.includes('function_1('));
	is('table: search filters it', await page.evaluate(text('.caption')), `${found.length} functions match the search`);
	await page.evaluate(`document.querySelector('.functions table').focus()`);
	await page.key('ArrowDown');
	await page.key('Enter');
	const [name, {total, self}] = found.sort((a, b) => b[1].self - a[1].self || b[1].total - a[1].total)[1];
	const marked = await page.evaluate(text('.found'));
	ok('table: Enter marks a function', marked.includes(`(${grouped(total)} samples)`) && marked.includes(`(${grouped(self)} samples)`), `${name}\n${marked}`);
	ok('table: and shows it', (await page.evaluate(text('.status .name'))) === name || /frames called by/.test(await page.evaluate(text('.status .name'))));
	ok('table: marked is in the address', /pick=\d+/.test(await page.evaluate('location.hash')));
	is('table: the row is selected', await page.evaluate(`document.querySelectorAll('.functions tr[aria-selected=true]').length`), 1);
	await page.key('Escape');
	ok('table: Escape unmarks', !/pick=/.test(await page.evaluate('location.hash')));
	await page.key('Escape');
	is('table: Escape closes', await page.evaluate(`document.querySelector('.functions').hidden`), true);

	const waits = await open(browser, 'waits', {hash: '#table=1&sort=longest'});
	is('table of waits: columns', await waits.evaluate(`[...document.querySelectorAll('.functions th')].map(th => th.textContent).join()`),
		'function,self,total,waits,average,longest ▼');
	await waits.key('f', 2);
	await waits.type('^handle_request$');
	is('table of waits: a row', await waits.evaluate(`[...document.querySelector('.functions tbody tr:not([aria-hidden])').children].map(td => td.textContent).join('|')`),
		'handle_request|0 s0 %|74.3 s30.2 %|6,600|11.3 ms|1.25 s');
	is('no script errors', [...page.errors, ...waits.errors].join(), '');
}

async function testFilters(browser) {
	const stacks = readStacks('steps');
	const total = sum(stacks);
	const left = (only, without) => stacks.filter(({frames}) => only.every(pattern => frames.some(frame => pattern.test(frame))) &&
		!without.some(pattern => frames.some(frame => pattern.test(frame))));
	const page = await open(browser, 'steps');
	await page.key('f', 2);
	await page.type('step_[89]');
	await page.evaluate(`document.querySelector('.tools button[title^="keep only"]').click()`);
	let kept = left([/step_[89]/], []);
	const chips = () => page.evaluate(text('.chips'));
	ok('only: what is left', (await chips()).startsWith(`${grouped(sum(kept))} samples of ${grouped(total)} samples left`), await chips());
	is('only: in the address', new URLSearchParams((await page.evaluate('location.hash')).slice(1)).get('focus'), 'step_[89]');
	await page.evaluate(`document.querySelector('main').focus()`);
	await climb(page, 'only: frames', 'ArrowUp', kept);
	await page.key('Home');
	await page.key('f', 2);
	await page.type('step_7');
	await page.evaluate(`document.querySelector('main').focus()`);
	await page.key('x');
	kept = left([/step_[89]/], [/step_7/]);
	ok('without: what is left', (await chips()).startsWith(`${grouped(sum(kept))} samples of`), await chips());
	await page.key('Home');
	await page.key('3');
	await climb(page, 'without: inverted', 'ArrowDown', mapped(kept, frames => [...frames].reverse()));
	const again = await open(browser, 'steps', {hash: await page.evaluate('location.hash')});
	is('filters come back from the address', await again.evaluate(text('.chips')), await chips());
	await page.evaluate(`document.querySelector('.chip').click()`);
	kept = left([], [/step_7/]);
	ok('a chip takes its filter away', (await chips()).startsWith(`${grouped(sum(kept))} samples of`), await chips());
	const nothing = await open(browser, 'steps', {hash: '#focus=nosuchname'});
	is('nothing left: says so', await nothing.evaluate(`document.querySelector('.nothing:not([hidden])').textContent`), 'No stacks are left.');
	for (const key of ['3', '2', 't', 's', 'r', 'f', 'x', 'ArrowUp', 'Enter', 'Escape', 'n'])
		await nothing.key(key);
	const wrong = await open(browser, 'steps', {hash: '#focus=%5B&ignore=(&hide=99.x.-1&view=none&of=1e9&path=7.7&kind=55&recursion=x&sort=zzz&table=1&pick=-4'});
	is('a wrong address shows the whole', await wrong.evaluate(text('.numbers')), `total ${grouped(total)} samples, 100 %  ·  self 0 samples, 0 %`);
	is('no script errors', [...page.errors, ...again.errors, ...nothing.errors, ...wrong.errors].join(), '');
}

/* Kinds, threads, palette, copies: on the graph that has kinds. */
async function testKinds(browser) {
	const page = await open(browser, 'service');
	const legend = kind => page.evaluate(`document.querySelectorAll('.legend button')[${kind}].click()`);
	const labels = () => page.evaluate(`[...document.querySelectorAll('.room text')].map(label => label.firstChild.data).join()`);
	await legend(0);
	ok('legend: first click marks', (await page.evaluate('location.hash')) === '#kind=0');
	await legend(0);
	is('legend: second click leaves out', await page.evaluate('location.hash'), '#hide=0');
	ok('legend: without the kernel', !/do_syscall_64|tcp_sendmsg/.test(await labels()), await labels());
	const at = await labelAt(page, 'write');
	await page.mouse(at.x, at.y, false);
	ok('legend: what it took is its caller’s', (await page.evaluate(STATUS)).includes('self 420 samples'), await page.evaluate(STATUS));
	is('legend: says so to a screen reader', await page.evaluate(`document.querySelector('.legend button').getAttribute('aria-label')`), 'kernel, left out');
	await legend(0);
	is('legend: third click is the beginning', await page.evaluate('location.hash'), '');
	await page.key('m');
	ok('threads merged', !/\bweb\b|worker/.test(await labels()) && /main/.test(await labels()), await labels());
	ok('threads merged: a chip says so', (await page.evaluate(text('.chips'))).includes('threads merged'));
	await page.evaluate(`[...document.querySelectorAll('.menu label')].find(label => /markers/.test(label.textContent)).click()`);
	is('markers left out', await page.evaluate('location.hash'), '#hide=6.7');
	ok('markers left out: nothing is hatched', !(await page.evaluate(`document.querySelector('.room > svg > path').getAttribute('d')`)));
	await page.key('p');
	const fill = `getComputedStyle(document.querySelector('.room .plain path, .room g:not(.faded) path')).fill`;
	const safe = await page.evaluate(fill);
	await page.key('p');
	ok('another palette', safe !== await page.evaluate(fill));
	await page.key('p');
	ok('another palette: in the address', (await page.evaluate('location.hash')).includes('palette=eyes'));

	await page.evaluate(`Object.defineProperty(navigator, 'clipboard', {value: {writeText: async copy => { globalThis.copied = copy; }}})`);
	await page.evaluate(`location.hash = ''`);
	await page.until(`document.querySelector('.name').textContent === 'all'`);
	const deflate = await labelAt(page, 'longest_match');
	await page.mouse(deflate.x, deflate.y, false);
	await page.key('c');
	is('copies the stack, the innermost first', await page.evaluate('copied'), 'longest_match\ndeflate\ncompress\nserve\nmain\nweb');
	await page.key('C');
	is('copies the name', await page.evaluate('copied'), 'longest_match');
	await page.mouse(5, 5, false);
	await page.key('3');
	for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown'])
		await page.key(key);
	await page.key('c');
	is('copies a stack of the inverted graph', await page.evaluate('copied'), 'longest_match\ndeflate\ncompress');
	await click(page, 'compress');
	await page.key('s');
	await page.key('ArrowDown');
	await page.key('c');
	is('copies callers and their function', await page.evaluate('copied'), 'compress\nserve');
	await page.key('ArrowUp');
	await page.key('ArrowUp');
	await page.key('c');
	is('copies callees up to their function', await page.evaluate('copied'), 'deflate\ncompress');
	await page.evaluate(`navigator.clipboard.writeText = async () => { throw new Error(); }`);
	await page.evaluate(`document.querySelector('.status button:last-child').click()`);
	await page.until(`document.querySelector('dialog textarea')`);
	is('without a clipboard the text is shown', await page.evaluate(`document.querySelector('dialog textarea').value`), 'deflate\ncompress');
	is('no script errors', page.errors.join(), '');
}

async function testHostile(browser) {
	for (const hash of ['#view=icicle', '#view=inverted', '#table=1', '#recursion=all&hide=0', '#view=around&of=2', '#view=around&of=20&table=1', '#pick=20&table=1',
		'#focus=%3C%2Fscript%3E', '#ignore=%5C%5D&search=%3Cimg']) {
		const page = await open(browser, 'hostile', {hash});
		is(`hostile names run nothing: ${hash}`, await page.evaluate('typeof globalThis.broken'), 'undefined');
		is('they are within the page', await page.evaluate(`String(document.documentElement.scrollWidth <= innerWidth) + document.querySelectorAll('img').length`), 'true0');
		is('labels fit', await page.evaluate(LABELS_FIT), '');
		is('no script errors', page.errors.join(), '');
		await page.close();
	}
	const page = await open(browser, 'hostile', {hash: '#table=1'});
	for (let row = 1; row < 21; row++) {
		await page.evaluate(`document.querySelector('.functions tbody tr:nth-child(${row + 1})').click()`);
		await page.key('f');
		const left = await page.evaluate(text('.chips'));
		if (!/^(10|30) samples of|^210 samples of/.test(left) && !/^\d+ samples of 210/.test(left))
			ok(`only row ${row}`, false, left);
		await page.evaluate('history.back()');
		await page.until(`!/focus=/.test(location.hash)`);
	}
	is('each can be a filter', page.errors.join(), '');
}

/* Filters that are there only where there is something to filter, controls with keys of their own, paper. */
async function testOptions(browser) {
	const idle = await open(browser, 'idle');
	const options = `[...document.querySelectorAll('.menu label')].map(label => label.textContent.trim()).join()`;
	ok('[idle] can be left out', (await idle.evaluate(options)).includes('leave [idle] out'));
	await idle.evaluate(`[...document.querySelectorAll('.menu label')].find(label => /idle/.test(label.textContent)).click()`);
	ok('[idle] left out: says so', (await idle.evaluate(text('.chips'))).startsWith('7 samples of 10 samples left, 70.0 %without [idle]'),
		await idle.evaluate(text('.chips')));
	const page = await open(browser, 'steps');
	ok('options only of what there is', !/idle|threads|markers/.test(await page.evaluate(options)), await page.evaluate(options));
	await page.evaluate(`document.querySelector('.tools select').focus()`);
	await page.key('i');
	is('a select keeps its keys', await page.evaluate(`document.querySelector('dialog').open`), false);
	await page.evaluate(`document.querySelector('summary').click()`);
	await page.key('Escape');
	is('Escape closes the options', await page.evaluate(`document.querySelector('.menu').open`), false);
	for (const hash of ['#view=icicle', '#view=inverted&ignore=step_9', '#view=around&of=3', '#table=1']) {
		const printed = await open(browser, 'steps', {hash});
		const {data} = await printed.send('Page.printToPDF', {preferCSSPageSize: true});
		is(`prints on one sheet: ${hash}`, Buffer.from(data, 'base64').toString('latin1').match(/\/Type\s*\/Page\b/g).length, 1);
		is('no script errors', printed.errors.join(), '');
	}
	is('no script errors', [...idle.errors, ...page.errors].join(), '');
}

/* The same inside of HTML. */
async function testHtml(browser) {
	const page = await open(browser, 'service.html');
	is('html: one page', await page.evaluate(`document.querySelectorAll('h1').length + document.documentElement.localName`), '1html');
	await click(page, 'serve');
	ok('html: zoom', /#zoom=\d+/.test(await page.evaluate('location.hash')));
	await page.key('t');
	ok('html: table', await page.evaluate(`document.querySelectorAll('.functions tbody tr').length > 10`));
	ok('html: colours', (await page.evaluate(`getComputedStyle(document.querySelector('.room g:not(.faded) path')).fill`)) !== 'rgb(0, 0, 0)');
	is('html: no script errors', page.errors.join(), '');
}

/* What a screen reader is told. */
async function testSpoken(browser) {
	const page = await open(browser, 'service', {hash: '#table=1&search=mem'});
	await page.send('Accessibility.enable');
	const {nodes} = await page.send('Accessibility.getFullAXTree');
	const roles = new Map();
	for (const node of nodes.filter(({ignored}) => !ignored))
		roles.set(node.role.value, [...roles.get(node.role.value) || [], node]);
	for (const role of ['grid', 'columnheader', 'gridcell', 'row', 'searchbox', 'combobox', 'toolbar'])
		ok(`screen reader: there is a ${role}`, roles.has(role), [...roles.keys()].join());
	is('screen reader: all that can be used has a name', [...roles].filter(([role]) => /button|combobox|searchbox|checkbox/.test(role))
		.flatMap(([, list]) => list).filter(({name}) => !name || !name.value).length, 0);
	await page.key('?');
	const help = await page.evaluate(`[...document.querySelectorAll('dialog kbd')].map(key => key.textContent).join(' ')`);
	const source = fs.readFileSync(path.join(__dirname, '../../render/page/input.js'), 'utf8');
	const keys = source.slice(source.indexOf('const keys = {'), source.indexOf('};', source.indexOf('const keys = {')));
	const missing = [...keys.matchAll(/^\t'?([^':]+)'?:/gm)].map(([, key]) => key).filter(key => !/^Arrow/.test(key) && !help.split(' ').includes(key));
	is('help has all keys', missing.join(' '), '');
	is('no script errors', page.errors.join(), '');
}

module.exports = [testViews, testAround, testTable, testFilters, testKinds, testOptions, testHostile, testHtml, testSpoken];
