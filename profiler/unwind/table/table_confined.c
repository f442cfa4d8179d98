// SPDX-License-Identifier: GPL-2.0-or-later
/* Having a table built by another process, and checking it; see table_confined.h. */
#include "profiler/unwind/table/table_confined.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/channel.h"
#include "profiler/model/confine.h"
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

/* ---- both sides ------------------------------------------------------------------------------ */

static void build(int channel, void *data)
{
	struct unwind_table table = {0};
	struct built_head head = {.err = unwind_table_build(*(int *)data, &table)};

	if (!head.err) {
		head.base = table.base;
		head.damaged = table.damaged;
	}
	channel_send_parts(channel, 0, &head, sizeof(head), table.units,
			   table.nr_units * UNWIND_UNIT_BYTES, -1);
}

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
	struct confined confined;
	char why[64];
	int err = confine_begin(&confined, build, &fd, &fd, 1);

	if (err)
		return err;
	err = channel_receive(confined.fd, MESSAGE_MAX, &message);
	if (!err)
		err = take(&message, ret_table);
	else if (err != -ENOMEM)
		err = -EBADMSG;
	confine_end(&confined, -EPROTO, why, sizeof(why)); /* it has said all that it had to say */
	message_fini(&message);
	return err;
}
