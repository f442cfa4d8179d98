/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asking a source in a confined process (profiler/workers/confine.h), one for each source and time:
 * what parses a file has none of our privileges and files, and what goes wrong there costs the names
 * of that file.
 *
 * The process has the source as it was made, loads it, and asks for the files beside it through its
 * door (door.h). Its answers come as packs (answer_pack.h), which are believed no further than those
 * in the cache: whatever they say, it is names for the addresses that were asked for.
 */
#ifndef BOLOMETER_SYMBOLIZER_READER_H
#define BOLOMETER_SYMBOLIZER_READER_H

#include "symbolizer/source.h"

/* What is asked of a source, which has needs(); `moments` as in symbolizer_resolve_at(). */
struct reader_question {
	struct source *source;
	const uint64_t *addrs;
	const uint32_t *moments;
	size_t count;
	struct symbol *symbols; /* the answers */
	int cache_folder;	/* -1: none */
};

/*
 * Answers for all addresses, those that an earlier run knew from the cache; two sources at a time where
 * there is a second CPU. They stay as they are but for reason, key, notices and cache. Returns 0 or
 * -ENOMEM.
 */
int readers_resolve(const struct reader_question *questions, size_t count);

/* The process; `data` is the struct reader_question. */
void reader_process(int channel, void *data);

#endif
