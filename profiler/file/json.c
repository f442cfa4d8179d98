// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading JSON; see json.h. */
#include "profiler/file/json.h"

#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/model/utf8.h"

void json_open(struct json *json, const char *text, size_t len)
{
	*json = (struct json){.at = text, .end = text + len, .first = true};
}

void json_refuse(struct json *json, const char *why)
{
	if (json->wrong)
		return;
	json->wrong = why;
	json->wrong_at = json->at;
}

/* The next byte that is no blank, which is not consumed; 0 at the end and after a mistake. */
static char peek(struct json *json)
{
	while (json->at < json->end && memchr(" \t\r\n", *json->at, 4))
		json->at++;
	return !json->wrong && json->at < json->end ? *json->at : '\0';
}

static void expect(struct json *json, char c, const char *why)
{
	if (peek(json) == c && c)
		json->at++;
	else
		json_refuse(json, why);
}

const char *json_close(struct json *json)
{
	if (peek(json) || (!json->wrong && json->at < json->end))
		json_refuse(json, "something follows its end");
	return json->wrong;
}

void json_enter(struct json *json, char bracket)
{
	expect(json, bracket, bracket == '{' ? "an object is missing" : "an array is missing");
	if (++json->depth > JSON_DEPTH_MAX)
		json_refuse(json, "it is nested too deep");
	json->first = true;
}

bool json_more(struct json *json, char bracket)
{
	bool first = json->first;
	char next = peek(json);

	json->first = false;
	if (next == bracket && !json->wrong) {
		json->at++;
		json->depth--;
		return false;
	}
	if (!first)
		expect(json, ',', "a comma or a closing bracket is missing");
	return !json->wrong;
}

/* Four hexadecimal digits. */
static uint32_t hex4(struct json *json)
{
	static const char digits[] = "0123456789abcdef";
	uint32_t value = 0;

	for (int i = 0; i < 4; i++) {
		char c = json->at < json->end ? *json->at++ : '\0';
		const char *digit = c ? strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c) : NULL;

		if (!digit) {
			json_refuse(json, "a string has a wrong escape");
			return 0;
		}
		value = value << 4 | (uint32_t)(digit - digits);
	}
	return value;
}

/* The character behind "\u"; halves of pairs that stand alone are replaced. */
static uint32_t escaped_unit(struct json *json)
{
	uint32_t c = hex4(json), low;

	if (c < 0xd800 || c > 0xdfff)
		return c;
	if (c > 0xdbff || json->end - json->at < 6 || json->at[0] != '\\' || json->at[1] != 'u')
		return UTF8_REPLACEMENT;
	json->at += 2;
	low = hex4(json);
	if (low >= 0xdc00 && low <= 0xdfff)
		return 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	json->at -= 6; /* it is a character of its own */
	return UTF8_REPLACEMENT;
}

static uint32_t escaped(struct json *json)
{
	static const char letters[] = "\"\\/bfnrt", characters[] = "\"\\/\b\f\n\r\t";
	char c = json->at < json->end ? *json->at++ : '\0';
	const char *letter = c ? strchr(letters, c) : NULL;

	if (c == 'u')
		return escaped_unit(json);
	if (!letter) {
		json_refuse(json, "a string has a wrong escape");
		return 0;
	}
	return (unsigned char)characters[letter - letters];
}

/*
 * A string into text, as far as it fits into `size` with a NUL. Returns false when some of it did
 * not. text may be NULL with size 0. Strings with a NUL in them are refused.
 */
static bool read_string(struct json *json, char *text, size_t size)
{
	size_t len = 0;
	bool fits = true;

	expect(json, '"', "a string is missing");
	while (!json->wrong) {
		char bytes[4];
		size_t count = 1;
		uint32_t c;

		if (json->at == json->end) {
			json_refuse(json, "a string does not end");
		} else if (*json->at == '"') {
			json->at++;
			break;
		} else if (*json->at == '\\') {
			json->at++;
			c = escaped(json);
			if (!c)
				json_refuse(json, "a string has a NUL in it");
			count = utf8_encode(c, bytes);
		} else if ((unsigned char)*json->at < 0x20) {
			json_refuse(json, "a string has a control character in it");
		} else {
			count = utf8_decode(json->at, (size_t)(json->end - json->at), &c);
			if (c == UINT32_MAX)
				json_refuse(json, "a string is not UTF-8");
			memcpy(bytes, json->at, count);
			json->at += count;
		}
		fits = fits && len + count < size;
		if (fits) {
			memcpy(text + len, bytes, count);
			len += count;
		}
	}
	if (size)
		text[len] = '\0';
	return fits;
}

void json_key(struct json *json, char *key, size_t size)
{
	if (!read_string(json, key, size))
		key[0] = '\0';
	expect(json, ':', "a colon is missing");
}

void json_text(struct json *json, char *text, size_t size)
{
	if (!read_string(json, text, size))
		json_refuse(json, "a text is too long");
}

void json_cut(struct json *json, char *text, size_t size)
{
	read_string(json, text, size);
}

/* Escapes are longer than what they stand for. */
size_t json_text_max(const struct json *json)
{
	struct json ahead = *json;

	read_string(&ahead, NULL, 0);
	return (size_t)(ahead.at - json->at) + 1;
}

bool json_is_text(const struct json *json)
{
	struct json ahead = *json;

	return peek(&ahead) == '"';
}

bool json_is_number(const struct json *json)
{
	struct json ahead = *json;
	char next = peek(&ahead);

	return next == '-' || (next >= '0' && next <= '9');
}

/* Digits as JSON writes integers: no sign, no zeros before others. */
static uint64_t digits(struct json *json)
{
	const char *from = json->at;
	uint64_t value = 0;

	for (; json->at < json->end && *json->at >= '0' && *json->at <= '9'; json->at++) {
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*json->at - '0'), &value))
			json_refuse(json, "a number is too large");
	}
	if (json->at == from || (*from == '0' && json->at > from + 1) ||
	    (json->at < json->end && memchr(".eE", *json->at, 3)))
		json_refuse(json, "a whole number is missing");
	return json->wrong ? 0 : value;
}

uint64_t json_u64(struct json *json)
{
	peek(json);
	return json->wrong ? 0 : digits(json);
}

int64_t json_i64(struct json *json)
{
	bool negative = peek(json) == '-';
	uint64_t value;

	json->at += negative;
	value = json->wrong ? 0 : digits(json);
	if (value > (uint64_t)INT64_MAX + negative) {
		json_refuse(json, "a number is too large");
		return 0;
	}
	return negative ? (int64_t)-value : (int64_t)value;
}

static bool take_word(struct json *json, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(json->end - json->at) < len || memcmp(json->at, word, len))
		return false;
	json->at += len;
	return true;
}

bool json_bool(struct json *json)
{
	peek(json);
	if (json->wrong || take_word(json, "false"))
		return false;
	if (take_word(json, "true"))
		return true;
	json_refuse(json, "true or false is missing");
	return false;
}

/* Digits of a decimal number so far, and how many of them stood behind the point. */
struct decimal {
	unsigned __int128 value;
	int places;
	bool cut; /* digits before the point did not fit */
};

/* More digits than 64 bits hold say nothing: those behind the point are dropped. */
static void decimal_digits(struct json *json, struct decimal *decimal, bool behind)
{
	const unsigned __int128 full = (unsigned __int128)UINT64_MAX * 1000000000;
	const char *from = json->at;

	for (; json->at < json->end && *json->at >= '0' && *json->at <= '9'; json->at++) {
		if (decimal->value > full) {
			decimal->cut |= !behind;
			continue;
		}
		decimal->value = decimal->value * 10 + (unsigned int)(*json->at - '0');
		decimal->places += behind;
	}
	if (json->at == from || (!behind && *from == '0' && json->at > from + 1))
		json_refuse(json, "a number is missing");
}

/* The power of ten behind 'e'; beyond some hundred nothing fits anyway. */
static int decimal_exponent(struct json *json)
{
	bool negative = json->at < json->end && *json->at == '-';
	const char *from;
	int exponent = 0;

	json->at += json->at < json->end && (*json->at == '-' || *json->at == '+');
	from = json->at;
	for (; json->at < json->end && *json->at >= '0' && *json->at <= '9'; json->at++)
		exponent = exponent < 1000 ? exponent * 10 + (*json->at - '0') : exponent;
	if (json->at == from)
		json_refuse(json, "a number is missing");
	return negative ? -exponent : exponent;
}

static bool take_any(struct json *json, const char *characters)
{
	if (json->at == json->end || !*json->at || !strchr(characters, *json->at))
		return false;
	json->at++;
	return true;
}

int64_t json_scaled(struct json *json, int digits, int *ret_thousandths)
{
	const unsigned __int128 most = (unsigned __int128)INT64_MAX * 1000 + 999;
	bool negative = peek(json) == '-';
	struct decimal decimal = {0};
	int power = digits + 3;

	*ret_thousandths = 0;
	json->at += negative;
	if (!json->wrong)
		decimal_digits(json, &decimal, false);
	if (!json->wrong && take_any(json, "."))
		decimal_digits(json, &decimal, true);
	if (!json->wrong && take_any(json, "eE"))
		power += decimal_exponent(json);
	for (power -= decimal.places; power < 0 && decimal.value; power++)
		decimal.value /= 10;
	for (; power > 0 && decimal.value && decimal.value <= most; power--)
		decimal.value *= 10;
	if (decimal.cut || decimal.value > most)
		json_refuse(json, "a number is too large");
	if (json->wrong)
		return 0;
	*ret_thousandths = (int)(decimal.value % 1000) * (negative ? -1 : 1);
	return (int64_t)(decimal.value / 1000) * (negative ? -1 : 1);
}

/* A number of any form; nobody looks at it, so only its characters are checked. */
static void skip_number(struct json *json)
{
	const char *from = json->at;

	while (json->at < json->end && *json->at && strchr("+-.0123456789Ee", *json->at))
		json->at++;
	if (json->at == from)
		json_refuse(json, "a value is missing");
}

void json_skip(struct json *json)
{
	char next = peek(json), close = next == '{' ? '}' : ']';

	if (json->wrong)
		return;
	if (next == '"') {
		read_string(json, NULL, 0);
	} else if (next == '{' || next == '[') {
		for (json_enter(json, next); json_more(json, close);) {
			if (next == '{')
				json_key(json, (char[1]){0}, 1);
			json_skip(json); /* as deep as json_enter() allows */
		}
	} else if (!take_word(json, "true") && !take_word(json, "false") &&
		   !take_word(json, "null")) {
		skip_number(json);
	}
}
