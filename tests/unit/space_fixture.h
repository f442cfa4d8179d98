/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mapping code into address spaces, and asking what is where. */
#ifndef BOLOMETER_TESTS_SPACE_FIXTURE_H
#define BOLOMETER_TESTS_SPACE_FIXTURE_H

#include "profiler/proc/space.h"
#include "tests/unit/unit.h"

static inline void map(struct spaces *spaces, uint64_t ns, uint32_t tgid, uint64_t start, uint64_t end,
		uint32_t binary)
{
	struct code_map code = {.start = start, .end = end, .binary = binary};

	assert_int_equal(spaces_map(spaces, ns, tgid, &code), 0);
}

static inline uint32_t binary_at(const struct spaces *spaces, uint64_t ns, uint32_t tgid, uint64_t addr)
{
	const struct process *process = spaces_find(spaces, tgid);
	const struct image *image = process ? process_image(process, ns) : NULL;
	const struct code_map *code = image ? image_code(image, ns, addr) : NULL;

	return code ? code->binary : BINARY_NONE;
}

#endif
