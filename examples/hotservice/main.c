// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hotservice: a small HTTP service on loopback with enough inside to be worth a
 * profile. In call order:
 *
 *   main.c        options, starting and stopping everything
 *   acceptor.c    thread "acceptor": new connections, and which of them have bytes to read
 *   connection.c  the connections and who owns them
 *   queue.c       from the acceptor to the workers
 *   worker.c      threads "worker-0" ...: one connection at a time
 *   http.c        requests in, responses out
 *   routes.c      what each path does
 *   digest.c      /hash: FNV-1a and SHA-256
 *   cache.c       /lookup: the table behind one lock
 *   journal.c     /journal, and thread "flusher": records on disk
 *   indexer.c     threads "indexer": counting words with all of the CPUs
 *   stats.c       /stats, and thread "stats": counts and service times
 *   corpus.c      the documents everything works on
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../parse.h"
#include "service.h"

#define DEFAULT_WORKERS 4
#define DEFAULT_SEED	1
#define EXIT_USAGE	2

static const char usage[] =
	"usage: hotservice [OPTIONS]\n"
	"An HTTP/1.1 service on 127.0.0.1 to be profiled. It prints its address, and serves until\n"
	"SIGTERM or SIGINT.\n"
	"\n"
	"  -p, --port PORT      listen here; 0, the default, takes any free port\n"
	"  -w, --workers N      worker threads, 1 to 64 (4)\n"
	"  -s, --seed N         what the documents are made from (1)\n"
	"  -j, --journal FILE   append records to FILE (a temporary file)\n"
	"      --slow-hash      make hashing about 30 % more expensive\n"
	"      --convoy         hold the lock of the lookup table much longer\n"
	"      --indexer        index the documents without end, with a thread for each CPU\n"
	"      --audit          record every request in the journal, each with a sync of its own\n"
	"  -h, --help           this text\n"
	"\n"
	"GET /hash/N  /compress/N  /lookup/N  /stats,  POST /journal\n";

enum { OPTION_SLOW_HASH = 256, OPTION_CONVOY, OPTION_INDEXER, OPTION_AUDIT };

static const struct option long_options[] = {
	{"port", required_argument, NULL, 'p'},
	{"workers", required_argument, NULL, 'w'},
	{"seed", required_argument, NULL, 's'},
	{"journal", required_argument, NULL, 'j'},
	{"slow-hash", no_argument, NULL, OPTION_SLOW_HASH},
	{"convoy", no_argument, NULL, OPTION_CONVOY},
	{"indexer", no_argument, NULL, OPTION_INDEXER},
	{"audit", no_argument, NULL, OPTION_AUDIT},
	{"help", no_argument, NULL, 'h'},
	{0},
};

static uint64_t number_option(const char *name, uint64_t min, uint64_t max)
{
	uint64_t number;

	if (parse_number(optarg, min, max, &number) == 0)
		return number;
	fprintf(stderr, "hotservice: --%s %s: a number from %" PRIu64 " to %" PRIu64 " is needed\n",
		name, optarg, min, max);
	exit(EXIT_USAGE);
}

static void parse_options(int argc, char **argv, struct service_options *options)
{
	int option;

	while ((option = getopt_long(argc, argv, "p:w:s:j:h", long_options, NULL)) != -1) {
		switch (option) {
		case 'p':
			options->port = (uint16_t)number_option("port", 0, UINT16_MAX);
			break;
		case 'w':
			options->workers = (unsigned)number_option("workers", 1, WORKERS_MAX);
			break;
		case 's':
			options->seed = number_option("seed", 0, UINT64_MAX);
			break;
		case 'j':
			options->journal_path = optarg;
			break;
		case OPTION_SLOW_HASH:
			options->slow_hash = true;
			break;
		case OPTION_CONVOY:
			options->convoy = true;
			break;
		case OPTION_INDEXER:
			options->indexer = true;
			break;
		case OPTION_AUDIT:
			options->audit = true;
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			fputs("Try hotservice --help.\n", stderr);
			exit(EXIT_USAGE);
		}
	}
	if (optind < argc) {
		fprintf(stderr, "hotservice: %s: not an option\n", argv[optind]);
		exit(EXIT_USAGE);
	}
}

static int start_corpus(struct service *service)
{
	return corpus_init(&service->corpus, service->options.seed);
}

static void stop_corpus(struct service *service)
{
	corpus_fini(&service->corpus);
}

static int start_cache(struct service *service)
{
	return cache_init(&service->cache, service->options.convoy);
}

static void stop_cache(struct service *service)
{
	cache_fini(&service->cache);
}

static int start_journal(struct service *service)
{
	return journal_open(&service->journal, service->options.journal_path,
			    service->options.audit);
}

static void stop_journal(struct service *service)
{
	journal_close(&service->journal);
}

static int start_indexer(struct service *service)
{
	return service->options.indexer ? indexer_start(&service->indexer, &service->corpus) : 0;
}

static void stop_indexer(struct service *service)
{
	indexer_stop(&service->indexer);
}

static int start_stats(struct service *service)
{
	return stats_start(&service->stats, route_name);
}

static void stop_stats(struct service *service)
{
	stats_stop(&service->stats);
}

static int start_connections(struct service *service)
{
	return connection_table_init(&service->connections);
}

static void stop_connections(struct service *service)
{
	connection_table_fini(&service->connections);
}

static int start_queue(struct service *service)
{
	return connection_queue_init(&service->ready);
}

static void stop_queue(struct service *service)
{
	connection_queue_fini(&service->ready);
}

/* The parts in the order they come up; they go down in the opposite one. */
static const struct part {
	const char *name;
	int (*start)(struct service *service);
	void (*stop)(struct service *service);
} parts[] = {
	{"documents", start_corpus, stop_corpus},
	{"lookup table", start_cache, stop_cache},
	{"journal", start_journal, stop_journal},
	{"indexer", start_indexer, stop_indexer},
	{"statistics", start_stats, stop_stats},
	{"connections", start_connections, stop_connections},
	{"queue", start_queue, stop_queue},
	{"workers", workers_start, workers_stop},
	{"listener", acceptor_start, acceptor_stop},
};

#define PARTS (sizeof(parts) / sizeof(parts[0]))

static void stop_parts(struct service *service, size_t started)
{
	while (started)
		parts[--started].stop(service);
}

static int start_parts(struct service *service)
{
	for (size_t i = 0; i < PARTS; i++) {
		int err = parts[i].start(service);

		if (err) {
			fprintf(stderr, "hotservice: cannot start the %s: %s\n", parts[i].name,
				strerror(-err));
			stop_parts(service, i);
			return err;
		}
	}
	return 0;
}

/* Serves until a signal comes; every thread inherits the blocked signals, so it comes here. */
static int serve(struct service *service)
{
	sigset_t ending;
	int signal_number;

	sigemptyset(&ending);
	sigaddset(&ending, SIGTERM);
	sigaddset(&ending, SIGINT);
	pthread_sigmask(SIG_BLOCK, &ending, NULL);
	if (start_parts(service))
		return EXIT_FAILURE;
	printf("listening on 127.0.0.1:%u\n", service->options.port);
	fflush(stdout);
	sigwait(&ending, &signal_number);
	printf("%" PRIu64 " requests served\n", stats_requests(&service->stats));
	stop_parts(service, PARTS);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	static struct service service;

	service.options =
		(struct service_options){.workers = DEFAULT_WORKERS, .seed = DEFAULT_SEED};
	parse_options(argc, argv, &service.options);
	return serve(&service);
}
