/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the fuzzers of text: bytes that a reader reads twice, in two ways of arriving, into profiles
 * that must be sound and the same; written as folded text they must be read back as what they are.
 */
#ifndef BOLOMETER_TESTS_TEXT_FUZZ_H
#define BOLOMETER_TESTS_TEXT_FUZZ_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "profiler/file/file.h"
#include "profiler/file/folded.h"
#include "profiler/model/tree_build.h"
#include "render/folded.h"

enum {
	INPUT_ADDRS = 1,
	INPUT_BY_CPU = 2,
	INPUT_EVENT = 4,
};

struct text_format {
	bool (*looks_like)(const char *head, size_t len);
	int (*read)(int fd, const char *head, size_t len, struct profile *profile,
		    struct file_complaints *complaints);
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void text_check(bool right, const char *what)
{
	if (right)
		return;
	fprintf(stderr, "not so: %s\n", what);
	abort();
}

static inline void text_tell(void *data, const char *line)
{
	text_check(*line && !strpbrk(line, "\n"), "a complaint is one line");
}

/* The profile in a text of which the first head_len bytes were read before; NULL where it is refused. */
static inline struct profile *text_read(const struct text_format *format, uint8_t how,
					const char *text, size_t len, size_t head_len)
{
	struct profile *profile = profile_new();
	struct file_complaints complaints = {
		.tell = text_tell,
		.remark = text_tell,
		.options = {.addrs = how & INPUT_ADDRS,
			    .group = how & INPUT_BY_CPU ? GROUP_CPU : GROUP_THREAD,
			    .event = how & INPUT_EVENT ? "cycles" : NULL},
	};
	int fd = memfd_create("text", MFD_CLOEXEC), err;
	/* In memory of exactly its size, so that the sanitizer sees a read past the end. */
	char *head = malloc(head_len + !head_len);
	const char *wrong;

	text_check(profile && head && fd >= 0 &&
			   write(fd, text + head_len, len - head_len) == (ssize_t)(len - head_len),
		   "a file in memory");
	lseek(fd, 0, SEEK_SET);
	memcpy(head, text, head_len);
	format->looks_like(head, head_len);
	err = format->read(fd, head, head_len, profile, &complaints);
	text_check(!err || err == -EBADMSG, "it is read or refused");
	text_check(err != -EBADMSG || complaints.count, "a refusal has a reason");
	free(head);
	close(fd);
	if (err) {
		profile_free(profile);
		return NULL;
	}
	profile_seal(profile);
	wrong = profile_check(profile);
	text_check(!wrong, wrong);
	return profile;
}

static inline char *text_write(const struct profile *profile, uint8_t how, size_t *ret_len)
{
	enum group_key group = how & INPUT_BY_CPU ? GROUP_CPU : GROUP_THREAD;
	struct symbols symbols;
	struct tree *tree;
	char *text;
	FILE *out = open_memstream(&text, ret_len);

	text_check(out && !symbols_init(&symbols, profile), "memory");
	tree = tree_build(profile, &symbols, group, &views[VIEW_PLAIN]);
	text_check(tree, "memory");
	struct render_input input = {.tree = tree, .about = &profile->about, .annotate = true};
	text_check(!folded_write(&input, out) && !fclose(out), "it is written");
	tree_free(tree);
	symbols_fini(&symbols);
	return text;
}

/* Written and read it is the same, but for names that are cleaned by the first writing. */
static inline void text_check_written(const char *text, size_t len)
{
	static const struct text_format folded = {folded_looks_like, folded_read};
	struct profile *profile = text_read(&folded, 0, text, len, 0), *again;
	char *second, *third;
	size_t second_len, third_len;

	if (!profile)
		return; /* looks like a comparison */
	second = text_write(profile, 0, &second_len);
	again = text_read(&folded, 0, second, second_len, 0);
	if (again) {
		third = text_write(again, 0, &third_len);
		text_check(second_len == third_len && !memcmp(second, third, third_len),
			   "what is written is read back");
		free(third);
	}
	free(second);
	profile_free(again);
	profile_free(profile);
}

static inline int text_fuzz(const struct text_format *format, const uint8_t *data, size_t size)
{
	struct profile *one, *other;
	char *text, *same;
	size_t len, same_len;

	if (!size)
		return 0;
	one = text_read(format, data[0], (const char *)data + 1, size - 1, 0);
	other = text_read(format, data[0], (const char *)data + 1, size - 1, (size - 1) / 2);
	text_check(!one == !other, "it is read however it arrives");
	if (!one)
		return 0;
	text = text_write(one, data[0], &len);
	same = text_write(other, data[0], &same_len);
	text_check(len == same_len && !memcmp(text, same, len),
		   "it is the same however it arrives");
	text_check_written(text, len);
	free(text);
	free(same);
	profile_free(one);
	profile_free(other);
	return 0;
}

#endif
