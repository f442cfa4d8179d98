// SPDX-License-Identifier: GPL-2.0-or-later
/* See output_file.h. */
#include "profiler/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "profiler/model/alloc.h"
#include "profiler/workers/interrupts.h"
#include "profiler/sink.h"

bool output_is_stdout(const char *path)
{
	return !strcmp(path, "-");
}

/* A new file that goes away with the program until interrupts_remove(NULL). A descriptor or -errno. */
static int make_file(char *name, int suffix_len)
{
	int fd;

	interrupts_block();
	fd = mkostemps(name, suffix_len, O_CLOEXEC);
	if (fd < 0)
		fd = -errno;
	else
		interrupts_remove(name);
	interrupts_allow();
	return fd;
}

int output_open_beside(const char *path, char **ret_name)
{
	const char *slash = strrchr(path, '/');
	int folder_len = slash ? (int)(slash - path) + 1 : 0;
	char *name;
	int fd;

	if (asprintf(&name, "%.*s.bolometer-XXXXXX", folder_len, path) < 0)
		return -ENOMEM;
	fd = make_file(name, 0);
	if (fd < 0) {
		free(name);
		return fd;
	}
	*ret_name = name;
	return fd;
}

void output_forget_beside(char *name)
{
	interrupts_remove(NULL);
	free(name);
}

/* Writes to a descriptor that is taken over, and sees that it arrived. Returns 0 or -errno. */
static int write_fd(const struct output *output, const struct render_input *input, int fd)
{
	struct sink *sink = sink_open(fd);
	int err, sink_err;

	if (!sink)
		return -ENOMEM;
	err = output->format->write(input, sink_stream(sink));
	sink_err = sink_close(sink);
	return sink_err ? sink_err : err;
}

static mode_t default_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

/* Gives a file its name; an error where one has it that must not be replaced. Returns 0 or -errno. */
static int put_in_place(const struct output *output, const char *name)
{
	struct stat st;

	if (!output->fresh)
		return rename(name, output->path) ? -errno : 0;
	if (!renameat2(AT_FDCWD, name, AT_FDCWD, output->path, RENAME_NOREPLACE))
		return 0;
	if (errno != EINVAL) /* that not every file system can */
		return -errno;
	if (!lstat(output->path, &st))
		return -EEXIST;
	return rename(name, output->path) ? -errno : 0;
}

static int write_regular(const struct output *output, const struct render_input *input)
{
	char *name;
	int fd = output_open_beside(output->path, &name);
	struct stat st;
	int err;

	if (fd < 0)
		return fd;
	fchmod(fd, stat(output->path, &st) ? default_mode() : st.st_mode & 0777);
	err = write_fd(output, input, fd);
	if (!err)
		err = put_in_place(output, name);
	if (err)
		unlink(name);
	output_forget_beside(name);
	return err;
}

int output_file_write(const struct output *output, const struct render_input *input)
{
	struct stat st;
	int fd;

	if (output_is_stdout(output->path))
		fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	else if (!stat(output->path, &st) && !S_ISREG(st.st_mode))
		fd = open(output->path, O_WRONLY | O_CLOEXEC);
	else
		return write_regular(output, input);
	return fd < 0 ? -errno : write_fd(output, input, fd);
}

/* ---- elsewhere ---- */

bool output_file_is_worth_another(int err)
{
	return err != -ENOMEM && err != -EPIPE;
}

/* The name of a file without folder and suffix, and its suffix. */
struct file_name {
	const char *stem, *suffix;
	int stem_len, suffix_len;
};

#define STEM_MAX   200 /* with what is added to it, it must be a name */
#define SUFFIX_MAX 16

static struct file_name file_name_of(const struct output *output)
{
	const char *slash = strrchr(output->path, '/');
	struct file_name name = {.stem = slash ? slash + 1 : output->path};
	const char *dot = strrchr(name.stem, '.');

	if (output_is_stdout(output->path)) {
		name = (struct file_name){.stem = "bolometer", .suffix = output->format->suffixes};
		name.stem_len = (int)strlen(name.stem);
		name.suffix_len = (int)strcspn(name.suffix, " ");
		return name;
	}
	name.suffix = dot && dot != name.stem && strlen(dot) <= SUFFIX_MAX ? dot : "";
	name.suffix_len = (int)strlen(name.suffix);
	name.stem_len = (int)strlen(name.stem) - name.suffix_len;
	if (name.stem_len > STEM_MAX)
		name.stem_len = STEM_MAX;
	return name;
}

/* Writes into a folder, under a name that is new there. NULL when it cannot be done. */
static char *write_into(const char *folder, const struct output *output,
			const struct render_input *input)
{
	struct file_name name = file_name_of(output);
	char *path;
	int fd;

	if (asprintf(&path, "%s/%.*s-XXXXXX%.*s", folder, name.stem_len, name.stem,
		     name.suffix_len, name.suffix) < 0)
		return NULL;
	fd = make_file(path, name.suffix_len);
	if (fd >= 0 && !write_fd(output, input, fd)) {
		interrupts_remove(NULL);
		return path;
	}
	if (fd >= 0)
		unlink(path);
	output_forget_beside(path);
	return NULL;
}

char *output_file_write_elsewhere(const struct output *output, const struct render_input *input)
{
	const char *const folders[] = {getenv("TMPDIR"), "/tmp", "/var/tmp", getenv("HOME")};
	char *path = NULL;

	for (size_t i = 0; i < ARRAY_LEN(folders) && !path; i++) {
		if (folders[i] && folders[i][0] == '/')
			path = write_into(folders[i], output, input);
	}
	return path;
}
