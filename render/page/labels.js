/* ---- labels, see label.h ---- */

const WIDE = /[\u1100-\u115f\u231a-\u27bf\u2b1b-\u2b55\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{3fffd}]/u;
const ASCII = /^[\x20-\x7e]*$/;
const SUFFIX = /^(?:$|\d|(?:cold|constprop|isra|part|lto_priv|llvm|so|ko|py|js|ts|rb|c|go)(?![A-Za-z_]))/;
const LABEL_NAME_MAX = 1000;

function cells(text) {
	if (ASCII.test(text))
		return text.length;
	let count = 0;
	for (const character of text)
		count += WIDE.test(character) ? 2 : 1;
	return count;
}

/* The depth of brackets around each character; a bracket and its partner have the depth outside. */
function brackets(text) {
	const depths = new Array(text.length).fill(0);
	let depth = 0;
	for (let i = 0; i < text.length; i++) {
		const operator = /^operator(?:\(\)|[<>=-]*)/.exec(text.substr(i, 16));
		if (operator) {
			depths.fill(depth, i, i + operator[0].length);
			i += operator[0].length;
			if (i >= text.length)
				break;
		}
		if (')]}>'.includes(text[i]) && depth > 0 && !(text[i] === '>' && text[i - 1] === '-'))
			depth--;
		depths[i] = depth;
		if ('([{<'.includes(text[i]))
			depth++;
	}
	return depth ? depths.fill(0) : depths;
}

function closing(text, depths, open) {
	const at = depths.indexOf(depths[open], open + 1);
	return at >= 0 && ')]}>'.includes(text[at]) ? at : -1;
}

/* " FILE:LINE:COLUMN", where something is in the source. */
const PLACE = /(.) [^ ]+?(?::\d+){1,2}$/s;

function dropArguments(text) {
	const depths = brackets(text);
	for (let i = text.length - 1; i > 0; i--) {
		if (depths[i] > 0)
			continue;
		if (':./'.includes(text[i]))
			return text;
		if (text[i] === '(' && closing(text, depths, i) >= 0)
			return text.substring(i - 8, i) === 'operator' ? text : text.substring(0, i).trimEnd();
	}
	return text;
}

function dropResult(text) {
	const depths = brackets(text);
	for (let i = text.length - 2; i > 0; i--) {
		if (text[i] === ' ' && depths[i] === 0 && text.substring(i - 8, i) !== 'operator')
			return text.substring(i + 1);
	}
	return text;
}

function dropTemplateContents(text) {
	let depths = brackets(text);
	for (let i = 0; i < text.length; i++) {
		if (text[i] !== '<' || depths[i] > 0)
			continue;
		const close = closing(text, depths, i);
		if (close < i + 5 || close - i + 1 === text.length)
			continue;
		text = `${text.substring(0, i)}<…${text.substring(close)}`;
		depths = brackets(text);
	}
	return text;
}

function rightEnd(text, room) {
	const depths = brackets(text);
	let start = 0;
	for (let i = 0; i < text.length - 1; i++) {
		const length = depths[i] > 0 ? 0
			: text[i] === ':' && text[i + 1] === ':' && i + 2 < text.length ? 2
			: text[i] === '/' || text[i] === '.' && !SUFFIX.test(text.substring(i + 1)) ? 1 : 0;
		if (!length)
			continue;
		start = i + length;
		if (cells(text.substring(start)) <= room)
			break;
		i += length - 1;
	}
	return text.substring(start);
}

function cut(text, room) {
	if (cells(text) <= room)
		return text;
	let kept = '';
	let used = 0;
	for (const character of text) {
		used += cells(character);
		if (used > room - 1)
			break;
		kept += character;
	}
	return `${kept}…`;
}

function fitLabel(name, room) {
	if (room < 3)
		return '';
	if (cells(name) <= room)
		return name;
	if (name.length > LABEL_NAME_MAX)
		return cut(name, room);
	if (name[0] === '[') {
		const rest = name.replace(/^.*?: /, '[');
		return cut(cells(rest) > room && room > 7 ? name : rest, room);
	}
	let text = name.replace(PLACE, '$1');
	if (cells(text) > room) {
		const whole = text;
		text = dropArguments(text);
		if (text !== whole && cells(text) > room)
			text = dropResult(text);
	}
	if (cells(text) > room)
		text = dropTemplateContents(text);
	if (cells(text) > room)
		text = rightEnd(text, room);
	return cut(text, room);
}

