// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Call-frame information that is made to do harm: what is refused before
 * libunwind sees it, and that it survives what is not.
 */
#include "tests/unit/unit.h"

#include <dwarf.h>
#include <fcntl.h>
#include <link.h>
#include <unistd.h>

#include "profiler/unwind/remote/remote_check.h"
#include "profiler/unwind/remote/remote_entry.h"
#include "profiler/unwind/remote/remote_step.h"

struct program {
	const char *what;
	bool good;
	uint8_t size, bytes[16];
};

#define CODE(...)                         \
	sizeof((uint8_t[]){__VA_ARGS__}), \
	{                                 \
		__VA_ARGS__               \
	}

static const struct program programs[] = {
	{"a prologue", true,
	 CODE(DW_CFA_advance_loc | 1, DW_CFA_def_cfa_offset, 16, DW_CFA_offset | 6, 2)},
	{"the rule of a PLT", true,
	 CODE(DW_CFA_def_cfa_expression, 11, DW_OP_breg7, 8, DW_OP_breg16, 0, DW_OP_lit15,
	      DW_OP_and, DW_OP_lit11, DW_OP_ge, DW_OP_lit3, DW_OP_shl, DW_OP_plus)},
	{"states", true, CODE(DW_CFA_remember_state, DW_CFA_restore | 6, DW_CFA_restore_state)},
	{"states that were not kept", false, CODE(DW_CFA_restore_state)},
	{"registers that do not exist", false, CODE(DW_CFA_offset_extended, 96, 1)},
#ifdef __aarch64__
	{"d8, which calls preserve", true, CODE(DW_CFA_offset_extended, 72, 2)},
	{"d8 as the place of another", false, CODE(DW_CFA_register, 6, 72)},
	{"a CFA from d8", false, CODE(DW_CFA_def_cfa, 72, 16)},
	{"a signed return address", true, CODE(DW_CFA_AARCH64_negate_ra_state)},
#else
	{"registers that do not exist, in short", false, CODE(DW_CFA_offset | 40, 1)},
	{"registers of another machine", false, CODE(DW_CFA_offset_extended, 72, 2)},
#endif
	{"registers beyond the tables", false, CODE(DW_CFA_register, 6, 0xff, 0x7f)},
	{"a length that turns back", false,
	 CODE(DW_CFA_expression, 6, 0xf0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1)},
	{"a length beyond the end", false, CODE(DW_CFA_def_cfa_expression, 3, DW_OP_lit0)},
	{"a number without end", false, CODE(DW_CFA_def_cfa_offset, 0x80, 0x80, 0x80)},
	{"a number of 12 bytes", false,
	 CODE(DW_CFA_def_cfa_offset, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
	      0x80, 0)},
	{"a division", false,
	 CODE(DW_CFA_def_cfa_expression, 3, DW_OP_lit0, DW_OP_lit0, DW_OP_div)},
	{"a branch", false, CODE(DW_CFA_def_cfa_expression, 3, DW_OP_skip, 0xfd, 0xff)},
	{"a jump to anywhere", false, CODE(DW_CFA_set_loc, 0, 0, 0, 0, 0, 0, 0, 0)},
	{"an instruction that libunwind does not know", false, CODE(DW_CFA_val_offset, 6, 2)},
	{"an instruction that nobody knows", false, CODE(0x3f)},
	{"an operand that is not there", false, CODE(DW_CFA_advance_loc4, 0, 0, 0)},
};

static void instructions_are_looked_through(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
		const struct program *program = &programs[i];
		/* Where an access beyond them is seen. */
		uint8_t *bytes = malloc(program->size);
		bool has_cfa = true;

		assert_non_null(bytes);
		memcpy(bytes, program->bytes, program->size);
		if (remote_check_program(bytes, program->size, &has_cfa) != program->good)
			fail_msg("%s", program->what);
		free(bytes);
	}
}

static void without_a_cfa_nothing_is_described(void **state)
{
	uint8_t define[] = {DW_CFA_def_cfa, 7, 8}, advance[] = {DW_CFA_advance_loc | 1};
	bool has_cfa = false;

	assert_false(remote_check_program(advance, sizeof(advance), &has_cfa));
	assert_true(remote_check_program(define, sizeof(define), &has_cfa));
	assert_true(has_cfa);
	assert_true(remote_check_program(advance, sizeof(advance), &has_cfa));
}

/* ---- libunwind itself ---- */

static const char *libc_path;

static int find_libc(struct dl_phdr_info *info, size_t size, void *data)
{
	if (strstr(info->dlpi_name, "/libc.so"))
		libc_path = info->dlpi_name;
	return 0;
}

/* The C library as a mapping of a file, with the entries that it has. */
static const struct remote_file *open_libc(struct remote_files *files, struct tracker *tracker)
{
	static struct binary binary;
	struct code_map code = {.type = CODE_FILE};
	const struct remote_file *file;

	dl_iterate_phdr(find_libc, NULL);
	assert_non_null(libc_path);
	binary.fd = open(libc_path, O_RDONLY | O_CLOEXEC);
	*tracker = (struct tracker){.binaries = {.binaries = &binary, .count = 1}};
	remote_files_init(files, tracker);
	assert_int_equal(remote_files_get(files, &code, &file), 0);
	close(binary.fd);
	assert_true(file->nr_fdes > 1000);
	return file;
}

#define STACK_WORDS 64
#define STACK_ADDR  0x7ffe00000000ULL

/* Steps once from random registers at a random place of the entry's code. */
static enum remote_result step_anyhow(struct remote_stepper *stepper, uint64_t *random,
				      const struct remote_file *file, const struct remote_fde *fde)
{
	uint64_t words[STACK_WORDS];
	struct remote_stack stack = {(const uint8_t *)words, STACK_ADDR, sizeof(words), 0};
	struct remote_regs regs = {.known = random_u64(random) | random_u64(random)};

	for (uint32_t i = 0; i < STACK_WORDS; i++)
		words[i] = random_u64(random) >> random_below(random, 64);
	for (uint32_t i = 0; i < UNWIND_REGS_MAX; i++)
		regs.value[i] = random_below(random, 2)
					? STACK_ADDR + random_below(random, sizeof(words))
					: random_u64(random);
	remote_stepper_start(stepper);
	return remote_step(stepper, &stack, file, fde, fde->start + random_below(random, fde->size),
			   &regs);
}

#define DAMAGED_ROUNDS 100000
#define DAMAGED_BYTES  4

static void damaged_instructions_do_no_harm(void **state)
{
	uint64_t random = 23, results[REMOTE_NO_MEMORY + 1] = {0};
	struct remote_stepper *stepper = remote_stepper_new();
	struct remote_files files;
	struct tracker tracker;
	const struct remote_file *file = open_libc(&files, &tracker);

	for (uint32_t round = 0; round < DAMAGED_ROUNDS; round++) {
		const struct remote_fde *fde =
			&file->fdes[random_below(&random, (uint32_t)file->nr_fdes)];
		struct remote_cie *cie = &file->cies[fde->cie], kept_cie = *cie;
		uint8_t *program = file->section.data + fde->program.at;
		uint8_t kept[256];
		size_t size = fde->program.size < sizeof(kept) ? fde->program.size : sizeof(kept);

		memcpy(kept, program, size);
		for (int i = 0; i < (int)(round % DAMAGED_BYTES) && size; i++)
			program[random_below(&random, (uint32_t)size)] =
				(uint8_t)random_u64(&random);
		if (round % 8 == 7) {
			cie->code_align = random_u64(&random);
			cie->data_align = (int64_t)random_u64(&random);
		}
		results[step_anyhow(stepper, &random, file, fde)]++;
		memcpy(program, kept, size);
		*cie = kept_cie;
	}
	/* Some are refused, some are not. */
	assert_true(results[REMOTE_CALLER] > DAMAGED_ROUNDS / 100);
	assert_true(results[REMOTE_NO_RULE] > DAMAGED_ROUNDS / 100);
	assert_int_equal(results[REMOTE_NO_MEMORY], 0);
	remote_stepper_free(stepper);
	remote_files_fini(&files);
}

/* A long entry for every frame of a deep stack: nobody waits for that. */
static void effort_is_bounded(void **state)
{
	static uint8_t section[200000];
	const uint8_t rules[] = {DW_CFA_def_cfa, remote_arch.sp, 8,
				 DW_CFA_offset | remote_arch.return_register, 1};
	struct remote_cie cie = {
		.code_align = 1, .data_align = -8, .program = {0, 5}, .is_usable = true};
	struct remote_fde fde = {.start = 4096, .size = 16, .program = {5, sizeof(section) - 5}};
	struct remote_file file = {.id = 1, .section.data = section, .cies = &cie, .fdes = &fde};
	static const uint64_t zeros[10000];
	struct remote_stack stack = {(const uint8_t *)zeros, STACK_ADDR, sizeof(zeros), 0};
	struct remote_regs regs = {.known = UINT64_MAX};
	struct remote_stepper *stepper = remote_stepper_new();
	enum remote_result result = REMOTE_CALLER;
	double start = cpu_seconds();

	memcpy(section, rules, sizeof(rules));
	regs.value[remote_arch.sp] = STACK_ADDR;
	remote_stepper_start(stepper);
	for (int i = 0; i < 10000 && result == REMOTE_CALLER; i++)
		result = remote_step(stepper, &stack, &file, &fde, fde.start, &regs);
	assert_int_equal(result, REMOTE_SPENT);
	assert_true(cpu_seconds() - start < 2);
	/* The next walk begins anew. */
	fde.program.size = 0;
	regs.value[remote_arch.sp] = STACK_ADDR;
	remote_stepper_start(stepper);
	assert_int_equal(remote_step(stepper, &stack, &file, &fde, fde.start, &regs),
			 REMOTE_CALLER);
	remote_stepper_free(stepper);
}

/* Nearly everything in the C library can be followed; what is undamaged is not refused. */
static void real_instructions_are_not_refused(void **state)
{
	struct remote_entry entry = {0};
	struct remote_files files;
	struct tracker tracker;
	const struct remote_file *file = open_libc(&files, &tracker);
	size_t refused = 0;

	for (size_t i = 0; i < file->nr_fdes; i++)
		refused += remote_entry_write(&entry, file, &file->fdes[i], 4096) != 0;
	assert_true(refused <= file->nr_fdes / 1000);
	remote_entry_fini(&entry);
	remote_files_fini(&files);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(instructions_are_looked_through),
		cmocka_unit_test(without_a_cfa_nothing_is_described),
		cmocka_unit_test(damaged_instructions_do_no_harm),
		cmocka_unit_test(effort_is_bounded),
		cmocka_unit_test(real_instructions_are_not_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
