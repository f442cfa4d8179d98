// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of functions without what V8 writes around them; see jit_name.h. */
#include "symbolizer/jit_name.h"

#include <stdbool.h>

/* Kinds of code that are functions of a script. Of LazyCompile the mark of the tier may be missing. */
static const struct {
	const char *word;
	bool bare;
} kinds[] = {{"JS:", false},
	     {"LazyCompile:", true},
	     {"Function:", false},
	     {"Script:", false},
	     {"Eval:", false}};

/* Interpreted, by the baseline compiler, by the middle one, optimized. */
static bool is_tier(char c)
{
	return c == '~' || c == '^' || c == '+' || c == '*';
}

/* How long the decoration is, up to the name; 0 for none. */
static size_t decoration_len(const char *name, size_t len, bool *ret_interpreted)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		size_t word = strlen(kinds[i].word);

		if (len <= word || memcmp(name, kinds[i].word, word))
			continue;
		*ret_interpreted = name[word] == '~';
		if (is_tier(name[word]))
			return word + 1;
		return kinds[i].bare ? word : 0;
	}
	return 0;
}

int jit_name(const char *name, size_t len, struct text *ret, enum frame_kind *ret_kind)
{
	bool interpreted = false;
	size_t skip = decoration_len(name, len, &interpreted);
	int err = 0;

	*ret_kind = interpreted ? FRAME_INTERPRETER : FRAME_JIT;
	text_clear(ret);
	if (skip && (skip == len || name[skip] == ' '))
		err = text_append_z(ret, "(anonymous)");
	return err ? err : text_append(ret, name + skip, len - skip);
}
