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

/* Longer names are not worth reading, in either form. */
#define MAX_NAME_LEN	  (64 * 1024)
#define MAX_DEMANGLED_LEN (64 * 1024)

/*
 * libiberty's own limit refuses C++ names of more than 1,024 bytes, which templates do have. Its
 * recursion needs about 200 bytes of stack for a byte of the name: up to here it is safe without.
 */
#define MAX_UNLIMITED_LEN (8 * 1024)

#define STYLE (DMGL_PARAMS | DMGL_ANSI)

static int demangle_rust(const char *name, demangle_callbackref append, void *data)
{
	return rust_demangle_callback(name, STYLE, append, data);
}

static int demangle_cxx(const char *name, demangle_callbackref append, void *data)
{
	bool unlimited = strlen(name) <= MAX_UNLIMITED_LEN;

	return cplus_demangle_v3_callback(name, STYLE | (unlimited ? DMGL_NO_RECURSE_LIMIT : 0),
					  append, data);
}

typedef int demangle_function(const char *name, demangle_callbackref append, void *data);

/* In the order in which they are tried: legacy Rust names are also well-formed C++ names. */
static demangle_function *const demanglers[] = {demangle_rust, demangle_cxx};

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
static int run(demangle_function *demangler, const char *name, struct text *text)
{
	struct output output = {.text = text};

	text_clear(text);
	if (setjmp(output.stop))
		return output.err;
	return demangler(name, append, &output) && text->len ? 1 : 0;
}

bool demangle_wants(const char *name)
{
	return name[0] == '_' && (name[1] == 'Z' || name[1] == 'R' || name[1] == 'G');
}

int demangle(const char *name, struct text *out)
{
	int done = 0;

	if (!demangle_wants(name) || strnlen(name, MAX_NAME_LEN + 1) > MAX_NAME_LEN)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(demanglers) && !done; i++)
		done = run(demanglers[i], name, out);
	return done;
}
