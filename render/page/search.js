/* ---- search ---- */

let matches = null; /* of the search, or of the function that is marked: hits by frame, number of names */
let searched = null; /* of the search: what the table shows */
let mistake = ''; /* of the regular expression */

function search() {
	searched = remember('search', view.search, () => {
		mistake = '';
		try {
			return view.search ? data.hits(compile(view.search)) : null;
		} catch (error) {
			mistake = 'not a regular expression';
			page.search.title = error.message;
			return null;
		}
	});
	const marked = view.pick < 0 ? searched : remember('pick', view.pick, () =>
		Uint8Array.from(data.functions, called => called === view.pick ? 1 : 0));
	if (!matches || matches.hits !== marked)
		matches = marked && {hits: marked, names: countNames(marked)};
}

function countNames(hits) {
	const names = new Set();
	hits.forEach((hit, frame) => hit && names.add(data.frameName[frame]));
	return names.size;
}

function showFound() {
	const {found} = page;
	const none = !matches || !matches.names;
	found.className = mistake ? 'found bad' : 'found';
	page.search.setAttribute('aria-invalid', String(Boolean(mistake)));
	page.next.disabled = page.previous.disabled = none;
	page.only.hidden = page.without.hidden = !view.search || Boolean(mistake) || view.pick >= 0;
	if (mistake || none) {
		found.textContent = mistake || (view.search ? 'no match' : '');
		return;
	}
	const type = shownType(), whole = wholeOf(tree);
	const all = tree.matched(0, matches.hits, view.value);
	const exact = ({total, self}, of) =>
		`${share(total, of)} (${amountOf(total, type)}), self ${share(self, of)} (${amountOf(self, type)})`;
	const parts = [element('b', '', 'matched '), exact(all, whole)];
	if (view.zoom) {
		const part = shown.matched(view.zoom, matches.hits, view.value);
		parts.push(element('b', '', ' · of the zoomed '), exact(part, shown.amount(view.zoom, view.value)));
	}
	if (view.pick < 0)
		parts.push(` · ${grouped(matches.names)} ${matches.names === 1 ? 'name' : 'names'}`);
	found.replaceChildren(...parts);
}

function searchFor(text) {
	view.search = text;
	view.pick = -1;
	search();
	writeAddress(true);
	showChips();
	showFound();
	showTable();
	draw();
	showStrip();
}

/* Moves to the next match: in a tree as it is stored, in others among what is drawn. */
function nextMatch(step) {
	if (!matches || !matches.names)
		return;
	if (shown !== tree) {
		nextIn(layout.node.length, focused(), step, box => !layout.merged[box] && matches.hits[frameAt(box)], moveToBox);
		return;
	}
	nextIn(tree.count, focus.node, step, node => matches.hits[tree.frame[node]] && layout.value(node), moveTo);
}

/* The next that is wanted of `count`, around the end. */
function nextIn(count, from, step, isWanted, then) {
	for (let left = count, at = from; left > 0; left--) {
		at = (at + step + count) % count;
		if (isWanted(at)) {
			then(at);
			return;
		}
	}
}

