// SPDX-License-Identifier: GPL-2.0-or-later
/* Runtimes by the files they consist of; see runtimes.h. */
#include "profiler/runtimes.h"

#include <string.h>

#include "profiler/model/alloc.h"

static const struct {
	const char *name;
	bool goes_on; /* with a version */
	enum runtime runtime;
} files[] = {
	{"node", false, RUNTIME_NODE},	    {"nodejs", false, RUNTIME_NODE},
	{"libnode.so", true, RUNTIME_NODE}, {"libjvm.so", false, RUNTIME_JAVA},
	{"python3", true, RUNTIME_PYTHON},  {"libpython3", true, RUNTIME_PYTHON},
};

enum runtime runtime_of_file(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		size_t len = strlen(files[i].name);

		if (!strncmp(name, files[i].name, len) && (files[i].goes_on || !name[len]))
			return files[i].runtime;
	}
	return RUNTIME_NONE;
}

enum runtime runtime_of_process(const struct tracker *tracker, uint32_t tgid)
{
	const struct process *process = spaces_find(&tracker->spaces, tgid);
	enum runtime found = RUNTIME_NONE;

	for (size_t i = 0; process && process->newest && i < process->newest->nr_maps && !found;
	     i++) {
		const struct code_map *map = &process->newest->maps[i];

		if (map->type == CODE_FILE && map->binary < tracker->binaries.count)
			found = runtime_of_file(tracker->binaries.binaries[map->binary].path);
	}
	return found;
}

const char *runtime_advice(enum runtime runtime)
{
	static const char *const lines[RUNTIME_COUNT] = {
		[RUNTIME_NODE] = "node: its generated code has no names; start it with "
				 "--perf-basic-prof (and --interpreted-frames-native-stack, for "
				 "functions that are not compiled yet)",
		[RUNTIME_JAVA] =
			"java: its generated code has no names; run `jcmd PID "
			"Compiler.perfmap` before the capture ends (JDK 17 and later), or "
			"start it with -XX:+UnlockDiagnosticVMOptions "
			"-XX:+DumpPerfMapAtExit; -XX:+PreserveFramePointer makes its stacks "
			"whole",
		[RUNTIME_PYTHON] = "python: functions of scripts are not shown, the interpreter's "
				   "are; start it with -X perf (Python 3.12 and later)",
	};

	return lines[runtime];
}
