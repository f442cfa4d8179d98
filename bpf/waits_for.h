/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a thread waits for, as far as a look at its registers and its descriptor
 * tells: the system call it is in, and the kind of object behind the call's
 * first argument.
 */
#ifndef BOLOMETER_BPF_WAITS_FOR_H
#define BOLOMETER_BPF_WAITS_FOR_H

/* Which system calls take a descriptor first: a bit for each, set by the loader. */
#define SYSCALLS_MAX 512
const volatile __u64 syscalls_with_fd[SYSCALLS_MAX / 64] = {};

#define S_IFMT	 0170000
#define S_IFIFO	 0010000
#define S_IFCHR	 0020000
#define S_IFDIR	 0040000
#define S_IFBLK	 0060000
#define S_IFREG	 0100000
#define S_IFSOCK 0140000

#define AF_UNIX	    1
#define AF_INET	    2
#define AF_INET6    10
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17

static __u8 socket_object(struct file *file)
{
	struct socket *socket = BPF_CORE_READ(file, private_data);
	struct sock *sk = BPF_CORE_READ(socket, sk);
	__u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);
	__u16 protocol = BPF_CORE_READ(sk, sk_protocol);

	if (family == AF_UNIX)
		return OBJECT_UNIX;
	if (family != AF_INET && family != AF_INET6)
		return OBJECT_SOCKET;
	return protocol == IPPROTO_TCP	 ? OBJECT_TCP
	       : protocol == IPPROTO_UDP ? OBJECT_UDP
					 : OBJECT_SOCKET;
}

static __u8 file_object(struct file *file)
{
	switch (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) {
	case S_IFREG:
		return OBJECT_FILE;
	case S_IFDIR:
		return OBJECT_FOLDER;
	case S_IFIFO:
		return OBJECT_PIPE;
	case S_IFCHR:
		return OBJECT_DEVICE;
	case S_IFBLK:
		return OBJECT_BLOCK;
	case S_IFSOCK:
		return socket_object(file);
	default:
		return OBJECT_NONE; /* an eventfd, an epoll, ...: the call's name says it */
	}
}

/* The kind of the object behind a descriptor of the task. */
static __u8 descriptor_object(struct task_struct *task, __u64 fd)
{
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **files = BPF_CORE_READ(table, fd);
	struct file *file = NULL;

	if (fd >= BPF_CORE_READ(table, max_fds) ||
	    bpf_probe_read_kernel(&file, sizeof(file), files + fd) || !file)
		return OBJECT_NONE;
	return file_object(file);
}

/* `state` is the task's when it left the CPU. The object takes longer than all the rest. */
static void wait_reason_fill(struct wait_reason *reason, struct task_struct *task, __u32 state,
			     bool with_object)
{
	reason->syscall = WAIT_NO_SYSCALL;
	reason->object = OBJECT_NONE;
	reason->flags = 0;
	if (state & TASK_STOPPED)
		reason->flags |= COUNT_STOPPED;
	if (state & TASK_TRACED)
		reason->flags |= COUNT_TRACED;
	if (BPF_CORE_READ_BITFIELD(task, in_iowait))
		reason->flags |= COUNT_IO;
	if (task->flags & PF_KTHREAD) {
		reason->flags |= COUNT_KTHREAD;
		return;
	}
	reason->syscall = syscall_number(task);
	if (with_object && set_has(syscalls_with_fd, SYSCALLS_MAX / 64, (__u32)reason->syscall))
		reason->object = descriptor_object(task, (__u32)syscall_argument(task));
}

#endif
