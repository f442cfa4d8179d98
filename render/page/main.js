/* ---- start ---- */

function start() {
	const packed = document.getElementById('bolometer');
	if (packed.dataset.version > VERSION)
		throw new Error('the data is of a newer version');
	data = new Data(block);
	about = data.about;
	profile = new Tree(data.nodes, null, type => data.selves[type]);
	compare(data.comparison(profile));
	tree = shown = stored;
	IDLE = data.frameKind.findIndex((kind, frame) => kind === MARKER && data.name(frame) === '[idle]');
	buildPage();
	buildTable();
	buildStrip();
	cell = measureCell();
	readAddress();
	focusGraph(); /* arrow keys work at once */
	listenToAll();
}

start();
};
