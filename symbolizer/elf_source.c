// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An ELF file, or image in memory, as a source of symbols.
 *
 * Loading reads the headers, fills the index from .symtab (the file's own or
 * its debug file's) or Go's table, .dynsym and the PLT, and lets go of everything else but
 * the descriptors: names are read when an address needs one, and the bounds of
 * functions without a name when the first address is in none of the others. Debug
 * information is read anew for each batch of addresses (dwarf.h).
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "symbolizer/dwarf.h"
#include "symbolizer/dwarf_image.h"
#include "symbolizer/elf_bounds.h"
#include "symbolizer/elf_debug_file.h"
#include "symbolizer/elf_mini_debug.h"
#include "symbolizer/elf_plt.h"
#include "symbolizer/elf_symbols.h"
#include "symbolizer/go_functions.h"
#include "symbolizer/source.h"
#include "symbolizer/symbol_name.h"

/* Of more aliases than this only the first are looked at; libraries have up to ten or so. */
#define MAX_ALIASES 64

struct elf_source {
	struct source base;
	/* as added */
	int fd; /* until loaded */
	void *image;
	size_t image_len;
	int open_error;
	struct places places; /* the root is open until loaded, or later where there is DWARF */
	bool servers;	      /* whether debug files may be asked for there */
	char *path;
	uint8_t build_id[ELF_BUILD_ID_MAX];
	size_t build_id_len;
	/* once loaded */
	struct elf_file file, debug, mini;
	bool has_symtab; /* the file itself, not what was stripped from it */
	struct elf_names symtab, dynsym, go;
	struct go_inlines go_inlines;
	struct text_index index;
	enum symbol_reason hole_reason; /* of addresses that no symbol covers */
	struct elf_bounds bounds;	/* of functions; read when first needed */
	bool bounds_read;
	struct text_index unnamed;
	struct text name, other_name;
	const struct elf_file *dwarf_file; /* one of the above; NULL: neither has DWARF */
	/* the function found last, and the addresses in the file that it has */
	struct symbol_frame holder;
	uint64_t holder_first, holder_last;
	bool holder_known;
	/* of the batch of addresses at hand */
	struct dwarf_answers dwarf;
	struct symbol_frame frames[DWARF_MAX_INLINED + 1];
};

static struct elf_source *of(struct source *base)
{
	return (struct elf_source *)base;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

/* ---- loading --------------------------------------------------------------------------------- */

static enum symbol_reason reason_of(int open_error)
{
	return open_error == ENOENT || open_error == ESRCH ? SYMBOL_FILE_GONE
							   : SYMBOL_FILE_UNREADABLE;
}

static int open_it(struct elf_source *source)
{
	int fd = source->fd;
	void *image = source->image;

	source->fd = -1;
	source->image = NULL;
	if (image)
		return elf_file_open_image(&source->file, image, source->image_len,
					   &source->base.reason);
	if (fd < 0 && source->path[0] == '/')
		fd = places_open(&source->places, PLACE_SYMFS, source->path);
	if (fd >= 0)
		return elf_file_open(&source->file, fd, &source->base.reason);
	source->base.reason = reason_of(source->open_error);
	return 0;
}

static bool is_replaced(const struct elf_source *source)
{
	return source->build_id_len &&
	       (source->build_id_len != source->file.build_id_len ||
		memcmp(source->build_id, source->file.build_id, source->build_id_len) != 0);
}

/* Whether anything is asked for that only DWARF knows. */
static bool wants_dwarf(const struct elf_source *source)
{
	const struct symbolizer_options *options = source->base.options;

	return (options->lines || !options->no_inline) && !source->file.image;
}

/* Opens the separate debug file where symbols or DWARF are to be had only there. */
static int find_debug_file(struct elf_source *source)
{
	bool wants = wants_dwarf(source), has_dwarf = wants && dwarf_image_worth(&source->file);
	GElf_Shdr header;
	bool has_symtab = elf_file_section(&source->file, NULL, NULL, SHT_SYMTAB, &header);
	struct elf_debug_wish wish = {
		.source = &source->base,
		.file = &source->file,
		.path = source->path,
		.places = &source->places,
		.symtab = !has_symtab,
		.dwarf = wants && !has_dwarf,
		.servers = source->servers,
	};
	int found = 0;

	source->has_symtab = has_symtab;
	if (!source->file.image && (wish.symtab || wish.dwarf))
		found = elf_debug_file_find(&wish, &source->debug);
	if (has_dwarf)
		source->dwarf_file = &source->file;
	else if (found > 0 && wants && dwarf_image_worth(&source->debug))
		source->dwarf_file = &source->debug;
	return found < 0 ? found : 0;
}

/* The file whose symbols are to be had: the one itself, or what was stripped from it; else NULL. */
static int find_symtab(struct elf_source *source, const struct elf_file **ret)
{
	GElf_Shdr header;
	int found = 0;

	*ret = NULL;
	if (source->has_symtab) {
		*ret = &source->file;
	} else if (source->debug.elf &&
		   elf_file_section(&source->debug, NULL, NULL, SHT_SYMTAB, &header)) {
		*ret = &source->debug;
	} else {
		found = elf_mini_debug_open(&source->base, &source->file, source->path,
					    &source->mini);
		if (found > 0)
			*ret = &source->mini;
	}
	return found < 0 ? found : 0;
}

static int read_symtab(struct elf_source *source)
{
	const struct elf_file *file;
	int err = find_symtab(source, &file);

	if (err || !file)
		return err;
	return elf_symbols_add(&source->index, file, SHT_SYMTAB, NAME_IN_STRTAB, &source->symtab);
}

static int fill_index(struct elf_source *source)
{
	int err = read_symtab(source);

	if (!err && !source->symtab.file)
		err = go_functions_add(&source->index, &source->file, &source->go,
				       &source->go_inlines);
	if (!err)
		err = elf_symbols_add(&source->index, &source->file, SHT_DYNSYM, NAME_IN_DYNSTR,
				      &source->dynsym);
	if (!err)
		err = elf_plt_add(&source->index, &source->file);
	if (!err)
		err = text_index_finish(&source->index);
	return err;
}

static int load(struct source *base)
{
	struct elf_source *source = of(base);
	int err;

	source->places.symfs = base->options->symfs;
	source->places.debug_root = base->options->debug_root;
	source->places.door = base->door;
	err = open_it(source);
	if (!err && base->reason == SYMBOL_OK && is_replaced(source))
		base->reason = SYMBOL_FILE_REPLACED;
	if (!err && base->reason == SYMBOL_OK)
		err = find_debug_file(source);
	if (!err && (base->reason == SYMBOL_FILE_REPLACED || base->reason == SYMBOL_BAD_ELF))
		err = source_tell(base, "%s: %s", source->path, symbol_reason_text(base->reason));
	return err;
}

static bool identify(struct source *base, struct source_key *ret)
{
	const struct elf_source *source = of(base);
	const struct elf_file *file = &source->file;

	if (!elf_file_stamp(file, &ret->file) ||
	    (source->debug.fd >= 0 && !elf_file_stamp(&source->debug, &ret->debug)))
		return false;
	memcpy(ret->build_id, file->build_id, file->build_id_len);
	ret->build_id_len = (uint32_t)file->build_id_len;
	return true;
}

static void needs(const struct source *base, struct source_needs *ret)
{
	const struct elf_source *source = (const struct elf_source *)base;

	*ret = (struct source_needs){
		.fds = {source->fd, -1},
		.files = true,
		.places = source->places,
		.name = source->path,
	};
	ret->places.symfs = base->options->symfs;
	ret->places.debug_root = base->options->debug_root;
}

static int fill(struct source *base)
{
	struct elf_source *source = of(base);
	int err = fill_index(source);

	elf_bounds_find(&source->file, &source->bounds);
	source->hole_reason = source->index.count ? SYMBOL_NO_SYMBOL_HERE : SYMBOL_NO_SYMBOLS;
	if (!err && !source->index.count && !source->bounds.len)
		base->reason = SYMBOL_NO_SYMBOLS;
	elf_file_release(&source->file);
	elf_file_release(&source->debug);
	elf_file_release(&source->mini);
	/* Debug information may go on in files below it; see dwarf_shared.h and dwarf_split.h. */
	if (!source->dwarf_file)
		places_close(&source->places);
	return err;
}

/* ---- answers --------------------------------------------------------------------------------- */

/* Where the names of a table are; those of the PLT's stubs are the dynamic symbols'. */
static const struct elf_names *names_of(const struct elf_source *source, enum elf_name_table table)
{
	switch (table) {
	case NAME_IN_STRTAB:
		return &source->symtab;
	case NAME_IN_GO:
		return &source->go;
	default:
		return &source->dynsym;
	}
}

static int read_name(struct elf_source *source, const struct text_symbol *symbol, struct text *ret)
{
	const struct elf_names *names = names_of(source, symbol->table);
	int err;

	text_clear(ret);
	if (!names->file)
		return 0;
	err = elf_names_read(names, symbol->name, ret);
	if (!err && ret->len)
		ret->len = symbol_name_len(ret->bytes, ret->len);
	return err;
}

/* Leaves in source->name the best name of the aliases, empty when there is none to be read. */
static int best_name(struct elf_source *source, const struct text_hit *hit)
{
	struct symbol_name best = {0};
	size_t count = hit->count < MAX_ALIASES ? hit->count : MAX_ALIASES;
	int err;

	text_clear(&source->name);
	for (size_t i = 0; i < count; i++) {
		struct text *text = &source->other_name;
		struct symbol_name name;

		err = read_name(source, &hit->aliases[i], text);
		if (err)
			return err;
		name = (struct symbol_name){text->bytes, text->len, hit->aliases[i].rank};
		if (text->len && (!best.len || symbol_name_better(&name, &best))) {
			struct text swap = source->name;

			best = name;
			source->name = source->other_name;
			source->other_name = swap;
		}
	}
	return 0;
}

/* The name of what covers an address, and what is written behind it. */
static int name_hit(struct elf_source *source, const struct text_hit *hit, const char **ret_suffix)
{
	const struct text_symbol *symbol = hit->aliases;
	struct text_hit target;

	*ret_suffix =
		symbol->table == NAME_OF_PLT || symbol->table == NAME_OF_RESOLVER ? "@plt" : "";
	if (symbol->table != NAME_OF_RESOLVER)
		return best_name(source, hit);
	text_clear(&source->name);
	if (!text_index_find(&source->index, source->file.texts[0].addr + symbol->name, &target) ||
	    target.aliases->table == NAME_OF_RESOLVER)
		return 0;
	return best_name(source, &target);
}

/* The range with the same answer, from addresses to offsets, cut to the segment. */
static void set_range(const struct text_hit *hit, const struct elf_segment *segment,
		      struct answer *ret)
{
	uint64_t start = segment->vaddr;
	uint64_t last = segment->vaddr + (segment->len - 1);

	ret->first = (hit->first > start ? hit->first - start : 0) + segment->off;
	ret->last = (hit->last < last ? hit->last - start : segment->len - 1) + segment->off;
}

static enum frame_kind kind_of(const struct elf_file *file)
{
	return file->header.e_type == ET_DYN && !file->is_pie ? FRAME_LIBRARY : FRAME_USER;
}

/* Makes source->holder the function at a file offset; unnamed where there is none. */
static int find_holder(struct elf_source *source, const struct elf_segment *segment, uint64_t off)
{
	struct source *base = &source->base;
	struct symbol_frame frame = {.module = base->module, .kind = kind_of(&source->file)};
	uint64_t into, addr = segment->vaddr + (off - segment->off);
	struct answer range = {.first = off, .last = off};
	const char *suffix = "";
	struct text_hit hit;
	int err = 0;

	text_clear(&source->name);
	if (text_index_find(&source->index, addr, &hit))
		err = name_hit(source, &hit, &suffix);
	if (!err && source->name.len) {
		err = frame_store_name(base->store, source->name.bytes, source->name.len, suffix,
				       &frame.function);
		into = addr - hit.aliases->addr;
		frame.start = off > into ? off - into : 0;
		set_range(&hit, segment, &range);
	}
	if (err)
		return err;
	source->holder = frame;
	source->holder_first = range.first;
	source->holder_last = range.last;
	source->holder_known = true;
	return 0;
}

/* The answer for an address that no symbol covers: where its function starts, if that is known. */
static int lookup_unnamed(struct elf_source *source, const struct elf_segment *segment,
			  uint64_t off, struct answer *ret)
{
	struct symbol_frame frame = {
		.module = source->base.module,
		.kind = FRAME_UNNAMED,
		.reason = (uint8_t)source->hole_reason,
	};
	struct text_hit hit;
	int err = 0;

	if (segment && !source->bounds_read) {
		source->bounds_read = true;
		err = elf_bounds_read(&source->file, &source->bounds, &source->unnamed);
	}
	if (err)
		return err;
	if (segment &&
	    text_index_find(&source->unnamed, segment->vaddr + (off - segment->off), &hit))
		frame.unnamed_addr = hit.aliases->addr;
	/* Symbols may lie anywhere in between, so this is the answer for this address alone. */
	ret->first = ret->last = off;
	return frame_store_add(source->base.store, &frame, 1, &ret->symbol);
}

/* What Go's own tables say of an address, where there is no debug information. As lookup(). */
static int lookup_go(struct elf_source *source, const struct elf_segment *segment, uint64_t off,
		     struct answer *ret)
{
	uint64_t to_addr = segment->vaddr - segment->off;
	struct answer range = {.first = ret->first + to_addr, .last = ret->last + to_addr};
	int count = go_inlines_frames(&source->go_inlines, source->base.store, source->base.options,
				      &source->holder, source->holder.start + to_addr,
				      off + to_addr, &range, source->frames);

	if (count < 0)
		return count;
	ret->first = range.first - to_addr;
	ret->last = range.last - to_addr;
	return frame_store_add(source->base.store, source->frames, (size_t)count, &ret->symbol);
}

static int lookup(struct source *base, uint64_t off, struct answer *ret)
{
	struct elf_source *source = of(base);
	const struct elf_segment *segment = elf_file_segment_at_offset(&source->file, off);
	const struct dwarf_answer *answer;
	size_t count = 1;
	int err = 0;

	if (!segment)
		return lookup_unnamed(source, NULL, off, ret);
	if (!source->holder_known || off < source->holder_first || off > source->holder_last)
		err = find_holder(source, segment, off);
	if (err)
		return err;
	if (!source->holder.function)
		return lookup_unnamed(source, segment, off, ret);
	answer = dwarf_answers_find(&source->dwarf, segment->vaddr + (off - segment->off));
	source->frames[0] = source->holder;
	ret->first = source->holder_first;
	ret->last = source->holder_last;
	if (!answer && source->go_inlines.file &&
	    (base->options->lines || !base->options->no_inline))
		return lookup_go(source, segment, off, ret);
	if (answer) {
		count = dwarf_answer_frames(&source->dwarf, answer, &source->holder,
					    base->options->no_inline, source->frames);
		dwarf_answer_range(&source->dwarf, answer, off, ret);
	}
	return frame_store_add(base->store, source->frames, count, &ret->symbol);
}

/* Reads what the debug information says about a batch of addresses. */
static int prepare(struct source *base, const uint64_t *offs, size_t count)
{
	struct elf_source *source = of(base);
	struct dwarf_wish wish = {
		.names = !base->options->no_inline,
		.lines = base->options->lines,
		.source = base,
		.path = source->path,
		.places = &source->places,
		.servers = source->servers,
	};
	size_t nr_addrs = 0;
	uint64_t *addrs;
	int err;

	dwarf_answers_fini(&source->dwarf);
	if (!source->dwarf_file || !count)
		return 0;
	addrs = malloc(size_mul(count, sizeof(*addrs)));
	if (!addrs)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct elf_segment *segment =
			elf_file_segment_at_offset(&source->file, offs[i]);

		if (segment)
			addrs[nr_addrs++] = segment->vaddr + (offs[i] - segment->off);
	}
	err = dwarf_answers_read(&source->dwarf, source->dwarf_file, &wish, base->store, addrs,
				 nr_addrs);
	base->fleeting |= source->dwarf.fleeting;
	free(addrs);
	return err;
}

/* ---- life ------------------------------------------------------------------------------------ */

static void free_source(struct source *base)
{
	struct elf_source *source = of(base);

	elf_file_fini(&source->file);
	elf_file_fini(&source->debug);
	elf_file_fini(&source->mini);
	if (source->fd >= 0)
		close(source->fd);
	places_close(&source->places);
	free(source->image);
	free(source->path);
	text_index_fini(&source->index);
	text_index_fini(&source->unnamed);
	text_fini(&source->name);
	text_fini(&source->other_name);
	dwarf_answers_fini(&source->dwarf);
	free(source);
}

static const struct source_ops elf_ops = {
	.load = load,
	.identify = identify,
	.needs = needs,
	.fill = fill,
	.prepare = prepare,
	.lookup = lookup,
	.free = free_source,
};

/* Our own memory needs no other process. */
static const struct source_ops image_ops = {
	.load = load,
	.fill = fill,
	.prepare = prepare,
	.lookup = lookup,
	.free = free_source,
};

static struct elf_source *new_source(const struct source_ops *ops, const char *path)
{
	struct elf_source *source = calloc(1, sizeof(*source));

	if (!source)
		return NULL;
	source->base.ops = ops;
	source->fd = source->places.root_fd = -1;
	source->file.fd = source->debug.fd = source->mini.fd = -1;
	source->path = strdup(path);
	if (!source->path) {
		free_source(&source->base);
		return NULL;
	}
	source->base.module = base_name(source->path);
	return source;
}

struct source *elf_source_new(const struct symbol_file *file)
{
	struct elf_source *source = new_source(&elf_ops, file->path ? file->path : "");

	if (!source)
		return NULL;
	source->open_error = file->open_error;
	if (file->fd >= 0) {
		source->fd = fcntl(file->fd, F_DUPFD_CLOEXEC, 0);
		source->open_error = source->fd < 0 ? errno : 0;
	}
	if (file->root_fd >= 0)
		source->places.root_fd = fcntl(file->root_fd, F_DUPFD_CLOEXEC, 0);
	source->servers = file->servers;
	if (file->build_id && file->build_id_len <= sizeof(source->build_id)) {
		memcpy(source->build_id, file->build_id, file->build_id_len);
		source->build_id_len = file->build_id_len;
	}
	return &source->base;
}

struct source *elf_source_new_image(const char *name, const void *image, size_t len)
{
	struct elf_source *source = new_source(&image_ops, name);

	if (!source)
		return NULL;
	source->image = malloc(len ? len : 1);
	if (!source->image) {
		free_source(&source->base);
		return NULL;
	}
	memcpy(source->image, image, len);
	source->image_len = len;
	return &source->base;
}
