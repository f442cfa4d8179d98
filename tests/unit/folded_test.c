// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The reader of folded stacks: what is written is read back, whatever the order
 * and however the bytes arrive; what is wrong is named by its line and left out.
 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "profiler/file/folded.h"
#include "profiler/model/tree_build.h"
#include "render/folded.h"
#include "tests/unit/file_fixture.h"

/* Reads text of which the first `head` bytes were read before, as file_read() does. */
static void read_into(struct profile *profile, const char *text, size_t len, size_t head,
		      struct told *told)
{
	assert_int_equal(read_memory(folded_read, profile, text, len, head, told), 0);
}

static char *write_folded(struct profile *profile)
{
	struct symbols symbols;
	struct render_input input = {.about = &profile->about, .annotate = true};
	struct tree *tree;
	char *text;
	size_t len;
	FILE *out;

	profile_seal(profile);
	assert_null(profile_check(profile));
	assert_int_equal(symbols_init(&symbols, profile), 0);
	tree = tree_build(profile, &symbols, GROUP_NONE, &views[VIEW_PLAIN]);
	assert_non_null(tree);
	input.tree = tree;
	out = open_memstream(&text, &len);
	assert_int_equal(folded_write(&input, out), 0);
	fclose(out);
	tree_free(tree);
	symbols_fini(&symbols);
	return text;
}

/* Reads a text and compares samples and complaints. */
static void expect(const char *text, size_t len, const char *wanted, const char *complaints)
{
	size_t most = len < FILE_HEAD_BYTES ? len : FILE_HEAD_BYTES;
	size_t heads[] = {0, most / 2, most};

	for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
		struct profile *profile = profile_new();
		struct told *told = told_new();
		char *got;

		read_into(profile, text, len, heads[i], told);
		assert_null(profile_check(profile));
		got = dump(profile, false);
		assert_string_equal(got, wanted);
		assert_string_equal(told->lines, complaints);
		free(got);
		free(told);
		profile_free(profile);
	}
}
#define EXPECT(text, wanted, complaints) expect(text, sizeof(text) - 1, wanted, complaints)

#define NO_COUNT ": no count at the end (\"frame;frame COUNT\"); not used\n"

/* ---- lines ---- */

static void plain_lines(void **state)
{
	EXPECT("", "", "");
	EXPECT("main;work 5\n", "main{user};work{user} 5\n", "");
	EXPECT("main;work 5", "main{user};work{user} 5\n", "");
	EXPECT("main;work 5\r\nmain 1\r\n", "main{user} 1\nmain{user};work{user} 5\n", "");
	EXPECT("\n\n \n\t\r\nmain 1\n\n", "main{user} 1\n", "");
	EXPECT("main \t 7 \t\n", "main{user} 7\n", "");
	EXPECT("operator new(unsigned long);f(a, b) 2\n",
	       "operator new(unsigned long){user};f(a, b){user} 2\n", "");
	EXPECT("a 1\na 2\nb 1\na 3\n", "a{user} 6\nb{user} 1\n", "");
	EXPECT("a 0\n", "", "");
}

static void comments_are_no_stacks(void **state)
{
	EXPECT("# taken with -F 99\n#\nmain 1\n#\ttab 3\n", "main{user} 1\n", "");
	/* Threads are called like this; they must not vanish. */
	EXPECT("#1;run 4\n#include 2\n", "#1{user};run{user} 4\n#include{user} 2\n", "");
}

static void bad_lines_are_named_by_number(void **state)
{
	EXPECT("main;work\nmain 1\n", "main{user} 1\n", "line 1" NO_COUNT);
	EXPECT("main 1\n\nmain 1,5\n", "main{user} 1\n", "line 3" NO_COUNT);
	EXPECT("main 1.5.2\nmain .5\nmain 1.5e3\nmain .\n", "",
	       "line 1" NO_COUNT "line 2" NO_COUNT "line 3" NO_COUNT "line 4" NO_COUNT);
	EXPECT("main -5\nmain 0x10\nmain +1\nmain 1e3\nmain 5;\n", "",
	       "line 1" NO_COUNT "line 2" NO_COUNT "line 3" NO_COUNT "line 4" NO_COUNT
	       "line 5" NO_COUNT);
	EXPECT("5\n 5\nmain 1\n", "main{user} 1\n",
	       "line 1" NO_COUNT "line 2: a count without a stack; not used\n");
	EXPECT("; 5\n;; 5\nmain 1\n", "main{user} 1\n",
	       "line 1: a stack without a frame; not used\n"
	       "line 2: a stack without a frame; not used\n");
}

/* No weight is lost: what is cut off a count is in the next one. */
static void fractions_add_up(void **state)
{
	EXPECT("a 12.5\nb 0.5\n", "a{user} 12\nb{user} 1\n", "");
	EXPECT("a 1.\nb 2.000\n", "a{user} 1\nb{user} 2\n", "");
	EXPECT("a 0.333333\na 0.333333\na 0.333334\nb 0.9\n", "a{user} 1\n", "");
	EXPECT("a 1.0000001234567890123456789\n", "a{user} 1\n", "");
	EXPECT("a 9223372036854775807.5\nb 9223372036854775807.5\n", "a{user} 9223372036854775807\n",
	       "line 2: the count is too large; not used\n");
}

static void blanks_of_any_kind(void **state)
{
	EXPECT("main;a b\t5\nmain  6\nmain\t \t7\r\n", "main{user} 13\nmain{user};a b{user} 5\n", "");
}

/* What comparisons are written as: to a reader of one number, the first would be a part of a name. */
static void comparisons_are_refused(void **state)
{
	static const char *const texts[] = {
		"main;work 5 6\n",
		"main;work 5 6",
		"# before, after\n\nmain;work 5 0\nmain 0 6 \r\n",
		"a b 1 2\n7 8 9\n",
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct profile *profile = profile_new();
		struct told *told = told_new();
		size_t len = strlen(texts[i]), head = i % 2 ? len : 0;
		int fd = memory_file(texts[i] + head, len - head);

		assert_int_equal(folded_read(fd, texts[i], head, profile, &told->complaints),
				 -EBADMSG);
		assert_string_equal(told->lines, "two numbers in every line: a comparison of "
						 "profiles, which is none itself: give the files "
						 "that were compared\n");
		assert_int_equal(profile->nr_samples, 0);
		close(fd);
		free(told);
		profile_free(profile);
	}
	/* Names may end like numbers, and lines that are bad do not make a comparison of the rest. */
	EXPECT("worker 1 5\nmain 6\n", "main{user} 6\nworker 1{user} 5\n", "");
	EXPECT("main;cpu 0 5\nmain;cpu1 6\n", "main{user};cpu 0{user} 5\nmain{user};cpu1{user} 6\n", "");
	EXPECT("4 5\n", "4{user} 5\n", "");
}

static void many_bad_lines_are_counted(void **state)
{
	struct profile *profile = profile_new();
	struct told *told = told_new();
	char text[3000];

	for (size_t i = 0; i < sizeof(text); i += 2)
		memcpy(text + i, "x\n", 2);
	read_into(profile, text, sizeof(text), 0, told);
	assert_int_equal(told->complaints.count, sizeof(text) / 2);
	assert_string_equal(told->lines, "line 1" NO_COUNT "line 2" NO_COUNT "line 3" NO_COUNT
					 "line 4" NO_COUNT "line 5" NO_COUNT);
	free(told);
	profile_free(profile);
}

static void counts_that_do_not_fit(void **state)
{
	EXPECT("a 9223372036854775807\n", "a{user} 9223372036854775807\n", "");
	EXPECT("a 9223372036854775808\na 1\n", "a{user} 1\n",
	       "line 1: the count is too large; not used\n");
	EXPECT("a 99999999999999999999999999999999\na 1\n", "a{user} 1\n",
	       "line 1: the count is too large; not used\n");
	EXPECT("a 9223372036854775807\nb 1\n", "a{user} 9223372036854775807\n",
	       "line 2: all counts together are too large; not used\n");
	EXPECT("a 9223372036854775806\na 1\na 1\n", "a{user} 9223372036854775807\n",
	       "line 3: all counts together are too large; not used\n");
}

static void empty_frames_are_left_out(void **state)
{
	EXPECT("a;;b 1\n;a;b 2\na;b; 4\n;;a;;b;; 8\n", "a{user};b{user} 15\n", "");
}

static void names_say_their_kind(void **state)
{
	EXPECT("main;do_syscall_64_[k] 1\n", "main{user};do_syscall_64{kernel} 1\n", "");
	EXPECT("a_[j];b_[i];c_[k];d 1\n", "a{jit};b{inlined};c{kernel};d{user} 1\n", "");
	EXPECT("_[k];x_[x];_[k]_[j] 1\n", "_[k]{user};x_[x]{user};_[k]{jit} 1\n", "");
	EXPECT("[libz.so.1]+0x3af0;[a]+0x;[a]+0xg;]+0x1;[a]+1 1\n",
	       "[libz.so.1]+0x3af0{unnamed};[a]+0x{user};[a]+0xg{user};]+0x1{user};[a]+1{user} 1\n", "");
	EXPECT("[unknown];[libc.so.6];[a];[];[ 1\n",
	       "[unknown]{unnamed};[libc.so.6]{unnamed};[a]{unnamed};[]{unnamed};[{user} 1\n", "");
	EXPECT("[truncated];main 1\n[no stack] 2\n[idle] 3\n[incomplete: no table];f 4\n",
	       "[idle]{marker} 3\n[incomplete: no table]{marker};f{user} 4\n"
	       "[no stack]{marker} 2\n[truncated]{marker};main{user} 1\n",
	       "");
	EXPECT("f;[waits: futex];[woken by];[timer] 1\nf;[run queue];[ran instead: x] 2\n[waits: 3\n",
	       "[waits:{user} 3\nf{user};[run queue]{run queue};[ran instead: x]{marker} 2\n"
	       "f{user};[waits: futex]{waiting};[woken by]{marker};[timer]{marker} 1\n",
	       "");
	/* The same name of two kinds is two frames. */
	EXPECT("read 1\nread_[k] 2\nread 4\n", "read{kernel} 2\nread{user} 5\n", "");
}

/* Each pair of neighbours tempts the reader to keep frames of the line before. */
static void neighbours_do_not_mix(void **state)
{
	static const char *const stacks[] = {
		"a",	       "a;b",	      "a;bc",	  "ab;c",	  "a;b;c",
		"a;b;cd",      "ab",	      "a;",	  ";a",		  "a;;b",
		"a;;bc",       "a;b;",	      "a; b",	  "a b;c",	  "abcdefgh;i",
		"abcdefgh;ij", "abcdefghi;j", "abcdefgh", "abcdefgh;i;j", "abcdefgh;;i",
		"b;a",	       ";b;a",	      "b",
	};
	char text[256], wanted[512];

	for (size_t i = 0; i < ARRAY_LEN(stacks); i++) {
		for (size_t j = 0; j < ARRAY_LEN(stacks); j++) {
			char *lines[2], *rest, *name, *copy;

			for (int k = 0; k < 2; k++) {
				const char *stack = stacks[k ? j : i];
				size_t len = 0;

				/* Taken apart by strsep: empty frames left out. */
				copy = rest = strdup(stack);
				lines[k] = calloc(1, 128);
				while ((name = strsep(&rest, ";")) != NULL)
					if (*name)
						len += (size_t)sprintf(lines[k] + len, "%s%s{user}",
								       len ? ";" : "", name);
				free(copy);
			}
			snprintf(text, sizeof(text), "%s 1\n%s 2\n%s 4\n", stacks[i], stacks[j],
				 stacks[i]);
			if (!strcmp(lines[0], lines[1]))
				snprintf(wanted, sizeof(wanted), "%s 7\n", lines[0]);
			else {
				char first[160], second[160];

				snprintf(first, sizeof(first), "%s 5", lines[0]);
				snprintf(second, sizeof(second), "%s 2", lines[1]);
				snprintf(wanted, sizeof(wanted), "%s\n%s\n",
					 strcmp(first, second) < 0 ? first : second,
					 strcmp(first, second) < 0 ? second : first);
			}
			expect(text, strlen(text), wanted, "");
			free(lines[0]);
			free(lines[1]);
		}
	}
}

/* ---- hostile bytes ---- */

static void any_bytes_are_names(void **state)
{
	struct profile *profile = profile_new();
	struct told *told = told_new();
	static const char text[] = "a\0b;c\0d 1\na\0b;c\0e 2\na;\xff\xc3\x28 4\n\x1b[31m 8\n";
	char *written;

	read_into(profile, text, sizeof(text) - 1, 0, told);
	assert_int_equal(profile->nr_samples, 4);
	assert_int_equal(told->complaints.count, 0);
	assert_int_equal(profile->totals[0], 15);
	written = write_folded(profile);
	/* What is written again has no controls in it. */
	for (const char *c = written; *c; c++)
		assert_true(*c == '\n' || (unsigned char)*c >= 0x20);
	free(written);
	free(told);
	profile_free(profile);
}

static void binary_files_are_not_text(void **state)
{
	assert_false(folded_looks_like("\x7f"
				       "ELF\0\0",
				       6));
	assert_true(folded_looks_like("main 1\n", 7));
	assert_true(folded_looks_like("", 0));
}

static void long_names_and_lines(void **state)
{
	enum { LIMIT = 16 << 20 };
	static const size_t lens[] = {LIMIT - 1, LIMIT, LIMIT + 1, 20 << 20, 40 << 20};
	size_t name_len = 64 << 10, line_len = 40 << 20;
	char *text = malloc(line_len + 100);
	char *wanted = malloc(name_len + 100);

	memset(text, 'n', line_len + 100);
	memcpy(text + name_len, " 5\n", 3);
	memset(wanted, 'n', name_len);
	strcpy(wanted + name_len, "{user} 5\n");
	expect(text, name_len + 3, wanted, "");

	/* Too long, wherever the end of the buffer falls: named, and the rest used. */
	for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
		size_t len = lens[i], at = (size_t)sprintf(text, "main 1\n");
		bool fits = len <= LIMIT;
		struct profile *profile = profile_new();
		struct told *told = told_new();

		memset(text + at, 'x', len);
		memcpy(text + at + len - 2, " 1", 2);
		at += len;
		at += (size_t)sprintf(text + at, "\nmain 2\nbad\n");
		read_into(profile, text, at, 4096, told);
		assert_int_equal(profile->totals[0], fits ? 4 : 3);
		assert_string_equal(told->lines, fits ? "line 4" NO_COUNT
						      : "line 2: longer than 16 MiB; not used\n"
							"line 4" NO_COUNT);
		free(told);
		profile_free(profile);
	}
	/* Without an end. */
	memset(text, 'x', line_len);
	expect(text, line_len, "", "line 1: longer than 16 MiB; not used\n");
	free(wanted);
	free(text);
}

static void unreadable_descriptors_are_errors(void **state)
{
	struct profile *profile = profile_new();
	struct told *told = told_new();
	int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_int_equal(folded_read(fd, "main 1\n", 7, profile, &told->complaints), -EISDIR);
	close(fd);
	assert_int_equal(file_read("/", NULL, profile, &told->complaints), -EISDIR);
	assert_int_equal(file_read("/no/such/file", NULL, profile, &told->complaints), -ENOENT);
	assert_int_equal(file_read("/proc/self/exe", NULL, profile, &told->complaints), -EINVAL);
	free(told);
	profile_free(profile);
}

/* ---- properties ---- */

struct piecewise {
	int fd;
	const char *text;
	size_t len;
	uint64_t random;
};

static void *write_pieces(void *data)
{
	struct piecewise *work = data;

	while (work->len) {
		size_t piece = 1 + random_below(&work->random, 7);
		ssize_t put = write(work->fd, work->text, piece < work->len ? piece : work->len);

		if (put <= 0)
			break;
		work->text += put;
		work->len -= (size_t)put;
	}
	close(work->fd);
	return NULL;
}

static char *dump_of_pipe(const char *text, uint64_t seed)
{
	struct piecewise work = {.text = text, .len = strlen(text), .random = seed};
	struct profile *profile = profile_new();
	struct told *told = told_new();
	pthread_t writer;
	char path[32];
	char *result;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	work.fd = ends[1];
	snprintf(path, sizeof(path), "/dev/fd/%d", ends[0]);
	assert_int_equal(pthread_create(&writer, NULL, write_pieces, &work), 0);
	assert_int_equal(file_read(path, NULL, profile, &told->complaints), 0);
	pthread_join(writer, NULL);
	close(ends[0]);
	assert_int_equal(told->complaints.count, 0);
	result = dump(profile, false);
	profile_free(profile);
	free(told);
	return result;
}

static char *dump_of(const char *text)
{
	struct profile *profile = profile_new();
	struct told *told = told_new();
	char *result;

	read_into(profile, text, strlen(text), 0, told);
	assert_int_equal(told->complaints.count, 0);
	result = dump(profile, false);
	free(told);
	profile_free(profile);
	return result;
}

static char *written_again(const char *text)
{
	struct profile *profile = profile_new();
	struct told *told = told_new();
	char *result;

	read_into(profile, text, strlen(text), 0, told);
	result = write_folded(profile);
	free(told);
	profile_free(profile);
	return result;
}

#define ROUND_LINES 60

/* Lines of random stacks, each distinct, in the order of `order`. */
static char *random_lines(uint64_t seed, const uint32_t *order)
{
	static const char *const names[] = {"main",
					    "a",
					    "ab",
					    "a b",
					    "read_[k]",
					    "read",
					    "f<int>(a, b)_[i]",
					    "[unknown]",
					    "\xc3\xa9t\xc3\xa9",
					    "lambda_1_[j]",
					    "#x",
					    "1",
					    "abcdefghijklmnop",
					    "[truncated]"};
	static char lines[ROUND_LINES][256];
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	for (uint32_t i = 0; i < ROUND_LINES; i++) {
		uint32_t depth = 1 + random_below(&seed, 6);
		size_t at = 0;

		for (uint32_t f = 0; f < depth; f++)
			at += (size_t)sprintf(lines[i] + at, "%s%s", f ? ";" : "",
					      names[random_below(&seed, ARRAY_LEN(names))]);
		sprintf(lines[i] + at, ";leaf%u %u", i, 1 + random_below(&seed, 100));
	}
	for (uint32_t i = 0; i < ROUND_LINES; i++)
		fprintf(out, "%s\n", lines[order[i]]);
	fclose(out);
	return text;
}

static void written_stacks_are_read_back(void **state)
{
	uint32_t order[ROUND_LINES];
	uint64_t random = 77;

	for (uint64_t round = 1; round <= 40; round++) {
		char *text[2], *dumps[4], *again;

		for (int k = 0; k < 2; k++) {
			random_order(&random, order, ROUND_LINES);
			text[k] = random_lines(round, order);
			dumps[k] = dump_of(text[k]);
		}
		again = written_again(text[0]);
		dumps[2] = dump_of(again);
		dumps[3] = dump_of_pipe(text[1], round);
		for (int k = 1; k < 4; k++) {
			assert_string_equal(dumps[k], dumps[0]);
			free(dumps[k]);
		}
		/* And what was written is the same text when it is written again. */
		free(dumps[0]);
		dumps[0] = written_again(again);
		assert_string_equal(dumps[0], again);
		free(dumps[0]);
		free(again);
		free(text[0]);
		free(text[1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_lines),
		cmocka_unit_test(comments_are_no_stacks),
		cmocka_unit_test(bad_lines_are_named_by_number),
		cmocka_unit_test(fractions_add_up),
		cmocka_unit_test(blanks_of_any_kind),
		cmocka_unit_test(comparisons_are_refused),
		cmocka_unit_test(many_bad_lines_are_counted),
		cmocka_unit_test(counts_that_do_not_fit),
		cmocka_unit_test(empty_frames_are_left_out),
		cmocka_unit_test(names_say_their_kind),
		cmocka_unit_test(neighbours_do_not_mix),
		cmocka_unit_test(any_bytes_are_names),
		cmocka_unit_test(binary_files_are_not_text),
		cmocka_unit_test(long_names_and_lines),
		cmocka_unit_test(unreadable_descriptors_are_errors),
		cmocka_unit_test(written_stacks_are_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
