// SPDX-License-Identifier: GPL-2.0-or-later
/* Targets of a capture; see target.h. */
#include "profiler/target.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "profiler/model/alloc.h"
#include "profiler/proc/host.h"
#include "profiler/say.h"

/* The name of a process or thread; "?" when it is gone. */
static void read_name(uint32_t id, char name[32])
{
	char path[64];
	FILE *comm;

	snprintf(path, sizeof(path), "/proc/%u/comm", id);
	comm = fopen(path, "re");
	snprintf(name, 32, "?");
	if (comm && fgets(name, 32, comm))
		name[strcspn(name, "\n")] = '\0';
	if (comm)
		fclose(comm);
}

/* The process numbers of BPF are those of the first namespace: ours and /proc's must be the same. */
static int check_namespace(void)
{
	if (host_first_pid_namespace())
		return 0;
	say_error("process numbers here are a container's own, which the kernel does not use; run "
		  "bolometer on the host, or with the host's PID namespace (docker run --pid=host)");
	return EXIT_FAILED;
}

static int open_pids(struct target *target, const struct options *options)
{
	size_t count = options->pids.count;

	target->pidfds = calloc(count + 1, sizeof(*target->pidfds));
	if (!target->pidfds) {
		say_error("out of memory");
		return EXIT_FAILED;
	}
	for (size_t i = 0; i < count; i++) {
		uint32_t pid = options->pids.numbers[i];
		int fd = (int)syscall(SYS_pidfd_open, pid, 0);

		if (fd < 0 && (errno == EINVAL || errno == ENOENT)) {
			say_error("--pid %u: that is a thread, not a process; use --tid %u", pid,
				  pid);
			return EXIT_FAILED;
		}
		if (fd < 0) {
			say_error("--pid %u: %s", pid,
				  errno == ESRCH ? "there is no such process" : strerror(errno));
			return EXIT_FAILED;
		}
		target->pidfds[target->nr_pidfds++] = fd;
	}
	return 0;
}

/* Whether a thread still runs: zombies do not. */
static bool thread_lives(uint32_t tid)
{
	char path[64], text[512];
	const char *name_end;
	FILE *stat_file;
	size_t len;

	snprintf(path, sizeof(path), "/proc/%u/stat", tid);
	stat_file = fopen(path, "re");
	if (!stat_file)
		return false;
	len = fread(text, 1, sizeof(text) - 1, stat_file);
	fclose(stat_file);
	text[len] = '\0';
	name_end = strrchr(text, ')'); /* the name may hold anything, even ")" */
	return name_end && name_end[1] == ' ' && name_end[2] != 'Z' && name_end[2] != 'X';
}

static int check_tids(const struct options *options)
{
	for (size_t i = 0; i < options->tids.count; i++) {
		if (!thread_lives(options->tids.numbers[i])) {
			say_error("--tid %u: there is no such thread", options->tids.numbers[i]);
			return EXIT_FAILED;
		}
	}
	return 0;
}

static int open_cgroup(struct target *target, const char *path)
{
	char *mount = host_cgroup_mount();
	int status = EXIT_FAILED;

	target->cgroup_fd = mount ? host_cgroup_open(path) : -ENODEV;
	if (target->cgroup_fd >= 0)
		status = 0;
	else if (!mount)
		say_error("--cgroup %s: no cgroup v2 hierarchy is mounted here", path);
	else if (target->cgroup_fd == -EINVAL || target->cgroup_fd == -ENOTDIR)
		say_error("--cgroup %s: not a cgroup v2 folder; they are below %s", path, mount);
	else
		say_error("--cgroup %s: %s; cgroups are below %s", path,
			  target->cgroup_fd == -ENOENT ? "there is no such cgroup"
						       : strerror(-target->cgroup_fd),
			  mount);
	free(mount);
	return status;
}

static int check_cpus(const struct number_list *wanted)
{
	uint32_t *online;
	size_t nr_online, at = 0;
	int status = 0;

	if (!wanted->count)
		return 0;
	if (host_online_cpus(&online, &nr_online)) {
		say_error("cannot tell which CPUs are online");
		return EXIT_FAILED;
	}
	for (size_t i = 0; i < wanted->count && !status; i++) {
		while (at < nr_online && online[at] < wanted->numbers[i])
			at++;
		if (at == nr_online || online[at] != wanted->numbers[i]) {
			say_error("--cpu %u: that CPU is not online; the last one is %u",
				  wanted->numbers[i], online[nr_online - 1]);
			status = EXIT_FAILED;
		}
	}
	free(online);
	return status;
}

/* "nginx (pid 17)", "nginx (pid 17) and 2 more", for titles and file names. */
static void describe_ids(struct target *target, const struct number_list *ids, const char *word)
{
	char name[32], more[32] = "";

	read_name(ids->numbers[0], name);
	if (ids->count > 1)
		snprintf(more, sizeof(more), " and %zu more", ids->count - 1);
	snprintf(target->about, sizeof(target->about), "%s (%s %u)%s", name, word, ids->numbers[0],
		 more);
	snprintf(target->file_word, sizeof(target->file_word), "%u", ids->numbers[0]);
}

/* The last part of a path, as far as it is fit for a file's name. */
static void file_word_of(struct target *target, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t used = 0;

	for (const char *c = slash && slash[1] ? slash + 1 : path;
	     *c && used + 1 < sizeof(target->file_word); c++) {
		bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
			     (*c >= '0' && *c <= '9') || *c == '_' || *c == '.' || *c == '-';

		target->file_word[used++] = plain ? *c : '_';
	}
	target->file_word[used] = '\0';
}

static void describe(struct target *target, const struct options *options)
{
	if (options->program) {
		snprintf(target->about, sizeof(target->about), "%s", options->program[0]);
		file_word_of(target, options->program[0]);
	} else if (options->pids.count) {
		describe_ids(target, &options->pids, "pid");
	} else if (options->tids.count) {
		describe_ids(target, &options->tids, "tid");
	} else if (options->cgroup) {
		snprintf(target->about, sizeof(target->about), "cgroup %s", options->cgroup);
		file_word_of(target, options->cgroup);
	} else {
		snprintf(target->about, sizeof(target->about), "whole system");
		snprintf(target->file_word, sizeof(target->file_word), "system");
	}
}

int target_open(struct target *target, const struct options *options)
{
	bool ids = options->pids.count || options->tids.count;
	int status = 0;

	*target = (struct target){.cgroup_fd = -1, .tids = &options->tids};
	if (ids + !!options->cgroup + !!options->program > 1) {
		say_error("one target at a time: --pid and --tid, or --cgroup, or -- PROGRAM");
		return EXIT_USAGE;
	}
	status = check_namespace();
	if (!status)
		status = open_pids(target, options);
	if (!status)
		status = check_tids(options);
	if (!status && options->cgroup)
		status = open_cgroup(target, options->cgroup);
	if (!status)
		status = check_cpus(&options->cpus);
	if (!status)
		describe(target, options);
	return status;
}

int target_start(struct target *target, const struct options *options)
{
	sigset_t none;
	int err;

	if (!options->program)
		return 0;
	sigemptyset(&none);
	err = launch(&target->launched, options->program, &none);
	if (!err)
		return 0;
	say_error("cannot start %s: %s", options->program[0], strerror(-err));
	return EXIT_FAILED;
}

static bool pids_ended(const struct target *target)
{
	for (size_t i = 0; i < target->nr_pidfds; i++) {
		struct pollfd fd = {.fd = target->pidfds[i], .events = POLLIN};

		if (poll(&fd, 1, 0) == 0)
			return false;
	}
	return true;
}

static bool tids_ended(const struct target *target)
{
	for (size_t i = 0; i < target->tids->count; i++) {
		if (thread_lives(target->tids->numbers[i]))
			return false;
	}
	return true;
}

bool target_can_end(const struct target *target)
{
	return target->launched.pid || target->nr_pidfds || target->tids->count;
}

bool target_ended(struct target *target)
{
	if (target->launched.pid) {
		if (!target->program_ended &&
		    waitpid(target->launched.pid, &target->program_status, WNOHANG) ==
			    target->launched.pid)
			target->program_ended = true;
		return target->program_ended;
	}
	if (!target_can_end(target))
		return false;
	return pids_ended(target) && tids_ended(target);
}

/* "17,18" for the children that a process has now; "" for none. */
static void list_children(uint32_t pid, char *list, size_t size)
{
	char path[64];
	unsigned int child;
	size_t used = 0;
	FILE *file;

	*list = '\0';
	snprintf(path, sizeof(path), "/proc/%u/task/%u/children", pid, pid);
	file = fopen(path, "re");
	while (file && used < size && fscanf(file, "%u", &child) == 1)
		used += (size_t)snprintf(list + used, size - used, "%s%u", used ? "," : "", child);
	if (file)
		fclose(file);
}

void target_say_empty(const struct options *options)
{
	char children[256] = "";

	if (options->pids.count == 1)
		list_children(options->pids.numbers[0], children, sizeof(children));
	if (*children)
		say_note("no samples: pid %u did not run; its children may have: -p %s",
			 options->pids.numbers[0], children);
	else
		say_note("no samples: nothing that was asked for ran on these CPUs meanwhile");
}

int target_finish(struct target *target, int status)
{
	launch_cancel(&target->launched);
	for (size_t i = 0; i < target->nr_pidfds; i++)
		close(target->pidfds[i]);
	free(target->pidfds);
	if (target->cgroup_fd >= 0)
		close(target->cgroup_fd);
	if (status || !target->launched.pid)
		return status;
	if (!target_ended(target)) {
		say_note("the program goes on as pid %d", (int)target->launched.pid);
		return EXIT_DONE;
	}
	return WIFSIGNALED(target->program_status) ? 128 + WTERMSIG(target->program_status)
						   : WEXITSTATUS(target->program_status);
}
