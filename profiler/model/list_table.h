/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interned lists of records: equal lists have one id. For what many things have
 * the same few of, such as the labels of samples. Records are of one size and
 * compared by their bytes, so they have no padding.
 */
#ifndef BOLOMETER_MODEL_LIST_TABLE_H
#define BOLOMETER_MODEL_LIST_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "profiler/model/index.h"

/* The list without records has id 0 in every table. */
#define LIST_EMPTY 0U

struct list_span {
	uint32_t first, count; /* records */
};

/* All zero but for the size of a record is an empty table. */
struct list_table {
	size_t record_bytes;
	unsigned char *records;
	size_t nr_records, cap_bytes;
	struct list_span *lists; /* of the lists 1, 2, ... */
	size_t nr_lists, cap_lists;
	struct index index; /* until sealed */
};

void list_table_fini(struct list_table *table);

/* The id of a list of `count` records, added if new. Returns 0 or -ENOMEM. */
int list_table_intern(struct list_table *table, const void *records, size_t count,
		      uint32_t *ret_id);

/*
 * Adds a list without looking for one that is equal, and is not found by list_table_intern(): for
 * what is known to be different from all others. Likewise.
 */
int list_table_append(struct list_table *table, const void *records, size_t count,
		      uint32_t *ret_id);

/* Frees what only adding needs. */
void list_table_seal(struct list_table *table);

/* Whether there is a list of that id. */
static inline int list_table_has(const struct list_table *table, uint32_t id)
{
	return id <= table->nr_lists;
}

/* The records of a list, valid until one is added, and how many these are. */
const void *list_table_get(const struct list_table *table, uint32_t id, size_t *ret_count);

#endif
