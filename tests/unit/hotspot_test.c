// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Asking Java machines, played by children of this test that do what is asked of them badly: no
 * waiting without an end, and no signal to whoever does not expect it. Real ones: tests/truth.
 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "profiler/proc/host.h"
#include "profiler/proc/hotspot.h"

enum manner { ANSWERS, SILENT, ENDLESS, REFUSES, NO_SOCKET, UNPREPARED, NO_MACHINE, IGNORES };

static char folder[] = "/tmp/bolometer-hotspot-XXXXXX";
static int reports[2]; /* what the machine was asked comes out here */

static void report(const char *text)
{
	if (write(reports[1], text, strlen(text)) < 0)
		_exit(3);
}

/* ---- the machine ------------------------------------------------------------------------------- */

static int listen_as_machine(void)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "/tmp/.java_pid%d", (int)getpid());
	unlink(addr.sun_path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) || listen(fd, 1))
		_exit(4);
	return fd;
}

/* Reads the request: a version, a command, three arguments. */
static void read_request(int fd)
{
	char request[64], shown[80] = "";
	size_t len = 0, ends = 0;

	while (ends < 5 && read(fd, &request[len], 1) == 1 && len + 1 < sizeof(request)) {
		ends += !request[len];
		request[len] = request[len] ? request[len] : '|';
		len++;
	}
	snprintf(shown, sizeof(shown), "%.*s ", (int)len, request);
	report(shown);
}

static void serve(enum manner manner)
{
	int server = listen_as_machine(), fd = accept(server, NULL, NULL);
	const char *answer = manner == REFUSES ? "1\nUnknown diagnostic command\n" : "0\nDone\n";

	signal(SIGPIPE, SIG_IGN);
	read_request(fd);
	if (manner == SILENT)
		pause();
	do {
		if (write(fd, answer, strlen(answer)) < 0)
			break;
	} while (manner == ENDLESS);
	close(fd);
	close(server);
}

static void do_nothing(int number)
{
}

static void *sleep_on(void *data)
{
	prctl(PR_SET_NAME, "Signal Dispatcher");
	report("!"); /* ready */
	for (;;)
		pause();
	return NULL;
}

__attribute__((noreturn)) static void be_machine(enum manner manner)
{
	char path[128];
	sigset_t quit;
	pthread_t thread;
	int fd, signal_number;

	snprintf(path, sizeof(path), "%s/%s", folder, manner == NO_MACHINE ? "other.so" : "libjvm.so");
	fd = open(path, O_RDWR | O_CREAT, 0600);
	if (fd < 0 || ftruncate(fd, 4096) ||
	    mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED)
		_exit(5);
	/* Caught, and blocked so that it can be waited for: SigCgt says the first. */
	if (manner != IGNORES)
		signal(SIGQUIT, do_nothing);
	sigemptyset(&quit);
	sigaddset(&quit, SIGQUIT);
	sigprocmask(SIG_BLOCK, &quit, NULL);
	if (manner == UNPREPARED)
		report("!");
	else
		pthread_create(&thread, NULL, sleep_on, NULL);
	sigwait(&quit, &signal_number);
	snprintf(path, sizeof(path), "/tmp/.attach_pid%d", (int)getpid());
	report(access(path, F_OK) ? "list of threads " : "quit ");
	if (manner != NO_SOCKET)
		serve(manner);
	report("end");
	pause();
	_exit(0);
}

/* ---- asking ------------------------------------------------------------------------------------ */

static pid_t start(enum manner manner)
{
	char ready;
	pid_t child;

	assert_int_equal(pipe2(reports, O_CLOEXEC), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child)
		be_machine(manner);
	close(reports[1]);
	assert_int_equal(read(reports[0], &ready, 1), 1);
	assert_int_equal(ready, '!');
	return child;
}

/* Ends the machine, which lives, and checks what it was told and that nothing is left. */
static void stop(pid_t child, const char *wanted)
{
	char told[200], path[64];
	size_t len = 0;
	ssize_t n;

	assert_int_equal(waitpid(child, NULL, WNOHANG), 0);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	while ((n = read(reports[0], told + len, sizeof(told) - 1 - len)) > 0)
		len += (size_t)n;
	told[len] = '\0';
	close(reports[0]);
	assert_string_equal(told, wanted);
	snprintf(path, sizeof(path), "/tmp/.attach_pid%d", (int)child);
	assert_int_equal(access(path, F_OK), -1);
	snprintf(path, sizeof(path), "/tmp/.java_pid%d", (int)child);
	unlink(path);
}

static void ask(enum manner manner, int wanted, const char *why_part, const char *told,
		uint64_t most_ms)
{
	pid_t child = start(manner);
	uint64_t start_ns = host_monotonic_ns();
	char why[128] = "";

	assert_int_equal(hotspot_write_map((uint32_t)child, why, sizeof(why)), wanted);
	assert_true(host_monotonic_ns() - start_ns < most_ms * 1000000);
	if (why_part && !strstr(why, why_part))
		fail_msg("%s, not %s", why, why_part);
	usleep(10000); /* for the machine's last word */
	stop(child, told);
}

#define REQUEST "quit 1|jcmd|Compiler.perfmap||| "

static void machines_answer(void **state)
{
	ask(ANSWERS, 0, NULL, REQUEST "end", 1000);
	ask(REFUSES, -EOPNOTSUPP, "JDK 17", REQUEST "end", 1000);
}

/* A second to listen, three to answer; these are the ends of patience on a busy machine. */
static void nobody_is_waited_for_long(void **state)
{
	ask(NO_SOCKET, -ETIMEDOUT, "within a second", "quit end", 2500);
	ask(SILENT, -ETIMEDOUT, "within 3 seconds", REQUEST, 4800);
	ask(ENDLESS, -ETIMEDOUT, "within 3 seconds", REQUEST "end", 4800);
}

static void others_get_no_signal(void **state)
{
	ask(UNPREPARED, -EPERM, "SIGQUIT", "", 1000);
	ask(IGNORES, -EPERM, "SIGQUIT", "", 1000);
	ask(NO_MACHINE, -EPERM, "no Java machine", "", 1000);
}

/* A socket, or a trigger, that somebody else made is not used. */
static void foreign_files_are_refused(void **state)
{
	pid_t child = start(ANSWERS);
	char path[64], why[128] = "";
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(path, sizeof(path), "/tmp/.attach_pid%d", (int)child);
	assert_int_equal(symlink("/tmp/bolometer-nowhere", path), 0);
	assert_int_equal(hotspot_write_map((uint32_t)child, why, sizeof(why)), -EEXIST);
	assert_int_equal(access("/tmp/bolometer-nowhere", F_OK), -1);
	unlink(path);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "/tmp/.java_pid%d", (int)child);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	if (!lchown(addr.sun_path, 12345, (gid_t)-1))
		assert_int_equal(hotspot_write_map((uint32_t)child, why, sizeof(why)), -EPERM);
	unlink(addr.sun_path);
	assert_int_equal(symlink("/dev/log", addr.sun_path), 0);
	assert_int_equal(hotspot_write_map((uint32_t)child, why, sizeof(why)), -EPERM);
	close(fd);
	stop(child, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(machines_answer),
		cmocka_unit_test(nobody_is_waited_for_long),
		cmocka_unit_test(others_get_no_signal),
		cmocka_unit_test(foreign_files_are_refused),
	};
	char path[64];
	int failed;

	if (!mkdtemp(folder))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	snprintf(path, sizeof(path), "%s/libjvm.so", folder);
	unlink(path);
	snprintf(path, sizeof(path), "%s/other.so", folder);
	unlink(path);
	rmdir(folder);
	return failed;
}
