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

/* What is nearer than this is no discovery, whatever the degrees of freedom. */
const NEAR = 1.9;

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
	const p = Float64Array.from(list.filter(value => value <= FALSE_DISCOVERIES)).sort();
	let last = p.length - 1;
	while (last >= 0 && p[last] > FALSE_DISCOVERIES * (last + 1) / list.length)
		last--;
	return last < 0 ? -1 : p[last];
}

const partsOf = ([from, to]) => Array.from({length: Math.min(PARTS, to - from)}, (_, i, n = Math.min(PARTS, to - from)) =>
	[from + Math.round(i * (to - from) / n), from + Math.round((i + 1) * (to - from) / n)]);

/* The tests of one comparison: of sums by part, those of the first range first. */
class Evidence {
	constructor(ranges, type) {
		const parts = ranges.map(partsOf), seconds = range => data.slices.length(...range) / 1e6;
		this.parts = parts.flat();
		this.first = [0, parts[0].length, this.parts.length]; /* by side, its first part */
		this.partSeconds = this.parts.map(seconds);
		this.seconds = ranges.map(seconds);
		this.isCount = data.about.values[type].unit === 'count';
		this.whole = 1; /* amount in a second that is 100 points */
		this.amounts = [0, 0];
		this.bounds = []; /* 97.5 % of t, by degrees of freedom */
	}

	/*
	 * By how much the parts differ more than independent samples, with `freedom` as many degrees of
	 * freedom; of samples they can only seem to differ less. Sets the amounts of the sides.
	 */
	spread(sums, at) {
		const {first, partSeconds, amounts} = this;
		let off = 0;
		this.freedom = 0;
		for (let side = BEFORE; side <= AFTER; side++) {
			let amount = 0, squares = 0;
			for (let part = first[side]; part < first[side + 1]; part++) {
				amount += sums[at + part];
				squares += sums[at + part] ** 2 / partSeconds[part];
			}
			amounts[side] = amount;
			if (amount > 0) {
				off += squares * this.seconds[side] / amount - amount;
				this.freedom += first[side + 1] - first[side] - 1;
			}
		}
		return !this.isCount ? off / this.freedom : this.freedom ? Math.max(1, off / this.freedom) : 1;
	}

	/* Notes p and the interval of the difference, in points; nothing where there is too little to find any. */
	test(sums, at, index, made) {
		const spread = this.spread(sums, at), [before, after] = this.amounts, [long, longAfter] = this.seconds, all = before + after;
		if (this.isCount ? all < EVENTS : !(spread > 0 && spread < Infinity))
			return;
		const {bounds} = this, freedom = this.freedom || Infinity, scale = 100 / this.whole;
		const t = bounds[this.freedom] = bounds[this.freedom] || fromNormal(NORMAL, freedom);
		const effect = after / longAfter - before / long;
		const variance = spread * all / (long + longAfter) * (1 / long + 1 / longAfter);
		/* Wilson's interval of each side's rate: how far it goes down and up. */
		const more = spread * t * t / 2, reach = amount => t * Math.sqrt(spread * amount + (spread * t) ** 2 / 4);
		const down = (amount, seconds) => Math.min(amount, reach(amount) - more) / seconds;
		const up = (amount, seconds) => (reach(amount) + more) / seconds;
		made.low[index] = (effect - Math.hypot(down(after, longAfter), up(before, long))) * scale;
		made.high[index] = (effect + Math.hypot(up(after, longAfter), down(before, long))) * scale;
		made.verdict[index] = (effect < 0 ? LESS : MORE) + (Math.abs(effect * scale) < MIN_EFFECT ? SLIGHTLY : 0);
		made.tested.push(index);
		const far = effect / Math.sqrt(variance);
		made.p.push(Math.abs(far) < NEAR ? 1 : twoSided(toNormal(far, freedom)));
	}
}

/* Enum verdict, see compare.js. */
const NO_EVIDENCE = 1, MORE = 3, SLIGHTLY = 2;

const nothingTested = count => ({verdict: new Uint8Array(count), low: new Float32Array(count).fill(NaN),
	high: new Float32Array(count).fill(NaN), tested: [], p: []});

/* What is no discovery is no change. */
function decide(made, threshold) {
	const {verdict, low, high, tested, p} = made;
	for (let i = 0; i < tested.length; i++) {
		const index = tested[i];
		if (!(p[i] <= threshold && (low[index] > 0 || high[index] < 0)))
			verdict[index] = NO_EVIDENCE;
	}
}

/*
 * What lies between two carriers, by part. move() says whether that is something else than before: of the
 * nodes of a path without branches it is the same.
 */
function spanOf({sums, rows}, n) {
	const span = new Float64Array(n);
	let from = -1, to = -1;
	const move = (first, last) => {
		const isNew = first !== from || last !== to;
		for (let part = 0, start = 0; isNew && part < n; part++, start += rows)
			span[part] = sums[start + last] - sums[start + first];
		from = first;
		to = last;
		return isNew;
	};
	return {span, move};
}

/* Of a tree's functions, totals by part, and self values: [function * parts + part]. */
function functionParts(sums, n) {
	const {functions} = data, {frame, end, count} = profile, {nodes, ranks} = sums, {span, move} = spanOf(sums, n);
	const made = {self: new Float64Array(n * data.frames), total: new Float64Array(n * data.frames)};
	const add = (array, called, first, last) => {
		move(first, last);
		for (let part = 0, to = called * n; part < n; part++)
			array[to++] += span[part];
	};
	const countedTo = new Uint32Array(data.frames); /* within the outermost call its own calls do not count again */
	for (let node = 1; node < count; node++) {
		const called = functions[frame[node]];
		if (node >= countedTo[called] && ranks[node] < ranks[end[node]]) {
			countedTo[called] = end[node];
			add(made.total, called, ranks[node], ranks[end[node]]);
		}
	}
	for (let i = 0; i < nodes.length; i++)
		add(made.self, functions[frame[nodes[i]]], i, i + 1);
	return made;
}

/* Of a function that calls nothing self and total are one, and one test. */
function isLeaf({self, total}, n, called) {
	for (let at = called * n; at < (called + 1) * n; at++) {
		if (self[at] !== total[at])
			return false;
	}
	return true;
}

/*
 * What changed of functions, and of the paths of those that moved: what a function did as a whole it
 * did somewhere. Paths are tested when they are first looked at, as most views do without one kind.
 */
class Changes {
	constructor(evidence, type) {
		const {functions, frames} = data, n = evidence.parts.length;
		this.evidence = evidence;
		this.sums = data.slices.sums(evidence.parts, type);
		this.self = nothingTested(frames);
		this.total = nothingTested(frames);
		const parts = functionParts(this.sums, n);
		for (let called = 1; called < frames; called++) {
			if (functions[called] === called) {
				evidence.test(parts.self, called * n, called, this.self);
				evidence.test(parts.total, called * n, called, this.total);
			}
		}
		const threshold = discoveryThreshold([...this.self.p,
			...this.total.p.filter((_, i) => !isLeaf(parts, n, this.total.tested[i]))]);
		decide(this.self, threshold);
		decide(this.total, threshold);
	}

	/* `test` is called with what tests the path of a node, which is from one carrier to another. */
	paths(test) {
		const {evidence, sums} = this, made = nothingTested(profile.count), {verdict, low, high, tested, p} = made;
		const {span, move} = spanOf(sums, evidence.parts.length);
		let before = 0;
		test((node, first, last) => {
			if (move(first, last)) {
				evidence.test(span, 0, node, made);
			} else if (verdict[before]) {
				verdict[node] = verdict[before];
				low[node] = low[before];
				high[node] = high[before];
				tested.push(node);
				p.push(p[p.length - 1]);
			}
			before = node;
		});
		decide(made, discoveryThreshold(made.p));
		return made;
	}

	get nodeSelf() {
		const {self: {verdict}, sums: {nodes}, ofSelf} = this, {functions} = data;
		this.ofSelf = ofSelf || this.paths(test => nodes.forEach((node, i) => {
			if (verdict[functions[profile.frame[node]]] >= LESS)
				test(node, i, i + 1);
		}));
		return this.ofSelf;
	}

	get nodeTotal() {
		const {total: {verdict}, sums: {ranks}, ofTotal} = this, {functions} = data, {frame, end, count} = profile;
		this.ofTotal = ofTotal || this.paths(test => {
			const before = stored.total(BEFORE), after = stored.total(AFTER), least = this.evidence.isCount ? EVENTS : 0;
			for (let node = 1; node < count; node++) {
				if (before[node] + after[node] >= least && verdict[functions[frame[node]]] >= LESS)
					test(node, ranks[node], ranks[end[node]]);
			}
		});
		return this.ofTotal;
	}
}

/* The comparison of two ranges, see compare.js: of what the slices are of, and whatever else is an amount. */
function rangesCompared(ranges) {
	const {slices, about: {values, slices: {value}}} = data;
	const types = [value, ...values.keys()].filter((type, i, all) => !values[type].role && all.indexOf(type) === i);
	const sources = ranges.map(range => slices.within(...range));
	const tree = profile.over(type => sources[type % 2](types[type >> 1])), evidence = new Evidence(ranges, value);
	const totals = [BEFORE, AFTER].map(side => slices.sumOf(tree.self(side)));
	const rates = evidence.seconds.map((seconds, side) => totals[side] / seconds);
	evidence.whole = rates[BEFORE] || rates[AFTER] || 1;
	const [before, after] = evidence.seconds.map((seconds, side) => ({title: rangeText(ranges[side]), files: 1, duration_ns: seconds * 1e9,
		total: totals[side], scale: 100 / evidence.whole / seconds}));
	return {
		about: {before, after, normalize: 'time', min_effect: MIN_EFFECT, amount: values[value].name,
			spread: evidence.parts.length > 2 ? 'parts of the ranges' : 'independent samples'},
		values: types.flatMap((type, i) => ['before', 'after'].map(name => ({...values[type], name: i ? `${name} ${values[type].name}` : name}))),
		tree,
		changes: new Changes(evidence, value),
	};
}
