/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process that fetches debug files through libdebuginfod, and what is said
 * between it and debug_server.c: packets over a socket.
 */
#ifndef BOLOMETER_SYMBOLIZER_DEBUG_FETCHER_H
#define BOLOMETER_SYMBOLIZER_DEBUG_FETCHER_H

#include <stdbool.h>
#include <stdint.h>

#include "symbolizer/elf_file.h"

/* To the fetcher. */
struct fetch_request {
	bool refused; /* the file fetched last is not the one: it is to be forgotten */
	uint32_t id_len;
	uint8_t id[ELF_BUILD_ID_MAX];
};

/* From the fetcher: while it works, and, with `done`, at the end. */
struct fetch_report {
	bool done;
	/*
	 * With `done` 0 and a descriptor in the packet's control message, or -errno: -ENOENT no server
	 * has it, -ETIME too slow, -EFBIG too large, -EINTR a signal came, -ENOSYS no libdebuginfod.
	 */
	int err;
	uint64_t have, size; /* bytes; size 0: not known */
	char server[128];    /* "" where none has answered yet */
};

/* What $DEBUGINFOD_TIMEOUT says, or its default here, in seconds. */
unsigned int fetch_timeout_s(void);

/* The process (profiler/workers/apart.h): answers requests until the other end is closed. */
void debug_fetcher_run(int fd, void *data);

#endif
