/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What became of every event, counted on the CPU it fired on, so that plain additions do. */
#ifndef BOLOMETER_BPF_COUNTERS_H
#define BOLOMETER_BPF_COUNTERS_H

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, FATE_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} fates SEC(".maps");

static void count_fate(__u32 fate)
{
	__u64 *count = bpf_map_lookup_elem(&fates, &fate);

	if (count)
		(*count)++;
}

#endif
