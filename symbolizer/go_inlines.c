// SPDX-License-Identifier: GPL-2.0-or-later
/* Go's tables of values by address, and of inlined calls; see go_inlines.h. */
#include "symbolizer/go_inlines.h"

#include <string.h>

#include "profiler/model/frame_kind.h"

/* Words of the header behind its first eight bytes. */
enum {
	WORD_COUNT,
	WORD_FILES_COUNT,
	WORD_TEXT,
	WORD_NAMES,
	WORD_UNITS,
	WORD_FILES,
	WORD_VALUES,
	WORD_FUNCTIONS,
	NR_WORDS
};

#define HEADER_BYTES 8

/* Numbers of a function's tables. */
#define VALUES_INLINED 2 /* which call, or -1 */
#define DATA_CALLS     3

/* Of real functions the largest have 100 KB. */
#define MAX_VALUE_BYTES (1U << 20)

/* That are looked at in a file; the largest programs have about a million. */
#define MAX_RELOCATIONS (1U << 22)

/* The data that is searched for the runtime's structure. */
#define MAX_DATA_BYTES (64U << 20)

/* Words of that structure, whose first says where the header is and second where the names are. */
enum { MODULE_NAMES = 1, MODULE_CALLS = 38, MODULE_CALLS_NEWER = 40, MODULE_WORDS = 41 };

/* Names of functions and files are cut here. */
#define MAX_NAME_LEN 4096

/* ---- reading --------------------------------------------------------------------------------- */

static bool read_at(const struct go_inlines *inlines, uint64_t off, void *ret, size_t len)
{
	return off <= inlines->len && inlines->len - off >= len &&
	       elf_file_read(inlines->file, inlines->off + off, ret, len) == len;
}

static bool read_number(const struct go_inlines *inlines, uint64_t off, uint32_t *ret)
{
	return read_at(inlines, off, ret, sizeof(*ret));
}

/* A text of the table that is in the store afterwards; empty where there is none. 0 or -ENOMEM. */
static int read_text(const struct go_inlines *inlines, uint64_t off, char text[MAX_NAME_LEN + 1])
{
	uint64_t left = off < inlines->len ? inlines->len - off : 0;
	size_t len = left < MAX_NAME_LEN ? (size_t)left : MAX_NAME_LEN;

	len = elf_file_read(inlines->file, inlines->off + off, text, len);
	text[len] = '\0';
	return (int)strlen(text);
}

/* ---- where the tables are -------------------------------------------------------------------- */

/* The structure in a piece of data, by what its first words have to be. */
static bool find_calls(const struct go_inlines *inlines, const uint64_t *words, size_t count,
		       uint64_t *ret)
{
	for (size_t i = 0; i + MODULE_WORDS <= count; i++) {
		const uint64_t *module = words + i;

		if (module[0] != inlines->addr ||
		    module[MODULE_NAMES] != inlines->addr + inlines->names)
			continue;
		*ret = module[inlines->newer ? MODULE_CALLS_NEWER : MODULE_CALLS];
		return true;
	}
	return false;
}

/*
 * Puts into a position-independent program's data what its relocations will, which some linkers do
 * and some leave undone.
 */
static void relocate(const struct elf_file *file, const GElf_Shdr *data, uint64_t *words,
		     size_t count)
{
	size_t left = MAX_RELOCATIONS;
	Elf_Scn *section = NULL;
	struct elf_rows rows;
	GElf_Shdr header;
	GElf_Rela rela;

	while ((section = elf_file_section(file, section, NULL, SHT_RELA, &header))) {
		elf_rows_init(&rows, file, ELF_T_RELA, header.sh_offset, header.sh_size);
		for (; left && elf_rows_next_rela(&rows, &rela); left--) {
			uint64_t at = rela.r_offset - data->sh_addr;

			if (rela.r_offset >= data->sh_addr && !GELF_R_SYM(rela.r_info) &&
			    !(at % sizeof(*words)) && at / sizeof(*words) < count)
				words[at / sizeof(*words)] = (uint64_t)rela.r_addend;
		}
	}
}

static bool search_section(const struct go_inlines *inlines, const GElf_Shdr *header, uint64_t *ret)
{
	bool found = false;
	uint64_t *words;
	size_t len;

	if (header->sh_size > MAX_DATA_BYTES || !header->sh_size)
		return false;
	words = malloc(header->sh_size);
	if (!words)
		return false;
	len = elf_file_read(inlines->file, header->sh_offset, words, header->sh_size);
	if (inlines->file->header.e_type == ET_DYN)
		relocate(inlines->file, header, words, len / sizeof(*words));
	found = find_calls(inlines, words, len / sizeof(*words), ret);
	free(words);
	return found;
}

static bool find_module(struct go_inlines *inlines)
{
	static const char *const names[] = {".go.module", ".noptrdata", ".data"};
	GElf_Shdr header;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (elf_file_section(inlines->file, NULL, names[i], SHT_PROGBITS, &header) &&
		    search_section(inlines, &header, &inlines->calls))
			return true;
	return false;
}

void go_inlines_find(const struct elf_file *file, uint64_t off, uint64_t addr, uint64_t len,
		     uint64_t text_start, struct go_inlines *ret)
{
	struct go_inlines inlines = {.file = file, .off = off, .addr = addr, .len = len};
	uint64_t words[NR_WORDS];
	uint8_t magic[HEADER_BYTES];

	if (file->header.e_ident[EI_DATA] != ELFDATA2LSB ||
	    !read_at(&inlines, 0, magic, sizeof(magic)) ||
	    !read_at(&inlines, HEADER_BYTES, words, sizeof(words)) ||
	    magic[7] != sizeof(uint64_t) || memcmp(magic + 1, "\xff\xff\xff", 3) ||
	    (magic[0] != 0xf0 && magic[0] != 0xf1))
		return;
	inlines.newer = magic[0] == 0xf1;
	inlines.quantum = magic[6];
	inlines.text_start = text_start;
	inlines.count = words[WORD_COUNT];
	inlines.names = words[WORD_NAMES];
	inlines.units = words[WORD_UNITS];
	inlines.files = words[WORD_FILES];
	inlines.values = words[WORD_VALUES];
	inlines.functions = words[WORD_FUNCTIONS];
	if (inlines.count > len || inlines.names > len || inlines.units > len ||
	    inlines.files > len || inlines.values > len || inlines.functions > len ||
	    !inlines.text_start)
		return;
	if (find_module(&inlines))
		*ret = inlines;
}

/* ---- functions ------------------------------------------------------------------------------- */

/* The record of the function with an address: its fixed part, and where the rest is. */
struct function {
	uint64_t entry;
	uint32_t files, lines; /* tables of values, like those behind it */
	uint32_t nr_values, unit;
	uint8_t nr_data;
	uint64_t tables; /* the offsets of tables of values, then those of data */
};

static bool read_record(const struct go_inlines *inlines, uint64_t off, struct function *ret)
{
	uint32_t words[11];
	size_t count = inlines->newer ? 11 : 10;

	if (!read_at(inlines, off, words, count * sizeof(*words)))
		return false;
	*ret = (struct function){
		.entry = inlines->text_start + words[0],
		.files = words[5],
		.lines = words[6],
		.nr_values = words[7],
		.unit = words[8],
		.nr_data = (uint8_t)(words[count - 1] >> 24),
		.tables = off + count * sizeof(*words),
	};
	return true;
}

/* By halves of the pairs "offset of the code, offset of the record". */
static bool find_function(const struct go_inlines *inlines, uint64_t addr, struct function *ret)
{
	uint64_t low = 0, high = inlines->count;
	uint32_t pair[2];

	if (addr < inlines->text_start)
		return false;
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (!read_at(inlines, inlines->functions + middle * sizeof(pair), pair,
			     sizeof(pair)))
			return false;
		if (pair[0] <= addr - inlines->text_start)
			low = middle + 1;
		else
			high = middle;
	}
	return low &&
	       read_at(inlines, inlines->functions + (low - 1) * sizeof(pair), pair,
		       sizeof(pair)) &&
	       read_record(inlines, inlines->functions + pair[1], ret) && ret->entry <= addr;
}

/* The offset of the table of values with a number; 0: there is none. */
static uint32_t values_of(const struct go_inlines *inlines, const struct function *function,
			  uint32_t number)
{
	uint32_t off = 0;

	if (number >= function->nr_values ||
	    !read_number(inlines, function->tables + number * sizeof(off), &off))
		return 0;
	return off;
}

/* ---- values by address ----------------------------------------------------------------------- */

struct values {
	const struct go_inlines *inlines;
	uint64_t off, end; /* of what is not in the buffer yet */
	unsigned char bytes[256];
	size_t have, used;
};

static bool next_byte(struct values *values, unsigned char *ret)
{
	if (values->used == values->have) {
		uint64_t left = values->end - values->off;
		size_t len = left < sizeof(values->bytes) ? (size_t)left : sizeof(values->bytes);

		values->have =
			elf_file_read(values->inlines->file, values->inlines->off + values->off,
				      values->bytes, len);
		values->off += values->have;
		values->used = 0;
		if (!values->have)
			return false;
	}
	*ret = values->bytes[values->used++];
	return true;
}

/* encoding/binary's unsigned numbers: seven bits a byte, the lowest first. */
static bool next_number(struct values *values, uint32_t *ret)
{
	unsigned char byte = 0x80;

	*ret = 0;
	for (unsigned int shift = 0; byte & 0x80; shift += 7) {
		if (shift > 28 || !next_byte(values, &byte))
			return false;
		*ret |= (uint32_t)(byte & 0x7f) << shift;
	}
	return true;
}

/*
 * The value that a table has for an address of the function; -1 when it has none. *range is cut to
 * the addresses with the same one.
 */
static int32_t value_at(const struct go_inlines *inlines, const struct function *function,
			uint32_t table, uint64_t addr, struct answer *range)
{
	struct values values = {.inlines = inlines, .off = inlines->values + table};
	uint64_t pc = function->entry, before;
	uint32_t value_delta, pc_delta;
	uint32_t value = UINT32_MAX;

	if (!table || values.off >= inlines->len)
		return -1;
	values.end = inlines->len - values.off < MAX_VALUE_BYTES ? inlines->len
								 : values.off + MAX_VALUE_BYTES;
	while (next_number(&values, &value_delta) && (value_delta || pc == function->entry) &&
	       next_number(&values, &pc_delta)) {
		/* The sign is the lowest bit. */
		value += value_delta & 1 ? ~(value_delta >> 1) : value_delta >> 1;
		before = pc;
		pc += (uint64_t)pc_delta * inlines->quantum;
		if (addr >= pc)
			continue;
		if (range->first < before)
			range->first = before;
		if (range->last > pc - 1)
			range->last = pc - 1;
		return (int32_t)value;
	}
	/* What is behind the end of the table may be anything. */
	range->first = range->last = addr;
	return -1;
}

/* ---- frames ---------------------------------------------------------------------------------- */

/* An inlined call: its name's offset, and the address in the function that stands for its place. */
static bool read_call(const struct go_inlines *inlines, const struct function *function,
		      int32_t number, uint32_t *ret_name, uint64_t *ret_addr)
{
	uint32_t off, words[5];
	size_t count = inlines->newer ? 4 : 5;
	const struct elf_segment *segment;
	uint64_t addr;

	if (number < 0 || function->nr_data <= DATA_CALLS ||
	    !read_number(inlines,
			 function->tables +
				 ((uint64_t)function->nr_values + DATA_CALLS) * sizeof(off),
			 &off) ||
	    off == UINT32_MAX)
		return false;
	addr = inlines->calls + off + (uint64_t)number * count * sizeof(*words);
	segment = elf_file_segment_at_addr(inlines->file, addr);
	if (!segment || elf_file_read(inlines->file, addr - segment->vaddr + segment->off, words,
				      count * sizeof(*words)) != count * sizeof(*words))
		return false;
	*ret_name = words[inlines->newer ? 1 : 3];
	*ret_addr = function->entry + words[count - (inlines->newer ? 2 : 1)];
	return true;
}

static int keep_name(const struct go_inlines *inlines, struct frame_store *store, uint32_t off,
		     const char **ret)
{
	char text[MAX_NAME_LEN + 1];
	int len = read_text(inlines, inlines->names + off, text);

	*ret = NULL;
	return len ? frame_store_name(store, text, (size_t)len, "", ret) : 0;
}

/* The file and line of an address; what is not known stays as it is. */
static int read_place(const struct go_inlines *inlines, struct frame_store *store,
		      const struct function *function, uint64_t addr, struct answer *range,
		      struct symbol_frame *ret)
{
	int32_t file = value_at(inlines, function, function->files, addr, range);
	int32_t line = value_at(inlines, function, function->lines, addr, range);
	char text[MAX_NAME_LEN + 1];
	uint32_t off;
	int len;

	if (file < 0 || line <= 0 ||
	    !read_number(inlines,
			 inlines->units + ((uint64_t)function->unit + (uint32_t)file) * sizeof(off),
			 &off) ||
	    off == UINT32_MAX)
		return 0;
	len = read_text(inlines, inlines->files + off, text);
	ret->line = (uint32_t)line;
	return len ? frame_store_text(store, text, (size_t)len, &ret->file) : 0;
}

int go_inlines_frames(const struct go_inlines *inlines, struct frame_store *store,
		      const struct symbolizer_options *options, const struct symbol_frame *holder,
		      uint64_t start, uint64_t addr, struct answer *range,
		      struct symbol_frame frames[GO_MAX_INLINED + 1])
{
	struct answer *limited = range, elsewhere = {.last = UINT64_MAX};
	struct function function;
	uint64_t place;
	uint32_t name;
	int count = 0, err = 0;

	frames[0] = *holder;
	/* Not by the address: a table out of order would say something else for the next one. */
	if (!find_function(inlines, start, &function))
		return 1;
	for (int depth = 0; !err; depth++, limited = &elsewhere, addr = place) {
		struct symbol_frame *frame = &frames[count];
		int32_t call =
			value_at(inlines, &function, values_of(inlines, &function, VALUES_INLINED),
				 addr, limited);
		/* Places may be told to stand for each other. */
		bool inlined = depth < GO_MAX_INLINED &&
			       read_call(inlines, &function, call, &name, &place);

		*frame = *holder;
		if (options->lines)
			err = read_place(inlines, store, &function, addr, limited, frame);
		if (!inlined)
			return err ? err : count + 1;
		frame->kind = FRAME_INLINED;
		if (!err)
			err = keep_name(inlines, store, name, &frame->function);
		count += frame->function && !options->no_inline;
	}
	return err;
}
