/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal: records that are on disk when journal_append() returns.
 *
 * Writers add to a buffer in memory and wait; the flusher thread writes and syncs
 * what has gathered meanwhile, so that many writers share one fsync (group commit).
 * With `sync_each` nothing is shared: each writer writes and syncs its own record.
 */
#ifndef HOTSERVICE_JOURNAL_H
#define HOTSERVICE_JOURNAL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOURNAL_RECORD_MAX 8192		      /* with its header */
#define JOURNAL_FILE_MAX   (16 * 1024 * 1024) /* the file then starts again from nothing */

struct journal {
	int fd;
	pthread_t flusher;
	pthread_mutex_t lock;
	pthread_cond_t pending;	  /* there is something to write, or it is time to stop */
	pthread_cond_t committed; /* `durable` grew, or writing failed */
	char *filling, *flushing; /* two buffers that change places at each flush */
	size_t len;		  /* bytes in `filling` */
	uint64_t appended, durable;
	uint64_t flushes;
	int error; /* -errno of the write that failed; nothing is accepted after it */
	bool stopping;
	bool sync_each;
	uint64_t file_bytes; /* the flusher's own; with sync_each, of who has the lock */
};

/* Opens the file (NULL: a temporary one without a name) and starts the flusher. 0 or -errno. */
int journal_open(struct journal *journal, const char *path, bool sync_each);
/* Flushes what is left and stops the flusher. */
void journal_close(struct journal *journal);

/* Adds a record and waits until it is on disk. Returns 0, -EMSGSIZE, or why writing failed. */
int journal_append(struct journal *journal, const char *text, size_t len, uint64_t *ret_number);

#endif
