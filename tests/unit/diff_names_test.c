// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of two builds: what is taken off, what must stay, and renaming. */
#include "tests/unit/unit.h"

#include <errno.h>

#include "profiler/diff/names.h"

static const char *canonical(const char *name)
{
	static char text[4096];
	size_t len = strlen(name);

	assert_true(len < sizeof(text));
	len = name_canonical(name, len, text);
	assert_true(len <= strlen(name));
	text[len] = '\0';
	return text;
}

#define BECOMES(name, wanted) assert_string_equal(canonical(name), wanted)
#define STAYS(name)	      BECOMES(name, name)

static void builds_are_taken_off(void **state)
{
	BECOMES("foo.isra.0", "foo");
	BECOMES("foo.constprop.12", "foo");
	BECOMES("foo.part.0", "foo");
	BECOMES("foo.cold", "foo");
	BECOMES("foo.cold.3", "foo");
	BECOMES("foo.llvm.1234567890123456789", "foo");
	BECOMES("foo.lto_priv.0", "foo");
	BECOMES("foo.isra.0.part.0.cold", "foo");
	BECOMES("net::serve(int) [clone .isra.0]", "net::serve(int)");
	BECOMES("net::serve(int) [clone .constprop.1] [clone .cold]", "net::serve(int)");
	BECOMES("core::fmt::write::h0123456789abcdef", "core::fmt::write");
	BECOMES("core::fmt::write::h0123456789abcdef.llvm.77", "core::fmt::write");
	BECOMES("main::{lambda(int)#2}::operator()", "main::{lambda(int)#*}::operator()");
	BECOMES("app::run::{closure#0}", "app::run::{closure#*}");
	BECOMES("main::$_0::operator()", "main::$_*::operator()");
	BECOMES("run()::'lambda12'(int)::operator()", "run()::'lambda'(int)::operator()");
	BECOMES("Main$$Lambda$14/0x0000000800c03000", "Main$$Lambda$*/0x*");
	BECOMES("Main.lambda$run$3", "Main.lambda$run$*");
	BECOMES("main.serve.func1", "main.serve.func*");
	BECOMES("main.serve.func1.2", "main.serve.func*");
	BECOMES("0x7ffff7c012ab", "0x*");
	BECOMES("jit at 0xDEAD", "jit at 0x*");
	BECOMES("[libz.so.1.2.13]", "[libz.so]");
	BECOMES("[libz.so.1.2.13]+0x3af0", "[libz.so]+0x*");
	BECOMES("[chromium]+0x1a2b3c", "[chromium]+0x*");
	BECOMES("[libssl-3.so]", "[libssl.so]");
	BECOMES("[libc-2.31.so]", "[libc.so]");
	BECOMES("libfoo.so.1.2.3", "libfoo.so");
}

static void names_stay(void **state)
{
	STAYS("");
	STAYS("main");
	STAYS(".cold");
	STAYS(".isra.0");
	STAYS("foo.part");
	STAYS("foo.isra.x");
	STAYS("foo.3");
	STAYS("operator==");
	STAYS("std::vector<int, 3>::at");
	STAYS("a0x12");
	STAYS("0x");
	STAYS("[libfoo.something]");
	STAYS("x::hello");
	STAYS("x::h0123456789abcdeX");
	STAYS("worker-3");
	STAYS("[waits: read, tcp]");
	STAYS("main.functional");
	STAYS("list#3");
	STAYS("price$5");
	STAYS(" [clone ");
	STAYS("[clone .x]");
}

/* Of anything at all: no longer, and the same when done twice. */
static void twice_is_once(void **state)
{
	static const char *const parts[] = {
		".isra.",     ".cold",	  ".part.0", "::h",	"0123456789abcdef",
		"{lambda()#", "}",	  "$_",	     "'lambda", "'",
		"0x",	      "1",	  "23",	     ".so",	".",
		"-",	      " [clone ", "]",	     "[",	"foo",
		".func",      "lambda$",  "$",	     "#",	"$$Lambda$",
		"::",	      "\xff",	  ";"};
	uint64_t random = 4711;

	for (int i = 0; i < 200000; i++) {
		char name[256] = "", once[256];

		for (uint32_t n = random_below(&random, 8); n > 0; n--)
			strcat(name, parts[random_below(&random, ARRAY_LEN(parts))]);
		snprintf(once, sizeof(once), "%s", canonical(name));
		if (strcmp(canonical(once), once))
			fail_msg("\"%s\" becomes \"%s\", and that \"%s\"", name, once,
				 canonical(once));
	}
}

static void check_rename(const char *rule_text, const char *name, const char *wanted)
{
	struct rename_rule *rule;
	char mistake[128], *renamed = NULL;

	assert_int_equal(rename_rule_new(rule_text, &rule, mistake, sizeof(mistake)), 0);
	assert_int_equal(rename_apply(rule, name, &renamed), wanted != NULL);
	if (wanted)
		assert_string_equal(renamed, wanted);
	free(renamed);
	rename_rule_free(rule);
}

static void renaming(void **state)
{
	struct rename_rule *rule = NULL;
	char mistake[128];

	check_rename("v[0-9]+::=", "v12::run", "run");
	check_rename("v[0-9]+::=", "run", NULL);
	check_rename("^old_(.*)$=new_\\1", "old_name", "new_name");
	check_rename("a=b", "banana", "bbnbnb");
	check_rename("^a=b", "aaa", "baa");
	check_rename("operator==$=equal", "operator==", "equal");
	check_rename("x*=-", "abc", "-a-b-c");
	check_rename("(a)|(b)=<\\2>", "ab", "<><b>");
	check_rename("a=\\\\", "a", "\\");
	assert_int_equal(rename_rule_new("nothing", &rule, mistake, sizeof(mistake)), -EINVAL);
	assert_int_equal(rename_rule_new("=x", &rule, mistake, sizeof(mistake)), -EINVAL);
	assert_int_equal(rename_rule_new("(=x", &rule, mistake, sizeof(mistake)), -EINVAL);
	assert_non_null(strstr(mistake, "is no regular expression"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(builds_are_taken_off),
		cmocka_unit_test(names_stay),
		cmocka_unit_test(twice_is_once),
		cmocka_unit_test(renaming),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
