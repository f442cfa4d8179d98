/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What speedscope shows of the files that speedscope_test.sh makes.
 *   node speedscope.js PACKAGE FOLDER TESTS_BEFORE
 */
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const {Browser} = require('./browser.js');

const [packagePath, folder, before] = process.argv.slice(2);
let count = Number(before);

function is(name, got, wanted) {
	const good = JSON.stringify(got) === JSON.stringify(wanted);
	console.log(`${good ? 'ok' : 'not ok'} ${++count} - ${name}`);
	if (!good)
		console.log(`# got:    ${JSON.stringify(got)}\n# wanted: ${JSON.stringify(wanted)}`);
}

/* What its schema, of draft 7 of JSON Schema, says against a value: the words that this schema uses. */
function contradictions(schema, root, value, where) {
	if (schema.$ref)
		return contradictions(root.definitions[schema.$ref.replace('#/definitions/', '')], root, value, where);
	if (schema.anyOf) {
		const all = schema.anyOf.map(one => contradictions(one, root, value, where));
		return all.find(found => !found.length) || all[0];
	}
	const found = [];
	const type = Array.isArray(value) ? 'array' : typeof value;
	if (schema.type && schema.type !== type)
		return [`${where} is ${type}`];
	if (schema.const !== undefined && schema.const !== value)
		found.push(`${where} is ${value}`);
	if (schema.enum && !schema.enum.includes(value))
		found.push(`${where} is ${value}`);
	for (const key of schema.required || [])
		if (!(key in value))
			found.push(`${where} has no ${key}`);
	for (const [key, one] of Object.entries(schema.properties || {}))
		if (key in value)
			found.push(...contradictions(one, root, value[key], `${where}.${key}`));
	if (schema.items)
		value.forEach((one, i) => found.push(...contradictions(schema.items, root, one, `${where}[${i}]`)));
	return found;
}

const release = path.join(packagePath, 'dist/release');
const schema = JSON.parse(fs.readFileSync(path.join(release, 'file-format-schema.json')));

/* As its own command does it: a script with the file in it. */
async function openFile(page, name) {
	const script = path.join(folder, `${name}.js`);
	const bytes = fs.readFileSync(path.join(folder, `${name}.json`)).toString('base64');
	fs.writeFileSync(script, `speedscope.loadFileFromBase64("${name}.json", "${bytes}")`);
	await page.open(`file://${path.join(release, 'index.html')}#localProfilePath=${script}`);
	await page.until('/ - speedscope$/.test(document.title)');
}

/* The table of its "sandwich" view: for each function total, self and name. */
async function functions(page) {
	await page.evaluate(`window.dispatchEvent(new KeyboardEvent('keypress', {key: '3'}))`);
	await page.until(`document.querySelectorAll('tr').length > 1`);
	return page.evaluate(`[...document.querySelectorAll('tr')].map(row =>
		[...row.querySelectorAll('td')].map(cell => cell.innerText.trim()).join(' | ')
			.replace(/ \\([^()]*%\\)/g, '')).filter(row => row).sort()`);
}

/* The same from stacks that are known to be right, of pprof's tests. */
function functionsOf(file, format) {
	const all = new Map();
	for (const line of fs.readFileSync(file, 'utf8').trim().split('\n')) {
		const [, stack, count] = line.match(/^(.*) (\d+)$/);
		const names = stack.split(';');
		for (const name of new Set(names)) {
			const numbers = all.get(name) || all.set(name, [0, 0]).get(name);
			numbers[0] += Number(count);
			numbers[1] += name === names.at(-1) ? Number(count) : 0;
		}
	}
	return [...all].map(([name, [total, self]]) => `${format(total)} | ${format(self)} | ${name}`);
}

const milliseconds = us => us ? `${(us / 1000).toFixed(2)}ms` : '0.00ns';
const bytes = count => count >= 1 << 20 ? `${(count / (1 << 20)).toFixed(2)} MB`
	: count ? `${(count / 1024).toFixed(2)} KB` : '0 B';

async function test(browser, name, title, shown, wanted) {
	const page = await browser.newPage();
	const file = JSON.parse(fs.readFileSync(path.join(folder, `${name}.json`)));
	is(`${name}: its schema has nothing against it`, contradictions(schema, schema, file, name), []);
	await openFile(page, name);
	is(`${name}: speedscope has its name`, await page.evaluate('document.title'), `${title} - speedscope`);
	is(`${name}: it shows the profile`, (await page.evaluate('document.body.innerText')).includes(shown), true);
	is(`${name}: it has the functions and what they have`, await functions(page), wanted.sort());
	is(`${name}: nothing is wrong for it`, page.errors, []);
	await page.close();
}

async function main() {
	const browser = await Browser.start();
	is('the schema is one that refuses', contradictions(schema, schema, {}, 'it').length > 0, true);
	await test(browser, 'text', 'some title', 'some title', [
		'15 | 0 | main', '12 | 0 | work', '5 | 5 | memcpy', '7 | 7 | vfs_read', '3 | 3 | [waits: futex]']);
	await test(browser, 'go', 'profile', 'profile',
		functionsOf('tests/golden/pprof/go-cpu.folded', milliseconds));
	await test(browser, 'heap', 'profile', 'profile', [
		'1 | profile | 18.13 MB', '2 | profile (alloc_objects) | 9,886', '3 | profile (alloc_space) | 20.74 MB',
		'4 | profile (inuse_objects) | 9,880', ...functionsOf('tests/golden/pprof/go-heap.folded', bytes)]);
	await test(browser, 'threads', 'py-spy profile', 'Process 17 Thread 17 "MainThread" (1/2)', [
		'1 | Process 17 Thread 17 "MainThread" | 40.00ms', '2 | Process 17 Thread 21 "café 😀" | 10.00ms',
		'40.00ms | 20.00ms | serve', '40.00ms | 0.00ns | <module>', '20.00ms | 20.00ms | read;one']);
	await browser.close();
}

main();
