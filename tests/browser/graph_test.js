/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a person does with a graph, checked against numbers computed here from the same stacks.
 * FOLDER holds what graphs.c wrote, random.folded and random.svg.
 */
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');
const {folder, ok, is, READY, text, open, labelAt, click, hovered, LABELS_FIT, INSIDE, STATUS, SELECT} =
	require('./reader.js');

async function testPage(browser) {
	const page = await open(browser, 'service');
	is('title', await page.evaluate(text('h1')),
		'hotservice (pid 4242)  ·  on-CPU  ·  30.0 s at 99 Hz  ·  2,970 samples  ·  30.0 s cpu');
	is('place', await page.evaluate(text('.place')),
		'web-17  ·  Linux 6.1.0-18-amd64 x86_64  ·  2026-11-20 10:51 UTC');
	is('what is wrong is amber', await page.evaluate(
		`[...document.querySelectorAll('.facts .warn')].map(b => b.textContent).join()`),
		'⚠ rooted 98.7 %,⚠ lost 2 (0.07 %),⚠ truncated 1.3 %');
	is('legend has the kinds that occur', await page.evaluate(
		`[...document.querySelectorAll('.legend button')].map(b => b.textContent).join()`),
		'kernel,user,library,jit,inlined,interpreter,group,marker,unnamed');
	ok('status line is on the screen', await page.evaluate(INSIDE('.status')));
	await labelAt(page, 'all');
	is('labels fit', await page.evaluate(LABELS_FIT), '');

	const at = await labelAt(page, 'compress');
	await page.mouse(at.x, at.y, false);
	const tip = await page.evaluate(text('.tip'));
	for (const wanted of ['compress', 'user', '1,200 samples', '40.4 %', '± 1.8', '50.4 %', '12.1 s'])
		ok(`hover says ${wanted}`, tip.includes(wanted), tip);
	const status = await page.evaluate(text('.status'));
	ok('status line says the same', status.includes('1,200 samples, 40.4 % ± 1.8'), status);

	await page.evaluate(`document.querySelector('.facts .warn + .warn').click()`);
	const dialog = await page.evaluate(text('dialog'));
	for (const wanted of ['the table of stacks was full', 'samples of the idle task', '99 Hz', 'cpu-clock', '23.0 MiB'])
		ok(`details say ${wanted}`, dialog.includes(wanted), dialog);
	await page.key('Escape');
	is('Escape closes the details', await page.evaluate(`document.querySelector('dialog').open`), false);
	is('no script errors', page.errors.join(), '');
}

async function testZoom(browser) {
	const page = await open(browser, 'service');
	const share = () => page.evaluate(text('.numbers'));
	await click(page, 'serve');
	ok('zoom is in the address', /#zoom=\d+$/.test(await page.evaluate('location.hash')));
	ok('zoomed frame is in the status line', (await share()).includes('2,380 samples, 80.1 %'), await share());
	ok('callers are dimmed', await page.evaluate(`document.querySelectorAll('.faded path').length > 0`));
	is('labels fit when zoomed', await page.evaluate(LABELS_FIT), '');
	const hash = await page.evaluate('location.hash');
	await click(page, 'parse_request');
	await page.evaluate('history.back()');
	await page.until(`location.hash === '${hash}'`);
	ok('back in the browser is back in the graph', (await share()).includes('2,380 samples'), await share());
	await page.key('Escape');
	is('Escape zooms out to where there is more', await page.evaluate(text('.name')), 'main');
	await click(page, 'all');
	is('a click on a caller zooms out', await page.evaluate('location.hash'), '');
	const again = await open(browser, 'service', {hash: `${hash}&search=memcpy`});
	ok('address restores zoom', (await again.evaluate(text('.numbers'))).includes('2,380 samples'));
	ok('address restores search', (await again.evaluate(text('.found'))).startsWith('matched 22.6 % (670 samples), self 22.6 % (670 samples) · of the zoomed 23.9 % (570 samples)'),
		await again.evaluate(text('.found')));
	const wrong = await open(browser, 'service', {hash: '#zoom=99999999&value=77&below=x&search=%5B'});
	is('a wrong address shows the whole', await wrong.evaluate(text('.name')), 'all');
	is('no script errors', [...page.errors, ...again.errors, ...wrong.errors].join(), '');
}

async function testSearch(browser) {
	const page = await open(browser, 'service');
	const found = () => page.evaluate(text('.found'));
	const search = async pattern => {
		await page.key('f', 2);
		await page.type(pattern);
		return found();
	};
	/* compress 900 + 300 + 150, memcpy 420 + 100 more, of 2,970 */
	is('a stack counts once', await search('compress|memcpy'), 'matched 63.0 % (1,870 samples), self 22.6 % (670 samples) · 2 names');
	ok('matches are marked', await page.evaluate(`document.querySelectorAll('path.hit').length > 0`));
	is('incremental: more letters, fewer matches', await search('compress$'), 'matched 45.5 % (1,350 samples), self 0 % (0 samples) · 1 name');
	is('an invalid expression is called one', await search('compress('), 'not a regular expression');
	is('no match', await search('nosuchname'), 'no match');
	is('small letters match any', await search('interp'), 'matched 8.1 % (240 samples), self 0 % (0 samples) · 1 name');
	is('capitals match capitals', await search('INTERP'), 'no match');
	await search('memcpy');
	await page.key('Enter');
	const first = await page.evaluate(text('.status'));
	await page.key('Escape');
	await search('memcpy');
	await page.key('Enter');
	await page.key('Enter');
	const second = await page.evaluate(text('.status'));
	ok('Enter goes to the next match', first.includes('memcpy') && second.includes('memcpy') && first !== second,
		`${first}\n${second}`);
	is('no script errors', page.errors.join(), '');
}

async function testKeys(browser) {
	const page = await open(browser, 'service');
	const at = () => page.evaluate(text('.name'));
	const walk = [['ArrowUp', 'web'], ['ArrowUp', 'main'], ['ArrowUp', 'serve'], ['ArrowLeft', 'script'],
		['ArrowRight', 'serve'], ['ArrowRight', 'poll_loop'], ['ArrowDown', 'start_thread']];
	for (const [key, name] of walk) {
		await page.key(key);
		is(`${key} to ${name}`, await at(), name);
	}
	ok('a screen reader hears it', (await page.evaluate(text('.spoken'))).startsWith('start_thread, libc.so.6'));
	await page.key('Enter');
	ok('Enter zooms', /zoom=/.test(await page.evaluate('location.hash')));
	await page.key('Home');
	is('Home shows all', await page.evaluate('location.hash'), '');
	await page.key('?');
	ok('? opens help', await page.evaluate(`document.querySelector('dialog').open`));
	await page.key('Escape');
	await page.evaluate(`(() => { const s = document.querySelector('.tools select + select'); s.value = 1;
		s.dispatchEvent(new Event('change')); })()`);
	ok('other value', (await page.evaluate(text('.numbers'))).includes('30.0 s'));
	await page.evaluate(`document.querySelector('.legend button').click()`);
	is('legend chooses a kind', await page.evaluate(
		`[...document.querySelectorAll('.room g:not(.faded) path')].map(p => p.getAttribute('class')[0] + Math.floor(p.getAttribute('class').slice(1) / 5)).every(c => c === 'c0')`), true);
	is('no script errors', page.errors.join(), '');
}

/* Shares of a few patterns, from the folded lines alone. */
async function testRandom(browser) {
	const lines = fs.readFileSync(`${folder}/random.folded`, 'utf8').trim().split('\n').map(line => {
		const space = line.lastIndexOf(' ');
		return {frames: line.slice(0, space).split(';'), count: Number(line.slice(space + 1))};
	});
	const total = lines.reduce((sum, line) => sum + line.count, 0);
	const page = await open(browser, 'random');
	for (const pattern of ['function_1\\b', 'ns0::', 'Class[34]', 'function_(7|17)\\(', 'main']) {
		const matched = lines.filter(line => line.frames.some(frame => new RegExp(pattern, 'i').test(frame)))
			.reduce((sum, line) => sum + line.count, 0);
		const percent = 100 * matched / total;
		await page.key('f', 2);
		await page.type(pattern);
		is(`matched share of ${pattern}`, (await page.evaluate(text('.found'))).split(' (')[0],
			matched === total ? 'matched 100 %' : `matched ${percent.toFixed(percent < 0.995 ? 2 : 1)} %`);
		await page.key('Escape');
	}
	is('labels of templates fit', await page.evaluate(LABELS_FIT), '');
	ok('thin frames are one strip', await page.evaluate(`!!document.querySelector('path.strip')`));
	/* Boxes in one row never overlap and stay within the width. */
	is('boxes do not overlap', await page.evaluate(`(() => {
		const rows = new Map();
		for (const path of document.querySelectorAll('.room g path'))
			for (const [, x, y, w] of path.getAttribute('d').matchAll(/M(\\d+) (\\d+)h(\\d+)/g))
				rows.set(y, [...(rows.get(y) || []), [Number(x), Number(w)]]);
		let bad = 0;
		for (const boxes of rows.values()) {
			boxes.sort((a, b) => a[0] - b[0]);
			boxes.forEach(([x, w], i) => { bad += x + w > (boxes[i + 1] || [innerWidth])[0]; });
		}
		return bad;
	})()`), 0);
	is('no script errors', page.errors.join(), '');
}

async function testHostile(browser) {
	for (const scripts of [true, false]) {
		const page = await open(browser, 'hostile', {scripts});
		is(`hostile names run nothing (scripts ${scripts})`, await page.evaluate('typeof globalThis.broken'), 'undefined');
		ok('they are shown', (await page.evaluate('document.documentElement.textContent')).includes('%s%n%d'));
		is('nor load anything', page.errors.join(), '');
		if (scripts) {
			ok('title is the text', (await page.evaluate(text('h1'))).startsWith(']]></script></svg><script>'));
			is('labels fit whatever they say', await page.evaluate(LABELS_FIT), '');
		}
	}
}

async function testDeep(browser) {
	const page = await open(browser, 'deep');
	ok('page opens at the root', Boolean(await labelAt(page, 'all')));
	ok('and says what is above', /▲ 1,9\d\d more rows/.test(await page.evaluate(text('.above'))));
	await page.evaluate(`document.querySelector('main').scrollTop = 0`);
	await page.until(`!document.querySelector('.above').textContent`);
	ok('the top can be seen', Boolean(await labelAt(page, 'walk_directory')));
	ok('little is in the document', await page.evaluate(`document.querySelectorAll('*').length < 500`));
	await click(page, 'walk_directory');
	await page.mouse(600, 500, false);
	const tip = await page.evaluate(text('.tip'));
	ok('zooming far up keeps the frame in sight', tip.includes('walk_directory'), tip);
	is('no script errors', page.errors.join(), '');
}

/* Off-CPU time: see fill_waits() of graphs.c. */
async function testWaits(browser) {
	const page = await open(browser, 'waits');
	is('waits: title', await page.evaluate(text('h1')),
		'hotservice (pid 4242)  ·  off-CPU  ·  30.0 s  ·  4 min 5 s off-CPU time  ·  30,120 waits');
	is('waits: what is wrong is amber', await page.evaluate(
		`[...document.querySelectorAll('.facts .warn')].map(b => b.textContent).join()`),
		'⚠ residual 0.153 %,⚠ waits estimated 1 in 8');
	is('waits: only amounts can be the width', await page.evaluate(
		`[...document.querySelectorAll('select + select option')].map(o => o.value + o.textContent).join()`), '0time,1waits');

	/* recv: 4,100 waits of 8.1 ms; mutex: 2,310 of 17.3 ms, disk: 190 of 6.1 ms */
	const [recv, recvStatus] = await hovered(page, '[waits: socket read]');
	is('waits: hover has count, average, longest', recv, 'total 33.2 s 13.5 %; self 33.2 s 13.5 %; of parent 100 %; ' +
		'waits 4,100; average 8.10 ms; longest wait 1.25 s');
	ok('waits: status says the same', recvStatus.includes('100 % of parent  ·  4,100 waits  ·  average 8.10 ms  ·  longest wait 1.25 s'), recvStatus);
	const [request] = await hovered(page, 'handle_request');
	is('waits: the longest of a caller is the longest of its callees', request, 'total 74.3 s 30.2 %; self 0 s 0 %; ' +
		'of parent 39.8 %; waits 6,600; average 11.3 ms; longest wait 1.25 s');
	const [whole] = await hovered(page, 'all');
	ok('waits: and so is the one of all', /waits 30,120; average 8\.16 ms; longest wait 1\.25 s$/.test(whole), whole);
	ok('waits: nobody sees squares', !`${recv}${recvStatus}${await page.evaluate('document.body.textContent')}`.includes('squares'));
	ok('waits: nor an interval that is for samples', !recv.includes('±'), recv);

	await page.evaluate(SELECT(1));
	const [counted, countedStatus] = await hovered(page, '[waits: socket read]');
	is('waits: as width', counted, 'total 4,100 waits 13.6 %; self 4,100 waits 13.6 %; of parent 100 %; ' +
		'time 33.2 s; average 8.10 ms; longest wait 1.25 s');
	ok('waits: as width in the status', countedStatus.includes('time 33.2 s  ·  average 8.10 ms'), countedStatus);
	is('waits: labels fit', await page.evaluate(LABELS_FIT), '');

	await page.key('i');
	const details = await page.evaluate(`[...document.querySelectorAll('dialog h3, dialog tr')].map(row =>
		[...row.children].map(cell => cell.textContent).join(' ') || row.textContent).join('; ')`);
	for (const wanted of ['longest wait 1.25 s', 'Time of all 9 threads; lifetime 4 min 21 s; on-CPU 12.5 s, 4.8 %; blocked 4 min 7 s, 94.9 %',
		'waiting for a CPU 690 ms, 0.26 %; residual 400 ms, 0.15 %', 'web (tid 4242) 1.00 ms of 29.0 s',
		'\ufffdworker/\ufffd\ufffd<b>1 (tid 4251) -9.00 ms of 29.0 s', 'limit 1 % of the CPUs\' time',
		'estimated waits 5,230', '1 wait in 8', 'without a stack 3.60 s'])
		ok(`waits: details say ${wanted}`, details.includes(wanted), details);
	is('waits: names of threads make no elements', await page.evaluate(`document.querySelectorAll('dialog b').length`), 0);
	await page.key('Escape');
	await page.evaluate(`[...document.querySelectorAll('.facts .warn')].pop().click()`);
	ok('waits: estimates say how to be without', (await page.evaluate(text('dialog'))).includes('--max-overhead 0'));

	const wrong = await open(browser, 'waits', {hash: '#value=2'});
	ok('waits: the longest is no width, whatever the address says', (await wrong.evaluate(STATUS)).includes('total 4 min 5 s'),
		await wrong.evaluate(STATUS));
	is('waits: no script errors', [...page.errors, ...wrong.errors].join(), '');
}

/* Strips, wakers, the run queue, and all time. */
async function testMoreWaits(browser) {
	const page = await open(browser, 'offwake');
	ok('waits: wakers are a kind', (await page.evaluate(text('.legend'))).includes('waker'));
	const [waker] = await hovered(page, 'session::store');
	ok('waits: a waker has what it ended', waker.endsWith('waits 2,310; average 17.3 ms; longest wait 312 ms'), waker);
	/* 40 callees of 10 + i waits of 2,000 + 10 i µs, the longest of 5 + i ms: together 2.6434 s */
	const at = await page.evaluate(`(() => {
		const [, x, y] = /M(\\d+) (\\d+)/.exec(document.querySelector('path.strip').getAttribute('d'));
		const corner = document.querySelector('.room svg').getBoundingClientRect();
		return {x: corner.x + Number(x) + 2, y: corner.y + Number(y) + 5};
	})()`);
	await page.mouse(at.x, at.y, false);
	const strip = await page.evaluate(text('.tip table'));
	is('waits: a strip has the longest of its frames', strip,
		'total2.64 s1.1 %of parent1.4 %waits1,180average2.24 mslongest wait44.0 ms');
	const wall = await open(browser, 'wall');
	is('wall: title', await wall.evaluate(text('h1')), 'hotservice (pid 4242)  ·  all time, on and off the CPU  ·  ' +
		'30.0 s at 99 Hz  ·  29.8 s thread time');
	const [all, allStatus] = await hovered(wall, 'all');
	is('wall: time alone', all, 'total 29.8 s 100 %; self 0 s 0 %');
	is('wall: in the status, too', allStatus, 'all total 29.8 s, 100 %  ·  self 0 s, 0 %');
	ok('wall: nothing to choose', await wall.evaluate(`document.querySelector('select + select').hidden`));
	const queue = await open(browser, 'runq');
	const [queued] = await hovered(queue, 'epoll_wait');
	ok('run queue: hover', queued.endsWith('waits 4,900; average 627 µs; longest wait 30.0 ms'), queued);

	const still = await open(browser, 'offwake', {scripts: false});
	const words = await still.evaluate('document.documentElement.textContent');
	for (const wanted of ['off-CPU with wakers', '4 min 5 s off-CPU time', '30,120 waits', 'residual 0.004 %',
		'[waits: socket read]', '[woken by]', 'session::store', 'waker', 'waiting'])
		ok(`waits without scripts: ${wanted}`, words.includes(wanted));
	is('waits: no script errors', [...page.errors, ...wall.errors, ...queue.errors, ...still.errors].join(), '');
}

async function testElsewhere(browser) {
	const empty = await open(browser, 'empty');
	ok('no samples: says so', (await empty.evaluate(text('main'))).includes('There are no samples'));
	await empty.key('ArrowUp');
	await empty.key('Enter');
	is('no samples: no script errors', empty.errors.join(), '');

	const still = await open(browser, 'service', {scripts: false});
	const words = await still.evaluate('document.documentElement.textContent');
	for (const wanted of ['hotservice (pid 4242)', 'lost 2 (0.07 %)', 'compress', 'do_syscall_64', 'kernel'])
		ok(`without scripts: ${wanted}`, words.includes(wanted));

	const phone = await open(browser, 'service', {width: 390, height: 844});
	await phone.size(390, 844, true);
	await phone.send('Emulation.setTouchEmulationEnabled', {enabled: true});
	await phone.send('Page.reload');
	await phone.until(READY);
	ok('phone: nothing wider than the screen',
		await phone.evaluate('document.documentElement.scrollWidth <= innerWidth && innerWidth === 390'));
	const {x, y} = await labelAt(phone, 'compress');
	await phone.tap(x, y);
	await phone.until(`${text('.name')} === 'compress'`);
	is('phone: a tap selects', await phone.evaluate('location.hash'), '');
	await phone.tap(x, y);
	await phone.until(`location.hash !== ''`);
	ok('phone: a second tap zooms', true);
	is('phone: no script errors', phone.errors.join(), '');

	const {data} = await (await open(browser, 'random')).send('Page.printToPDF', {preferCSSPageSize: true});
	const sheets = Buffer.from(data, 'base64').toString('latin1').match(/\/Type\s*\/Page\b/g);
	is('prints on one sheet', sheets.length, 1);

	const dark = await browser.newPage();
	await dark.theme('dark');
	await dark.open(`file://${folder}/service.svg`);
	await dark.until(READY);
	is('dark when the reader wants it', await dark.evaluate(
		`getComputedStyle(document.documentElement).backgroundColor`), 'rgb(21, 23, 27)');
}

/* The same graph within a web page. */
async function testHtml(browser) {
	for (const name of ['service', 'hostile']) {
		const svg = await open(browser, name), page = await browser.newPage();
		await page.open(`file://${folder}/${name}.html`);
		await page.until(READY);
		is(`${name}.html: title`, await page.evaluate(text('h1')), await svg.evaluate(text('h1')));
		is(`${name}.html: labels`, await page.evaluate(text('.room')), await svg.evaluate(text('.room')));
		is(`${name}.html: names run nothing`, await page.evaluate('typeof globalThis.broken'), 'undefined');
		await click(page, 'all');
		is(`${name}.html: no script errors`, page.errors.join(), '');

		const still = await browser.newPage({scripts: false});
		await still.open(`file://${folder}/${name}.html`);
		const shown = await still.evaluate(`(({top, width}) => top === 0 && width > 1000)(
			document.getElementById('frames').ownerSVGElement.getBoundingClientRect())`);
		ok(`${name}.html: without scripts the static view is shown`, shown);
		is(`${name}.html: one element each`, await still.evaluate(
			`['svg', 'svg script', 'svg metadata'].map(e => document.querySelectorAll(e).length).join()`), '1,1,3');
	}
}

/* The script shortens labels as label.c does; see label.h. */
function testLabels() {
	const root = path.join(__dirname, '../..');
	const script = fs.readFileSync(path.join(root, 'render/page/labels.js'), 'utf8');
	const fitLabel = vm.runInNewContext(`${script}; fitLabel`);
	const cases = fs.readFileSync(path.join(root, 'tests/golden/render_labels.txt'), 'utf8').split('\n');
	for (const line of cases.filter(text => text && !text.startsWith('#'))) {
		const [room, name, label] = line.split('\t');
		is(`label of ${name} in ${room}`, fitLabel(name, Number(room)), label);
	}
}

module.exports = [testLabels, testPage, testZoom, testSearch, testKeys, testRandom, testHostile, testDeep, testWaits, testMoreWaits,
	testElsewhere, testHtml];
