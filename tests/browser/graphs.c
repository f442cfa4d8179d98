// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes the graphs graph_test.js looks at that no file format in text can ask for: kinds of
 * frames, modules, circumstances, several values, hostile names, no samples.
 *   graphs FOLDER
 * A file of stacks on standard input, NAME|KIND|MODULE frames joined by ';' and two numbers,
 * becomes FOLDER/stdin.svg.
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

static void describe(struct circumstances *about)
{
	about->target = strdup("hotservice (pid 4242)");
	about->command = strdup("cpu");
	about->host = strdup("web-17");
	about->kernel = strdup("Linux 6.1.0-18-amd64 x86_64");
	about->event = strdup("cpu-clock");
	about->tool_version = strdup("bolometer 0.1.0");
	about->start_unix_ns = 1795171860000000000ULL;
	about->duration_ns = 30000000000ULL;
	about->frequency_hz = 99;
	about->cpus = 2;
	about->own_cpu_ns = 41000000;
	about->own_rss_bytes = 23 << 20;
	about->map_bytes = 8 << 20;
	about->own_program_ns = 12345678;
	about->own_program_runs = 5940;
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
	describe(&f->profile->about);
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

	describe(about);
	free(about->command);
	about->command = strdup(command);
	about->books = books;
	about->residuals[0] = (struct thread_residual){"\xe2\x80\xaeworker/\xff\x01<b>1", 4251, 29000000000, -9000000};
	about->residuals[1] = (struct thread_residual){"web", 4242, 29000000000, 1000000};
	about->nr_residuals = 2;
}

struct wait {
	const char *stack;
	int count, average_us, longest_us;
};

/* The stack that waits, what it waits for, and who wakes it where `wakers`. */
static void add_waits(struct fixture *f, bool wakers, const char *stack, const char *waker, int count,
		      int average_us, int longest_us)
{
	char text[4096];

	snprintf(text, sizeof(text), "%s%s%s", stack, wakers ? ";[woken by]|marker;" : "",
		 wakers ? waker : "");
	fixture_waits(f, text, count, average_us, longest_us);
}

#define LIBC	"|library|libc.so.6"
#define SYSCALL "entry_SYSCALL_64_after_hwframe|kernel;do_syscall_64|kernel;"
#define FUTEX                                                                                      \
	SYSCALL "__x64_sys_futex|kernel;do_futex|kernel;futex_wait|kernel;"                        \
		"futex_wait_queue|kernel;schedule|kernel;[waits: futex]|waiting"
#define WAKE_FUTEX                                                                                 \
	"try_to_wake_up|waker;wake_up_q|waker;futex_wake|waker;do_futex|waker;"                    \
	"__x64_sys_futex|waker;do_syscall_64|waker;pthread_cond_signal|waker|libc.so.6;"
#define INTERRUPT "[interrupt]|waker"

static void fill_waits(struct fixture *f, bool wakers)
{
	static const char worker[] = "worker|group;start_thread" LIBC ";worker_main;";
	static const char web[] = "web|group;_start;main;serve;";
	char stack[2048];

	snprintf(stack, sizeof(stack), "%spool::next_job(pool::Queue&);pthread_cond_wait" LIBC ";" FUTEX, worker);
	add_waits(f, wakers, stack, WAKE_FUTEX "pool::Queue::push(Job&&)|waker;dispatch|waker;serve|waker;main|waker;_start|waker;web|waker",
		  8200, 13000, 940000);
	add_waits(f, wakers, stack, WAKE_FUTEX "pool::Queue::push(Job&&)|waker;retry_timer|waker;main|waker;_start|waker;web|waker",
		  310, 9800, 120000);
	snprintf(stack, sizeof(stack), "%shandle_request;session::load(std::string const&);pthread_mutex_lock" LIBC ";" FUTEX, worker);
	add_waits(f, wakers, stack, "try_to_wake_up|waker;wake_up_q|waker;futex_wake|waker;do_syscall_64|waker;"
		  "pthread_mutex_unlock|waker|libc.so.6;session::store|waker;handle_request|waker;worker_main|waker;worker|waker",
		  2310, 17300, 312000);
	snprintf(stack, sizeof(stack), "%shandle_request;database::query(std::string const&);recv" LIBC ";" SYSCALL
		 "__x64_sys_recvfrom|kernel;tcp_recvmsg|kernel;sk_wait_data|kernel;schedule_timeout|kernel;"
		 "schedule|kernel;[waits: socket read]|waiting", worker);
	add_waits(f, wakers, stack, "try_to_wake_up|waker;sock_def_readable|waker;tcp_rcv_established|waker;tcp_v4_do_rcv|waker;__netif_receive_skb|waker;net_rx_action|waker;" INTERRUPT,
		  4100, 8100, 1250000);
	snprintf(stack, sizeof(stack), "%shandle_request;read_template;read" LIBC ";" SYSCALL
		 "ext4_file_read_iter|kernel;filemap_read|kernel;folio_wait_bit|kernel;io_schedule|kernel;schedule|kernel;[waits: disk]|waiting", worker);
	add_waits(f, wakers, stack, "try_to_wake_up|waker;folio_wake_bit|waker;mpage_end_io|waker;blk_mq_end_request|waker;nvme_irq|waker;" INTERRUPT,
		  190, 6100, 44000);
	snprintf(stack, sizeof(stack), "%sepoll_wait" LIBC ";" SYSCALL
		 "do_epoll_wait|kernel;ep_poll|kernel;schedule_hrtimeout_range|kernel;schedule|kernel;[waits: epoll]|waiting", web);
	add_waits(f, wakers, stack, "try_to_wake_up|waker;ep_poll_callback|waker;sock_def_readable|waker;tcp_data_queue|waker;tcp_v4_rcv|waker;net_rx_action|waker;" INTERRUPT,
		  9100, 2700, 86000);
	add_waits(f, wakers, stack, "try_to_wake_up|waker;ep_poll_callback|waker;pipe_write|waker;vfs_write|waker;do_syscall_64|waker;notify_done|waker;worker_main|waker;start_thread|waker|libc.so.6;worker|waker",
		  700, 1900, 15000);
	snprintf(stack, sizeof(stack), "flusher|group;start_thread" LIBC ";flush_loop;nanosleep" LIBC ";" SYSCALL
		 "hrtimer_nanosleep|kernel;do_nanosleep|kernel;schedule|kernel;[waits: sleep]|waiting");
	add_waits(f, wakers, stack, "[timer]|waker", 29, 1000100, 1000900);
	snprintf(stack, sizeof(stack), "flusher|group;start_thread" LIBC ";flush_loop;[cut: at the end]|marker");
	fixture_waits(f, stack, 1, 700000, 700000);
	snprintf(stack, sizeof(stack), "[not walked]|marker");
	fixture_waits(f, stack, 4000, 900, 4100);
	for (int i = 0; i < 40; i++) {
		snprintf(stack, sizeof(stack), "worker|group;start_thread" LIBC ";worker_main;step_%d;" FUTEX, i);
		fixture_waits(f, stack, 10 + i, 20 + i, 500 + i);
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

	f = fixture_new(FIXTURE_WAITS);
	fill_waits(f, true);
	describe_waits(&f->profile->about, "offwake");
	write_graph(f, folder, "offwake");
}

/* On-CPU time, waits and the run queue in one graph: the longest of a parent is no sum. */
static void write_wall(const char *folder)
{
	static const char loop[] = "web|group;main;serve;";
	struct fixture *f = fixture_new(FIXTURE_WAITS);
	char stack[1024];

	snprintf(stack, sizeof(stack), "%scompress;deflate|library|libz.so.1", loop);
	fixture_values(f, stack, (int64_t[]){9000000000, 0, 0, 0});
	snprintf(stack, sizeof(stack), "%sreply;write" LIBC ";" SYSCALL "tcp_sendmsg|kernel", loop);
	fixture_values(f, stack, (int64_t[]){3000000000, 0, 0, 0});
	snprintf(stack, sizeof(stack), "%scompress;asm_sysvec_apic_timer_interrupt|kernel;schedule|kernel;[run queue]|run queue", loop);
	fixture_waits(f, stack, 500, 4000, 21000);
	snprintf(stack, sizeof(stack), "%sepoll_wait" LIBC ";" SYSCALL "ep_poll|kernel;schedule|kernel;[waits: epoll]|waiting", loop);
	fixture_waits(f, stack, 4000, 3000, 60000);
	snprintf(stack, sizeof(stack), "%sepoll_wait" LIBC ";" SYSCALL "ep_poll|kernel;schedule|kernel;[run queue]|run queue;[ran instead: backup]|run queue", loop);
	fixture_waits(f, stack, 4000, 700, 30000);
	snprintf(stack, sizeof(stack), "%slock;" FUTEX, loop);
	fixture_waits(f, stack, 100, 10000, 250000);
	describe_waits(&f->profile->about, "wall");
	write_graph(f, folder, "wall");
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
		"\xe2\x80\xae"
		"evil\xe2\x80\xac override",
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
	describe(&f->profile->about);
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

static void write_stdin(const char *folder)
{
	struct fixture *f = fixture_new("samples count cpu nanoseconds");
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;

	while ((len = getline(&line, &cap, stdin)) > 0) {
		char *count = strrchr(line, ' ');

		assert(count);
		*count = '\0';
		fixture_stack(f, line, atoll(count + 1), atoll(count + 1) * 10101010);
	}
	free(line);
	describe(&f->profile->about);
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
	write_stdin(argv[1]);
	return 0;
}
