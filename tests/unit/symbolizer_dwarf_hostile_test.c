// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Damaged and hostile debug information: it may cost inlined functions and lines, never the name of
 * a function, an end, or the memory of the machine. Random damage has a fixed seed.
 */
#include "tests/unit/symbolizer_fixture.h"

#include <elf.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "profiler/model/frame_kind.h"

#define ROUNDS 1500

struct bytes {
	unsigned char *at;
	size_t len;
};

static uint32_t random_state = 1;

static uint32_t random_below(uint32_t limit)
{
	random_state = random_state * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)(random_state >> 4) * limit >> 28);
}

static struct bytes read_bytes(const char *name)
{
	FILE *file = fopen(in_dir(name), "r");
	struct bytes bytes;
	struct stat st;

	assert_non_null(file);
	assert_int_equal(fstat(fileno(file), &st), 0);
	bytes.len = (size_t)st.st_size;
	bytes.at = malloc(bytes.len);
	assert_non_null(bytes.at);
	assert_int_equal(fread(bytes.at, 1, bytes.len, file), bytes.len);
	fclose(file);
	return bytes;
}

static Elf64_Shdr *section(struct bytes bytes, const char *name)
{
	Elf64_Ehdr *header = (Elf64_Ehdr *)bytes.at;
	Elf64_Shdr *sections = (Elf64_Shdr *)(bytes.at + header->e_shoff);
	const char *names = (const char *)bytes.at + sections[header->e_shstrndx].sh_offset;

	for (size_t i = 0; i < header->e_shnum; i++)
		if (!strcmp(names + sections[i].sh_name, name))
			return &sections[i];
	fail_msg("no section %s", name);
	return NULL;
}

/* What was found: how many addresses have a name, an inlined function, a line. */
struct found {
	size_t named, inlined, lines;
};

static struct found ask(struct bytes bytes, uint64_t off, size_t count)
{
	struct symbolizer_options options = {.lines = true, .debug_root = in_dir("debug")};
	struct symbolizer *symbolizer = symbolizer_new(&options);
	struct symbol_file file = {.path = in_dir("asked"), .root_fd = -1};
	struct symbol *symbols = calloc(count, sizeof(*symbols));
	uint64_t *addrs = calloc(count, sizeof(*addrs));
	struct found found = {0};

	file.fd = memfd_create("damaged", MFD_CLOEXEC);
	assert_int_equal(write(file.fd, bytes.at, bytes.len), bytes.len);
	for (size_t i = 0; i < count; i++)
		addrs[i] = off + i;
	assert_int_equal(symbolizer_resolve(symbolizer, symbolizer_add_file(symbolizer, &file),
					    addrs, count, symbols),
			 0);
	for (size_t i = 0; i < count; i++) {
		const struct symbol_frame *holder = &symbols[i].frames[symbols[i].count - 1];

		found.named += holder->function != NULL;
		found.inlined += symbols[i].count > 1;
		found.lines += symbols[i].frames->line != 0;
		for (size_t f = 0; f + 1 < symbols[i].count; f++)
			assert_true(strlen(symbols[i].frames[f].function) > 0);
	}
	close(file.fd);
	free(symbols);
	free(addrs);
	symbolizer_free(symbolizer);
	return found;
}

static struct found ask_text(struct bytes bytes)
{
	const Elf64_Shdr *text = section(bytes, ".text");

	return ask(bytes, text->sh_offset, text->sh_size);
}

/* ---- damage ---------------------------------------------------------------------------------- */

/* Those that versions 4 and 5 both have; and ranges, whose name differs. */
static const char *const damaged_sections[] = {
	".debug_info", ".debug_abbrev", ".debug_line", ".debug_str", NULL,
};

static void build(const char *flags)
{
	run("gcc -O2 -g %s -o prog prog.c", flags);
}

static struct found damage(struct bytes good, struct bytes bad, const char *ranges)
{
	struct found least = {SIZE_MAX, SIZE_MAX, SIZE_MAX};

	for (size_t round = 0; round < ROUNDS; round++) {
		const char *name = damaged_sections[random_below(5)];
		struct found found;
		Elf64_Shdr *header;

		memcpy(bad.at, good.at, good.len);
		header = section(bad, name ? name : ranges);
		for (uint32_t i = random_below(12) + 1; i > 0; i--) {
			uint32_t at = random_below((uint32_t)header->sh_size);

			bad.at[header->sh_offset + at] = (unsigned char)random_below(256);
		}
		if (!random_below(8))
			header->sh_size = random_below((uint32_t)header->sh_size);
		found = ask_text(bad);
		least.named = found.named < least.named ? found.named : least.named;
		least.inlined = found.inlined < least.inlined ? found.inlined : least.inlined;
		least.lines = found.lines < least.lines ? found.lines : least.lines;
	}
	return least;
}

static void random_damage(const char *flags, const char *ranges)
{
	struct bytes good, bad;
	struct found whole, least;

	build(flags);
	good = read_bytes("prog");
	bad = (struct bytes){malloc(good.len), good.len};
	whole = ask_text(good);
	assert_true(whole.inlined > 30 && whole.lines > 100);
	least = damage(good, bad, ranges);
	assert_int_equal(least.named, whole.named);
	/* The damage was such that it mattered. */
	assert_true(least.inlined < whole.inlined && least.lines < whole.lines);
	free(good.at);
	free(bad.at);
}

static void damaged_dwarf_5(void **state)
{
	random_damage("-gdwarf-5", ".debug_rnglists");
}

static void damaged_dwarf_4(void **state)
{
	random_damage("-gdwarf-4", ".debug_ranges");
}

static void damaged_compressed_sections(void **state)
{
	random_damage("-gdwarf-5 -gz=zlib", ".debug_rnglists");
}

/* The file ends within its debug sections, which lie behind all that is loaded. */
static void files_cut_within_dwarf(void **state)
{
	struct bytes good, cut;
	struct found found;

	build("");
	good = read_bytes("prog");
	cut = good;
	for (size_t at = section(good, ".debug_aranges")->sh_offset; at < good.len; at += 97) {
		cut.len = at;
		found = ask(cut, section(good, ".text")->sh_offset, 64);
		assert_int_equal(found.inlined, 0);
	}
	free(good.at);
}

/* ---- attacks --------------------------------------------------------------------------------- */

/* A section that says it takes terabytes once it is decompressed. */
static void decompression_bomb(void **state)
{
	struct found found, whole;
	struct bytes bytes;
	Elf64_Chdr *chdr;

	build("-gz=zlib");
	bytes = read_bytes("prog");
	whole = ask_text(bytes);
	chdr = (Elf64_Chdr *)(bytes.at + section(bytes, ".debug_info")->sh_offset);
	chdr->ch_size = 1ULL << 42;
	found = ask_text(bytes);
	assert_int_equal(found.named, whole.named);
	assert_int_equal(found.inlined, 0);
	free(bytes.at);
}

/* A sparse file whose sections have terabytes. */
static void endless_section(void **state)
{
	struct found found, whole;
	struct bytes bytes;

	build("");
	bytes = read_bytes("prog");
	whole = ask_text(bytes);
	section(bytes, ".debug_info")->sh_size = 1ULL << 41;
	found = ask_text(bytes);
	assert_int_equal(found.named, whole.named);
	assert_int_equal(found.inlined, 0);
	free(bytes.at);
}

static long peak_mib(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss / 1024;
}

/* A file with a hole of a gigabyte and a half where its lines and units are said to be. */
static void section_in_a_hole(void **state)
{
	const uint64_t hole = 3ULL << 29;
	struct symbolizer_options options = {.lines = true, .debug_root = in_dir("debug")};
	struct symbolizer *symbolizer = symbolizer_new(&options);
	struct symbol_file file = {.path = "/sparse", .root_fd = -1};
	static const char *const names[] = {".debug_info", ".debug_line"};
	long before = peak_mib();
	struct symbol symbol;
	struct bytes bytes;
	uint64_t off;

	build("");
	bytes = read_bytes("prog");
	off = section(bytes, ".text")->sh_offset + 16;
	for (size_t i = 0; i < 2; i++) {
		section(bytes, names[i])->sh_offset = bytes.len;
		section(bytes, names[i])->sh_size = hole;
	}
	file.fd = memfd_create("sparse", MFD_CLOEXEC);
	assert_int_equal(write(file.fd, bytes.at, bytes.len), bytes.len);
	assert_int_equal(ftruncate(file.fd, (off_t)(bytes.len + hole)), 0);
	assert_int_equal(symbolizer_resolve(symbolizer, symbolizer_add_file(symbolizer, &file),
					    &off, 1, &symbol),
			 0);
	assert_non_null(symbol.frames->function);
	assert_int_equal(symbol.count, 1);
	assert_true(peak_mib() - before < 256);
	close(file.fd);
	symbolizer_free(symbolizer);
	free(bytes.at);
}

/*
 * One function, DWARF 4, in which `entries` stand; abbreviations: 3 an inlined function whose origin
 * is a reference in the unit, 4 the same with an entry's name only.
 */
static void assemble(const char *entries)
{
	FILE *file = fopen(in_dir("made.s"), "w");

	assert_non_null(file);
	fprintf(file,
		"\t.text\n\t.globl _start\n\t.type _start,@function\n_start:\n\t.fill 64,1,0x90\n"
		".Lend:\n\t.size _start,.Lend-_start\n"
		"\t.section .debug_abbrev,\"\",@progbits\n"
		"\t.uleb128 1,0x11\n\t.byte 1\n\t.uleb128 0x11,0x1,0x12,0x7,0,0\n"
		"\t.uleb128 2,0x2e\n\t.byte 1\n\t.uleb128 0x11,0x1,0x12,0x7,0,0\n"
		"\t.uleb128 3,0x1d\n\t.byte 1\n\t.uleb128 0x31,0x13,0x11,0x1,0x12,0x7,0,0\n"
		"\t.uleb128 4,0x1d\n\t.byte 1\n\t.uleb128 0x3,0x8,0x11,0x1,0x12,0x7,0,0\n"
		"\t.uleb128 5,0x1d\n\t.byte 1\n\t.uleb128 0x3,0x8,0x1,0x13,0x11,0x1,0x12,0x7,0,0\n"
		"\t.byte 0\n"
		"\t.section .debug_info,\"\",@progbits\n"
		".Lunit:\n\t.long .Lunit_end-.Lunit-4\n\t.value 4\n\t.long 0\n\t.byte 8\n"
		"\t.uleb128 1\n\t.quad _start\n\t.quad 64\n"
		"\t.uleb128 2\n\t.quad _start\n\t.quad 64\n"
		"%s\n\t.byte 0,0\n.Lunit_end:\n",
		entries);
	assert_int_equal(fclose(file), 0);
	run("as -o made.o made.s && ld -o made made.o");
}

static struct found ask_made(void)
{
	struct bytes bytes = read_bytes("made");
	struct found found = ask_text(bytes);

	free(bytes.at);
	return found;
}

static void origin_that_is_itself(void **state)
{
	struct found found;

	/* Two that are each other's origin, and one that is its own. */
	assemble(".La:\n\t.uleb128 3\n\t.long .Lb-.Lunit\n\t.quad _start\n\t.quad 8\n\t.byte 0\n"
		 ".Lb:\n\t.uleb128 3\n\t.long .La-.Lunit\n\t.quad _start+8\n\t.quad 8\n\t.byte 0\n"
		 ".Lc:\n\t.uleb128 3\n\t.long .Lc-.Lunit\n\t.quad _start+16\n\t.quad 8\n\t.byte 0\n"
		 ".Ld:\n\t.uleb128 4\n\t.asciz \"named\"\n\t.quad _start+24\n\t.quad 8\n\t.byte "
		 "0\n");
	found = ask_made();
	assert_int_equal(found.named, 64);
	assert_int_equal(found.inlined, 8);
}

/* Deeper than any compiler inlines, each in itself: the end is there, with as many as fit. */
static void inlined_without_end(void **state)
{
	struct found found;

	assemble("\t.rept 100000\n\t.uleb128 4\n\t.asciz \"f\"\n\t.quad _start\n\t.quad "
		 "64\n\t.endr\n"
		 "\t.fill 100000,1,0\n");
	found = ask_made();
	assert_int_equal(found.named, 64);
	assert_int_equal(found.inlined, 64);
}

/* Entries whose next sibling is their own first child double the work with each level. */
static void siblings_that_are_children(void **state)
{
	char entries[32 * 1024] = "";
	clock_t started = clock();
	struct found found;

	for (int i = 0; i < 100; i++)
		snprintf(entries + strlen(entries), sizeof(entries) - strlen(entries),
			 "\t.uleb128 5\n\t.asciz \"f\"\n\t.long .L%d-.Lunit\n\t.quad _start\n"
			 "\t.quad 64\n.L%d:\n",
			 i, i);
	strcat(entries, "\t.uleb128 4\n\t.asciz \"g\"\n\t.quad _start\n\t.quad 64\n\t.byte 0\n"
			"\t.fill 101,1,0\n");
	assemble(entries);
	found = ask_made();
	assert_int_equal(found.named, 64);
	assert_true((double)(clock() - started) / CLOCKS_PER_SEC < 20);
}

/* A FIFO where the rest of a split unit should be is not opened, which would block. */
static void fifo_in_the_place_of_a_split_unit(void **state)
{
	struct found whole, found;
	struct bytes bytes;

	run("rm -f *.dwo && gcc -O2 -g -gsplit-dwarf -o prog prog.c");
	bytes = read_bytes("prog");
	whole = ask_text(bytes);
	assert_true(whole.inlined > 30);
	run("for dwo in *.dwo; do rm $dwo && mkfifo $dwo; done");
	found = ask_text(bytes);
	assert_int_equal(found.named, whole.named);
	assert_int_equal(found.inlined, 0);
	assert_int_equal(found.lines, whole.lines);
	run("rm *.dwo");
	free(bytes.at);
}

static int make_source(void **state)
{
	if (fixture_setup(state))
		return -1;
	write_file("prog.c",
		   "#include <stdlib.h>\n"
		   "static inline unsigned twist(unsigned a) { return (a ^ a << 13) * 77; }\n"
		   "static inline unsigned turn(unsigned a, unsigned n)\n"
		   "{ while (n--)\n a = twist(a) + rand();\n return a; }\n"
		   "int compare(const void *a, const void *b)\n"
		   "{ return turn(*(char *)a, 3) - turn(*(char *)b, 4); }\n"
		   "int main(int c, char **v) { qsort(v[0], c, 1, compare);\n"
		   "return turn(c, 5) + twist(c); }\n");
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(damaged_dwarf_5),
		cmocka_unit_test(damaged_dwarf_4),
		cmocka_unit_test(damaged_compressed_sections),
		cmocka_unit_test(files_cut_within_dwarf),
		cmocka_unit_test(decompression_bomb),
		cmocka_unit_test(endless_section),
		cmocka_unit_test(section_in_a_hole),
		cmocka_unit_test(origin_that_is_itself),
		cmocka_unit_test(inlined_without_end),
		cmocka_unit_test(siblings_that_are_children),
		cmocka_unit_test(fifo_in_the_place_of_a_split_unit),
	};

	return cmocka_run_group_tests(tests, make_source, fixture_teardown);
}
