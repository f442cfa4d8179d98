// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files are opened when they are mapped, since later they may be gone. Most that come and go have no
 * sample in the end; on a machine that compiles and runs without end they would be without end.
 */
#include <errno.h>
#include <stdlib.h>

#include "profiler/capture/state.h"
#include "profiler/model/alloc.h"

/* Fewer are not worth a look. */
#define RELEASE_MIN 512

/* Marks what is still needed. Returns 0 or -errno. */
static int mark(struct capture *capture, bool *used, size_t count)
{
	int err;

	tracker_mark_files(&capture->tracker, used);
	normalize_mark_files(&capture->normalizer, used);
	err = unwinding_release(&capture->unwinding, used, count);
	if (!err && capture->waits.remote)
		remote_release(capture->waits.remote, used, count);
	return err;
}

bool capture_lacks_descriptors(const struct capture *capture)
{
	return capture->tracker.binaries.not_held > capture->not_held_seen;
}

int capture_release_files(struct capture *capture)
{
	struct binary_table *files = &capture->tracker.binaries;
	size_t count = files->count, open = count - files->nr_released;
	bool *used;
	int err;

	if (open < (capture->release_at ? capture->release_at : RELEASE_MIN) &&
	    !capture_lacks_descriptors(capture))
		return 0;
	used = calloc(count + 1, sizeof(*used));
	if (!used)
		return 0; /* they stay a while longer */
	err = mark(capture, used, count);
	if (!err && binary_table_release(files, used))
		err = 0;
	free(used);
	capture->not_held_seen = files->not_held;
	capture->release_at = size_add(files->count - files->nr_released, RELEASE_MIN);
	return err;
}
