/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long a reader waits, in milliseconds from the action to the picture on the screen, the median
 * of several.
 *   node speed.js GRAPH...
 * Figures of other graphs' scripts can be had the same way; docs/NUMBERS.md has some.
 */
'use strict';
const path = require('node:path');
const {Browser} = require('./browser.js');

const READY = `document.querySelector('main') && document.querySelector('.name').textContent !== ''`;
const PAINTED = `new Promise(done => requestAnimationFrame(() => setTimeout(done)))`;
const KEY = key => `document.querySelector('main').dispatchEvent(new KeyboardEvent('keydown', {key: '${key}', bubbles: true}))`;
const TYPE = text => `(() => { const field = document.querySelector('input[type=search]');
	field.value = '${text}'; field.dispatchEvent(new Event('input')); })()`;
/* A click on the widest box of the fourth row: some way up in a graph of many frames. */
const CLICK = `(() => { const graph = document.querySelector('main'), corner = graph.getBoundingClientRect();
	const room = document.querySelector('.room').getBoundingClientRect();
	graph.dispatchEvent(new MouseEvent('click', {clientX: corner.left + 40, clientY: room.bottom - 3.5 * 18})); })()`;

const ACTIONS = [
	['zoom', CLICK, KEY('Home')],
	['search', TYPE('function_1[0-9]'), TYPE('')],
	['next match', KEY('n'), KEY('Home'), TYPE('function_17')],
	['inverted, first time', KEY('3'), ''],
	['inverted, again', KEY('3'), KEY('1'), KEY('1')],
	['zoom in inverted', `${KEY('ArrowDown')}; ${KEY('ArrowDown')}; ${KEY('Enter')}`, KEY('Home'), KEY('3')],
	['search in inverted', TYPE('function_1[0-9]'), TYPE('')],
	['icicle', KEY('2'), KEY('1'), KEY('1')],
	['table, first time', KEY('t'), ''],
	['table, again', KEY('t'), KEY('t'), KEY('t')],
	['search with table', TYPE('function_1[0-9]'), TYPE('')],
	['callers and callees, first time', `document.querySelector('.functions tbody tr:nth-child(2)').dispatchEvent(new MouseEvent('dblclick', {bubbles: true}))`, ''],
	['only what matches, first time', `${KEY('1')}; ${TYPE('function_2[0-9]')}; ${KEY('f')}`, ''],
	['merge recursion, first time', KEY('r'), ''],
];

/* A step of a slider is what a drag does once a frame: bars, tree, layout, picture. */
const SLIDER = (index, key) => `document.querySelectorAll('.time .end')[${index}].dispatchEvent(new KeyboardEvent('keydown', {key: '${key}', bubbles: true}))`;
const STEP = (key, more) => [key, SLIDER(1, 'ArrowLeft'), SLIDER(1, 'ArrowRight'), more];
const COMPARE = `document.querySelector('.chips .act').click()`;
const IN_TIME = [
	['range of time, first time', `${SLIDER(0, 'PageUp')}; ${SLIDER(1, 'PageDown')}`, ''],
	STEP('range, a step'),
	STEP('range, a step with search', TYPE('function_1[0-9]')),
	STEP('range, a step in inverted', `${TYPE('')}; ${KEY('3')}`),
	STEP('range, a step with table', `${KEY('1')}; ${KEY('t')}`),
	['two ranges, first time', COMPARE, '', `${KEY('t')}; ${SLIDER(1, 'PageDown')}; ${SLIDER(1, 'PageDown')}; ${SLIDER(1, 'PageDown')}`],
	STEP('two ranges, a step'),
	STEP('two ranges, a step in inverted', KEY('3')),
	STEP('two ranges, a step with table', `${KEY('1')}; ${KEY('t')}`),
];

async function time(page, action) {
	return page.evaluate(`(async () => { const from = performance.now(); ${action}; await ${PAINTED}; return performance.now() - from; })()`);
}

const median = times => times.sort((a, b) => a - b)[times.length >> 1];

async function load(browser, file, rounds) {
	const times = [];
	for (let i = 0; i < rounds; i++) {
		const page = await browser.newPage();
		await page.send('Page.addScriptToEvaluateOnNewDocument', {source: `(() => {
			const look = () => document.querySelector('main .room text') ? requestAnimationFrame(() => { globalThis.loaded = performance.now(); }) : requestAnimationFrame(look);
			requestAnimationFrame(look); })()`});
		await page.open(`file://${file}`);
		await page.until('globalThis.loaded');
		times.push(await page.evaluate('loaded'));
		await page.close();
	}
	return median(times);
}

async function main() {
	const browser = await Browser.start();
	for (const name of process.argv.slice(2)) {
		const file = path.resolve(name), page = await browser.newPage();
		console.log(`${path.basename(name)}\n  ${'load'.padEnd(32)} ${(await load(browser, file, 3)).toFixed(0)} ms`);
		await page.open(`file://${file}`);
		await page.until(READY);
		const sliced = await page.evaluate(`document.querySelector('.time .end') !== null`);
		for (const [what, action, undo, before] of [...ACTIONS, ...(sliced ? IN_TIME : [])]) {
			if (what === IN_TIME[0][0]) {
				await page.open(`file://${file}`); /* as ACTIONS leave stacks out */
				await page.until(READY);
			}
			const times = [];
			if (before)
				await time(page, before);
			for (let round = 0; round < (undo ? 5 : 1); round++) {
				times.push(await time(page, action));
				if (undo)
					await time(page, undo);
			}
			console.log(`  ${what.padEnd(32)} ${median(times).toFixed(0)} ms`);
		}
		for (const error of page.errors)
			console.log(`  ${error}`);
	}
	await browser.close();
}

main();
