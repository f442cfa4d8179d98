// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Inlined functions and lines against other readers of DWARF: every address of a C and a C++
 * program, as compilers, versions of DWARF and the tools that rearrange it make them. Where the
 * answers differ, and why, is in symbolizer_dwarf_test.md.
 */
#include "tests/unit/symbolizer_fixture.h"

#include "profiler/model/alloc.h"
#include "profiler/model/frame_kind.h"

/* Of the answers; what is left are known differences. */
#define WANTED 0.999

/* addr2line has wrong names for functions of C++ without a linkage name, such as instances for lambdas. */
#define WANTED_ADDR2LINE 0.995

static const char c_source[] =
	"#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n"
	"static inline unsigned twist(unsigned a) { return (a ^ a << 13) * 2654435761u; }\n"
	"static inline unsigned turn(unsigned a, unsigned n)\n"
	"{\n\tfor (unsigned i = 0; i < n; i++)\n\t\ta = twist(a) + twist(a + i);\n\treturn a;\n}\n"
	"static int compare(const void *a, const void *b)\n"
	"{\n\treturn (int)turn(*(const char *)a, 3) - (int)turn(*(const char *)b, 4);\n}\n"
	"struct node { struct node *next; unsigned key; };\n"
	"static inline struct node *push(struct node *top, unsigned key)\n"
	"{\n\tstruct node *node = malloc(sizeof(*node));\n\tif (!node)\n\t\tabort();\n"
	"\tnode->next = top;\n\tnode->key = turn(key, 2);\n\treturn node;\n}\n"
	"unsigned sum(const struct node *node)\n"
	"{\n\tunsigned all = 0;\n\tfor (; node; node = node->next) {\n"
	"\t\tif (node->key & 1) {\n\t\t\tunsigned more = turn(node->key, 5);\n"
	"\t\t\tall += more;\n\t\t} else\n\t\t\tall -= twist(node->key);\n\t}\n\treturn all;\n}\n"
	"int main(int c, char **v)\n"
	"{\n\tstruct node *top = NULL;\n\tfor (int i = 0; i < c; i++)\n"
	"\t\ttop = push(push(top, i), strlen(v[i]));\n"
	"\tqsort(v[0], strlen(v[0]), 1, compare);\n\treturn printf(\"%u\\n\", sum(top));\n}\n";

static const char cxx_source[] =
	"#include <algorithm>\n#include <map>\n#include <string>\n#include <vector>\n"
	"namespace shapes {\n"
	"template <typename T> struct square { T side; T area() const { return side * side; } };\n"
	"struct visitor { virtual void visit(int) = 0; virtual ~visitor() {} };\n"
	"struct counter : visitor { std::map<std::string, int> seen;\n"
	"\tvoid visit(int n) override { seen[std::to_string(n)]++; } };\n"
	"}\n"
	"double total(std::vector<shapes::square<double>> &all)\n"
	"{\n\tstd::sort(all.begin(), all.end(), [](const auto &a, const auto &b) {\n"
	"\t\treturn a.area() < b.area(); });\n"
	"\tdouble sum = 0;\n\tfor (auto &one : all)\n\t\tsum += one.area();\n\treturn sum;\n}\n"
	"int main(int c, char **v)\n"
	"{\n\tstd::vector<shapes::square<double>> all;\n\tshapes::counter counter;\n"
	"\tfor (int i = 0; i < c * 100; i++) {\n\t\tall.push_back({double(i)});\n"
	"\t\tcounter.visit(i % 7);\n\t}\n"
	"\treturn total(all) + counter.seen.size();\n}\n";

/* ---- another reader's answers ---------------------------------------------------------------- */

#define TEXT_LEN (32 * 1024)

static bool have(const char *tool)
{
	char command[128];

	snprintf(command, sizeof(command), "command -v %s >/dev/null 2>&1", tool);
	return !system(command);
}

static uint64_t text_addr, text_off, text_len;

/* Without what tells compilers' copies of one function apart, and which constructor it is. */
static void plain_name(char *name)
{
	char *at = name;

	while ((at = strchr(at + 1, '.')))
		if (at > name + 1) {
			*at = '\0';
			break;
		}
	for (at = name; (at = strpbrk(at, "CD")); at++)
		if (at[1] >= '1' && at[1] <= '4' && (at[2] == 'E' || at[2] == 'I'))
			at[1] = '0';
}

/* "NAME FILE:LINE;" for each frame, as both readers are reduced to. */
static void append_frame(char *text, const char *function, const char *file, unsigned int line)
{
	char name[4096];
	const char *slash = file ? strrchr(file, '/') : NULL;
	size_t len = strlen(text);

	snprintf(name, sizeof(name), "%s", function);
	plain_name(name);
	if (slash)
		file = slash + 1;
	if (!line || !file)
		file = "?";
	snprintf(text + len, TEXT_LEN - len, "%s %s:%u;", name, file, line);
}

/* The next answer of `addr2line -afi`, whose address is in *line already; false at the end. */
static bool next_answer(FILE *output, char *line, char *text)
{
	char name[4096];

	*text = '\0';
	if (line[0] != '0' || line[1] != 'x')
		return false;
	while (fgets(name, sizeof(name), output)) {
		char *colon;

		if (!strncmp(name, "0x", 2)) {
			strcpy(line, name);
			return true;
		}
		name[strcspn(name, "\n")] = '\0';
		if (!fgets(line, 4096, output))
			break;
		colon = strrchr(line, ':');
		if (!colon)
			break;
		*colon = '\0';
		append_frame(text, name, strcmp(line, "??") ? line : NULL,
			     (unsigned int)strtoul(colon + 1, NULL, 10));
	}
	line[0] = '\0';
	return true;
}

/* As ours; false where no symbol covers the address: padding, which others give to who was before. */
static bool our_answer(const struct symbol *symbol, char *text)
{
	*text = '\0';
	for (size_t i = 0; i < symbol->count; i++) {
		const struct symbol_frame *frame = &symbol->frames[i];

		if (!frame->function)
			return false;
		assert_int_equal(frame->kind == FRAME_INLINED, i + 1 < symbol->count);
		append_frame(text, frame->function, frame->file, frame->line);
	}
	return true;
}

struct comparison {
	size_t asked, equal, inlined, differing;
};

static struct symbol *resolve_text(struct symbolizer *symbolizer, const char *file)
{
	uint64_t *addrs = calloc(text_len, sizeof(*addrs));
	struct symbol *symbols = calloc(text_len, sizeof(*symbols));

	assert_true(addrs && symbols);
	for (size_t i = 0; i < text_len; i++)
		addrs[i] = text_off + i;
	assert_int_equal(symbolizer_resolve(symbolizer, add_path(symbolizer, file), addrs, text_len,
					    symbols),
			 0);
	free(addrs);
	return symbols;
}

static struct symbolizer *new_reader(bool lines, bool no_inline)
{
	struct symbolizer_options options = {
		.demangle = DEMANGLE_NONE,
		.lines = lines,
		.no_inline = no_inline,
		.debug_root = in_dir("debug"),
	};
	struct symbolizer *symbolizer = symbolizer_new(&options);

	assert_non_null(symbolizer);
	return symbolizer;
}

/* Every address of .text; `tool` reads `oracle`, which is the same program, perhaps simpler. */
static struct comparison compare(const char *file, const char *oracle, const char *tool)
{
	struct symbolizer *symbolizer = new_reader(true, false);
	static char theirs[TEXT_LEN], ours[TEXT_LEN], line[4096];
	struct comparison result = {0};
	struct symbol *symbols;
	FILE *output;

	find_text(file, &text_addr, &text_off, &text_len);
	symbols = resolve_text(symbolizer, file);
	output = output_of("seq -f %%.0f %lu %lu | xargs printf '%%x\\n' | %s -afi -e %s",
			   text_addr, text_addr + text_len - 1, tool, oracle);
	assert_non_null(fgets(line, sizeof(line), output));
	for (size_t i = 0; i < text_len; i++) {
		assert_true(next_answer(output, line, theirs));
		if (!our_answer(&symbols[i], ours))
			continue;
		result.asked++;
		result.inlined += symbols[i].count > 1;
		result.equal += !strcmp(ours, theirs);
		if (strcmp(ours, theirs) != 0 && result.differing++ < 3)
			print_message("# %s %lx\n#   ours   %s\n#   theirs %s\n", file,
				      text_addr + i, ours, theirs);
	}
	pclose(output);
	free(symbols);
	symbolizer_free(symbolizer);
	return result;
}

static void check_share(const char *file, const char *oracle, const char *tool, double wanted)
{
	struct comparison result = compare(file, oracle, tool);

	print_message("# %s: %zu of %zu as %s has them, %zu of them inlined\n", file, result.equal,
		      result.asked, tool, result.inlined);
	assert_true(result.asked > 100 && result.inlined > result.asked / 5);
	assert_true((double)result.equal >= wanted * (double)result.asked);
}

static void check(const char *file, const char *oracle, const char *tool)
{
	check_share(file, oracle, tool, WANTED);
}

/* ---- the programs ---------------------------------------------------------------------------- */

static const char *llvm(void)
{
	static const char *const tools[] = {"llvm-addr2line-19", "llvm-addr2line",
					    "llvm-addr2line-14"};

	for (size_t i = 0; i < ARRAY_LEN(tools); i++)
		if (have(tools[i]))
			return tools[i];
	return NULL;
}

/* Both programs, built with the flags. */
static void build(const char *cc, const char *cxx, const char *flags)
{
	run("%s -O2 -g %s -o prog-c plain.c && %s -O2 -g %s -o prog-cxx prog.cc", cc, flags, cxx,
	    flags);
}

static void check_flags(const char *cc, const char *cxx, const char *flags)
{
	if (!llvm() || !have(cc) || !have(cxx))
		skip();
	print_message("# %s %s\n", cc, flags);
	build(cc, cxx, flags);
	check("prog-c", "prog-c", llvm());
	check("prog-cxx", "prog-cxx", llvm());
}

static void gcc_dwarf_4(void **state)
{
	check_flags("gcc", "g++", "-gdwarf-4");
}

static void gcc_dwarf_5(void **state)
{
	check_flags("gcc", "g++", "-gdwarf-5");
}

static void gcc_dwarf_4_split(void **state)
{
	check_flags("gcc", "g++", "-gdwarf-4 -gsplit-dwarf");
}

static void gcc_dwarf_5_split(void **state)
{
	check_flags("gcc", "g++", "-gdwarf-5 -gsplit-dwarf");
}

static void gcc_compressed_sections(void **state)
{
	check_flags("gcc", "g++", "-gz=zlib");
	/* As GNU tools once did it, which the other reader has forgotten. */
	run("for p in prog-c prog-cxx; do objcopy --decompress-debug-sections $p plain-$p && "
	    "objcopy --compress-debug-sections=zlib-gnu plain-$p $p && "
	    "readelf -SW $p | grep -q zdebug_info; done");
	check("prog-c", "plain-prog-c", llvm());
	check("prog-cxx", "plain-prog-cxx", llvm());
}

static void gcc_type_units_and_sections(void **state)
{
	check_flags("gcc", "g++", "-fdebug-types-section -ffunction-sections");
}

static void gcc_fixed_address(void **state)
{
	check_flags("gcc", "g++", "-no-pie -fno-pie");
}

static void clang_dwarf_4(void **state)
{
	check_flags("clang", "clang++", "-gdwarf-4");
}

static void clang_dwarf_5(void **state)
{
	check_flags("clang", "clang++", "-gdwarf-5");
}

/* That of LLVM 14 passes over what is inlined there: see symbolizer_dwarf_test.md. */
static void check_split_of_clang(const char *flags)
{
	char command[160];

	snprintf(command, sizeof(command), "%s --version | grep -q 'version 14'",
		 llvm() ? llvm() : "false");
	if (!system(command))
		skip();
	check_flags("clang", "clang++", flags);
}

static void clang_dwarf_4_split(void **state)
{
	check_split_of_clang("-gdwarf-4 -gsplit-dwarf");
}

static void clang_dwarf_5_split(void **state)
{
	check_split_of_clang("-gdwarf-5 -gsplit-dwarf");
}

/* binutils' reader, where it is right: see symbolizer_dwarf_test.md. */
static void gcc_as_addr2line_has_it(void **state)
{
	if (!have("addr2line") || !have("gcc") || !have("g++"))
		skip();
	build("gcc", "g++", "-gdwarf-4");
	check("prog-c", "prog-c", "addr2line");
	check_share("prog-cxx", "prog-cxx", "addr2line", WANTED_ADDR2LINE);
}

static void separate_debug_file(void **state)
{
	if (!llvm())
		skip();
	build("gcc", "g++", "");
	run("for p in prog-c prog-cxx; do cp $p full-$p && objcopy --only-keep-debug $p $p.debug "
	    "&& "
	    "objcopy --strip-all --add-gnu-debuglink=$p.debug $p && rm -f $p.dbg; done");
	check("prog-c", "full-prog-c", llvm());
	check("prog-cxx", "full-prog-cxx", llvm());
	/* Symbols in the program itself, and only the rest elsewhere. */
	run("cp full-prog-c prog-c && objcopy --strip-debug --add-gnu-debuglink=prog-c.debug "
	    "prog-c");
	check("prog-c", "full-prog-c", llvm());
}

static void debug_information_of_several_files(void **state)
{
	struct symbolizer *symbolizer;
	struct symbol *symbols;

	if (!llvm() || !have("dwz"))
		skip();
	build("gcc", "g++", "");
	run("cp prog-cxx one && cp prog-cxx two && dwz -m shared.debug one two");
	check("one", "prog-cxx", llvm());
	/* Names are gone without it, and nothing else. */
	run("rm shared.debug");
	symbolizer = new_reader(true, false);
	find_text("one", &text_addr, &text_off, &text_len);
	symbols = resolve_text(symbolizer, "one");
	for (size_t i = 0; i < text_len; i++)
		assert_true(symbols[i].count >= 1);
	symbolizer_free(symbolizer);
	free(symbols);
	/* Units that one file shares within itself. */
	run("dwz prog-cxx -o three");
	check("three", "prog-cxx", llvm());
}

/* ---- what is asked for ----------------------------------------------------------------------- */

static unsigned int line_of(const char *text)
{
	unsigned int line = 1;

	for (const char *at = c_source; at != strstr(c_source, text); at++)
		line += *at == '\n';
	return line;
}

static void inlined_functions_only_where_wanted(void **state)
{
	struct symbolizer *with = new_reader(false, false), *without = new_reader(true, true);
	size_t inlined = 0, in_main = 0;
	unsigned int main_line = line_of("int main");
	struct symbol *many, *one;

	build("gcc", "g++", "");
	find_text("prog-c", &text_addr, &text_off, &text_len);
	many = resolve_text(with, "prog-c");
	one = resolve_text(without, "prog-c");
	for (size_t i = 0; i < text_len; i++) {
		const struct symbol_frame *holder = &many[i].frames[many[i].count - 1];

		inlined += many[i].count > 1;
		assert_int_equal(one[i].count, 1);
		assert_null(holder->file);
		if (!holder->function)
			continue;
		assert_string_equal(one[i].frames->function, holder->function);
		/* Lines are those of the function itself, not of what was inlined into it. */
		if (strcmp(holder->function, "main") || !one[i].frames->line)
			continue;
		assert_true(one[i].frames->line >= main_line);
		in_main++;
	}
	assert_true(inlined > 100 && in_main > 50);
	free(many);
	free(one);
	symbolizer_free(with);
	symbolizer_free(without);
}

/* Of one address alone there is the same answer as of all at once. */
static void one_address_at_a_time(void **state)
{
	struct symbolizer *symbolizer = new_reader(true, false);
	static char alone[TEXT_LEN], together[TEXT_LEN];
	struct symbol *symbols, symbol;
	int source;

	build("gcc", "g++", "");
	find_text("prog-c", &text_addr, &text_off, &text_len);
	symbols = resolve_text(symbolizer, "prog-c");
	source = add_path(symbolizer, "prog-c");
	for (size_t i = text_len; i-- > 0;) {
		uint64_t off = text_off + i;

		assert_int_equal(symbolizer_resolve(symbolizer, source, &off, 1, &symbol), 0);
		our_answer(&symbol, alone);
		our_answer(&symbols[i], together);
		assert_string_equal(alone, together);
	}
	free(symbols);
	symbolizer_free(symbolizer);
}

static void names_are_demangled(void **state)
{
	struct symbolizer *symbolizer = new_symbolizer(false);
	struct symbol *symbols;
	size_t found = 0;

	build("gcc", "g++", "");
	find_text("prog-cxx", &text_addr, &text_off, &text_len);
	symbols = resolve_text(symbolizer, "prog-cxx");
	for (size_t i = 0; i < text_len; i++)
		for (size_t f = 0; f < symbols[i].count; f++)
			found += symbols[i].frames[f].kind == FRAME_INLINED &&
				 !strcmp(symbols[i].frames[f].function,
					 "shapes::square<double>::area() const");
	assert_true(found > 10);
	free(symbols);
	symbolizer_free(symbolizer);
}

/* Line tables of assembly, more than is kept of them at a time: units are read in several turns. */
static void lines_of_large_tables(void **state)
{
	enum { UNITS = 5, ROWS = 400000, ASKED = 1000 };
	struct symbolizer *symbolizer = new_reader(true, false);
	uint64_t *addrs = calloc(UNITS * ASKED, sizeof(*addrs));
	struct symbol *symbols = calloc(UNITS * ASKED, sizeof(*symbols));

	run("for u in 0 1 2 3 4; do (printf '.text\\n.globl f%%s\\n.type "
	    "f%%s,@function\\nf%%s:\\n' $u $u $u;"
	    " yes nop | head -n %d; printf '.size f%%s,.-f%%s\\n' $u $u) >unit$u.s && as -g -o "
	    "unit$u.o"
	    " unit$u.s || exit 1; done; ld -e f0 -o large unit?.o",
	    ROWS);
	find_text("large", &text_addr, &text_off, &text_len);
	assert_int_equal(text_len, UNITS * ROWS);
	for (size_t i = 0; i < UNITS * ASKED; i++)
		addrs[i] = text_off + i * (ROWS / ASKED) + i % 7;
	assert_int_equal(symbolizer_resolve(symbolizer, add_path(symbolizer, "large"), addrs,
					    UNITS * ASKED, symbols),
			 0);
	for (size_t i = 0; i < UNITS * ASKED; i++) {
		uint64_t off = addrs[i] - text_off;
		char name[16];

		snprintf(name, sizeof(name), "f%u", (unsigned int)(off / ROWS));
		assert_string_equal(symbols[i].frames->function, name);
		assert_int_equal(symbols[i].frames->line, off % ROWS + 5);
		snprintf(name, sizeof(name), "unit%u.s", (unsigned int)(off / ROWS));
		assert_non_null(strstr(symbols[i].frames->file, name));
	}
	free(addrs);
	free(symbols);
	symbolizer_free(symbolizer);
}

static int make_sources(void **state)
{
	if (fixture_setup(state))
		return -1;
	write_file("plain.c", c_source);
	write_file("prog.cc", cxx_source);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gcc_dwarf_4),
		cmocka_unit_test(gcc_dwarf_5),
		cmocka_unit_test(gcc_dwarf_4_split),
		cmocka_unit_test(gcc_dwarf_5_split),
		cmocka_unit_test(gcc_compressed_sections),
		cmocka_unit_test(gcc_type_units_and_sections),
		cmocka_unit_test(gcc_fixed_address),
		cmocka_unit_test(clang_dwarf_4),
		cmocka_unit_test(clang_dwarf_5),
		cmocka_unit_test(clang_dwarf_4_split),
		cmocka_unit_test(clang_dwarf_5_split),
		cmocka_unit_test(gcc_as_addr2line_has_it),
		cmocka_unit_test(separate_debug_file),
		cmocka_unit_test(debug_information_of_several_files),
		cmocka_unit_test(inlined_functions_only_where_wanted),
		cmocka_unit_test(one_address_at_a_time),
		cmocka_unit_test(names_are_demangled),
		cmocka_unit_test(lines_of_large_tables),
	};

	return cmocka_run_group_tests(tests, make_sources, fixture_teardown);
}
