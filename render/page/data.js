/* ---- the data block ---- */

/* Reads the block front to back. */
class Reader {
	constructor(bytes) {
		this.bytes = bytes;
		this.at = 0;
	}

	number() {
		let byte = this.bytes[this.at++];
		let value = byte & 127;
		for (let scale = 128; byte > 127; scale *= 128) {
			byte = this.bytes[this.at++];
			value += (byte & 127) * scale;
		}
		return value;
	}

	take(length) {
		this.at += length;
		return this.bytes.subarray(this.at - length, this.at);
	}

	/* As many numbers as there is room for: number() in a loop of its own, as there are millions. */
	column(array) {
		const {bytes} = this;
		let {at} = this;
		for (let i = 0; i < array.length; i++) {
			let byte = bytes[at++], value = byte & 127;
			for (let scale = 128; byte > 127; scale *= 128) {
				byte = bytes[at++];
				value += (byte & 127) * scale;
			}
			array[i] = value;
		}
		this.at = at;
		return array;
	}

	signedColumn(array, factor) {
		this.column(array);
		for (let i = 0; i < array.length; i++)
			array[i] = (array[i] & 1 ? -(array[i] + 1) : array[i]) / 2 * factor;
		return array;
	}
}

/* What would reorder or hide the characters around it is shown as a replacement character. */
const visible = text => text.replace(DECEPTIVE, '\ufffd');
const DECEPTIVE = new RegExp('[\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u180e\\u200b-\\u200f' +
	'\\u2028-\\u202e\\u2060-\\u206f\\ufdd0-\\ufdef\\ufeff\\ufff9-\\ufffb\\ufffe\\uffff]', 'g');

/* How values of a type come together: the longest wait of several, or the sum. */
const isLongest = type => about.values[type].role === 'longest';
const together = type => isLongest(type) ? Math.max : (a, b) => a + b;

/* Strings and frames. Frame 0 is that of the root: the first node is the first to use one. */
class Data {
	constructor(bytes) {
		const reader = new Reader(bytes);
		this.decoder = new TextDecoder();
		this.about = JSON.parse(this.decoder.decode(reader.take(reader.number())));
		const {strings, frames, nodes, values} = this.about;
		const lengths = reader.column(new Uint32Array(strings));
		this.texts = new Array(strings);
		this.bytes = Array.from(lengths, length => reader.take(length));
		this.readFrames(reader, frames);
		this.nodes = this.readNodes(reader, nodes);
		this.selves = values.map(({factor}) => reader.signedColumn(new Float64Array(nodes), factor));
		this.reader = reader; /* the slices are read when they are asked for */
		if (this.about.diff) {
			this.changes = {};
			for (const [key, count] of [['self', frames], ['total', frames], ['nodeTotal', nodes], ['nodeSelf', nodes]])
				this.changes[key] = this.readChanges(reader, count);
		}
	}

	/* What was tested has an interval, of which all lower ends come first. */
	readChanges(reader, count) {
		const verdict = reader.column(new Uint8Array(count)), tested = verdict.filter(Boolean).length;
		const ends = () => {
			const known = reader.signedColumn(new Float64Array(tested), 1 / 1000);
			let next = 0;
			return Float32Array.from(verdict, any => any ? known[next++] : NaN);
		};
		return {verdict, low: ends(), high: ends()};
	}

	get slices() {
		if (this.reader && this.about.slices)
			this.sliced = new Slices(this.reader, this.about.slices);
		this.reader = null;
		return this.sliced;
	}

	/* The comparison that the file is of, if it is; see compare.js. */
	comparison(tree) {
		return this.changes ? {about: this.about.diff, values: this.about.values, tree, changes: this.changes} : null;
	}

	readFrames(reader, count) {
		this.frames = count;
		this.frameName = new Uint32Array(count);
		this.frameModule = new Uint32Array(count);
		this.frameKind = new Uint8Array(count);
		this.frameColour = new Uint8Array(count);
		for (let i = 0; i < count; i++) {
			this.frameName[i] = reader.number();
			this.frameModule[i] = reader.number();
			this.frameKind[i] = reader.number();
			this.frameColour[i] = this.frameKind[i] * SHADES + this.shade(this.frameName[i]);
		}
	}

	/* colour_shade(): FNV-1a of the name's bytes. */
	shade(string) {
		let hash = 0x811c9dc5;
		for (const byte of this.bytes[string])
			hash = Math.imul(hash ^ byte, 0x01000193);
		return (hash >>> 16) % SHADES;
	}

	/* Preorder and depths give the parents and, from the last node to the first, the ends. */
	readNodes(reader, count) {
		const parent = new Uint32Array(count), end = new Uint32Array(count), left = reader.column(new Uint32Array(count - 1));
		const path = [0];
		for (let i = 1, depth = 0; i < count; i++) {
			depth += 1 - left[i - 1];
			parent[i] = path[depth - 1];
			path[depth] = i;
		}
		for (let i = count - 1; i >= 0; i--) {
			end[i] = Math.max(end[i], i + 1);
			end[parent[i]] = Math.max(end[parent[i]], end[i]);
		}
		return {parent, end, frame: reader.column(new Uint32Array(count))};
	}

	text(string) {
		let text = this.texts[string];
		if (text === undefined) {
			text = visible(this.decoder.decode(this.bytes[string]));
			this.texts[string] = text;
		}
		return text;
	}

	name(frame) { return this.text(this.frameName[frame]); }
	module(frame) { return this.text(this.frameModule[frame]); }

	/* The order of names. */
	compare(a, b) {
		const x = this.name(a), y = this.name(b);
		return x < y ? -1 : x > y ? 1 : 0;
	}

	/* A function is a name in a module, inlined or not; its number is that of its first frame. */
	get functions() {
		if (!this.functionOf) {
			const {frames, frameName, frameModule} = this;
			const last = new Uint32Array(this.about.strings), others = new Uint32Array(frames);
			this.functionOf = Uint32Array.from(others, (_, frame) => {
				let same = last[frameName[frame]];
				while (same && frameModule[same] !== frameModule[frame])
					same = others[same];
				if (same)
					return same;
				others[frame] = last[frameName[frame]];
				last[frameName[frame]] = frame;
				return frame;
			});
		}
		return this.functionOf;
	}

	/* Which frames match; each distinct name is looked at once. */
	hits(pattern) {
		const names = new Uint8Array(this.about.strings); /* 0 not tried yet, 1 matches, 2 does not */
		const hits = new Uint8Array(this.frames);
		for (let i = 0; i < hits.length; i++) {
			const name = this.frameName[i];
			names[name] = names[name] || (pattern.test(this.text(name)) ? 1 : 2);
			hits[i] = names[name] & 1;
		}
		hits[0] = 0; /* "all" is not a function */
		return hits;
	}
}

/* Small letters match any, capitals only capitals. Throws on what is no regular expression. */
function compile(text) {
	return new RegExp(text, /[A-Z]/.test(text.replace(/\\./g, '')) ? 'u' : 'iu');
}

