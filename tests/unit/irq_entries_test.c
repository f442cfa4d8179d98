// SPDX-License-Identifier: GPL-2.0-or-later
/* Where the kernel enters for interrupts, of either machine: what return addresses are within. */
#include "tests/unit/unit.h"

#include "profiler/capture/irq_entries.h"

#define RANGES_MAX 8

static uint64_t from[RANGES_MAX], to[RANGES_MAX];
static size_t nr_ranges;

static void read_symbols(const char *text, size_t max)
{
	FILE *file = fmemopen((void *)text, strlen(text), "r");

	assert_non_null(file);
	nr_ranges = irq_entries_read(file, from, to, max);
	fclose(file);
}

static bool is_within(uint64_t addr)
{
	for (size_t i = 0; i < nr_ranges; i++) {
		if (addr >= from[i] && addr < to[i])
			return true;
	}
	return false;
}

/* As Linux 6.1 has them: the call is the last but one instruction of a vector. */
static void vectors_of_arm64(void **state)
{
	read_symbols("ffff800008011500 t el1h_64_sync\n"
		     "ffff80000801156c t el1h_64_irq\n"
		     "ffff8000080115d8 t el1h_64_fiq\n"
		     "ffff800008011644 t el1h_64_error\n"
		     "ffff8000080116b0 t el0t_64_sync\n"
		     "ffff800008011840 t el0t_64_irq\n"
		     "ffff8000080119d0 t el0t_64_fiq\n"
		     "ffff800008011b60 t el0t_64_error\n",
		     RANGES_MAX);
	assert_int_equal(nr_ranges, 2);
	assert_false(is_within(0xffff800008011568)); /* returns to el1h_64_sync */
	assert_true(is_within(0xffff8000080115d4));
	assert_true(is_within(0xffff800008011640));
	assert_false(is_within(0xffff8000080116ac));
	assert_false(is_within(0xffff80000801183c)); /* a system call's */
	assert_true(is_within(0xffff8000080119cc));
	assert_true(is_within(0xffff800008011b5c));
	assert_false(is_within(0xffff800008011cec));
}

static void entries_of_x86_64(void **state)
{
	read_symbols("ffffffff81a00000 T entry_SYSCALL_64\n"
		     "ffffffff81a00c00 T asm_exc_page_fault\n"
		     "ffffffff81a00c40 T asm_common_interrupt\n"
		     "ffffffff81a00c60 T asm_sysvec_apic_timer_interrupt\n"
		     "ffffffff81a00c80 T asm_sysvec_reboot\n"
		     "ffffffff81a00ca0 T native_iret\n",
		     RANGES_MAX);
	assert_int_equal(nr_ranges, 1);
	assert_false(is_within(0xffffffff81a00c1a));
	assert_true(is_within(0xffffffff81a00c5a));
	assert_true(is_within(0xffffffff81a00c9a));
}

/* Names of one place, the last symbol, a module's that follows at another end of the memory. */
static void symbols_of_all_kinds(void **state)
{
	read_symbols("ffff800008011840 t el0t_64_irq\n"
		     "ffff800008011840 t el0t_64_irq_alias\n"
		     "ffff8000080119d0 t el0t_64_error\n"
		     "\n"
		     "ffff800008021840 t el1h_64_irq\n"
		     "ffff7fffe1000000 t of_a_module\t[module]\n"
		     "0000000000000000 t el1h_64_fiq\n"
		     "ffff800009000000 t el1h_64_fiq\n",
		     RANGES_MAX);
	assert_int_equal(nr_ranges, 3);
	assert_true(is_within(0xffff8000080119cc));
	assert_false(is_within(0xffff8000080119d0));
	assert_true(is_within(0xffff80000802187c));
	assert_false(is_within(0xffff800008021880));
	assert_true(is_within(0xffff800009000010));
	read_symbols("ffff800008011840 t el0t_64_irq\nffff800009000000 t el1h_64_fiq\n", 1);
	assert_int_equal(nr_ranges, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors_of_arm64),
		cmocka_unit_test(entries_of_x86_64),
		cmocka_unit_test(symbols_of_all_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
