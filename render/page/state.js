/* ---- state ---- */

/* What is shown. Frames and kinds are numbers, -1 none; patterns are texts. */
const view = {
	mode: 'flame',
	around: -1, /* the function of that view */
	zoom: 0, below: 0, /* a node; only its children of less than that */
	value: 0,
	search: '',
	pick: -1, /* the function that is marked instead of what matches the search */
	only: [], without: [], /* patterns that stacks must match, or must not */
	hide: [], /* kinds of frames that are left out */
	kind: -1, /* the kind that is marked */
	recursion: '', /* near, all: what is merged of it */
	table: false, sort: '',
	palette: '',
	time: null, then: null, /* ranges of slices, [first, the one after the last]: shown; compared with it */
	self: false, moved: '', /* of a comparison: colours are of self values; which of SIGNS is marked */
};
const START = {...view};

const shownType = () => about.values[view.value];
const wholeOf = all => all.total(view.value)[0];

let base; /* without what is left out, of all the time */
let tree; /* the same of the time that is shown */
let shown; /* what is drawn of it */

/* Trees are kept until what they are made of changes: switching back and forth makes nothing twice. */
const made = {};

function remember(step, key, compute) {
	if (!made[step] || made[step].key !== key)
		made[step] = {key, result: compute()};
	return made[step].result;
}

function derive() {
	const all = patterns => patterns.map(text => data.hits(compile(text)));
	const key = parts => JSON.stringify(parts);
	base = !view.only.length && !view.without.length ? profile
		: remember('stacks', key([view.only, view.without]), () => filtered(profile, all(view.only), all(view.without)));
	if (view.hide.length || view.recursion)
		base = remember('frames', key([base.id, view.hide, view.recursion]), () => restructured(base, view.hide, view.recursion));
	tree = stored === profile ? base : base === profile ? stored
		: remember('timed', `${base.id} ${stored.id}`, () => base.over(stored.values));
	shown = view.mode === 'inverted' ? remember('inverted', `${tree.id} ${view.value}`, () => inverted(tree, view.value))
		: view.mode === 'around' ? remember('around', `${tree.id} ${view.value} ${view.around}`, around)
		: tree;
}

/* Changes what is shown and says so in the address, unless `replace` is null. The zoom stays where its frames still are. */
function change(update, replace = false) {
	const path = pathOf(shown, view.zoom), callers = view.zoom >= shown.split;
	const before = shown, upright = mode => mode === 'icicle' ? 'flame' : mode, mode = upright(view.mode);
	selectTime({...view, ...update});
	Object.assign(view, update);
	derive();
	const isAlike = shown === before || shown.parent && shown.parent === before.parent; /* nodes are what they were */
	if (!isAlike && !('zoom' in update)) {
		view.zoom = upright(view.mode) === mode ? followPath(shown, path, callers ? shown.split : 0) : 0;
		view.below = 0;
	}
	while (comparison && view.zoom && !shown.amount(view.zoom, view.value))
		view.zoom = shown.parentOf(view.zoom);
	if (!isAlike || 'zoom' in update || comparison && !shown.amount(focus.node, view.value))
		focus = {node: view.zoom, strip: false};
	search();
	hideTip();
	if (replace !== null)
		writeAddress(replace);
	showControls();
	show();
}

/* In trees that are made on the way a zoom is told by frames, of callers with a minus before. */
function zoomText() {
	if (!view.zoom || shown === tree)
		return {zoom: view.zoom};
	return {path: (view.zoom >= shown.split ? '-' : '') + pathOf(shown, view.zoom).join('.')};
}

function writeAddress(replace) {
	const state = new URLSearchParams();
	const add = (key, value) => value && state.append(key, value);
	const {zoom, path} = zoomText();
	add('view', view.mode !== START.mode && view.mode);
	add('of', view.mode === 'around' && String(view.around));
	add('zoom', zoom);
	add('path', path);
	add('value', view.value !== usualValue() && String(view.value));
	add('changes', view.self && 'self');
	for (const key of ['below', 'search', 'recursion', 'sort', 'palette', 'moved'])
		add(key, view[key]);
	for (const key of ['pick', 'kind'])
		add(key, view[key] >= 0 && String(view[key]));
	view.only.forEach(text => add('focus', text));
	view.without.forEach(text => add('ignore', text));
	add('hide', view.hide.join('.'));
	add('time', view.time && view.time.join('.'));
	add('then', view.then && view.then.join('.'));
	add('table', view.table ? '1' : '');
	const text = state.toString();
	try {
		history[replace ? 'replaceState' : 'pushState'](null, '', text ? `#${text}` : '#');
	} catch {
		/* A sandbox may forbid it; the graph works without. */
	}
}

/* Whatever makes no sense is as if it were not there. */
function readAddress() {
	const state = new URLSearchParams(location.hash.substring(1));
	const number = (key, limit, otherwise = 0) => {
		const value = state.get(key) ? Math.floor(Number(state.get(key))) : NaN;
		return value >= 0 && value < limit ? value : otherwise;
	};
	const one = (key, ...known) => known.includes(state.get(key)) ? state.get(key) : '';
	const patterns = key => state.getAll(key).filter(isPattern).slice(0, 31);
	const ranges = settled({time: readRange(state.get('time')), then: readRange(state.get('then'))});
	selectTime(ranges);
	Object.assign(view, START, {
		mode: one('view', ...Object.keys(MODES)) || 'flame',
		around: number('of', data.frames, -1),
		below: number('below', Infinity),
		value: number('value', about.values.length, usualValue()),
		self: Boolean(one('changes', 'self')),
		moved: comparison ? one('moved', ...SIGNS) : '',
		search: state.get('search') || '',
		pick: number('pick', data.frames, -1),
		only: patterns('focus'),
		without: patterns('ignore'),
		hide: (state.get('hide') || '').split('.').filter(text => kindWord[text]).map(Number),
		kind: number('kind', kindWord.length, -1),
		recursion: one('recursion', 'near', 'all'),
		sort: one('sort', ...SORTS, ...SORTS.map(key => `-${key}`)),
		palette: one('palette', 'eyes'),
		table: Boolean(state.get('table')),
		...ranges,
	});
	if (view.mode === 'around' && view.around < 0)
		view.mode = 'flame';
	if (about.values[view.value].role)
		view.value = usualValue();
	derive();
	if (shown === tree)
		view.zoom = number('zoom', tree.count);
	else
		view.zoom = pathNode(state.get('path') || '');
	page.search.value = view.search;
	focus = {node: view.zoom, strip: false};
	search();
	showControls();
	show();
}

function pathNode(text) {
	const frames = text.split(/[-.]/).filter(Boolean).map(Number);
	return followPath(shown, frames, text[0] === '-' ? shown.split : 0) || 0;
}

function isPattern(text) {
	try {
		return Boolean(compile(text)) && text !== '';
	} catch {
		return false;
	}
}

function zoom(node, below, replace) {
	if (node === view.zoom && below === view.below)
		return;
	change({zoom: node, below}, replace);
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
	while (!view.below && node && layout.value(node) === layout.value(view.zoom))
		node = shown.parentOf(node);
	zoom(node, 0, false);
}

