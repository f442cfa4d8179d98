// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names in real ELF files: every symbol against readelf, every PLT stub against objdump.
 */
#include "tests/unit/symbolizer_fixture.h"

#include "profiler/model/alloc.h"

/* ---- an independent reading of a file -------------------------------------------------------- */

struct oracle_symbol {
	uint64_t addr, size;
	char type[16], name[1024];
};

struct load {
	uint64_t off, vaddr, len;
	bool executable;
};

struct oracle {
	struct oracle_symbol *symbols;
	size_t count, cap;
	struct load loads[32];
	size_t nr_loads;
};

/* Symbols of the table ("--dyn-syms" or "--symbols") and the PT_LOAD headers, from readelf. */
static struct oracle read_oracle(const char *path, const char *table)
{
	struct oracle oracle = {0};
	FILE *output = output_of("readelf -W %s %s", table, path);
	char line[4096], bind[16], visibility[16], index[16];

	while (fgets(line, sizeof(line), output)) {
		struct oracle_symbol symbol = {0};
		char size[32];

		if (sscanf(line, " %*d: %lx %31s %15s %15s %15s %15s %1023s", &symbol.addr, size,
			   symbol.type, bind, visibility, index, symbol.name) != 7)
			continue;
		if (!strcmp(index, "UND") || !strcmp(index, "ABS"))
			continue;
		symbol.size = strtoull(size, NULL, 0);
		assert_int_equal(ARRAY_RESERVE(oracle.symbols, oracle.cap, oracle.count + 1), 0);
		oracle.symbols[oracle.count++] = symbol;
	}
	pclose(output);
	output = output_of("readelf -lW %s", path);
	while (fgets(line, sizeof(line), output)) {
		struct load *load = &oracle.loads[oracle.nr_loads];

		if (sscanf(line, " LOAD %lx %lx %*x %lx", &load->off, &load->vaddr, &load->len) !=
		    3)
			continue;
		load->executable = strstr(line, "R E");
		oracle.nr_loads++;
		assert_true(oracle.nr_loads < ARRAY_LEN(oracle.loads));
	}
	pclose(output);
	return oracle;
}

static bool offset_of(const struct oracle *oracle, uint64_t addr, uint64_t *ret)
{
	for (size_t i = 0; i < oracle->nr_loads; i++) {
		const struct load *load = &oracle->loads[i];

		if (addr < load->vaddr || addr - load->vaddr >= load->len || !load->executable)
			continue;
		*ret = addr - load->vaddr + load->off;
		return true;
	}
	return false;
}

/* As people see a name: without the mark of the default version. */
static void cut_default_version(char *name)
{
	char *at = strstr(name, "@@");

	if (at)
		*at = '\0';
}

/* Whether the answer for an address is a name of an innermost symbol that covers it. */
static void check_addr(const struct oracle *oracle, struct symbolizer *symbolizer, int source,
		       uint64_t addr)
{
	const struct oracle_symbol *best = NULL;
	const struct symbol_frame *frame;
	uint64_t off;
	char name[1024];

	if (!offset_of(oracle, addr, &off))
		return;
	for (size_t i = 0; i < oracle->count; i++) {
		const struct oracle_symbol *symbol = &oracle->symbols[i];

		if (!strcmp(symbol->type, "OBJECT") || addr < symbol->addr ||
		    addr - symbol->addr >= symbol->size)
			continue;
		if (!best || symbol->addr > best->addr ||
		    (symbol->addr == best->addr && symbol->size < best->size))
			best = symbol;
	}
	frame = resolve(symbolizer, source, off);
	if (!best)
		return; /* a hole, or something without a size: see the tests made for those */
	if (!frame->function)
		fail_msg("%lx: %s, not %s", addr, best->name, symbol_reason_text(frame->reason));
	assert_int_equal(frame->start, off - (addr - best->addr));
	for (size_t i = 0; i < oracle->count; i++) {
		if (oracle->symbols[i].addr != best->addr || oracle->symbols[i].size != best->size)
			continue;
		strcpy(name, oracle->symbols[i].name);
		cut_default_version(name);
		/* readelf also writes versions behind the names of .dynsym. */
		if (strchr(name, '@') && strcmp(name, frame->function) != 0)
			*strchr(name, '@') = '\0';
		if (!strcmp(name, frame->function))
			return;
	}
	fail_msg("%lx: %s, not %s", addr, frame->function, best->name);
}

/* Every function's first, middle and last address, and the one after it. */
static size_t check_all(const char *path, const char *table)
{
	struct oracle oracle = read_oracle(path, table);
	struct symbolizer *symbolizer = new_symbolizer(true);
	int source = add_path(symbolizer, path);
	size_t functions = 0;

	for (size_t i = 0; i < oracle.count; i++) {
		const struct oracle_symbol *symbol = &oracle.symbols[i];

		if ((strcmp(symbol->type, "FUNC") != 0 && strcmp(symbol->type, "IFUNC") != 0) ||
		    !symbol->size)
			continue;
		functions++;
		check_addr(&oracle, symbolizer, source, symbol->addr);
		check_addr(&oracle, symbolizer, source, symbol->addr + symbol->size / 2);
		check_addr(&oracle, symbolizer, source, symbol->addr + symbol->size - 1);
		check_addr(&oracle, symbolizer, source, symbol->addr + symbol->size);
	}
	symbolizer_free(symbolizer);
	free(oracle.symbols);
	return functions;
}

/* Every stub that objdump labels "name@plt" has that name at its first byte and at the sixth. */
static size_t check_plt(const char *path)
{
	struct oracle oracle = read_oracle(path, "--dyn-syms");
	struct symbolizer *symbolizer = new_symbolizer(true);
	int source = add_path(symbolizer, path);
	FILE *output = output_of("objdump -d -j .plt -j .plt.sec -j .plt.got %s 2>/dev/null", path);
	char line[4096], name[1024];
	uint64_t addr, off;
	size_t stubs = 0;

	while (fgets(line, sizeof(line), output)) {
		if (sscanf(line, "%lx <%1023[^>]>:", &addr, name) != 2 || !strstr(name, "@plt") ||
		    strstr(name, "@plt-0x") || !strncmp(name, "*ABS*", 5))
			continue;
		assert_true(offset_of(&oracle, addr, &off));
		assert_named(symbolizer, source, off, name);
		assert_named(symbolizer, source, off + 5, name);
		stubs++;
	}
	pclose(output);
	symbolizer_free(symbolizer);
	free(oracle.symbols);
	return stubs;
}

/* ---- real files ------------------------------------------------------------------------------ */

static void real_files_agree_with_readelf(void **state)
{
	static const char *const files[] = {
		"/lib/x86_64-linux-gnu/libc.so.6",  "/lib64/libc.so.6",
		"/lib/aarch64-linux-gnu/libc.so.6", "/usr/sbin/nginx",
		"/lib/x86_64-linux-gnu/libm.so.6",  "/lib64/ld-linux-x86-64.so.2",
	};
	size_t found = 0;

	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		if (!access(files[i], R_OK))
			found += check_all(files[i], "--dyn-syms");
	if (!found)
		skip();
	assert_true(found > 1000);
}

static void static_program_agrees_with_readelf(void **state)
{
	write_file("static.c", "#include <stdio.h>\n#include <string.h>\n"
			       "int main(int c, char **v) { return puts(v[0]) + strlen(v[0]); }\n");
	if (system("echo 'int main(void){return 0;}' | gcc -static -x c -o /dev/null - "
		   "2>/dev/null"))
		skip();
	run("gcc -O2 -static -o static static.c");
	assert_true(check_all("static", "--symbols") > 500);
}

static void plt_stubs_agree_with_objdump(void **state)
{
	static const char *const options[] = {
		"",
		"-Wl,-z,now",
		"-fcf-protection=full -Wl,-z,ibtplt",
		"-fcf-protection=full -Wl,-z,ibtplt -Wl,-z,now",
		"-no-pie",
		"-no-pie -Wl,-z,now",
	};

	write_file("plt.c", "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n"
			    "int (*volatile pointer)(const char *) = puts;\n"
			    "int main(int c, char **v) { pointer = atoi; qsort(v, 1, 1, NULL);\n"
			    "return puts(v[0]) + atoi(v[0]) + (long)getenv(v[0]) + (long)malloc(c)"
			    " + (long)strdup(v[0]); }\n");
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		/* Options of one architecture only are left out on the other. */
		run("gcc -O1 %s -o plt plt.c 2>/dev/null || gcc -O1 -o plt plt.c", options[i]);
		assert_true(check_plt("plt") >= 5);
	}
}

/* With .plt.sec the stubs in .plt only push a number. Before binding they run as well. */
static void lazy_halves_of_plt_stubs(void **state)
{
	struct symbolizer *symbolizer;
	uint64_t addr, off;
	int source;

	write_file("lazy.c", "int f(void), g(void);\nint h(void) { return f() + g(); }\n");
	if (system("echo 'int f(void);int g(void){return f();}' | gcc -shared -fPIC -x c -o "
		   "/dev/null "
		   "-fcf-protection=full -Wl,-z,ibtplt - 2>/dev/null"))
		skip();
	run("gcc -shared -fPIC -fcf-protection=full -Wl,-z,ibtplt,-z,lazy -o lazy.so lazy.c");
	find_section("lazy.so", ".plt", &addr, &off);
	symbolizer = new_symbolizer(false);
	source = add_path(symbolizer, "lazy.so");
	assert_unnamed(symbolizer, source, off, SYMBOL_NO_SYMBOL_HERE);
	assert_non_null(resolve(symbolizer, source, off + 16)->function);
	assert_non_null(resolve(symbolizer, source, off + 32)->function);
	assert_string_not_equal(resolve(symbolizer, source, off + 16)->function,
				resolve(symbolizer, source, off + 32)->function);
	assert_non_null(strstr("f@plt g@plt", resolve(symbolizer, source, off + 16)->function));
	symbolizer_free(symbolizer);
}

static void plt_stubs_of_real_files(void **state)
{
	static const char *const files[] = {"/usr/sbin/nginx", "/usr/bin/redis-server",
					    "/usr/bin/python3"};
	size_t stubs = 0;

	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		if (!access(files[i], R_OK))
			stubs += check_plt(files[i]);
	if (!stubs)
		skip();
}

/* A stub of a static program has the name of the resolver it goes through. */
static void plt_stubs_of_a_static_program(void **state)
{
	struct symbolizer *symbolizer;
	uint64_t addr, off;
	int source;

	if (system("echo 'int main(void){return 0;}' | gcc -static -x c -o /dev/null - "
		   "2>/dev/null"))
		skip();
	write_file("ifunc.c", "static int one(void) { return 1; }\n"
			      "static void *choose(void) { return one; }\n"
			      "int chosen(void) __attribute__((ifunc(\"choose\")));\n"
			      "int main(void) { return chosen(); }\n");
	run("gcc -O1 -static -no-pie -nostdlib -Wl,-e,main -o ifunc ifunc.c");
	find_section("ifunc", ".plt", &addr, &off);
	symbolizer = new_symbolizer(false);
	source = add_path(symbolizer, "ifunc");
	assert_named(symbolizer, source, off, "chosen@plt");
	symbolizer_free(symbolizer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_files_agree_with_readelf),
		cmocka_unit_test(static_program_agrees_with_readelf),
		cmocka_unit_test(plt_stubs_agree_with_objdump),
		cmocka_unit_test(lazy_halves_of_plt_stubs),
		cmocka_unit_test(plt_stubs_of_real_files),
		cmocka_unit_test(plt_stubs_of_a_static_program),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
