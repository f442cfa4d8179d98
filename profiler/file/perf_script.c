// SPDX-License-Identifier: GPL-2.0-or-later
/* The lines of `perf script`, and which of them is what; see perf_script.h. */
#include "profiler/file/perf_script.h"

#include <errno.h>

#include "profiler/file/input.h"
#include "profiler/file/perf_sample.h"

#define OTHER_RECORD "PERF_RECORD_" /* of --show-mmap-events and the like */

#define NOT_UNDERSTOOD "neither a sample nor a part of one"

enum perf_state {
	BETWEEN,   /* before a sample */
	NAMED,	   /* behind a line that may be a thread's name and nothing else */
	IN_SAMPLE, /* behind what a sample begins with */
	IN_STACK,  /* behind a frame */
};

/* So many lines are looked up before the first of them is read, as memory is slow to answer. */
#define LINES_AT_ONCE 32

struct perf_line {
	struct piece whole; /* without blanks at the end */
	struct piece text;  /* and without those at the beginning */
	uint32_t looked_up; /* the text, if there were any */
};

struct perf_reader {
	struct perf_sample sample;
	struct perf_about about;
	struct file_complaints *complaints;
	enum perf_state state;
	uint64_t line;
	uint64_t begun; /* the line that the sample began with */
	uint64_t framed; /* the line of the last frame */
	char name[128]; /* of NAMED */
	size_t name_len;
};

static void refuse(struct perf_reader *reader, uint64_t line, const char *why)
{
	file_complain(reader->complaints, "line %llu: %s; not used", (unsigned long long)line, why);
}

/* Ends the sample that is being read, if there is one. */
static int end_sample(struct perf_reader *reader)
{
	enum perf_state state = reader->state;
	int err;

	reader->state = BETWEEN;
	if (state == BETWEEN)
		return 0;
	if (state == NAMED) {
		refuse(reader, reader->begun, NOT_UNDERSTOOD);
		return 0;
	}
	err = perf_sample_end(&reader->sample);
	if (err != -EOVERFLOW)
		return err;
	refuse(reader, reader->begun, "the periods of all samples together are too large");
	return 0;
}

static int begin_sample(struct perf_reader *reader, const struct perf_head *head)
{
	int err = end_sample(reader);

	if (!err && piece_starts(head->rest, OTHER_RECORD))
		perf_about_record(&reader->about, head->rest);
	if (err || piece_starts(head->rest, OTHER_RECORD) ||
	    piece_starts(head->event, OTHER_RECORD))
		return err;
	reader->state = IN_SAMPLE;
	reader->begun = reader->line;
	return perf_sample_begin(&reader->sample, head, reader->complaints);
}

/* With -F that leaves nothing but names, samples begin with one; what follows tells. */
static int begin_named(struct perf_reader *reader, struct piece text)
{
	int err = end_sample(reader);

	reader->state = NAMED;
	reader->begun = reader->line;
	reader->name_len = text.len < sizeof(reader->name) ? text.len : sizeof(reader->name);
	memcpy(reader->name, text.text, reader->name_len);
	return err;
}

/* A frame of a sample that has begun. Returns 1, 0 when it is none, or -errno. */
static int read_frame(struct perf_reader *reader, const struct perf_line *line)
{
	int got = perf_sample_frame(&reader->sample, line->text, line->looked_up);

	if (got > 0) {
		reader->state = IN_STACK;
		reader->framed = reader->line;
	}
	return got;
}

/* A frame of a sample of which there was its thread's name at most. Likewise. */
static int read_first_frame(struct perf_reader *reader, const struct perf_line *line)
{
	struct perf_head head = {.cpu = CPU_NONE};
	struct perf_frame frame;
	int err;

	if (!perf_frame_parse(line->text, &frame))
		return 0;
	if (reader->state == NAMED)
		head.comm = (struct piece){reader->name, reader->name_len};
	reader->state = BETWEEN;
	err = begin_sample(reader, &head);
	return err ? err : read_frame(reader, line);
}

/* A frame that has lost the blanks before it, as happens to text that is copied. Likewise. */
static int read_bare_frame(struct perf_reader *reader, const struct perf_line *line)
{
	struct perf_frame frame;

	if (reader->state < IN_SAMPLE || !perf_frame_parse(line->text, &frame) || !frame.file.text)
		return 0;
	return read_frame(reader, line);
}

/*
 * Whether a line that could be a frame is what a sample begins with: without -g names of threads stand
 * behind blanks, and may be hexadecimal numbers.
 */
static bool is_head(const struct perf_reader *reader, struct piece line, struct perf_head *ret)
{
	return reader->state != IN_STACK && line.text[0] != '\t' && perf_head_parse(line, ret) &&
	       ret->has_time && ret->has_tid;
}

/* Without -g a sample's first line has its only frame. */
static bool is_below_frame(const struct perf_reader *reader)
{
	return reader->line == 1 + (reader->state == IN_STACK ? reader->framed : reader->begun);
}

/* Behind blanks: a frame, or what a sample begins with, or what stands below frames. */
static int read_indented(struct perf_reader *reader, const struct perf_line *line)
{
	struct perf_source source;
	struct perf_head head;
	int got;

	if (is_head(reader, line->whole, &head))
		return begin_sample(reader, &head);
	got = reader->state >= IN_SAMPLE ? read_frame(reader, line)
					 : read_first_frame(reader, line);
	if (got)
		return got < 0 ? got : 0;
	if (reader->state < IN_SAMPLE && perf_head_parse(line->whole, &head))
		return begin_sample(reader, &head);
	if (reader->state < IN_SAMPLE)
		refuse(reader, reader->line, NOT_UNDERSTOOD);
	/* Else branches and registers, which are of no use here. */
	return is_below_frame(reader) && perf_source_parse(line->text, &source)
		       ? perf_sample_source(&reader->sample, &source, line->text)
		       : 0;
}

/* Neither behind blanks nor what a sample of known shape begins with. */
static int read_other(struct perf_reader *reader, const struct perf_line *line)
{
	int got = read_bare_frame(reader, line);

	if (got)
		return got < 0 ? got : 0;
	/* With `-F srccode` text of the source stands between frames. */
	return reader->state >= IN_SAMPLE && line->text.text[0] == '|'
		       ? 0
		       : begin_named(reader, line->text);
}

static bool is_comment(struct piece line)
{
	return line.text[0] == '#' && (line.len == 1 || piece_blank(line.text[1]));
}

static int read_line(struct perf_reader *reader, const struct perf_line *line)
{
	struct perf_head head;

	reader->line++;
	if (!line->whole.len)
		return end_sample(reader);
	if (reader->state == BETWEEN && is_comment(line->whole))
		return perf_about_comment(&reader->about, line->whole);
	if (piece_blank(line->whole.text[0]))
		return read_indented(reader, line);
	if (!perf_head_parse(line->whole, &head))
		return read_other(reader, line);
	return begin_sample(reader, &head);
}

/* Looks up what may be frames. */
static void prepare(const struct perf_reader *reader, struct piece piece, struct perf_line *line)
{
	line->whole = piece_trim_end(piece);
	line->text = piece_trim(line->whole);
	line->looked_up = 0;
	if (line->text.len && (line->text.text != line->whole.text || piece_hex_digit(*piece.text)))
		line->looked_up = perf_sample_look_up(&reader->sample, line->text);
}

static int read_lines(struct perf_reader *reader, const struct piece *pieces, int count)
{
	struct perf_line lines[LINES_AT_ONCE];
	int err = 0;

	for (int i = 0; i < count; i++)
		prepare(reader, pieces[i], &lines[i]);
	for (int i = 0; i < count && !err; i++)
		err = read_line(reader, &lines[i]);
	return err;
}

static int read_all(struct perf_reader *reader, struct input *input)
{
	struct piece pieces[LINES_AT_ONCE];
	int got, err = 0;

	while (!err && (got = input_lines(input, pieces, LINES_AT_ONCE)) != 0) {
		if (got == -EFBIG)
			refuse(reader, ++reader->line, INPUT_TOO_LONG);
		else
			err = got < 0 ? got : read_lines(reader, pieces, got);
	}
	return err ? err : end_sample(reader);
}

/* What is left to do when all lines are read. */
static int finish(struct perf_reader *reader)
{
	const char *wanted = reader->complaints->options.event;
	struct perf_sample *sample = &reader->sample;
	size_t from[VALUE_TYPES_MAX];
	int err = perf_about_end(&reader->about, wanted, reader->complaints);

	if (!err && wanted && !sample->values_set)
		return -EBADMSG; /* that is said */
	if (!err && !sample->values_set) {
		perf_about_values(&reader->about, &(struct perf_head){.cpu = CPU_NONE});
		err = file_begin_values(sample->profile, &reader->about.about, from, &sample->first,
					reader->complaints);
	}
	if (!err)
		err = perf_sample_finish(sample);
	return err ? err
		   : file_end_about(sample->profile, &reader->about.about, sample->first,
				    reader->complaints);
}

int perf_script_read(int fd, const char *head, size_t len, struct profile *profile,
		     struct file_complaints *complaints)
{
	struct perf_reader reader = {.complaints = complaints};
	struct input input;
	int err = input_init(&input, fd, head, len);

	perf_about_init(&reader.about);
	if (!err)
		err = perf_sample_init(&reader.sample, profile, &reader.about,
				       &complaints->options);
	if (!err)
		err = read_all(&reader, &input);
	if (!err)
		err = finish(&reader);
	perf_sample_fini(&reader.sample);
	perf_about_fini(&reader.about);
	input_fini(&input);
	return err;
}

/* ---- telling ------------------------------------------------------------------------------- */

/* The next line of a beginning of a file, with the blanks before it. False behind the last. */
static bool next_line(struct piece *left, struct piece *ret)
{
	size_t end = piece_find(*left, "\n");

	if (!left->len)
		return false;
	*ret = piece_trim_end(piece_upto(*left, end));
	*left = piece_from(*left, end < left->len ? end + 1 : end);
	return true;
}

static bool is_frame_line(struct piece line)
{
	struct perf_frame frame;

	return line.len && line.text[0] == '\t' && perf_frame_parse(piece_trim(line), &frame);
}

bool perf_script_looks_like(const char *head, size_t len)
{
	struct piece left = {head, len}, line, behind = {0};
	struct perf_head found;

	if (memchr(head, '\0', len))
		return false;
	while (next_line(&left, &line)) {
		if (piece_starts(line, "# captured on"))
			return true;
		if (!line.len || (line.text[0] == '#' && (line.len == 1 || line.text[1] == ' ')))
			continue;
		if (is_frame_line(line))
			return true;
		/* What is nothing but a name and a number may be folded stacks. */
		if (perf_head_parse(line, &found) &&
		    (found.has_time || (found.event.len && !memchr(line.text, ';', line.len))))
			return true;
		/* A name and a frame behind it; of bpftrace, whose frames may look the same, a key. */
		return !piece_blank(line.text[0]) && !piece_ends(line, "[") && next_line(&left, &behind) &&
		       is_frame_line(behind);
	}
	return false;
}

bool perf_data_looks_like(const char *head, size_t len)
{
	struct piece start = {head, len};

	return piece_starts(start, "PERFILE2") || piece_starts(start, "2ELIFREP") ||
	       piece_starts(start, "PERFFILE");
}

int perf_data_read(int fd, const char *head, size_t len, struct profile *profile,
		   struct file_complaints *complaints)
{
	file_complain(complaints, "what perf record wrote can be read by perf alone; give what "
				  "`perf script` prints of it");
	return -EBADMSG;
}
