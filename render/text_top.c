// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of functions; see text_top.h. */
#include "render/text_top.h"

#include <errno.h>
#include <stdlib.h>

#include "render/number.h"
#include "render/plain.h"

/* Functions with less than one part in so many of the whole, callees included, are left out. */
#define LEAST_PARTS 1000

#define SHARE_WIDTH  9
#define AMOUNT_WIDTH 12
#define LEFT_COLUMNS (2 * (SHARE_WIDTH + AMOUNT_WIDTH) + 2)

static void write_function(const struct render_input *input, const struct tree_function *function,
			   FILE *out)
{
	plain_write_share(input, function->self, SHARE_WIDTH, out);
	plain_write_amount(input, function->self, AMOUNT_WIDTH, out);
	plain_write_share(input, function->total, SHARE_WIDTH, out);
	plain_write_amount(input, function->total, AMOUNT_WIDTH, out);
	fputs("  ", out);
	plain_write_frame(input, function->frame, PLAIN_COLUMNS - LEFT_COLUMNS, out);
	fputc('\n', out);
}

/* How much of the whole is of functions that are not in the table, and of no function. */
static void write_rest(const struct render_input *input, size_t left_out, int64_t left_self,
		       int64_t in_functions, FILE *out)
{
	int64_t total = tree_total(input->tree, 0, 0);
	char count[NUMBER_TEXT_MAX], share[NUMBER_TEXT_MAX];

	if (left_out || in_functions != total)
		fputc('\n', out);
	number_count(count, (int64_t)left_out);
	number_share(share, left_self, total);
	if (left_out)
		fprintf(out, "left out: %s function%s of less than 0.1 %%, together %s of all\n",
			count, left_out == 1 ? "" : "s", share);
	number_share(share, total - in_functions, total);
	if (in_functions != total)
		fprintf(out, "in no function: %s of all (waits, threads, what has no stack)\n",
			share);
}

int text_top_write(const struct render_input *input, FILE *out)
{
	int64_t least = tree_total(input->tree, 0, 0) / LEAST_PARTS, left_self = 0, all = 0;
	struct tree_function *functions;
	size_t count, left_out = 0;
	int err = tree_functions(input->tree, 0, &functions, &count);

	if (err)
		return err;
	plain_write_head(input, out);
	fprintf(out, "%*s%*s%*s%*s  function\n", SHARE_WIDTH, "self", AMOUNT_WIDTH, "",
		SHARE_WIDTH, "total", AMOUNT_WIDTH, "");
	for (size_t i = 0; i < count; i++) {
		all += functions[i].self;
		if (functions[i].total >= least) {
			write_function(input, &functions[i], out);
			continue;
		}
		left_out++;
		left_self += functions[i].self;
	}
	write_rest(input, left_out, left_self, all, out);
	free(functions);
	return ferror(out) ? -EIO : 0;
}
