// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Folded text in the order of `LC_ALL=C sort`.
 *
 * The tree has siblings in the order of their names, which is nearly the order
 * of the lines, but not quite. A line ends its last name with a space and the
 * number, and goes on after the others with ';', so where one name begins
 * another the number and the ';' take part in the comparison: "a 7" < "a!b 1" <
 * "a;c 2". So below each node we form items, a line or a subtree each, order
 * them by the bytes they begin with, and print them depth first. What is still
 * to be printed waits on a stack of our own: the tree may be deeper than the
 * machine's.
 *
 * Siblings that print alike (same name from two libraries) are one group, whose
 * self values are added up and whose children are children of one parent.
 */
#include "render/folded.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "render/printed.h"

#define NO_NODE UINT32_MAX

/* What ends a line: one number, or of a comparison two. */
struct numbers {
	int64_t first, second;
	bool pair;
};

#define NUMBERS_MAX 48 /* characters */

/* Siblings with the same printed text. */
struct group {
	struct printed_text text;
	struct numbers self;
	uint32_t node; /* the first of them; the others follow in folder.alike */
	bool has_children;
};

/* One line, or everything below one group. */
struct item {
	struct printed_text text;
	struct numbers self; /* of a line */
	uint32_t node;	 /* of a subtree; NO_NODE for a line */
	size_t path_len; /* of what stands before the text */
};

struct folder {
	const struct tree *tree;
	struct printed_frames printed;
	bool pairs;	 /* of a comparison */
	bool micros;	 /* values are nanoseconds and printed in microseconds */
	uint32_t *alike; /* next node of the same group or NO_NODE; NULL until two are alike */

	struct group *groups; /* of the node that is being expanded */
	size_t nr_groups, cap_groups;
	struct item *items; /* still to do, next one last */
	size_t nr_items, cap_items;
	char *path; /* "a;b;" above the current item */
	size_t path_len, cap_path;
	char *lines; /* finished lines not yet written */
	size_t nr_lines, cap_lines;
	FILE *out;
};

#define LINES_FLUSH_BYTES ((size_t)128 << 10)

static struct printed_text printed_node(const struct folder *folder, uint32_t node)
{
	return folder->printed.frames[folder->tree->nodes[node].frame];
}

/* Length of the common beginning, and how the texts compare after it. */
static int compare_texts(struct printed_text a, struct printed_text b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = memcmp(a.text, b.text, len);

	return order ? order : (a.len > b.len) - (a.len < b.len);
}

static bool begins_with(struct printed_text text, struct printed_text prefix)
{
	return text.len >= prefix.len && memcmp(text.text, prefix.text, prefix.len) == 0;
}

static int compare_groups(const void *left, const void *right)
{
	const struct group *a = left, *b = right;

	return compare_texts(a->text, b->text);
}

/* Rounded half away from zero, and never to 0; see folded.h. */
static int64_t printed_value(const struct folder *folder, int64_t value)
{
	int64_t rounded = value / 1000 + value % 1000 / 500;

	if (!folder->micros || !value)
		return value;
	return rounded ? rounded : value < 0 ? -1 : 1;
}

/* The decimal digits of a number, as the end of a line has them. Returns how many. */
static size_t format_value(int64_t value, char digits[24])
{
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
	char *end = digits + 24, *p = end;
	size_t len;

	do {
		*--p = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (value < 0)
		*--p = '-';
	len = (size_t)(end - p);
	memmove(digits, p, len);
	return len;
}

static size_t format_numbers(const struct numbers *numbers, char digits[NUMBERS_MAX])
{
	size_t len = format_value(numbers->first, digits);

	if (!numbers->pair)
		return len;
	digits[len++] = ' ';
	return len + format_value(numbers->second, digits + len);
}

static struct numbers node_numbers(const struct folder *folder, uint32_t node)
{
	return (struct numbers){
		.first = tree_self(folder->tree, node, 0),
		.second = folder->pairs ? tree_self(folder->tree, node, 1) : 0,
		.pair = folder->pairs,
	};
}

static bool numbers_any(const struct numbers *numbers)
{
	return numbers->first || numbers->second;
}

/* What follows an item's text in the file, as far as it decides the order. */
static struct printed_text item_tail(const struct item *item, char buffer[NUMBERS_MAX + 1])
{
	buffer[0] = ';';
	if (item->node != NO_NODE)
		return (struct printed_text){buffer, 1};
	buffer[0] = ' ';
	return (struct printed_text){buffer, 1 + format_numbers(&item->self, buffer + 1)};
}

/* Byte `at` of text and tail, -1 behind their end. */
static int item_byte(struct printed_text text, struct printed_text tail, size_t at)
{
	if (at < text.len)
		return (unsigned char)text.text[at];
	at -= text.len;
	return at < tail.len ? (unsigned char)tail.text[at] : -1;
}

/* Descending, as the last item is printed first. */
static int compare_items(const void *left, const void *right)
{
	const struct item *a = left, *b = right;
	size_t at = a->text.len < b->text.len ? a->text.len : b->text.len;
	char a_buffer[NUMBERS_MAX + 1], b_buffer[NUMBERS_MAX + 1];
	struct printed_text a_tail, b_tail;
	int order = memcmp(a->text.text, b->text.text, at), byte = 0;

	if (order)
		return -order;
	a_tail = item_tail(a, a_buffer);
	b_tail = item_tail(b, b_buffer);
	for (; order == 0 && byte >= 0; at++) {
		byte = item_byte(b->text, b_tail, at);
		order = byte - item_byte(a->text, a_tail, at);
	}
	return order;
}

/* ---- expanding one node ------------------------------------------------------------------ */

static int add_group(struct folder *folder, struct printed_text text, struct numbers self,
		     uint32_t node)
{
	const struct tree *tree = folder->tree;
	bool has_children = node != NO_NODE && tree->nodes[node].end > node + 1;

	if (ARRAY_RESERVE(folder->groups, folder->cap_groups, folder->nr_groups + 1))
		return -ENOMEM;
	folder->groups[folder->nr_groups++] = (struct group){text, self, node, has_children};
	return 0;
}

/* Groups of one node each for all children of `parent` and of the nodes that print like it. */
static int collect_children(struct folder *folder, uint32_t parent)
{
	folder->nr_groups = 0;
	for (; parent != NO_NODE; parent = folder->alike ? folder->alike[parent] : NO_NODE) {
		for_each_child(folder->tree, parent, child) {
			if (add_group(folder, printed_node(folder, child),
				      node_numbers(folder, child), child))
				return -ENOMEM;
		}
	}
	return 0;
}

static int ensure_alike(struct folder *folder)
{
	size_t size = size_mul(folder->tree->nr_nodes, sizeof(*folder->alike));

	if (folder->alike)
		return 0;
	folder->alike = malloc(size);
	if (!folder->alike)
		return -ENOMEM;
	memset(folder->alike, 0xff, size);
	return 0;
}

/* Appends the nodes of `from` to those of `into`; childless nodes need not be remembered. */
static int join_groups(struct folder *folder, struct group *into, const struct group *from)
{
	into->self.first += from->self.first;
	into->self.second += from->self.second;
	if (!from->has_children)
		return 0;
	if (into->has_children) {
		uint32_t last = into->node;

		if (ensure_alike(folder))
			return -ENOMEM;
		while (folder->alike[last] != NO_NODE)
			last = folder->alike[last];
		folder->alike[last] = from->node;
	} else {
		into->node = from->node;
		into->has_children = true;
	}
	return 0;
}

/*
 * Brings groups into the order of their texts and joins equal ones. Returns -ENOMEM, or whether
 * some text begins another, so that texts alone do not decide the order of the lines.
 */
static int order_groups(struct folder *folder)
{
	struct group *groups = folder->groups;
	bool ordered = true, nested = false;
	size_t kept = 0;

	for (size_t i = 1; i < folder->nr_groups && ordered; i++)
		ordered = compare_groups(&groups[i - 1], &groups[i]) <= 0;
	if (!ordered)
		qsort(groups, folder->nr_groups, sizeof(*groups), compare_groups);
	for (size_t i = 1; i < folder->nr_groups; i++) {
		if (!begins_with(groups[i].text, groups[kept].text)) {
			groups[++kept] = groups[i];
		} else if (groups[i].text.len > groups[kept].text.len) {
			nested = true;
			groups[++kept] = groups[i];
		} else if (join_groups(folder, &groups[kept], &groups[i])) {
			return -ENOMEM;
		}
	}
	if (folder->nr_groups)
		folder->nr_groups = kept + 1;
	return nested;
}

/* Puts the items of all groups on the stack, the first to be printed last. */
static int push_items(struct folder *folder, bool nested)
{
	size_t first = folder->nr_items;

	if (ARRAY_RESERVE(folder->items, folder->cap_items, first + 2 * folder->nr_groups))
		return -ENOMEM;
	for (size_t i = folder->nr_groups; i-- > 0;) {
		const struct group *group = &folder->groups[i];
		struct numbers printed = {
			.first = printed_value(folder, group->self.first),
			.second = printed_value(folder, group->self.second),
			.pair = folder->pairs,
		};
		struct item item = {group->text, printed, NO_NODE, folder->path_len};

		if (group->has_children) {
			folder->items[folder->nr_items] = item;
			folder->items[folder->nr_items++].node = group->node;
		}
		if (numbers_any(&group->self))
			folder->items[folder->nr_items++] = item;
	}
	if (nested)
		qsort(folder->items + first, folder->nr_items - first, sizeof(*folder->items),
		      compare_items);
	return 0;
}

static int expand(struct folder *folder, uint32_t node)
{
	/* A stack without frames has no text: what the root holds itself is printed as one. */
	static const struct printed_text no_stack = {MARKER_NO_STACK, sizeof(MARKER_NO_STACK) - 1};
	struct numbers root_self = node == 0 ? node_numbers(folder, 0) : (struct numbers){0};
	int nested;

	if (collect_children(folder, node))
		return -ENOMEM;
	if (numbers_any(&root_self) && add_group(folder, no_stack, root_self, NO_NODE))
		return -ENOMEM;
	nested = order_groups(folder);
	return nested < 0 ? nested : push_items(folder, nested);
}

/* ---- printing ---------------------------------------------------------------------------- */

static int flush_lines(struct folder *folder)
{
	size_t len = folder->nr_lines;

	folder->nr_lines = 0;
	return fwrite(folder->lines, 1, len, folder->out) == len ? 0 : -EIO;
}

static int print_line(struct folder *folder, const struct item *item)
{
	size_t need = size_add(folder->path_len + item->text.len, NUMBERS_MAX + 2);
	char *p;

	if (ARRAY_RESERVE(folder->lines, folder->cap_lines, size_add(folder->nr_lines, need)))
		return -ENOMEM;
	p = folder->lines + folder->nr_lines;
	memcpy(p, folder->path, folder->path_len);
	p += folder->path_len;
	memcpy(p, item->text.text, item->text.len);
	p += item->text.len;
	*p++ = ' ';
	p += format_numbers(&item->self, p);
	*p++ = '\n';
	folder->nr_lines = (size_t)(p - folder->lines);
	return folder->nr_lines >= LINES_FLUSH_BYTES ? flush_lines(folder) : 0;
}

static int enter(struct folder *folder, const struct item *item)
{
	size_t len = size_add(folder->path_len + 1, item->text.len);

	if (ARRAY_RESERVE(folder->path, folder->cap_path, len))
		return -ENOMEM;
	memcpy(folder->path + folder->path_len, item->text.text, item->text.len);
	folder->path[len - 1] = ';';
	folder->path_len = len;
	return expand(folder, item->node);
}

static int print_all(struct folder *folder)
{
	int err = expand(folder, 0);

	while (!err && folder->nr_items) {
		struct item item = folder->items[--folder->nr_items];

		folder->path_len = item.path_len;
		err = item.node == NO_NODE ? print_line(folder, &item) : enter(folder, &item);
	}
	return err ? err : flush_lines(folder);
}

int folded_write(const struct render_input *input, FILE *out)
{
	struct folder folder = {
		.tree = input->tree,
		.pairs = input->comparison != NULL,
		.micros = strcmp(input->about->values[0].unit, "nanoseconds") == 0,
		.out = out,
	};
	int err = printed_frames_init(&folder.printed, input->tree, input->annotate);

	if (err)
		return err;
	err = ARRAY_RESERVE(folder.path, folder.cap_path, 1024);
	if (!err)
		err = ARRAY_RESERVE(folder.lines, folder.cap_lines, LINES_FLUSH_BYTES * 2);
	if (!err)
		err = print_all(&folder);
	printed_frames_fini(&folder.printed);
	free(folder.alike);
	free(folder.groups);
	free(folder.items);
	free(folder.path);
	free(folder.lines);
	return err;
}
