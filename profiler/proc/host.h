/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this machine is and allows: CPUs, kernel limits, cgroup mounts. */
#ifndef BOLOMETER_PROC_HOST_H
#define BOLOMETER_PROC_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Ascending CPU numbers in an array the caller frees. Return 0 or -errno. */
int host_online_cpus(uint32_t **ret_cpus, size_t *ret_count);

/* The number in a file below /proc/sys, such as "kernel/kptr_restrict"; `missing` without it. */
long host_sysctl(const char *name, long missing);

/* "Linux 6.1.0-18-amd64 x86_64", and the node's name; the caller frees. NULL: no memory. */
char *host_kernel(void);
char *host_name(void);

/* The version of the running kernel; 0, or -EINVAL when it cannot be told. */
int host_kernel_version(int *ret_major, int *ret_minor);

/* Where the cgroup v2 hierarchy is mounted; the caller frees. NULL when it is not. */
char *host_cgroup_mount(void);

/*
 * The cgroup folder a user means: a path in the file system, or one that starts at the cgroup
 * mount. Returns a descriptor, -ENOENT, -ENOTDIR, or -EINVAL when the folder is not
 * in a cgroup v2 hierarchy.
 */
int host_cgroup_open(const char *path);

/* The path below the mount of a cgroup by its kernel id; the caller frees. NULL when unknown. */
char *host_cgroup_path(int mount_fd, uint64_t id);

/* Whether process numbers here are those that the kernel itself uses. */
bool host_first_pid_namespace(void);

/* Whether the scheduler counts how long each task waits for a CPU (CONFIG_SCHED_INFO). */
bool host_counts_delays(void);

/* The time that BPF programs and records use. */
uint64_t host_monotonic_ns(void);

/* CPU time of the calling thread. */
uint64_t host_thread_cpu_ns(void);

#endif
