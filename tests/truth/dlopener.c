// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dlopener [ROUNDS]: loads the first plugin, burns CPU time in it, unloads it, and
 * does the same with the second, mostly at the address where the first was.
 *
 * Right answer: first_plugin_work and second_plugin_work have their shares (2 to 1).
 * Prints also "same_address N", in how many rounds the two did share an address, for
 * a test that nothing reused has tested nothing.
 */
#include <dlfcn.h>
#include <libgen.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "truth.h"

#define SLICE_MS 100

struct plugin {
	const char *file;
	uint64_t slice_ns;
	struct path_time path;
};

static struct plugin plugins[] = {
	{"first.so", 2 * SLICE_MS *NS_PER_MS, {.name = "first_plugin_work"}},
	{"second.so", SLICE_MS *NS_PER_MS, {.name = "second_plugin_work"}},
};

/* The plugins lie in a folder beside this program. */
static int plugin_path(char *path, size_t size, const char *file)
{
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (len < 0)
		return -1;
	self[len] = '\0';
	return snprintf(path, size, "%s/plugins/%s", dirname(self), file) < (int)size ? 0 : -1;
}

/* Returns where the plugin's function was, NULL when it could not be loaded. */
static void *use_plugin(struct plugin *plugin)
{
	char path[PATH_MAX];
	void *library, *address;
	uint64_t (*function)(uint64_t ns);

	if (plugin_path(path, sizeof(path), plugin->file))
		return NULL;
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	address = library ? dlsym(library, plugin->path.name) : NULL;
	if (!address) {
		fprintf(stderr, "dlopener: %s\n", dlerror());
		return NULL;
	}
	memcpy(&function, &address, sizeof(function));
	plugin->path.cpu_ns += function(plugin->slice_ns);
	dlclose(library);
	return address;
}

int main(int argc, char **argv)
{
	unsigned rounds = argc > 1 ? (unsigned)number_argument(argv[1], 1, 1000) : 5;
	struct path_time paths[2];
	unsigned same_address = 0;

	for (unsigned i = 0; i < rounds; i++) {
		void *first = use_plugin(&plugins[0]);
		void *second = use_plugin(&plugins[1]);

		if (!first || !second)
			return 1;
		same_address += first == second;
	}
	paths[0] = plugins[0].path;
	paths[1] = plugins[1].path;
	print_shares(paths, 2);
	printf("same_address %u\n", same_address);
	return 0;
}
