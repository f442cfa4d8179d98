/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Debug files from the servers in $DEBUGINFOD_URLS, through libdebuginfod and
 * its cache.
 *
 * The library, and what it needs to speak with servers, is loaded only when a
 * file is to be asked for, and runs in a process of its own (debug_fetcher.h):
 * without our privileges and files, and one that can be ended when it does not
 * answer. Each build id is asked for once; after a server let the time pass,
 * nothing more is asked.
 */
#ifndef BOLOMETER_SYMBOLIZER_DEBUG_SERVER_H
#define BOLOMETER_SYMBOLIZER_DEBUG_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profiler/workers/apart.h"
#include "symbolizer/source.h"

struct debug_server_answer;

struct debug_server {
	void (*progress)(void *data, const char *line);
	void *progress_data;
	struct apart fetcher;
	bool given_up;
	struct debug_server_answer *answers; /* to what was asked for */
	size_t nr_answers, cap_answers;
};

/* `progress` as in struct symbolizer_options. */
void debug_server_init(struct debug_server *server, void (*progress)(void *data, const char *line),
		       void *progress_data);
void debug_server_fini(struct debug_server *server);

/*
 * Asks for the debug file with a build id, for `source`, which is told what went wrong with `name`.
 * Returns a descriptor, and in ret_from what to call the file; -ENOENT where there is none, or
 * -ENOMEM. Both are asked through the door where the source is read behind one.
 */
int debug_server_find(struct source *source, const uint8_t *id, size_t id_len, const char *name,
		      char *ret_from, size_t size);

/* Says that the file was not the one. It is forgotten, also by the cache, as nobody could use it. */
void debug_server_refuse(struct source *source, const uint8_t *id, size_t id_len);

#endif
