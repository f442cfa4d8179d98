/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kinds of frames, from the one list in frame_kind.def. */
#ifndef BOLOMETER_MODEL_FRAME_KIND_H
#define BOLOMETER_MODEL_FRAME_KIND_H

#include <stdbool.h>

enum frame_kind {
#define KIND(name, word, annotation, text) FRAME_##name,
#include "profiler/model/frame_kind.def"
#undef KIND
	FRAME_KIND_COUNT
};

/* "kernel", "user", ...; never NULL for a valid kind. */
const char *frame_kind_word(enum frame_kind kind);

/* "_[k]", ... or "" for kinds that --annotate leaves as they are. */
const char *frame_kind_annotation(enum frame_kind kind);

/* Whether such a frame is code of the thread itself: not its name, a remark, a wait, a waker. */
bool frame_kind_is_function(enum frame_kind kind);

/* One line for people, for legends. */
const char *frame_kind_about(enum frame_kind kind);

#endif
