// SPDX-License-Identifier: GPL-2.0-or-later
/* From an answer of the debug information to frames; see dwarf.h. */
#include "profiler/model/frame_kind.h"
#include "symbolizer/dwarf.h"

size_t dwarf_answer_frames(const struct dwarf_answers *answers, const struct dwarf_answer *answer,
			   const struct symbol_frame *holder, bool no_inline,
			   struct symbol_frame frames[DWARF_MAX_INLINED + 1])
{
	struct symbol_frame frame = {
		.module = holder->module,
		.kind = FRAME_INLINED,
		.start = holder->start,
		.file = answer->file,
		.line = answer->line,
	};
	size_t count = 0;

	for (uint32_t at = answer->call; at != DWARF_NONE; at = answers->calls[at].caller) {
		const struct dwarf_call *call = &answers->calls[at];

		frame.function = call->function;
		if (call->function && !no_inline && count < DWARF_MAX_INLINED)
			frames[count++] = frame;
		frame.file = call->file;
		frame.line = call->line;
	}
	frames[count] = *holder;
	frames[count].file = frame.file;
	frames[count].line = frame.line;
	return count + 1;
}

void dwarf_answer_range(const struct dwarf_answers *answers, const struct dwarf_answer *answer,
			uint64_t asked, struct answer *ret)
{
	uint64_t before = answers->fleeting ? 0 : answer->addr - answer->first;
	uint64_t behind = answers->fleeting ? 0 : answer->last - answer->addr;

	if (asked - ret->first > before)
		ret->first = asked - before;
	if (ret->last - asked > behind)
		ret->last = asked + behind;
}
