/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A writer of JSON (RFC 8259): puts the commas, escapes the texts, and knows no
 * more of what is open than whether something stands before in it.
 *
 *	json_out_begin(&json, NULL, '{');
 *	json_out_u64(&json, "count", 3);
 *	json_out_begin(&json, "names", '[');
 *	json_out_text_z(&json, NULL, "first");
 *	json_out_end(&json, ']');
 *	json_out_end(&json, '}');
 *
 * Members have a key, which is written as it is; elements of arrays have none. Errors are left in
 * `out` (ferror).
 */
#ifndef BOLOMETER_RENDER_JSON_OUT_H
#define BOLOMETER_RENDER_JSON_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct json_out {
	FILE *out;
	bool more; /* something stands before, in what is open */
	bool line; /* the next value begins a line */
};

void json_out_open(struct json_out *json, FILE *out);

/* An object, '{' to '}', or an array, '[' to ']'. */
void json_out_begin(struct json_out *json, const char *key, char bracket);
void json_out_end(struct json_out *json, char bracket);

/* The next value, or closing bracket, begins a line; for people who look into the file. */
void json_out_line(struct json_out *json);

/* Texts as escape_json() writes them. */
void json_out_text(struct json_out *json, const char *key, const char *text, size_t len);
void json_out_text_z(struct json_out *json, const char *key, const char *text);

void json_out_u64(struct json_out *json, const char *key, uint64_t number);
void json_out_i64(struct json_out *json, const char *key, int64_t number);
void json_out_bool(struct json_out *json, const char *key, bool is);
void json_out_null(struct json_out *json, const char *key);

/* With so many significant digits, at most 17; null for what is no number, as JSON has no word for it. */
void json_out_real(struct json_out *json, const char *key, double number, int digits);

/* An exact amount of thousandths or less: number / 10^decimals, without zeros at its end. */
void json_out_decimal(struct json_out *json, const char *key, int64_t number, int decimals);

#endif
