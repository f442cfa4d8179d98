/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One output file: written under another name in the same folder and then
 * renamed, so that it appears whole or not at all; or, where that fails,
 * elsewhere.
 */
#ifndef BOLOMETER_OUTPUT_FILE_H
#define BOLOMETER_OUTPUT_FILE_H

#include <stdbool.h>

#include "profiler/output.h"

/* "-" */
bool output_is_stdout(const char *path);

/* Opens a new file beside `path`. Returns its descriptor, and its name, which the caller frees; or -errno. */
int output_open_beside(const char *path, char **ret_name);

/* Its name is final, or it is removed: a signal need not do that any more. Frees the name. */
void output_forget_beside(char *name);

/* Writes the file in its place. Returns 0, or -errno with what was there left as it was. */
int output_file_write(const struct output *output, const struct render_input *input);

/* Whether what failed so could be written in another place. */
bool output_file_is_worth_another(int err);

/*
 * Writes it under a similar name, which none but the user can read, into the first folder that takes
 * it: that of TMPDIR, /tmp, /var/tmp, the user's own. Returns the path, which the caller frees, or
 * NULL when none does.
 */
char *output_file_write_elsewhere(const struct output *output, const struct render_input *input);

#endif
