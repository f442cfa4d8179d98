/* ---- dialogs ---- */

function showDialog(heading, ...contents) {
	page.dialog.replaceChildren(
		button('Close', 'Escape', () => page.dialog.close(), {class: 'close'}),
		element('h2', '', heading), ...contents);
	if (!page.dialog.open)
		page.dialog.showModal();
}

const facts = (...rows) => element('table', '', ...rows.filter(([, text]) => text).map(texts => row(...texts)));

function eventTable(heading, events) {
	return events.length ? [element('h3', '', heading), element('table', '', ...events.map(event =>
		row(grouped(event.count), event.about || event.name)))] : [];
}

function books({threads, worst, ...times}) {
	const part = (ns, whole) => `${duration(ns)}, ${share(ns, whole)}`;
	const line = (word, key) => [word, part(times[key], times.lifetime_ns)];
	return [element('h3', '', `Time of all ${grouped(threads)} threads`),
		facts(['lifetime', duration(times.lifetime_ns)], line('on-CPU', 'cpu_ns'), line('blocked', 'blocked_ns'),
			line('waiting for a CPU', 'queued_ns'), line('residual', 'residual_ns')),
		...(worst.length ? [element('h3', '', 'Largest residuals'),
			facts(...worst.map(({name, tid, lifetime_ns: lifetime, residual_ns: residual}) =>
				[`${visible(name)} (tid ${tid})`, `${duration(residual)} of ${duration(lifetime)}`]))] : [])];
}

function sampling({max_overhead_ppm: limit, estimated_waits: estimated, one_in: oneIn, unwalked_ns: unwalked}) {
	return [element('h3', '', 'Limit of the own cost'),
		facts(['limit', limit ? `${limit / 1e4} % of the CPUs' time` : 'none'],
			['estimated waits', grouped(estimated)],
			['looked at', oneIn > 1 ? `at the least 1 wait in ${grouped(oneIn)}` : 'every wait'],
			['without a stack', unwalked && duration(unwalked)])];
}

function sides({before, after, normalize, spread, dispersion, min_effect: least}) {
	const side = ({title, files, duration_ns: ns}) => [title, files > 1 && `${files} files`, ns && duration(ns)].filter(Boolean).join(', ');
	return [element('h3', '', 'Comparison'),
		facts(['before', side(before)], ['after', side(after)], ['normalised by', normalize],
			['chance is known from', spread], ['dispersion', dispersion && dispersion.toFixed(2)],
			['slightly', least && `less than ${least} points`])];
}

function showDetails(text, explanation) {
	const start = about.start_unix_ns && new Date(about.start_unix_ns / 1e6);
	const known = (number, write) => number ? write(number) : '';
	showDialog(text || 'Details', ...(explanation ? [element('p', '', explanation)] : []),
		facts(['title', about.title], ['note', about.note], ['target', about.target],
			['command', about.command], ['event', about.event],
			['start', start && `${start.toISOString().substring(0, 19).replace('T', ' ')} UTC`],
			['duration', known(about.duration_ns, duration)],
			['rate', known(about.frequency_hz, rate => `${grouped(rate)} Hz on each CPU`)],
			['CPUs', known(about.cpus, grouped)], ['host', about.host], ['kernel', about.kernel],
			...data.about.values.map((type, i) => [type.name + (view.time ? ', all of the time' : ''), type.role === 'squares' ? '' : amount(profile.total(i)[0], type, false)]),
			['frames', `${grouped(profile.count - 1)}, all of them in this file`],
			['events', known(about.fired, grouped)],
			['own CPU time', known(about.own_cpu_ns, duration)],
			['own memory', known(about.own_rss_bytes, size)],
			['own BPF maps', known(about.map_bytes, size)],
			['own BPF programs', known(about.own_program_runs, runs =>
				`${duration(about.own_program_ns || 0)} in ${grouped(runs)} runs`)],
			['written by', about.tool_version]),
		...(comparison ? sides(about.diff) : []),
		...(about.books ? books(about.books) : []),
		...(about.sampling ? sampling(about.sampling) : []),
		...eventTable('Lost', about.events.filter(event => event.loss)),
		...eventTable('Left out on purpose', about.events.filter(event => !event.loss)));
}

const KEYS = [
	['← → ↑ ↓', 'frame beside; caller, widest callee'], ['Enter', 'zoom in'],
	['Escape', 'zoom out; empty the search'], ['Home', 'the whole graph'],
	['/  Ctrl F', 'search'], ['n  N', 'next, previous match'],
	['f  x', 'keep only, leave out the stacks that match or have this function'],
	['1  2  3', 'flame, icicle, inverted'], ['s', 'callers and callees of this function'],
	['t', 'table of functions'], ['r', 'merge recursion: direct, all, none'], ['m', 'merge threads'],
	['c  C', 'copy the stack, the name'], ['p', 'colours for colour-blind readers'],
	['v', 'of a comparison: widths of after, before, both'], ['e', 'of a comparison: changes of totals, of self values'],
	['i', 'details'], ['?', 'this'],
];

const HELP = [
	'A box is a function, the one below it its caller, those above it what it called; in an icicle graph the other way round. ' +
	'Its width is what it and its callees took; the order from left to right is alphabetical, not that of time. ' +
	'Hatched grey stands for callees too thin to draw: click to see them.',
	'The inverted graph begins with what took time itself, the most on the left, and has the callers below.',
	'Click a box to zoom in; click a faded one, or go back, to zoom out. The address keeps all that is chosen. ' +
	'In what matched a stack counts once however many of its frames match. ' +
	'A search with capital letters tells capitals from small ones.',
	'Click a kind below the graph to mark it, and again to leave its frames out: what they took is then their callers\u2019. ' +
	'Only and Without leave out whole stacks; shares are then of what is left.',
];

const HELP_COMPARED = 'Colours say what grew or shrank from one side to the other, where there is evidence of it: points are hundredths of the ' +
	'whole before, with the interval that holds the true difference in 95 of 100 cases; of hundreds some are further off by chance. Boxes are as wide as what is after; ' +
	'as wide as both they show what only one has, too. A part of a function that moved has the colour of its own difference.';

const HELP_TIME = [
	'The bars are activity over time, and over them the part that matches or is zoomed to. Drag to see a range of time alone, ' +
	'by its ends to adjust it, inside of it to move it. Drag with Shift, or choose to compare, for a second range: colours then say what changed ' +
	'from the first one to the second one, per second. Evidence is that they differ by more than their own parts do.',
];
const TIME_KEYS = [['T', 'the ends of the range of time: then ← → move them, with Shift all of it; Escape clears']];

function showHelp() {
	showDialog('How to read and use this graph', ...[...(comparison ? [HELP_COMPARED] : []), ...HELP, ...(hasStrip() ? HELP_TIME : [])].map(text => element('p', '', text)),
		element('table', '', ...[...KEYS, ...(hasStrip() ? TIME_KEYS : [])].map(([key, text]) => row(element('span', '',
			...key.split('  ').flatMap(part => [element('kbd', '', part), ' '])), text))));
}

