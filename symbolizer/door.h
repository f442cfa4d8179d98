/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The only way out for a reader (reader.h), which cannot open anything: it asks the process that
 * made it for the files that belong to the one it reads, and leaves it what it has to tell.
 */
#ifndef BOLOMETER_SYMBOLIZER_DOOR_H
#define BOLOMETER_SYMBOLIZER_DOOR_H

#include "profiler/workers/channel.h"
#include "symbolizer/places.h"

struct door {
	int channel;
	struct message reply;
};

/* As places_open(), of the source's places; only ELF files are to be had. */
int door_open(struct door *door, enum place place, const char *path);

/* As debug_server_find() and debug_server_refuse(), but that nothing needs to be told here. */
int door_fetch(struct door *door, const uint8_t *id, size_t id_len, char *ret_from, size_t size);
void door_refuse(struct door *door, const uint8_t *id, size_t id_len);

/* Passes on a line of source_tell(). */
void door_tell(struct door *door, const char *line);

#endif
