/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers as bytes, to be kept in a file: ranges of addresses, ascending, each with the list of
 * frames that is found there.
 *
 * Bytes that come back may have been damaged: they are believed only when their checksum is right,
 * they are of this version and about what was asked for, and no number in them points outside.
 * They are this machine's alone, in its own byte order.
 */
#ifndef BOLOMETER_SYMBOLIZER_ANSWER_PACK_H
#define BOLOMETER_SYMBOLIZER_ANSWER_PACK_H

#include "symbolizer/elf_file.h"
#include "symbolizer/frame_store.h"
#include "symbolizer/source.h"
#include "symbolizer/text.h"

/* What is larger is neither written nor read. */
#define ANSWER_PACK_MAX_BYTES (16U << 20)

/* Counted from the beginning; a range of a length of 0 has one address. */
struct packed_range {
	uint64_t first;
	uint64_t len_less_1;
	uint32_t list;
	uint32_t zero;
};

struct packed_list {
	uint32_t first, count; /* frames */
};

/*
 * Texts are places in the pack's; PACKED_NO_TEXT: none, of a module that of all the frames. A name
 * that several have for the linker: PACKED_SEVERAL.
 */
#define PACKED_NO_TEXT UINT32_MAX
#define PACKED_SEVERAL (UINT32_MAX - 1)

struct packed_frame {
	uint32_t function, shorter, linked, file, module;
	uint32_t line;
	uint64_t start, unnamed_addr;
	uint32_t kind, reason;
};

/* A pack that was looked through; it points into the bytes. */
struct answer_pack {
	const struct packed_range *ranges;
	const struct packed_list *lists;
	const struct packed_frame *frames;
	const char *texts;
	uint32_t nr_ranges, nr_lists, nr_frames, texts_len;
};

/* Whether the bytes, which are aligned as for malloc(), are a pack about the key. */
bool answer_pack_open(struct answer_pack *pack, const struct source_key *key, const void *bytes,
		      size_t len);

/* Sets the checksum of bytes that begin with a pack's header. */
void answer_pack_seal(void *bytes, size_t len);

/* The range with the address; NULL when there is none. */
const struct packed_range *answer_pack_find(const struct answer_pack *pack, uint64_t addr);

/* The frames of a list, in the store. `module` is that of those that say none. Returns 0 or -ENOMEM. */
int answer_pack_symbol(const struct answer_pack *pack, uint32_t list, struct frame_store *store,
		       const char *module, struct symbol *ret);

/*
 * Writes answers, ascending and apart, whose frames are the store's, and mostly of the module. Returns 0, -ENOMEM, or -EFBIG.
 */
int answer_pack_write(const struct source_key *key, const struct answer *answers, size_t count,
		      const char *module, struct frame_store *store, struct text *ret);

#endif
