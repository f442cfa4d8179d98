// SPDX-License-Identifier: GPL-2.0-or-later
/* See kernel_types.h. */
#include "profiler/capture/kernel_types.h"

#include <bpf/btf.h>
#include <stdint.h>
#include <string.h>

#include "profiler/proc/optional.h"

bool kernel_tells_switch_state(const struct btf *btf)
{
	const struct btf_type *type = NULL;
	int id = btf__find_by_name_kind(btf, "btf_trace_sched_switch", BTF_KIND_TYPEDEF);

	if (id > 0)
		type = btf__type_by_id(btf, btf__type_by_id(btf, (uint32_t)id)->type);
	if (type && btf_is_ptr(type))
		type = btf__type_by_id(btf, type->type);
	/* The first is the program's own context. */
	return type && btf_is_func_proto(type) && btf_vlen(type) >= 5 &&
	       !optional_hidden(OPTIONAL_SWITCH_STATE);
}

/* Whether a structure has a member of that name; not of those in unnamed parts of it. */
static bool has_member(const struct btf *btf, const char *structure, const char *member)
{
	int id = btf__find_by_name_kind(btf, structure, BTF_KIND_STRUCT);
	const struct btf_type *type = id > 0 ? btf__type_by_id(btf, (uint32_t)id) : NULL;

	for (uint16_t i = 0; type && i < btf_vlen(type); i++) {
		if (!strcmp(btf__name_by_offset(btf, btf_members(type)[i].name_off), member))
			return true;
	}
	return false;
}

bool kernel_has_run_queue_clock(const struct btf *btf)
{
	return has_member(btf, "sched_entity", "cfs_rq") && has_member(btf, "cfs_rq", "rq") &&
	       has_member(btf, "rq", "clock") && !optional_hidden(OPTIONAL_RUN_QUEUE_CLOCK);
}
