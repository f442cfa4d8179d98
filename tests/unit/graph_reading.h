/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of the reader of graphs share: bytes that are read as a file of them would be. */
#ifndef BOLOMETER_TESTS_GRAPH_READING_H
#define BOLOMETER_TESTS_GRAPH_READING_H

#include "tests/unit/unit.h"

#include <sys/mman.h>
#include <unistd.h>

#include "profiler/file/file.h"
#include "profiler/file/graph.h"

struct told {
	char line[512];
	struct file_complaints complaints;
};

static inline void tell(void *data, const char *line)
{
	snprintf(((struct told *)data)->line, sizeof(((struct told *)data)->line), "%s", line);
}

/* Reads len bytes, of which file_read() would have read the first ones. */
static inline int read_graph(struct profile *profile, const char *text, size_t len, struct told *told)
{
	size_t head = len < FILE_HEAD_BYTES ? len : FILE_HEAD_BYTES;
	int fd = memfd_create("graph", MFD_CLOEXEC), err;

	*told = (struct told){.complaints = {.tell = tell, .data = told}};
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
	assert_int_equal(lseek(fd, (off_t)head, SEEK_SET), head);
	assert_true(graph_looks_like(text, head));
	err = graph_read(fd, text, head, profile, &told->complaints);
	close(fd);
	return err;
}

#endif
