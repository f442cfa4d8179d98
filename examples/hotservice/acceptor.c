// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The acceptor thread: takes new connections and hands those with bytes to read to
 * the workers. It never reads or writes a client's socket, so no client delays it.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "frame.h"
#include "service.h"

#define BACKLOG	       64
#define EVENTS_AT_ONCE 64
#define SWEEP_EVERY_MS 1000
#define IDLE_LIMIT_NS  UINT64_C(30000000000)
#define SEND_TIMEOUT_S 5

/* A client that does not read its answers may hold a worker this long, not longer. */
static int set_up_client(int fd)
{
	struct timeval timeout = {.tv_sec = SEND_TIMEOUT_S};
	int on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)))
		return -errno;
	return 0;
}

static FRAME void accept_connections(struct service *service)
{
	int fd;

	while ((fd = accept4(service->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		if (set_up_client(fd) || connection_open(&service->connections, fd))
			close(fd);
	}
}

/* Returns false when it is time to end. */
static FRAME bool dispatch_events(struct service *service, const struct epoll_event *events,
				  int nr_events)
{
	bool go_on = true;

	for (int i = 0; i < nr_events; i++) {
		if (events[i].data.ptr == &service->listener)
			accept_connections(service);
		else if (events[i].data.ptr == &service->stop_event)
			go_on = false;
		else
			connection_queue_put(&service->ready, events[i].data.ptr);
	}
	return go_on;
}

static void *acceptor_main(void *arg)
{
	struct service *service = arg;
	struct epoll_event events[EVENTS_AT_ONCE];
	uint64_t swept_ns = monotonic_ns();
	int nr_events = 0;

	pthread_setname_np(pthread_self(), "acceptor");
	while (dispatch_events(service, events, nr_events)) {
		uint64_t now_ns;

		nr_events = epoll_wait(service->connections.epoll_fd, events, EVENTS_AT_ONCE,
				       SWEEP_EVERY_MS);
		now_ns = monotonic_ns();
		if (now_ns - swept_ns < SWEEP_EVERY_MS * UINT64_C(1000000))
			continue;
		connection_table_end_idle(&service->connections, now_ns, IDLE_LIMIT_NS);
		swept_ns = now_ns;
	}
	return NULL;
}

static int listen_on_loopback(uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons(port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1, err;

	if (fd < 0)
		return -errno;
	if (!setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) &&
	    !bind(fd, (struct sockaddr *)&address, sizeof(address)) && !listen(fd, BACKLOG))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

static int port_of(int fd, uint16_t *ret_port)
{
	struct sockaddr_in address;
	socklen_t len = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &len))
		return -errno;
	*ret_port = ntohs(address.sin_port);
	return 0;
}

static int watch(struct service *service, int *fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = fd};

	return epoll_ctl(service->connections.epoll_fd, EPOLL_CTL_ADD, *fd, &event) ? -errno : 0;
}

int acceptor_start(struct service *service)
{
	int err;

	service->listener = listen_on_loopback(service->options.port);
	if (service->listener < 0)
		return service->listener;
	service->stop_event = eventfd(0, EFD_CLOEXEC);
	err = service->stop_event < 0 ? -errno : 0;
	if (err)
		goto close_listener;
	err = port_of(service->listener, &service->options.port);
	if (!err)
		err = watch(service, &service->listener);
	if (!err)
		err = watch(service, &service->stop_event);
	if (!err)
		err = -pthread_create(&service->acceptor, NULL, acceptor_main, service);
	if (!err)
		return 0;
	close(service->stop_event);
close_listener:
	close(service->listener);
	return err;
}

void acceptor_stop(struct service *service)
{
	eventfd_write(service->stop_event, 1);
	pthread_join(service->acceptor, NULL);
	close(service->stop_event);
	close(service->listener);
}
