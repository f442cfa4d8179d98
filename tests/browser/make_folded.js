/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes 3,000 folded stacks, or as many as it is told, always the same, with recursions and long tails. */
'use strict';
let seed = 12345;
const random = below => {
	seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
	return (seed >>> 8) % below;
};
const lines = new Map();
const wanted = Number(process.argv[2] || 3000);
while (lines.size < wanted) {
	const frames = ['main'];
	for (let depth = 1 + random(24); depth > 0; depth--)
		frames.push(`ns${random(3)}::Class${random(5)}<int, char>::function_${random(random(60) + 1)}(int)`);
	lines.set(frames.join(';'), 1 + random(1 + random(1000)));
}
for (const stack of [...lines.keys()].sort())
	console.log(`${stack} ${lines.get(stack)}`);
