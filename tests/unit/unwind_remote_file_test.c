// SPDX-License-Identifier: GPL-2.0-or-later
/* Files whose call-frame information is kept: what is found in them, damage, and bounds. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <link.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "profiler/unwind/remote/remote_file.h"

#define NR_BINARIES 3

struct fixture {
	struct binary binaries[NR_BINARIES];
	struct tracker tracker;
	struct remote_files files;
};

static int note_file(struct dl_phdr_info *info, size_t size, void *data)
{
	struct fixture *f = data;

	if (f->tracker.binaries.count < NR_BINARIES && info->dlpi_name[0] == '/')
		f->binaries[f->tracker.binaries.count++].fd =
			open(info->dlpi_name, O_RDONLY | O_CLOEXEC);
	return 0;
}

/* With some of the libraries that this program uses. */
static void fixture_init(struct fixture *f)
{
	*f = (struct fixture){.tracker.binaries.binaries = f->binaries};
	dl_iterate_phdr(note_file, f);
	assert_int_equal(f->tracker.binaries.count, NR_BINARIES);
	remote_files_init(&f->files, &f->tracker);
}

static void fixture_fini(struct fixture *f)
{
	remote_files_fini(&f->files);
	for (size_t i = 0; i < NR_BINARIES; i++)
		close(f->binaries[i].fd);
}

static const struct remote_file *get(struct fixture *f, enum code_type type, uint32_t binary)
{
	const struct code_map code = {.type = type, .binary = binary};
	const struct remote_file *file;

	assert_int_equal(remote_files_get(&f->files, &code, &file), 0);
	return file;
}

static void addresses_have_the_entry_that_covers_them(void **state)
{
	struct fixture f;

	fixture_init(&f);
	for (uint32_t binary = 0; binary < NR_BINARIES; binary++) {
		const struct remote_file *file = get(&f, CODE_FILE, binary);

		assert_true(file->nr_fdes > 10);
		for (size_t i = 0; i < file->nr_fdes; i++) {
			const struct remote_fde *fde = &file->fdes[i];
			uint64_t end = fde->start + fde->size;

			assert_true(!i || file->fdes[i - 1].start <= fde->start);
			assert_ptr_equal(remote_file_find(file, fde->start), fde);
			assert_ptr_equal(remote_file_find(file, end - 1), fde);
			assert_ptr_not_equal(remote_file_find(file, end), fde);
		}
		assert_null(remote_file_find(file, UINT64_MAX));
		assert_null(remote_file_find(file, 0));
	}
	fixture_fini(&f);
}

static void the_vdso_has_entries(void **state)
{
	struct fixture f;

	fixture_init(&f);
	if (getauxval(AT_SYSINFO_EHDR))
		assert_true(get(&f, CODE_VDSO, BINARY_NONE)->nr_fdes > 0);
	assert_null(get(&f, CODE_JIT, BINARY_NONE));
	fixture_fini(&f);
}

/* Instead of a binary: a copy of its first bytes, or other ones. */
static void replace(struct fixture *f, uint32_t binary, size_t size, bool keep)
{
	int fd = memfd_create("damaged", MFD_CLOEXEC);
	char *bytes = calloc(1, size + 1);

	assert_non_null(bytes);
	if (keep)
		assert_int_equal(pread(f->binaries[binary].fd, bytes, size, 0), size);
	assert_int_equal(write(fd, bytes, size), size);
	free(bytes);
	close(f->binaries[binary].fd);
	f->binaries[binary].fd = fd;
}

static void files_that_cannot_be_read_have_no_entries(void **state)
{
	struct fixture f;

	fixture_init(&f);
	replace(&f, 0, 8192, true);
	replace(&f, 1, 8192, false);
	close(f.binaries[2].fd);
	f.binaries[2].fd = -1;
	for (uint32_t binary = 0; binary < NR_BINARIES; binary++) {
		assert_int_equal(get(&f, CODE_FILE, binary)->nr_fdes, 0);
		assert_null(remote_file_find(get(&f, CODE_FILE, binary), 4096));
	}
	assert_null(get(&f, CODE_FILE, BINARY_NONE));
	fixture_fini(&f);
}

static void the_longest_unused_make_room(void **state)
{
	struct fixture f;
	uint64_t first, second, bytes;

	fixture_init(&f);
	first = get(&f, CODE_FILE, 0)->id;
	second = get(&f, CODE_FILE, 1)->id;
	assert_int_equal(get(&f, CODE_FILE, 0)->id, first);
	bytes = f.files.bytes;
	f.files.bytes_max = bytes;
	get(&f, CODE_FILE, 2);
	assert_true(f.files.bytes <= bytes);
	assert_true(get(&f, CODE_FILE, 1)->id > second);
	fixture_fini(&f);
}

/* However small it is: then files have no entries. */
static void the_bound_holds(void **state)
{
	struct fixture f;

	fixture_init(&f);
	f.files.bytes_max = 3 * sizeof(struct remote_file);
	for (uint32_t i = 0; i < 3 * NR_BINARIES; i++) {
		assert_int_equal(get(&f, CODE_FILE, i % NR_BINARIES)->nr_fdes, 0);
		assert_true(f.files.bytes <= f.files.bytes_max);
		get(&f, CODE_VDSO, BINARY_NONE);
		assert_true(f.files.bytes <= f.files.bytes_max);
	}
	fixture_fini(&f);
}

/* A file with one entry of call-frame information, of so many bytes. */
static int large_file(uint32_t size)
{
	static const char names[] = "\0.eh_frame\0.shstrtab";
	static const uint8_t cie[] = {16, 0, 0, 0, 0, 0, 0, 0, 1, 'z', 'R', 0, 1, 0x78,
				      16, 1, 0x1b /* pc-relative */, 0, 0, 0};
	const uint32_t fde[] = {size, sizeof(cie) + 4, 0x1000, 0x100, 0};
	const Elf64_Off at = 0x200;
	struct {
		Elf64_Ehdr header;
		Elf64_Phdr segment;
		Elf64_Shdr sections[3];
		char names[sizeof(names)];
	} elf = {
		.header = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
			   .e_type = ET_DYN, .e_machine = ELF_MACHINE_HERE,
			   .e_version = EV_CURRENT, .e_phoff = sizeof(Elf64_Ehdr),
			   .e_shoff = sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr),
			   .e_ehsize = sizeof(Elf64_Ehdr), .e_phentsize = sizeof(Elf64_Phdr),
			   .e_phnum = 1, .e_shentsize = sizeof(Elf64_Shdr), .e_shnum = 3,
			   .e_shstrndx = 2},
		.segment = {.p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_filesz = 0x10000,
			    .p_memsz = 0x10000},
		.sections = {{0},
			     {.sh_name = 1, .sh_type = SHT_PROGBITS, .sh_flags = SHF_ALLOC,
			      .sh_addr = 0x100000, .sh_offset = at,
			      .sh_size = sizeof(cie) + 4 + size},
			     {.sh_name = 11, .sh_type = SHT_STRTAB, .sh_size = sizeof(names)}},
	};
	int fd = memfd_create("large", MFD_CLOEXEC);

	memcpy(elf.names, names, sizeof(names));
	elf.sections[2].sh_offset = offsetof(typeof(elf), names);
	assert_true(fd >= 0 && sizeof(elf) <= at);
	assert_int_equal(pwrite(fd, &elf, sizeof(elf), 0), sizeof(elf));
	assert_int_equal(pwrite(fd, cie, sizeof(cie), at), sizeof(cie));
	assert_int_equal(pwrite(fd, fde, sizeof(fde), at + sizeof(cie)), sizeof(fde));
	assert_int_equal(ftruncate(fd, (off_t)(at + sizeof(cie) + 4 + size)), 0);
	return fd;
}

/* As large as a browser's, and one that is too large. */
static void a_large_file_stays(void **state)
{
	struct fixture f;
	uint64_t id;

	fixture_init(&f);
	close(f.binaries[0].fd);
	f.binaries[0].fd = large_file(50 << 20);
	close(f.binaries[1].fd);
	f.binaries[1].fd = large_file(100 << 20);
	assert_int_equal(get(&f, CODE_FILE, 0)->nr_fdes, 1);
	id = get(&f, CODE_FILE, 0)->id;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(get(&f, CODE_FILE, 1)->nr_fdes, 0);
		assert_true(get(&f, CODE_FILE, 2)->nr_fdes > 10);
		assert_int_equal(get(&f, CODE_FILE, 0)->id, id);
		assert_true(f.files.bytes <= f.files.bytes_max);
	}
	fixture_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_have_the_entry_that_covers_them),
		cmocka_unit_test(the_vdso_has_entries),
		cmocka_unit_test(files_that_cannot_be_read_have_no_entries),
		cmocka_unit_test(the_longest_unused_make_room),
		cmocka_unit_test(the_bound_holds),
		cmocka_unit_test(a_large_file_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
