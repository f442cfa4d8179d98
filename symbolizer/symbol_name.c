// SPDX-License-Identifier: GPL-2.0-or-later
/* The choice among aliases; see symbol_name.h. */
#include "symbolizer/symbol_name.h"

#include <string.h>

size_t symbol_name_len(const char *text, size_t len)
{
	const char *at = memchr(text, '@', len);

	return at && at > text && at + 1 < text + len && at[1] == '@' ? (size_t)(at - text) : len;
}

/* Underscores in front; the two of mangled names are spelling, not a sign of internals. */
static size_t underscores(const struct symbol_name *name)
{
	size_t count = 0;

	if (name->len > 1 && name->text[0] == '_' && (name->text[1] == 'Z' || name->text[1] == 'R'))
		return 0;
	while (count < name->len && name->text[count] == '_')
		count++;
	return count;
}

static bool has_version(const struct symbol_name *name)
{
	return memchr(name->text, '@', name->len);
}

#define DIFFERENCE(a, b) (((a) > (b)) - ((a) < (b)))

bool symbol_name_better(const struct symbol_name *a, const struct symbol_name *b)
{
	size_t common = a->len < b->len ? a->len : b->len;
	int order = DIFFERENCE(a->rank == RANK_LOCAL, b->rank == RANK_LOCAL);

	if (!order)
		order = DIFFERENCE(has_version(a), has_version(b));
	if (!order)
		order = DIFFERENCE(underscores(a), underscores(b));
	if (!order)
		order = DIFFERENCE(a->rank, b->rank);
	if (!order)
		order = DIFFERENCE(a->len, b->len);
	if (!order)
		order = memcmp(a->text, b->text, common);
	return order < 0;
}
