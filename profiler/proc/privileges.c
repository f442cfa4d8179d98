// SPDX-License-Identifier: GPL-2.0-or-later
/* Which privileges there are, and giving them up; see privileges.h. */
#include "profiler/proc/privileges.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "profiler/model/alloc.h"

#define BIT(capability) (1ULL << (capability))

const struct privilege_info privileges[PRIVILEGE_COUNT] = {
#define PRIVILEGE(name_, required_, purpose_)                                  \
	[PRIVILEGE_##name_] = {.capability = CAP_##name_,                      \
			       .name = "CAP_" #name_,                          \
			       .required = (required_),                        \
			       .purpose = (purpose_)},
#include "profiler/proc/privileges.def"
#undef PRIVILEGE
};

/* ---- what there is --------------------------------------------------------------------------- */

/* Both halves of the sets; the kernel's numbers go up to 63. */
struct sets {
	uint64_t effective, permitted, inheritable;
};

static int get(struct sets *ret)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};

	*ret = (struct sets){0};
	if (syscall(SYS_capget, &header, data))
		return -errno;
	ret->effective = (uint64_t)data[1].effective << 32 | data[0].effective;
	ret->permitted = (uint64_t)data[1].permitted << 32 | data[0].permitted;
	ret->inheritable = (uint64_t)data[1].inheritable << 32 | data[0].inheritable;
	return 0;
}

static int set(const struct sets *sets)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	for (int half = 0; half < _LINUX_CAPABILITY_U32S_3; half++)
		data[half] = (struct __user_cap_data_struct){
			.effective = (uint32_t)(sets->effective >> 32 * half),
			.permitted = (uint32_t)(sets->permitted >> 32 * half),
			.inheritable = (uint32_t)(sets->inheritable >> 32 * half),
		};
	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

bool privilege_held(enum privilege privilege)
{
	const uint64_t by_admin = BIT(CAP_BPF) | BIT(CAP_PERFMON) | BIT(CAP_CHECKPOINT_RESTORE) |
				  BIT(CAP_SYSLOG);
	uint64_t bit = BIT(privileges[privilege].capability);
	struct sets sets;

	get(&sets);
	return sets.effective & bit || (bit & by_admin && sets.effective & BIT(CAP_SYS_ADMIN));
}

void privileges_missing(bool required, char *ret, size_t size)
{
	*ret = '\0';
	for (int i = 0; i < PRIVILEGE_COUNT; i++)
		if (privileges[i].required == required && !privilege_held((enum privilege)i))
			snprintf(ret + strlen(ret), size - strlen(ret), " %s", privileges[i].name);
}

void privileges_remedy(char *ret, size_t size)
{
	char path[256];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);

	snprintf(ret, size, "run it with sudo, or: sudo setcap ");
	for (int i = 0; i < PRIVILEGE_COUNT; i++) {
		snprintf(ret + strlen(ret), size - strlen(ret), "%s", i ? "," : "");
		for (const char *at = privileges[i].name; *at && strlen(ret) + 1 < size; at++)
			snprintf(ret + strlen(ret), size - strlen(ret), "%c",
				 *at >= 'A' && *at <= 'Z' ? *at + ('a' - 'A') : *at);
	}
	path[len > 0 ? len : 0] = '\0';
	snprintf(ret + strlen(ret), size - strlen(ret), "=ep %s", len > 0 ? path : "bolometer");
}

/* ---- giving up ------------------------------------------------------------------------------- */

static uint64_t of_captures(void)
{
	/*
	 * What the programs cost is measured now and then with CAP_SYS_ADMIN; before 5.11 memory of
	 * tables is locked memory, as rings of events still are, of which root may have more; Java
	 * machines are asked as who they are, where they are.
	 */
	uint64_t bits = BIT(CAP_SYS_ADMIN) | BIT(CAP_SYS_RESOURCE) | BIT(CAP_IPC_LOCK) |
			BIT(CAP_SYS_CHROOT);

	for (int i = 0; i < PRIVILEGE_COUNT; i++)
		bits |= BIT(privileges[i].capability);
	return bits;
}

/* Of root: files are written where it may, and with whose owner they had; helpers become their users. */
static uint64_t of_files(void)
{
	return BIT(CAP_DAC_OVERRIDE) | BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_CHOWN) |
	       BIT(CAP_FOWNER) | BIT(CAP_SETUID) | BIT(CAP_SETGID) | BIT(CAP_KILL);
}

static uint64_t of_stage(enum privilege_stage stage)
{
	uint64_t files = geteuid() ? 0 : of_files();

	return stage == STAGE_CAPTURE ? of_captures() | files : files;
}

/* No program that would be started could have more; fails without the privilege to do so. */
static void bound(uint64_t keep)
{
	for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++)
		if (capability > 63 || !(keep & BIT(capability)))
			prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
}

int privileges_keep(enum privilege_stage stage)
{
	uint64_t keep = of_stage(stage);
	struct sets sets;
	int err = get(&sets);

	if (err)
		return err;
	bound(keep);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	sets.permitted &= keep;
	sets.effective &= keep;
	sets.inheritable = 0;
	err = set(&sets);
	if (!err && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		err = -errno;
	return err;
}
