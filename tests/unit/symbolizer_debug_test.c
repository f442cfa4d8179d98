// SPDX-License-Identifier: GPL-2.0-or-later
/* Build ids, and separate debug files: found, believed, refused. */
#include "tests/unit/symbolizer_stripped.h"

/* Whether the hidden symbol of prog.so was found; with root_fd the file is "/prog.so" there. */
static bool hidden_is_named_below(int root_fd, const char *path, const char *wanted_notice)
{
	return finds_hidden_below(new_symbolizer(false), root_fd, path, wanted_notice);
}

static bool hidden_is_named(const char *wanted_notice)
{
	return hidden_is_named_below(-1, in_dir("prog.so"), wanted_notice);
}

static void no_debug_file(void **state)
{
	make_stripped("0x" ID);
	run("rm prog.debug");
	assert_false(hidden_is_named(""));
}

static void found_by_build_id(void **state)
{
	make_stripped("0x" ID);
	run("mkdir -p debug/.build-id/de && mv prog.debug debug/.build-id/de/%s.debug", ID_REST);
	assert_true(hidden_is_named(""));
}

static void found_by_build_id_below_the_root_of_the_process(void **state)
{
	int root;

	make_stripped("0x" ID);
	run("mkdir -p root/usr/lib/debug/.build-id/de root/elsewhere && "
	    "mv prog.debug root/elsewhere/x && "
	    "ln -s /elsewhere/x root/usr/lib/debug/.build-id/de/%s.debug",
	    ID_REST);
	root = open(in_dir("root"), O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(hidden_is_named_below(root, "/prog.so", ""));
	close(root);
}

static void other_build_id_is_refused(void **state)
{
	make_stripped("0x" ID);
	run("mkdir -p debug/.build-id/de && "
	    "gcc -shared -nostdlib -o full.so prog.o -Wl,--build-id=0x" OTHER_ID " && "
	    "objcopy --only-keep-debug full.so debug/.build-id/de/%s.debug",
	    ID_REST);
	assert_false(hidden_is_named("its build id is another"));
}

static void found_by_link(void **state)
{
	static const char *const places[] = {".", ".debug", NULL};

	for (size_t i = 0; i < 3; i++) {
		make_stripped("none");
		run("objcopy --add-gnu-debuglink=prog.debug prog.so");
		if (places[i])
			run("mkdir -p %s && (mv prog.debug %s/ || true) 2>/dev/null", places[i],
			    places[i]);
		else
			run("mkdir -p debug%s && mv prog.debug debug%s/", fixture_dir, fixture_dir);
		assert_true(hidden_is_named(""));
	}
}

static void found_by_link_below_the_root_of_the_process(void **state)
{
	int root;

	make_stripped("none");
	run("objcopy --add-gnu-debuglink=prog.debug prog.so && mkdir -p root/opt/.debug && "
	    "mv prog.debug root/opt/.debug/");
	root = open(in_dir("root"), O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(hidden_is_named_below(root, "/opt/prog.so", ""));
	assert_true(hidden_is_named_below(root, "/opt/../opt/prog.so", ""));
	assert_false(hidden_is_named_below(root, "/other/prog.so", ""));
	close(root);
}

/* A link out of the root means a file in the root: here there is none. */
static void links_do_not_lead_out_of_the_root(void **state)
{
	int root;

	make_stripped("none");
	run("objcopy --add-gnu-debuglink=prog.debug prog.so && mkdir -p root/opt && "
	    "ln -s %s/prog.debug root/opt/prog.debug && ln -s ../../prog.debug root/prog.debug",
	    fixture_dir);
	root = open(in_dir("root"), O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_false(hidden_is_named_below(root, "/opt/prog.so", ""));
	assert_false(hidden_is_named_below(root, "/prog.so", ""));
	close(root);
}

static void wrong_crc_is_refused(void **state)
{
	make_stripped("none");
	run("objcopy --add-gnu-debuglink=prog.debug prog.so && printf x >> prog.debug");
	assert_false(hidden_is_named("its CRC is not the one"));
	/* Also where the build ids agree: the file is damaged. */
	make_stripped("0x" ID);
	run("objcopy --add-gnu-debuglink=prog.debug prog.so && printf x >> prog.debug");
	assert_false(hidden_is_named("its CRC is not the one"));
}

/* The right CRC cannot make another program's symbols right. */
static void right_crc_with_another_build_id_is_refused(void **state)
{
	make_stripped("0x" ID);
	run("cp prog.so keep.so && gcc -shared -nostdlib -o other.so prog.o "
	    "-Wl,--build-id=0x" OTHER_ID " && objcopy --only-keep-debug other.so prog.debug && "
	    "objcopy --add-gnu-debuglink=prog.debug prog.so");
	assert_false(hidden_is_named("its build id is another"));
}

static void file_linked_to_itself_is_no_debug_file(void **state)
{
	make_stripped("none");
	run("cp prog.so prog.debug && objcopy --add-gnu-debuglink=prog.debug prog.so && "
	    "ln -f prog.so prog.debug");
	assert_false(hidden_is_named(""));
}

static void fifo_in_the_place_of_a_debug_file_is_not_opened(void **state)
{
	make_stripped("none");
	run("objcopy --add-gnu-debuglink=prog.debug prog.so && rm prog.debug && mkfifo prog.debug");
	assert_false(hidden_is_named(""));
}

/* ---- build ids ------------------------------------------------------------------------------- */

static void build_id_is_read(void **state)
{
	static const uint8_t wanted[] = {0xde, 0xad, 0xbe, 0xef, 0x01, 0x23, 0x45,
					 0x67, 0x89, 0xab, 0xcd, 0xef, 0x01, 0x23,
					 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};
	uint8_t id[64];
	int fd;

	make_stripped("0x" ID);
	fd = open(in_dir("prog.so"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(lseek(fd, 7, SEEK_SET), 7);
	assert_int_equal(symbol_build_id(fd, id, sizeof(id)), 20);
	assert_memory_equal(id, wanted, 20);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 7);
	assert_int_equal(symbol_build_id(fd, id, 20), 20);
	assert_int_equal(symbol_build_id(fd, id, 19), -ENOSPC);
	close(fd);

	make_stripped("none");
	fd = open(in_dir("prog.so"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(symbol_build_id(fd, id, sizeof(id)), 0);
	close(fd);
	fd = open(in_dir("prog.s"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(symbol_build_id(fd, id, sizeof(id)), 0);
	close(fd);
	assert_int_equal(symbol_build_id(-1, id, sizeof(id)), -EBADF);
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_equal(symbol_build_id(fd, id, sizeof(id)), -EINVAL);
	close(fd);
}

static void replaced_file_names_nothing(void **state)
{
	uint8_t id[20];
	struct symbolizer *symbolizer = new_symbolizer(false);
	struct symbol_file file = {.root_fd = -1, .build_id = id};
	int source;

	make_stripped("0x" ID);
	file.path = in_dir("full.so");
	file.fd = open(file.path, O_RDONLY | O_CLOEXEC);
	file.build_id_len = (size_t)symbol_build_id(file.fd, id, sizeof(id));
	source = symbolizer_add_file(symbolizer, &file);
	assert_named(symbolizer, source, text_off(), "exported");
	assert_string_equal(notices_of(symbolizer), "");

	id[19] ^= 1;
	source = symbolizer_add_file(symbolizer, &file);
	assert_unnamed(symbolizer, source, text_off(), SYMBOL_FILE_REPLACED);
	assert_non_null(strstr(notices_of(symbolizer), "full.so: the file on disk is not the one"));
	id[19] ^= 1;
	file.build_id_len = 19;
	source = symbolizer_add_file(symbolizer, &file);
	assert_unnamed(symbolizer, source, text_off(), SYMBOL_FILE_REPLACED);
	close(file.fd);
	symbolizer_free(symbolizer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_debug_file),
		cmocka_unit_test(found_by_build_id),
		cmocka_unit_test(found_by_build_id_below_the_root_of_the_process),
		cmocka_unit_test(other_build_id_is_refused),
		cmocka_unit_test(found_by_link),
		cmocka_unit_test(found_by_link_below_the_root_of_the_process),
		cmocka_unit_test(links_do_not_lead_out_of_the_root),
		cmocka_unit_test(wrong_crc_is_refused),
		cmocka_unit_test(right_crc_with_another_build_id_is_refused),
		cmocka_unit_test(file_linked_to_itself_is_no_debug_file),
		cmocka_unit_test(fifo_in_the_place_of_a_debug_file_is_not_opened),
		cmocka_unit_test(build_id_is_read),
		cmocka_unit_test(replaced_file_names_nothing),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
