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

#include "profiler/model/alloc.h"
#include "symbolizer/frame_store.h"
#include "symbolizer/source.h"

struct symbolizer {
	struct symbolizer_options options;
	char *debug_root, *kallsyms_path; /* the options' own copies */
	struct frame_store store;
	struct source **sources;
	size_t nr_sources, cap_sources;
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
	symbolizer->debug_root =
		strdup(options->debug_root ? options->debug_root : "/usr/lib/debug");
	symbolizer->kallsyms_path =
		strdup(options->kallsyms_path ? options->kallsyms_path : "/proc/kallsyms");
	symbolizer->options.debug_root = symbolizer->debug_root;
	symbolizer->options.kallsyms_path = symbolizer->kallsyms_path;
	if (frame_store_init(&symbolizer->store, options->demangle) || !symbolizer->debug_root ||
	    !symbolizer->kallsyms_path) {
		symbolizer_free(symbolizer);
		errno = ENOMEM;
		return NULL;
	}
	return symbolizer;
}

void symbolizer_free(struct symbolizer *symbolizer)
{
	if (!symbolizer)
		return;
	for (size_t i = 0; i < symbolizer->nr_sources; i++)
		symbolizer->sources[i]->ops->free(symbolizer->sources[i]);
	free(symbolizer->sources);
	frame_store_fini(&symbolizer->store);
	free(symbolizer->debug_root);
	free(symbolizer->kallsyms_path);
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
	symbolizer->sources[symbolizer->nr_sources++] = source;
	return (int)number;
}

int symbolizer_add_file(struct symbolizer *symbolizer, const struct symbol_file *file)
{
	return add(symbolizer, elf_source_new(file));
}

int symbolizer_add_kernel(struct symbolizer *symbolizer)
{
	return add(symbolizer, kernel_source_new(symbolizer->options.kallsyms_path));
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

/* Loads the source on first use. One that ran out of memory is not tried again. */
static int load(struct source *source)
{
	if (source->loaded)
		return source->load_error;
	source->loaded = true;
	if (source->module)
		source->load_error = frame_store_text(source->store, source->module,
						      strlen(source->module), &source->module);
	if (!source->load_error)
		source->load_error = source->ops->load(source);
	return source->load_error;
}

static int answer(struct source *source, uint64_t addr, struct answer *ret)
{
	if (source->reason != SYMBOL_OK)
		return source_unnamed(source, source->reason, 0, UINT64_MAX, ret);
	return source->ops->lookup(source, addr, ret);
}

/* Address by address, as they come. */
static int resolve_each(struct source *source, const uint64_t *addrs, size_t count,
			struct symbol *ret_symbols)
{
	struct answer last;
	int err = 0;

	if (source->reason == SYMBOL_OK && source->ops->prepare)
		err = source->ops->prepare(source, addrs, count);
	for (size_t i = 0; i < count && !err; i++) {
		if (!i || addrs[i] < last.first || addrs[i] > last.last)
			err = answer(source, addrs[i], &last);
		if (!err)
			ret_symbols[i] = last.symbol;
	}
	return err;
}

int symbolizer_resolve_at(struct symbolizer *symbolizer, int source_number, const uint64_t *addrs,
			  const uint32_t *moments, size_t count, struct symbol *ret_symbols)
{
	struct source *source;
	int err;

	assert(source_number >= 0 && (size_t)source_number < symbolizer->nr_sources);
	source = symbolizer->sources[source_number];
	err = load(source);
	if (err)
		return err;
	if (source->ops->resolve && source->reason == SYMBOL_OK)
		return source->ops->resolve(source, addrs, moments, count, ret_symbols);
	return resolve_each(source, addrs, count, ret_symbols);
}

int symbolizer_resolve(struct symbolizer *symbolizer, int source_number, const uint64_t *addrs,
		       size_t count, struct symbol *ret_symbols)
{
	return symbolizer_resolve_at(symbolizer, source_number, addrs, NULL, count, ret_symbols);
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

int source_tell(struct source *source, const char *format, ...)
{
	char line[1024];
	va_list args;
	int err;

	if (source->nr_notices == ARRAY_LEN(source->notices))
		return 0;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	err = frame_store_text(source->store, line, strlen(line),
			       &source->notices[source->nr_notices]);
	if (!err)
		source->nr_notices++;
	return err;
}
