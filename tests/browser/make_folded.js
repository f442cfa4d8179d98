/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes folded stacks, always the same, with recursions and long tails.
 *   make_folded.js [STACKS [few]]
 * 3,000 of them unless told otherwise; with "few" of ten functions that call each other a lot.
 */
'use strict';
let seed = 12345;
const random = below => {
	seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
	return (seed >>> 8) % below;
};
const [wanted = 3000, few] = process.argv.slice(2);
const name = few ? () => `step_${random(random(10) + 1)}`
	: () => `ns${random(3)}::Class${random(5)}<int, char>::function_${random(random(60) + 1)}(int)`;
const lines = new Map();
while (lines.size < Number(wanted)) {
	const frames = ['main'];
	for (let depth = 1 + random(24); depth > 0; depth--)
		frames.push(name());
	lines.set(frames.join(';'), 1 + random(1 + random(1000)));
}
for (const stack of [...lines.keys()].sort())
	console.log(`${stack} ${lines.get(stack)}`);
