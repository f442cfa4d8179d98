// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Demangling through libiberty, within bounds; see demangle.h.
 *
 * Names are foreign input, and both manglings can refer back to what was said
 * before: a name of a few hundred bytes can stand for one of 2^100. libiberty
 * limits its recursion but not its output, and its callbacks cannot refuse
 * more. So the output is counted in the callback, which leaves with longjmp()
 * when it is too much.
 */
#include "symbolizer/demangle.h"

#include <libiberty/demangle.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "symbolizer/short_name.h"

/* Longer names are not worth reading, in either form. */
#define MAX_NAME_LEN	  (64 * 1024)
#define MAX_DEMANGLED_LEN (64 * 1024)

/*
 * libiberty's own limit refuses C++ names of more than 1,024 bytes, which templates do have. Its
 * recursion needs about 200 bytes of stack for a byte of the name: up to here it is safe without.
 */
#define MAX_UNLIMITED_LEN (8 * 1024)

/*
 * libiberty's D demangler has no callback, and references back, too: a name with n of them can
 * stand for 3^(n/3) times its own length. So it gets only names that cannot stand for much.
 */
#define MAX_D_LEN	 4096
#define MAX_D_REFERENCES 24

#define STYLE (DMGL_PARAMS | DMGL_ANSI)

static int demangle_rust(const char *name, int style, demangle_callbackref append, void *data)
{
	return rust_demangle_callback(name, style, append, data);
}

static int demangle_cxx(const char *name, int style, demangle_callbackref append, void *data)
{
	bool unlimited = strlen(name) <= MAX_UNLIMITED_LEN;

	return cplus_demangle_v3_callback(name, style | (unlimited ? DMGL_NO_RECURSE_LIMIT : 0),
					  append, data);
}

static bool d_is_bounded(const char *name)
{
	size_t references = 0, len = strlen(name);

	for (size_t i = 0; i < len; i++)
		references += name[i] == 'Q';
	return len <= MAX_D_LEN && references <= MAX_D_REFERENCES;
}

static int demangle_d(const char *name, int style, demangle_callbackref append, void *data)
{
	char *shown = name[1] == 'D' && d_is_bounded(name) ? dlang_demangle(name, style) : NULL;
	char kept[MAX_DEMANGLED_LEN + 1];
	size_t len = shown ? strnlen(shown, sizeof(kept)) : 0;

	/* append() may not come back. */
	if (len && len < sizeof(kept))
		memcpy(kept, shown, len);
	free(shown);
	if (!len || len == sizeof(kept))
		return 0;
	append(kept, len, data);
	return 1;
}

/* In the order in which they are tried: legacy Rust names are also well-formed C++ names. */
static const struct demangler {
	int (*demangle)(const char *name, int style, demangle_callbackref append, void *data);
	enum name_language language;
} demanglers[] = {{demangle_rust, NAME_RUST}, {demangle_cxx, NAME_CXX}, {demangle_d, NAME_D}};

struct output {
	struct text *text;
	volatile int err; /* read after a jump */
	jmp_buf stop;
};

static void append(const char *bytes, size_t len, void *data)
{
	struct output *output = data;

	if (len > MAX_DEMANGLED_LEN - output->text->len)
		longjmp(output->stop, 1);
	output->err = text_append(output->text, bytes, len);
	if (output->err)
		longjmp(output->stop, 1);
}

/*
 * One demangler on one name: 1 done, 0 not its kind of name or too long, -ENOMEM. What is lost by
 * jumping out is libiberty's stack and, for a Rust name in punycode, one buffer of that name.
 */
static int run(const struct demangler *demangler, const char *name, int style, struct text *text)
{
	struct output output = {.text = text};

	text_clear(text);
	if (setjmp(output.stop))
		return output.err;
	return demangler->demangle(name, style, append, &output) && text->len ? 1 : 0;
}

bool demangle_wants(const char *name)
{
	return name[0] == '_' && name[1] && strchr("ZRGD", name[1]);
}

/* Tries them in turn; *ret_language is whose name it was, where it returns 1. */
static int demangle_as(const char *name, int style, struct text *out,
		       enum name_language *ret_language)
{
	int done = 0;

	if (!demangle_wants(name) || strnlen(name, MAX_NAME_LEN + 1) > MAX_NAME_LEN)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(demanglers) && !done; i++) {
		*ret_language = demanglers[i].language;
		done = run(&demanglers[i], name, style, out);
	}
	return done;
}

int demangle(const char *name, struct text *out)
{
	enum name_language language;

	return demangle_as(name, STYLE, out, &language);
}

int demangle_short(const char *name, struct text *ret_apart, struct text *ret_short)
{
	enum name_language language;
	struct text whole = {0};
	int done = demangle_as(name, STYLE | DMGL_RET_DROP, &whole, &language);
	int err = done < 0 ? done : 0;

	if (done > 0)
		err = short_name(whole.bytes, whole.len, language, true, ret_apart);
	if (done > 0 && !err)
		err = short_name(whole.bytes, whole.len, language, false, ret_short);
	text_fini(&whole);
	return err ? err : done;
}
