// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What walker_real_test.c walks: a scenario between two breakpoints. Built
 * without frame pointers, optimized, and with late binding, so that the steps
 * between go through stubs and the dynamic linker, too.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
#define BREAKPOINT() __asm__ volatile("int3" ::: "memory")
#else
#define BREAKPOINT() raise(SIGTRAP)
#endif

static volatile unsigned int sink;

static int compare(const void *left, const void *right)
{
	unsigned int a = *(const unsigned int *)left, b = *(const unsigned int *)right;

	return a < b ? -1 : a > b;
}

static void do_qsort(void)
{
	unsigned int numbers[24];

	for (unsigned int i = 0; i < 24; i++)
		numbers[i] = i * 7919 % 101;
	qsort(numbers, 24, sizeof(numbers[0]), compare);
	sink += numbers[3];
}

static void do_printf(void)
{
	char text[256];

	snprintf(text, sizeof(text), "%s %d %10.3f %p %-5s|", "text", 42, 3.14159, (void *)text,
		 "x");
	printf("%zu %s\n", strlen(text), text);
	fflush(stdout);
}

static void do_malloc(void)
{
	char *blocks[8];

	for (size_t i = 0; i < 8; i++) {
		blocks[i] = malloc(24U << i);
		memset(blocks[i], 1, 24U << i);
		__asm__ volatile("" : : "r"(blocks[i]) : "memory"); /* clang would do without it */
	}
	for (size_t i = 0; i < 8; i += 2)
		free(blocks[i]);
	for (size_t i = 1; i < 8; i += 2)
		blocks[i] = realloc(blocks[i], 1U << 18 >> i);
	sink += (unsigned char)blocks[3][5];
}

static void on_signal(int number)
{
	do_qsort();
	sink += (unsigned int)number;
}

static void do_signal(void)
{
	signal(SIGUSR1, on_signal);
	raise(SIGUSR1);
}

static void do_altstack(void)
{
	static char memory[65536];
	stack_t stack = {.ss_sp = memory, .ss_size = sizeof(memory)};
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};

	sigaltstack(&stack, NULL);
	sigaction(SIGUSR2, &action, NULL);
	kill(getpid(), SIGUSR2);
}

/* Alive at the breakpoint: what its caller reads of it cannot be in registers. */
static __attribute__((noinline)) unsigned int recurse(unsigned int depth, char *above)
{
	char here[40 + 1];

	memset(here, (int)depth, sizeof(here));
	here[0] = above[3];
	return depth ? recurse(depth - 1, here) + (unsigned int)here[7] : (unsigned int)here[0];
}

/* A frame of a size that is known late, and one that has to be aligned. */
static __attribute__((noinline)) void do_frames(void)
{
	char *late = __builtin_alloca(16 + sink % 128);
	char aligned[128] __attribute__((aligned(64)));
	char start[8] = "deep";

	memset(late, 3, 16);
	memset(aligned, 4, sizeof(aligned));
	sink += recurse(20, start) + (unsigned int)late[5] + (unsigned int)aligned[7];
	__asm__ volatile("" : : "r"(late), "r"(aligned) : "memory");
	do_qsort();
	sink += (unsigned int)aligned[sink % 128];
}

static jmp_buf place;

static __attribute__((noinline)) int jump(int depth)
{
	if (!depth)
		longjmp(place, 1);
	return depth > 0 ? jump(depth - 1) + depth : 0;
}

static void do_longjmp(void)
{
	if (!setjmp(place))
		jump(5);
	else
		sink++;
}

static const char *plugin_path;

static void do_plugin(void)
{
	void *plugin = dlopen(plugin_path, RTLD_LAZY);
	void (*work)(void (*)(void)) =
		plugin ? (void (*)(void (*)(void)))dlsym(plugin, "plugin_work") : NULL;

	if (!work)
		_exit(2);
	work(do_qsort);
	dlclose(plugin);
}

/* What a just-in-time compiler writes: a frame record, and no call-frame information. */
static void do_generated(void)
{
	static const unsigned char code[] = {
		0x55,		  /* push %rbp */
		0x48, 0x89, 0xe5, /* mov %rsp, %rbp */
		0xff, 0xd7,	  /* call *%rdi */
		0x5d,		  /* pop %rbp */
		0xc3,		  /* ret */
	};
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		_exit(2);
	memcpy(page, code, sizeof(code));
	if (mprotect(page, 4096, PROT_READ | PROT_EXEC))
		_exit(2);
	((void (*)(void (*)(void)))page)(do_qsort);
	munmap(page, 4096);
}

static void do_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	sink += (unsigned int)now.tv_nsec + (unsigned int)time(NULL);
}

static void *in_thread(void *data)
{
	BREAKPOINT();
	do_qsort();
	do_printf();
	BREAKPOINT();
	return data;
}

/* The breakpoints are the thread's. */
static void do_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, in_thread, NULL))
		_exit(2);
	pthread_join(thread, NULL);
}

static void do_nothing(void)
{
}

static const struct {
	const char *name;
	void (*run)(void);
} scenarios[] = {
	{"qsort", do_qsort},	     {"printf", do_printf},	{"malloc", do_malloc},
	{"signal", do_signal},	     {"altstack", do_altstack}, {"frames", do_frames},
	{"longjmp", do_longjmp},     {"plugin", do_plugin},	{"time", do_time},
	{"generated", do_generated}, {"nothing", do_nothing},
};

/* The scenario's name, and where the plugin is. */
int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	plugin_path = argv[2];
	if (!strcmp(argv[1], "thread")) {
		do_thread();
		return 0;
	}
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
		if (strcmp(argv[1], scenarios[i].name) != 0)
			continue;
		BREAKPOINT();
		scenarios[i].run();
		BREAKPOINT();
		return 0;
	}
	return 2;
}
