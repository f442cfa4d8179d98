// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * exceptions: thrown DEPTH calls below where they are caught, again and again. The time is in
 * the C++ runtime's own unwinder, in cleanups and in allocation, always below catcher.
 */
#include <cstdint>
#include <stdexcept>
#include <unistd.h>

#define KEPT __attribute__((noinline))

static const unsigned DEPTH = 20;
static const unsigned LIFE_SECONDS = 300;

struct guard {
	uint64_t &x;

	explicit guard(uint64_t &value) : x(value) {}
	~guard() { x++; }
};

static KEPT uint64_t thrower(uint64_t x, unsigned depth)
{
	guard cleanup(x);

	if (depth == 0)
		throw std::runtime_error("deep below");
	return thrower(x, depth - 1) + 1;
}

static KEPT uint64_t catcher(uint64_t x)
{
	try {
		return thrower(x, DEPTH);
	} catch (const std::exception &exception) {
		return x + static_cast<uint64_t>(exception.what()[0]);
	}
}

int main()
{
	alarm(LIFE_SECONDS);
	for (uint64_t x = 1;;)
		x = catcher(x);
}
