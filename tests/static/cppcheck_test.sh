#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What cppcheck finds in the program: errors, warnings and what is not portable.
# shellcheck source=tests/static/static.sh
source "$(dirname "$0")/static.sh"
no_findings cppcheck cppcheck cppcheck --quiet --std=c11 --enable=warning,portability --error-exitcode=1 \
	--template='{file}:{line}: {severity}: {message} [{id}]' --suppress=missingInclude \
	--library="$PWD/tests/static/cppcheck.cfg" -D__x86_64__ -D_GNU_SOURCE -I.
done_testing
