// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Replays the corpus of a fuzzer without libFuzzer: every file in
 * tests/fuzz/corpus/NAME, or those that are given. Prints TAP. What a fuzzer
 * finds wrong ends the program.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CORPUS	  "tests/fuzz/corpus/" FUZZ_NAME
#define INPUT_MAX (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In memory of exactly its size, so that the sanitizer sees a read past the end. */
static void replay(const char *path)
{
	static uint8_t buffer[INPUT_MAX];
	FILE *file = fopen(path, "re");
	uint8_t *data;
	size_t size;

	if (!file) {
		perror(path);
		exit(1);
	}
	size = fread(buffer, 1, sizeof(buffer), file);
	fclose(file);
	data = malloc(size ? size : 1);
	if (!data)
		exit(1);
	memcpy(data, buffer, size);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
}

static int replay_corpus(void)
{
	struct dirent **files;
	int count = scandir(CORPUS, &files, NULL, alphasort), replayed = 0;

	for (int i = 0; i < count; i++) {
		char path[512];

		snprintf(path, sizeof(path), "%s/%s", CORPUS, files[i]->d_name);
		if (files[i]->d_name[0] != '.') {
			fprintf(stderr, "# %s\n", path); /* the last one is the one that failed */
			replay(path);
			replayed++;
		}
		free(files[i]);
	}
	if (count >= 0)
		free(files);
	return replayed;
}

int main(int argc, char **argv)
{
	int replayed = 0;

	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	if (argc == 1)
		replayed = replay_corpus();
	if (argc == 1 && !replayed) {
		printf("not ok 1 - the corpus of " FUZZ_NAME " is empty\n1..1\n");
		return 1;
	}
	printf("ok 1 - %d inputs of " FUZZ_NAME " are handled\n1..1\n",
	       argc > 1 ? argc - 1 : replayed);
	return 0;
}
