/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the service has done: requests and service times by route, counted by the
 * workers without locks; the stats thread turns them into a report every second.
 */
#ifndef HOTSERVICE_STATS_H
#define HOTSERVICE_STATS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STATS_ROUTES_MAX   8
#define STATS_BUCKETS	   40 /* powers of two of nanoseconds: up to nine minutes */
#define STATS_REPORT_BYTES 2048

struct route_stats {
	const char *name; /* NULL: no such route */
	atomic_uint_least64_t requests;
	atomic_uint_least64_t buckets[STATS_BUCKETS]; /* by service time */
};

struct stats {
	struct route_stats routes[STATS_ROUTES_MAX];
	pthread_t thread;
	pthread_mutex_t lock; /* for everything below */
	pthread_cond_t stop;
	bool stopping;
	char report[STATS_REPORT_BYTES];
	size_t report_len;
};

/* Starts the thread. route_name() gives the names, NULL after the last. Returns 0 or -errno. */
int stats_start(struct stats *stats, const char *(*route_name)(size_t route));
void stats_stop(struct stats *stats);

/* Counts one request of routes[route] that took service_ns. */
void stats_count(struct stats *stats, size_t route, uint64_t service_ns);

/* Copies the latest report; returns its length. */
size_t stats_report(struct stats *stats, char report[STATS_REPORT_BYTES]);

uint64_t stats_requests(struct stats *stats);

#endif
