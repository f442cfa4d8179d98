// SPDX-License-Identifier: GPL-2.0-or-later
/* Counting and the stats thread, see stats.h. */
#include "stats.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "frame.h"

#define REPORT_EVERY_S 1

void stats_count(struct stats *stats, size_t route, uint64_t service_ns)
{
	struct route_stats *counts = &stats->routes[route];
	size_t bucket = 63 - (size_t)__builtin_clzll(service_ns | 1);

	if (bucket >= STATS_BUCKETS)
		bucket = STATS_BUCKETS - 1;
	atomic_fetch_add_explicit(&counts->requests, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&counts->buckets[bucket], 1, memory_order_relaxed);
}

uint64_t stats_requests(struct stats *stats)
{
	uint64_t requests = 0;

	for (size_t i = 0; i < STATS_ROUTES_MAX; i++)
		requests += atomic_load(&stats->routes[i].requests);
	return requests;
}

/* The upper end of the bucket that `percent` of the requests do not exceed. */
static uint64_t percentile_ns(struct route_stats *counts, uint64_t requests, unsigned percent)
{
	uint64_t wanted = (requests * percent + 99) / 100, seen = 0;

	for (size_t i = 0; i < STATS_BUCKETS; i++) {
		seen += atomic_load_explicit(&counts->buckets[i], memory_order_relaxed);
		if (seen >= wanted)
			return UINT64_C(2) << i;
	}
	return UINT64_C(1) << STATS_BUCKETS;
}

static __attribute__((format(printf, 2, 3))) void report_add(struct stats *stats,
							     const char *format, ...)
{
	size_t room = sizeof(stats->report) - stats->report_len;
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(stats->report + stats->report_len, room, format, args);
	va_end(args);
	if (len > 0)
		stats->report_len += (size_t)len < room ? (size_t)len : room - 1;
}

static FRAME void write_report_locked(struct stats *stats)
{
	stats->report_len = 0;
	report_add(stats, "%-10s %12s %10s %10s\n", "route", "requests", "p50 us", "p99 us");
	for (size_t i = 0; i < STATS_ROUTES_MAX && stats->routes[i].name; i++) {
		struct route_stats *counts = &stats->routes[i];
		uint64_t requests = atomic_load(&counts->requests);

		report_add(stats, "%-10s %12" PRIu64 " %10" PRIu64 " %10" PRIu64 "\n", counts->name,
			   requests, requests ? percentile_ns(counts, requests, 50) / 1000 : 0,
			   requests ? percentile_ns(counts, requests, 99) / 1000 : 0);
	}
}

static void *stats_main(void *arg)
{
	struct stats *stats = arg;
	struct timespec next;

	pthread_setname_np(pthread_self(), "stats");
	clock_gettime(CLOCK_REALTIME, &next);
	pthread_mutex_lock(&stats->lock);
	while (!stats->stopping) {
		write_report_locked(stats);
		next.tv_sec += REPORT_EVERY_S;
		pthread_cond_timedwait(&stats->stop, &stats->lock, &next);
	}
	pthread_mutex_unlock(&stats->lock);
	return NULL;
}

int stats_start(struct stats *stats, const char *(*route_name)(size_t route))
{
	memset(stats, 0, sizeof(*stats));
	for (size_t i = 0; i < STATS_ROUTES_MAX && route_name(i); i++)
		stats->routes[i].name = route_name(i);
	pthread_mutex_init(&stats->lock, NULL);
	pthread_cond_init(&stats->stop, NULL);
	return -pthread_create(&stats->thread, NULL, stats_main, stats);
}

void stats_stop(struct stats *stats)
{
	pthread_mutex_lock(&stats->lock);
	stats->stopping = true;
	pthread_cond_signal(&stats->stop);
	pthread_mutex_unlock(&stats->lock);
	pthread_join(stats->thread, NULL);
	pthread_cond_destroy(&stats->stop);
	pthread_mutex_destroy(&stats->lock);
}

size_t stats_report(struct stats *stats, char report[STATS_REPORT_BYTES])
{
	size_t len;

	pthread_mutex_lock(&stats->lock);
	len = stats->report_len;
	memcpy(report, stats->report, len);
	pthread_mutex_unlock(&stats->lock);
	return len;
}
