/* bolometer's flame graph. SPDX-License-Identifier: GPL-2.0-or-later. Source: render/graph.js */
/*
 * The flame graph in a browser. Reads the packed tree out of the document,
 * replaces the static view by a page, and draws into it.
 *
 *   unpack, Tree     the data block (docs/FORMAT.md) as typed arrays
 *   numbers, labels  as number.c and label.c write them
 *   layout           a view of the tree as boxes, row by row, as layout.c does
 *   page             the elements around the graph, made once
 *   draw             the boxes of the visible rows: one path a colour, and labels
 *   state            what is shown: zoom, value, search; kept in the address
 *   search, hints    matches and their share; hover text and status line
 *   input            mouse, touch, keyboard
 *
 * Only what can be seen is in the document: at most a few hundred elements, whatever the size of
 * the tree. Names are data and are only ever set as text.
 */
(async () => {
'use strict';

const XHTML = 'http://www.w3.org/1999/xhtml';
const SVG = 'http://www.w3.org/2000/svg';
const COARSE = matchMedia('(pointer: coarse)').matches;
/* Height of a row of frames, and of labels' base lines below the top of their row. */
const ROW = COARSE ? 24 : 18;
const BASELINE = ROW / 2 + 4;
/* Between the edge of a box and its label. */
const INDENT = 4;
/* COLOUR_SHADES; FRAME_...: markers are hatched; BLOCK_VERSION. */
const SHADES = 5;
const MARKER = 7;
const VERSION = 3;
/* Of the frames on paper. */
const SHEET_WIDTH = 1040, SHEET_HEIGHT = 560;

const packed = document.getElementById('bolometer');

/* ---- the data block ---- */

async function unpack(element) {
	const text = atob(element.textContent.trim());
	const bytes = new Uint8Array(text.length);
	for (let i = 0; i < bytes.length; i++)
		bytes[i] = text.charCodeAt(i);
	if (element.dataset.encoding === 'plain')
		return bytes;
	const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
	return new Uint8Array(await new Response(stream).arrayBuffer());
}

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

	signed() {
		const value = this.number();
		return value % 2 ? -(value + 1) / 2 : value / 2;
	}

	take(length) {
		this.at += length;
		return this.bytes.subarray(this.at - length, this.at);
	}

	column(array, read = this.number) {
		for (let i = 0; i < array.length; i++)
			array[i] = read.call(this);
		return array;
	}
}

/* What would reorder or hide the characters around it is shown as a replacement character. */
const visible = text => text.replace(DECEPTIVE, '\ufffd');
const DECEPTIVE = new RegExp('[\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u180e\\u200b-\\u200f' +
	'\\u2028-\\u202e\\u2060-\\u206f\\ufdd0-\\ufdef\\ufeff\\ufff9-\\ufffb\\ufffe\\uffff]', 'g');

/* How values of a type come together. */
const together = type => type.role === 'longest' ? Math.max : (a, b) => a + b;

class Tree {
	constructor(bytes) {
		const reader = new Reader(bytes);
		const decoder = new TextDecoder();
		this.about = JSON.parse(decoder.decode(reader.take(reader.number())));
		const {strings, frames, nodes, values} = this.about;
		const lengths = reader.column(new Uint32Array(strings));
		this.texts = new Array(strings);
		this.bytes = Array.from(lengths, length => reader.take(length));
		this.decoder = decoder;
		this.readFrames(reader, frames);
		this.readNodes(reader, nodes);
		this.count = nodes;
		this.self = [];
		this.total = [];
		for (const value of values) {
			const self = reader.column(new Float64Array(nodes), reader.signed);
			if (value.factor !== 1) {
				for (let i = 0; i < nodes; i++)
					self[i] *= value.factor;
			}
			this.self.push(self);
			this.total.push(this.gather(self, value));
		}
	}

	readFrames(reader, count) {
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
		const depth = this.depth = new Uint32Array(count);
		const parent = this.parent = new Uint32Array(count);
		const end = this.end = new Uint32Array(count);
		const path = [0];
		for (let i = 1; i < count; i++) {
			depth[i] = depth[i - 1] + 1 - reader.number();
			parent[i] = path[depth[i] - 1];
			path[depth[i]] = i;
		}
		for (let i = count - 1; i >= 0; i--) {
			end[i] = Math.max(end[i], i + 1);
			end[parent[i]] = Math.max(end[parent[i]], end[i]);
		}
		this.frame = reader.column(new Uint32Array(count));
	}

	gather(self, value) {
		const total = self.slice(), join = together(value);
		for (let i = total.length - 1; i > 0; i--)
			total[this.parent[i]] = join(total[this.parent[i]], total[i]);
		return total;
	}

	text(string) {
		let text = this.texts[string];
		if (text === undefined) {
			text = visible(this.decoder.decode(this.bytes[string]));
			this.texts[string] = text;
		}
		return text;
	}

	name(node) { return this.text(this.frameName[this.frame[node]]); }
	module(node) { return this.text(this.frameModule[this.frame[node]]); }
	kind(node) { return this.frameKind[this.frame[node]]; }
}

/* ---- numbers for people, see number.h ---- */

const TIME_UNITS = {nanoseconds: 1, microseconds: 1e3, milliseconds: 1e6, seconds: 1e9};

function grouped(number) {
	return String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, ',');
}

function scaled(value, units) {
	const size = Math.abs(value);
	const [word, unit] = units.find(([, least]) => size >= least * 0.9995) || units[units.length - 1];
	const number = size / unit;
	const digits = unit === 1 || number >= 99.95 ? 0 : number >= 9.995 ? 1 : 2;
	const text = digits ? number.toFixed(digits) : grouped(number);
	return `${value < 0 ? '-' : ''}${text} ${word}`;
}

function duration(ns) {
	const seconds = Math.floor(Math.abs(ns) / 1e9);
	const sign = ns < 0 ? '-' : '';
	if (ns === 0)
		return '0 s';
	if (seconds >= 3600)
		return `${sign}${Math.floor(seconds / 3600)} h ${Math.floor(seconds / 60) % 60} min`;
	if (seconds >= 120)
		return `${sign}${Math.floor(seconds / 60)} min ${seconds % 60} s`;
	return scaled(ns, [['s', 1e9], ['ms', 1e6], ['µs', 1e3], ['ns', 1]]);
}

function size(bytes) {
	return scaled(bytes, [['GiB', 2 ** 30], ['MiB', 2 ** 20], ['KiB', 2 ** 10], ['B', 1]]);
}

function amount(number, type) {
	if (TIME_UNITS[type.unit])
		return duration(number * TIME_UNITS[type.unit]);
	return type.unit === 'bytes' ? size(number) : grouped(number);
}

/* With the name of what was counted, where the unit does not say it: "2,970 samples". */
function amountOf(number, type) {
	const text = amount(number, type);
	return type.unit === 'count' ? `${text} ${type.name}` : text;
}

function share(part, whole) {
	const percent = whole ? 100 * part / whole : 0;
	const size = Math.abs(percent);
	if (!percent)
		return '0 %';
	if (part === whole)
		return '100 %';
	if (size < 0.005)
		return '< 0.01 %';
	return `${percent.toFixed(size < 0.995 ? 2 : 1)} %`;
}

/* Half of the 95 % interval of a share of `whole` independent samples. */
function uncertainty(part, whole) {
	const p = part / whole;
	return whole > 0 && part > 0 && part < whole ? 196 * Math.sqrt(p * (1 - p) / whole) : 0;
}

/* ---- labels, see label.h ---- */

const WIDE = /[\u1100-\u115f\u231a-\u27bf\u2b1b-\u2b55\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{3fffd}]/u;
const ASCII = /^[\x20-\x7e]*$/;
const SUFFIX = /^(?:$|\d|(?:cold|constprop|isra|part|lto_priv|llvm|so|ko|py|js|ts|rb|c|go)(?![A-Za-z_]))/;
const LABEL_NAME_MAX = 1000;

function cells(text) {
	if (ASCII.test(text))
		return text.length;
	let count = 0;
	for (const character of text)
		count += WIDE.test(character) ? 2 : 1;
	return count;
}

/* The depth of brackets around each character; a bracket and its partner have the depth outside. */
function brackets(text) {
	const depths = new Array(text.length).fill(0);
	let depth = 0;
	for (let i = 0; i < text.length; i++) {
		const operator = /^operator(?:\(\)|[<>=-]*)/.exec(text.substr(i, 16));
		if (operator) {
			depths.fill(depth, i, i + operator[0].length);
			i += operator[0].length;
			if (i >= text.length)
				break;
		}
		if (')]}>'.includes(text[i]) && depth > 0 && !(text[i] === '>' && text[i - 1] === '-'))
			depth--;
		depths[i] = depth;
		if ('([{<'.includes(text[i]))
			depth++;
	}
	return depth ? depths.fill(0) : depths;
}

function closing(text, depths, open) {
	const at = depths.indexOf(depths[open], open + 1);
	return at >= 0 && ')]}>'.includes(text[at]) ? at : -1;
}

function dropArguments(text) {
	const depths = brackets(text);
	for (let i = text.length - 1; i > 0; i--) {
		if (depths[i] > 0)
			continue;
		if (':./'.includes(text[i]))
			return text;
		if (text[i] === '(' && closing(text, depths, i) >= 0)
			return text.substring(i - 8, i) === 'operator' ? text : text.substring(0, i).trimEnd();
	}
	return text;
}

function dropResult(text) {
	const depths = brackets(text);
	for (let i = text.length - 2; i > 0; i--) {
		if (text[i] === ' ' && depths[i] === 0 && text.substring(i - 8, i) !== 'operator')
			return text.substring(i + 1);
	}
	return text;
}

function dropTemplateContents(text) {
	let depths = brackets(text);
	for (let i = 0; i < text.length; i++) {
		if (text[i] !== '<' || depths[i] > 0)
			continue;
		const close = closing(text, depths, i);
		if (close < i + 5 || close - i + 1 === text.length)
			continue;
		text = `${text.substring(0, i)}<…${text.substring(close)}`;
		depths = brackets(text);
	}
	return text;
}

function rightEnd(text, room) {
	const depths = brackets(text);
	let start = 0;
	for (let i = 0; i < text.length - 1; i++) {
		const length = depths[i] > 0 ? 0
			: text[i] === ':' && text[i + 1] === ':' && i + 2 < text.length ? 2
			: text[i] === '/' || text[i] === '.' && !SUFFIX.test(text.substring(i + 1)) ? 1 : 0;
		if (!length)
			continue;
		start = i + length;
		if (cells(text.substring(start)) <= room)
			break;
		i += length - 1;
	}
	return text.substring(start);
}

function cut(text, room) {
	if (cells(text) <= room)
		return text;
	let kept = '';
	let used = 0;
	for (const character of text) {
		used += cells(character);
		if (used > room - 1)
			break;
		kept += character;
	}
	return `${kept}…`;
}

function fitLabel(name, room) {
	if (room < 3)
		return '';
	if (cells(name) <= room)
		return name;
	if (name.length > LABEL_NAME_MAX)
		return cut(name, room);
	if (name[0] === '[') {
		const rest = name.replace(/^.*?: /, '[');
		return cut(cells(rest) > room && room > 7 ? name : rest, room);
	}
	let text = dropArguments(name);
	if (text !== name && cells(text) > room)
		text = dropResult(text);
	if (cells(text) > room)
		text = dropTemplateContents(text);
	if (cells(text) > room)
		text = rightEnd(text, room);
	return cut(text, room);
}

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
 * Boxes in order of row, then x. A box is a frame, or with merged > 0 the strip of that many
 * children of `node` which are thinner than a pixel.
 */
class Layout {
	constructor(tree, view, width) {
		const path = [];
		for (let node = view.zoom; node !== 0; node = tree.parent[node])
			path.unshift(node);
		path.unshift(0);
		this.node = [];
		this.x = [];
		this.width = [];
		this.merged = [];
		this.amount = []; /* of a strip */
		this.rows = []; /* index of the first box of each row */
		this.zoomRow = path.length - 1;
		this.below = view.below || Infinity;
		this.total = tree.total[view.value];
		this.tree = tree;
		for (const node of path) {
			this.rows.push(this.node.length);
			this.add(node, 0, width, 0, 0);
		}
		this.grow(view.zoom, width);
	}

	add(node, x, width, merged, amount) {
		this.node.push(node);
		this.x.push(x);
		this.width.push(width);
		this.merged.push(merged);
		this.amount.push(amount);
	}

	/* The children that are shown: all, or when the view is of a strip those that were in it. */
	basis(zoom) {
		if (this.below === Infinity)
			return Math.max(this.total[zoom], 0);
		let sum = 0;
		for (let child = zoom + 1; child < this.tree.end[zoom]; child = this.tree.end[child])
			sum += this.total[child] < this.below ? this.total[child] : 0;
		return sum;
	}

	grow(zoom, width) {
		const basis = this.basis(zoom);
		this.scale = basis > 0 ? width / basis : 0;
		this.thin = basis > 0 ? basis / width : 0;
		for (let first = this.node.length - 1; first < this.node.length; first = this.rows[this.rows.length - 1]) {
			const last = this.node.length;
			for (let i = first; i < last; i++) {
				if (!this.merged[i])
					this.addChildren(i, this.node[i] === zoom ? this.below : Infinity);
			}
			this.rows.push(last);
		}
	}

	addChildren(box, below) {
		const {total, tree: {end}, thin, scale} = this;
		const node = this.node[box];
		let x = this.x[box], merged = 0, amount = 0;
		for (let child = node + 1; child < end[node]; child = end[child]) {
			const value = total[child];
			if (!(value < below))
				continue;
			if (value < thin) {
				merged++;
				amount += Math.max(value, 0);
				continue;
			}
			this.add(child, x, value * scale, 0, 0);
			x += value * scale;
		}
		if (merged && amount >= thin)
			this.add(node, x, amount * scale, merged, amount);
	}

	get rowCount() { return this.rows.length - 1; }

	rowOf(box) { return lastUpTo(this.rows, box, 0, this.rowCount - 1); }

	/* The box at a point, -1 where there is none. */
	at(row, x) {
		if (row < 0 || row >= this.rowCount)
			return -1;
		const box = lastUpTo(this.x, x, this.rows[row], this.rows[row + 1] - 1);
		return x >= this.x[box] && x < this.x[box] + this.width[box] ? box : -1;
	}

	find(node, strip) {
		for (let i = 0; i < this.node.length; i++) {
			if (this.node[i] === node && !this.merged[i] === !strip)
				return i;
		}
		return -1;
	}
}

/* ---- the page ---- */

function listen(target, handlers) {
	for (const [type, handler] of Object.entries(handlers))
		target.addEventListener(type, handler);
}

/* `properties` are attributes, or just the class. */
function element(tag, properties, ...children) {
	const made = document.createElementNS(XHTML, tag);
	const all = typeof properties === 'object' ? properties : properties ? {class: properties} : {};
	for (const [key, value] of Object.entries(all))
		made.setAttribute(key, value);
	made.append(...children);
	return made;
}

function button(text, title, click, more) {
	const made = element('button', {type: 'button', title, ...more}, text);
	listen(made, {click});
	return made;
}

const row = (heading, ...cells) => element('tr', '', element('th', '', heading),
	...cells.map(cell => element('td', '', cell)));

function shape(tag, attributes, parent) {
	const made = document.createElementNS(SVG, tag);
	for (const [key, value] of Object.entries(attributes || {}))
		made.setAttribute(key, value);
	if (parent)
		parent.append(made);
	return made;
}

const staticText = id => (document.getElementById(id) || {textContent: ''}).textContent;

/* What the static view says is what the page says: nothing is written twice. */
const spoken = {
	title: staticText('title'),
	place: staticText('place'),
	empty: staticText('empty'),
	trust: [...document.querySelectorAll('#trust tspan')].map(item => ({
		text: item.textContent, about: item.dataset.about, kind: item.getAttribute('class'),
	})),
	kinds: [...document.querySelectorAll('#legend text')].map(item => ({
		word: item.textContent, about: item.dataset.about, kind: Number(item.dataset.kind),
	})),
	style: [...document.querySelectorAll('style')].map(style => style.textContent).join('\n'),
	defs: document.querySelector('defs'),
};

if (packed.dataset.version > VERSION)
	throw new Error('the data is of a newer version');
const tree = new Tree(await unpack(packed));
const about = tree.about;
/* Indices of what is counted and of its time, in graphs of waits; -1 where there is none. */
const WAITS = about.values.some(type => type.role === 'longest')
	? about.values.findIndex(type => type.unit === 'count') : -1;
const TIME = about.values.findIndex(type => TIME_UNITS[type.unit]);
const kindWord = [];
for (const {kind, word} of spoken.kinds)
	kindWord[kind] = word;

const page = {
	search: element('input', {type: 'search', placeholder: 'search, regular expression',
		'aria-label': 'search frames by regular expression', spellcheck: 'false',
		autocomplete: 'off', autocapitalize: 'off'}),
	found: element('output', 'found'),
	previous: button('‹', 'previous match (N)', () => nextMatch(-1)),
	next: button('›', 'next match (n)', () => nextMatch(1)),
	value: element('select', {'aria-label': 'what the widths show'}),
	out: button('Zoom out', 'to the next wider caller (Escape)', () => zoomOut()),
	all: button('All', 'the whole graph (Home)', () => zoom(0, 0, false)),
	details: button('Details', 'how, where and when this was measured (i)', () => showDetails()),
	help: button('?', 'keys and conventions (?)', () => showHelp(), {'aria-label': 'help'}),
	header: element('header'),
	footer: element('footer'),
	facts: element('div', 'facts'),
	graph: element('main', {tabindex: '0', role: 'application', 'aria-roledescription': 'flame graph',
		'aria-label': 'flame graph: arrow keys move, Enter zooms in, Escape out, ? for help'}),
	room: element('div', 'room'),
	above: element('div', 'above'),
	name: element('span', 'name'),
	of: element('span', 'of'),
	numbers: element('span', 'numbers'),
	legend: element('div', {class: 'legend', role: 'group', 'aria-label': 'kinds of frames'}),
	tip: element('div', {class: 'tip', hidden: ''}),
	speaker: element('div', {class: 'spoken', 'aria-live': 'polite'}),
	dialog: element('dialog'),
};

const drawing = shape('svg');
const layers = {
	faded: shape('g', {class: 'faded'}, drawing),
	plain: shape('g', '', drawing),
	hatch: shape('path', {fill: 'url(#hatch)'}, drawing),
	labels: shape('g', '', drawing),
	hovered: shape('path', {id: 'hovered'}, drawing),
	focused: shape('path', {id: 'focused'}, drawing),
};

function swatch(kind) {
	const picture = shape('svg', {viewBox: '0 0 12 12', 'aria-hidden': 'true'});
	shape('rect', {class: `c${kind * SHADES + 2}`, width: 12, height: 12, rx: 2}, picture);
	if (kind === MARKER)
		shape('rect', {fill: 'url(#hatch)', width: 12, height: 12, rx: 2}, picture);
	return picture;
}

function buildPage() {
	const html = element('html', {lang: 'en'},
		element('head', {},
			element('meta', {name: 'viewport', content: 'width=device-width, initial-scale=1'}),
			element('title', '', spoken.title), element('style', '', spoken.style)),
		element('body', {},
			page.header, element('div', 'stage', page.above, page.graph), page.footer, page.tip, page.speaker, page.dialog));
	page.header.append(element('h1', '', spoken.title), page.facts,
		element('div', {class: 'tools', role: 'toolbar'}, page.search, page.previous, page.next, page.found,
			element('span', 'space'), page.value, page.out, page.all, page.details, page.help));
	page.footer.append(
		element('div', 'status', page.name, page.of, page.numbers), page.legend);
	if (spoken.place)
		page.facts.append(element('span', 'place', spoken.place));
	for (const {text, about: explanation, kind} of spoken.trust) {
		page.facts.append(button(text, explanation, () => showDetails(text, explanation), {class: kind}));
	}
	for (const {kind, word, about: explanation} of spoken.kinds) {
		const choice = button(word, explanation, () => chooseKind(kind), {'aria-pressed': 'false', 'data-kind': kind});
		choice.prepend(swatch(kind));
		page.legend.append(choice);
	}
	about.values.forEach((type, index) =>
		type.role || page.value.append(element('option', {value: index}, type.name)));
	page.value.hidden = page.value.length < 2;
	page.room.append(drawing);
	page.graph.append(page.room);
	if (spoken.empty)
		page.graph.append(element('div', 'nothing', spoken.empty));
	if (spoken.defs)
		drawing.prepend(spoken.defs);
	document.documentElement.replaceWith(html);
}

/* Width of a column of the labels' font; a little is added for fonts that round. */
function measureCell() {
	const context = element('canvas').getContext('2d');
	context.font = getComputedStyle(drawing).font;
	return context.measureText('M'.repeat(100)).width / 100 + 0.02;
}

/* ---- drawing ---- */

const view = {zoom: 0, below: 0, value: 0, search: ''};
/* Of the view. */
let layout;
let cell = 7.3;
/* Of the room the rows have; what it was at most without scrolling: zooming moves nothing below it. */
let height = 0;
let tallest = 0;
/* Rows. */
let drawn = {first: 0, last: -1};
/* What the keyboard is on; the box under the pointer; the kind chosen in the legend. */
let focus = {node: 0, strip: false};
let focusShown = false;
let hover = -1;
let onlyKind = -1;
let printing = false;

const rowTop = row => height - (row + 1) * ROW;
const rowAt = y => Math.floor((height - y) / ROW);

function relayout() {
	layout = new Layout(tree, view, printing ? SHEET_WIDTH : page.graph.clientWidth);
	const free = innerHeight - page.header.offsetHeight - page.footer.offsetHeight;
	tallest = Math.max(Math.min(tallest, free), Math.min(layout.rowCount * ROW + 6, free));
	height = Math.max(layout.rowCount * ROW + 6, tallest);
	page.room.style.height = `${height}px`;
	hover = -1;
	drawn = {first: 0, last: -1};
}

/* The rows to be drawn: what is seen and as much again on both sides, so that scrolling has some. */
function wantedRows() {
	const rows = layout.rowCount - 1;
	if (printing) {
		const first = Math.max(0, layout.zoomRow - 4);
		return {first, last: Math.min(rows, first + Math.floor(SHEET_HEIGHT / ROW))};
	}
	const top = page.graph.scrollTop, seen = page.graph.clientHeight;
	return {first: Math.max(0, rowAt(top + 2 * seen)), last: Math.min(rows, Math.max(0, rowAt(top - seen)))};
}

function drawScrolled() {
	const top = page.graph.scrollTop, seen = page.graph.clientHeight;
	const first = Math.max(0, rowAt(top + seen)), last = Math.min(layout.rowCount - 1, rowAt(top));
	if (first < drawn.first || last > drawn.last)
		draw();
	showAbove();
}

function boxPath(box, top) {
	const left = Math.round(layout.x[box]);
	const full = Math.max(1, Math.round(layout.x[box] + layout.width[box]) - left);
	const width = full < 3 ? full : full - 1; /* a gap between those that can spare it */
	return `M${left} ${top}h${width}v${ROW - 1}h-${width}z`;
}

function isFaded(box, row) {
	if (row < layout.zoomRow || row === layout.zoomRow && view.below)
		return true;
	return onlyKind >= 0 && (layout.merged[box] > 0 || tree.kind(layout.node[box]) !== onlyKind);
}

function isHit(box) {
	if (!matches)
		return false;
	const node = layout.node[box];
	if (!layout.merged[box])
		return matches.hits[tree.frame[node]] === 1;
	const {end} = tree;
	for (let child = node + 1; child < end[node]; child = end[child]) {
		if (layout.total[child] < layout.thin && matches.before[end[child]] > matches.before[child])
			return true;
	}
	return false;
}

function draw() {
	const paths = {faded: new Map(), plain: new Map()};
	const labels = [];
	let hatch = '';
	drawn = wantedRows();
	const origin = rowTop(drawn.last);
	for (let row = drawn.first; row <= drawn.last; row++) {
		const top = rowTop(row) - origin;
		for (let box = layout.rows[row]; box < layout.rows[row + 1]; box++) {
			const node = layout.node[box], merged = layout.merged[box];
			const path = boxPath(box, top), hit = isHit(box);
			const style = hit ? 'hit' : merged ? 'strip' : `c${tree.frameColour[tree.frame[node]]}`;
			const layer = paths[isFaded(box, row) && !hit ? 'faded' : 'plain'];
			layer.set(style, (layer.get(style) || '') + path);
			if ((merged || tree.kind(node) === MARKER) && layout.width[box] > 4)
				hatch += path;
			if (layout.width[box] > 3 * cell + 2 * INDENT)
				addLabel(labels, box, top + BASELINE, hit);
		}
	}
	for (const [name, styles] of Object.entries(paths)) {
		layers[name].replaceChildren(...[...styles].map(([style, d]) => shape('path', {class: style, d})));
	}
	layers.hatch.setAttribute('d', hatch);
	layers.labels.replaceChildren(...labels);
	const width = layout.width[0], rows = drawn.last - drawn.first + 1;
	drawing.setAttribute('width', width);
	drawing.setAttribute('height', rows * ROW);
	drawing.setAttribute('viewBox', `0 0 ${width} ${rows * ROW}`);
	drawing.style.top = `${origin}px`;
	outline(layers.hovered, hover);
	outline(layers.focused, focusBox());
}

function addLabel(labels, box, y, hit) {
	const node = layout.node[box], merged = layout.merged[box];
	const room = Math.floor((layout.width[box] - 1 - 2 * INDENT) / cell);
	const name = merged ? `${grouped(merged)} thin` : tree.name(node);
	const label = fitLabel(name, room);
	if (!label || merged && label !== name)
		return;
	const text = shape('text', {x: Math.round(layout.x[box]) + INDENT, y});
	text.textContent = label;
	if (hit)
		text.setAttribute('class', 'on-hit');
	const module = merged ? '' : tree.module(node);
	if (module && label === name && !name.includes(module) && cells(name) + cells(module) + 2 <= room)
		shape('tspan', {class: 'module', dx: 2 * cell}, text).textContent = module;
	labels.push(text);
}

/* Draws a frame's edge, or nothing where it is not among the rows that are drawn. */
function outline(path, box) {
	const row = box < 0 ? -1 : layout.rowOf(box);
	if (row < drawn.first || row > drawn.last)
		path.removeAttribute('d');
	else
		path.setAttribute('d', boxPath(box, rowTop(row) - rowTop(drawn.last)));
}

/* Shown once keys or fingers are in use; a mouse shows itself where it is. */
const focusBox = () => focusShown ? layout.find(focus.node, focus.strip) : -1;

/* Brings a row into view, with some of its callers below it where there is room. */
function scrollToRow(row) {
	const seen = page.graph.clientHeight;
	const callers = Math.min(row, Math.max(0, Math.floor(seen / ROW / 3)));
	page.graph.scrollTop = rowTop(row - callers) + ROW + 3 - seen;
}

function scrollIntoView(row) {
	const top = rowTop(row), graph = page.graph;
	if (top < graph.scrollTop + ROW)
		graph.scrollTop = top - 3 * ROW;
	else if (top + ROW > graph.scrollTop + graph.clientHeight)
		graph.scrollTop = top + 3 * ROW - graph.clientHeight;
}

function showAbove() {
	const rows = printing ? layout.rowCount - 1 - drawn.last
		: Math.floor((page.graph.scrollTop - rowTop(layout.rowCount - 1)) / ROW);
	const text = rows < 1 ? '' : `▲ ${grouped(rows)} more ${rows === 1 ? 'row' : 'rows'}`;
	if (page.above.textContent === text)
		return;
	page.above.replaceChildren(...(text ? [button(text, 'scroll up', () => {
		page.graph.scrollTop -= page.graph.clientHeight - 2 * ROW;
	}, {tabindex: '-1'})] : []));
}

function show() {
	relayout();
	scrollToRow(layout.zoomRow);
	draw();
	showAbove();
	page.out.disabled = page.all.disabled = view.zoom === 0 && !view.below;
	showFound();
	showStatus();
}

/* ---- state ---- */

function writeAddress(replace) {
	const state = new URLSearchParams();
	for (const [key, value] of Object.entries(view)) {
		if (value)
			state.set(key, value);
	}
	const text = state.toString();
	try {
		history[replace ? 'replaceState' : 'pushState'](null, '', text ? `#${text}` : '#');
	} catch {
		/* A sandbox may forbid it; the graph works without. */
	}
}

function readAddress() {
	const state = new URLSearchParams(location.hash.substring(1));
	const number = (key, limit) => {
		const value = Math.floor(Number(state.get(key)));
		return value > 0 && value < limit ? value : 0;
	};
	view.zoom = number('zoom', tree.count);
	view.below = number('below', Infinity);
	view.value = number('value', about.values.length);
	if (about.values[view.value].role)
		view.value = 0;
	view.search = state.get('search') || '';
	page.search.value = view.search;
	page.value.value = view.value;
	focus = {node: view.zoom, strip: false};
	search();
	show();
}

function zoom(node, below, replace) {
	if (node === view.zoom && below === view.below)
		return;
	view.zoom = node;
	view.below = below;
	focus = {node, strip: false};
	hideTip();
	writeAddress(replace);
	show();
	speak();
}

/* A strip is opened by showing its children alone. */
function zoomBox(box) {
	if (layout.merged[box])
		zoom(layout.node[box], Math.ceil(layout.thin), false);
	else
		zoom(layout.node[box], 0, false);
}

/* To the next caller that shows more than this view; callers of the same width are passed over. */
function zoomOut() {
	let node = view.zoom;
	while (!view.below && node && layout.total[node] === layout.total[view.zoom])
		node = tree.parent[node];
	zoom(node, 0, false);
}

/* ---- search ---- */

let matches = null; /* hits by frame, before[i]: hits among the nodes before i, and the sums */
let mistake = ''; /* of the regular expression */

function search() {
	matches = null;
	mistake = '';
	if (!view.search)
		return;
	let pattern;
	try {
		pattern = new RegExp(view.search, /[A-Z]/.test(view.search.replace(/\\./g, '')) ? 'u' : 'iu');
	} catch (error) {
		mistake = 'not a regular expression';
		page.search.title = error.message;
		return;
	}
	const names = new Uint8Array(about.strings); /* 0 not tried yet, 1 matches, 2 does not */
	const hits = new Uint8Array(about.frames);
	let functions = 0;
	for (let i = 0; i < hits.length; i++) {
		const name = tree.frameName[i];
		if (!names[name]) {
			names[name] = pattern.test(tree.text(name)) ? 1 : 2;
			functions += names[name] === 1 ? 1 : 0;
		}
		hits[i] = names[name] === 1 ? 1 : 0;
	}
	const before = new Uint32Array(tree.count + 1);
	hits[tree.frame[0]] = 0; /* "all" is not a function */
	for (let i = 0; i < tree.count; i++)
		before[i + 1] = before[i] + hits[tree.frame[i]];
	matches = {hits, before, functions};
}

/* Sum of the outermost matches in a subtree: a stack counts once however often it matches. */
function matchedTotal(node) {
	const total = tree.total[view.value], {frame, end} = tree;
	let sum = 0;
	for (let i = node; i < end[node];) {
		if (matches.hits[frame[i]]) {
			sum += total[i];
			i = end[i];
		} else {
			i++;
		}
	}
	return sum;
}

function showFound() {
	const found = page.found;
	const none = !matches || !matches.before[tree.count];
	found.className = mistake ? 'found bad' : 'found';
	page.search.setAttribute('aria-invalid', String(Boolean(mistake)));
	page.next.disabled = page.previous.disabled = none;
	if (mistake || none) {
		found.textContent = mistake || (view.search ? 'no match' : '');
		return;
	}
	const total = tree.total[view.value];
	const count = grouped(matches.functions);
	found.replaceChildren(element('b', '', share(matchedTotal(0), total[0])), ' matched',
		view.zoom ? `, ${share(matchedTotal(view.zoom), total[view.zoom])} of the zoomed` : '',
		` · ${count} ${matches.functions === 1 ? 'name' : 'names'}`);
}

function searchFor(text) {
	view.search = text;
	search();
	writeAddress(true);
	showFound();
	draw();
}

/* Moves to the next match in the order of the tree, and shows it if it is hidden. */
function nextMatch(step) {
	if (!matches || !matches.before[tree.count])
		return;
	let node = focus.node;
	do
		node = (node + step + tree.count) % tree.count;
	while (!matches.hits[tree.frame[node]]);
	moveTo(node);
}

/* ---- hover text and status line ---- */

/* A value of a box: of a strip that of all children in it. */
function valueOf(box, type) {
	const node = layout.node[box], total = tree.total[type], {end} = tree;
	if (!layout.merged[box])
		return total[node];
	const limit = node === view.zoom ? Math.min(layout.thin, layout.below) : layout.thin;
	const join = together(about.values[type]);
	let value = 0;
	for (let child = node + 1; child < end[node]; child = end[child]) {
		if (layout.total[child] < limit)
			value = join(value, total[child]);
	}
	return value;
}

/* The values the widths do not show, and the average wait. */
function otherValues(box) {
	const others = about.values.flatMap((type, i) => i === view.value || type.role === 'squares' ? []
		: [[type.name, amount(valueOf(box, i), type)]]);
	const waits = WAITS < 0 || TIME < 0 ? 0 : valueOf(box, WAITS);
	if (waits > 0)
		others.splice(-1, 0, ['average', amount(valueOf(box, TIME) / waits, about.values[TIME])]);
	return others;
}

function describe(box) {
	const type = about.values[view.value], total = layout.total, all = total[0];
	const node = layout.node[box], merged = layout.merged[box];
	const value = merged ? layout.amount[box] : total[node];
	const parent = merged ? node : tree.parent[node];
	const self = merged ? 0 : tree.self[view.value][node];
	const spread = type.name === 'samples' ? uncertainty(value, all).toFixed(1) : '0.0';
	const rows = [
		['total', amountOf(value, type), share(value, all) + (spread === '0.0' ? '' : ` ± ${spread}`)],
		['self', amountOf(self, type), share(self, all)],
		['of parent', '', share(value, total[parent])],
		['of zoomed', '', share(value, total[view.zoom])],
	];
	if (merged)
		rows.splice(1, 1);
	return {
		name: merged ? `${grouped(merged)} frames called by ${tree.name(node)}` : tree.name(node),
		of: merged ? 'each too thin to draw; click to see them'
			: [tree.module(node),
				node === 0 || tree.module(node) === kindWord[tree.kind(node)] ? '' : kindWord[tree.kind(node)],
				view.below && node === view.zoom ? `only callees of less than ${amountOf(view.below, type)} each` : '',
			].filter(Boolean).join(' · '),
		rows: rows.filter(([word]) => word === 'of parent' ? node !== 0 || merged
			: word !== 'of zoomed' || view.zoom !== 0 && layout.rowOf(box) > layout.zoomRow),
		others: merged && WAITS < 0 ? [] : otherValues(box),
	};
}

function showStatus() {
	const box = hover >= 0 ? hover : layout.find(focus.node, focus.strip);
	if (box < 0)
		return;
	const {name, of, rows, others} = describe(box);
	page.name.textContent = name;
	page.of.textContent = of;
	page.numbers.textContent = [
		...rows.map(([word, number, part]) => number ? `${word} ${number}, ${part}` : `${part} ${word}`),
		...(WAITS < 0 ? [] : others.map(([word, number]) => word === about.values[WAITS].name ? `${number} ${word}` : `${word} ${number}`)),
	].join('  ·  ');
}

function speak() {
	const box = layout.find(focus.node, focus.strip);
	if (box < 0)
		return;
	const {name, of, rows} = describe(box);
	page.speaker.textContent = `${name}, ${of}, ${rows.map(row => row.join(' ')).join(', ')}`;
}

function showTip(x, y) {
	const {name, of, rows, others} = describe(hover);
	const table = element('table', '', ...rows.map(texts => row(...texts)),
		...others.map(texts => row(...texts)));
	page.tip.replaceChildren(element('div', 'name', name), element('div', 'of', of), table);
	page.tip.hidden = false;
	const {offsetWidth: width, offsetHeight: tall} = page.tip;
	const left = Math.max(4, Math.min(x + 14, innerWidth - width - 8));
	const top = y + 18 + tall < innerHeight ? y + 18 : Math.max(4, y - tall - 12);
	page.tip.style.transform = `translate(${left}px,${top}px)`;
}

function hideTip() {
	page.tip.hidden = true;
}

/* ---- dialogs ---- */

function showDialog(heading, ...contents) {
	page.dialog.replaceChildren(
		button('Close', 'Escape', () => page.dialog.close(), {class: 'close'}),
		element('h2', '', heading), ...contents);
	if (!page.dialog.open)
		page.dialog.showModal();
}

const facts = (...rows) => element('table', '', ...rows.filter(([, text]) => text).map(texts => row(...texts)));

function eventTable(heading, events) {
	return events.length ? [element('h3', '', heading), element('table', '', ...events.map(event =>
		row(grouped(event.count), event.about || event.name)))] : [];
}

function books({threads, worst, ...times}) {
	const part = (ns, whole) => `${duration(ns)}, ${share(ns, whole)}`;
	const line = (word, key) => [word, part(times[key], times.lifetime_ns)];
	return [element('h3', '', `Time of all ${grouped(threads)} threads`),
		facts(['lifetime', duration(times.lifetime_ns)], line('on-CPU', 'cpu_ns'), line('blocked', 'blocked_ns'),
			line('waiting for a CPU', 'queued_ns'), line('residual', 'residual_ns')),
		...(worst.length ? [element('h3', '', 'Largest residuals'),
			facts(...worst.map(({name, tid, lifetime_ns: lifetime, residual_ns: residual}) =>
				[`${visible(name)} (tid ${tid})`, `${duration(residual)} of ${duration(lifetime)}`]))] : [])];
}

function sampling({max_overhead_ppm: limit, estimated_waits: estimated, one_in: oneIn, unwalked_ns: unwalked}) {
	return [element('h3', '', 'Limit of the own cost'),
		facts(['limit', limit ? `${limit / 1e4} % of the CPUs' time` : 'none'],
			['estimated waits', grouped(estimated)],
			['looked at', oneIn > 1 ? `at the least 1 wait in ${grouped(oneIn)}` : 'every wait'],
			['without a stack', unwalked && duration(unwalked)])];
}

function showDetails(text, explanation) {
	const start = about.start_unix_ns && new Date(about.start_unix_ns / 1e6);
	const known = (number, write) => number ? write(number) : '';
	showDialog(text || 'Details', ...(explanation ? [element('p', '', explanation)] : []),
		facts(['title', about.title], ['note', about.note], ['target', about.target],
			['command', about.command], ['event', about.event],
			['start', start && `${start.toISOString().substring(0, 19).replace('T', ' ')} UTC`],
			['duration', known(about.duration_ns, duration)],
			['rate', known(about.frequency_hz, rate => `${grouped(rate)} Hz on each CPU`)],
			['CPUs', known(about.cpus, grouped)], ['host', about.host], ['kernel', about.kernel],
			...about.values.map((type, i) => [type.name, type.role === 'squares' ? '' : amount(tree.total[i][0], type)]),
			['frames', `${grouped(tree.count - 1)}, all of them in this file`],
			['events', known(about.fired, grouped)],
			['own CPU time', known(about.own_cpu_ns, duration)],
			['own memory', known(about.own_rss_bytes, size)],
			['own BPF maps', known(about.map_bytes, size)],
			['own BPF programs', known(about.own_program_runs, runs =>
				`${duration(about.own_program_ns || 0)} in ${grouped(runs)} runs`)],
			['written by', about.tool_version]),
		...(about.books ? books(about.books) : []),
		...(about.sampling ? sampling(about.sampling) : []),
		...eventTable('Lost', about.events.filter(event => event.loss)),
		...eventTable('Left out on purpose', about.events.filter(event => !event.loss)));
}

function showHelp() {
	const keys = [['← →', 'frame to the left, to the right'], ['↑', 'into the widest callee'],
		['↓', 'to the caller'], ['Enter', 'zoom in'], ['Escape', 'zoom out; in the search field: empty it'],
		['Home', 'the whole graph'], ['/  Ctrl F', 'search'], ['n  N', 'next, previous match'],
		['i', 'details of the measurement'], ['?', 'this text']];
	showDialog('How to read and use this graph',
		element('p', '', `A box is a function, the one below it its caller, those above it what it called. Its width
			is what it and its callees took; the order from left to right is alphabetical, not that of time.
			Hatched grey stands for callees too thin to draw: click to see them.`),
		element('p', '', `Click a box to zoom in; click a faded one, or go back, to zoom out. The address keeps zoom
			and search. In the matched share a stack counts once however many of its frames match. A search
			with capital letters tells capitals from small ones.`),
		element('table', '', ...keys.map(([key, text]) => row(element('span', '',
			...key.split('  ').flatMap(part => [element('kbd', '', part), ' '])), text))));
}

/* ---- input ---- */

function setHover(box, event) {
	if (box !== hover) {
		hover = box;
		outline(layers.hovered, hover);
		showStatus();
	}
	if (box >= 0 && !touched)
		showTip(event.clientX, event.clientY);
	else
		hideTip();
	page.graph.style.cursor = box >= 0 ? 'pointer' : '';
}

function boxUnder(event) {
	const corner = page.room.getBoundingClientRect();
	return layout.at(rowAt(event.clientY - corner.top), event.clientX - corner.left);
}

function setFocus(box) {
	focus = {node: layout.node[box], strip: layout.merged[box] > 0};
	focusShown = true;
	outline(layers.focused, focusBox());
}

/* Focuses a node, zooming to it when it is not drawn. */
function moveTo(node) {
	let box = layout.find(node, false);
	if (box < 0) {
		zoom(node, 0, true);
		box = layout.find(node, false);
	}
	moveToBox(box);
}

function moveToBox(box) {
	if (box < 0)
		return;
	hover = -1;
	hideTip();
	page.graph.focus({preventScroll: true});
	setFocus(box);
	scrollIntoView(layout.rowOf(box));
	drawScrolled();
	outline(layers.hovered, -1);
	showStatus();
	speak();
}

function widestAbove(box) {
	const row = layout.rowOf(box) + 1;
	let best = -1;
	for (let i = layout.rows[row]; i < layout.rows[row + 1]; i++) {
		const caller = layout.merged[i] ? layout.node[i] : tree.parent[layout.node[i]];
		if (caller === layout.node[box] && (best < 0 || layout.width[i] > layout.width[best]))
			best = i;
	}
	return best;
}

function beside(box, step) {
	const row = layout.rowOf(box), next = box + step;
	return next >= layout.rows[row] && next < layout.rows[row + 1] ? next : -1;
}

function move(key) {
	const box = Math.max(0, layout.find(focus.node, focus.strip));
	const node = layout.node[box];
	moveToBox(key === 'ArrowLeft' ? beside(box, -1) : key === 'ArrowRight' ? beside(box, 1)
		: key === 'ArrowUp' ? (layout.merged[box] ? -1 : widestAbove(box))
		: layout.find(layout.merged[box] ? node : tree.parent[node], false));
}

function chooseKind(kind) {
	onlyKind = kind === onlyKind ? -1 : kind;
	for (const button of page.legend.children)
		button.setAttribute('aria-pressed', String(Number(button.dataset.kind) === onlyKind));
	draw();
}

const keys = {
	ArrowLeft: move,
	ArrowRight: move,
	ArrowUp: move,
	ArrowDown: move,
	Enter: () => zoomBox(Math.max(0, layout.find(focus.node, focus.strip))),
	Escape: zoomOut,
	Home: () => zoom(0, 0, false),
	'/': startSearch,
	n: () => nextMatch(1),
	N: () => nextMatch(-1),
	i: () => showDetails(),
	'?': showHelp,
};

function startSearch() {
	page.search.focus();
	page.search.select();
}

function onKey(event) {
	if ((event.ctrlKey || event.metaKey) && event.key === 'f') {
		event.preventDefault();
		startSearch();
		return;
	}
	focusShown = focusShown || event.key === 'Tab';
	const onControl = /^(?:input|select|button)$/.test(event.target.localName);
	if (event.ctrlKey || event.metaKey || event.altKey || page.dialog.open || !keys[event.key] ||
	    onControl && (event.target === page.search || event.key.length > 1 && event.key !== 'Escape'))
		return;
	event.preventDefault();
	keys[event.key](event.key);
}

function onSearchKey(event) {
	if (event.key === 'Escape') {
		event.preventDefault();
		if (page.search.value) {
			page.search.value = '';
			searchFor('');
		} else {
			page.graph.focus({preventScroll: true});
		}
	} else if (event.key === 'Enter') {
		event.preventDefault();
		nextMatch(event.shiftKey ? -1 : 1);
		page.search.focus();
	}
}

let touched = false; /* the last press was a finger's */

function onClick(event) {
	const box = boxUnder(event);
	if (box < 0)
		return;
	const again = focus.node === layout.node[box] && focus.strip === layout.merged[box] > 0;
	if (touched && !again) {
		setFocus(box);
		setHover(box, event);
	} else {
		focusShown = touched;
		zoomBox(box);
	}
}

function onResize() {
	relayout();
	scrollToRow(layout.zoomRow);
	draw();
	showAbove();
	showStatus();
}

function listenToAll() {
	const point = event => {
		if (event.pointerType !== 'touch')
			setHover(event.type === 'pointermove' ? boxUnder(event) : -1, event);
	};
	const print = event => {
		printing = event.type === 'beforeprint';
		onResize();
	};
	listen(page.graph, {
		pointermove: point,
		pointerleave: point,
		pointerdown: event => { touched = event.pointerType === 'touch'; },
		click: onClick,
		focus: () => outline(layers.focused, focusBox()),
		scroll: () => {
			hideTip();
			drawScrolled();
		},
	});
	listen(document, {keydown: onKey});
	listen(page.search, {keydown: onSearchKey, input: () => searchFor(page.search.value)});
	listen(page.value, {change: () => {
		view.value = Number(page.value.value);
		view.below = 0;
		writeAddress(false);
		show();
	}});
	listen(window, {popstate: readAddress, beforeprint: print, afterprint: print});
	new ResizeObserver(onResize).observe(page.graph);
}

buildPage();
cell = measureCell();
readAddress();
page.graph.focus({preventScroll: true}); /* arrow keys work at once */
listenToAll();
})().catch(error => {
	const place = document.getElementById('place');
	if (!place)
		throw error;
	place.textContent = `Only the static view is shown: ${error.message}.`;
});
