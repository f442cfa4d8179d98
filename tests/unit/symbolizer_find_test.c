// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What was stripped from a file: mini debug information in it, --symfs, and what dwz moved to a file
 * of its own. Each way has one that is right, and ones that are not, which are refused and told of.
 */
#include "tests/unit/symbolizer_stripped.h"

#include <sys/resource.h>

static struct symbolizer *new_finding(const char *symfs)
{
	struct symbolizer_options options = {.debug_root = in_dir("debug"), .symfs = symfs};
	struct symbolizer *symbolizer = symbolizer_new(&options);

	assert_non_null(symbolizer);
	return symbolizer;
}

/* Whether the hidden symbol is found of a library that the process knows as `path`. */
static bool is_named(const char *path, int root_fd, const char *symfs, const char *wanted_notice)
{
	return finds_hidden_below(new_finding(symfs), root_fd, path, wanted_notice);
}

static bool is_named_here(const char *wanted_notice)
{
	return is_named(in_dir("prog.so"), -1, NULL, wanted_notice);
}

/* ---- mini debug information ------------------------------------------------------------------ */

/* prog.so with .gnu_debugdata, of what the shell command writes, given the symbols on its input. */
static void make_mini(const char *command)
{
	make_stripped("0x" ID);
	run("echo hidden >keep && objcopy -S --remove-section .comment --keep-symbols=keep "
	    "prog.debug mini && rm prog.debug && (%s) <mini >mini.xz && "
	    "objcopy --add-section .gnu_debugdata=mini.xz prog.so",
	    command);
}

static void mini_debug_information(void **state)
{
	make_mini("xz");
	assert_true(is_named_here(""));
	/* As small as xz can make it, which takes the most memory to undo. */
	make_mini("xz -9e");
	assert_true(is_named_here(""));
}

/* Where there is a debug file, what is in the file itself is not even read. */
static void debug_file_is_better(void **state)
{
	make_mini("head -c 100");
	run("mkdir -p debug/.build-id/de && objcopy --only-keep-debug full.so "
	    "debug/.build-id/de/%s.debug",
	    ID_REST);
	assert_true(is_named_here(""));
}

static long peak_mib(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss / 1024;
}

static void bomb_is_refused(void **state)
{
	long before = peak_mib();

	make_mini("(cat; head -c 200000000 /dev/zero) | xz -0");
	assert_false(is_named_here("prog.so: its .gnu_debugdata is not used: it is too large"));
	assert_true(peak_mib() - before < 250);
}

static void damage_is_refused(void **state)
{
	static const char *const damages[] = {
		"xz | head -c 100", "xz | tail -c +2",	"head -c 1000 /dev/urandom",
		"echo x | xz",	    "head -c 100 | xz", "xz | tr '\\000' '\\001'",
	};

	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		make_mini(damages[i]);
		assert_false(is_named_here("prog.so: its .gnu_debugdata is not used: "));
	}
}

static void other_layout_is_refused(void **state)
{
	make_mini("cat >/dev/null; gcc -shared -nostdlib -o other.so prog.o "
		  "-Wl,-Ttext-segment=0x40000 && xz <other.so");
	assert_false(
		is_named_here("prog.so: its .gnu_debugdata is not used: its layout is another"));
}

/* ---- --symfs --------------------------------------------------------------------------------- */

static void whole_file_below_symfs(void **state)
{
	make_stripped("0x" ID);
	run("rm -rf sym && mkdir -p sym/opt/lib && cp full.so sym/opt/lib/prog.so");
	assert_true(is_named("/opt/lib/prog.so", -1, in_dir("sym"), ""));
	assert_false(is_named("/opt/prog.so", -1, in_dir("sym"), ""));
	/* Of a container, too. */
	assert_true(is_named("/opt/lib/prog.so", open("/tmp", O_PATH), in_dir("sym"), ""));
	/* Links mean what they mean there; and what is built elsewhere may be linked to. */
	run("mkdir sym/usr && mv sym/opt/lib sym/usr/ && ln -s /usr/lib sym/opt/lib");
	assert_true(is_named("/opt/lib/prog.so", -1, in_dir("sym"), ""));
	run("rm sym/usr/lib/prog.so && ln -s %s/full.so sym/usr/lib/prog.so", fixture_dir);
	assert_true(is_named("/usr/lib/prog.so", -1, in_dir("sym"), ""));
}

static void without_build_ids_symfs_is_believed(void **state)
{
	make_stripped("none");
	run("rm -rf sym && mkdir -p sym/opt && cp full.so sym/opt/prog.so");
	assert_true(is_named("/opt/prog.so", -1, in_dir("sym"), ""));
	/* But for other code. */
	run("gcc -shared -nostdlib -o sym/opt/prog.so prog.o -Wl,--build-id=none "
	    "-Wl,-Ttext-segment=0x40000");
	assert_false(is_named("/opt/prog.so", -1, in_dir("sym"), "its layout is another"));
}

static void debug_files_below_symfs(void **state)
{
	make_stripped("0x" ID);
	run("rm -rf sym && mkdir -p sym/usr/lib/debug/.build-id/de && "
	    "mv prog.debug sym/usr/lib/debug/.build-id/de/%s.debug",
	    ID_REST);
	assert_true(is_named("/opt/prog.so", -1, in_dir("sym"), ""));
	make_stripped("none");
	run("rm -rf sym && mkdir -p sym/opt/.debug && objcopy --add-gnu-debuglink=prog.debug "
	    "prog.so "
	    "&& mv prog.debug sym/opt/.debug/");
	assert_true(is_named("/opt/prog.so", -1, in_dir("sym"), ""));
	run("mkdir -p sym/usr/lib/debug/opt && mv sym/opt/.debug/prog.debug "
	    "sym/usr/lib/debug/opt/");
	assert_true(is_named("/opt/prog.so", -1, in_dir("sym"), ""));
}

static void other_build_id_below_symfs_is_refused(void **state)
{
	make_stripped("0x" ID);
	run("rm -rf sym && mkdir -p sym/opt sym/usr/lib/debug/.build-id/de && "
	    "gcc -shared -nostdlib -o sym/opt/prog.so prog.o -Wl,--build-id=0x" OTHER_ID);
	assert_false(
		is_named("/opt/prog.so", -1, in_dir("sym"),
			 "debug file /opt/prog.so of /opt/prog.so is not used: its build id is "
			 "another"));
	run("mv sym/opt/prog.so sym/usr/lib/debug/.build-id/de/%s.debug", ID_REST);
	assert_false(is_named("/opt/prog.so", -1, in_dir("sym"), "its build id is another"));
	/* Also one that has none: nothing says that it is the one. */
	run("gcc -shared -nostdlib -o sym/opt/prog.so prog.o -Wl,--build-id=none");
	assert_false(is_named("/opt/prog.so", -1, in_dir("sym"), "its build id is another"));
}

/* A file that could not be opened any more is there, if it is the one that the kernel saw. */
static void file_that_is_gone_is_found_below_symfs(void **state)
{
	static const uint8_t id[] = {0xde, 0xad, 0xbe, 0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab,
				     0xcd, 0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};
	struct symbol_file file = {
		.fd = -1, .open_error = ENOENT, .path = "/opt/prog.so", .root_fd = -1};
	struct symbolizer *symbolizer;
	int source;

	make_stripped("0x" ID);
	run("rm -rf sym && mkdir -p sym/opt && cp full.so sym/opt/prog.so");
	symbolizer = new_finding(in_dir("sym"));
	source = symbolizer_add_file(symbolizer, &file);
	assert_named(symbolizer, source, text_off() + 64, "hidden");
	file.build_id = id;
	file.build_id_len = sizeof(id);
	source = symbolizer_add_file(symbolizer, &file);
	assert_named(symbolizer, source, text_off() + 64, "hidden");
	run("gcc -shared -nostdlib -o sym/opt/prog.so prog.o -Wl,--build-id=0x" OTHER_ID);
	source = symbolizer_add_file(symbolizer, &file);
	assert_unnamed(symbolizer, source, text_off() + 64, SYMBOL_FILE_REPLACED);
	symbolizer_free(symbolizer);
}

/* ---- what dwz moved -------------------------------------------------------------------------- */

/*
 * "one" has functions that were inlined, and their names are in shared.debug, which it knows as
 * /usr/lib/debug/shared.debug. How many addresses of main() have one by its name.
 */
static size_t shared_names(int root_fd, const char *symfs, const char *wanted_notice)
{
	struct symbolizer *symbolizer = new_finding(symfs);
	struct symbol_file file = {.path = "/opt/one", .root_fd = root_fd};
	uint64_t addr, off, addrs[512];
	struct symbol symbols[512];
	size_t found = 0;

	find_section("one", ".text", &addr, &off);
	for (size_t i = 0; i < 512; i++)
		addrs[i] = off + i;
	file.fd = open(in_dir("one"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(symbolizer_resolve(symbolizer, symbolizer_add_file(symbolizer, &file),
					    addrs, 512, symbols),
			 0);
	close(file.fd);
	for (size_t i = 0; i < 512; i++)
		found += symbols[i].count > 1 &&
			 !strcmp(symbols[i].frames[0].function, "inlined_by_both");
	if (*wanted_notice ? !strstr(notices_of(symbolizer), wanted_notice)
			   : *notices_of(symbolizer))
		fail_msg("said \"%s\"", notices_of(symbolizer));
	symbolizer_free(symbolizer);
	return found;
}

static void make_shared(void)
{
	write_file("shared.h", "#include <stdlib.h>\n#include <stdio.h>\n"
			       "static inline __attribute__((always_inline)) unsigned "
			       "inlined_by_both(unsigned a)\n"
			       "{ for (unsigned i = 0; i < a; i++) a ^= a * rand(); return a; }\n");
	run("rm -rf sym root debug && mkdir -p sym/usr/lib/debug root/usr/lib/debug && "
	    "for p in one two; do echo '#include \"shared.h\"\n"
	    "int main(int c, char **v) { return inlined_by_both(c) + puts(v[0]); }' >$p.c && "
	    "gcc -O2 -g -o $p $p.c; done && "
	    "dwz -m shared.debug -M /usr/lib/debug/shared.debug one two");
}

static void shared_file_in_all_places(void **state)
{
	int root;

	if (system("command -v dwz >/dev/null 2>&1"))
		skip();
	make_shared();
	root = open(in_dir("root"), O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(shared_names(root, in_dir("sym"), ""), 0);
	run("cp shared.debug sym/usr/lib/debug/");
	assert_true(shared_names(-1, in_dir("sym"), "") > 10);
	run("cp shared.debug root/usr/lib/debug/");
	assert_true(shared_names(root, NULL, "") > 10);
	/* Of another build id, each is told, and none is used. */
	run("cp one keep && sed -i s/inlined_by_both/otherwise/ shared.h one.c two.c && "
	    "for p in one two; do gcc -O2 -g -o $p $p.c; done && "
	    "dwz -m shared.debug -M /usr/lib/debug/shared.debug one two && cp keep one && "
	    "cp shared.debug sym/usr/lib/debug/ && cp shared.debug root/usr/lib/debug/");
	assert_int_equal(
		shared_names(root, in_dir("sym"),
			     "shared debug file /usr/lib/debug/shared.debug of /opt/one is not "
			     "used: its build id is another"),
		0);
	close(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mini_debug_information),
		cmocka_unit_test(debug_file_is_better),
		cmocka_unit_test(bomb_is_refused),
		cmocka_unit_test(damage_is_refused),
		cmocka_unit_test(other_layout_is_refused),
		cmocka_unit_test(whole_file_below_symfs),
		cmocka_unit_test(without_build_ids_symfs_is_believed),
		cmocka_unit_test(debug_files_below_symfs),
		cmocka_unit_test(other_build_id_below_symfs_is_refused),
		cmocka_unit_test(file_that_is_gone_is_found_below_symfs),
		cmocka_unit_test(shared_file_in_all_places),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
