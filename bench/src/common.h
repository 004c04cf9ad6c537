// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0
//
// What the programs of the benchmark share.
#pragma once
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define CONNECT(subscribe) "{\"connect\":{\"version\":\"0.9.3\",\"subscribe_notifications\":" subscribe "}}\n"

static inline uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

__attribute__((noreturn, format(printf, 1, 2))) static inline void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s: ", program_invocation_short_name);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    exit(1);
}

static inline struct sockaddr_un unix_address(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof address.sun_path) fail("%s: too long for a socket address", path);
    strcpy(address.sun_path, path);
    return address;
}

// Connects to a Unix stream socket; returns -1 with errno when nobody listens.
static inline int unix_connect(const char *path)
{
    struct sockaddr_un address = unix_address(path);
    int file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (file < 0) fail("socket: %s", strerror(errno));
    if (connect(file, (struct sockaddr *)&address, sizeof address)) {
        int error = errno;
        close(file);
        errno = error;
        return -1;
    }
    return file;
}

static inline void write_all(int file, const char *text, size_t length)
{
    while (length) {
        ssize_t written = write(file, text, length);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail("write: %s", strerror(errno));
        text += written;
        length -= (size_t)written;
    }
}
