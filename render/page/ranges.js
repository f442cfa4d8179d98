/* ---- ranges of time ---- */

/*
 * What is shown is of all the time, of one range of slices, or of two: then it is a comparison, see
 * rangesCompared(). A range is [the first slice, the one after the last].
 */
function selectTime({time, then}) {
	const key = `${time} ${then}`, compared = comparison;
	if (!hasStrip() || key === selected)
		return;
	selected = key;
	compare(then ? rangesCompared([time, then]) : null);
	if (time && !then)
		stored = profile.over(data.slices.within(...time));
	if (!comparison !== !compared)
		Object.assign(view, afresh());
}
let selected = 'null null';

const isSameRange = (a, b) => String(a) === String(b);
const isWhole = range => range[1] - range[0] === data.slices.count;

/* Of ends in any order; it has at least one slice. */
function rangeOf(a, b) {
	const {count} = data.slices, first = Math.max(0, Math.min(a, b, count - 1));
	return [first, Math.min(count, Math.max(a, b, first + 1))];
}

/* "12.25", as in the address. */
function readRange(text) {
	const range = (text || '').split('.').map(Number), [from, to] = range;
	return range.length === 2 && range.every(Number.isInteger) && from >= 0 && from < to &&
		hasStrip() && to <= data.slices.count ? range : null;
}

/* What ranges say when all of them are possible: a second one needs a first one, and all the time is none. */
function settled({time, then}) {
	if (!time)
		return {time: then && !isWhole(then) ? then : null, then: null};
	return !then && isWhole(time) ? {time: null, then} : {time, then};
}

/* `replace` as of change(); null while they are being dragged: then the address does not have them yet. */
function setRanges(update, replace = false) {
	const top = page.graph.scrollTop, bottom = height - top;
	const next = settled({time: view.time, then: view.then, ...update});
	if (replace === null && isSameRange(next.time, view.time) && isSameRange(next.then, view.then))
		return;
	change(next, replace);
	page.graph.scrollTop = hanging ? top : height - bottom;
	drawScrolled();
}

const clearRanges = () => view.time && setRanges({time: null, then: null});

/* A second range as long as the first one: behind it, before it, or what there is. */
function compareRanges() {
	const [from, to] = view.time, {count} = data.slices, long = to - from;
	setRanges({then: to + long <= count ? [to, to + long] : from >= long ? [from - long, from]
		: from > count - to ? [0, from] : [to, count]});
}

/* ---- in words ---- */

/* A time of the capture, fine enough to tell steps of so many microseconds apart. */
function clock(us, step) {
	const whole = lasted(), inMs = whole < 2e6, unit = inMs ? 1e3 : 1e6;
	const digits = Math.max(0, Math.ceil(-0.01 - Math.log10(step / unit)));
	const number = (us / unit).toFixed(digits);
	if (whole < 120e6)
		return `${number} ${inMs ? 'ms' : 's'}`;
	const minutes = Math.floor(number / 60), pad = (value, size) => value.padStart(size, '0');
	const seconds = pad((number - 60 * minutes).toFixed(digits), digits ? 3 + digits : 2);
	return whole < 3600e6 ? `${minutes}:${seconds}` : `${Math.floor(minutes / 60)}:${pad(String(minutes % 60), 2)}:${seconds}`;
}

/* Where a slice begins, to a tenth of one. */
const moment = slice => clock(data.slices.begin(slice), lasted() / data.slices.count / 10);
const rangeText = ([from, to]) => `${moment(from).replace(/ m?s$/, '')} to ${moment(to)}`;
const lengthText = ([from, to]) => duration(data.slices.length(from, to) * 1e3);

/* Behind the title. */
function rangesText() {
	const {time, then} = view;
	return !time ? '' : then ? `${lengthText(time)} before and ${lengthText(then)} after, compared per second`
		: `only ${rangeText(time)}: ${lengthText(time)}, ${amountOf(wholeOf(stored), shownType())}`;
}

function rangeChips() {
	const {time, then} = view, chips = [];
	if (time)
		chips.push([`${then ? 'before:' : 'only'} ${rangeText(time)}`, () => setRanges({time: null})]);
	if (then)
		chips.push([`after: ${rangeText(then)}`, () => setRanges({then: null})]);
	return chips;
}
