// SPDX-License-Identifier: GPL-2.0-or-later
/* Two short queues, a lock and a thread; see builder.h. */
#include "profiler/unwind/loader/builder.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "profiler/workers/confine.h"
#include "profiler/proc/host.h"

struct job {
	uint32_t object;
	int fd;
};

struct builder {
	build_fn *build;
	pthread_t thread;
	int event_fd;

	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t changed;
	bool stop;
	uint32_t pending; /* queued, being built, or finished: at most BUILDER_JOBS_MAX */
	struct job jobs[BUILDER_JOBS_MAX];
	uint32_t first_job, nr_jobs;
	struct built finished[BUILDER_JOBS_MAX];
	uint32_t first_finished, nr_finished;
	bool is_held;	  /* see builder_hold() */
	bool is_readable; /* event_fd */
};

static struct built build(const struct builder *builder, struct job job)
{
	struct built built = {.object = job.object};
	uint64_t started_ns = host_thread_cpu_ns(), before_ns, after_ns, rss_bytes;

	confine_cost(&before_ns, &rss_bytes);
	built.error = builder->build(job.fd, &built.table);
	if (built.error)
		built.table = (struct unwind_table){0};
	confine_cost(&after_ns, &rss_bytes);
	built.build_ns = host_thread_cpu_ns() - started_ns + after_ns - before_ns;
	return built;
}

/* With the lock held, as the two that follow. */
static struct job next_job(struct builder *builder)
{
	struct job job = builder->jobs[builder->first_job];

	builder->first_job = (builder->first_job + 1) % BUILDER_JOBS_MAX;
	builder->nr_jobs--;
	return job;
}

/* Makes event_fd readable, or no longer. */
static void update_event(struct builder *builder)
{
	bool readable = builder->nr_finished && !builder->is_held;
	eventfd_t events;

	if (readable && !builder->is_readable)
		eventfd_write(builder->event_fd, 1);
	if (!readable && builder->is_readable)
		eventfd_read(builder->event_fd, &events);
	builder->is_readable = readable;
}

static void finish(struct builder *builder, const struct built *built)
{
	uint32_t at = (builder->first_finished + builder->nr_finished++) % BUILDER_JOBS_MAX;

	builder->finished[at] = *built;
	update_event(builder);
}

/* Does one of the jobs there are. Called with the lock held, which it lets go meanwhile. */
static void build_next(struct builder *builder)
{
	struct job job = next_job(builder);
	struct built built;

	pthread_mutex_unlock(&builder->lock);
	built = build(builder, job);
	pthread_mutex_lock(&builder->lock);
	finish(builder, &built);
}

static void *builder_run(void *data)
{
	struct builder *builder = data;

	pthread_mutex_lock(&builder->lock);
	while (!builder->stop) {
		if (builder->nr_jobs)
			build_next(builder);
		else
			pthread_cond_wait(&builder->changed, &builder->lock);
	}
	pthread_mutex_unlock(&builder->lock);
	return NULL;
}

bool builder_help(struct builder *builder)
{
	bool helped;

	pthread_mutex_lock(&builder->lock);
	helped = builder->nr_jobs > 0;
	if (helped)
		build_next(builder);
	pthread_mutex_unlock(&builder->lock);
	return helped;
}

/* Returns 0 or an errno, as the calls it makes do. */
static int start_thread(struct builder *builder)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	err = pthread_sigmask(SIG_SETMASK, &all, &before);
	if (err)
		return err;
	err = pthread_create(&builder->thread, NULL, builder_run, builder);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

struct builder *builder_open(build_fn *build_table)
{
	struct builder *builder = calloc(1, sizeof(*builder));
	int err;

	if (!builder)
		return NULL;
	builder->build = build_table;
	pthread_mutex_init(&builder->lock, NULL);
	pthread_cond_init(&builder->changed, NULL);
	builder->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = builder->event_fd < 0 ? errno : start_thread(builder);
	if (!err)
		return builder;
	if (builder->event_fd >= 0)
		close(builder->event_fd);
	free(builder);
	errno = err;
	return NULL;
}

void builder_close(struct builder *builder)
{
	struct built built;

	if (!builder)
		return;
	pthread_mutex_lock(&builder->lock);
	builder->stop = true;
	pthread_cond_signal(&builder->changed);
	pthread_mutex_unlock(&builder->lock);
	pthread_join(builder->thread, NULL);
	while (builder_take(builder, &built))
		unwind_table_fini(&built.table);
	close(builder->event_fd);
	pthread_cond_destroy(&builder->changed);
	pthread_mutex_destroy(&builder->lock);
	free(builder);
}

bool builder_add(struct builder *builder, uint32_t object, int fd)
{
	bool added;

	pthread_mutex_lock(&builder->lock);
	added = builder->pending < BUILDER_JOBS_MAX;
	if (added) {
		uint32_t at = (builder->first_job + builder->nr_jobs++) % BUILDER_JOBS_MAX;

		builder->jobs[at] = (struct job){object, fd};
		builder->pending++;
		pthread_cond_signal(&builder->changed);
	}
	pthread_mutex_unlock(&builder->lock);
	return added;
}

bool builder_withdraw(struct builder *builder, uint32_t *ret_object)
{
	bool found;

	pthread_mutex_lock(&builder->lock);
	found = builder->nr_jobs;
	if (found) {
		uint32_t at = (builder->first_job + --builder->nr_jobs) % BUILDER_JOBS_MAX;

		*ret_object = builder->jobs[at].object;
		builder->pending--;
	}
	pthread_mutex_unlock(&builder->lock);
	return found;
}

bool builder_take(struct builder *builder, struct built *ret_built)
{
	bool found;

	pthread_mutex_lock(&builder->lock);
	found = builder->nr_finished;
	if (found) {
		*ret_built = builder->finished[builder->first_finished];
		builder->first_finished = (builder->first_finished + 1) % BUILDER_JOBS_MAX;
		builder->pending--;
		builder->nr_finished--;
		update_event(builder);
	}
	pthread_mutex_unlock(&builder->lock);
	return found;
}

void builder_hold(struct builder *builder, bool held)
{
	pthread_mutex_lock(&builder->lock);
	builder->is_held = held;
	update_event(builder);
	pthread_mutex_unlock(&builder->lock);
}

uint32_t builder_pending(struct builder *builder)
{
	uint32_t pending;

	pthread_mutex_lock(&builder->lock);
	pending = builder->pending;
	pthread_mutex_unlock(&builder->lock);
	return pending;
}

int builder_fd(const struct builder *builder)
{
	return builder->event_fd;
}
