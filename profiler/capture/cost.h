/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What measuring costs: the time of the BPF programs, by the kernel's statistics, and the memory of
 * their maps. To keep these statistics costs time itself, some 35 ns for each run of each program of
 * the machine: so after the first second they are kept for one second in COST_PART only.
 */
#ifndef BOLOMETER_CAPTURE_COST_H
#define BOLOMETER_CAPTURE_COST_H

#include <stdint.h>

#define COST_SECOND_NS 1000000000ULL
#define COST_PART      8

struct bpf_object;

struct cost {
	int stats_fd;	      /* keeps them on; -1: they are not */
	uint64_t begin_ns;    /* of the capture */
	uint64_t since_ns;    /* they are on, or off */
	uint64_t measured_ns; /* they were on, before that */
	uint64_t taken_ns;    /* when the cost was last taken */
};

struct program_cost {
	uint64_t ns, runs; /* from what was measured; 0: cannot be told */
};

/* With this begun: no program is measured. */
#define COST_NONE ((struct cost){.stats_fd = -1})

/* The capture begins; now_ns is CLOCK_MONOTONIC, as below. */
void cost_begin(struct cost *cost, uint64_t now_ns);

/* To be called now and then: turns the statistics on or off. */
void cost_update(struct cost *cost, uint64_t now_ns);

/*
 * What the loaded programs of the object cost since this was last asked, or since the capture began,
 * at the rate of all that was measured so far.
 */
struct program_cost cost_take(struct cost *cost, const struct bpf_object *object, uint64_t now_ns);

/* Turns the statistics off. */
void cost_close(struct cost *cost);

/* Memory of the object's maps, in bytes, as the kernel accounts for it. */
uint64_t cost_of_maps(const struct bpf_object *object);

#endif
