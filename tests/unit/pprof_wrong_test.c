// SPDX-License-Identifier: GPL-2.0-or-later
/* The reader of pprof profiles: what is wrong is one line, what it takes is bounded, what it is is guessed. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <zlib.h>

#include "profiler/model/pprof.pb-c.h"
#include "profiler/model/pprof_format.h"
#include "profiler/file/pprof.h"
#include "tests/unit/pprof_fixture.h"

/* A profile as bytes, part by part. */
struct made {
	uint8_t bytes[4096];
	size_t len;
};

static void put(struct made *made, uint8_t field, const void *bytes, size_t len)
{
	assert_true(len < 128 && made->len + len + 2 < sizeof(made->bytes));
	made->bytes[made->len++] = (uint8_t)(field << 3 | 2);
	made->bytes[made->len++] = (uint8_t)len;
	memcpy(made->bytes + made->len, bytes, len);
	made->len += len;
}

static void put_message(struct made *made, uint8_t field, const void *message)
{
	uint8_t packed[128];

	assert_true(protobuf_c_message_get_packed_size(message) < sizeof(packed));
	put(made, field, packed, protobuf_c_message_pack(message, packed));
}

/* What a test makes wrong. */
struct wrong {
	uint64_t location, mapping, function, second_id;
	int64_t name, value;
	size_t nr_values;
	const char *first_text;
};

static const struct wrong right = {1, 1, 1, 2, 3, 7, 1, ""};

static void make(struct made *made, const struct wrong *w)
{
	Pprof__ValueType type = PPROF__VALUE_TYPE__INIT;
	Pprof__Mapping mapping = PPROF__MAPPING__INIT;
	Pprof__Function function = PPROF__FUNCTION__INIT;
	Pprof__Location location = PPROF__LOCATION__INIT;
	Pprof__Line line = PPROF__LINE__INIT, *lines = &line;
	Pprof__Sample sample = PPROF__SAMPLE__INIT;
	uint64_t locations[] = {w->location, 1};
	int64_t values[] = {w->value, 1};

	made->len = 0;
	type.type = 1;
	type.unit = 2;
	put_message(made, PPROF_SAMPLE_TYPE, &type);
	sample.n_location_id = 2;
	sample.location_id = locations;
	sample.n_value = w->nr_values;
	sample.value = values;
	put_message(made, PPROF_SAMPLE, &sample);
	mapping.id = 1;
	mapping.memory_limit = 0x1000;
	put_message(made, PPROF_MAPPING, &mapping);
	location.id = 1;
	location.mapping_id = w->mapping;
	location.n_line = 1;
	location.line = &lines;
	line.function_id = w->function;
	put_message(made, PPROF_LOCATION, &location);
	location.id = w->second_id;
	put_message(made, PPROF_LOCATION, &location);
	function.id = 1;
	function.name = w->name;
	put_message(made, PPROF_FUNCTION, &function);
	put(made, PPROF_STRING, w->first_text, strlen(w->first_text));
	put(made, PPROF_STRING, "samples", 7);
	put(made, PPROF_STRING, "count", 5);
	put(made, PPROF_STRING, "main", 4);
}

static void refuses(const void *bytes, size_t len, const char *words)
{
	struct profile *profile = profile_new();
	struct pprof_told told;

	assert_int_equal(pprof_parse(profile, bytes, len, &told), -EBADMSG);
	assert_int_equal(told.complaints.count, 1);
	if (!strstr(told.line, words))
		fail_msg("\"%s\" does not say \"%s\"", told.line, words);
	profile_free(profile);
}

static void what_is_wrong_is_said(void **state)
{
#define WITH(field, value, words)                   \
	do {                                        \
		struct wrong w = right;             \
		struct made bad;                    \
		w.field = value;                    \
		make(&bad, &w);                     \
		refuses(bad.bytes, bad.len, words); \
	} while (0)
	struct made made;

	make(&made, &right);
	profile_free(pprof_read_again((char *)made.bytes, made.len));
	WITH(location, 3, "at byte 6: a sample has a location that does not exist");
	WITH(location, 0, "at byte 6: a sample has a location that does not exist");
	WITH(mapping, 2, "a location has a mapping that does not exist");
	WITH(function, 2, "a line has a function that does not exist");
	WITH(second_id, 1, "it has the id of another");
	WITH(second_id, 0, "it has the id 0, which stands for none");
	WITH(name, 4, "a text of it is not in the string table");
	WITH(name, -1, "a text of it is not in the string table");
	WITH(value, -1, "a value is negative: a comparison of profiles");
	WITH(nr_values, 2, "more or fewer values than there are kinds");
	WITH(nr_values, 0, "more or fewer values than there are kinds");
	WITH(first_text, "x", "the string table does not begin with an empty text");
	refuses("\x32\x00", 2, "it has no kind of values");
	refuses("", 0, "it has no string table");
	refuses("\x32\x00\x0a\x02\x08", 5, "the file ends within a part of it");
	refuses("\x32\x00\x0a\x01\xff", 5, "no message of protobuf");
	refuses("\x32\x00\x0f", 3, "a type that there is none of");
	refuses("\x32\x00\x02\x00", 4, "a number that there is none of");
#undef WITH
}

/* Cut anywhere it is refused, or, between two parts, lacks what it needs; never misread. */
static void what_is_cut_off_is_refused(void **state)
{
	struct made made;

	make(&made, &right);
	for (size_t len = 0; len < made.len; len++) {
		struct profile *profile = profile_new();
		struct pprof_told told;

		assert_int_equal(pprof_parse(profile, made.bytes, len, &told), -EBADMSG);
		assert_true(told.line[0]);
		profile_free(profile);
	}
}

/* `len` bytes packed `times` times behind each other. */
static char *pack(const char *bytes, size_t len, size_t times, size_t *ret_len)
{
	z_stream stream = {0};
	size_t room = len * times / 500 + 4096;
	char *packed = malloc(room);

	assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 31, 9, 0), Z_OK);
	stream.next_out = (unsigned char *)packed;
	stream.avail_out = (unsigned int)room;
	for (size_t i = 0; i < times; i++) {
		stream.next_in = (unsigned char *)bytes;
		stream.avail_in = (unsigned int)len;
		assert_int_equal(deflate(&stream, i + 1 < times ? Z_NO_FLUSH : Z_FINISH),
				 i + 1 < times ? Z_OK : Z_STREAM_END);
	}
	*ret_len = room - stream.avail_out;
	deflateEnd(&stream);
	return packed;
}

static void packing_is_bounded(void **state)
{
	size_t len, zeros_len = 1 << 20;
	char *zeros = calloc(1, zeros_len), *packed = pack(zeros, zeros_len, 20, &len);
	struct made made;
	char *whole;

	refuses(packed, len, "it unpacks to far more than a profile can be");
	free(packed);
	make(&made, &right);
	packed = pack((char *)made.bytes, made.len, 1, &len);
	profile_free(pprof_read_again(packed, len));
	for (size_t cut = 3; cut < len; cut++)
		refuses(packed, cut, "at byte");
	/* Packed files behind each other are one; what is none is not. */
	whole = malloc(2 * len);
	memcpy(whole, packed, len);
	memcpy(whole + len, packed, len);
	refuses(whole, 2 * len, "it has the id of another");
	refuses(whole, len + 7, "the file ends within what is packed");
	memset(whole + len, 'x', 2);
	refuses(whole, len + 2, "it cannot be unpacked");
	free(whole);
	free(packed);
	free(zeros);
}

/* Two bytes make the smallest label of a sample, or line of a location, which take many in memory. */
static void messages_are_bounded(void **state)
{
	static const struct {
		uint8_t field, part;
	} messages[] = {{0x12, 0x1a}, {0x22, 0x22}};
	static const char begin[] = "\x32\x00\x0a\x04\x08\x00\x10\x00";
	size_t len = (8 << 20) + 2;

	for (size_t m = 0; m < ARRAY_LEN(messages); m++) {
		size_t at = sizeof(begin) - 1;
		uint8_t *bytes = malloc(at + 10 + len);

		memcpy(bytes, begin, at);
		bytes[at++] = messages[m].field;
		for (size_t rest = len; rest; rest >>= 7)
			bytes[at++] = (uint8_t)((rest & 127) | (rest > 127 ? 128 : 0));
		for (size_t i = 0; i < len; i += 2)
			memcpy(bytes + at + i, (uint8_t[]){messages[m].part, 0}, 2);
		refuses(bytes, at + len, "would take more than 256 MiB");
		free(bytes);
	}
}

/* Samples are unpacked by hand: in any order, packed or not, with what is not known. */
static void samples_in_other_shapes(void **state)
{
	/* Texts "" and "x", a type, a function, a location 1, and then a sample of 3 at it. */
	static const char begin[] = "\x32\x00\x32\x01x\x0a\x04\x08\x01\x10\x01"
				    "\x2a\x04\x08\x01\x10\x01\x22\x06\x08\x01\x22\x02\x08\x01";
#define SHAPE(text) {text, sizeof(text) - 1}
	static const struct {
		const char *bytes;
		size_t len;
	} good[] = {
		SHAPE("\x12\x06\x0a\x01\x01\x12\x01\x03"),
		SHAPE("\x12\x04\x08\x01\x10\x03"),
		SHAPE("\x12\x06\x12\x01\x03\x0a\x01\x01"),
		SHAPE("\x12\x0a\x0a\x01\x01\x20\x05\x2a\x01z\x10\x03"),
		SHAPE("\x12\x0e\x0a\x01\x01\x10\x03\x21" "12345678"),
		SHAPE("\x12\x0a\x0a\x01\x01\x10\x03\x25" "1234"),
		SHAPE("\x12\x0c\x08\x01\x10\x03\x1a\x06\x08\x01\x10\x01\x28\x01"),
	}, bad[] = {
		SHAPE("\x12\x03\x0a\x02\x01"),	/* longer than the sample */
		SHAPE("\x12\x03\x0a\x01\x80"),	/* a number that is cut off */
		SHAPE("\x12\x01\x08"),		/* a tag without a number */
		SHAPE("\x12\x06\x08\x01\x15" "123"),	/* a number of other width */
		SHAPE("\x12\x02\x00\x01"),		/* the field 0 */
		SHAPE("\x12\x02\x0b\x0c"),		/* a group */
		SHAPE("\x12\x04\x1a\x02\x0a\x01"),	/* a label with bytes for a number */
		SHAPE("\x12\x03\x18\x01\x08"),	/* a label that is a number */
	};
#undef SHAPE
	char bytes[128];

	memcpy(bytes, begin, sizeof(begin) - 1);
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct profile *profile;

		memcpy(bytes + sizeof(begin) - 1, good[i].bytes, good[i].len);
		profile = pprof_read_again((uint8_t *)bytes, sizeof(begin) - 1 + good[i].len);
		assert_int_equal(profile->nr_samples, 1);
		assert_int_equal(profile->totals[0], 3);
		profile_free(profile);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		memcpy(bytes + sizeof(begin) - 1, bad[i].bytes, bad[i].len);
		refuses((uint8_t *)bytes, sizeof(begin) - 1 + bad[i].len,
			"a part of it is no message of protobuf");
	}
}

/* What is small in the file and there many times takes no more than its share of time. */
static void many_parts_are_fast(void **state)
{
	static const char comments[] = "\x32\x00\x32\x01x\x0a\x04\x08\x01\x10\x01";
	size_t count = 1 << 20, len = sizeof(comments) - 1;
	uint8_t *bytes = malloc(len + 6 * count);
	struct profile *profile = profile_new();
	double started = cpu_seconds();

	memcpy(bytes, comments, len);
	for (size_t i = 0; i < count; i++, len += 2)
		memcpy(bytes + len, "\x68\x01", 2);
	profile_free(pprof_read_again(bytes, len));
	/* Mappings, of two files: none of the second is one of the first. */
	for (int file = 0; file < 2; file++) {
		len = sizeof(comments) - 1;
		for (size_t i = 1; i <= count / 16; i++) {
			uint8_t mapping[] = {0x1a,
					     0x09,
					     0x08,
					     (uint8_t)(i & 127) | 128,
					     (uint8_t)(i >> 7 & 127) | 128,
					     (uint8_t)(i >> 14),
					     0x18,
					     (uint8_t)(i & 127) | 128,
					     (uint8_t)(i >> 7 & 127) | 128,
					     (uint8_t)((i >> 14) + 4 + 4 * (size_t)file)};

			mapping[1] = sizeof(mapping) - 2;
			memcpy(bytes + len, mapping, sizeof(mapping));
			len += sizeof(mapping);
		}
		struct pprof_told told;

		assert_int_equal(pprof_parse(profile, bytes, len, &told), 0);
	}
	assert_int_equal(profile->nr_mappings, 2 * (count / 16));
	assert_true(cpu_seconds() - started < 5);
	profile_free(profile);
	free(bytes);
}

/* ---- what is guessed ---- */

static void only_pprof_looks_like_it(void **state)
{
	static const char *const texts[] = {"main;work 5\n",
					    "\n\nmain 1\n",
					    "2024 main 1\n",
					    "{}",
					    "<svg",
					    "* a 1\n",
					    "\"a\" 1\n",
					    "8 9 10\n",
					    "hp",
					    "Z",
					    ""};
	struct made made;
	size_t len;
	char *packed;

	make(&made, &right);
	assert_true(pprof_looks_like((char *)made.bytes, made.len));
	packed = pack((char *)made.bytes, made.len, 1, &len);
	assert_true(pprof_looks_like(packed, len));
	free(packed);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		assert_false(pprof_looks_like(texts[i], strlen(texts[i])));
		packed = pack(texts[i], strlen(texts[i]), 1, &len);
		assert_false(pprof_looks_like(packed, len));
		free(packed);
	}
}

static void names_of_mappings_are_read(void **state)
{
	static const struct {
		const char *name;
		enum mapping_type type;
		enum frame_kind kind;
		const char *module;
	} names[] = {
		{"", MAPPING_JIT, FRAME_JIT, ""},
		{"//anon", MAPPING_JIT, FRAME_JIT, ""},
		{"[kernel]", MAPPING_KERNEL, FRAME_KERNEL, "kernel"},
		{"[kernel] ext4", MAPPING_KERNEL, FRAME_KERNEL, "ext4"},
		{"[kernel.kallsyms]_text", MAPPING_KERNEL, FRAME_KERNEL, "kernel"},
		{"[vdso]", MAPPING_IMAGE, FRAME_LIBRARY, "[vdso]"},
		{"[run queue]", MAPPING_JIT, FRAME_RUN_QUEUE, ""},
		{"[waker] libc.so.6", MAPPING_JIT, FRAME_WAKER, "libc.so.6"},
		{"[waker] ", MAPPING_FILE, FRAME_USER, "[waker] "},
		{"[waker", MAPPING_FILE, FRAME_USER, "[waker"},
		{"/usr/lib/libz.so.1.2.13", MAPPING_FILE, FRAME_LIBRARY, "libz.so.1.2.13"},
		{"/usr/lib/libz.so", MAPPING_FILE, FRAME_LIBRARY, "libz.so"},
		{"/usr/lib/.so", MAPPING_FILE, FRAME_USER, ".so"},
		{"/usr/bin/also", MAPPING_FILE, FRAME_USER, "also"},
		{"/usr/bin/a.some", MAPPING_FILE, FRAME_USER, "a.some"},
		{"/usr/bin/go (deleted)", MAPPING_FILE, FRAME_USER, "go"},
		{"/usr/bin/", MAPPING_FILE, FRAME_USER, ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct pprof_code code;

		pprof_code_parse(names[i].name, strlen(names[i].name), &code);
		if (code.type != names[i].type || code.kind != names[i].kind ||
		    code.module_len != strlen(names[i].module) ||
		    (code.module_len && memcmp(code.module, names[i].module, code.module_len)))
			fail_msg("%s is read as %d %d %.*s", names[i].name, code.type, code.kind,
				 (int)code.module_len, code.module ? code.module : "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_wrong_is_said),
		cmocka_unit_test(what_is_cut_off_is_refused),
		cmocka_unit_test(packing_is_bounded),
		cmocka_unit_test(messages_are_bounded),
		cmocka_unit_test(samples_in_other_shapes),
		cmocka_unit_test(many_parts_are_fast),
		cmocka_unit_test(only_pprof_looks_like_it),
		cmocka_unit_test(names_of_mappings_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
