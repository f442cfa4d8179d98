/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The shortest true form of a name that fits a box. The right end of a
 * qualified name says what runs, so it is kept longest:
 *
 *	net::Server<Stream>::handle(Request const&)
 *	net::Server<Stream>::handle	without arguments
 *	net::Server<…>::handle		without template contents
 *	Server<…>::handle		without leading namespaces,
 *	handle				packages or folders
 *	han…				and cut only then
 *
 * A marker keeps its brackets, and loses the word before a colon when the rest
 * fits then, or where little of the word would fit: "[waits: futex]", "[futex]",
 * "[fu…".
 *
 * The script shortens by the same rules; tests/golden/render_labels.txt holds both to them.
 */
#ifndef BOLOMETER_RENDER_LABEL_H
#define BOLOMETER_RENDER_LABEL_H

#include <stddef.h>

/* Longer names are cut without being taken apart. */
#define LABEL_NAME_MAX 1024

/* Room for any label of LABEL_CELLS_MAX columns. */
#define LABEL_CELLS_MAX 256
#define LABEL_TEXT_MAX	(LABEL_CELLS_MAX * 4 + 4)

/*
 * Writes the label for a box that has room for `cells` columns of a monospaced font, in visible
 * characters (escape.h), with a NUL at the end. Returns its length in bytes: 0 when not even three
 * columns of it would be seen.
 */
size_t label_fit(char label[LABEL_TEXT_MAX], const char *name, size_t len, size_t cells);

#endif
