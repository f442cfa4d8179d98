// SPDX-License-Identifier: GPL-2.0-or-later
/* Making a process that can only compute, and its end; see confine.h. */
#include "profiler/workers/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "profiler/model/alloc.h"
#include "profiler/workers/confine_filter.h"

/* In the process; nothing that it does needs standard input, nor, but for what sanitizers say, output. */
#define CHANNEL STDIN_FILENO
#ifdef __SANITIZE_ADDRESS__
#define ERRORS STDERR_FILENO
#else
#define ERRORS (-1)
#endif

#define KEEP_MAX 8

/* Beyond what it is a copy of: mappings of large files reserve far more than is touched. */
#define DATA_BYTES (8ULL << 30)

/* Linux's own "nobody", which owns nothing (Documentation/admin-guide/sysctl/fs.rst, overflowuid). */
#define NOBODY 65534

#define NS_PER_S  1000000000ULL
#define NS_PER_US 1000ULL

/* ---- what they cost -------------------------------------------------------------------------- */

#define LIVE_MAX 16

static struct {
	pthread_mutex_t lock;
	uint64_t cpu_ns, rss_bytes; /* of those that have ended */
	pid_t live[LIVE_MAX]; /* 0: a place that is free; what finds none is counted at its end */
} cost = {.lock = PTHREAD_MUTEX_INITIALIZER};

static uint64_t time_ns(const struct timeval *time)
{
	return (uint64_t)time->tv_sec * NS_PER_S + (uint64_t)time->tv_usec * NS_PER_US;
}

/* A copy begins with what we have. */
static uint64_t own_rss_bytes(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_SELF, &usage) ? 0 : (uint64_t)usage.ru_maxrss * 1024;
}

/* Puts a process in the place of another, or of none. */
static void replace_live(pid_t old, pid_t new)
{
	pthread_mutex_lock(&cost.lock);
	for (size_t i = 0; i < LIVE_MAX; i++) {
		if (cost.live[i] == old) {
			cost.live[i] = new;
			break;
		}
	}
	pthread_mutex_unlock(&cost.lock);
}

/* CPU time of a process that goes on; clock_getcpuclockid(3). */
static uint64_t live_cpu_ns(pid_t pid)
{
	struct timespec time;
	clockid_t clock;

	if (!pid || clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &time))
		return 0;
	return (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_nsec;
}

static void add_cost(const struct rusage *usage)
{
	uint64_t rss = (uint64_t)usage->ru_maxrss * 1024, own = own_rss_bytes();

	rss = rss > own ? rss - own : 0;
	pthread_mutex_lock(&cost.lock);
	cost.cpu_ns += time_ns(&usage->ru_utime) + time_ns(&usage->ru_stime);
	if (rss > cost.rss_bytes)
		cost.rss_bytes = rss;
	pthread_mutex_unlock(&cost.lock);
}

void confine_cost(uint64_t *ret_cpu_ns, uint64_t *ret_rss_bytes)
{
	pthread_mutex_lock(&cost.lock);
	*ret_cpu_ns = cost.cpu_ns;
	for (size_t i = 0; i < LIVE_MAX; i++)
		*ret_cpu_ns += live_cpu_ns(cost.live[i]);
	*ret_rss_bytes = cost.rss_bytes;
	pthread_mutex_unlock(&cost.lock);
}

/* ---- in the process -------------------------------------------------------------------------- */

static int by_number(const void *a_, const void *b_)
{
	const int *a = a_, *b = b_;

	return (*a > *b) - (*a < *b);
}

/* Closes all descriptors but the channel and those to keep. */
static void close_others(const int *keep, size_t nr_keep)
{
	int kept[KEEP_MAX + 1] = {ERRORS}, from = CHANNEL + 1;
	size_t count = ERRORS >= 0;

	for (size_t i = 0; i < nr_keep && i < KEEP_MAX; i++)
		if (keep[i] > CHANNEL)
			kept[count++] = keep[i];
	qsort(kept, count, sizeof(*kept), by_number);
	for (size_t i = 0; i < count; i++) {
		if (kept[i] > from)
			syscall(SYS_close_range, from, kept[i] - 1, 0);
		from = kept[i] + 1;
	}
	syscall(SYS_close_range, from, ~0U, 0);
}

static void set_limit(int which, uint64_t value, uint64_t hard)
{
	const struct rlimit limit = {value, hard};

	setrlimit(which, &limit);
}

/* Bytes of memory that counts for RLIMIT_DATA already; proc(5), statm. */
static uint64_t data_bytes(void)
{
	unsigned long pages = 0;
	FILE *file = fopen("/proc/self/statm", "re");

	if (file && fscanf(file, "%*u %*u %*u %*u %*u %lu", &pages) != 1)
		pages = 0;
	if (file)
		fclose(file);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void limit(void)
{
	uint64_t physical = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t data;

	set_limit(RLIMIT_CORE, 0, 0);
	set_limit(RLIMIT_FSIZE, 0, 0);
	set_limit(RLIMIT_NPROC, 0, 0);
	/* The first ends it with SIGXCPU, by which its maker knows; the second kills. */
	set_limit(RLIMIT_CPU, CONFINE_CPU_S, CONFINE_CPU_S + 1);
	data = data_bytes() + DATA_BYTES + physical;
	set_limit(RLIMIT_DATA, data, data);
}

/* The machine's memory is not all that a capture may have: where it ends, this process ends first. */
static void volunteer(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, "1000", 4) < 0)
		errno = 0; /* it may as well be another */
	close(fd);
}

/* Root's files are not to be had even if the filter had a hole. Fails in user namespaces. */
static void become_nobody(void)
{
	if (geteuid() != 0 || syscall(SYS_setgroups, 0, NULL) ||
	    syscall(SYS_setresgid, NOBODY, NOBODY, NOBODY))
		return;
	/* The system call itself: the library's function would see to other threads, of which there are none. */
	if (syscall(SYS_setresuid, NOBODY, NOBODY, NOBODY))
		errno = 0;
}

static void drop_privileges(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};

	become_nobody();
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (syscall(SYS_capset, &header, none))
		_exit(EXIT_FAILURE);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		_exit(EXIT_FAILURE);
}

__attribute__((noreturn)) static void run(int fd, pid_t parent, confined_fn *work, void *data,
					  const int *keep, size_t nr_keep)
{
	int err;

	volunteer();
	limit();
	/* Kept descriptors are none of the standard ones: main() sees to that, or who opened them. */
	if (dup2(fd, CHANNEL) < 0)
		_exit(EXIT_FAILURE);
	close_others(keep, nr_keep);
	drop_privileges();
	/* A change of user takes it away, and the parent may have ended before it was asked for. */
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
	err = confine_filter_install(CHANNEL);
	if (err && confine_is_possible())
		_exit(EXIT_FAILURE);
	work(CHANNEL, data);
	_exit(EXIT_SUCCESS);
}

/* ---- outside --------------------------------------------------------------------------------- */

void confine_withhold_tables(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	uintptr_t start, end;
	char line[512];

	while (maps && fgets(line, sizeof(line), maps))
		if (strstr(line, " anon_inode:bpf") &&
		    sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &start, &end) == 2)
			madvise((void *)start, end - start, MADV_DONTFORK);
	if (maps)
		fclose(maps);
}

bool confine_is_possible(void)
{
	/* A program that is not there is an error of its own, but not where there are no filters. */
	return !(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) && errno == EINVAL);
}

int confine_begin(struct confined *confined, confined_fn *work, void *data, const int *keep,
		  size_t nr_keep)
{
	const struct timeval silence = {.tv_sec = CONFINE_SILENCE_S};
	pid_t parent = getpid(), pid;
	int ends[2], err;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return -errno;
	setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof(silence));
	setsockopt(ends[0], SOL_SOCKET, SO_SNDTIMEO, &silence, sizeof(silence));
	pid = fork();
	if (pid == 0)
		run(ends[1], parent, work, data, keep, nr_keep);
	err = pid < 0 ? -errno : 0;
	close(ends[1]);
	if (err) {
		close(ends[0]);
		return err;
	}
	replace_live(0, pid);
	*confined = (struct confined){.pid = pid, .fd = ends[0]};
	return 0;
}

static bool explain(int status, char *ret_why, size_t size)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS)
		return true;
	if (WIFEXITED(status))
		snprintf(ret_why, size, "it could not be confined");
	else if (WTERMSIG(status) == SIGXCPU)
		snprintf(ret_why, size, "it took more than %d s of CPU time", CONFINE_CPU_S);
	else
		snprintf(ret_why, size, "signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	return false;
}

bool confine_end(struct confined *confined, int err, char *ret_why, size_t size)
{
	bool at_once = err && err != -EPIPE;
	struct rusage usage;
	int status = 0;
	pid_t ended;

	/* Also where another process that was forked from this one has a copy of the channel. */
	shutdown(confined->fd, SHUT_RDWR);
	close(confined->fd);
	if (at_once)
		kill(confined->pid, SIGKILL);
	replace_live(confined->pid, 0);
	do
		ended = wait4(confined->pid, &status, 0, &usage);
	while (ended < 0 && errno == EINTR);
	if (ended == confined->pid)
		add_cost(&usage);
	*confined = (struct confined){0};
	if (!at_once)
		return explain(status, ret_why, size);
	if (err == -ETIME)
		snprintf(ret_why, size, "it said nothing for %d s", CONFINE_SILENCE_S);
	else
		snprintf(ret_why, size, "%s",
			 err == -ENOMEM ? strerror(ENOMEM) : "what it said made no sense");
	return false;
}
