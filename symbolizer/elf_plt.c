// SPDX-License-Identifier: GPL-2.0-or-later
/* PLT stubs; see elf_plt.h. Instruction encodings: Intel SDM volume 2; Arm ARM, C6.2. */
#include "symbolizer/elf_plt.h"

#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/model/search.h"
#include "symbolizer/elf_symbols.h"

/* 65,536 stubs of 16 bytes; linkers of larger programs bind at once and need none. */
#define MAX_PLT_BYTES (1U << 20)
#define MAX_SLOTS     (1U << 18)

/* Relocations that are looked at in a section; the largest programs have about a million. */
#define MAX_RELOCATIONS (1U << 22)

/* Dynamic symbols; a table longer than this is an attack. */
#define MAX_DYNAMIC_SYMBOLS (8U << 20)

/* A slot of the global offset table and what its relocation says about it. */
struct slot {
	uint64_t addr;
	uint32_t name;
	bool resolver; /* NAME_OF_RESOLVER, otherwise NAME_OF_PLT */
};

struct plt {
	const struct elf_file *file;
	const struct plt_machine *machine;
	struct slot *slots; /* sorted by address */
	size_t nr_slots, cap_slots;
	uint64_t rela_off; /* .rela.plt, for stubs that push the number of their relocation */
	uint64_t rela_len;
};

/* A piece of code at its address. */
struct code {
	const unsigned char *bytes;
	size_t len;
	uint64_t addr;
};

struct plt_machine {
	uint16_t machine;
	uint32_t jump_slot, glob_dat, irelative; /* relocation types that fill slots */
	/*
	 * How many bytes at the start of `code` are one stub, with the slot it uses; or 0, and
	 * *ret_skip bytes further there may be one.
	 */
	size_t (*stub)(const struct plt *plt, const struct code *code, uint64_t *ret_slot,
		       size_t *ret_skip);
};

/* ---- x86-64 ---------------------------------------------------------------------------------- */

static bool starts_with(const struct code *code, size_t at, const char *bytes, size_t len)
{
	return at + len <= code->len && !memcmp(code->bytes + at, bytes, len);
}

static uint32_t load_u32(const unsigned char *bytes)
{
	return bytes[0] | bytes[1] << 8 | bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

/* The slot that relocation number `number` of .rela.plt fills. */
static bool slot_of_relocation(const struct plt *plt, uint32_t number, uint64_t *ret_slot)
{
	uint64_t at = (uint64_t)number * sizeof(Elf64_Rela);
	struct elf_rows rows;
	GElf_Rela rela;

	if (at >= plt->rela_len)
		return false;
	elf_rows_init(&rows, plt->file, ELF_T_RELA, plt->rela_off + at, sizeof(Elf64_Rela));
	if (!elf_rows_next_rela(&rows, &rela))
		return false;
	*ret_slot = rela.r_offset;
	return true;
}

/*
 * [endbr64] [bnd] jmp *slot(%rip), or, the lazy half of a pair with .plt.sec: [endbr64] push
 * $number; jmp to the first stub. Stubs are 16 bytes, in .plt.got without endbr64 8.
 */
static size_t stub_x86_64(const struct plt *plt, const struct code *code, uint64_t *ret_slot,
			  size_t *ret_skip)
{
	size_t at = starts_with(code, 0, "\xf3\x0f\x1e\xfa", 4) ? 4 : 0;
	size_t len = code->len < 16 ? code->len : 16;

	*ret_skip = 8;
	if (starts_with(code, at, "\x68", 1) && at + 5 <= code->len)
		return slot_of_relocation(plt, load_u32(code->bytes + at + 1), ret_slot) ? len : 0;
	at += starts_with(code, at, "\xf2", 1);
	if (!starts_with(code, at, "\xff\x25", 2) || at + 6 > code->len)
		return 0;
	*ret_slot = code->addr + at + 6 + (uint64_t)(int32_t)load_u32(code->bytes + at + 2);
	/* A stub of 8 bytes, if another one follows at once. */
	return !at && starts_with(code, 8, "\xff\x25", 2) ? 8 : len;
}

/* ---- arm64 ----------------------------------------------------------------------------------- */

#define A64_BTI_C  0xd503245fU
#define A64_NOP	   0xd503201fU
#define A64_BR_X17 0xd61f0220U

static uint32_t a64_at(const struct code *code, size_t at)
{
	return at + 4 <= code->len ? load_u32(code->bytes + at) : 0;
}

/* [bti c]; adrp x16, page; ldr x17, [x16, #offset]; ... br x17; and padding. */
static size_t stub_arm64(const struct plt *plt, const struct code *code, uint64_t *ret_slot,
			 size_t *ret_skip)
{
	size_t at = a64_at(code, 0) == A64_BTI_C ? 4 : 0;
	uint32_t adrp = a64_at(code, at);
	uint32_t ldr = a64_at(code, at + 4);
	int64_t pages;

	*ret_skip = 4;
	if ((adrp & 0x9f00001f) != 0x90000010 || (ldr & 0xffc003ff) != 0xf9400211)
		return 0;
	pages = (int64_t)((uint64_t)(adrp >> 5 & 0x7ffff) << 45) >> 43 | (adrp >> 29 & 3);
	*ret_slot = ((code->addr + at) & ~0xfffULL) + ((uint64_t)pages << 12) +
		    (uint64_t)(ldr >> 10 & 0xfff) * 8;
	for (at += 8; at < code->len && a64_at(code, at) != A64_BR_X17 && at < 32; at += 4)
		;
	for (at += 4; at < code->len && a64_at(code, at) == A64_NOP; at += 4)
		;
	return at < code->len ? at : code->len;
}

static const struct plt_machine machines[] = {
	{EM_X86_64, R_X86_64_JUMP_SLOT, R_X86_64_GLOB_DAT, R_X86_64_IRELATIVE, stub_x86_64},
	{EM_AARCH64, R_AARCH64_JUMP_SLOT, R_AARCH64_GLOB_DAT, R_AARCH64_IRELATIVE, stub_arm64},
};

/* ---- slots ----------------------------------------------------------------------------------- */

/* Its name is still the number of its dynamic symbol. */
static int add_slot(struct plt *plt, const GElf_Rela *rela)
{
	uint64_t base = plt->file->nr_texts ? plt->file->texts[0].addr : 0;
	uint64_t resolver = (uint64_t)rela->r_addend - base;
	struct slot slot = {.addr = rela->r_offset};
	uint32_t type = (uint32_t)GELF_R_TYPE(rela->r_info);
	int err;

	if (type == plt->machine->irelative) {
		slot.resolver = true;
		slot.name = (uint32_t)resolver;
		if (resolver > UINT32_MAX)
			return 0;
	} else if (type == plt->machine->jump_slot || type == plt->machine->glob_dat) {
		slot.name = (uint32_t)GELF_R_SYM(rela->r_info);
		if (!slot.name)
			return 0;
	} else {
		return 0;
	}
	err = ARRAY_RESERVE(plt->slots, plt->cap_slots, plt->nr_slots + 1);
	if (!err)
		plt->slots[plt->nr_slots++] = slot;
	return err;
}

static int by_address(const void *a_, const void *b_)
{
	const struct slot *a = a_, *b = b_;
	int order = (a->addr > b->addr) - (a->addr < b->addr);

	return order ? order : (a->name > b->name) - (a->name < b->name);
}

/* Reads where dynamic symbols have their names, and drops slots whose symbol has none. */
static int name_slots(struct plt *plt)
{
	GElf_Shdr dynsym;
	uint32_t *names = NULL;
	size_t count = 0, cap = 0, kept = 0;
	struct elf_rows rows;
	GElf_Sym symbol;
	int err = 0;

	if (!elf_file_section(plt->file, NULL, NULL, SHT_DYNSYM, &dynsym))
		dynsym.sh_size = 0;
	elf_rows_init(&rows, plt->file, ELF_T_SYM, dynsym.sh_offset, dynsym.sh_size);
	while (count < MAX_DYNAMIC_SYMBOLS && !err && elf_rows_next_symbol(&rows, &symbol)) {
		err = ARRAY_RESERVE(names, cap, count + 1);
		if (!err)
			names[count++] = symbol.st_name;
	}
	for (size_t i = 0; i < plt->nr_slots && !err; i++) {
		struct slot slot = plt->slots[i];

		if (!slot.resolver)
			slot.name = slot.name < count ? names[slot.name] : 0;
		if (slot.resolver || slot.name)
			plt->slots[kept++] = slot;
	}
	plt->nr_slots = kept;
	free(names);
	return err;
}

static int read_slots(struct plt *plt)
{
	static const char *const names[] = {".rela.plt", ".rela.dyn", ".rela.iplt"};
	GElf_Shdr header;
	struct elf_rows rows;
	GElf_Rela rela;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(names) && !err; i++) {
		if (!elf_file_section(plt->file, NULL, names[i], SHT_RELA, &header))
			continue;
		elf_rows_init(&rows, plt->file, ELF_T_RELA, header.sh_offset, header.sh_size);
		for (size_t k = 0; k < MAX_RELOCATIONS && plt->nr_slots < MAX_SLOTS && !err &&
				   elf_rows_next_rela(&rows, &rela);
		     k++)
			err = add_slot(plt, &rela);
	}
	if (plt->nr_slots && !err)
		err = name_slots(plt);
	if (plt->nr_slots)
		qsort(plt->slots, plt->nr_slots, sizeof(*plt->slots), by_address);
	if (elf_file_section(plt->file, NULL, ".rela.plt", SHT_RELA, &header)) {
		plt->rela_off = header.sh_offset;
		plt->rela_len = header.sh_size;
	}
	return err;
}

/* ---- stubs ----------------------------------------------------------------------------------- */

static int add_stub(struct text_index *index, const struct plt *plt, uint64_t addr, size_t len,
		    uint64_t slot_addr)
{
	size_t at = SEARCH_BEFORE(i, plt->nr_slots, plt->slots[i].addr < slot_addr);

	if (at == plt->nr_slots || plt->slots[at].addr != slot_addr)
		return 0;
	return text_index_add(
		index, &(struct text_symbol){
			       .addr = addr,
			       .name = plt->slots[at].name,
			       .size = (uint32_t)len,
			       .rank = RANK_LOCAL,
			       .table = plt->slots[at].resolver ? NAME_OF_RESOLVER : NAME_OF_PLT,
		       });
}

static int add_stubs(struct text_index *index, const struct plt *plt, const GElf_Shdr *header)
{
	size_t len = header->sh_size < MAX_PLT_BYTES ? (size_t)header->sh_size : MAX_PLT_BYTES;
	unsigned char *bytes = malloc(len ? len : 1);
	struct code code = {.bytes = bytes, .addr = header->sh_addr};
	uint64_t slot;
	int err = 0;

	if (!bytes)
		return -ENOMEM;
	code.len = elf_file_read(plt->file, header->sh_offset, bytes, len);
	while (code.len && !err) {
		size_t skip;
		size_t stub = plt->machine->stub(plt, &code, &slot, &skip);

		if (stub)
			err = add_stub(index, plt, code.addr, stub, slot);
		skip = stub ? stub : skip < code.len ? skip : code.len;
		code.bytes += skip;
		code.addr += skip;
		code.len -= skip;
	}
	free(bytes);
	return err;
}

int elf_plt_add(struct text_index *index, const struct elf_file *file)
{
	static const char *const names[] = {".plt", ".plt.sec", ".plt.got", ".iplt"};
	struct plt plt = {.file = file};
	GElf_Shdr header;
	int err;

	for (size_t i = 0; i < ARRAY_LEN(machines); i++)
		if (machines[i].machine == file->header.e_machine &&
		    file->header.e_ident[EI_CLASS] == ELFCLASS64)
			plt.machine = &machines[i];
	if (!plt.machine)
		return 0;
	err = read_slots(&plt);
	for (size_t i = 0; i < ARRAY_LEN(names) && !err; i++)
		if (plt.nr_slots && elf_file_section(file, NULL, names[i], SHT_PROGBITS, &header))
			err = add_stubs(index, &plt, &header);
	free(plt.slots);
	return err;
}
