// SPDX-License-Identifier: GPL-2.0-or-later
/* Short names: what they drop, and that they never make one of two functions. */
#include "tests/unit/symbolizer_fixture.h"

#include "profiler/model/alloc.h"
#include "symbolizer/demangle.h"
#include "symbolizer/frame_store.h"
#include "symbolizer/short_name.h"
#include "tests/unit/unit.h"

/* What is shown of names that meet nobody else. */
static const struct {
	const char *mangled, *shown;
} names[] = {
	{"_ZN3app3runEi", "app::run"},
	{"_ZNSt6vectorIiSaIiEE9push_backERKi", "std::vector<>::push_back"},
	{"_ZNK1a1bEv", "a::b"},
	{"_ZNKR12_GLOBAL__N_14anon2goEi", "(anonymous namespace)::anon::go"},
	{"_ZN1aC2Ev", "a::a"},
	{"_ZThn8_N1a1bEv", "non-virtual thunk to a::b"},
	/* lambdas keep their numbers, and those of the functions that they are in */
	{"_ZZN3app3runEvENKUlvE_clEv", "app::run::{lambda#1}::operator()"},
	{"_ZZN3app3runEvENKUlvE0_clEv", "app::run::{lambda#2}::operator()"},
	{"_ZZNK3app1SclEdENKUliE_clEi", "app::S::operator()::{lambda#1}::operator()"},
	/* operators are no brackets */
	{"_ZNK3app1SltERKS0_", "app::S::operator<"},
	{"_ZN3app1SlsIiEEbT_", "app::S::operator<< <>"},
	{"_ZN3app1SptEv", "app::S::operator->"},
	{"_ZN3app1ScvSt6vectorIiSaIiEEEv", "app::S::operator std::vector<>"},
	/* what is returned goes with the arguments */
	{"_ZN3app5twiceIiEET_S1_", "app::twice<>"},
	{"_ZN3app4makeB5cxx11Ev", "app::make[abi:cxx11]"},
	/* copies and pieces of functions */
	{"_ZN3app4copyEi.isra.0", "app::copy"},
	{"_ZN3app4piecEi.part.0.constprop.1.cold", "app::piec"},
	{"copy.isra.0", "copy"},
	{"copy.lto_priv.3.llvm.8123", "copy"},
	{"loop.cold.7", "loop"},
	/* not those */
	{"f.isra", "f.isra"},
	{"f.7", "f.7"},
	{"f.other.7", "f.other.7"},
	{".cold", ".cold"},
	/* Rust */
	{"_ZN4core3fmt9Formatter3pad17h0123456789abcdefE", "core::fmt::Formatter::pad"},
	{"_ZN71_$LT$Test$u20$$u2b$$u20$$u27$static$u20$as$u20$foo..Bar$LT$Test$GT$$GT$3bar"
	 "17h930b740aa94f1d3aE",
	 "<Test + 'static as foo::Bar<>>::bar"},
	{"_RNCNCNgCs6DXkGYLi8lr_2cc5spawn00B5_", "cc::spawn::{closure#0}::{closure#0}"},
	{"_RINvNtC3std3mem8align_ofdE", "std::mem::align_of::<>"},
	/* D */
	{"_D3app3run4callFiZv", "app.run.call"},
	{"_D8demangle11__T4testTiZ4testFiZv", "demangle.test!().test"},
	{"_D8demangle4testMxFiZv", "demangle.test"},
	{"main", "main"},
	{"_ZNotReally", "_ZNotReally"},
};

static const char *name_of(struct frame_store *store, const char *raw)
{
	const char *name;

	assert_int_equal(frame_store_name(store, raw, strlen(raw), "", &name), 0);
	return name;
}

static void short_names_drop_what_they_say(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct frame_store store;
		const char *name;

		assert_int_equal(frame_store_init(&store, DEMANGLE_SHORT), 0);
		name = name_of(&store, names[i].mangled);
		assert_string_equal(frame_store_shown(&store, name), names[i].shown);
		frame_store_fini(&store);
	}
}

/* Functions that would be called the same, in the order in which they are met, and what is shown. */
static const struct {
	const char *mangled[3], *shown[3];
} rivals[] = {
	{{"_ZN3app3runEi", "_ZN3app3runEd"}, {"app::run(int)", "app::run(double)"}},
	{{"_ZN3app3runEi", "_ZNK3app3runEi", "_ZN3app4stopEi"},
	 {"app::run(int)", "app::run(int) const", "app::stop"}},
	{{"_Z3runi", "run"}, {"run(int)", "run"}},
	/* lambdas of two overloads */
	{{"_ZZN3app3runEiENKUlvE_clEv", "_ZZN3app3runEdENKUlvE_clEv"},
	 {"app::run(int)::{lambda()#1}::operator()() const",
	  "app::run(double)::{lambda()#1}::operator()() const"}},
	/* two lambdas of one function need nothing */
	{{"_ZZN3app3runEvENKUlvE_clEv", "_ZZN3app3runEvENKUlvE0_clEv"},
	 {"app::run::{lambda#1}::operator()", "app::run::{lambda#2}::operator()"}},
	/* arguments that differ in the contents of a template only are overloads, too */
	{{"_Z1fSt6vectorIiSaIiEE", "_Z1fSt6vectorIdSaIdEE"},
	 {"f(std::vector<int, std::allocator<int> >)",
	  "f(std::vector<double, std::allocator<double> >)"}},
	/* instances of one template with the same arguments are one, as are copies */
	{{"_Z1gIiEvv", "_Z1gIdEvv"}, {"g<>", "g<>"}},
	{{"_ZN3app3runEi.isra.0", "_ZN3app3runEi"}, {"app::run", "app::run"}},
	/* implementations of a trait for several types */
	{{"_ZN36_$LT$A$u20$as$u20$From$LT$u8$GT$$GT$4from17h0123456789abcdefE",
	  "_ZN36_$LT$A$u20$as$u20$From$LT$u9$GT$$GT$4from17h0123456789abcdefE"},
	 {"<A as From<u8>>::from", "<A as From<u9>>::from"}},
};

static void functions_are_never_made_one(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rivals); i++) {
		/* Whichever is met first, and twice. */
		for (size_t order = 0; order < 4; order++) {
			struct frame_store store;
			const char *kept[3] = {0};

			assert_int_equal(frame_store_init(&store, DEMANGLE_SHORT), 0);
			for (size_t k = 0; k < 6; k++) {
				size_t which = order % 2 ? 2 - k % 3 : k % 3;

				if (rivals[i].mangled[which])
					kept[which] = name_of(&store, rivals[i].mangled[which]);
			}
			for (size_t k = 0; k < 3 && kept[k]; k++)
				assert_string_equal(frame_store_shown(&store, kept[k]),
						    rivals[i].shown[k]);
			frame_store_fini(&store);
		}
	}
}

static void stubs_are_not_what_they_call(void **state)
{
	struct frame_store store;
	const char *function, *stub;

	assert_int_equal(frame_store_init(&store, DEMANGLE_SHORT), 0);
	function = name_of(&store, "_ZN3app3runEi");
	assert_int_equal(frame_store_name(&store, "_ZN3app3runEi", 13, "@plt", &stub), 0);
	assert_string_equal(frame_store_shown(&store, function), "app::run");
	assert_string_equal(frame_store_shown(&store, stub), "app::run@plt");
	frame_store_fini(&store);
}

/*
 * All the functions of a library: of two with the same short name, the forms that keep apart differ
 * wherever the names do in more than what stands in angle brackets.
 */
static void real_names_stay_apart(void **state)
{
	static char line[65536];
	struct text whole = {0}, again = {0};
	struct frame_store store;
	size_t count = 0, shorter = 0;
	FILE *output;

	if (access("/usr/lib/x86_64-linux-gnu/libstdc++.so.6", R_OK))
		skip();
	assert_int_equal(frame_store_init(&store, DEMANGLE_SHORT), 0);
	output = output_of("nm -D --defined-only /usr/lib/x86_64-linux-gnu/libstdc++.so.6 | "
			   "awk '$2 ~ /[TW]/ { sub(/@.*/, \"\", $3); print $3 }' | sort -u");
	while (fgets(line, sizeof(line), output)) {
		const char *name;

		line[strcspn(line, "\n")] = '\0';
		if (demangle(line, &whole) != 1)
			continue;
		name = name_of(&store, line);
		/* Nothing but the contents of angle brackets is missing: shortened again it stays. */
		assert_int_equal(short_name(name, strlen(name), NAME_CXX, true, &again), 0);
		assert_string_equal(again.bytes, name);
		count++;
		shorter += strlen(name) < whole.len;
	}
	pclose(output);
	assert_true(count > 3000 && shorter > 1000);
	text_fini(&whole);
	text_fini(&again);
	frame_store_fini(&store);
}

static void brackets_that_do_not_match_stay(void **state)
{
	static const char *const odd[] = {"f<", "f<(",	      "f(",	"f<(>", "(",
					  "<",	"operator<(", "a(b<)>", ")",	">"};
	struct text out = {0};

	for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
		for (int language = NAME_CXX; language <= NAME_D; language++) {
			for (int apart = 0; apart < 2; apart++)
				assert_int_equal(short_name(odd[i], strlen(odd[i]),
							    (enum name_language)language, apart,
							    &out),
						 0);
		}
	}
	assert_int_equal(short_name("f<(int", 6, NAME_CXX, false, &out), 0);
	assert_string_equal(out.bytes, "f<(int");
	text_fini(&out);
}

static void any_text_does_no_harm(void **state)
{
	static const char letters[] = "ab<>(){}-!: operator<&const ~*,[]";
	struct text out = {0};
	uint64_t seed = 7;
	char name[64];

	for (size_t round = 0; round < 50000; round++) {
		size_t len = random_below(&seed, sizeof(name));

		for (size_t i = 0; i < len; i++)
			name[i] = letters[random_below(&seed, sizeof(letters) - 1)];
		assert_int_equal(
			short_name(name, len, (enum name_language)(round % 3), round % 2, &out), 0);
		/* Only "<>" and "()" can stand for more than there was: "<" to ">" is at least those. */
		assert_true(out.len <= len);
	}
	text_fini(&out);
}

/* Names of D that refer back to what refers back. */
static void exploding_names_of_d_are_left_alone(void **state)
{
	struct text name = {0}, out = {0};
	double started = cpu_seconds();

	text_append_z(&name, "_D3appFHAiAi");
	for (size_t i = 0; i < 60; i++)
		text_append_z(&name, "HQeQg");
	text_append_z(&name, "Zv");
	assert_int_equal(demangle(name.bytes, &out), 0);
	text_clear(&name);
	text_append_z(&name, "_D3appF");
	while (name.len < 1000000)
		text_append_z(&name, "P");
	assert_int_equal(demangle(name.bytes, &out), 0);
	assert_true(cpu_seconds() - started < 1);
	text_fini(&name);
	text_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(short_names_drop_what_they_say),
		cmocka_unit_test(functions_are_never_made_one),
		cmocka_unit_test(stubs_are_not_what_they_call),
		cmocka_unit_test(real_names_stay_apart),
		cmocka_unit_test(brackets_that_do_not_match_stay),
		cmocka_unit_test(any_text_does_no_harm),
		cmocka_unit_test(exploding_names_of_d_are_left_alone),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
