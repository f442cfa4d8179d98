/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's side of the walker's memory, in ordinary memory: entries of
 * processes that a fork copies and an exec drops, objects that are touched,
 * programs that run for a while after they read something. Whatever an entry
 * names has to stay as it was when it was published, and that is looked at all
 * the time. Files are made with the table in them that they are to have.
 */
#ifndef BOLOMETER_TESTS_LOADER_FIXTURE_H
#define BOLOMETER_TESTS_LOADER_FIXTURE_H

#include "tests/unit/unit.h"

#include <elf.h>
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "profiler/unwind/loader/unwinder_parts.h"

#define MB	       (1024 * 1024)
#define MS	       1000000ULL
#define PROCESSES_MAX  8192
#define FIRST_TGID     5000000u /* above every real one */
#define TGID(number)   (FIRST_TGID + (uint32_t)(number))
#define COPIES_MAX     8
#define FILE_OFFSET    0x1000 /* of the code in our files */
#define FILE_VADDR     0x40000
#define FILE_CODE_SIZE 0x4000000 /* said to be */

#if defined(__x86_64__)
#define FILE_MACHINE EM_X86_64
#else
#define FILE_MACHINE EM_AARCH64
#endif

/* ---- the kernel ---- */

struct copy {
	uint32_t tgid;
	struct unwind_space space;
};

struct kernel {
	struct unwind_object objects[UNWIND_OBJECTS_MAX];
	struct unwind_space entries[PROCESSES_MAX]; /* by number; generation 0: none */
	uint32_t nr_entries, entries_max;
	const uint64_t *units;
	struct unwind_span **spans; /* by generation, as they were published */
	size_t nr_spans, cap_spans;
	struct copy copies[COPIES_MAX]; /* that a program is about to make */
	size_t nr_copies;
	uint64_t puts, waits;
	int wait_error, each_error;
};

static uint64_t fixture_now_ns;

static uint64_t fixture_clock(void)
{
	return fixture_now_ns;
}

static int fixture_add_segments(void *data, void *place, uint32_t first, uint32_t count)
{
	struct kernel *kernel = data;

	kernel->units = (uint64_t *)place - (size_t)first * UNWIND_SEGMENT_UNITS;
	return mprotect(place, count * sizeof(struct unwind_segment), PROT_READ | PROT_WRITE)
		       ? -errno
		       : 0;
}

static struct unwind_space *kernel_entry(struct kernel *kernel, uint32_t tgid)
{
	/* Real processes share the last one. */
	return &kernel->entries[tgid < FIRST_TGID ? PROCESSES_MAX - 1 : tgid - FIRST_TGID];
}

static void kernel_set(struct kernel *kernel, uint32_t tgid, const struct unwind_space *space)
{
	struct unwind_space *entry = kernel_entry(kernel, tgid);

	kernel->nr_entries += !entry->generation;
	*entry = *space;
}

static void kernel_drop(struct kernel *kernel, uint32_t tgid)
{
	struct unwind_space *entry = kernel_entry(kernel, tgid);

	kernel->nr_entries -= entry->generation != 0;
	*entry = (struct unwind_space){0};
}

/* What an entry names, as a program reads it. */
static const struct unwind_span *kernel_spans(const struct kernel *kernel,
					      const struct unwind_space *space)
{
	return (const struct unwind_span *)(kernel->units + space->spans);
}

/* Everything that an entry names is as it was published. */
static void kernel_check(const struct kernel *kernel)
{
	uint32_t count = 0;

	for (size_t i = 0; i < PROCESSES_MAX; i++) {
		const struct unwind_space *space = &kernel->entries[i];

		if (!space->generation)
			continue;
		count++;
		assert_true(space->generation < kernel->nr_spans);
		assert_true(kernel->units[space->spans - 1] == space->generation);
		assert_memory_equal(kernel_spans(kernel, space), kernel->spans[space->generation],
				    space->nr_spans * sizeof(struct unwind_span));
	}
	assert_int_equal(count, kernel->nr_entries);
}

static int fixture_get_space(void *data, uint32_t tgid, struct unwind_space *ret_space)
{
	const struct unwind_space *entry = kernel_entry(data, tgid);

	if (!entry->generation)
		return -ENOENT;
	*ret_space = *entry;
	return 0;
}

/* What arrays of so many spans in all take in the pool. */
static inline uint64_t arrays_bytes(uint32_t arrays, uint32_t spans)
{
	return arrays * sizeof(uint64_t) + spans * sizeof(struct unwind_span);
}

/* A generation that was seen before has the same spans. */
static void kernel_remember(struct kernel *kernel, const struct unwind_space *space)
{
	size_t size = space->nr_spans * sizeof(struct unwind_span);
	struct unwind_span **known;

	assert_true(space->generation && space->spans >= POOL_FIRST_UNIT);
	assert_int_equal(ARRAY_RESERVE(kernel->spans, kernel->cap_spans, space->generation + 1), 0);
	while (kernel->nr_spans <= space->generation)
		kernel->spans[kernel->nr_spans++] = NULL;
	known = &kernel->spans[space->generation];
	if (*known) {
		assert_memory_equal(*known, kernel_spans(kernel, space), size);
		return;
	}
	*known = malloc(size);
	memcpy(*known, kernel_spans(kernel, space), size);
}

static int fixture_put_space(void *data, uint32_t tgid, const struct unwind_space *space)
{
	struct kernel *kernel = data;

	if (!kernel_entry(kernel, tgid)->generation && kernel->nr_entries == kernel->entries_max)
		return -E2BIG;
	kernel->puts++;
	kernel_remember(kernel, space);
	kernel_set(kernel, tgid, space);
	return 0;
}

static int fixture_drop_space(void *data, uint32_t tgid)
{
	kernel_drop(data, tgid);
	return 0;
}

static int fixture_each_space(void *data, void (*each)(void *arg, const struct unwind_space *space),
			      void *arg)
{
	const struct kernel *kernel = data;

	for (size_t i = 0; i < PROCESSES_MAX; i++) {
		if (kernel->entries[i].generation)
			each(arg, &kernel->entries[i]);
	}
	return kernel->each_error;
}

/* Programs that run end: the copies they were about to make are there. */
static int fixture_wait(void *data)
{
	struct kernel *kernel = data;

	kernel->waits++;
	while (kernel->nr_copies) {
		const struct copy *copy = &kernel->copies[--kernel->nr_copies];

		kernel_set(kernel, copy->tgid, &copy->space);
	}
	kernel_check(kernel);
	return kernel->wait_error;
}

/* ---- files ---- */

/* In a file of ours, at CONTROL_OFFSET. */
struct control {
	uint32_t nr_units;
	int32_t error;
	uint32_t mark; /* in every unit of the table */
	uint32_t delay_us;
};

#define CONTROL_OFFSET 0x400

static int make_file(const struct control *control)
{
	struct {
		Elf64_Ehdr header;
		Elf64_Phdr segment;
	} elf = {
		.header = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
				       EV_CURRENT},
			   .e_type = ET_DYN,
			   .e_machine = FILE_MACHINE,
			   .e_version = EV_CURRENT,
			   .e_phoff = sizeof(Elf64_Ehdr),
			   .e_ehsize = sizeof(Elf64_Ehdr),
			   .e_phentsize = sizeof(Elf64_Phdr),
			   .e_phnum = 1},
		.segment = {.p_type = PT_LOAD,
			    .p_flags = PF_R | PF_X,
			    .p_offset = FILE_OFFSET,
			    .p_vaddr = FILE_VADDR,
			    .p_filesz = FILE_CODE_SIZE,
			    .p_memsz = FILE_CODE_SIZE},
	};
	int fd = memfd_create("object", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, &elf, sizeof(elf), 0), sizeof(elf));
	assert_int_equal(pwrite(fd, control, sizeof(*control), CONTROL_OFFSET), sizeof(*control));
	return fd;
}

static uint64_t marked_unit(uint32_t mark, size_t at)
{
	return (uint64_t)mark << 32 | (uint32_t)at;
}

static uint32_t fixture_builds; /* by all threads */

/* In the place of unwind_table_build(). */
static int fixture_build(int fd, struct unwind_table *ret_table)
{
	struct unwind_table table = {0};
	struct control control;

	if (pread(fd, &control, sizeof(control), CONTROL_OFFSET) != sizeof(control))
		return -ENOEXEC;
	__atomic_fetch_add(&fixture_builds, 1, __ATOMIC_RELAXED);
	usleep(control.delay_us);
	if (control.error)
		return control.error;
	table.nr_units = control.nr_units;
	table.nr_rows = control.nr_units - UNWIND_HEADER_UNITS;
	table.units = malloc(table.nr_units * UNWIND_UNIT_BYTES);
	for (size_t i = 0; i < table.nr_units; i++)
		table.units[i] = marked_unit(control.mark, i);
	*ret_table = table;
	return 0;
}

/* ---- all together ---- */

struct fixture {
	struct kernel *kernel;
	struct tracker tracker;
	struct unwinder *unwinder;
	uint32_t epoch;
};

static void fixture_changed(void *data, uint32_t tgid)
{
	const struct fixture *fixture = data;

	assert_int_equal(unwinder_changed(fixture->unwinder, tgid), 0);
}

static void fixture_open_with(struct fixture *fixture, uint64_t memory_max, build_fn *build)
{
	struct kernel *kernel = calloc(1, sizeof(*kernel));
	struct unwinder_config config = {
		.tracker = &fixture->tracker,
		.memory_max = memory_max,
		.epoch = &fixture->epoch,
	};
	struct walker_memory memory = {
		.data = kernel,
		.objects = kernel->objects,
		.add_segments = fixture_add_segments,
		.get_space = fixture_get_space,
		.put_space = fixture_put_space,
		.drop_space = fixture_drop_space,
		.each_space = fixture_each_space,
		.wait_for_programs = fixture_wait,
		.now_ns = fixture_clock,
	};

	fixture_now_ns = 1000 * MS;
	fixture_builds = 0;
	kernel->entries_max = PROCESSES_MAX;
	*fixture = (struct fixture){.kernel = kernel};
	tracker_init(&fixture->tracker, true);
	fixture->tracker.changed = fixture_changed;
	fixture->tracker.changed_data = fixture;
	fixture->unwinder = unwinder_open_parts(&config, &memory, build);
	assert_non_null(fixture->unwinder);
}

static void fixture_open(struct fixture *fixture, uint64_t memory_max)
{
	fixture_open_with(fixture, memory_max, fixture_build);
}

static void fixture_close(struct fixture *fixture)
{
	struct kernel *kernel = fixture->kernel;

	unwinder_close(fixture->unwinder);
	tracker_fini(&fixture->tracker);
	for (size_t i = 0; i < kernel->nr_spans; i++)
		free(kernel->spans[i]);
	free(kernel->spans);
	free(kernel);
}

/* A file that the tracker has open, or failed to. Returns the binary's number. */
static uint32_t add_binary(struct fixture *fixture, int fd)
{
	struct binary_table *table = &fixture->tracker.binaries;

	assert_int_equal(ARRAY_RESERVE(table->binaries, table->cap, table->count + 1), 0);
	table->binaries[table->count] = (struct binary){
		.path = strdup("object"),
		.fd = fd,
		.open_error = fd < 0 ? EACCES : 0,
		.root_fd = -1,
	};
	return (uint32_t)table->count++;
}

/* A file with a table of so many units, each marked with the binary's number. */
static uint32_t add_file(struct fixture *fixture, uint32_t nr_units)
{
	struct control control = {
		.nr_units = nr_units,
		.mark = (uint32_t)fixture->tracker.binaries.count,
	};

	return add_binary(fixture, make_file(&control));
}

static void map_code(struct fixture *fixture, uint32_t tgid, const struct code_map *map)
{
	assert_int_equal(spaces_map(&fixture->tracker.spaces, fixture_now_ns, tgid, map), 0);
	fixture_changed(fixture, tgid);
}

/* Maps a file's code from its beginning on. */
static void map_file(struct fixture *fixture, uint32_t tgid, uint64_t start, uint32_t binary)
{
	struct code_map map = {
		.start = start,
		.end = start + 0x1000,
		.offset = FILE_OFFSET,
		.binary = binary,
		.type = CODE_FILE,
	};

	map_code(fixture, tgid, &map);
}

static void update(struct fixture *fixture)
{
	assert_int_equal(unwinder_update(fixture->unwinder), 0);
	kernel_check(fixture->kernel);
}

static struct unwinder_stats stats(const struct fixture *fixture)
{
	struct unwinder_stats found;

	unwinder_stats(fixture->unwinder, &found);
	return found;
}

/* A program looks for an object's table. */
static uint32_t touch(struct fixture *fixture, uint32_t object)
{
	__atomic_store_n(&fixture->kernel->objects[object].touched, 1, __ATOMIC_RELAXED);
	return __atomic_load_n(&fixture->kernel->objects[object].table, __ATOMIC_ACQUIRE);
}

#endif
