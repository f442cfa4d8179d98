// SPDX-License-Identifier: GPL-2.0-or-later
/* Words for the kinds of frames; see frame_kind.def. */
#include "profiler/model/frame_kind.h"

static const struct {
	const char *word;
	const char *annotation;
	const char *about;
} kinds[FRAME_KIND_COUNT] = {
#define KIND(name, word, annotation, text) [FRAME_##name] = {word, annotation, text},
#include "profiler/model/frame_kind.def"
#undef KIND
};

const char *frame_kind_word(enum frame_kind kind)
{
	return kinds[kind].word;
}

const char *frame_kind_annotation(enum frame_kind kind)
{
	return kinds[kind].annotation;
}

bool frame_kind_is_function(enum frame_kind kind)
{
	switch (kind) {
	case FRAME_GROUP:
	case FRAME_MARKER:
	case FRAME_WAITING:
	case FRAME_RUN_QUEUE:
	case FRAME_WAKER:
		return false;
	default:
		return true;
	}
}

const char *frame_kind_about(enum frame_kind kind)
{
	return kinds[kind].about;
}
