// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0
//
// exercise call NUMBER [ARGUMENT...]: makes one system call and prints its errno, 0 when it succeeded.
// exercise threads: starts threads and processes as programs do, by the C library.
#include <errno.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 8

extern char **environ;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int turns;

static void *work(void *unused)
{
    pthread_mutex_lock(&mutex);
    turns++;
    pthread_mutex_unlock(&mutex);
    return unused;
}

static int ended_well(pid_t child)
{
    int status;
    return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int threads(char *self)
{
    pthread_t thread[THREADS];
    for (int i = 0; i < THREADS; i++) {
        int error = pthread_create(&thread[i], 0, work, 0);
        if (error) return printf("pthread_create: %s\n", strerror(error)), 1;
    }
    for (int i = 0; i < THREADS; i++) pthread_join(thread[i], 0);

    pid_t child = fork();
    if (child == 0) _exit(0);
    if (child < 0 || !ended_well(child)) return printf("fork: %s\n", strerror(errno)), 1;

    char *arguments[] = { self, "nothing", 0 };
    int error = posix_spawn(&child, self, 0, 0, arguments, environ);
    if (error || !ended_well(child)) return printf("posix_spawn: %s\n", strerror(error)), 1;
    printf("threads: %d\n", turns);
    return 0;
}

int main(int argc, char **argv)
{
    setvbuf(stdout, 0, _IOLBF, 0);
    if (argc == 2 && !strcmp(argv[1], "nothing")) return 0;
    if (argc == 2 && !strcmp(argv[1], "threads")) return threads(argv[0]);
    if (argc < 3 || argc > 9 || strcmp(argv[1], "call")) return 2;
    unsigned long a[7] = { 0 };
    for (int i = 2; i < argc; i++) a[i - 2] = strtoul(argv[i], 0, 0);
    int child = getpid();
    long result = syscall((long)a[0], a[1], a[2], a[3], a[4], a[5], a[6]);
    if (result == 0 && getpid() != child) _exit(0); // the child of a clone
    printf("errno: %d\n", result == -1 ? errno : 0);
    return 0;
}
