// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel, its modules and BPF programs, from /proc/kallsyms.
 *
 * A line is "address type name" and, outside vmlinux, a tab and "[module]".
 * Sizes are not told: a function reaches to the next symbol. So some symbols
 * that are no functions are kept without a name, to end the function before:
 * the boundaries of the kernel's text, and the data of modules.
 *
 * The table is opened when the source is made, with the privileges of then
 * (kptr_restrict looks at who opened it), and read when an address is asked
 * for, once. Inlined functions and lines come from the vmlinux of the same
 * build, where there is one (kernel_image.h).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "symbolizer/dwarf.h"
#include "symbolizer/kernel_image.h"
#include "symbolizer/line_reader.h"
#include "symbolizer/source.h"
#include "symbolizer/symbol_name.h"
#include "symbolizer/text.h"

/* A real table has 10 MB. */
#define MAX_TABLE_BYTES (256U << 20)

/* The last function before a gap reaches at most so far; none is known to be longer. */
#define MAX_FUNCTION_LEN (1U << 20)

/* Of `name`: this symbol only ends the one before. Names start at offset 1 for its sake. */
#define NO_NAME 0

struct kernel_symbol {
	uint64_t addr;
	uint32_t name; /* offset in kernel_source.names */
	uint16_t module;
	uint8_t rank; /* enum symbol_rank */
};

struct kernel_source {
	struct source base;
	int fd;		/* until loaded */
	int open_error; /* with fd -1 */
	int notes_fd;	/* of what the kernel was linked with; -1: not to be had */
	struct kernel_symbol *symbols;
	size_t count, cap;
	struct text names;
	const char **modules; /* the first is the kernel */
	size_t nr_modules, cap_modules;
	uint64_t stext; /* where the symbol is; 0: not known */
	bool image_sought;
	struct kernel_image image;
	/* of the batch of addresses at hand */
	struct dwarf_answers dwarf;
	struct symbol_frame frames[DWARF_MAX_INLINED + 1];
};

static struct kernel_source *of(struct source *base)
{
	return (struct kernel_source *)base;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* A line of the table, taken apart. */
struct line {
	uint64_t addr;
	char type;
	const char *name;
	size_t name_len;
	const char *module; /* without brackets */
	size_t module_len;  /* 0: the kernel itself */
};

static bool parse(char *text, size_t len, struct line *ret)
{
	const char *end = text + len;
	const char *tab;

	if (!line_hex(&text, end, &ret->addr) || end - text < 4 || text[0] != ' ' || text[2] != ' ')
		return false;
	ret->type = text[1];
	ret->name = text + 3;
	tab = memchr(ret->name, '\t', (size_t)(end - ret->name));
	ret->name_len = (size_t)((tab ? tab : end) - ret->name);
	ret->module_len = 0;
	if (tab && end - tab > 3 && tab[1] == '[' && end[-1] == ']') {
		ret->module = tab + 2;
		ret->module_len = (size_t)(end - 1 - ret->module);
	}
	return ret->name_len;
}

static bool is_text(const struct line *line)
{
	return strchr("tTwW", line->type);
}

static bool name_is(const struct line *line, const char *name)
{
	return line->name_len == strlen(name) && !memcmp(line->name, name, line->name_len);
}

static bool ends_with(const struct line *line, const char *end)
{
	size_t len = strlen(end);

	return line->name_len >= len && !memcmp(line->name + line->name_len - len, end, len);
}

/* A symbol that the linker script sets where a kind of text begins or ends. */
static bool is_boundary(const struct line *line)
{
	static const char *const names[] = {"_text", "_stext", "_etext", "_sinittext",
					    "_einittext"};

	if (line->name[0] != '_')
		return false;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (name_is(line, names[i]))
			return true;
	return ends_with(line, "_text_start") || ends_with(line, "_text_end");
}

/* Whether the line is kept although it names no function: it ends the one before. */
static bool is_end(const struct line *line)
{
	return line->module_len ? !is_text(line) : is_boundary(line);
}

/* What the kernel made by itself ("__builtin__ftrace") is the kernel. */
static bool is_module(const struct line *line)
{
	static const char builtin[] = "__builtin__";

	return line->module_len && (line->module_len < sizeof(builtin) ||
				    memcmp(line->module, builtin, sizeof(builtin) - 1) != 0);
}

/* Lines of one module stand together, so the last one is nearly always the right one. */
static int module_number(struct kernel_source *source, const struct line *line, uint16_t *ret)
{
	const char *name;
	int err;

	*ret = 0;
	if (!is_module(line))
		return 0;
	err = frame_store_text(source->base.store, line->module, line->module_len, &name);
	if (err)
		return err;
	for (size_t i = source->nr_modules; i-- > 0;) {
		if (source->modules[i] == name) {
			*ret = (uint16_t)i;
			return 0;
		}
	}
	if (source->nr_modules > UINT16_MAX)
		return 0;
	err = ARRAY_RESERVE(source->modules, source->cap_modules, source->nr_modules + 1);
	if (err)
		return err;
	*ret = (uint16_t)source->nr_modules;
	source->modules[source->nr_modules++] = name;
	return 0;
}

static enum symbol_rank rank_of(char type)
{
	return type == 'T' ? RANK_GLOBAL : type == 't' ? RANK_LOCAL : RANK_WEAK;
}

static int add(struct kernel_source *source, const struct line *line)
{
	struct kernel_symbol symbol = {.addr = line->addr, .rank = (uint8_t)rank_of(line->type)};
	int err = module_number(source, line, &symbol.module);

	if (!line->module_len && name_is(line, "_stext"))
		source->stext = line->addr;
	if (!err && !is_end(line)) {
		symbol.name = (uint32_t)source->names.len;
		err = text_append(&source->names, line->name, line->name_len);
		/* The NUL that text_append() wrote stays between the names. */
		source->names.len++;
	}
	if (!err)
		err = ARRAY_RESERVE(source->symbols, source->cap, source->count + 1);
	if (!err)
		source->symbols[source->count++] = symbol;
	return err;
}

static int read_table(struct kernel_source *source, bool *ret_hidden)
{
	struct line_reader *reader = malloc(sizeof(*reader));
	bool any = false, any_addr = false;
	struct line line;
	uint64_t off;
	size_t len;
	char *text;
	int err = -ENOMEM;

	if (!reader)
		return err;
	err = text_append(&source->names, "", 1);
	line_reader_init(reader, source->fd, MAX_TABLE_BYTES);
	while (!err && (text = line_reader_next(reader, &len, &off))) {
		if (!parse(text, len, &line))
			continue;
		any = true;
		any_addr |= line.addr != 0;
		if (line.addr && (is_text(&line) || is_end(&line)))
			err = add(source, &line);
	}
	free(reader);
	*ret_hidden = any && !any_addr;
	return err;
}

/* ---- sorting --------------------------------------------------------------------------------- */

static int by_address(const void *a_, const void *b_)
{
	const struct kernel_symbol *a = a_, *b = b_;
	int order = (a->addr > b->addr) - (a->addr < b->addr);

	return order ? order : (a->name > b->name) - (a->name < b->name);
}

/* vmlinux is in order already. On most machines modules lie above it: only those need sorting. */
static void sort(struct kernel_source *source)
{
	struct kernel_symbol *symbols = source->symbols;
	uint64_t lowest = UINT64_MAX;
	size_t in_order = 1;

	if (!source->count)
		return;
	while (in_order < source->count &&
	       by_address(&symbols[in_order - 1], &symbols[in_order]) <= 0)
		in_order++;
	for (size_t i = in_order; i < source->count; i++)
		if (symbols[i].addr < lowest)
			lowest = symbols[i].addr;
	if (lowest <= symbols[in_order - 1].addr)
		in_order = 0;
	qsort(symbols + in_order, source->count - in_order, sizeof(*symbols), by_address);
}

/* Any name is better than none. */
static bool better(const struct kernel_source *source, const struct kernel_symbol *a,
		   const struct kernel_symbol *b)
{
	const char *name_a = source->names.bytes + a->name;
	const char *name_b = source->names.bytes + b->name;
	struct symbol_name named_a = {name_a, strlen(name_a), a->rank};
	struct symbol_name named_b = {name_b, strlen(name_b), b->rank};

	if (!a->name || !b->name)
		return a->name && !b->name;
	return symbol_name_better(&named_a, &named_b);
}

/* Of the symbols at one address the best named one is kept. */
static void drop_aliases(struct kernel_source *source)
{
	size_t count = 0;

	for (size_t i = 0; i < source->count; i++) {
		const struct kernel_symbol *symbol = &source->symbols[i];
		struct kernel_symbol *kept = count ? &source->symbols[count - 1] : NULL;

		if (!kept || kept->addr != symbol->addr)
			source->symbols[count++] = *symbol;
		else if (better(source, symbol, kept))
			*kept = *symbol;
	}
	source->count = count;
}

/* Gives back the room that growing left. */
static void fit(struct kernel_source *source)
{
	char *names = realloc(source->names.bytes, source->names.len);
	void *symbols = source->count
				? realloc(source->symbols, source->count * sizeof(*source->symbols))
				: NULL;

	if (names) {
		source->names.bytes = names;
		source->names.cap = source->names.len;
	}
	if (symbols) {
		source->symbols = symbols;
		source->cap = source->count;
	}
}

/* ---- the source ------------------------------------------------------------------------------ */

static int tell_hidden(struct source *base)
{
	base->reason = SYMBOL_KERNEL_HIDDEN;
	return source_tell(base, "kernel functions have no names: kernel.kptr_restrict hides their "
				 "addresses; run `sysctl -w kernel.kptr_restrict=1` and capture as "
				 "root or with CAP_SYSLOG");
}

static int load(struct source *base)
{
	struct kernel_source *source = of(base);
	bool hidden;
	int err;

	if (source->fd < 0) {
		base->reason = SYMBOL_FILE_UNREADABLE;
		return source_tell(base, "kernel functions have no names: kallsyms: %s",
				   strerror(source->open_error));
	}
	source->modules = malloc(sizeof(*source->modules));
	if (!source->modules)
		return -ENOMEM;
	source->modules[0] = base->module;
	source->nr_modules = source->cap_modules = 1;
	err = read_table(source, &hidden);
	close(source->fd);
	source->fd = -1;
	if (err)
		return err;
	if (hidden)
		return tell_hidden(base);
	sort(source);
	drop_aliases(source);
	fit(source);
	return 0;
}

/* The number of symbols at or before addr. */
static size_t symbols_up_to(const struct kernel_source *source, uint64_t addr)
{
	size_t low = 0, high = source->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (source->symbols[middle].addr <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Reads what the debug information says about those of the addresses that are in vmlinux. */
static int prepare(struct source *base, const uint64_t *addrs, size_t count)
{
	struct kernel_source *source = of(base);
	const struct symbolizer_options *options = base->options;
	struct places places = {
		.debug_root = options->debug_root,
		.root_fd = -1,
		.door = base->door,
	};
	struct dwarf_wish wish = {
		.names = !options->no_inline,
		.lines = options->lines,
		.source = base,
		.path = "vmlinux",
		.places = &places,
	};
	uint64_t *own;
	int err = 0;

	dwarf_answers_fini(&source->dwarf);
	if (options->no_inline && !options->lines)
		return 0;
	if (!source->image_sought && source->stext)
		err = kernel_image_open(&source->image, base, source->notes_fd, source->stext);
	source->image_sought = true;
	if (err < 0 || source->image.file.fd < 0)
		return err < 0 ? err : 0;
	own = malloc(size_mul(count, sizeof(*own)));
	if (!own)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		own[i] = addrs[i] - source->image.slide;
	err = dwarf_answers_read(&source->dwarf, &source->image.file, &wish, base->store, own,
				 count);
	free(own);
	return err;
}

/* The frames of a function of the kernel itself: a module's is where vmlinux has nothing, or else. */
static size_t unfold(struct kernel_source *source, const struct kernel_symbol *symbol,
		     const struct symbol_frame *holder, uint64_t addr, struct answer *ret)
{
	const struct dwarf_answer *answer =
		symbol->module ? NULL
			       : dwarf_answers_find(&source->dwarf, addr - source->image.slide);

	source->frames[0] = *holder;
	if (!answer)
		return 1;
	dwarf_answer_range(&source->dwarf, answer, addr, ret);
	return dwarf_answer_frames(&source->dwarf, answer, holder, source->base.options->no_inline,
				   source->frames);
}

static int lookup(struct source *base, uint64_t addr, struct answer *ret)
{
	struct kernel_source *source = of(base);
	size_t next = symbols_up_to(source, addr);
	const struct kernel_symbol *symbol = next ? &source->symbols[next - 1] : NULL;
	struct symbol_frame frame = {.kind = FRAME_KERNEL};
	const char *name;
	int err;

	if (!symbol || !symbol->name || addr - symbol->addr >= MAX_FUNCTION_LEN)
		return source_unnamed(base, SYMBOL_NO_SYMBOL_HERE, addr, addr, ret);
	name = source->names.bytes + symbol->name;
	err = frame_store_name(base->store, name, strlen(name), "", &frame.function);
	if (err)
		return err;
	frame.module = source->modules[symbol->module];
	frame.start = symbol->addr;
	ret->first = symbol->addr;
	ret->last = symbol->addr + (MAX_FUNCTION_LEN - 1);
	if (ret->last < ret->first)
		ret->last = UINT64_MAX;
	if (next < source->count && source->symbols[next].addr <= ret->last)
		ret->last = source->symbols[next].addr - 1;
	return frame_store_add(base->store, source->frames,
			       unfold(source, symbol, &frame, addr, ret), &ret->symbol);
}

static void needs(const struct source *base, struct source_needs *ret)
{
	const struct kernel_source *source = (const struct kernel_source *)base;

	*ret = (struct source_needs){
		.fds = {source->fd, source->notes_fd},
		.files = true,
		.places = {.debug_root = base->options->debug_root, .root_fd = -1},
		.name = "the kernel",
	};
}

static void free_source(struct source *base)
{
	struct kernel_source *source = of(base);

	if (source->fd >= 0)
		close(source->fd);
	if (source->notes_fd >= 0)
		close(source->notes_fd);
	free(source->symbols);
	free(source->modules);
	dwarf_answers_fini(&source->dwarf);
	kernel_image_close(&source->image);
	text_fini(&source->names);
	free(source);
}

static const struct source_ops kernel_ops = {
	.load = load,
	.needs = needs,
	.prepare = prepare,
	.lookup = lookup,
	.free = free_source,
};

struct source *kernel_source_new(const char *kallsyms_path, const char *notes_path)
{
	struct kernel_source *source = calloc(1, sizeof(*source));

	if (!source)
		return NULL;
	source->base.ops = &kernel_ops;
	source->base.module = "kernel";
	source->image.file.fd = -1;
	source->fd = open(kallsyms_path, O_RDONLY | O_CLOEXEC);
	source->open_error = source->fd < 0 ? errno : 0;
	source->notes_fd = open(notes_path, O_RDONLY | O_CLOEXEC);
	return &source->base;
}
