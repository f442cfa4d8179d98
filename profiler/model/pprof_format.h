/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the writer and the reader of pprof profiles agree upon: the numbers of
 * the parts of a profile, whose messages are in pprof.proto, and how what pprof
 * has no field for is told (docs/FORMAT.md, "pprof").
 */
#ifndef BOLOMETER_MODEL_PPROF_FORMAT_H
#define BOLOMETER_MODEL_PPROF_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "profiler/model/frame_kind.h"
#include "profiler/model/profile.h"

/* Fields of the profile itself. */
enum pprof_field {
	PPROF_SAMPLE_TYPE = 1,
	PPROF_SAMPLE = 2,
	PPROF_MAPPING = 3,
	PPROF_LOCATION = 4,
	PPROF_FUNCTION = 5,
	PPROF_STRING = 6,
	PPROF_DROP_FRAMES = 7, /* regular expressions for tools that draw graphs; not kept */
	PPROF_KEEP_FRAMES = 8,
	PPROF_TIME_NANOS = 9,
	PPROF_DURATION_NANOS = 10,
	PPROF_PERIOD_TYPE = 11,
	PPROF_PERIOD = 12,
	PPROF_COMMENT = 13,
	PPROF_DEFAULT_SAMPLE_TYPE = 14,
	PPROF_DOC_URL = 15, /* not kept */
};

/* The types of fields on the wire (protobuf, "Encoding"). */
enum pprof_wire {
	PPROF_WIRE_VARINT = 0,
	PPROF_WIRE_64 = 1,
	PPROF_WIRE_BYTES = 2,
	PPROF_WIRE_32 = 5,
};

/* Of struct task and of samples. Texts, but for the three that are numbers. */
#define PPROF_THREAD  "thread"
#define PPROF_PROCESS "process"
#define PPROF_CGROUP  "cgroup"
#define PPROF_TID     "tid"
#define PPROF_PID     "pid"
#define PPROF_CPU     "cpu"

/* A comment that starts so goes on with the circumstances, as the head of a graph has them. */
#define PPROF_COMMENT_PREFIX "bolometer {"

/* The part of the kernel that is no module; of "[kernel]" where it has addresses. */
#define PPROF_KERNEL_MODULE "kernel"

/* What a mapping is, by the name of its file. */
struct pprof_code {
	enum mapping_type type;
	enum frame_kind kind; /* of functions in it that are not inlined */
	const char *module;   /* a part of the name, or of a static text; NULL for none */
	size_t module_len;
};

void pprof_code_parse(const char *filename, size_t len, struct pprof_code *ret_code);

/*
 * The name of a mapping that is no file's, or of code whose file has no other: "[kernel] ext4" for a
 * kind and a module, "[jit]" for a kind alone. Returns its length, as snprintf() does.
 */
int pprof_code_name(enum frame_kind kind, const char *module, char *name, size_t size);

#endif
