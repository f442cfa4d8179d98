/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The timed perf events, one a CPU, each with the program attached. CPUs may
 * come and go: events_follow_cpus() attaches to those that appeared.
 */
#ifndef BOLOMETER_CAPTURE_EVENTS_H
#define BOLOMETER_CAPTURE_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bpf_link;
struct bpf_program;

struct cpu_event {
	uint32_t cpu;
	struct bpf_link *link;
};

struct events {
	const struct bpf_program *program;
	uint32_t type; /* of perf_event_attr */
	uint64_t config;
	uint64_t frequency_hz;
	const uint32_t *only; /* CPUs to stay on; NULL: all */
	size_t nr_only;
	struct cpu_event *attached;
	size_t count, cap;
};

/* Looks an event's name up. With `ret_names`, all names in one text. */
bool event_find(const char *name, uint32_t *ret_type, uint64_t *ret_config,
		const char **ret_names);

/*
 * Attaches to each wanted CPU that is online and not attached yet, and lets go of those that went
 * offline. Returns how many were attached to, or -errno when a CPU that is online cannot be, and
 * that CPU.
 */
int events_follow_cpus(struct events *events, uint32_t *ret_cpu);

/* Stops all events. */
void events_detach(struct events *events);

#endif
