/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the data block of a graph as docs/FORMAT.md says, slowly and without the page's script. */
'use strict';
const fs = require('node:fs');
const zlib = require('node:zlib');

function unpack(file) {
	const [, encoding, text] = /<metadata id="bolometer" data-version="\d" data-encoding="([^"]*)">([^<]*)</.exec(
		fs.readFileSync(file, 'utf8'));
	const bytes = Buffer.from(text, 'base64');
	return encoding === 'deflate-raw' ? zlib.inflateRawSync(bytes) : bytes;
}

/*
 * Of a comparison: head; by frame `name` and `kind`; by node `frame`, `parent`, `depth`; `self` and `total`, by
 * value type and node; `changes`: self and total by frame, total and self by node, each an array of
 * {verdict, low, high}; `functions`: {self, total} by value type and frame, a stack once in the total;
 * where there are slices, `shares`: by node, which part of its self values is in each slice.
 */
function readBlock(file) {
	const bytes = unpack(file);
	let at = 0;
	const number = () => {
		let value = 0, scale = 1, byte;
		do {
			byte = bytes[at++];
			value += (byte & 127) * scale;
			scale *= 128;
		} while (byte > 127);
		return value;
	};
	const signed = () => {
		const value = number();
		return value % 2 ? -(value + 1) / 2 : value / 2;
	};
	const take = length => bytes.toString('utf8', at, at += length);
	const times = (count, read) => Array.from({length: count}, read);

	const head = JSON.parse(take(number()));
	const strings = times(head.strings, number).map(take);
	const frames = times(head.frames, () => [number(), number(), number()]);
	const name = frames.map(([text]) => strings[text]), kind = frames.map(([, , which]) => which);
	const depth = [0];
	for (let i = 1; i < head.nodes; i++)
		depth.push(depth[i - 1] + 1 - number());
	const frame = times(head.nodes, number);
	const self = head.values.map(({factor}) => times(head.nodes, () => signed() * factor));
	const changes = [];
	for (const count of head.diff ? [head.frames, head.frames, head.nodes, head.nodes] : []) {
		const verdicts = times(count, number);
		const ends = () => verdicts.map(verdict => verdict ? signed() / 1000 : NaN);
		const low = ends(), high = ends();
		changes.push(verdicts.map((verdict, i) => ({verdict, low: low[i], high: high[i]})));
	}
	const shares = head.slices && readShares(head.slices, self, number, times);
	if (at !== bytes.length)
		throw new Error('there is something behind the last column');

	const path = [], parent = [];
	for (let i = 0; i < head.nodes; i++) {
		parent.push(i ? path[depth[i] - 1] : 0);
		path[depth[i]] = i;
	}
	const total = self.map((values, type) => {
		const sums = [...values];
		for (let i = head.nodes - 1; i > 0; i--)
			sums[parent[i]] = head.values[type].role === 'longest' ? Math.max(sums[parent[i]], sums[i]) : sums[parent[i]] + sums[i];
		return sums;
	});
	/* Whether a frame of that function is below, on the way to the root. */
	const isInner = node => {
		for (let up = parent[node]; up; up = parent[up]) {
			if (frame[up] === frame[node])
				return true;
		}
		return false;
	};
	const functions = self.map((_, type) => {
		const sums = {self: name.map(() => 0), total: name.map(() => 0)};
		for (let i = 1; i < head.nodes; i++) {
			sums.self[frame[i]] += self[type][i];
			sums.total[frame[i]] += isInner(i) ? 0 : total[type][i];
		}
		return sums;
	});
	return {head, name, kind, shares, frame, parent, depth, self, total, functions,
		changes: {self: changes[0], total: changes[1], nodeTotal: changes[2], nodeSelf: changes[3]}};
}

/* Three columns: how many slices a node has, which, and the weights of those that have several. */
function readShares({ends_us: ends, value}, self, number, times) {
	const counts = self[value].map(amount => amount ? number() : 0);
	const places = counts.map(count => {
		let place = -1;
		return times(count, () => { place += 1 + number(); return place; });
	});
	const weights = counts.map(count => count > 1 ? times(count, number) : times(count, () => 1));
	return places.map((list, node) => {
		const whole = weights[node].reduce((sum, weight) => sum + weight, 0), parts = new Array(ends.length).fill(0);
		list.forEach((place, i) => { parts[place] = weights[node][i] / whole; });
		return parts;
	});
}

module.exports = {readBlock};
