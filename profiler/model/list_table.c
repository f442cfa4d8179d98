// SPDX-License-Identifier: GPL-2.0-or-later
/* Interned lists; see list_table.h. */
#include "profiler/model/list_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/model/hash.h"

void list_table_fini(struct list_table *table)
{
	free(table->records);
	free(table->lists);
	index_fini(&table->index);
	*table = (struct list_table){.record_bytes = table->record_bytes};
}

void list_table_seal(struct list_table *table)
{
	index_fini(&table->index);
}

const void *list_table_get(const struct list_table *table, uint32_t id, size_t *ret_count)
{
	struct list_span span = id ? table->lists[id - 1] : (struct list_span){0};

	*ret_count = span.count;
	return span.count ? table->records + span.first * table->record_bytes : NULL;
}

int list_table_append(struct list_table *table, const void *records, size_t count, uint32_t *ret_id)
{
	size_t bytes = table->nr_records * table->record_bytes;
	size_t more = size_mul(count, table->record_bytes);
	int err = ARRAY_RESERVE(table->records, table->cap_bytes, size_add(bytes, more));

	if (!err)
		err = ARRAY_RESERVE(table->lists, table->cap_lists, table->nr_lists + 1);
	if (err || table->nr_records + count > UINT32_MAX)
		return -ENOMEM;
	memcpy(table->records + bytes, records, more);
	table->lists[table->nr_lists++] =
		(struct list_span){(uint32_t)table->nr_records, (uint32_t)count};
	table->nr_records += count;
	*ret_id = (uint32_t)table->nr_lists;
	return 0;
}

int list_table_intern(struct list_table *table, const void *records, size_t count, uint32_t *ret_id)
{
	struct index_probe at;
	uint32_t hash, id;
	int err;

	if (!count) {
		*ret_id = LIST_EMPTY;
		return 0;
	}
	hash = hash_bytes(records, count * table->record_bytes);
	at = index_probe(&table->index, hash);
	while (index_next(&table->index, &at)) {
		size_t have_count;
		const void *have = list_table_get(table, at.id, &have_count);

		if (have_count == count && !memcmp(have, records, count * table->record_bytes)) {
			*ret_id = at.id;
			return 0;
		}
	}
	err = list_table_append(table, records, count, &id);
	if (!err)
		err = index_insert(&table->index, hash, id);
	if (!err)
		*ret_id = id;
	return err;
}
