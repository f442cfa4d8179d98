// SPDX-License-Identifier: GPL-2.0-or-later
/* Perf maps as logs; see jit_log.h. */
#include "profiler/proc/jit_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "profiler/model/alloc.h"
#include "profiler/proc/descriptors.h"

#define PIECE (64 * 1024)

void jit_log_init(struct jit_log *log)
{
	*log = (struct jit_log){.copy_fd = -1, .map_fd = -1, .error = ENOENT};
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void jit_log_fini(struct jit_log *log)
{
	close_fd(&log->copy_fd);
	close_fd(&log->map_fd);
	free(log->moments);
}

/* ---- the log --------------------------------------------------------------------------------- */

/* No room for a copy: the file as it will be at the end has to do. */
static void go_direct(struct jit_log *log, struct jit_budget *budget)
{
	close_fd(&log->copy_fd);
	budget->bytes_left += log->len;
	log->direct = true;
	log->len = log->lines_end = UINT64_MAX;
	for (size_t i = 0; i < log->nr_moments; i++)
		log->moments[i].map_end = UINT64_MAX;
}

static bool begin_copy(struct jit_log *log)
{
	if (log->copy_fd < 0)
		log->copy_fd = memfd_create("perf map", MFD_CLOEXEC);
	if (log->copy_fd >= 0 && descriptor_hold(log->copy_fd) < 0)
		log->copy_fd = -1;
	return log->copy_fd >= 0;
}

/* Adds bytes to the copy; false when there is no room. */
static bool append(struct jit_log *log, const char *bytes, size_t len, struct jit_budget *budget)
{
	const char *newline = memrchr(bytes, '\n', len);

	if (len > budget->bytes_left ||
	    pwrite(log->copy_fd, bytes, len, (off_t)log->len) != (ssize_t)len)
		return false;
	budget->bytes_left -= len;
	if (newline)
		log->lines_end = log->len + (uint64_t)(newline - bytes) + 1;
	log->len += len;
	return true;
}

/* A file that begins anew does not go on with the last line of what was before. */
static bool end_line(struct jit_log *log, struct jit_budget *budget)
{
	return log->len == log->lines_end || append(log, "\n", 1, budget);
}

/* ---- the file -------------------------------------------------------------------------------- */

static ssize_t read_at(int fd, void *to, size_t len, uint64_t off)
{
	ssize_t n;

	do
		n = pread(fd, to, len, (off_t)off);
	while (n < 0 && errno == EINTR);
	return n;
}

/* How much of head and tail there is. */
static size_t edge_len(const struct jit_log *log)
{
	return log->read < JIT_LOG_EDGE ? (size_t)log->read : JIT_LOG_EDGE;
}

/* Remembers the edges of what was read. */
static void keep_edges(struct jit_log *log)
{
	size_t len = edge_len(log);

	if (read_at(log->map_fd, log->head, len, 0) != (ssize_t)len ||
	    read_at(log->map_fd, log->tail, len, log->read - len) != (ssize_t)len)
		log->read = 0; /* it changes just now: it is read anew next time */
}

/* Whether the file still begins with what was read of it, by its size and edges. */
static bool goes_on(const struct jit_log *log, uint64_t size)
{
	char head[JIT_LOG_EDGE], tail[JIT_LOG_EDGE];
	size_t len = edge_len(log);

	if (size < log->read)
		return false;
	return read_at(log->map_fd, head, len, 0) == (ssize_t)len &&
	       read_at(log->map_fd, tail, len, log->read - len) == (ssize_t)len &&
	       !memcmp(head, log->head, len) && !memcmp(tail, log->tail, len);
}

/* Copies the file from log->read up to `size`. False when there is no room. */
static bool copy(struct jit_log *log, uint64_t size, struct jit_budget *budget)
{
	char piece[PIECE];

	if (size > log->read && size - log->read > budget->bytes_left)
		return false;
	while (log->read < size) {
		uint64_t left = size - log->read;
		ssize_t n =
			read_at(log->map_fd, piece, left < PIECE ? (size_t)left : PIECE, log->read);

		if (n <= 0)
			break;
		if (!append(log, piece, (size_t)n, budget))
			return false;
		log->read += (uint64_t)n;
	}
	keep_edges(log);
	return true;
}

/* Adds what is new in the file. */
static void catch_up(struct jit_log *log, struct jit_budget *budget)
{
	bool has_room = true;
	struct stat st;

	if (log->map_fd < 0 || log->direct || fstat(log->map_fd, &st))
		return;
	if (!begin_copy(log)) {
		go_direct(log, budget);
		return;
	}
	if (!goes_on(log, (uint64_t)st.st_size)) {
		has_room = end_line(log, budget);
		log->read = 0;
	}
	if (!has_room || !copy(log, (uint64_t)st.st_size, budget))
		go_direct(log, budget);
}

int jit_log_unshare(struct jit_log *log)
{
	int fd = log->copy_fd < 0 ? -1 : memfd_create("perf map", MFD_CLOEXEC);
	char piece[PIECE];
	uint64_t done = 0;

	if (log->copy_fd < 0)
		return 0;
	while (fd >= 0 && done < log->len) {
		uint64_t left = log->len - done;
		ssize_t n = read_at(log->copy_fd, piece, left < PIECE ? (size_t)left : PIECE, done);

		if (n <= 0 || pwrite(fd, piece, (size_t)n, (off_t)done) != n) {
			close(fd);
			return -EIO;
		}
		done += (uint64_t)n;
	}
	if (fd < 0)
		return -errno;
	close(log->copy_fd);
	log->copy_fd = fd;
	return 0;
}

static bool same_file(int a, int b)
{
	struct stat one, other;

	return !fstat(a, &one) && !fstat(b, &other) && one.st_dev == other.st_dev &&
	       one.st_ino == other.st_ino;
}

int jit_log_fd(const struct jit_log *log)
{
	return log->direct ? log->map_fd : log->copy_fd;
}

void jit_log_hold(struct jit_log *log, int map_fd, struct jit_budget *budget)
{
	if (map_fd < 0) {
		if (log->map_fd < 0)
			log->error = -map_fd;
		return;
	}
	if (log->map_fd >= 0 && same_file(log->map_fd, map_fd)) {
		close(map_fd);
		return;
	}
	/* Another file took its place: the end of the one before, then the new one from its start. */
	if (log->map_fd >= 0) {
		catch_up(log, budget);
		close(log->map_fd);
		if (!log->direct && log->len && !end_line(log, budget))
			go_direct(log, budget);
	}
	log->map_fd = map_fd;
	log->read = 0;
	log->error = 0;
}

void jit_log_end(struct jit_log *log, struct jit_budget *budget)
{
	catch_up(log, budget);
	if (log->direct)
		return;
	close_fd(&log->map_fd);
	log->error = log->copy_fd < 0 ? ENOENT : 0;
}

/* ---- moments --------------------------------------------------------------------------------- */

int jit_log_look(struct jit_log *log, uint64_t now_ns, uint64_t dump_size,
		 struct jit_budget *budget)
{
	struct jit_moment *last = log->nr_moments ? &log->moments[log->nr_moments - 1] : NULL;
	int err;

	catch_up(log, budget);
	if (last && last->map_end == log->lines_end && last->dump_size == dump_size) {
		last->time_ns = now_ns;
		return 0;
	}
	err = ARRAY_RESERVE(log->moments, log->cap_moments, log->nr_moments + 1);
	if (!err)
		log->moments[log->nr_moments++] =
			(struct jit_moment){now_ns, log->lines_end, dump_size};
	return err;
}

void jit_log_forget_moments(struct jit_log *log)
{
	if (log->nr_moments < 2)
		return;
	log->moments[0] = log->moments[log->nr_moments - 1];
	log->nr_moments = 1;
}

bool jit_log_is_behind(const struct jit_log *log, uint64_t time_ns)
{
	return !log->nr_moments || log->moments[log->nr_moments - 1].time_ns < time_ns;
}

uint32_t jit_log_moment(const struct jit_log *log, uint64_t time_ns)
{
	size_t low = 0, high = log->nr_moments;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (log->moments[middle].time_ns < time_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return (uint32_t)low;
}
