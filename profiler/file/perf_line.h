/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The three kinds of lines that matter in the output of `perf script`: what a
 * sample begins with, a frame of its stack, and where in the source that is. They are taken apart without
 * knowing with which -F they were printed: what stands where is the order of
 * perf_sample__fprintf_start() and process_event() in tools/perf/builtin-script.c,
 * and sample__fprintf_callchain() in tools/perf/util/evsel_fprintf.c, of which
 * any part may be missing.
 */
#ifndef BOLOMETER_FILE_PERF_LINE_H
#define BOLOMETER_FILE_PERF_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profiler/file/piece.h"

/*
 *	COMM [PID/]TID [CPU] FLAGS TIME: PERIOD EVENT: rest
 *
 * All but one of TID, TIME and EVENT may be missing; names may have spaces in them.
 */
struct perf_head {
	struct piece comm;
	bool has_tid, has_pid;
	uint32_t pid, tid;
	uint32_t cpu; /* CPU_NONE */
	bool has_time;
	uint64_t time_ns;
	bool has_period;
	uint64_t period;
	struct piece event; /* as printed, without the colon behind it */
	struct piece
		rest; /* the only frame of a sample without callers, or the text of a tracepoint */
};

/* False when the line begins no sample. Text has no blanks at its end. */
bool perf_head_parse(struct piece text, struct perf_head *ret);

/*
 *	ADDRESS NAME+0xOFFSET (FILE)
 *	ADDRESS NAME (inlined)
 *
 * NAME and FILE may both have blanks and parentheses in them.
 */
struct perf_frame {
	struct piece addr;
	struct piece name; /* without the offset; empty where there is none, or "[unknown]" */
	struct piece file; /* empty where it is not said, or "[unknown]" */
	bool inlined;
};

/* False when the line is no frame. Text has no blanks at its ends. */
bool perf_frame_parse(struct piece text, struct perf_frame *ret);

/*
 *	FILE:LINE
 *	FILE:LINE (discriminator N) (inlined)
 *
 * below a frame, with -F +srcline: map__fprintf_srcline() in tools/perf/util/map.c. Where perf does not
 * know it there is "??:0", or "[kernel.kallsyms][ADDRESS]", or the function and its offset.
 */
struct perf_source {
	struct piece file; /* empty where it is not known */
	uint32_t line;
	bool inlined;
};

/* False when the line is none. Text has no blanks at its ends. */
bool perf_source_parse(struct piece text, struct perf_source *ret);

/* An event's name without what says in which modes it was counted: "cycles" of "cycles:ppp". */
struct piece perf_event_base(struct piece event);

/* Whether it is one whose line goes on with text of its own: "sched:sched_switch". */
bool perf_event_is_tracepoint(struct piece event);

#endif
