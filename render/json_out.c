// SPDX-License-Identifier: GPL-2.0-or-later
/* Writing JSON; see json_out.h. */
#include "render/json_out.h"

#include <math.h>
#include <string.h>

#include "render/escape.h"

void json_out_open(struct json_out *json, FILE *out)
{
	*json = (struct json_out){.out = out};
}

/* What stands before a value. */
static void lead(struct json_out *json, const char *key)
{
	if (json->more)
		putc_unlocked(',', json->out);
	if (json->line)
		putc_unlocked('\n', json->out);
	json->more = true;
	json->line = false;
	if (!key)
		return;
	putc_unlocked('"', json->out);
	fputs_unlocked(key, json->out);
	fputs_unlocked("\":", json->out);
}

void json_out_begin(struct json_out *json, const char *key, char bracket)
{
	lead(json, key);
	putc_unlocked(bracket, json->out);
	json->more = false;
}

void json_out_end(struct json_out *json, char bracket)
{
	if (json->line)
		putc_unlocked('\n', json->out);
	putc_unlocked(bracket, json->out);
	json->more = true;
	json->line = false;
}

void json_out_line(struct json_out *json)
{
	json->line = true;
}

void json_out_text(struct json_out *json, const char *key, const char *text, size_t len)
{
	lead(json, key);
	escape_json(json->out, text, len);
}

void json_out_text_z(struct json_out *json, const char *key, const char *text)
{
	lead(json, key);
	escape_json_z(json->out, text);
}

/* Profiles are mostly numbers: printf() would take most of the time. */
static void put_digits(FILE *out, uint64_t number, int at_least)
{
	char digits[24];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number || (int)(sizeof(digits) - at) < at_least);
	fwrite_unlocked(digits + at, 1, sizeof(digits) - at, out);
}

void json_out_u64(struct json_out *json, const char *key, uint64_t number)
{
	lead(json, key);
	put_digits(json->out, number, 1);
}

void json_out_i64(struct json_out *json, const char *key, int64_t number)
{
	lead(json, key);
	if (number < 0)
		putc_unlocked('-', json->out);
	put_digits(json->out, number < 0 ? -(uint64_t)number : (uint64_t)number, 1);
}

void json_out_bool(struct json_out *json, const char *key, bool is)
{
	lead(json, key);
	fputs_unlocked(is ? "true" : "false", json->out);
}

void json_out_null(struct json_out *json, const char *key)
{
	lead(json, key);
	fputs_unlocked("null", json->out);
}

void json_out_real(struct json_out *json, const char *key, double number, int digits)
{
	if (!isfinite(number)) {
		json_out_null(json, key);
		return;
	}
	lead(json, key);
	fprintf(json->out, "%.*g", digits, number);
}

void json_out_decimal(struct json_out *json, const char *key, int64_t number, int decimals)
{
	uint64_t whole = number < 0 ? -(uint64_t)number : (uint64_t)number, unit = 1, rest;

	for (int i = 0; i < decimals; i++)
		unit *= 10;
	lead(json, key);
	if (number < 0)
		putc_unlocked('-', json->out);
	put_digits(json->out, whole / unit, 1);
	rest = whole % unit;
	if (!rest)
		return;
	for (; rest % 10 == 0; decimals--)
		rest /= 10;
	putc_unlocked('.', json->out);
	put_digits(json->out, rest, decimals);
}
