// SPDX-License-Identifier: GPL-2.0-or-later
/* See read_sides.h. */
#include "profiler/read_sides.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "profiler/model/beside.h"
#include "profiler/read_file.h"
#include "profiler/say.h"

/* A file of a side, and its profile, which is read by whichever thread has time. */
struct side_file {
	enum side side;
	struct file_reading reading;
	const char *wrong; /* what contradicts itself in the profile, NULL */
};

static int read_one(void *data)
{
	struct side_file *file = data;

	file_reading_run(&file->reading);
	/* Graphs and text have threads as frames. */
	if (!file->reading.err)
		file->reading.err = group_into_stacks(file->reading.profile,
						      file->reading.options->group.key);
	if (!file->reading.err)
		file->wrong = profile_check(file->reading.profile);
	return 0;
}

/* What was read goes into the union, and what is wrong with it is said. Returns an exit status. */
static int add_file(struct alignment *a, struct side_file *file)
{
	const char *path = file->reading.path;
	int err;

	if (file_reading_end(&file->reading))
		return EXIT_FAILED;
	if (file->wrong) {
		say_error("%s contradicts itself: %s", path, file->wrong);
		return EXIT_FAILED;
	}
	err = alignment_add(a, file->side, path, file->reading.profile);
	if (err == -EINVAL)
		say_error("%s has other values than %s (%s in %s): they cannot be compared", path,
			  a->files[0].name, a->amount.name, a->amount.unit);
	else if (err)
		say_error("out of memory");
	return err ? EXIT_FAILED : 0;
}

/* Of what is no regular file, the order of reading may matter to whoever writes to it. */
static bool can_be_read_beside(const char *path)
{
	struct stat st;

	return strcmp(path, "-") && !stat(path, &st) && S_ISREG(st.st_mode);
}

/*
 * Reads a file, and meanwhile another one (NULL: none); then adds both, in this order. There are
 * never more profiles than these.
 */
static int add_files(struct alignment *a, struct side_file *file, struct side_file *other)
{
	struct beside beside;
	int status;

	file->reading.profile = profile_new();
	if (other)
		other->reading.profile = profile_new();
	if (!file->reading.profile || (other && !other->reading.profile)) {
		say_error("out of memory");
		status = EXIT_FAILED;
		goto out;
	}
	if (other)
		beside_begin(&beside, read_one, other);
	read_one(file);
	status = add_file(a, file);
	profile_free(file->reading.profile);
	file->reading.profile = NULL;
	if (other && status)
		beside_drop(&beside);
	else if (other)
		beside_end(&beside);
	if (other && !status)
		status = add_file(a, other);
out:
	profile_free(file->reading.profile);
	if (other)
		profile_free(other->reading.profile);
	return status;
}

/* The files of both sides, one after another. */
static struct side_file *list_files(const struct options *options,
				    const struct text_list sides[SIDES], size_t *ret_count)
{
	size_t count = sides[BEFORE].count + sides[AFTER].count, at = 0;
	struct side_file *files = calloc(count, sizeof(*files));

	for (size_t s = 0; files && s < SIDES; s++) {
		for (size_t i = 0; i < sides[s].count; i++, at++) {
			files[at].side = (enum side)s;
			files[at].reading.path = sides[s].texts[i];
			files[at].reading.options = options;
		}
	}
	*ret_count = count;
	return files;
}

int read_sides(struct alignment *a, const struct options *options,
	       const struct text_list sides[SIDES])
{
	size_t count, step;
	struct side_file *files = list_files(options, sides, &count);
	int status = 0;

	if (!files) {
		say_error("out of memory");
		return EXIT_FAILED;
	}
	for (size_t i = 0; i < count && !status; i += step) {
		bool both = i + 1 < count && can_be_read_beside(files[i + 1].reading.path);

		step = both ? 2 : 1;
		status = add_files(a, &files[i], both ? &files[i + 1] : NULL);
	}
	free(files);
	return status;
}
