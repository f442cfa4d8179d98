// SPDX-License-Identifier: GPL-2.0-or-later
/* Decompressing .gnu_debugdata, as much of it as is reasonable; see elf_mini_debug.h. */
#include "symbolizer/elf_mini_debug.h"

#include <errno.h>
#include <lzma.h>
#include <stdlib.h>

#include "profiler/model/alloc.h"
#include "symbolizer/elf_debug_file.h"

/* Of the largest libraries it has a few megabytes, a tenth of that compressed. */
#define MAX_BYTES	 (64U << 20)
#define MAX_PACKED_BYTES (16U << 20)

/* xz asks for 65 MiB to undo its best compression. */
#define MAX_DECODER_BYTES (80U << 20)

struct unpacked {
	unsigned char *bytes;
	size_t len, cap;
};

/* Moves on through the section, a piece of the file at a time, and through the room for output. */
static lzma_ret next_step(lzma_stream *stream, const struct elf_file *file, uint64_t *off,
			  uint64_t *left, unsigned char *piece, size_t size)
{
	if (!stream->avail_in && *left) {
		size_t want = *left < size ? (size_t)*left : size;

		stream->next_in = piece;
		stream->avail_in = elf_file_read(file, *off, piece, want);
		*off += stream->avail_in;
		*left = stream->avail_in ? *left - stream->avail_in : 0;
	}
	return lzma_code(stream, *left || stream->avail_in ? LZMA_RUN : LZMA_FINISH);
}

/* Why there is nothing to be had; NULL when all was unpacked. *ret_err: -ENOMEM */
static const char *unpack(lzma_stream *stream, const struct elf_file *file, uint64_t off,
			  uint64_t left, struct unpacked *out, int *ret_err)
{
	unsigned char piece[16 * 1024];
	lzma_ret state = LZMA_OK;

	while (state == LZMA_OK) {
		if (out->len == MAX_BYTES)
			return "it is too large";
		if (out->len == out->cap &&
		    ARRAY_RESERVE(out->bytes, out->cap, out->cap ? 2 * out->cap : sizeof(piece))) {
			*ret_err = -ENOMEM;
			return "there is no memory";
		}
		stream->next_out = out->bytes + out->len;
		stream->avail_out = (out->cap < MAX_BYTES ? out->cap : MAX_BYTES) - out->len;
		state = next_step(stream, file, &off, &left, piece, sizeof(piece));
		out->len = (size_t)(stream->next_out - out->bytes);
	}
	if (state == LZMA_MEM_ERROR)
		*ret_err = -ENOMEM;
	return state == LZMA_STREAM_END	      ? NULL
	       : state == LZMA_MEMLIMIT_ERROR ? "it takes too much memory to decompress"
					      : "it is damaged";
}

/* Why the image is not usable; NULL when it is open. Takes over the bytes. */
static const char *open_image(struct unpacked *unpacked, const struct elf_file *file,
			      struct elf_file *ret, int *ret_err)
{
	enum symbol_reason reason;

	*ret_err = elf_file_open_image(ret, unpacked->bytes, unpacked->len, &reason);
	unpacked->bytes = NULL;
	if (!*ret_err && reason == SYMBOL_OK && elf_debug_same_layout(file, ret))
		return NULL;
	elf_file_fini(ret);
	return reason == SYMBOL_OK ? "its layout is another" : symbol_reason_text(reason);
}

int elf_mini_debug_open(struct source *source, const struct elf_file *file, const char *path,
			struct elf_file *ret)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	struct unpacked unpacked = {0};
	const char *wrong = NULL;
	GElf_Shdr header;
	int err = 0;

	if (!elf_file_section(file, NULL, ".gnu_debugdata", SHT_PROGBITS, &header))
		return 0;
	if (header.sh_size > MAX_PACKED_BYTES)
		wrong = "it is too large";
	else if (lzma_stream_decoder(&stream, MAX_DECODER_BYTES, 0) != LZMA_OK)
		err = -ENOMEM;
	if (!err && !wrong)
		wrong = unpack(&stream, file, header.sh_offset, header.sh_size, &unpacked, &err);
	lzma_end(&stream);
	if (!err && !wrong)
		wrong = open_image(&unpacked, file, ret, &err);
	free(unpacked.bytes);
	if (!err && !wrong)
		return 1;
	return err ? err
		   : source_tell(source, "%s: its .gnu_debugdata is not used: %s", path, wrong);
}
