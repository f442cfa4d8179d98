/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Activity over time, and graphs of parts of it, checked against the data block as block.js reads it.
 * FOLDER is as for graph_test.js.
 */
'use strict';
const {HASH, TITLE, CHIPS, grouped, readStacks, amount, having, ending, lengthOf, places, openTimed} = require('./timed.js');
const {ok, is, text, open, click, hovered, INSIDE, STATUS} = require('./reader.js');

async function shows(page, what, {stacks, ends}, range) {
	const all = amount(stacks, range), long = lengthOf(ends, range), status = await page.evaluate(STATUS), title = await page.evaluate(TITLE);
	is(`${what}: in the address`, await page.evaluate(HASH), `#time=${range.join('.')}`);
	is(`${what}: samples`, status, `all total ${grouped(all)} samples, 100 %  ·  self 0 samples, 0 %`);
	ok(`${what}: the title says what and how long`, title.includes(`${grouped(all)} samples`) &&
		title.includes(`: ${long < 1 ? `${(1e3 * long).toFixed(0)} ms` : `${long.toFixed(2)} s`},`), `${title}\n${long}`);
}

/* ---- the bars ---- */

/* The heights of bars, by the slice they begin in. */
const BARS = name => `(() => {
	const bars = {};
	for (const path of document.querySelectorAll('.time path.${name}'))
		for (const [, x, height, width] of path.getAttribute('d').matchAll(/M(\\d+) \\d+v-([\\d.]+)h(\\d+)/g))
			bars[x] = [Number(height), Number(width)];
	return bars;
})()`;

async function barsAre(page, what, ends, name, amounts, scale) {
	const bars = await page.evaluate(BARS(name)), width = await page.evaluate(`document.querySelector('.time svg').clientWidth`);
	const wrong = [];
	amounts.forEach((value, slice) => {
		const x = Math.round((slice ? ends[slice - 1] : 0) / ends[ends.length - 1] * width);
		const high = value / lengthOf(ends, [slice, slice + 1]) * scale;
		if (value ? !bars[x] || Math.abs(bars[x][0] - Math.max(1, high)) > 0.11 : bars[x])
			wrong.push(`slice ${slice} at ${x}: ${bars[x]}, wanted ${high}`);
	});
	is(what, wrong.join('\n'), '');
}

async function testBars(browser) {
	for (const name of ['service', 'random', 'waits', 'empty']) {
		const page = await open(browser, name, {hash: '#time=2.5&then=6.9'});
		is(`no slices, no strip: ${name}`, await page.evaluate(`document.querySelector('.time, h1 .range')`), null);
		await page.key('T');
		is('no script errors', page.errors.join(), '');
		await page.close();
	}
	const {stacks, ends} = readStacks('phases'), page = await openTimed(browser, 'phases');
	const slices = ends.map((_, slice) => [slice, slice + 1]), each = list => slices.map(range => amount(list, range));
	const rates = slices.map(range => amount(stacks, range) / lengthOf(ends, range)), scale = 36 / Math.max(...rates);
	const times = async name => Number((await page.evaluate(`(document.querySelector('.time text.${name}') || {textContent: '×1'}).textContent`)).slice(1).replace(',', ''));
	await barsAre(page, 'bars: as high as what there was in a second', ends, 'all', each(stacks), scale);
	ok('bars: as wide as the graph', await page.evaluate(`document.querySelector('.time').clientWidth >= document.querySelector('main').clientWidth`));
	ok('bars: on the screen', await page.evaluate(INSIDE('.time')));
	ok('bars: when it began', (await page.evaluate(text('.time svg'))).startsWith('10:51:00 UTC1 s2 s'), await page.evaluate(text('.time svg')));

	await page.key('f', 2);
	await page.type('serve');
	await barsAre(page, 'bars: what matches', ends, 'match', each(having(stacks, 'serve')), scale);
	await page.key('f', 2);
	await page.type('reload_conf');
	const found = each(having(stacks, 'reload_configuration'));
	const rare = await times('match');
	ok('bars: of what is rare, how many times higher', rare >= 20 && rare * scale * 4 <= 36, rare);
	await barsAre(page, 'bars: and it is so', ends, 'match', found, rare * scale);
	await page.key('Escape');
	await click(page, 'deflate');
	await page.until(`/zoom/.test(location.hash)`);
	await barsAre(page, 'bars: what is zoomed to', ends, 'part', each(having(stacks, 'deflate')), await times('part') * scale);
	await page.key('3');
	await page.key('Home');
	await click(page, 'memcpy');
	await barsAre(page, 'bars: zoomed in the inverted graph', ends, 'part', each(ending(stacks, 'memcpy')), await times('part') * scale);
	await page.key('s');
	await page.until(`/view=around/.test(location.hash)`);
	await barsAre(page, 'bars: callers and callees', ends, 'part', each(having(stacks, 'memcpy')), await times('part') * scale);
	const wall = readStacks('sliced-time'), of = list => wall.ends.map((_, slice) => amount(list, [slice, slice + 1]));
	const timed = await openTimed(browser, 'sliced-time'), most = Math.max(...wall.ends.map((_, slice) => amount(wall.stacks, [slice, slice + 1]) / lengthOf(wall.ends, [slice, slice + 1])));
	await barsAre(timed, 'bars: of all time, what was on a CPU', wall.ends, 'part', of(having(wall.stacks, 'compress')), 36 / most);
	ok('bars: which is said', (await timed.evaluate(text('.time svg'))).endsWith('on a CPU'), await timed.evaluate(text('.time svg')));
	await timed.key('f', 2);
	await timed.type('wait$');
	await barsAre(timed, 'bars: until something else is asked for', wall.ends, 'match', of(having(wall.stacks, 'wait')), 36 / most);
	ok('bars: and not said', !(await timed.evaluate(text('.time svg'))).includes('CPU'), await timed.evaluate(text('.time svg')));
	const only = await openTimed(browser, 'phases', {hash: '#focus=worker'});
	const worker = having(stacks, 'worker'), highest = Math.max(...slices.map(range => amount(worker, range) / lengthOf(ends, range)));
	await barsAre(only, 'bars: of what is left', ends, 'all', each(worker), 36 / highest);
	const {middle, y} = await places(only, ends);
	await only.mouse(middle(7), y, false);
	const tip = await only.evaluate(text('.tip'));
	ok('bars: hover says when and how much', tip.startsWith('1.75 to 2.00 s') && tip.includes(`${grouped(amount(worker, [7, 8]))} samples`), tip);
	is('no script errors', [...page.errors, ...only.errors, ...timed.errors].join(), '');
}

/* ---- one range ---- */

async function testMouse(browser) {
	const graph = readStacks('phases'), {stacks, ends} = graph, page = await openTimed(browser, 'phases');
	const {middle, begin, y} = await places(page, ends);
	const cancelled = async (from, to) => {
		await page.drag(middle(from), middle(to), y, {release: false});
		await page.until(`/only/.test(${TITLE})`);
		await page.key('Escape');
		await page.send('Input.dispatchMouseEvent', {type: 'mouseReleased', x: middle(to), y, button: 'left', clickCount: 1});
	};
	await cancelled(8, 9);
	is('Escape ends the first drag', (await page.evaluate(HASH)) + (await page.evaluate(TITLE)), '');
	await page.drag(middle(4), middle(11), y);
	await page.until(`/time=/.test(location.hash)`);
	await shows(page, 'drag', graph, [4, 12]);
	const entries = await page.evaluate('history.length');
	const [tip] = await hovered(page, 'deflate');
	ok('drag: hover', tip.startsWith(`total ${grouped(amount(having(stacks, 'deflate'), [4, 12]))} samples`), tip);
	await page.drag(begin(12), begin(15) + 2, y);
	await shows(page, 'an end is dragged', graph, [4, 15]);
	await page.drag(begin(4), begin(18) - 2, y);
	await shows(page, 'and the other one beyond it', graph, [15, 18]);
	await page.drag(middle(16), middle(26), y);
	await shows(page, 'a range is moved', graph, [25, 28]);
	await page.drag(middle(26), middle(39), y);
	await shows(page, 'not beyond the end', graph, [37, 40]);
	await page.drag(middle(20), middle(17), y);
	await shows(page, 'from right to left', graph, [17, 21]);
	is('drags: an entry of the history each', await page.evaluate('history.length'), entries + 5);
	await cancelled(30, 33);
	await shows(page, 'Escape ends a drag', graph, [17, 21]);
	await page.evaluate('history.back()');
	await page.until(`location.hash === '#time=37.40'`);
	await shows(page, 'back', graph, [37, 40]);
	await page.evaluate('history.forward()');
	await page.until(`location.hash === '#time=17.21'`);
	await shows(page, 'forward', graph, [17, 21]);
	await page.mouse(middle(30), y);
	await shows(page, 'a click changes nothing', graph, [17, 21]);
	await page.send('Input.dispatchMouseEvent', {type: 'mousePressed', x: middle(30), y, button: 'left', clickCount: 2});
	await page.send('Input.dispatchMouseEvent', {type: 'mouseReleased', x: middle(30), y, button: 'left', clickCount: 2});
	is('a double click clears', await page.evaluate(HASH), '');
	is('which the title says', await page.evaluate(TITLE), '');
	await page.drag(middle(3), middle(5), y);
	await page.evaluate(`document.querySelector('.chip').click()`);
	is('so does the chip', await page.evaluate(HASH), '');
	await page.drag(middle(3), middle(5), y);
	await page.evaluate(`document.querySelector('main').focus()`);
	await click(page, 'serve');
	await page.key('Escape');
	await page.key('Escape');
	await page.key('Escape');
	is('so does Escape in the graph, when it has zoomed out', await page.evaluate(HASH), '');
	is('no script errors', page.errors.join(), '');
}

async function testKeys(browser) {
	const graph = readStacks('phases'), page = await openTimed(browser, 'phases');
	const slider = () => page.evaluate(`['aria-label', 'aria-valuemin', 'aria-valuenow', 'aria-valuemax', 'aria-valuetext'].map(name =>
		document.activeElement.getAttribute(name)).join('|')`);
	const entries = await page.evaluate('history.length');
	await page.key('T');
	is('keys: the beginning of all', await slider(), 'beginning of the range of time|0|0|40|0.00 s, all of the time');
	for (let i = 0; i < 3; i++)
		await page.key('ArrowRight');
	await shows(page, 'keys: the beginning moves', graph, [3, 40]);
	await page.key('Tab');
	await page.key('PageDown');
	await page.key('PageDown');
	await page.key('PageDown');
	await shows(page, 'keys: the end by ten', graph, [3, 10]);
	await page.key('ArrowLeft');
	await page.key('ArrowUp');
	await page.key('ArrowDown');
	is('keys: said', await slider(), 'end of the range of time|0|9|40|2.25 s, a range of 1.50 s');
	ok('keys: and what is in it', (await page.evaluate(text('.spoken'))).includes(`${grouped(amount(graph.stacks, [3, 9]))} samples`),
		await page.evaluate(text('.spoken')));
	await page.key('ArrowRight', 8);
	await page.key('PageUp', 8);
	await shows(page, 'keys: with Shift all of it moves', graph, [14, 20]);
	is('keys: an entry of the history for each end', await page.evaluate('history.length'), entries + 2);
	await page.key('Home');
	await shows(page, 'keys: an end stays behind the beginning', graph, [14, 15]);
	await page.key('End');
	await shows(page, 'keys: up to the end', graph, [14, 40]);
	await page.key('Escape');
	is('keys: Escape clears', await page.evaluate(HASH), '');
	is('no script errors', page.errors.join(), '');
}

/* Views of a range, against the stacks. */
async function testViews(browser) {
	const {stacks} = readStacks('phases'), range = [22, 37], all = amount(stacks, range);
	const total = name => grouped(amount(having(stacks, name), range)), self = name => grouped(amount(ending(stacks, name), range));
	const page = await openTimed(browser, 'phases', {hash: `#time=${range.join('.')}&table=1`});
	const rows = await page.evaluate(`[...document.querySelectorAll('.functions tbody tr:not([aria-hidden])')].map(row =>
		[row.children[0].title.split('\\n')[0], row.children[1].firstChild.data, row.children[2].firstChild.data].join(' '))`);
	const names = new Set(stacks.flatMap(({frames}) => frames));
	const wanted = [...names].filter(name => Math.round(amount(having(stacks, name), range))).map(name => `${name} ${self(name)} ${total(name)}`);
	is('a range: table', rows.sort().join('\n'), wanted.sort().join('\n'));
	await page.key('f', 2);
	await page.type('parse|aes');
	const both = stacks.filter(({frames}) => frames.includes('parse') || frames.includes('aes'));
	ok('a range: matched', (await page.evaluate(text('.found'))).includes(`(${grouped(amount(both, range))} samples)`), await page.evaluate(text('.found')));
	await page.key('Escape');
	for (const [what, hash, name, list] of [
		['only', '&focus=memcpy', 'all', having(stacks, 'memcpy')],
		['without', '&ignore=aes%7Cparse', 'all', stacks.filter(stack => !both.includes(stack))],
		['inverted', '&view=inverted', 'memcpy', ending(stacks, 'memcpy')],
		['recursion merged', '&recursion=all', 'parse', having(stacks, 'parse')],
		['without the kernel', '&hide=0', 'write', having(stacks, 'write')],
		['filter, merged, inverted', '&focus=serve&recursion=all&hide=0.6&view=inverted', 'write', having(stacks, 'write')]]) {
		const other = await openTimed(browser, 'phases', {hash: `#time=${range.join('.')}${hash}`});
		const [tip] = await hovered(other, name);
		ok(`a range: ${what}`, tip.includes(` ${grouped(amount(list, range))} samples`), `${tip}\nwanted ${amount(list, range)}`);
		is('no script errors', other.errors.join(), '');
		await other.close();
	}
	await page.key('Escape');
	await click(page, 'serve');
	const {middle, y} = await places(page, readStacks('phases').ends);
	const zoomed = await page.evaluate(HASH);
	await page.drag(middle(2), middle(3), y);
	is('another range: the zoom stays', (await page.evaluate(HASH)).replace(/time=[^&]*/, ''), zoomed.replace(/time=[^&]*/, ''));
	ok('another range: and is of it', (await page.evaluate(STATUS)).startsWith(`serve total ${grouped(amount(having(stacks, 'serve'), [2, 4]))} samples`),
		await page.evaluate(STATUS));
	ok('all of the parts are the whole', Math.abs(amount(stacks, [0, 40]) - amount(stacks, [0, 22]) - all - amount(stacks, [37, 40])) < 1e-6);
	const wrong = await openTimed(browser, 'phases', {hash: '#time=9.3&then=1.x'});
	is('a wrong range is none', await wrong.evaluate(CHIPS), '');
	const whole = await openTimed(browser, 'phases', {hash: '#time=0.40'});
	is('nor is all of the time', await whole.evaluate(CHIPS), '');

	const waits = readStacks('sliced-waits'), timed = await openTimed(browser, 'sliced-waits', {hash: '#time=0.4&table=1'});
	const [tip] = await hovered(timed, 'pthread_cond_wait');
	const ms = amount(having(waits.stacks, 'pthread_cond_wait'), [0, 4]) / 1e6;
	ok('waits: the time of a range', tip.startsWith(`total ${(ms / 1e3).toFixed(2)} s`) && ms > 1100, tip);
	ok('waits: their number is an estimate', /; waits ≈ \d+; /.test(tip), tip);
	ok('waits: the longest of a range is not known', tip.endsWith('; single waits average and longest are not known of a range'), tip);
	const heads = async () => (await timed.evaluate(`[...document.querySelectorAll('.functions th')].map(th => th.dataset.key).join()`)) +
		(await timed.evaluate(text('.caption'))).replace(/^.*?(?:;|$)/, '');
	is('waits: nor in the table', await heads(), 'name,self,total,waits average and longest are not known of a range');
	await timed.evaluate(`document.querySelector('.chip').click()`);
	is('waits: of all of the time it is', await heads(), 'name,self,total,waits,average,longest');
	ok('waits: and so is their number', (await hovered(timed, 'pthread_cond_wait'))[0].endsWith('; waits 100; average 13.0 ms; longest wait 940 ms'));
	is('no script errors', [...page.errors, ...wrong.errors, ...whole.errors, ...timed.errors].join(), '');
}

module.exports = [testBars, testMouse, testKeys, testViews];
