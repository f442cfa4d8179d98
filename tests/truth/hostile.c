// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Programs that nobody wants to profile: each changes, as fast as it can, what a profiler looks at.
 *
 *	hostile MODE SECONDS
 *
 * memory     maps and unmaps code at ever new places and over itself, and changes protections
 * stack      runs with return addresses and frame pointers that are nonsense
 * headers    writes over its own ELF headers in memory
 * name       renames its threads and overwrites its arguments
 * threads    has 10,000 threads
 * mappings   has 50,000 mappings of code
 * forks      forks as many processes as its limits let it, which do the same
 * exec       executes itself again and again
 *
 * What has to do with files and mounts: hostile_files.c.
 */
#include <elf.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "truth.h"

#define PAGE	      4096UL
#define THREADS	      10000
#define THREAD_STACK  16384
#define MAPPINGS      50000
#define NEW_PLACES    0x100000000000UL /* where nothing else is */
#define NEW_PLACE_MAX 0x600000000000UL

static uint64_t end_ns;

static bool over(void)
{
	return wall_ns() > end_ns;
}

/* ---- memory ---------------------------------------------------------------------------------- */

static void *map_code(void *at, size_t len, int flags)
{
	return mmap(at, len, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
}

static void storm_of_mappings(char **argv)
{
	char *ground = map_code(NULL, 64 * PAGE, 0);
	unsigned long place = NEW_PLACES;

	for (unsigned int i = 0; !over(); i++) {
		char *at = ground + i % 63 * PAGE;
		void *far = map_code((void *)place, PAGE, MAP_FIXED);

		map_code(at, PAGE << i % 2, MAP_FIXED);
		mprotect(at, PAGE, PROT_READ | PROT_WRITE);
		mprotect(at, PAGE, PROT_READ | PROT_EXEC);
		munmap(far, PAGE);
		place += 2 * PAGE;
		if (place > NEW_PLACE_MAX)
			place = NEW_PLACES;
	}
}

static void many_mappings(char **argv)
{
	/* Neighbours differ, or the kernel would make one of them. */
	char *ground = map_code(NULL, MAPPINGS * PAGE, 0);
	size_t made = 0;

	while (made < MAPPINGS / 2 &&
	       !mprotect(ground + 2 * made * PAGE, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC))
		made++;
	printf("mappings %zu\n", 2 * made);
	fflush(stdout);
	for (unsigned int i = 0; !over(); i++)
		mprotect(ground + i % MAPPINGS * PAGE, PAGE, PROT_READ | PROT_EXEC);
}

static void broken_headers(char **argv)
{
	extern const char __ehdr_start[];
	char *page = (char *)((unsigned long)__ehdr_start & ~(PAGE - 1));
	unsigned int i = 0;

	if (mprotect(page, PAGE, PROT_READ | PROT_WRITE))
		perror("mprotect");
	for (; !over(); i++)
		page[i % sizeof(Elf64_Ehdr)] ^= (char)(i >> 6);
}

/* ---- stacks ---------------------------------------------------------------------------------- */

/* Its frame pointer and the words above its frame are whatever comes. */
static void *nonsense(void *data)
{
	unsigned long words[512], seed = (unsigned long)&data;

	(void)data;
	while (!over()) {
		for (size_t i = 0; i < 512; i++) {
			seed = seed * 6364136223846793005UL + 1;
			words[i] = i % 3 ? seed >> (seed % 48) : (unsigned long)&words[seed >> 55];
		}
#if defined(__x86_64__)
		__asm__ volatile("push %%rbp\n\tmov %%rsp, %%r12\n\tlea 8(%0), %%rsp\n\t"
				 "mov %1, %%rbp\n\tmov $2000, %%ecx\n1:\tdec %%ecx\n\tjnz 1b\n\t"
				 "mov %%r12, %%rsp\n\tpop %%rbp"
				 :
				 : "r"(words), "r"(words[seed >> 55])
				 : "rcx", "r12", "memory");
#else
		__asm__ volatile("" : : "r"(words) : "memory");
#endif
	}
	return NULL;
}

/* ---- names ----------------------------------------------------------------------------------- */

/* A terminal's escapes, another line, what is no UTF-8, what is read from right to left, markup. */
static const char *const names[] = {
	"\033[31m\033]0;owned\a", "two\nlines\r", "\xff\xfe\xc3(\x80", "\xe2\x80\xae" "evil;name",
	"</text><script>", "\"&'<!--]]>",	   "a;b 7",	       "\033[2J\033[H\x9b" "1m",
};
#define NAMES (sizeof(names) / sizeof(*names))

static void rename_threads(char **argv)
{
	for (unsigned int i = 0; !over(); i++) {
		size_t room = strlen(argv[0]);

		prctl(PR_SET_NAME, names[i / 4 % NAMES]);
		for (size_t at = 0; at < room; at++)
			argv[0][at] = (char)(1 + (i + at) % 255);
	}
}

/* ---- threads and processes ------------------------------------------------------------------- */

static pthread_mutex_t crowd = PTHREAD_MUTEX_INITIALIZER;

static void *one_of_many(void *data)
{
	prctl(PR_SET_NAME, names[(size_t)data % NAMES]);
	while (!over()) {
		pthread_mutex_lock(&crowd);
		pthread_mutex_unlock(&crowd);
		usleep(50000);
	}
	return NULL;
}

static void many_threads(char **argv)
{
	pthread_attr_t attr;
	pthread_t thread;
	size_t made = 0;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, THREAD_STACK);
	while (made < THREADS && !pthread_create(&thread, &attr, one_of_many, (void *)made))
		made++;
	printf("threads %zu\n", made);
	fflush(stdout);
	while (!over())
		usleep(10000);
	exit(0);
}

static void fork_bomb(char **argv)
{
	while (!over()) {
		if (fork() < 0)
			usleep(1000);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
	exit(0);
}

static void execute_again(char **argv)
{
	char left[32];

	snprintf(left, sizeof(left), "%.3f", (double)(end_ns - wall_ns()) / 1e9);
	if (!over())
		execl("/proc/self/exe", names[getpid() % NAMES], argv[1], left, NULL);
	exit(over() ? 0 : 1);
}

static void two_of_nonsense(char **argv)
{
	pthread_t other;

	pthread_create(&other, NULL, nonsense, NULL);
	nonsense(argv);
}

static const struct {
	const char *name;
	void (*run)(char **argv);
} modes[] = {
	{"memory", storm_of_mappings}, {"stack", two_of_nonsense}, {"headers", broken_headers},
	{"name", rename_threads},      {"threads", many_threads},  {"mappings", many_mappings},
	{"forks", fork_bomb},	       {"exec", execute_again},
};

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	end_ns = wall_ns() + (uint64_t)(number_argument(argv[2], 0, 3600) * 1e9);
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		if (strcmp(argv[1], modes[i].name))
			continue;
		modes[i].run(argv);
		return 0;
	}
	return 2;
}
