// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * load_cost: how long it takes to load the programs of a capture of the whole
 * system that unwinds by tables, as this build's BPF compiler made them, and how many
 * instructions the verifier looked at. Prints "load_ms N" and "verified N".
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bpf/capture.skel.h"

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int print_nothing(enum libbpf_print_level level, const char *format, va_list args)
{
	return 0;
}

int main(void)
{
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);
	struct capture_bpf *skel;
	double started_ms;
	int err;

	libbpf_set_print(print_nothing);
	started_ms = now_ms();
	skel = capture_bpf__open();
	if (!skel)
		return 1;
	skel->rodata->unwind_by_tables = true;
	skel->rodata->want_snapshots = true;
	bpf_program__set_autoload(skel->progs.unwind_fork, true);
	bpf_program__set_autoload(skel->progs.unwind_exec, true);
	bpf_program__set_autoload(skel->progs.unwind_free, true);
	err = capture_bpf__load(skel);
	if (!err) {
		printf("load_ms %.0f\n", now_ms() - started_ms);
		err = bpf_obj_get_info_by_fd(bpf_program__fd(skel->progs.sample_cpu), &info, &size);
		printf("verified %u\n", info.verified_insns);
	} else {
		fprintf(stderr, "load_cost: %s\n", strerror(-err));
	}
	capture_bpf__destroy(skel);
	return err ? 1 : 0;
}
