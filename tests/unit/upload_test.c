// SPDX-License-Identifier: GPL-2.0-or-later
/* Where profiles are sent and what they are called there, and who says so. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "profiler/upload/address.h"
#include "profiler/upload/auth.h"

/* ---- addresses ---- */

static void addresses(void **state)
{
	static const char *const good[][2] = {
		{"http://localhost:4040", "http://localhost:4040/ingest"},
		{"http://localhost:4040/", "http://localhost:4040/ingest"},
		{"https://a.example/pyroscope", "https://a.example/pyroscope/ingest"},
		{"https://a.example//", "https://a.example/ingest"},
		{"https://a.example/ingest", "https://a.example/ingest"},
		{"https://a.example/x/ingest/", "https://a.example/x/ingest"},
		{"HTTP://A:1", "HTTP://A:1/ingest"},
		{"http://[::1]:4040", "http://[::1]:4040/ingest"},
		{"http://[fe80::1]", "http://[fe80::1]/ingest"},
	};
	static const char *const bad[] = {
		"",	       "localhost:4040",     "file:///etc/passwd", "http://",
		"http:///a",   "http://a:",	     "http://a:0",	   "http://a:65536",
		"http://a:1x", "http://u@a",	     "http://u:p@a",	   "http://a?b",
		"http://a#b",  "http://a/b c",	     "http://a/\xc3\xa4",  "http://a\n",
		"http://[::1", "http://[localhost]", "http://[::1]x",	   "http://a b",
		"http://a/\x7f"};
	const char *mistake;

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		char *address = address_of(good[i][0], &mistake);

		assert_non_null(address);
		assert_string_equal(address, good[i][1]);
		free(address);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		mistake = NULL;
		assert_null(address_of(bad[i], &mistake));
		assert_non_null(mistake);
	}
}

static void what_can_be_read_on_its_way(void **state)
{
	assert_true(address_is_open("http://pyroscope:4040/ingest"));
	assert_true(address_is_open("http://localhost.example/ingest"));
	assert_false(address_is_open("http://localhost:4040/ingest"));
	assert_false(address_is_open("http://127.0.0.1/ingest"));
	assert_false(address_is_open("http://[::1]:1/ingest"));
	assert_false(address_is_open("HTTPS://pyroscope/ingest"));
}

/* ---- names ---- */

static void names(void **state)
{
	static const char *const targets[][2] = {
		{"nginx (pid 4242)", "nginx"},	 {"Web Content (pid 1) and 2 more", "Web_Content"},
		{"whole system", "system"},	 {"cgroup /sys/fs/cgroup/a/web.slice/", "web.slice"},
		{"./build/prog", "prog"},	 {"a(b) (tid 3)", "a_b_"},
		{"/", NULL},			 {"", NULL},
		{NULL, NULL}};
	char name[64], small[4];

	for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
		assert_int_equal(address_default_name(targets[i][0], name, sizeof(name)),
				 targets[i][1] != NULL);
		if (targets[i][1])
			assert_string_equal(name, targets[i][1]);
		assert_null(targets[i][1] ? address_name_mistake(name) : NULL);
	}
	assert_true(address_default_name("nginx (pid 4242)", small, sizeof(small)));
	assert_string_equal(small, "ngi");
	assert_null(address_name_mistake("shop/cart-1.2_a"));
	assert_non_null(address_name_mistake("a{b"));
	assert_non_null(address_name_mistake("a b"));
}

static void labels(void **state)
{
	static const char *const good[] = {"a=b", "_a.b1=", "host=a=b {x\" y"};
	static const char *const bad[] = {"",	    "a",     "=b",   "1a=b", ".a=b",
					  "a-b=c",  "a b=c", "a=b,c", "a=b}", "a=b\n",
					  "__a=b"};
	struct address_series series = {.name = "app"};
	char keys[ADDRESS_LABELS_MAX][8], *text, *request;

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_null(address_label_mistake(good[i]));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_non_null(address_label_mistake(bad[i]));

	assert_true(address_label(&series, "host", 4, "a}b,c\n"));
	assert_true(address_label(&series, "view", 4, "cpu"));
	assert_true(address_label(&series, "view=off", 4, ""));
	assert_true(address_label(&series, "x", 1, "1"));
	text = address_series_text(&series);
	assert_string_equal(text, "app{host=a_b_c_,x=1}");
	request = address_request("http://h/ingest", text, 5, 7);
	assert_string_equal(request, "http://h/ingest?name=app%7Bhost%3Da_b_c_%2Cx%3D1%7D"
				     "&from=5&until=7&spyName=bolometer");
	free(request);
	free(text);
	for (size_t i = 0; i < ADDRESS_LABELS_MAX; i++) {
		snprintf(keys[i], sizeof(keys[i]), "k%zu", i);
		assert_int_equal(address_label(&series, keys[i], strlen(keys[i]), "v"),
				 i + 3 < ADDRESS_LABELS_MAX);
	}
}

/* ---- credentials ---- */

static char path[] = "/tmp/bolometer-upload-XXXXXX";

static int make_file(void **state)
{
	int fd = mkstemp(path);

	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	return unlink(path);
}

static void put(const char *text, size_t len)
{
	FILE *out = fopen(path, "w");

	assert_int_equal(fwrite(text, 1, len, out), len);
	fclose(out);
}

static void credentials(void **state)
{
	static const char text[] = "# who\n\n user: me \r\npassword: a: b\t\nX-Scope-OrgID:team\n"
				   "Authorization: Bearer tokentoken";
	struct auth auth;
	char why[128];

	put(text, strlen(text));
	assert_int_equal(auth_read(&auth, path, why, sizeof(why)), 0);
	assert_string_equal(auth.user, "me");
	assert_string_equal(auth.password, "a: b");
	assert_int_equal(auth.nr_headers, 2);
	assert_string_equal(auth.headers[0], "X-Scope-OrgID:team");
	assert_string_equal(auth.headers[1], "Authorization: Bearer tokentoken");
	assert_true(auth_is_in(&auth, "xa: by"));
	assert_true(auth_is_in(&auth, "you sent tokentoken"));
	assert_true(auth_is_in(&auth, "Basic bWU6"));
	assert_false(auth_is_in(&auth, "no ingester"));
	auth_fini(&auth);
}

static void credentials_that_are_refused(void **state)
{
	static const char *const bad[] = {
		"",	      "#\n",		"user: a\n",		    "password: b\n",
		"user\n",     "user:\n",	"user: a:b\npassword: c\n", "user: a\nuser: b\n",
		"a b: c\n",   ": c\n",		"host: c\n",		    "Content-Length: 5\n",
		"a: \x01\n", "Expect: x\n"};
	char many[2048] = "", why[128];
	struct auth auth;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		put(bad[i], strlen(bad[i]));
		assert_int_equal(auth_read(&auth, path, why, sizeof(why)), -EINVAL);
		auth_fini(&auth);
	}
	for (int i = 0; i <= AUTH_HEADERS_MAX; i++)
		strcat(many, "X-A: b\n");
	put(many, strlen(many));
	assert_int_equal(auth_read(&auth, path, why, sizeof(why)), -EINVAL);
	assert_string_equal(why, "line 17 is a header too many");
	auth_fini(&auth);
	put("user: a\0b", 9);
	assert_int_equal(auth_read(&auth, path, why, sizeof(why)), -EINVAL);
	auth_fini(&auth);
}

static void whose_file_it_is(void **state)
{
	static const mode_t bad[] = {0604, 0602, 0601, 0620}, good[] = {0600, 0400, 0440, 0640};
	struct auth auth;
	size_t len;
	char why[128];

	put("X-A: b\n", 7);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(chmod(path, bad[i]), 0);
		assert_int_equal(auth_read(&auth, path, why, sizeof(why)), -EACCES);
		auth_fini(&auth);
		assert_int_equal(chmod(path, good[i]), 0);
		assert_int_equal(auth_read(&auth, path, why, sizeof(why)), 0);
		auth_fini(&auth);
	}
	chmod(path, 0600);
	assert_int_equal(auth_read(&auth, "/dev/zero", why, sizeof(why)), -EINVAL);
	auth_fini(&auth);
	assert_int_equal(auth_read(&auth, "/nowhere", why, sizeof(why)), -ENOENT);
	auth_fini(&auth);
	assert_null(auth_read_file(path, 6, &len, NULL));
	assert_int_equal(errno, EFBIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),
		cmocka_unit_test(what_can_be_read_on_its_way),
		cmocka_unit_test(names),
		cmocka_unit_test(labels),
		cmocka_unit_test(credentials),
		cmocka_unit_test(credentials_that_are_refused),
		cmocka_unit_test(whose_file_it_is),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
