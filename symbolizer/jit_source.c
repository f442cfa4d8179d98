// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Code that a process generated, from the map it wrote for profilers: lines of
 * "start size name", numbers in hexadecimal, the name to the end of the line
 * (Linux, tools/perf/Documentation/jit-interface.txt).
 *
 * The map is a log: code is moved and memory used again, so of entries that
 * overlap the one written last is right. The index keeps where the lines are;
 * a line is read again when an address needs its name.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "symbolizer/jit_index.h"
#include "symbolizer/jit_name.h"
#include "symbolizer/line_reader.h"
#include "symbolizer/safe_open.h"
#include "symbolizer/source.h"

/* A Java server's map has 10 MB. Offsets of lines must fit 32 bits. */
#define MAX_MAP_BYTES	(256U << 20)
#define MAX_MAP_ENTRIES (4U << 20)

struct jit_source {
	struct source base;
	int fd;
	int open_error; /* with fd -1 */
	struct jit_index index;
	struct line_reader *reader; /* for lookups: one buffer */
	struct text name;
};

static struct jit_source *of(struct source *base)
{
	return (struct jit_source *)base;
}

struct entry {
	uint64_t start, size;
	char *name;
	size_t name_len;
};

static bool hex(char **at, const char *end, uint64_t *ret)
{
	if (end - *at > 2 && (*at)[0] == '0' && ((*at)[1] | 0x20) == 'x')
		*at += 2;
	return line_hex(at, end, ret);
}

static bool parse(char *text, size_t len, struct entry *ret)
{
	const char *end = text + len;
	uint64_t last;

	if (!hex(&text, end, &ret->start) || text == end || *text++ != ' ' ||
	    !hex(&text, end, &ret->size) || text == end || *text++ != ' ' || text == end)
		return false;
	ret->name = text;
	ret->name_len = (size_t)(end - text);
	return !__builtin_add_overflow(ret->start, ret->size, &last);
}

/* ---- loading --------------------------------------------------------------------------------- */

struct damage {
	size_t malformed;
	bool cut;
};

static int read_map(struct jit_source *source, struct damage *damage)
{
	struct entry entry;
	uint64_t off;
	size_t len;
	char *text;
	int err = 0;

	line_reader_init(source->reader, source->fd, MAX_MAP_BYTES);
	while (!err && (text = line_reader_next(source->reader, &len, &off))) {
		if (!parse(text, len, &entry)) {
			damage->malformed++;
		} else if (source->index.count == MAX_MAP_ENTRIES) {
			damage->cut = true;
			break;
		} else if (entry.size) {
			err = jit_index_add(&source->index, entry.start, entry.size, (uint32_t)off);
		}
	}
	return err ? err : jit_index_finish(&source->index);
}

static int tell_damage(struct source *base, const struct damage *damage)
{
	int err = 0;

	if (damage->malformed)
		err = source_tell(base, "perf map: %zu malformed lines skipped", damage->malformed);
	if (!err && damage->cut)
		err = source_tell(base, "perf map: only the first %u MB and %u entries are used",
				  MAX_MAP_BYTES >> 20, MAX_MAP_ENTRIES);
	return err;
}

static int load(struct source *base)
{
	struct jit_source *source = of(base);
	struct damage damage = {0};
	struct stat st;
	int err;

	if (source->fd < 0) {
		base->reason = source->open_error == EPERM || source->open_error == EACCES ||
					       source->open_error == ELOOP
				       ? SYMBOL_UNSAFE_JIT_MAP
				       : SYMBOL_NO_JIT_MAP;
		return 0;
	}
	if (fstat(source->fd, &st) || !S_ISREG(st.st_mode)) {
		base->reason = SYMBOL_UNSAFE_JIT_MAP;
		return 0;
	}
	source->reader = malloc(sizeof(*source->reader));
	if (!source->reader)
		return -ENOMEM;
	damage.cut = st.st_size > MAX_MAP_BYTES;
	err = read_map(source, &damage);
	return err ? err : tell_damage(base, &damage);
}

/* ---- answers --------------------------------------------------------------------------------- */

/* Reads one line again; false when it is no longer what it was. */
static bool read_entry(struct jit_source *source, uint32_t line_off, struct entry *ret)
{
	struct line_reader *reader = source->reader;
	uint64_t off;
	size_t len;
	char *text;

	line_reader_init(reader, source->fd, UINT64_MAX);
	reader->file_off = line_off;
	text = line_reader_next(reader, &len, &off);
	return text && parse(text, len, ret);
}

static int lookup(struct source *base, uint64_t addr, struct answer *ret)
{
	struct jit_source *source = of(base);
	struct symbol_frame frame = {0};
	enum frame_kind kind;
	struct entry entry;
	uint32_t line_off;
	int err;

	if (!jit_index_find(&source->index, addr, &ret->first, &ret->last, &line_off) ||
	    !read_entry(source, line_off, &entry) || addr - entry.start >= entry.size)
		return source_unnamed(base, SYMBOL_NO_SYMBOL_HERE, addr, addr, ret);
	err = jit_name(entry.name, entry.name_len, &source->name, &kind);
	if (!err)
		err = frame_store_name(base->store, source->name.bytes, source->name.len, "",
				       &frame.function);
	if (err)
		return err;
	frame.kind = (uint8_t)kind;
	frame.start = entry.start;
	return frame_store_add(base->store, &frame, 1, &ret->symbol);
}

/* ---- life ------------------------------------------------------------------------------------ */

static void free_source(struct source *base)
{
	struct jit_source *source = of(base);

	if (source->fd >= 0)
		close(source->fd);
	jit_index_fini(&source->index);
	free(source->reader);
	text_fini(&source->name);
	free(source);
}

static const struct source_ops jit_ops = {
	.load = load,
	.lookup = lookup,
	.free = free_source,
};

struct source *jit_source_new(const struct symbol_jit *jit)
{
	struct jit_source *source = calloc(1, sizeof(*source));

	if (!source)
		return NULL;
	source->base.ops = &jit_ops;
	source->fd = -1;
	source->open_error = jit->open_error;
	if (jit->map_fd >= 0) {
		source->fd = fcntl(jit->map_fd, F_DUPFD_CLOEXEC, 0);
		source->open_error = source->fd < 0 ? errno : 0;
	}
	return &source->base;
}

int symbol_jit_open(int root_fd, pid_t nspid, uid_t uid)
{
	int own_root = root_fd < 0 ? open("/", O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	char path[64];
	struct stat st;
	int fd;

	if (root_fd < 0 && own_root < 0)
		return -errno;
	snprintf(path, sizeof(path), "tmp/perf-%ld.map", (long)nspid);
	fd = safe_open_beneath(root_fd < 0 ? own_root : root_fd, path, false);
	if (own_root >= 0)
		close(own_root);
	if (fd < 0)
		return fd == -ELOOP ? -EPERM : fd;
	if (fstat(fd, &st) || (st.st_uid != uid && st.st_uid != 0) || st.st_mode & S_IWOTH) {
		close(fd);
		return -EPERM;
	}
	return fd;
}
