// SPDX-License-Identifier: GPL-2.0-or-later
/* Kinds of code in names of mappings; see pprof_format.h. */
#include "profiler/model/pprof_format.h"

#include <stdio.h>
#include <string.h>

#include "profiler/model/alloc.h"

static bool begins(const char *text, size_t len, const char *with)
{
	size_t with_len = strlen(with);

	return len >= with_len && !memcmp(text, with, with_len);
}

static enum mapping_type type_of_kind(enum frame_kind kind)
{
	return kind == FRAME_KERNEL ? MAPPING_KERNEL : MAPPING_JIT;
}

/* "[kernel] ext4": what pprof_code_name() makes. */
static bool parse_kind(const char *name, size_t len, struct pprof_code *code)
{
	const char *close = memchr(name, ']', len);
	size_t used, word_len;

	if (!close || name[0] != '[')
		return false;
	word_len = (size_t)(close - name - 1);
	used = word_len + 2;
	if (used < len && (name[used] != ' ' || used + 1 == len))
		return false;
	for (int kind = 0; kind < FRAME_KIND_COUNT; kind++) {
		const char *word = frame_kind_word((enum frame_kind)kind);

		if (strlen(word) != word_len || memcmp(name + 1, word, word_len))
			continue;
		code->kind = (enum frame_kind)kind;
		code->type = type_of_kind(code->kind);
		code->module = used < len ? name + used + 1 : NULL;
		code->module_len = used < len ? len - used - 1 : 0;
		return true;
	}
	return false;
}

/* The name of a shared library: ".so" at its end, or before a version. */
static bool is_library(const char *name, size_t len)
{
	for (size_t i = 1; i + 3 <= len; i++) {
		if (!memcmp(name + i, ".so", 3) && (i + 3 == len || name[i + 3] == '.'))
			return true;
	}
	return false;
}

static void parse_file(const char *path, size_t len, struct pprof_code *code)
{
	static const char deleted[] = " (deleted)";
	const char *slash = memrchr(path, '/', len);
	const char *name = slash ? slash + 1 : path;
	size_t name_len = len - (size_t)(name - path);

	if (name_len > strlen(deleted) &&
	    !memcmp(name + name_len - strlen(deleted), deleted, strlen(deleted)))
		name_len -= strlen(deleted);
	*code = (struct pprof_code){
		.type = MAPPING_FILE,
		.kind = is_library(name, name_len) ? FRAME_LIBRARY : FRAME_USER,
		.module = name_len ? name : NULL,
		.module_len = name_len,
	};
}

void pprof_code_parse(const char *name, size_t len, struct pprof_code *code)
{
	static const struct pprof_code kernel = {MAPPING_KERNEL, FRAME_KERNEL, PPROF_KERNEL_MODULE,
						 sizeof(PPROF_KERNEL_MODULE) - 1};

	*code = (struct pprof_code){.type = MAPPING_JIT, .kind = FRAME_JIT};
	if (!len || begins(name, len, "//anon") || begins(name, len, "[anon"))
		return;
	if (parse_kind(name, len, code)) {
		if (code->kind == FRAME_KERNEL && !code->module)
			*code = kernel;
	} else if (begins(name, len, "[kernel")) { /* perf: "[kernel.kallsyms]" */
		*code = kernel;
	} else if (begins(name, len, "[vdso]") || begins(name, len, "[vsyscall]")) {
		*code = (struct pprof_code){MAPPING_IMAGE, FRAME_LIBRARY, name, len};
	} else {
		parse_file(name, len, code);
	}
}

int pprof_code_name(enum frame_kind kind, const char *module, char *name, size_t size)
{
	return snprintf(name, size, "[%s]%s%s", frame_kind_word(kind), *module ? " " : "", module);
}
