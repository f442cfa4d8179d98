// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See push_item.h. How a Pyroscope server files what it gets: under the name and
 * labels of the query, by an own name of the profile, and by each of its types of
 * value with its unit. The profile's name it takes from the display names of the
 * types (pkg/og/convert/pprof/profile.go, metricName()): the first in which it sees
 * a word it knows ("cpu", "alloc_"), otherwise the last. "offCPU" is none of these,
 * "offcpu" would be taken for CPU time.
 */
#include "profiler/push_item.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "profiler/model/alloc.h"
#include "profiler/model/write_all.h"
#include "profiler/workers/interrupts.h"
#include "profiler/output_file.h"
#include "profiler/say.h"
#include "profiler/upload/address.h"
#include "render/json_out.h"
#include "render/pprof.h"

#define NS_PER_S 1000000000ULL

/* ---- names ---- */

/* The view that a profile shows: of one from a file the command that made it, if bolometer did. */
static enum view_id shown_view(enum view_id view, const struct circumstances *about)
{
	if (view != VIEW_PLAIN || !about->command)
		return view;
	return view_find(about->command, strlen(about->command));
}

static bool add_labels(struct address_series *series, const struct text_list *labels,
		       enum view_id view, const struct circumstances *about)
{
	bool fits = true;

	if (about->host)
		fits &= address_label(series, "host", strlen("host"), about->host);
	if (view != VIEW_PLAIN)
		fits &= address_label(series, "view", strlen("view"), views[view].name);
	for (size_t i = 0; i < labels->count; i++) {
		size_t len = strcspn(labels->texts[i], "=");

		fits &= address_label(series, labels->texts[i], len, labels->texts[i] + len + 1);
	}
	return fits;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* Name, URL and file name. Returns 0 or the exit status. */
static int name_item(struct push_item *item, const struct push_plan *plan, enum view_id view,
		     const struct circumstances *about)
{
	char own[64], stamp[32];
	struct address_series series = {.name = plan->name};
	uint64_t until_ns =
		about->start_unix_ns ? about->start_unix_ns + about->duration_ns : now_ns();
	time_t from = (time_t)((until_ns - about->duration_ns) / NS_PER_S);
	struct tm local;

	if (!series.name) {
		if (!address_default_name(about->target, own, sizeof(own))) {
			say_error("--push: the profile does not say what program it is of; "
				  "--push-name NAME does");
			return EXIT_USAGE;
		}
		series.name = own;
	}
	if (add_labels(&series, &plan->labels, view, about))
		item->series = address_series_text(&series);
	/* Whole seconds, and never none. */
	if (item->series)
		item->url = address_request(plan->endpoint, item->series, (uint64_t)from,
					    until_ns / NS_PER_S + 1);
	strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", localtime_r(&from, &local));
	snprintf(item->file, sizeof(item->file), "bolometer-%s-%.48s-%s", views[view].name,
		 series.name, stamp);
	for (char *c = item->file; *c; c++)
		*c = *c == '/' ? '_' : *c;
	if (item->url)
		return 0;
	say_error("out of memory");
	return EXIT_FAILED;
}

/* ---- types ---- */

/*
 * What the server knows of types of other tools, whose own table (DefaultSampleTypeMapping) does not
 * hold any more where a configuration is given.
 */
struct known_type {
	const char *name, *display, *units, *aggregation;
};

static const struct known_type known_types[] = {
	{"samples", "cpu_samples", "samples", "sum"},
	{"inuse_objects", "inuse_objects", "objects", "average"},
	{"alloc_objects", "alloc_objects", "objects", "sum"},
	{"inuse_space", "inuse_space", "bytes", "average"},
	{"alloc_space", "alloc_space", "bytes", "sum"},
	{"goroutine", "goroutines", "goroutines", "average"},
	{"contentions", "mutex_count", "lock_samples", "sum"},
	{"delay", "mutex_duration", "lock_nanoseconds", "sum"},
};

/* By the unit; the server's words are "samples", "objects", "bytes", and of waits "lock_...". */
static const char *units_word(const struct value_type *type, bool is_waiting)
{
	if (!strcmp(type->unit, "bytes"))
		return "bytes";
	if (is_waiting)
		return strcmp(type->unit, "nanoseconds") ? "lock_samples" : "lock_nanoseconds";
	return "samples";
}

/* The name of a profile of that view on the server. */
static const char *view_word(enum view_id view)
{
	return view == VIEW_OFFCPU ? "offCPU" : views[view].name;
}

/*
 * One type of a view. The last is displayed as the view, as the server calls the profile by it; a
 * name of its own each needs for servers that file every type by its display name.
 */
static void write_type(struct json_out *json, const struct value_type *type, enum view_id view,
		       bool is_last)
{
	bool is_sampled = view == VIEW_CPU;
	char display[64];

	snprintf(display, sizeof(display), "%s%s%s", view_word(view), is_last ? "" : "_",
		 is_last ? "" : type->name);
	json_out_begin(json, type->name, '{');
	json_out_text_z(json, "units", units_word(type, !is_sampled && view != VIEW_WALL));
	json_out_text_z(json, "display-name", display);
	json_out_text_z(json, "aggregation", "sum");
	json_out_bool(json, "sampled", is_sampled);
	json_out_end(json, '}');
}

/* A name that is a key as it is, as json_out writes it. */
static bool is_plain(const char *name)
{
	for (; *name; name++) {
		if (*name < ' ' || *name > '~' || *name == '"' || *name == '\\')
			return false;
	}
	return true;
}

/* One of another tool's; the server files one that is not here by its own name. */
static void write_foreign_type(struct json_out *json, const struct value_type *type)
{
	struct known_type as = {type->name, type->name, units_word(type, false), "sum"};

	for (size_t i = 0; i < ARRAY_LEN(known_types); i++) {
		if (!strcmp(type->name, known_types[i].name))
			as = known_types[i];
	}
	if (!is_plain(type->name))
		return;
	json_out_begin(json, type->name, '{');
	json_out_text_z(json, "units", as.units);
	json_out_text_z(json, "display-name", as.display);
	json_out_text_z(json, "aggregation", as.aggregation);
	json_out_bool(json, "sampled", !strncmp(as.display, "cpu", 3));
	json_out_end(json, '}');
}

/* The configuration of sample types, for what pprof_write() has as such. NULL without memory. */
static char *make_types(const struct circumstances *about, enum view_id view)
{
	size_t len, last = 0, nr_amounts = 0;
	struct json_out json;
	char *text = NULL;
	FILE *memory = open_memstream(&text, &len);

	if (!memory)
		return NULL;
	for (size_t v = 0; v < about->nr_values; v++) {
		if (about->values[v].role == VALUE_AMOUNT)
			last = nr_amounts++ >= about->values_before ? v : 0;
	}
	json_out_open(&json, memory);
	json_out_begin(&json, NULL, '{');
	for (size_t v = 0; v < about->nr_values; v++) {
		if (about->values[v].role != VALUE_AMOUNT)
			continue;
		if (view == VIEW_PLAIN)
			write_foreign_type(&json, &about->values[v]);
		else
			write_type(&json, &about->values[v], view, v == last);
	}
	json_out_end(&json, '}');
	if (fclose(memory)) {
		free(text);
		return NULL;
	}
	return text;
}

/* ---- the item ---- */

static int write_profile(struct push_item *item, const struct render_input *input)
{
	FILE *memory = open_memstream(&item->profile, &item->profile_len);
	int err;

	if (!memory)
		return -ENOMEM;
	err = pprof_write(input, memory);
	return fclose(memory) ? -ENOMEM : err;
}

int push_item_make(struct push_item *item, const struct push_plan *plan, enum view_id view,
		   const struct render_input *input, const char *local)
{
	enum view_id shown = shown_view(view, input->about);
	int status, err = 0;

	*item = (struct push_item){0};
	status = name_item(item, plan, shown, input->about);
	if (!status) {
		item->types = make_types(input->about, shown);
		item->local = local ? strdup(local) : NULL;
		err = item->types && !local == !item->local ? write_profile(item, input) : -ENOMEM;
	}
	if (err) {
		say_error("cannot make the profile to push: %s", strerror(-err));
		status = EXIT_FAILED;
	}
	if (status)
		push_item_fini(item);
	return status;
}

void push_item_fini(struct push_item *item)
{
	free(item->series);
	free(item->url);
	free(item->types);
	free(item->profile);
	free(item->local);
	*item = (struct push_item){0};
}

/* In a folder, under a name that is new there. Returns 0 or -errno. */
static int keep_in(struct push_item *item, const char *folder)
{
	static const char suffix[] = ".pb.gz";
	char *path;
	int fd, err;

	if (asprintf(&path, "%s%s%s-XXXXXX%s", folder, *folder ? "/" : "", item->file, suffix) < 0)
		return -ENOMEM;
	interrupts_block();
	fd = mkostemps(path, (int)strlen(suffix), O_CLOEXEC);
	if (fd >= 0)
		interrupts_remove(path);
	interrupts_allow();
	err = fd < 0 ? -errno : write_all(fd, item->profile, item->profile_len);
	if (fd >= 0 && close(fd) && !err)
		err = -errno;
	if (!err) {
		interrupts_remove(NULL);
		item->local = path;
		return 0;
	}
	if (fd >= 0)
		unlink(path);
	interrupts_remove(NULL);
	free(path);
	return err;
}

void push_item_keep(struct push_item *item)
{
	const char *const folders[] = {"", getenv("TMPDIR"), "/tmp", "/var/tmp", getenv("HOME")};
	int err = -ENOENT, first = 0;

	for (size_t i = 0; i < ARRAY_LEN(folders) && err; i++) {
		if (!folders[i] || (i && folders[i][0] != '/'))
			continue;
		err = keep_in(item, folders[i]);
		first = first ? first : err;
	}
	if (err)
		say_error("cannot keep the profile in a file: %s", strerror(-first));
}
