/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process that sends, and what it says meanwhile: packets over its socket; see upload.h. */
#ifndef BOLOMETER_UPLOAD_SENDER_H
#define BOLOMETER_UPLOAD_SENDER_H

#include <stdbool.h>

#include "profiler/upload/upload.h"

struct sender_report {
	bool done; /* false: an attempt failed, and another will follow */
	int err;   /* with `done`: as upload_run() returns it */
	char words[UPLOAD_WORDS];
};

/* For apart_start(); `data` is the struct upload. */
void sender_run(int fd, void *data);

#endif
