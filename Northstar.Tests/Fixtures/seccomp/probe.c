// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0
//
// probe FILTER REQUESTS RESULTS: makes system calls under a filter and writes down what the kernel did with each.
// probe run FILTER PROGRAM ARGUMENTS...: executes a program under a filter.
//
// No call of REQUESTS is ever carried out, so none has to be left out: below the filter lies another one that answers PASSED to everything.
// The kernel asks all filters; of two error answers that of the filter loaded last holds (seccomp(2)), and a kill precedes both. So PASSED
// means that FILTER allows the call, another errno is FILTER's own, and -31 that it killed the process by SIGSYS.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PASSED 4000
#define PENDING INT_MAX
#define UNTRIED INT_MIN
#define LOADING 0x6e6f7274u // in the sixth argument: the one call that the filter below lets through, to load FILTER

struct request {
    uint64_t number;
    uint64_t compatibility; // 1: by the i386 entry, which takes 32-bit arguments
    uint64_t arguments[6];
};

static void fail(const char *what)
{
    fprintf(stderr, "probe: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void *map(const char *path, int flags, int protection, size_t *size)
{
    int file = open(path, flags | O_CLOEXEC);
    struct stat status;
    if (file < 0 || fstat(file, &status)) fail(path);
    void *address = mmap(0, (size_t)status.st_size, protection, MAP_SHARED, file, 0);
    if (address == MAP_FAILED) fail(path);
    close(file);
    *size = (size_t)status.st_size;
    return address;
}

static struct sock_fprog read_filter(const char *path)
{
    size_t size;
    void *filter = map(path, O_RDONLY, PROT_READ, &size);
    return (struct sock_fprog){ .len = (unsigned short)(size / sizeof(struct sock_filter)), .filter = filter };
}

static void load(struct sock_fprog *filter)
{
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, filter, 0, 0, (unsigned long)LOADING)) fail("seccomp");
}

static void load_below(void)
{
    struct sock_filter below[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[5])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, LOADING, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | PASSED),
    };
    struct sock_fprog program = { .len = sizeof below / sizeof *below, .filter = below };
    load(&program);
}

static int call(const struct request *request)
{
    const uint64_t *a = request->arguments;
    long result;
    if (!request->compatibility) {
        result = syscall((long)(int32_t)request->number, a[0], a[1], a[2], a[3], a[4], a[5]);
        return result == -1 ? errno : 0;
    }
#ifdef __x86_64__
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(request->number), "b"(a[0]), "c"(a[1]), "d"(a[2]), "S"(a[3]), "D"(a[4]) : "memory", "r8", "r9", "r10", "r11");
    return -(int)result;
#else
    return ENOSYS;
#endif
}

int main(int argc, char **argv)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) fail("no_new_privs");
    if (argc > 3 && !strcmp(argv[1], "run")) {
        struct sock_fprog filter = read_filter(argv[2]);
        load(&filter);
        execv(argv[3], argv + 3);
        fail(argv[3]);
    }

    if (argc != 4) return 2;
    struct sock_fprog filter = read_filter(argv[1]);
    size_t size, room;
    const struct request *requests = map(argv[2], O_RDONLY, PROT_READ, &size);
    volatile int32_t *results = map(argv[3], O_RDWR, PROT_READ | PROT_WRITE, &room);
    size_t count = size / sizeof *requests;
    if (room < count * sizeof *results) return 2;
    for (size_t i = 0; i < count; i++) results[i] = UNTRIED;
    setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });

    for (size_t next = 0; next < count; next++) {
        // A child goes on until a call kills it. It has no call to end with, so it ends by an invalid instruction.
        pid_t child = fork();
        if (child < 0) fail("fork");
        if (child == 0) {
            load_below();
            load(&filter);
            for (; next < count; next++) {
                results[next] = PENDING;
                results[next] = call(&requests[next]);
            }
            __builtin_trap();
        }
        int status;
        if (waitpid(child, &status, 0) != child) fail("waitpid");
        while (next < count && results[next] != PENDING && results[next] != UNTRIED) next++;
        if (next == count) break;
        if (results[next] == UNTRIED || !WIFSIGNALED(status)) {
            fprintf(stderr, "probe: the child ended with status %x before call %zu\n", status, next);
            return 1;
        }
        results[next] = -WTERMSIG(status);
    }
    return 0;
}
