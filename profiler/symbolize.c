// SPDX-License-Identifier: GPL-2.0-or-later
/* Asks the symbolizer, mapping by mapping, in order of address; see symbolize.h. */
#include "profiler/symbolize.h"

#include <errno.h>
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "profiler/mapping_weights.h"
#include "profiler/model/alloc.h"
#include "profiler/model/markers.h"
#include "profiler/runtimes.h"

/* All locations, mapping by mapping, ascending by address. */
struct batch {
	uint64_t *addrs;
	uint32_t *moments;
	struct symbol *symbols;
};

/* Where they are in the order of all. */
struct part {
	uint32_t mapping;
	size_t first, count;
	uint64_t weight;
};

/* What has less of the whole, in parts of a thousand, is not worth a download. */
#define WORTH_FETCHING 1

struct naming {
	struct profile *profile;
	const struct tracker *tracker;
	struct symbolizer *symbolizer;
	struct symbols *symbols;
	int *sources; /* of the mappings, as numbers of the symbolizer's; -1: not asked */
	uint64_t *weights, total; /* of the mappings, and of all samples */
	bool lines, names_with_lines;
	/* Of the processes whose code was met: by runtime, whether one has a map, and one has none. */
	bool has_map[RUNTIME_COUNT], lacks_map[RUNTIME_COUNT];
};

static int compare_locations(const void *left, const void *right, void *data)
{
	const struct location *locations = data;
	const struct location *a = &locations[*(const uint32_t *)left];
	const struct location *b = &locations[*(const uint32_t *)right];

	if (a->mapping != b->mapping)
		return a->mapping < b->mapping ? -1 : 1;
	if (a->addr != b->addr)
		return a->addr < b->addr ? -1 : 1;
	return a->moment < b->moment ? -1 : a->moment > b->moment;
}

static int add_file_source(struct naming *n, const struct mapping *mapping)
{
	const struct binary *binary = &n->tracker->binaries.binaries[mapping->source];
	uint64_t weight = n->weights[mapping - n->profile->mappings];
	struct symbol_file file = {
		.fd = binary->fd,
		.open_error = binary->open_error,
		.path = binary->path,
		.root_fd = binary->root_fd,
		.servers = weight && weight / WORTH_FETCHING >= n->total / 1000,
	};

	return symbolizer_add_file(n->symbolizer, &file);
}

/* Our own vdso is everyone's: the kernel maps the same pages into each 64-bit process. */
static int add_vdso_source(struct naming *n)
{
	const Elf64_Ehdr *vdso = (const void *)getauxval(AT_SYSINFO_EHDR);
	size_t len = vdso ? vdso->e_shoff + (size_t)vdso->e_shnum * vdso->e_shentsize : 0;

	return symbolizer_add_image(n->symbolizer, "[vdso]", vdso, len);
}

/* The symbolizer's moments of a log; the caller frees. NULL: none, or no memory. */
static struct symbol_jit_moment *moments_of(const struct jit_log *log)
{
	struct symbol_jit_moment *moments = calloc(log->nr_moments + 1, sizeof(*moments));

	for (size_t i = 0; moments && i < log->nr_moments; i++)
		moments[i] = (struct symbol_jit_moment){log->moments[i].time_ns,
							log->moments[i].map_end};
	return moments;
}

static int add_jit_process(struct naming *n, const struct jit_process *process)
{
	const struct binary *dump =
		process->dump == BINARY_NONE ? NULL : &n->tracker->binaries.binaries[process->dump];
	struct symbol_jit_moment *moments = moments_of(&process->log);
	struct symbol_jit jit = {
		.pid = process->tgid,
		.map_fd = jit_log_fd(&process->log),
		.open_error = process->log.error,
		.dump_fd = dump ? dump->fd : -1,
		.moments = moments,
		.nr_moments = process->log.nr_moments,
	};
	enum runtime runtime = runtime_of_process(n->tracker, process->tgid);
	int source = moments ? symbolizer_add_jit(n->symbolizer, &jit) : -ENOMEM;

	n->has_map[runtime] |= jit.map_fd >= 0 || dump;
	n->lacks_map[runtime] |= jit.map_fd < 0 && !dump && jit.open_error == ENOENT;
	free(moments);
	return source;
}

static int add_jit_source(struct naming *n, const struct mapping *mapping)
{
	struct symbol_jit gone = {.map_fd = -1, .open_error = ESRCH, .dump_fd = -1};

	return mapping->source == UINT32_MAX
		       ? symbolizer_add_jit(n->symbolizer, &gone)
		       : add_jit_process(n, &n->tracker->jits[mapping->source]);
}

static int add_source(struct naming *n, const struct mapping *mapping)
{
	switch (mapping->type) {
	case MAPPING_KERNEL:
		return symbolizer_add_kernel(n->symbolizer);
	case MAPPING_FILE:
		return add_file_source(n, mapping);
	case MAPPING_IMAGE:
		return add_vdso_source(n);
	default:
		return add_jit_source(n, mapping);
	}
}

/*
 * What is written for an address without a name: the file it is in, as far as that is known, and
 * where its function starts, likewise.
 */
static void unnamed(const struct naming *n, const struct mapping *mapping,
		    const struct symbol_frame *found, char *name, size_t size)
{
	const char *path = strings_text(n->profile->strings, mapping->path);
	const char *slash = strrchr(path, '/');
	char start[32] = "";

	if (found->unnamed_addr)
		snprintf(start, sizeof(start), "+0x%llx", (unsigned long long)found->unnamed_addr);
	if (mapping->type == MAPPING_JIT)
		snprintf(name, size, "[jit]");
	else if (*path == '[')
		snprintf(name, size, "%s%s", path, start);
	else
		snprintf(name, size, "[%s]%s", slash ? slash + 1 : path, start);
}

/* A function's name, with the line where that is known: "deflate deflate.c:812". */
static int intern_function(struct naming *n, const struct symbol_frame *found, const char *name,
			   uint32_t *ret)
{
	const char *slash = found->file ? strrchr(found->file, '/') : NULL;
	char *text;
	int err;

	if (!n->names_with_lines || !found->file || !found->line)
		return strings_intern_z(n->profile->strings, name, ret);
	if (asprintf(&text, "%s %s:%u", name, slash ? slash + 1 : found->file, found->line) < 0)
		return -ENOMEM;
	err = strings_intern_z(n->profile->strings, text, ret);
	free(text);
	return err;
}

/*
 * Beside the frame that was appended last, for formats that hold lines: its function without the
 * line, what the linker calls it, and where in the source it is.
 */
static int place_frame(struct naming *n, const struct symbol_frame *found, const char *name)
{
	struct source_place place = {.line = found->line};
	int err;

	if (!n->lines)
		return 0;
	err = strings_intern_z(n->profile->strings,
			       symbolizer_linked(n->symbolizer, found->function), &place.linked);
	if (!err)
		err = strings_intern_z(n->profile->strings, found->file, &place.file);
	if (!err && n->names_with_lines && found->file && found->line)
		err = strings_intern_z(n->profile->strings, name, &place.function);
	return err ? err : symbols_place_last(n->symbols, &place);
}

static int add_frame(struct naming *n, const struct mapping *mapping, uint32_t location,
		     const struct symbol_frame *found)
{
	struct tree_frame frame = {.kind = found->kind};
	const char *name =
		found->function ? symbolizer_shown(n->symbolizer, found->function) : NULL;
	char instead[300];
	uint32_t id;
	int err;

	if (found->function && !name)
		return -ENOMEM;
	if (name) {
		err = intern_function(n, found, name, &frame.name);
	} else {
		unnamed(n, mapping, found, instead, sizeof(instead));
		err = strings_intern_z(n->profile->strings, instead, &frame.name);
		frame.kind = FRAME_UNNAMED;
	}
	if (!err && found->module && found->function)
		err = strings_intern_z(n->profile->strings, found->module, &frame.module);
	if (!err)
		err = symbols_add_frame(n->symbols, &frame, &id);
	if (!err)
		err = symbols_append(n->symbols, location, id);
	return err || !name ? err : place_frame(n, found, name);
}

static int add_frames(struct naming *n, const uint32_t *order, size_t count,
		      const struct symbol *symbols)
{
	const struct profile *profile = n->profile;
	int err = 0;

	for (size_t i = 0; i < count && !err; i++) {
		uint32_t mapping = profile->locations[order[i]].mapping;

		for (size_t f = symbols[i].count; f-- > 0 && !err;)
			err = add_frame(n, &profile->mappings[mapping], order[i],
					&symbols[i].frames[f]);
	}
	return err;
}

/* Every location that is an address, ordered by mapping and address. */
static size_t collect(const struct profile *profile, uint32_t *locations)
{
	size_t count = 0;

	for (uint32_t i = 0; i < profile->nr_locations; i++) {
		if (profile->locations[i].mapping != MAPPING_NONE)
			locations[count++] = i;
	}
	qsort_r(locations, count, sizeof(*locations), compare_locations, profile->locations);
	return count;
}

static int by_weight(const void *left, const void *right)
{
	const struct part *a = left, *b = right;

	if (a->weight != b->weight)
		return a->weight > b->weight ? -1 : 1;
	return (a->mapping > b->mapping) - (a->mapping < b->mapping);
}

/* Divides the order by mapping, the heaviest first: what takes long is then done for what matters. */
static size_t divide(const struct naming *n, const uint32_t *order, size_t count,
		     struct part *parts)
{
	const struct location *locations = n->profile->locations;
	size_t nr_parts = 0;

	for (size_t i = 0; i < count;) {
		struct part part = {.mapping = locations[order[i]].mapping, .first = i};

		part.weight = n->weights[part.mapping];
		for (; i < count && locations[order[i]].mapping == part.mapping; i++)
			part.count++;
		parts[nr_parts++] = part;
	}
	qsort(parts, nr_parts, sizeof(*parts), by_weight);
	return nr_parts;
}

/* What is asked about one mapping. Returns 0 or -ENOMEM. */
static int make_question(struct naming *n, const struct part *part, const struct batch *all,
			 struct symbol_question *ret)
{
	int source = add_source(n, &n->profile->mappings[part->mapping]);

	if (source < 0)
		return source;
	n->sources[part->mapping] = source;
	*ret = (struct symbol_question){
		.source = source,
		.addrs = all->addrs + part->first,
		.moments = all->moments + part->first,
		.count = part->count,
		.symbols = all->symbols + part->first,
	};
	return 0;
}

/* Finds what is at every location. */
static int resolve_parts(struct naming *n, const struct part *parts, size_t count,
			 const struct batch *all)
{
	struct symbol_question *questions = malloc(size_mul(count + 1, sizeof(*questions)));
	int err = questions ? 0 : -ENOMEM;

	for (size_t i = 0; i < count && !err; i++)
		err = make_question(n, &parts[i], all, &questions[i]);
	if (!err)
		err = symbolizer_resolve_all(n->symbolizer, questions, count);
	free(questions);
	return err;
}

static int name_all(struct naming *n, uint32_t *order, size_t count, const struct batch *room)
{
	struct part *parts = malloc(size_mul(n->profile->nr_mappings + 1, sizeof(*parts)));
	size_t nr_parts;
	int err = parts ? mapping_weights(n->profile, n->weights) : -ENOMEM;

	nr_parts = err ? 0 : divide(n, order, count, parts);
	for (size_t i = 0; i < count; i++) {
		room->addrs[i] = n->profile->locations[order[i]].addr;
		room->moments[i] = n->profile->locations[order[i]].moment;
	}
	if (!err)
		err = resolve_parts(n, parts, nr_parts, room);
	free(parts);
	/* How a name is shown may depend on what else there is. */
	return err ? err : add_frames(n, order, count, room->symbols);
}

/* What tells whether another file of the same path is the same. Of one that is gone nothing does. */
static void note_build_ids(struct naming *n)
{
	for (size_t i = 0; i < n->profile->nr_mappings; i++) {
		struct mapping *mapping = &n->profile->mappings[i];
		bool is_open = mapping->type == MAPPING_FILE && n->sources[i] >= 0 &&
			       n->tracker->binaries.binaries[mapping->source].fd >= 0;
		int len = is_open ? symbolizer_build_id(n->symbolizer, n->sources[i],
							mapping->build_id, BUILD_ID_MAX)
				  : 0;

		mapping->build_id_len = len > 0 ? (uint8_t)len : 0;
	}
}

/*
 * Says how to get names, a line for each runtime that keeps them to itself. Python writes a map only
 * for code that it generates for it: without one there is nothing but the interpreter.
 */
static void advise(struct naming *n, void (*tell)(void *data, const char *line), void *data)
{
	for (size_t i = 0; i < n->profile->nr_mappings; i++) {
		const struct mapping *mapping = &n->profile->mappings[i];

		if (mapping->type == MAPPING_FILE &&
		    runtime_of_file(strings_text(n->profile->strings, mapping->path)) ==
			    RUNTIME_PYTHON)
			n->lacks_map[RUNTIME_PYTHON] = !n->has_map[RUNTIME_PYTHON];
	}
	for (int runtime = RUNTIME_NONE + 1; runtime < RUNTIME_COUNT; runtime++)
		if (n->lacks_map[runtime])
			tell(data, runtime_advice((enum runtime)runtime));
}

int symbolize(struct profile *profile, const struct tracker *tracker,
	      const struct symbolize_options *options, struct symbols *symbols,
	      void (*tell)(void *data, const char *line), void *data)
{
	struct naming n = {
		.profile = profile,
		.tracker = tracker,
		.symbols = symbols,
		.lines = options->symbolizer.lines,
		.names_with_lines = options->names_with_lines,
	};
	size_t room = profile->nr_locations + 1;
	uint32_t *order = malloc(size_mul(room, sizeof(*order)));
	struct batch batch = {
		.addrs = malloc(size_mul(room, sizeof(*batch.addrs))),
		.moments = malloc(size_mul(room, sizeof(*batch.moments))),
		.symbols = malloc(size_mul(room, sizeof(*batch.symbols))),
	};
	int err = symbols_init(symbols, profile);

	n.symbolizer = symbolizer_new(&options->symbolizer);
	n.sources = malloc(size_mul(profile->nr_mappings + 1, sizeof(*n.sources)));
	n.weights = malloc(size_mul(profile->nr_mappings + 1, sizeof(*n.weights)));
	n.total = profile->totals[0] > 0 ? (uint64_t)profile->totals[0] : 0;
	if (!order || !batch.addrs || !batch.moments || !batch.symbols || !n.weights ||
	    !n.symbolizer || !n.sources)
		err = -ENOMEM;
	for (size_t i = 0; n.sources && i < profile->nr_mappings; i++)
		n.sources[i] = -1;
	if (!err)
		err = name_all(&n, order, collect(profile, order), &batch);
	if (!err) {
		note_build_ids(&n);
		symbolizer_notices(n.symbolizer, tell, data);
		advise(&n, tell, data);
	} else {
		symbols_fini(symbols);
	}
	symbolizer_free(n.symbolizer);
	free(n.weights);
	free(n.sources);
	free(order);
	free(batch.addrs);
	free(batch.moments);
	free(batch.symbols);
	return err;
}
