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
	focusGraph();
	setFocus(box);
	scrollIntoView(layout.rowOf(box));
	drawScrolled();
	outline(layers.hovered, -1);
	showStatus();
	speak();
}

/* Of the frames in the row beside, away from the root, the widest that belongs to this box. */
function widestNext(box, row) {
	const [from, to] = layout.rows[row] || [0, 0], node = layout.node[box];
	const callers = layout.level[box] === 0 && row < layout.axis;
	let best = -1;
	for (let i = from; i < to; i++) {
		const near = layout.merged[i] ? layout.node[i] : shown.parentOf(layout.node[i]);
		if ((near === node || callers) && (best < 0 || layout.width[i] > layout.width[best]))
			best = i;
	}
	return best;
}

/* The box beside, in the same row, or -1. */
function beside(box, step) {
	const [from, to] = layout.rows[layout.rowOf(box)], next = box + step;
	return next >= from && next < to ? next : -1;
}

/* The box in the row above or below: a caller's where the root is, else a callee's, or in callers the other way. */
function nextRow(box, up) {
	const step = up === hanging ? -1 : 1, level = layout.level[box], node = layout.node[box];
	if (level === 0 || level > 0 === step > 0)
		return layout.merged[box] ? -1 : widestNext(box, layout.rowOf(box) + step);
	return layout.find(!layout.merged[box] ? shown.parentOf(node) : node === shown.split ? 0 : node, false);
}

function move(key) {
	const box = focused();
	moveToBox(key === 'ArrowLeft' ? beside(box, -1) : key === 'ArrowRight' ? beside(box, 1)
		: nextRow(box, key === 'ArrowUp'));
}

const keys = {
	ArrowLeft: move,
	ArrowRight: move,
	ArrowUp: move,
	ArrowDown: move,
	Enter: () => zoomBox(focused()),
	Escape: () => strip.drag ? endDrag(false) : view.zoom || view.below ? zoomOut() : clearRanges(),
	Home: () => zoom(0, 0, false),
	'/': startSearch,
	n: () => nextMatch(1),
	N: () => nextMatch(-1),
	f: () => filterBySearch('only'),
	x: () => filterBySearch('without'),
	1: () => setMode('flame'),
	2: () => setMode('icicle'),
	3: () => setMode('inverted'),
	s: () => showAround(focusedFrame()),
	t: () => toggleTable(),
	r: () => mergeRecursion({'': 'near', near: 'all', all: ''}[view.recursion]),
	m: () => kindWord[GROUP] && hideKind(GROUP, !view.hide.includes(GROUP)),
	c: () => copyStack(),
	C: () => copyFrame(),
	p: () => setPalette(view.palette !== 'eyes'),
	v: () => comparison && setValue({[AFTER]: BEFORE, [BEFORE]: BOTH}[view.value] ?? AFTER),
	e: () => comparison && setSelf(!view.self),
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
	if (event.ctrlKey || event.metaKey || event.altKey || page.dialog.open)
		return;
	if (isForPage(event) && onOwnKey(event))
		event.preventDefault();
}

/* What is typed into a field, and what works a control, is not for the page. */
function isForPage({key, target}) {
	if (target === page.search)
		return false;
	const onControl = /^(?:input|select|button|summary)$/.test(target.localName);
	return !onControl || key === 'Escape' || key.length === 1 && key !== ' ' && target.localName !== 'select';
}

/* Whether a key was one of ours. */
function onOwnKey({key, target}) {
	if (key === 'Escape' && page.options.open)
		closeOptions();
	else if (target === table.grid && onTableKey(key))
		return true;
	else if (keys[key])
		keys[key](key);
	else
		return false;
	return true;
}

function closeOptions() {
	page.options.open = false;
	page.options.firstChild.focus();
}

function onSearchKey(event) {
	if (event.key === 'Escape') {
		event.preventDefault();
		if (page.search.value) {
			page.search.value = '';
			searchFor('');
		} else {
			focusGraph();
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

function listenToAll() {
	const point = event => {
		if (event.pointerType !== 'touch')
			setHover(event.type === 'pointermove' ? boxUnder(event) : -1, event);
	};
	const print = event => {
		printing = event.type === 'beforeprint';
		fit();
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
	listen(page.value, {change: () => setValue(Number(page.value.value))});
	listen(page.changes, {change: () => setSelf(page.changes.value === 'self')});
	listen(page.mode, {change: () => setMode(page.mode.value)});
	listen(document, {click: event => {
		if (page.options.open && !page.options.contains(event.target))
			page.options.open = false;
	}});
	listen(window, {popstate: readAddress, beforeprint: print, afterprint: print});
	new ResizeObserver(() => drawnSize === graphSize() || fit()).observe(page.graph);
}

