// SPDX-License-Identifier: GPL-2.0-or-later
/* Where most of what has no name is; see unnamed.h. */
#include "profiler/model/unnamed.h"

#include <stdlib.h>
#include <string.h>

const char *unnamed_file(const char *name, size_t *ret_len)
{
	const char *file = name + (*name == '[');
	const char *end = file > name ? strrchr(file, ']') : NULL;

	*ret_len = end ? (size_t)(end - file) : 0;
	return file;
}

static int compare_files(const void *left, const void *right, void *data)
{
	const struct tree *tree = data;
	size_t a_len, b_len;
	const char *a = unnamed_file(
		strings_text(tree->strings, tree->frames[*(const uint32_t *)left].name), &a_len);
	const char *b = unnamed_file(
		strings_text(tree->strings, tree->frames[*(const uint32_t *)right].name), &b_len);
	int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

	return order ? order : a_len < b_len ? -1 : a_len > b_len;
}

void unnamed_most(const struct tree *tree, const int64_t *values, uint32_t *ret_name,
		  int64_t *ret_value)
{
	uint32_t *frames = malloc((tree->nr_frames + 1) * sizeof(*frames));
	size_t count = 0, len;
	int64_t sum = 0;

	*ret_name = STRING_NONE;
	*ret_value = 0;
	for (uint32_t frame = 0; frames && frame < tree->nr_frames; frame++) {
		unnamed_file(strings_text(tree->strings, tree->frames[frame].name), &len);
		if (values[frame] > 0 && len)
			frames[count++] = frame;
	}
	if (count)
		qsort_r(frames, count, sizeof(*frames), compare_files, (void *)tree);
	for (size_t i = 0; i < count; i++) {
		if (i && compare_files(&frames[i - 1], &frames[i], (void *)tree))
			sum = 0;
		sum += values[frames[i]];
		if (sum > *ret_value) {
			*ret_value = sum;
			*ret_name = tree->frames[frames[i]].name;
		}
	}
	free(frames);
}
