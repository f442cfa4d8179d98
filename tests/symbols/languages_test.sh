#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A sample of `make check-symbols`: small programs in several languages, those whose compiler is installed.
cd "$(dirname "$0")" || exit 1
COUNT=4000 exec ./check.sh rust go go_stripped fortran
