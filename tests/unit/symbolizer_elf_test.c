// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names in ELF files: small files made for one question each, and every symbol of real ones
 * against what readelf and objdump say.
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
	uint64_t addr, off, len;
	char line[512];
	FILE *output;
	int source;

	if (system("echo 'int main(void){return 0;}' | gcc -static -x c -o /dev/null - "
		   "2>/dev/null"))
		skip();
	write_file("ifunc.c", "static int one(void) { return 1; }\n"
			      "static void *choose(void) { return one; }\n"
			      "int chosen(void) __attribute__((ifunc(\"choose\")));\n"
			      "int main(void) { return chosen(); }\n");
	run("gcc -O1 -static -no-pie -nostdlib -Wl,-e,main -o ifunc ifunc.c");
	output = output_of("readelf -SW ifunc");
	for (addr = 0; fgets(line, sizeof(line), output) && !addr;)
		if (strstr(line, " .plt ") || strstr(line, " .iplt "))
			sscanf(strstr(line, "PROGBITS"), "PROGBITS %lx %lx %lx", &addr, &off, &len);
	pclose(output);
	assert_int_not_equal(addr, 0);
	symbolizer = new_symbolizer(false);
	source = add_path(symbolizer, "ifunc");
	assert_named(symbolizer, source, off, "chosen@plt");
	symbolizer_free(symbolizer);
}

/* ---- files made for one question ------------------------------------------------------------- */

static struct symbolizer *symbolizer;
static int source;
static uint64_t text_off;

/* Offset and address of a section in the folder's file. */
static void find_section(const char *file, const char *name, uint64_t *ret_addr, uint64_t *ret_off)
{
	FILE *output = output_of("readelf -SW %s", file);
	char line[512], wanted[64];

	*ret_addr = *ret_off = 0;
	snprintf(wanted, sizeof(wanted), " %s ", name);
	while (fgets(line, sizeof(line), output))
		if (strstr(line, wanted))
			assert_int_equal(sscanf(strstr(line, "PROGBITS"), "PROGBITS %lx %lx",
						ret_addr, ret_off),
					 2);
	pclose(output);
	assert_int_not_equal(*ret_off, 0);
}

/* Assembles `text` into a shared object whose .text starts with it, at the offset text_off. */
static void assemble(const char *text, const char *options)
{
	uint64_t addr;

	symbolizer_free(symbolizer);
	write_file("made.s", text);
	run("gcc -c -o made.o made.s && gcc -shared -nostdlib -o made.so made.o %s", options);
	find_section("made.so", ".text", &addr, &text_off);
	symbolizer = new_symbolizer(false);
	source = add_path(symbolizer, "made.so");
}

static int teardown_made(void **state)
{
	symbolizer_free(symbolizer);
	symbolizer = NULL;
	return 0;
}

#define FUNCTION(name, bind, bytes)                                                              \
	"." bind " " name "\n.type " name ", %function\n" name ":\n.skip " bytes "\n.size " name \
	", " bytes "\n"

static void local_symbol_is_not_shadowed_by_a_far_export(void **state)
{
	assemble(".text\n" FUNCTION("exported", "globl", "32") FUNCTION("hidden", "local", "512")
			 FUNCTION("after", "globl", "16"),
		 "");
	assert_named(symbolizer, source, text_off, "exported");
	assert_named(symbolizer, source, text_off + 31, "exported");
	assert_named(symbolizer, source, text_off + 32, "hidden");
	assert_named(symbolizer, source, text_off + 543, "hidden");
	assert_named(symbolizer, source, text_off + 544, "after");
}

static void hole_has_no_name(void **state)
{
	assemble(".text\n" FUNCTION("before", "globl", "32") ".skip 512\n" FUNCTION(
			 "after", "globl", "16") ".skip 64\n",
		 "");
	assert_named(symbolizer, source, text_off + 31, "before");
	assert_unnamed(symbolizer, source, text_off + 32, SYMBOL_NO_SYMBOL_HERE);
	assert_unnamed(symbolizer, source, text_off + 543, SYMBOL_NO_SYMBOL_HERE);
	assert_named(symbolizer, source, text_off + 544, "after");
	assert_unnamed(symbolizer, source, text_off + 560, SYMBOL_NO_SYMBOL_HERE);
}

/* The same with the local symbols stripped: what they covered has become a hole. */
static void stripped_local_symbol_leaves_a_hole(void **state)
{
	assemble(".text\n" FUNCTION("exported", "globl", "32") FUNCTION("hidden", "local", "512")
			 FUNCTION("after", "globl", "16"),
		 "-Wl,-s");
	assert_named(symbolizer, source, text_off + 31, "exported");
	assert_unnamed(symbolizer, source, text_off + 32, SYMBOL_NO_SYMBOL_HERE);
	assert_unnamed(symbolizer, source, text_off + 543, SYMBOL_NO_SYMBOL_HERE);
	assert_named(symbolizer, source, text_off + 544, "after");
}

static void symbol_without_size_reaches_to_the_next(void **state)
{
	assemble(".text\n.globl start\nstart:\n.skip 16\n.type typed, %function\ntyped:\n.skip "
		 "16\n" FUNCTION("sized", "globl",
				 "16") "inside_gap:\n.skip 16\n"
				       ".section .other, \"ax\"\n.skip 16\nlast:\n.skip 8\n",
		 "");
	assert_named(symbolizer, source, text_off, "start");
	assert_named(symbolizer, source, text_off + 15, "start");
	assert_named(symbolizer, source, text_off + 16, "typed");
	assert_named(symbolizer, source, text_off + 31, "typed");
	assert_named(symbolizer, source, text_off + 32, "sized");
	assert_named(symbolizer, source, text_off + 48, "inside_gap");
	assert_named(symbolizer, source, text_off + 63, "inside_gap");
	/* .text ends here, and with it every symbol in it. */
	assert_unnamed(symbolizer, source, text_off + 64, SYMBOL_NO_SYMBOL_HERE);
	assert_named(symbolizer, source, text_off + 80, "last");
	assert_unnamed(symbolizer, source, text_off + 88, SYMBOL_NO_SYMBOL_HERE);
}

static void label_inside_a_function_is_not_a_function(void **state)
{
	assemble(
		".text\n.globl f\n.type f, %function\nf:\n.skip 16\nlabel:\n.skip 16\n.size f, 32\n"
		".skip 16\n",
		"");
	assert_named(symbolizer, source, text_off + 20, "f");
	assert_unnamed(symbolizer, source, text_off + 32, SYMBOL_NO_SYMBOL_HERE);
}

static void nested_symbols_give_the_innermost(void **state)
{
	assemble(".text\n.globl outer, inner\n.type outer, %function\n.type inner, %function\n"
		 "outer:\n.skip 16\ninner:\n.skip 8\n.size inner, 8\n.skip 40\n.size outer, 64\n",
		 "");
	assert_named(symbolizer, source, text_off + 15, "outer");
	assert_named(symbolizer, source, text_off + 16, "inner");
	assert_named(symbolizer, source, text_off + 23, "inner");
	assert_named(symbolizer, source, text_off + 24, "outer");
	assert_int_equal(resolve(symbolizer, source, text_off + 24)->start, text_off);
	assert_named(symbolizer, source, text_off + 63, "outer");
}

#define ALIAS(name, bind) \
	"." bind " " name "\n.type " name ", %function\n.set " name ", f\n.size " name ", 16\n"

static void aliases_give_the_name_people_expect(void **state)
{
	assemble(".text\n" FUNCTION("f", "local", "16") ALIAS("write", "weak")
			 ALIAS("__write", "globl") ALIAS("__GI_write", "local"),
		 "");
	assert_named(symbolizer, source, text_off, "write");
	assemble(".text\n" FUNCTION("f", "local", "16") ALIAS("weak", "weak")
			 ALIAS("global_and_longer", "globl"),
		 "");
	assert_named(symbolizer, source, text_off, "global_and_longer");
	assemble(".text\n" FUNCTION("f", "local", "16") ALIAS("open64", "globl")
			 ALIAS("open", "globl") ALIAS("nepo", "globl"),
		 "");
	assert_named(symbolizer, source, text_off, "nepo");
	assemble(".text\n" FUNCTION("f", "local", "16") ALIAS("_ZN1a1bEv", "weak")
			 ALIAS("_ZN1a1cEv", "weak"),
		 "");
	assert_named(symbolizer, source, text_off, "a::b()");
}

static void arm64_files(void **state)
{
	static const struct {
		const char *options;
		uint64_t stub_len;
	} rows[] = {{"", 16}, {"-z now", 16}, {"-z force-bti", 24}, {"-z pac-plt", 24}};
	static const char *const functions[] = {"puts@plt", "atoi@plt", "getenv@plt"};
	uint64_t addr, off;

	if (system("command -v ld.lld >/dev/null && echo nop | "
		   "clang -target aarch64-linux-gnu -x assembler -c -o /dev/null - 2>/dev/null"))
		skip();
	write_file("arm.s", ".text\n.globl f\n.type f, %function\nf: bl puts\nbl atoi\nbl getenv\n"
			    "ret\n.size f, 16\n.word 1\nlabel: nop\n.word 2\n");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		run("clang -target aarch64-linux-gnu -c -o arm.o arm.s && "
		    "ld.lld %s -shared -o arm.so arm.o 2>/dev/null",
		    rows[i].options);
		symbolizer_free(symbolizer);
		symbolizer = new_symbolizer(false);
		source = add_path(symbolizer, "arm.so");
		find_section("arm.so", ".plt", &addr, &off);
		assert_unnamed(symbolizer, source, off + 8, SYMBOL_NO_SYMBOL_HERE);
		for (size_t k = 0; k < ARRAY_LEN(functions); k++) {
			uint64_t stub = off + 32 + k * rows[i].stub_len;

			assert_named(symbolizer, source, stub, functions[k]);
			assert_named(symbolizer, source, stub + rows[i].stub_len - 4, functions[k]);
		}
		find_section("arm.so", ".text", &addr, &off);
		assert_named(symbolizer, source, off + 12, "f");
		/* Here the marks of data and code, $d and $x, are the nearest symbols. */
		assert_unnamed(symbolizer, source, off + 16, SYMBOL_NO_SYMBOL_HERE);
		assert_named(symbolizer, source, off + 20, "label");
		assert_named(symbolizer, source, off + 24, "label");
	}
}

static void files_of_32_bits(void **state)
{
	uint64_t addr, off;

	if (system("echo nop | gcc -m32 -x assembler -c -o /dev/null - 2>/dev/null"))
		skip();
	write_file("narrow.s", ".text\n" FUNCTION("f", "globl", "16") FUNCTION("g", "local", "16"));
	run("gcc -m32 -c -o narrow.o narrow.s && ld -m elf_i386 -shared -o narrow.so narrow.o");
	symbolizer = new_symbolizer(false);
	source = add_path(symbolizer, "narrow.so");
	find_section("narrow.so", ".text", &addr, &off);
	assert_named(symbolizer, source, off + 15, "f");
	assert_named(symbolizer, source, off + 16, "g");
	assert_unnamed(symbolizer, source, off + 32, SYMBOL_NO_SYMBOL_HERE);
	assert_int_equal(resolve(symbolizer, source, off)->kind, FRAME_LIBRARY);
}

static void default_version_is_not_shown(void **state)
{
	write_file("versions", "V1 { };\nV2 { global: now; local: *; } V1;\n");
	assemble(".text\n" FUNCTION("now_impl", "globl", "16")
			 FUNCTION("old_impl", "globl",
				  "16") ".symver now_impl, now@@V2\n.symver old_impl, now@V1\n",
		 "-Wl,--version-script=versions");
	assert_named(symbolizer, source, text_off, "now");
	/* The other one is another function, and .symtab says so. */
	assert_named(symbolizer, source, text_off + 16, "now@V1");
}

static void data_is_not_named(void **state)
{
	uint64_t addr, off;

	/* The linker puts .text at 0x1000, so the absolute symbol has an address in it. */
	assemble(
		".text\n" FUNCTION(
			"code", "globl",
			"16") ".globl table\n.type table, %object\n"
			      "table:\n.skip 16\n.size table, 16\n.skip 32\n.equ absolute, 0x1028\n"
			      ".globl absolute\n",
		"");
	find_section("made.so", ".text", &addr, &off);
	assert_int_equal(addr, 0x1000);
	assert_named(symbolizer, source, text_off, "code");
	assert_unnamed(symbolizer, source, text_off + 16, SYMBOL_NO_SYMBOL_HERE);
	assert_unnamed(symbolizer, source, text_off + 44, SYMBOL_NO_SYMBOL_HERE);
	assert_unnamed(symbolizer, source, 8, SYMBOL_NO_SYMBOL_HERE);
}

static void odd_names_pass_through(void **state)
{
	assemble(".text\n" FUNCTION("\"a b;c\033[0m\"", "globl", "16"), "");
	assert_named(symbolizer, source, text_off, "a b;c\033[0m");
}

/* ---- what is said about files ---------------------------------------------------------------- */

static void kinds_and_modules(void **state)
{
	struct symbol_frame frame;

	assemble(".text\n" FUNCTION("f", "globl", "16"), "");
	frame = *resolve(symbolizer, source, text_off);
	assert_int_equal(frame.kind, FRAME_LIBRARY);
	assert_string_equal(frame.module, "made.so");
	assert_int_equal(frame.start, text_off);
	frame = *resolve(symbolizer, source, text_off + 100);
	assert_int_equal(frame.kind, FRAME_UNNAMED);
	assert_string_equal(frame.module, "made.so");

	write_file("kind.s", ".text\n" FUNCTION("_start", "globl", "16"));
	run("gcc -nostdlib -pie -o kind kind.s && gcc -nostdlib -no-pie -o kind-fixed kind.s");
	for (size_t i = 0; i < 2; i++) {
		int program = add_path(symbolizer, i ? "kind-fixed" : "kind");
		uint64_t off = 0x1000;

		assert_int_equal(resolve(symbolizer, program, off)->kind, FRAME_USER);
		assert_string_equal(resolve(symbolizer, program, off)->function, "_start");
	}
}

static void image_is_like_a_file(void **state)
{
	FILE *file;
	size_t len;
	char *image = malloc(1 << 20);
	int image_source;

	assemble(".text\n" FUNCTION("in_memory", "globl", "16"), "");
	file = fopen(in_dir("made.so"), "r");
	assert_non_null(file);
	len = fread(image, 1, 1 << 20, file);
	fclose(file);
	image_source = symbolizer_add_image(symbolizer, "[vdso]", image, len);
	free(image);
	assert_true(image_source >= 0);
	assert_named(symbolizer, image_source, text_off + 3, "in_memory");
	assert_string_equal(resolve(symbolizer, image_source, text_off)->module, "[vdso]");
	image_source = symbolizer_add_image(symbolizer, "[vdso]", "", 0);
	assert_unnamed(symbolizer, image_source, 0, SYMBOL_NOT_ELF);
}

static void own_vdso_is_named(void **state)
{
	struct symbolizer *own = new_symbolizer(false);
	unsigned long start = 0, end = 0, found = 0;
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512];
	int vdso;

	while (fgets(line, sizeof(line), maps))
		if (strstr(line, "[vdso]"))
			sscanf(line, "%lx-%lx", &start, &end);
	fclose(maps);
	if (!start)
		skip();
	vdso = symbolizer_add_image(own, "[vdso]", (void *)start, end - start);
	for (uint64_t off = 0; off < end - start; off += 16) {
		const struct symbol_frame *frame = resolve(own, vdso, off);

		found += frame->function && strstr(frame->function, "clock_gettime");
	}
	assert_int_not_equal(found, 0);
	symbolizer_free(own);
}

static void unusable_files_say_why(void **state)
{
	struct symbolizer *own = new_symbolizer(false);
	struct symbol_file gone = {.fd = -1, .open_error = ENOENT, .path = "/gone", .root_fd = -1};
	struct symbol_file shut = {.fd = -1, .open_error = EACCES, .path = "/shut", .root_fd = -1};

	assert_unnamed(own, symbolizer_add_file(own, &gone), 0, SYMBOL_FILE_GONE);
	assert_unnamed(own, symbolizer_add_file(own, &shut), 0, SYMBOL_FILE_UNREADABLE);
	write_file("text", "hello\n");
	assert_unnamed(own, add_path(own, "text"), 0, SYMBOL_NOT_ELF);
	write_file("empty", "");
	assert_unnamed(own, add_path(own, "empty"), 0, SYMBOL_NOT_ELF);
	run("gcc -shared -nostdlib -x c /dev/null -o bare.so -Wl,--strip-all");
	assert_unnamed(own, add_path(own, "bare.so"), 0x1000, SYMBOL_NO_SYMBOLS);
	symbolizer_free(own);
}

static void answers_live_as_long_as_the_symbolizer(void **state)
{
	const struct symbol_frame *first, *again;

	assemble(".text\n" FUNCTION("f", "globl", "16") FUNCTION("g", "globl", "16"), "");
	first = resolve(symbolizer, source, text_off);
	resolve(symbolizer, source, text_off + 16);
	again = resolve(symbolizer, source, text_off + 5);
	assert_ptr_equal(first, again);
	assert_string_equal(first->function, "f");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_files_agree_with_readelf),
		cmocka_unit_test(static_program_agrees_with_readelf),
		cmocka_unit_test(plt_stubs_agree_with_objdump),
		cmocka_unit_test(plt_stubs_of_real_files),
		cmocka_unit_test(plt_stubs_of_a_static_program),
		cmocka_unit_test_teardown(local_symbol_is_not_shadowed_by_a_far_export,
					  teardown_made),
		cmocka_unit_test_teardown(hole_has_no_name, teardown_made),
		cmocka_unit_test_teardown(stripped_local_symbol_leaves_a_hole, teardown_made),
		cmocka_unit_test_teardown(symbol_without_size_reaches_to_the_next, teardown_made),
		cmocka_unit_test_teardown(label_inside_a_function_is_not_a_function, teardown_made),
		cmocka_unit_test_teardown(nested_symbols_give_the_innermost, teardown_made),
		cmocka_unit_test_teardown(aliases_give_the_name_people_expect, teardown_made),
		cmocka_unit_test_teardown(arm64_files, teardown_made),
		cmocka_unit_test_teardown(files_of_32_bits, teardown_made),
		cmocka_unit_test_teardown(default_version_is_not_shown, teardown_made),
		cmocka_unit_test_teardown(data_is_not_named, teardown_made),
		cmocka_unit_test_teardown(odd_names_pass_through, teardown_made),
		cmocka_unit_test_teardown(kinds_and_modules, teardown_made),
		cmocka_unit_test_teardown(image_is_like_a_file, teardown_made),
		cmocka_unit_test(own_vdso_is_named),
		cmocka_unit_test(unusable_files_say_why),
		cmocka_unit_test_teardown(answers_live_as_long_as_the_symbolizer, teardown_made),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
