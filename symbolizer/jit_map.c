// SPDX-License-Identifier: GPL-2.0-or-later
/* Perf maps; see jit_map.h. */
#include "symbolizer/jit_map.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

static bool hex(char **at, const char *end, uint64_t *ret)
{
	if (end - *at > 2 && (*at)[0] == '0' && ((*at)[1] | 0x20) == 'x')
		*at += 2;
	return line_hex(at, end, ret);
}

static bool parse(char *text, size_t len, struct jit_map_entry *ret)
{
	const char *end = text + len;
	uint64_t last;

	if (!hex(&text, end, &ret->start) || text == end || *text++ != ' ' ||
	    !hex(&text, end, &ret->size))
		return false;
	/* A name of spaces is none. */
	while (text < end && *text == ' ')
		text++;
	if (text == end || text[-1] != ' ')
		return false;
	ret->name = text;
	ret->name_len = (size_t)(end - text);
	return !__builtin_add_overflow(ret->start, ret->size, &last);
}

static int read_lines(struct jit_map *map)
{
	struct jit_map_entry entry;
	uint64_t off;
	size_t len;
	char *text;
	int err = 0;

	line_reader_init(map->reader, map->fd, JIT_MAP_BYTES_MAX);
	while (!err && (text = line_reader_next(map->reader, &len, &off))) {
		if (!parse(text, len, &entry)) {
			map->malformed++;
		} else if (map->index.count == JIT_MAP_ENTRIES_MAX) {
			map->cut = true;
			break;
		} else if (entry.size) {
			err = jit_index_add(&map->index, entry.start, entry.size, (uint32_t)off);
		}
	}
	return err;
}

int jit_map_load(struct jit_map *map)
{
	struct stat st;

	map->reader = malloc(sizeof(*map->reader));
	if (!map->reader)
		return -ENOMEM;
	map->cut = !fstat(map->fd, &st) && st.st_size > JIT_MAP_BYTES_MAX;
	return read_lines(map);
}

void jit_map_fini(struct jit_map *map)
{
	jit_index_fini(&map->index);
	free(map->reader);
}

uint32_t jit_map_known(const struct jit_map *map, uint64_t end)
{
	size_t low = 0, high = map->index.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (map->index.ranges[middle].ref < end)
			low = middle + 1;
		else
			high = middle;
	}
	return (uint32_t)low;
}

bool jit_map_read(struct jit_map *map, uint32_t entry, struct jit_map_entry *ret)
{
	const struct jit_range *range = &map->index.ranges[entry];
	uint64_t off;
	size_t len;
	char *text;

	line_reader_init(map->reader, map->fd, UINT64_MAX);
	map->reader->file_off = range->ref;
	text = line_reader_next(map->reader, &len, &off);
	return text && parse(text, len, ret) && ret->start == range->start &&
	       ret->size >= range->size;
}
