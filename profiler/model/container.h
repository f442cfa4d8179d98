/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which container a cgroup is of, by its path: container engines and their drivers (systemd's units,
 * or plain folders) each have names of their own for the cgroups that they make.
 *
 *	docker		docker-ID.scope, docker/ID
 *	containerd	cri-containerd-ID.scope, nerdctl-ID.scope, ...:cri-containerd:ID
 *	cri-o		crio-ID.scope
 *	podman		libpod-ID.scope, libpod-ID, machine-libpod_pod_ID.slice for a pod
 *	kubernetes	kubepods-...-podUID.slice, kubepods/.../podUID, and in it any of these, or ID
 *	systemd		systemd-nspawn@NAME.service, machine-NAME.scope
 *	lxc		lxc/NAME, lxc.payload.NAME
 *
 * An ID has 64 hexadecimal digits. Of containers in containers the innermost counts.
 */
#ifndef BOLOMETER_MODEL_CONTAINER_H
#define BOLOMETER_MODEL_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>

struct container {
	char id[64 + 1];     /* or a name; empty: none */
	const char *runtime; /* "docker", ...; "container" where only the id is known */
	char pod[64 + 1];    /* its UID, or its ID; empty: none */
};

/* False when the path is not that of a container. */
bool container_of_cgroup(const char *path, struct container *ret);

/*
 * What to call it: "docker 0123456789ab", with "pod UID" behind it where there is one; IDs are cut to
 * the 12 digits that engines show. "[host]" for what is not in a container.
 */
void container_label(const char *path, char *label, size_t size);

#endif
