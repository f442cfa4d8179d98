// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Processes as the walker sees them: what their entries name is what the
 * tracker knows, and stays there as long as an entry names it.
 */
#include "tests/unit/loader_fixture.h"

#include <link.h>
#include <sys/auxv.h>

/* The span of an address, as a program finds it; NULL when there is none. */
static const struct unwind_span *span_at(const struct fixture *fixture, uint32_t tgid,
					 uint64_t addr)
{
	const struct unwind_space *space = kernel_entry(fixture->kernel, tgid);
	const struct unwind_span *spans = kernel_spans(fixture->kernel, space);

	for (uint32_t i = 0; space->generation && i < space->nr_spans; i++) {
		if (spans[i].start <= addr && addr < spans[i].end)
			return &spans[i];
	}
	return NULL;
}

static struct unwind_space entry(const struct fixture *fixture, uint32_t tgid)
{
	return *kernel_entry(fixture->kernel, tgid);
}

/* ---- spans ---- */

#define PAGES 64

static struct code_map random_map(const struct fixture *fixture, uint64_t *random)
{
	uint64_t first = random_below(random, PAGES), pages = 1 + random_below(random, 8);
	struct code_map map = {
		.start = 0x10000 + 0x1000 * first,
		.end = 0x10000 + 0x1000 * (first + pages),
		.offset = FILE_OFFSET + 0x1000ULL * random_below(random, 3),
		.binary = BINARY_NONE,
		.type = (uint8_t)random_below(random, 3),
	};

	if (map.type == CODE_FILE)
		map.binary = random_below(random, (uint32_t)fixture->tracker.binaries.count);
	if (random_below(random, 10) == 0)
		map.offset = 2 * (uint64_t)FILE_CODE_SIZE; /* no segment is there */
	return map;
}

static void check_span(const struct code_map *map, const struct unwind_span *span,
		       uint32_t good_binary)
{
	if (map->type == CODE_FILE && map->binary == good_binary && map->offset < FILE_CODE_SIZE) {
		assert_int_equal(span->object, good_binary + 1);
		assert_int_equal(span->base, map->start - (map->offset - FILE_OFFSET));
	} else if (map->type == CODE_VDSO) {
		assert_int_equal(span->object, OBJECT_VDSO);
	} else {
		assert_int_equal(span->object, UNWIND_OBJECT_CODE);
	}
}

static void check_process(const struct fixture *fixture, uint32_t tgid, uint32_t good_binary)
{
	const struct image *image = spaces_find(&fixture->tracker.spaces, tgid)->newest;
	struct unwind_space space = entry(fixture, tgid);
	const struct unwind_span *spans = kernel_spans(fixture->kernel, &space);

	for (uint32_t i = 0; i < space.nr_spans; i++) {
		assert_true(spans[i].start < spans[i].end);
		assert_int_equal(spans[i].pad, 0);
		assert_true(!i || spans[i - 1].end <= spans[i].start);
	}
	for (size_t page = 0; page < PAGES + 10; page++) {
		uint64_t addr = 0x10000 + 0x1000 * page + 8;
		const struct unwind_span *span = span_at(fixture, tgid, addr);
		const struct code_map *map = image_code(image, UINT64_MAX, addr);

		assert_int_equal(span != NULL, map != NULL);
		if (map)
			check_span(map, span, good_binary);
	}
}

static void spans_are_what_the_tracker_says(void **state)
{
	struct fixture fixture;
	uint64_t random = 7;
	uint32_t good;

	fixture_open(&fixture, 4 * MB);
	good = add_file(&fixture, 100);
	add_binary(&fixture, -1);
	add_binary(&fixture, memfd_create("no ELF file", MFD_CLOEXEC));
	for (int step = 0; step < 500; step++) {
		uint32_t tgid = TGID(random_below(&random, 5));
		struct code_map map = random_map(&fixture, &random);

		fixture_now_ns += MS;
		map_code(&fixture, tgid, &map);
		update(&fixture);
		check_process(&fixture, tgid, good);
	}
	assert_int_equal(fixture.kernel->objects[UNWIND_OBJECT_CODE].table, UNWIND_TABLE_NONE);
	assert_int_equal(fixture.kernel->objects[good + 1].table, UNWIND_TABLE_ABSENT);
	assert_int_equal(fixture.kernel->objects[good + 2].table, UNWIND_TABLE_NONE);
	assert_int_equal(fixture.kernel->objects[good + 3].table, UNWIND_TABLE_NONE);
	assert_int_equal(stats(&fixture).failed, 1);
	assert_int_equal(stats(&fixture).without, 1);
	fixture_close(&fixture);
}

/* Where the dynamic linker says that this program lies. */
static int find_own_base(struct dl_phdr_info *info, size_t size, void *data)
{
	uint64_t lowest = UINT64_MAX;

	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		if (info->dlpi_phdr[i].p_type == PT_LOAD && info->dlpi_phdr[i].p_vaddr < lowest)
			lowest = info->dlpi_phdr[i].p_vaddr;
	}
	*(uint64_t *)data = info->dlpi_addr + lowest;
	return 1; /* the first one is the program */
}

static void this_process(void **state)
{
	uint64_t vdso = getauxval(AT_SYSINFO_EHDR), base;
	uint32_t self = (uint32_t)getpid();
	const struct unwind_span *span;
	struct fixture fixture;

	fixture_open(&fixture, 4 * MB);
	assert_int_equal(tracker_add_process(&fixture.tracker, self), 0);
	update(&fixture);
	dl_iterate_phdr(find_own_base, &base);
	span = span_at(&fixture, self, (uintptr_t)&this_process);
	assert_non_null(span);
	assert_in_range(span->object, 1, fixture.tracker.binaries.count);
	assert_int_equal(span->base, base);
	span = span_at(&fixture, self, vdso);
	assert_int_equal(span != NULL, vdso != 0);
	if (vdso) {
		assert_int_equal(span->object, OBJECT_VDSO);
		assert_int_equal(span->base, vdso);
	}
	fixture_close(&fixture);
}

static void neighbours_are_one_span(void **state)
{
	struct code_map map = {.start = 0x1000, .end = 0x2000, .type = CODE_JIT};
	struct fixture fixture;
	uint32_t file;

	fixture_open(&fixture, 4 * MB);
	file = add_file(&fixture, 100);
	for (int i = 0; i < 100; i++, map.start += 0x1000, map.end += 0x1000)
		map_code(&fixture, TGID(1), &map);
	map = (struct code_map){0x200000, 0x201000, FILE_OFFSET, 0, file, CODE_FILE, 0};
	map_code(&fixture, TGID(1), &map);
	map = (struct code_map){0x201000, 0x202000, FILE_OFFSET + 0x1000, 0, file, CODE_FILE, 0};
	map_code(&fixture, TGID(1), &map);
	map = (struct code_map){0x202000, 0x203000, FILE_OFFSET, 0, file, CODE_FILE, 0};
	map_code(&fixture, TGID(1), &map); /* elsewhere in the file */
	update(&fixture);
	assert_int_equal(entry(&fixture, TGID(1)).nr_spans, 3);
	fixture_close(&fixture);
}

/* ---- when an entry is written ---- */

static void equal_spans_are_published_once(void **state)
{
	struct fixture fixture;
	struct unwind_space first;
	uint32_t file;

	fixture_open(&fixture, 4 * MB);
	file = add_file(&fixture, 100);
	map_file(&fixture, TGID(1), 0x1000, file);
	update(&fixture);
	first = entry(&fixture, TGID(1));
	assert_int_equal(fixture.kernel->puts, 1);
	for (int i = 0; i < 5; i++) {
		fixture_now_ns += MS;
		map_file(&fixture, TGID(1), 0x1000, file);
		unwinder_missed(fixture.unwinder, TGID(1)); /* but it is there */
		update(&fixture);
	}
	assert_int_equal(fixture.kernel->puts, 1);
	kernel_drop(fixture.kernel, TGID(1));
	fixture_now_ns += MS;
	fixture_changed(&fixture, TGID(1));
	update(&fixture);
	assert_int_equal(fixture.kernel->puts, 1); /* nobody said so */
	unwinder_missed(fixture.unwinder, TGID(1));
	update(&fixture);
	assert_int_equal(fixture.kernel->puts, 2);
	assert_memory_equal(kernel_entry(fixture.kernel, TGID(1)), &first, sizeof(first));
	/* Others than the tracker's, and none, are no errors. */
	unwinder_missed(fixture.unwinder, TGID(9));
	unwinder_missed(fixture.unwinder, 0);
	update(&fixture);
	assert_int_equal(fixture.kernel->puts, 2);
	fixture_close(&fixture);
}

static void fork_process(struct fixture *fixture, uint32_t child, uint32_t parent)
{
	if (kernel_entry(fixture->kernel, parent)->generation)
		kernel_set(fixture->kernel, child, kernel_entry(fixture->kernel, parent));
	fixture_now_ns += MS;
	assert_int_equal(tracker_fork(&fixture->tracker, fixture_now_ns, child, parent), 0);
}

static void exec_process(struct fixture *fixture, uint32_t tgid)
{
	kernel_drop(fixture->kernel, tgid);
	fixture_now_ns += MS;
	assert_int_equal(tracker_name(&fixture->tracker, fixture_now_ns, tgid, "new", true), 0);
}

static void exit_process(struct fixture *fixture, uint32_t tgid)
{
	fixture_now_ns += MS;
	tracker_exit(&fixture->tracker, fixture_now_ns, tgid, tgid);
}

/* Everything retired that can be freed is. */
static void reclaim(struct fixture *fixture)
{
	fixture_now_ns += 1000 * MS;
	assert_int_equal(span_arrays_reclaim(&fixture->unwinder->publisher.arrays), 0);
	kernel_check(fixture->kernel);
}

static void a_fork_keeps_what_the_kernel_copied(void **state)
{
	struct fixture fixture;
	struct unwind_space parents;
	uint32_t file;

	fixture_open(&fixture, 4 * MB);
	file = add_file(&fixture, 100);
	map_file(&fixture, TGID(1), 0x1000, file);
	update(&fixture);
	parents = entry(&fixture, TGID(1));
	fork_process(&fixture, TGID(2), TGID(1));
	kernel_set(fixture.kernel, TGID(3), &parents); /* a child nobody tells us of */
	update(&fixture);
	assert_int_equal(fixture.kernel->puts, 1);
	assert_int_equal(entry(&fixture, TGID(2)).generation, parents.generation);
	/* The child maps something: it gets spans of its own. */
	fixture_now_ns += MS;
	map_file(&fixture, TGID(2), 0x5000, file);
	update(&fixture);
	assert_int_equal(fixture.kernel->puts, 2);
	assert_int_equal(entry(&fixture, TGID(1)).generation, parents.generation);
	assert_int_equal(entry(&fixture, TGID(2)).nr_spans, 2);
	/* The parent, too: its old ones live on with the unknown child, and die with it. */
	map_file(&fixture, TGID(1), 0x9000, file);
	update(&fixture);
	reclaim(&fixture);
	assert_int_equal(stats(&fixture).used_bytes, arrays_bytes(3, 1 + 2 + 2));
	kernel_drop(fixture.kernel, TGID(3));
	fixture.kernel->each_error = -EAGAIN; /* perhaps not all entries were seen */
	reclaim(&fixture);
	assert_int_equal(stats(&fixture).used_bytes, arrays_bytes(3, 1 + 2 + 2));
	fixture.kernel->each_error = 0;
	reclaim(&fixture);
	assert_int_equal(stats(&fixture).used_bytes, arrays_bytes(2, 2 + 2));
	fixture_close(&fixture);
}

/* A program read the parent's entry before it was replaced, and writes the child's after. */
static void a_copy_that_is_under_way(void **state)
{
	struct kernel *kernel;
	struct fixture fixture;
	uint32_t file;

	fixture_open(&fixture, 4 * MB);
	kernel = fixture.kernel;
	file = add_file(&fixture, 100);
	map_file(&fixture, TGID(1), 0x1000, file);
	update(&fixture);
	kernel->copies[kernel->nr_copies++] = (struct copy){TGID(2), entry(&fixture, TGID(1))};
	map_file(&fixture, TGID(1), 0x9000, file);
	fixture_now_ns += MS;
	update(&fixture);
	reclaim(&fixture);
	map_file(&fixture, TGID(4), 0x9000, file); /* would get the freed units */
	update(&fixture);
	assert_int_equal(entry(&fixture, TGID(2)).nr_spans, 1);
	fixture_close(&fixture);
}

/* The entry is gone even where the new program's mappings are the old one's. */
static void an_exec_is_published_again(void **state)
{
	struct fixture fixture;
	uint32_t file;

	fixture_open(&fixture, 4 * MB);
	file = add_file(&fixture, 100);
	map_file(&fixture, TGID(1), 0x1000, file);
	update(&fixture);
	exec_process(&fixture, TGID(1));
	update(&fixture);
	assert_int_equal(fixture.kernel->puts, 1); /* nothing is mapped */
	assert_int_equal(fixture.kernel->nr_entries, 0);
	map_file(&fixture, TGID(1), 0x1000, file);
	update(&fixture);
	assert_int_equal(fixture.kernel->puts, 2);
	/* At once, and after we wrote the old program's spans too late. */
	exec_process(&fixture, TGID(1));
	map_file(&fixture, TGID(1), 0x7000, file);
	kernel_set(fixture.kernel, TGID(1),
		   &(struct unwind_space){2, entry(&fixture, TGID(1)).spans, 0});
	kernel_drop(fixture.kernel, TGID(1));
	update(&fixture);
	assert_int_equal(span_at(&fixture, TGID(1), 0x7008)->object, file + 1);
	assert_null(span_at(&fixture, TGID(1), 0x1008));
	fixture_close(&fixture);
}

/* Whose number is right, but not what it names. */
static void an_entry_that_names_something_else(void **state)
{
	struct fixture fixture;
	struct unwind_space good, bad;
	uint32_t file;

	fixture_open(&fixture, 4 * MB);
	file = add_file(&fixture, 100);
	map_file(&fixture, TGID(1), 0x1000, file);
	update(&fixture);
	good = entry(&fixture, TGID(1));
	for (int i = 0; i < 2; i++) {
		bad = good;
		bad.spans += i ? UNWIND_SPAN_UNITS : 0;
		bad.nr_spans += i ? 0 : 1;
		kernel_set(fixture.kernel, TGID(1), &bad);
		assert_int_equal(unwinder_missed(fixture.unwinder, TGID(1)), 0);
		update(&fixture);
		assert_memory_equal(kernel_entry(fixture.kernel, TGID(1)), &good, sizeof(good));
	}
	fixture_close(&fixture);
}

static void a_stale_entry_goes_with_the_exec(void **state)
{
	struct fixture fixture;
	struct unwind_space stale;
	uint32_t file;

	fixture_open(&fixture, 4 * MB);
	file = add_file(&fixture, 100);
	map_file(&fixture, TGID(1), 0x1000, file);
	update(&fixture);
	stale = entry(&fixture, TGID(1));
	exec_process(&fixture, TGID(1));
	kernel_set(fixture.kernel, TGID(1), &stale); /* written between the exec and its record */
	update(&fixture);
	assert_int_equal(fixture.kernel->nr_entries, 0);
	fixture_close(&fixture);
}

static void an_exit_leaves_nothing(void **state)
{
	struct fixture fixture;
	struct unwind_space others;
	uint32_t file;

	fixture_open(&fixture, 4 * MB);
	file = add_file(&fixture, 100);
	map_file(&fixture, TGID(1), 0x1000, file);
	map_file(&fixture, TGID(2), 0x1000, file);
	update(&fixture);
	exit_process(&fixture, TGID(1)); /* its entry was written after the kernel had dropped it */
	exit_process(&fixture, TGID(2));
	others = (struct unwind_space){entry(&fixture, TGID(1)).generation,
				       entry(&fixture, TGID(1)).spans, 1};
	kernel_set(fixture.kernel, TGID(2), &others); /* the number's next owner, just forked */
	update(&fixture);
	assert_int_equal(fixture.kernel->nr_entries, 1);
	assert_int_equal(entry(&fixture, TGID(2)).generation, others.generation);
	reclaim(&fixture);
	assert_int_equal(stats(&fixture).used_bytes, arrays_bytes(1, 1));
	fork_process(&fixture, TGID(2), TGID(5));
	map_file(&fixture, TGID(2), 0x1000, file);
	update(&fixture);
	assert_int_equal(entry(&fixture, TGID(2)).generation, others.generation);
	kernel_drop(fixture.kernel, TGID(2));
	exit_process(&fixture, TGID(2));
	spaces_forget(&fixture.tracker.spaces, UINT64_MAX);
	update(&fixture);
	reclaim(&fixture);
	assert_int_equal(stats(&fixture).used_bytes, 0);
	fixture_close(&fixture);
}

/* ---- the whole life of many ---- */

#define LIVES 60

static void live(struct fixture *fixture, uint64_t *random, uint32_t nr_files)
{
	struct kernel *kernel = fixture->kernel;
	uint32_t tgid = TGID(random_below(random, LIVES)),
		 other = TGID(random_below(random, LIVES));
	struct unwind_space space = entry(fixture, other);

	fixture_now_ns += MS;
	switch (random_below(random, 10)) {
	case 0:
	case 1:
		if (tgid != other)
			fork_process(fixture, tgid, other);
		return;
	case 2:
		exec_process(fixture, tgid);
		return;
	case 3:
		kernel_drop(kernel, tgid);
		exit_process(fixture, tgid);
		return;
	case 4: /* forks that we are not told of, or are told of later */
		if (space.generation)
			kernel_set(kernel, TGID(LIVES + random_below(random, 20)), &space);
		return;
	case 5:
		kernel_drop(kernel, TGID(LIVES + random_below(random, 20)));
		return;
	case 6:
		if (space.generation && kernel->nr_copies < COPIES_MAX)
			kernel->copies[kernel->nr_copies++] = (struct copy){tgid, space};
		return;
	case 7:
		touch(fixture, 1 + random_below(random, nr_files));
		return;
	default:
		for (uint32_t i = random_below(random, 400); i > 0; i--)
			map_file(fixture, tgid, 0x10000 * (uint64_t)random_below(random, 2000),
				 random_below(random, nr_files));
	}
}

/* In less memory than all of it needs: what is freed is used again at once. */
static void what_entries_name_never_changes(void **state)
{
	enum { FILES = 30 };
	struct fixture fixture;
	uint64_t random = 11;

	fixture_open(&fixture, 1 * MB);
	for (uint32_t i = 0; i < FILES; i++)
		add_file(&fixture, 1000 + random_below(&random, 20000));
	for (int step = 0; step < 6000; step++) {
		live(&fixture, &random, FILES);
		if (random_below(&random, 3) == 0)
			update(&fixture);
		if (random_below(&random, 100) == 0)
			spaces_forget(&fixture.tracker.spaces, fixture_now_ns);
		if (random_below(&random, 50) == 0)
			unwinder_missed(fixture.unwinder, TGID(random_below(&random, LIVES)));
	}
	assert_true(fixture.kernel->puts > 500);
	assert_true(fixture.kernel->waits > 20);
	assert_true(stats(&fixture).evicted > 0);
	fixture_close(&fixture);
}

static void thousands_exit(void **state)
{
	enum { COUNT = 5000 };
	struct fixture fixture;
	double started = cpu_seconds();
	uint32_t file;

	fixture_open(&fixture, 16 * MB);
	file = add_file(&fixture, 100);
	for (int round = 0; round < 4; round++) {
		for (uint32_t i = 0; i < COUNT; i++) {
			for (uint64_t at = 1; at <= 10; at++)
				map_file(&fixture, TGID(i), (at + i) * 0x10000, file);
		}
		update(&fixture);
		assert_int_equal(fixture.kernel->nr_entries, COUNT);
		assert_int_equal(fixture.unwinder->objects.objects[file + 1].users, COUNT);
		for (uint32_t i = 0; i < COUNT; i++) {
			kernel_drop(fixture.kernel, TGID(i));
			exit_process(&fixture, TGID(i));
		}
		update(&fixture);
		assert_int_equal(fixture.unwinder->objects.objects[file + 1].users, 0);
		spaces_forget(&fixture.tracker.spaces, UINT64_MAX);
		reclaim(&fixture);
		assert_int_equal(stats(&fixture).used_bytes, 0);
		assert_int_equal(fixture.unwinder->publisher.arrays.count, 0);
		assert_true(fixture.unwinder->publisher.count < COUNT);
	}
	/* Under an emulator a second is shorter. */
	assert_true(cpu_seconds() - started < (getenv("EMULATED") ? 60.0 : 5.0));
	fixture_close(&fixture);
}

/* One that maps tens of thousands of times: each mapping is there, what was is freed. */
static void a_process_with_many_mappings(void **state)
{
	enum { COUNT = 50000 };
	struct fixture fixture;
	double started = cpu_seconds();
	uint64_t updates = 0;
	uint32_t file;

	fixture_open(&fixture, 8 * MB);
	file = add_file(&fixture, 100);
	for (uint64_t i = 0; i < COUNT; i++) {
		map_file(&fixture, TGID(1), 0x10000 * (i + 1), file);
		fixture_now_ns += MS / 10;
		if (i % 500 == 0) {
			assert_int_equal(unwinder_update(fixture.unwinder), 0);
			updates++;
		}
	}
	fixture_now_ns += 100 * MS;
	update(&fixture);
	assert_int_equal(entry(&fixture, TGID(1)).nr_spans, COUNT);
	for (uint64_t i = 0; i < COUNT; i += 997)
		assert_non_null(span_at(&fixture, TGID(1), 0x10000 * (i + 1) + 8));
	assert_true(fixture.kernel->puts > updates / 4);
	assert_int_equal(stats(&fixture).spaces_full, 0);
	/* Under an emulator a second is shorter. */
	assert_true(cpu_seconds() - started < (getenv("EMULATED") ? 60.0 : 5.0));
	fixture_close(&fixture);
}

static void no_place_in_the_map(void **state)
{
	struct fixture fixture;
	uint32_t file;

	fixture_open(&fixture, 4 * MB);
	fixture.kernel->entries_max = 2;
	file = add_file(&fixture, 100);
	for (uint32_t i = 0; i < 4; i++)
		map_file(&fixture, TGID(i), 0x1000, file);
	update(&fixture);
	for (int i = 0; i < 3; i++) {
		fixture_now_ns += MS;
		unwinder_missed(fixture.unwinder, TGID(3));
		update(&fixture);
	}
	assert_int_equal(stats(&fixture).spaces_full, 2);
	kernel_drop(fixture.kernel, TGID(0));
	exit_process(&fixture, TGID(0));
	fixture_changed(&fixture, TGID(3));
	update(&fixture);
	assert_non_null(span_at(&fixture, TGID(3), 0x1008));
	fixture_close(&fixture);
}

/* Neither in the pool: the process is not published, not even as it was; the others are. */
static void no_place_in_the_pool(void **state)
{
	struct fixture fixture;
	uint32_t file;

	fixture_open(&fixture, 1 * MB);
	file = add_file(&fixture, 100);
	map_file(&fixture, TGID(1), 0x10000, file);
	update(&fixture);
	assert_non_null(span_at(&fixture, TGID(1), 0x10008));
	fixture_now_ns += MS;
	for (uint64_t i = 0; i < 40000; i++)
		map_file(&fixture, TGID(1), 0x10000 * (i + 1), file);
	map_file(&fixture, TGID(2), 0x1000, file);
	update(&fixture);
	assert_int_equal(stats(&fixture).spaces_full, 1);
	assert_null(span_at(&fixture, TGID(1), 0x10008));
	assert_non_null(span_at(&fixture, TGID(2), 0x1008));
	fixture_close(&fixture);
}

static void more_files_than_objects(void **state)
{
	enum { COUNT = UNWIND_OBJECTS_MAX + 100 };
	struct fixture fixture;
	struct control control = {.nr_units = 10};

	fixture_open(&fixture, 4 * MB);
	for (uint32_t i = 0; i < COUNT; i++)
		add_binary(&fixture, i > UNWIND_OBJECTS_MAX - 5 && i < UNWIND_OBJECTS_MAX + 5
					     ? make_file(&control)
					     : -1);
	for (uint32_t i = UNWIND_OBJECTS_MAX - 4; i < UNWIND_OBJECTS_MAX + 5; i++)
		map_file(&fixture, TGID(1), 0x10000 * (uint64_t)i, i);
	update(&fixture);
	for (uint32_t i = UNWIND_OBJECTS_MAX - 4; i < UNWIND_OBJECTS_MAX + 5; i++)
		assert_int_equal(span_at(&fixture, TGID(1), 0x10000 * (uint64_t)i)->object,
				 i + 1 < OBJECT_VDSO ? i + 1 : UNWIND_OBJECT_CODE);
	assert_int_equal(stats(&fixture).too_many, COUNT - (OBJECT_VDSO - 1));
	fixture_close(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spans_are_what_the_tracker_says),
		cmocka_unit_test(this_process),
		cmocka_unit_test(neighbours_are_one_span),
		cmocka_unit_test(equal_spans_are_published_once),
		cmocka_unit_test(a_fork_keeps_what_the_kernel_copied),
		cmocka_unit_test(a_copy_that_is_under_way),
		cmocka_unit_test(an_exec_is_published_again),
		cmocka_unit_test(an_entry_that_names_something_else),
		cmocka_unit_test(a_stale_entry_goes_with_the_exec),
		cmocka_unit_test(an_exit_leaves_nothing),
		cmocka_unit_test(what_entries_name_never_changes),
		cmocka_unit_test(thousands_exit),
		cmocka_unit_test(a_process_with_many_mappings),
		cmocka_unit_test(no_place_in_the_map),
		cmocka_unit_test(no_place_in_the_pool),
		cmocka_unit_test(more_files_than_objects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
