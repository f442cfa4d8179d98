// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A plugin of dlopener, built more than once: PLUGIN_WORK is the name of its one function.
 * Only that name differs, so that different plugins are the same size and have their
 * functions at the same offsets; loaded at the same address, only the mapping in force
 * at the time of a sample says which function it was.
 */
#include "../truth.h"

uint64_t PLUGIN_WORK(uint64_t ns);

uint64_t PLUGIN_WORK(uint64_t ns)
{
	return burn(ns);
}
