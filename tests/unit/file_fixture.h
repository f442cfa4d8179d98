/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests of the readers of files: bytes that are read, what is said meanwhile, a profile as text. */
#ifndef BOLOMETER_TESTS_FILE_FIXTURE_H
#define BOLOMETER_TESTS_FILE_FIXTURE_H

#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "profiler/file/file.h"

#define DUMP_FRAMES_MAX 512

struct told {
	char lines[4096];   /* complaints, */
	char remarks[1024]; /* and what is none */
	struct file_complaints complaints;
};

static inline void told_append(char *text, size_t size, const char *line)
{
	size_t len = strlen(text);

	snprintf(text + len, size - len, "%s\n", line);
}

static inline void told_tell(void *data, const char *line)
{
	struct told *told = data;

	told_append(told->lines, sizeof(told->lines), line);
}

static inline void told_remark(void *data, const char *line)
{
	struct told *told = data;

	told_append(told->remarks, sizeof(told->remarks), line);
}

static inline struct told *told_new(void)
{
	struct told *told = calloc(1, sizeof(*told));

	told->complaints =
		(struct file_complaints){.tell = told_tell, .remark = told_remark, .data = told};
	return told;
}

static inline int memory_file(const char *text, size_t len)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	assert_true(fd >= 0);
	while (len) {
		ssize_t put = write(fd, text, len);

		assert_true(put > 0);
		text += put;
		len -= (size_t)put;
	}
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

typedef int file_reader(int fd, const char *head, size_t len, struct profile *profile,
			struct file_complaints *complaints);

/* Reads text of which the first `head` bytes were read before, as file_read() does. */
static inline int read_memory(file_reader *read, struct profile *profile, const char *text,
			      size_t len, size_t head, struct told *told)
{
	int fd = memory_file(text + head, len - head);
	int err = read(fd, text, head, profile, &told->complaints);

	close(fd);
	return err;
}

static inline int compare_lines(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

/* "main{user}" or, with modules, "main{user prog}". */
static inline void dump_frame(const struct profile *profile, const struct location *location,
			      bool modules, FILE *out)
{
	struct given_frame frame = {location->name, location->module, location->kind, {0}};
	size_t count;
	const struct given_frame *given = profile_given(profile, location->given, &count);

	if (count == 1)
		frame = *given;
	fprintf(out, "%s{%s", strings_text(profile->strings, frame.name),
		frame_kind_word((enum frame_kind)frame.kind));
	if (modules && frame.module != STRING_NONE)
		fprintf(out, " %s", strings_text(profile->strings, frame.module));
	fputc('}', out);
}

/* "main{user};read{kernel} 5", with its other values behind: every sample on a line, sorted. */
static inline char *dump(const struct profile *profile, bool modules)
{
	char **lines = calloc(profile->nr_samples + 1, sizeof(*lines));
	char *text;
	size_t len;
	FILE *out;

	for (size_t i = 0; i < profile->nr_samples; i++) {
		uint32_t frames[DUMP_FRAMES_MAX];
		size_t depth = 0;

		out = open_memstream(&lines[i], &len);
		for (uint32_t s = profile->samples[i].stack;
		     s != STACK_EMPTY && depth < DUMP_FRAMES_MAX;
		     s = stack_callers(&profile->stacks, s))
			frames[depth++] = stack_leaf(&profile->stacks, s);
		while (depth) {
			dump_frame(profile, &profile->locations[frames[--depth]], modules, out);
			if (depth)
				fputc(';', out);
		}
		for (size_t v = 0; v < profile->about.nr_values; v++)
			fprintf(out, " %lld",
				(long long)profile->values[i * profile->about.nr_values + v]);
		fclose(out);
	}
	qsort(lines, profile->nr_samples, sizeof(*lines), compare_lines);
	out = open_memstream(&text, &len);
	for (size_t i = 0; i < profile->nr_samples; i++) {
		fprintf(out, "%s\n", lines[i]);
		free(lines[i]);
	}
	fclose(out);
	free(lines);
	return text;
}

#endif
