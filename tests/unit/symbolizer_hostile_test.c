// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Damaged and hostile ELF files: whatever is in them, every address gets an answer, and the
 * sanitizers have nothing to say. Random damage has a fixed seed.
 */
#include "tests/unit/symbolizer_fixture.h"

#include <elf.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#define ROUNDS 4000

static unsigned char *good;
static size_t good_len;

static uint32_t random_state = 1;

static uint32_t random_below(uint32_t limit)
{
	random_state = random_state * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)(random_state >> 4) * limit >> 28);
}

/* A library with functions, a PLT, a build id and a debug link: all that is parsed, in 16 KB. */
static int make_good(void **state)
{
	struct stat st;
	FILE *file;

	if (fixture_setup(state))
		return -1;
	write_file("good.c",
		   "#include <stdlib.h>\nstatic __attribute__((noinline)) int local(int a)"
		   " { return a * rand(); }\nint exported(int a) { return local(a) + "
		   "atoi(getenv(\"x\")); }\n");
	run("gcc -O1 -fPIC -shared -Wl,--build-id=sha1 -Wl,-z,noseparate-code -o good.so good.c && "
	    "objcopy --only-keep-debug good.so good.debug && "
	    "objcopy --add-gnu-debuglink=good.debug good.so");
	file = fopen(in_dir("good.so"), "r");
	if (!file || fstat(fileno(file), &st))
		return -1;
	good_len = (size_t)st.st_size;
	good = malloc(good_len);
	if (!good || fread(good, 1, good_len, file) != good_len)
		return -1;
	fclose(file);
	return 0;
}

static int drop_good(void **state)
{
	free(good);
	return fixture_teardown(state);
}

/* Asks for addresses all over the source and beyond. */
static size_t ask(struct symbolizer *symbolizer, int source)
{
	uint64_t addrs[260];
	struct symbol symbols[260];
	size_t named = 0, count = 0;

	for (; count < 256; count++)
		addrs[count] = count * 32;
	addrs[count++] = good_len;
	addrs[count++] = 1ULL << 40;
	addrs[count++] = 1ULL << 63;
	addrs[count++] = UINT64_MAX;
	assert_int_equal(symbolizer_resolve(symbolizer, source, addrs, count, symbols), 0);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(symbols[i].count, 1);
		if (symbols[i].frames->function)
			named += strlen(symbols[i].frames->function) > 0;
		else
			assert_in_range(symbols[i].frames->reason, 1, SYMBOL_REASON_COUNT - 1);
	}
	return named;
}

/* The bytes as an image and as a file; returns how many addresses were named. */
static size_t ask_bytes(const unsigned char *bytes, size_t len)
{
	struct symbolizer *symbolizer = new_symbolizer(false);
	struct symbol_file file = {.path = in_dir("good.so"), .root_fd = -1};
	uint8_t id[64];
	size_t named;

	file.fd = memfd_create("damaged", MFD_CLOEXEC);
	assert_int_equal(write(file.fd, bytes, len), len);
	assert_in_range(symbol_build_id(file.fd, id, sizeof(id)) + 100, 0, 164);
	named = ask(symbolizer, symbolizer_add_file(symbolizer, &file));
	ask(symbolizer, symbolizer_add_image(symbolizer, "image", bytes, len));
	close(file.fd);
	symbolizer_free(symbolizer);
	return named;
}

static void undamaged_file_is_named(void **state)
{
	assert_true(ask_bytes(good, good_len) >= 5);
}

static void files_cut_anywhere(void **state)
{
	for (size_t len = 0; len < good_len; len += len < 4096 ? 37 : 211)
		ask_bytes(good, len);
}

static void flipped_bytes_anywhere(void **state)
{
	unsigned char *bytes = malloc(good_len);

	for (size_t round = 0; round < ROUNDS; round++) {
		memcpy(bytes, good, good_len);
		for (uint32_t i = random_below(8) + 1; i > 0; i--)
			bytes[random_below((uint32_t)good_len)] ^=
				(unsigned char)(1 + random_below(255));
		ask_bytes(bytes, good_len);
	}
	free(bytes);
}

/* Words that are sizes, offsets and numbers, made absurd: most damage above hits none of them. */
static void absurd_numbers_in_headers(void **state)
{
	static const uint64_t absurd[] = {
		0,	    1,		0xff,	   0xffff,     0x7fffffff,
		0xffffffff, 1ULL << 40, INT64_MAX, UINT64_MAX, UINT64_MAX - 7};
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)good;
	unsigned char *bytes = malloc(good_len);
	size_t sections_end = header->e_shoff + (size_t)header->e_shnum * sizeof(Elf64_Shdr);

	assert_true(sections_end <= good_len);
	for (size_t round = 0; round < ROUNDS; round++) {
		memcpy(bytes, good, good_len);
		for (uint32_t i = random_below(3) + 1; i > 0; i--) {
			uint64_t number = absurd[random_below(sizeof(absurd) / sizeof(absurd[0]))];
			size_t words = (sections_end - header->e_shoff) / 4;
			size_t at = random_below(3) ? header->e_shoff +
							      4 * random_below((uint32_t)words - 1)
						    : 4 * random_below(256);

			memcpy(bytes + at, &number, random_below(2) ? 8 : 4);
		}
		ask_bytes(bytes, good_len);
	}
	free(bytes);
}

static Elf64_Shdr *section_of_type(unsigned char *bytes, uint32_t type)
{
	Elf64_Ehdr *header = (Elf64_Ehdr *)bytes;
	Elf64_Shdr *sections = (Elf64_Shdr *)(bytes + header->e_shoff);

	for (size_t i = 0; i < header->e_shnum; i++)
		if (sections[i].sh_type == type)
			return &sections[i];
	fail();
	return NULL;
}

static void damaged_symbols(void **state)
{
	unsigned char *bytes = malloc(good_len);

	for (size_t round = 0; round < ROUNDS; round++) {
		Elf64_Shdr *header;
		size_t words;

		memcpy(bytes, good, good_len);
		header = section_of_type(bytes, random_below(2) ? SHT_SYMTAB : SHT_DYNSYM);
		words = header->sh_size / 8;
		for (size_t i = 0; i < 20; i++) {
			uint64_t number = (uint64_t)random_below(1U << 27) << random_below(40);

			memcpy(bytes + header->sh_offset + 8 * random_below((uint32_t)words),
			       &number, 8);
		}
		ask_bytes(bytes, good_len);
	}
	free(bytes);
}

/* The file is emptied and rewritten after the index was built: names are gone, nothing else. */
static void file_truncated_while_in_use(void **state)
{
	struct symbolizer *symbolizer = new_symbolizer(false);
	int source;

	run("cp good.so going.so");
	source = add_path(symbolizer, "going.so");
	assert_unnamed(symbolizer, source, 1ULL << 40, SYMBOL_NO_SYMBOL_HERE);
	run(": > going.so");
	assert_int_equal(ask(symbolizer, source), 0);
	symbolizer_free(symbolizer);
}

/* A sparse file that announces tables of terabytes must not take their time or memory. */
static void endless_tables_end(void **state)
{
	unsigned char *bytes = malloc(good_len);
	struct symbolizer *symbolizer = new_symbolizer(false);
	struct symbol_file file = {.path = "/sparse", .root_fd = -1};
	struct timespec started, ended;
	Elf64_Shdr *header;

	memcpy(bytes, good, good_len);
	header = section_of_type(bytes, SHT_SYMTAB);
	header->sh_size = 1ULL << 42;
	section_of_type(bytes, SHT_DYNSYM)->sh_size = 1ULL << 42;
	section_of_type(bytes, SHT_RELA)->sh_size = 1ULL << 42;
	section_of_type(bytes, SHT_DYNAMIC)->sh_size = 1ULL << 42;
	file.fd = memfd_create("sparse", MFD_CLOEXEC);
	assert_int_equal(write(file.fd, bytes, good_len), good_len);
	assert_int_equal(ftruncate(file.fd, 1LL << 42), 0);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &started);
	assert_true(ask(symbolizer, symbolizer_add_file(symbolizer, &file)) >= 5);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ended);
	assert_true(ended.tv_sec - started.tv_sec < 20);
	close(file.fd);
	symbolizer_free(symbolizer);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(undamaged_file_is_named),
		cmocka_unit_test(files_cut_anywhere),
		cmocka_unit_test(flipped_bytes_anywhere),
		cmocka_unit_test(absurd_numbers_in_headers),
		cmocka_unit_test(damaged_symbols),
		cmocka_unit_test(file_truncated_while_in_use),
		cmocka_unit_test(endless_tables_end),
	};

	return cmocka_run_group_tests(tests, make_good, drop_good);
}
