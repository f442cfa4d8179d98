// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * naming [-c] PAIRS [FOLDER]: names what a capture of a busy machine would ask for, as it would be asked: file by file,
 * with inlined functions and lines. PAIRS has a line "FILE OFFSET" for each address, files together. Prints
 * "wall_s N", "addresses N", "files N", "named N", "lines N", "inlined N" (addresses with inlined functions),
 * and "sum N", of all names and lines. With -c each file is read in a confined process.
 * naming -r COUNT FILE...: prints such pairs, random ones of the files' text, more from larger files.
 */
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "profiler/model/alloc.h"
#include "symbolizer/elf_file.h"
#include "symbolizer/symbolizer.h"

struct ask {
	char path[512];
	uint64_t *offs;
	size_t count, cap;
	int source;
	struct symbol *symbols;
};

static struct ask *asks;
static size_t nr_asks, cap_asks;

/* ---- making pairs ---------------------------------------------------------------------------- */

static bool text_of(const char *path, GElf_Shdr *ret)
{
	enum symbol_reason reason = SYMBOL_OK;
	struct elf_file file;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool found = fd >= 0 && !elf_file_open(&file, fd, &reason) && reason == SYMBOL_OK &&
		     elf_file_section(&file, NULL, ".text", SHT_PROGBITS, ret) && ret->sh_size;

	if (fd >= 0)
		elf_file_fini(&file);
	return found;
}

static int print_pairs(size_t count, char **paths)
{
	GElf_Shdr text;
	uint64_t state = 1;
	double all = 0;

	for (size_t i = 0; paths[i]; i++)
		all += text_of(paths[i], &text) ? sqrt((double)text.sh_size) : 0;
	for (size_t i = 0; paths[i]; i++) {
		if (!text_of(paths[i], &text))
			continue;
		for (size_t k = (size_t)(count * sqrt((double)text.sh_size) / all + 0.5); k; k--) {
			state = state * 6364136223846793005 + 1442695040888963407;
			printf("%s 0x%" PRIx64 "\n", paths[i],
			       text.sh_offset + (state >> 16) % text.sh_size);
		}
	}
	return 0;
}

/* ---- naming ---------------------------------------------------------------------------------- */

static int by_off(const void *a_, const void *b_)
{
	const uint64_t *a = a_, *b = b_;

	return (*a > *b) - (*a < *b);
}

static bool read_pairs(const char *name)
{
	FILE *file = fopen(name, "re");
	char path[512];
	uint64_t off;

	while (file && fscanf(file, "%511s %" SCNx64, path, &off) == 2) {
		struct ask *ask = nr_asks ? &asks[nr_asks - 1] : NULL;

		if (!ask || strcmp(ask->path, path)) {
			if (ARRAY_RESERVE(asks, cap_asks, nr_asks + 1))
				exit(1);
			ask = &asks[nr_asks++];
			memset(ask, 0, sizeof(*ask));
			strcpy(ask->path, path);
		}
		if (ARRAY_RESERVE(ask->offs, ask->cap, ask->count + 1))
			exit(1);
		ask->offs[ask->count++] = off;
	}
	for (size_t i = 0; i < nr_asks; i++)
		qsort(asks[i].offs, asks[i].count, sizeof(uint64_t), by_off);
	return file && !fclose(file) && nr_asks;
}

static void add(struct symbolizer *symbolizer, struct ask *ask, struct symbol_question *ret)
{
	struct symbol_file file = {.path = ask->path, .root_fd = -1};

	file.fd = open(ask->path, O_RDONLY | O_CLOEXEC);
	file.open_error = file.fd < 0 ? errno : 0;
	ask->source = symbolizer_add_file(symbolizer, &file);
	ask->symbols = calloc(ask->count, sizeof(*ask->symbols));
	if (ask->source < 0 || !ask->symbols)
		exit(1);
	*ret = (struct symbol_question){ask->source, ask->offs, NULL, ask->count, ask->symbols};
	if (file.fd >= 0)
		close(file.fd);
}

static void resolve_all(struct symbolizer *symbolizer)
{
	struct symbol_question *questions = calloc(nr_asks, sizeof(*questions));

	if (!questions)
		exit(1);
	for (size_t i = 0; i < nr_asks; i++)
		add(symbolizer, &asks[i], &questions[i]);
	if (symbolizer_resolve_all(symbolizer, questions, nr_asks))
		exit(1);
	free(questions);
}

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint32_t sum;

static void add_text(const char *text)
{
	for (; text && *text; text++)
		sum = sum * 31 + (unsigned char)*text;
}

static void report(double wall_s)
{
	size_t addresses = 0, named = 0, lines = 0, inlined = 0;

	for (size_t i = 0; i < nr_asks; i++) {
		for (size_t k = 0; k < asks[i].count; k++) {
			const struct symbol *symbol = &asks[i].symbols[k];

			addresses++;
			named += symbol->frames->function != NULL;
			lines += symbol->frames->line != 0;
			inlined += symbol->count > 1;
			for (size_t f = 0; f < symbol->count; f++) {
				add_text(symbol->frames[f].function);
				add_text(symbol->frames[f].file);
				sum = sum * 31 + symbol->frames[f].line;
				sum = sum * 31 + (uint32_t)symbol->frames[f].start;
				sum = sum * 31 + (uint32_t)symbol->frames[f].unnamed_addr;
				sum = sum * 31 + symbol->frames[f].kind;
			}
		}
	}
	printf("wall_s %.3f\naddresses %zu\nfiles %zu\nnamed %zu\nlines %zu\ninlined %zu\nsum %u\n",
	       wall_s, addresses, nr_asks, named, lines, inlined, sum);
}

int main(int argc, char **argv)
{
	struct symbolizer_options options = {.lines = true};
	struct symbolizer *symbolizer;
	double started_s;

	if (argc > 3 && !strcmp(argv[1], "-r"))
		return print_pairs(strtoul(argv[2], NULL, 10), argv + 3);
	if (argc > 2 && !strcmp(argv[1], "-c")) {
		options.confine = true;
		argv++;
		argc--;
	}
	if (argc < 2 || !read_pairs(argv[1])) {
		fprintf(stderr, "usage: naming [-c] PAIRS [CACHE] | naming -r COUNT FILE...\n");
		return 2;
	}
	options.cache = argc > 2;
	options.cache_path = argv[2];
	started_s = now_s();
	symbolizer = symbolizer_new(&options);
	if (!symbolizer)
		return 1;
	resolve_all(symbolizer);
	report(now_s() - started_s);
	started_s = now_s();
	symbolizer_free(symbolizer);
	printf("end_s %.3f\n", now_s() - started_s);
	return 0;
}
