// SPDX-License-Identifier: GPL-2.0-or-later
/* Stacks over several lines: maps of bpftrace, and what tools of bcc and DTrace print. */
#include "profiler/file/stacks.h"
#include "tests/unit/file_fixture.h"

/* Reads a text in several ways, and compares samples and complaints. */
static void expect(file_reader *read, const char *text, const struct file_options *options,
		   const char *wanted, const char *complaints)
{
	size_t len = strlen(text), heads[] = {0, len / 2, len};

	for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
		struct profile *profile = profile_new();
		struct told *told = told_new();
		char *got;

		if (options)
			told->complaints.options = *options;
		assert_int_equal(read_memory(read, profile, text, len, heads[i], told), 0);
		assert_int_equal(group_into_stacks(profile, GROUP_PID), 0);
		profile_seal(profile);
		assert_null(profile_check(profile));
		got = dump(profile, true);
		assert_string_equal(got, wanted);
		assert_string_equal(told->lines, complaints);
		free(got);
		free(told);
		profile_free(profile);
	}
}
#define BPFTRACE(text, wanted, complaints) expect(bpftrace_read, text, NULL, wanted, complaints)
#define BCC(text, wanted, complaints)	   expect(bcc_read, text, NULL, wanted, complaints)

#define KSTACK "    read_zero+119\n    do_syscall_64+113\n    entry_SYSCALL_64_after_hwframe+118\n"
#define KERNEL "entry_SYSCALL_64_after_hwframe{kernel};do_syscall_64{kernel};read_zero{kernel}"

/* ---- bpftrace ---- */

static void maps(void **state)
{
	BPFTRACE("Attaching 2 probes...\n\n\n@[\n    f(int)+5\n    main+324\n]: 3\n",
		 "main{user};f(int){user} 3\n", "");
	BPFTRACE("@[\n    f+5\n]: 3\n@[\n    f+6\n]: 4\n", "f{user} 7\n", "");
	BPFTRACE("@x[\n" KSTACK "]: 3\n", KERNEL " 3\n", "");
	BPFTRACE("@x[\n    f+5\n]: 0\n", "", "");
	/* the whole file but for its last newline */
	BPFTRACE("@x[\n    f+5\n]: 1", "f{user} 1\n", "");
}

static void two_stacks(void **state)
{
	const char *wanted = "spin{group};main{user};read{user};" KERNEL " 7\n";

	BPFTRACE("@[\n    read+76\n    main+1\n, \n" KSTACK ", spin]: 7\n", wanted, "");
	BPFTRACE("@[\n" KSTACK ", \n    read+76\n    main+1\n, spin]: 7\n", wanted, "");
	BPFTRACE("@[spin, \n" KSTACK ", \n    read+76\n    main+1\n]: 7\n", wanted, "");
	/* one of them is empty, or both */
	BPFTRACE("@[\n    main+1\n, , spin]: 7\n", "spin{group};main{user} 7\n", "");
	BPFTRACE("@[, \n    main+1\n, spin]: 7\n", "spin{group};main{user} 7\n", "");
	BPFTRACE("@[, , spin]: 7\n", "spin{group};[no stack]{marker} 7\n", "");
}

static void other_parts_group(void **state)
{
	BPFTRACE("@b[wor (k) [2] 7, 32191, \n    main+1\n]: 2\n",
		 "wor (k) [2] 7{group};32191{group};main{user} 2\n", "");
}

static void frames_of_all_modes(void **state)
{
	struct file_options options = {.addrs = true};
	const char *text =
		"@[\n\t7f1673f16090 open+208 (/usr/lib/libc.so.6)\n"
		"\t4e2a00000000006f 0x4e2a00000000006f ([unknown])\n"
		"    0x7f16740d44a3\n    7f16740d44a4\n    ns::f<int>::operator()(char) const+2\n"
		"    a+b+0x1f\n    [unknown]\n]: 2\n";

	BPFTRACE(text,
		 "[unknown]{unnamed};a+b{user};ns::f<int>::operator()(char) const{user};"
		 "[unknown]{unnamed};[unknown]{unnamed};[unknown]{unnamed};open{library libc.so.6} "
		 "2\n",
		 "");
	expect(bpftrace_read, text, &options,
	       "[unknown]{unnamed};a+b{user};ns::f<int>::operator()(char) const{user};"
	       "[unknown <7f16740d44a4>]{unnamed};[unknown <7f16740d44a3>]{unnamed};"
	       "[unknown <4e2a00000000006f>]{unnamed};open{library libc.so.6} 2\n",
	       "");
}

static void maps_of_no_use(void **state)
{
	BPFTRACE("@[\n    f+5\n]: 1\n@h[\n    f+5\n]: \n[4, 8)  12 |@@@|\n", "f{user} 1\n",
		 "line 6: no number behind the key; not used\n");
	BPFTRACE("@[\n    f+5\n]: 1.5\n", "", "line 3: no whole number behind the key; not used\n");
	BPFTRACE("@[\n    f+5\n@[\n    g+5\n]: 1\n@[\n    g+5\n", "g{user} 1\n",
		 "line 1: a key without a number; not used\n"
		 "line 6: a key without a number; not used\n");
	BPFTRACE("@[\n    f+5\n]: 9223372036854775807\n@[\n    f+5\n]: 1\n",
		 "f{user} 9223372036854775807\n",
		 "line 6: all numbers together are too large; not used\n");
}

/* ---- bcc ---- */

static void blocks(void **state)
{
	BCC("Sampling at 99 Hertz of all threads by user + kernel stack for 1 secs.\n\n"
	    "    f(int)\n    main\n    -                wor (k) 7 (2081)\n        3\n\n"
	    "    f(int)\n    main\n    -                wor (k) 7 (2081)\n        4\n\n",
	    "wor (k) 7-2081{group};main{user};f(int){user} 7\n", "");
	/* the kernel's frames: told by where they begin, or by the mark of -d */
	BCC("\n    read_zero\n    do_syscall_64\n    entry_SYSCALL_64_after_hwframe\n    read\n"
	    "    -                spin (1)\n        3\n",
	    "spin-1{group};read{user};" KERNEL " 3\n", "");
	BCC("\n    read_zero\n    foo\n    --\n    read\n    -                spin (1)\n        3",
	    "spin-1{group};read{user};foo{kernel};read_zero{kernel} 3\n", "");
	BCC("\n    --\n    read\n    -                spin (1)\n        3\n",
	    "spin-1{group};read{user} 3\n", "");
	/* of stackcount, and its names */
	BCC("Tracing 1 functions for \"t:sched:sched_switch\"... Hit Ctrl-C to end.\n\n21:15:03\n"
	    "  schedule\n    --\n  [unknown]\n    b'cc1' [8605]\n    1\n\nDetaching...\n",
	    "cc1-8605{group};[unknown]{unnamed};schedule{kernel} 1\n", "");
	BCC("\n  ffffffff81399a71 schedule+0x41\n  b9a28a           [unknown]\n  1                "
	    "[unknown]\n    5\n",
	    "[unknown]{unnamed};[unknown]{unnamed};schedule{user} 5\n", "");
	/* annotated; and no stack at all */
	BCC("\n    read_zero_[k]\n    main\n    -                spin (1)\n        3\n\n"
	    "    [Missed User Stack]\n    -                spin (1)\n        2\n\n",
	    "spin-1{group};[no stack]{marker} 2\nspin-1{group};main{user};read_zero{kernel} 3\n",
	    "");
}

static void times_are_times(void **state)
{
	static const char text[] =
		"Tracing off-CPU time (us) of all threads by user + kernel stack.\n\n"
		"    f\n    -                a (1)\n        12\n\n"
		"    f\n    -                a (1)\n        9223372036854775807\n\n";
	struct profile *profile = profile_new();
	struct told *told = told_new();

	assert_int_equal(read_memory(bcc_read, profile, text, strlen(text), 0, told), 0);
	assert_string_equal(profile->about.values[0].unit, "nanoseconds");
	assert_int_equal(profile->totals[0], 12000);
	assert_string_equal(told->lines, "line 9: the number is too large; not used\n");
	profile_free(profile);
	free(told);
}

static void blocks_of_no_use(void **state)
{
	BCC("\n    f\n    main\n\n    g\n        1\n\n    h\n", "g{user} 1\n",
	    "line 2: a stack without a number; not used\n"
	    "line 8: a stack without a number; not used\n");
	BCC("\n    +0x1f\n    +5\n    _[k]\n        1\n", "_[k]{user};+5{user};+0x1f{user} 1\n", "");
	BCC("", "", "");
}

static void dtrace(void **state)
{
	BCC("CPU     ID                    FUNCTION:NAME\n\n"
	    "              genunix`kmem_cpu_reload+0x20\n              unix`sys_syscall+0x1f\n"
	    "                5\n\n",
	    "unix`sys_syscall{user};genunix`kmem_cpu_reload{user} 5\n", "");
}

static bool looks(bool (*looks_like)(const char *head, size_t len), const char *text)
{
	return looks_like(text, strlen(text));
}

static void telling(void **state)
{
	assert_true(looks(bpftrace_looks_like, "Attaching 1 probe...\n\n@[\n    f+5\n]: 1\n"));
	assert_true(looks(bpftrace_looks_like, "@x_1[comm, 5,\n    f+5\n]: 1\n"));
	assert_false(looks(bpftrace_looks_like, "@x: 5\n@y[spin]: 5\n"));
	assert_false(looks(bpftrace_looks_like, "@[a];b 5\n"));
	assert_true(looks(bcc_looks_like, "\n  f\n    1\n"));
	assert_true(looks(bcc_looks_like, "Sampling\n\n    f\n    -   a (1)\n        1\n"));
	assert_false(looks(bcc_looks_like, "main;f 5\n  g\n  6\n"));
	assert_false(looks(bcc_looks_like, "main 5\nf 6\n"));
	assert_false(looks(bcc_looks_like, "  5\n  6 7\n"));
	assert_false(looks(bcc_looks_like, ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(maps),
		cmocka_unit_test(two_stacks),
		cmocka_unit_test(other_parts_group),
		cmocka_unit_test(frames_of_all_modes),
		cmocka_unit_test(maps_of_no_use),
		cmocka_unit_test(blocks),
		cmocka_unit_test(times_are_times),
		cmocka_unit_test(blocks_of_no_use),
		cmocka_unit_test(dtrace),
		cmocka_unit_test(telling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
