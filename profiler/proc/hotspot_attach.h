/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of hotspot.c that is a child process with the Java machine's root and user. */
#ifndef BOLOMETER_PROC_HOTSPOT_ATTACH_H
#define BOLOMETER_PROC_HOTSPOT_ATTACH_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define HOTSPOT_LISTEN_MS 1000
#define HOTSPOT_ANSWER_MS 3000

struct hotspot {
	int pid_fd;	/* the process, whatever gets its number */
	int root_fd;	/* its root folder, or -1: it is ours */
	uint32_t nspid; /* its own idea of its number */
	uid_t uid;
	gid_t gid;
	const char *refusal; /* why it must not be sent SIGQUIT, or NULL */
};

/* Becomes the machine's user below its root. Returns 0 or -errno. */
int hotspot_become(const struct hotspot *jvm);

/* Attaches and asks. Returns 0, or -errno with what went wrong in `why`. */
int hotspot_ask(const struct hotspot *jvm, char *why, size_t why_size);

#endif
