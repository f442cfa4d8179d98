/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A library that was stripped, what was stripped from it, and whether that was found. */
#ifndef BOLOMETER_TESTS_SYMBOLIZER_STRIPPED_H
#define BOLOMETER_TESTS_SYMBOLIZER_STRIPPED_H

#include "tests/unit/symbolizer_fixture.h"

#define ID_REST	 "adbeef0123456789abcdef0123456789abcdef"
#define ID	 "de" ID_REST
#define OTHER_ID "deadbeef0123456789abcdef0123456789abcdee"

/*
 * prog.so: "exported" and, only in .symtab, "hidden", 64 bytes further, at the start
 * of .text. prog.debug has the symbols, prog.so is stripped.
 */
__attribute__((unused)) static void make_stripped(const char *build_id)
{
	run("rm -rf debug .debug root *.debug");
	write_file("prog.s", ".text\n.globl exported\n.type exported, %function\nexported:\n"
			     ".skip 64\n.size exported, 64\n.type hidden, %function\nhidden:\n"
			     ".skip 64\n.size hidden, 64\n");
	run("gcc -c -o prog.o prog.s && gcc -shared -nostdlib -o full.so prog.o -Wl,--build-id=%s",
	    build_id);
	run("objcopy --only-keep-debug full.so prog.debug && objcopy --strip-all full.so prog.so");
}

/* Where .text of the library is in the file. */
__attribute__((unused)) static uint64_t text_off(void)
{
	uint64_t addr, off;

	find_section("full.so", ".text", &addr, &off);
	return off;
}

/*
 * Whether the hidden symbol was found of a file that is given to the symbolizer, and that the report
 * then says what is wanted, or nothing ("").
 */
__attribute__((unused)) static bool finds_hidden(struct symbolizer *symbolizer, int source,
						 const char *wanted_notice)
{
	const struct symbol_frame *frame;
	uint64_t off = text_off();
	const char *said;

	assert_named(symbolizer, source, off + 63, "exported");
	frame = resolve(symbolizer, source, off + 64 + 63);
	if (frame->function) {
		assert_string_equal(frame->function, "hidden");
		assert_int_equal(frame->start, off + 64);
		assert_string_equal(frame->module, "prog.so");
		assert_int_equal(frame->kind, FRAME_LIBRARY);
	}
	said = notices_of(symbolizer);
	if (*wanted_notice ? !strstr(said, wanted_notice) : *said)
		fail_msg("wanted \"%s\", said \"%s\"", wanted_notice, said);
	return frame->function;
}

/*
 * The same of prog.so, which the process knows as `path` below its root. Frees the symbolizer.
 */
__attribute__((unused)) static bool finds_hidden_below(struct symbolizer *symbolizer, int root_fd,
						       const char *path, const char *wanted_notice)
{
	struct symbol_file file = {.path = path, .root_fd = root_fd};
	bool found;

	file.fd = open(in_dir("prog.so"), O_RDONLY | O_CLOEXEC);
	found = finds_hidden(symbolizer, symbolizer_add_file(symbolizer, &file), wanted_notice);
	close(file.fd);
	symbolizer_free(symbolizer);
	return found;
}

#endif
