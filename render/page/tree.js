/* ---- trees ---- */

/* Each has a number, by which what is made of it is kept. */
let treesMade = 0;

/*
 * A node is a number, the root is 0. Whatever can be drawn has frameOf(), parentOf(), amount() and
 * own() (total and self), and its children by
 *   for (child = first(node), end = stop(node); child < end; child = after(child))
 * matched() and touches() tell of search.
 *
 * This one is in preorder: the descendants of a node are those from node + 1 to end[node] - 1.
 * Values are computed when they are first asked for: from those of the nodes in the file, source(type),
 * and `home`, where each of these is now, or NOWHERE; null where they all are what they were.
 */
class Tree {
	constructor({parent, end, frame}, home, source) {
		this.id = ++treesMade;
		this.parent = parent;
		this.end = end;
		this.frame = frame;
		this.count = frame.length;
		this.home = home;
		this.source = source;
		this.selves = [];
		this.totals = [];
		this.sums = []; /* functionSums() */
	}

	/* The same frames with values from elsewhere: of a part of the time, of two. */
	over(source) { return new Tree(this, this.home, source); }

	/* Its values as a source; those of the tree of the file may have been added to. */
	get values() { return this.home ? this.source : type => this.self(type); }

	self(type) {
		this.selves[type] = this.selves[type] || this.gather(type);
		return this.selves[type];
	}

	gather(type) {
		const {home} = this, values = this.source(type);
		if (!home)
			return values;
		const self = new Float64Array(this.count), longest = isLongest(type);
		for (let i = 0; i < home.length; i++) {
			const node = home[i];
			if (node !== NOWHERE)
				self[node] = longest ? Math.max(self[node], values[i]) : self[node] + values[i];
		}
		return self;
	}

	total(type) {
		if (!this.totals[type]) {
			const total = this.self(type).slice(), {parent} = this;
			if (isLongest(type)) {
				for (let i = total.length - 1; i > 0; i--)
					total[parent[i]] = Math.max(total[parent[i]], total[i]);
			} else {
				for (let i = total.length - 1; i > 0; i--) {
					if (total[i])
						total[parent[i]] += total[i];
				}
			}
			this.totals[type] = total;
		}
		return this.totals[type];
	}

	frameOf(node) { return this.frame[node]; }
	parentOf(node) { return this.parent[node]; }
	first(node) { return node + 1; }
	stop(node) { return this.end[node]; }
	after(child) { return this.end[child]; }
	amount(node, type) { return this.total(type)[node]; }
	own(node, type) { return this.self(type)[node]; }

	/* In a subtree: the outermost matches, as a stack counts once however often it matches. */
	matched(node, hits, type) {
		const total = this.total(type), self = this.self(type), {frame, end} = this;
		const sum = {total: 0, self: 0};
		for (let i = node, covered = node; i < end[node]; i++) {
			if (!hits[frame[i]])
				continue;
			sum.self += self[i];
			if (i >= covered) {
				sum.total += total[i];
				covered = end[i];
			}
		}
		return sum;
	}

	/* The nodes of a subtree that its value is made of, or with hits what matches of it. For Slices.amounts(). */
	marks(node, hits) {
		const {frame, parent, end} = this, marks = new Uint8Array(this.count);
		for (let i = node; i < end[node]; i++)
			marks[i] = !hits || hits[frame[i]] || i > node && marks[parent[i]] ? 1 : 0;
		return {tree: this, marks};
	}

	/* Numbers of matches among the nodes before each. */
	hitsBefore(hits) {
		if (this.counted !== hits) {
			this.before = new Uint32Array(this.count + 1);
			for (let i = 0; i < this.count; i++)
				this.before[i + 1] = this.before[i] + hits[this.frame[i]];
			this.counted = hits;
		}
		return this.before;
	}

	/* Whether a node or one of its descendants matches. */
	touches(node, hits) {
		const before = this.hitsBefore(hits);
		return before[this.end[node]] > before[node];
	}

	/* For each node, whether it or one of its callers matches. */
	pathHits(hits) {
		if (this.pathsOf !== hits) {
			const {parent, frame} = this, path = new Uint8Array(this.count);
			for (let i = 0; i < this.count; i++)
				path[i] = path[parent[i]] | hits[frame[i]];
			this.paths = path;
			this.pathsOf = hits;
		}
		return this.paths;
	}

	/* The outermost frames of a function. */
	outermost(called) {
		const {frame, end} = this, {functions} = data, nodes = [];
		for (let i = 1; i < this.count;) {
			if (functions[frame[i]] === called) {
				nodes.push(i);
				i = end[i];
			} else {
				i++;
			}
		}
		return nodes;
	}
}

/* The same tree with the values of those stacks alone that all of `only` match and none of `without`. */
function filtered(tree, only, without) {
	const bits = new Uint32Array(data.frames), OUT = 0x80000000, all = 2 ** only.length - 1;
	only.forEach((hits, bit) => hits.forEach((hit, frame) => { bits[frame] |= hit << bit; }));
	without.forEach(hits => hits.forEach((hit, frame) => { bits[frame] |= hit ? OUT : 0; }));
	const {parent, frame} = tree, state = new Uint32Array(tree.count);
	for (let i = 1; i < tree.count; i++)
		state[i] = state[parent[i]] | bits[frame[i]];
	return new Tree(tree, state.map((found, i) => found === all ? i : NOWHERE), tree.values);
}

/* Makes a tree child by child, and puts it in order at the end. */
class Grower {
	constructor(most, root) {
		let size = 16;
		while (size < 1.5 * most)
			size *= 2;
		this.slots = new Uint32Array(size);
		this.parent = new Uint32Array(most + 1);
		this.frame = new Uint32Array(most + 1);
		this.frame[0] = root;
		this.count = 1;
	}

	/* The child of that frame, made if there is none yet. */
	child(parent, frame) {
		const {slots} = this, mask = slots.length - 1;
		let at = Math.imul(Math.imul(parent, 0x9e3779b1) ^ frame, 0x85ebca6b);
		at = (at ^ at >>> 15) & mask;
		for (; slots[at]; at = at + 1 & mask) {
			if (this.parent[slots[at]] === parent && this.frame[slots[at]] === frame)
				return slots[at];
		}
		this.parent[this.count] = parent;
		this.frame[this.count] = frame;
		slots[at] = this.count;
		return this.count++;
	}

	/* Puts the children of each node in the order of names; most are, as those of one node were. */
	sortChildren(first, sibling) {
		const {count, frame} = this, byName = (a, b) => data.compare(frame[a], frame[b]);
		for (let node = 0; node < count; node++) {
			let last = first[node];
			while (last && sibling[last] && byName(last, sibling[last]) <= 0)
				last = sibling[last];
			if (!sibling[last])
				continue;
			const children = [];
			for (let child = first[node]; child; child = sibling[child])
				children.push(child);
			children.sort(byName);
			first[node] = children[0];
			children.forEach((child, i) => { sibling[child] = children[i + 1] || 0; });
		}
	}

	/* In preorder, siblings by name; number[i]: where node i is now. */
	finish() {
		const {count, parent, frame} = this;
		const first = new Uint32Array(count), sibling = new Uint32Array(count);
		for (let node = count - 1; node > 0; node--) {
			sibling[node] = first[parent[node]];
			first[parent[node]] = node;
		}
		this.sortChildren(first, sibling);
		const made = {parent: new Uint32Array(count), end: new Uint32Array(count), frame: new Uint32Array(count),
			number: new Uint32Array(count)};
		made.frame[0] = frame[0];
		for (let node = 0, last = 0;;) {
			const child = first[node];
			if (child) {
				first[node] = sibling[child];
				made.number[child] = ++last;
				made.frame[last] = frame[child];
				made.parent[last] = made.number[node];
				node = child;
			} else {
				made.end[made.number[node]] = last + 1;
				if (node === 0)
					return made;
				node = parent[node];
			}
		}
	}
}

/* The tree to which `place` moves the nodes of ranges [from, to) of another one. */
function moved(tree, ranges, root, place) {
	const most = ranges.reduce((sum, [from, to]) => sum + to - from, 0);
	const grower = new Grower(most, root), at = new Uint32Array(tree.count).fill(NOWHERE);
	for (const [from, to] of ranges) {
		for (let i = from; i < to; i++)
			at[i] = place(i, at, grower);
	}
	const made = grower.finish();
	for (const [from, to] of ranges) {
		for (let i = from; i < to; i++)
			at[i] = made.number[at[i]];
	}
	return new Tree(made, tree.home ? tree.home.map(node => node === NOWHERE ? node : at[node]) : at, tree.values);
}

/*
 * Without the frames of some kinds: what they took is their callers'. With recursion merged, "near":
 * a function that calls itself is one frame; "all": one that is already on the stack goes on there.
 */
function restructured(tree, hiddenKinds, recursion) {
	const {parent, frame, count} = tree, {functions, frameKind} = data;
	const skipped = Uint8Array.from(frameKind, (kind, i) => i && hiddenKinds.includes(kind) ? 1 : 0);
	const empty = new Uint8Array(count);
	if (tree !== profile) {
		const totals = data.about.values.flatMap((type, i) => type.role ? [] : [tree.total(i)]);
		for (let i = 1; i < count; i++)
			empty[i] = totals.every(total => total[i] === 0) ? 1 : 0;
	}
	return moved(tree, [[0, count]], frame[0], (i, at, grower) => {
		const up = i && at[parent[i]];
		if (i === 0 || skipped[frame[i]] || empty[i])
			return up;
		for (let node = recursion ? up : 0; node; node = recursion === 'all' ? grower.parent[node] : 0) {
			if (functions[grower.frame[node]] === functions[frame[i]])
				return node;
		}
		return grower.child(up, frame[i]);
	});
}

/* What the given nodes called, as one tree; they are its root. */
function calleesOf(tree, nodes, root) {
	const starts = new Set(nodes), {parent, frame, end} = tree;
	return moved(tree, nodes.map(node => [node, end[node]]), root, (i, at, grower) =>
		starts.has(i) ? 0 : grower.child(at[parent[i]], frame[i]));
}

