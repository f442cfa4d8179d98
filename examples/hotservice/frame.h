/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * FRAME marks a function that must stay a frame of its own in a profile: an
 * optimizing compiler would otherwise merge most of the service into one
 * function, and its flame graph would show a single wide bar. Where the compiler
 * knows `noipa` it makes no renamed copies (name.constprop.0) either.
 *
 * LEAF_FRAME() stands in functions that call nothing and need no stack: gcc gives
 * those no frame, whatever -fno-omit-frame-pointer says, and a walk along the frame
 * pointers then misses their callers.
 */
#ifndef HOTSERVICE_FRAME_H
#define HOTSERVICE_FRAME_H

#if __has_attribute(noipa)
#define FRAME __attribute__((noipa))
#else
#define FRAME __attribute__((noinline))
#endif

#define LEAF_FRAME() __asm__ volatile("" : : "r"(__builtin_frame_address(0)))

#endif
