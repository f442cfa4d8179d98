/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The flame graph in a browser. Reads the packed tree, replaces the static view by a page, and draws
 * into it. It is called by ../bootstrap.js, with the unpacked block and the style of the page.
 *
 *   begin     constants
 *   data      the data block (docs/FORMAT.md): names, frames, and the tree as typed arrays
 *   numbers   numbers for people, as number.c writes them
 *   labels    names that fit a box, as label.c shortens them
 *   tree      a tree and what is made of it: stacks left out, frames left out, recursion merged
 *   slices    what each slice of the capture's time has of a tree
 *   compare   two sides and what changed, read from the file or made on the page
 *   callers   trees that are made where they are looked at: inverted, callers and callees
 *   layout    what is shown of a tree as boxes, row by row, as layout.c does
 *   page      the elements around the graph, made once
 *   draw      the boxes of the visible rows: one path a colour, and labels
 *   state     what is shown: view, zoom, filters; kept in the address
 *   evidence  what changed from one range of time to another
 *   ranges    one range of the time, or two and their difference
 *   strip     activity over time, where ranges are selected
 *   search    matches and their share
 *   hints     hover text, status line, copies
 *   table     functions with self and total
 *   dialogs   details and help
 *   input     mouse, touch, keyboard
 *   main      starts it all
 *
 * The files are joined in this order into one script; what they declare they share.
 *
 * Only what can be seen is in the document: at most a few hundred elements, whatever the size of
 * the tree. Names are data and are only ever set as text.
 */
globalThis.startBolometer = (block, look) => {
'use strict';

const XHTML = 'http://www.w3.org/1999/xhtml';
const SVG = 'http://www.w3.org/2000/svg';
const COARSE = matchMedia('(pointer: coarse)').matches;
/* Height of a row of frames, and of labels' base lines below the top of their row. */
const ROW = COARSE ? 24 : 18;
const BASELINE = ROW / 2 + 4;
/* Between the edge of a box and its label. */
const INDENT = 4;
/* COLOUR_SHADES; FRAME_...: markers are hatched, groups are threads; BLOCK_VERSION. */
const SHADES = 5;
const GROUP = 6;
const MARKER = 7;
const VERSION = 3;
/* Of the frames on paper. */
const SHEET_WIDTH = 1040, SHEET_HEIGHT = 560;
/* Of a node that is left out. */
const NOWHERE = 0xffffffff;

/*
 * Set by main: the names and frames of the file and what is said about them, its tree, the tree that
 * is shown when nothing is left out but time, and indices: of what is counted and of its time in graphs
 * of waits, of the frame [idle].
 */
let data, about, profile, stored;
let WAITS, TIME, IDLE;

