/* ---- what changed between two ranges of time ---- */

/*
 * Ranges are compared by what they have in a second. What they have in their parts says how much that
 * differs without a cause: a part is one of at most 8 of about the same number of slices, so that what
 * goes up and down for some slices is not taken for many independent observations. Tests are those of
 * profiler/diff/evidence.c, with parts for files and their own spread alone; see there.
 */
const PARTS = 8;
/* TESTABLE_EVENTS, FALSE_DISCOVERIES, DEFAULT_MIN_EFFECT in points; of the normal distribution, 97.5 %. */
const EVENTS = 10, FALSE_DISCOVERIES = 0.05, MIN_EFFECT = 0.5, NORMAL = 1.959964;

/* Values of t with so many degrees of freedom as normal ones, and back (Wallace 1959). */
const wallace = freedom => (8 * freedom + 1) / (8 * freedom + 3);
const toNormal = (t, freedom) => freedom === Infinity ? t : wallace(freedom) * Math.sqrt(freedom * Math.log1p(t * t / freedom));
const fromNormal = (z, freedom) => freedom === Infinity ? z : Math.sqrt(freedom * Math.expm1((z / wallace(freedom)) ** 2 / freedom));

/* How probable it is to be at least so far off, on either side: the Chebyshev fit of "Numerical Recipes". */
const ERFC = [0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196, 1.00002368, -1.26551223];
function twoSided(z) {
	const x = Math.abs(z) / Math.SQRT2, t = 1 / (1 + x / 2);
	return t * Math.exp(-x * x + ERFC.reduce((sum, factor) => sum * t + factor, 0));
}

/* Benjamini and Hochberg: up to which p those in a list are discoveries. */
function discoveryThreshold(list) {
	const p = Float64Array.from(list).sort();
	let last = p.length - 1;
	while (last >= 0 && p[last] > FALSE_DISCOVERIES * (last + 1) / p.length)
		last--;
	return last < 0 ? -1 : p[last];
}

const partsOf = ([from, to]) => Array.from({length: Math.min(PARTS, to - from)}, (_, i, n = Math.min(PARTS, to - from)) =>
	[from + Math.round(i * (to - from) / n), from + Math.round((i + 1) * (to - from) / n)]);

/* The tests of one comparison: of sums by part, those of the first range first. */
class Evidence {
	constructor(ranges, type) {
		const parts = ranges.map(partsOf);
		this.parts = parts.flat();
		this.sides = ranges.map((range, side) => ({from: side * parts[0].length, to: parts[0].length + side * parts[1].length,
			seconds: data.slices.length(...range) / 1e6}));
		this.seconds = this.parts.map(part => data.slices.length(...part) / 1e6);
		this.isCount = data.about.values[type].unit === 'count';
		this.whole = 1; /* amount in a second that is 100 points */
	}

	/* Amount in a second, and Pearson's statistic of the parts, of a side. */
	side(sums, at, {from, to, seconds}) {
		let amount = 0, squares = 0;
		for (let part = from; part < to; part++) {
			amount += sums[at + part];
			squares += sums[at + part] ** 2 / this.seconds[part];
		}
		return {amount, seconds, rate: amount / seconds, freedom: amount > 0 ? to - from - 1 : 0,
			off: amount > 0 ? squares / (amount / seconds) - amount : 0};
	}

	/* Null where there is too little to find anything. The interval is one of points. */
	test(sums, at) {
		const [before, after] = this.sides.map(side => this.side(sums, at, side)), all = before.amount + after.amount;
		const freedom = before.freedom + after.freedom;
		if (this.isCount ? all < EVENTS : !(all > 0 && freedom > 0))
			return null;
		/* By how much parts differ more than independent samples; few can seem to differ less. */
		const off = (before.off + after.off) / freedom, spread = !this.isCount ? off : freedom ? Math.max(1, off) : 1;
		if (!(spread > 0))
			return null;
		const known = freedom || Infinity, t = fromNormal(NORMAL, known), effect = after.rate - before.rate;
		const variance = spread * all / (before.seconds + after.seconds) * (1 / before.seconds + 1 / after.seconds);
		const ends = [before, after].map(({amount, seconds, rate}) => {
			const centre = amount + spread * t * t / 2, reach = t * Math.sqrt(spread * amount + (spread * t) ** 2 / 4);
			return {down: rate - Math.max(0, centre - reach) / seconds, up: (centre + reach) / seconds - rate};
		});
		const scale = 100 / this.whole;
		return {p: twoSided(toNormal(effect / Math.sqrt(variance), known)), effect: effect * scale, spread,
			low: (effect - Math.hypot(ends[1].down, ends[0].up)) * scale, high: (effect + Math.hypot(ends[1].up, ends[0].down)) * scale};
	}
}

/* Of what was tested, [index, result of a test] each, what is called a change. */
function decided(count, tests, threshold) {
	const made = {verdict: new Uint8Array(count), low: new Float32Array(count).fill(NaN), high: new Float32Array(count).fill(NaN)};
	for (const [index, {p, effect, low, high}] of tests) {
		const moved = p <= threshold && (low > 0 || high < 0);
		made.verdict[index] = !moved ? 1 : (effect < 0 ? 2 : 3) + (Math.abs(effect) < MIN_EFFECT ? 2 : 0);
		made.low[index] = low;
		made.high[index] = high;
	}
	return made;
}

/* Tests of some indices; `sums` gives an array and where in it the sums of one are. */
function tested(evidence, indices, sums) {
	const tests = [];
	for (const index of indices) {
		const result = evidence.test(...sums(index));
		if (result)
			tests.push([index, result]);
	}
	return tests;
}

/* Functions, and the paths of those that moved: what a function did as a whole it did somewhere. */
function testAll(evidence, type) {
	const {functions, slices} = data, {carriers, ranks} = slices, {frame, end, count} = profile;
	const n = evidence.parts.length, sums = slices.sums(evidence.parts, type);
	const total = new Float64Array(n * data.frames), self = new Float64Array(n * data.frames), span = new Float64Array(n);
	const spanOf = (first, last) => span.forEach((_, part) => { span[part] = sums[last * n + part] - sums[first * n + part]; });
	const add = (to, called) => span.forEach((value, part) => { to[called * n + part] += value; });
	const countedTo = new Uint32Array(data.frames);
	for (let node = 1; node < count; node++) {
		const called = functions[frame[node]];
		if (node < countedTo[called])
			continue;
		countedTo[called] = end[node];
		spanOf(ranks[node], ranks[end[node]]);
		add(total, called);
	}
	carriers.forEach((node, i) => {
		spanOf(i, i + 1);
		add(self, functions[frame[node]]);
	});
	const all = functions.filter((called, i) => called && called === i);
	const ofSelf = tested(evidence, all, called => [self, called * n]), ofTotal = tested(evidence, all, called => [total, called * n]);
	/* Of a function that calls nothing both are one, and one test. */
	const others = ofTotal.filter(([called]) => span.some((_, part) => self[called * n + part] !== total[called * n + part]));
	const threshold = discoveryThreshold([...ofSelf, ...others].map(([, {p}]) => p));
	const changes = {self: decided(data.frames, ofSelf, threshold), total: decided(data.frames, ofTotal, threshold)};
	const paths = (made, nodes, read) => {
		const tests = tested(evidence, nodes.filter(node => made.verdict[functions[frame[node]]] >= LESS), node => {
			read(node);
			return [span, 0];
		});
		return decided(count, tests, discoveryThreshold(tests.map(([, {p}]) => p)));
	};
	changes.nodeSelf = paths(changes.self, carriers, node => spanOf(ranks[node], ranks[node] + 1));
	changes.nodeTotal = paths(changes.total, Uint32Array.from(frame.keys()), node => spanOf(ranks[node], ranks[end[node]]));
	return changes;
}

/* The comparison of two ranges, see compare.js: of what the slices are of, and whatever else is an amount. */
function rangesCompared(ranges) {
	const {slices, about: {values, slices: {value}}} = data;
	const types = [value, ...values.keys()].filter((type, i, all) => !values[type].role && all.indexOf(type) === i);
	const sources = ranges.map(range => slices.within(...range));
	const tree = profile.over(type => sources[type % 2](types[type >> 1])), evidence = new Evidence(ranges, value);
	const totals = [BEFORE, AFTER].map(side => tree.self(side).reduce((sum, amount) => sum + amount, 0));
	const rates = evidence.sides.map(({seconds}, side) => totals[side] / seconds);
	evidence.whole = rates[BEFORE] || rates[AFTER] || 1;
	const [before, after] = evidence.sides.map(({seconds}, side) => ({title: rangeText(ranges[side]), files: 1, duration_ns: seconds * 1e9,
		total: totals[side], scale: 100 / evidence.whole / seconds}));
	return {
		about: {before, after, normalize: 'time', spread: 'slices', amount: values[value].name},
		values: types.flatMap((type, i) => ['before', 'after'].map(name => ({...values[type], name: i ? `${name} ${values[type].name}` : name}))),
		tree,
		changes: testAll(evidence, value),
	};
}
