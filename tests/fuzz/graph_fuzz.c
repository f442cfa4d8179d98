// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Graphs. The first byte of the input says what the rest is: a file; the text
 * of the data element; or the block itself, plain or still to be deflated, so
 * that mutations reach what lies within. What is read has to be a profile, and
 * drawn again it has to be read as the same.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "profiler/file/file.h"
#include "profiler/file/graph.h"
#include "tests/unit/render_fixture.h"

enum {
	INPUT_ELEMENT = 1, /* text between the tags */
	INPUT_BLOCK = 2,   /* bytes of the block, which are written as base64 */
	INPUT_DEFLATE = 4, /* deflated before that */
	INPUT_SAYS_DEFLATED = 8,
	INPUT_VERSION_1 = 16,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void tell(void *data, const char *line)
{
	if (!*line || strpbrk(line, "\n"))
		abort();
}

static int read_text(struct profile *profile, const char *text, size_t len)
{
	struct file_complaints complaints = {.tell = tell};
	size_t head_len = len < FILE_HEAD_BYTES ? len : FILE_HEAD_BYTES;
	int fd = memfd_create("graph", MFD_CLOEXEC), err;
	/* In memory of exactly its size, so that the sanitizer sees a read past the end. */
	char *head = malloc(head_len + !head_len);

	if (fd < 0 || !head ||
	    write(fd, text + head_len, len - head_len) != (ssize_t)(len - head_len))
		abort();
	lseek(fd, 0, SEEK_SET);
	memcpy(head, text, head_len);
	graph_looks_like(head, head_len);
	err = graph_read(fd, head, head_len, profile, &complaints);
	if (err == -EBADMSG && complaints.count != 1)
		abort();
	if (err && err != -EBADMSG)
		abort();
	free(head);
	close(fd);
	return err;
}

static void write_base64(FILE *out, const uint8_t *data, size_t size)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < size; i += 3) {
		size_t have = size - i < 3 ? size - i : 3;
		uint32_t triple = (uint32_t)data[i] << 16 |
				  (have > 1 ? (uint32_t)data[i + 1] << 8 : 0) |
				  (have > 2 ? data[i + 2] : 0);

		fputc(digits[triple >> 18], out);
		fputc(digits[triple >> 12 & 63], out);
		fputc(have > 1 ? digits[triple >> 6 & 63] : '=', out);
		fputc(have > 2 ? digits[triple & 63] : '=', out);
	}
}

static void write_deflated(FILE *out, const uint8_t *data, size_t size)
{
	z_stream stream = {0};
	size_t room = size + size / 8 + 64;
	uint8_t *deflated = malloc(room);

	if (!deflated || deflateInit2(&stream, 1, Z_DEFLATED, -15, 8, 0) != Z_OK)
		abort();
	stream.next_in = (uint8_t *)data;
	stream.avail_in = (unsigned int)size;
	stream.next_out = deflated;
	stream.avail_out = (unsigned int)room;
	if (deflate(&stream, Z_FINISH) != Z_STREAM_END)
		abort();
	write_base64(out, deflated, room - stream.avail_out);
	deflateEnd(&stream);
	free(deflated);
}

static char *make_text(uint8_t how, const uint8_t *data, size_t size, size_t *ret_len)
{
	bool deflated = how & (INPUT_DEFLATE | INPUT_SAYS_DEFLATED);
	bool wrapped = how & (INPUT_ELEMENT | INPUT_BLOCK);
	char *text;
	FILE *out = open_memstream(&text, ret_len);

	if (wrapped)
		fprintf(out,
			"<svg><metadata id=\"bolometer\" data-version=\"%d\" data-encoding=\"%s\">",
			how & INPUT_VERSION_1 ? 1 : 2, deflated ? "deflate-raw" : "plain");
	if (!(how & INPUT_BLOCK))
		fwrite(data, 1, size, out);
	else if (how & INPUT_DEFLATE)
		write_deflated(out, data, size);
	else
		write_base64(out, data, size);
	if (wrapped)
		fputs("</metadata></svg>", out);
	if (fclose(out))
		abort();
	return text;
}

static char *draw(struct profile *profile)
{
	struct symbols symbols;
	struct tree_quality quality;
	struct tree *tree;
	const char *wrong;
	char *text;

	profile_seal(profile);
	wrong = profile_check(profile);
	if (wrong) {
		fprintf(stderr, "%s\n", wrong);
		abort();
	}
	if (symbols_init(&symbols, profile))
		abort();
	tree = tree_build(profile, &symbols, GROUP_NONE, &views[VIEW_PLAIN]);
	if (!tree)
		abort();
	tree_measure(tree, &quality);
	struct render_input input = {.tree = tree, .about = &profile->about, .quality = &quality};
	text = fixture_render(&input, "svg");
	tree_free(tree);
	symbols_fini(&symbols);
	return text;
}

/* Names of threads are cut, and so may change once more; all else is settled by the first reading. */
static void check(struct profile *profile)
{
	struct profile *again = profile_new();
	char *first, *second;

	profile->about.nr_residuals = 0;
	first = draw(profile);
	if (!again || read_text(again, first, strlen(first)))
		abort();
	second = draw(again);
	if (strcmp(first, second))
		abort();
	free(first);
	free(second);
	profile_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct profile *profile = profile_new();
	size_t len;
	char *text;

	if (!profile || !size)
		goto out;
	text = make_text(data[0], data + 1, size - 1, &len);
	if (!read_text(profile, text, len))
		check(profile);
	free(text);
out:
	profile_free(profile);
	return 0;
}
