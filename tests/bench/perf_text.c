// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * perf_text [MEGABYTES [PATHS]]: what `perf script` prints of a busy machine, the same bytes every
 * time. A few hundred threads go through PATHS call paths, the more common ones a hundred times as
 * often as the others; each is 8 to 47 frames of the kernel, libraries and programs, with short names
 * of C and long ones of C++. As in life the same call is the same address, while the instruction
 * that a sample meets is one of some tens in its function.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define FUNCTIONS    12000
#define KERNEL_EVERY 3 /* one path in so many ends in the kernel */
#define THREADS	     300
#define LEAF_PLACES  40

static const char *const rooms[] = {"storage", "network", "plan", "session", "rpc", "log"};
static const char *const things[] = {"TableIndex", "PageBuffer", "RowCursor", "LockQueue"};
static const char *const deeds[] = {"insert", "lookup", "commit", "expand", "poll"};
static const char *const types[] = {"unsigned long", "std::string", "storage::Row const*"};
static const char *const comms[] = {"service", "V8 WorkerThread", "kworker/u8:1",
				    "java",    "gc (old)",	  "http-nio-8080-e"};
static const char *const files[] = {"/usr/lib/x86_64-linux-gnu/libc.so.6",
				    "/opt/service/bin/service",
				    "/usr/lib/x86_64-linux-gnu/libstdc++.so.6.0.30",
				    "/opt/service/lib/libstorage.so.4 (deleted)",
				    "/tmp/perf-4242.map",
				    "/usr/lib/libssl.so.3"};
static const char *const kernel[] = {"tcp", "ext4", "vfs", "sock", "page", "futex", "__x64_sys"};

#define PICK(array, n) ((array)[(n) % (sizeof(array) / sizeof((array)[0]))])

static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

static int print_kernel_frame(uint64_t function, uint64_t place)
{
	return printf("\t%16" PRIx64 " %s_%s_%" PRIu64 "+0x%" PRIx64 " ([kernel.kallsyms])\n",
		      0xffffffff81000000u + function * 0x400 + place, PICK(kernel, function),
		      PICK(deeds, function / 8), function, place);
}

static int print_user_frame(uint64_t function, uint64_t place)
{
	uint64_t addr = 0x7f1200000000u + function * 0x1000 + place;
	const char *file = PICK(files, function);

	if (function % 40 == 1)
		return printf("\t%16" PRIx64 " [unknown] (%s)\n", addr, file);
	if (function % 2)
		return printf("\t%16" PRIx64 " %s_%s_%" PRIu64 "+0x%" PRIx64 " (%s)\n", addr,
			      PICK(rooms, function / 2), PICK(deeds, function / 8), function, place,
			      file);
	return printf("\t%16" PRIx64 " %s::%s<%s, std::allocator<%s > >::%s_%" PRIu64 "+0x%" PRIx64
		      " (%s)\n",
		      addr, PICK(rooms, function / 2), PICK(things, function / 4),
		      PICK(types, function / 16), PICK(types, function / 16),
		      PICK(deeds, function / 8), function, place, file);
}

/* From the leaf to the root; paths of one hundred share what is next to the root. */
static int print_stack(uint64_t path, uint64_t sample)
{
	uint64_t depth = 8 + mix(path) % 40,
		 in_kernel = path % KERNEL_EVERY ? 0 : 3 + mix(path) % 6;
	int bytes = 0;

	for (uint64_t i = depth; i-- > 0;) {
		uint64_t owner = i < depth / 2 ? path / 100 : path;
		uint64_t function = mix(owner << 8 | i) % FUNCTIONS;
		uint64_t called = mix(owner << 16 | i) % 3 * 16 + 0x10; /* of few calls, one */
		uint64_t place = i + 1 == depth ? 4 * (mix(sample) % LEAF_PLACES) : called;

		bytes += depth - i <= in_kernel ? print_kernel_frame(function, place)
						: print_user_frame(function, place);
	}
	return bytes + printf("\n");
}

int main(int argc, char **argv)
{
	uint64_t megabytes = argc > 1 ? strtoull(argv[1], NULL, 10) : 100, bytes = 0;
	uint64_t paths = argc > 2 ? strtoull(argv[2], NULL, 10) : 20000;

	printf("# ========\n# hostname : bench\n# ========\n#\n");
	for (uint64_t sample = 0; bytes < megabytes * 1000000; sample++) {
		uint64_t dice = mix(sample + 7),
			 path = mix(dice) % (dice % 2 ? paths / 100 + 1 : paths);
		uint64_t thread = mix(path * 31 + dice % 4) % THREADS;

		bytes += (uint64_t)printf("%s %7" PRIu64 "/%-7" PRIu64 " [%03" PRIu64 "] %5" PRIu64
					  ".%06" PRIu64 ": %10" PRIu64 " cycles:P: \n",
					  PICK(comms, thread), 4000 + thread / 20, 4000 + thread,
					  dice % 16, 90000 + sample / 4000, sample % 4000 * 250,
					  900000 + mix(dice) % 200000);
		bytes += (uint64_t)print_stack(path, sample);
	}
	return fflush(stdout) ? 1 : 0;
}
