// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel walker over real stacks, at every instruction: a program is
 * stepped through what programs do, and at each step a walk by our tables must
 * give the calls that were made (tracee.h), or say that it is incomplete.
 * libdwfl, which reads call-frame information by code of its own, walks the same
 * stacks: what neither knows is not written in the files.
 */
#include "tests/unit/walker_code.h"

#if defined(__x86_64__)

#include <elfutils/libdwfl.h>

#include "tests/unit/tracee.h"

#define REPORTED 10 /* stacks of a scenario that are shown when they are wrong */

struct frames {
	uint32_t count;
	uint64_t addrs[SHADOW_MAX + 1];
};

/* One program's steps. */
struct run {
	const char *scenario;
	bool binds_late;
	char maps[65536]; /* as they were when they were told to the walker and to libdwfl */
	Dwfl *dwfl;
	uint64_t compared, frames, deepest;
	uint64_t wrong;
	uint64_t incomplete[STACK_END_COUNT]; /* true as far as the walk came, which says why */
	uint64_t guessed;    /* wrong by the frame-pointer rule; libdwfl knows no better */
	uint64_t dwfl_wrong; /* or incomplete: it does not say */
};

static struct run run;

/* ---- libdwfl --------------------------------------------------------------------------------- */

/* The file that runs is all there is to know: debug files are not looked for. */
static int no_debug_file(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
			 const char *file, const char *link, GElf_Word crc, char **path)
{
	return -1;
}

static void open_dwfl(void)
{
	static const Dwfl_Callbacks callbacks = {
		.find_elf = dwfl_linux_proc_find_elf,
		.find_debuginfo = no_debug_file,
	};

	dwfl_end(run.dwfl);
	run.dwfl = dwfl_begin(&callbacks);
	assert_non_null(run.dwfl);
	assert_int_equal(dwfl_linux_proc_report(run.dwfl, tracee.pid), 0);
	assert_int_equal(dwfl_report_end(run.dwfl, NULL, NULL), 0);
	assert_int_equal(dwfl_linux_proc_attach(run.dwfl, tracee.pid, true), 0);
}

static int add_frame(Dwfl_Frame *frame, void *data)
{
	struct frames *frames = data;
	bool is_interrupted = false;
	Dwarf_Addr pc = 0;

	if (frames->count == ARRAY_LEN(frames->addrs))
		return DWARF_CB_ABORT;
	dwfl_frame_pc(frame, &pc, &is_interrupted);
	frames->addrs[frames->count] = pc + (frames->count && is_interrupted);
	frames->count++;
	return DWARF_CB_OK;
}

static void walk_with_dwfl(struct frames *frames)
{
	frames->count = 0;
	dwfl_getthread_frames(run.dwfl, tracee.tid, add_frame, frames);
}

/* ---- the walker ------------------------------------------------------------------------------ */

/* New code is told to both. */
static void refresh(void)
{
	static char maps[sizeof(run.maps)];
	char path[64];
	FILE *file;
	size_t len;

	snprintf(path, sizeof(path), "/proc/%d/maps", tracee.pid);
	file = fopen(path, "re");
	assert_non_null(file);
	len = fread(maps, 1, sizeof(maps) - 1, file);
	fclose(file);
	maps[len] = '\0';
	if (!strcmp(maps, run.maps))
		return;
	memcpy(run.maps, maps, len + 1);
	publish_maps(maps);
	open_dwfl();
}

/* In DWARF's order. */
static uint64_t walk_here(void)
{
	const struct user_regs_struct *regs = &tracee.regs;
	const uint64_t values[UNWIND_REGS_X86] = {
		regs->rax, regs->rdx, regs->rcx, regs->rbx, regs->rsi, regs->rdi,
		regs->rbp, regs->rsp, regs->r8,	 regs->r9,  regs->r10, regs->r11,
		regs->r12, regs->r13, regs->r14, regs->r15, regs->rip,
	};

	memcpy(walker.regs, values, sizeof(values));
	host.task.thread.fsbase = regs->fs_base;
	return walk_registers(&walker, TGID);
}

/* ---- comparing ------------------------------------------------------------------------------- */

static void report(uint64_t header, const struct frames *truth, const struct frames *theirs)
{
	const __u64 *words = &walker.stack.words[1];
	uint32_t ours = STACK_HEADER_FRAMES(header);

	printf("# %s: at step %" PRIu64 ", %u calls, %u frames (%s), libdwfl has %u\n",
	       run.scenario, tracee.steps, truth->count, ours, end_word(STACK_HEADER_END(header)),
	       theirs->count);
	for (uint32_t i = 0; i < ours || i < truth->count || i < theirs->count; i++)
		printf("#   %12" PRIx64 " %12llx %12" PRIx64 "\n",
		       i < truth->count ? truth->addrs[i] : 0, i < ours ? words[i] : 0,
		       i < theirs->count ? theirs->addrs[i] : 0);
}

static void true_frames(struct frames *truth)
{
	truth->count = 0;
	truth->addrs[truth->count++] = tracee.regs.rip;
	for (size_t i = tracee.nr_calls; i-- > 0;)
		truth->addrs[truth->count++] = tracee.calls[i].ip;
}

static void judge(uint64_t header, const struct frames *truth, const struct frames *theirs)
{
	uint32_t count = STACK_HEADER_FRAMES(header), end = STACK_HEADER_END(header);
	bool theirs_is_true = theirs->count == truth->count &&
			      !memcmp(theirs->addrs, truth->addrs, truth->count * sizeof(uint64_t));
	bool is_part = count <= truth->count &&
		       !memcmp(truth->addrs, &walker.stack.words[1], count * sizeof(uint64_t));

	run.compared++;
	run.frames += count;
	if (count > run.deepest)
		run.deepest = count;
	run.dwfl_wrong += !theirs_is_true;
	if (is_part && count == truth->count && end == STACK_END_ROOT)
		return;
	if (is_part && end != STACK_END_ROOT)
		run.incomplete[end]++;
	else if (walker.guessed && !theirs_is_true)
		run.guessed++;
	else if (run.wrong++ < REPORTED)
		report(header, truth, theirs);
}

static void compare(void)
{
	struct frames truth, theirs;

	walk_with_dwfl(&theirs);
	true_frames(&truth);
	judge(walk_here(), &truth, &theirs);
}

/* ---- stepping -------------------------------------------------------------------------------- */

/* From here to the next breakpoint or the end, or so many steps; compares at every `every`-th. */
static void step_through(uint64_t every, uint64_t steps)
{
	int signal = 0;

	do {
		if (tracee.was_system_call)
			refresh();
		if (tracee.steps % every == 0)
			compare();
	} while (--steps && tracee_step(&signal));
}

/* To the first breakpoint, where libdwfl says who has called whom until then. */
static void skip_to_breakpoint(void)
{
	struct frames frames;

	run_to_breakpoint();
	refresh();
	walk_with_dwfl(&frames);
	assert_true(frames.count > 1);
	shadow_seed(frames.addrs + 1, frames.count - 1);
}

/* Where the kernel put the argument vector: field 28 of /proc/PID/stat. */
static uint64_t stack_base(void)
{
	char path[64], text[1024], *at;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", tracee.pid);
	file = fopen(path, "re");
	assert_non_null(file);
	assert_non_null(fgets(text, sizeof(text), file));
	fclose(file);
	at = strrchr(text, ')');
	for (int field = 2; at && field < 28; field++)
		at = strchr(at + 1, ' ');
	assert_non_null(at);
	return strtoull(at, NULL, 10);
}

static void start(const char *scenario, bool binds_late)
{
	char program[512], plugin[600], name[32];
	ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 32);

	assert_true(len > 0);
	program[len] = '\0';
	strcpy(strrchr(program, '/'), "/walked");
	snprintf(plugin, sizeof(plugin), "%s_plugin.so", program);
	snprintf(name, sizeof(name), "%s", scenario);
	host.read_user = tracee_read;
	run.scenario = scenario;
	run.binds_late = binds_late;
	tracee_start((char *[]){program, name, plugin, NULL},
		     binds_late ? "LD_BIND_NOW" : "LD_BIND_NOW=1");
	host.mm.start_stack = stack_base();
}

/* Ends the process and says how it went. Returns how many stacks were not what they should be. */
static uint64_t finish(void)
{
	uint64_t different = run.guessed, wrong = run.wrong,
		 no_rule = run.incomplete[STACK_END_NO_RULE];

	printf("# %s%s: %" PRIu64 " steps, %" PRIu64 " stacks, %" PRIu64 " frames, up to %" PRIu64
	       ": %" PRIu64 " wrong, %" PRIu64 " guessed",
	       run.scenario, run.binds_late ? ", bound late" : "", tracee.steps, run.compared,
	       run.frames, run.deepest, wrong, run.guessed);
	for (uint32_t end = 0; end < STACK_END_COUNT; end++) {
		different += run.incomplete[end];
		if (run.incomplete[end])
			printf(", %" PRIu64 " %s", run.incomplete[end], end_word(end));
	}
	printf("; libdwfl: %" PRIu64 " wrong\n", run.dwfl_wrong);
	if (run.binds_late)
		different -= no_rule;
	assert_true(run.compared > 20);
	tracee_end();
	dwfl_end(run.dwfl);
	memset(&run, 0, sizeof(run));
	nr_code_objects = 0;
	assert_int_equal(wrong, 0);
	return different;
}

/* ---- scenarios ------------------------------------------------------------------------------- */

/* Steps until the end of a scenario, whose begin was skipped; so many stacks may be incomplete. */
static void every_step_of(const char *scenario, bool binds_late, uint64_t incomplete_max)
{
	start(scenario, binds_late);
	skip_to_breakpoint();
	step_through(1, UINT64_MAX);
	assert_in_range(finish(), 0, incomplete_max);
}

static void sorting_with_a_callback(void **state)
{
	every_step_of("qsort", false, 0);
}

static void printing(void **state)
{
	every_step_of("printf", false, 0);
}

static void allocating(void **state)
{
	every_step_of("malloc", false, 0);
}

static void a_signal(void **state)
{
	every_step_of("signal", false, 0);
}

static void a_signal_on_its_own_stack(void **state)
{
	every_step_of("altstack", false, 0);
}

/* Where a frame is aligned, before and after, its CFA is in one register and RBP by another. */
static void frames_of_all_sizes(void **state)
{
	every_step_of("frames", false, 10);
}

/* The jump's own rows speak of where it goes to. */
static void a_jump_over_frames(void **state)
{
	every_step_of("longjmp", false, 10);
}

/*
 * What the compiler adds to a library (crtbegin.o, crti.o) has no call-frame information, and mostly
 * no frame pointer either.
 */
static void code_that_is_loaded(void **state)
{
	every_step_of("plugin", false, 50);
}

/* Before its record is made, and after, generated code cannot be walked from. */
static void code_that_is_generated(void **state)
{
	every_step_of("generated", false, 10);
}

static void the_clock(void **state)
{
	every_step_of("time", false, 0);
}

static void another_thread(void **state)
{
	every_step_of("thread", false, 0);
}

/* The dynamic linker before it has linked itself, and on. */
static void the_first_instructions(void **state)
{
	start("nothing", true);
	step_through(7, 40000);
	assert_in_range(finish(), 0, 10);
}

/*
 * Functions that are bound when they are called. The stub that does so (_dl_runtime_resolve of
 * glibc) keeps its CFA in a register that its callees use: no row says where it is then, and the
 * walk says that it has no rule.
 */
static void functions_that_are_bound_late(void **state)
{
	every_step_of("printf", true, 0);
	assert_int_equal(fixture_setup(NULL), 0);
	every_step_of("altstack", true, 0);
}

static void the_last_instructions(void **state)
{
	start("nothing", false);
	skip_to_breakpoint();
	step_through(1, UINT64_MAX);
	step_through(1, UINT64_MAX); /* from the second breakpoint to the end */
	assert_in_range(finish(), 0, 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WALKER_TEST(sorting_with_a_callback),
		WALKER_TEST(printing),
		WALKER_TEST(allocating),
		WALKER_TEST(a_signal),
		WALKER_TEST(a_signal_on_its_own_stack),
		WALKER_TEST(frames_of_all_sizes),
		WALKER_TEST(a_jump_over_frames),
		WALKER_TEST(code_that_is_loaded),
		WALKER_TEST(code_that_is_generated),
		WALKER_TEST(the_clock),
		WALKER_TEST(another_thread),
		WALKER_TEST(the_first_instructions),
		WALKER_TEST(functions_that_are_bound_late),
		WALKER_TEST(the_last_instructions),
	};

	if (!can_trace()) {
		printf("ok 1 - real stacks # SKIP processes cannot be traced here\n1..1\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
	printf("ok 1 - real stacks # SKIP the program that is stepped through is x86-64's\n1..1\n");
	return 0;
}

#endif
