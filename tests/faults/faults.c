// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Preloaded: something that the program asks for fails, or a signal comes just then.
 *
 *	FAULT        what fails, and how: "memory", or SYSCALL:ERROR, as "read:EIO"; "read:short" moves
 *	             one byte of those asked for; "thread", "fork": none can be begun; "read:INT": SIGINT
 *	             comes before the call
 *	FAULT_AT     the number of the call that fails, from 1; 0: none
 *	FAULT_ON     set: those after it fail likewise
 *	FAULT_COUNT  a file that at the end holds how many calls there were
 *
 * Memory is that of malloc() and its like, of the program and of the libraries. System calls are met
 * where they enter the kernel, by a seccomp filter that turns them into SIGSYS: also those that libc
 * makes for itself. Programs that are executed keep the filter and not the handler; none may be.
 */
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SHORT	     1000 /* beside errors */
#define SIGNAL	     2000 /* from here on: signals */

static const struct {
	const char *name;
	int numbers[2]; /* the second, if any, is counted with the first */
} calls[] = {
	{"read", {SYS_read}},
	{"pread", {SYS_pread64}},
	{"write", {SYS_write}},
	{"open", {SYS_openat}},
	{"close", {SYS_close}},
	{"mmap", {SYS_mmap}},
	{"rename",
	 {
#ifdef SYS_rename
		 SYS_rename,
#endif
		 SYS_renameat}},
	{"poll",
	 {
#ifdef SYS_poll
		 SYS_poll,
#endif
		 SYS_ppoll}},
	{"stat", {SYS_newfstatat}},
	{"getdents", {SYS_getdents64}},
	{"ioctl", {SYS_ioctl}},
	{"bpf", {SYS_bpf}},
	{"perf_event_open", {SYS_perf_event_open}},
	{"epoll_ctl", {SYS_epoll_ctl}},
	{"epoll_create", {SYS_epoll_create1}},
	{"epoll_wait",
	 {
#ifdef SYS_epoll_wait
		 SYS_epoll_wait,
#endif
		 SYS_epoll_pwait}},
	{"signalfd", {SYS_signalfd4}},
	{"pipe", {SYS_pipe2}},
	{"ftruncate", {SYS_ftruncate}},
	{"fallocate", {SYS_fallocate}},
};

static const struct {
	const char *name;
	int number;
} errors[] = {
	{"short", SHORT},	    {"EINTR", EINTR},	      {"EIO", EIO},
	{"ENOSPC", ENOSPC},	    {"ENOMEM", ENOMEM},	      {"EMFILE", EMFILE},
	{"ENFILE", ENFILE},	    {"EPIPE", EPIPE},	      {"EAGAIN", EAGAIN},
	{"EPERM", EPERM},	    {"EINVAL", EINVAL},	      {"E2BIG", E2BIG},
	{"ENOENT", ENOENT},	    {"EACCES", EACCES},	      {"ESRCH", ESRCH},
	{"EBUSY", EBUSY},	    {"ENODEV", ENODEV},	      {"INT", SIGNAL + SIGINT},
	{"TERM", SIGNAL + SIGTERM}, {"HUP", SIGNAL + SIGHUP}, {"PIPE", SIGNAL + SIGPIPE},
	{"KILL", SIGNAL + SIGKILL},
};

static uintptr_t libdw_start, libdw_end;
static bool of_memory, of_threads, of_forks, goes_on, has_ended;
static int error;
static unsigned long at, count;

/* Whether this call is one that fails. */
static bool fails(void)
{
	unsigned long number;

	if (has_ended)
		return false;
	number = __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED);
	return at && (number == at || (goes_on && number > at));
}

/* ---- system calls ---- */

#if defined(__x86_64__)
#define AUDIT_ARCH_HERE	     0xc000003eU
#define REGISTER(context, n) ((context)->uc_mcontext.gregs[n])
#define RESULT(context)	     REGISTER(context, REG_RAX)
__asm__(".text\n"
	".globl fault_syscall, fault_syscall_end\n"
	".hidden fault_syscall, fault_syscall_end\n"
	".type fault_syscall, @function\n"
	"fault_syscall:\n"
	"	mov %rdi, %rax\n	mov %rsi, %rdi\n	mov %rdx, %rsi\n	mov %rcx, "
	"%rdx\n"
	"	mov %r8, %r10\n	mov %r9, %r8\n	mov 8(%rsp), %r9\n"
	"	syscall\n"
	"fault_syscall_end:\n"
	"	ret\n");

static void arguments_of(const ucontext_t *context, long args[6])
{
	static const int registers[] = {REG_RDI, REG_RSI, REG_RDX, REG_R10, REG_R8, REG_R9};

	for (size_t i = 0; i < COUNT(registers); i++)
		args[i] = REGISTER(context, registers[i]);
}
#elif defined(__aarch64__)
#define AUDIT_ARCH_HERE 0xc00000b7U
#define RESULT(context) ((context)->uc_mcontext.regs[0])
__asm__(".text\n"
	".globl fault_syscall, fault_syscall_end\n"
	".hidden fault_syscall, fault_syscall_end\n"
	".type fault_syscall, %function\n"
	"fault_syscall:\n"
	"	mov x8, x0\n	mov x0, x1\n	mov x1, x2\n	mov x2, x3\n"
	"	mov x3, x4\n	mov x4, x5\n	mov x5, x6\n"
	"	svc #0\n"
	"fault_syscall_end:\n"
	"	ret\n");

static void arguments_of(const ucontext_t *context, long args[6])
{
	for (size_t i = 0; i < 6; i++)
		args[i] = (long)context->uc_mcontext.regs[i];
}
#endif

extern long fault_syscall(long number, long a, long b, long c, long d, long e, long f);
extern const char fault_syscall_end[];

/* Sends it, if that is what is wanted, to whoever in the program takes it. */
static bool signal_comes(void)
{
	if (error < SIGNAL)
		return false;
	kill(getpid(), error - SIGNAL);
	return true;
}

static void on_syscall(int signal, siginfo_t *info, void *data)
{
	ucontext_t *context = data;
	long args[6];
	int before = errno;

	(void)signal;
	arguments_of(context, args);
	/* Messages get through. */
	if ((info->si_syscall == SYS_write && args[0] == STDERR_FILENO) || !fails() ||
	    signal_comes()) {
		RESULT(context) = fault_syscall(info->si_syscall, args[0], args[1], args[2],
						args[3], args[4], args[5]);
	} else if (error == SHORT) {
		if (args[2] > 1)
			args[2] = 1;
		RESULT(context) = fault_syscall(info->si_syscall, args[0], args[1], args[2],
						args[3], args[4], args[5]);
	} else {
		/* The descriptor is gone whatever close() says. */
		if (info->si_syscall == SYS_close)
			fault_syscall(SYS_close, args[0], 0, 0, 0, 0, 0);
		RESULT(context) = -error;
	}
	errno = before;
}

static void refuse(const char *what)
{
	fprintf(stderr, "faults.so: %s\n", what);
	_exit(99);
}

static void trap(const int numbers[2])
{
	uint64_t own = (uintptr_t)fault_syscall_end;
	int second = numbers[1] ? numbers[1] : numbers[0];
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_HERE, 0, 7),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)numbers[0], 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)second, 0, 4),
		/* Those of the handler itself. */
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, instruction_pointer)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)own, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, instruction_pointer) + 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(own >> 32), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
	};
	struct sock_fprog program = {COUNT(filter), filter};
	struct sigaction action = {.sa_sigaction = on_syscall,
				   .sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESTART};

	sigaction(SIGSYS, &action, NULL);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0))
		refuse("no filter for system calls here");
}

/* ---- beginning and end ---- */

static void plan_syscall(const char *what)
{
	size_t len = strcspn(what, ":"), call = 0;

	for (size_t i = 0; i < COUNT(errors) && what[len]; i++)
		if (!strcmp(errors[i].name, what + len + 1))
			error = errors[i].number;
	while (call < COUNT(calls) &&
	       (strlen(calls[call].name) != len || strncmp(calls[call].name, what, len)))
		call++;
	if (!error || call == COUNT(calls))
		refuse("$FAULT names no fault");
	trap(calls[call].numbers);
}

/* It ends the program for want of some memory; tests/unit/no_memory.c is about it. */
static int find_libdw(struct dl_phdr_info *info, size_t size, void *data)
{
	(void)size;
	(void)data;
	if (!strstr(info->dlpi_name, "libdw"))
		return 0;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &info->dlpi_phdr[i];

		if (header->p_type == PT_LOAD && header->p_flags & PF_X) {
			libdw_start = info->dlpi_addr + header->p_vaddr;
			libdw_end = libdw_start + header->p_memsz;
		}
	}
	return 1;
}

__attribute__((constructor)) static void begin(void)
{
	const char *what = getenv("FAULT"), *number = getenv("FAULT_AT");

	at = number ? strtoul(number, NULL, 10) : 0;
	goes_on = getenv("FAULT_ON") != NULL;
	of_memory = what && !strcmp(what, "memory");
	of_threads = what && !strcmp(what, "thread");
	of_forks = what && !strcmp(what, "fork");
	if (what && !of_memory && !of_threads && !of_forks)
		plan_syscall(what);
	dl_iterate_phdr(find_libdw, NULL);
	count = 0;
}

__attribute__((destructor)) static void end(void)
{
	const char *path = getenv("FAULT_COUNT");
	FILE *file;

	has_ended = true;
	file = path ? fopen(path, "w") : NULL;
	if (file) {
		fprintf(file, "%lu\n", count);
		fclose(file);
	}
}

/* ---- functions that are wrapped ---- */

/* The function of the library behind this one; a sanitizer's, where there is one. */
#define NEXT(name)                                                         \
	({                                                                 \
		static __typeof__(&name) next;                             \
		if (!next)                                                 \
			next = (__typeof__(&name))dlsym(RTLD_NEXT, #name); \
		next;                                                      \
	})

/* What a sanitizer does when a thread begins, and cannot do without. */
static __thread bool is_exempt;

int pthread_getattr_np(pthread_t thread, pthread_attr_t *attr)
{
	int err;

	is_exempt = true;
	err = NEXT(pthread_getattr_np)(thread, attr);
	is_exempt = false;
	return err;
}

static bool no_memory(const void *caller)
{
	if (!of_memory || is_exempt ||
	    ((uintptr_t)caller >= libdw_start && (uintptr_t)caller < libdw_end) || !fails())
		return false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return no_memory(__builtin_return_address(0)) ? NULL : NEXT(malloc)(size);
}

void *calloc(size_t n, size_t size)
{
	return no_memory(__builtin_return_address(0)) ? NULL : NEXT(calloc)(n, size);
}

void *realloc(void *old, size_t size)
{
	return no_memory(__builtin_return_address(0)) ? NULL : NEXT(realloc)(old, size);
}

/* A sanitizer has its own, which allocate without malloc(). */
char *strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = malloc(size);

	return copy ? memcpy(copy, text, size) : NULL;
}

char *strndup(const char *text, size_t max)
{
	size_t len = strnlen(text, max);
	char *copy = malloc(len + 1);

	if (!copy)
		return NULL;
	copy[len] = '\0';
	return memcpy(copy, text, len);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *), void *data)
{
	return of_threads && fails() ? EAGAIN : NEXT(pthread_create)(thread, attr, run, data);
}

pid_t fork(void)
{
	if (of_forks && fails()) {
		errno = EAGAIN;
		return -1;
	}
	return NEXT(fork)();
}

/* SIGSYS must get through. */
static const sigset_t *without_sigsys(const sigset_t *set, sigset_t *room)
{
	if (!set)
		return NULL;
	*room = *set;
	sigdelset(room, SIGSYS);
	return room;
}

int pthread_sigmask(int how, const sigset_t *set, sigset_t *before)
{
	sigset_t room;

	return NEXT(pthread_sigmask)(how, without_sigsys(set, &room), before);
}

int sigprocmask(int how, const sigset_t *set, sigset_t *before)
{
	sigset_t room;

	return NEXT(sigprocmask)(how, without_sigsys(set, &room), before);
}
