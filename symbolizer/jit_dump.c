// SPDX-License-Identifier: GPL-2.0-or-later
/* Jitdumps; see jit_dump.h. Lines of one function: jit_dump_lines.c. */
#include "symbolizer/jit_dump.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/model/hash.h"
#include "symbolizer/jit_dump_file.h"

#define MAGIC		    0x4a695444U /* "JiTD" */
#define MAGIC_SWAPPED	    0x4454694aU
#define VERSION		    1
#define FLAG_ARCH_TIMESTAMP 1 /* times are of a counter of the CPU */

struct file_header {
	uint32_t magic, version, total_size, elf_mach, pad, pid;
	uint64_t timestamp, flags;
};

enum record_id {
	RECORD_LOAD,
	RECORD_MOVE,
	RECORD_DEBUG_INFO,
	RECORD_CLOSE,
	RECORD_UNWINDING_INFO,
};

struct record {
	uint32_t id, total_size;
	uint64_t time_ns;
};

struct record_load {
	struct record record;
	uint32_t pid, tid;
	uint64_t vma, code_addr, code_size, code_index;
	/* name, NUL, code */
};

struct record_move {
	struct record record;
	uint32_t pid, tid;
	uint64_t vma, old_code_addr, new_code_addr, code_size, code_index;
};

struct record_debug_info {
	struct record record;
	uint64_t code_addr, nr_entry;
	/* entries */
};

/* Lines that wait for the load record they are of. */
struct pending_lines {
	uint64_t code_addr, off, end;
};

struct loading {
	struct jit_dump *dump;
	struct dump_file file;
	struct pending_lines lines;
};

void jit_dump_fini(struct jit_dump *dump)
{
	jit_index_fini(&dump->index);
	index_fini(&dump->by_code_index);
	free(dump->codes);
	free(dump->newest);
}

/* Where the last entry of code with this number in the file is kept, or NULL. */
static uint32_t *find_newest(const struct jit_dump *dump, uint64_t code_index)
{
	struct index_probe at = index_probe(&dump->by_code_index, hash_u64s(code_index, 0));

	while (index_next(&dump->by_code_index, &at)) {
		if (dump->codes[dump->newest[at.id]].code_index == code_index)
			return &dump->newest[at.id];
	}
	return NULL;
}

static int keep_newest(struct jit_dump *dump, uint64_t code_index, uint32_t number)
{
	uint32_t *newest = find_newest(dump, code_index);
	int err;

	if (newest) {
		*newest = number;
		return 0;
	}
	err = ARRAY_RESERVE(dump->newest, dump->cap_newest, dump->nr_newest + 1);
	if (!err)
		err = index_insert(&dump->by_code_index, hash_u64s(code_index, 0),
				   (uint32_t)dump->nr_newest);
	if (!err)
		dump->newest[dump->nr_newest++] = number;
	return err;
}

/* An entry for code at an address, if that is a range at all. */
static int add_code(struct jit_dump *dump, const struct jit_dump_code *code, uint64_t addr,
		    uint64_t size)
{
	uint32_t number = (uint32_t)dump->index.count;
	uint64_t end;
	int err;

	if (!size || __builtin_add_overflow(addr, size, &end))
		return 0;
	if (number == JIT_DUMP_RECORDS_MAX) {
		dump->fault = JIT_DUMP_CUT;
		return 0;
	}
	err = ARRAY_RESERVE(dump->codes, dump->cap_codes, number + 1);
	if (!err)
		err = jit_index_add(&dump->index, addr, size, number);
	if (err)
		return err;
	dump->codes[number] = *code;
	return keep_newest(dump, code->code_index, number);
}

static int take_load(struct loading *l, uint64_t off, uint64_t end)
{
	struct record_load load;
	struct jit_dump_code code;

	if (end - off < sizeof(load) || !dump_file_read(&l->file, off, &load, sizeof(load)) ||
	    load.code_size > end - off - sizeof(load)) {
		l->dump->fault = JIT_DUMP_DAMAGED;
		return 0;
	}
	code = (struct jit_dump_code){
		.time_ns = load.record.time_ns,
		.loaded_at = load.code_addr,
		.name_off = off + sizeof(load),
		.name_end = end - load.code_size,
		.code_index = load.code_index,
	};
	if (l->lines.off != l->lines.end && l->lines.code_addr == load.code_addr) {
		code.lines_off = l->lines.off;
		code.lines_end = l->lines.end;
	}
	l->lines = (struct pending_lines){0};
	return add_code(l->dump, &code, load.code_addr, load.code_size);
}

static int take_move(struct loading *l, uint64_t off, uint64_t end)
{
	struct record_move move;
	struct jit_dump_code code;
	const uint32_t *newest;

	if (end - off < sizeof(move) || !dump_file_read(&l->file, off, &move, sizeof(move))) {
		l->dump->fault = JIT_DUMP_DAMAGED;
		return 0;
	}
	newest = find_newest(l->dump, move.code_index);
	if (!newest)
		return 0;
	code = l->dump->codes[*newest];
	code.time_ns = move.record.time_ns;
	return add_code(l->dump, &code, move.new_code_addr, move.code_size);
}

static int take_lines(struct loading *l, uint64_t off, uint64_t end)
{
	struct record_debug_info info;

	if (end - off < sizeof(info) || !dump_file_read(&l->file, off, &info, sizeof(info)))
		l->dump->fault = JIT_DUMP_DAMAGED;
	else
		l->lines = (struct pending_lines){info.code_addr, off + sizeof(info), end};
	return 0;
}

static int take_record(struct loading *l, uint32_t id, uint64_t off, uint64_t end)
{
	switch (id) {
	case RECORD_LOAD:
		return take_load(l, off, end);
	case RECORD_MOVE:
		return take_move(l, off, end);
	case RECORD_DEBUG_INFO:
		return take_lines(l, off, end);
	default: /* unwind tables; records of later versions */
		return 0;
	}
}

/* Returns where the records begin; 0 when the file is none that can be read. */
static uint64_t take_header(struct loading *l)
{
	struct jit_dump *dump = l->dump;
	struct file_header header;

	dump->fault = JIT_DUMP_NOT_ONE;
	if (!dump_file_read(&l->file, 0, &header, sizeof(header)))
		return 0;
	if (header.magic == MAGIC_SWAPPED)
		dump->fault = JIT_DUMP_SWAPPED;
	if (header.magic != MAGIC || header.version != VERSION ||
	    header.total_size < sizeof(header))
		return 0;
	dump->timed = !(header.flags & FLAG_ARCH_TIMESTAMP);
	dump->fault = JIT_DUMP_GOOD;
	return header.total_size;
}

int jit_dump_load(struct jit_dump *dump)
{
	struct loading l = {.dump = dump, .file = {.fd = dump->fd}};
	uint64_t off = take_header(&l);
	struct record record;
	int err = 0;

	/* The last record may be one that is being written. */
	while (!err && dump->fault == JIT_DUMP_GOOD &&
	       dump_file_read(&l.file, off, &record, sizeof(record))) {
		if (record.id == RECORD_CLOSE)
			break;
		if (record.total_size < sizeof(record)) {
			/* Some writers leave room that they fill later: what is zero is no damage. */
			if (record.id || record.total_size || record.time_ns)
				dump->fault = JIT_DUMP_DAMAGED;
			break;
		}
		if (!dump_file_has(&l.file, off + record.total_size))
			break;
		err = take_record(&l, record.id, off, off + record.total_size);
		off += record.total_size;
	}
	return err;
}

uint32_t jit_dump_known(const struct jit_dump *dump, uint64_t time_ns)
{
	size_t low = 0, high = dump->index.count;

	if (!dump->timed)
		return (uint32_t)high;
	/* Threads may write a little out of order; that much is not known of the time either. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (dump->codes[middle].time_ns <= time_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return (uint32_t)low;
}

bool jit_dump_name(const struct jit_dump *dump, uint32_t entry, char name[JIT_DUMP_NAME_MAX],
		   size_t *ret_len)
{
	const struct jit_dump_code *code = &dump->codes[entry];
	struct dump_file file = {.fd = dump->fd};
	uint64_t len = code->name_end - code->name_off;

	if (len > JIT_DUMP_NAME_MAX)
		len = JIT_DUMP_NAME_MAX;
	if (!dump_file_read(&file, code->name_off, name, (size_t)len))
		return false;
	*ret_len = strnlen(name, (size_t)len);
	return *ret_len > 0;
}
