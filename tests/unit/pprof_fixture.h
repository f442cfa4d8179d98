/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Profiles written as pprof, or in other formats, and read from them, in memory. */
#ifndef BOLOMETER_TESTS_PPROF_FIXTURE_H
#define BOLOMETER_TESTS_PPROF_FIXTURE_H

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "profiler/file/file.h"
#include "profiler/model/tree_build.h"
#include "render/render.h"

struct pprof_told {
	char line[512], remark[512];
	struct file_complaints complaints;
};

static inline void pprof_tell(void *data, const char *line)
{
	struct pprof_told *told = data;

	snprintf(told->line, sizeof(told->line), "%s", line);
}

static inline void pprof_remark(void *data, const char *line)
{
	struct pprof_told *told = data;

	snprintf(told->remark, sizeof(told->remark), "%s", line);
}

/* Reads len bytes, of which file_read() would have read the first ones. */
static inline int format_parse(struct profile *profile, const char *name, const void *bytes,
			       size_t len, struct pprof_told *told)
{
	const struct file_format *format = file_format_by_name(name);
	size_t head_len = len < FILE_HEAD_BYTES ? len : FILE_HEAD_BYTES;
	int fd = memfd_create(name, MFD_CLOEXEC), err;
	/* In memory of exactly its size, so that the sanitizer sees a read past the end. */
	char *head = malloc(head_len + !head_len);

	*told = (struct pprof_told){
		.complaints = {.tell = pprof_tell, .remark = pprof_remark, .data = told}};
	assert(fd >= 0 && head);
	assert(write(fd, (const char *)bytes + head_len, len - head_len) ==
	       (ssize_t)(len - head_len));
	lseek(fd, 0, SEEK_SET);
	memcpy(head, bytes, head_len);
	format->looks_like(head, head_len);
	err = format->read(fd, head, head_len, profile, &told->complaints);
	free(head);
	close(fd);
	return err;
}

static inline int pprof_parse(struct profile *profile, const void *bytes, size_t len,
			      struct pprof_told *told)
{
	return format_parse(profile, "pprof", bytes, len, told);
}

/* What can be read, without a complaint. */
static inline struct profile *pprof_read_again(const void *bytes, size_t len)
{
	struct profile *profile = profile_new();
	struct pprof_told told;
	int err = pprof_parse(profile, bytes, len, &told);

	if (err || told.line[0]) {
		fprintf(stderr, "%d: %s\n", err, told.line);
		abort();
	}
	return profile;
}

/* A view of a profile in a format; the caller frees. */
static inline char *pprof_render(struct profile *profile, const char *format,
				 const struct view *view, enum group_key group, size_t *ret_len)
{
	struct symbols symbols;
	struct tree_quality quality;
	struct circumstances about = profile->about;
	struct tree *tree;
	char *text = NULL;
	FILE *out = open_memstream(&text, ret_len);
	const char *wrong;

	profile_seal(profile);
	wrong = profile_check(profile);
	if (wrong)
		fprintf(stderr, "%s\n", wrong);
	if (wrong || symbols_init(&symbols, profile))
		abort();
	tree = tree_build(profile, &symbols, group, view);
	if (!tree)
		abort();
	tree_measure(tree, &quality);
	memcpy(about.values, tree->values, sizeof(about.values));
	about.nr_values = tree->nr_values;
	struct render_samples samples = {profile, &symbols, view, group};
	struct render_input input = {
		.tree = tree, .about = &about, .quality = &quality, .samples = &samples};
	if (render_format_by_name(format)->write(&input, out) || fclose(out))
		abort();
	tree_free(tree);
	symbols_fini(&symbols);
	return text;
}

#endif
