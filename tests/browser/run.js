/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs files of tests, each of which exports functions that take a browser, one after another in the
 * same browser.
 *   node run.js FOLDER TESTS_BEFORE FILE...
 * FOLDER holds what graph_test.sh makes. Prints TAP; with TIMES in the environment how long each took.
 */
'use strict';
const path = require('node:path');
const {Browser} = require('./browser.js');
const {ok} = require('./reader.js');

/* Whether it ran to its end. */
async function runTest(browser, test) {
	const from = Date.now();
	try {
		await test(browser);
	} catch (error) {
		ok(`${test.name} itself`, false, error.stack);
		return false;
	} finally {
		await browser.closePages();
		if (process.env.TIMES)
			console.log(`# ${test.name}: ${Date.now() - from} ms`);
	}
	return true;
}

async function main() {
	const browser = await Browser.start();
	for (const file of process.argv.slice(4)) {
		let ended = true;
		for (const test of require(path.resolve(file)))
			ended = await runTest(browser, test) && ended;
		ok(`${path.basename(file)} ran to its end`, ended);
	}
	await browser.close();
}

main();
