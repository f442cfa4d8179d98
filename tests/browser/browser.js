/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chromium without a window, driven over a pipe by the DevTools protocol: messages are JSON with a
 * NUL after each, descriptor 3 in and 4 out. Needs nothing but node and chromium.
 */
'use strict';
const {spawn} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const FLAGS = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
	'--disable-background-networking', '--disable-component-update', '--disable-sync',
	'--remote-debugging-pipe', '--hide-scrollbars', '--force-color-profile=srgb'];

/* One tab. */
class Page {
	constructor(browser, session) {
		this.browser = browser;
		this.session = session;
		this.errors = []; /* what scripts threw and what the console was told of as an error */
		this.altered = false; /* whether anything was set that another document would have, too */
	}

	send(method, params) {
		this.altered = this.altered || /^(?:Emulation\.|Accessibility\.|Page\.addScript)/.test(method);
		return this.browser.send(method, params, this.session);
	}

	/* Input and frames of a tab that another one is in front of wait for a second each. */
	async toFront() {
		if (this.browser.front !== this)
			await this.send('Page.bringToFront');
		this.browser.front = this;
	}

	/* A new tab takes longer than to empty one. */
	async close() {
		this.browser.pages.delete(this.session);
		if (this.altered) {
			await this.send('Page.close');
		} else {
			await this.open('about:blank');
			this.browser.spare.push(this);
		}
	}

	/* The value of an expression, of the promise if it is one. */
	async evaluate(expression) {
		const {result, exceptionDetails} = await this.send('Runtime.evaluate',
			{expression, returnByValue: true, awaitPromise: true});
		if (exceptionDetails)
			throw new Error(exceptionDetails.exception?.description || exceptionDetails.text);
		return result.value;
	}

	async open(url) {
		const loaded = this.browser.once('Page.loadEventFired', this.session);
		await this.send('Page.navigate', {url});
		await loaded;
	}

	async until(expression) {
		for (const end = Date.now() + 20000; Date.now() < end;) {
			if (await this.evaluate(expression))
				return;
			await new Promise(resolve => setTimeout(resolve, 10));
		}
		throw new Error(`never became true: ${expression}`);
	}

	size(width, height, mobile = false) {
		return this.send('Emulation.setDeviceMetricsOverride',
			{width, height, deviceScaleFactor: mobile ? 2 : 1, mobile});
	}

	theme(value) {
		return this.send('Emulation.setEmulatedMedia', {features: [{name: 'prefers-color-scheme', value}]});
	}

	async key(key, modifiers = 0) {
		await this.toFront();
		const text = key.length === 1 && !modifiers ? key : key === 'Enter' ? '\r' : undefined;
		const code = {Enter: 13, Escape: 27, ArrowLeft: 37, ArrowUp: 38, ArrowRight: 39, ArrowDown: 40, PageUp: 33, PageDown: 34, End: 35, Home: 36}[key];
		await this.send('Input.dispatchKeyEvent',
			{type: 'keyDown', key, text, modifiers, windowsVirtualKeyCode: code});
		await this.send('Input.dispatchKeyEvent', {type: 'keyUp', key, modifiers});
	}

	async type(text) {
		await this.toFront();
		await this.send('Input.insertText', {text});
	}

	async mouse(x, y, click = true) {
		await this.toFront();
		await this.send('Input.dispatchMouseEvent', {type: 'mouseMoved', x, y});
		for (const type of click ? ['mousePressed', 'mouseReleased'] : [])
			await this.send('Input.dispatchMouseEvent', {type, x, y, button: 'left', clickCount: 1});
	}

	/* Presses, moves in some steps, and lets go unless told not to. */
	async drag(from, to, y, {modifiers = 0, release = true} = {}) {
		await this.toFront();
		const send = (type, x, more) => this.send('Input.dispatchMouseEvent', {type, x, y, modifiers, ...more});
		await send('mouseMoved', from);
		await send('mousePressed', from, {button: 'left', buttons: 1, clickCount: 1});
		for (let step = 1; step <= 4; step++)
			await send('mouseMoved', from + (to - from) * step / 4, {button: 'left', buttons: 1});
		if (release)
			await send('mouseReleased', to, {button: 'left', clickCount: 1});
	}

	async touchDrag(from, to, y) {
		await this.toFront();
		await this.send('Input.dispatchTouchEvent', {type: 'touchStart', touchPoints: [{x: from, y}]});
		for (let step = 1; step <= 4; step++)
			await this.send('Input.dispatchTouchEvent', {type: 'touchMove', touchPoints: [{x: from + (to - from) * step / 4, y}]});
		await this.send('Input.dispatchTouchEvent', {type: 'touchEnd', touchPoints: []});
	}

	async tap(x, y) {
		await this.toFront();
		await this.send('Input.dispatchTouchEvent', {type: 'touchStart', touchPoints: [{x, y}]});
		await this.send('Input.dispatchTouchEvent', {type: 'touchEnd', touchPoints: []});
	}

	async screenshot(file) {
		const {data} = await this.send('Page.captureScreenshot', {format: 'png'});
		fs.writeFileSync(file, Buffer.from(data, 'base64'));
	}

	async pdf(file) {
		const {data} = await this.send('Page.printToPDF', {printBackground: true, preferCSSPageSize: true});
		fs.writeFileSync(file, Buffer.from(data, 'base64'));
	}
}

class Browser {
	static async start(program = 'chromium') {
		const browser = new Browser();
		browser.profile = fs.mkdtempSync(path.join(os.tmpdir(), 'bolometer-browser-'));
		browser.process = spawn(program, [...FLAGS, `--user-data-dir=${browser.profile}`, 'about:blank'],
			{stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe']});
		browser.waiting = new Map(); /* answers, by id of the request */
		browser.listeners = new Set(); /* for events */
		browser.pages = new Map(); /* by session; tabs that are empty again are among the spare ones */
		browser.spare = [];
		browser.last = 0;
		browser.receive();
		return browser;
	}

	receive() {
		let rest = '';
		this.process.stdio[4].setEncoding('utf8');
		this.process.stdio[4].on('data', data => {
			const messages = (rest + data).split('\0');
			rest = messages.pop();
			for (const message of messages)
				this.dispatch(JSON.parse(message));
		});
		this.process.on('exit', () => {
			for (const {reject} of this.waiting.values())
				reject(new Error('the browser ended'));
		});
		this.process.stdio[3].on('error', () => {});
	}

	dispatch(message) {
		const waiting = this.waiting.get(message.id);
		this.waiting.delete(message.id);
		if (waiting && message.error)
			waiting.reject(new Error(message.error.message));
		else if (waiting)
			waiting.resolve(message.result);
		const page = this.pages.get(message.sessionId);
		if (page && message.method === 'Runtime.exceptionThrown')
			page.errors.push(message.params.exceptionDetails.exception?.description || 'exception');
		if (page && message.method === 'Log.entryAdded' && message.params.entry.level === 'error')
			page.errors.push(message.params.entry.text);
		for (const listener of this.listeners)
			listener(message);
	}

	send(method, params = {}, sessionId = undefined) {
		const id = ++this.last;
		this.process.stdio[3].write(`${JSON.stringify({id, method, params, sessionId})}\0`);
		return new Promise((resolve, reject) => this.waiting.set(id, {resolve, reject}));
	}

	once(method, sessionId) {
		return new Promise(resolve => {
			const listener = message => {
				if (message.method === method && message.sessionId === sessionId) {
					this.listeners.delete(listener);
					resolve(message.params);
				}
			};
			this.listeners.add(listener);
		});
	}

	async newPage({width = 1280, height = 800, scripts = true} = {}) {
		const page = this.spare.pop() || await this.newTab();
		page.errors = [];
		this.pages.set(page.session, page);
		await page.size(width, height);
		if (!scripts)
			await page.send('Emulation.setScriptExecutionDisabled', {value: true});
		page.altered = !scripts;
		return page;
	}

	async newTab() {
		const {targetId} = await this.send('Target.createTarget', {url: 'about:blank'});
		const {sessionId} = await this.send('Target.attachToTarget', {targetId, flatten: true});
		const page = this.front = new Page(this, sessionId);
		for (const domain of ['Page', 'Runtime', 'Log'])
			await page.send(`${domain}.enable`);
		await page.send('Emulation.setFocusEmulationEnabled', {enabled: true});
		return page;
	}

	async closePages() {
		for (const page of [...this.pages.values()])
			await page.close();
	}

	async close() {
		const ended = new Promise(resolve => this.process.on('exit', resolve));
		const late = setTimeout(() => this.process.kill('SIGKILL'), 5000);
		this.send('Browser.close').catch(() => {});
		await ended;
		clearTimeout(late);
		fs.rmSync(this.profile, {recursive: true, force: true, maxRetries: 10, retryDelay: 100});
	}
}

module.exports = {Browser};
