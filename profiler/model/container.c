// SPDX-License-Identifier: GPL-2.0-or-later
/* Containers by the paths of their cgroups; see container.h. */
#include "profiler/model/container.h"

#include <stdio.h>
#include <string.h>

#include "profiler/model/alloc.h"

#define ID_LEN	  64
#define SHOWN_LEN 12

/* A component of a path; what it ends with, ".scope" and the like, is not in it. */
struct part {
	const char *text;
	size_t len;
};

static bool is_hex(const char *text, size_t len)
{
	return strspn(text, "0123456789abcdef") >= len;
}

static bool is_id(struct part part)
{
	return part.len == ID_LEN && is_hex(part.text, part.len);
}

static bool is(struct part part, const char *word)
{
	return part.len == strlen(word) && !memcmp(part.text, word, part.len);
}

static bool starts(struct part part, const char *prefix)
{
	return part.len > strlen(prefix) && !memcmp(part.text, prefix, strlen(prefix));
}

static struct part without(struct part part, const char *prefix)
{
	return (struct part){part.text + strlen(prefix), part.len - strlen(prefix)};
}

static bool ends(struct part part, const char *suffix)
{
	size_t len = strlen(suffix);

	return part.len > len && !memcmp(part.text + part.len - len, suffix, len);
}

static void keep(char *to, size_t size, struct part part)
{
	snprintf(to, size, "%.*s", (int)(part.len < size ? part.len : size - 1), part.text);
}

/* ---- pods ------------------------------------------------------------------------------------- */

/* 8-4-4-4-12 digits, with "_" for "-" where it is in a unit's name. */
static bool is_uuid(struct part part)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	if (part.len != sizeof(form) - 1)
		return false;
	for (size_t i = 0; i < part.len; i++) {
		bool is_dash = part.text[i] == '-' || part.text[i] == '_';

		if (form[i] == '-' ? !is_dash : !is_hex(part.text + i, 1))
			return false;
	}
	return true;
}

/* Pods that a node runs by itself have a number instead. */
static bool is_pod_uid(struct part part)
{
	return is_uuid(part) || (part.len == 32 && is_hex(part.text, 32));
}

/* "podUID", "kubepods-burstable-podUID", with ".slice" or not. */
static bool take_pod(struct part part, struct container *found)
{
	if (starts(part, "machine-libpod_pod_")) {
		part = without(part, "machine-libpod_pod_");
		keep(found->pod, SHOWN_LEN + 1, part);
		return true;
	}
	for (size_t at = 0; at + 3 < part.len; at++) {
		struct part uid = {part.text + at + 3, part.len - at - 3};

		if (memcmp(uid.text - 3, "pod", 3) || (at && uid.text[-4] != '-') ||
		    !is_pod_uid(uid))
			continue;
		keep(found->pod, sizeof(found->pod), uid);
		for (char *c = found->pod; *c; c++)
			*c = *c == '_' ? '-' : *c;
		return true;
	}
	return false;
}

/* ---- containers ------------------------------------------------------------------------------- */

static const struct {
	const char *word, *runtime;
} engines[] = {
	{"docker", "docker"},	   {"cri-dockerd", "docker"},	 {"cri-containerd", "containerd"},
	{"nerdctl", "containerd"}, {"containerd", "containerd"}, {"crio", "cri-o"},
	{"libpod", "podman"},
};

/* Of an engine that writes its name before the ID. */
static bool take_prefixed(struct part part, struct container *found)
{
	for (size_t i = 0; i < ARRAY_LEN(engines); i++) {
		size_t len = strlen(engines[i].word);
		struct part id = {part.text + len + 1, part.len - len - 1};

		if (!starts(part, engines[i].word) || part.text[len] != '-' || !is_id(id))
			continue;
		keep(found->id, sizeof(found->id), id);
		found->runtime = engines[i].runtime;
		return true;
	}
	return false;
}

/* Systemd writes what its names may not have as "\\x2d". */
static void unescape(char *name)
{
	char *to = name;
	unsigned int byte;

	for (const char *from = name; *from; to++) {
		if (sscanf(from, "\\x%2x", &byte) == 1 && byte >= ' ' && byte < 127) {
			*to = (char)byte;
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

static void take_name(struct part name, const char *runtime, struct container *found)
{
	keep(found->id, sizeof(found->id), name);
	unescape(found->id);
	found->runtime = runtime;
}

static bool take_machine(struct part part, const char *unit, struct container *found)
{
	if (starts(part, "systemd-nspawn@") && !strcmp(unit, ".service"))
		take_name(without(part, "systemd-nspawn@"), "nspawn", found);
	else if (starts(part, "machine-") && !strcmp(unit, ".scope"))
		take_name(without(part, "machine-"), "machine", found);
	else if (starts(part, "lxc.payload."))
		take_name(without(part, "lxc.payload."), "lxc", found);
	else
		return false;
	return true;
}

/* An ID, or a name, in a folder that says whose it is. */
static void take_plain(struct part part, struct part folder, struct container *found)
{
	const char *runtime = "container";

	for (size_t i = 0; i < ARRAY_LEN(engines); i++) {
		if (is(folder, engines[i].word))
			runtime = engines[i].runtime;
	}
	if (is_id(part))
		take_name(part, runtime, found);
	else if (is(folder, "lxc") || is(folder, "lxc.payload"))
		take_name(part, "lxc", found);
}

/* Cuts the type of a systemd unit off, and returns it, or "". */
static const char *cut_unit(struct part *part)
{
	static const char *const units[] = {".scope", ".slice", ".service"};

	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (!ends(*part, units[i]))
			continue;
		part->len -= strlen(units[i]);
		return units[i];
	}
	return "";
}

bool container_of_cgroup(const char *path, struct container *ret)
{
	struct container found = {.runtime = ""};
	struct part folder = {"", 0};

	while (*path) {
		struct part part = {path, strcspn(path, "/:")};
		struct part whole = part;
		const char *unit;

		unit = cut_unit(&part);
		if (part.len && !take_prefixed(part, &found) && !take_pod(part, &found) &&
		    !take_machine(part, unit, &found))
			take_plain(part, folder, &found);
		if (part.len)
			folder = part;
		path += whole.len + (path[whole.len] != '\0');
	}
	if (!*found.id)
		return false;
	*ret = found;
	return true;
}

void container_label(const char *path, char *label, size_t size)
{
	struct container container;
	bool is_number;

	if (!container_of_cgroup(path, &container)) {
		snprintf(label, size, "%s", *path == '[' ? path : "[host]");
		return;
	}
	is_number = strlen(container.id) == ID_LEN && is_hex(container.id, ID_LEN);
	snprintf(label, size, "%s %.*s%s%s", container.runtime, is_number ? SHOWN_LEN : ID_LEN,
		 container.id, *container.pod ? " pod " : "", container.pod);
}
