/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opening files that somebody else may have put there, for reading.
 *
 * Only regular files are opened: anything else is looked at (O_PATH) but never
 * opened, so no FIFO blocks and no device does whatever opening it does.
 */
#ifndef BOLOMETER_SYMBOLIZER_SAFE_OPEN_H
#define BOLOMETER_SYMBOLIZER_SAFE_OPEN_H

#include <stdbool.h>

/* A file of our own root. Returns a descriptor or -errno; -EPERM: not a regular file. */
int safe_open(const char *path);

/*
 * A file below another root, such as that of a process in a container. Symbolic links and ".."
 * mean what they mean to a process there and cannot lead out; links of /proc that jump anywhere
 * are refused. Without `follow`, so is a link as the last component. Returns as above.
 */
int safe_open_beneath(int root_fd, const char *path, bool follow);

/*
 * A folder right below another root, as a descriptor (O_PATH) or -errno. Links are followed as above,
 * or not at all where the kernel has no openat2().
 */
int safe_open_folder(int root_fd, const char *name);

/*
 * safe_open_beneath() where the kernel has no openat2() (before 5.6, or hidden by a filter): one component at
 * a time, and no symbolic link at all, nor "..". safe_open_beneath() comes here by itself.
 */
int safe_open_walking(int root_fd, const char *path);

#endif
