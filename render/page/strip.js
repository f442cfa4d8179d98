/* ---- activity over time ---- */

/*
 * A bar for each slice: as wide as it is long, as high as what there was in a second of it, so that its
 * area is what was counted. Drawn over it is the part that matches, or is zoomed to, or, as all time of all
 * threads is much the same always, on a CPU: of what is rare that many times higher, which is said. Ranges are dragged, or moved by their ends, which are sliders.
 */
const BARS = COARSE ? 44 : 36, AXIS = 16;
/* Between labels of the axis, at least; what the one of the start takes. */
const TICK_SPACE = 80, START_SPACE = 100;
const STEPS_OF_TIME = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 9e5,
	18e5, 36e5, 72e5, 144e5, 432e5, 864e5].map(ms => ms * 1e3);
/* How near to an end a press takes hold of it, and from which way on a press is a drag. */
const REACH = COARSE ? 16 : 6, WAY = 4;

const strip = {
	panel: element('div', {class: 'time', role: 'group', 'aria-label': 'activity over time: ranges of it can be shown and compared'}),
	drawing: vector('svg', {'aria-hidden': 'true'}),
	title: element('span', 'range'),
	ranges: {}, /* an element each */
	ends: [], /* {which, end, slider} */
	drag: null,
	edited: false, /* by keys, since the slider was reached: that is one entry of the history */
};

const hasStrip = () => Boolean(data.about.slices);
/* What the bars are of: in comparisons of ranges what was measured. */
const stripType = () => view.then ? data.about.slices.value : view.value;

function buildStrip() {
	if (!hasStrip())
		return;
	strip.panel.append(strip.drawing);
	for (const which of ['time', 'then']) {
		strip.ranges[which] = element('div', 'selected');
		strip.panel.append(strip.ranges[which]);
	}
	for (const [which, end] of [['time', 0], ['time', 1], ['then', 0], ['then', 1]]) {
		const slider = element('div', {class: 'end', role: 'slider', tabindex: '0', 'aria-valuemin': 0,
			'aria-valuemax': data.about.slices.ends_us.length});
		listen(slider, {keydown: event => onSliderKey(event, which, end), focus: () => { strip.edited = false; }});
		strip.ends.push({which, end, slider});
		strip.panel.append(slider);
	}
	keys.T = () => strip.ends[0].slider.focus();
	page.header.lastChild.before(strip.panel);
	page.header.firstChild.append(strip.title);
	listen(strip.panel, {pointerdown: onPress, pointermove: onDrag, pointerup: onRelease,
		pointercancel: () => endDrag(false), pointerleave: hideTip, dblclick: clearRanges});
}

/* ---- drawing ---- */

/* In what frames threads are on no CPU. */
const OFF_CPU = /^\[(?:waits: |run queue]|cut: |not walked])/;
const hasPart = () => matches || view.zoom || view.mode === 'around';
const isOnCpu = () => about.command === 'wall' && !hasPart();

/* Of each slice of all that is left, and of the part that is marked or zoomed to, null where that is all. */
function series() {
	const {slices} = data, type = stripType(), key = `${base.id} ${type}`, hits = matches && matches.hits;
	const part = [key, view.mode, view.around, view.search, view.pick, ...Object.values(zoomText())];
	return {
		all: remember('bars', key, () => slices.amounts(type, base)),
		part: isOnCpu() ? remember('bars on CPUs', key, () => slices.amounts(type, base, base.pathHits(data.hits(OFF_CPU)).map(off => 1 - off)))
			: hasPart() ? remember('bars of part', JSON.stringify(part), () => {
			const {tree, marks} = shown.marks(view.zoom, hits);
			return slices.amounts(type, tree, marks);
		}) : null,
	};
}

/* By how much the part is drawn higher: where it is less than a quarter as high, 2, 5, 10, ... times. */
function magnification(highest, part) {
	const most = part ? highest / part : 1, size = 10 ** Math.floor(Math.log10(most));
	return most <= 4 ? 1 : size * [5, 2, 1].find(step => step * size <= most);
}

const inRange = (slice, range) => Boolean(range) && slice >= range[0] && slice < range[1];
const isSelected = slice => !view.time || inRange(slice, view.time) || inRange(slice, view.then);

function showStrip() {
	if (!hasStrip())
		return;
	const width = printing ? SHEET_WIDTH : page.header.clientWidth;
	for (const [key, value] of Object.entries({width, height: BARS + AXIS, viewBox: `0 0 ${width} ${BARS + AXIS}`}))
		strip.drawing.setAttribute(key, value);
	/* The first picture of the graph is not to wait for them. */
	if (data.sliced || view.time)
		drawStrip(width);
	else
		requestAnimationFrame(() => setTimeout(() => drawStrip(width)));
}

const lasted = () => data.slices.begin(data.slices.count);
const inSecond = amounts => amounts.map((value, slice) => value / data.slices.length(slice, slice + 1));

/* Bars of those slices that are selected, or are not. */
function barsPath(rates, scale, width, selected) {
	const x = slice => Math.round(data.slices.begin(slice) / lasted() * width);
	let path = '';
	rates.forEach((value, slice) => {
		const left = x(slice), full = x(slice + 1) - left;
		if (value > 0 && isSelected(slice) === selected)
			path += `M${left} ${BARS}v-${Math.max(1, value * scale).toFixed(1)}h${Math.max(1, full < 4 ? full : full - 1)}V${BARS}z`;
	});
	return path;
}

function drawStrip(width) {
	const {all, part} = series(), rates = inSecond(all), highest = Math.max(...rates), style = matches ? 'match' : 'part';
	const paths = [[rates, 'all', 1]];
	if (part)
		paths.push([inSecond(part), style, magnification(highest, Math.max(...inSecond(part)))]);
	const times = paths[paths.length - 1][2];
	strip.drawing.replaceChildren(
		...paths.flatMap(([values, name, more]) => [true, false].map(selected =>
			vector('path', {class: selected ? name : `${name} out`, d: barsPath(values, more * BARS / highest, width, selected)}))),
		...axis(width, isOnCpu() ? `on a CPU${times > 1 ? ` ×${times}` : ''}` : times > 1 ? `×${grouped(times)}` : view.time || printing || width < 600 ? '' : 'drag to select time',
			isOnCpu() || times > 1 ? style : ''));
	placeRanges();
}

function axis(width, note, style) {
	const whole = lasted(), step = STEPS_OF_TIME.find(us => us / whole * width >= TICK_SPACE) || whole, labels = vector('g');
	const label = (x, text, more) => {
		vector('text', {x, y: BARS + AXIS - 4, ...more}, labels).textContent = text;
	};
	const start = about.start_unix_ns && `${new Date(about.start_unix_ns / 1e6).toISOString().substring(11, 19)} UTC`;
	const from = start ? START_SPACE : TICK_SPACE / 2, to = width - 30 - 7 * note.length;
	let lines = `M0 ${BARS + 0.5}H${width}`;
	label(4, start || clock(0, step));
	for (let us = step; us < whole; us += step) {
		const x = Math.round(us / whole * width) + 0.5;
		lines += `M${x} ${BARS}v4`;
		if (x > from && x < to)
			label(x, clock(us, step), {'text-anchor': 'middle'});
	}
	label(width - 4, note, {'text-anchor': 'end', class: style});
	return [vector('path', {class: 'axis', d: lines}), labels];
}

/* Ranges and their ends, and what is said of them. */
function placeRanges() {
	const {slices} = data, {then} = view, percent = slice => 100 * slices.begin(slice) / lasted();
	for (const [which, box] of Object.entries(strip.ranges)) {
		const range = view[which];
		box.hidden = !range;
		if (range)
			box.style.cssText = `left:${percent(range[0])}%;width:${percent(range[1]) - percent(range[0])}%`;
		box.replaceChildren(...(then ? [element('span', '', which === 'time' ? 'before' : 'after')] : []));
	}
	for (const {which, end, slider} of strip.ends) {
		const range = view[which] || [0, slices.count], words = then ? (which === 'time' ? 'first range' : 'second range') : 'range';
		slider.hidden = which === 'then' && !then;
		slider.style.left = `${percent(range[end])}%`;
		slider.classList.toggle('idle', !view[which]);
		slider.setAttribute('aria-label', `${end ? 'end' : 'beginning'} of the ${words} of time`);
		slider.setAttribute('aria-valuenow', range[end]);
		slider.setAttribute('aria-valuetext', `${moment(range[end])}, ${view[which] ? `a range of ${lengthText(range)}` : 'all of the time'}`);
	}
	strip.title.textContent = rangesText() && `  ·  ${rangesText()}`;
}

/* ---- mouse and touch ---- */

function timeUnder(event) {
	const {left, width} = strip.panel.getBoundingClientRect(), {slices} = data, whole = lasted();
	const us = Math.max(0, Math.min(whole - 1, (event.clientX - left) / width * whole)), slice = slices.at(us);
	const nearest = us - slices.begin(slice) < slices.begin(slice + 1) - us ? slice : slice + 1;
	return {slice, nearest, pixel: width / whole, us};
}

/* The end of a range that a press would take hold of. */
function endUnder({us, pixel}) {
	let best = null, least = REACH;
	for (const {which, end} of strip.ends) {
		const way = view[which] ? Math.abs(data.slices.begin(view[which][end]) - us) * pixel : Infinity;
		if (way <= least)
			[best, least] = [{which, fixed: view[which][1 - end]}, way];
	}
	return best;
}

const rangeUnder = slice => ['then', 'time'].find(which => inRange(slice, view[which]));

/* What a press begins: to move an end, to move a range, or to select another one. */
function grip(event) {
	const at = timeUnder(event), {slice} = at, held = !event.shiftKey && endUnder(at);
	const second = event.shiftKey && view.time ? 'then' : 'time';
	if (held)
		return {...held, range: now => rangeOf(held.fixed, now.nearest)};
	const which = event.shiftKey ? '' : rangeUnder(slice);
	if (!which)
		return {which: second, way: WAY, range: now => rangeOf(Math.min(slice, now.slice), Math.max(slice, now.slice) + 1)};
	const [from, to] = view[which], most = data.slices.count - (to - from);
	return {which, way: WAY, range: now => {
		const first = Math.max(0, Math.min(most, from + now.slice - slice));
		return [first, first + to - from];
	}};
}

function onPress(event) {
	if (event.button !== 0)
		return;
	event.preventDefault();
	strip.panel.setPointerCapture(event.pointerId);
	strip.drag = {...grip(event), x: event.clientX, before: {time: view.time, then: view.then}};
}

/* However many moves there are, ranges change once a frame. */
function onDrag(event) {
	const {drag} = strip;
	if (!drag) {
		showSlice(event);
		return;
	}
	drag.moved = drag.moved || Math.abs(event.clientX - drag.x) >= (drag.way || 1);
	if (drag.moved && !drag.event)
		requestAnimationFrame(() => followDrag(drag));
	drag.event = event;
}

function followDrag(drag) {
	const {event, which} = drag;
	drag.event = null;
	if (drag !== strip.drag || !drag.moved)
		return;
	setRanges({[which]: drag.range(timeUnder(event))}, null);
	const range = view[which] || [0, data.slices.count];
	showTipOf(event, rangeText(range), lengthText(range), []);
}

function onRelease(event) {
	const {drag} = strip;
	if (drag && drag.moved) {
		drag.event = event;
		followDrag(drag);
	} else {
		showSlice(event);
	}
	endDrag(true);
}

function endDrag(keep) {
	const {drag} = strip;
	strip.drag = null;
	if (!drag || !drag.moved)
		return;
	hideTip();
	if (!keep)
		setRanges(drag.before, null);
	else if (!isSameRange(drag.before.time, view.time) || !isSameRange(drag.before.then, view.then))
		commitRanges(false);
	strip.ends.find(({which, end}) => which === drag.which && end).slider.focus({preventScroll: true});
}

function commitRanges(replace) {
	writeAddress(replace);
	say(rangesText() || 'all of the time');
}

function showSlice(event) {
	const at = timeUnder(event), {slice} = at, {all, part} = series(), type = data.about.values[stripType()];
	const seconds = data.slices.length(slice, slice + 1) / 1e6;
	strip.panel.style.cursor = endUnder(at) ? 'ew-resize' : rangeUnder(slice) ? 'grab' : 'crosshair';
	showTipOf(event, rangeText([slice, slice + 1]), view.time ? '' : 'drag to select time', [
		[view.only.length || view.without.length ? 'left' : 'all', amountOf(all[slice], type, true), `${amount(all[slice] / seconds, type, true)}/s`],
		...(part ? [[matches ? 'matched' : isOnCpu() ? 'on a CPU' : 'zoomed', amountOf(part[slice], type, true), share(part[slice], all[slice])]] : [])]);
}

/* ---- keys ---- */

const TIME_STEPS = {ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -Infinity, End: Infinity};

function onSliderKey(event, which, end) {
	const {key} = event, step = TIME_STEPS[key], {count} = data.slices, range = view[which] || [0, count];
	if (event.ctrlKey || event.metaKey || event.altKey || !step && key !== 'Escape')
		return;
	event.preventDefault();
	event.stopPropagation();
	if (key === 'Escape') {
		escapeRange();
		return;
	}
	const long = range[1] - range[0], lowest = event.shiftKey ? 0 : end ? range[0] + 1 : 0;
	const highest = event.shiftKey ? count - long : end ? count : range[1] - 1;
	const at = Math.max(lowest, Math.min(highest, range[event.shiftKey ? 0 : end] + step));
	setRanges({[which]: event.shiftKey ? [at, at + long] : end ? [range[0], at] : [at, range[1]]}, null);
	commitRanges(strip.edited);
	strip.edited = true;
}

/* Out of a drag, of the second range, of the first. */
function escapeRange() {
	if (strip.drag)
		endDrag(false);
	else if (view.time)
		setRanges(view.then ? {then: null} : {time: null});
	else
		focusGraph();
}
