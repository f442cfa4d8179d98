// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Split debug information wherever it is: the answers are those that are had where the compiler put
 * it, which symbolizer_dwarf_test.c compares with other readers.
 */
#include "tests/unit/symbolizer_fixture.h"

#include <elf.h>
#include <pthread.h>
#include <sys/stat.h>
#include <time.h>

#include "profiler/model/alloc.h"
#include "profiler/model/frame_kind.h"
#include "symbolizer/text.h"

/* Two units, so that a package has more than one, and the second's strings are not the first's. */
static const char one_c[] =
	"#include <stdlib.h>\n"
	"unsigned other(unsigned a);\n"
	"static inline unsigned twist(unsigned a) { return (a ^ a << 13) * 2654435761u; }\n"
	"static inline unsigned turn(unsigned a, unsigned n)\n"
	"{\n\tfor (unsigned i = 0; i < n; i++)\n\t\ta = twist(a) + twist(a + i) + rand();\n"
	"\treturn a;\n}\n"
	"int compare(const void *a, const void *b)\n"
	"{ return turn(*(char *)a, 3) - turn(*(char *)b, 4); }\n"
	"__attribute__((cold)) void rare(unsigned a) { if (turn(a, 7) == 3) abort(); }\n"
	"int main(int c, char **v) { qsort(v[0], c, 1, compare); rare(c);\n"
	"\treturn turn(c, 5) + twist(c) + other(c); }\n";
static const char two_cc[] =
	"#include <stdlib.h>\n"
	"template <typename T> struct square { T side; T area() const { return side * side; } };\n"
	"template <typename T> struct list {\n\tT *all; unsigned count, room;\n"
	"\tlist() : all(0), count(0), room(0) {}\n\t~list() { free(all); }\n"
	"\tvoid grow() { room = room * 2 + 4; all = (T *)realloc(all, room * sizeof(T)); }\n"
	"\tvoid add(T one) { if (count == room) grow(); all[count++] = one; }\n"
	"\ttemplate <typename F> void sort(F less) {\n"
	"\t\tfor (unsigned i = 1; i < count; i++)\n"
	"\t\t\tfor (unsigned k = i; k && less(all[k], all[k - 1]); k--) {\n"
	"\t\t\t\tT swap = all[k]; all[k] = all[k - 1]; all[k - 1] = swap;\n\t\t\t}\n\t}\n};\n"
	"extern \"C\" unsigned other(unsigned a)\n{\n\tlist<square<double>> squares;\n"
	"\tlist<int> numbers;\n\tfor (unsigned i = 0; i < a; i++) {\n"
	"\t\tsquares.add({double(rand())});\n\t\tnumbers.add(rand());\n\t}\n"
	"\tsquares.sort([](const square<double> &l, const square<double> &r) {\n"
	"\t\treturn l.area() < r.area(); });\n"
	"\tnumbers.sort([](int l, int r) { return l < r; });\n"
	"\treturn squares.count + numbers.all[0];\n}\n";

static bool have(const char *tool)
{
	char command[128];

	snprintf(command, sizeof(command), "command -v %s >/dev/null 2>&1", tool);
	return !system(command);
}

static uint64_t text_off;

/* The program in build/, and beside it the rest of its units: build/one.dwo, build/two.dwo */
static void build(const char *cc, const char *flags)
{
	uint64_t text_addr;

	run("rm -rf build moved root sym && mkdir build moved root sym && cd build && "
	    "%s -O2 -g -gsplit-dwarf %s -c -o one.o %s/one.c && "
	    "%s -x c++ -O2 -g -gsplit-dwarf %s -c -o two.o %s/two.cc && "
	    "%s -o prog one.o two.o -lstdc++ && rm *.o && test -f one.dwo && test -f two.dwo",
	    cc, flags, fixture_dir, cc, flags, fixture_dir, cc);
	find_section("build/prog", ".text", &text_addr, &text_off);
}

/* ---- answers --------------------------------------------------------------------------------- */

struct answers {
	struct text
		text; /* of all addresses of .text: "NAME FILE:LINE;" for each frame, a line each */
	size_t named, inlined, lines;
	char notices[4096];
};

static void add_answer(struct answers *answers, const struct symbol *symbol)
{
	char line[4096];

	for (size_t f = 0; f < symbol->count; f++) {
		const struct symbol_frame *frame = &symbol->frames[f];

		answers->lines += frame->line != 0;
		answers->inlined += frame->kind == FRAME_INLINED;
		answers->named += frame->function && frame->kind != FRAME_INLINED;
		snprintf(line, sizeof(line), "%s %s:%u;", frame->function ? frame->function : "?",
			 frame->file ? frame->file : "?", frame->line);
		assert_int_equal(text_append_z(&answers->text, line), 0);
	}
	assert_int_equal(text_append_z(&answers->text, "\n"), 0);
}

/* Of the program at `path`, which the process whose root is open as root_fd knows as `known`. */
static struct answers ask(const char *path, const char *known, int root_fd, const char *symfs)
{
	struct symbolizer_options options = {
		.lines = true,
		.debug_root = in_dir("debug"),
		.symfs = symfs,
	};
	struct symbolizer *symbolizer = symbolizer_new(&options);
	struct symbol_file file = {.path = known, .root_fd = root_fd};
	uint64_t addrs[1024];
	struct symbol symbols[ARRAY_LEN(addrs)];
	struct answers answers = {.named = 0};

	for (size_t i = 0; i < ARRAY_LEN(addrs); i++)
		addrs[i] = text_off + i;
	file.fd = open(in_dir(path), O_RDONLY | O_CLOEXEC);
	assert_int_equal(symbolizer_resolve(symbolizer, symbolizer_add_file(symbolizer, &file),
					    addrs, ARRAY_LEN(addrs), symbols),
			 0);
	close(file.fd);
	for (size_t i = 0; i < ARRAY_LEN(addrs); i++)
		add_answer(&answers, &symbols[i]);
	snprintf(answers.notices, sizeof(answers.notices), "%s", notices_of(symbolizer));
	symbolizer_free(symbolizer);
	return answers;
}

static struct answers ask_here(const char *path)
{
	return ask(path, in_dir(path), -1, NULL);
}

/* The same as another answer, and nothing to be said about it. */
static void assert_same(struct answers answers, const struct answers *wanted)
{
	assert_string_equal(answers.notices, "");
	assert_int_equal(answers.inlined, wanted->inlined);
	assert_string_equal(answers.text.bytes, wanted->text.bytes);
	text_fini(&answers.text);
}

/* Functions and lines as before, nothing inlined, and a line of the report that says so. */
static void assert_not_found(struct answers answers, const struct answers *wanted, const char *said)
{
	assert_int_equal(answers.inlined, 0);
	assert_int_equal(answers.named, wanted->named);
	assert_true(answers.lines > 300);
	if (!strstr(answers.notices, said))
		fail_msg("wanted \"%s\", said \"%s\"", said, answers.notices);
	text_fini(&answers.text);
}

static struct answers as_built(void)
{
	struct answers answers = ask_here("build/prog");

	assert_true(answers.inlined > 200 && answers.lines > 600);
	assert_string_equal(answers.notices, "");
	return answers;
}

/* ---- where it is ----------------------------------------------------------------------------- */

static void everywhere(const char *cc, const char *flags)
{
	struct answers wanted;
	int root;

	if (!have(cc))
		skip();
	build(cc, flags);
	wanted = as_built();
	/* Beside the program, after both were moved. */
	run("cp build/prog moved/ && mv build/*.dwo moved/");
	assert_same(ask_here("moved/prog"), &wanted);
	/* Below --symfs, where the compiler put it, and beside the program. */
	run("mkdir -p sym%s/build sym/opt && mv moved/*.dwo sym%s/build/", fixture_dir,
	    fixture_dir);
	assert_same(ask("moved/prog", "/opt/prog", -1, in_dir("sym")), &wanted);
	run("mv sym%s/build/*.dwo sym/opt/", fixture_dir);
	assert_same(ask("moved/prog", "/opt/prog", -1, in_dir("sym")), &wanted);
	/* Below the root of a container, likewise. */
	run("mkdir -p root%s/build root/opt && mv sym/opt/*.dwo root%s/build/", fixture_dir,
	    fixture_dir);
	root = open(in_dir("root"), O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_same(ask("moved/prog", "/opt/prog", root, NULL), &wanted);
	run("mv root%s/build/*.dwo root/opt/", fixture_dir);
	assert_same(ask("moved/prog", "/opt/prog", root, NULL), &wanted);
	close(root);
	/* And nowhere. */
	assert_not_found(ask_here("moved/prog"), &wanted,
			 "debug information of 2 of its units was not found: neither ");
	text_fini(&wanted.text);
}

static void gcc_dwarf_4(void **state)
{
	everywhere("gcc", "-gdwarf-4");
}

static void gcc_dwarf_5(void **state)
{
	everywhere("gcc", "-gdwarf-5");
}

static void clang_dwarf_4(void **state)
{
	everywhere("clang", "-gdwarf-4");
}

static void clang_dwarf_5(void **state)
{
	everywhere("clang", "-gdwarf-5");
}

/* ---- packages: of gcc's version 5 there are none, dwp does not know it, llvm-dwp has no end ---- */

static void packaged(const char *cc, const char *flags, const char *packer)
{
	struct answers wanted;

	if (!have(cc) || !have(packer))
		skip();
	build(cc, flags);
	wanted = as_built();
	run("cd build && %s -o ../moved/prog.dwp one.dwo two.dwo && rm *.dwo && cp prog ../moved/",
	    packer);
	assert_same(ask_here("moved/prog"), &wanted);
	assert_not_found(ask_here("build/prog"), &wanted, "of 2 of its units was not found");
	text_fini(&wanted.text);
}

/* One of the two units in the package, and the other as a file. */
static void packaged_in_part(const char *cc, const char *flags, const char *packer)
{
	struct answers wanted;

	if (!have(cc) || !have(packer))
		skip();
	build(cc, flags);
	wanted = as_built();
	run("cd build && %s -o prog.dwp one.dwo && rm one.dwo", packer);
	assert_same(ask_here("build/prog"), &wanted);
	text_fini(&wanted.text);
}

static const char *llvm_dwp(void)
{
	return have("llvm-dwp-19") ? "llvm-dwp-19" : have("llvm-dwp") ? "llvm-dwp" : "llvm-dwp-14";
}

static void package_of_gcc_dwarf_4(void **state)
{
	packaged("gcc", "-gdwarf-4", "dwp");
}

static void package_of_clang_dwarf_4(void **state)
{
	packaged("clang", "-gdwarf-4", llvm_dwp());
}

static void part_of_a_package(void **state)
{
	packaged_in_part("clang", "-gdwarf-5", llvm_dwp());
}

static void package_of_clang_dwarf_5(void **state)
{
	packaged("clang", "-gdwarf-5", llvm_dwp());
}

/* ---- those that are refused ------------------------------------------------------------------ */

/* A .dwo file of the same name from another build, and one that is something else. */
static void other_unit_is_refused(void **state)
{
	struct answers wanted, found;

	build("gcc", "");
	wanted = as_built();
	run("cp build/prog moved/ && rm build/one.dwo && cp build/two.dwo moved/one.dwo");
	found = ask_here("moved/prog");
	assert_true(found.inlined > 0 && found.inlined < wanted.inlined);
	assert_int_equal(found.named, wanted.named);
	assert_non_null(strstr(found.notices, "moved/one.dwo of "));
	assert_non_null(strstr(found.notices, "is not used: its unit is another"));
	assert_non_null(strstr(found.notices, "of 1 of its units was not found"));
	text_fini(&found.text);
	run("rm build/*.dwo moved/*.dwo && echo garbage >moved/one.dwo && mkfifo moved/two.dwo");
	assert_not_found(ask_here("moved/prog"), &wanted, "moved/one.dwo of ");
	text_fini(&wanted.text);
}

/* A package of another build of the program. */
static void other_package_is_refused(void **state)
{
	struct answers wanted;

	if (!have("clang") || !have(llvm_dwp()))
		skip();
	build("clang", "");
	run("cd build && %s -o ../other.dwp one.dwo two.dwo", llvm_dwp());
	build("clang", "-O1");
	wanted = ask_here("build/prog");
	run("mv other.dwp build/prog.dwp && rm build/*.dwo");
	assert_not_found(ask_here("build/prog"), &wanted, "of 2 of its units was not found");
	text_fini(&wanted.text);
}

/* ---- damage ---------------------------------------------------------------------------------- */

static uint32_t random_state = 1;

static uint32_t random_below(uint32_t limit)
{
	random_state = random_state * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)(random_state >> 4) * limit >> 28);
}

/* Changes some bytes of the file, mostly of its index: of 16 files, more than half within it. */
static void damage(const char *from, const char *to)
{
	FILE *file = fopen(in_dir(from), "r");
	static unsigned char bytes[1 << 20];
	size_t len = fread(bytes, 1, sizeof(bytes), file), index = 0;
	Elf64_Ehdr *header = (Elf64_Ehdr *)bytes;
	Elf64_Shdr *sections = (Elf64_Shdr *)(bytes + header->e_shoff);

	fclose(file);
	for (size_t i = 0; i < header->e_shnum; i++)
		if (!strcmp((char *)bytes + sections[header->e_shstrndx].sh_offset +
				    sections[i].sh_name,
			    ".debug_cu_index"))
			index = i;
	assert_int_not_equal(index, 0);
	for (uint32_t n = random_below(6) + 1; n > 0; n--) {
		uint64_t at = random_below(2)
				      ? sections[index].sh_offset +
						random_below((uint32_t)sections[index].sh_size)
				      : random_below((uint32_t)len);

		bytes[at] = (unsigned char)random_below(random_below(2) ? 256 : 4);
	}
	file = fopen(in_dir(to), "w");
	assert_int_equal(
		fwrite(bytes, 1, random_below(8) ? len : random_below((uint32_t)len), file) > 0, 1);
	fclose(file);
}

static void damaged_packages(void **state)
{
	struct answers wanted, found;
	size_t worse = 0;

	if (!have("clang") || !have(llvm_dwp()))
		skip();
	build("clang", "-gdwarf-5");
	wanted = as_built();
	run("cd build && %s -o ../good.dwp one.dwo two.dwo && rm *.dwo", llvm_dwp());
	for (int round = 0; round < 80; round++) {
		damage("good.dwp", "build/prog.dwp");
		found = ask_here("build/prog");
		assert_int_equal(found.named, wanted.named);
		worse += found.inlined < wanted.inlined;
		text_fini(&found.text);
	}
	/* The damage was such that it mattered. */
	assert_true(worse > 12);
	text_fini(&wanted.text);
}

static volatile bool stop_cutting;

static void *cut_and_restore(void *data)
{
	const char *const *paths = data;
	struct stat st;

	stop_cutting |= stat(paths[1], &st) != 0;
	while (!stop_cutting) {
		int from = open(paths[1], O_RDONLY), to = open(paths[0], O_WRONLY);
		char *bytes = malloc((size_t)st.st_size);

		if (ftruncate(to, 0) || usleep(1000) ||
		    read(from, bytes, (size_t)st.st_size) != st.st_size ||
		    write(to, bytes, (size_t)st.st_size) != st.st_size)
			stop_cutting = true;
		free(bytes);
		close(from);
		close(to);
	}
	return NULL;
}

/* Truncated again and again while it is read: a mapping of it would be a SIGBUS. */
static void file_is_cut_while_it_is_read(void **state)
{
	char cut[] = "/tmp/bolometer-symbolizer-XXXXXX/build/two.dwo";
	char whole[] = "/tmp/bolometer-symbolizer-XXXXXX/build/two.dwo.whole";
	const char *paths[] = {cut, whole};
	clock_t started = clock();
	struct answers wanted, found;
	pthread_t thread;
	size_t worse = 0, rounds = 0;

	build("gcc", "");
	wanted = as_built();
	run("cp build/two.dwo build/two.dwo.whole");
	memcpy(cut, fixture_dir, strlen(fixture_dir));
	memcpy(whole, fixture_dir, strlen(fixture_dir));
	stop_cutting = false;
	assert_int_equal(pthread_create(&thread, NULL, cut_and_restore, paths), 0);
	for (;
	     (worse < 5 || rounds < 25) && !stop_cutting && clock() - started < 20 * CLOCKS_PER_SEC;
	     rounds++) {
		found = ask_here("build/prog");
		assert_int_equal(found.named, wanted.named);
		worse += found.inlined < wanted.inlined;
		text_fini(&found.text);
	}
	assert_false(stop_cutting);
	stop_cutting = true;
	pthread_join(thread, NULL);
	assert_true(worse >= 5);
	text_fini(&wanted.text);
}

static int make_sources(void **state)
{
	if (fixture_setup(state))
		return -1;
	write_file("one.c", one_c);
	write_file("two.cc", two_cc);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gcc_dwarf_4),
		cmocka_unit_test(gcc_dwarf_5),
		cmocka_unit_test(clang_dwarf_4),
		cmocka_unit_test(clang_dwarf_5),
		cmocka_unit_test(package_of_gcc_dwarf_4),
		cmocka_unit_test(package_of_clang_dwarf_4),
		cmocka_unit_test(package_of_clang_dwarf_5),
		cmocka_unit_test(part_of_a_package),
		cmocka_unit_test(other_unit_is_refused),
		cmocka_unit_test(other_package_is_refused),
		cmocka_unit_test(damaged_packages),
		cmocka_unit_test(file_is_cut_while_it_is_read),
	};

	return cmocka_run_group_tests(tests, make_sources, fixture_teardown);
}
