// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The public face: sources by number, batches of addresses, notices.
 *
 * What an address means is the sources' business (source.h); here they are
 * loaded when first asked and their answers used again for the addresses next
 * to the one asked for.
 */
#include "symbolizer/symbolizer.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profiler/model/alloc.h"
#include "symbolizer/answer_cache.h"
#include "symbolizer/cache_folder.h"
#include "symbolizer/debug_server.h"
#include "symbolizer/door.h"
#include "symbolizer/frame_store.h"
#include "symbolizer/reader.h"
#include "symbolizer/source.h"

struct symbolizer {
	struct symbolizer_options options;
	char *debug_root, *kallsyms_path, *kernel_notes_path, *symfs; /* the options' own copies */
	struct debug_server server;
	struct frame_store store;
	struct source **sources;
	size_t nr_sources, cap_sources;
	int cache_folder; /* -1: none */
};

const char *symbol_reason_text(enum symbol_reason reason)
{
	static const char *const texts[] = {
#define REASON(name, text) [SYMBOL_##name] = (text),
#include "symbolizer/symbol_reason.def"
#undef REASON
	};

	return texts[reason];
}

struct symbolizer *symbolizer_new(const struct symbolizer_options *options)
{
	static const struct symbolizer_options defaults;
	struct symbolizer *symbolizer = calloc(1, sizeof(*symbolizer));

	if (!symbolizer)
		return NULL;
	if (!options)
		options = &defaults;
	symbolizer->options = *options;
	symbolizer->cache_folder = options->cache ? cache_folder_open(options->cache_path) : -1;
	symbolizer->options.cache_path = NULL; /* that is the caller's */
	symbolizer->debug_root =
		strdup(options->debug_root ? options->debug_root : "/usr/lib/debug");
	symbolizer->kallsyms_path =
		strdup(options->kallsyms_path ? options->kallsyms_path : "/proc/kallsyms");
	symbolizer->kernel_notes_path = strdup(
		options->kernel_notes_path ? options->kernel_notes_path : "/sys/kernel/notes");
	symbolizer->symfs = options->symfs ? strdup(options->symfs) : NULL;
	debug_server_init(&symbolizer->server, options->progress, options->progress_data);
	symbolizer->options.kernel_notes_path = symbolizer->kernel_notes_path;
	symbolizer->options.symfs = symbolizer->symfs;
	symbolizer->options.debug_root = symbolizer->debug_root;
	symbolizer->options.kallsyms_path = symbolizer->kallsyms_path;
	if (frame_store_init(&symbolizer->store, options->demangle) || !symbolizer->debug_root ||
	    !symbolizer->kallsyms_path || !symbolizer->kernel_notes_path ||
	    (options->symfs && !symbolizer->symfs)) {
		symbolizer_free(symbolizer);
		errno = ENOMEM;
		return NULL;
	}
	return symbolizer;
}

static void free_source(struct source *source)
{
	if (source->cache)
		answer_cache_fini(source->cache);
	free(source->cache);
	source->ops->free(source);
}

/* Keeps what was found out; that it cannot be kept is nothing to be told. */
static void save(struct symbolizer *symbolizer)
{
	bool saved = false;

	for (size_t i = 0; i < symbolizer->nr_sources; i++) {
		const struct source *source = symbolizer->sources[i];

		if (source->cache && !source->fleeting)
			saved |= answer_cache_save(source->cache, symbolizer->cache_folder, source);
	}
	if (saved)
		cache_folder_trim(symbolizer->cache_folder, CACHE_FOLDER_MAX_BYTES);
	if (symbolizer->cache_folder >= 0)
		close(symbolizer->cache_folder);
}

void symbolizer_free(struct symbolizer *symbolizer)
{
	if (!symbolizer)
		return;
	save(symbolizer);
	for (size_t i = 0; i < symbolizer->nr_sources; i++)
		free_source(symbolizer->sources[i]);
	free(symbolizer->sources);
	debug_server_fini(&symbolizer->server);
	frame_store_fini(&symbolizer->store);
	free(symbolizer->symfs);
	free(symbolizer->debug_root);
	free(symbolizer->kallsyms_path);
	free(symbolizer->kernel_notes_path);
	free(symbolizer);
}

/* Takes over a new source (NULL: there was no memory for it); its number or -ENOMEM. */
static int add(struct symbolizer *symbolizer, struct source *source)
{
	size_t number = symbolizer->nr_sources;

	if (!source)
		return -ENOMEM;
	if (number >= INT_MAX ||
	    ARRAY_RESERVE(symbolizer->sources, symbolizer->cap_sources, number + 1)) {
		source->ops->free(source);
		return -ENOMEM;
	}
	source->store = &symbolizer->store;
	source->options = &symbolizer->options;
	source->server = symbolizer->options.debuginfod ? &symbolizer->server : NULL;
	symbolizer->sources[symbolizer->nr_sources++] = source;
	return (int)number;
}

int symbolizer_add_file(struct symbolizer *symbolizer, const struct symbol_file *file)
{
	return add(symbolizer, elf_source_new(file));
}

int symbolizer_add_kernel(struct symbolizer *symbolizer)
{
	return add(symbolizer, kernel_source_new(symbolizer->options.kallsyms_path,
						 symbolizer->options.kernel_notes_path));
}

int symbolizer_add_image(struct symbolizer *symbolizer, const char *name, const void *image,
			 size_t len)
{
	return add(symbolizer, elf_source_new_image(name, image, len));
}

int symbolizer_add_jit(struct symbolizer *symbolizer, const struct symbol_jit *jit)
{
	return add(symbolizer, jit_source_new(jit));
}

/* Names are compared as pointers: also those of modules have to be the store's. */
static int keep_module(struct source *source)
{
	return source->module ? frame_store_text(source->store, source->module,
						 strlen(source->module), &source->module)
			      : 0;
}

/* Loads the source on first use. One that ran out of memory is not tried again. */
static int load(const struct symbolizer *symbolizer, struct source *source)
{
	struct source_key key = {0};

	if (source->loaded)
		return source->load_error;
	source->loaded = true;
	source->load_error = keep_module(source);
	if (!source->load_error)
		source->load_error = source->ops->load(source);
	if (!source->load_error)
		source_set_key(source, source->ops->identify && source->ops->identify(source, &key)
					       ? &key
					       : NULL);
	if (!source->load_error)
		source->load_error = source_open_cache(source, symbolizer->cache_folder);
	return source->load_error;
}

/* The same, where some of the addresses may be known. */
static int prepare_unknown(struct source *source, const uint64_t *addrs, size_t count)
{
	uint64_t *unknown;
	size_t nr_unknown = 0;
	int err;

	if (!source->cache)
		return source_prepare(source, addrs, count);
	unknown = malloc(size_mul(count, sizeof(*unknown)));
	if (!unknown)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		if (!answer_cache_has(source->cache, addrs[i]))
			unknown[nr_unknown++] = addrs[i];
	err = source_prepare(source, unknown, nr_unknown);
	free(unknown);
	return err;
}

static int answer(struct source *source, uint64_t addr, struct answer *ret)
{
	int err;

	if (source->reason != SYMBOL_OK)
		return source_unnamed(source, source->reason, 0, UINT64_MAX, ret);
	if (!source->cache)
		return source->ops->lookup(source, addr, ret);
	err = answer_cache_find(source->cache, source, addr, ret);
	if (err)
		return err < 0 ? err : 0;
	err = source->ops->lookup(source, addr, ret);
	return err ? err : answer_cache_add(source->cache, ret);
}

/* Address by address, as they come. */
static int resolve_each(struct source *source, const uint64_t *addrs, size_t count,
			struct symbol *ret_symbols)
{
	struct answer last;
	int err = prepare_unknown(source, addrs, count);

	for (size_t i = 0; i < count && !err; i++) {
		if (!i || addrs[i] < last.first || addrs[i] > last.last)
			err = answer(source, addrs[i], &last);
		if (!err)
			ret_symbols[i] = last.symbol;
	}
	return err;
}

static int resolve_here(struct symbolizer *symbolizer, const struct symbol_question *question)
{
	struct source *source = symbolizer->sources[question->source];
	int err = load(symbolizer, source);

	if (err)
		return err;
	if (source->ops->resolve && source->reason == SYMBOL_OK)
		return source->ops->resolve(source, question->addrs, question->moments,
					    question->count, question->symbols);
	return resolve_each(source, question->addrs, question->count, question->symbols);
}

/* Resolves here what is not to be read elsewhere, and gathers what is. */
static int divide(struct symbolizer *symbolizer, const struct symbol_question *questions,
		  size_t count, struct reader_question *ret_elsewhere, size_t *ret_count)
{
	int err = 0;

	*ret_count = 0;
	for (size_t i = 0; i < count && !err; i++) {
		const struct symbol_question *question = &questions[i];
		struct source *source = symbolizer->sources[question->source];

		assert(question->source >= 0 && (size_t)question->source < symbolizer->nr_sources);
		if (!symbolizer->options.confine || !source->ops->needs) {
			err = resolve_here(symbolizer, question);
			continue;
		}
		err = keep_module(source);
		ret_elsewhere[(*ret_count)++] = (struct reader_question){
			.source = source,
			.addrs = question->addrs,
			.moments = question->moments,
			.count = question->count,
			.symbols = question->symbols,
			.cache_folder = symbolizer->cache_folder,
		};
	}
	return err;
}

int symbolizer_resolve_all(struct symbolizer *symbolizer, const struct symbol_question *questions,
			   size_t count)
{
	struct reader_question *elsewhere = malloc(size_mul(count + 1, sizeof(*elsewhere)));
	size_t nr_elsewhere;
	int err = elsewhere ? divide(symbolizer, questions, count, elsewhere, &nr_elsewhere)
			    : -ENOMEM;

	if (!err)
		err = readers_resolve(elsewhere, nr_elsewhere);
	free(elsewhere);
	return err;
}

int symbolizer_resolve_at(struct symbolizer *symbolizer, int source_number, const uint64_t *addrs,
			  const uint32_t *moments, size_t count, struct symbol *ret_symbols)
{
	const struct symbol_question question = {source_number, addrs, moments, count, ret_symbols};

	return symbolizer_resolve_all(symbolizer, &question, 1);
}

int symbolizer_resolve(struct symbolizer *symbolizer, int source_number, const uint64_t *addrs,
		       size_t count, struct symbol *ret_symbols)
{
	return symbolizer_resolve_at(symbolizer, source_number, addrs, NULL, count, ret_symbols);
}

int symbolizer_build_id(const struct symbolizer *symbolizer, int source_number, uint8_t *ret_id,
			size_t cap)
{
	const struct source *source = symbolizer->sources[source_number];

	if (!source->has_key)
		return 0;
	if (source->key.build_id_len > cap)
		return -ENOSPC;
	memcpy(ret_id, source->key.build_id, source->key.build_id_len);
	return (int)source->key.build_id_len;
}

const char *symbolizer_shown(struct symbolizer *symbolizer, const char *function)
{
	return frame_store_shown(&symbolizer->store, function);
}

const char *symbolizer_linked(struct symbolizer *symbolizer, const char *function)
{
	return frame_store_linked(&symbolizer->store, function);
}

void symbolizer_notices(const struct symbolizer *symbolizer,
			void (*tell)(void *data, const char *line), void *data)
{
	for (size_t i = 0; i < symbolizer->nr_sources; i++)
		for (size_t k = 0; k < symbolizer->sources[i]->nr_notices; k++)
			tell(data, symbolizer->sources[i]->notices[k]);
}

/* ---- what sources share ---------------------------------------------------------------------- */

int source_unnamed(struct source *source, enum symbol_reason reason, uint64_t first, uint64_t last,
		   struct answer *ret)
{
	struct symbol_frame frame = {
		.module = source->module,
		.kind = FRAME_UNNAMED,
		.reason = (uint8_t)reason,
	};

	ret->first = first;
	ret->last = last;
	return frame_store_add(source->store, &frame, 1, &ret->symbol);
}

int source_prepare(struct source *source, const uint64_t *addrs, size_t count)
{
	if (!count || source->reason != SYMBOL_OK)
		return 0;
	if (!source->filled && source->ops->fill)
		source->load_error = source->ops->fill(source);
	source->filled = true;
	if (source->load_error || source->reason != SYMBOL_OK || !source->ops->prepare)
		return source->load_error;
	return source->ops->prepare(source, addrs, count);
}

void source_set_key(struct source *source, const struct source_key *said)
{
	source->has_key = said != NULL;
	if (!said)
		return;
	source->key = *said;
	source->key.demangle = (uint8_t)source->options->demangle;
	source->key.lines = source->options->lines;
	source->key.no_inline = source->options->no_inline;
	source->key.zero = 0;
}

int source_open_cache(struct source *source, int folder)
{
	if (folder < 0 || source->cache || source->reason != SYMBOL_OK || !source->has_key)
		return 0;
	source->cache = calloc(1, sizeof(*source->cache));
	return source->cache ? answer_cache_open(source->cache, folder, &source->key) : -ENOMEM;
}

int source_tell(struct source *source, const char *format, ...)
{
	const char *notice;
	char line[1024];
	va_list args;
	int err;

	if (source->nr_notices == ARRAY_LEN(source->notices))
		return 0;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (source->door) {
		door_tell(source->door, line);
		return 0;
	}
	err = frame_store_text(source->store, line, strlen(line), &notice);
	if (err)
		return err;
	for (size_t i = 0; i < source->nr_notices; i++)
		if (source->notices[i] == notice)
			return 0;
	source->notices[source->nr_notices++] = notice;
	return 0;
}
