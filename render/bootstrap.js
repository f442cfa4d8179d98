/*
 * bolometer's flame graph. SPDX-License-Identifier: GPL-2.0-or-later
 * Script and style of its page are in the elements "page" and "look", from render/page/ of the source:
 *   sed -n 's,^<metadata id="page"[^>]*>\([^<]*\).*,\1,p' FILE | base64 -d | gunzip
 */
(async () => {
'use strict';
const unpack = async id => {
	const {textContent, dataset: {encoding}} = document.getElementById(id);
	let bytes = Uint8Array.fromBase64 && Uint8Array.fromBase64(textContent);
	if (!bytes) {
		const text = atob(textContent);
		bytes = new Uint8Array(text.length);
		for (let i = 0; i < bytes.length; i++)
			bytes[i] = text.charCodeAt(i);
	}
	if (encoding === 'plain')
		return bytes;
	if (!globalThis.DecompressionStream)
		throw new Error('this browser is too old to unpack the page');
	const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream(encoding));
	return new Uint8Array(await new Response(stream).arrayBuffer());
};
try {
	const [page, look, block] = await Promise.all(['page', 'look', 'bolometer'].map(unpack));
	const script = document.createElementNS('http://www.w3.org/2000/svg', 'script');
	script.textContent = new TextDecoder().decode(page);
	document.documentElement.append(script);
	if (!globalThis.startBolometer)
		throw new Error('the script of the page was not allowed to run');
	await globalThis.startBolometer(block, new TextDecoder().decode(look));
} catch (error) {
	const place = document.getElementById('place');
	if (!place)
		throw error;
	place.textContent = `Only the static view is shown: ${error.message}.`;
}
})();
