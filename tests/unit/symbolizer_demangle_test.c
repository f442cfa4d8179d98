// SPDX-License-Identifier: GPL-2.0-or-later
/* Demangled names: as expected, as c++filt says, and within bounds. */
#include "tests/unit/symbolizer_fixture.h"

#include <time.h>

#include "profiler/model/alloc.h"
#include "symbolizer/demangle.h"
#include "symbolizer/frame_store.h"
#include "symbolizer/symbol_name.h"

static const struct {
	const char *mangled, *shown;
} names[] = {
	/* overloads and lambdas stay apart */
	{"_ZN3app3runEi", "app::run(int)"},
	{"_ZN3app3runEd", "app::run(double)"},
	{"_ZZN3app3runEvENKUlvE_clEv", "app::run()::{lambda()#1}::operator()() const"},
	{"_ZZN3app3runEvENKUlvE0_clEv", "app::run()::{lambda()#2}::operator()() const"},
	{"_ZNSt6vectorIiSaIiEE9push_backERKi",
	 "std::vector<int, std::allocator<int> >::push_back(int const&)"},
	{"_ZN1aC2Ev", "a::a()"},
	{"_ZThn8_N1a1bEv", "non-virtual thunk to a::b()"},
	/* copies the compiler made */
	{"_ZN3app3runEi.isra.0", "app::run(int) [clone .isra.0]"},
	{"_ZN3app3runEi.cold", "app::run(int) [clone .cold]"},
	/* Rust, legacy: the hash goes, it is no part of the name */
	{"_ZN4core3fmt9Formatter3pad17h0123456789abcdefE", "core::fmt::Formatter::pad"},
	{"_ZN71_$LT$Test$u20$$u2b$$u20$$u27$static$u20$as$u20$foo..Bar$LT$Test$GT$$GT$3bar"
	 "17h930b740aa94f1d3aE",
	 "<Test + 'static as foo::Bar<Test>>::bar"},
	/* Rust, v0 */
	{"_RNvC6_123foo3bar", "123foo::bar"},
	{"_RNCNCNgCs6DXkGYLi8lr_2cc5spawn00B5_", "cc::spawn::{closure#0}::{closure#0}"},
	/* not mangled, or not well */
	{"main", "main"},
	{"_start", "_start"},
	{"_Z", "_Z"},
	{"_ZN", "_ZN"},
	{"_R", "_R"},
	{"_ZNotReally", "_ZNotReally"},
	{"_GLOBAL__sub_I_main", "_GLOBAL__sub_I_main"},
	{"memcpy", "memcpy"},
	{"i", "i"},
	{"", ""},
};

static void names_are_shown_as_people_write_them(void **state)
{
	struct frame_store store;
	const char *shown;

	assert_int_equal(frame_store_init(&store, DEMANGLE_FULL), 0);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *mangled = names[i].mangled;

		/* Twice: the second time from memory. */
		for (size_t k = 0; k < 2; k++) {
			assert_int_equal(
				frame_store_name(&store, mangled, strlen(mangled), "", &shown), 0);
			assert_string_equal(shown, names[i].shown);
		}
	}
	assert_int_equal(frame_store_name(&store, "_ZN1a1bEv", 9, "@plt", &shown), 0);
	assert_string_equal(shown, "a::b()@plt");
	frame_store_fini(&store);
}

static void names_stay_when_that_is_wanted(void **state)
{
	struct frame_store store;
	const char *shown;

	assert_int_equal(frame_store_init(&store, DEMANGLE_NONE), 0);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *mangled = names[i].mangled;

		assert_int_equal(frame_store_name(&store, mangled, strlen(mangled), "", &shown), 0);
		assert_string_equal(shown, mangled);
	}
	frame_store_fini(&store);
}

/* All the C++ names of a library, against c++filt. */
static void real_names_agree_with_cxxfilt(void **state)
{
	static const char *const libraries[] = {"/lib/x86_64-linux-gnu/libstdc++.so.6",
						"/lib64/libstdc++.so.6",
						"/lib/aarch64-linux-gnu/libstdc++.so.6"};
	static char mangled[65536], wanted[65536];
	struct text text = {0};
	FILE *names_file, *filtered;
	const char *library = NULL;
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_LEN(libraries) && !library; i++)
		if (!access(libraries[i], R_OK))
			library = libraries[i];
	if (!library)
		skip();
	run("nm -D --defined-only %s | awk '{ sub(/@.*/, \"\", $3); print $3 }' > names && "
	    "c++filt --no-verbose < names > filtered",
	    library);
	names_file = fopen(in_dir("names"), "r");
	filtered = fopen(in_dir("filtered"), "r");
	while (fgets(mangled, sizeof(mangled), names_file) &&
	       fgets(wanted, sizeof(wanted), filtered)) {
		mangled[strcspn(mangled, "\n")] = wanted[strcspn(wanted, "\n")] = '\0';
		if (demangle(mangled, &text) == 1)
			assert_string_equal(text.bytes, wanted);
		else
			assert_string_equal(mangled, wanted);
		count++;
	}
	fclose(names_file);
	fclose(filtered);
	text_fini(&text);
	assert_true(count > 1000);
}

/* ---- bounds ---------------------------------------------------------------------------------- */

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A function with `depth` arguments, each a template of the one before, twice: 2^depth words. */
static void exploding_names_are_left_alone(void **state)
{
	struct text name = {0}, out = {0};
	double started = seconds();
	char piece[64];

	for (int depth = 4; depth <= 60; depth += 4) {
		text_clear(&name);
		text_append_z(&name, "_Z1f1AI1BS0_E");
		for (int i = 1; i < depth; i++) {
			/* The type written last is substitution i + 1 (the first has no number). */
			static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
			char last[4] = {digits[(i < 36 ? i : i - 36) % 36]};
			char number[8];

			snprintf(number, sizeof(number), "%s%s", i < 36 ? "" : "1", last);
			snprintf(piece, sizeof(piece), "S_IS%s_S%s_E", number, number);
			text_append_z(&name, piece);
		}
		/* Depth 12 is 53,000 bytes, depth 13 twice as many. */
		assert_int_equal(demangle(name.bytes, &out), depth <= 12);
	}
	/* 2^60 words would take years. */
	assert_true(seconds() - started < 5);
	text_fini(&name);
	text_fini(&out);
}

/* Templates make names of thousands of bytes; they are still names. */
static void long_names_are_shown(void **state)
{
	struct text name = {0}, out = {0};

	text_append_z(&name, "_Z1f");
	for (size_t i = 0; i < 500; i++)
		text_append_z(&name, "1AI1BE");
	assert_int_equal(demangle(name.bytes, &out), 1);
	assert_int_equal(out.len, strlen("f()") + 500 * strlen("A<B>, ") - strlen(", "));
	assert_int_equal(strncmp(out.bytes, "f(A<B>, A<B>, ", 14), 0);
	text_fini(&name);
	text_fini(&out);
}

static void deep_and_long_names_are_left_alone(void **state)
{
	static const char *const repeated[] = {"P", "N1a", "1aI", "K", "U",
					       "F", "S_",  "L",	  "X", "St"};
	struct text name = {0}, out = {0};

	for (size_t i = 0; i < ARRAY_LEN(repeated); i++) {
		for (size_t len = 100; len <= 1000000; len *= 10) {
			text_clear(&name);
			text_append_z(&name, "_Z1f");
			while (name.len < len)
				text_append_z(&name, repeated[i]);
			demangle(name.bytes, &out);
			name.bytes[1] = 'R';
			demangle(name.bytes, &out);
		}
	}
	text_fini(&name);
	text_fini(&out);
}

/* Random changes to real names: no crash, no endless run, under sanitizers. */
static void damaged_names_do_no_harm(void **state)
{
	struct text out = {0};
	uint32_t random = 1;
	char name[256];

	for (size_t round = 0; round < 20000; round++) {
		const char *mangled = names[round % ARRAY_LEN(names)].mangled;
		size_t len = strlen(mangled);

		strcpy(name, mangled);
		for (size_t i = 0; i < 3 && len > 2; i++) {
			random = random * 1664525 + 1013904223;
			name[2 + (random >> 8) % (len - 2)] = (char)(random >> 24 & 0x7f);
		}
		demangle(name, &out);
	}
	text_fini(&out);
}

/* ---- the better of two names ----------------------------------------------------------------- */

static void better_names(void **state)
{
	/* In each row the first is the better one. */
	static const struct {
		struct symbol_name better, worse;
	} rows[] = {
		{{"write", 5, RANK_WEAK}, {"__write", 7, RANK_GLOBAL}},
		{{"__write", 7, RANK_GLOBAL}, {"write", 5, RANK_LOCAL}},
		{{"b", 1, RANK_GLOBAL}, {"a", 1, RANK_WEAK}},
		{{"memcpy", 6, RANK_GLOBAL}, {"memcpy@V1", 9, RANK_GLOBAL}},
		{{"open", 4, RANK_WEAK}, {"open64", 6, RANK_WEAK}},
		{{"aa", 2, RANK_WEAK}, {"ab", 2, RANK_WEAK}},
		{{"_ZN1aEv", 7, RANK_WEAK}, {"_a", 2, RANK_WEAK}},
		{{"puts", 4, RANK_WEAK}, {"_IO_puts", 8, RANK_GLOBAL}},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_true(symbol_name_better(&rows[i].better, &rows[i].worse));
		assert_false(symbol_name_better(&rows[i].worse, &rows[i].better));
		assert_false(symbol_name_better(&rows[i].better, &rows[i].better));
	}
	assert_int_equal(symbol_name_len("memcpy@@V2", 10), 6);
	assert_int_equal(symbol_name_len("memcpy@V1", 9), 9);
	assert_int_equal(symbol_name_len("@@", 2), 2);
	assert_int_equal(symbol_name_len("a@", 2), 2);
}

/* In either style; where several names are shown alike, none is that of the linker. */
static void names_of_the_linker_are_known(void **state)
{
	static const enum demangle_style styles[] = {DEMANGLE_FULL, DEMANGLE_SHORT, DEMANGLE_NONE};

	for (size_t i = 0; i < ARRAY_LEN(styles); i++) {
		bool mangled = styles[i] == DEMANGLE_NONE;
		struct frame_store store;
		const char *run, *plain, *first, *second;

		assert_int_equal(frame_store_init(&store, styles[i]), 0);
		assert_int_equal(frame_store_name(&store, "_ZN3app3runEi", 13, "", &run), 0);
		assert_int_equal(frame_store_name(&store, "main", 4, "", &plain), 0);
		/* Two constructors of one class. */
		assert_int_equal(frame_store_name(&store, "_ZN1AC1Ev", 9, "", &first), 0);
		assert_int_equal(frame_store_name(&store, "_ZN1AC2Ev", 9, "", &second), 0);
		assert_int_equal(frame_store_name(&store, "_ZN3app3runEi", 13, "", &run), 0);
		if (mangled)
			assert_null(frame_store_linked(&store, run));
		else
			assert_string_equal(frame_store_linked(&store, run), "_ZN3app3runEi");
		assert_null(frame_store_linked(&store, plain));
		assert_null(frame_store_linked(&store, first));
		assert_true(mangled || first == second);
		frame_store_fini(&store);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_shown_as_people_write_them),
		cmocka_unit_test(names_stay_when_that_is_wanted),
		cmocka_unit_test(real_names_agree_with_cxxfilt),
		cmocka_unit_test(exploding_names_are_left_alone),
		cmocka_unit_test(long_names_are_shown),
		cmocka_unit_test(deep_and_long_names_are_left_alone),
		cmocka_unit_test(damaged_names_do_no_harm),
		cmocka_unit_test(better_names),
		cmocka_unit_test(names_of_the_linker_are_known),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
