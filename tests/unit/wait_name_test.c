// SPDX-License-Identifier: GPL-2.0-or-later
/* What waits are called, and which system calls take a descriptor. */
#include "tests/unit/unit.h"

#include <sys/syscall.h>

#include "profiler/capture/wait_name.h"

static void check(int syscall, uint8_t object, uint8_t flags, const char *should)
{
	const struct count_key key = {
		.syscall = (int16_t)syscall, .object = object, .flags = flags};
	char name[WAIT_NAME_LEN];

	wait_name(name, &key);
	assert_string_equal(name, should);
}

static void waits_say_what_for(void **state)
{
	check(__NR_read, OBJECT_PIPE, 0, "[waits: read, pipe]");
	check(__NR_read, OBJECT_FILE, COUNT_IO, "[waits: read, file, disk]");
	check(__NR_futex, OBJECT_NONE, 0, "[waits: futex]");
	check(__NR_recvfrom, OBJECT_TCP, 0, "[waits: recvfrom, tcp]");
	check(__NR_read, OBJECT_BLOCK, 0, "[waits: read, block device]");
	check(WAIT_NO_SYSCALL, OBJECT_NONE, COUNT_IO, "[waits: page fault, disk]");
	check(WAIT_NO_SYSCALL, OBJECT_NONE, COUNT_KTHREAD, "[waits: kernel thread]");
	check(WAIT_NO_SYSCALL, OBJECT_NONE, COUNT_KTHREAD | COUNT_IO,
	      "[waits: kernel thread, disk]");
	check(__NR_ppoll, OBJECT_NONE, COUNT_STOPPED, "[waits: stopped]");
	check(__NR_ppoll, OBJECT_NONE, COUNT_TRACED, "[waits: traced]");
}

static void every_object_has_a_name(void **state)
{
	for (uint8_t object = OBJECT_NONE + 1; object < OBJECT_COUNT; object++) {
		const struct count_key key = {.syscall = __NR_read, .object = object};
		char name[WAIT_NAME_LEN];

		wait_name(name, &key);
		assert_int_equal(strncmp(name, "[waits: read, ", 14), 0);
		assert_true(strlen(name) > 15);
	}
}

static void unknown_numbers_are_named_as_such(void **state)
{
	check(32767, OBJECT_NONE, 0, "[waits: system call 32767]");
	check(511, OBJECT_UDP, 0, "[waits: system call 511, udp]");
	check(-32768, OBJECT_NONE, 0, "[waits: page fault]");
	check(__NR_read, OBJECT_COUNT, 0, "[waits: read]");
	check(__NR_read, 255, 0, "[waits: read]");
}

/* Whatever a key holds, the name ends, and is a marker. */
static void any_key_gives_a_name(void **state)
{
	uint64_t random = 3;

	for (int i = 0; i < 100000; i++) {
		struct count_key key = {
			.syscall = (int16_t)random_u64(&random),
			.object = (uint8_t)random_u64(&random),
			.flags = (uint8_t)random_u64(&random),
		};
		char *name = malloc(WAIT_NAME_LEN);
		size_t len;

		assert_non_null(name);
		wait_name(name, &key);
		len = strnlen(name, WAIT_NAME_LEN);
		assert_true(len < WAIT_NAME_LEN && len > 8);
		assert_int_equal(name[len - 1], ']');
		free(name);
	}
}

/* All system calls whose first argument is a descriptor that they may wait for. */
static const int with_fd[] = {
	__NR_read,
	__NR_write,
	__NR_readv,
	__NR_writev,
	__NR_pread64,
	__NR_pwrite64,
	__NR_preadv,
	__NR_pwritev,
	__NR_preadv2,
	__NR_pwritev2,
	__NR_recvfrom,
	__NR_sendto,
	__NR_recvmsg,
	__NR_sendmsg,
	__NR_recvmmsg,
	__NR_sendmmsg,
	__NR_accept,
	__NR_accept4,
	__NR_connect,
	__NR_close,
	__NR_shutdown,
	__NR_fsync,
	__NR_fdatasync,
	__NR_sync_file_range,
	__NR_syncfs,
	__NR_ftruncate,
	__NR_fallocate,
	__NR_flock,
	__NR_fcntl,
	__NR_ioctl,
	__NR_getdents64,
	__NR_fstat,
	__NR_splice,
	__NR_tee,
	__NR_vmsplice,
	__NR_sendfile,
	__NR_copy_file_range,
	__NR_lseek,
	__NR_fchmod,
	__NR_fchown,
#ifdef __NR_getdents
	__NR_getdents,
#endif
};

#define WORDS 8

static bool takes_fd(uint32_t call)
{
	for (size_t i = 0; i < ARRAY_LEN(with_fd); i++) {
		if ((uint32_t)with_fd[i] == call)
			return true;
	}
	return false;
}

static void calls_with_a_descriptor_are_set_and_no_others(void **state)
{
	uint64_t bits[WORDS];

	memset(bits, 0xff, sizeof(bits));
	wait_syscalls_with_fd(bits, WORDS);
	for (uint32_t call = 0; call < WORDS * 64; call++)
		assert_int_equal(bits[call / 64] >> call % 64 & 1, takes_fd(call));
}

/* As many words as it is given, and no more: the sanitizer sees. */
static void the_set_is_as_large_as_told(void **state)
{
	for (size_t words = 0; words <= WORDS; words++) {
		uint64_t *bits = malloc(words * sizeof(*bits) + !words);

		assert_non_null(bits);
		wait_syscalls_with_fd(bits, words);
		for (uint32_t call = 0; call < words * 64; call++)
			assert_int_equal(bits[call / 64] >> call % 64 & 1, takes_fd(call));
		free(bits);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_say_what_for),
		cmocka_unit_test(every_object_has_a_name),
		cmocka_unit_test(unknown_numbers_are_named_as_such),
		cmocka_unit_test(any_key_gives_a_name),
		cmocka_unit_test(calls_with_a_descriptor_are_set_and_no_others),
		cmocka_unit_test(the_set_is_as_large_as_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
