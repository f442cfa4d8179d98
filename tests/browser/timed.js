/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is in the slices of a graph, by its data block, and where they are on the page. */
'use strict';
const {readBlock} = require('./block.js');
const {folder, text, open} = require('./reader.js');

const grouped = number => String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, ',');
const HASH = 'location.hash';
const TITLE = text('h1 .range'), CHIPS = text('.chips');

/* The stacks of a graph: names from the root to the leaf, values, parts in each slice. */
function readStacks(name) {
	const block = readBlock(`${folder}/${name}.svg`), {head, frame, parent, self, shares} = block;
	const stacks = [];
	for (let node = 1; node < head.nodes; node++) {
		const frames = [];
		for (let up = node; up; up = parent[up])
			frames.unshift(block.name[frame[up]]);
		if (self.some(values => values[node]))
			stacks.push({frames, values: self.map(values => values[node]), shares: shares[node]});
	}
	return {head, stacks, ends: head.slices.ends_us};
}

/* What stacks have in slices from..to of their values. */
function amount(stacks, [from, to], type = 0) {
	return stacks.reduce((sum, {values, shares}) => sum +
		values[type] * shares.slice(from, to).reduce((all, share) => all + share, 0), 0);
}

const having = (stacks, name) => stacks.filter(({frames}) => frames.includes(name));
const ending = (stacks, name) => stacks.filter(({frames}) => frames[frames.length - 1] === name);
const lengthOf = (ends, [from, to]) => (ends[to - 1] - (from ? ends[from - 1] : 0)) / 1e6;

/* In pixels of the window: the middle of a slice, or where one begins. */
async function places(page, ends) {
	const {x, y, width, height} = await page.evaluate(`(({x, y, width, height}) => ({x, y, width, height}))(
		document.querySelector('.time').getBoundingClientRect())`);
	const at = us => x + us / ends[ends.length - 1] * width;
	return {middle: slice => at((ends[slice] + (slice ? ends[slice - 1] : 0)) / 2), begin: slice => at(slice ? ends[slice - 1] : 0),
		y: y + height / 3, bottom: y + height};
}

async function openTimed(browser, name, options) {
	const page = await open(browser, name, options);
	await page.until(`document.querySelector('.time svg path.all')`);
	return page;
}

module.exports = {HASH, TITLE, CHIPS, grouped, readStacks, amount, having, ending, lengthOf, places, openTimed};
