// SPDX-License-Identifier: GPL-2.0-or-later
/* The reader of graphs: what is wrong is one line, and nothing of it is read. */
#include "tests/unit/graph_reading.h"

#include <errno.h>
#include <zlib.h>

/* A block put together byte by byte. */
struct bytes {
	unsigned char at[1 << 16];
	size_t len;
};

static void put(struct bytes *bytes, const void *data, size_t len)
{
	memcpy(bytes->at + bytes->len, data, len);
	bytes->len += len;
}

static char *encode(const struct bytes *bytes, const char *attributes)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	fprintf(out, "<svg>\n<metadata %s>", attributes);
	for (size_t i = 0; i < bytes->len; i += 3) {
		size_t have = bytes->len - i < 3 ? bytes->len - i : 3;
		uint32_t triple = (uint32_t)bytes->at[i] << 16 |
				  (have > 1 ? (uint32_t)bytes->at[i + 1] << 8 : 0) |
				  (have > 2 ? bytes->at[i + 2] : 0);

		fprintf(out, "%c%c%c%c", digits[triple >> 18], digits[triple >> 12 & 63],
			have > 1 ? digits[triple >> 6 & 63] : '=',
			have > 2 ? digits[triple & 63] : '=');
	}
	fputs("</metadata>\n</svg>\n", out);
	fclose(out);
	return text;
}

#define VERSION(n) "id=\"bolometer\" data-version=\"" n "\" data-encoding="
#define PLAIN	   VERSION("2") "\"plain\""
#define DEFLATED   VERSION("2") "\"deflate-raw\""
#define HEAD                                                                                       \
	"{\"version\":2,\"strings\":3,\"frames\":2,\"nodes\":3,\"values\":[{\"name\":\"samples\"," \
	"\"unit\":\"count\",\"factor\":1}]}"
/* Three strings, "", "all", "f"; two frames; "all" and, twice above it, "f", with 1 and 2. */
#define GOOD "\0\3\1allf\1\0\6\2\0\1\0\1\0\1\1\0\2\4"

static void block(struct bytes *bytes, const char *head, const char *rest, size_t len)
{
	size_t head_len = strlen(head);

	bytes->len = 0;
	if (head_len >= 0x80)
		bytes->at[bytes->len++] = (unsigned char)(head_len | 0x80);
	bytes->at[bytes->len++] = (unsigned char)(head_len >= 0x80 ? head_len >> 7 : head_len);
	put(bytes, head, strlen(head));
	put(bytes, rest, len);
}

/* One line with these words, and nothing of it in the profile; NULL: it is read. */
static void expect_text(const char *text, size_t len, const char *words)
{
	struct profile *profile = profile_new();
	struct told told;
	int err = read_graph(profile, text, len, &told);

	if (words) {
		if (err != -EBADMSG || !strstr(told.line, words))
			fail_msg("%d: %s (wanted %s)", err, told.line, words);
		assert_int_equal(told.complaints.count, 1);
		assert_int_equal(profile->nr_samples, 0);
		assert_int_equal(profile->about.nr_values, 0);
		assert_int_equal(strings_count(profile->strings), 2);
	} else {
		assert_string_equal(told.line, "");
		assert_int_equal(err, 0);
		assert_null(profile_check(profile));
	}
	profile_free(profile);
}

static void expect(const struct bytes *bytes, const char *attributes, const char *words)
{
	char *text = encode(bytes, attributes);

	expect_text(text, strlen(text), words);
	free(text);
}

static void expect_block(const char *head, const char *rest, size_t len, const char *words)
{
	struct bytes *bytes = calloc(1, sizeof(*bytes));

	block(bytes, head, rest, len);
	expect(bytes, PLAIN, words);
	free(bytes);
}
#define EXPECT(rest, words) expect_block(HEAD, rest, sizeof(rest) - 1, words)

static void wrong_blocks(void **state)
{
	EXPECT(GOOD, NULL);
	EXPECT(GOOD "\0", "something follows");
	EXPECT("", "too early");
	EXPECT("\1\3\1xallf", "the first name is not empty");
	EXPECT("\0\3\xff\xff\xff\x7f", "a name is too long");
	EXPECT("\0\3\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "a name is too long");
	EXPECT("\0\3\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", "longer than 64 bits");
	EXPECT("\0\3\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "longer than 64 bits");
	EXPECT("\0\3\x81\x00", "longer than it need be");
	EXPECT("\0\3\1allf\3\0\6\2\0\1\0\1\0\1\1\0\2\4", "a name that does not exist");
	EXPECT("\0\3\1allf\1\3\6\2\0\1\0\1\0\1\1\0\2\4", "a name that does not exist");
	EXPECT("\0\3\1allf\0\0\6\2\0\1\0\1\0\1\1\0\2\4", "a frame has no name");
	EXPECT("\0\3\1allf\1\0\x7f\2\0\1\0\1\0\1\1\0\2\4", "a kind that does not exist");
	EXPECT("\0\3\1allf\1\0\6\2\0\1\1\0\0\1\1\0\2\4", "outside of the root");
	EXPECT("\0\3\1allf\1\0\6\2\0\1\0\2\0\1\1\0\2\4", "outside of the root");
	EXPECT("\0\3\1allf\1\0\6\2\0\1\0\1\0\2\1\0\2\4", "a frame that does not exist");
	EXPECT("\0\3\1allf\1\0\6\2\0\1\0\1\0\1\1\0\2\3", "negative values");
	EXPECT("\0\3\1allf\1\0\6\2\0\1\0\1\0\1\1\0\2\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01",
	       "the values are too large");
	for (size_t len = 0; len < sizeof(GOOD) - 1; len++)
		expect_block(HEAD, GOOD, len, "too early");
}

#define HEAD_WITH(members) "{\"version\":2," members "}"
#define COUNTS(s, f, n)	   "\"strings\":" s ",\"frames\":" f ",\"nodes\":" n
#define VALUES(more)	   ",\"values\":[{\"name\":\"samples\",\"unit\":\"count\",\"factor\":1" more "}]"

static void wrong_heads(void **state)
{
	static const struct {
		const char *head, *words;
	} heads[] = {
		{HEAD_WITH(COUNTS("3", "2", "3") VALUES("")), NULL},
		{HEAD_WITH(COUNTS("3", "2", "3") VALUES(",\"new\":[{},[],null,true,-1.5e3]")),
		 NULL},
		{HEAD_WITH(COUNTS("3", "2", "3") VALUES(",\"role\":\"squares\"")), NULL},
		{HEAD_WITH(COUNTS("3", "2", "3") VALUES(",\"role\":\"other\"")),
		 "role that is not known"},
		{HEAD_WITH(COUNTS("3", "2", "3") VALUES(",\"factor\":0")), "factor"},
		{HEAD_WITH(COUNTS("3", "2", "3") VALUES(",\"factor\":9223372036854775808")),
		 "factor"},
		{HEAD_WITH(COUNTS("3", "2", "3") VALUES(",\"factor\":9223372036854775807")),
		 "the values are too large"},
		{HEAD_WITH(COUNTS("3", "2", "3") VALUES(",\"name\":\"\"")), "no name"},
		{HEAD_WITH(COUNTS("3", "2", "3") VALUES(",\"name\":\"123456789012345678901234\"")),
		 "too long"},
		{HEAD_WITH(COUNTS("3", "2", "3")), "no value is declared"},
		{HEAD_WITH(COUNTS("3", "2", "3") ",\"values\":[]"), "no value is declared"},
		{HEAD_WITH(COUNTS("3", "2", "0") VALUES("")), "no root"},
		{HEAD_WITH(COUNTS("0", "2", "3") VALUES("")), "no root"},
		{HEAD_WITH(COUNTS("3", "2", "1") VALUES("")), "nothing can use"},
		{HEAD_WITH(COUNTS("6", "2", "3") VALUES("")), "nothing can use"},
		{HEAD_WITH(COUNTS("3", "2", "99999999") VALUES("")), "more nodes than can be"},
		{HEAD_WITH(COUNTS("3", "2", "18446744073709551616") VALUES("")),
		 "a number is too large"},
		{HEAD_WITH(COUNTS("3", "2", "3.0") VALUES("")), "a whole number is missing"},
		{HEAD_WITH(COUNTS("3", "2", "03") VALUES("")), "a whole number is missing"},
		{HEAD_WITH(COUNTS("3", "2", "-3") VALUES("")), "a whole number is missing"},
		{HEAD_WITH(COUNTS("3", "2", "3") VALUES("") ",\"title\":\"a\\u0000b\""), "NUL"},
		{HEAD_WITH(COUNTS("3", "2", "3") VALUES("") ",\"title\":\"a\nb\""),
		 "control character"},
		{HEAD_WITH(COUNTS("3", "2", "3") VALUES("") ",\"title\":\"\\x\""), "wrong escape"},
		{HEAD_WITH(COUNTS("3", "2", "3") VALUES("") ",\"title\":\"\xff\""), "not UTF-8"},
		{HEAD_WITH(COUNTS("3", "2", "3") VALUES("") ",\"title\":7"), "a string is missing"},
		{HEAD_WITH(COUNTS("3", "2", "3") VALUES("") ",\"title\":\"a\",\"title\":\"b\""),
		 NULL},
		{HEAD_WITH(COUNTS("3", "2", "3") VALUES("") ",\"cpus\":4294967296"), "too large"},
		{HEAD_WITH(COUNTS("3", "2", "3")
				   VALUES("") ",\"x\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["),
		 "nested too deep"},
		{"{\"version\":1," COUNTS("3", "2", "3") VALUES("") "}", "two versions"},
		{HEAD "x", "something follows its end"},
		{"{\"version\":2", "a comma or a closing bracket is missing"},
		{"[]", "an object is missing"},
		{"", "an object is missing"},
	};

	for (size_t i = 0; i < ARRAY_LEN(heads); i++)
		expect_block(heads[i].head, GOOD, sizeof(GOOD) - 1, heads[i].words);
}

#define SLICES(ends) ",\"slices\":{\"value\":0,\"ends_us\":[" ends "]}"
#define SLICED(ends) HEAD_WITH(COUNTS("3", "2", "3") VALUES("") SLICES(ends))
#define EXPECT_SLICES(rest, words) \
	expect_block(SLICED("10,20,30"), GOOD rest, sizeof(GOOD rest) - 1, words)

/* Three slices of two nodes: how many each has, which, and their weights. */
static void wrong_slices(void **state)
{
	EXPECT_SLICES("\1\2\2\0\1\1\1", NULL);
	EXPECT_SLICES("\1\2\2\0\1\1\1\0", "something follows");
	EXPECT_SLICES("", "too early");
	EXPECT_SLICES("\1\2\2\0\1\1", "too early");
	EXPECT_SLICES("\0\2\0\1\1\1", "more slices than there are, or none");
	EXPECT_SLICES("\1\4\2\0\0\0\0\1\1\1\1", "more slices than there are, or none");
	EXPECT_SLICES("\1\2\3\0\1\1\1", "a slice that does not exist");
	EXPECT_SLICES("\1\2\0\1\1\1\1", "a slice that does not exist");
	EXPECT_SLICES("\1\2\0\2\0\1\1", "a slice that does not exist");
	EXPECT_SLICES("\1\2\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\1\1",
		      "a slice that does not exist");
	EXPECT_SLICES("\1\2\2\0\1\0\1", "a weight that cannot be");
	EXPECT_SLICES("\1\2\2\0\1\x80\1\1", "a weight that cannot be");
	EXPECT_SLICES("\1\2\2\0\1\1\2", "more than there is of it");
	for (size_t len = sizeof(GOOD) - 1; len < sizeof(GOOD "\1\2\2\0\1\1\1") - 1; len++)
		expect_block(SLICED("10,20,30"), GOOD "\1\2\2\0\1\1\1", len, "too early");
	/* A single slice says nothing, and is not kept. */
	expect_block(SLICED("10"), GOOD "\1\1\0\0", sizeof(GOOD "\1\1\0\0") - 1, NULL);
	expect_block(SLICED(""), GOOD, sizeof(GOOD) - 1, NULL);
	expect_block(SLICED("10,20,20"), GOOD, sizeof(GOOD) - 1, "an end that cannot be");
	expect_block(SLICED("0,20"), GOOD, sizeof(GOOD) - 1, "an end that cannot be");
	expect_block(SLICED("20,10"), GOOD, sizeof(GOOD) - 1, "an end that cannot be");
	expect_block(SLICED("1,18446744073709552"), GOOD, sizeof(GOOD) - 1,
		     "an end that cannot be");
	expect_block(SLICED("1,x"), GOOD, sizeof(GOOD) - 1, "whole number");
	expect_block(HEAD_WITH(COUNTS("3", "2", "3") VALUES("") ",\"slices\":{\"value\":1}"), GOOD,
		     sizeof(GOOD) - 1, "a value that does not exist");
}

/* Nodes that have nothing of the value that is sliced would be everywhere: those are not kept. */
static void slices_of_another_value(void **state)
{
	static const char head[] = HEAD_WITH(
		COUNTS("3", "2", "3") ",\"values\":[{\"name\":\"samples\",\"unit\":\"count\",\"factor\":1},"
		"{\"name\":\"cpu\",\"unit\":\"nanoseconds\",\"factor\":1}]"
		",\"slices\":{\"value\":1,\"ends_us\":[10,20,30]}");
	static const char rest[] = GOOD "\0\0\6" "\2\1\0\1\2";
	struct bytes *bytes = calloc(1, sizeof(*bytes));
	struct profile *profile = profile_new();
	struct told told;
	char *text;

	block(bytes, head, rest, sizeof(rest) - 1);
	text = encode(bytes, PLAIN);
	assert_int_equal(read_graph(profile, text, strlen(text), &told), 0);
	assert_string_equal(told.line, "");
	assert_int_equal(profile->totals[1], 3);
	assert_int_equal(profile->slices.count, 0);
	free(text);
	free(bytes);
	profile_free(profile);
}

static void too_many_slices(void **state)
{
	char *head;
	size_t len;
	FILE *out = open_memstream(&head, &len);

	fputs("{\"version\":2," COUNTS("3", "2", "3") VALUES("") ",\"slices\":{\"ends_us\":[", out);
	for (int i = 1; i <= SLICES_MAX + 1; i++)
		fprintf(out, "%s%d", i > 1 ? "," : "", i);
	fputs("]}}", out);
	fclose(out);
	expect_block(head, GOOD, sizeof(GOOD) - 1, "more slices than there can be");
	free(head);
}

static void wrong_elements(void **state)
{
	static const char *const others[] = {
		"<svg></svg>", "<svg><metadata id=\"x\"></metadata>", "<html>",
		"<?xml",       "<svg><metadata id=\"bolometer",
	};
	struct bytes *bytes = calloc(1, sizeof(*bytes));
	char *text;

	block(bytes, HEAD, GOOD, sizeof(GOOD) - 1);
	expect(bytes, "data-encoding='plain' data-version='2'\n\tid='bolometer'", NULL);
	expect(bytes, VERSION("3") "\"plain\"", "give the files that were compared");
	expect(bytes, VERSION("4") "\"plain\"", "newer bolometer: its data have version 4");
	expect(bytes, VERSION("0") "\"plain\"", "version is missing");
	expect(bytes, VERSION("x") "\"plain\"", "version is missing");
	expect(bytes, VERSION("99999999999999999999") "\"plain\"", "version is missing");
	expect(bytes, VERSION("2") "\"zip\"", "encoding is not known");
	expect(bytes, VERSION("2") "\"deflate-raw\"", "inflated");
	expect(bytes, "xid=\"bolometer\" data-id=\"bolometer\"",
	       "not a graph that bolometer wrote");
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		expect_text(others[i], strlen(others[i]), "not a graph that bolometer wrote");

	/* Cut off anywhere; with anything in it. */
	text = encode(bytes, PLAIN);
	for (size_t len = 0; text[len + strlen("</metadata>\n</svg>\n")]; len++) {
		if (len >= 6)
			expect_text(text, len, "");
	}
	*strstr(text, "</meta") = '=';
	expect_text(text, strlen(text), "not base64");
	free(text);
	free(bytes);
}

/* A version 1 block: its last kind is the last one of today. */
static void version_1(void **state)
{
	static const char head[] = "{\"version\":1,\"strings\":3,\"frames\":2,\"nodes\":3,"
				   "\"values\":[{\"name\":\"samples\","
				   "\"unit\":\"count\",\"factor\":1}]}";
	struct bytes *bytes = calloc(1, sizeof(*bytes));
	struct profile *profile = profile_new();
	struct told told;
	char *text;

	block(bytes, head, "\0\3\1allf\1\0\6\2\0\10\0\1\0\1\1\0\2\4", sizeof(GOOD) - 1);
	text = encode(bytes, VERSION("1") "\"plain\"");
	assert_int_equal(read_graph(profile, text, strlen(text), &told), 0);
	assert_int_equal(profile->locations[profile->nr_locations - 1].kind, FRAME_UNNAMED);
	free(text);
	profile_free(profile);
	block(bytes, head, "\0\3\1allf\1\0\6\2\0\11\0\1\0\1\1\0\2\4", sizeof(GOOD) - 1);
	expect(bytes, VERSION("1") "\"plain\"", "a kind that does not exist");
	free(bytes);
}

/* Deflated zeros: nodes without end, and names. */
static void bombs(void **state)
{
	static const char *const heads[] = {
		HEAD_WITH(COUNTS("3", "2", "67108864") VALUES("")),
		HEAD_WITH(COUNTS("100000001", "50000000", "60000000") VALUES("")),
	};

	for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
		struct bytes *bytes = calloc(1, sizeof(*bytes)),
			     *deflated = calloc(1, sizeof(*bytes));
		size_t zeros = 200 << 20, room = sizeof(deflated->at);
		z_stream stream = {0};
		unsigned char *chunk = calloc(1, 1 << 20);
		double start = cpu_seconds();

		/* As much as fits is the bomb: its end is never reached. */
		block(bytes, heads[i], "\0\3\1allf\1\0\6\2\0\1", i ? 1 : 13);
		assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, -15, 9, 0), Z_OK);
		stream.next_out = deflated->at;
		stream.avail_out = (unsigned int)room;
		stream.next_in = bytes->at;
		stream.avail_in = (unsigned int)bytes->len;
		while (stream.avail_out && zeros) {
			deflate(&stream, Z_NO_FLUSH);
			if (!stream.avail_in) {
				stream.next_in = chunk;
				stream.avail_in = 1 << 20;
				zeros -= 1 << 20;
			}
		}
		deflated->len = room - stream.avail_out;
		deflateEnd(&stream);
		expect(deflated, DEFLATED, "");
		assert_true(cpu_seconds() - start < 20);
		free(chunk);
		free(bytes);
		free(deflated);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_blocks),
		cmocka_unit_test(wrong_heads),
		cmocka_unit_test(wrong_slices),
		cmocka_unit_test(too_many_slices),
		cmocka_unit_test(slices_of_another_value),
		cmocka_unit_test(wrong_elements),
		cmocka_unit_test(version_1),
		cmocka_unit_test(bombs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
