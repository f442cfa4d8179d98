#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The libraries bolometer needs, of another machine: packages of the distribution, unpacked into a
# folder that a cross compiler is pointed at (--sysroot).
#   .ci/sysroot.sh ARCH FOLDER      ARCH as Debian calls it: arm64
#
# Nothing is installed, and no root is needed: apt runs with lists and a status of its own, and takes
# no more from this machine than its sources and how they are reached. So the packages that are
# installed here are not touched, and need not be of the same versions.
set -eu
umask 022
if [ $# -ne 2 ]; then
	sed -n '3,5s/^# \{0,1\}//p' "$0" >&2
	exit 2
fi
arch=$1 folder=$2
here=$(cd "$(dirname "$0")" && pwd)
if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg-deb >/dev/null 2>&1; then
	echo "This machine has no apt: unpack the libraries for $arch yourself, and name the folder: SYSROOT=FOLDER" >&2
	exit 1
fi

# All that is compiled against, the programs that tests use, and what they depend on.
read -ra packages <<<"libc6-dev $("$here/packages.sh" list guest)"
for name in $("$here/packages.sh" list build test); do
	case $name in *-dev) packages+=("$name") ;; esac
done
if [ "$(cat "$folder/packages" 2>/dev/null)" = "${packages[*]}" ]; then
	exit 0
fi

mkdir -p "$(dirname "$folder")"
work=$(mktemp -d "$folder.XXXXXX")
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
mkdir -p "$work/apt/lists/partial" "$work/apt/archives/partial" "$work/root"
: >"$work/apt/status"
{
	apt-config dump | grep '^Acquire'
	cat <<-END
		APT::Architecture "$arch";
		APT::Architectures { "$arch"; };
		APT::Install-Recommends "false";
		Dir::State "$work/apt";
		Dir::State::status "$work/apt/status";
		Dir::Cache "$work/apt";
		Dir::Etc::main "/dev/null";
		Dir::Etc::parts "/dev/null";
	END
} >"$work/apt/apt.conf"

apt() {
	APT_CONFIG=$work/apt/apt.conf DEBIAN_FRONTEND=noninteractive apt-get -qq "$@" >"$work/apt/log" 2>&1 ||
		{
			cat "$work/apt/log" >&2
			return 1
		}
}
echo "fetching libraries for $arch into $folder"
apt update
apt -y --download-only install "${packages[@]}" || {
	echo "This machine's package sources have not all of it for $arch." >&2
	exit 1
}
for file in "$work"/apt/archives/*.deb; do
	dpkg-deb -x "$file" "$work/root"
done

# Links from the root of that machine's files.
find "$work/root" -type l -lname '/*' -printf '%p\n' | while IFS= read -r link; do
	ln -sfnr "$work/root$(readlink "$link")" "$link"
done
echo "${packages[*]}" >"$work/root/packages"
rm -rf "$folder"
mv "$work/root" "$folder"
