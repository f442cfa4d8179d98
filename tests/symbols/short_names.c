// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * short_names: the names of functions on standard input, as a symbol table has them, a line each, as
 * `--demangle short` shows them when it meets all of them: a line each on standard output.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "symbolizer/frame_store.h"

int main(void)
{
	struct frame_store store;
	const char **names = NULL;
	size_t count = 0, cap_names = 0, cap = 0;
	char *line = NULL;
	ssize_t len;

	if (frame_store_init(&store, DEMANGLE_SHORT))
		return 1;
	while ((len = getline(&line, &cap, stdin)) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (ARRAY_RESERVE(names, cap_names, count + 1) ||
		    frame_store_name(&store, line, strlen(line), "", &names[count]))
			return 1;
		count++;
	}
	for (size_t i = 0; i < count; i++)
		puts(frame_store_shown(&store, names[i]));
	free(names);
	free(line);
	frame_store_fini(&store);
	return 0;
}
