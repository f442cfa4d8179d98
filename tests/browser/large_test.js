/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A graph of a million frames, driven as a small one is, and checked against the folded text that it
 * was drawn from. How fast that is measures speed.js; here nothing may be left out or be wrong.
 * FOLDER has large.svg and large.folded.
 */
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const {folder, ok, is, text, open, STATUS} = require('./reader.js');

const FRAMES_LEAST = 980000;
const grouped = number => String(number).replace(/\B(?=(\d{3})+$)/g, ',');

/* Calls back with the frames and the count of each stack. */
function eachStack(call) {
	for (const line of fs.readFileSync(path.join(folder, 'large.folded'), 'utf8').split('\n')) {
		const end = line.lastIndexOf(' ');
		if (end > 0)
			call(line.slice(0, end).split(';'), Number(line.slice(end + 1)));
	}
}

/* Of stacks that `holds` is true of, what they add up to. */
function amount(holds) {
	let sum = 0;
	eachStack((frames, count) => sum += holds(frames) ? count : 0);
	return sum;
}

/*
 * Frames of the graph: the paths that differ, and the root; of those called by main the one that has
 * most, with its number. Lines are sorted as the frames are, so each path is in one piece.
 */
function readFrames() {
	let before = [], nodes = 1, widest = {total: 0}, second = {total: 0};
	eachStack((frames, count) => {
		let same = 0;
		while (same < frames.length && frames[same] === before[same])
			same++;
		if (same < 2)
			second = {name: frames[1], node: nodes + 1 - same, total: 0};
		second.total += count;
		if (second.total > widest.total)
			widest = second;
		nodes += frames.length - same;
		before = frames;
	});
	return {nodes, widest};
}

function functionTotals() {
	const totals = new Map();
	eachStack((frames, count) => {
		for (const name of new Set(frames))
			totals.set(name, (totals.get(name) || 0) + count);
	});
	return totals;
}

const named = status => /^(.*) total ([\d,]+) samples/.exec(status) || [];

async function drive(page, all, {name, node, total}) {
	is('large: it opens on all there is', named(await page.evaluate(STATUS))[2], grouped(all));
	ok('large: only what can be seen is in the document', (await page.evaluate(`document.querySelectorAll('*').length`)) < 3000);

	await page.evaluate(`location.hash = '#zoom=${node}'`);
	await page.until(`document.querySelector('.name').textContent !== 'all'`);
	is('large: zoomed into a frame', named(await page.evaluate(STATUS)).slice(1).join(), `${name},${grouped(total)}`);
	await page.key('f', 2);
	await page.type('function_17');
	const matched = frames => frames.some(frame => frame.includes('function_17'));
	const found = await page.evaluate(text('.found'));
	ok('large: what matches, of all', found.includes(`(${grouped(amount(matched))} samples)`), found);
	ok('large: and of what is zoomed into', found.includes(`(${grouped(amount(frames => frames[1] === name && matched(frames)))} samples)`), found);

	const totals = [...functionTotals()].sort((a, b) => b[1] - a[1]), row = `document.querySelector('.functions tbody tr:not([aria-hidden])')`;
	await page.evaluate(`location.hash = '#table=1&sort=total'`);
	await page.until(row);
	const rows = await page.evaluate(`[...document.querySelectorAll('.functions tbody tr:not([aria-hidden])')].slice(0, 8)
		.map(row => \`\${row.children[0].title} \${row.children[2].firstChild.data}\`)`);
	for (const [name, total] of totals.slice(0, 3))
		ok(`large: the table has ${name}`, rows.some(line => line.includes(name) && line.endsWith(` ${grouped(total)}`)), rows.join('\n'));

	await page.evaluate(`location.hash = '#view=inverted'`);
	await page.until(`document.querySelector('.tools select').value === 'inverted'`);
	is('large: inverted, all there is', named(await page.evaluate(STATUS))[2], grouped(all));
	is('large: no script errors', page.errors.join(), '');
}

async function testLarge(browser) {
	const {nodes, widest} = readFrames(), all = amount(() => true);
	ok(`large: a graph of ${grouped(nodes)} frames`, nodes >= FRAMES_LEAST);
	const page = await open(browser, 'large');
	await drive(page, all, widest);
	await page.theme('dark');
	is('large: in the dark, too', named(await page.evaluate(STATUS))[2], grouped(all));
	await page.close();
	const still = await open(browser, 'large', {scripts: false});
	ok('large: without scripts there is a picture', await still.evaluate(`document.querySelectorAll('#frames rect, #frames path').length > 5`));
	await still.close();
}

module.exports = [testLarge];
