// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * loads: burns in before_leaf, loads a plugin, burns in its plugin_a, plugin_b and
 * plugin_leaf, unloads it, and all again: code that comes during a capture.
 */
#include <dlfcn.h>
#include <libgen.h>
#include <limits.h>

#include "shape.h"

#define ROUNDS 500 /* of some 200 us each */

static KEPT uint64_t before_leaf(uint64_t x)
{
	return work(x, LEAF_STEPS);
}

static KEPT uint64_t before(uint64_t x)
{
	for (int i = 0; i < ROUNDS; i++)
		x = before_leaf(x) + 1;
	return x;
}

static void *open_plugin(void)
{
	char self[PATH_MAX], path[PATH_MAX + 64];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	void *library;

	self[len < 0 ? 0 : len] = '\0';
	snprintf(path, sizeof(path), "%s/loads_plugin.so", dirname(self));
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (library)
		return library;
	fprintf(stderr, "loads: %s\n", dlerror());
	exit(1);
}

static KEPT uint64_t use_plugin(void *library, uint64_t x)
{
	void *address = dlsym(library, "plugin_a");
	shape_function *call;

	memcpy(&call, &address, sizeof(call));
	for (int i = 0; address && i < ROUNDS; i++)
		x = call(x) + 1;
	return x;
}

int main(void)
{
	alarm(LIFE_SECONDS);
	for (uint64_t x = 1;;) {
		void *library;

		x = before(x);
		library = open_plugin();
		x = use_plugin(library, x);
		dlclose(library);
	}
}
