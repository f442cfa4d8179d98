// SPDX-License-Identifier: GPL-2.0-or-later
/* See push.h. What is sent, and under which name, is push_item.c's. */
#include "profiler/push.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "profiler/model/alloc.h"
#include "profiler/push_item.h"
#include "profiler/say.h"
#include "profiler/upload/address.h"
#include "profiler/upload/upload.h"

#define CA_BYTES_MAX ((size_t)4 << 20)

/* ---- planning ---- */

/* The URL of "[VIEW:]URL", and its view, or VIEW_PLAIN. */
static const char *split_view(const char *text, enum view_id *ret_view)
{
	size_t len = strcspn(text, ":");

	*ret_view = text[len] ? view_find(text, len) : VIEW_PLAIN;
	return *ret_view == VIEW_PLAIN ? text : text + len + 1;
}

unsigned int push_views(const struct options *options, enum view_id view)
{
	unsigned int set = 0;

	for (size_t i = 0; i < options->pushes.count; i++) {
		enum view_id named;

		split_view(options->pushes.texts[i], &named);
		set |= VIEW_BIT(named == VIEW_PLAIN ? view : named);
	}
	return set;
}

/* The credentials are one server's, so there is one. Returns 0 or the exit status. */
static int plan_endpoint(struct push_plan *plan, const char *text, enum view_id view)
{
	enum view_id named;
	const char *mistake, *url = split_view(text, &named);
	char *endpoint;
	bool same;

	if (named != VIEW_PLAIN && view == VIEW_PLAIN) {
		say_error("--push %s: only captures have views", text);
		return EXIT_USAGE;
	}
	endpoint = address_of(url, &mistake);
	if (!endpoint) {
		/* Nothing of a URL that may have a password in it. */
		if (mistake)
			say_error("--push: the URL %s", mistake);
		else
			say_error("out of memory");
		return mistake ? EXIT_USAGE : EXIT_FAILED;
	}
	same = !plan->endpoint || !strcmp(plan->endpoint, endpoint);
	free(plan->endpoint);
	plan->endpoint = endpoint;
	if (!same)
		say_error("--push: two servers are given, and there can be one");
	return same ? 0 : EXIT_USAGE;
}

static int plan_auth(struct push_plan *plan, const char *path)
{
	char why[128];

	if (auth_read(&plan->auth, path, why, sizeof(why))) {
		say_error("--push-auth %s: %s", path, why);
		return EXIT_FAILED;
	}
	if (address_is_open(plan->endpoint))
		say_note("--push: without https:// the credentials can be read on their way to %s",
			 plan->endpoint);
	return 0;
}

static int plan_ca(struct push_plan *plan, const char *path)
{
	plan->ca = auth_read_file(path, CA_BYTES_MAX, &plan->ca_len, NULL);
	if (!plan->ca) {
		say_error("--push-ca %s: %s", path, strerror(errno));
		return EXIT_FAILED;
	}
	if (strstr(plan->ca, "-----BEGIN "))
		return 0;
	say_error("--push-ca %s: there are no certificates in it, as PEM has them", path);
	return EXIT_FAILED;
}

static int plan_names(const struct options *options)
{
	const char *wrong = options->push_name ? address_name_mistake(options->push_name) : NULL;

	if (wrong) {
		say_error("--push-name %s: %s", options->push_name, wrong);
		return EXIT_USAGE;
	}
	for (size_t i = 0; i < options->push_labels.count && !wrong; i++) {
		wrong = address_label_mistake(options->push_labels.texts[i]);
		if (wrong)
			say_error("--push-label %s: %s", options->push_labels.texts[i], wrong);
	}
	if (!wrong && options->push_labels.count + PUSH_OWN_LABELS > ADDRESS_LABELS_MAX) {
		wrong = "too many";
		say_error("--push-label: there can be %d", ADDRESS_LABELS_MAX - PUSH_OWN_LABELS);
	}
	return wrong ? EXIT_USAGE : 0;
}

int push_plan(struct push_plan *plan, const struct options *options, enum view_id view)
{
	int status = 0;

	*plan = (struct push_plan){
		.name = options->push_name,
		.labels = options->push_labels,
		.timeout_ns = options->push_timeout_ns ? options->push_timeout_ns
						       : PUSH_TIMEOUT_DEFAULT_NS,
		.views = push_views(options, view),
		.keeps = view != VIEW_PLAIN,
	};
	if (!options->pushes.count) {
		if (!options->push_name && !options->push_labels.count && !options->push_auth &&
		    !options->push_ca && !options->push_timeout_ns)
			return 0;
		say_error("the options that begin with --push- go with --push URL");
		return EXIT_USAGE;
	}
	for (size_t i = 0; i < options->pushes.count && !status; i++)
		status = plan_endpoint(plan, options->pushes.texts[i], view);
	if (!status)
		status = plan_names(options);
	if (!status && options->push_auth)
		status = plan_auth(plan, options->push_auth);
	if (!status && options->push_ca)
		status = plan_ca(plan, options->push_ca);
	return status;
}

static void drop_items(struct push_plan *plan)
{
	for (size_t i = 0; i < plan->nr_items; i++)
		push_item_fini(&plan->items[i]);
	plan->nr_items = 0;
}

void push_plan_fini(struct push_plan *plan)
{
	drop_items(plan);
	free(plan->items);
	auth_fini(&plan->auth);
	free(plan->endpoint);
	free(plan->ca);
	*plan = (struct push_plan){0};
}

/* ---- sending ---- */

int push_add(struct push_plan *plan, enum view_id view, const struct render_input *input,
	     const char *local)
{
	struct push_item item;
	int status;

	if (!plan->endpoint || !(plan->views & VIEW_BIT(view)))
		return EXIT_DONE;
	if (!input->samples->profile->nr_samples) {
		say_note("--push: there are no samples, and nothing is sent");
		return EXIT_DONE;
	}
	status = push_item_make(&item, plan, view, input, local);
	if (!status && ARRAY_RESERVE(plan->items, plan->cap_items, plan->nr_items + 1)) {
		push_item_fini(&item);
		say_error("out of memory");
		status = EXIT_FAILED;
	}
	if (!status)
		plan->items[plan->nr_items++] = item;
	return status;
}

static void tell_of_retry(void *data, const char *line)
{
	const struct push_plan *plan = data;

	say_note("push to %s: %s", plan->endpoint, line);
}

/* A file with what could not be sent, if there is none yet. */
static const char *keep(struct push_plan *plan, struct push_item *item)
{
	if (!item->local && plan->keeps)
		push_item_keep(item);
	return item->local;
}

static int send_item(struct push_plan *plan, struct push_item *item)
{
	struct upload upload = {
		.url = item->url,
		.profile = item->profile,
		.profile_len = item->profile_len,
		.types = item->types,
		.auth = &plan->auth,
		.ca = plan->ca,
		.ca_len = plan->ca_len,
		.timeout_ns = plan->timeout_ns,
	};
	char why[UPLOAD_WORDS];
	const char *file;
	int err = upload_run(&upload, tell_of_retry, plan, why);

	if (!err) {
		say("pushed %s to %s", item->series, plan->endpoint);
		return EXIT_DONE;
	}
	file = keep(plan, item);
	say_error("cannot push to %s: %s%s%s", plan->endpoint, why,
		  file ? "; the profile is in " : "", file ? file : "");
	return EXIT_FAILED;
}

/*
 * Signals end what is sent, and are held back for that. One that came before has ended something
 * else.
 */
static void take_signals(const sigset_t *signals)
{
	static const struct timespec at_once = {0};

	while (sigtimedwait(signals, NULL, &at_once) > 0)
		;
}

int push_send(struct push_plan *plan)
{
	sigset_t signals, before;
	int status = EXIT_DONE;

	if (!plan->nr_items)
		return EXIT_DONE;
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, &before);
	take_signals(&signals);
	for (size_t i = 0; i < plan->nr_items; i++) {
		if (send_item(plan, &plan->items[i]))
			status = EXIT_FAILED;
	}
	take_signals(&signals);
	sigprocmask(SIG_SETMASK, &before, NULL);
	drop_items(plan);
	return status;
}
