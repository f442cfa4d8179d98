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
	write_stdin(argv[1]);
	return 0;
}
