// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * binding SHAPE: calls into a shared library through the procedure linkage table.
 *
 *	stubs	very many, very short: part of the time is in the stubs themselves
 *	lazy	each for the first time: the time is in the dynamic linker's resolver, which
 *		moves the stack; the library (binding_library.c) is loaded and unloaded
 */
#include <dlfcn.h>
#include <libgen.h>
#include <limits.h>

#include "binding.h"
#include "shape.h"

#define CALLS 1000000

static KEPT uint64_t stub_caller(uint64_t x)
{
	for (unsigned i = 0; i < CALLS; i++)
		x = short_call(x) + 1;
	return x;
}

static KEPT uint64_t stubs(uint64_t x)
{
	return stub_caller(x) + 1;
}

static void *open_beside(const char *name)
{
	char self[PATH_MAX], path[PATH_MAX + 64];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	void *library;

	self[len < 0 ? 0 : len] = '\0';
	snprintf(path, sizeof(path), "%s/%s", dirname(self), name);
	library = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
	if (library)
		return library;
	fprintf(stderr, "binding: %s\n", dlerror());
	exit(1);
}

static KEPT uint64_t bind_all(void *library, uint64_t x)
{
	void *address = dlsym(library, "call_each");
	shape_function *call;

	memcpy(&call, &address, sizeof(call));
	return address ? call(x) + 1 : x;
}

static KEPT uint64_t lazy(uint64_t x)
{
	void *library = open_beside("binding_lazy.so");

	x = bind_all(library, x);
	dlclose(library);
	return x;
}

static const struct shape shapes[] = {{"stubs", stubs}, {"lazy", lazy}};

int main(int argc, char **argv)
{
	shape_function *run = SHAPE_CHOSEN(shapes, argc, argv);

	for (uint64_t x = 1;;)
		x = run(x);
}
