/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text that grows. All zero is an empty one; bytes[len] is a NUL once anything was written. */
#ifndef BOLOMETER_SYMBOLIZER_TEXT_H
#define BOLOMETER_SYMBOLIZER_TEXT_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"

struct text {
	char *bytes;
	size_t len;
	size_t cap;
};

static inline void text_fini(struct text *text)
{
	free(text->bytes);
	*text = (struct text){0};
}

/* Returns 0 or -ENOMEM. */
static inline int text_append(struct text *text, const char *bytes, size_t len)
{
	int err = ARRAY_RESERVE(text->bytes, text->cap, size_add(size_add(text->len, len), 1));

	if (err)
		return err;
	if (len) /* bytes may be NULL then */
		memcpy(text->bytes + text->len, bytes, len);
	text->len += len;
	text->bytes[text->len] = '\0';
	return 0;
}

static inline int text_append_z(struct text *text, const char *bytes)
{
	return text_append(text, bytes, strlen(bytes));
}

static inline void text_clear(struct text *text)
{
	text->len = 0;
	if (text->bytes)
		text->bytes[0] = '\0';
}

#endif
