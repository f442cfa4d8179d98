/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every source of symbols is to the symbolizer: a table of functions, and
 * the part of its state that all of them share.
 *
 * A new kind of source is one file with its `struct source_ops`, and one
 * function here that makes it.
 */
#ifndef BOLOMETER_SYMBOLIZER_SOURCE_H
#define BOLOMETER_SYMBOLIZER_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symbolizer/elf_file.h"
#include "symbolizer/frame_store.h"
#include "symbolizer/places.h"
#include "symbolizer/symbolizer.h"

/* A symbol, and the addresses around the one asked for at which the answer is the same. */
struct answer {
	uint64_t first, last; /* inclusive */
	struct symbol symbol;
};

/*
 * What the answers of a source depend on, for keeping them. The build id alone would not do: anyone can
 * make a file that claims that of another, and so give it names. The time of an inode's last change
 * is the kernel's.
 */
struct source_key {
	uint8_t build_id[ELF_BUILD_ID_MAX]; /* zeros behind its length; the file may have none */
	uint32_t build_id_len;
	uint8_t demangle, lines, no_inline, zero; /* the options */
	struct file_stamp file, debug;		  /* zeros: there is none */
};
_Static_assert(sizeof(struct source_key) == 72 + 2 * sizeof(struct file_stamp), "no padding");

struct answer_cache;
struct debug_server;
struct door;

/* What a source needs to be read in another process (reader.h). */
struct source_needs {
	int fds[2];	      /* as it has them open; -1: none. The first is the file that it is about */
	bool files;	      /* whether others belong to it, */
	struct places places; /* and where; what is in it stays the source's */
	const char *name;     /* for notices */
};

struct source {
	const struct source_ops *ops;
	struct frame_store *store;		  /* the symbolizer's, for names and frames */
	const struct symbolizer_options *options; /* the symbolizer's, defaults filled in */
	struct debug_server *server;		  /* the symbolizer's; NULL: not to be used */
	const char *module;			  /* of frames without a name; may be NULL */
	enum symbol_reason reason; /* other than SYMBOL_OK: no address here has a name */
	bool loaded, filled;
	int load_error;		    /* 0 or -ENOMEM */
	struct door *door;	    /* in a reader; NULL: it is not in one */
	struct source_key key;	    /* once loaded, of one that says */
	bool has_key;
	struct answer_cache *cache; /* NULL: nothing is kept */
	bool fleeting;		    /* what it says depends on more than its key */
	const char *notices[4];
	size_t nr_notices;
};

struct source_ops {
	/*
	 * Opens and reads what lookup() needs; called once, before it. A source that turns out
	 * unusable sets source->reason. Returns 0 or -ENOMEM.
	 */
	int (*load)(struct source *source);
	/*
	 * What the answers depend on but the options; false when they are not to be kept. NULL: never.
	 * Called after load().
	 */
	bool (*identify)(struct source *source, struct source_key *ret);
	/* What reading it in another process takes, before load(). NULL: it is always read here. */
	void (*needs)(const struct source *source, struct source_needs *ret);
	/*
	 * The rest of load(), put off until there is an address that no earlier run has known; may be
	 * NULL. As load().
	 */
	int (*fill)(struct source *source);
	/*
	 * Is told the addresses that lookup() will be asked for next, when they are cheaper to read
	 * together; may be NULL. Returns 0 or -ENOMEM.
	 */
	int (*prepare)(struct source *source, const uint64_t *addrs, size_t count);
	/*
	 * Answers for all addresses that symbolizer_resolve_at() asks for together; NULL: lookup()
	 * answers, and time does not matter. Returns 0 or -ENOMEM.
	 */
	int (*resolve)(struct source *source, const uint64_t *addrs, const uint32_t *moments,
		       size_t count, struct symbol *ret_symbols);
	/* Answers for one address; not called where there is resolve(). Returns 0 or -ENOMEM. */
	int (*lookup)(struct source *source, uint64_t addr, struct answer *ret);
	void (*free)(struct source *source);
};

/* Each returns NULL when there is no memory. Descriptors given are duplicated. */
struct source *elf_source_new(const struct symbol_file *file);
struct source *elf_source_new_image(const char *name, const void *image, size_t len);
struct source *kernel_source_new(const char *kallsyms_path, const char *notes_path);
struct source *jit_source_new(const struct symbol_jit *jit);

/* The answer for one address, or for a whole source, that has no name. Returns 0 or -ENOMEM. */
int source_unnamed(struct source *source, enum symbol_reason reason, uint64_t first, uint64_t last,
		   struct answer *ret);

/* fill() and prepare() for addresses that are not known; 0 or -ENOMEM. Anything else is in `reason`. */
int source_prepare(struct source *source, const uint64_t *addrs, size_t count);

/* Sets what identify() said, and the options, or that it said nothing (NULL). */
void source_set_key(struct source *source, const struct source_key *said);

/* Finds what earlier runs have known of a source that has a key; once. Returns 0 or -ENOMEM. */
int source_open_cache(struct source *source, int folder);

/* Keeps a line for symbolizer_notices(), once if it is told again. Returns 0 or -ENOMEM. */
__attribute__((format(printf, 2, 3))) int source_tell(struct source *source, const char *format,
						      ...);

#endif
