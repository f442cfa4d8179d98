/* ---- what is left out, merged, marked ---- */

const IDLE_PATTERN = '^\\[idle\\]$';

const exactly = name => `^${name.substring(0, 300).replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}${name.length > 300 ? '' : '$'}`;

/* Of the search, or when there is none of the function that is marked or focused. */
function filterBySearch(which) {
	const frame = view.pick >= 0 ? view.pick : focusedFrame();
	const text = view.search && view.pick < 0 ? view.search : frame ? exactly(data.name(frame)) : '';
	if (!text || !isPattern(text) || view[which].includes(text) || view[which].length > 30)
		return;
	page.search.value = '';
	change({[which]: [...view[which], text], search: '', pick: -1});
	say(chipTexts().join(', '));
}

function dropFilter(which, text) {
	change({[which]: view[which].filter(other => other !== text)});
}

function hideKind(kind, on) {
	const others = view.hide.filter(other => other !== kind);
	change({hide: on ? [...others, kind].sort((a, b) => a - b) : others, kind: view.kind === kind ? -1 : view.kind});
}

function leaveOutIdle(on) {
	const others = view.without.filter(text => text !== IDLE_PATTERN);
	change({without: on ? [...others, IDLE_PATTERN] : others});
}

function mergeRecursion(which) { change({recursion: which}); }

function setPalette(on) { change({palette: on ? 'eyes' : ''}); }

function setValue(value) { change({value, below: 0}); }

function setSelf(self) { change({self}); }

/* Marks what grew, shrank or did not change; again: everything. */
function markMoved(moved) { change({moved: view.moved === moved ? '' : moved}); }

/* A click marks a kind, the next one leaves it out, the third is back to the beginning. */
function chooseKind(kind) {
	if (view.hide.includes(kind))
		hideKind(kind, false);
	else if (view.kind === kind)
		hideKind(kind, true);
	else
		change({kind});
}

function setMode(mode) {
	if (mode === 'around')
		showAround(view.pick >= 0 ? view.pick : focusedFrame());
	else
		change({mode});
}

/* Of the function that takes most itself where none is chosen. */
function showAround(frame) {
	const called = data.functions[frame] || hottest();
	if (called)
		change({mode: 'around', around: called, zoom: 0, below: 0});
	else
		showControls();
	focusGraph();
	speak();
}

/* Each filter as a button that takes it away. */
function chipList() {
	const chips = [];
	for (const text of view.only)
		chips.push([`only ${text}`, () => dropFilter('only', text)]);
	for (const text of view.without)
		chips.push([`without ${text === IDLE_PATTERN ? '[idle]' : text}`, () => dropFilter('without', text)]);
	for (const kind of view.hide)
		chips.push([kind === GROUP ? 'threads merged' : `without frames: ${kindWord[kind]}`, () => hideKind(kind, false)]);
	chips.push(...rangeChips());
	if (view.recursion)
		chips.push([view.recursion === 'all' ? 'all recursion merged' : 'direct recursion merged', () => mergeRecursion('')]);
	if (view.mode === 'around')
		chips.push([`callers and callees of ${data.name(view.around)}`, () => change({mode: 'flame', zoom: 0})]);
	if (view.pick >= 0)
		chips.push([`marked: ${data.name(view.pick)}`, () => change({pick: -1}, true)]);
	return chips;
}

const chipTexts = () => [...page.chips.children].map(chip => chip.textContent.replace(' ×', ''));

function showChips() {
	const type = shownType(), all = wholeOf(stored), left = wholeOf(tree);
	const chips = chipList().map(([text, drop]) => {
		const words = text.length > 80 ? `${text.substring(0, 79)}…` : text;
		const chip = button(words, `${text}: click to undo`, drop, {class: 'chip'});
		chip.append(element('span', '', ' ×'));
		return chip;
	});
	if (view.only.length || view.without.length) {
		chips.unshift(element('span', 'left', element('b', '', amountOf(left, type)),
			` of ${amountOf(all, type)} left, ${share(left, all)}`));
	}
	if (view.time && !view.then)
		chips.push(button('compare with another range', 'the change from this range of time to another one; or drag with Shift', compareRanges, {class: 'act'}));
	page.chips.replaceChildren(...chips);
}

/* Everything around the graph that says what is shown. */
function showControls() {
	page.mode.value = view.mode;
	page.value.value = view.value;
	page.tableButton.setAttribute('aria-pressed', String(view.table));
	document.documentElement.classList.toggle('eyes', view.palette === 'eyes');
	const on = {threads: view.hide.includes(GROUP), markers: view.hide.includes(MARKER),
		idle: view.without.includes(IDLE_PATTERN), near: view.recursion === 'near', all: view.recursion === 'all',
		eyes: view.palette === 'eyes'};
	for (const [key, {box}] of Object.entries(ticks))
		box.checked = on[key];
	page.changes.value = view.self ? 'self' : 'total';
	for (const choice of page.legend.querySelectorAll('[data-sign]'))
		choice.setAttribute('aria-pressed', String(view.moved === choice.dataset.sign));
	for (const choice of page.legend.querySelectorAll('[data-kind]')) {
		const kind = Number(choice.dataset.kind), hidden = view.hide.includes(kind);
		choice.setAttribute('aria-pressed', hidden ? 'mixed' : String(view.kind === kind));
		choice.setAttribute('aria-label', `${kindWord[kind]}${hidden ? ', left out' : ''}`);
		choice.classList.toggle('out', hidden);
	}
	showChips();
	const nothing = spoken.empty || (shown.amount(0, view.value) ? ''
		: view.mode === 'around' ? 'No stack that is left has this function.' : 'No stacks are left.');
	page.nothing.textContent = nothing;
	page.nothing.hidden = !nothing;
	showTable();
}

