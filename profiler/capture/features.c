// SPDX-License-Identifier: GPL-2.0-or-later
/* Feature probes, a function each; see features.h. */
#include "profiler/capture/features.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "profiler/capture/capture.h"
#include "profiler/capture/kernel_types.h"
#include "profiler/model/alloc.h"
#include "profiler/workers/confine.h"
#include "profiler/proc/host.h"
#include "profiler/proc/optional.h"
#include "profiler/proc/privileges.h"

#define PROBE(function)                                                                            \
	static enum feature_state function(char *found, size_t found_size, char *fix,              \
					   size_t fix_size)
#define FOUND(...) snprintf(found, found_size, __VA_ARGS__)
#define FIX(...)   snprintf(fix, fix_size, __VA_ARGS__)

/* Above it, which Linux itself does not know, Debian's kernels ask for CAP_SYS_ADMIN. */
#define PARANOID_MAX 2

/* What to do for more of them; in a container that has root there is no more to be had. */
static void mend_privileges(char *fix, size_t fix_size)
{
	if (geteuid())
		privileges_remedy(fix, fix_size);
	else
		FIX("run it outside the container, or with: docker run --privileged --pid=host");
}

PROBE(probe_privileges)
{
	char missing[128];

	privileges_missing(true, missing, sizeof(missing));
	if (!*missing) {
		FOUND(geteuid() ? "user %u with CAP_BPF and CAP_PERFMON" : "root", geteuid());
		return FEATURE_YES;
	}
	FOUND("user %u, without%s", geteuid(), missing);
	mend_privileges(fix, fix_size);
	return FEATURE_NO;
}

static enum feature_state probe_privilege(enum privilege privilege, char *found, size_t found_size,
					  char *fix, size_t fix_size)
{
	bool held = privilege_held(privilege);

	FOUND(held ? "held" : "not held");
	if (!held)
		mend_privileges(fix, fix_size);
	return held ? FEATURE_YES : FEATURE_NO;
}

/* A probe for each of those that captures can do without; what it is for is its line in the table. */
#define OPTIONAL_PRIVILEGE(name)                                                                   \
	PROBE(probe_##name)                                                                        \
	{                                                                                          \
		return probe_privilege(PRIVILEGE_##name, found, found_size, fix, fix_size);        \
	}
OPTIONAL_PRIVILEGE(SYS_PTRACE)
OPTIONAL_PRIVILEGE(DAC_READ_SEARCH)
OPTIONAL_PRIVILEGE(CHECKPOINT_RESTORE)
OPTIONAL_PRIVILEGE(SYSLOG)

PROBE(probe_namespace)
{
	if (host_first_pid_namespace()) {
		FOUND("process numbers are the kernel's own");
		return FEATURE_YES;
	}
	FOUND("process numbers are a container's own");
	FIX("run it on the host, or with: docker run --pid=host");
	return FEATURE_NO;
}

PROBE(probe_kernel)
{
	char *name = host_kernel();
	int major = 0, minor = 0;

	if (!name || host_kernel_version(&major, &minor)) {
		free(name);
		FOUND("cannot tell the version");
		return FEATURE_UNKNOWN;
	}
	FOUND("%s", name);
	free(name);
	if (!feature_kernel_is_old(major, minor))
		return FEATURE_YES;
	FIX("boot Linux %d.%d or newer", KERNEL_OLDEST_MAJOR, KERNEL_OLDEST_MINOR);
	return FEATURE_NO;
}

PROBE(probe_btf)
{
	if (!access("/sys/kernel/btf/vmlinux", R_OK)) {
		FOUND("/sys/kernel/btf/vmlinux");
		return FEATURE_YES;
	}
	FOUND("/sys/kernel/btf/vmlinux: %s", strerror(errno));
	FIX("boot a kernel built with CONFIG_DEBUG_INFO_BTF=y (distributions' are)");
	return FEATURE_NO;
}

PROBE(probe_bpf)
{
	int ret = libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_PERF_EVENT, NULL);

	if (ret == 1) {
		FOUND("perf event programs load");
		return FEATURE_YES;
	}
	FOUND("perf event programs do not load%s%s", ret < 0 ? ": " : "",
	      ret < 0 ? strerror(-ret) : "");
	FIX(geteuid() ? "sudo bolometer cpu ..."
		      : "boot a kernel with CONFIG_BPF_SYSCALL=y and CONFIG_PERF_EVENTS=y; "
			"look for a seccomp filter or lockdown (/sys/kernel/security/lockdown)");
	return geteuid() ? FEATURE_UNKNOWN : FEATURE_NO;
}

static int try_event(uint32_t type, uint64_t config)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = type,
		.config = config,
		.freq = 1,
		.sample_freq = 99,
		.disabled = 1,
	};
	int fd = (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

PROBE(probe_clock)
{
	int err = try_event(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK);
	long paranoid = host_sysctl("kernel/perf_event_paranoid", -1);

	if (!err) {
		FOUND("cpu-clock on every CPU");
		return FEATURE_YES;
	}
	FOUND("perf_event_open: %s; kernel.perf_event_paranoid is %ld", strerror(-err), paranoid);
	if (geteuid() && privilege_held(PRIVILEGE_PERFMON) && paranoid > PARANOID_MAX)
		FIX("sudo bolometer cpu ..., or: sysctl kernel.perf_event_paranoid=%d", PARANOID_MAX);
	else
		FIX(geteuid() ? "sudo bolometer cpu ..."
			      : "allow perf_event_open in the container's seccomp profile");
	return geteuid() ? FEATURE_UNKNOWN : FEATURE_NO;
}

/* Opens a capture of ourselves that unwinds in this way, for these views, and closes it. */
static bool try_capture(enum unwind_way way, unsigned int view_set, char *why, size_t why_size)
{
	struct capture_config config = {
		.cgroup_fd = -1,
		.started_pid = (uint32_t)getpid(),
		.frequency_hz = 99,
		.event = "cpu-clock",
		.views = view_set,
		.wait_states = WAIT_ALL,
		.waker_chain = WAKER_CHAIN_MAX,
		.want_user = true,
		.want_kernel = true,
		.unwind = way,
		.unwind_bytes = 8 << 20,
		.confine = true,
	};
	struct capture *capture = capture_open(&config, why, why_size);

	capture_close(capture);
	return capture;
}

PROBE(probe_unwinding)
{
	char why[256];

	if (try_capture(UNWIND_CFI, VIEW_BIT(VIEW_CPU), why, sizeof(why))) {
		FOUND("stacks of code without frame pointers are complete");
		return FEATURE_YES;
	}
	FOUND("%s", why);
	FIX(geteuid() ? "sudo bolometer cpu ..."
		      : "Linux 5.15 or newer; until then --unwind auto follows frame pointers");
	return geteuid() ? FEATURE_UNKNOWN : FEATURE_NO;
}

PROBE(probe_waits)
{
	char why[256];

	if (try_capture(UNWIND_AUTO, VIEW_BIT(VIEW_WALL) | VIEW_BIT(VIEW_OFFWAKE), why,
			sizeof(why))) {
		FOUND("switches and wakings of threads can be followed");
		return FEATURE_YES;
	}
	FOUND("%s", why);
	FIX(geteuid() ? "sudo bolometer offcpu ..."
		      : "bolometer offcpu -v shows what the kernel says of the programs");
	return geteuid() ? FEATURE_UNKNOWN : FEATURE_NO;
}

/* Without it a waking that no program sees leaves the time of a wait undivided. */
PROBE(probe_delays)
{
	if (host_counts_delays()) {
		FOUND("the scheduler counts the time in run queues");
		return FEATURE_YES;
	}
	FOUND("the scheduler does not count the time in run queues");
	FIX("boot a kernel built with CONFIG_SCHED_INFO (CONFIG_SCHEDSTATS or "
	    "CONFIG_TASK_DELAY_ACCT)");
	return FEATURE_NO;
}

/* What the kernel says of its own types. */
static enum feature_state told_by_types(bool (*told)(const struct btf *btf))
{
	struct btf *btf = btf__load_vmlinux_btf();
	enum feature_state state = FEATURE_UNKNOWN;

	if (btf)
		state = told(btf) ? FEATURE_YES : FEATURE_NO;
	btf__free(btf);
	return state;
}

PROBE(probe_switch_state)
{
	enum feature_state state = told_by_types(kernel_tells_switch_state);

	FOUND(state == FEATURE_YES ? "switches tell the state in which a thread leaves"
				   : "the state of a thread that leaves is read from its task");
	if (state != FEATURE_YES)
		FIX("boot Linux 5.18 or newer");
	return state;
}

PROBE(probe_run_queue_clock)
{
	enum feature_state state = told_by_types(kernel_has_run_queue_clock);

	FOUND(state == FEATURE_YES ? "the clock of a thread's run queue can be read"
				   : "the clock of a thread's run queue cannot be read");
	if (state != FEATURE_YES)
		FIX("boot a kernel built with CONFIG_FAIR_GROUP_SCHED");
	return state;
}

PROBE(probe_statistics)
{
	int fd = optional_hidden(OPTIONAL_STATISTICS) ? -EOPNOTSUPP
						      : bpf_enable_stats(BPF_STATS_RUN_TIME);

	if (fd >= 0) {
		close(fd);
		FOUND("the kernel measures what the programs cost");
		return FEATURE_YES;
	}
	FOUND("the kernel does not measure what the programs cost: %s", strerror(-fd));
	FIX("sudo bolometer cpu ...");
	return geteuid() ? FEATURE_UNKNOWN : FEATURE_NO;
}

PROBE(probe_programs)
{
	char why[256];

	if (try_capture(UNWIND_FP, VIEW_BIT(VIEW_CPU), why, sizeof(why))) {
		FOUND("sampling, tables and following of children load");
		return FEATURE_YES;
	}
	FOUND("%s", why);
	FIX(geteuid() ? "sudo bolometer cpu ..."
		      : "bolometer cpu -v shows what the kernel says of the programs");
	return geteuid() ? FEATURE_UNKNOWN : FEATURE_NO;
}

PROBE(probe_hardware)
{
	int err = try_event(PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES);

	if (!err) {
		FOUND("-e cycles works");
		return FEATURE_YES;
	}
	FOUND("no hardware counters (%s)", strerror(-err));
	FIX("nothing to be done in most virtual machines; cpu-clock serves instead");
	return FEATURE_NO;
}

PROBE(probe_kallsyms)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	unsigned long long addr = 0;
	char kind, name[128];
	bool shown = false;

	while (file && !shown && fscanf(file, "%llx %c %127s%*[^\n]", &addr, &kind, name) == 3)
		shown = addr != 0;
	if (file)
		fclose(file);
	if (shown) {
		FOUND("/proc/kallsyms shows addresses");
		return FEATURE_YES;
	}
	if (geteuid()) {
		FOUND("kernel addresses are hidden from this user");
		FIX("sudo bolometer cpu ...");
		return FEATURE_NO;
	}
	FOUND("kernel addresses are hidden; kernel.kptr_restrict is %ld",
	      host_sysctl("kernel/kptr_restrict", -1));
	FIX("sysctl kernel.kptr_restrict=1");
	return FEATURE_NO;
}

PROBE(probe_map_files)
{
	int fd = open("/proc/1/map_files", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	if (fd >= 0 && !optional_hidden(OPTIONAL_MAP_FILES)) {
		FOUND("mapped files of other users can be opened");
		return FEATURE_YES;
	}
	FOUND("/proc/1/map_files cannot be opened");
	FIX("sudo bolometer cpu ...");
	return FEATURE_NO;
}

PROBE(probe_cgroup)
{
	char *mount = host_cgroup_mount();

	if (mount) {
		FOUND("cgroup v2 at %s", mount);
		free(mount);
		return FEATURE_YES;
	}
	FOUND("no cgroup v2 hierarchy is mounted");
	FIX("mount -t cgroup2 none /sys/fs/cgroup/unified");
	return FEATURE_NO;
}

PROBE(probe_filters)
{
	if (confine_is_possible()) {
		FOUND("files are read in processes that can do nothing else");
		return FEATURE_YES;
	}
	FOUND("the kernel filters no system calls");
	FIX("boot a kernel built with CONFIG_SECCOMP_FILTER=y");
	return FEATURE_NO;
}

PROBE(probe_jit)
{
	long enabled = host_sysctl("net/core/bpf_jit_enable", -1);

	if (enabled == 1 || enabled == 2) {
		FOUND("net.core.bpf_jit_enable is %ld", enabled);
		return FEATURE_YES;
	}
	FOUND(enabled < 0 ? "cannot be told" : "net.core.bpf_jit_enable is 0");
	FIX("sysctl net.core.bpf_jit_enable=1");
	return enabled < 0 ? FEATURE_UNKNOWN : FEATURE_NO;
}

PROBE(probe_max_stack)
{
	long frames = host_sysctl("kernel/perf_event_max_stack", 127);

	FOUND("kernel.perf_event_max_stack is %ld", frames);
	if (frames >= 127)
		return FEATURE_YES;
	FIX("sysctl kernel.perf_event_max_stack=127");
	return FEATURE_NO;
}

const struct feature features[] = {
	{"privileges", "every capture", true, probe_privileges},
#define PRIVILEGE(name, required_, purpose_) PRIVILEGE_LINE_##required_(name, purpose_)
#define PRIVILEGE_LINE_true(name, purpose_) /* in the line above */
#define PRIVILEGE_LINE_false(name, purpose_) {"CAP_" #name, purpose_, false, probe_##name},
#include "profiler/proc/privileges.def"
#undef PRIVILEGE
	{"PID namespace", "every capture: BPF tells processes by the host's numbers", true,
	 probe_namespace},
	{"kernel version", "every capture, unless what is tried below works all the same", false,
	 probe_kernel},
	{"kernel BTF", "every capture", true, probe_btf},
	{"BPF", "every capture", true, probe_bpf},
	{"timed events", "sampling", true, probe_clock},
	{"own programs", "every capture", true, probe_programs},
	{"waits", "offcpu, runq, wakeup, offwake, wall", true, probe_waits},
	{OPTIONAL_DELAYS, "waits whose end no program could see", false, probe_delays},
	{OPTIONAL_SWITCH_STATE, "the state of a wait that a waker ends at once", false,
	 probe_switch_state},
	{OPTIONAL_RUN_QUEUE_CLOCK, "a low cost for threads that switch all the time", false,
	 probe_run_queue_clock},
	{OPTIONAL_STATISTICS, "the cost of the programs, in the report", false, probe_statistics},
	{OPTIONAL_UNWINDING, "user stacks by call-frame information", false, probe_unwinding},
	{"hardware counters", "-e cycles and its like", false, probe_hardware},
	{"kernel symbols", "names of kernel functions", false, probe_kallsyms},
	{OPTIONAL_MAP_FILES, "names in deleted files and in containers", false, probe_map_files},
	{"cgroup v2", "--cgroup and --group cgroup", false, probe_cgroup},
	{"call filters", "reading files apart: without, only privileges are taken away there", false,
	 probe_filters},
	{"BPF JIT", "a low cost per sample", false, probe_jit},
	{"stack depth", "kernel stacks of up to 127 frames", false, probe_max_stack},
	{0},
};
