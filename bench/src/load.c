// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0
//
// load: puts a console under load and prints what it does. One thread, epoll, so that the other core is the runtime's.
//
//   load SOCKET pipeline REQUEST SECONDS DEPTH        requests a second on one connection, DEPTH under way
//   load SOCKET latency REQUEST SECONDS CLIENTS       p50 and p99 in microseconds, each client with one request under way
//   load SOCKET subscribers COUNT EVENTS PACKAGE REPOSITORY CONTAINER
//                                                     notifications a second to COUNT subscribers: installs and uninstalls of one package
//   load SOCKET install PACKAGE REPOSITORY [IMAGE]    milliseconds from the request to the answer; IMAGE is the hint of the extension "image"
//
// REQUEST is a word: ident, list.
#include "common.h"
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/stat.h>

#define BUFFER (1 << 20)

static char input[BUFFER];

static int open_console(const char *path, const char *hello)
{
    int file = unix_connect(path);
    if (file < 0) fail("connect %s: %s", path, strerror(errno));
    struct timeval limit = { .tv_sec = 60 };
    setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    write_all(file, hello, strlen(hello));
    size_t used = 0;
    while (!used || input[used - 1] != '\n') {
        ssize_t length = read(file, input + used, 1);
        if (length <= 0) fail("%s: the console closed the connection", path);
        used += (size_t)length;
    }
    input[used] = 0;
    if (!strstr(input, "connect_ack")) fail("%s: the console refused the connection: %s", path, input);
    return file;
}

static size_t count_lines(const char *text, size_t length)
{
    size_t lines = 0;
    for (const char *at = text; (at = memchr(at, '\n', length - (size_t)(at - text))); at++) lines++;
    return lines;
}

static size_t read_lines(int file)
{
    ssize_t length;
    do length = read(file, input, sizeof input); while (length < 0 && errno == EINTR);
    if (length <= 0) fail("the console closed a connection: %s", length ? strerror(errno) : "end of stream");
    return count_lines(input, (size_t)length);
}

static void pipeline(const char *path, const char *request, double seconds, size_t depth)
{
    char line[64];
    size_t length = (size_t)snprintf(line, sizeof line, "{\"request\":\"%s\"}\n", request);
    char *many = malloc(length * depth);
    for (size_t i = 0; i < depth; i++) memcpy(many + i * length, line, length);
    int file = open_console(path, CONNECT("false"));
    uint64_t begin = now(), end = begin + (uint64_t)(seconds * 1e9), time = begin;
    size_t answers = 0, under_way = 0;
    while (time < end || under_way) {
        // half of the depth is always on its way, so that neither side waits for the other
        if (time < end && under_way <= depth / 2) {
            write_all(file, many, length * (depth - under_way));
            under_way = depth;
        }
        size_t lines = read_lines(file);
        answers += lines;
        under_way -= lines;
        time = now();
    }
    printf("%.0f\n", (double)answers / ((double)(time - begin) / 1e9));
}

static int compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

static void latency(const char *path, const char *request, double seconds, size_t clients)
{
    char line[64];
    size_t length = (size_t)snprintf(line, sizeof line, "{\"request\":\"%s\"}\n", request), room = 4000000, count = 0;
    uint64_t *times = malloc(room * sizeof *times), *sent = calloc(clients, sizeof *sent);
    int *files = calloc(clients, sizeof *files), poll = epoll_create1(EPOLL_CLOEXEC);
    for (size_t i = 0; i < clients; i++) {
        files[i] = open_console(path, CONNECT("false"));
        struct epoll_event event = { .events = EPOLLIN, .data.u64 = i };
        if (epoll_ctl(poll, EPOLL_CTL_ADD, files[i], &event)) fail("epoll_ctl: %s", strerror(errno));
    }
    uint64_t end = now() + (uint64_t)(seconds * 1e9);
    for (size_t i = 0; i < clients; i++) {
        sent[i] = now();
        write_all(files[i], line, length);
    }
    while (now() < end && count < room) {
        struct epoll_event events[128];
        int ready = epoll_wait(poll, events, 128, 1000);
        for (int e = 0; e < ready; e++) {
            size_t i = events[e].data.u64;
            if (!read_lines(files[i])) continue;
            uint64_t time = now();
            if (count < room) times[count++] = time - sent[i];
            sent[i] = now();
            write_all(files[i], line, length);
        }
    }
    if (!count) fail("no answer");
    qsort(times, count, sizeof *times, compare);
    printf("%.1f %.1f %.0f\n", (double)times[count / 2] / 1e3, (double)times[count * 99 / 100] / 1e3, (double)count / seconds);
}

static size_t file_size(int file)
{
    struct stat status;
    if (fstat(file, &status)) fail("stat: %s", strerror(errno));
    return (size_t)status.st_size;
}

static void send_package(int console, const char *package, const char *repository, const char *image)
{
    int file = open(package, O_RDONLY | O_CLOEXEC);
    if (file < 0) fail("%s: %s", package, strerror(errno));
    char line[1024];
    int length = snprintf(line, sizeof line, "{\"request\":{\"install\":{\"repository\":\"%s\",\"size\":%zu%s%s}}}\n", repository, file_size(file),
                          image ? ",\"image\":" : "", image ? image : "");
    write_all(console, line, (size_t)length);
    static char piece[1 << 20];
    ssize_t got;
    while ((got = read(file, piece, sizeof piece)) > 0) write_all(console, piece, (size_t)got);
    close(file);
}

static void answer(int console, const char *wanted)
{
    size_t used = 0;
    while (!used || input[used - 1] != '\n') {
        ssize_t length = read(console, input + used, sizeof input - used - 1);
        if (length <= 0) fail("the console closed the connection");
        used += (size_t)length;
    }
    input[used] = 0;
    if (!strstr(input, wanted)) fail("the console answered %s", input);
}

static void subscribers(const char *path, size_t count, size_t events, const char *package, const char *repository, const char *container)
{
    int poll = epoll_create1(EPOLL_CLOEXEC), console = open_console(path, CONNECT("false"));
    for (size_t i = 0; i < count; i++) {
        struct epoll_event event = { .events = EPOLLIN, .data.fd = open_console(path, CONNECT("true")) };
        if (epoll_ctl(poll, EPOLL_CTL_ADD, event.data.fd, &event)) fail("epoll_ctl: %s", strerror(errno));
    }
    char uninstall[256];
    int length = snprintf(uninstall, sizeof uninstall, "{\"request\":{\"uninstall\":{\"container\":\"%s\",\"wipe\":false}}}\n", container);
    uint64_t begin = now();
    size_t got = 0, wanted = 0;
    for (size_t i = 0; i < events / 2; i++) {
        send_package(console, package, repository, 0);
        answer(console, "\"ok\"");
        write_all(console, uninstall, (size_t)length);
        answer(console, "\"ok\"");
        wanted += 2 * count;
        struct epoll_event ready[128];
        for (int n; got < wanted && (n = epoll_wait(poll, ready, 128, wanted - got > 64 * count ? 1000 : 0)) > 0;)
            for (int e = 0; e < n; e++) got += read_lines(ready[e].data.fd);
    }
    while (got < wanted) {
        struct epoll_event ready[128];
        int n = epoll_wait(poll, ready, 128, 10000);
        if (n <= 0) fail("%zu of %zu notifications came", got, wanted);
        for (int e = 0; e < n; e++) got += read_lines(ready[e].data.fd);
    }
    printf("%.0f\n", (double)got / ((double)(now() - begin) / 1e9));
}

static void install(const char *path, const char *package, const char *repository, const char *image)
{
    int console = open_console(path, image ? CONNECT("false,\"extensions\":true") : CONNECT("false"));
    uint64_t begin = now();
    send_package(console, package, repository, image);
    answer(console, "\"ok\"");
    printf("%.1f\n", (double)(now() - begin) / 1e6);
}

int main(int count, char **words)
{
    if (count == 6 && !strcmp(words[2], "pipeline")) pipeline(words[1], words[3], atof(words[4]), strtoul(words[5], 0, 10));
    else if (count == 6 && !strcmp(words[2], "latency")) latency(words[1], words[3], atof(words[4]), strtoul(words[5], 0, 10));
    else if (count == 8 && !strcmp(words[2], "subscribers"))
        subscribers(words[1], strtoul(words[3], 0, 10), strtoul(words[4], 0, 10), words[5], words[6], words[7]);
    else if ((count == 5 || count == 6) && !strcmp(words[2], "install")) install(words[1], words[3], words[4], count == 6 ? words[5] : 0);
    else fail("usage: see the head of load.c");
    return 0;
}
