/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names that are not functions. Written here once, so that no two places spell them differently. */
#ifndef BOLOMETER_MODEL_MARKERS_H
#define BOLOMETER_MODEL_MARKERS_H

#include <stdbool.h>
#include <stddef.h>

#include "profiler/model/frame_kind.h"

#define MARKER_UNKNOWN	  "[unknown]"	/* an address in no known mapping */
#define MARKER_TRUNCATED  "[truncated]" /* stands where the missing callers would be */
#define MARKER_INCOMPLETE "[incomplete: " /* reason and "]" follow */
#define MARKER_NO_STACK	  "[no stack]"
#define MARKER_IDLE	  "[idle]"
#define MARKER_WAITS	  "[waits: " /* what for and "]" follow */
#define MARKER_RUN_QUEUE  "[run queue]"
#define MARKER_INSTEAD	  "[ran instead: " /* a thread's name and "]" follow */
#define MARKER_WOKEN_BY	  "[woken by]"	   /* between a stack and its waker's */
#define MARKER_UNKNOWN_WAKER "[unknown waker]"
#define MARKER_NOT_WOKEN     "[not woken]" /* when the capture ended */
#define MARKER_INTERRUPT  "[interrupt]"	 /* wakers that are no threads */
#define MARKER_TIMER	  "[timer]"
#define MARKER_IRQ_WORK	  "[irq work]"
#define MARKER_SOFTIRQ	  "[softirq]"
#define MARKER_SOFTIRQ_OF "[softirq: " /* which one and "]" follow */
#define MARKER_CUT	  "[cut: " /* at which end of the capture and "]" follow */
#define MARKER_CUT_END	  MARKER_CUT "not over at the end]"
#define MARKER_CUT_WHOLE  MARKER_CUT "lasted for the whole capture]"
#define MARKER_NEW	  "[new thread]"
#define MARKER_UNWALKED	  "[not walked]"  /* a wait counted without its stack, to limit the overhead */
#define MARKER_UNSAMPLED  "[not sampled]" /* CPU time of threads that no sample met */

/* The kind of frame that len bytes at name are as a marker; FRAME_UNNAMED when they are none. */
enum frame_kind marker_kind(const char *name, size_t len);

/*
 * Whether the name is a file in brackets and where in it a function without a name starts, such as
 * "[libz.so.1.2.13]+0x3af0".
 */
bool marker_is_start(const char *name, size_t len);

/*
 * Whether the name is in brackets, as those are that are no functions, and of which kind it is then. For
 * readers of formats that say nothing else of it.
 */
bool marker_is_bracketed(const char *name, size_t len, enum frame_kind *ret_kind);

#endif
