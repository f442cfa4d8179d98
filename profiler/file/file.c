// SPDX-License-Identifier: GPL-2.0-or-later
/* The formats that can be read, and telling them apart; see file.h. */
#include "profiler/file/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "profiler/file/folded.h"
#include "profiler/model/alloc.h"

/* Without this, the script in a graph would be taken for stacks. */
static bool graph_looks_like(const char *head, size_t len)
{
	static const char *const starts[] = {"<svg", "<?xml", "<!DOCTYPE", "<html"};

	for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
		if (len >= strlen(starts[i]) && !memcmp(head, starts[i], strlen(starts[i])))
			return true;
	}
	return false;
}

static int graph_refuse(int fd, const char *head, size_t len, struct profile *profile,
			struct file_complaints *complaints)
{
	return -ENOTSUP;
}

const struct file_format file_formats[] = {
	{"svg", "flame graphs; not read yet", graph_looks_like, graph_refuse},
	/* Last: any text may be folded stacks. */
	{"folded", "folded stacks: frame;frame;frame COUNT", folded_looks_like, folded_read},
	{0},
};

void file_complain(struct file_complaints *complaints, const char *format, ...)
{
	char line[256];
	va_list args;

	if (++complaints->count > FILE_COMPLAINTS_TOLD)
		return;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	complaints->tell(complaints->data, line);
}

/* Fills head as far as the file goes. Returns its length or -errno. */
static ssize_t read_head(int fd, char head[FILE_HEAD_BYTES])
{
	size_t len = 0;

	while (len < FILE_HEAD_BYTES) {
		ssize_t got = read(fd, head + len, FILE_HEAD_BYTES - len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		len += (size_t)got;
	}
	return (ssize_t)len;
}

int file_read(const char *path, struct profile *profile, struct file_complaints *complaints)
{
	int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	char head[FILE_HEAD_BYTES];
	ssize_t len;
	int err = -EINVAL;

	if (fd < 0)
		return -errno;
	len = read_head(fd, head);
	if (len < 0)
		err = (int)len;
	for (const struct file_format *format = file_formats; len >= 0 && format->name; format++) {
		if (!format->looks_like(head, (size_t)len))
			continue;
		err = format->read(fd, head, (size_t)len, profile, complaints);
		break;
	}
	if (fd != STDIN_FILENO)
		close(fd);
	return err;
}
