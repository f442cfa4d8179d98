// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Code that a process generated, from what it wrote for profilers: its perf map
 * (jit_map.h), its jitdump (jit_dump.h), or both. Which entry an address belongs
 * to depends on when it was seen; see jit_index.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "symbolizer/jit_dump.h"
#include "symbolizer/jit_map.h"
#include "symbolizer/jit_name.h"
#include "symbolizer/safe_open.h"
#include "symbolizer/source.h"

struct jit_source {
	struct source base;
	struct jit_map map;   /* fd -1: there is none */
	struct jit_dump dump; /* likewise */
	int open_error;	      /* of the map */
	char whose[32];	      /* " of pid N", or "" */
	char title[64];	      /* for notices about all of it */
	struct symbol_jit_moment *moments;
	size_t nr_moments;
	struct text name;
};

static struct jit_source *of(struct source *base)
{
	return (struct jit_source *)base;
}

/* ---- loading --------------------------------------------------------------------------------- */

static bool is_regular(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISREG(st.st_mode);
}

static int load_map(struct jit_source *source)
{
	struct jit_map *map = &source->map;
	int err = jit_map_load(map);

	if (!err && map->malformed)
		err = source_tell(&source->base, "perf map%s: %zu malformed lines skipped",
				  source->whose, map->malformed);
	if (!err && map->cut)
		err = source_tell(&source->base,
				  "perf map%s: only the first %u MB and %u entries are used",
				  source->whose, JIT_MAP_BYTES_MAX >> 20, JIT_MAP_ENTRIES_MAX);
	return err;
}

static int load_dump(struct jit_source *source)
{
	static const char *const faults[] = {
		[JIT_DUMP_NOT_ONE] = "it is none, or of a version that is not known",
		[JIT_DUMP_SWAPPED] = "it is of a machine of the other byte order",
		[JIT_DUMP_DAMAGED] = "a record is damaged; what comes before it is used",
		[JIT_DUMP_CUT] = "it has too many records; those at the end are not used",
	};
	int err = jit_dump_load(&source->dump);

	if (!err && source->dump.fault != JIT_DUMP_GOOD)
		err = source_tell(&source->base, "jitdump%s: %s", source->whose,
				  faults[source->dump.fault]);
	return err;
}

/* Why nothing at all has a name. */
static enum symbol_reason reason_without(const struct jit_source *source)
{
	int error = source->open_error;

	return error == EPERM || error == EACCES || error == ELOOP ? SYMBOL_UNSAFE_JIT_MAP
								   : SYMBOL_NO_JIT_MAP;
}

static int load(struct source *base)
{
	struct jit_source *source = of(base);
	bool has_map = source->map.fd >= 0 && is_regular(source->map.fd);
	bool has_dump = source->dump.fd >= 0 && is_regular(source->dump.fd);
	int err = 0;

	if (source->map.fd >= 0 && !has_map)
		source->open_error = EPERM;
	if (!has_map && !has_dump)
		base->reason = reason_without(source);
	if (!has_map && reason_without(source) == SYMBOL_UNSAFE_JIT_MAP)
		err = source_tell(base,
				  "perf map%s: not used; it is not safe to read (owner, type or "
				  "permissions)",
				  source->whose);
	if (has_map && !err)
		err = load_map(source);
	if (has_dump && !err)
		err = load_dump(source);
	return err;
}

/* ---- answers --------------------------------------------------------------------------------- */

static int add_symbol(struct jit_source *source, const char *name, size_t len,
		      struct symbol_frame *frame, struct symbol *ret)
{
	enum frame_kind kind;
	int err = jit_name(name, len, &source->name, &kind);

	if (!err)
		err = frame_store_name(source->base.store, source->name.bytes, source->name.len, "",
				       &frame->function);
	frame->kind = (uint8_t)kind;
	return err ? err : frame_store_add(source->base.store, frame, 1, ret);
}

static int add_unnamed(struct jit_source *source, uint64_t addr, struct symbol *ret)
{
	struct answer answer;
	int err = source_unnamed(&source->base, SYMBOL_NO_SYMBOL_HERE, addr, addr, &answer);

	if (!err)
		*ret = answer.symbol;
	return err;
}

static int name_by_map(struct jit_source *source, const struct jit_query *query, struct symbol *ret)
{
	struct symbol_frame frame = {0};
	struct jit_map_entry entry;

	if (query->entry == JIT_ENTRY_NONE || !jit_map_read(&source->map, query->entry, &entry))
		return add_unnamed(source, query->addr, ret);
	frame.start = entry.start;
	return add_symbol(source, entry.name, entry.name_len, &frame, ret);
}

static int name_by_dump(struct jit_source *source, const struct jit_query *query,
			struct symbol *ret)
{
	struct symbol_frame frame = {.start = source->dump.index.ranges[query->entry].start};
	char name[JIT_DUMP_NAME_MAX], file[JIT_DUMP_NAME_MAX];
	size_t len;
	int err = 0;

	if (!jit_dump_name(&source->dump, query->entry, name, &len))
		return add_unnamed(source, query->addr, ret);
	if (source->base.options->lines && jit_dump_line(&source->dump, query->entry, query->addr,
							 file, sizeof(file), &frame.line))
		err = frame_store_text(source->base.store, file, strlen(file), &frame.file);
	return err ? err : add_symbol(source, name, len, &frame, ret);
}

/* What of the map, and of the dump, was there at the time of each address. */
static void set_times(const struct jit_source *source, const uint32_t *moments,
		      struct jit_query *by_map, struct jit_query *by_dump, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct symbol_jit_moment *moment = NULL;

		if (moments && moments[i] < source->nr_moments)
			moment = &source->moments[moments[i]];
		by_map[i].known =
			moment ? jit_map_known(&source->map, moment->map_end) : UINT32_MAX;
		by_dump[i].known =
			moment ? jit_dump_known(&source->dump, moment->time_ns) : UINT32_MAX;
	}
}

static int find_all(struct jit_source *source, const uint64_t *addrs, const uint32_t *moments,
		    struct jit_query *by_map, struct jit_query *by_dump, size_t count)
{
	int err;

	for (size_t i = 0; i < count; i++)
		by_map[i].addr = by_dump[i].addr = addrs[i];
	set_times(source, moments, by_map, by_dump, count);
	err = jit_index_answer(&source->dump.index, by_dump, count);
	return err ? err : jit_index_answer(&source->map.index, by_map, count);
}

static int resolve(struct source *base, const uint64_t *addrs, const uint32_t *moments,
		   size_t count, struct symbol *ret_symbols)
{
	struct jit_source *source = of(base);
	struct jit_query *queries = calloc(count ? count : 1, 2 * sizeof(*queries));
	struct jit_query *by_dump = queries ? queries + count : NULL;
	int err = queries ? find_all(source, addrs, moments, queries, by_dump, count) : -ENOMEM;

	for (size_t i = 0; i < count && !err; i++)
		err = by_dump[i].entry != JIT_ENTRY_NONE
			      ? name_by_dump(source, &by_dump[i], &ret_symbols[i])
			      : name_by_map(source, &queries[i], &ret_symbols[i]);
	free(queries);
	return err;
}

static void needs(const struct source *base, struct source_needs *ret)
{
	const struct jit_source *source = (const struct jit_source *)base;

	*ret = (struct source_needs){
		.fds = {source->map.fd, source->dump.fd},
		.places.root_fd = -1,
		.name = source->title,
	};
}

/* For sources of which nothing has a name. */
static int lookup(struct source *base, uint64_t addr, struct answer *ret)
{
	return source_unnamed(base, base->reason, addr, addr, ret);
}

/* ---- life ------------------------------------------------------------------------------------ */

static void free_source(struct source *base)
{
	struct jit_source *source = of(base);

	if (source->map.fd >= 0)
		close(source->map.fd);
	if (source->dump.fd >= 0)
		close(source->dump.fd);
	jit_map_fini(&source->map);
	jit_dump_fini(&source->dump);
	text_fini(&source->name);
	free(source->moments);
	free(source);
}

static const struct source_ops jit_ops = {
	.load = load,
	.needs = needs,
	.resolve = resolve,
	.lookup = lookup,
	.free = free_source,
};

static int duplicate(int fd)
{
	return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

static int copy_moments(struct jit_source *source, const struct symbol_jit *jit)
{
	if (!jit->nr_moments)
		return 0;
	source->moments = calloc(jit->nr_moments, sizeof(*source->moments));
	if (!source->moments)
		return -ENOMEM;
	memcpy(source->moments, jit->moments, jit->nr_moments * sizeof(*source->moments));
	source->nr_moments = jit->nr_moments;
	return 0;
}

struct source *jit_source_new(const struct symbol_jit *jit)
{
	struct jit_source *source = calloc(1, sizeof(*source));

	if (!source)
		return NULL;
	source->base.ops = &jit_ops;
	source->open_error = jit->open_error;
	if (jit->pid)
		snprintf(source->whose, sizeof(source->whose), " of pid %u", jit->pid);
	snprintf(source->title, sizeof(source->title), "generated code%s", source->whose);
	source->map.fd = duplicate(jit->map_fd);
	if (jit->map_fd >= 0 && source->map.fd < 0)
		source->open_error = errno;
	source->dump.fd = duplicate(jit->dump_fd);
	if (copy_moments(source, jit)) {
		free_source(&source->base);
		return NULL;
	}
	return &source->base;
}

/* ---- opening --------------------------------------------------------------------------------- */

int symbol_jit_folder(int root_fd)
{
	int own_root = root_fd < 0 ? open("/", O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	int fd;

	if (root_fd < 0 && own_root < 0)
		return -errno;
	fd = safe_open_folder(root_fd < 0 ? own_root : root_fd, "tmp");
	if (own_root >= 0)
		close(own_root);
	return fd;
}

int symbol_jit_open_in(int folder_fd, pid_t nspid, uid_t uid)
{
	char name[64];
	struct stat st;
	int fd;

	snprintf(name, sizeof(name), "perf-%ld.map", (long)nspid);
	fd = safe_open_beneath(folder_fd, name, false);
	if (fd < 0)
		return fd == -ELOOP ? -EPERM : fd;
	if (fstat(fd, &st) || (st.st_uid != uid && st.st_uid != 0) || st.st_mode & S_IWOTH) {
		close(fd);
		return -EPERM;
	}
	return fd;
}

int symbol_jit_open(int root_fd, pid_t nspid, uid_t uid)
{
	int folder_fd = symbol_jit_folder(root_fd), fd;

	if (folder_fd < 0)
		return folder_fd;
	fd = symbol_jit_open_in(folder_fd, nspid, uid);
	close(folder_fd);
	return fd;
}
