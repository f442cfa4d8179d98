// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writing pprof profiles: the file, and its samples; see pprof.h.
 *
 * What stands above a stack in a view are locations, too, which have a function
 * and no address. Samples that a view does not tell apart become one.
 */
#include "render/pprof.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/model/alloc.h"
#include "profiler/model/draft.h"
#include "profiler/model/hash.h"
#include "render/pprof_about.h"
#include "render/pprof_code.h"
#include "render/pprof_parts.h"

/* Task, CPU, cgroup, and the values that are no amounts. */
#define OWN_LABELS_MAX (6 + VALUE_TYPES_MAX)

/* What tells samples in the file apart. */
struct row_key {
	uint32_t path; /* interned, of ids of locations */
	uint32_t task, cpu, cgroup, labels;
};

struct row {
	struct row_key key;
	int64_t values[VALUE_TYPES_MAX];
};

struct writer {
	const struct circumstances *about;
	const struct profile *profile;
	struct drafts drafts;
	struct pprof_code_table code;
	struct pprof_out out;

	size_t order[VALUE_TYPES_MAX]; /* of the values that are amounts, in the file */
	size_t nr_amounts;

	struct stack_table paths;
	uint32_t *path_of_draft; /* plus 1; 0 where not known yet */
	uint32_t *trail;
	struct row *rows;
	size_t nr_rows, cap_rows;
	struct index row_index;

	uint64_t *location_ids; /* scratch, of one sample */
	size_t cap_location_ids;
	Pprof__Label *labels; /* likewise */
	Pprof__Label **label_pointers;
	size_t cap_labels, cap_pointers;
};

/* ---- rows ---- */

/* The path of a draft: that of its callers and its own location. */
static int find_path(struct writer *w, uint32_t draft, uint32_t *ret_path)
{
	const struct stack_table *table = w->drafts.table;
	size_t missing = 0;
	uint32_t path = STACK_EMPTY, location;
	int err = 0;

	while (draft != STACK_EMPTY && !w->path_of_draft[draft]) {
		w->trail[missing++] = draft;
		draft = stack_callers(table, draft);
	}
	if (draft != STACK_EMPTY)
		path = w->path_of_draft[draft] - 1;
	while (missing && !err) {
		draft = w->trail[--missing];
		err = pprof_location(&w->code, stack_leaf(table, draft), &location);
		if (!err)
			err = stack_table_push(&w->paths, path, location, &path);
		w->path_of_draft[draft] = path + 1;
	}
	*ret_path = path;
	return err;
}

/* The row with this key, a new one if there is none. NULL without memory. */
static struct row *find_row(struct writer *w, const struct row_key *key)
{
	uint32_t hash = hash_bytes(key, sizeof(*key));
	struct index_probe at = index_probe(&w->row_index, hash);

	while (index_next(&w->row_index, &at)) {
		if (!memcmp(&w->rows[at.id].key, key, sizeof(*key)))
			return &w->rows[at.id];
	}
	if (ARRAY_RESERVE(w->rows, w->cap_rows, w->nr_rows + 1) ||
	    index_insert(&w->row_index, hash, (uint32_t)w->nr_rows))
		return NULL;
	w->rows[w->nr_rows] = (struct row){.key = *key};
	return &w->rows[w->nr_rows++];
}

static struct row_key key_of(const struct sample *sample)
{
	return (struct row_key){.task = sample->task,
				.cpu = sample->cpu,
				.cgroup = sample->cgroup,
				.labels = sample->labels};
}

static int add_sample(struct writer *w, uint32_t id)
{
	struct row_key key = key_of(&w->profile->samples[id]);
	uint32_t draft = w->drafts.draft_of_sample[id];
	struct row *row;
	int err;

	if (draft == DRAFT_NONE)
		return 0;
	err = find_path(w, draft, &key.path);
	row = err ? NULL : find_row(w, &key);
	if (!row)
		return -ENOMEM;
	for (size_t v = 0; v < w->drafts.nr_values; v++)
		row->values[v] = value_join(w->drafts.values[v].type.role, row->values[v],
					    drafts_value(&w->drafts, id, v));
	return 0;
}

/* The rows of a view that joins samples of several activities, or leaves something of them out. */
static int add_samples(struct writer *w)
{
	size_t room = w->drafts.table->count + 1;
	int err;

	w->path_of_draft = calloc(room, sizeof(*w->path_of_draft));
	w->trail = malloc(size_mul(room, sizeof(*w->trail)));
	err = w->path_of_draft && w->trail ? stack_table_begin(&w->paths) : -ENOMEM;
	for (uint32_t i = 0; i < w->profile->nr_samples && !err; i++)
		err = add_sample(w, i);
	return err;
}

/* ---- labels ---- */

/* Appends a label; there is room for it. */
static Pprof__Label *next_label(struct writer *w, Pprof__Sample *sample)
{
	Pprof__Label *label = &w->labels[sample->n_label];

	pprof__label__init(label);
	w->label_pointers[sample->n_label++] = label;
	return label;
}

static int put_text(struct writer *w, Pprof__Sample *sample, const char *key, uint32_t text)
{
	Pprof__Label *label;
	int err;

	if (text == STRING_NONE)
		return 0;
	label = next_label(w, sample);
	err = pprof_string_z(&w->code, key, &label->key);
	return err ? err : pprof_string(&w->code, text, &label->str);
}

static int put_number(struct writer *w, Pprof__Sample *sample, const char *key, int64_t number,
		      const char *unit)
{
	Pprof__Label *label = next_label(w, sample);
	int err = pprof_string_z(&w->code, key, &label->key);

	label->num = number;
	return err ? err : pprof_string_z(&w->code, unit, &label->num_unit);
}

static int put_task(struct writer *w, Pprof__Sample *sample, uint32_t id)
{
	const struct task *task = &w->profile->tasks[id];
	int err = put_text(w, sample, PPROF_THREAD, task->thread_name);

	if (!err && task->tid)
		err = put_number(w, sample, PPROF_TID, task->tid, "");
	if (!err)
		err = put_text(w, sample, PPROF_PROCESS, task->process_name);
	if (!err && task->tgid)
		err = put_number(w, sample, PPROF_PID, task->tgid, "");
	return err;
}

/* Those that the profile has from a file. */
static int put_labels(struct writer *w, Pprof__Sample *sample, const struct label *from,
		      size_t count)
{
	int err = 0;

	for (size_t i = 0; i < count && !err; i++) {
		Pprof__Label *label = next_label(w, sample);

		label->num = from[i].number;
		err = pprof_string(&w->code, from[i].key, &label->key);
		if (!err)
			err = pprof_string(&w->code, from[i].text, &label->str);
		if (!err)
			err = pprof_string(&w->code, from[i].unit, &label->num_unit);
	}
	return err;
}

/* The longest wait, and squares: tools add values up, which these are not for. */
static int put_values(struct writer *w, Pprof__Sample *sample, const struct row *row)
{
	int err = 0;

	for (size_t v = 0; v < w->drafts.nr_values && !err; v++) {
		const struct value_type *type = &w->drafts.values[v].type;

		if (type->role != VALUE_AMOUNT && row->values[v])
			err = put_number(w, sample, type->name, row->values[v], type->unit);
	}
	return err;
}

static int put_all_labels(struct writer *w, Pprof__Sample *sample, const struct row *row)
{
	size_t count;
	const struct label *labels = profile_labels(w->profile, row->key.labels, &count);
	int err = ARRAY_RESERVE(w->labels, w->cap_labels, count + OWN_LABELS_MAX);

	if (!err)
		err = ARRAY_RESERVE(w->label_pointers, w->cap_pointers, count + OWN_LABELS_MAX);
	if (!err && row->key.task != TASK_NONE)
		err = put_task(w, sample, row->key.task);
	if (!err && row->key.cpu != CPU_NONE)
		err = put_number(w, sample, PPROF_CPU, row->key.cpu, "");
	if (!err)
		err = put_text(w, sample, PPROF_CGROUP, row->key.cgroup);
	if (!err)
		err = put_labels(w, sample, labels, count);
	if (!err)
		err = put_values(w, sample, row);
	sample->label = w->label_pointers;
	return err;
}

/* ---- samples ---- */

/* The ids of a path, the innermost first. */
static int put_path(struct writer *w, Pprof__Sample *sample, uint32_t path)
{
	const struct stack_table *table = w->rows ? &w->paths : w->drafts.table;
	int err = 0;

	for (; path != STACK_EMPTY && !err; path = stack_callers(table, path)) {
		uint32_t id = stack_leaf(table, path);

		if (!w->rows)
			err = pprof_location(&w->code, id, &id);
		if (!err)
			err = ARRAY_RESERVE(w->location_ids, w->cap_location_ids,
					    sample->n_location_id + 1);
		if (!err)
			w->location_ids[sample->n_location_id++] = id;
	}
	return err;
}

static int write_row(struct writer *w, const struct row *row)
{
	Pprof__Sample sample = PPROF__SAMPLE__INIT;
	int64_t values[VALUE_TYPES_MAX];
	int err = put_path(w, &sample, row->key.path);

	for (size_t i = 0; i < w->nr_amounts; i++)
		values[sample.n_value++] = row->values[w->order[i]];
	if (!err)
		err = put_all_labels(w, &sample, row);
	sample.location_id = w->location_ids;
	sample.value = values;
	if (!err)
		pprof_out_message(&w->out, PPROF_SAMPLE, &sample.base);
	return err;
}

/* Where every sample is a row already, as in a profile from a file, none has to be looked for. */
static int write_sample(struct writer *w, uint32_t id)
{
	struct row row = {.key = key_of(&w->profile->samples[id])};

	if (w->drafts.draft_of_sample[id] == DRAFT_NONE)
		return 0;
	row.key.path = w->drafts.draft_of_sample[id];
	for (size_t v = 0; v < w->drafts.nr_values; v++)
		row.values[v] = drafts_value(&w->drafts, id, v);
	return write_row(w, &row);
}

static int write_samples(struct writer *w)
{
	bool single = w->drafts.table != &w->drafts.own;
	int err = single ? 0 : add_samples(w);

	for (uint32_t i = 0; single && i < w->profile->nr_samples && !err; i++)
		err = write_sample(w, i);
	for (size_t i = 0; i < w->nr_rows && !err; i++)
		err = write_row(w, &w->rows[i]);
	return err;
}

/* ---- values ---- */

/* In the order of the file that the profile is from, where that which is shown first may come later. */
static void order_amounts(struct writer *w)
{
	for (size_t v = 1; v <= w->drafts.nr_values; v++) {
		if (w->nr_amounts == w->about->values_before)
			w->order[w->nr_amounts++] = 0;
		if (v < w->drafts.nr_values && w->drafts.values[v].type.role == VALUE_AMOUNT)
			w->order[w->nr_amounts++] = v;
	}
	/* Some may have gone, so that it is the last. */
	for (size_t i = 0; i < w->nr_amounts; i++) {
		if (!w->order[i])
			return;
	}
	w->order[w->nr_amounts++] = 0;
}

static int write_types(struct writer *w)
{
	int err = 0;

	order_amounts(w);
	for (size_t i = 0; i < w->nr_amounts && !err; i++) {
		const struct value_type *type = &w->drafts.values[w->order[i]].type;

		err = pprof_type_write(&w->code, &w->out, PPROF_SAMPLE_TYPE, type->name,
				       type->unit);
	}
	return err;
}

/* ---- the file ---- */

static int write_all(struct writer *w)
{
	int err = write_types(w);

	if (!err)
		err = write_samples(w);
	if (!err)
		err = pprof_code_write(&w->code, &w->out);
	if (!err)
		/* Without a default pprof shows the last. */
		err = pprof_about_write(&w->code, &w->out, w->about,
					w->order[w->nr_amounts - 1] != 0);
	if (err)
		return err;
	pprof_strings_write(&w->code, &w->out);
	return pprof_out_end(&w->out);
}

static void writer_free(struct writer *w)
{
	drafts_fini(&w->drafts);
	pprof_code_fini(&w->code);
	pprof_out_fini(&w->out);
	stack_table_fini(&w->paths);
	free(w->path_of_draft);
	free(w->trail);
	free(w->rows);
	index_fini(&w->row_index);
	free(w->location_ids);
	free(w->labels);
	free(w->label_pointers);
	free(w);
}

int pprof_write(const struct render_input *input, FILE *out)
{
	const struct render_samples *samples = input->samples;
	struct writer *w = calloc(1, sizeof(*w));
	int err;

	if (!w)
		return -ENOMEM;
	w->about = input->about;
	w->profile = samples->profile;
	err = pprof_out_init(&w->out, out);
	if (!err)
		err = drafts_make_places(&w->drafts, samples->profile, samples->symbols,
					 samples->view);
	if (!err)
		err = pprof_code_init(&w->code, samples->profile, samples->symbols);
	if (!err)
		err = write_all(w);
	writer_free(w);
	return err;
}
