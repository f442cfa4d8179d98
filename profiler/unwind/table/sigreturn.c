// SPDX-License-Identifier: GPL-2.0-or-later
/* Finding arm64's return from signals; see sigreturn.h. */
#include "profiler/unwind/table/sigreturn.h"

#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "profiler/unwind/table/vdso.h"

/* mov x8, #__NR_rt_sigreturn; svc #0 */
static const uint32_t instructions[] = {0xd2801168, 0xd4000001};

/*
 * The kernel's signal frame (struct rt_sigframe in arch/arm64/kernel/signal.c) is struct siginfo,
 * of this size, and then struct ucontext.
 */
enum { SIGINFO_BYTES = 128 };

struct unwind_row sigreturn_row(void)
{
	return (struct unwind_row){
		.cfa = SIGINFO_BYTES / UNWIND_UNIT_BYTES,
		.rule = UNWIND_RULE(UNWIND_CFA_SIGNAL, UNWIND_FP_SAME),
	};
}

/* In the bytes of a file, of which `size` are there. */
static uint64_t find_in(const struct elf_load *load, const uint8_t *bytes, size_t size)
{
	uint64_t end = load->offset + load->file_size; /* does not wrap: elf_image_read() */

	if (load->offset >= size)
		return 0;
	if (end > size)
		end = size;
	for (uint64_t at = (load->offset + 3) & ~3ULL; at + sizeof(instructions) <= end; at += 4)
		if (!memcmp(bytes + at, instructions, sizeof(instructions)))
			return load->vaddr + (at - load->offset);
	return 0;
}

int sigreturn_find(int fd, struct elf_image *image)
{
	uint8_t bytes[VDSO_BYTES_MAX];
	struct stat stat;
	int err;

	if (image->machine != EM_AARCH64)
		return 0;
	if (fstat(fd, &stat))
		return -errno;
	if (stat.st_size > VDSO_BYTES_MAX)
		return 0;
	err = elf_image_pread(fd, bytes, (size_t)stat.st_size, 0);
	if (err)
		return err;
	for (size_t i = 0; i < image->nr_loads && !image->sigreturn; i++)
		if (image->loads[i].executable)
			image->sigreturn = find_in(&image->loads[i], bytes, (size_t)stat.st_size);
	return 0;
}
