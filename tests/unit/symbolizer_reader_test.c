// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sources that are read in a confined process say what they say without; a process that crashes,
 * ends early, or says what makes no sense costs the names of that source and no other's.
 */
#include "tests/unit/symbolizer_fixture.h"

#include <signal.h>
#include <sys/auxv.h>

#include "profiler/model/alloc.h"
#include "symbolizer/door.h"
#include "symbolizer/reader.h"
#include "symbolizer/reader_talk.h"

static const char source_code[] =
	"#include <algorithm>\n#include <map>\n#include <string>\n#include <vector>\n"
	"template <typename T> struct square { T side; T area() const { return side * side; } };\n"
	"unsigned total(std::vector<square<double>> &all)\n"
	"{\n\tstd::sort(all.begin(), all.end(), [](const auto &a, const auto &b) {\n"
	"\t\treturn a.area() < b.area(); });\n"
	"\tdouble sum = 0;\n\tfor (auto &one : all)\n\t\tsum += one.area();\n\treturn sum;\n}\n"
	"int main(int c, char **v)\n"
	"{\n\tstd::vector<square<double>> all;\n\tstd::map<std::string, int> seen;\n"
	"\tfor (int i = 0; i < c * 100; i++) {\n\t\tall.push_back({double(i)});\n"
	"\t\tseen[std::to_string(i)]++;\n\t}\n\treturn total(all) + seen.size();\n}\n";

/* ---- the same names -------------------------------------------------------------------------- */

static struct symbolizer *new_confined(bool confine, enum demangle_style demangle, bool cache)
{
	struct symbolizer_options options = {
		.demangle = demangle,
		.lines = true,
		.debug_root = in_dir("debug"),
		.confine = confine,
		.cache = cache,
		.cache_path = cache ? in_dir("cache") : NULL,
	};
	struct symbolizer *symbolizer = symbolizer_new(&options);

	assert_non_null(symbolizer);
	return symbolizer;
}

static void print_symbol(FILE *out, struct symbolizer *symbolizer, const struct symbol *symbol)
{
	for (size_t f = 0; f < symbol->count; f++) {
		const struct symbol_frame *frame = &symbol->frames[f];
		const char *linked =
			frame->function ? symbolizer_linked(symbolizer, frame->function) : NULL;

		fprintf(out, "%s (%s) %s %s:%u %lx %lx %u %u;",
			frame->function ? symbolizer_shown(symbolizer, frame->function) : "-",
			linked ? linked : "-", frame->module ? frame->module : "-",
			frame->file ? frame->file : "-", frame->line, frame->start,
			frame->unnamed_addr, frame->kind, frame->reason);
	}
	fputc('\n', out);
}

/* What is said of the addresses of a source, its notices and build id, as text; freed by the caller. */
static char *text_of(struct symbolizer *symbolizer, int source, const uint64_t *addrs,
		     const uint32_t *moments, size_t count)
{
	struct symbol *symbols = calloc(count + 1, sizeof(*symbols));
	uint8_t id[64];
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_int_equal(symbolizer_resolve_at(symbolizer, source, addrs, moments, count, symbols),
			 0);
	for (size_t i = 0; i < count; i++)
		print_symbol(out, symbolizer, &symbols[i]);
	fprintf(out, "%s", notices_of(symbolizer));
	len = (size_t)symbolizer_build_id(symbolizer, source, id, sizeof(id));
	for (size_t i = 0; i < len && len <= sizeof(id); i++)
		fprintf(out, "%02x", id[i]);
	fclose(out);
	free(symbols);
	symbolizer_free(symbolizer);
	return text;
}

static char *names_of_file(const char *file, bool confine, enum demangle_style demangle, bool cache,
			   size_t step)
{
	struct symbolizer *symbolizer = new_confined(confine, demangle, cache);
	uint64_t text_addr, off, len, *offs;
	size_t count = 0;
	char *text;

	find_text(file, &text_addr, &off, &len);
	offs = calloc(len / step + 2, sizeof(*offs));
	for (uint64_t at = 0; at < len; at += step)
		offs[count++] = off + at;
	text = text_of(symbolizer, add_path(symbolizer, file), offs, NULL, count);
	free(offs);
	return text;
}

static void assert_same(char *a, char *b)
{
	assert_true(strlen(a) > 40);
	assert_string_equal(a, b);
	free(a);
	free(b);
}

static void names_are_the_same(void **state)
{
	(void)state;
	for (int demangle = DEMANGLE_FULL; demangle <= DEMANGLE_NONE; demangle++) {
		assert_same(names_of_file("prog", false, (enum demangle_style)demangle, false, 3),
			    names_of_file("prog", true, (enum demangle_style)demangle, false, 3));
		assert_same(names_of_file("bare", false, (enum demangle_style)demangle, false, 3),
			    names_of_file("bare", true, (enum demangle_style)demangle, false, 3));
	}
}

static void debug_file_comes_through_the_door(void **state)
{
	char *text = names_of_file("cut", true, DEMANGLE_FULL, false, 3);

	(void)state;
	assert_non_null(strstr(text, "prog.cc:"));
	assert_same(names_of_file("cut", false, DEMANGLE_FULL, false, 3), text);
}

/* What one way keeps the other one uses: more of it, less of it, and all. */
static void cache_is_the_same(void **state)
{
	char *first = names_of_file("prog", true, DEMANGLE_SHORT, true, 64);

	(void)state;
	assert_same(names_of_file("prog", false, DEMANGLE_SHORT, false, 64), first);
	assert_same(names_of_file("prog", false, DEMANGLE_SHORT, false, 5),
		    names_of_file("prog", true, DEMANGLE_SHORT, true, 5));
	assert_same(names_of_file("prog", false, DEMANGLE_SHORT, false, 5),
		    names_of_file("prog", false, DEMANGLE_SHORT, true, 5));
	assert_same(names_of_file("prog", false, DEMANGLE_SHORT, false, 5),
		    names_of_file("prog", true, DEMANGLE_SHORT, true, 5));
	run("[ $(ls cache | wc -l) = 1 ]");
}

static char *names_of_kernel(bool confine)
{
	struct symbolizer *symbolizer = new_confined(confine, DEMANGLE_FULL, false);
	uint64_t addrs[1000], addr;
	char line[256], type;
	size_t count = 0;
	FILE *file = fopen("/proc/kallsyms", "re");

	while (file && count < ARRAY_LEN(addrs) && fgets(line, sizeof(line), file))
		if (sscanf(line, "%lx %c", &addr, &type) == 2 && (type | 32) == 't')
			addrs[count++] = addr + 1;
	if (file)
		fclose(file);
	return text_of(symbolizer, symbolizer_add_kernel(symbolizer), addrs, NULL, count);
}

static void kernel_is_the_same(void **state)
{
	(void)state;
	assert_same(names_of_kernel(false), names_of_kernel(true));
}

static char *names_of_jit(bool confine)
{
	static const char map[] = "1000 100 first\n1000 100 second\nodd\n2000 10 third\n";
	const struct symbol_jit_moment moments[] = {{10, 15}, {20, sizeof(map) - 1}};
	const uint64_t addrs[] = {0x1000, 0x1000, 0x1080, 0x1fff, 0x2000, 0x1001};
	const uint32_t seen[] = {0, 1, 0, 1, 1, 1};
	struct symbolizer *symbolizer = new_confined(confine, DEMANGLE_FULL, false);
	struct symbol_jit jit = {.pid = 7, .dump_fd = -1, .moments = moments, .nr_moments = 2};
	char *text;

	write_file("map", map);
	jit.map_fd = open(in_dir("map"), O_RDONLY | O_CLOEXEC);
	text = text_of(symbolizer, symbolizer_add_jit(symbolizer, &jit), addrs, seen,
		       ARRAY_LEN(addrs));
	close(jit.map_fd);
	return text;
}

static void generated_code_is_the_same(void **state)
{
	char *text = names_of_jit(true);

	(void)state;
	assert_non_null(strstr(text, "first"));
	assert_non_null(strstr(text, "second"));
	assert_non_null(strstr(text, "malformed"));
	assert_same(names_of_jit(false), text);
}

/* ---- processes that do not do what they should ----------------------------------------------- */

enum fault {
	GOOD,
	CRASH,
	END_EARLY,
	NO_MEMORY,
	SAY_NOTHING_KNOWN,
	ANSWER_UNASKED,
	ANSWER_TOO_MANY,
	ANSWER_NONSENSE,
	ANSWER_OTHERS,
	OPEN_NO_PLACE,
	OPEN_OTHER_FILE,
	CRASH_HALF_WAY,
	BAD_REASON,
	OTHERS_KEY,
	FAULTS
};

struct faulty {
	struct source base;
	enum fault fault;
	int fd; /* of what it is about; -1 */
};

static void say(const struct faulty *faulty, uint32_t type, const void *bytes, size_t len)
{
	channel_send(faulty->base.door->channel, type, bytes, len, -1);
}

static void lie(const struct faulty *faulty)
{
	struct reader_part many = {0, 1000}, none = {0, 1};
	struct reader_loaded loaded = {.reason = 1000};
	char bytes[64] = "";

	switch (faulty->fault) {
	case SAY_NOTHING_KNOWN:
		say(faulty, 99, bytes, sizeof(bytes));
		break;
	case ANSWER_UNASKED:
		say(faulty, READER_ANSWERS, &none, sizeof(none));
		break;
	case BAD_REASON:
		say(faulty, READER_LOADED, &loaded, sizeof(loaded));
		break;
	case OTHERS_KEY:
		loaded = (struct reader_loaded){.has_key = 1, .key.file.inode = 1};
		say(faulty, READER_LOADED, &loaded, sizeof(loaded));
		break;
	case OPEN_NO_PLACE:
		door_open(faulty->base.door, (enum place)77, "/bin/sh");
		break;
	case ANSWER_TOO_MANY:
		say(faulty, READER_ANSWERS, &many, sizeof(many));
		break;
	case ANSWER_NONSENSE:
		memcpy(bytes, &none, sizeof(none));
		say(faulty, READER_ANSWERS, bytes, sizeof(bytes));
		break;
	default:
		break;
	}
}

static void crash(void)
{
	signal(SIGSEGV, SIG_DFL); /* not the sanitizers' */
	*(volatile char *)8 = 0;
}

static int load_faulty(struct source *base)
{
	struct faulty *faulty = (struct faulty *)base;

	if (faulty->fault == CRASH)
		crash();
	if (faulty->fault == END_EARLY)
		_exit(0);
	if (faulty->fault == NO_MEMORY)
		return -ENOMEM;
	if (faulty->fault == OPEN_OTHER_FILE &&
	    door_open(base->door, PLACE_HOST, "/etc/passwd") != -EPERM)
		return source_tell(base, "it got the file");
	if (faulty->fault == ANSWER_UNASKED || faulty->fault == SAY_NOTHING_KNOWN ||
	    faulty->fault == BAD_REASON || faulty->fault == OTHERS_KEY ||
	    faulty->fault == OPEN_NO_PLACE)
		lie(faulty);
	return 0;
}

static int fill_faulty(struct source *base)
{
	lie((struct faulty *)base);
	return 0;
}

static int lookup_faulty(struct source *base, uint64_t addr, struct answer *ret)
{
	const struct faulty *faulty = (struct faulty *)base;
	struct symbol_frame frame = {.kind = FRAME_USER, .start = 1};

	if (faulty->fault == CRASH_HALF_WAY && addr == 10000)
		crash();
	ret->first = ret->last = faulty->fault == ANSWER_OTHERS ? addr + 1 : addr;
	if (frame_store_text(base->store, "named", 5, &frame.function))
		return -ENOMEM;
	return frame_store_add(base->store, &frame, 1, &ret->symbol);
}

static void needs_of_faulty(const struct source *base, struct source_needs *ret)
{
	*ret = (struct source_needs){
		.fds = {((const struct faulty *)base)->fd, -1},
		.files = true,
		.places.root_fd = -1,
		.name = "it",
	};
}

static const struct source_ops faulty_ops = {
	.load = load_faulty,
	.fill = fill_faulty,
	.needs = needs_of_faulty,
	.lookup = lookup_faulty,
};

/* Asks a faulty source for 10,001 addresses; how many are named. *ret_notice: until the next call. */
static size_t named_by(enum fault fault, const char **ret_notice)
{
	static char notice[1024];
	static uint64_t addrs[10001];
	static struct symbol symbols[ARRAY_LEN(addrs)];
	struct reader_question question = {
		.addrs = addrs, .count = ARRAY_LEN(addrs), .symbols = symbols, .cache_folder = -1};
	struct symbolizer_options options = {0};
	struct frame_store store;
	struct faulty faulty = {
		.base = {.ops = &faulty_ops, .store = &store, .options = &options},
		.fault = fault,
		.fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC),
	};
	size_t named = 0;

	assert_int_equal(frame_store_init(&store, DEMANGLE_NONE), 0);
	memset(symbols, 0, sizeof(symbols));
	for (size_t i = 0; i < ARRAY_LEN(addrs); i++)
		addrs[i] = i;
	question.source = &faulty.base;
	assert_int_equal(readers_resolve(&question, 1), 0);
	for (size_t i = 0; i < ARRAY_LEN(addrs); i++) {
		assert_int_equal(symbols[i].count, 1);
		named += symbols[i].frames->function != NULL;
		if (!symbols[i].frames->function)
			assert_int_equal(symbols[i].frames->reason, SYMBOL_READER_ENDED);
	}
	assert_true(faulty.base.nr_notices <= 1);
	snprintf(notice, sizeof(notice), "%s",
		 faulty.base.nr_notices ? faulty.base.notices[0] : "");
	*ret_notice = notice;
	frame_store_fini(&store);
	close(faulty.fd);
	return named;
}

static void faults_cost_the_names_of_one(void **state)
{
	static const char *const whys[FAULTS] = {
		[CRASH] = "signal 11 (Segmentation fault)",
		[CRASH_HALF_WAY] = "signal 11 (Segmentation fault)",
		[END_EARLY] = "it ended too early",
		[NO_MEMORY] = "it ran out of memory",
	};
	char expected[256];
	const char *notice;

	(void)state;
	for (int fault = 0; fault < FAULTS; fault++) {
		size_t named = named_by((enum fault)fault, &notice);

		if (fault == GOOD || fault == OPEN_OTHER_FILE) {
			assert_int_equal(named, 10001);
			assert_string_equal(notice, fault == GOOD
							    ? ""
							    : "debug file /etc/passwd of it is not "
							      "used: not an ELF file");
			continue;
		}
		/* What was said before stays. */
		assert_int_equal(named, fault == CRASH_HALF_WAY ? 8192 : 0);
		snprintf(expected, sizeof(expected),
			 "it: names are missing: the process that read it was ended: %s",
			 whys[fault] ? whys[fault] : "what it said made no sense");
		if (strncmp(notice, expected, strlen(expected)))
			fail_msg("fault %d: %s", fault, notice);
	}
}

static int make_programs(void **state)
{
	if (fixture_setup(state))
		return -1;
	write_file("prog.cc", source_code);
	run("g++ -O2 -g -o prog prog.cc && strip -o bare prog && mkdir debug");
	/* One whose debug information is beside it, as packages have it. */
	run("cp prog cut && objcopy --only-keep-debug cut debug/cut.debug && strip cut && "
	    "objcopy --add-gnu-debuglink=debug/cut.debug cut && mkdir -p debug$PWD && "
	    "mv debug/cut.debug debug$PWD/");
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_the_same),
		cmocka_unit_test(debug_file_comes_through_the_door),
		cmocka_unit_test(cache_is_the_same),
		cmocka_unit_test(kernel_is_the_same),
		cmocka_unit_test(generated_code_is_the_same),
		cmocka_unit_test(faults_cost_the_names_of_one),
	};

	return cmocka_run_group_tests(tests, make_programs, fixture_teardown);
}
