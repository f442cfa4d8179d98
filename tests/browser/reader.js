/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of the graph do as a reader would, and what they say of it, in TAP. The graphs are in
 * the folder that the program was given.
 */
'use strict';
const path = require('node:path');

const folder = path.resolve(process.argv[2]);
let tests = Number(process.argv[3] || 0);

function ok(name, condition, detail = '') {
	console.log(`${condition ? 'ok' : 'not ok'} ${++tests} - ${name}`);
	if (!condition && detail !== '')
		console.log(`# ${String(detail).replace(/\n/g, '\n# ')}`);
}
const is = (name, got, wanted) => ok(name, got === wanted, `got ${got}\nwanted ${wanted}`);

const READY = `document.querySelector('main') && document.querySelector('.name').textContent !== ''`;
const text = selector => `document.querySelector(${JSON.stringify(selector)}).textContent`;

async function open(browser, name, {hash = '', ready = READY, ...options} = {}) {
	const page = await browser.newPage(options);
	await page.open(`file://${folder}/${name.includes(".") ? name : `${name}.svg`}${hash}`);
	if (options.scripts !== false)
		await page.until(ready);
	return page;
}

/* Where the first label in sight that reads `name` begins, in pixels of the window. */
async function labelAt(page, name) {
	const at = await page.evaluate(`(() => {
		for (const label of document.querySelectorAll('.room text')) {
			if (label.firstChild.data === ${JSON.stringify(name)}) {
				const {x, y, height} = label.getBoundingClientRect();
				const room = document.querySelector('main').getBoundingClientRect();
				if (y >= room.top && y + height <= room.bottom)
					return {x: x + 4, y: y + height / 2};
			}
		}
	})()`);
	if (!at)
		throw new Error(`no label ${name}`);
	return at;
}

async function click(page, name) {
	const {x, y} = await labelAt(page, name);
	await page.mouse(x, y);
}

/* Whether all labels end within the box they begin in, and are not too small to read. */
const LABELS_FIT = `(() => {
	const boxes = [];
	for (const path of document.querySelectorAll('.room g path'))
		for (const [, x, y, w] of path.getAttribute('d').matchAll(/M(\\d+) (\\d+)h(\\d+)/g))
			boxes.push({x: Number(x), y: Number(y), w: Number(w)});
	const bad = [];
	for (const label of document.querySelectorAll('.room text')) {
		const x = Number(label.getAttribute('x')), y = Number(label.getAttribute('y'));
		const box = boxes.find(b => b.x <= x && x < b.x + b.w && b.y < y && y < b.y + 24);
		if (!box || x + label.getComputedTextLength() > box.x + box.w)
			bad.push(label.textContent);
		if (parseFloat(getComputedStyle(label).fontSize) < 11)
			bad.push('small');
	}
	return bad.join(', ');
})()`;

const INSIDE = selector => `(() => {
	const box = document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect();
	return box.top >= 0 && box.bottom <= innerHeight + 1 && box.height > 0;
})()`;

const STATUS = ['.name', '.numbers'].map(text).join(` + ' ' + `);
const SELECT = value => `(() => { const s = document.querySelector('.tools select + select'); s.value = ${value};
	s.dispatchEvent(new Event('change')); })()`;

async function hovered(page, name) {
	const {x, y} = await labelAt(page, name);
	await page.mouse(x, y, false);
	return [await page.evaluate(`[...document.querySelectorAll('.tip tr')].map(row =>
		[...row.children].map(cell => cell.textContent).filter(Boolean).join(' ')).join('; ')`), await page.evaluate(STATUS)];
}

const testsRun = () => tests;

module.exports = {folder, ok, is, testsRun, READY, text, open, labelAt, click, hovered, LABELS_FIT, INSIDE, STATUS, SELECT};
