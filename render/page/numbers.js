/* ---- numbers for people, see number.h ---- */

const TIME_UNITS = {nanoseconds: 1, microseconds: 1e3, milliseconds: 1e6, seconds: 1e9};

function grouped(number) {
	return String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, ',');
}

function scaled(value, units) {
	const size = Math.abs(value);
	const [word, unit] = units.find(([, least]) => size >= least * 0.9995) || units[units.length - 1];
	const number = size / unit;
	const digits = unit === 1 || number >= 99.95 ? 0 : number >= 9.995 ? 1 : 2;
	const text = digits ? number.toFixed(digits) : grouped(number);
	return `${value < 0 ? '-' : ''}${text} ${word}`;
}

function duration(ns) {
	const seconds = Math.floor(Math.abs(ns) / 1e9);
	const sign = ns < 0 ? '-' : '';
	if (ns === 0)
		return '0 s';
	if (seconds >= 3600)
		return `${sign}${Math.floor(seconds / 3600)} h ${Math.floor(seconds / 60) % 60} min`;
	if (seconds >= 120)
		return `${sign}${Math.floor(seconds / 60)} min ${seconds % 60} s`;
	return scaled(ns, [['s', 1e9], ['ms', 1e6], ['µs', 1e3], ['ns', 1]]);
}

function size(bytes) {
	return scaled(bytes, [['GiB', 2 ** 30], ['MiB', 2 ** 20], ['KiB', 2 ** 10], ['B', 1]]);
}

/*
 * Slices have the weights of one value. Where that is a time, how many waits a range of it had is an
 * estimate: a wait that ended there need not have been as long as the others of its stack.
 */
const isEstimate = type => type.unit === 'count' && data.about.slices && data.about.values[data.about.slices.value].unit !== 'count';

function amount(number, type, inRange = view.time) {
	if (TIME_UNITS[type.unit])
		return duration(number * TIME_UNITS[type.unit]);
	if (type.unit === 'points')
		return `${(number / POINT).toFixed(2)} points`;
	return type.unit === 'bytes' ? size(number) : (inRange && isEstimate(type) ? '≈ ' : '') + grouped(number);
}

/* With the name of what was counted, where the unit does not say it: "2,970 samples". */
function amountOf(number, type, inRange) {
	const text = amount(number, type, inRange);
	return type.unit === 'count' ? `${text} ${type.of || type.name}` : text;
}

function share(part, whole) {
	const percent = whole ? 100 * part / whole : 0;
	const size = Math.abs(percent);
	if (!percent)
		return '0 %';
	if (part === whole)
		return '100 %';
	if (size < 0.005)
		return '< 0.01 %';
	return `${percent.toFixed(size < 0.995 ? 2 : 1)} %`;
}

/* Half of the 95 % interval of a share of `whole` independent samples. */
function uncertainty(part, whole) {
	const p = part / whole;
	return whole > 0 && part > 0 && part < whole ? 196 * Math.sqrt(p * (1 - p) / whole) : 0;
}

