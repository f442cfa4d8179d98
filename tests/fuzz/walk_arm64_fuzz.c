// SPDX-License-Identifier: GPL-2.0-or-later
/* walk_fuzz.c over the stacks of arm64, on any machine. */
#define __TARGET_ARCH_arm64
#include "tests/fuzz/walk_fuzz.c"
