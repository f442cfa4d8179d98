/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the page starts, and what is seen where it cannot: the static view, and why.
 */
'use strict';
const crypto = require('node:crypto');
const fs = require('node:fs');
const {folder, ok, is, open, READY, STATUS} = require('./reader.js');

/* That the picture is there with its labels, and what stands in its second line. */
const STILL = `document.querySelector('main') ? 'a page' : document.querySelectorAll('#frames text').length > 5 &&
	document.getElementById('place').textContent`;

async function staysStill(page, what, why) {
	await page.until(`/static view/.test(document.getElementById('place').textContent)`);
	is(`${what}: the static view stays, and says why`, await page.evaluate(STILL), `Only the static view is shown: ${why}.`);
}

async function testOldBrowser(browser) {
	const page = await browser.newPage();
	await page.send('Page.addScriptToEvaluateOnNewDocument', {source: 'delete globalThis.DecompressionStream'});
	for (const name of ['service.svg', 'service.html']) {
		await page.open(`file://${folder}/${name}`);
		await staysStill(page, `without DecompressionStream, ${name}`, 'this browser is too old to unpack the page');
	}
	is('no script errors', page.errors.join(), '');
	const older = await browser.newPage();
	await older.send('Page.addScriptToEvaluateOnNewDocument', {source: 'delete Uint8Array.fromBase64'});
	await older.open(`file://${folder}/service.svg`);
	await older.until(READY);
	ok('base64 is read without help, too', (await older.evaluate(STATUS)).startsWith('all total 2,970 samples'));
}

/* A graph that is changed before it is opened. */
async function openChanged(browser, name, change) {
	const page = await browser.newPage();
	fs.writeFileSync(`${folder}/changed-${name}`, change(fs.readFileSync(`${folder}/${name}`, 'utf8')));
	await page.open(`file://${folder}/changed-${name}`);
	return page;
}

async function testDamaged(browser) {
	const damages = [
		['a newer version', 'the data is of a newer version', text => text.replace('data-version="2"', 'data-version="99"')],
		['a page that is no script', 'the script of the page was not allowed to run',
			text => text.replace(/(<metadata id="page") data-encoding="gzip">[^<]*/, '$1 data-encoding="plain">bm90aGluZw==')],
	];
	for (const [what, why, change] of damages)
		await staysStill(await openChanged(browser, 'service.svg', change), what, why);
	const page = await openChanged(browser, 'service.svg', text => text.replace(/(<metadata id="page"[^>]*>.{99})..../, '$1AAAA'));
	await page.until(`/static view/.test(document.getElementById('place').textContent)`);
	ok('a damaged page: the static view stays', (await page.evaluate(STILL)).startsWith('Only the static view is shown: '));
}

/* A site that allows the one script in the file, and no other. */
async function testPolicy(browser) {
	const policy = allowed => text => text.replace('<head>', `<head><meta http-equiv="Content-Security-Policy" content="script-src ${allowed}">`);
	const graph = fs.readFileSync(`${folder}/service.html`, 'utf8'), [, script] = /<script><!\[CDATA\[([^]*?)\]\]><\/script>/.exec(graph);
	const hash = `'sha256-${crypto.createHash('sha256').update(script).digest('base64')}'`;
	const page = await openChanged(browser, 'service.html', policy(hash));
	await staysStill(page, 'one script is allowed', 'the script of the page was not allowed to run');
	const none = await openChanged(browser, 'service.html', policy(`'none'`));
	is('no script is allowed: the static view is as it was', await none.evaluate(STILL), 'web-17  ·  Linux 6.1.0-18-amd64 x86_64  ·  2026-11-20 10:51 UTC');
	const inline = await openChanged(browser, 'service.html', policy(`'unsafe-inline'`));
	await inline.until(READY);
	is('no eval is needed', inline.errors.join(), '');
}

/* As viewers of mail and tickets show attachments: a frame without an origin; what is in it tells the one around it. */
async function testSandbox(browser) {
	const page = await browser.newPage(), graph = fs.readFileSync(`${folder}/service.html`, 'utf8');
	const teller = `<script>setInterval(() => { const name = document.querySelector('.name');
		parent.postMessage({page: name && (${STATUS}), still: document.querySelectorAll('#frames text').length}, '*'); }, 20)</script>`;
	await page.open('about:blank');
	await page.evaluate(`(() => {
		globalThis.told = {};
		addEventListener('message', ({data}) => { told = data; });
		const frame = document.createElement('iframe');
		frame.sandbox = 'allow-scripts';
		frame.width = 1000;
		frame.height = 600;
		frame.srcdoc = ${JSON.stringify(graph + teller)};
		document.body.append(frame);
	})()`);
	await page.until('told.page');
	ok('in a sandbox that allows scripts there is a page', (await page.evaluate('told.page')).startsWith('all total 2,970 samples'), await page.evaluate('told.page'));
}

module.exports = [testOldBrowser, testDamaged, testPolicy, testSandbox];
