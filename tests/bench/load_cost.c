// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * load_cost: how long it takes to load the programs of a capture of the whole
 * system that unwinds by tables and draws all views, as this build's BPF compiler
 * made them, and how many instructions the verifier looked at. Prints "load_ms N",
 * and "verified N" for the program with the most.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bpf/capture.skel.h"
#include "bpf/shared.h"

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

static uint32_t most_verified(const struct capture_bpf *skel)
{
	struct bpf_program *program;
	uint32_t most = 0;

	bpf_object__for_each_program(program, skel->obj) {
		struct bpf_prog_info info = {0};
		uint32_t size = sizeof(info);

		if (!bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) &&
		    info.verified_insns > most)
			most = info.verified_insns;
	}
	return most;
}

int main(void)
{
	struct capture_bpf *skel;
	struct bpf_program *program;
	double started_ms;
	int err;

	libbpf_set_print(print_nothing);
	started_ms = now_ms();
	skel = capture_bpf__open();
	if (!skel)
		return 1;
	skel->rodata->unwind_by_tables = true;
	skel->rodata->want_snapshots = true;
	skel->rodata->want_blocked = skel->rodata->want_queued = true;
	skel->rodata->want_wakers = skel->rodata->want_rivals = true;
	skel->rodata->watch_bystanders = true;
	skel->rodata->waker_chain = WAKERS_MAX;
	skel->rodata->limit_budget_ns = 1;
	skel->rodata->some_cpus = true;
	bpf_object__for_each_program(program, skel->obj)
		bpf_program__set_autoload(program, true);
	err = capture_bpf__load(skel);
	if (!err) {
		printf("load_ms %.0f\n", now_ms() - started_ms);
		printf("verified %u\n", most_verified(skel));
	} else {
		fprintf(stderr, "load_cost: %s\n", strerror(-err));
	}
	capture_bpf__destroy(skel);
	return err ? 1 : 0;
}
