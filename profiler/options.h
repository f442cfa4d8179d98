/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line: one table of options, from which parsing, help and the man
 * page are made. A new option is a field here and a line in options.c.
 */
#ifndef BOLOMETER_OPTIONS_H
#define BOLOMETER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "profiler/capture/capture.h"
#include "profiler/model/comparison.h"
#include "profiler/model/group.h"
#include "symbolizer/symbolizer.h"

/* Which commands take an option. */
enum command_set {
	FOR_CPU = 1 << 0,
	FOR_OFFCPU = 1 << 1,
	FOR_RUNQ = 1 << 2,
	FOR_WAKEUP = 1 << 3,
	FOR_OFFWAKE = 1 << 4,
	FOR_WALL = 1 << 5,
	FOR_RENDER = 1 << 6,
	FOR_DOCTOR = 1 << 7,
	FOR_HELP = 1 << 8,
	FOR_DIFF = 1 << 9,
	FOR_WAITS = FOR_OFFCPU | FOR_RUNQ | FOR_WAKEUP | FOR_OFFWAKE | FOR_WALL,
	FOR_CAPTURES = FOR_CPU | FOR_WAITS,
	FOR_INPUTS = FOR_RENDER | FOR_DIFF,
	FOR_PUSHES = FOR_CAPTURES | FOR_RENDER,
	FOR_OUTPUTS = FOR_CAPTURES | FOR_RENDER | FOR_DIFF,
	FOR_ALL = FOR_OUTPUTS | FOR_DOCTOR | FOR_HELP,
};

struct number_list {
	uint32_t *numbers; /* ascending, each once */
	size_t count, cap;
};

struct text_list {
	const char **texts; /* in the order given */
	size_t count, cap;
};

/* What stacks are grouped by. */
struct grouping {
	enum group_key key;
	const char *label; /* the key of GROUP_LABEL */
};

#define EVENT_DEFAULT	     "cpu-clock"
#define FREQUENCY_DEFAULT_HZ 99 /* not 100: must not march in step with timers */
#define PUSH_TIMEOUT_DEFAULT_NS 60000000000ULL
#define WAIT_DEFAULT	     (WAIT_ALL & ~WAIT_IDLE)

struct options {
	/* target */
	struct number_list pids;
	struct number_list tids;
	struct number_list cpus; /* empty: all */
	const char *cgroup;
	char **program; /* NULL, or the words after "--", ended by NULL */

	/* capture */
	uint64_t duration_ns; /* 0: until told to stop */
	uint64_t every_ns; /* a profile for each interval of so long; 0: one for all */
	uint64_t keep;	   /* so many files of each; 0: all */
	uint64_t keep_for_ns; /* files that are not older; 0: all */
	uint64_t frequency_hz; /* 0: FREQUENCY_DEFAULT_HZ where something is sampled */
	const char *event;
	bool user_only;
	bool kernel_only;
	struct grouping group;
	uint64_t slices; /* of time, at most; 0: none */
	uint64_t table_entries; /* 0: chosen from the machine */
	enum unwind_way unwind;
	uint64_t unwind_bytes; /* at most, of unwind tables */
	uint64_t max_memory_bytes; /* 0: by what there is */

	/* reading files */
	const char *read_event; /* NULL: the first there is */
	bool addrs;

	/* waits */
	uint64_t min_wait_ns, max_wait_ns; /* 0: no limit */
	unsigned int wait_states;	   /* set of enum wait_state; 0: WAIT_DEFAULT */
	bool complete_only;
	uint64_t waker_chain;
	uint64_t max_overhead_ppm; /* of the CPUs' time; 0: no limit */

	/* comparison */
	struct text_list before, after; /* files; operands below where neither is given */
	enum normalisation normalisation;
	struct text_list renames; /* REGEX=TEXT */
	uint64_t min_effect_ppm;  /* of the whole */
	struct text_list gates;
	const char *verdict; /* FILE */

	/* input */
	const char *from; /* file_formats[].name; NULL: what a file looks like */

	/* output */
	struct text_list outputs; /* [VIEW:]FILE */
	struct text_list pushes;  /* [VIEW:]URL */
	const char *push_name;	  /* NULL: the target's */
	struct text_list push_labels; /* KEY=VALUE */
	const char *push_auth, *push_ca; /* files */
	uint64_t push_timeout_ns; /* 0: PUSH_TIMEOUT_DEFAULT_NS */
	const char *format;
	const char *title;
	const char *note;
	bool annotate;
	enum demangle_style demangle;
	bool no_inline;
	bool no_cache; /* of what files said of addresses */
	bool no_confine; /* files are read in this process */
	bool no_jcmd; /* Java machines are not asked for names */
	bool lines;
	const char *symfs;
	bool no_debuginfod;
	bool quiet;
	bool verbose;

	struct text_list operands; /* files; what to explain */
	bool help;
};

/* Defaults. options_fini() frees the lists; texts belong to argv. */
void options_init(struct options *options);
void options_fini(struct options *options);

/*
 * Parses the words after the command's name. On a mistake writes one line that names the option
 * and what it takes into `ret_mistake` and returns -EINVAL; likewise -ENOMEM. `commands` is the bit
 * of the command.
 */
int options_parse(struct options *options, enum command_set command, int argc, char **argv,
		  char *ret_mistake, size_t mistake_size);

/* The options of these commands: for people, or as man page source (groff, man macros). */
void options_print_help(enum command_set commands, FILE *out);
void options_print_man(FILE *out);

/* Text as source of a man page: dashes that can be copied, and no line that is a request. */
void man_print(const char *text, FILE *out);

#endif
