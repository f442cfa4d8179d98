/* ---- slices of time ---- */

/* Nodes with values of their own. */
function carriersOf(selves) {
	const nodes = new Uint32Array(selves[0].length), has = new Uint8Array(nodes.length);
	let count = 0;
	for (const self of selves) {
		for (let node = 0; node < has.length; node++)
			has[node] |= self[node] ? 1 : 0;
	}
	for (let node = 0; node < has.length; node++) {
		if (has[node])
			nodes[count++] = node;
	}
	return nodes.slice(0, count);
}

/* By node of the file, how many of the given ones are before it. */
function ranksOf(nodes) {
	const ranks = new Uint32Array(profile.count + 1);
	for (let node = 0, rank = 0; node < ranks.length; node++) {
		ranks[node] = rank;
		rank += nodes[rank] === node ? 1 : 0;
	}
	return ranks;
}

/*
 * When what the nodes of the file have came about, see "Time slices" in docs/FORMAT.md. Only nodes
 * with values of their own have slices, the carriers; a share is the weight of one of them in one
 * slice. Shares are in the order of the slices, so that those of a range are next to each other.
 */
class Slices {
	constructor(reader, {ends_us: ends, value}) {
		const {selves} = data;
		this.ends = ends;
		this.count = ends.length;
		const carriers = carriersOf(selves), counts = Uint32Array.from(carriers, node => selves[value][node] && reader.number());
		const shares = counts.reduce((sum, count) => sum + count, 0), slice = reader.column(new Uint16Array(shares));
		const first = new Uint32Array(this.count + 1), ofSeveral = counts.reduce((sum, count) => sum + (count > 1 ? count : 0), 0);
		for (let i = 0, k = 0; i < counts.length; i++) {
			for (let at = -1, end = k + counts[i]; k < end; k++) {
				at += 1 + slice[k];
				slice[k] = at;
				first[at + 1]++;
			}
		}
		for (let i = 0; i < this.count; i++)
			first[i + 1] += first[i];
		const carrier = new Uint32Array(shares), weight = new Uint32Array(shares), whole = new Float64Array(carriers.length);
		const next = first.slice(), weights = reader.column(new Float64Array(ofSeveral));
		for (let i = 0, k = 0, w = 0; i < counts.length; i++) {
			for (const count = counts[i], end = k + count; k < end; k++) {
				const place = next[slice[k]]++, part = count > 1 ? weights[w++] : 1;
				carrier[place] = i;
				weight[place] = part;
				whole[i] += part;
			}
		}
		/* By slice, its first share; of a carrier, the weights of all slices. */
		Object.assign(this, {carriers, first, carrier, weight, whole});
	}

	/* What self values add up to. */
	sumOf(self) {
		let sum = 0;
		for (const node of this.carriers)
			sum += self[node];
		return sum;
	}

	/* In microseconds from the start of the capture. */
	begin(slice) { return slice ? this.ends[slice - 1] : 0; }
	length(from, to) { return this.begin(to) - this.begin(from); }

	/*
	 * The self values of a range of slices, as a tree wants them. What has no weights is taken to be
	 * evenly in the whole; how much of a longest wait was in a range is not known, so it has all of it.
	 */
	within(from, to) {
		const {carriers, carrier, weight, whole} = this, parts = new Float64Array(carriers.length);
		for (let k = this.first[from]; k < this.first[to]; k++)
			parts[carrier[k]] += weight[k];
		const even = this.length(from, to) / this.begin(this.count);
		return type => {
			const self = data.selves[type], made = new Float64Array(self.length), longest = data.about.values[type].role === 'longest';
			for (let i = 0; i < carriers.length; i++) {
				const node = carriers[i], part = whole[i] ? parts[i] : even, of = whole[i] || 1;
				made[node] = longest ? part && self[node] : self[node] * part / of;
			}
			return made;
		};
	}

	/*
	 * Of those carriers that have something in parts of the time, what all before each one have of a
	 * value there: sums[part * rows + carrier]. So the difference of two is what those between have, and
	 * with ranks, by node the number of such carriers before it, that of a subtree.
	 */
	sums(parts, type) {
		const {carriers, carrier, weight, whole} = this, self = data.selves[type];
		const row = new Uint32Array(whole.length), active = new Uint32Array(whole.length), even = parts.map(part => this.length(...part) / this.begin(this.count));
		for (const [from, to] of parts) {
			for (let k = this.first[from]; k < this.first[to]; k++)
				row[carrier[k]] = 1;
		}
		let rows = 1;
		for (let i = 0; i < row.length; i++) {
			if (row[i] || !whole[i]) {
				active[rows - 1] = i;
				row[i] = rows++;
			}
		}
		const sums = new Float64Array(parts.length * rows), nodes = active.slice(0, rows - 1).map(i => carriers[i]);
		parts.forEach(([from, to], part) => {
			const start = part * rows;
			for (let k = this.first[from]; k < this.first[to]; k++)
				sums[start + row[carrier[k]]] += weight[k];
			for (let last = 1; last < rows; last++) {
				const i = active[last - 1], unit = self[nodes[last - 1]] / (whole[i] || 1);
				sums[start + last] = sums[start + last - 1] + unit * (whole[i] ? sums[start + last] : even[part]);
			}
		});
		return {nodes, sums, rows, ranks: ranksOf(nodes)};
	}

	/* What each slice has of the self values of a tree's nodes that are marked; without marks, of all. */
	amounts(type, {home}, marks) {
		const {carriers, carrier, weight, whole} = this, self = data.selves[type];
		const unit = new Float64Array(carriers.length), sums = new Float64Array(this.count);
		let even = 0;
		for (let i = 0; i < carriers.length; i++) {
			const node = home ? home[carriers[i]] : carriers[i];
			if (node === NOWHERE || marks && !marks[node])
				continue;
			unit[i] = self[carriers[i]] / (whole[i] || 1);
			even += whole[i] ? 0 : unit[i];
		}
		for (let slice = 0; slice < this.count; slice++) {
			let sum = even * this.length(slice, slice + 1) / this.begin(this.count);
			for (let k = this.first[slice]; k < this.first[slice + 1]; k++)
				sum += weight[k] * unit[carrier[k]];
			sums[slice] = sum;
		}
		return sums;
	}

	/* The slice at a time. */
	at(us) { return this.ends.findIndex(end => us < end); }
}
