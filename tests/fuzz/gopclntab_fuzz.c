// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Go's table of functions in a stripped program, of which there is else only the code, and the
 * structure of the runtime that leads to what is inlined.
 */
#include <elf.h>

#include "fuzz.h"

#define ASKED	  128
#define TEXT_ADDR 0x1000
#define TEXT_LEN  0x1000

/* A program around the table; its length. */
struct image {
	Elf64_Ehdr header;
	Elf64_Phdr segment;
	Elf64_Shdr sections[5];
	char names[40];
	uint64_t module[41];
	unsigned char text[TEXT_LEN];
	unsigned char table[];
};

static const char names[40] = "\0.text\0.gopclntab\0.shstrtab\0.noptrdata";

/* It is mapped behind the code. */
#define TABLE_ADDR (TEXT_ADDR + TEXT_LEN)

static struct image *make_image(const uint8_t *data, size_t size)
{
	struct image *image = calloc(1, sizeof(*image) + size);

	check(image, "memory");
	image->header = (Elf64_Ehdr){
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			    EV_CURRENT},
		.e_type = ET_EXEC,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_phoff = offsetof(struct image, segment),
		.e_shoff = offsetof(struct image, sections),
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 1,
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = 5,
		.e_shstrndx = 3,
	};
	image->segment = (Elf64_Phdr){
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_X,
		.p_offset = offsetof(struct image, text),
		.p_vaddr = TEXT_ADDR,
		.p_filesz = TEXT_LEN + size,
		.p_memsz = TEXT_LEN + size,
	};
	image->sections[1] = (Elf64_Shdr){
		.sh_name = 1,
		.sh_type = SHT_PROGBITS,
		.sh_flags = SHF_ALLOC | SHF_EXECINSTR,
		.sh_addr = TEXT_ADDR,
		.sh_offset = offsetof(struct image, text),
		.sh_size = TEXT_LEN,
	};
	image->sections[2] = (Elf64_Shdr){
		.sh_name = 7,
		.sh_type = SHT_PROGBITS,
		.sh_flags = SHF_ALLOC,
		.sh_addr = TABLE_ADDR,
		.sh_offset = offsetof(struct image, table),
		.sh_size = size,
	};
	image->sections[3] = (Elf64_Shdr){
		.sh_name = 18,
		.sh_type = SHT_STRTAB,
		.sh_offset = offsetof(struct image, names),
		.sh_size = sizeof(names),
	};
	image->sections[4] = (Elf64_Shdr){
		.sh_name = 28,
		.sh_type = SHT_PROGBITS,
		.sh_flags = SHF_ALLOC,
		.sh_addr = 0x100000,
		.sh_offset = offsetof(struct image, module),
		.sh_size = sizeof(image->module),
	};
	memcpy(image->names, names, sizeof(names));
	/* The fourth word of a header says where names are. */
	if (size >= 40)
		memcpy(&image->module[1], data + 32, sizeof(image->module[1]));
	image->module[0] = TABLE_ADDR;
	image->module[1] += TABLE_ADDR;
	image->module[38] = image->module[40] = TABLE_ADDR;
	memcpy(image->table, data, size);
	return image;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct symbol symbols[ASKED];
	struct symbolizer_options options = {.lines = true};
	struct symbolizer *symbolizer = symbolizer_new(&options);
	struct image *image = make_image(data, size);
	uint64_t offs[ASKED];

	check(symbolizer, "a symbolizer");
	for (size_t i = 0; i < ASKED; i++)
		offs[i] = offsetof(struct image, text) + i * (TEXT_LEN / ASKED);
	check_answers(symbolizer,
		      symbolizer_add_image(symbolizer, "fuzzed", image, sizeof(*image) + size),
		      offs, ASKED, symbols);
	symbolizer_free(symbolizer);
	free(image);
	return 0;
}
