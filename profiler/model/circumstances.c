// SPDX-License-Identifier: GPL-2.0-or-later
/* Circumstances of a profile; see circumstances.h. */
#include "profiler/model/circumstances.h"

#include <stdlib.h>

void circumstances_init(struct circumstances *about)
{
	*about = (struct circumstances){0};
}

void circumstances_fini(struct circumstances *about)
{
	free(about->title);
	free(about->note);
	free(about->command);
	free(about->target);
	free(about->host);
	free(about->kernel);
	free(about->event);
	free(about->tool_version);
	circumstances_init(about);
}

uint64_t circumstances_lost(const struct circumstances *about)
{
	uint64_t lost = 0;

	for (size_t i = 0; i < about->nr_events; i++) {
		if (about->events[i].is_loss)
			lost += about->events[i].count;
	}
	return lost;
}
