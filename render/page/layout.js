/* ---- layout ---- */

/* The last index from low to high whose value is at most the one given; low if there is none. */
function lastUpTo(values, value, low, high) {
	while (low < high) {
		const middle = (low + high + 1) >> 1;
		if (values[middle] <= value)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

/*
 * Boxes, row by row and by x. A box is a frame, or with merged > 0 the strip of that many children
 * of `node` which are thinner than a pixel.
 *
 * Rows are counted from one end of the picture, 0 being the root's or, where callers hang below a
 * function, the last of theirs; `axis` is the row of the root, `zoomRow` that of what is zoomed to.
 */
class Layout {
	constructor(shape, view, width) {
		this.shape = shape;
		this.type = view.value;
		this.node = [];
		this.x = [];
		this.width = [];
		this.merged = [];
		this.amount = []; /* of a strip */
		this.level = []; /* rows away from the root, callers of a function less than 0 */
		this.below = view.below || Infinity;
		this.zoom = view.zoom;
		const path = [];
		for (let node = view.zoom; node; node = shape.parentOf(node))
			path.unshift(node);
		const callers = view.zoom >= shape.split, levels = [[0, 1]];
		this.add(0, 0, width, 0, 0, 0);
		path.forEach((node, i) => {
			levels.push([i + 1, i + 2]);
			this.add(node, 0, width, 0, 0, callers ? -i - 1 : i + 1);
		});
		const basis = this.basis();
		this.scale = basis > 0 ? width / basis : 0;
		this.thin = basis > 0 ? basis / width : 0;
		const other = [];
		this.grow(levels, callers ? -1 : 1, view.zoom);
		if (shape.split && !view.zoom) {
			this.growFrom(0, shape.split, -1);
			this.grow(other, -1);
		}
		this.rows = callers ? levels.reverse() : other.reverse().concat(levels);
		this.axis = callers ? levels.length - 1 : other.length;
		this.zoomRow = this.axis + (callers ? -path.length : path.length);
	}

	add(node, x, width, merged, amount, level) {
		this.node.push(node);
		this.x.push(x);
		this.width.push(width);
		this.merged.push(merged);
		this.amount.push(amount);
		this.level.push(level);
	}

	value(node) { return this.shape.amount(node, this.type); }

	/* The children that are shown: all, or when the view is of a strip those that were in it. */
	basis() {
		if (this.below === Infinity)
			return Math.max(this.value(this.zoom), 0);
		const {shape} = this;
		let sum = 0;
		for (let child = shape.first(this.zoom), end = shape.stop(this.zoom); child < end; child = shape.after(child)) {
			const value = this.value(child);
			sum += value < this.below ? value : 0;
		}
		return sum;
	}

	/* Adds levels to `levels`, of the children of the boxes added last. */
	grow(levels, step) {
		if (!levels.length && this.node.length > this.grown)
			levels.push([this.grown, this.node.length]);
		for (let last = levels[levels.length - 1]; last;) {
			const from = this.node.length;
			for (let box = last[0]; box < last[1]; box++) {
				if (!this.merged[box])
					this.growFrom(box, this.node[box], step);
			}
			last = this.node.length > from ? [from, this.node.length] : null;
			if (last)
				levels.push(last);
		}
		this.grown = this.node.length;
	}

	/* Adds the children of a node above, or with step -1 below, a box. */
	growFrom(box, node, step) {
		const {shape, thin, scale} = this, level = this.level[box] + step;
		const below = node === this.zoom ? this.below : Infinity;
		let x = this.x[box], merged = 0, amount = 0;
		for (let child = shape.first(node), end = shape.stop(node); child < end; child = shape.after(child)) {
			const value = this.value(child);
			if (!(value < below) || value === 0)
				continue;
			if (value < thin) {
				merged++;
				amount += Math.max(value, 0);
				continue;
			}
			this.add(child, x, value * scale, 0, 0, level);
			x += value * scale;
		}
		if (merged && amount >= thin)
			this.add(node, x, amount * scale, merged, amount, level);
	}

	get rowCount() { return this.rows.length; }

	rowOf(box) { return this.level[box] + this.axis; }

	/* The box at a point, -1 where there is none. */
	at(row, x) {
		if (row < 0 || row >= this.rowCount)
			return -1;
		const box = lastUpTo(this.x, x, this.rows[row][0], this.rows[row][1] - 1);
		return x >= this.x[box] && x < this.x[box] + this.width[box] ? box : -1;
	}

	find(node, strip) {
		for (let i = 0; i < this.node.length; i++) {
			if (this.node[i] === node && !this.merged[i] === !strip)
				return i;
		}
		return -1;
	}

	/* The children in a strip. */
	*thinOf(box) {
		const {shape} = this, node = this.node[box];
		const limit = node === this.zoom ? Math.min(this.thin, this.below) : this.thin;
		for (let child = shape.first(node), end = shape.stop(node); child < end; child = shape.after(child)) {
			const value = this.value(child);
			if (value < limit && value !== 0)
				yield child;
		}
	}

	/* Whether what a row's frames are called by, or call, is on the side of the root. */
	towardsRoot(row, step) { return step < 0 ? row > this.axis : row < this.axis; }
}

