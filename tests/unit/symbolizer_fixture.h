/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the symbolizer's tests share: a temporary folder, files made in it by
 * commands, and one-address questions.
 */
#ifndef BOLOMETER_TESTS_SYMBOLIZER_FIXTURE_H
#define BOLOMETER_TESTS_SYMBOLIZER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "symbolizer/symbolizer.h"

static char fixture_dir[] = "/tmp/bolometer-symbolizer-XXXXXX";

/* Runs a shell command in the temporary folder; the test fails when it does. */
__attribute__((format(printf, 1, 2), unused)) static void run(const char *format, ...)
{
	char command[4096];
	va_list args;
	int len = snprintf(command, sizeof(command), "cd %s && ", fixture_dir);

	va_start(args, format);
	len += vsnprintf(command + len, sizeof(command) - (size_t)len, format, args);
	va_end(args);
	assert_true((size_t)len < sizeof(command));
	if (system(command))
		fail_msg("failed: %s", command);
}

/* As above, with the command's output to read; close with pclose(). */
__attribute__((format(printf, 1, 2), unused)) static FILE *output_of(const char *format, ...)
{
	char command[4096];
	va_list args;
	int len = snprintf(command, sizeof(command), "cd %s && LC_ALL=C ", fixture_dir);
	FILE *output;

	va_start(args, format);
	vsnprintf(command + len, sizeof(command) - (size_t)len, format, args);
	va_end(args);
	output = popen(command, "r");
	assert_non_null(output);
	return output;
}

/* The path of a file in the folder; valid until the fourth next call. Absolute paths stay. */
__attribute__((unused)) static const char *in_dir(const char *name)
{
	static char paths[4][512];
	static int next;
	char *path = paths[next++ % 4];

	if (name[0] == '/')
		snprintf(path, sizeof(paths[0]), "%s", name);
	else
		snprintf(path, sizeof(paths[0]), "%s/%s", fixture_dir, name);
	return path;
}

/* Offset and address of a section in the folder's file. */
__attribute__((unused)) static void find_section(const char *file, const char *name,
						 uint64_t *ret_addr, uint64_t *ret_off)
{
	FILE *output = output_of("readelf -SW %s", file);
	char line[512], wanted[64];

	*ret_addr = *ret_off = 0;
	snprintf(wanted, sizeof(wanted), " %s ", name);
	while (fgets(line, sizeof(line), output))
		if (strstr(line, wanted))
			assert_int_equal(sscanf(strstr(line, "PROGBITS"), "PROGBITS %lx %lx",
						ret_addr, ret_off),
					 2);
	pclose(output);
	assert_int_not_equal(*ret_off, 0);
}

/* Likewise of .text, with its length. */
__attribute__((unused)) static void find_text(const char *file, uint64_t *ret_addr,
					      uint64_t *ret_off, uint64_t *ret_len)
{
	FILE *output = output_of("readelf -SW %s", file);
	char line[512];

	find_section(file, ".text", ret_addr, ret_off);
	*ret_len = 0;
	while (fgets(line, sizeof(line), output))
		if (strstr(line, " .text "))
			sscanf(strstr(line, "PROGBITS"), "PROGBITS %*x %*x %lx", ret_len);
	pclose(output);
	assert_true(*ret_len > 16);
}

__attribute__((unused)) static void write_file(const char *name, const char *text)
{
	FILE *file = fopen(in_dir(name), "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

__attribute__((unused)) static int fixture_setup(void **state)
{
	(void)state;
	return mkdtemp(fixture_dir) ? 0 : -1;
}

__attribute__((unused)) static int fixture_teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", fixture_dir);
	return system(command);
}

/* A symbolizer that finds debug files only below debug/ in the folder. */
__attribute__((unused)) static struct symbolizer *new_symbolizer(bool no_demangle)
{
	struct symbolizer_options options = {
		.demangle = no_demangle ? DEMANGLE_NONE : DEMANGLE_FULL,
		.debug_root = in_dir("debug"),
	};
	struct symbolizer *symbolizer = symbolizer_new(&options);

	assert_non_null(symbolizer);
	return symbolizer;
}

__attribute__((unused)) static int add_path(struct symbolizer *symbolizer, const char *name)
{
	struct symbol_file file = {.path = in_dir(name), .root_fd = -1};
	int source;

	file.fd = open(file.path, O_RDONLY | O_CLOEXEC);
	assert_true(file.fd >= 0);
	source = symbolizer_add_file(symbolizer, &file);
	close(file.fd);
	assert_true(source >= 0);
	return source;
}

__attribute__((unused)) static const struct symbol_frame *resolve(struct symbolizer *symbolizer,
								  int source, uint64_t addr)
{
	struct symbol symbol = {0};

	assert_int_equal(symbolizer_resolve(symbolizer, source, &addr, 1, &symbol), 0);
	assert_true(symbol.count >= 1);
	assert_int_equal(!symbol.frames->function, symbol.frames->reason != SYMBOL_OK);
	return symbol.frames;
}

#define assert_named(symbolizer, source, addr, name)                                   \
	do {                                                                           \
		const struct symbol_frame *frame_ = resolve(symbolizer, source, addr); \
		if (!frame_->function)                                                 \
			fail_msg("%s: %s", name, symbol_reason_text(frame_->reason));  \
		assert_string_equal(frame_->function, name);                           \
	} while (0)

#define assert_unnamed(symbolizer, source, addr, why)                                             \
	do {                                                                                      \
		const struct symbol_frame *frame_ = resolve(symbolizer, source, addr);            \
		if (frame_->function)                                                             \
			fail_msg("named %s", frame_->function);                                   \
		assert_string_equal(symbol_reason_text(frame_->reason), symbol_reason_text(why)); \
	} while (0)

/* The notices, joined by newlines; valid until the next call. */
__attribute__((unused)) static void keep_notice(void *data, const char *line)
{
	strncat(data, line, 4095 - strlen(data));
	strncat(data, "\n", 4095 - strlen(data));
}

__attribute__((unused)) static const char *notices_of(const struct symbolizer *symbolizer)
{
	static char text[4096];

	text[0] = '\0';
	symbolizer_notices(symbolizer, keep_notice, text);
	return text;
}

#endif
