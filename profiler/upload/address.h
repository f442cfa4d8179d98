/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a profile is called on a Pyroscope server, and where it goes: the address
 * and the query of its ingest endpoint
 * (grafana.com/docs/pyroscope/latest/reference-server-api, "Ingestion").
 */
#ifndef BOLOMETER_UPLOAD_ADDRESS_H
#define BOLOMETER_UPLOAD_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The ingest endpoint of a server: its URL, of which a path may be a part, and "/ingest" unless it
 * ends so. The caller frees. NULL, with what is wrong in words that follow it, or NULL of these
 * without memory.
 */
char *address_of(const char *url, const char **ret_mistake);

/* Whether what is sent there can be read on its way: no TLS, and another machine. */
bool address_is_open(const char *url);

/* What is wrong with an application's name, and with "KEY=VALUE"; NULL where nothing is. */
const char *address_name_mistake(const char *name);
const char *address_label_mistake(const char *text);

#define ADDRESS_LABELS_MAX 32

/* A series: name and labels, built from texts that are borrowed. */
struct address_series {
	const char *name;
	struct {
		const char *key, *value;
		size_t key_len;
	} labels[ADDRESS_LABELS_MAX];
	size_t nr_labels;
};

/* Sets a label; a later value takes the place of an earlier one. False when there are too many. */
bool address_label(struct address_series *series, const char *key, size_t key_len,
		   const char *value);

/*
 * "NAME{KEY=VALUE,...}", without the labels whose value is empty. Characters that would end a value
 * become '_'. The caller frees; NULL without memory.
 */
char *address_series_text(const struct address_series *series);

/* "ENDPOINT?name=...&from=...&until=...&spyName=bolometer". The caller frees; NULL without memory. */
char *address_request(const char *endpoint, const char *series, uint64_t from_s, uint64_t until_s);

/*
 * A name for what a target's description tells ("nginx (pid 4242)", "cgroup a/b", "whole system",
 * "./program"), in `name`; false where it tells of nothing.
 */
bool address_default_name(const char *target, char *name, size_t size);

#endif
