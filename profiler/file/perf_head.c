// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a sample of `perf script` begins with; see perf_line.h.
 *
 * A thread's name may look like anything that follows it, so the line is read
 * from what cannot be mistaken: the time, else the CPU, else an event behind a
 * number; and from there towards both ends.
 */
#include "profiler/file/perf_line.h"

#include "profiler/model/profile.h"

#define SECONDS_MAX  4000000000ULL /* so that nanoseconds fit */
#define FRACTION_MAX 9

/* "1234.567890" as nanoseconds. */
static bool parse_time(struct piece text, uint64_t *ret_ns)
{
	const char *dot = memchr(text.text, '.', text.len);
	size_t whole = dot ? (size_t)(dot - text.text) : 0;
	struct piece fraction = dot ? piece_from(text, whole + 1) : text;
	uint64_t seconds, part;

	if (!dot || fraction.len > FRACTION_MAX ||
	    !piece_number(piece_upto(text, whole), &seconds) || !piece_number(fraction, &part) ||
	    seconds > SECONDS_MAX)
		return false;
	for (size_t digits = fraction.len; digits < FRACTION_MAX; digits++)
		part *= 10;
	*ret_ns = seconds * 1000000000ULL + part;
	return true;
}

/* "-1" is what perf prints for a thread that it does not know. */
static bool parse_id(struct piece text, uint32_t *ret)
{
	uint64_t number;

	if (piece_is(text, "-1")) {
		*ret = TASK_ID_UNKNOWN;
		return true;
	}
	if (!piece_number(text, &number) || number > UINT32_MAX)
		return false;
	*ret = (uint32_t)number;
	return true;
}

/* "17" or "16/17". */
static bool parse_ids(struct piece text, struct perf_head *head)
{
	const char *slash = memchr(text.text, '/', text.len);
	size_t at = slash ? (size_t)(slash - text.text) : 0;

	if (slash && !parse_id(piece_upto(text, at), &head->pid))
		return false;
	if (!parse_id(slash ? piece_from(text, at + 1) : text, &head->tid))
		return false;
	head->has_tid = true;
	head->has_pid = slash != NULL;
	return true;
}

/* "[002]". */
static bool parse_cpu(struct piece text, uint32_t *ret)
{
	uint64_t number;

	if (text.len < 3 || text.text[0] != '[' || text.text[text.len - 1] != ']' ||
	    !piece_number((struct piece){text.text + 1, text.len - 2}, &number) ||
	    number >= CPU_NONE)
		return false;
	*ret = (uint32_t)number;
	return true;
}

/* What `-F misc` prints before the time: "K", "U", ... */
static bool is_misc(struct piece text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.text[i] < 'A' || text.text[i] > 'Z')
			return false;
	}
	return text.len > 0 && text.len <= 3;
}

/* Takes the last word off, if there is another before it. */
static struct piece take_last_word(struct piece *text)
{
	struct piece word = piece_last_word(*text);

	*text = piece_trim_end(piece_upto(*text, text->len - word.len));
	return word;
}

/* What stands before the time or the event: a name, ids, a CPU. Without ids all of it is a name. */
static void parse_thread(struct piece text, struct perf_head *head)
{
	struct piece left = piece_trim(text), word;

	head->comm = left;
	word = take_last_word(&left);
	if (is_misc(word) && left.len)
		word = take_last_word(&left);
	if (parse_cpu(word, &head->cpu)) {
		head->comm = left;
		word = take_last_word(&left);
	}
	if (parse_ids(word, head))
		head->comm = left;
}

/* Whether text begins with an address, as a frame does. */
static bool starts_with_address(struct piece text)
{
	struct piece word = piece_first_word(text);
	struct perf_frame frame;

	return word.len >= 3 && perf_frame_parse(word, &frame);
}

/*
 * The event that text begins with: up to a colon and a blank, one word, but for "raw 0x1a8". Returns
 * how long it is with the colon, 0 for none.
 */
static size_t event_len(struct piece text)
{
	size_t from = piece_starts(text, "raw 0x") ? strlen("raw 0x") : 0;
	struct piece word = piece_first_word(piece_from(text, from));

	if (word.len < 2 || word.text[word.len - 1] != ':' || (!from && piece_digit(word.text[0])))
		return 0;
	for (size_t i = 0; i < word.len; i++) {
		if ((unsigned char)word.text[i] < ' ')
			return 0;
	}
	return from + word.len;
}

/* What stands behind the time: a period, an event, and the rest. */
static void parse_event(struct piece text, struct perf_head *head)
{
	struct piece left = piece_trim(text), word = piece_first_word(left);
	struct piece behind = piece_trim(piece_from(left, word.len));
	size_t len;

	/* A number before a name is an address, of a frame. */
	if (piece_number(word, &head->period) &&
	    (!behind.len || event_len(behind) || starts_with_address(behind))) {
		head->has_period = true;
		left = behind;
	}
	len = event_len(left);
	if (len) {
		head->event = piece_upto(left, len - 1);
		left = piece_trim(piece_from(left, len));
	}
	head->rest = left;
}

/* Around the first time that has ids before it, or else around the first time. */
static bool parse_around_time(struct piece text, struct perf_head *ret)
{
	struct perf_head head = {.cpu = CPU_NONE};
	bool found = false;
	const char *colon = text.text;

	while ((colon = memchr(colon, ':', text.len - (size_t)(colon - text.text)))) {
		size_t end = (size_t)(colon++ - text.text);
		struct piece word = piece_last_word(piece_upto(text, end));
		uint64_t ns;

		if ((end + 1 < text.len && !piece_blank(text.text[end + 1])) ||
		    !parse_time(word, &ns))
			continue;
		head = (struct perf_head){.cpu = CPU_NONE, .has_time = true, .time_ns = ns};
		parse_thread(piece_upto(text, end - word.len), &head);
		parse_event(piece_from(text, end + 1), &head);
		if (!found || head.has_tid)
			*ret = head;
		found = true;
		if (head.has_tid)
			break;
	}
	return found;
}

/*
 * Whether ids at the end of a line that says nothing else are some: a name may end with a number, but
 * ids are padded with blanks, or long.
 */
static bool is_id_alone(struct piece line, struct piece ids)
{
	size_t at = (size_t)(ids.text - line.text);

	return ids.len >= 4 || (at >= 2 && piece_blank(line.text[at - 2]));
}

/* Behind the first ids, from the second word on, that are followed by what follows ids. */
static bool parse_behind_ids(struct piece text, struct perf_head *ret)
{
	struct piece left = piece_trim(text);
	size_t at = piece_first_word(left).len;

	while (at < left.len) {
		struct perf_head head = {.cpu = CPU_NONE};
		struct piece word, behind;

		while (piece_blank(left.text[at]))
			at++;
		word = piece_first_word(piece_from(left, at));
		behind = piece_trim(piece_from(left, at + word.len));
		head.comm = piece_trim_end(piece_upto(left, at));
		if (parse_ids(word, &head)) {
			struct piece cpu = piece_first_word(behind);

			if (parse_cpu(cpu, &head.cpu))
				behind = piece_trim(piece_from(behind, cpu.len));
			parse_event(behind, &head);
			if (behind.len ? head.event.len || starts_with_address(head.rest)
				       : is_id_alone(left, word)) {
				*ret = head;
				return true;
			}
		}
		at += word.len;
	}
	return false;
}

/* "  16/17 cycles: " and the like, printed without names. */
static bool parse_nameless(struct piece text, struct perf_head *ret)
{
	struct perf_head head = {.cpu = CPU_NONE};
	struct piece left = piece_trim(text), word = piece_first_word(left), cpu;

	if (!parse_ids(word, &head))
		return false;
	left = piece_trim(piece_from(left, word.len));
	cpu = piece_first_word(left);
	if (parse_cpu(cpu, &head.cpu))
		left = piece_trim(piece_from(left, cpu.len));
	parse_event(left, &head);
	if (left.len && !head.event.len)
		return false;
	*ret = head;
	return true;
}

bool perf_head_parse(struct piece text, struct perf_head *ret)
{
	return parse_around_time(text, ret) || parse_behind_ids(text, ret) ||
	       parse_nameless(text, ret);
}

struct piece perf_event_base(struct piece event)
{
	static const char modifiers[] = "ukhGHpPSDIWebR"; /* parse-events.l: modifier_event */
	size_t end = event.len;

	while (end && memchr(modifiers, event.text[end - 1], sizeof(modifiers) - 1))
		end--;
	return end > 1 && end < event.len && event.text[end - 1] == ':' ? piece_upto(event, end - 1)
									: event;
}

bool perf_event_is_tracepoint(struct piece event)
{
	struct piece base = perf_event_base(event);

	return base.len && memchr(base.text, ':', base.len) && !memchr(base.text, '/', base.len);
}
