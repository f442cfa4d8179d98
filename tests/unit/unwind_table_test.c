// SPDX-License-Identifier: GPL-2.0-or-later
/* Tables: rows of many entries in one order, the page index, and the files they come from. */
#include "tests/unit/unwind_fixture.h"

#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "profiler/unwind/table/table_rows.h"
#include "profiler/unwind/table/vdso.h"

enum { ADVANCE = 0x40, DEF_CFA_OFFSET = 0x0e };

/* ---- many entries ---------------------------------------------------------------------------- */

static void gaps_between_entries(void **state)
{
	struct bytes bytes = {0};
	size_t cie = put_x86_cie(&bytes);

	put_fde(&bytes, cie, 0x1000, 0x10, BYTES(ADVANCE | 1, DEF_CFA_OFFSET, 16));
	put_fde(&bytes, cie, 0x1010, 0x10, BYTES(DEF_CFA_OFFSET, 16)); /* goes on as before */
	put_fde(&bytes, cie, 0x1021, 0x0f, BYTES(0));
	put_fde(&bytes, cie, 0x1030, 0x10, BYTES(0));
	assert_rows(&bytes, EM_X86_64, "1000 sp+1; 1001 sp+2; 1020 none; 1021 sp+1; 1040 none", 0);
}

static void entries_out_of_order(void **state)
{
	struct bytes bytes = {0};
	size_t cie = put_x86_cie(&bytes);

	put_fde(&bytes, cie, 0x12345000, 0x10, BYTES(0));
	put_fde(&bytes, cie, 0x1000, 0x10, BYTES(0));
	put_fde(&bytes, cie, 0x12344000, 0x10, BYTES(0));
	put_fde(&bytes, cie, 0x345000, 0x10, BYTES(0));
	assert_rows(&bytes, EM_X86_64,
		    "1000 sp+1; 1010 none; 345000 sp+1; 345010 none; 12344000 sp+1; "
		    "12344010 none; 12345000 sp+1; 12345010 none",
		    0);
}

/* As the run-time library finds them: by the last start that is not above an address. */
static void entries_that_overlap(void **state)
{
	struct bytes bytes = {0};
	size_t cie = put_x86_cie(&bytes);

	put_fde(&bytes, cie, 0x1000, 0x100,
		BYTES(DEF_CFA_OFFSET, 16, ADVANCE | 0x20, DEF_CFA_OFFSET, 24, ADVANCE | 0x20,
		      DEF_CFA_OFFSET, 32));
	put_fde(&bytes, cie, 0x1010, 0x20, BYTES(DEF_CFA_OFFSET, 40));
	assert_rows(&bytes, EM_X86_64, "1000 sp+2; 1010 sp+5; 1030 none", 0);
	/* Of equal starts the longest, and of equal ones the first. */
	put_fde(&bytes, cie, 0x1010, 0x30, BYTES(DEF_CFA_OFFSET, 48));
	put_fde(&bytes, cie, 0x1010, 0x30, BYTES(DEF_CFA_OFFSET, 56));
	put_fde(&bytes, cie, 0x1010, 0x10, BYTES(DEF_CFA_OFFSET, 64));
	assert_rows(&bytes, EM_X86_64, "1000 sp+2; 1010 sp+6; 1040 none", 0);
	put_fde(&bytes, cie, 0x1010, 0x31, BYTES(DEF_CFA_OFFSET, 72));
	assert_rows(&bytes, EM_X86_64, "1000 sp+2; 1010 sp+9; 1041 none", 0);
}

/* Ranges as they come against each address's own search. */
static void ranges_in_any_order(void **state)
{
	enum { RANGES = 200, ADDRS = 4096 };
	struct row_range ranges[RANGES];
	struct unwind_row rows[RANGES], joined[2 * RANGES];
	uint64_t random = 7;

	for (uint32_t i = 0; i < RANGES; i++) {
		uint32_t start = random_below(&random, ADDRS);

		rows[i] = (struct unwind_row){.addr = start, .cfa = (int16_t)i, .rule = 1};
		ranges[i] = (struct row_range){start, start + 1 + random_below(&random, 200), i, 1};
	}
	assert_int_equal(row_ranges_sort(ranges, RANGES), 0);
	for (size_t at = 0, n = row_ranges_join(ranges, RANGES, rows, joined), addr = 0;
	     addr < ADDRS; addr++) {
		const struct row_range *best = NULL;

		for (size_t i = 0; i < RANGES; i++) {
			if (i)
				assert_true(ranges[i].start >= ranges[i - 1].start);
			if (ranges[i].start <= addr &&
			    (!best || ranges[i].start > best->start || ranges[i].end > best->end))
				best = &ranges[i];
		}
		while (at + 1 < n && joined[at + 1].addr <= addr)
			at++;
		if (!best)
			assert_true(joined[0].addr > addr);
		else if (addr < best->end)
			assert_int_equal(joined[at].cfa, rows[best->row].cfa);
		else
			assert_int_equal(joined[at].rule, 0);
	}
}

static void entries_that_no_row_can_hold(void **state)
{
	struct bytes bytes = {0};
	size_t cie = put_cie(&bytes, "zR", CFI_PE_ABSPTR, 1, 16, X86_START);
	static const uint64_t starts[] = {0xfff, 0x100000f00, 0x1000, 0x1000000000};
	struct elf_image image = {.machine = EM_X86_64, .base = 0x1000};
	struct cfi_section section;
	struct unwind_table table;

	for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
		size_t at = entry_begin(&bytes, (uint32_t)(bytes.len + 4 - cie));

		put_number(&bytes, starts[i], 8);
		put_number(&bytes, 0x10, 8);
		put_number(&bytes, 0, 1);
		entry_end(&bytes, at);
	}
	section = section_of(&bytes, EM_X86_64);
	assert_int_equal(unwind_table_build_section(&image, &section, &table), 0);
	assert_string_equal(table_text(&table), "0 sp+1; 10 none; ffffff00 sp+1; ffffff10 none");
	assert_int_equal(table.damaged, 2);
	assert_int_equal(table.base, 0x1000);
	assert_null(table_check(&table));
	unwind_table_fini(&table);
}

static void nothing_to_make_a_table_of(void **state)
{
	struct bytes bytes = {0};
	struct unwind_table table;
	size_t cie;

	assert_int_equal(build(&bytes, EM_X86_64, &table), -ENOENT);
	cie = put_x86_cie(&bytes);
	assert_int_equal(build(&bytes, EM_X86_64, &table), -ENOENT);
	put_fde(&bytes, cie, 0x1000, 0, BYTES(0));
	assert_int_equal(build(&bytes, EM_X86_64, &table), -ENOENT);
	put_fde(&bytes, cie + 1, 0x1000, 1, BYTES(0));
	assert_int_equal(build(&bytes, EM_X86_64, &table), -EBADMSG);
}

static void the_entry_point_ends_stacks(void **state)
{
	static const struct {
		uint64_t entry;
		const char *rows;
	} cases[] = {
		{0, "1000 sp+1; 1010 none; 1020 sp+1; 1030 none"},
		{0x1008, "1000 sp+1; 1010 none; 1020 sp+1; 1030 none"}, /* covered */
		{0x1014, "1000 sp+1; 1010 none; 1014 end; 1020 sp+1; 1030 none"},
		{0x1010, "1000 sp+1; 1010 end; 1020 sp+1; 1030 none"},
		{0x1030, "1000 sp+1; 1010 none; 1020 sp+1; 1030 end; 1070 none"},
		{0x800, "800 end; 840 none; 1000 sp+1; 1010 none; 1020 sp+1; 1030 none"},
		{UINT64_MAX, "1000 sp+1; 1010 none; 1020 sp+1; 1030 none"},
		{UINT32_MAX - 1, "1000 sp+1; 1010 none; 1020 sp+1; 1030 none"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct elf_image image = {.machine = EM_X86_64, .entry = cases[i].entry};
		struct bytes bytes = {0};
		struct cfi_section section;
		struct unwind_table table;
		size_t cie = put_x86_cie(&bytes);

		put_fde(&bytes, cie, 0x1000, 0x10, BYTES(0));
		put_fde(&bytes, cie, 0x1020, 0x10, BYTES(0));
		section = section_of(&bytes, EM_X86_64);
		assert_int_equal(unwind_table_build_section(&image, &section, &table), 0);
		assert_string_equal(table_text(&table), cases[i].rows);
		unwind_table_fini(&table);
	}
}

/* ---- the index ------------------------------------------------------------------------------- */

static void pages_are_small_where_rows_are_dense(void **state)
{
	struct bytes bytes = {0};
	size_t cie = put_x86_cie(&bytes);
	struct unwind_table table;

	for (size_t i = 0; i < 500; i++)
		put_fde(&bytes, cie, 0x1000 + i * 0x100, 0x80, BYTES(0));
	assert_int_equal(build(&bytes, EM_X86_64, &table), 0);
	assert_int_equal(table.nr_rows, 1000);
	assert_int_equal(table_header(&table)->page_shift, UNWIND_PAGE_SHIFT);
	assert_true(table.nr_units * UNWIND_UNIT_BYTES <= 12 * table.nr_rows);
	unwind_table_fini(&table);
}

/* A few rows that claim 4 GB of code do not make an index for 4 GB. */
static void pages_grow_where_rows_are_few(void **state)
{
	struct bytes bytes = {0};
	size_t cie = put_cie(&bytes, "zR", CFI_PE_UDATA4, 1, 16, X86_START);
	struct unwind_table table;

	for (uint32_t i = 0; i < 3; i++) {
		size_t at = entry_begin(&bytes, (uint32_t)(bytes.len + 4 - cie));

		put_number(&bytes, i * 0x7ffffff0 + 1, 4);
		put_number(&bytes, i == 2 ? 0x1e : 1, 4);
		put_number(&bytes, 0, 1);
		entry_end(&bytes, at);
	}
	assert_int_equal(build(&bytes, EM_X86_64, &table), 0);
	assert_string_equal(table_text(&table), "1 sp+1; 2 none; 7ffffff1 sp+1; 7ffffff2 none; "
						"ffffffe1 sp+1; ffffffff none");
	assert_true(table.nr_units < 32);
	assert_null(unwind_table_find(&table, 0));
	assert_int_equal(unwind_table_find(&table, 0x7ffffff1)->rule, 1);
	assert_int_equal(unwind_table_find(&table, 0xfffffffe)->rule, 1);
	unwind_table_fini(&table);
}

/* ---- files ----------------------------------------------------------------------------------- */

static char folder[] = "/tmp/bolometer-unwind-XXXXXX";

static int make_folder(void **state)
{
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

static const char program[] =
	"__attribute__((noinline)) int inner(int n) { __asm__ volatile(\"\" : \"+r\"(n)); return "
	"n; }\n"
	"__attribute__((noinline)) int outer(int n)\n"
	"{ volatile char array[n]; array[0] = inner(n); return inner(array[0]); }\n"
	"void _start(void) { outer(inner(1)); for (;;); }\n";

/* Compiles the program and opens it. */
static int compiled(const char *options)
{
	char command[1024], path[128];
	FILE *source;
	int fd;

	snprintf(path, sizeof(path), "%s/program.c", folder);
	source = fopen(path, "w");
	assert_non_null(source);
	fputs(program, source);
	assert_int_equal(fclose(source), 0);
	snprintf(command, sizeof(command), "cd %s && gcc -O1 -nostdlib -o program program.c %s",
		 folder, options);
	assert_int_equal(system(command), 0);
	snprintf(path, sizeof(path), "%s/program", folder);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

/* The table of a file, as text the caller frees. */
static char *table_of(int fd)
{
	struct unwind_table table;
	char *text;

	assert_int_equal(unwind_table_build(fd, &table), 0);
	assert_null(table_check(&table));
	assert_int_equal(table.damaged, 0);
	text = strdup(table_text(&table));
	unwind_table_fini(&table);
	return text;
}

static void wipe_section_headers(int fd)
{
	uint8_t zeros[8] = {0};

	assert_int_equal(pwrite(fd, zeros, 8, offsetof(Elf64_Ehdr, e_shoff)), 8);
	assert_int_equal(pwrite(fd, zeros, 4, offsetof(Elf64_Ehdr, e_shnum)), 4);
}

static void a_file_without_section_headers(void **state)
{
	int fd = compiled("-shared -fPIC");
	char *with = table_of(fd), *without;

	assert_non_null(strstr(with, "fp@cfa-2"));
	wipe_section_headers(fd);
	without = table_of(fd);
	assert_string_equal(with, without);
	free(with);
	free(without);
	close(fd);
}

static void a_file_without_a_header_for_unwinding(void **state)
{
	int fd = compiled("-static -no-pie -Wl,--no-eh-frame-hdr");
	struct unwind_table table;
	struct elf_image image;
	char *text = table_of(fd);

	assert_int_equal(elf_image_read(fd, &image), 0);
	assert_int_equal(image.eh_frame_hdr, 0);
	assert_int_equal(image.base, 0x400000);
	assert_non_null(strstr(text, "fp@cfa-2"));
	wipe_section_headers(fd);
	assert_int_equal(unwind_table_build(fd, &table), -ENOENT);
	free(text);
	close(fd);
}

/* The debugger's copy is read where it is all there is, compressed or not. */
static void a_file_with_debug_frame_only(void **state)
{
	static const char *const options[] = {"", "-gz"};
	char *texts[2];

	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		char all[256];
		int fd;

		snprintf(all, sizeof(all), "-static -no-pie -g -fno-asynchronous-unwind-tables %s",
			 options[i]);
		fd = compiled(all);
		texts[i] = table_of(fd);
		close(fd);
	}
	assert_string_equal(texts[0], texts[1]);
	assert_non_null(strstr(texts[0], "fp@cfa-2"));
	free(texts[0]);
	free(texts[1]);
}

static void a_file_without_any(void **state)
{
	int fd = compiled("-static -no-pie -fno-asynchronous-unwind-tables");
	struct unwind_table table;

	assert_int_equal(unwind_table_build(fd, &table), -ENOENT);
	close(fd);
}

/* The bytes in the debug file are only claimed. */
static void a_file_of_debug_information(void **state)
{
	struct unwind_table table;
	int fd = compiled("-shared -fPIC -g && objcopy --only-keep-debug program debug && "
			  "mv debug program");

	assert_int_equal(ftruncate(fd, 1 << 20), 0); /* there are bytes where they would be */
	assert_int_equal(unwind_table_build(fd, &table), -EBADMSG);
	close(fd);
}

static void files_that_are_none(void **state)
{
	struct unwind_table table;
	int fd = compiled("-c"), null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	Elf64_Ehdr header;

	assert_int_equal(unwind_table_build(fd, &table), -ENOEXEC); /* an object to be linked */
	assert_int_equal(unwind_table_build(null, &table), -ENOEXEC);
	assert_int_equal(unwind_table_build(-1, &table), -EBADF);
	close(fd);
	close(null);
	fd = compiled("-shared -fPIC");
	assert_int_equal(pread(fd, &header, sizeof(header), 0), sizeof(header));
	header.e_machine = EM_RISCV;
	assert_int_equal(pwrite(fd, &header, sizeof(header), 0), sizeof(header));
	assert_int_equal(unwind_table_build(fd, &table), -ENOEXEC);
	close(fd);
}

/* Cut anywhere, a file gives an error or a table that is one. */
static void files_cut_anywhere(void **state)
{
	int fd = compiled("-shared -fPIC");
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	for (off_t len = st.st_size; len > 0; len -= len > 4096 ? 97 : 13) {
		struct unwind_table table;
		int err;

		assert_int_equal(ftruncate(fd, len), 0);
		err = unwind_table_build(fd, &table);
		if (!err) {
			assert_null(table_check(&table));
			unwind_table_fini(&table);
		} else {
			assert_true(err == -EBADMSG || err == -ENOEXEC || err == -ENOENT);
		}
	}
	close(fd);
}

/* A section that would take more memory than any real one. */
static void a_section_that_is_too_large(void **state)
{
	int fd = compiled("-shared -fPIC");
	struct unwind_table table;
	Elf64_Shdr section;
	Elf64_Ehdr header;

	assert_int_equal(ftruncate(fd, (off_t)1 << 30), 0); /* so much would be there */
	assert_int_equal(pread(fd, &header, sizeof(header), 0), sizeof(header));
	for (size_t i = 0; i < header.e_shnum; i++) {
		off_t at = (off_t)(header.e_shoff + i * sizeof(section));

		assert_int_equal(pread(fd, &section, sizeof(section), at), sizeof(section));
		if (section.sh_type == SHT_PROGBITS && section.sh_size < 4096)
			section.sh_size = (256 << 20) + 1;
		assert_int_equal(pwrite(fd, &section, sizeof(section), at), sizeof(section));
	}
	assert_int_equal(unwind_table_build(fd, &table), -EFBIG);
	close(fd);
}

static void the_vdso(void **state)
{
	struct unwind_table table;
	int fd = vdso_open();

	if (!getauxval(AT_SYSINFO_EHDR))
		skip();
	assert_true(fd >= 0);
	assert_int_equal(unwind_table_build(fd, &table), 0);
	assert_null(table_check(&table));
	assert_true(table.nr_rows > 10);
	assert_int_equal(table.damaged, 0);
	unwind_table_fini(&table);
	close(fd);
	assert_int_equal(table_of_bytes("", 0, &table), -ENOEXEC);
}

/*
 * A file of arm64 with these two words of code, and a function before them at 0x1000, which may be
 * one that is described.
 */
static size_t put_arm64_vdso(struct bytes *bytes, uint32_t first, uint32_t second, bool described)
{
	Elf64_Ehdr header = {
		.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
		.e_type = ET_DYN,
		.e_machine = EM_AARCH64,
		.e_version = EV_CURRENT,
		.e_phoff = sizeof(Elf64_Ehdr),
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = described ? 2 : 1,
	};
	Elf64_Phdr segments[2] = {
		{.p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_filesz = 0x2000, .p_memsz = 0x2000},
		{.p_type = PT_GNU_EH_FRAME, .p_vaddr = 0x1100, .p_offset = 0x1100},
	};
	size_t cie, fde;

	put(bytes, &header, sizeof(header));
	put(bytes, segments, sizeof(segments));
	bytes->len = 0x1024;
	put_number(bytes, first, 4);
	put_number(bytes, second, 4);
	bytes->len = 0x1100; /* version 1, and where .eh_frame is: 8 bytes on */
	put(bytes, BYTES(1, PCREL, CFI_PE_OMIT, CFI_PE_OMIT, 8, 0, 0, 0, 0, 0, 0, 0));
	cie = put_cie(bytes, "zR", CFI_PE_UDATA4, 4, 30, ARM64_START);
	fde = entry_begin(bytes, (uint32_t)(bytes->len + 4 - cie));
	put(bytes, BYTES(0, 0x10, 0, 0, 0x20, 0, 0, 0, 0));
	entry_end(bytes, fde);
	bytes->len = 0x2000;
	return bytes->len;
}

static const char *table_of_arm64_vdso(uint32_t first, uint32_t second, bool described)
{
	struct bytes bytes = {0};
	size_t size = put_arm64_vdso(&bytes, first, second, described);
	struct unwind_table table;
	const char *text;
	int err = table_of_bytes(bytes.data, size, &table);

	if (err)
		return strerror(-err);
	assert_null(table_check(&table));
	text = table_text(&table);
	unwind_table_fini(&table);
	return text;
}

/* It has no call-frame information, and is known by its instructions. */
static void the_return_from_signals_of_arm64(void **state)
{
	assert_string_equal(table_of_arm64_vdso(0xd2801168, 0xd4000001, true),
			    "1000 sp+0; 1020 signal(sp+16); 102c none");
	assert_string_equal(table_of_arm64_vdso(0xd2801168, 0xd4000021, true),
			    "1000 sp+0; 1020 none");
	assert_string_equal(table_of_arm64_vdso(0xd2801168, 0xd4000001, false),
			    "1020 signal(sp+16); 102c none");
	assert_string_equal(table_of_arm64_vdso(0xd2801168, 0xd4000021, false), strerror(ENOENT));
}

/* ---- addresses ------------------------------------------------------------------------------- */

static void biases(void **state)
{
	struct elf_image image = {
		.loads = {{0x408234, 0x6234, 0x800, 0x2000, false},
			  {0x400000, 0, 0x1234, 0x1234, false},
			  {0x402234, 0x1234, 0x5000, 0x5000, true}},
		.nr_loads = 3,
	};
	uint64_t bias = 1;

	/* The code's first page is the last one of what is before it, too. */
	assert_int_equal(elf_image_bias(&image, 0x7f0000402000, 0x1000, &bias), 0);
	assert_int_equal(bias, 0x7f0000000000);
	assert_int_equal(elf_image_bias(&image, 0x402000, 0x1000, &bias), 0);
	assert_int_equal(bias, 0);
	/* A part of it, as mprotect() makes them. */
	assert_int_equal(elf_image_bias(&image, 0x7f0000404000, 0x3000, &bias), 0);
	assert_int_equal(bias, 0x7f0000000000);
	assert_int_equal(elf_image_bias(&image, 0x7f0000400000, 0, &bias), 0);
	assert_int_equal(bias, 0x7f0000000000);
	/* Its last page is the first of the data. */
	assert_int_equal(elf_image_bias(&image, 0x7f0000407000, 0x6000, &bias), 0);
	assert_int_equal(bias, 0x7f0000000000);
	bias = 1;
	assert_int_equal(elf_image_bias(&image, 0x7f0000400000, 0x7000, &bias), -ENOENT);
	assert_int_equal(bias, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gaps_between_entries),
		cmocka_unit_test(entries_out_of_order),
		cmocka_unit_test(entries_that_overlap),
		cmocka_unit_test(ranges_in_any_order),
		cmocka_unit_test(entries_that_no_row_can_hold),
		cmocka_unit_test(nothing_to_make_a_table_of),
		cmocka_unit_test(the_entry_point_ends_stacks),
		cmocka_unit_test(pages_are_small_where_rows_are_dense),
		cmocka_unit_test(pages_grow_where_rows_are_few),
		cmocka_unit_test(a_file_without_section_headers),
		cmocka_unit_test(a_file_without_a_header_for_unwinding),
		cmocka_unit_test(a_file_with_debug_frame_only),
		cmocka_unit_test(a_file_without_any),
		cmocka_unit_test(a_file_of_debug_information),
		cmocka_unit_test(files_that_are_none),
		cmocka_unit_test(files_cut_anywhere),
		cmocka_unit_test(a_section_that_is_too_large),
		cmocka_unit_test(the_vdso),
		cmocka_unit_test(the_return_from_signals_of_arm64),
		cmocka_unit_test(biases),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
