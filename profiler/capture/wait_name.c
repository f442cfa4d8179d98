// SPDX-License-Identifier: GPL-2.0-or-later
/* System calls and objects by name; see wait_name.h. */
#include "profiler/capture/wait_name.h"

#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "profiler/model/alloc.h"
#include "profiler/model/markers.h"

/* All that the C library's headers know of this machine's; made by the build. */
static const char *const syscall_names[] = {
#define SYSCALL(name) [__NR_##name] = #name,
#include "profiler/capture/syscalls.inc"
#undef SYSCALL
};

/* Those of them that can wait for what their first argument stands for. */
static const char *const with_fd[] = {
	"read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "preadv2",
	"pwritev2", "recvfrom", "sendto", "recvmsg", "sendmsg", "recvmmsg", "sendmmsg", "accept",
	"accept4", "connect", "close", "shutdown", "fsync", "fdatasync", "sync_file_range", "syncfs",
	"ftruncate", "fallocate", "flock", "fcntl", "ioctl", "getdents", "getdents64", "fstat",
	"splice", "tee", "vmsplice", "sendfile", "copy_file_range", "lseek", "fchmod", "fchown",
};

static const char *const object_names[OBJECT_COUNT] = {
	[OBJECT_FILE] = "file",	    [OBJECT_FOLDER] = "folder", [OBJECT_PIPE] = "pipe",
	[OBJECT_DEVICE] = "device", [OBJECT_BLOCK] = "block device", [OBJECT_UNIX] = "unix",
	[OBJECT_TCP] = "tcp",	    [OBJECT_UDP] = "udp",	[OBJECT_SOCKET] = "socket",
};

/* What the wait is called, but for its object. */
static const char *subject(const struct count_key *key, char number[32])
{
	if (key->flags & COUNT_STOPPED)
		return "stopped";
	if (key->flags & COUNT_TRACED)
		return "traced";
	if (key->flags & COUNT_KTHREAD)
		return "kernel thread";
	if (key->syscall < 0)
		return "page fault"; /* or another exception, of which this is the one that waits */
	if ((size_t)key->syscall < ARRAY_LEN(syscall_names) && syscall_names[key->syscall])
		return syscall_names[key->syscall];
	snprintf(number, 32, "system call %d", key->syscall);
	return number;
}

void wait_name(char name[WAIT_NAME_LEN], const struct count_key *key)
{
	const char *object = key->object < OBJECT_COUNT ? object_names[key->object] : NULL;
	char number[32];

	snprintf(name, WAIT_NAME_LEN, MARKER_WAITS "%s%s%s%s]", subject(key, number),
		 object ? ", " : "", object ? object : "", key->flags & COUNT_IO ? ", disk" : "");
}

void wait_syscalls_with_fd(uint64_t *bits, size_t size)
{
	memset(bits, 0, size * sizeof(*bits));
	for (size_t call = 0; call < ARRAY_LEN(syscall_names) && call < size * 64; call++) {
		for (size_t i = 0; syscall_names[call] && i < ARRAY_LEN(with_fd); i++) {
			if (!strcmp(syscall_names[call], with_fd[i]))
				bits[call / 64] |= 1ULL << call % 64;
		}
	}
}
