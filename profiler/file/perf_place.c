// SPDX-License-Identifier: GPL-2.0-or-later
/* Locations of frames of text; see perf_place.h. */
#include "profiler/file/perf_place.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "profiler/model/alloc.h"
#include "profiler/model/markers.h"

#define DELETED	 " (deleted)"
#define INLINERS "->" /* perf-map-agent, between a function and what is inlined in it */

#define KERNEL_DIGITS 16 /* addresses of kernels fill all of a word */

/* What stands in brackets and is not a part of the kernel: tools/perf/util/map.c, dso.c. */
static const struct {
	const char *name; /* or its beginning */
	enum frame_kind kind;
} bracketed[] = {
	{"[vdso", FRAME_LIBRARY}, {"[vsyscall]", FRAME_LIBRARY}, {"[heap]", FRAME_JIT},
	{"[stack", FRAME_JIT},	  {"[anon", FRAME_JIT},		 {"[uprobes]", FRAME_USER},
	{"[unknown", FRAME_USER},
};

static enum frame_kind bracketed_kind(struct piece file)
{
	for (size_t i = 0; i < ARRAY_LEN(bracketed); i++) {
		if (piece_starts(file, bracketed[i].name))
			return bracketed[i].kind;
	}
	return FRAME_KERNEL;
}

/* "[kernel.kallsyms]", "[kernel.kallsyms].init.text", "[guest.kernel.kallsyms]", "vmlinux-6.1". */
static bool is_kernel_itself(struct piece file, struct piece base)
{
	return piece_starts(file, "[kernel") || piece_starts(file, "[guest.kernel") ||
	       piece_starts(base, "vmlinux");
}

/* "ext4.ko", "ext4.ko.xz", ...: the module's name; empty when it is none. */
static struct piece kernel_module(struct piece base)
{
	size_t at = piece_find(base, ".ko");

	return at < base.len && (at + 3 == base.len || base.text[at + 3] == '.')
		       ? piece_upto(base, at)
		       : piece_upto(base, 0);
}

/* Code of no file: with a map of names, or with a file that was made for perf. */
static bool is_jit(struct piece file, struct piece base)
{
	return (piece_starts(base, "perf-") && piece_ends(base, ".map")) ||
	       (piece_starts(base, "jitted-") && piece_ends(base, ".so")) ||
	       piece_starts(file, "//anon") || piece_starts(file, "/memfd:") ||
	       piece_starts(file, "/dev/zero");
}

static bool is_library(struct piece base)
{
	size_t at = piece_find(base, ".so");

	return at < base.len && (at + 3 == base.len || base.text[at + 3] == '.');
}

static struct piece base_name(struct piece path)
{
	const char *slash = path.len ? memrchr(path.text, '/', path.len) : NULL;

	return slash ? piece_from(path, (size_t)(slash - path.text) + 1) : path;
}

enum frame_kind perf_file_kind(const struct perf_frame *frame, struct piece *ret_module)
{
	struct piece file = frame->file, base, module;

	if (piece_ends(file, DELETED))
		file = piece_upto(file, file.len - strlen(DELETED));
	base = base_name(file);
	*ret_module = base;
	if (is_kernel_itself(file, base)) {
		*ret_module = (struct piece){"kernel", strlen("kernel")};
		return FRAME_KERNEL;
	}
	if (base.len && base.text[0] == '[') {
		enum frame_kind kind = bracketed_kind(base);

		if (kind == FRAME_KERNEL && base.len > 2 && base.text[base.len - 1] == ']')
			*ret_module = (struct piece){base.text + 1, base.len - 2};
		if (kind == FRAME_JIT)
			*ret_module = piece_upto(base, 0);
		return kind;
	}
	module = kernel_module(base);
	if (module.len || piece_starts(base, "bpf_prog_")) {
		*ret_module = module.len ? module : *ret_module;
		return FRAME_KERNEL;
	}
	if (is_jit(file, base)) {
		*ret_module = piece_upto(base, 0);
		return FRAME_JIT;
	}
	if (!base.len)
		return frame->addr.len == KERNEL_DIGITS && frame->addr.text[0] >= '8' ? FRAME_KERNEL
										      : FRAME_USER;
	return is_library(base) ? FRAME_LIBRARY : FRAME_USER;
}

static int add_location(struct profile *profile, struct piece name, struct piece module,
			enum frame_kind kind, uint32_t *ret)
{
	struct location location = {.mapping = MAPPING_NONE, .kind = (uint8_t)kind};
	int err = strings_intern(profile->strings, name.text, name.len, &location.name);

	if (!err && module.len)
		err = strings_intern(profile->strings, module.text, module.len, &location.module);
	return err ? err : profile_add_location(profile, &location, ret);
}

/* What is written for a function without a name: where it is, and with `addrs` the address. */
static int add_unnamed(struct profile *profile, const struct perf_frame *frame, bool addrs,
		       enum frame_kind kind, struct piece module, uint32_t *ret)
{
	struct piece none = piece_upto(module, 0);
	char *name;
	int len, err;

	if (kind == FRAME_JIT)
		module = (struct piece){"jit", strlen("jit")};
	else if (!module.len)
		module = (struct piece){"unknown", strlen("unknown")};
	else if (module.text[0] == '[' && module.len > 2)
		module = (struct piece){module.text + 1, module.len - 2};
	len = addrs ? asprintf(&name, "[%.*s <%.*s>]", (int)module.len, module.text,
			       (int)frame->addr.len, frame->addr.text)
		    : asprintf(&name, "[%.*s]", (int)module.len, module.text);
	if (len < 0)
		return -ENOMEM;
	err = add_location(profile, (struct piece){name, (size_t)len}, none, FRAME_UNNAMED, ret);
	free(name);
	return err;
}

/* Without the path of the file, as "operator->" is no list of functions. */
static size_t first_inliner(struct piece name)
{
	size_t at = piece_find(name, INLINERS);

	return at && at + strlen(INLINERS) < name.len &&
			       !piece_ends(piece_upto(name, at), "operator")
		       ? at
		       : name.len;
}

int perf_place_add(struct profile *profile, const struct perf_frame *frame, bool addrs,
		   int (*each)(void *data, uint32_t location), void *data)
{
	struct piece module, name = frame->name;
	enum frame_kind kind = perf_file_kind(frame, &module);
	bool lists = kind == FRAME_JIT;
	uint32_t location;
	int err;

	if (frame->inlined)
		kind = FRAME_INLINED;
	if (!name.len) {
		err = add_unnamed(profile, frame, addrs, kind, module, &location);
		return err ? err : each(data, location);
	}
	do {
		size_t end = lists ? first_inliner(name) : name.len;

		err = add_location(profile, piece_upto(name, end), module, kind, &location);
		if (!err)
			err = each(data, location);
		name = piece_from(name, end);
		if (name.len)
			name = piece_from(name, strlen(INLINERS));
		kind = FRAME_INLINED;
	} while (name.len && !err);
	return err;
}
