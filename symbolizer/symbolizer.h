/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names for addresses.
 *
 * A symbolizer holds sources (an ELF file, the kernel, the code a process
 * generated) and resolves addresses within them. It knows nothing of profiles,
 * stacks or trees: open, add sources, resolve batches, close.
 *
 * Every address gets an answer. Where there is no name, the answer says why.
 * Nothing here prints, and all foreign input is taken as hostile: bounded,
 * regular files only, never blocking.
 */
#ifndef BOLOMETER_SYMBOLIZER_SYMBOLIZER_H
#define BOLOMETER_SYMBOLIZER_SYMBOLIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "profiler/model/frame_kind.h"

/* Why an address has no function name: enum, text for reports. Kept in symbol_reason.def. */
enum symbol_reason {
#define REASON(name, text) SYMBOL_##name,
#include "symbolizer/symbol_reason.def"
#undef REASON
	SYMBOL_REASON_COUNT
};

const char *symbol_reason_text(enum symbol_reason reason);

/*
 * One function at an address. Strings belong to the symbolizer and live as long as it. They are
 * data: whoever prints them deals with control characters.
 */
struct symbol_frame {
	const char *function; /* demangled; NULL without a name, then `reason` says why */
	const char *module;   /* base name of the file, a kernel module, "kernel", "bpf"; or NULL */
	const char *file;     /* source file, NULL unless lines were asked for and are known */
	uint32_t line;	      /* 0 where unknown */
	/*
	 * First address, as given to symbolizer_resolve(); 0 without a name. Of an inlined function
	 * that of the function whose code it is in.
	 */
	uint64_t start;
	/*
	 * Without a name: where the function starts, if its bounds are known, as the file has it
	 * (p_vaddr, what objdump and addr2line take); else 0.
	 */
	uint64_t unnamed_addr;
	uint8_t kind;	/* enum frame_kind: kernel, user, library, JIT, inlined, unnamed */
	uint8_t reason; /* enum symbol_reason; SYMBOL_OK with a name */
};

/*
 * The frames at one address, innermost first: inlined functions, then the function that holds the
 * code. count is at least 1. Belongs to the symbolizer.
 */
struct symbol {
	const struct symbol_frame *frames;
	size_t count;
};

/* How names of C++, Rust and D are shown. */
enum demangle_style {
	DEMANGLE_FULL,	/* as their languages write them */
	DEMANGLE_SHORT, /* see symbolizer_shown() */
	DEMANGLE_NONE,	/* as they are in the symbol table */
};

struct symbolizer_options {
	enum demangle_style demangle;
	bool lines;	/* fill in file and line where they can be had */
	bool no_inline; /* one frame an address */
	/* Where the host's separate debug files are; NULL means "/usr/lib/debug". */
	const char *debug_root;
	/*
	 * A folder below which files are looked for first by their whole path: programs and libraries
	 * as they were before they were stripped, and debug files. NULL: none.
	 */
	const char *symfs;
	/*
	 * Whether debug files may be fetched from the servers in $DEBUGINFOD_URLS, of the files that
	 * say so; if there are any, and libdebuginfod.
	 */
	bool debuginfod;
	/*
	 * Is told while that takes time, with a line for a terminal, and NULL when it is over; may be
	 * NULL.
	 */
	void (*progress)(void *data, const char *line);
	void *progress_data;
	/* NULL means "/proc/kallsyms"; for tests. */
	const char *kallsyms_path;
	const char *kernel_notes_path; /* likewise "/sys/kernel/notes" */
	/*
	 * Keep what files said in a folder, for the next time: see symbolizer/cache_folder.h for which,
	 * and why nobody else's is used. What names there are stays the same.
	 */
	bool cache;
	const char *cache_path; /* NULL means the user's cache folder */
	/*
	 * Read each file in a process of its own that can do nothing else (docs/SECURITY.md). For
	 * programs that have privileges, or name what they do not trust. What names there are stays
	 * the same.
	 */
	bool confine;
};

struct symbolizer;

/* Returns NULL with errno set. options may be NULL: all defaults. */
struct symbolizer *symbolizer_new(const struct symbolizer_options *options);
void symbolizer_free(struct symbolizer *symbolizer);

/* An ELF file, as whoever saw it mapped knows it. Strings are copied. */
struct symbol_file {
	int fd;		  /* open for reading, duplicated here; -1 when it could not be opened */
	int open_error;	  /* with fd -1: the errno, for the reason */
	const char *path; /* as the process saw it; used for names and debug links */
	int root_fd; /* the process's root folder, for debug files; duplicated; -1: the host's */
	const uint8_t *build_id; /* as the kernel saw it, to refuse a replaced file; may be NULL */
	size_t build_id_len;
	bool servers; /* with options.debuginfod: worth asking servers for what was stripped */
};

/*
 * Sources. Each returns an id of 0 or more for symbolizer_resolve(), or -ENOMEM. Nothing is parsed
 * before the first address is asked for, and a source that turns out unusable still answers, with
 * a reason.
 *
 * Addresses in a file are file offsets. In the kernel and in generated code they are the
 * addresses as the CPU saw them.
 */
int symbolizer_add_file(struct symbolizer *symbolizer, const struct symbol_file *file);

/* Opens the kernel's symbol table at once, with the privileges of now, and reads it later. */
int symbolizer_add_kernel(struct symbolizer *symbolizer);

/* An image in memory, such as the vdso: copied; addresses are offsets from its start. */
int symbolizer_add_image(struct symbolizer *symbolizer, const char *name, const void *image,
			 size_t len);

/*
 * A time from which on, up to the next one, a process wrote nothing about its code; see
 * symbolizer_resolve_at().
 */
struct symbol_jit_moment {
	uint64_t time_ns; /* CLOCK_MONOTONIC, when it was looked at */
	uint64_t map_end; /* what of the map was there */
};

/*
 * Code generated at run time by one process, named by its perf map, its jitdump, or both: where both
 * have a name it is the jitdump's.
 */
struct symbol_jit {
	uint32_t pid;	/* for notices; 0: not known */
	int map_fd;	/* from symbol_jit_open(), or a copy; duplicated here; or -1 */
	int open_error; /* with map_fd -1: the errno */
	int dump_fd;	/* likewise; or -1 */
	const struct symbol_jit_moment *moments; /* ascending; copied. NULL: nothing is known of when */
	size_t nr_moments;
};

int symbolizer_add_jit(struct symbolizer *symbolizer, const struct symbol_jit *jit);

/*
 * Opens /tmp/perf-NSPID.map below root_fd (a process's root folder, /proc/PID/root; -1: ours)
 * safely: the last component is not followed if it is a symbolic link, links on the way cannot
 * leave the root, it must be a regular file, must belong to `uid` (the process's own user) or
 * root, must not be writable by everyone, and opening never blocks. Its group may write: where
 * every user has a group of their own, the usual umask says so. Returns a descriptor or -errno
 * (-ENOENT: the process wrote no map; -EPERM: not safe).
 */
int symbol_jit_open(int root_fd, pid_t nspid, uid_t uid);

/*
 * The same in two steps: the folder /tmp there, as a descriptor (O_PATH) or -errno, and the map in
 * it. While the folder is held, the map can be opened also when the process is gone and has taken
 * a /tmp of its own with it.
 */
int symbol_jit_folder(int root_fd);
int symbol_jit_open_in(int folder_fd, pid_t nspid, uid_t uid);

/*
 * The GNU build id of the ELF file open at fd, whose file position does not move. Returns its
 * length, 0 when there is none (or the file is not ELF), -errno when reading failed, -ENOSPC when
 * it is longer than `cap`.
 */
int symbol_build_id(int fd, uint8_t *ret_id, size_t cap);

/* The same of a source that was asked for addresses; 0 too when it is no file. */
int symbolizer_build_id(const struct symbolizer *symbolizer, int source, uint8_t *ret_id,
			size_t cap);

/*
 * Resolves `count` addresses of one source into ret_symbols. Ascending order is fastest, and all at
 * once: each call reads anew the debug information that its addresses need. Returns 0 or -ENOMEM: a
 * bad file is not an error here but a reason in the answer. The first call for a source reads it;
 * names are read from its file as they are needed, so the file stays open.
 */
int symbolizer_resolve(struct symbolizer *symbolizer, int source, const uint64_t *addrs,
		       size_t count, struct symbol *ret_symbols);

/*
 * Likewise, of addresses that were seen at times: moments[i] is a number of the source's moments, the
 * first one after addrs[i] was seen. Only code that was generated knows of times: its answer is the
 * entry written last until then, or, where none covers the address, the first one written later.
 * Without moments (NULL) the entry written last is the answer.
 */
int symbolizer_resolve_at(struct symbolizer *symbolizer, int source, const uint64_t *addrs,
			  const uint32_t *moments, size_t count, struct symbol *ret_symbols);

/* Addresses of one source, as symbolizer_resolve_at() is asked for them, and where the answers go. */
struct symbol_question {
	int source;
	const uint64_t *addrs;
	const uint32_t *moments; /* NULL: none */
	size_t count;
	struct symbol *symbols;
};

/*
 * Answers several questions, each about another source, in order or, with options.confine, two at a
 * time where there is a second CPU. Returns 0 or -ENOMEM.
 */
int symbolizer_resolve_all(struct symbolizer *symbolizer, const struct symbol_question *questions,
			   size_t count);

/*
 * The name to show for the `function` of a frame, once all addresses were resolved. It is another
 * one only with DEMANGLE_SHORT: without arguments, if no other function that was resolved would be
 * called the same (symbolizer/short_name.h); frames have the form that keeps functions apart.
 * So it depends on the addresses that were asked for, but not on their order. NULL: no memory.
 */
const char *symbolizer_shown(struct symbolizer *symbolizer, const char *function);

/*
 * The name that the linker has for the `function` of a frame, where that is another one and only one;
 * else NULL. Likewise once all addresses were resolved.
 */
const char *symbolizer_linked(struct symbolizer *symbolizer, const char *function);

/*
 * What the reader of a report should be told about the sources that were asked, one line each
 * ("kernel functions have no names: ..."). Calls `tell` for each, in the order of the sources.
 * Lines may contain paths, which are data like names.
 */
void symbolizer_notices(const struct symbolizer *symbolizer,
			void (*tell)(void *data, const char *line), void *data);

#endif
