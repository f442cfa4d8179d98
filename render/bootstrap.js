/*
 * bolometer's flame graph. SPDX-License-Identifier: GPL-2.0-or-later
 * The page that takes the place of this picture has its script and its style in the elements "page" and
 * "look", minified, gzipped and in base64. To read one:
 *   sed -n 's,^<metadata id="page"[^>]*>\([^<]*\).*,\1,p' FILE | base64 -d | gunzip
 * Their source is render/page/ of bolometer's; the profile is in the element "bolometer".
 */
(async () => {
'use strict';
const unpack = async id => {
	const {textContent, dataset: {encoding}} = document.getElementById(id), text = atob(textContent.trim());
	const bytes = new Uint8Array(text.length);
	for (let i = 0; i < bytes.length; i++)
		bytes[i] = text.charCodeAt(i);
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
