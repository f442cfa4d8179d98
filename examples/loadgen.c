// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * loadgen: load for hotservice. Some keep-alive connections to a port of 127.0.0.1,
 * each with one request under way, the same requests in the same order every run;
 * ends by itself after a time or a number of requests, and says what it saw.
 *
 * One thread serves all connections, so that the load costs the machine little and
 * shows as one thread in a profile of the whole system.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "parse.h"

#define CONNECTIONS_MAX 128
#define DURATION_MAX_S	3600
#define REQUESTS_MAX	UINT64_C(1000000000)
#define REQUEST_BYTES	512
#define HEAD_MAX	1024
#define SPREAD		UINT64_C(0x9e3779b97f4a7c15) /* scatters request numbers over the data */
#define NS_PER_S	UINT64_C(1000000000)
#define EXIT_USAGE	2

/*
 * Latencies in buckets 1/16 of their power of two wide: 6 % resolution at any scale, and a fixed
 * amount of memory for any number of requests.
 */
#define STEP_BITS 4
#define STEPS	  (1u << STEP_BITS)
#define BUCKETS	  (64u * STEPS)

struct client {
	int fd;
	uint64_t sent_ns;
	char head[HEAD_MAX]; /* of the response under way */
	size_t head_len;
	bool in_body;
	uint64_t body_left;
};

struct load {
	uint16_t port;
	unsigned connections;
	uint64_t requests; /* to send; stops earlier when the time is over */
	uint64_t duration_ns;

	struct client clients[CONNECTIONS_MAX];
	int epoll_fd;
	uint64_t sent, answered, refused, bytes;
	uint64_t latencies[BUCKETS];
	uint64_t longest_ns;
};

static const char usage[] =
	"usage: loadgen --port PORT [OPTIONS]\n"
	"Load for hotservice on 127.0.0.1. Ends by itself and prints requests/s and latencies.\n"
	"\n"
	"  -p, --port PORT       where hotservice listens\n"
	"  -c, --connections N   connections, each with one request under way, 1 to 128 (8)\n"
	"  -d, --duration S      seconds until it stops, 1 to 3600 (10)\n"
	"  -n, --requests N      stop after N requests, if that comes first\n"
	"  -h, --help            this text\n";

static volatile sig_atomic_t stopped;

static void stop(int signal_number)
{
	stopped = 1;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* ---- the requests ------------------------------------------------------------------------ */

enum kind { HASH, COMPRESS, LOOKUP, JOURNAL };

/* Twenty requests in turn: 8 hash, 6 compress, 5 lookup, 1 journal. */
static const enum kind mix[] = {
	HASH, COMPRESS, LOOKUP, HASH,	COMPRESS, HASH, LOOKUP,	  HASH,	  COMPRESS, LOOKUP,
	HASH, JOURNAL,	HASH,	LOOKUP, COMPRESS, HASH, COMPRESS, LOOKUP, HASH,	    COMPRESS,
};

#define MIX (sizeof(mix) / sizeof(mix[0]))

static int format_request(char *request, uint64_t number)
{
	static const char *const paths[] = {
		[HASH] = "/hash", [COMPRESS] = "/compress", [LOOKUP] = "/lookup"};
	static const char record[] = "order 1207 paid by card, shipped from the second depot";
	enum kind kind = mix[number % MIX];

	if (kind == JOURNAL)
		return snprintf(request, REQUEST_BYTES,
				"POST /journal HTTP/1.1\r\nHost: localhost\r\n"
				"Content-Length: %zu\r\n\r\n%s",
				strlen(record), record);
	return snprintf(request, REQUEST_BYTES, "GET %s/%u HTTP/1.1\r\nHost: localhost\r\n\r\n",
			paths[kind], (unsigned)(number * SPREAD >> 32) % 1000);
}

/* Requests are far smaller than a socket's empty buffer: one send() takes the whole of one. */
static int send_next(struct load *load, struct client *client)
{
	char request[REQUEST_BYTES];
	int len = format_request(request, load->sent);
	ssize_t sent;

	client->head_len = 0;
	client->in_body = false;
	client->sent_ns = now_ns();
	sent = send(client->fd, request, (size_t)len, MSG_NOSIGNAL);
	if (sent < 0)
		return -errno;
	if (sent < len)
		return -EPROTO;
	load->sent++;
	return 0;
}

/* ---- the answers ------------------------------------------------------------------------- */

static unsigned bucket_of(uint64_t ns)
{
	unsigned log2 = 63 - (unsigned)__builtin_clzll(ns | STEPS);

	return (log2 - STEP_BITS) * STEPS + (unsigned)(ns >> (log2 - STEP_BITS));
}

/* The largest latency that falls into a bucket. */
static uint64_t bucket_end(unsigned bucket)
{
	unsigned shift = bucket < 2 * STEPS ? 0 : bucket / STEPS - 1;

	return ((uint64_t)(bucket - shift * STEPS + 1) << shift) - 1;
}

static uint64_t percentile_ns(const struct load *load, double percent)
{
	uint64_t seen = 0;

	for (unsigned i = 0; i < BUCKETS; i++) {
		seen += load->latencies[i];
		if ((double)seen >= (double)load->answered * percent / 100)
			return bucket_end(i) < load->longest_ns ? bucket_end(i) : load->longest_ns;
	}
	return load->longest_ns;
}

static void count_answer(struct load *load, struct client *client)
{
	uint64_t took_ns = now_ns() - client->sent_ns;

	load->answered++;
	load->latencies[bucket_of(took_ns)]++;
	if (took_ns > load->longest_ns)
		load->longest_ns = took_ns;
	if (memcmp(client->head, "HTTP/1.1 2", 10))
		load->refused++;
}

/* Reads the head once it is whole: how long the body is. Returns 0, or -EPROTO. */
static int read_head(struct client *client)
{
	static const char field[] = "\r\nContent-Length: ";
	const char *value;
	char *end;

	client->head[client->head_len] = '\0';
	value = strstr(client->head, field);
	if (!value)
		return -EPROTO;
	client->body_left = strtoull(value + strlen(field), &end, 10);
	client->in_body = true;
	return *end == '\r' ? 0 : -EPROTO;
}

/* Takes what it needs of the bytes that came; returns how many, or -EPROTO. */
static ssize_t take_bytes(struct client *client, const char *bytes, size_t len)
{
	size_t taken = 0;

	while (!client->in_body && taken < len) {
		if (client->head_len + 1 == sizeof(client->head))
			return -EPROTO;
		client->head[client->head_len++] = bytes[taken++];
		if (client->head_len >= 4 &&
		    !memcmp(client->head + client->head_len - 4, "\r\n\r\n", 4) &&
		    read_head(client))
			return -EPROTO;
	}
	if (client->in_body) {
		size_t part = len - taken;

		if (part > client->body_left)
			part = client->body_left;
		client->body_left -= part;
		taken += part;
	}
	return (ssize_t)taken;
}

static bool time_to_stop(const struct load *load, uint64_t ends_ns)
{
	return stopped || load->sent >= load->requests || now_ns() >= ends_ns;
}

/* Bytes have come. Returns 1 when the answer is complete, 0 when more is to come, or -errno. */
static int receive(struct load *load, struct client *client)
{
	static char bytes[64 * 1024];
	ssize_t got = recv(client->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	ssize_t taken;

	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (got == 0)
		return -ECONNRESET;
	load->bytes += (uint64_t)got;
	taken = take_bytes(client, bytes, (size_t)got);
	if (taken < got)
		return -EPROTO; /* an answer to no request */
	if (!client->in_body || client->body_left)
		return 0;
	count_answer(load, client);
	return 1;
}

/* ---- the run ----------------------------------------------------------------------------- */

static int connect_client(struct load *load, struct client *client)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons(load->port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};

	client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client->fd < 0 || connect(client->fd, (struct sockaddr *)&address, sizeof(address)) ||
	    epoll_ctl(load->epoll_fd, EPOLL_CTL_ADD, client->fd, &event))
		return -errno;
	return 0;
}

static int open_clients(struct load *load)
{
	int err = 0;

	load->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (load->epoll_fd < 0)
		return -errno;
	for (unsigned i = 0; i < load->connections && !err; i++) {
		err = connect_client(load, &load->clients[i]);
		if (!err && load->sent < load->requests)
			err = send_next(load, &load->clients[i]);
	}
	return err;
}

/* Sends and receives until it is time to stop, then waits for the answers still under way. */
static int run(struct load *load, uint64_t ends_ns)
{
	struct epoll_event events[CONNECTIONS_MAX];
	const int patience_ms = 5000;

	while (load->answered < load->sent) {
		int nr_events = epoll_wait(load->epoll_fd, events, CONNECTIONS_MAX, patience_ms);

		if (nr_events < 0 && errno == EINTR)
			continue;
		if (nr_events <= 0)
			return nr_events ? -errno : -ETIMEDOUT;
		for (int i = 0; i < nr_events; i++) {
			struct client *client = events[i].data.ptr;
			int err = receive(load, client);

			if (err > 0 && !time_to_stop(load, ends_ns))
				err = send_next(load, client);
			if (err < 0)
				return err;
		}
	}
	return 0;
}

static void print_result(const struct load *load, uint64_t took_ns)
{
	double seconds = (double)took_ns / NS_PER_S;

	printf("%" PRIu64 " requests in %.2f s: %.0f requests/s, %.1f MB/s, %" PRIu64 " refused\n",
	       load->answered, seconds, (double)load->answered / seconds,
	       (double)load->bytes / seconds / 1e6, load->refused);
	printf("latency ms: p50 %.2f, p90 %.2f, p99 %.2f, p99.9 %.2f, longest %.2f\n",
	       (double)percentile_ns(load, 50) / 1e6, (double)percentile_ns(load, 90) / 1e6,
	       (double)percentile_ns(load, 99) / 1e6, (double)percentile_ns(load, 99.9) / 1e6,
	       (double)load->longest_ns / 1e6);
}

static uint64_t number_option(const char *name, uint64_t min, uint64_t max)
{
	uint64_t number;

	if (parse_number(optarg, min, max, &number) == 0)
		return number;
	fprintf(stderr, "loadgen: --%s %s: a number from %" PRIu64 " to %" PRIu64 " is needed\n",
		name, optarg, min, max);
	exit(EXIT_USAGE);
}

static void parse_options(int argc, char **argv, struct load *load)
{
	static const struct option long_options[] = {
		{"port", required_argument, NULL, 'p'},
		{"connections", required_argument, NULL, 'c'},
		{"duration", required_argument, NULL, 'd'},
		{"requests", required_argument, NULL, 'n'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "p:c:d:n:h", long_options, NULL)) != -1) {
		switch (option) {
		case 'p':
			load->port = (uint16_t)number_option("port", 1, UINT16_MAX);
			break;
		case 'c':
			load->connections =
				(unsigned)number_option("connections", 1, CONNECTIONS_MAX);
			break;
		case 'd':
			load->duration_ns = number_option("duration", 1, DURATION_MAX_S) * NS_PER_S;
			break;
		case 'n':
			load->requests = number_option("requests", 1, REQUESTS_MAX);
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			fputs("Try loadgen --help.\n", stderr);
			exit(EXIT_USAGE);
		}
	}
	if (optind < argc || !load->port) {
		fputs("loadgen: --port PORT is needed, and no other argument\n", stderr);
		exit(EXIT_USAGE);
	}
}

int main(int argc, char **argv)
{
	static struct load load = {
		.connections = 8, .requests = REQUESTS_MAX, .duration_ns = 10 * NS_PER_S};
	struct sigaction action = {.sa_handler = stop};
	uint64_t started_ns;
	int err;

	parse_options(argc, argv, &load);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	started_ns = now_ns();
	err = open_clients(&load);
	if (!err)
		err = run(&load, started_ns + load.duration_ns);
	if (load.answered)
		print_result(&load, now_ns() - started_ns);
	if (err)
		fprintf(stderr, "loadgen: 127.0.0.1:%u: %s\n", load.port, strerror(-err));
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
