// SPDX-License-Identifier: GPL-2.0-or-later
/* The lines of `perf script`: every order of fields, names that look like fields, files with blanks. */
#include "tests/unit/unit.h"

#include "profiler/file/perf_line.h"
#include "profiler/file/perf_place.h"
#include "profiler/model/profile.h"

static struct piece piece(const char *text)
{
	return (struct piece){text, strlen(text)};
}

/* "comm=main ids=16/17 cpu=2 ns=5 period=6 event=cycles rest=..." of what is there. */
static const char *describe(const char *line)
{
	static char text[512];
	struct perf_head head;
	size_t len = 0;

	if (!perf_head_parse(piece_trim_end(piece(line)), &head))
		return "none";
	len += (size_t)sprintf(text + len, "comm=%.*s", (int)head.comm.len, head.comm.text);
	if (head.has_pid)
		len += (size_t)sprintf(text + len, " pid=%d", (int)head.pid);
	if (head.has_tid)
		len += (size_t)sprintf(text + len, " tid=%d", (int)head.tid);
	if (head.cpu != CPU_NONE)
		len += (size_t)sprintf(text + len, " cpu=%u", head.cpu);
	if (head.has_time)
		len += (size_t)sprintf(text + len, " ns=%llu", (unsigned long long)head.time_ns);
	if (head.has_period)
		len += (size_t)sprintf(text + len, " period=%llu", (unsigned long long)head.period);
	if (head.event.len)
		len += (size_t)sprintf(text + len, " event=%.*s", (int)head.event.len,
				       head.event.text);
	if (head.rest.len)
		sprintf(text + len, " rest=%.*s", (int)head.rest.len, head.rest.text);
	return text;
}

static void heads_of_all_versions(void **state)
{
	static const struct {
		const char *line, *wanted;
	} lines[] = {
		/* perf 3.x, without a period */
		{"java 25607 4794564.109216: cycles: ",
		 "comm=java tid=25607 ns=4794564109216000 event=cycles"},
		{"java 12688 [002] 6544038.708352: cpu-clock: ",
		 "comm=java tid=12688 cpu=2 ns=6544038708352000 event=cpu-clock"},
		/* since 4.x */
		{"spin 28454 23071.452099:   10101010 cpu-clock:ppp: ",
		 "comm=spin tid=28454 ns=23071452099000 period=10101010 event=cpu-clock:ppp"},
		{"spin   28454/28460   [001] 23071.452099:   10101010 cpu-clock:ppp: ",
		 "comm=spin pid=28454 tid=28460 cpu=1 ns=23071452099000 period=10101010 "
		 "event=cpu-clock:ppp"},
		/* --ns */
		{"spin 7 1.000000001: 5 cycles:u:",
		 "comm=spin tid=7 ns=1000000001 period=5 event=cycles:u"},
		/* names that look like what follows */
		{"V8 WorkerThread 24636/25607 [000] 94564.109216: 100 cycles:",
		 "comm=V8 WorkerThread pid=24636 tid=25607 cpu=0 ns=94564109216000 period=100 "
		 "event=cycles"},
		{"wor (k) [2] 7 28460 23071.447350:   10101010 cpu-clock:ppp:",
		 "comm=wor (k) [2] 7 tid=28460 ns=23071447350000 period=10101010 "
		 "event=cpu-clock:ppp"},
		{"a 12 [003] 4 5/6 [001] 7.000000: 8 e:",
		 "comm=a 12 [003] 4 pid=5 tid=6 cpu=1 ns=7000000000 period=8 event=e"},
		{"1.5: 6 7.000000: e:", "comm=1.5: tid=6 ns=7000000000 event=e"},
		{"kworker/u8:1-ev 9 7.000000: e:",
		 "comm=kworker/u8:1-ev tid=9 ns=7000000000 event=e"},
		{":-1 -1 7.000000: e:", "comm=:-1 tid=0 ns=7000000000 event=e"},
		{"swapper     0 [003] 7.000000: 1 e:",
		 "comm=swapper tid=0 cpu=3 ns=7000000000 period=1 event=e"},
		{"gc; x 5 7.000000: e:", "comm=gc; x tid=5 ns=7000000000 event=e"},
		/* events */
		{"a 5 7.000000: 1 cpu/event=0x3c,umask=0x1/u: ",
		 "comm=a tid=5 ns=7000000000 period=1 event=cpu/event=0x3c,umask=0x1/u"},
		{"a 5 7.000000: 1 raw 0x1a8: ",
		 "comm=a tid=5 ns=7000000000 period=1 event=raw 0x1a8"},
		{"a 5 [000] 7.000000: sched:sched_switch: prev_comm=a prev_pid=5 ==> next: 3",
		 "comm=a tid=5 cpu=0 ns=7000000000 event=sched:sched_switch rest=prev_comm=a "
		 "prev_pid=5 ==> next: 3"},
		/* the only frame behind it */
		{"  spin 7 1.000000: 5 cycles:u:      7fa68b1f2d84 _dl_start+0x4 "
		 "(/usr/lib/ld-2.31.so)",
		 "comm=spin tid=7 ns=1000000000 period=5 event=cycles:u rest=7fa68b1f2d84 "
		 "_dl_start+0x4 (/usr/lib/ld-2.31.so)"},
		{"spin 7 1.000000:      7fa68b1f2d84 main (/x)",
		 "comm=spin tid=7 ns=1000000000 rest=7fa68b1f2d84 main (/x)"},
		{"spin 7 1.000000:     401136 main (/x)",
		 "comm=spin tid=7 ns=1000000000 rest=401136 main (/x)"},
		{"spin 7 1.000000:  5   401136 main (/x)",
		 "comm=spin tid=7 ns=1000000000 period=5 rest=401136 main (/x)"},
		/* fewer fields */
		{"java 19983 cycles:", "comm=java tid=19983 event=cycles"},
		{"java 19983 250 cycles:", "comm=java tid=19983 period=250 event=cycles"},
		{"java 19983 [001] cycles:", "comm=java tid=19983 cpu=1 event=cycles"},
		{"wor (k) [2] 7 28460 ", "comm=wor (k) [2] 7 tid=28460"},
		{"wor (k) [2] 7   28460 ", "comm=wor (k) [2] 7 tid=28460"},
		{"  1234/1235 [001] 7.000000: e:",
		 "comm= pid=1234 tid=1235 cpu=1 ns=7000000000 event=e"},
		{"  1234/1235    e:", "comm= pid=1234 tid=1235 event=e"},
		{"spin 7.000000: 5 e:", "comm=spin ns=7000000000 period=5 event=e"},
		/* -F misc, flags */
		{"spin 7 [001] U 7.000000: e: ", "comm=spin tid=7 cpu=1 ns=7000000000 event=e"},
		{"spin 7 7.000000: 1 branches:u:   call  ",
		 "comm=spin tid=7 ns=7000000000 period=1 event=branches:u rest=call"},
		/* none */
		{"a 5 \001x:", "none"},
		{"wor (k) [2] 7", "none"},
		{"main;work 5", "none"},
		{"plain words", "none"},
		{"7.000000", "none"},
		{"", "none"},
		{"a 5 99999999999.000000: e", "none"},
		{"\t    14cc main+0x1c (/tmp/spin)", "none"},
	};

	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		assert_string_equal(describe(lines[i].line), lines[i].wanted);
}

/* "ADDRESS|NAME|FILE", and "|inlined". */
static const char *describe_frame(const char *line)
{
	static char text[512];
	struct perf_frame frame;

	if (!perf_frame_parse(piece_trim(piece(line)), &frame))
		return "none";
	snprintf(text, sizeof(text), "%.*s|%.*s|%.*s%s", (int)frame.addr.len, frame.addr.text,
		 (int)frame.name.len, frame.name.text, (int)frame.file.len, frame.file.text,
		 frame.inlined ? "|inlined" : "");
	return text;
}

static void frames(void **state)
{
	static const struct {
		const char *line, *wanted;
	} lines[] = {
		{"ffffffff8103ce3b native_safe_halt ([kernel.kallsyms])",
		 "ffffffff8103ce3b|native_safe_halt|[kernel.kallsyms]"},
		{"ffffffff81aebbfe start_kernel ([kernel.kallsyms].init.text)",
		 "ffffffff81aebbfe|start_kernel|[kernel.kallsyms].init.text"},
		{"14cc (anonymous namespace)::worker::run+0x1c (/tmp/spin)",
		 "14cc|(anonymous namespace)::worker::run|/tmp/spin"},
		{"1 std::function<void (int, int)>::operator()(int, int) const+0x5 (/tmp/a b)",
		 "1|std::function<void (int, int)>::operator()(int, int) const|/tmp/a b"},
		{"1 net/http.(*Client).Do (/usr/bin/go (deleted))",
		 "1|net/http.(*Client).Do|/usr/bin/go (deleted)"},
		{"1 main (/tmp/my lib (copy) [2]/x)y.so)", "1|main|/tmp/my lib (copy) [2]/x)y.so"},
		{"1 f(int) (lib.so)", "1|f(int)|lib.so"},
		{"1 f(int) (lib (2).so)", "1|f(int)|lib (2).so"},
		{"1 Lorg/x/Y;::call(Ljava/lang/Object;)V (/tmp/perf-12.map)",
		 "1|Lorg/x/Y;::call(Ljava/lang/Object;)V|/tmp/perf-12.map"},
		{"1 LazyCompile:~foo (x).js:1:2 (/tmp/perf-12.map)",
		 "1|LazyCompile:~foo (x).js:1:2|/tmp/perf-12.map"},
		{"1 operator+0x (/x)", "1|operator+0x|/x"},
		{"1 a+0x1f+0x2 (/x+0x40)", "1|a+0x1f|/x"},
		{"7f1e2215d058  (/lib/x86_64-linux-gnu/libc-2.15.so)",
		 "7f1e2215d058||/lib/x86_64-linux-gnu/libc-2.15.so"},
		{"7f53389994d0 [unknown] ([unknown])", "7f53389994d0||"},
		{"0 [unknown] ([unknown])", "0||"},
		{"7f53389994d0 [unknown] (/x)", "7f53389994d0||/x"},
		{"f82ec __GI___libc_read+0x4c (inlined)", "f82ec|__GI___libc_read||inlined"},
		{"f82ec operator() (int) (inlined)", "f82ec|operator() (int)||inlined"},
		{"f82ec f (/lib/x.so) (inlined)", "f82ec|f|/lib/x.so|inlined"},
		{"14cc main+0x1c", "14cc|main|"},
		{"14cc", "14cc||"},
		{"14cc f(int)", "14cc|f(int)|"},
		{"  spin.cpp:13", "none"},
		{"0x55d/0x55e/P/-/-/0", "none"},
		{"THIS_IS (/x)", "none"},
		{"12345678901234567 main (/x)", "none"},
		{"14cc\tmain (/x)", "none"},
		{"", "none"},
		{"1 )", "1|)|"},
		{"1 ()", "1||"},
		{"1 x ()", "1|x|"},
	};

	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		assert_string_equal(describe_frame(lines[i].line), lines[i].wanted);
}

static void kinds_of_files(void **state)
{
	static const struct {
		const char *file, *module;
		enum frame_kind kind;
	} files[] = {
		{"[kernel.kallsyms]", "kernel", FRAME_KERNEL},
		{"[kernel.kallsyms]_text", "kernel", FRAME_KERNEL},
		{"[guest.kernel.kallsyms]", "kernel", FRAME_KERNEL},
		{"/usr/lib/debug/boot/vmlinux-6.1.0-18-amd64", "kernel", FRAME_KERNEL},
		{"/lib/modules/4.3.0/build/vmlinux", "kernel", FRAME_KERNEL},
		{"[nf_conntrack]", "nf_conntrack", FRAME_KERNEL},
		{"/lib/modules/6.1/kernel/fs/ext4/ext4.ko", "ext4", FRAME_KERNEL},
		{"/lib/modules/6.1/kernel/fs/ext4/ext4.ko.xz", "ext4", FRAME_KERNEL},
		{"bpf_prog_6deef7357e7b4530", "bpf_prog_6deef7357e7b4530", FRAME_KERNEL},
		{"[vdso]", "[vdso]", FRAME_LIBRARY},
		{"[vsyscall]", "[vsyscall]", FRAME_LIBRARY},
		{"/usr/lib/libc.so.6", "libc.so.6", FRAME_LIBRARY},
		{"/usr/lib/libfoo.so", "libfoo.so", FRAME_LIBRARY},
		{"/usr/lib/libfoo.so.1.2 (deleted)", "libfoo.so.1.2", FRAME_LIBRARY},
		{"/usr/lib/libc-2.31.so", "libc-2.31.so", FRAME_LIBRARY},
		{"/usr/bin/python3.11", "python3.11", FRAME_USER},
		{"/opt/some.sofa/tool", "tool", FRAME_USER},
		{"/opt/x.kotlin", "x.kotlin", FRAME_USER},
		{"/tmp/perf-4242.map", "", FRAME_JIT},
		{"/root/.debug/jit/x/jitted-12-3.so", "", FRAME_JIT},
		{"//anon", "", FRAME_JIT},
		{"[anon]", "", FRAME_JIT},
		{"/memfd:doublemapper (deleted)", "", FRAME_JIT},
	};

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		struct perf_frame frame = {.file = piece(files[i].file)};
		struct piece module;

		assert_int_equal(perf_file_kind(&frame, &module), files[i].kind);
		assert_true(piece_is(module, files[i].module));
	}
}

static void events(void **state)
{
	static const struct {
		const char *event, *base;
		bool tracepoint;
	} names[] = {
		{"cycles", "cycles", false},
		{"cycles:ppp", "cycles", false},
		{"cpu-clock:uhH", "cpu-clock", false},
		{"sched:sched_switch", "sched:sched_switch", true},
		{"cpu/event=0x3c/u", "cpu/event=0x3c/u", false},
		{":u", ":u", true},
		{"u", "u", false},
		{"", "", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		assert_true(piece_is(perf_event_base(piece(names[i].event)), names[i].base));
		assert_int_equal(perf_event_is_tracepoint(piece(names[i].event)),
				 names[i].tracepoint);
	}
}

/* "FILE 12" and "inlined", of what is there. */
static const char *describe_source(const char *line)
{
	static char text[256];
	struct perf_source source;

	if (!perf_source_parse(piece(line), &source))
		return "none";
	sprintf(text, "%.*s %u%s", (int)source.file.len, source.file.text, source.line,
		source.inlined ? " inlined" : "");
	return text;
}

static void places_in_the_source(void **state)
{
	static const char *const lines[][2] = {
		{"sl.c:1", "sl.c 1"},
		{"sl.c:1 (inlined)", "sl.c 1 inlined"},
		{"/a b/x:y.c:17", "/a b/x:y.c 17"},
		{"./csu/../sysdeps/x86/libc-start.c:360 (inlined)",
		 "./csu/../sysdeps/x86/libc-start.c 360 inlined"},
		{"sl.c:12 (discriminator 3)", "sl.c 12"},
		{"sl.c:12 (discriminator 3) (inlined)", "sl.c 12 inlined"},
		{"sl.c:4294967295", "sl.c 4294967295"},
		{"sl.c:4294967296", "none"},
		{"sl.c:0", "none"},
		{"??:0", "none"},
		{"??:0 (inlined)", " 0 inlined"},
		{"??:?", "none"},
		{"main+0x12", "none"},
		{"[kernel.kallsyms][ffffffff81d335f7]", "none"},
		{"0x12/0x34/P/-/-/0", "none"},
		{"ABI:2", "none"},
		{"ABI:2    AX:0x1    R15:0", "none"},
		{"(inlined)", " 0 inlined"},
		{":1", "none"},
		{"1", "none"},
	};

	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		assert_string_equal(describe_source(lines[i][0]), lines[i][1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heads_of_all_versions),
		cmocka_unit_test(frames),
		cmocka_unit_test(places_in_the_source),
		cmocka_unit_test(kinds_of_files),
		cmocka_unit_test(events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
