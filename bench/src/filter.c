// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0
//
// filter ROUNDS CALLS NAME=FILE...: compares seccomp filters that mean the same. FILE is an array of struct sock_filter, or text (*.txt) with
// a line "code jt jf k" for each instruction. The first filter is ours, the others are the peers.
//
// Each round has a fresh child for every filter, in an order that rotates. The child times the seccomp call and two loops: getppid, which is
// allowed with any argument, so that kernels from 5.11 on answer from a bitmap, and personality, which runs the filter every time.
#include "common.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define MAX_SIDES 8
#define MAX_INSTRUCTIONS 4096
#define TABLE_SIZE 471 // calls above it are ENOSYS in ours and denied in the others
#define CHANGED(number) ((number) == SYS_ioctl || (number) == SYS_socket) // looser in the others, see policy.c

#if defined(__x86_64__)
#define ARCHITECTURE 0xC000003Eu
#else
#define ARCHITECTURE 0xC00000B7u
#endif

enum figure { LOAD, GETPPID, PERSONALITY, FIGURES };

struct side {
    const char *name;
    struct sock_filter program[MAX_INSTRUCTIONS];
    unsigned short length; // 0: no filter
    double *figures[FIGURES];
};

static struct side sides[MAX_SIDES];
static int side_count, rounds, calls;

static void read_side(struct side *side, char *argument)
{
    char *path = strchr(argument, '=');
    if (!path) fail("%s: NAME=FILE is needed", argument);
    *path++ = 0;
    side->name = argument;
    FILE *file = fopen(path, "r");
    if (!file) fail("%s: %s", path, strerror(errno));
    size_t length = strlen(path);
    if (length > 4 && !strcmp(path + length - 4, ".txt")) {
        unsigned code, yes, no, k;
        while (side->length < MAX_INSTRUCTIONS && fscanf(file, "%x %u %u %x", &code, &yes, &no, &k) == 4)
            side->program[side->length++] = (struct sock_filter){ (unsigned short)code, (unsigned char)yes, (unsigned char)no, k };
    } else {
        side->length = (unsigned short)fread(side->program, sizeof *side->program, MAX_INSTRUCTIONS, file);
    }
    if (!side->length || !feof(file)) fail("%s: no filter", path);
    fclose(file);
}

static uint32_t run(const struct side *side, const struct seccomp_data *data)
{
    uint32_t a = 0, scratch[BPF_MEMWORDS] = { 0 };
    for (size_t pc = 0; pc < side->length; pc++) {
        const struct sock_filter *i = &side->program[pc];
        switch (i->code) {
        case BPF_LD | BPF_W | BPF_ABS: memcpy(&a, (const char *)data + i->k, sizeof a); break;
        case BPF_LD | BPF_MEM: a = scratch[i->k]; break;
        case BPF_ST: scratch[i->k] = a; break;
        case BPF_ALU | BPF_AND | BPF_K: a &= i->k; break;
        case BPF_JMP | BPF_JA: pc += i->k; break;
        case BPF_JMP | BPF_JEQ | BPF_K: pc += a == i->k ? i->jt : i->jf; break;
        case BPF_JMP | BPF_JGE | BPF_K: pc += a >= i->k ? i->jt : i->jf; break;
        case BPF_JMP | BPF_JGT | BPF_K: pc += a > i->k ? i->jt : i->jf; break;
        case BPF_RET | BPF_K: return i->k;
        default: fail("%s: instruction %zu has operation %x", side->name, pc, i->code);
        }
    }
    fail("%s: the program does not end", side->name);
}

// A comparison of filters that do different things would say nothing.
static void check_same(void)
{
    static const uint64_t arguments[] = { 0, 8, 0x20000, 0x20008, 0xFFFFFFFF, 1, 0x11, 0x10000000, 0x7E020000, 0x3D0F00, 1ull << 32, UINT64_MAX };
    for (int number = 0; number < TABLE_SIZE; number++) {
        for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++) {
            struct seccomp_data data = { .nr = number, .arch = ARCHITECTURE };
            for (int j = 0; j < 6; j++) data.args[j] = arguments[i];
            uint32_t expected = run(&sides[0], &data);
            for (int s = 1; s < side_count && !CHANGED(number); s++) {
                uint32_t answer = run(&sides[s], &data);
                if (answer != expected)
                    fail("call %d with %llx: %s answers %x, %s %x", number, (unsigned long long)arguments[i], sides[0].name, expected, sides[s].name, answer);
            }
        }
    }
}

static double loop(long number, unsigned long argument)
{
    uint64_t start = now();
    for (int i = 0; i < calls; i++) syscall(number, argument);
    return (double)(now() - start) / calls;
}

static void measure(struct side *side, int round, volatile double *result)
{
    pid_t child = fork();
    if (child < 0) fail("fork: %s", strerror(errno));
    if (child == 0) {
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) _exit(1);
        struct sock_fprog program = { .len = side->length, .filter = side->program };
        uint64_t start = now();
        long failed = side->length ? syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) : 0;
        result[LOAD] = (double)(now() - start) / 1000;
        if (failed) _exit(2);
        result[GETPPID] = loop(SYS_getppid, 0);
        result[PERSONALITY] = loop(SYS_personality, 0xFFFFFFFF);
        _exit(0);
    }
    int status;
    if (waitpid(child, &status, 0) != child || status) fail("%s: the child ended with %x", side->name, status);
    for (int f = 0; f < FIGURES; f++) side->figures[f][round] = result[f];
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values)
{
    qsort(values, (size_t)rounds, sizeof *values, ascending);
    return rounds % 2 ? values[rounds / 2] : (values[rounds / 2 - 1] + values[rounds / 2]) / 2;
}

int main(int argc, char **argv)
{
    if (argc < 5 || argc > MAX_SIDES + 2) fail("usage: filter ROUNDS CALLS OURS=FILE PEER=FILE...");
    rounds = atoi(argv[1]), calls = atoi(argv[2]);
    if (rounds < 1 || calls < 1) fail("ROUNDS and CALLS are numbers above 0");
    for (int i = 3; i < argc; i++) read_side(&sides[side_count++], argv[i]);
    check_same();
    int filters = side_count;
    sides[side_count++].name = "no filter";
    for (int s = 0; s < side_count; s++)
        for (int f = 0; f < FIGURES; f++)
            if (!(sides[s].figures[f] = calloc((size_t)rounds, sizeof(double)))) fail("no memory");
    double *result = mmap(0, sizeof(double) * FIGURES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (result == MAP_FAILED) fail("mmap: %s", strerror(errno));

    for (int round = 0; round < rounds; round++)
        for (int s = 0; s < side_count; s++) measure(&sides[(round + s) % side_count], round, result);

    double medians[MAX_SIDES][FIGURES];
    printf("%-20s %12s %12s %16s %16s\n", "filter", "instructions", "load, us", "getppid, ns", "personality, ns");
    for (int s = 0; s < side_count; s++) {
        for (int f = 0; f < FIGURES; f++) medians[s][f] = median(sides[s].figures[f]);
        if (s < filters) printf("%-20s %12u %12.1f", sides[s].name, sides[s].length, medians[s][LOAD]);
        else printf("%-20s %12s %12s", sides[s].name, "", "");
        printf(" %16.1f %16.1f\n", medians[s][GETPPID], medians[s][PERSONALITY]);
    }

    // Every figure is held against the best of the peers.
    double load = medians[1][LOAD], call = medians[1][GETPPID], shortest = sides[1].length;
    for (int s = 2; s < filters; s++) {
        if (medians[s][LOAD] < load) load = medians[s][LOAD];
        if (medians[s][GETPPID] < call) call = medians[s][GETPPID];
        if (sides[s].length < shortest) shortest = sides[s].length;
    }
    printf("seccomp-ratio load=%.3f instructions=%.3f call=%.3f\n", medians[0][LOAD] / load, sides[0].length / shortest, medians[0][GETPPID] / call);
    return 0;
}
