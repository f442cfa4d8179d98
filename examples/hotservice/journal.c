// SPDX-License-Identifier: GPL-2.0-or-later
/* The journal and its flusher thread, see journal.h. */
#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "frame.h"

#define BUFFER_BYTES	 (256 * 1024)
#define RECORD_HEAD_MAX	 64
#define TEMPORARY_FOLDER "/tmp"

static int open_file(const char *path)
{
	int fd;

	if (path)
		fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	else
		fd = open(TEMPORARY_FOLDER, O_WRONLY | O_TMPFILE | O_APPEND | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : fd;
}

static int write_all(int fd, const char *batch, size_t len)
{
	while (len) {
		ssize_t written = write(fd, batch, len);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		batch += written;
		len -= (size_t)written;
	}
	return 0;
}

/* By one thread at a time: the flusher, or who has the lock. */
static FRAME int write_batch(struct journal *journal, const char *batch, size_t len)
{
	if (journal->file_bytes + len > JOURNAL_FILE_MAX) {
		if (ftruncate(journal->fd, 0))
			return -errno;
		journal->file_bytes = 0;
	}
	journal->file_bytes += len;
	return write_all(journal->fd, batch, len);
}

static FRAME int commit_batch(struct journal *journal, const char *batch, size_t len)
{
	int err = write_batch(journal, batch, len);

	if (err)
		return err;
	return fsync(journal->fd) ? -errno : 0;
}

/* With the lock held; let go while the disk works. */
static void flush_locked(struct journal *journal)
{
	uint64_t upto = journal->appended;
	size_t len = journal->len;
	char *batch = journal->filling;
	int err;

	journal->filling = journal->flushing;
	journal->flushing = batch;
	journal->len = 0;
	pthread_mutex_unlock(&journal->lock);
	err = commit_batch(journal, batch, len);
	pthread_mutex_lock(&journal->lock);
	journal->flushes++;
	if (err)
		journal->error = err;
	else
		journal->durable = upto;
	pthread_cond_broadcast(&journal->committed);
}

static void *flusher_main(void *arg)
{
	struct journal *journal = arg;

	pthread_setname_np(pthread_self(), "flusher");
	pthread_mutex_lock(&journal->lock);
	for (;;) {
		while (!journal->len && !journal->stopping)
			pthread_cond_wait(&journal->pending, &journal->lock);
		if (!journal->len)
			break;
		flush_locked(journal);
	}
	pthread_mutex_unlock(&journal->lock);
	return NULL;
}

int journal_open(struct journal *journal, const char *path, bool sync_each)
{
	int err;

	memset(journal, 0, sizeof(*journal));
	journal->sync_each = sync_each;
	journal->fd = open_file(path);
	if (journal->fd < 0)
		return journal->fd;
	err = -ENOMEM;
	journal->filling = malloc(BUFFER_BYTES);
	journal->flushing = malloc(BUFFER_BYTES);
	if (!journal->filling || !journal->flushing)
		goto fail;
	pthread_mutex_init(&journal->lock, NULL);
	pthread_cond_init(&journal->pending, NULL);
	pthread_cond_init(&journal->committed, NULL);
	err = -pthread_create(&journal->flusher, NULL, flusher_main, journal);
	if (!err)
		return 0;
fail:
	free(journal->flushing);
	free(journal->filling);
	close(journal->fd);
	return err;
}

void journal_close(struct journal *journal)
{
	pthread_mutex_lock(&journal->lock);
	journal->stopping = true;
	pthread_cond_signal(&journal->pending);
	pthread_mutex_unlock(&journal->lock);
	pthread_join(journal->flusher, NULL);
	pthread_cond_destroy(&journal->committed);
	pthread_cond_destroy(&journal->pending);
	pthread_mutex_destroy(&journal->lock);
	free(journal->flushing);
	free(journal->filling);
	close(journal->fd);
}

/* Number, length and CRC-32, then the text: what reading a torn journal needs. */
static FRAME size_t format_record(char *record, uint64_t number, const char *text, size_t len)
{
	unsigned long crc = crc32(0, (const unsigned char *)text, (unsigned)len);
	size_t head = (size_t)snprintf(record, RECORD_HEAD_MAX, "%" PRIu64 " %zu %08lx ", number,
				       len, crc);

	memcpy(record + head, text, len);
	record[head + len] = '\n';
	return head + len + 1;
}

static FRAME int wait_durable_locked(struct journal *journal, uint64_t number)
{
	while (journal->durable < number && !journal->error)
		pthread_cond_wait(&journal->committed, &journal->lock);
	return journal->durable < number ? journal->error : 0;
}

/* As it should be: the flusher writes it together with what others append meanwhile. */
static int append_shared_locked(struct journal *journal, const char *text, size_t len,
				uint64_t *ret_number)
{
	uint64_t number;
	int err;

	while (journal->len + JOURNAL_RECORD_MAX > BUFFER_BYTES && !journal->error)
		pthread_cond_wait(&journal->committed, &journal->lock);
	if (journal->error)
		return journal->error;
	number = ++journal->appended;
	journal->len += format_record(journal->filling + journal->len, number, text, len);
	pthread_cond_signal(&journal->pending);
	err = wait_durable_locked(journal, number);
	if (!err)
		*ret_number = number;
	return err;
}

/* As it often is: a sync for each record, by whoever appended it. */
static FRAME int append_synced(struct journal *journal, const char *text, size_t len,
			       uint64_t *ret_number)
{
	char record[JOURNAL_RECORD_MAX];
	uint64_t number = 0;
	int err;

	pthread_mutex_lock(&journal->lock);
	err = journal->error;
	if (!err) {
		number = ++journal->appended;
		len = format_record(record, number, text, len);
		err = journal->error = write_batch(journal, record, len);
	}
	pthread_mutex_unlock(&journal->lock);
	if (err)
		return err;
	if (fsync(journal->fd)) {
		err = -errno;
		pthread_mutex_lock(&journal->lock);
		journal->error = err;
		pthread_mutex_unlock(&journal->lock);
		return err;
	}
	*ret_number = number;
	return 0;
}

FRAME int journal_append(struct journal *journal, const char *text, size_t len,
			 uint64_t *ret_number)
{
	int err;

	if (len > JOURNAL_RECORD_MAX - RECORD_HEAD_MAX)
		return -EMSGSIZE;
	if (journal->sync_each)
		return append_synced(journal, text, len, ret_number);
	pthread_mutex_lock(&journal->lock);
	err = append_shared_locked(journal, text, len, ret_number);
	pthread_mutex_unlock(&journal->lock);
	return err;
}
