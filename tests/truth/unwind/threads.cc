// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * threads: four std::threads, each with a chain of its own: first, second, third or
 * fourth, then through a lambda and a virtual call to leaf.
 */
#include <cstdint>
#include <thread>
#include <unistd.h>
#include <vector>

#define KEPT __attribute__((noinline))

static const unsigned LIFE_SECONDS = 300;
static const unsigned LEAF_STEPS = 100000;

struct worker {
	virtual ~worker() = default;
	virtual uint64_t leaf(uint64_t x);
};

KEPT uint64_t worker::leaf(uint64_t x)
{
	x |= 1;
	for (unsigned i = 0; i < LEAF_STEPS; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
	}
	return x;
}

template <typename T> static KEPT uint64_t applied(uint64_t x, T function)
{
	return function(x) + 1;
}

template <int N> static KEPT uint64_t burn(worker *some, uint64_t x)
{
	return applied(x, [some](uint64_t y) { return some->leaf(y) + N; }) + N;
}

#define CHAIN(name, number)                        \
	static KEPT void name(worker *some)        \
	{                                          \
		for (uint64_t x = number;;)        \
			x = burn<number>(some, x); \
	}
CHAIN(first, 1)
CHAIN(second, 2)
CHAIN(third, 3)
CHAIN(fourth, 4)

int main()
{
	worker *some = new worker;
	std::vector<std::thread> threads;

	alarm(LIFE_SECONDS);
	for (auto chain : {first, second, third, fourth})
		threads.emplace_back([chain, some] { chain(some); });
	for (auto &thread : threads)
		thread.join();
}
