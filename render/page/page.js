/* ---- the page ---- */

function listen(target, handlers) {
	for (const [type, handler] of Object.entries(handlers))
		target.addEventListener(type, handler);
}

function make(space, tag, attributes) {
	const made = document.createElementNS(space, tag);
	for (const [key, value] of Object.entries(attributes || {}))
		made.setAttribute(key, value);
	return made;
}

/* `properties` are attributes, or just the class. */
function element(tag, properties, ...children) {
	const made = make(XHTML, tag, typeof properties === 'object' ? properties : properties ? {class: properties} : {});
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

/* A number, and what part it is. */
const withPart = ([number, part]) => element('span', '', number, ...(part ? [' ', element('span', 'part', part)] : []));

function vector(tag, attributes, parent) {
	const made = make(SVG, tag, attributes);
	if (parent)
		parent.append(made);
	return made;
}

/* A box to tick, and its words. */
function tick(words, title, change) {
	const box = element('input', {type: 'checkbox'});
	listen(box, {change: () => change(box.checked)});
	return {box, label: element('label', {title}, box, ` ${words}`)};
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
	style: [...document.querySelectorAll('style')].map(style => style.textContent).concat(look).join('\n'),
	defs: document.querySelector('defs'),
};
const kindWord = [];
for (const {kind, word} of spoken.kinds)
	kindWord[kind] = word;

const MODES = {flame: 'flame', icicle: 'icicle', inverted: 'inverted', around: 'callers & callees'};

const page = {
	search: element('input', {type: 'search', placeholder: 'search by regex',
		'aria-label': 'search, regular expression', spellcheck: 'false',
		autocomplete: 'off', autocapitalize: 'off'}),
	found: element('output', 'found'),
	previous: button('‹', 'previous match (N)', () => nextMatch(-1), {'aria-label': 'previous match'}),
	next: button('›', 'next match (n)', () => nextMatch(1), {'aria-label': 'next match'}),
	only: button('Only', 'keep only the stacks that match the search (f)', () => filterBySearch('only')),
	without: button('Without', 'leave out the stacks that match the search (x)', () => filterBySearch('without')),
	mode: element('select', {'aria-label': 'view'}),
	value: element('select', {'aria-label': 'what the widths show', title: 'what the widths show'}),
	changes: element('select', {'aria-label': 'whose changes the colours and the table show', title: 'whose changes the colours and the table show (e)'}),
	tableButton: button('Table', 'functions with self and total (t)', () => toggleTable(), {'aria-pressed': 'false'}),
	options: element('details', 'menu'),
	out: button('Zoom out', 'to the next wider caller (Escape)', () => zoomOut()),
	all: button('All', 'the whole graph (Home)', () => zoom(0, 0, false)),
	details: button('Details', 'how, where and when this was measured (i)', () => showDetails()),
	help: button('?', 'keys and conventions (?)', () => showHelp(), {'aria-label': 'help'}),
	header: element('header'),
	footer: element('footer'),
	facts: element('div', 'facts'),
	chips: element('div', {class: 'chips', role: 'group', 'aria-label': 'what is left out'}),
	stage: element('div', 'stage'),
	graph: element('main', {tabindex: '0', role: 'application', 'aria-roledescription': 'flame graph',
		'aria-label': 'flame graph: arrow keys move, Enter zooms in, ? is help, t a table'}),
	room: element('div', 'room'),
	nothing: element('div', 'nothing'),
	above: element('div', 'above'),
	under: element('div', 'above under'),
	name: element('span', 'name'),
	of: element('span', 'of'),
	numbers: element('span', 'numbers'),
	around: button('Callers & callees', 'of this function, in one picture (s)', () => showAround(focusedFrame())),
	copy: button('Copy', 'the stack as text (c); C copies the name', () => copyStack()),
	legend: element('div', {class: 'legend', role: 'group', 'aria-label': 'kinds of frames'}),
	tip: element('div', {class: 'tip', hidden: ''}),
	speaker: element('div', {class: 'spoken', 'aria-live': 'polite'}),
	dialog: element('dialog'),
};

const drawing = vector('svg', {'aria-hidden': 'true'});
const layers = {
	faded: vector('g', {class: 'faded'}, drawing),
	plain: vector('g', {}, drawing),
	hatch: vector('path', {fill: 'url(#hatch)'}, drawing),
	labels: vector('g', {}, drawing),
	middle: vector('path', {id: 'middle'}, drawing),
	hovered: vector('path', {id: 'hovered'}, drawing),
	focused: vector('path', {id: 'focused'}, drawing),
};

function swatch(kind, style = `c${kind * SHADES + 2}`) {
	const picture = vector('svg', {viewBox: '0 0 12 12', 'aria-hidden': 'true'});
	vector('rect', {class: style, width: 12, height: 12, rx: 2}, picture);
	if (kind === MARKER)
		vector('rect', {fill: 'url(#hatch)', width: 12, height: 12, rx: 2}, picture);
	return picture;
}

/* Switches that are set once and seldom; only those that could change something are there. */
const ticks = {};

function buildOptions() {
	const list = element('div', 'list');
	const add = (key, words, title, change) => {
		ticks[key] = tick(words, title, change);
		list.append(ticks[key].label);
	};
	if (kindWord[GROUP])
		add('threads', 'merge threads', 'm', on => hideKind(GROUP, on));
	if (kindWord[MARKER])
		add('markers', 'leave markers out', '', on => hideKind(MARKER, on));
	if (IDLE >= 0)
		add('idle', 'leave [idle] out', '', leaveOutIdle);
	add('near', 'merge direct recursion', 'a function that calls itself is one frame', on => mergeRecursion(on ? 'near' : ''));
	add('all', 'merge all recursion', 'a function that is already on the stack goes on there', on => mergeRecursion(on ? 'all' : ''));
	add('eyes', 'colours for colour-blind readers', 'p', setPalette);
	page.options.append(element('summary', '', 'Options'), list);
}

/* A part of the scale of a comparison, to click: boxes from one class of effects to another. */
function scaleButton(sign, first, last) {
	const less = sign === 'less', words = SIGN_WORDS[sign], width = sign === 'same' ? 96 : 46;
	const picture = vector('svg', {class: 'scale', width: (last - first + 1) * width, height: ROW - 1, 'aria-hidden': 'true'});
	for (let effect = first, x = 0; effect <= last; effect++, x += width) {
		const size = STEPS_FROM[Math.abs(effect - 4) - 1];
		vector('rect', {class: `e${effect}`, x, width: width - 1, height: ROW - 1}, picture);
		vector('text', {x: x + width / 2, y: BASELINE, 'text-anchor': 'middle'}, picture).textContent =
			effect === 4 ? 'no evidence' : size ? `${less ? '≤ −' : '≥ +'}${size}` : less ? '< 0' : '> 0';
	}
	const choice = button('', `${words}: click to mark`, () => markMoved(sign), {'data-sign': sign, 'aria-label': words});
	choice.append(...(less ? [words, picture] : sign === 'more' ? [picture, `${words} (points)`] : [picture]));
	return choice;
}

/* The legend and what there is to choose from; both are other ones when a comparison begins or ends. */
function fillControls() {
	const kinds = spoken.kinds.map(({kind, word, about: explanation}) => {
		const choice = button(word, `${explanation}; click to mark, again to leave out`, () => chooseKind(kind),
			{'data-kind': kind});
		if (!comparison)
			choice.prepend(swatch(kind));
		return choice;
	});
	const scale = comparison ? [scaleButton('less', 0, 3), scaleButton('same', 4, 4), scaleButton('more', 5, 8), element('span', 'of', 'kinds:')] : [];
	page.legend.replaceChildren(...scale, ...kinds);
	page.stage.parentNode.classList.toggle('compared', Boolean(comparison));
	const indices = [...about.values.keys()].filter(index => !about.values[index].role);
	const order = comparison ? new Set([AFTER, BEFORE, BOTH, ...indices]) : indices;
	page.value.replaceChildren(...[...order].map(value => element('option', {value}, `${comparison ? 'widths: ' : ''}${about.values[value].name}`)));
	page.value.hidden = page.value.length < 2;
	page.changes.replaceChildren(...(comparison ? ['total', 'self'] : []).map(value => element('option', {value}, `colours: ${value}`)));
	page.changes.hidden = !comparison;
}

function buildPage() {
	const html = element('html', {lang: 'en'},
		element('head', {},
			element('meta', {name: 'viewport', content: 'width=device-width, initial-scale=1'}),
			element('title', '', spoken.title), element('style', '', spoken.style)),
		element('body', {}, page.header, page.stage, page.footer, page.tip, page.speaker, page.dialog));
	buildOptions();
	page.header.append(element('h1', '', spoken.title), page.facts,
		element('div', {class: 'tools', role: 'toolbar', 'aria-label': 'tools'}, page.search, page.previous, page.next,
			page.only, page.without, element('span', 'space'), page.mode, page.value, page.changes, page.tableButton, page.options,
			page.out, page.all, page.details, page.help),
		element('div', 'sums', page.found, page.chips));
	page.stage.append(element('div', 'picture', page.above, page.graph, page.under), table.panel);
	page.footer.append(
		element('div', 'status', page.name, page.of, page.numbers, page.around, page.copy), page.legend);
	if (spoken.place)
		page.facts.append(element('span', 'place', spoken.place));
	for (const {text, about: explanation, kind} of spoken.trust)
		page.facts.append(button(text, explanation, () => showDetails(text, explanation), {class: kind}));
	for (const [value, words] of Object.entries(MODES))
		page.mode.append(element('option', {value}, words));
	fillControls();
	page.room.append(drawing);
	page.graph.append(page.room, page.nothing);
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

