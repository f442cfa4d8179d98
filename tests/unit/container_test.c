// SPDX-License-Identifier: GPL-2.0-or-later
/* Containers by the paths that engines, drivers and kubernetes give their cgroups. */
#include "tests/unit/unit.h"

#include "profiler/model/container.h"

#define A	   "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define B	   "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
#define POD	   "2b801b7a-ab3f-4f4b-a7b1-1c2d3e4f5a6b"
#define POD_	   "2b801b7a_ab3f_4f4b_a7b1_1c2d3e4f5a6b"
#define STATIC_POD "3a4b5c6d7e8f90123a4b5c6d7e8f9012"

static const struct {
	const char *path, *label;
} rows[] = {
	/* docker: systemd's driver, cgroupfs, without root, in docker */
	{"/system.slice/docker-" A ".scope", "docker 0123456789ab"},
	{"/docker/" A, "docker 0123456789ab"},
	{"/docker/" A "/init.scope", "docker 0123456789ab"},
	{"/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" A ".scope",
	 "docker 0123456789ab"},
	{"/docker/" A "/docker/" B, "docker fedcba987654"},
	{"/system.slice/docker-" A ".scope/system.slice/docker-" B ".scope", "docker fedcba987654"},
	/* kubernetes: each class of pods, each engine and driver */
	{"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" POD_
	 ".slice/cri-containerd-" A ".scope",
	 "containerd 0123456789ab pod " POD},
	{"/kubepods.slice/kubepods-pod" POD_ ".slice/cri-containerd-" A ".scope",
	 "containerd 0123456789ab pod " POD},
	{"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" POD_ ".slice/docker-" A
	 ".scope",
	 "docker 0123456789ab pod " POD},
	{"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" POD_ ".slice/crio-" A
	 ".scope",
	 "cri-o 0123456789ab pod " POD},
	{"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" POD_ ".slice/crio-" A
	 ".scope/container",
	 "cri-o 0123456789ab pod " POD},
	{"/kubepods/besteffort/pod" POD "/" A, "container 0123456789ab pod " POD},
	{"/kubepods/pod" POD "/" A, "container 0123456789ab pod " POD},
	{"/kubepods/burstable/pod" STATIC_POD "/" A, "container 0123456789ab pod " STATIC_POD},
	{"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" STATIC_POD
	 ".slice/cri-containerd-" A ".scope",
	 "containerd 0123456789ab pod " STATIC_POD},
	{"/system.slice/containerd.service/kubepods-besteffort-pod" POD_ ".slice:cri-containerd:" A,
	 "containerd 0123456789ab pod " POD},
	{"/docker/" B "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/"
	 "kubelet-kubepods-besteffort-pod" POD_ ".slice/cri-containerd-" A ".scope",
	 "containerd 0123456789ab pod " POD},
	{"/kubepods.slice/kubepods-pod" POD_ ".slice/cri-containerd-" A
	 ".scope/system.slice/nginx.service",
	 "containerd 0123456789ab pod " POD},
	/* podman */
	{"/machine.slice/libpod-" A ".scope", "podman 0123456789ab"},
	{"/machine.slice/libpod-" A ".scope/container", "podman 0123456789ab"},
	{"/libpod_parent/libpod-" A, "podman 0123456789ab"},
	{"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" A ".scope/container",
	 "podman 0123456789ab"},
	{"/machine.slice/machine-libpod_pod_" B ".slice/libpod-" A ".scope",
	 "podman 0123456789ab pod fedcba987654"},
	/* containerd alone, amazon's agent, machines of systemd, lxc */
	{"/system.slice/nerdctl-" A ".scope", "containerd 0123456789ab"},
	{"/default/" A, "container 0123456789ab"},
	{"/ecs/0f9de17a6465404e8b1b2356dc13c2f8/" A, "container 0123456789ab"},
	{"/machine.slice/systemd-nspawn@web.service/payload", "nspawn web"},
	{"/machine.slice/machine-web\\x2dtwo.scope", "machine web-two"},
	{"/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt/emulator", "machine qemu-1-vm"},
	{"/lxc/web", "lxc web"},
	{"/lxc.payload.web/system.slice/cron.service", "lxc web"},
	{"/lxc.payload/web", "lxc web"},
	/* the host: services, also those that run containers; what watches one; what is none */
	{"/", "[host]"},
	{"", "[host]"},
	{"/system.slice/docker.service", "[host]"},
	{"/system.slice/docker.socket", "[host]"},
	{"/system.slice/containerd.service", "[host]"},
	{"/system.slice/ssh.service", "[host]"},
	{"/user.slice/user-1000.slice/session-3.scope", "[host]"},
	{"/machine.slice/libpod-conmon-" A ".scope", "[host]"},
	{"/kubepods.slice/kubepods-pod" POD_ ".slice/crio-conmon-" A ".scope", "[host]"},
	{"/kubepods.slice", "[host]"},
	{"/machine.slice", "[host]"},
	{"/lxc.monitor.web", "[host]"},
	{"/docker/short", "[host]"},
	{"/system.slice/docker-" A "0.scope", "[host]"},
	{"/user.slice/user-1000.slice/user@1000.service/app.slice/app-podcasts-4f2.scope",
	 "[host]"},
	{"/system.slice/dbus-:1.2-org.example@0.service", "[host]"},
	/* no path at all */
	{"[cgroup 4711]", "[cgroup 4711]"},
};

static void paths_say_which_container(void **state)
{
	char label[256];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		container_label(rows[i].path, label, sizeof(label));
		if (strcmp(label, rows[i].label))
			fail_msg("%s: %s, not %s", rows[i].path, label, rows[i].label);
	}
}

static void parts_are_told_apart(void **state)
{
	struct container container = {.runtime = "none"};

	assert_true(container_of_cgroup("/kubepods/pod" POD "/" A, &container));
	assert_string_equal(container.id, A);
	assert_string_equal(container.pod, POD);
	assert_string_equal(container.runtime, "container");
	container.runtime = "as before";
	assert_false(container_of_cgroup("/system.slice", &container));
	assert_string_equal(container.runtime, "as before");
}

/* Long names are cut, and small labels are not overrun. */
static void sizes_are_kept(void **state)
{
	char path[400] = "/lxc/", label[20];

	memset(path + 5, 'x', 300);
	container_label(path, label, sizeof(label));
	assert_int_equal(strlen(label), sizeof(label) - 1);
	container_label("/machine.slice/machine-a\\x00b\\x.scope", label, sizeof(label));
	assert_string_equal(label, "machine a\\x00b\\x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_say_which_container),
		cmocka_unit_test(parts_are_told_apart),
		cmocka_unit_test(sizes_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
