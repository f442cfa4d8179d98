// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Answers that are kept from one run to the next: they are the same as without, whatever was asked
 * for before; they are not used for another file, when they are damaged, or when somebody else may
 * have put them there.
 */
#include "tests/unit/symbolizer_fixture.h"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <utime.h>

#include "profiler/model/alloc.h"
#include "symbolizer/cache_folder.h"

static const char source_code[] =
	"#include <algorithm>\n#include <map>\n#include <string>\n#include <vector>\n"
	"static inline unsigned twist(unsigned a) { return (a ^ a << 13) * 2654435761u; }\n"
	"template <typename T> struct square { T side; T area() const { return side * side; } };\n"
	"unsigned total(std::vector<square<double>> &all)\n"
	"{\n\tstd::sort(all.begin(), all.end(), [](const auto &a, const auto &b) {\n"
	"\t\treturn a.area() < b.area(); });\n"
	"\tdouble sum = 0;\n\tfor (auto &one : all)\n\t\tsum += one.area();\n\treturn "
	"twist(sum);\n}\n"
	"int main(int c, char **v)\n"
	"{\n\tstd::vector<square<double>> all;\n\tstd::map<std::string, int> seen;\n"
	"\tfor (int i = 0; i < c * 100; i++) {\n\t\tall.push_back({double(i)});\n"
	"\t\tseen[std::to_string(twist(i))]++;\n\t}\n\treturn total(all) + seen.size();\n}\n";

static uint64_t text_addr, text_off, text_len;

/* ---- asking ---------------------------------------------------------------------------------- */

struct style {
	enum demangle_style demangle;
	bool lines, no_inline;
};

static const struct style whole = {DEMANGLE_FULL, true, false};

static struct symbolizer *new_reader(const struct style *style, const char *cache)
{
	struct symbolizer_options options = {
		.demangle = style->demangle,
		.lines = style->lines,
		.no_inline = style->no_inline,
		.debug_root = in_dir("debug"),
		.cache = cache,
		.cache_path = cache,
	};
	struct symbolizer *symbolizer = symbolizer_new(&options);

	assert_non_null(symbolizer);
	return symbolizer;
}

/* What is said of every `step`th address from `from` on, as text. Freed by the caller. */
static char *answers(const char *file, const struct style *style, const char *cache, size_t from,
		     size_t step)
{
	struct symbolizer *symbolizer = new_reader(style, cache);
	uint64_t *offs = calloc(text_len, sizeof(*offs));
	struct symbol *symbols = calloc(text_len, sizeof(*symbols));
	size_t count = 0, len;
	char *text;
	FILE *out = open_memstream(&text, &len);

	for (size_t i = from; i < text_len; i += step)
		offs[count++] = text_off + i;
	assert_int_equal(
		symbolizer_resolve(symbolizer, add_path(symbolizer, file), offs, count, symbols),
		0);
	for (size_t i = 0; i < count; i++) {
		for (size_t f = 0; f < symbols[i].count; f++) {
			const struct symbol_frame *frame = &symbols[i].frames[f];

			fprintf(out, "%s %s %s:%u %lx %lx %u %u;",
				frame->function ? symbolizer_shown(symbolizer, frame->function)
						: "-",
				frame->module, frame->file ? frame->file : "-", frame->line,
				frame->start, frame->unnamed_addr, frame->kind, frame->reason);
		}
		fputc('\n', out);
	}
	fclose(out);
	free(offs);
	free(symbols);
	symbolizer_free(symbolizer);
	return text;
}

static void assert_same(const char *file, const struct style *style, const char *cache, size_t from,
			size_t step)
{
	char *with = answers(file, style, cache, from, step);
	char *without = answers(file, style, NULL, from, step);

	for (size_t at = 0; with[at] || without[at]; at++)
		if (with[at] != without[at]) {
			while (at && with[at - 1] != '\n')
				at--;
			fail_msg("%.*s, not %.*s", (int)strcspn(with + at, "\n"), with + at,
				 (int)strcspn(without + at, "\n"), without + at);
		}
	free(with);
	free(without);
}

static void ask(const char *file, const struct style *style, const char *cache, size_t from,
		size_t step)
{
	free(answers(file, style, cache, from, step));
}

/* ---- the folder ------------------------------------------------------------------------------ */

/* An empty folder for the test. */
static const char *new_cache(void)
{
	static char path[512];

	run("rm -rf cache && mkdir -m 700 cache");
	snprintf(path, sizeof(path), "%s/cache", fixture_dir);
	return path;
}

/* The files in it; the name of the last one in *ret, if that is not NULL. */
static size_t kept_files(char ret[512])
{
	DIR *dir = opendir(in_dir("cache"));
	struct dirent *entry;
	size_t count = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		if (ret)
			snprintf(ret, 512, "%s/cache/%s", fixture_dir, entry->d_name);
		count++;
	}
	closedir(dir);
	return count;
}

static size_t size_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return (size_t)st.st_size;
}

/* ---- answers --------------------------------------------------------------------------------- */

/* Ranges: what a few addresses left behind is right for all others. */
static void kept_answers_are_those_that_would_be_found(void **state)
{
	static const struct style styles[] = {
		{DEMANGLE_FULL, true, false},
		{DEMANGLE_FULL, false, false},
		{DEMANGLE_SHORT, true, false},
		{DEMANGLE_NONE, false, true},
	};

	for (size_t i = 0; i < ARRAY_LEN(styles); i++) {
		const char *cache = new_cache();

		assert_same("prog", &styles[i], cache, 5, 97);
		assert_int_equal(kept_files(NULL), 1);
		assert_same("prog", &styles[i], cache, 0, 1);
		assert_same("prog", &styles[i], cache, 0, 1);
		assert_int_equal(kept_files(NULL), 1);
	}
}

/* Neither written nor forgotten: where no address is new, the file is only noted as used. */
static void known_addresses_are_not_written_again(void **state)
{
	const char *cache = new_cache();
	struct timespec times[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
	struct stat kept, again;
	char path[512];

	ask("prog", &whole, cache, 0, 7);
	assert_int_equal(kept_files(path), 1);
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	assert_int_equal(stat(path, &kept), 0);
	assert_same("prog", &whole, cache, 0, 7);
	assert_int_equal(stat(path, &again), 0);
	assert_int_equal(kept.st_ino, again.st_ino);
	assert_true(again.st_mtim.tv_sec > 1000);
	/* One new address, and there is a new file with all of them. */
	ask("prog", &whole, cache, 0, 1);
	assert_int_equal(kept_files(path), 1);
	assert_int_equal(stat(path, &again), 0);
	assert_int_not_equal(kept.st_ino, again.st_ino);
	assert_true(again.st_size > kept.st_size);
}

/* Without symbols the ranges are those of functions, and of what is between them. */
static void stripped_files_have_ranges(void **state)
{
	const char *cache = new_cache();

	assert_same("stripped", &whole, cache, 5, 97);
	assert_same("stripped", &whole, cache, 0, 1);
	assert_same("stripped", &whole, cache, 0, 1);
}

/* Functions of 16 bytes, of each of which one address was asked for. */
static void neighbours_without_names_are_known(void **state)
{
	const char *cache = new_cache();
	struct stat kept, again;
	char path[512];

	write_file("functions.s", ".text\n.rept 50\n.cfi_startproc\n.fill 16, 1, 0x90\n"
				  ".cfi_endproc\n.endr\n");
	run("gcc -nostdlib -shared -o functions functions.s && strip functions");
	find_text("functions", &text_addr, &text_off, &text_len);
	ask("functions", &whole, cache, 3, 16);
	assert_int_equal(kept_files(path), 1);
	assert_int_equal(stat(path, &kept), 0);
	assert_same("functions", &whole, cache, 0, 1);
	assert_int_equal(stat(path, &again), 0);
	assert_int_equal(kept.st_ino, again.st_ino);
	find_text("prog", &text_addr, &text_off, &text_len);
}

static void other_options_are_other_answers(void **state)
{
	const char *cache = new_cache();
	struct style lines = {DEMANGLE_FULL, true, false}, none = {DEMANGLE_FULL, false, false};

	ask("prog", &lines, cache, 0, 3);
	assert_same("prog", &none, cache, 0, 3);
	assert_int_equal(kept_files(NULL), 2);
}

/* With the same build id, and a time that was set back: it is its own inode all the same. */
static void another_file_of_the_same_build_id_is_another(void **state)
{
	const char *cache = new_cache();

	run("cp -p prog copy");
	ask("copy", &whole, cache, 0, 3);
	run("objcopy --redefine-sym main=niam copy other && rm copy && truncate -r prog other && "
	    "cat other >copy && touch -r prog copy");
	assert_same("copy", &whole, cache, 0, 3);
	/* Written in place, which leaves the inode. */
	ask("copy", &whole, cache, 0, 3);
	run("cat prog >copy && touch -r prog copy");
	assert_same("copy", &whole, cache, 0, 3);
}

static void debug_file_that_appears_is_read(void **state)
{
	const char *cache = new_cache();
	char *without, *with;

	run("rm -rf debug && cp prog bare && objcopy --only-keep-debug bare bare.debug && "
	    "strip bare");
	without = answers("bare", &whole, cache, 0, 3);
	run("id=$(readelf -n bare | awk '/Build ID/ { print $3 }') && "
	    "mkdir -p debug/.build-id/${id%%${id#??}} && "
	    "cp bare.debug debug/.build-id/${id%%${id#??}}/${id#??}.debug");
	with = answers("bare", &whole, cache, 0, 3);
	assert_string_not_equal(with, without);
	assert_non_null(strstr(with, "twist"));
	run("rm -rf debug");
	assert_same("bare", &whole, cache, 0, 3);
	free(with);
	free(without);
}

/* Parts of split units are in files that the key says nothing of. */
static void split_debug_information_is_not_kept(void **state)
{
	const char *cache = new_cache();

	run("g++ -O2 -g -gsplit-dwarf -o split prog.cc");
	assert_same("split", &whole, cache, 0, 1);
	assert_int_equal(kept_files(NULL), 0);
}

/* ---- damage ---------------------------------------------------------------------------------- */

static unsigned char *read_kept(const char *path, size_t *ret_len)
{
	FILE *file = fopen(path, "r");
	unsigned char *bytes;

	*ret_len = size_of(path);
	bytes = malloc(*ret_len);
	assert_non_null(file);
	assert_int_equal(fread(bytes, 1, *ret_len, file), *ret_len);
	fclose(file);
	return bytes;
}

static void write_kept(const char *path, const void *bytes, size_t len)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0600), 0);
}

static void damaged_files_are_made_again(void **state)
{
	const char *cache = new_cache();
	unsigned char *bytes;
	char path[512];
	size_t len;

	ask("prog", &whole, cache, 0, 11);
	assert_int_equal(kept_files(path), 1);
	bytes = read_kept(path, &len);
	for (size_t i = 0; i < 40; i++) {
		size_t at = i < 20 ? i * 11 : (i - 20) * (len / 20);

		bytes[at] ^= 1 << i % 8;
		write_kept(path, bytes, len);
		bytes[at] ^= 1 << i % 8;
		assert_same("prog", &whole, cache, 0, 401);
	}
	for (size_t i = 0; i < 8; i++) {
		write_kept(path, bytes, len * i / 8);
		assert_same("prog", &whole, cache, 0, 401);
	}
	free(bytes);
}

/* ---- others ---------------------------------------------------------------------------------- */

static void unsafe_files_are_not_used(void **state)
{
	const char *cache = new_cache();
	struct text text = {0};
	char path[512], name[300];
	int folder = cache_folder_open(cache);

	assert_true(folder >= 0);
	ask("prog", &whole, cache, 0, 11);
	assert_int_equal(kept_files(path), 1);
	snprintf(name, sizeof(name), "%s", strrchr(path, '/') + 1);
	assert_int_equal(cache_folder_read(folder, name, 1 << 20, &text), 0);
	assert_int_equal(cache_folder_read(folder, name, text.len - 1, &text), -EFBIG);
	chmod(path, 0622);
	assert_int_equal(cache_folder_read(folder, name, 1 << 20, &text), -EPERM);
	chmod(path, 0600);
	run("mv %s kept && ln -s ../kept %s", path, path);
	assert_int_equal(cache_folder_read(folder, name, 1 << 20, &text), -EPERM);
	run("rm %s && mkfifo -m 600 %s", path, path);
	assert_int_equal(cache_folder_read(folder, name, 1 << 20, &text), -EPERM);
	run("rm %s && mkdir -m 700 %s", path, path);
	assert_int_equal(cache_folder_read(folder, name, 1 << 20, &text), -EPERM);
	run("rmdir %s", path);
	assert_int_equal(cache_folder_read(folder, name, 1 << 20, &text), -ENOENT);
	if (!geteuid()) {
		run("cp kept %s && chown 65534 %s", path, path);
		assert_int_equal(cache_folder_read(folder, name, 1 << 20, &text), -EPERM);
		assert_same("prog", &whole, cache, 0, 11);
	}
	text_fini(&text);
	close(folder);
}

static void unsafe_folders_are_not_used(void **state)
{
	const char *cache = new_cache();

	chmod(cache, 0777);
	assert_int_equal(cache_folder_open(cache), -EPERM);
	assert_same("prog", &whole, cache, 0, 11);
	assert_int_equal(kept_files(NULL), 0);
	run("rmdir cache && mkdir elsewhere && ln -s elsewhere cache");
	assert_true(cache_folder_open(cache) < 0);
	run("rm cache && rmdir elsewhere && touch cache");
	assert_true(cache_folder_open(cache) < 0);
	run("rm cache");
	if (!geteuid()) {
		run("mkdir -m 700 cache && chown 65534 cache");
		assert_int_equal(cache_folder_open(cache), -EPERM);
		run("rmdir cache");
	}
	assert_int_equal(cache_folder_open(""), -ENOENT);
	assert_int_equal(cache_folder_open(in_dir("no/such")), -ENOENT);
}

/* Where it is without a path, and under sudo, which may leave HOME what it was. */
static void folder_is_the_users_own(void **state)
{
	char *cache = getenv("BOLOMETER_CACHE") ? strdup(getenv("BOLOMETER_CACHE")) : NULL;
	char *home = getenv("HOME") ? strdup(getenv("HOME")) : NULL;
	int folder;

	run("rm -rf home xdg && mkdir -m 700 home xdg");
	unsetenv("BOLOMETER_CACHE");
	setenv("HOME", in_dir("home"), 1);
	unsetenv("XDG_CACHE_HOME");
	folder = cache_folder_open(NULL);
	assert_true(folder >= 0);
	close(folder);
	run("test -d home/.cache/bolometer");
	setenv("XDG_CACHE_HOME", in_dir("xdg"), 1);
	folder = cache_folder_open(NULL);
	assert_true(folder >= 0);
	close(folder);
	run("test -d xdg/bolometer");
	setenv("BOLOMETER_CACHE", "", 1);
	assert_int_equal(cache_folder_open(NULL), -ENOENT);
	setenv("BOLOMETER_CACHE", in_dir("own"), 1);
	folder = cache_folder_open(NULL);
	assert_true(folder >= 0);
	close(folder);
	run("test -d own");
	if (!geteuid()) {
		unsetenv("BOLOMETER_CACHE");
		unsetenv("XDG_CACHE_HOME");
		run("rm -rf home/.cache && chown 65534 home");
		folder = cache_folder_open(NULL);
		if (folder >= 0)
			close(folder);
		run("test ! -e home/.cache");
	}
	unsetenv("XDG_CACHE_HOME");
	setenv("BOLOMETER_CACHE", cache ? cache : "", 1);
	if (!cache)
		unsetenv("BOLOMETER_CACHE");
	if (home)
		setenv("HOME", home, 1);
	free(cache);
	free(home);
}

/* ---- many ------------------------------------------------------------------------------------ */

static void oldest_files_are_removed(void **state)
{
	int folder = cache_folder_open(new_cache());
	struct text text = {0};
	char name[32];

	assert_true(folder >= 0);
	for (int i = 0; i < 10; i++) {
		struct timespec times[2] = {{.tv_sec = 1000 + i}, {.tv_sec = 1000 + i}};

		snprintf(name, sizeof(name), "file%d", i);
		assert_int_equal(cache_folder_write(folder, name, "0123456789", 10), 0);
		assert_int_equal(utimensat(folder, name, times, 0), 0);
	}
	/* The first one was used after all others. */
	assert_int_equal(cache_folder_read(folder, "file0", 100, &text), 0);
	assert_int_equal(text.len, 10);
	assert_int_equal(cache_folder_trim(folder, 100), 0);
	assert_int_equal(kept_files(NULL), 10);
	assert_int_equal(cache_folder_trim(folder, 39), 0);
	assert_int_equal(kept_files(NULL), 3);
	assert_int_equal(cache_folder_read(folder, "file0", 100, &text), 0);
	assert_int_equal(cache_folder_read(folder, "file8", 100, &text), 0);
	assert_int_equal(cache_folder_read(folder, "file9", 100, &text), 0);
	assert_int_equal(cache_folder_trim(folder, 0), 0);
	assert_int_equal(kept_files(NULL), 0);
	text_fini(&text);
	close(folder);
}

/* Several at once, each with addresses of its own: whatever is left is whole, and right. */
static void writers_do_not_disturb_each_other(void **state)
{
	enum { WRITERS = 6, ROUNDS = 3 };
	const char *cache = new_cache();
	pid_t writers[WRITERS];
	int status;

	for (int w = 0; w < WRITERS; w++) {
		writers[w] = fork();
		assert_true(writers[w] >= 0);
		if (writers[w])
			continue;
		for (int r = 0; r < ROUNDS; r++)
			ask("prog", &whole, cache, (size_t)(w * ROUNDS + r), 53);
		_exit(0);
	}
	for (int w = 0; w < WRITERS; w++) {
		assert_int_equal(waitpid(writers[w], &status, 0), writers[w]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(kept_files(NULL), 1);
	assert_same("prog", &whole, cache, 0, 5);
}

static int make_program(void **state)
{
	if (fixture_setup(state))
		return -1;
	write_file("prog.cc", source_code);
	run("g++ -O2 -g -o prog prog.cc && strip -o stripped prog");
	find_text("prog", &text_addr, &text_off, &text_len);
	return text_len > 1000 ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kept_answers_are_those_that_would_be_found),
		cmocka_unit_test(known_addresses_are_not_written_again),
		cmocka_unit_test(stripped_files_have_ranges),
		cmocka_unit_test(neighbours_without_names_are_known),
		cmocka_unit_test(other_options_are_other_answers),
		cmocka_unit_test(another_file_of_the_same_build_id_is_another),
		cmocka_unit_test(debug_file_that_appears_is_read),
		cmocka_unit_test(split_debug_information_is_not_kept),
		cmocka_unit_test(damaged_files_are_made_again),
		cmocka_unit_test(unsafe_files_are_not_used),
		cmocka_unit_test(unsafe_folders_are_not_used),
		cmocka_unit_test(folder_is_the_users_own),
		cmocka_unit_test(oldest_files_are_removed),
		cmocka_unit_test(writers_do_not_disturb_each_other),
	};

	return cmocka_run_group_tests(tests, make_program, fixture_teardown);
}
