// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Snapshots from the ring buffer to rows: waiting, bounds of memory and time, and which stack is
 * handed on.
 */
#include "tests/unit/remote_fixture.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "profiler/capture/snapshots.h"

/* Rows that were handed on. */
struct rows {
	uint32_t count, fail_at;
	struct count_key key;
	struct count_value value;
	uint64_t user[STACK_WORDS_MAX], kernel[SNAPSHOT_WORDS]; /* of the last one */
	bool has_user, has_kernel;
	uint32_t walk_end;
};

static int keep_row(void *data, const struct table_row *row, uint32_t walk_end)
{
	struct rows *rows = data;

	rows->walk_end = walk_end;
	rows->key = *row->key;
	rows->value = *row->value;
	rows->has_user = row->user;
	rows->has_kernel = row->kernel;
	if (row->user)
		memcpy(rows->user, row->user,
		       (1 + STACK_HEADER_FRAMES(row->user[0])) * sizeof(*row->user));
	if (row->kernel)
		memcpy(rows->kernel, row->kernel,
		       (1 + STACK_HEADER_FRAMES(row->kernel[0])) * sizeof(*row->kernel));
	return ++rows->count == rows->fail_at ? -EIO : 0;
}

/* Clocks. Between two looks at the one of CPU time lies a walk. */
static uint64_t clock_ns, walk_ns;

static uint64_t fixture_now(void)
{
	return clock_ns;
}

static uint64_t fixture_cpu(void)
{
	static uint64_t cpu_ns;

	return cpu_ns += walk_ns;
}

struct fixture {
	struct stopped stopped;
	struct remote *remote;
	struct rows rows;
	struct snapshots *snapshots;
};

static struct fixture fixture_new(void)
{
	struct fixture f = {0};

	stopped_init(&f.stopped, shape_nested);
	if (f.stopped.snapshot->stack_bytes > SNAPSHOT_STACK_MAX)
		f.stopped.snapshot->stack_bytes = SNAPSHOT_STACK_MAX;
	f.stopped.bytes = sizeof(*f.stopped.snapshot) + f.stopped.snapshot->stack_bytes;
	return f;
}

/* At its place: it gives out its address. */
static void fixture_open(struct fixture *f)
{
	struct snapshots_config config = {
		.map_fd = -1,
		.row = keep_row,
		.data = &f->rows,
		.now_ns = fixture_now,
		.cpu_ns = fixture_cpu,
	};

	walk_ns = 1000;
	f->remote = remote_open(&f->stopped.tracker);
	config.remote = f->remote;
	f->snapshots = snapshots_open(&config);
	assert_non_null(f->snapshots);
}

static void fixture_fini(struct fixture *f)
{
	snapshots_close(f->snapshots);
	remote_close(f->remote);
	stopped_fini(&f->stopped);
}

static void add(struct fixture *f)
{
	assert_int_equal(snapshots_add(f->snapshots, f->stopped.snapshot, f->stopped.bytes), 0);
}

static struct snapshots_stats stats_of(const struct fixture *f)
{
	struct snapshots_stats stats;

	snapshots_stats(f->snapshots, &stats);
	assert_int_equal(stats.taken, stats.completed + stats.improved + stats.unimproved +
					      stats.rushed + stats.waiting);
	return stats;
}

static void they_wait_until_their_time_is_known(void **state)
{
	struct fixture f = fixture_new();
	struct unwind_snapshot *snapshot = f.stopped.snapshot;

	fixture_open(&f);
	snapshot->user[0] = STACK_HEADER(1, 0, STACK_END_NO_TABLE);
	snapshot->kernel[0] = STACK_HEADER(1, 0, STACK_END_ROOT);
	snapshot->kernel[1] = 0xffffffff81000000;
	snapshot->time_ns = 2000;
	add(&f);
	snapshot->time_ns = 1000;
	add(&f);
	assert_int_equal(snapshots_resolve(f.snapshots, 999), 0);
	assert_int_equal(f.rows.count, 0);
	assert_int_equal(snapshots_resolve(f.snapshots, 1000), 0);
	assert_int_equal(f.rows.count, 1);
	assert_int_equal(f.rows.walk_end, STACK_END_NO_TABLE);
	assert_memory_equal(&f.rows.key, &snapshot->key, sizeof(f.rows.key));
	assert_int_equal(f.rows.value.count, 1);
	assert_int_equal(f.rows.value.first_ns, 1000);
	assert_int_equal(f.rows.value.last_ns, 1000);
	assert_int_equal(STACK_HEADER_END(f.rows.user[0]), STACK_END_ROOT);
	assert_int_equal(f.rows.user[2], f.stopped.calls[0]);
	assert_int_equal(f.rows.kernel[1], 0xffffffff81000000);
	assert_int_equal(stats_of(&f).waiting, 1);
	add(&f); /* behind the one that waits on */
	assert_int_equal(snapshots_resolve(f.snapshots, 2000), 0);
	assert_int_equal(f.rows.count, 3);
	assert_int_equal(stats_of(&f).completed, 3);
	assert_int_equal(stats_of(&f).cpu_ns, 3 * walk_ns);
	fixture_fini(&f);
}

/* What the kernel walker had, its end and how long it was, against what unwinding gives: a frame. */
static void check_choice(struct fixture *f, uint32_t frames, uint32_t end, bool ours)
{
	f->stopped.snapshot->user[0] = STACK_HEADER(frames, 0, end);
	f->stopped.snapshot->user[1] = 4711;
	add(f);
	assert_int_equal(snapshots_resolve(f->snapshots, UINT64_MAX), 0);
	assert_true(f->rows.has_user);
	assert_false(f->rows.has_kernel);
	assert_int_equal(f->rows.user[0], ours ? STACK_HEADER(1, 0, STACK_END_UNREADABLE)
					       : STACK_HEADER(frames, 0, end));
	assert_true((f->rows.user[1] == 4711) == !ours);
}

static void the_better_stack_is_handed_on(void **state)
{
	struct fixture f = fixture_new();

	fixture_open(&f);
	f.stopped.snapshot->stack_bytes = 0;
	check_choice(&f, 0, STACK_END_NO_PROCESS, true);
	check_choice(&f, 1, STACK_END_NO_TABLE, true);
	check_choice(&f, 1, STACK_END_ROOT, false);
	check_choice(&f, 2, STACK_END_NO_TABLE, false);
	check_choice(&f, SNAPSHOT_WORDS - 1, STACK_END_LIMIT, false);
	/* The walker's last address may be in no mapping: that is no frame. */
	check_choice(&f, 2, STACK_END_NO_MAPPING, true);
	check_choice(&f, 3, STACK_END_NO_MAPPING, false);
	check_choice(&f, 1, STACK_END_NO_MAPPING, true);
	assert_int_equal(stats_of(&f).improved, 2);
	assert_int_equal(stats_of(&f).unimproved, 6);
	fixture_fini(&f);
}

/* Its root end may have been cut off: then a few frames to a root are not the whole stack. */
static void a_full_stack_is_not_replaced_by_a_shorter_one(void **state)
{
	struct fixture f = fixture_new();
	uint64_t *user = (uint64_t *)f.stopped.snapshot->user;

	fixture_open(&f);
	user[0] = STACK_HEADER(SNAPSHOT_WORDS - 2, 0, STACK_END_NO_TABLE);
	add(&f);
	assert_int_equal(snapshots_resolve(f.snapshots, UINT64_MAX), 0);
	assert_int_equal(STACK_HEADER_END(f.rows.user[0]), STACK_END_ROOT);
	assert_int_equal(stats_of(&f).completed, 1);
	user[0] = STACK_HEADER(SNAPSHOT_WORDS - 1, 0, STACK_END_NO_TABLE);
	add(&f);
	assert_int_equal(snapshots_resolve(f.snapshots, UINT64_MAX), 0);
	assert_int_equal(f.rows.user[0], user[0]);
	assert_int_equal(stats_of(&f).completed, 1);
	assert_int_equal(stats_of(&f).unimproved, 1);
	fixture_fini(&f);
}

/* How many were handed on by what follows, a turn or all that there is. */
static uint64_t turn(struct fixture *f)
{
	uint64_t before = f->rows.count;

	assert_int_equal(snapshots_resolve(f->snapshots, UINT64_MAX), 0);
	return f->rows.count - before;
}

static uint64_t drain(struct fixture *f)
{
	uint64_t before = f->rows.count;

	assert_int_equal(snapshots_drain(f->snapshots, UINT64_MAX), 0);
	return f->rows.count - before;
}

static void completing_takes_a_part_of_the_time(void **state)
{
	const uint64_t ms = 1000000, at_once = SNAPSHOTS_CPU_MAX_NS / ms;
	const uint64_t in_a_turn = SNAPSHOTS_TURN_NS / ms;
	struct fixture f = fixture_new();

	f.stopped.snapshot->stack_bytes = 256;
	f.stopped.bytes = sizeof(*f.stopped.snapshot) + 256;
	fixture_open(&f);
	walk_ns = ms;
	for (int i = 0; i < 1000; i++)
		add(&f);
	/* In turns, until all that was saved up is spent. */
	assert_int_equal(turn(&f), in_a_turn);
	assert_int_equal(turn(&f), in_a_turn);
	for (int i = 0; i < 20; i++)
		turn(&f);
	assert_int_equal(f.rows.count, at_once);
	/* Then as time goes by. */
	clock_ns += 8 * ms;
	assert_int_equal(turn(&f), 8 / SNAPSHOTS_CPU_PART);
	assert_int_equal(turn(&f), 0);
	assert_int_equal(stats_of(&f).rushed, 0);
	/* At the end of it all of them are handed on, whether or not there was time. */
	clock_ns += 10000 * ms;
	assert_int_equal(drain(&f), 1000 - at_once - 2);
	assert_int_equal(stats_of(&f).waiting, 0);
	assert_int_equal(stats_of(&f).cpu_ns, (2 * at_once + 2) * ms);
	assert_int_equal(stats_of(&f).rushed, 1000 - 2 * at_once - 2);
	fixture_fini(&f);
}

static void the_oldest_make_room(void **state)
{
	struct fixture f = fixture_new();
	size_t fit = SNAPSHOTS_BYTES_MAX / f.stopped.bytes, more = 10;

	fixture_open(&f);
	f.stopped.snapshot->user[0] = STACK_HEADER(1, 0, STACK_END_NO_TABLE);
	for (size_t i = 0; i < fit + more; i++) {
		f.stopped.snapshot->time_ns = i;
		add(&f);
	}
	assert_int_equal(f.rows.count, more);
	assert_int_equal(f.rows.value.last_ns, more - 1);
	assert_int_equal(f.rows.user[0], STACK_HEADER(1, 0, STACK_END_NO_TABLE));
	assert_int_equal(stats_of(&f).rushed, more);
	assert_int_equal(stats_of(&f).waiting, fit);
	fixture_fini(&f);
}

/* Where an access beyond the event is seen. */
static void add_exactly(struct fixture *f, size_t size)
{
	void *event = malloc(size ? size : 1);

	assert_non_null(event);
	memcpy(event, f->stopped.snapshot, size);
	assert_int_equal(snapshots_add(f->snapshots, event, size), 0);
	free(event);
}

static void events_that_are_no_snapshots_are_counted(void **state)
{
	struct fixture f = fixture_new();
	struct unwind_snapshot *snapshot = f.stopped.snapshot;
	uint64_t malformed = 0;

	fixture_open(&f);
	snapshot->stack_bytes = 256;
	for (size_t size = 0; size < sizeof(*snapshot) + 256; size += 4, malformed++)
		add_exactly(&f, size);
	add_exactly(&f, sizeof(*snapshot) + 256);
	snapshot->user[0] = SNAPSHOT_WORDS;
	add_exactly(&f, sizeof(*snapshot) + 256);
	snapshot->user[0] = 0;
	snapshot->kernel[0] = SNAPSHOT_WORDS;
	add_exactly(&f, sizeof(*snapshot) + 256);
	snapshot->kernel[0] = 0;
	snapshot->stack_bytes = UINT32_MAX;
	add_exactly(&f, sizeof(*snapshot) + 256);
	assert_int_equal(stats_of(&f).malformed, malformed + 3);
	assert_int_equal(stats_of(&f).taken, 1);
	fixture_fini(&f);
}

static void errors_of_the_receiver_come_back(void **state)
{
	struct fixture f = fixture_new();

	fixture_open(&f);
	add(&f);
	add(&f);
	f.rows.fail_at = 1;
	assert_int_equal(snapshots_resolve(f.snapshots, UINT64_MAX), -EIO);
	assert_int_equal(snapshots_resolve(f.snapshots, UINT64_MAX), 0);
	assert_int_equal(f.rows.count, 2);
	fixture_fini(&f);
}

/* ---- the ring buffer ---- */

#define EVENT_BYTES 64

/* Sends a few bytes of its stack, as an event that is no snapshot. Returns 0 or -errno. */
static int send_event(int map_fd)
{
	const struct bpf_insn program[] = {
		/* Eight words of its stack, zeroed: what is not written cannot be sent. */
		{BPF_ST | BPF_MEM | BPF_DW, 10, 0, -64, 0},
		{BPF_ST | BPF_MEM | BPF_DW, 10, 0, -56, 0},
		{BPF_ST | BPF_MEM | BPF_DW, 10, 0, -48, 0},
		{BPF_ST | BPF_MEM | BPF_DW, 10, 0, -40, 0},
		{BPF_ST | BPF_MEM | BPF_DW, 10, 0, -32, 0},
		{BPF_ST | BPF_MEM | BPF_DW, 10, 0, -24, 0},
		{BPF_ST | BPF_MEM | BPF_DW, 10, 0, -16, 0},
		{BPF_ST | BPF_MEM | BPF_DW, 10, 0, -8, 0},
		{BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_FD, 0, map_fd},
		{0},
		{BPF_ALU64 | BPF_MOV | BPF_X, 2, 10, 0, 0},
		{BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, -EVENT_BYTES},
		{BPF_ALU64 | BPF_MOV | BPF_K, 3, 0, 0, EVENT_BYTES},
		{BPF_ALU64 | BPF_MOV | BPF_K, 4, 0, 0, 0},
		{BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_ringbuf_output},
		{BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
	};
	uint8_t packet[64] = {0};
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = packet, .data_size_in = sizeof(packet));
	int fd = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, NULL, "GPL", program,
			       ARRAY_LEN(program), NULL);
	int err = fd < 0 ? fd : bpf_prog_test_run_opts(fd, &run);

	if (fd >= 0)
		close(fd);
	return err;
}

static void events_come_through_the_ring_buffer(void **state)
{
	int map_fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "ring", 0, 0, 65536, NULL);
	struct rows rows = {0};
	struct snapshots_config config = {
		.map_fd = map_fd,
		.row = keep_row,
		.data = &rows,
		.now_ns = fixture_now,
		.cpu_ns = fixture_cpu,
	};
	struct snapshots_stats stats;
	struct snapshots *snapshots;

	if (map_fd < 0)
		skip(); /* it takes rights that not everybody has */
	assert_int_equal(send_event(map_fd), 0);
	snapshots = snapshots_open(&config);
	assert_non_null(snapshots);
	assert_true(snapshots_fd(snapshots) >= 0);
	assert_int_equal(snapshots_read(snapshots), 0);
	snapshots_stats(snapshots, &stats);
	assert_int_equal(stats.malformed, 1);
	snapshots_close(snapshots);
	close(map_fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_wait_until_their_time_is_known),
		cmocka_unit_test(the_better_stack_is_handed_on),
		cmocka_unit_test(a_full_stack_is_not_replaced_by_a_shorter_one),
		cmocka_unit_test(completing_takes_a_part_of_the_time),
		cmocka_unit_test(the_oldest_make_room),
		cmocka_unit_test(events_that_are_no_snapshots_are_counted),
		cmocka_unit_test(errors_of_the_receiver_come_back),
		cmocka_unit_test(events_come_through_the_ring_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
