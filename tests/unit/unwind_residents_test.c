// SPDX-License-Identifier: GPL-2.0-or-later
/* Tables: what the programs look for is built and stays as long as it is used and there is room. */
#include "tests/unit/loader_fixture.h"

#include <poll.h>
#include <pthread.h>

#define KB_UNITS 128 /* units of a kilobyte */

/* The thread has finished what it was given, unless that is not asked for now. */
static void let_thread_finish(const struct fixture *fixture)
{
	struct builder *builder = fixture->unwinder->builder;
	struct pollfd ready = {.fd = unwinder_fd(fixture->unwinder), .events = POLLIN};

	if (builder_pending(builder) && !fixture->unwinder->residents.is_waiting)
		assert_int_equal(poll(&ready, 1, 10000), 1);
}

/* Turns, a millisecond apart, until nothing is being built. */
static void settle(struct fixture *fixture)
{
	for (int i = 0; i < 400; i++) {
		fixture_now_ns += MS;
		update(fixture);
		let_thread_finish(fixture);
		if (!fixture->unwinder->residents.is_waiting &&
		    !builder_pending(fixture->unwinder->builder))
			return;
	}
	fail_msg("still building");
}

static uint32_t table_of(const struct fixture *fixture, uint32_t object)
{
	return __atomic_load_n(&fixture->kernel->objects[object].table, __ATOMIC_ACQUIRE);
}

static bool is_loaded(const struct fixture *fixture, uint32_t object)
{
	return table_of(fixture, object) > UNWIND_TABLE_NONE;
}

static uint32_t nr_loaded(const struct fixture *fixture, uint32_t first, uint32_t count)
{
	uint32_t loaded = 0;

	for (uint32_t i = first; i < first + count; i++)
		loaded += is_loaded(fixture, i);
	return loaded;
}

/* Every published table is whole, and its own. */
static void check_tables(const struct fixture *fixture)
{
	struct objects *objects = &fixture->unwinder->objects;
	uint64_t units = 0;

	for (uint32_t number = 1; number < objects->count; number++) {
		uint32_t table = table_of(fixture, number);
		uint32_t nr_units = objects_get(objects, number)->nr_units;

		if (table <= UNWIND_TABLE_NONE)
			continue;
		units += nr_units;
		for (uint32_t i = 0; i < nr_units; i++)
			assert_int_equal(fixture->kernel->units[table + i],
					 marked_unit(number - 1, i));
	}
	assert_true(stats(fixture).used_bytes >= units * UNWIND_UNIT_BYTES);
}

/* A file of so many kilobytes of table, mapped by process `number`; returns its object. */
static uint32_t mapped_object(struct fixture *fixture, uint32_t kilobytes, uint32_t number)
{
	uint32_t binary = add_file(fixture, kilobytes * KB_UNITS);

	map_file(fixture, TGID(number), 0x10000 * ((uint64_t)binary + 1), binary);
	return binary + 1;
}

static void a_table_is_built_when_it_is_looked_for(void **state)
{
	struct fixture fixture;
	uint32_t wanted, other;

	fixture_open(&fixture, 8 * MB);
	wanted = mapped_object(&fixture, 1500, 1); /* across segments */
	other = mapped_object(&fixture, 10, 1);
	settle(&fixture);
	assert_int_equal(stats(&fixture).built, 0);
	assert_int_equal(touch(&fixture, wanted), UNWIND_TABLE_ABSENT);
	settle(&fixture);
	assert_true(is_loaded(&fixture, wanted));
	assert_int_equal(touch(&fixture, other), UNWIND_TABLE_ABSENT);
	assert_int_equal(fixture.kernel->objects[wanted].touched, 0);
	settle(&fixture);
	check_tables(&fixture);
	assert_int_equal(stats(&fixture).tables, 2);
	assert_int_equal(stats(&fixture).rows, 1510 * KB_UNITS - 2 * UNWIND_HEADER_UNITS);
	assert_true(stats(&fixture).build_ns > 0);
	assert_int_equal(stats(&fixture).used_bytes, 1510 * 1024 + arrays_bytes(1, 2));
	assert_true(stats(&fixture).memory_bytes >= stats(&fixture).used_bytes);
	fixture_close(&fixture);
}

static void what_cannot_be_built(void **state)
{
	static const struct control controls[] = {
		{.error = -ENOENT}, {.error = -EBADMSG}, {.error = -EFBIG}, {.error = -ENOMEM}};
	struct fixture fixture;
	uint32_t first = 1, count = ARRAY_LEN(controls);

	fixture_open(&fixture, 4 * MB);
	for (uint32_t i = 0; i < count; i++)
		map_file(&fixture, TGID(1), 0x10000 * (uint64_t)(i + 1),
			 add_binary(&fixture, make_file(&controls[i])));
	for (int round = 0; round < 3; round++) {
		for (uint32_t i = first; i < first + count; i++)
			touch(&fixture, i);
		settle(&fixture);
	}
	assert_int_equal(fixture_builds, 4);
	fixture_now_ns += 1000 * MS;
	for (uint32_t i = first; i < first + count; i++)
		touch(&fixture, i);
	settle(&fixture);
	assert_int_equal(fixture_builds, 5);
	for (uint32_t i = first; i < first + 3; i++)
		assert_int_equal(table_of(&fixture, i), UNWIND_TABLE_NONE);
	assert_int_equal(table_of(&fixture, first + 3), UNWIND_TABLE_ABSENT); /* later, perhaps */
	assert_int_equal(stats(&fixture).without, 1);
	assert_int_equal(stats(&fixture).failed, 2);
	assert_int_equal(stats(&fixture).built, 0);
	fixture_close(&fixture);
}

static void a_table_larger_than_the_pool(void **state)
{
	struct fixture fixture;
	uint32_t large, small;

	fixture_open(&fixture, 2 * MB);
	small = mapped_object(&fixture, 100, 1);
	large = mapped_object(&fixture, 2048, 1);
	for (int round = 0; round < 4; round++) {
		touch(&fixture, large);
		touch(&fixture, small);
		settle(&fixture);
		fixture_now_ns += 5000 * MS;
	}
	assert_true(is_loaded(&fixture, small));
	assert_int_equal(table_of(&fixture, large), UNWIND_TABLE_ABSENT);
	assert_int_equal(stats(&fixture).too_large, 1);
	assert_int_equal(stats(&fixture).built, 2);
	assert_int_equal(stats(&fixture).evicted, 0);
	fixture_close(&fixture);
}

/* ---- when memory is short ---- */

/* Four tables of which three fit; the fourth gets the place of the one that is not in use. */
static void the_one_not_in_use_makes_way(void **state)
{
	struct fixture fixture;
	uint32_t objects[4], epoch;

	fixture_open(&fixture, 2 * MB);
	for (int i = 0; i < 4; i++)
		objects[i] = mapped_object(&fixture, 600, 1);
	for (int i = 0; i < 3; i++) {
		touch(&fixture, objects[i]);
		settle(&fixture);
	}
	assert_int_equal(stats(&fixture).tables, 3);
	fixture_now_ns += 2000 * MS;
	epoch = fixture.epoch;
	touch(&fixture, objects[3]);
	update(&fixture);
	let_thread_finish(&fixture);
	update(&fixture);
	/* Who is in use is not known: all have been quiet, as programs remember rows. */
	assert_int_equal(fixture.epoch, epoch + 1);
	assert_int_equal(stats(&fixture).evicted, 0);
	fixture_now_ns += 100 * MS;
	touch(&fixture, objects[0]);
	touch(&fixture, objects[2]);
	update(&fixture);
	assert_int_equal(stats(&fixture).evicted, 0);
	fixture_now_ns += 200 * MS;
	update(&fixture);
	assert_int_equal(stats(&fixture).evicted, 1);
	assert_int_equal(table_of(&fixture, objects[1]), UNWIND_TABLE_ABSENT);
	assert_true(is_loaded(&fixture, objects[0]) && is_loaded(&fixture, objects[2]) &&
		    is_loaded(&fixture, objects[3]));
	check_tables(&fixture);
	fixture_close(&fixture);
}

static void what_nobody_maps_makes_way_first(void **state)
{
	struct fixture fixture;
	uint32_t objects[4];

	fixture_open(&fixture, 2 * MB);
	for (uint32_t i = 0; i < 4; i++)
		objects[i] = mapped_object(&fixture, 600, i);
	for (int i = 0; i < 3; i++) {
		touch(&fixture, objects[i]);
		settle(&fixture);
	}
	fixture_now_ns += 10 * MS;
	tracker_exit(&fixture.tracker, fixture_now_ns, TGID(1), TGID(1));
	for (int turn = 0; turn < 40; turn++) {
		for (int i = 0; i < 4; i++) /* the process's last moments among them */
			touch(&fixture, objects[i]);
		fixture_now_ns += 10 * MS;
		update(&fixture);
		let_thread_finish(&fixture);
	}
	assert_int_equal(stats(&fixture).evicted, 1);
	assert_false(is_loaded(&fixture, objects[1]));
	assert_true(is_loaded(&fixture, objects[3]));
	fixture_close(&fixture);
}

/* More is in use than there is room for: what is there stays, nothing is built in vain. */
static void no_thrashing(void **state)
{
	struct fixture fixture;
	uint64_t built;
	uint32_t first;

	fixture_open(&fixture, 2 * MB);
	first = mapped_object(&fixture, 600, 1);
	for (uint32_t i = 1; i < 8; i++)
		mapped_object(&fixture, 600, 1);
	for (int turn = 0; turn < 3000; turn++) { /* 30 s */
		for (uint32_t i = first; i < first + 8; i++)
			touch(&fixture, i);
		fixture_now_ns += 10 * MS;
		update(&fixture);
		let_thread_finish(&fixture);
	}
	built = stats(&fixture).built;
	assert_int_equal(stats(&fixture).tables, 3);
	assert_int_equal(built, 8); /* to know how large they are */
	assert_int_equal(stats(&fixture).evicted, 0);
	assert_int_equal(stats(&fixture).no_room, 5);
	assert_string_equal(stats(&fixture).one_no_room, "object");
	/* The first ones come to rest: others take their place, and then that is it. */
	for (int turn = 0; turn < 1000; turn++) {
		for (uint32_t i = first + 5; i < first + 8; i++)
			touch(&fixture, i);
		fixture_now_ns += 10 * MS;
		update(&fixture);
		let_thread_finish(&fixture);
	}
	assert_int_equal(nr_loaded(&fixture, first + 5, 3), 3);
	assert_int_equal(stats(&fixture).built, built + 3);
	assert_int_equal(stats(&fixture).no_room, 2);
	check_tables(&fixture);
	fixture_close(&fixture);
}

/* Until it is known what is in use, nobody is woken for tables that have to wait. */
static void tables_that_wait_wake_nobody(void **state)
{
	struct fixture fixture;
	struct pollfd ready = {.events = POLLIN};
	uint32_t first;

	fixture_open(&fixture, 1 * MB);
	ready.fd = unwinder_fd(fixture.unwinder);
	first = mapped_object(&fixture, 600, 1);
	touch(&fixture, first);
	settle(&fixture);
	for (uint32_t i = 1; i < 4; i++)
		touch(&fixture, mapped_object(&fixture, 600, 1));
	while (!fixture.unwinder->residents.is_waiting) {
		update(&fixture);
		let_thread_finish(&fixture);
	}
	assert_int_equal(poll(&ready, 1, 100), 0);
	fixture_now_ns += 500 * MS;
	update(&fixture);
	settle(&fixture);
	assert_int_equal(builder_pending(fixture.unwinder->builder), 0);
	assert_int_equal(stats(&fixture).no_room + stats(&fixture).evicted, 3);
	fixture_close(&fixture);
}

/* What is not in use is less than what is wanted: it stays. */
static void nothing_makes_way_in_vain(void **state)
{
	struct fixture fixture;
	uint32_t used, quiet, wanted;

	fixture_open(&fixture, 2 * MB);
	used = mapped_object(&fixture, 1200, 1);
	quiet = mapped_object(&fixture, 400, 1);
	wanted = mapped_object(&fixture, 1200, 1);
	touch(&fixture, used);
	touch(&fixture, quiet);
	settle(&fixture);
	for (int turn = 0; turn < 500; turn++) {
		touch(&fixture, used);
		touch(&fixture, wanted);
		fixture_now_ns += 10 * MS;
		update(&fixture);
		let_thread_finish(&fixture);
	}
	assert_true(is_loaded(&fixture, used) && is_loaded(&fixture, quiet));
	assert_int_equal(stats(&fixture).evicted, 0);
	assert_int_equal(fixture_builds, 3);
	fixture_close(&fixture);
}

static void what_made_way_is_not_built_at_once(void **state)
{
	struct fixture fixture;
	uint32_t old, new;

	fixture_open(&fixture, 1 * MB);
	old = mapped_object(&fixture, 600, 1);
	new = mapped_object(&fixture, 600, 1);
	touch(&fixture, old);
	settle(&fixture);
	fixture_now_ns += 2000 * MS;
	touch(&fixture, new);
	settle(&fixture);
	assert_true(is_loaded(&fixture, new) && !is_loaded(&fixture, old));
	for (int i = 0; i < 60; i++) { /* 0.6 s: old wants back, new is quiet */
		touch(&fixture, old);
		fixture_now_ns += 10 * MS;
		update(&fixture);
	}
	assert_true(is_loaded(&fixture, new));
	for (int i = 0; i < 200; i++) {
		touch(&fixture, old);
		fixture_now_ns += 10 * MS;
		update(&fixture);
		let_thread_finish(&fixture);
	}
	assert_true(is_loaded(&fixture, old));
	/* Nor where there is room again. */
	for (uint64_t i = 0; i < 18000; i++)
		map_file(&fixture, TGID(7), 0x10000 * (i + 1), 0);
	update(&fixture);
	assert_false(is_loaded(&fixture, old));
	fixture_now_ns += 500 * MS;
	tracker_exit(&fixture.tracker, fixture_now_ns, TGID(7), TGID(7));
	touch(&fixture, old);
	settle(&fixture);
	assert_false(is_loaded(&fixture, old));
	fixture_now_ns += 500 * MS;
	touch(&fixture, old);
	settle(&fixture);
	assert_true(is_loaded(&fixture, old));
	fixture_close(&fixture);
}

/* Tables in use, too, make way for a process's spans. */
static void spans_come_before_tables(void **state)
{
	struct fixture fixture;
	uint32_t first = 1;

	fixture_open(&fixture, 2 * MB);
	for (uint32_t i = 0; i < 3; i++) {
		mapped_object(&fixture, 600, 1);
		touch(&fixture, first + i);
		settle(&fixture);
	}
	touch(&fixture, first + 1);
	touch(&fixture, first + 2);
	fixture_now_ns += MS;
	update(&fixture);
	for (uint64_t i = 0; i < 18000; i++) /* 576 KB */
		map_file(&fixture, TGID(7), 0x10000 * (i + 1), 0);
	update(&fixture);
	assert_int_equal(kernel_entry(fixture.kernel, TGID(7))->nr_spans, 18000);
	assert_int_equal(stats(&fixture).spaces_full, 0);
	assert_int_equal(nr_loaded(&fixture, first, 3), 2);
	assert_false(is_loaded(&fixture, first));
	check_tables(&fixture);
	fixture_close(&fixture);
}

/* When it cannot be waited for, nothing is freed, and what was there stays there. */
static void programs_that_cannot_be_waited_for(void **state)
{
	struct fixture fixture;
	uint32_t loaded, wanted;
	int err = 0;

	fixture_open(&fixture, 1 * MB);
	loaded = mapped_object(&fixture, 600, 1);
	wanted = mapped_object(&fixture, 600, 1);
	touch(&fixture, loaded);
	settle(&fixture);
	fixture.kernel->wait_error = -EIO;
	touch(&fixture, wanted);
	for (int i = 0; i < 1000 && !err; i++) {
		fixture_now_ns += MS;
		err = unwinder_update(fixture.unwinder);
		if (!fixture.unwinder->residents.is_waiting)
			let_thread_finish(&fixture);
	}
	assert_int_equal(err, -EIO);
	assert_true(is_loaded(&fixture, loaded));
	check_tables(&fixture);
	fixture_close(&fixture);
}

/* ---- before the first sample ---- */

/* Objects 1 to `count`, of which n processes map number n. */
static void map_by_rank(struct fixture *fixture, uint32_t count, uint32_t kilobytes)
{
	for (uint32_t rank = 1; rank <= count; rank++) {
		uint32_t binary = add_file(fixture, kilobytes * KB_UNITS);

		for (uint32_t i = 0; i < rank; i++)
			map_file(fixture, TGID(i), 0x10000 * (uint64_t)rank, binary);
	}
}

static void prepare_loads_everything(void **state)
{
	struct fixture fixture;

	fixture_open(&fixture, 8 * MB);
	map_by_rank(&fixture, 6, 1000);
	add_file(&fixture, 1000); /* nobody maps it */
	assert_int_equal(unwinder_prepare(fixture.unwinder, true, UINT64_MAX), 0);
	assert_int_equal(fixture.kernel->nr_entries, 6);
	assert_int_equal(nr_loaded(&fixture, 1, 7), 6);
	assert_int_equal(stats(&fixture).tables, 6);
	check_tables(&fixture);
	fixture_close(&fixture);
}

/* The most mapped ones, up to half of the memory, and what was begun by then. */
static void prepare_leaves_half_of_the_memory(void **state)
{
	struct fixture fixture;

	fixture_open(&fixture, 8 * MB);
	map_by_rank(&fixture, 24, 300);
	assert_int_equal(unwinder_prepare(fixture.unwinder, false, UINT64_MAX), 0);
	settle(&fixture);
	assert_in_range(stats(&fixture).tables, 14, 14 + BUILDER_JOBS_MAX);
	assert_int_equal(nr_loaded(&fixture, 24 - 13, 14), 14);
	assert_int_equal(fixture.kernel->nr_entries, 24);
	fixture_close(&fixture);
}

/* What is queued behind the thread then is not built at all. */
static void prepare_takes_back_what_was_not_begun(void **state)
{
	/* Building takes longer than queueing, under an emulator, too. */
	struct control control = {.nr_units = 1100 * KB_UNITS,
				  .delay_us = getenv("EMULATED") ? 200000 : 5000};
	struct fixture fixture;

	fixture_open(&fixture, 4 * MB);
	for (uint64_t i = 1; i <= 12; i++)
		map_file(&fixture, TGID(1), 0x10000 * i, add_binary(&fixture, make_file(&control)));
	assert_int_equal(unwinder_prepare(fixture.unwinder, false, UINT64_MAX), 0);
	settle(&fixture);
	assert_in_range(fixture_builds, 2, BUILDER_JOBS_MAX - 1);
	touch(&fixture, 12);
	fixture_now_ns += 3000 * MS;
	settle(&fixture);
	assert_true(is_loaded(&fixture, 12));
	fixture_close(&fixture);
}

/* There is less room than wanted: nobody is put out, and what is left over can still be asked for. */
static void prepare_stops_when_it_is_full(void **state)
{
	struct fixture fixture;

	fixture_open(&fixture, 2 * MB);
	map_by_rank(&fixture, 6, 600);
	assert_int_equal(unwinder_prepare(fixture.unwinder, true, UINT64_MAX), 0);
	assert_int_equal(stats(&fixture).tables, 3);
	assert_int_equal(stats(&fixture).evicted, 0);
	fixture_now_ns += 3000 * MS;
	for (int i = 0; i < 200; i++) {
		touch(&fixture, 1);
		fixture_now_ns += 10 * MS;
		update(&fixture);
		let_thread_finish(&fixture);
	}
	assert_true(is_loaded(&fixture, 1));
	fixture_close(&fixture);
}

static void prepare_stops_in_time(void **state)
{
	struct fixture fixture;

	fixture_open(&fixture, 8 * MB);
	map_by_rank(&fixture, 6, 1000);
	assert_int_equal(unwinder_prepare(fixture.unwinder, true, fixture_now_ns), 0);
	assert_int_equal(fixture.kernel->nr_entries, 6); /* that is not optional */
	assert_int_equal(stats(&fixture).tables, 0);
	touch(&fixture, 3);
	settle(&fixture);
	assert_true(is_loaded(&fixture, 3));
	assert_int_equal(stats(&fixture).tables, 1);
	fixture_close(&fixture);
}

/* ---- the thread ---- */

/* A program: reads tables while they come and go, and sees each whole. */
struct reader {
	const struct fixture *fixture;
	pthread_mutex_t walking; /* what wait_for_programs() waits for */
	bool stop;
	uint32_t nr_objects;
	uint64_t seen;
};

static struct reader *waited_for;

static int wait_for_reader(void *data)
{
	pthread_mutex_lock(&waited_for->walking);
	pthread_mutex_unlock(&waited_for->walking);
	return 0;
}

static void read_tables(struct reader *reader)
{
	const struct kernel *kernel = reader->fixture->kernel;

	for (uint32_t number = 1; number <= reader->nr_objects; number++) {
		uint32_t table = __atomic_load_n(&kernel->objects[number].table, __ATOMIC_ACQUIRE);

		__atomic_store_n(&((struct kernel *)kernel)->objects[number].touched, 1,
				 __ATOMIC_RELAXED);
		if (table <= UNWIND_TABLE_NONE)
			continue;
		reader->seen++;
		for (uint32_t i = 0; i < 100 * KB_UNITS; i += 127)
			assert_true(kernel->units[table + i] == marked_unit(number - 1, i));
	}
}

static void *run_reader(void *data)
{
	struct reader *reader = data;

	while (!__atomic_load_n(&reader->stop, __ATOMIC_RELAXED)) {
		pthread_mutex_lock(&reader->walking);
		read_tables(reader);
		pthread_mutex_unlock(&reader->walking);
		usleep(50);
	}
	return NULL;
}

/* Under the thread sanitizer this shows what the threads share. */
static void tables_come_and_go_under_readers(void **state)
{
	struct fixture fixture;
	struct reader reader = {.fixture = &fixture, .nr_objects = 30};
	pthread_t thread;

	fixture_open(&fixture, 2 * MB);
	for (uint32_t i = 0; i < reader.nr_objects; i++)
		mapped_object(&fixture, 100, i);
	update(&fixture);
	pthread_mutex_init(&reader.walking, NULL);
	waited_for = &reader;
	fixture.unwinder->memory.wait_for_programs = wait_for_reader;
	assert_int_equal(pthread_create(&thread, NULL, run_reader, &reader), 0);
	for (int turn = 0; turn < 600 || (turn < 30000 && !stats(&fixture).evicted); turn++) {
		/* Processes come and go, so that tables are nobody's at times. */
		uint32_t number = (uint32_t)turn % reader.nr_objects;

		fixture_now_ns += 20 * MS;
		tracker_exit(&fixture.tracker, fixture_now_ns, TGID(number), TGID(number));
		update(&fixture);
		fixture_now_ns += 20 * MS;
		map_file(&fixture, TGID(number), 0x10000 * ((uint64_t)number + 1), number);
		update(&fixture);
		usleep(200);
	}
	__atomic_store_n(&reader.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	assert_true(reader.seen > 0);
	assert_true(stats(&fixture).evicted > 0);
	check_tables(&fixture);
	pthread_mutex_destroy(&reader.walking);
	fixture_close(&fixture);
}

static void jobs_are_done_in_order(void **state)
{
	struct control control = {.nr_units = 10};
	struct builder *builder = builder_open(fixture_build);
	int fds[BUILDER_JOBS_MAX];
	uint32_t taken = 0;
	struct built built;

	for (uint32_t i = 0; i < BUILDER_JOBS_MAX; i++) {
		control.mark = i;
		fds[i] = make_file(&control);
	}
	for (int round = 0; round < 20; round++) {
		for (uint32_t i = 0; i < BUILDER_JOBS_MAX; i++)
			assert_true(builder_add(builder, i, fds[i]));
		assert_false(builder_add(builder, 9, fds[0])); /* enough */
		for (uint32_t i = 0; i < BUILDER_JOBS_MAX;) {
			struct pollfd ready = {.fd = builder_fd(builder), .events = POLLIN};

			assert_int_equal(poll(&ready, 1, 10000), 1);
			assert_true(builder_take(builder, &built));
			assert_int_equal(built.object, i++);
			assert_int_equal(built.table.units[3], marked_unit(built.object, 3));
			unwind_table_fini(&built.table);
			taken++;
		}
		assert_false(builder_take(builder, &built));
		assert_int_equal(builder_pending(builder), 0);
	}
	assert_int_equal(taken, 20 * BUILDER_JOBS_MAX);
	for (uint32_t i = 0; i < BUILDER_JOBS_MAX; i++)
		close(fds[i]);
	builder_close(builder);
}

static void jobs_are_taken_back(void **state)
{
	struct control control = {.nr_units = 10, .delay_us = 50000};
	struct builder *builder = builder_open(fixture_build);
	uint32_t object, last = 5, taken = 0;
	int fd = make_file(&control);
	struct built built;

	for (uint32_t i = 0; i < 5; i++)
		assert_true(builder_add(builder, i, fd));
	while (builder_withdraw(builder, &object))
		assert_int_equal(object, --last);
	assert_true(last < 5); /* those that the thread had begun are not taken back */
	assert_int_equal(builder_pending(builder), last);
	while (taken < last) {
		if (builder_take(builder, &built)) {
			assert_int_equal(built.object, taken++);
			unwind_table_fini(&built.table);
		}
		usleep(1000);
	}
	assert_false(builder_help(builder));
	builder_close(builder);
	close(fd);
}

/* With jobs queued, running and finished. */
static void closing_drops_what_is_left(void **state)
{
	struct control control = {.nr_units = 1000, .delay_us = 3000};
	int fd = make_file(&control);

	for (uint32_t round = 0; round < 8; round++) {
		struct builder *builder = builder_open(fixture_build);

		for (uint32_t i = 0; i < BUILDER_JOBS_MAX; i++)
			builder_add(builder, i, fd);
		usleep(2000 * round);
		builder_close(builder);
	}
	builder_close(NULL);
	close(fd);
}

static void a_pool_too_small_to_open(void **state)
{
	struct tracker tracker;
	struct walker_memory memory = {
		.objects = calloc(UNWIND_OBJECTS_MAX, sizeof(struct unwind_object))};
	struct unwinder_config config = {.tracker = &tracker, .memory_max = MB - 1};

	tracker_init(&tracker, true);
	assert_null(unwinder_open_parts(&config, &memory, fixture_build));
	assert_int_equal(errno, EINVAL);
	unwinder_close(NULL);
	tracker_fini(&tracker);
	free(memory.objects);
}

/* This process's own files, with their real tables: the way it is used. */
static void real_tables_of_this_process(void **state)
{
	struct fixture fixture;
	uint32_t self = (uint32_t)getpid();
	uint32_t loaded = 0;

	fixture_open_with(&fixture, 64 * MB, unwind_table_build);
	assert_int_equal(tracker_add_process(&fixture.tracker, self), 0);
	assert_int_equal(unwinder_prepare(fixture.unwinder, true, UINT64_MAX), 0);
	loaded = nr_loaded(&fixture, 1, (uint32_t)fixture.tracker.binaries.count);
	assert_true(loaded > 5);
	assert_int_equal(loaded + stats(&fixture).without + is_loaded(&fixture, OBJECT_VDSO),
			 fixture.tracker.binaries.count + 1);
	assert_int_equal(stats(&fixture).failed, 0);
	assert_int_equal(stats(&fixture).damaged, 0);
	fixture_close(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table_is_built_when_it_is_looked_for),
		cmocka_unit_test(what_cannot_be_built),
		cmocka_unit_test(a_table_larger_than_the_pool),
		cmocka_unit_test(the_one_not_in_use_makes_way),
		cmocka_unit_test(what_nobody_maps_makes_way_first),
		cmocka_unit_test(no_thrashing),
		cmocka_unit_test(tables_that_wait_wake_nobody),
		cmocka_unit_test(nothing_makes_way_in_vain),
		cmocka_unit_test(what_made_way_is_not_built_at_once),
		cmocka_unit_test(spans_come_before_tables),
		cmocka_unit_test(programs_that_cannot_be_waited_for),
		cmocka_unit_test(prepare_loads_everything),
		cmocka_unit_test(prepare_leaves_half_of_the_memory),
		cmocka_unit_test(prepare_takes_back_what_was_not_begun),
		cmocka_unit_test(prepare_stops_when_it_is_full),
		cmocka_unit_test(prepare_stops_in_time),
		cmocka_unit_test(tables_come_and_go_under_readers),
		cmocka_unit_test(jobs_are_done_in_order),
		cmocka_unit_test(jobs_are_taken_back),
		cmocka_unit_test(closing_drops_what_is_left),
		cmocka_unit_test(a_pool_too_small_to_open),
		cmocka_unit_test(real_tables_of_this_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
