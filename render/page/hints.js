/* ---- hover text, status line, copies ---- */

/* A value of a box: of a strip that of all children in it. */
function valueOf(box, type) {
	if (!layout.merged[box])
		return shown.amount(layout.node[box], type);
	const join = together(type);
	let value = 0;
	for (const child of layout.thinOf(box))
		value = join(value, shown.amount(child, type));
	return value;
}

/* Of waits in a range of time. */
const NOT_KNOWN = ['single waits', 'average and longest are not known of a range'];

/* The values the widths do not show, and the average wait. */
function otherValues(box) {
	const others = about.values.flatMap((type, i) => i === view.value || type.role === 'squares' || view.time && isLongest(i) ? []
		: [[type.name, amount(valueOf(box, i), type)]]);
	const waits = WAITS < 0 || TIME < 0 ? 0 : valueOf(box, WAITS);
	if (waits > 0 && view.time)
		others.push(NOT_KNOWN);
	else if (waits > 0)
		others.splice(-1, 0, ['average', amount(valueOf(box, TIME) / waits, about.values[TIME])]);
	return others;
}

/* The node that callers are of: a leaf, or the function in the middle. 0 where nodes, or what is merged of them, are callees. */
function calledBy(node, merged) {
	if (view.mode === 'around')
		return node > shown.split || node === shown.split && merged ? shown.split : 0;
	while (shown.parentOf(node))
		node = shown.parentOf(node);
	return view.mode === 'inverted' ? node : 0;
}

function placeOf(box) {
	const node = layout.node[box], frame = frameAt(box), word = kindWord[data.frameKind[frame]];
	if (layout.merged[box])
		return 'each too thin to draw; click to see them';
	return [data.module(frame), !frame || data.module(frame) === word ? '' : word,
		view.below && node === view.zoom ? `only callees of less than ${amountOf(view.below, shownType())} each` : '',
	].filter(Boolean).join(' · ');
}

function describe(box) {
	const type = shownType(), all = wholeOf(tree);
	const node = layout.node[box], merged = layout.merged[box], name = data.name(frameAt(box));
	const value = merged ? layout.amount[box] : layout.value(node);
	const parent = merged ? node : shown.parentOf(node);
	const self = merged ? NaN : shown.own(node, view.value);
	const called = calledBy(node, merged), isLeaf = called === node && !merged;
	const spread = type.name === 'samples' ? uncertainty(value, all).toFixed(1) : '0.0';
	const rows = [[called && !isLeaf ? 'through here' : called && view.mode === 'inverted' ? 'self' : 'total',
		amountOf(value, type), share(value, all) + (spread === '0.0' ? '' : ` ± ${spread}`)]];
	if (!Number.isNaN(self))
		rows.push(['self', amountOf(self, type), share(self, all)]);
	if (called && !isLeaf)
		rows.push([view.mode === 'inverted' ? 'of the leaf' : 'of the function', '', share(value, layout.value(called))]);
	else if (node !== 0 || merged)
		rows.push(['of parent', '', share(value, layout.value(parent))]);
	if (view.zoom !== 0 && Math.abs(layout.level[box]) > Math.abs(layout.zoomRow - layout.axis))
		rows.push(['of zoomed', '', share(value, layout.value(view.zoom))]);
	const more = comparison ? changeRows(box) : {rows: [...rows, ...(merged && WAITS < 0 ? [] : otherValues(box))], lines: [
		...rows.map(([word, number, part]) => number ? `${word} ${number}, ${part}` : `${part} ${word}`),
		...(WAITS < 0 ? [] : otherValues(box).map(([word, number]) => word === about.values[WAITS].name ? `${number} ${word}` : `${word} ${number}`))]};
	return {
		name: merged ? `${grouped(merged)} frames ${called ? 'that call' : 'called by'} ${name}` : name,
		of: placeOf(box), ...more,
	};
}

function showStatus() {
	const box = hover >= 0 ? hover : layout.find(focus.node, focus.strip);
	if (box < 0)
		return;
	const {name, of, lines} = describe(box);
	page.name.textContent = name;
	page.of.textContent = of;
	page.numbers.textContent = lines.join('  ·  ');
}

function say(text) {
	page.speaker.textContent = text;
}

function speak() {
	const box = layout.find(focus.node, focus.strip);
	if (box < 0)
		return;
	const {name, of, lines} = describe(box);
	say(`${name}, ${of}, ${lines.join(', ')}`);
}

function showTip(x, y) {
	const {name, of, rows} = describe(hover);
	showTipOf({clientX: x, clientY: y}, name, of, rows);
}

function showTipOf({clientX: x, clientY: y}, name, of, rows) {
	page.tip.replaceChildren(element('div', 'name', name), element('div', 'of', of),
		element('table', '', ...rows.map(texts => row(...texts))));
	page.tip.hidden = false;
	const {offsetWidth: width, offsetHeight: tall} = page.tip;
	const left = Math.max(4, Math.min(x + 14, innerWidth - width - 8));
	const top = y + 18 + tall < innerHeight ? y + 18 : Math.max(4, y - tall - 12);
	page.tip.style.transform = `translate(${left}px,${top}px)`;
}

function hideTip() {
	page.tip.hidden = true;
}

/* The box that keys are about: under the pointer, else the one they moved to. */
const focused = () => Math.max(0, layout.find(focus.node, focus.strip));
const subject = () => hover >= 0 ? hover : focused();
const focusedFrame = () => frameAt(subject());

/* A line a frame, the innermost first. */
function stackText(box) {
	const node = layout.node[box], path = node === shown.split ? [] : pathOf(shown, node);
	if (view.mode === 'around')
		path.unshift(view.around);
	if (!calledBy(node, layout.merged[box]))
		path.reverse();
	return path.map(frame => data.name(frame)).join('\n');
}

const copyStack = () => copyText(stackText(subject()), 'the stack');
const copyFrame = () => copyText(data.name(focusedFrame()), 'the name');

/* Where the clipboard is out of reach, the text is shown to be copied by hand. */
async function copyText(text, what) {
	try {
		await navigator.clipboard.writeText(text);
		page.copy.textContent = 'Copied';
		setTimeout(() => { page.copy.textContent = 'Copy'; }, 1500);
		say(`${what} is copied`);
	} catch {
		const field = element('textarea', {rows: 16, readonly: '', 'aria-label': what}, text);
		showDialog(`Copy ${what}`, field);
		field.select();
	}
}

