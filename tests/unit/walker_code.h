/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The code of a real process in the walker's memory: tables from the files that
 * it has mapped, spans from /proc/PID/maps.
 */
#ifndef BOLOMETER_TESTS_WALKER_CODE_H
#define BOLOMETER_TESTS_WALKER_CODE_H

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "profiler/unwind/table/table.h"
#include "tests/unit/unwind_check.h"
#include "tests/unit/walker_fixture.h"

#define CODE_OBJECTS 32
#define CODE_SPANS   128

/* A file that was mapped; its number for the walker is its place here, from 1 on. */
struct code_object {
	char path[256];
	struct elf_image image;
};

static struct code_object code_objects[CODE_OBJECTS];
static size_t nr_code_objects;

/* The vdso is no file: it is read where it is mapped. */
static int build_vdso(uint64_t start, uint64_t end, struct unwind_table *table)
{
	void *image = malloc(end - start);
	int err;

	assert_non_null(image);
	assert_true(host.read_user(image, (__u32)(end - start), start));
	err = table_of_bytes(image, end - start, table);
	free(image);
	return err;
}

static int build_file(struct code_object *object, struct unwind_table *table)
{
	int fd = open(object->path, O_RDONLY | O_CLOEXEC);
	int err;

	assert_true(fd >= 0);
	assert_int_equal(elf_image_read(fd, &object->image), 0);
	err = unwind_table_build(fd, table);
	close(fd);
	return err;
}

static uint32_t object_of(const char *path, uint64_t start, uint64_t end)
{
	struct unwind_object *object = &host.objects[nr_code_objects + 1];
	struct unwind_table table;
	int err;

	for (size_t i = 0; i < nr_code_objects; i++)
		if (!strcmp(code_objects[i].path, path))
			return (uint32_t)i + 1;
	assert_true(nr_code_objects < CODE_OBJECTS);
	snprintf(code_objects[nr_code_objects].path, sizeof(code_objects[0].path), "%s", path);
	err = *path == '[' ? build_vdso(start, end, &table)
			   : build_file(&code_objects[nr_code_objects], &table);
	assert_true(!err || err == -ENOENT);
	object->table = UNWIND_TABLE_NONE;
	if (!err) {
		object->table = pool_put(table.units, table.nr_units);
		unwind_table_fini(&table);
	}
	return (uint32_t)++nr_code_objects;
}

static struct unwind_span span_of(uint64_t start, uint64_t end, uint64_t offset, const char *path)
{
	struct unwind_span span = {.start = start, .end = end, .base = start};
	const struct elf_image *image;
	uint64_t bias;

	if (*path != '/' && strcmp(path, "[vdso]") != 0)
		return span; /* generated code */
	span.object = object_of(path, start, end);
	if (*path != '/')
		return span;
	image = &code_objects[span.object - 1].image;
	assert_int_equal(elf_image_bias(image, start, offset, &bias), 0);
	span.base = bias + image->base;
	return span;
}

/* Executable mappings, from the text of /proc/PID/maps. */
static void publish_maps(const char *maps)
{
	struct unwind_span spans[CODE_SPANS];
	uint32_t count = 0;

	for (const char *line = maps; *line; line = strchr(line, '\n') + 1) {
		uint64_t start, end, offset;
		char mode[5], path[256] = "";

		assert_true(sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %*s %*s%255[^\n]",
				   &start, &end, mode, &offset, path) >= 4);
		if (mode[2] != 'x' || start >> 63)
			continue;
		assert_true(count < CODE_SPANS);
		spans[count++] = span_of(start, end, offset, path + strspn(path, " "));
	}
	publish(spans, count);
}

#endif
