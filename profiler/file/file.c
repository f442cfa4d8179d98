// SPDX-License-Identifier: GPL-2.0-or-later
/* The formats that can be read, and telling them apart; see file.h. */
#include "profiler/file/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "profiler/file/file_bytes.h"
#include "profiler/file/folded.h"
#include "profiler/file/graph.h"
#include "profiler/file/perf_script.h"
#include "profiler/file/stacks.h"
#include "profiler/file/pprof.h"
#include "profiler/file/speedscope.h"

const struct file_format file_formats[] = {
	/* Before text, for which the script in a graph would be taken. */
	{"svg", "flame graphs that bolometer wrote, .svg or .html", graph_looks_like, graph_read, false},
	{"pprof", "pprof profiles, also packed with gzip: of Go, Parca, Pyroscope and others",
	 pprof_looks_like, pprof_read, true},
	{"speedscope", "speedscope's JSON: of speedscope itself, py-spy, rbspy and others",
	 speedscope_looks_like, speedscope_read, true},
	{"perf-data", "what perf record writes: not read, perf script prints it", perf_data_looks_like,
	 perf_data_read, false},
	/* Before perf script, whose frames its own may look like. */
	{"bpftrace", "maps of bpftrace with stacks in their keys", bpftrace_looks_like, bpftrace_read, false},
	{"perf-script", "what perf script prints", perf_script_looks_like, perf_script_read, false},
	{"bcc", "stacks over several lines as tools of bcc print them", bcc_looks_like, bcc_read, false},
	/* Last: any text may be folded stacks. */
	{"folded", "folded stacks: frame;frame;frame COUNT", folded_looks_like, folded_read, false},
	{0},
};

void file_complain(struct file_complaints *complaints, const char *format, ...)
{
	char line[FILE_COMPLAINT_BYTES];
	va_list args;

	if (++complaints->count > FILE_COMPLAINTS_TOLD)
		return;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	complaints->tell(complaints->data, line);
}

void file_remark(struct file_complaints *complaints, const char *format, ...)
{
	char line[256];
	va_list args;

	if (!complaints->remark)
		return;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	complaints->remark(complaints->data, line);
}

const struct file_format *file_format_by_name(const char *name)
{
	for (const struct file_format *format = file_formats; format->name; format++) {
		if (!strcmp(format->name, name))
			return format;
	}
	return NULL;
}

int file_begin_values(struct profile *profile, const struct circumstances *about,
		      size_t ret_from[VALUE_TYPES_MAX], bool *ret_first,
		      struct file_complaints *complaints)
{
	const struct value_type *have = &profile->about.values[0], *more = &about->values[0];

	*ret_first = !profile->about.nr_values;
	if (!profile_join_value_types(profile, about->values, about->nr_values, ret_from))
		return 0;
	file_complain(complaints,
		      "its values are %s (%s), those read before it %s (%s); these cannot be "
		      "added up", more->name, more->unit, have->name, have->unit);
	return -EBADMSG;
}

/* Takes the texts; the values are those that are in use already. */
static void take_about(struct circumstances *into, struct circumstances *about)
{
	memcpy(about->values, into->values, sizeof(into->values));
	about->nr_values = into->nr_values;
	*into = *about;
	circumstances_init(about);
}

int file_end_about(struct profile *profile, struct circumstances *about, bool first,
		   struct file_complaints *complaints)
{
	int err;

	if (first) {
		take_about(&profile->about, about);
		return 0;
	}
	err = circumstances_add(&profile->about, about);
	if (!err) {
		slices_fini(&profile->slices); /* were of the time of one capture */
		return 0;
	}
	file_complain(complaints, "what is known of it cannot be added to the files before it: %s",
		      err == -E2BIG ? "there are too many kinds of events"
				    : "the numbers are too large");
	return -EBADMSG;
}

int file_begin(struct profile *profile, struct circumstances *about,
	       size_t ret_from[VALUE_TYPES_MAX], struct file_complaints *complaints)
{
	bool first;
	int err = file_begin_values(profile, about, ret_from, &first, complaints);

	return err ? err : file_end_about(profile, about, first, complaints);
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

/* Of a file that starts like this; NULL when it is none that is known. */
static const struct file_format *guess_format(const char *head, size_t len,
					      struct file_complaints *complaints)
{
	const struct file_format *first = NULL, *format = file_formats;

	for (; format->name; format++) {
		if (!format->looks_like(head, len))
			continue;
		if (!first)
			first = format;
		else if (format[1].name) /* any text may be folded stacks */
			file_remark(complaints, "taken for %s, but could be %s; --from says which",
				    first->name, format->name);
	}
	if (first && complaints->explain)
		file_remark(complaints, "taken for %s (%s)", first->name, first->about);
	return first;
}

/* What looks like no format, or, with --from, is packed where it may not be. 0, -EINVAL or -EBADMSG. */
static int check_format(const struct file_format *format, const char *head, size_t len,
			struct file_complaints *complaints)
{
	bool packed = file_bytes_packed(head, len);

	if (format && (format->may_be_packed || !packed))
		return 0;
	if (!packed)
		return -EINVAL;
	file_complain(complaints, "at byte 0: it is packed with gzip, which only profiles of pprof and "
				  "speedscope may be; unpack it: gzip -dc FILE | bolometer render -");
	return -EBADMSG;
}

int file_read(const char *path, const struct file_format *from, struct profile *profile,
	      struct file_complaints *complaints)
{
	int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	char head[FILE_HEAD_BYTES];
	ssize_t len;
	int err;

	if (fd < 0)
		return -errno;
	len = read_head(fd, head);
	if (len >= 0 && !from)
		from = guess_format(head, (size_t)len, complaints);
	err = len < 0 ? (int)len : check_format(from, head, (size_t)len, complaints);
	if (!err)
		err = from->read(fd, head, (size_t)len, profile, complaints);
	if (fd != STDIN_FILENO)
		close(fd);
	return err;
}
