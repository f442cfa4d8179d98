/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A strict reader of JSON (RFC 8259) in memory, front to back, for input that
 * may be hostile: nothing is allocated, nesting is bounded, integers are exact
 * (64 bits), and whatever is wrong ends the reading.
 *
 *	json_open(&json, text, len);
 *	for (json_enter(&json, '{'); json_more(&json, '}');) {
 *		json_key(&json, key, sizeof(key));
 *		if (!strcmp(key, "count"))
 *			count = json_u64(&json);
 *		else
 *			json_skip(&json);
 *	}
 *	wrong = json_close(&json);
 *
 * After a mistake every function returns nothing, 0 or false, so that it need be looked for once.
 */
#ifndef BOLOMETER_FILE_JSON_H
#define BOLOMETER_FILE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_DEPTH_MAX 32

struct json {
	const char *at, *end;
	unsigned int depth;
	bool first;	   /* of a container: no comma stands before its next element */
	const char *wrong; /* what is wrong, a static text; NULL while nothing is */
	const char *wrong_at; /* where in the text that was found */
};

void json_open(struct json *json, const char *text, size_t len);

/* Sees that only blanks are left. Returns what is wrong with the whole, or NULL. */
const char *json_close(struct json *json);

/* Marks the whole as wrong, if it is not yet; for what its reader finds. */
void json_refuse(struct json *json, const char *why);

/* Steps into an object ('{') or array ('['); to its next element, or ('}' or ']') out of it: false. */
void json_enter(struct json *json, char bracket);
bool json_more(struct json *json, char bracket);

/* The key of a member, and the colon. One that does not fit is cut, and thereby none that is known. */
void json_key(struct json *json, char *key, size_t size);

/*
 * The bytes of a string, in UTF-8 and with a NUL after them. json_text() refuses what does not fit
 * into `size`, and json_cut() leaves the rest of it out, at the end of a character; neither takes a
 * NUL. json_text_max() is how much room the next value, if it is a string, needs at the most.
 */
void json_text(struct json *json, char *text, size_t size);
void json_cut(struct json *json, char *text, size_t size);
size_t json_text_max(const struct json *json);

/* What the next value is; for members that may be null. */
bool json_is_text(const struct json *json);
bool json_is_number(const struct json *json);

/* Integers without a fraction or exponent; refused where they do not fit. */
uint64_t json_u64(struct json *json);
int64_t json_i64(struct json *json);
bool json_bool(struct json *json);

/*
 * A number of any form, times a power of ten (0 to 9), as a whole number and what is left of it in
 * thousandths, which have its sign; finer ones are dropped. Refused where it does not fit.
 */
int64_t json_scaled(struct json *json, int digits, int *ret_thousandths);

/* Passes over a value of any kind. */
void json_skip(struct json *json);

#endif
