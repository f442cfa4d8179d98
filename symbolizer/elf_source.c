// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An ELF file, or image in memory, as a source of symbols.
 *
 * Loading opens the file and those that belong to it (elf_files.h). Filling reads where its
 * functions are (elf_functions.h), and lets go of everything else but the descriptors; the bounds
 * of functions without a name (elf_bounds.h) are read when the first address is in none of the
 * others. Debug information is read anew for each batch of addresses (dwarf.h). Here the answers
 * of all these are put together.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "symbolizer/dwarf.h"
#include "symbolizer/elf_bounds.h"
#include "symbolizer/elf_files.h"
#include "symbolizer/elf_functions.h"
#include "symbolizer/source.h"

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
	struct elf_files files;
	struct elf_functions functions;
	enum symbol_reason hole_reason; /* of addresses that no symbol covers */
	struct elf_bounds bounds;	/* of functions; read when first needed */
	bool bounds_read;
	struct text_index unnamed;
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

/* Whether anything is asked for that only DWARF knows. */
static bool wants_dwarf(const struct elf_source *source)
{
	const struct symbolizer_options *options = source->base.options;

	return (options->lines || !options->no_inline) && !source->files.file.image;
}

static int open_file(struct elf_source *source)
{
	int fd = source->fd;
	void *image = source->image;

	source->fd = -1;
	source->image = NULL;
	if (image)
		return elf_file_open_image(&source->files.file, image, source->image_len,
					   &source->base.reason);
	if (fd < 0 && source->path[0] == '/')
		fd = places_open(&source->places, PLACE_SYMFS, source->path);
	if (fd >= 0)
		return elf_file_open(&source->files.file, fd, &source->base.reason);
	source->base.reason = source->open_error == ENOENT || source->open_error == ESRCH
				      ? SYMBOL_FILE_GONE
				      : SYMBOL_FILE_UNREADABLE;
	return 0;
}

static bool is_replaced(const struct elf_source *source)
{
	const struct elf_file *file = &source->files.file;

	return source->build_id_len &&
	       (source->build_id_len != file->build_id_len ||
		memcmp(source->build_id, file->build_id, source->build_id_len) != 0);
}

static int load(struct source *base)
{
	struct elf_source *source = of(base);
	struct elf_files_wish wish = {
		.source = base,
		.path = source->path,
		.places = &source->places,
		.servers = source->servers,
	};
	int err;

	source->places.symfs = base->options->symfs;
	source->places.debug_root = base->options->debug_root;
	source->places.door = base->door;
	err = open_file(source);
	wish.dwarf = wants_dwarf(source);
	if (!err && base->reason == SYMBOL_OK && is_replaced(source))
		base->reason = SYMBOL_FILE_REPLACED;
	if (!err && base->reason == SYMBOL_OK)
		err = elf_files_find_debug(&source->files, &wish);
	if (!err && (base->reason == SYMBOL_FILE_REPLACED || base->reason == SYMBOL_BAD_ELF))
		err = source_tell(base, "%s: %s", source->path, symbol_reason_text(base->reason));
	return err;
}

static bool identify(struct source *base, struct source_key *ret)
{
	return elf_files_identify(&of(base)->files, ret);
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
	const struct elf_file *symtab;
	size_t count;
	int err = elf_files_find_symtab(&source->files, base, source->path, &symtab);

	if (!err)
		err = elf_functions_read(&source->functions, &source->files.file, symtab);
	count = source->functions.index.count;
	elf_bounds_find(&source->files.file, &source->bounds);
	source->hole_reason = count ? SYMBOL_NO_SYMBOL_HERE : SYMBOL_NO_SYMBOLS;
	if (!err && !count && !source->bounds.len)
		base->reason = SYMBOL_NO_SYMBOLS;
	elf_files_release(&source->files);
	/* Debug information may go on in files below it; see dwarf_shared.h and dwarf_split.h. */
	if (!source->files.dwarf)
		places_close(&source->places);
	return err;
}

/* ---- answers --------------------------------------------------------------------------------- */

/* The range with the same answer, from addresses to offsets, cut to the segment. */
static void set_range(uint64_t first, uint64_t last, const struct elf_segment *segment,
		      struct answer *ret)
{
	uint64_t start = segment->vaddr;
	uint64_t end = segment->vaddr + (segment->len - 1);

	ret->first = (first > start ? first - start : 0) + segment->off;
	ret->last = (last < end ? last - start : segment->len - 1) + segment->off;
}

static enum frame_kind kind_of(const struct elf_file *file)
{
	return file->header.e_type == ET_DYN && !file->is_pie ? FRAME_LIBRARY : FRAME_USER;
}

/* Makes source->holder the function at a file offset; unnamed where there is none. */
static int find_holder(struct elf_source *source, const struct elf_segment *segment, uint64_t off)
{
	struct source *base = &source->base;
	struct symbol_frame frame = {.module = base->module, .kind = kind_of(&source->files.file)};
	uint64_t into, addr = segment->vaddr + (off - segment->off);
	struct answer range = {.first = off, .last = off};
	struct elf_function found;
	int err = elf_functions_find(&source->functions, addr, &found);

	if (!err && found.name_len) {
		err = frame_store_name(base->store, found.name, found.name_len, found.suffix,
				       &frame.function);
		into = addr - found.addr;
		frame.start = off > into ? off - into : 0;
		set_range(found.first, found.last, segment, &range);
	}
	if (err)
		return err;
	source->holder = frame;
	source->holder_first = range.first;
	source->holder_last = range.last;
	source->holder_known = true;
	return 0;
}

/* Where the function starts that no symbol covers, if that is known; 0 if it is not. */
static uint64_t unnamed_start(struct elf_source *source, const struct elf_segment *segment,
			      uint64_t off, struct answer *range)
{
	uint64_t addr = segment->vaddr + (off - segment->off), first, last, start = 0;
	struct text_hit hit;

	text_index_hole(&source->functions.index, addr, &first, &last);
	if (text_index_find(&source->unnamed, addr, &hit))
		start = hit.aliases->addr;
	else
		text_index_hole(&source->unnamed, addr, &hit.first, &hit.last);
	set_range(first > hit.first ? first : hit.first, last < hit.last ? last : hit.last, segment,
		  range);
	return start;
}

/* The answer for an address that no symbol covers; `segment` NULL: in no segment either. */
static int lookup_unnamed(struct elf_source *source, const struct elf_segment *segment,
			  uint64_t off, struct answer *ret)
{
	struct symbol_frame frame = {
		.module = source->base.module,
		.kind = FRAME_UNNAMED,
		.reason = (uint8_t)source->hole_reason,
	};
	int err = 0;

	if (segment && !source->bounds_read) {
		source->bounds_read = true;
		err = elf_bounds_read(&source->files.file, &source->bounds, &source->unnamed);
	}
	if (err)
		return err;
	ret->first = ret->last = off;
	if (segment)
		frame.unnamed_addr = unnamed_start(source, segment, off, ret);
	return frame_store_add(source->base.store, &frame, 1, &ret->symbol);
}

/* What Go's own tables say of an address, where there is no debug information. As lookup(). */
static int lookup_go(struct elf_source *source, const struct elf_segment *segment, uint64_t off,
		     struct answer *ret)
{
	uint64_t to_addr = segment->vaddr - segment->off;
	struct answer range = {.first = ret->first + to_addr, .last = ret->last + to_addr};
	int count = go_inlines_frames(&source->functions.go_inlines, source->base.store,
				      source->base.options, &source->holder,
				      source->holder.start + to_addr, off + to_addr, &range,
				      source->frames);

	if (count < 0)
		return count;
	ret->first = range.first - to_addr;
	ret->last = range.last - to_addr;
	return frame_store_add(source->base.store, source->frames, (size_t)count, &ret->symbol);
}

static int lookup(struct source *base, uint64_t off, struct answer *ret)
{
	struct elf_source *source = of(base);
	const struct elf_segment *segment = elf_file_segment_at_offset(&source->files.file, off);
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
	if (!answer && source->functions.go_inlines.file &&
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
	if (!source->files.dwarf || !count)
		return 0;
	addrs = malloc(size_mul(count, sizeof(*addrs)));
	if (!addrs)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct elf_segment *segment =
			elf_file_segment_at_offset(&source->files.file, offs[i]);

		if (segment)
			addrs[nr_addrs++] = segment->vaddr + (offs[i] - segment->off);
	}
	err = dwarf_answers_read(&source->dwarf, source->files.dwarf, &wish, base->store, addrs,
				 nr_addrs);
	base->fleeting |= source->dwarf.fleeting;
	free(addrs);
	return err;
}

/* ---- life ------------------------------------------------------------------------------------ */

static void free_source(struct source *base)
{
	struct elf_source *source = of(base);

	elf_files_fini(&source->files);
	if (source->fd >= 0)
		close(source->fd);
	places_close(&source->places);
	free(source->image);
	free(source->path);
	elf_functions_fini(&source->functions);
	text_index_fini(&source->unnamed);
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
	elf_files_init(&source->files);
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
