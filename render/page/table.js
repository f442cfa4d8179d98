/* ---- functions ---- */

/*
 * Self and total of each function, in total once for a stack however often the function is on it.
 * Rows are in the document while they can be seen: one of fixed height each, in between two empty
 * ones that have the height of the rest.
 */
const LINE = COARSE ? 32 : 23;
const SORTS = ['name', 'self', 'total', 'waits', 'average', 'longest', 'before', 'after', 'change'];

const table = {
	panel: element('section', {class: 'functions', hidden: '', 'aria-label': 'functions'}),
	scroller: element('div', 'scroller'),
	grid: element('table', {role: 'grid', tabindex: '0', 'aria-label': 'functions: Enter marks, s shows callers and callees'}),
	heads: element('tr', {'aria-rowindex': 1}),
	body: element('tbody'),
	caption: element('div', 'caption'),
	rows: [], /* functions, as sorted */
	active: 0,
};

/* Self and total by function, see Data.functions; within its outermost call, a function's own do not count again. */
function functionSums(type, of = tree) {
	const {frame, end, count, sums} = of, {functions} = data, join = together(type);
	if (sums[type])
		return sums[type];
	const self = of.self(type), total = of.total(type);
	const countedTo = new Uint32Array(data.frames);
	const sum = {self: new Float64Array(data.frames), total: new Float64Array(data.frames)};
	for (let i = 1; i < count; i++) {
		const called = functions[frame[i]];
		if (i >= countedTo[called]) {
			countedTo[called] = end[i];
			if (total[i])
				sum.total[called] = join(sum.total[called], total[i]);
		}
		if (self[i])
			sum.self[called] = join(sum.self[called], self[i]);
	}
	sums[type] = sum;
	return sum;
}

function hottest() {
	const {self} = functionSums(view.value);
	return self.reduce((best, value, called) => value > self[best] ? called : best, 0);
}

/* Columns: their word, the number they are sorted by, and its text. */
function columns() {
	if (comparison)
		return changeColumns();
	const type = shownType(), whole = wholeOf(tree);
	const {self, total} = functionSums(view.value);
	const part = values => called => [amount(values[called], type), share(values[called], whole)];
	const list = [['name', 'function', null, called => data.name(called)],
		['self', 'self', called => self[called], part(self)], ['total', 'total', called => total[called], part(total)]];
	if (WAITS >= 0 && TIME >= 0) {
		const longestType = about.values.findIndex((_, index) => isLongest(index));
		const waits = functionSums(WAITS).total;
		list.push(['waits', 'waits', called => waits[called], called => amount(waits[called], about.values[WAITS])]);
		if (view.time)
			return list; /* nothing is known of single waits */
		const time = functionSums(TIME).total, longest = functionSums(longestType).total;
		const average = called => waits[called] ? time[called] / waits[called] : 0;
		list.push(['average', 'average', average, called => amount(average(called), about.values[TIME])],
			['longest', 'longest', called => longest[called], called => amount(longest[called], about.values[longestType])]);
	}
	return list;
}

/* Of a comparison. Where anything was tested, the number of `change` is 0 for what has not moved. */
function changeColumns() {
	const changeOf = called => functionChange(called, view.self);
	const side = (name, index) => [name, name, called => changeOf(called)[name], called => sideText(changeOf(called)[name], index)];
	return [['name', 'function', null, called => data.name(called)], side('before', BEFORE), side('after', AFTER),
		['change', 'change, points', called => about.diff.spread !== 'none' && signOf(changeOf(called)) === 'same' ? 0 : changeOf(called).effect,
			called => [...effectParts(changeOf(called)), verdictText(changeOf(called)).replace(' of change', '')]]];
}

function toggleTable() {
	change({table: !view.table});
	(view.table ? table.grid : page.graph).focus({preventScroll: true});
}

function sortTable(key) {
	const {key: old, down} = sorting();
	const again = key !== 'change' ? `-${key}` : down ? '-change' : '';
	change({sort: old !== key ? key : down || key === 'change' ? again : key}, true);
	table.heads.querySelector(`[data-key=${key}] button`).focus();
}

/*
 * Names from A, numbers from the largest, and with a minus the other way round; changes from what
 * grew most. Comparisons begin with what moved most, either way.
 */
function sorting() {
	const key = view.sort.replace('-', '');
	return {key: columns().some(([name]) => name === key) ? key : comparison ? 'moved' : 'self', down: !view.sort.startsWith('-')};
}

function showTable() {
	table.panel.hidden = !view.table;
	page.stage.classList.toggle('split', view.table);
	if (!view.table)
		return;
	const all = columns(), {key, down} = sorting();
	const number = key === 'moved' ? called => Math.abs(all[3][2](called)) : all.find(([name]) => name === key)[2];
	const total = comparison ? functionSums(BOTH, stored)[view.self ? 'self' : 'total'] : functionSums(view.value).total, {functions} = data;
	const hits = searched && new Uint8Array(data.frames);
	searched && searched.forEach((hit, frame) => { hits[functions[frame]] |= hit; });
	const state = `${tree.id} ${view.value} ${view.search} ${view.sort} ${view.self} ${view.moved}`;
	if (state !== table.state) {
		const numbers = number && Float64Array.from(functions, (_, frame) => number(frame));
		const sign = down ? 1 : -1;
		const order = numbers ? (a, b) => numbers[b] - numbers[a] : (a, b) => data.compare(a, b);
		table.rows = [];
		for (let frame = 1; frame < data.frames; frame++) {
			if (functions[frame] === frame && total[frame] !== 0 && (!hits || hits[frame]) &&
				(!view.moved || signOf(functionChange(frame, view.self)) === view.moved))
				table.rows.push(frame);
		}
		table.rows.sort((a, b) => sign * order(a, b) || total[b] - total[a] || a - b);
		table.active = 0;
		table.scroller.scrollTop = 0;
		table.state = state;
	}
	table.columns = all;
	table.heads.replaceChildren(...all.map(([name, word]) => {
		const order = key === 'moved' && name === 'change' ? 'other' : name !== key ? 'none' : (name === 'name') === down ? 'ascending' : 'descending';
		const arrow = {none: '', other: ' ↕', ascending: ' ▲', descending: ' ▼'}[order];
		return element('th', {scope: 'col', 'aria-sort': order, 'data-key': name, class: name === 'name' ? 'fn' : name}, button(word + arrow, `sort by ${word}`, () => sortTable(name)));
	}));
	table.panel.classList.toggle('wide', all.length > 3);
	table.grid.setAttribute('aria-rowcount', table.rows.length + 1);
	const one = table.rows.length === 1;
	table.caption.textContent = `${grouped(table.rows.length)} function${one ? '' : 's'}` +
		(searched ? ` match${one ? 'es' : ''} the search` : '') +
		(view.time && WAITS >= 0 ? `; ${NOT_KNOWN[1]}` : '') + (comparison ? `${view.moved && `: ${SIGN_WORDS[view.moved]}`}, ${view.self ? 'self' : 'total'} values of both sides` : '');
	drawTable();
}

function tableLine(called, index) {
	const line = element('tr', {id: `line${index}`, 'aria-rowindex': index + 2, 'aria-selected': String(called === view.pick),
		class: index === table.active ? 'active' : ''});
	for (const [name, , , text] of table.columns) {
		const [number, ...parts] = [].concat(text(called));
		const td = element('td', name === 'name' ? 'fn' : name, name === 'name' ? fitLabel(number, table.room) : number);
		td.append(...parts.map(part => element('span', 'part', part)));
		if (name === 'name') {
			td.prepend(comparison ? swatch(data.frameKind[called], `e${effectClass(functionChange(called, view.self))}`) : swatch(data.frameKind[called]));
			td.title = [data.name(called).substring(0, 2000), data.module(called)].filter(Boolean).join('\n');
		}
		line.append(td);
	}
	listen(line, {
		click: () => {
			table.active = index;
			pickFunction(called);
		},
		dblclick: () => showAround(called),
	});
	return line;
}

function drawTable() {
	const {scroller, rows, body} = table;
	const first = Math.max(0, Math.floor(scroller.scrollTop / LINE) - 4);
	const last = Math.min(rows.length, first + Math.ceil(scroller.clientHeight / LINE) + 8);
	table.room = Math.floor((table.heads.firstChild.clientWidth - 34) / cell);
	const gap = count => element('tr', {'aria-hidden': 'true', style: `height:${count * LINE}px`});
	body.replaceChildren(gap(first), ...rows.slice(first, last).map((called, i) => tableLine(called, first + i)),
		gap(rows.length - last));
	const active = body.querySelector('.active');
	if (active)
		table.grid.setAttribute('aria-activedescendant', active.id);
	else
		table.grid.removeAttribute('aria-activedescendant');
}

/* Marks a function in the graph, and shows where it is widest. */
function pickFunction(called) {
	change(comparison && !functionSums(view.value).total[called] ? {pick: called, value: BOTH} : {pick: called}, true);
	const {functions} = data;
	let best = -1;
	for (let box = 0; box < layout.node.length; box++) {
		if (!layout.merged[box] && functions[frameAt(box)] === called && (best < 0 || layout.width[box] > layout.width[best]))
			best = box;
	}
	if (best < 0 && shown === tree) {
		const nodes = tree.outermost(called), total = tree.total(view.value);
		zoom(nodes.reduce((most, node) => total[node] > total[most] ? node : most, nodes[0]), 0, false);
		return;
	}
	if (best >= 0) {
		setFocus(best);
		scrollIntoView(layout.rowOf(best));
		drawScrolled();
		showStatus();
		speak();
	}
}

const STEPS = {ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20, Home: -Infinity, End: Infinity};

function moveInTable(step) {
	table.active = Math.max(0, Math.min(table.rows.length - 1, table.active + step));
	const top = table.active * LINE, {scroller} = table;
	if (top < scroller.scrollTop)
		scroller.scrollTop = top;
	else if (top + 2 * LINE > scroller.scrollTop + scroller.clientHeight)
		scroller.scrollTop = top + 2 * LINE + 4 - scroller.clientHeight;
	drawTable();
}

/* Keys while the table has them; whether this was one. */
function onTableKey(key) {
	const called = table.rows[table.active];
	if (STEPS[key])
		moveInTable(STEPS[key]);
	else if (key === 'Enter' && called)
		pickFunction(called);
	else if (key === 's' && called)
		showAround(called);
	else if (key === 'Escape')
		view.pick >= 0 ? change({pick: -1}, true) : toggleTable();
	else
		return false;
	return true;
}

function buildTable() {
	table.grid.append(element('thead', '', table.heads), table.body);
	table.scroller.append(table.grid);
	table.panel.append(table.caption, table.scroller);
	listen(table.scroller, {scroll: drawTable});
	new ResizeObserver(() => view.table && drawTable()).observe(table.scroller);
}

