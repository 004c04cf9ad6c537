// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0
//
// The console protocol as far as it is needed: connect, start, and the notification that a container has ended.
// Requests go over one connection, notifications come over another, as with an ordinary client.
#include "runner.h"
#include <sys/time.h>

#define LIMIT_SECONDS 20

struct connection {
    int file;
    char buffer[1 << 20];
    size_t used;
};

static struct connection requests = { .file = -1 }, events = { .file = -1 };

// Reads one line without its end, or 0 when the peer is silent too long or gone. The line is valid until the next call.
static char *read_line(struct connection *connection)
{
    static size_t consumed;
    static struct connection *last;
    if (last) {
        memmove(last->buffer, last->buffer + consumed, last->used - consumed);
        last->used -= consumed;
        last = 0;
    }
    for (;;) {
        char *end = memchr(connection->buffer, '\n', connection->used);
        if (end) {
            *end = 0;
            consumed = (size_t)(end - connection->buffer) + 1;
            last = connection;
            return connection->buffer;
        }
        if (connection->used == sizeof connection->buffer) fail("the console sent a line of more than 1 MiB");
        ssize_t length = read(connection->file, connection->buffer + connection->used, sizeof connection->buffer - connection->used);
        if (length < 0 && errno == EINTR) continue;
        if (length <= 0) return 0;
        connection->used += (size_t)length;
    }
}

static void open_connection(struct connection *connection, const char *path, const char *hello)
{
    connection->file = unix_connect(path);
    if (connection->file < 0) fail("connect %s: %s", path, strerror(errno));
    struct timeval limit = { .tv_sec = LIMIT_SECONDS };
    setsockopt(connection->file, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    write_all(connection->file, hello, strlen(hello));
    char *line = read_line(connection);
    if (!line || !strstr(line, "connect_ack")) fail("%s: the console refused the connection: %s", path, line ? line : "closed");
}

void console_open(const char *path)
{
    open_connection(&requests, path, CONNECT("false"));
    open_connection(&events, path, CONNECT("true"));
}

struct outcome console_start(struct side *side)
{
    char request[8192];
    int length = snprintf(request, sizeof request, "{\"request\":{\"start\":{\"container\":\"%s\",\"init\":null,\"arguments\":[", side->words[0]);
    for (int i = 1; i < side->word_count && length < (int)sizeof request; i++)
        length += snprintf(request + length, sizeof request - (size_t)length, "%s\"%s\"", i > 1 ? "," : "", side->words[i]);
    if (length < (int)sizeof request) length += snprintf(request + length, sizeof request - (size_t)length, "],\"environment\":{}}}}\n");
    if (length >= (int)sizeof request) fail("%s: the start request is too long", side->name);

    struct outcome outcome = { .start = now() };
    write_all(requests.file, request, (size_t)length);
    char *line = read_line(&requests);
    outcome.answer = now();
    if (!line) fail("the console closed the connection");
    outcome.ok = strstr(line, "\"start\":{\"ok\"") != 0;
    if (!outcome.ok) fprintf(stderr, "%s: %s\n", side->name, line);
    return outcome;
}

bool console_wait_exit(const char *container)
{
    char wanted[512];
    snprintf(wanted, sizeof wanted, "\"exit\":[\"%s\"", container);
    for (;;) {
        char *line = read_line(&events);
        if (!line) fail("no notification that %s has ended", container);
        if (!strstr(line, wanted)) continue;
        bool ok = strstr(line, "{\"exit\":{\"code\":0}}") != 0;
        if (!ok) fprintf(stderr, "%s: %s\n", container, line);
        return ok;
    }
}
