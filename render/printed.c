// SPDX-License-Identifier: GPL-2.0-or-later
/* Cleaning of names for folded text; see printed.h. */
#include "render/printed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/utf8.h"

/* What a line would begin with that is no stack but a remark. */
static bool is_remark(const char *name, size_t len)
{
	return len && name[0] == '#' && (len == 1 || name[1] == ' ');
}

/* Printable ASCII without ';' is printed as it is, unless a reader would take a part of it away. */
static bool is_plain(const char *name, size_t len)
{
	if ((len && name[len - 1] == ' ') || is_remark(name, len))
		return false;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)name[i];

		if (c < 0x20 || c >= 0x7f || c == ';')
			return false;
	}
	return true;
}

/* Writes at most len bytes, as nothing grows by cleaning. Returns how many. */
static size_t clean(const char *name, size_t len, char *out)
{
	size_t written = 0, i = 0;

	while (len > 1 && name[len - 1] == ' ')
		len--;
	if (is_remark(name, len) || (len == 1 && name[0] == ' ')) {
		out[written++] = '?';
		i = 1;
	}
	while (i < len) {
		uint32_t c;
		size_t step = utf8_decode(name + i, len - i, &c);

		if (c == ';') {
			out[written++] = ':';
		} else if (c == UINT32_MAX || utf8_is_control(c)) {
			out[written++] = '?';
		} else {
			memcpy(out + written, name + i, step);
			written += step;
		}
		i += step;
	}
	return written;
}

static int print_frame(struct printed_frames *printed, const struct tree *tree, size_t i,
		       bool annotate)
{
	const struct tree_frame *frame = &tree->frames[i];
	const char *name = strings_text(tree->strings, frame->name);
	const char *note = annotate ? frame_kind_annotation((enum frame_kind)frame->kind) : "";
	size_t len = strings_len(tree->strings, frame->name);
	size_t note_len = strlen(note);
	char *text;

	if (note_len == 0 && is_plain(name, len)) {
		printed->frames[i] = (struct printed_text){name, len};
		return 0;
	}
	text = arena_alloc(&printed->changed, size_add(len, note_len + 1));
	if (!text)
		return -ENOMEM;
	len = clean(name, len, text);
	memcpy(text + len, note, note_len);
	printed->frames[i] = (struct printed_text){text, len + note_len};
	return 0;
}

int printed_frames_init(struct printed_frames *ret_printed, const struct tree *tree, bool annotate)
{
	struct printed_frames printed = {
		.frames = calloc(tree->nr_frames + 1, sizeof(*printed.frames))};
	int err = printed.frames ? 0 : -ENOMEM;

	arena_init(&printed.changed);
	for (size_t i = 0; i < tree->nr_frames && !err; i++)
		err = print_frame(&printed, tree, i, annotate);
	if (err)
		printed_frames_fini(&printed);
	else
		*ret_printed = printed;
	return err;
}

void printed_frames_fini(struct printed_frames *printed)
{
	free(printed->frames);
	arena_fini(&printed->changed);
}
