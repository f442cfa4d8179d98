/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pictures of a graph with slices of time, to be looked at: as a whole, a range, two ranges; light,
 * dark, on a phone, on paper.
 *   node pictures.js GRAPH FOLDER [SEARCH]
 */
'use strict';
const path = require('node:path');
const {Browser} = require('./browser.js');
const {READY, text} = require('./reader.js');

const SHOTS = [['whole', ''], ['search', ''], ['range', 'time=20.45'], ['two', 'time=1.7&then=26.32'], ['table', 'time=0.12&then=50.70&table=1'],
	['inverted', 'time=20.45&view=inverted']];
const SCREENS = [['light', 'light', 1280, 800], ['dark', 'dark', 1280, 800], ['phone', 'light', 390, 844], ['phone-dark', 'dark', 390, 844]];

async function main() {
	const [graph, folder, search = 'main'] = process.argv.slice(2), browser = await Browser.start();
	for (const [screen, theme, width, height] of SCREENS) {
		for (const [shot, state] of SHOTS) {
			const page = await browser.newPage({width, height}), phone = width < 500;
			await page.size(width, height, phone);
			await page.send('Emulation.setTouchEmulationEnabled', {enabled: phone});
			await page.theme(theme);
			await page.open(`file://${path.resolve(graph)}#${shot === 'search' ? `search=${search}` : state}`);
			await page.until(`${READY} && document.querySelector('.time path')`);
			await page.mouse(width / 3, height * 0.7, false);
			await page.screenshot(path.join(folder, `${screen}-${shot}.png`));
			if (screen === 'light' && shot !== 'table') {
				await page.size(1040, 720);
				await page.send('Emulation.setEmulatedMedia', {media: 'print'});
				await page.evaluate(`dispatchEvent(new Event('beforeprint'))`);
				await page.screenshot(path.join(folder, `paper-${shot}.png`));
			}
			console.log(`${screen}-${shot}: ${await page.evaluate(text('h1'))}`);
			await page.close();
		}
	}
	await browser.close();
}

main();
