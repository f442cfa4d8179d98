// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A confined process can compute, read what it was left, and speak with its maker, and nothing else;
 * however it ends, its maker learns how and goes on.
 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "profiler/workers/channel.h"
#include "profiler/workers/confine.h"

static struct confined start(confined_fn *work, void *data, int keep)
{
	struct confined confined;

	assert_int_equal(confine_begin(&confined, work, data, &keep, 1), 0);
	return confined;
}

static void assert_ended_well(struct confined *confined)
{
	char why[128] = "";

	if (!confine_end(confined, 0, why, sizeof(why)))
		fail_msg("%s", why);
}

/* ---- what it can do -------------------------------------------------------------------------- */

static void sum_file(int channel, void *data)
{
	uint64_t sum = 0;
	unsigned char bytes[4096];
	ssize_t got;
	off_t off = 0;

	while ((got = pread(*(int *)data, bytes, sizeof(bytes), off)) > 0) {
		for (ssize_t i = 0; i < got; i++)
			sum += bytes[i];
		off += got;
	}
	channel_send(channel, 7, &sum, sizeof(sum), -1);
}

static void reads_what_it_was_left(void **state)
{
	char name[] = "/tmp/bolometer-confine-XXXXXX";
	int fd = mkstemp(name);
	struct message message = MESSAGE_NONE;
	struct confined confined;
	uint64_t sum;

	(void)state;
	assert_int_equal(write(fd, "abc", 3), 3);
	confined = start(sum_file, &fd, fd);
	assert_int_equal(channel_receive(confined.fd, 64, &message), 0);
	assert_int_equal(message.type, 7);
	assert_int_equal(message.len, sizeof(sum));
	memcpy(&sum, message.bytes, sizeof(sum));
	assert_int_equal(sum, 'a' + 'b' + 'c');
	assert_ended_well(&confined);
	message_fini(&message);
	close(fd);
	unlink(name);
}

/* Megabytes, both ways, and a descriptor: read and written while the other side is slow. */
static void echo(int channel, void *data)
{
	struct message message = MESSAGE_NONE;

	(void)data;
	if (channel_receive(channel, SIZE_MAX, &message))
		return;
	if (message.fd >= 0 && pread(message.fd, message.bytes, 1, 0) == 1)
		channel_send(channel, message.type + 1, message.bytes, message.len, -1);
}

static void messages_are_whole(void **state)
{
	size_t len = 3 << 20;
	char *bytes = malloc(len);
	int fd = open("/proc/self/comm", O_RDONLY | O_CLOEXEC);
	struct confined confined = start(echo, NULL, -1);
	struct message message = MESSAGE_NONE;

	(void)state;
	memset(bytes, 'x', len);
	assert_int_equal(channel_send(confined.fd, 1, bytes, len, fd), 0);
	assert_int_equal(channel_receive(confined.fd, len, &message), 0);
	assert_int_equal(message.type, 2);
	assert_int_equal(message.len, len);
	assert_int_equal(message.bytes[0], 'c'); /* of "confine_test" */
	assert_memory_equal(message.bytes + 1, bytes + 1, len - 1);
	assert_int_equal(message.bytes[len], 0);
	assert_ended_well(&confined);
	message_fini(&message);
	free(bytes);
	close(fd);
}

/* ---- what it cannot do ----------------------------------------------------------------------- */

enum attempt {
	OPEN_TO_READ,
	OPEN_TO_WRITE,
	CREATE,
	CONNECT,
	NEW_SOCKET,
	EXECUTE,
	FORK,
	TRACE,
	SIGNAL_PARENT,
	LOAD_BPF,
	COUNT_EVENTS,
	MAP_CODE,
	MAKE_CODE,
	REMOVE,
	WRITE_TO_FILE,
	RAISE_LIMIT,
	BECOME_ROOT,
	ATTEMPTS
};

static long try(enum attempt attempt, int file)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
	struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
	struct perf_event_attr event = {.size = sizeof(event), .type = PERF_TYPE_SOFTWARE};
	union bpf_attr map = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4,
			      .max_entries = 1};
	static char page[8192];
	char *const argv[] = {(char *)"/bin/true", NULL};

	switch (attempt) {
	case OPEN_TO_READ:
		return open("/etc/passwd", O_RDONLY);
	case OPEN_TO_WRITE:
		return open("/dev/null", O_WRONLY);
	case CREATE:
		return open("/tmp/bolometer-confine-created", O_RDWR | O_CREAT, 0600);
	case CONNECT:
		return connect(file, (struct sockaddr *)&to, sizeof(to));
	case NEW_SOCKET:
		return socket(AF_INET, SOCK_STREAM, 0);
	case EXECUTE:
		return execv(argv[0], argv);
	case FORK:
		return syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	case TRACE:
		return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
	case SIGNAL_PARENT:
		return kill(getppid(), 0);
	case LOAD_BPF:
		return syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof(map));
	case COUNT_EVENTS:
		return syscall(SYS_perf_event_open, &event, 0, -1, -1, 0);
	case MAP_CODE:
		return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			    0) == MAP_FAILED
			       ? -1
			       : 0;
	case MAKE_CODE:
		return mprotect((void *)(((uintptr_t)page + 4095) & ~4095UL), 4096,
				PROT_READ | PROT_WRITE | PROT_EXEC);
	case REMOVE:
		return unlink("/tmp/bolometer-confine-created");
	case WRITE_TO_FILE:
		return write(file, "x", 1);
	case RAISE_LIMIT:
		return setrlimit(RLIMIT_CORE, &none);
	case BECOME_ROOT:
		return setresuid(0, 0, 0);
	default:
		return 0;
	}
}

static void try_all(int channel, void *data)
{
	int32_t errors[ATTEMPTS];

	for (int i = 0; i < ATTEMPTS; i++) {
		errno = 0;
		errors[i] = try((enum attempt)i, *(int *)data) < 0 ? errno : 0;
	}
	channel_send(channel, 0, errors, sizeof(errors), -1);
}

static void can_do_nothing_else(void **state)
{
	char name[] = "/tmp/bolometer-confine-XXXXXX";
	int fd = mkstemp(name);
	struct confined confined = start(try_all, &fd, fd);
	struct message message = MESSAGE_NONE;
	int32_t errors[ATTEMPTS];

	(void)state;
	assert_int_equal(channel_receive(confined.fd, sizeof(errors), &message), 0);
	assert_int_equal(message.len, sizeof(errors));
	memcpy(errors, message.bytes, sizeof(errors));
	for (int i = 0; i < ATTEMPTS; i++) {
		/* getppid() is not among what it may call: these get no further than that, or no process. */
		if (errors[i] != EPERM)
			fail_msg("attempt %d: %s", i, strerror(errors[i]));
	}
	assert_ended_well(&confined);
	message_fini(&message);
	close(fd);
	unlink(name);
}

static void wait_for_word(int channel, void *data)
{
	struct message message = MESSAGE_NONE;

	(void)data;
	channel_send(channel, 0, NULL, 0, -1);
	channel_receive(channel, 64, &message);
}

static long status_of(pid_t pid, const char *field, int base)
{
	char path[64], line[256];
	long value = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "re");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, field, strlen(field)) && line[strlen(field)] == ':')
			value = strtol(line + strlen(field) + 1, NULL, base);
	fclose(file);
	return value;
}

static size_t descriptors_of(pid_t pid)
{
	char path[64];
	size_t count = 0;

	for (int fd = 0; fd < 256; fd++) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
		count += faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	}
	return count;
}

static void kernel_says_so(void **state)
{
	int secret = open("/proc/self/comm", O_RDONLY); /* would be inherited */
	struct confined confined = start(wait_for_word, NULL, -1);
	struct message message = MESSAGE_NONE;
	size_t expected = 1;

	(void)state;
#ifdef __SANITIZE_ADDRESS__
	expected = 2; /* and standard error */
#endif
	assert_int_equal(channel_receive(confined.fd, 64, &message), 0);
	assert_int_equal(status_of(confined.pid, "Seccomp", 10), 2);
	assert_int_equal(status_of(confined.pid, "NoNewPrivs", 10), 1);
	assert_int_equal(status_of(confined.pid, "CapEff", 16), 0);
	assert_int_equal(status_of(confined.pid, "CapPrm", 16), 0);
	assert_int_equal(status_of(confined.pid, "CapInh", 16), 0);
	assert_int_equal(status_of(confined.pid, "CapAmb", 16), 0);
	if (!geteuid()) {
		assert_int_equal(status_of(confined.pid, "Uid", 10), 65534);
		assert_int_equal(descriptors_of(confined.pid), expected);
	}
	channel_send(confined.fd, 0, NULL, 0, -1);
	assert_ended_well(&confined);
	message_fini(&message);
	close(secret);
}

/* ---- its end --------------------------------------------------------------------------------- */

static void crash(int channel, void *data)
{
	(void)channel;
	signal(*(int *)data, SIG_DFL); /* not the sanitizers' */
	if (*(int *)data == SIGSEGV)
		*(volatile char *)8 = 0;
	__builtin_trap();
}

static void crash_is_told(void **state)
{
	int number = SIGSEGV;
	struct confined confined = start(crash, &number, -1);
	struct message message = MESSAGE_NONE;
	char why[128] = "";

	(void)state;
	assert_int_equal(channel_receive(confined.fd, 64, &message), -EPIPE);
	assert_false(confine_end(&confined, 0, why, sizeof(why)));
	assert_string_equal(why, "signal 11 (Segmentation fault)");
	message_fini(&message);
}

/* Another process that was forked meanwhile may still have the channel. */
static void copies_of_the_channel_do_not_keep_it(void **state)
{
	struct confined confined = start(wait_for_word, NULL, -1);
	struct message message = MESSAGE_NONE;
	int copy = dup(confined.fd);

	(void)state;
	assert_int_equal(channel_receive(confined.fd, 64, &message), 0);
	assert_ended_well(&confined);
	message_fini(&message);
	close(copy);
}

static void spin(int channel, void *data)
{
	volatile int on = 1;

	(void)channel, (void)data;
	while (on)
		;
}

static void hanging_one_is_killed(void **state)
{
	struct confined confined = start(spin, NULL, -1);
	pid_t pid = confined.pid;
	char why[128] = "";

	(void)state;
	assert_false(confine_end(&confined, -EPROTO, why, sizeof(why)));
	assert_non_null(strstr(why, "no sense"));
	assert_int_equal(kill(pid, 0), -1);
}

/* What it would be ended for by the kernel: here by hand, as 600 s are too long. */
static void too_much_time_is_told(void **state)
{
	struct confined confined = start(spin, NULL, -1);
	const struct rlimit limit = {1, 3}; /* the first ends it, the second would kill it */
	char why[128] = "";

	(void)state;
	if (prlimit(confined.pid, RLIMIT_CPU, &limit, NULL))
		skip();
	assert_false(confine_end(&confined, 0, why, sizeof(why)));
	assert_non_null(strstr(why, "CPU time"));
}

static void say_too_much(int channel, void *data)
{
	static char bytes[1000];

	(void)data;
	channel_send(channel, 0, bytes, sizeof(bytes), -1);
}

static void too_long_message_is_refused(void **state)
{
	struct confined confined = start(say_too_much, NULL, -1);
	struct message message = MESSAGE_NONE;
	char why[128];

	(void)state;
	assert_int_equal(channel_receive(confined.fd, 999, &message), -EMSGSIZE);
	confine_end(&confined, -EPROTO, why, sizeof(why));
	message_fini(&message);
}

static void cost_is_known(void **state)
{
	uint64_t before_ns, after_ns, rss;
	struct confined confined;
	char why[128];

	(void)state;
	confine_cost(&before_ns, &rss);
	confined = start(spin, NULL, -1);
	usleep(50000);
	confine_end(&confined, -EPROTO, why, sizeof(why));
	confine_cost(&after_ns, &rss);
	assert_true(after_ns > before_ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_it_was_left),
		cmocka_unit_test(messages_are_whole),
		cmocka_unit_test(can_do_nothing_else),
		cmocka_unit_test(kernel_says_so),
		cmocka_unit_test(crash_is_told),
		cmocka_unit_test(copies_of_the_channel_do_not_keep_it),
		cmocka_unit_test(hanging_one_is_killed),
		cmocka_unit_test(too_much_time_is_told),
		cmocka_unit_test(too_long_message_is_refused),
		cmocka_unit_test(cost_is_known),
	};

	if (!confine_is_possible()) {
		puts("1..0 # SKIP the kernel has no filters of system calls");
		return 0;
	}
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
