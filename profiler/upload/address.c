// SPDX-License-Identifier: GPL-2.0-or-later
/* See address.h. The rules are those of the server's api/model/labelset. */
#include "profiler/upload/address.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LETTERS		 "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS		 "0123456789"
#define NAME_CHARACTERS	 LETTERS DIGITS "_.-/"
#define LABEL_CHARACTERS LETTERS DIGITS "_."
#define INGEST		 "/ingest"

/* Of names and values: the server's own limit (validation.max-length-label-value). */
#define TEXT_LEN_MAX 2048

/* ---- where to ---- */

/* "http://" or "https://" at the beginning: its length, else 0. */
static size_t scheme_len(const char *url)
{
	static const char *const schemes[] = {"http://", "https://"};

	for (size_t i = 0; i < 2; i++) {
		if (!strncasecmp(url, schemes[i], strlen(schemes[i])))
			return strlen(schemes[i]);
	}
	return 0;
}

/* Host, or host and port. */
static bool is_authority(const char *text, size_t len)
{
	const char *port = memrchr(text, ':', len);
	size_t host_len = port ? (size_t)(port - text) : len;

	if (*text == '[') {
		const char *close = memchr(text, ']', len);

		if (!close ||
		    strspn(text + 1, DIGITS "abcdefABCDEF:.") != (size_t)(close - text - 1))
			return false;
		host_len = (size_t)(close - text) + 1;
		port = host_len < len ? close + 1 : NULL;
	} else if (strspn(text, LETTERS DIGITS ".-_") < host_len) {
		return false;
	}
	if (!host_len || (port && *port != ':'))
		return false;
	if (port) {
		size_t digits = strspn(port + 1, DIGITS);
		unsigned long number = strtoul(port + 1, NULL, 10);

		return digits && digits <= 5 && port + 1 + digits == text + len && number &&
		       number <= UINT16_MAX;
	}
	return true;
}

char *address_of(const char *url, const char **ret_mistake)
{
	size_t scheme = scheme_len(url), len, authority;
	char *address;

	*ret_mistake = NULL;
	if (!scheme) {
		*ret_mistake = "is no http:// or https:// URL";
		return NULL;
	}
	authority = strcspn(url + scheme, "/?#");
	if (memchr(url + scheme, '@', authority)) {
		*ret_mistake = "has a user in it; user and password belong into --push-auth FILE";
		return NULL;
	}
	if (url[strcspn(url, "?#")]) {
		*ret_mistake = "has a query, which bolometer writes; give the server's address";
		return NULL;
	}
	if (!is_authority(url + scheme, authority)) {
		*ret_mistake = "has no host and port that could be one";
		return NULL;
	}
	for (const char *c = url + scheme + authority; *c; c++) {
		if (*c <= ' ' || *c >= 127 || strchr("\"<>\\^`{|}", *c)) {
			*ret_mistake = "has a path with characters that no URL has";
			return NULL;
		}
	}
	len = strlen(url);
	while (len > scheme && url[len - 1] == '/')
		len--;
	if (len >= scheme + strlen(INGEST) &&
	    !strncmp(url + len - strlen(INGEST), INGEST, strlen(INGEST)))
		len -= strlen(INGEST);
	return asprintf(&address, "%.*s" INGEST, (int)len, url) < 0 ? NULL : address;
}

bool address_is_open(const char *url)
{
	const char *host = url + scheme_len(url);
	size_t len = strcspn(host, "/:");

	if (!strncasecmp(url, "https", 5))
		return false;
	return !(len == 9 && !strncasecmp(host, "localhost", 9)) && strncmp(host, "127.", 4) &&
	       strncmp(host, "[::1]", 5);
}

/* ---- what it is called ---- */

const char *address_name_mistake(const char *name)
{
	if (name[strspn(name, NAME_CHARACTERS)])
		return "is no application's name; it has letters, digits, _ . - and /";
	return strlen(name) <= TEXT_LEN_MAX ? NULL : "is too long";
}

const char *address_label_mistake(const char *text)
{
	size_t key_len = strspn(text, LABEL_CHARACTERS);

	if (!key_len || text[key_len] != '=' || strchr(DIGITS ".", *text))
		return "is not KEY=VALUE; a key has letters, digits, _ and ., and no digit first";
	if (!strncmp(text, "__", 2))
		return "has a key that begins with __; those are the server's own";
	for (const char *c = text + key_len + 1; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 127 || strchr(",}", *c))
			return "has a value with a comma, a } or a control character, which the "
			       "server cannot take";
	}
	return strlen(text) <= TEXT_LEN_MAX ? NULL : "is too long";
}

bool address_label(struct address_series *series, const char *key, size_t key_len,
		   const char *value)
{
	size_t at = 0;

	while (at < series->nr_labels && (series->labels[at].key_len != key_len ||
					  memcmp(series->labels[at].key, key, key_len)))
		at++;
	if (at == ADDRESS_LABELS_MAX)
		return false;
	series->labels[at].key = key;
	series->labels[at].key_len = key_len;
	series->labels[at].value = value;
	if (at == series->nr_labels)
		series->nr_labels++;
	return true;
}

char *address_series_text(const struct address_series *series)
{
	const char *comma = "";
	char *text = NULL;
	size_t len;
	FILE *memory = open_memstream(&text, &len);

	if (!memory)
		return NULL;
	fprintf(memory, "%s{", series->name);
	for (size_t i = 0; i < series->nr_labels; i++) {
		if (!*series->labels[i].value)
			continue;
		fprintf(memory, "%s%.*s=", comma, (int)series->labels[i].key_len,
			series->labels[i].key);
		for (const char *c = series->labels[i].value; *c; c++)
			fputc((unsigned char)*c < ' ' || *c == 127 || strchr(",}", *c) ? '_' : *c,
			      memory);
		comma = ",";
	}
	fputc('}', memory);
	if (fclose(memory)) {
		free(text);
		return NULL;
	}
	return text;
}

/* Everything but unreserved characters (RFC 3986) as its bytes. */
static void put_escaped(FILE *out, const char *text)
{
	for (const char *c = text; *c; c++) {
		if (strchr(LETTERS DIGITS "-._~", *c))
			fputc(*c, out);
		else
			fprintf(out, "%%%02X", (unsigned char)*c);
	}
}

char *address_request(const char *endpoint, const char *series, uint64_t from_s, uint64_t until_s)
{
	char *text = NULL;
	size_t len;
	FILE *memory = open_memstream(&text, &len);

	if (!memory)
		return NULL;
	fprintf(memory, "%s?name=", endpoint);
	put_escaped(memory, series);
	/*
	 * No "format=pprof": with it the server takes the whole body, multipart or not, for the
	 * profile (pkg/ingester/pyroscope/ingest_handler.go). It knows multipart/form-data by itself.
	 */
	fprintf(memory, "&from=%llu&until=%llu&spyName=bolometer", (unsigned long long)from_s,
		(unsigned long long)until_s);
	if (fclose(memory)) {
		free(text);
		return NULL;
	}
	return text;
}

bool address_default_name(const char *target, char *name, size_t size)
{
	static const char cgroup[] = "cgroup ";
	const char *bracket;
	size_t len, at = 0, used = 0;

	if (!target)
		return false;
	if (!strcmp(target, "whole system"))
		target = "system";
	if (!strncmp(target, cgroup, strlen(cgroup)))
		target += strlen(cgroup);
	bracket = strstr(target, " (");
	len = bracket ? (size_t)(bracket - target) : strlen(target);
	while (len && target[len - 1] == '/')
		len--;
	for (size_t i = 0; i < len; i++)
		at = target[i] == '/' ? i + 1 : at;
	for (; at < len && used + 1 < size; at++)
		name[used++] = strchr(NAME_CHARACTERS, target[at]) ? target[at] : '_';
	name[used] = '\0';
	return used != 0;
}
