/* ---- comparisons ---- */

/*
 * What is shown of two sides, before and after. A file of `bolometer diff` holds a comparison, see
 * Data.comparison(); another one can be made on the page. It is an object with
 *
 *   about    what the head of a block has in `diff` (docs/FORMAT.md, "Comparisons"); needed are
 *            `before` and `after`, each with title, files, total, scale, and duration_ns if it is by
 *            time, and `normalize`, `amount` and `spread`
 *   values   value types in pairs, before and after; the amounts are the first pair
 *   tree     a Tree of the stacks of both sides, which has these values
 *   changes  what is known of them: `self` and `total` of functions, by the number of each one's
 *            first frame (Data.functions), `nodeSelf` and `nodeTotal` by node of the tree; each
 *            is {verdict, low, high}, three arrays: enum verdict of the C source, and the 95 %
 *            interval of the difference in points, NaN where nothing was tested
 *
 * compare() makes it what the page is about; with null that is the profile of the file again. See
 * selectTime().
 * All that displays changes asks changeAt() or functionChange(), and for words sideText(),
 * effectText() and verdictText().
 */
let comparison = null;

/* Enum verdict; from LESS on there is evidence. UNKNOWN: what is known is not of this box alone. */
const UNKNOWN = -1, LESS = 2;
const VERDICTS = ['not tested', 'no evidence of change', 'shrank', 'grew', 'shrank slightly', 'grew slightly'];

/*
 * Value types of a comparison: both amounts, and the mean of them, normalised, in parts of a point.
 * Boxes as wide as the mean show what either side has alone, and always fit into their caller's, as
 * the larger of the two would not.
 */
const BEFORE = 0, AFTER = 1, POINT = 1e12;
let BOTH = -1;

const sideOf = side => about.diff[side === BEFORE ? 'before' : 'after'];
/* A side's amount, normalised: hundredths of the whole of the first side. */
const points = (value, side) => value * sideOf(side).scale;
/* What the widths are when nothing was chosen. */
const usualValue = () => comparison ? AFTER : 0;

/* Sets what the page is about, before there is one. */
function compare(made) {
	comparison = made;
	about = data.about;
	stored = made ? made.tree.over(type => type === BOTH ? mean(made.tree) : made.tree.self(type)) : profile;
	BOTH = made ? made.values.length : -1;
	if (made) {
		const values = made.values.map(type => ({...type, of: type.name.replace(/^(before|after) ?/, '') || made.about.amount}));
		about = {...about, values: [...values, {name: 'both', unit: 'points'}], diff: made.about};
	}
	WAITS = about.values.some((_, type) => isLongest(type))
		? about.values.findIndex(type => type.unit === 'count') : -1;
	TIME = about.values.findIndex(type => TIME_UNITS[type.unit]);
}

/* The values of BOTH. */
function mean(tree) {
	const before = tree.self(BEFORE), after = tree.self(AFTER), [scale, scaleAfter] = [BEFORE, AFTER].map(side => POINT / 2 * sideOf(side).scale);
	return after.map((value, i) => Math.round(before[i] * scale + value * scaleAfter));
}

/* On a page that is there already: what there is to choose from then, and what is chosen. */
function afresh() {
	fillControls();
	return {value: usualValue(), self: false, moved: '', sort: ''};
}

/* Two amounts, their difference in points, and what is known of it. */
const changed = (before, after, {verdict, low, high}) =>
	({before, after, effect: points(after, AFTER) - points(before, BEFORE), verdict, low, high});

const evidenceAt = ({verdict, low, high}, index) => ({verdict: verdict[index], low: low[index], high: high[index]});
const noEvidence = verdict => ({verdict, low: NaN, high: NaN});
const isSame = (a, b) => a.before === b.before && a.after === b.after;

/* The change of a function as a whole, whatever is left out of the picture. */
function functionChange(called, self) {
	const of = self ? 'self' : 'total', [before, after] = [BEFORE, AFTER].map(side => functionSums(side, stored)[of][called]);
	return changed(before, after, called ? evidenceAt(comparison.changes[of], called) : noEvidence(UNKNOWN));
}

/*
 * The change of a node that is shown, of its self value or its total, and `whole`, that of its
 * function, or of the one that it is a caller of. Of a node that is all of its function what is
 * known of that is known. Others are known themselves where nothing is left out of them; where they
 * were not tested since there is no evidence about the function, there is none about them.
 */
function changeAt(node, self) {
	const leaf = calledBy(node, false), called = data.functions[shown.frameOf(leaf || node)];
	const whole = functionChange(called, leaf ? view.mode === 'inverted' : self);
	const read = (tree, evidence) => {
		const [before, after] = [BEFORE, AFTER].map(side => self ? tree.own(node, side) : tree.amount(node, side));
		return changed(before, after, evidence);
	};
	const made = read(shown, isSame(read(shown, whole), whole) ? whole : noEvidence(UNKNOWN));
	if (shown.parent === stored.parent && node) {
		const path = read(stored, evidenceAt(comparison.changes[self ? 'nodeSelf' : 'nodeTotal'], node));
		if (isSame(path, made) && (path.verdict || made.verdict === UNKNOWN))
			Object.assign(made, path, path.verdict || whole.verdict >= LESS ? {} : {verdict: whole.verdict});
	}
	return {...made, whole};
}

/* colour_effect_class(). The parts of a function that moved are taken to have moved where nothing is known of them. */
function effectClass({verdict, effect, whole = {}}) {
	const moved = (verdict === UNKNOWN ? whole.verdict : verdict) >= LESS;
	return 4 + (moved ? Math.sign(effect) * STEPS_FROM.filter(size => size <= Math.abs(effect)).length : 0);
}
/* colour_step_points, in points. */
const STEPS_FROM = [0, 1, 3, 10];

const SIGNS = ['less', 'same', 'more'];
const SIGN_WORDS = {less: 'shrank', same: 'no evidence of change', more: 'grew'};
const signOf = change => SIGNS[Math.sign(effectClass(change) - 4) + 1];

function verdictText({verdict, before, after}) {
	return verdict >= LESS && !before !== !after ? `only ${before ? 'before' : 'after'}` : VERDICTS[verdict] || '';
}

function signed(number, plus = '') {
	const text = Math.abs(number).toFixed(2);
	return (text === '0.00' ? '' : number < 0 ? '−' : plus) + text;
}

/* "+3.10", "2.21 to 3.98" */
const effectParts = ({effect, low, high}) => [signed(effect, '+'), Number.isNaN(low) ? '' : `${signed(low)} to ${signed(high)}`];

/* "+3.10 points (2.21 to 3.98)" */
function effectText(made) {
	const [effect, interval] = effectParts(made);
	return `${effect} points${interval && ` (${interval})`}`;
}

/* What a side has, as it was counted, and as it is compared where that is something else. */
function sideText(value, side) {
	const {total, files, duration_ns: duration} = sideOf(side), {normalize} = about.diff, type = about.values[side];
	return [amount(value, type), normalize === 'time' ? `${amount(value / duration * 1e9, type)}/s`
		: normalize === 'total' ? share(value, total) : files > 1 ? `${amount(value / files, type)} a file` : ''];
}

/* What hover and status say of a box: its changes with their headings. Of self values only where there are some. */
function changesOf(box) {
	const node = layout.node[box], inverted = view.mode === 'inverted';
	if (layout.merged[box])
		return [['total', changed(valueOf(box, BEFORE), valueOf(box, AFTER), noEvidence(UNKNOWN))]];
	const leaf = calledBy(node, false), part = leaf && leaf !== node, list = [];
	for (const self of shown.own(node, BEFORE) || shown.own(node, AFTER) ? [false, true] : [false]) {
		const {whole, ...made} = changeAt(node, self), word = self || leaf && inverted ? 'self' : 'total';
		list.push([part ? 'through here' : word, made]);
		if (shown.frameOf(node) && !isSame(made, whole))
			list.push([part ? `of the ${inverted ? 'leaf' : 'function'}` : `${word}, all paths`, whole]);
	}
	return list;
}

/* Of waits, what else is known of both sides: heading, before, after. */
function otherSides(box) {
	const texts = (word, type, value) => [word, ...[BEFORE, AFTER].map(side => amount(value(side), type))];
	const list = [];
	for (let i = 2; i < BOTH; i += 2) {
		const type = about.values[i];
		if (type.role !== 'squares')
			list.push(texts(type.of, type, side => valueOf(box, i + side)));
	}
	if (WAITS >= 0 && TIME >= 0)
		list.splice(-1, 0, texts('average', about.values[TIME], side => valueOf(box, TIME + side) / (valueOf(box, WAITS + side) || 1)));
	return list;
}

/* Rows of the hover text, and each as a part of a line. */
function changeRows(box) {
	const others = otherSides(box), rows = [], lines = [], {of, unit} = about.values[BEFORE];
	for (const [word, made] of changesOf(box)) {
		const sides = [sideText(made.before, BEFORE), sideText(made.after, AFTER)], verdict = verdictText(made);
		const arrow = i => sides.map(texts => texts[i]).join(' → ');
		rows.push([word, ...sides.map(withPart), effectText(made), verdict]);
		lines.push([`${word} ${arrow(0)}${unit === 'count' ? ` ${of}` : ''}`, sides[0][1] && arrow(1), effectText(made), verdict]
			.filter(Boolean).join(', '));
	}
	return {
		rows: [['', ...['before', 'after'].map(side => `${of} ${side}`), 'difference', ''], ...rows, ...others],
		lines: [...lines, ...others.map(([word, before, after]) => `${word} ${before} → ${after}`)],
	};
}
