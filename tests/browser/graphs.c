// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes the graphs graph_test.js looks at that no file format in text can ask for: kinds of
 * frames, modules, circumstances, several values, hostile names, no samples.
 *   graphs FOLDER
 * A file of stacks on standard input, NAME|KIND|MODULE frames joined by ';' and a number, becomes
 * FOLDER/stdin.svg; its samples are in slices of time by chance.
 */
#include "tests/unit/render_fixture.h"

static void write_graph(struct fixture *fixture, const char *folder, const char *name)
{
	char path[4096];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s.svg", folder, name);
	out = fopen(path, "w");
	assert(out);
	assert(!render_format_by_name("svg")->write(fixture_finish(fixture), out));
	assert(fclose(out) == 0);
	fixture_free(fixture);
}

static void add_event(struct circumstances *about, const char *name, const char *text,
		      uint64_t count, bool is_loss)
{
	struct event_count *event = &about->events[about->nr_events++];

	snprintf(event->name, sizeof(event->name), "%s", name);
	snprintf(event->about, sizeof(event->about), "%s", text);
	event->count = count;
	event->is_loss = is_loss;
}

static struct fixture *service(void)
{
	struct fixture *f = fixture_new("samples count cpu nanoseconds");
	static const struct {
		const char *stack;
		int samples;
	} stacks[] = {
		{"web|group;main;serve;parse_request;json::parse<std::string>(char const*)", 610},
		{"web|group;main;serve;compress;deflate|library|libz.so.1;"
		 "longest_match|inlined|libz.so.1",
		 900},
		{"web|group;main;serve;compress;deflate|library|libz.so.1", 300},
		{"web|group;main;serve;reply;write|library|libc.so.6;do_syscall_64|kernel;"
		 "tcp_sendmsg|kernel;memcpy|kernel",
		 420},
		{"web|group;main;serve;serve;compress;memcpy|library|libc.so.6", 150},
		{"web|group;main;script;Interp.run|interpreter;LazyCompile:~handler|jit", 240},
		{"web|group;main;script;[libfoo.so]|unnamed|libfoo.so", 60},
		{"web|group;[truncated]|marker;recurse;recurse;recurse", 40},
		{"worker|group;start_thread|library|libc.so.6;poll_loop;memcpy|library|libc.so.6",
		 100},
		{"worker|group;start_thread|library|libc.so.6;poll_loop", 150},
	};

	for (size_t i = 0; i < sizeof(stacks) / sizeof(stacks[0]); i++)
		fixture_stack(f, stacks[i].stack, stacks[i].samples, stacks[i].samples * 10101010L);
	fixture_describe(&f->profile->about);
	return f;
}

static void write_service(const char *folder)
{
	struct fixture *f = service();

	f->profile->about.fired = 2972;
	add_event(&f->profile->about, "stack_table_full", "the table of stacks was full", 2, true);
	add_event(&f->profile->about, "idle", "samples of the idle task", 2970, false);
	write_graph(f, folder, "service");
}

/* Books and sampling as a capture of waits has them, with a thread whose name is all bytes. */
static void describe_waits(struct circumstances *about, const char *command)
{
	static const struct time_books books = {
		.threads = 9,
		.lifetime_ns = 261000000000,
		.cpu_ns = 12500000000,
		.blocked_ns = 247800000000,
		.queued_ns = 690000000,
		.residual_ns = 10000000,
	};

	fixture_describe(about);
	fixture_text(&about->command, command);
	if (strcmp(command, "wall") != 0)
		about->frequency_hz = 0;
	about->books = books;
	about->residuals[0] = (struct thread_residual){"\xe2\x80\xaeworker/\xff\x01<b>1", 4251,
						       29000000000, -9000000};
	about->residuals[1] = (struct thread_residual){"web", 4242, 29000000000, 1000000};
	about->nr_residuals = 2;
}

#define LIBC	   "|library|libc.so.6"
#define WORKER	   "worker|group;start_thread" LIBC ";worker_main"
#define FLUSHER	   "flusher|group;start_thread" LIBC ";flush_loop"
#define SYSCALL	   "entry_SYSCALL_64_after_hwframe;do_syscall_64;"
#define FUTEX	   SYSCALL "__x64_sys_futex;do_futex;futex_wait;futex_wait_queue;schedule"
#define FUTEX_WAKE "try_to_wake_up;wake_up_q;futex_wake;do_futex;__x64_sys_futex;do_syscall_64;"
#define SIGNAL	   FUTEX_WAKE "pthread_cond_signal;pool::Queue::push(Job&&);"
#define NETWORK	   "tcp_v4_rcv;__netif_receive_skb;net_rx_action;[interrupt]"

/* Frames of user space as fixture_stack() reads them; of the kernel and of wakers only names. */
static const struct wait {
	const char *user, *kernel, *what, *waker;
	int count, average_us, longest_us;
} waits[] = {
	{WORKER ";pool::next_job(pool::Queue&);pthread_cond_wait" LIBC, FUTEX, "[waits: futex]",
	 SIGNAL "dispatch;serve;main;_start;web", 8200, 13000, 940000},
	{WORKER ";pool::next_job(pool::Queue&);pthread_cond_wait" LIBC, FUTEX, "[waits: futex]",
	 SIGNAL "retry_timer;main;_start;web", 310, 9800, 120000},
	{WORKER ";handle_request;session::load(std::string const&);pthread_mutex_lock" LIBC, FUTEX,
	 "[waits: futex]",
	 FUTEX_WAKE "pthread_mutex_unlock;session::store;handle_request;worker_main;worker", 2310,
	 17300, 312000},
	{WORKER ";handle_request;database::query(std::string const&);recv" LIBC,
	 SYSCALL "__x64_sys_recvfrom;tcp_recvmsg;sk_wait_data;schedule_timeout;schedule",
	 "[waits: socket read]", "try_to_wake_up;sock_def_readable;tcp_rcv_established;" NETWORK,
	 4100, 8100, 1250000},
	{WORKER ";handle_request;read_template;read" LIBC,
	 SYSCALL "ext4_file_read_iter;filemap_read;folio_wait_bit;io_schedule;schedule",
	 "[waits: disk]", "try_to_wake_up;folio_wake_bit;mpage_end_io;nvme_irq;[interrupt]", 190,
	 6100, 44000},
	{"web|group;_start;main;serve;epoll_wait" LIBC,
	 SYSCALL "do_epoll_wait;ep_poll;schedule_hrtimeout_range;schedule", "[waits: epoll]",
	 "try_to_wake_up;ep_poll_callback;sock_def_readable;tcp_data_queue;" NETWORK, 9100, 2700,
	 86000},
	{"web|group;_start;main;serve;epoll_wait" LIBC,
	 SYSCALL "do_epoll_wait;ep_poll;schedule_hrtimeout_range;schedule", "[waits: epoll]",
	 "try_to_wake_up;ep_poll_callback;pipe_write;vfs_write;notify_done;worker_main;worker", 700,
	 1900, 15000},
	{FLUSHER ";nanosleep" LIBC, SYSCALL "hrtimer_nanosleep;do_nanosleep;schedule",
	 "[waits: sleep]", "[timer]", 29, 1000100, 1000900},
};

/* Appends names joined by ';' as frames of one kind. */
static void append(char *stack, size_t size, const char *names, const char *kind)
{
	for (; *names; names += strspn(names, ";")) {
		size_t len = strcspn(names, ";"), used = strlen(stack);

		snprintf(stack + used, size - used, "%s%.*s|%s", used ? ";" : "", (int)len, names,
			 kind);
		names += len;
	}
}

static void fill_waits(struct fixture *f, bool wakers)
{
	char stack[2048];

	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		const struct wait *wait = &waits[i];

		snprintf(stack, sizeof(stack), "%s", wait->user);
		append(stack, sizeof(stack), wait->kernel, "kernel");
		append(stack, sizeof(stack), wait->what, "waiting");
		if (wakers) {
			append(stack, sizeof(stack), "[woken by]", "marker");
			append(stack, sizeof(stack), wait->waker, "waker");
		}
		fixture_waits(f, stack, wait->count, wait->average_us, wait->longest_us);
	}
	fixture_waits(f, FLUSHER ";[cut: at the end]|marker", 1, 700000, 700000);
	fixture_waits(f, "[not walked]|marker", 4000, 900, 4100);
	for (int i = 0; i < 40; i++) {
		snprintf(stack, sizeof(stack), WORKER ";step_%d;[waits: page]|waiting", i);
		fixture_waits(f, stack, 10 + i, 2000 + 10 * i, 5000 + 1000 * i);
	}
}

static void write_waits(const char *folder)
{
	struct fixture *f = fixture_new(FIXTURE_WAITS);

	fill_waits(f, false);
	describe_waits(&f->profile->about, "offcpu");
	f->profile->about.books.residual_ns = 400000000;
	f->profile->about.sampling = (struct wait_sampling){10000, 5230, 8, 3600000000};
	write_graph(f, folder, "waits");

	/* The same with longer waits for a lock. */
	f = fixture_new(FIXTURE_WAITS);
	fill_waits(f, false);
	fixture_waits(f,
		      WORKER
		      ";handle_request;session::load(std::string const&);pthread_mutex_lock" LIBC,
		      1000, 20000, 2000000);
	describe_waits(&f->profile->about, "offcpu");
	write_graph(f, folder, "slower");

	f = fixture_new(FIXTURE_WAITS);
	fill_waits(f, true);
	describe_waits(&f->profile->about, "offwake");
	write_graph(f, folder, "offwake");
}

/* Time on the CPU, blocked and in the run queue, without counts. */
static void write_wall(const char *folder)
{
#define SERVE	 "web|group;main;serve;"
#define SCHEDULE "|kernel;schedule|kernel;"
	struct fixture *f = fixture_new("time nanoseconds");

	fixture_stack(f, SERVE "compress;deflate|library|libz.so.1", 9000000000, 0);
	fixture_stack(f, SERVE "reply;write" LIBC ";tcp_sendmsg|kernel", 3000000000, 0);
	fixture_stack(f, SERVE "compress;timer_interrupt" SCHEDULE "[run queue]|run queue",
		      2000000000, 0);
	fixture_stack(f, SERVE "epoll_wait" LIBC ";ep_poll" SCHEDULE "[waits: epoll]|waiting",
		      12000000000, 0);
	fixture_stack(f, SERVE "epoll_wait" LIBC ";ep_poll" SCHEDULE "[run queue]|run queue",
		      2800000000, 0);
	fixture_stack(f, SERVE "lock;futex_wait" SCHEDULE "[waits: futex]|waiting", 1000000000, 0);
	describe_waits(&f->profile->about, "wall");
	write_graph(f, folder, "wall");
}

/* Waits for a CPU, and who had it meanwhile. */
static void write_runq(const char *folder)
{
	struct fixture *f = fixture_new(FIXTURE_WAITS);

	fixture_waits(f,
		      SERVE "compress;timer_interrupt" SCHEDULE
			    "[run queue]|run queue;[ran instead: backup]|run queue",
		      500, 4000, 21000);
	fixture_waits(f,
		      SERVE "epoll_wait" LIBC ";ep_poll" SCHEDULE
			    "[run queue]|run queue;[ran instead: backup]|run queue",
		      4000, 700, 30000);
	fixture_waits(f,
		      SERVE "epoll_wait" LIBC ";ep_poll" SCHEDULE
			    "[run queue]|run queue;[ran instead: kworker/1:2]|run queue",
		      900, 300, 2100);
	describe_waits(&f->profile->about, "runq");
	write_graph(f, folder, "runq");
}

/* Every name says what it wants to break. */
static void write_hostile(const char *folder)
{
	static const char *const names[] = {
		"]]></script></svg><script>globalThis.broken=1</script>",
		"\"'><img src=x onerror=globalThis.broken=1>",
		"&amp;&lt;&#0;",
		"</metadata>",
		"javascript:globalThis.broken=1",
		"\x01\x02\x7f\xc2\x85 control",
		"\xff\xfe\xc0\xaf bytes",
		"\xed\xa0\x80\xef\xbf\xbe\xef\xbf\xbf surrogate",
		"\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d right to left",
		("\xe2\x80\xae"
		 "evil\xe2\x80\xac override"),
		"\xf0\x9f\x94\xa5 fire \xe7\x81\xab\xe7\x84\xb0",
		"line\nbreak;semicolon\ttab",
		"%s%n%d",
		"${globalThis.broken=1}",
		"__proto__",
		"constructor",
		"toString",
		" leading and trailing ",
	};
	struct fixture *f = fixture_new("samples count");
	static char longest[65537];
	uint32_t frames[2];

	memset(longest, 'x', sizeof(longest) - 1);
	frames[0] = fixture_frame(f, "main", 4, "<module>&\"", FRAME_USER);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		frames[1] = fixture_frame(f, names[i], strlen(names[i]), names[i], FRAME_USER);
		fixture_sample(f, frames, 2, (int64_t[]){10});
	}
	frames[1] = fixture_frame(f, longest, 65536, NULL, FRAME_KERNEL);
	fixture_sample(f, frames, 2, (int64_t[]){30});
	fixture_describe(&f->profile->about);
	f->profile->about.title = strdup(names[0]);
	f->profile->about.note = strdup(names[1]);
	free(f->profile->about.host);
	f->profile->about.host = strdup(names[8]);
	write_graph(f, folder, "hostile");
}

/* 2,000 calls of itself, and a tower that never reached its root. */
static void write_deep(const char *folder)
{
	struct fixture *f = fixture_new("samples count");
	uint32_t frames[2001];

	frames[0] = fixture_frame(f, "main", 4, NULL, FRAME_USER);
	for (size_t i = 1; i < 2001; i++)
		frames[i] = fixture_frame(f, "walk_directory", 14, NULL, FRAME_USER);
	fixture_sample(f, frames, 2001, (int64_t[]){70});
	fixture_sample(f, frames, 1000, (int64_t[]){50});
	frames[1] = fixture_frame(f, "sort_entries", 12, NULL, FRAME_USER);
	fixture_sample(f, frames, 2, (int64_t[]){500});
	write_graph(f, folder, "deep");
}

/* ---- slices of time ---- */

#define SLICE_NS 250000000ULL

/* Slices of a quarter of a second, all of which are over; the last one ends early with slices_seal(). */
static void begin_slices(struct fixture *f, size_t count)
{
	struct slices *slices = &f->profile->slices;
	struct slices_plan plan = {
		.width_ns = SLICE_NS, .count_max = count, .ends = true, .shares_max = SLICES_SHARES_MAX};

	assert(!slices_begin(slices, &plan));
	while (slices->count < count)
		slices_turn(slices, slices_due_ns(slices));
}

static void end_slices(struct fixture *f)
{
	struct slices *slices = &f->profile->slices;

	assert(!slices_seal(slices, f->profile->nr_samples, slices->count * SLICE_NS - SLICE_NS / 4));
	f->profile->about.duration_ns = slices->count * SLICE_NS - SLICE_NS / 4;
}

/* A stack that was there so often in each slice. */
static void sliced_stack(struct fixture *f, const char *stack, const int *counts, size_t nr_slices)
{
	struct slices *slices = &f->profile->slices;
	uint32_t sample = (uint32_t)f->profile->nr_samples;
	int64_t total = 0;

	for (size_t i = 0; i < nr_slices; i++)
		total += counts[i];
	fixture_stack(f, stack, total, total * 10101010);
	for (size_t i = 0; i < nr_slices; i++) {
		if (counts[i])
			assert(!slices_add(slices, sample, i * SLICE_NS, i * SLICE_NS,
					   (uint64_t)counts[i]));
	}
}

static unsigned int seed = 12345;

static unsigned int random_below(unsigned int limit)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % limit;
}

/* Ten seconds with two phases, and what is in none, or in one slice; rates differ by chance. */
static void write_phases(const char *folder)
{
	static const struct {
		const char *stack;
		int first, second; /* of each half, in a slice on average */
	} stacks[] = {
		{"web|group;main;serve;parse", 20, 20},
		{"web|group;main;serve;serve;parse", 6, 6},
		{"web|group;main;serve;compress;deflate|library|libz.so.1", 60, 12},
		{"web|group;main;serve;encrypt;aes|library|libcrypto.so.3", 0, 30},
		{"web|group;main;serve;write|library|libc.so.6;do_syscall_64|kernel;clear_page|kernel", 24, 24},
		{"web|group;main;serve", 200, 200},
		{"worker|group;start_thread|library|libc.so.6;poll_loop;memcpy|library|libc.so.6", 18, 18},
	};
	struct fixture *f = fixture_new("samples count cpu nanoseconds");
	int counts[40], once[40] = {[7] = 1};

	begin_slices(f, 40);
	for (size_t i = 0; i < sizeof(stacks) / sizeof(stacks[0]); i++) {
		for (size_t slice = 0; slice < 40; slice++) {
			int mean = slice < 20 ? stacks[i].first : stacks[i].second;

			counts[slice] = mean + (int)random_below(mean / 2 + 1) - mean / 4;
		}
		sliced_stack(f, stacks[i].stack, counts, 40);
	}
	sliced_stack(f, "worker|group;start_thread|library|libc.so.6;reload_configuration", once, 40);
	fixture_describe(&f->profile->about);
	end_slices(f);
	write_graph(f, folder, "phases");
}

/* Functions that do the same all the time, many of them in bursts of a second: nothing changes. */
static void write_steady(const char *folder)
{
	struct fixture *f = fixture_new("samples count cpu nanoseconds");
	char stack[64];
	int counts[80];

	begin_slices(f, 80);
	for (unsigned int i = 0; i < 400; i++) {
		bool bursts = i % 2;
		int high = 0;

		for (size_t slice = 0; slice < 80; slice++) {
			if (bursts && slice % 4 == 0)
				high = random_below(3) ? 0 : 30;
			counts[slice] = bursts ? high : 0;
			for (int tries = 0; tries < 20; tries++)
				counts[slice] += random_below(2 + i % 9) == 0;
		}
		snprintf(stack, sizeof(stack), "main;loop_%u;function_%u", i / 20, i);
		sliced_stack(f, stack, counts, 80);
	}
	fixture_describe(&f->profile->about);
	end_slices(f);
	write_graph(f, folder, "steady");
}

/* Time blocked, most of it in the first second; weights are the nanoseconds, rounded in the file. */
static void write_waits_in_time(const char *folder)
{
	struct fixture *f = fixture_new(FIXTURE_WAITS);
	struct slices *slices = &f->profile->slices;

	begin_slices(f, 16);
	fixture_waits(f, WORKER ";pthread_cond_wait" LIBC, 100, 13000, 940000);
	fixture_waits(f, WORKER ";recv" LIBC, 50, 8100, 40000);
	assert(!slices_add(slices, 0, 0, 1000000000, 1200000000));
	assert(!slices_add(slices, 0, 1000000000, 4 * 1000000000ULL - SLICE_NS / 4, 100000000));
	assert(!slices_add(slices, 1, 0, 4 * 1000000000ULL - SLICE_NS / 4, 405000000));
	describe_waits(&f->profile->about, "offcpu");
	end_slices(f);
	write_graph(f, folder, "sliced-waits");
}

/* All time: half as much on a CPU after a second, and a wait that stays the same. */
static void write_time_alone(const char *folder)
{
	struct fixture *f = fixture_new("time nanoseconds");
	struct slices *slices = &f->profile->slices;

	begin_slices(f, 8);
	fixture_stack(f, "main;compress", 600000000, 0);
	fixture_stack(f, "main;wait;[waits: futex]|waiting", 1200000000, 0);
	for (size_t i = 0; i < 8; i++) {
		assert(!slices_add(slices, 0, i * SLICE_NS, i * SLICE_NS,
				   i < 4 ? 100000000 + i : 50000000 - i));
		assert(!slices_add(slices, 1, i * SLICE_NS, i * SLICE_NS, 150000000));
	}
	fixture_describe(&f->profile->about);
	fixture_text(&f->profile->about.command, "wall");
	end_slices(f);
	write_graph(f, folder, "sliced-time");
}

/* Every stack has its samples around two moments. */
static void stack_by_chance(struct fixture *f, const char *stack, int64_t count)
{
	enum { SLICES = 100 };
	int counts[SLICES] = {0};
	unsigned int moments[] = {random_below(SLICES), random_below(SLICES)};

	for (int64_t i = 0; i < count; i++)
		counts[(moments[i % 2] + random_below(10)) % SLICES]++;
	sliced_stack(f, stack, counts, SLICES);
}

static void write_stdin(const char *folder)
{
	struct fixture *f = fixture_new("samples count cpu nanoseconds");
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;

	begin_slices(f, 100);
	while ((len = getline(&line, &cap, stdin)) > 0) {
		char *count = strrchr(line, ' ');

		assert(count);
		*count = '\0';
		stack_by_chance(f, line, atoll(count + 1));
	}
	free(line);
	fixture_describe(&f->profile->about);
	end_slices(f);
	f->profile->about.fired = (uint64_t)f->profile->nr_samples;
	write_graph(f, folder, "stdin");
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	write_service(argv[1]);
	write_hostile(argv[1]);
	write_deep(argv[1]);
	write_graph(fixture_new("samples count"), argv[1], "empty");
	write_waits(argv[1]);
	write_wall(argv[1]);
	write_runq(argv[1]);
	write_phases(argv[1]);
	write_steady(argv[1]);
	write_waits_in_time(argv[1]);
	write_time_alone(argv[1]);
	write_stdin(argv[1]);
	return 0;
}
