/* ---- drawing ---- */

/* Of the view. */
let layout;
let cell = 7.3;
/* Of the room the rows have; what it was at most without scrolling: zooming moves nothing below it. */
let height = 0;
let tallest = 0;
/* Whether callees are drawn below their callers. */
let hanging = false;
/* Rows. */
let drawn = {first: 0, last: -1};
/* What the keyboard is on; the box under the pointer. */
let focus = {node: 0, strip: false};
let focusShown = false;
let hover = -1;
let printing = false;
/* Of the graph's place when it was last drawn, as text. */
let drawnSize = '';
const graphSize = () => `${page.graph.clientWidth} ${page.graph.clientHeight} ${innerHeight}`;

const rowTop = row => hanging ? row * ROW : height - (row + 1) * ROW;
const rowAt = y => Math.floor((hanging ? y : height - y) / ROW);

function relayout() {
	hanging = view.mode === 'icicle' || view.mode === 'inverted';
	layout = new Layout(shown, view, printing ? SHEET_WIDTH : page.graph.clientWidth);
	const free = innerHeight - page.header.offsetHeight - page.footer.offsetHeight;
	tallest = Math.max(Math.min(tallest, free), Math.min(layout.rowCount * ROW + 6, free));
	height = Math.max(layout.rowCount * ROW + 6, view.table ? page.graph.clientHeight : tallest);
	page.room.style.height = `${height}px`;
	hover = -1;
	drawn = {first: 0, last: -1};
	drawnSize = graphSize();
}

/* The rows between two heights, of those there are. */
function rowsBetween(top, bottom) {
	const rows = [rowAt(top), rowAt(bottom)].map(row => Math.max(0, Math.min(layout.rowCount - 1, row)));
	return {first: Math.min(...rows), last: Math.max(...rows)};
}

/* The rows to be drawn: what is seen and as much again on both sides, so that scrolling has some. */
function wantedRows() {
	if (printing) {
		const count = Math.floor((SHEET_HEIGHT - strip.panel.offsetHeight) / ROW);
		const callers = layout.axis ? Math.min(layout.axis, count >> 1) : 4;
		const first = Math.max(0, layout.zoomRow - callers);
		return {first, last: Math.min(layout.rowCount - 1, first + count)};
	}
	const top = page.graph.scrollTop, seen = page.graph.clientHeight;
	return rowsBetween(top - seen, top + 2 * seen);
}

function drawScrolled() {
	const top = page.graph.scrollTop;
	const {first, last} = rowsBetween(top, top + page.graph.clientHeight - 1);
	if (first < drawn.first || last > drawn.last)
		draw();
	showBeyond();
}

function boxPath(box, top) {
	const left = Math.round(layout.x[box]);
	const full = Math.max(1, Math.round(layout.x[box] + layout.width[box]) - left);
	const width = full < 3 ? full : full - 1; /* a gap between those that can spare it */
	return `M${left} ${top}h${width}v${ROW - 1}h-${width}z`;
}

const frameAt = box => shown.frameOf(layout.node[box]);

/* The one place that decides on the colour of a frame: its style class. */
function colourOf(box) {
	return layout.merged[box] ? 'strip' : comparison ? `e${effectClass(changeAt(layout.node[box], view.self))}` : `c${data.frameColour[frameAt(box)]}`;
}

function isFaded(box) {
	const {axis, zoomRow} = layout, row = layout.rowOf(box);
	if (zoomRow > axis ? row < zoomRow : row > zoomRow && zoomRow < axis)
		return true;
	if (row === zoomRow && view.below)
		return true;
	if (view.moved && (layout.merged[box] || signOf(changeAt(layout.node[box], view.self)) !== view.moved))
		return true;
	return view.kind >= 0 && (layout.merged[box] > 0 || data.frameKind[frameAt(box)] !== view.kind);
}

function isHit(box) {
	if (!matches)
		return false;
	if (!layout.merged[box])
		return matches.hits[frameAt(box)] === 1;
	for (const child of layout.thinOf(box)) {
		if (shown.touches(child, matches.hits))
			return true;
	}
	return false;
}

function draw() {
	const paths = {faded: new Map(), plain: new Map()};
	const labels = [];
	let hatch = '';
	drawn = wantedRows();
	const origin = originOfDrawn();
	for (let row = drawn.first; row <= drawn.last; row++) {
		const top = rowTop(row) - origin, [from, to] = layout.rows[row];
		for (let box = from; box < to; box++) {
			const path = boxPath(box, top), hit = isHit(box);
			const style = hit ? 'hit' : colourOf(box);
			const layer = paths[isFaded(box) && !hit ? 'faded' : 'plain'];
			layer.set(style, (layer.get(style) || '') + path);
			if (layout.width[box] > 4 && (layout.merged[box] || data.frameKind[frameAt(box)] === MARKER))
				hatch += path;
			if (layout.width[box] > 3 * cell + 2 * INDENT)
				addLabel(labels, box, top + BASELINE, hit);
		}
	}
	for (const [name, styles] of Object.entries(paths)) {
		layers[name].replaceChildren(...[...styles].map(([style, d]) => vector('path', {class: style, d})));
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
	outline(layers.middle, view.mode === 'around' ? 0 : -1);
}

const originOfDrawn = () => Math.min(rowTop(drawn.first), rowTop(drawn.last));

function addLabel(labels, box, y, hit) {
	const merged = layout.merged[box], frame = frameAt(box);
	const room = Math.floor((layout.width[box] - 1 - 2 * INDENT) / cell);
	const name = merged ? `${grouped(merged)} thin` : data.name(frame);
	const label = fitLabel(name, room);
	if (!label || merged && label !== name)
		return;
	const text = vector('text', {x: Math.round(layout.x[box]) + INDENT, y});
	text.textContent = label;
	if (hit)
		text.setAttribute('class', 'on-hit');
	const module = merged ? '' : data.module(frame);
	if (module && label === name && !name.includes(module) && cells(name) + cells(module) + 2 <= room)
		vector('tspan', {class: 'module', dx: 2 * cell}, text).textContent = module;
	labels.push(text);
}

/* Draws a frame's edge, or nothing where it is not among the rows that are drawn. */
function outline(path, box) {
	const row = box < 0 ? -1 : layout.rowOf(box);
	if (row < drawn.first || row > drawn.last)
		path.removeAttribute('d');
	else
		path.setAttribute('d', boxPath(box, rowTop(row) - originOfDrawn()));
}

/* Shown once keys or fingers are in use; a mouse shows itself where it is. */
const focusBox = () => focusShown ? layout.find(focus.node, focus.strip) : -1;

/* Brings a row into view, with some of its callers where there is room. */
function scrollToRow(row) {
	const seen = page.graph.clientHeight, rows = Math.floor(seen / ROW / (layout.axis ? 2 : 3));
	const callers = Math.min(row, Math.max(0, rows));
	const edge = rowTop(row - callers);
	page.graph.scrollTop = hanging ? edge : edge + ROW + 3 - seen;
}

function scrollIntoView(row) {
	const top = rowTop(row), graph = page.graph;
	if (top < graph.scrollTop + ROW)
		graph.scrollTop = top - 3 * ROW;
	else if (top + ROW > graph.scrollTop + graph.clientHeight)
		graph.scrollTop = top + 3 * ROW - graph.clientHeight;
}

/* How many rows are out of sight above and below. */
function showBeyond() {
	const ends = [rowTop(0), rowTop(layout.rowCount - 1)], top = page.graph.scrollTop;
	let above = top - Math.min(...ends), under = Math.max(...ends) + ROW - top - page.graph.clientHeight;
	if (printing) {
		above = hanging ? 0 : (layout.rowCount - 1 - drawn.last) * ROW;
		under = hanging ? (layout.rowCount - 1 - drawn.last) * ROW : 0;
	}
	for (const [place, height, sign, step] of [['above', above, '▲', -1], ['under', under, '▼', 1]]) {
		const rows = Math.floor(height / ROW);
		const text = rows < 1 ? '' : `${sign} ${grouped(rows)} more ${rows === 1 ? 'row' : 'rows'}`;
		if (page[place].textContent === text)
			continue;
		page[place].replaceChildren(...(text ? [button(text, 'scroll', () => {
			page.graph.scrollTop += step * (page.graph.clientHeight - 2 * ROW);
		}, {tabindex: '-1'})] : []));
	}
}

function focusGraph() {
	page.graph.focus({preventScroll: true});
}

function show() {
	page.out.disabled = page.all.disabled = view.zoom === 0 && !view.below;
	showFound();
	fit();
}

/* Draws for the room there is. */
function fit() {
	relayout();
	scrollToRow(layout.zoomRow);
	draw();
	showStrip();
	showBeyond();
	showStatus();
}

