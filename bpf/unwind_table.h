/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looking things up in the walker's memory (shared_unwind.h): which object lies
 * at an address, and which row of its table holds there.
 *
 * A search touches a dozen cache lines. The same few thousand return addresses
 * come again and again, so what was found is kept in a small cache of the walk's
 * own: found there, it costs one line. Rows are kept by value, under the
 * generation of the process's spans: whatever is published or given up later,
 * what the cache says of that generation stays true.
 */
#ifndef BOLOMETER_BPF_UNWIND_TABLE_H
#define BOLOMETER_BPF_UNWIND_TABLE_H

/* Mixed into the cache's keys: turned by user space, it makes every lookup a search again. */
__u32 unwind_epoch;

/* One element, so that a segment is one block of memory. All segments have these attributes. */
struct unwind_segment_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct unwind_segment));
} unwind_segment_model SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, UNWIND_SEGMENTS_MAX);
	__type(key, __u32);
	__array(values, struct unwind_segment_map);
} unwind_segments SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, UNWIND_OBJECTS_MAX);
	__type(key, __u32);
	__type(value, struct unwind_object);
} unwind_objects SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, struct unwind_space);
} unwind_spaces SEC(".maps");

/* What a row says, without its address. */
struct row_rule {
	__s16 cfa;
	__s8 saved;
	__u8 rule;
};

/* Rows found lately; 16 bytes each, so that four share a cache line. */
#define ROW_CACHE_SHIFT 11
#define ROW_CACHE_ROWS	(1 << ROW_CACHE_SHIFT)

struct row_cache_entry {
	__u64 addr;
	__u32 generation;
	struct row_rule row;
};

/* One process's memory as a walk sees it: what is looked for, and what was found. */
struct row_finder {
	struct unwind_space space;
	struct unwind_span span; /* where the last search was */
	__u64 addr;		 /* to look up */
	__u32 generation;	 /* of the cache's keys */
	__u32 object;		 /* the one whose table was looked into last */
	__u32 low, high;	 /* the search has come to here */
	__u32 searches;		 /* so far */
	struct row_rule row;	 /* found */
	struct row_cache_entry cache[ROW_CACHE_ROWS];
};

/* The pool's unit with this number; all ones where there is none, which is no table and no span. */
__noinline __u64 unit_value(__u32 unit)
{
	__u32 number = unit >> UNWIND_SEGMENT_SHIFT, zero = 0;
	struct unwind_segment *segment;
	void *map = bpf_map_lookup_elem(&unwind_segments, &number);

	if (!map)
		return ~0ULL;
	segment = bpf_map_lookup_elem(map, &zero);
	if (!segment)
		return ~0ULL;
	return segment->units[unit & (UNWIND_SEGMENT_UNITS - 1)];
}

static __u32 half_of_unit(__u32 unit, __u32 number)
{
	__u64 value = unit_value(unit + number / 2);

	return number & 1 ? value >> 32 : value;
}

/*
 * The bounds of a search are kept in memory: the verifier takes what it reads from there for any
 * number, and need not follow each way that a search can go.
 */

/* The last of the spans that start at or below the address may hold it. */
#define SPAN_SEARCH_STEPS 17 /* of 2^16 spans */

/* Finds the span that holds finder->addr. Returns 1, or 0 when there is none. */
__noinline int find_span(struct row_finder *finder)
{
	__u32 i, at;

	if (!finder || !finder->space.nr_spans)
		return 0;
	finder->low = 0;
	finder->high = finder->space.nr_spans;
	for (i = 0; i < SPAN_SEARCH_STEPS && finder->low + 1 < finder->high; i++) {
		__u32 middle = finder->low + (finder->high - finder->low) / 2;

		at = finder->space.spans + middle * UNWIND_SPAN_UNITS;
		if (unit_value(at) <= finder->addr)
			finder->low = middle;
		else
			finder->high = middle;
	}
	at = finder->space.spans + finder->low * UNWIND_SPAN_UNITS;
	finder->span.start = unit_value(at);
	finder->span.end = unit_value(at + 1);
	finder->span.base = unit_value(at + 2);
	finder->span.object = (__u32)unit_value(at + 3);
	return finder->addr >= finder->span.start && finder->addr < finder->span.end;
}

/* Whether the process has code at the address. */
static bool finder_has_code(struct row_finder *finder, __u64 addr)
{
	finder->addr = addr;
	if (addr >= finder->span.start && addr < finder->span.end)
		return true;
	if (find_span(finder))
		return true;
	finder->span.end = 0;
	return false;
}

#define ROW_SEARCH_STEPS 24 /* more rows than a page can have */

/* Finds the row of the table at unit `table` that holds `offset` bytes from the object's base. */
static void search_table(struct row_finder *finder, __u32 table, __u64 offset)
{
	__u64 pages = unit_value(table), shape = unit_value(table + 1), row = 0;
	__u32 start = (__u32)pages, nr_pages = pages >> 32, rows, page, i;

	finder->row = (struct row_rule){.rule = UNWIND_CFA_NONE};
	if (offset < start || offset > 0xffffffff)
		return;
	page = (__u32)(offset - start) >> (shape & 31);
	if (page >= nr_pages)
		return;
	table += UNWIND_HEADER_UNITS;
	rows = table + UNWIND_INDEX_UNITS(nr_pages);
	finder->low = half_of_unit(table, page);
	finder->high = half_of_unit(table, page + 1);
	for (i = 0; i < ROW_SEARCH_STEPS && finder->low < finder->high; i++) {
		__u32 middle = finder->low + (finder->high - finder->low + 1) / 2;

		if ((__u32)unit_value(rows + middle) <= offset)
			finder->low = middle;
		else
			finder->high = middle - 1;
	}
	row = unit_value(rows + finder->low);
	finder->row.cfa = row >> 32;
	finder->row.saved = row >> 48;
	finder->row.rule = row >> 56;
}

/*
 * The row at finder->addr, by search. Returns STACK_END_ROOT (0) with finder->row set, or the
 * reason why there is none.
 */
__noinline int find_row(struct row_finder *finder)
{
	struct unwind_object *object;
	__u32 number, table;

	if (!finder)
		return STACK_END_NO_MAPPING;
	finder->searches++;
	if (!finder_has_code(finder, finder->addr))
		return STACK_END_NO_MAPPING;
	number = finder->span.object;
	finder->object = number;
	finder->row = (struct row_rule){.rule = UNWIND_CFA_NONE};
	object = bpf_map_lookup_elem(&unwind_objects, &number);
	if (!object)
		return STACK_END_NO_MAPPING;
	table = *(volatile __u32 *)&object->table;
	if (!object->touched)
		object->touched = 1;
	if (table == UNWIND_TABLE_ABSENT)
		return STACK_END_NO_TABLE;
	if (table != UNWIND_TABLE_NONE)
		search_table(finder, table, finder->addr - finder->span.base);
	return STACK_END_ROOT;
}

/* Prepares for the addresses of one process; false when nothing is known of it. */
static bool finder_begin(struct row_finder *finder, __u32 tgid)
{
	struct unwind_space *space = bpf_map_lookup_elem(&unwind_spaces, &tgid);

	finder->object = UNWIND_OBJECT_CODE;
	if (!space)
		return false;
	finder->space = *space;
	if (unit_value(finder->space.spans - 1) != finder->space.generation)
		return false;
	finder->generation = (__u32)finder->space.generation + unwind_epoch * 0x9e3779b1;
	finder->span.start = finder->span.end = 0;
	return true;
}

static __u32 cache_slot(const struct row_finder *finder, __u64 addr)
{
	__u64 hash = (addr ^ (__u64)finder->generation << 40) * 0x9e3779b97f4a7c15ULL;

	return hash >> (64 - ROW_CACHE_SHIFT);
}

/* As find_row() for an address, from the cache where it is there. */
static __u32 finder_row(struct row_finder *finder, __u64 addr)
{
	struct row_cache_entry *entry = &finder->cache[cache_slot(finder, addr)];
	__u32 end;

	if (entry->addr == addr && entry->generation == finder->generation) {
		finder->row = entry->row;
		return STACK_END_ROOT;
	}
	finder->addr = addr;
	end = find_row(finder);
	if (end == STACK_END_ROOT) {
		entry->addr = addr;
		entry->generation = finder->generation;
		entry->row = finder->row;
	}
	return end;
}

/* ---- processes come and go ---- */

/* Spaces that found no room. */
__u64 unwind_spaces_full;

/* A child has its parent's memory, from its first instruction on. */
SEC("?tp_btf/sched_process_fork")
int BPF_PROG(unwind_fork, struct task_struct *parent, struct task_struct *child)
{
	__u32 parent_tgid = parent->tgid, child_tgid = child->tgid;
	struct unwind_space *space;

	if (parent_tgid == child_tgid)
		return 0;
	space = bpf_map_lookup_elem(&unwind_spaces, &parent_tgid);
	if (space && bpf_map_update_elem(&unwind_spaces, &child_tgid, space, BPF_ANY))
		__sync_fetch_and_add(&unwind_spaces_full, 1);
	return 0;
}

/* Another program: nothing is where it was. */
SEC("?tp_btf/sched_process_exec")
int BPF_PROG(unwind_exec, struct task_struct *task)
{
	__u32 tgid = task->tgid;

	bpf_map_delete_elem(&unwind_spaces, &tgid);
	return 0;
}

SEC("?tp_btf/sched_process_free")
int BPF_PROG(unwind_free, struct task_struct *task)
{
	__u32 tid = task->pid, tgid = task->tgid;

	if (tid == tgid)
		bpf_map_delete_elem(&unwind_spaces, &tgid);
	return 0;
}

#endif
