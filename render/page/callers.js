/* ---- trees that are made where they are looked at ---- */

/*
 * From frames to their callers. An inverted tree can have many times the nodes of the tree it is
 * made of, so children are made when they are asked for. A node is a range of `starts`, the nodes
 * of the tree where its stacks begin; `at` says where each of them goes on. Making the children
 * sorts the range by the frames it goes on with, in place.
 */
class Callers {
	/* The values of starts are self values when the stacks begin with them, totals when at them: around a function. */
	constructor(tree, type, {starts, at, root, values, around = false}) {
		this.tree = tree;
		this.around = around;
		this.type = type;
		this.values = values;
		this.starts = starts;
		this.at = at;
		this.frame = [root];
		this.parent = [0];
		this.from = [0];
		this.to = [starts.length];
		this.children = [0]; /* the first of them, 0 not made yet */
		this.stops = [0];
		this.weights = values(type);
		this.sums = [this.sum(0, type)];
		this.scratch = [new Uint32Array(starts.length), new Uint32Array(starts.length)];
		this.group = new Uint32Array(data.frames); /* number of the child with a frame, and 1 */
	}

	sum(node, type) {
		const values = this.values(type), join = together(type);
		let sum = 0;
		for (let k = this.from[node]; k < this.to[node]; k++)
			sum = join(sum, values[this.starts[k]]);
		return sum;
	}

	expand(node) {
		const {starts, at, group, weights, tree: {frame, parent}} = this;
		const from = this.from[node], to = this.to[node];
		const found = [];
		for (let k = from; k < to; k++) {
			if (!at[k])
				continue; /* the stack ends here */
			const next = frame[at[k]];
			if (!group[next]) {
				found.push({frame: next, sum: 0, count: 0});
				group[next] = found.length;
			}
			const child = found[group[next] - 1];
			child.sum += weights[starts[k]];
			child.count++;
		}
		const order = [...found].sort((a, b) => b.sum - a.sum || a.frame - b.frame);
		let end = from;
		this.children[node] = this.frame.length;
		for (const child of order) {
			child.at = end;
			this.frame.push(child.frame);
			this.parent.push(node);
			this.from.push(end);
			this.to.push(end += child.count);
			this.children.push(0);
			this.stops.push(0);
			this.sums.push(child.sum);
		}
		this.stops[node] = this.frame.length;
		const [movedStarts, movedAt] = this.scratch;
		for (let k = from; k < to; k++) {
			const place = at[k] ? found[group[frame[at[k]]] - 1].at++ : end++;
			movedStarts[place] = starts[k];
			movedAt[place] = at[k] ? parent[at[k]] : 0;
		}
		starts.set(movedStarts.subarray(from, to), from);
		at.set(movedAt.subarray(from, to), from);
		for (const child of found)
			group[child.frame] = 0;
	}

	frameOf(node) { return this.frame[node]; }
	parentOf(node) { return this.parent[node]; }

	first(node) {
		if (!this.children[node])
			this.expand(node);
		return this.children[node];
	}

	stop(node) { return this.stops[node]; }
	after(child) { return child + 1; }
	amount(node, type) { return type === this.type ? this.sums[node] : this.sum(node, type); }
	own() { return NaN; }

	/* Of the stacks of a node, whichever of their frames matches. */
	matched(node, hits) {
		const paths = this.tree.pathHits(hits), {frame} = this.tree, sum = {total: 0, self: 0};
		for (let k = this.from[node]; k < this.to[node]; k++) {
			const start = this.starts[k];
			sum.total += paths[start] ? this.weights[start] : 0;
			sum.self += hits[frame[start]] ? this.weights[start] : 0;
		}
		return sum;
	}

	/* As Tree.marks(), of all times: what begins in none of those shown is not among the starts. */
	marks(node, hits) {
		const {tree, around} = this, {frame, parent, end, count} = tree, marks = new Uint8Array(count);
		const path = pathOf(this, node), paths = hits && tree.pathHits(hits);
		const mark = start => {
			let at = around ? parent[start] : start, i = 0;
			for (; i < path.length && at && frame[at] === path[i]; i++)
				at = parent[at];
			if (i === path.length && (!paths || paths[start]))
				marks.fill(1, start, around ? end[start] : start + 1);
		};
		if (around)
			this.starts.forEach(mark);
		else
			for (let start = 1; start < count; start++)
				mark(start);
		return {tree, marks};
	}

	touches(node, hits) {
		const paths = this.tree.pathHits(hits);
		for (let k = this.from[node]; k < this.to[node]; k++) {
			if (paths[this.starts[k]])
				return true;
		}
		return false;
	}
}

/* All stacks from their leaves; of a comparison of either side. */
function inverted(tree, type) {
	const starts = carriersOf((comparison ? [BEFORE, AFTER] : [type]).map(side => tree.self(side))).filter(Boolean);
	return new Callers(tree, type, {starts, at: starts.slice(), root: tree.frame[0], values: any => tree.self(any)});
}

/* A function with what it called above it and its callers below. Nodes from `split` on are callers. */
class Around {
	constructor(tree, type, called, nodes, callees) {
		this.callees = callees;
		this.split = callees.count;
		this.callers = new Callers(tree, type, {starts: Uint32Array.from(nodes),
			at: Uint32Array.from(nodes, node => tree.parent[node]), root: called, values: any => tree.total(any), around: true});
	}

	part(node) { return node < this.split ? this.callees : this.callers; }
	in(node) { return node < this.split ? node : node - this.split; }
	out(node, inner) { return node < this.split ? inner : this.split + inner; }

	parentOf(node) {
		const parent = this.part(node).parentOf(this.in(node));
		return parent && this.out(node, parent);
	}
}

/* The callees are made once for all times. */
function around() {
	const called = view.around, {nodes, callees} = remember('callees', `${base.id} ${called}`, () => {
		const nodes = base.outermost(called);
		return {nodes, callees: calleesOf(base, nodes, called)};
	});
	return new Around(tree, view.value, called, nodes, callees.over(tree.values));
}

for (const method of ['frameOf', 'amount', 'own', 'matched', 'marks', 'touches'])
	Around.prototype[method] = function (node, ...more) { return this.part(node)[method](this.in(node), ...more); };
for (const method of ['first', 'stop', 'after'])
	Around.prototype[method] = function (node) { return this.out(node, this.part(node)[method](this.in(node))); };

/* The frames from the root to a node, and the node that such a path leads to; what it lacks is passed over. */
function pathOf(shape, node) {
	const path = [];
	for (; node; node = shape.parentOf(node))
		path.unshift(shape.frameOf(node));
	return path;
}

function followPath(shape, path, start = 0) {
	let node = start;
	for (const frame of path) {
		for (let child = shape.first(node), end = shape.stop(node); child < end; child = shape.after(child)) {
			if (shape.frameOf(child) === frame) {
				node = child;
				break;
			}
		}
	}
	return node === shape.split ? 0 : node;
}

