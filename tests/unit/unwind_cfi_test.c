// SPDX-License-Identifier: GPL-2.0-or-later
/* The entries of .eh_frame and .debug_frame: every form they take, and every way to be broken. */
#include "tests/unit/unwind_fixture.h"

#include "profiler/unwind/table/cfi.h"

/* ---- what was read, as text ------------------------------------------------------------------ */

struct seen {
	char text[2048];
	size_t len;
	int err; /* to answer */
};

static int see(void *data, const struct cfi_fde *fde)
{
	struct seen *seen = data;

	seen->len += (size_t)snprintf(seen->text + seen->len, sizeof(seen->text) - seen->len,
				      "%s%" PRIx64 "-%" PRIx64 "%s", seen->len ? " " : "",
				      fde->start, fde->end, fde->cie->is_signal_frame ? "S" : "");
	assert_true(seen->len < sizeof(seen->text));
	return seen->err;
}

/* "1000-1010 2000-2010S": the entries of a section, and how many are damaged. */
static void assert_entries(const struct cfi_section *section, const char *entries, uint64_t damaged)
{
	struct cfi_damage damage = {0};
	struct seen seen = {0};

	assert_int_equal(cfi_each_fde(section, &damage, see, &seen), 0);
	assert_string_equal(seen.text, entries);
	assert_int_equal(damage.entries, damaged);
}

static void assert_eh_frame(struct bytes *bytes, const char *entries, uint64_t damaged)
{
	struct cfi_section section = section_of(bytes, EM_X86_64);

	assert_entries(&section, entries, damaged);
}

/* An FDE whose two addresses are written as the test wants them. */
static void put_raw_fde(struct bytes *bytes, size_t cie, const uint8_t *addresses, size_t len)
{
	size_t at = entry_begin(bytes, (uint32_t)(bytes->len + 4 - cie));

	put(bytes, addresses, len);
	put_number(bytes, 0, 1);
	entry_end(bytes, at);
}

/* ---- .eh_frame ------------------------------------------------------------------------------- */

static void entries_are_read_in_order(void **state)
{
	struct bytes bytes = {0};
	size_t cie = put_x86_cie(&bytes), signal;

	put_fde(&bytes, cie, 0x1000, 0x10, BYTES(0));
	put_fde(&bytes, cie, 0x500, 0x20, BYTES(0));
	signal = put_cie(&bytes, "zRS", PCREL, 1, 16, X86_START);
	put_fde(&bytes, signal, 0x2000, 1, BYTES(0));
	put_fde(&bytes, cie, 0x3000, 0x1000, BYTES(0));
	assert_eh_frame(&bytes, "1000-1010 500-520 2000-2001S 3000-4000", 0);
	put_number(&bytes, 0, 4); /* the terminator: what follows is something else */
	put_fde(&bytes, cie, 0x5000, 0x10, BYTES(0));
	assert_eh_frame(&bytes, "1000-1010 500-520 2000-2001S 3000-4000", 0);
}

static void an_error_of_the_caller_stops_it(void **state)
{
	struct bytes bytes = {0};
	size_t cie = put_x86_cie(&bytes);
	struct cfi_damage damage = {0};
	struct seen seen = {.err = -ENOMEM};
	struct cfi_section section;

	put_fde(&bytes, cie, 0x1000, 0x10, BYTES(0));
	put_fde(&bytes, cie, 0x2000, 0x10, BYTES(0));
	section = section_of(&bytes, EM_X86_64);
	assert_int_equal(cfi_each_fde(&section, &damage, see, &seen), -ENOMEM);
	assert_string_equal(seen.text, "1000-1010");
}

static void addresses_of_every_encoding(void **state)
{
	static const struct {
		uint8_t encoding;
		const char *entries;
		uint8_t bytes[16];
		size_t len;
	} cases[] = {
		{CFI_PE_ABSPTR, "1234-1238", {0x34, 0x12, 0, 0, 0, 0, 0, 0, 4}, 16},
		{CFI_PE_SIGNED, "1234-1238", {0x34, 0x12, 0, 0, 0, 0, 0, 0, 4}, 16},
		{CFI_PE_UDATA8, "1234-1238", {0x34, 0x12, 0, 0, 0, 0, 0, 0, 4}, 16},
		{CFI_PE_SDATA8, "1234-1238", {0x34, 0x12, 0, 0, 0, 0, 0, 0, 4}, 16},
		{CFI_PE_UDATA4, "80001234-80001238", {0x34, 0x12, 0, 0x80, 4}, 8},
		{CFI_PE_SDATA4, "1234-1238", {0x34, 0x12, 0, 0, 4}, 8},
		{CFI_PE_UDATA2, "9234-9238", {0x34, 0x92, 4}, 4},
		{CFI_PE_SDATA2, "1234-1238", {0x34, 0x12, 4}, 4},
		{CFI_PE_ULEB128, "1234-1238", {0xb4, 0x24, 4}, 3},
		{CFI_PE_SLEB128, "1234-1238", {0xb4, 0x24, 4}, 3},
		{CFI_PE_TEXTREL | CFI_PE_SDATA4, "400f00-400f04", {0, 0xff, 0xff, 0xff, 4}, 8},
		{CFI_PE_DATAREL | CFI_PE_UDATA2, "700100-700104", {0, 1, 4}, 4},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct bytes bytes = {0};
		size_t cie = put_cie(&bytes, "zR", cases[i].encoding, 1, 16, X86_START);
		struct cfi_section section;

		put_raw_fde(&bytes, cie, cases[i].bytes, cases[i].len);
		section = section_of(&bytes, EM_X86_64);
		section.text = 0x401000;
		section.data_rel = 0x700000;
		assert_entries(&section, cases[i].entries, 0);
	}
}

static void aligned_addresses(void **state)
{
	struct bytes bytes = {0};
	size_t cie = put_cie(&bytes, "zR", CFI_PE_ALIGNED, 1, 16, X86_START);
	size_t at = entry_begin(&bytes, (uint32_t)(bytes.len + 4 - cie));

	while (bytes.len % 8)
		put_number(&bytes, 0xee, 1);
	put_number(&bytes, 0x1234, 8);
	put_number(&bytes, 4, 8);
	put_number(&bytes, 0, 1);
	entry_end(&bytes, at);
	assert_eh_frame(&bytes, "1234-1238", 0);
}

static void addresses_that_cannot_be_had(void **state)
{
	static const uint8_t encodings[] = {
		CFI_PE_OMIT,
		PCREL | CFI_PE_INDIRECT,
		CFI_PE_TEXTREL | CFI_PE_SDATA4, /* whose base is not known here */
		CFI_PE_DATAREL | CFI_PE_SDATA4,
		0x40 | CFI_PE_SDATA4, /* relative to the function, which this is about */
		0x05,
		0x0f,
	};

	for (size_t i = 0; i < ARRAY_LEN(encodings); i++) {
		struct bytes bytes = {0};
		size_t bad = put_cie(&bytes, "zR", encodings[i], 1, 16, X86_START);
		size_t good = put_x86_cie(&bytes);

		put_raw_fde(&bytes, bad, BYTES(0x34, 0x12, 0, 0, 4, 0, 0, 0));
		put_fde(&bytes, good, 0x2000, 0x10, BYTES(0));
		assert_eh_frame(&bytes, "2000-2010", 1);
	}
}

/* Linkers leave entries of code that they discarded, with nothing in their addresses. */
static void discarded_entries_are_no_damage(void **state)
{
	struct bytes bytes = {0};
	size_t cie = put_x86_cie(&bytes), absolute;

	put_raw_fde(&bytes, cie, BYTES(0, 0, 0, 0, 0x10, 0, 0, 0));
	put_fde(&bytes, cie, 0x1000, 0, BYTES(0));
	put_fde(&bytes, cie, 0, 0x10, BYTES(0));
	absolute = put_cie(&bytes, "zR", CFI_PE_UDATA4, 1, 16, X86_START);
	put_raw_fde(&bytes, absolute, BYTES(0, 0, 0, 0, 0x10, 0, 0, 0));
	put_fde(&bytes, cie, 0x2000, 0x10, BYTES(0));
	assert_eh_frame(&bytes, "2000-2010", 0);
}

/* ---- CIEs ------------------------------------------------------------------------------------ */

/* A CIE from its version on, and one FDE with absolute addresses of 4 or 8 bytes. */
static void assert_cie(const uint8_t *rest, size_t len, size_t address_len, const char *entries,
		       uint64_t damaged)
{
	struct bytes bytes = {0};
	size_t at = entry_begin(&bytes, 0);

	put(&bytes, rest, len);
	entry_end(&bytes, at);
	at = entry_begin(&bytes, (uint32_t)(bytes.len + 4));
	put_number(&bytes, 0x1000, address_len);
	put_number(&bytes, 0x10, address_len);
	put_number(&bytes, 0, 1);
	entry_end(&bytes, at);
	assert_eh_frame(&bytes, entries, damaged);
}

static void versions_and_augmentations(void **state)
{
	/* No augmentation: addresses have 8 bytes. */
	assert_cie(BYTES(1, 0, 1, 0x78, 16), 8, "1000-1010", 0);
	assert_cie(BYTES(3, 0, 1, 0x78, 0x90, 0), 8, "1000-1010", 0);
	assert_cie(BYTES(4, 0, 8, 0, 1, 0x78, 16), 8, "1000-1010", 0);
	assert_cie(BYTES(2, 0, 1, 0x78, 16), 8, "", 1);
	assert_cie(BYTES(5, 0, 8, 0, 1, 0x78, 16), 8, "", 1);
	assert_cie(BYTES(4, 0, 4, 0, 1, 0x78, 16), 8, "", 1); /* addresses of 4 bytes */
	assert_cie(BYTES(4, 0, 8, 2, 1, 0x78, 16), 8, "", 1); /* segments */
	assert_cie(BYTES(1, 'e', 'h', 0, 1, 2, 3, 4, 5, 6, 7, 8, 1, 0x78, 16), 8, "1000-1010", 0);
	/* A personality, relative and indirect, before the encoding; and one in 8 bytes. */
	assert_cie(BYTES(1, 'z', 'P', 'L', 'R', 0, 1, 0x78, 16, 7, 0x9b, 1, 2, 3, 4, 0x1b, 3), 4,
		   "1000-1010", 0);
	assert_cie(BYTES(1, 'z', 'P', 'R', 0, 1, 0x78, 16, 10, 0, 1, 2, 3, 4, 5, 6, 7, 8, 3), 4,
		   "1000-1010", 0);
	assert_cie(BYTES(1, 'z', 'R', 'S', 'B', 'G', 0, 1, 0x78, 16, 1, 3), 4, "1000-1010S", 0);
}

static void broken_cies(void **state)
{
	assert_cie(BYTES(1, 'z', 'R', 'x', 0, 1, 0x78, 16, 1, 3), 4, "", 1); /* unknown */
	assert_cie(BYTES(1, 'R', 0, 1, 0x78, 16, 3), 4, "", 1);		     /* no 'z' */
	assert_cie(BYTES(1, 'z', 'R', 0, 1, 0x78, 16, 0x7f, 3), 4, "", 1);   /* long data */
	assert_cie(BYTES(1, 'z', 'R', 0, 1, 0x78, 16, 0), 4, "", 1);	     /* no data */
	assert_cie(BYTES(1, 'z', 'P', 'R', 0, 1, 0x78, 16, 2, 0xff, 3), 4, "", 1);
	assert_cie(BYTES(1, 'z', 'R', 'R', 'R', 'R', 'R', 'R', 'R', 'R', 'R', 'R', 0, 1, 0x78, 16,
			 10, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3),
		   4, "", 1);				    /* longer than any */
	assert_cie(BYTES(1, 'z', 'R', 'z', 'R'), 4, "", 1); /* no end */
	assert_cie(BYTES(1, 0, 0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0,
			 0x78, 16),
		   8, "", 1); /* 77 bits */
	assert_cie(BYTES(1, 0, 0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 2, 0x78, 16),
		   8, "", 1); /* more than 64 */
	assert_cie(BYTES(1, 0, 0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1, 0x78, 16),
		   8, "1000-1010", 0); /* exactly 64 */
}

/* As many CIEs as are kept, and many more, in turns. */
static void many_cies(void **state)
{
	struct bytes bytes = {0};
	char expected[4096] = "";
	size_t cies[100], len = 0;

	for (size_t i = 0; i < ARRAY_LEN(cies); i++)
		cies[i] = put_cie(&bytes, i % 2 ? "zRS" : "zR", PCREL, 1, 16, X86_START);
	for (size_t i = 0; i < ARRAY_LEN(cies); i++) {
		size_t n = i * 37 % ARRAY_LEN(cies), start = 0x1000 + i * 0x10;

		put_fde(&bytes, cies[n], start, 1, BYTES(0));
		len += (size_t)snprintf(expected + len, sizeof(expected) - len, "%s%zx-%zx%s",
					i ? " " : "", start, start + 1, n % 2 ? "S" : "");
	}
	assert_eh_frame(&bytes, expected, 0);
}

/* ---- other forms ----------------------------------------------------------------------------- */

/* DWARF's 64-bit form; in .eh_frame the reference to the CIE stays one of 4 bytes. */
static void long_entries(void **state)
{
	struct bytes bytes = {0};
	struct cfi_section section;

	put_number(&bytes, UINT32_MAX, 4);
	put_number(&bytes, 4 + 5 + 3, 8);
	put_number(&bytes, 0, 4);
	put(&bytes, BYTES(1, 0, 1, 0x78, 16, 0, 0, 0));
	put_number(&bytes, UINT32_MAX, 4);
	put_number(&bytes, 4 + 16, 8);
	put_number(&bytes, bytes.len, 4);
	put_number(&bytes, 0x1000, 8);
	put_number(&bytes, 0x10, 8);
	assert_eh_frame(&bytes, "1000-1010", 0);

	bytes.len = 0;
	put_number(&bytes, UINT32_MAX, 4);
	put_number(&bytes, 8 + 8, 8);
	put_number(&bytes, UINT64_MAX, 8);
	put(&bytes, BYTES(4, 0, 8, 0, 1, 0x78, 16, 0));
	put_number(&bytes, UINT32_MAX, 4);
	put_number(&bytes, 8 + 16, 8);
	put_number(&bytes, 0, 8);
	put_number(&bytes, 0x1000, 8);
	put_number(&bytes, 0x10, 8);
	section = section_of(&bytes, EM_X86_64);
	section.is_debug_frame = true;
	assert_entries(&section, "1000-1010", 0);
}

static void debug_frame_names_cies_by_offset(void **state)
{
	struct bytes bytes = {0};
	struct cfi_section section;
	size_t at, cie;

	for (size_t i = 0; i < 2; i++) {
		cie = entry_begin(&bytes, UINT32_MAX);
		put(&bytes, BYTES(4, 0, 8, 0, 1, 0x78, 16));
		entry_end(&bytes, cie);
		at = entry_begin(&bytes, (uint32_t)cie);
		put_number(&bytes, 0x1000 + 0x1000 * i, 8);
		put_number(&bytes, 0x10, 8);
		entry_end(&bytes, at);
	}
	section = section_of(&bytes, EM_X86_64);
	section.is_debug_frame = true;
	assert_entries(&section, "1000-1010 2000-2010", 0);
}

/* ---- damage ---------------------------------------------------------------------------------- */

static void entries_that_name_no_cie(void **state)
{
	struct bytes bytes = {0};
	size_t cie = put_x86_cie(&bytes), fde;

	fde = put_fde(&bytes, cie, 0x1000, 0x10, BYTES(0));
	put_fde(&bytes, fde, 0x2000, 0x10, BYTES(0));		  /* another FDE */
	put_fde(&bytes, bytes.len, 0x3000, 0x10, BYTES(0));	  /* itself */
	put_fde(&bytes, cie + 4, 0x4000, 0x10, BYTES(0));	  /* the middle of one */
	put_fde(&bytes, bytes.len + 800, 0x5000, 0x10, BYTES(0)); /* beyond the end */
	put_fde(&bytes, (size_t)-8, 0x6000, 0x10, BYTES(0));	  /* before the start */
	put_fde(&bytes, cie, 0x7000, 0x10, BYTES(0));
	assert_eh_frame(&bytes, "1000-1010 7000-7010", 5);
}

static void entries_too_short(void **state)
{
	struct bytes bytes = {0};
	size_t cie = put_x86_cie(&bytes);

	for (uint32_t len = 1; len < 13; len++) { /* 13 hold all that an FDE needs */
		size_t at = bytes.len;

		put_fde(&bytes, cie, 0x1000, 0x10, BYTES(0, 0));
		memcpy(bytes.data + at, &len, 4);
		bytes.len = at + 4 + len;
	}
	put_fde(&bytes, cie, 0x2000, 0x10, BYTES(0));
	assert_eh_frame(&bytes, "2000-2010", 12);
}

/* Where the next entry is is then unknown. */
static void lengths_past_the_end_stop_it(void **state)
{
	static const uint32_t lengths[] = {0x15, 0x7fffffff, 0xfffffffe, 0xffffffff};

	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		struct bytes bytes = {0};
		size_t cie = put_x86_cie(&bytes), at;

		put_fde(&bytes, cie, 0x1000, 0x10, BYTES(0));
		at = put_fde(&bytes, cie, 0x2000, 0x10, BYTES(0));
		memcpy(bytes.data + at, &lengths[i], 4);
		assert_eh_frame(&bytes, "1000-1010", 1);
	}
}

static void sections_cut_anywhere(void **state)
{
	struct bytes bytes = {0}, cut;
	size_t cie = put_x86_cie(&bytes), fde = bytes.len;

	put_fde(&bytes, cie, 0x1000, 0x10, BYTES(0));
	for (size_t len = 0; len < bytes.len; len++) {
		cut = bytes;
		cut.len = len;
		/* Damage where an entry's length is there, and the entry is not. */
		assert_eh_frame(&cut, "", (len >= 4 && len < fde) || len >= fde + 4);
	}
}

static void ranges_that_wrap_are_damage(void **state)
{
	struct bytes bytes = {0};
	size_t cie = put_cie(&bytes, "zR", CFI_PE_ABSPTR, 1, 16, X86_START);

	put_raw_fde(&bytes, cie,
		    BYTES(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 0, 0, 0));
	assert_eh_frame(&bytes, "", 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_are_read_in_order),
		cmocka_unit_test(an_error_of_the_caller_stops_it),
		cmocka_unit_test(addresses_of_every_encoding),
		cmocka_unit_test(aligned_addresses),
		cmocka_unit_test(addresses_that_cannot_be_had),
		cmocka_unit_test(discarded_entries_are_no_damage),
		cmocka_unit_test(versions_and_augmentations),
		cmocka_unit_test(broken_cies),
		cmocka_unit_test(many_cies),
		cmocka_unit_test(long_entries),
		cmocka_unit_test(debug_frame_names_cies_by_offset),
		cmocka_unit_test(entries_that_name_no_cie),
		cmocka_unit_test(entries_too_short),
		cmocka_unit_test(lengths_past_the_end_stop_it),
		cmocka_unit_test(sections_cut_anywhere),
		cmocka_unit_test(ranges_that_wrap_are_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
