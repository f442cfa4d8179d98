#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The packages bolometer needs, and installing them.
#   .ci/packages.sh install GROUP...   installs what is missing (apt), as root or through sudo
#   .ci/packages.sh check GROUP...     says what is missing and how to get it; exit status 1
#   .ci/packages.sh list GROUP...      prints Debian's names
# Groups: build, test, demo, fuzz; static: analyzers; cross: to build for arm64 on x86-64, and to run that; guest: programs
# of the other machine that its tests use (.ci/sysroot.sh); vm: what `make check-vm` boots kernels with;
# unwind: what `make check-unwind` puts under load, with servers that Debian starts when it installs them.
set -u

debian_build="gcc make clang bpftool libbpf-dev libelf-dev libdw-dev libdebuginfod-dev libcurl4-openssl-dev libunwind-dev libiberty-dev zlib1g-dev liblzma-dev libprotobuf-c-dev protobuf-c-compiler pkg-config esbuild"
debian_test="golang-go libcmocka-dev chromium nodejs python3 groff-base g++ lld elfutils dwz llvm xz-utils openssl linux-perf default-jdk-headless cppcheck"
debian_demo="procps"
debian_unwind="xz-utils openssl perl sqlite3 redis-server redis-tools nginx-light apache2-utils postgresql default-jdk-headless"
debian_vm="qemu-system-x86 qemu-system-arm qemu-system-common seabios ipxe-qemu busybox-static cpio binutils debian-archive-keyring"
debian_fuzz="clang libclang-rt-dev"
debian_static="gcc clang-tidy cppcheck valgrind"
debian_cross="gcc-aarch64-linux-gnu g++-aarch64-linux-gnu qemu-user"
debian_guest="bash busybox-static coreutils findutils grep libc-bin libstdc++6 mawk procps sed"
fedora_build="gcc make clang bpftool libbpf-devel elfutils-libelf-devel elfutils-devel elfutils-debuginfod-client-devel libcurl-devel libunwind-devel binutils-devel zlib-devel xz-devel protobuf-c-devel protobuf-c-compiler pkgconf esbuild"
fedora_test="golang libcmocka-devel chromium nodejs python3 groff-base gcc-c++ glibc-static lld elfutils dwz llvm xz openssl perf java-latest-openjdk-devel cppcheck"
fedora_demo="procps-ng"
fedora_unwind="xz openssl perl sqlite redis nginx httpd-tools postgresql-server java-latest-openjdk-headless"
fedora_vm="qemu-system-x86-core qemu-system-aarch64-core busybox cpio binutils apt debian-keyring"
fedora_fuzz="clang compiler-rt"
fedora_static="gcc clang-tools-extra cppcheck valgrind"
fedora_cross="gcc-aarch64-linux-gnu gcc-c++-aarch64-linux-gnu qemu-user"

names() { # FAMILY GROUP...
	local family=$1 group list
	shift
	for group in "$@"; do
		list=${family}_$group
		printf '%s ' ${!list}
	done
}

missing() { # GROUP...: Debian packages that are not installed
	local package
	for package in $(names debian "$@"); do
		dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -q '^installed$' ||
			printf '%s ' "$package"
	done
}

advice() { # GROUP...
	echo "  Debian, Ubuntu:  apt-get install $(names debian "$@")"
	echo "  Fedora, RHEL:    dnf install $(names fedora "$@")"
	echo "  others:          gcc, make, clang, bpftool, libbpf, elfutils (libelf, libdw, libdebuginfod), libcurl, libunwind, libiberty, zlib, liblzma, protobuf-c, esbuild, cmocka"
}

action=${1:-}
[ $# -gt 0 ] && shift
case $action in
list) names debian "$@"; echo ;;
check)
	command -v dpkg-query >/dev/null 2>&1 || exit 0
	need=$(missing "$@")
	[ -z "$need" ] && exit 0
	echo "missing packages: $need" >&2
	echo "\`make deps\` installs them, or:" >&2
	advice "$@" >&2
	exit 1
	;;
install)
	if ! command -v apt-get >/dev/null 2>&1; then
		echo "This machine has no apt; bolometer needs:" >&2
		advice "$@" >&2
		exit 0
	fi
	need=$(missing "$@")
	[ -z "$need" ] && exit 0
	as_root=
	if [ "$(id -u)" -ne 0 ]; then
		if ! command -v sudo >/dev/null 2>&1; then
			echo "missing packages: $need" >&2
			echo "Installing them needs root, and there is no sudo here." >&2
			exit 1
		fi
		as_root=sudo
	fi
	echo "installing: $need"
	export DEBIAN_FRONTEND=noninteractive
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update &&
		$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $need >/dev/null
	;;
*)
	sed -n '3,10s/^# \{0,1\}//p' "$0" >&2
	exit 2
	;;
esac
