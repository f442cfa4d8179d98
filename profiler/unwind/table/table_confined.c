// SPDX-License-Identifier: GPL-2.0-or-later
/* Having a table built by another process, and checking it; see table_confined.h. */
#include "profiler/unwind/table/table_confined.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/workers/channel.h"
#include "profiler/workers/confine.h"
#include "profiler/unwind/table/cfi_rows.h"

/* The only message; units follow. */
struct built_head {
	int32_t err;
	uint32_t zero;
	uint64_t base, damaged;
};

/* Rows, with an index of a quarter of their size and some. */
#define MESSAGE_MAX (sizeof(struct built_head) + (CFI_ROWS_MAX + CFI_ROWS_MAX / 2) * 8ULL)

/* ---- checking -------------------------------------------------------------------------------- */

static bool header_is_right(const struct unwind_table *table,
			    const struct unwind_table_header *header)
{
	return header->nr_rows && header->nr_rows <= CFI_ROWS_MAX && header->page_shift < 32 &&
	       header->nr_pages <= table->nr_units * 2 &&
	       UNWIND_HEADER_UNITS + UNWIND_INDEX_UNITS((size_t)header->nr_pages) +
			       header->nr_rows ==
		       table->nr_units;
}

static bool rows_are_right(const struct unwind_table_header *header, const struct unwind_row *rows,
			   uint32_t *ret_other)
{
	*ret_other = 0;
	for (uint32_t i = 0; i < header->nr_rows; i++) {
		if (rows[i].addr < header->start || (i && rows[i].addr <= rows[i - 1].addr) ||
		    UNWIND_RULE_CFA(rows[i].rule) >= UNWIND_CFA_COUNT ||
		    UNWIND_RULE_FP(rows[i].rule) >= UNWIND_FP_COUNT)
			return false;
		*ret_other += UNWIND_RULE_CFA(rows[i].rule) == UNWIND_CFA_OTHER;
	}
	return rows[0].addr == header->start;
}

/* Every page begins in the row that its entry names. */
static bool index_is_right(const struct unwind_table_header *header, const struct unwind_row *rows,
			   const uint32_t *index)
{
	for (uint32_t page = 0; page < header->nr_pages; page++) {
		uint64_t addr = header->start + ((uint64_t)page << header->page_shift);
		uint32_t row = index[page];

		if (row >= header->nr_rows || rows[row].addr > addr ||
		    (row + 1 < header->nr_rows && rows[row + 1].addr <= addr))
			return false;
	}
	return index[header->nr_pages] == header->nr_rows - 1;
}

bool unwind_table_check(struct unwind_table *table)
{
	struct unwind_table_header header;
	const struct unwind_row *rows;

	if (table->nr_units <= UNWIND_HEADER_UNITS || table->base % UNWIND_BASE_ALIGN)
		return false;
	memcpy(&header, table->units, sizeof(header));
	if (!header_is_right(table, &header))
		return false;
	rows = (const void *)(table->units + table->nr_units - header.nr_rows);
	table->nr_rows = header.nr_rows;
	return rows_are_right(&header, rows, &table->nr_other) &&
	       index_is_right(&header, rows,
			      (const uint32_t *)(table->units + UNWIND_HEADER_UNITS));
}

/* ---- in the process -------------------------------------------------------------------------- */

static int send_table(int channel, int err, const struct unwind_table *table)
{
	struct built_head head = {.err = err};

	if (!err) {
		head.base = table->base;
		head.damaged = table->damaged;
	}
	return channel_send_parts(channel, 0, &head, sizeof(head), table->units,
				  table->nr_units * UNWIND_UNIT_BYTES, -1);
}

/* Builds the table of each file that it is sent, until there is nobody there any more. */
static void build_each(int channel, void *data)
{
	struct message message = MESSAGE_NONE;
	int err = 0;

	(void)data;
	while (!err && !channel_receive(channel, 0, &message)) {
		struct unwind_table table = {0};

		err = unwind_table_build(message.fd, &table);
		err = send_table(channel, err, &table);
		unwind_table_fini(&table);
	}
}

/* ---- processes ------------------------------------------------------------------------------- */

/* Files that one process reads: so many tables at most may be wrong because of one of the files. */
#define FILES_MAX 32

struct table_process {
	struct confined confined;
	unsigned int files;
};

/* Those that wait for a file; there are as many as threads that build. */
static struct {
	pthread_mutex_t lock;
	struct table_process waiting[4];
	size_t count;
} idle = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void end(struct table_process *process, int err)
{
	char why[64];

	confine_end(&process->confined, err, why, sizeof(why));
}

/* One that waits, or a new one. Returns 0 or -errno. */
static int take_process(struct table_process *ret)
{
	bool found;

	pthread_mutex_lock(&idle.lock);
	found = idle.count;
	if (found)
		*ret = idle.waiting[--idle.count];
	pthread_mutex_unlock(&idle.lock);
	if (found)
		return 0;
	*ret = (struct table_process){.files = 0};
	return confine_begin(&ret->confined, build_each, NULL, NULL, 0);
}

/* Lets it wait for more, unless it has read enough or there are others. */
static void put_back(struct table_process *process)
{
	bool kept = false;

	pthread_mutex_lock(&idle.lock);
	if (++process->files < FILES_MAX && idle.count < ARRAY_LEN(idle.waiting)) {
		idle.waiting[idle.count++] = *process;
		kept = true;
	}
	pthread_mutex_unlock(&idle.lock);
	if (!kept)
		end(process, 0);
}

void unwind_table_end_confined(void)
{
	struct table_process process;

	for (;;) {
		pthread_mutex_lock(&idle.lock);
		if (!idle.count) {
			pthread_mutex_unlock(&idle.lock);
			return;
		}
		process = idle.waiting[--idle.count];
		pthread_mutex_unlock(&idle.lock);
		end(&process, 0);
	}
}

/* ---- asking ---------------------------------------------------------------------------------- */

/* The table in a message, in memory of its own. */
static int take(const struct message *message, struct unwind_table *ret_table)
{
	struct unwind_table table = {0};
	struct built_head head;
	size_t len;

	if (message->len < sizeof(head))
		return -EBADMSG;
	memcpy(&head, message->bytes, sizeof(head));
	if (head.err)
		return head.err < 0 ? head.err : -EBADMSG;
	len = message->len - sizeof(head);
	table.nr_units = len / UNWIND_UNIT_BYTES;
	table.base = head.base;
	table.damaged = head.damaged;
	table.units = malloc(len + 1);
	if (!table.units)
		return -ENOMEM;
	memcpy(table.units, message->bytes + sizeof(head), len);
	if (len % UNWIND_UNIT_BYTES || !unwind_table_check(&table)) {
		unwind_table_fini(&table);
		return -EBADMSG;
	}
	*ret_table = table;
	return 0;
}

int unwind_table_build_confined(int fd, struct unwind_table *ret_table)
{
	struct message message = MESSAGE_NONE;
	struct table_process process;
	int err;

	if (fd < 0)
		return -EBADF;
	err = take_process(&process);
	if (err)
		return err;
	err = channel_send(process.confined.fd, 0, NULL, 0, fd);
	if (!err)
		err = channel_receive(process.confined.fd, MESSAGE_MAX, &message);
	if (err)
		end(&process, err);
	else
		put_back(&process);
	if (!err)
		err = take(&message, ret_table);
	else if (err != -ENOMEM)
		err = -EBADMSG;
	message_fini(&message);
	return err;
}
