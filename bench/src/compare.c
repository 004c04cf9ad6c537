// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0
//
// compare [-n ROUNDS] [-w WARMUP] [-b BYTES] [-e LOG] [-r OURS:THEIRS] [-t wall|cpu] FILE
//
// Times whole commands, each once a round, in an order that rotates. Prints medians in milliseconds: elapsed, processor time
// of user and kernel with that of all children.
//   -b  what each command works on: adds a column of GB/s elapsed
//   -r  ends with the quotient of two sides' medians, elapsed or (-t cpu) of processor time, alone on its line
// FILE: lines "NAME | WORD WORD ...", words split at blanks. Standard output of the commands is thrown away.
#include "common.h"
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define MAX_SIDES 16
#define MAX_WORDS 64

struct side {
    char *name, *words[MAX_WORDS + 1];
    double *wall, *user, *kernel, *cpu; // milliseconds
};

static struct side sides[MAX_SIDES];
static int side_count, null_file, error_file;

static double *doubles(int count)
{
    double *memory = calloc((size_t)count, sizeof(double));
    if (!memory) fail("out of memory");
    return memory;
}

static char *trimmed(char *text)
{
    while (*text == ' ') text++;
    size_t length = strlen(text);
    while (length && (text[length - 1] == ' ' || text[length - 1] == '\n')) length--;
    return strndup(text, length);
}

static void read_sides(const char *path, int rounds)
{
    FILE *file = fopen(path, "r");
    if (!file) fail("%s: %s", path, strerror(errno));
    char *line = 0;
    size_t capacity = 0;
    while (getline(&line, &capacity, file) > 0) {
        char *bar = strchr(line, '|');
        if (!bar || side_count == MAX_SIDES) fail("%s: no side, or too many: %s", path, line);
        *bar = 0;
        struct side *side = &sides[side_count++];
        side->name = trimmed(line);
        int count = 0;
        for (char *word = strtok(bar + 1, " \t\n"); word; word = strtok(0, " \t\n")) {
            if (count == MAX_WORDS) fail("%s: too many words", side->name);
            side->words[count++] = strdup(word);
        }
        if (!count) fail("%s: no command", side->name);
        side->wall = doubles(rounds), side->user = doubles(rounds), side->kernel = doubles(rounds), side->cpu = doubles(rounds);
    }
    free(line);
    fclose(file);
}

static double milliseconds(struct timeval time) { return (double)time.tv_sec * 1e3 + (double)time.tv_usec / 1e3; }

static void run(struct side *side, int round)
{
    struct rusage usage;
    int status;
    uint64_t start = now();
    pid_t child = vfork();
    if (child < 0) fail("vfork: %s", strerror(errno));
    if (!child) {
        dup2(null_file, 0);
        dup2(null_file, 1);
        dup2(error_file, 2);
        execvp(side->words[0], side->words);
        _exit(127);
    }
    while (wait4(child, &status, 0, &usage) < 0)
        if (errno != EINTR) fail("wait4: %s", strerror(errno));
    uint64_t end = now();
    if (!WIFEXITED(status) || WEXITSTATUS(status)) fail("%s failed", side->name);
    if (round < 0) return;
    side->wall[round] = (double)(end - start) / 1e6;
    side->user[round] = milliseconds(usage.ru_utime);
    side->kernel[round] = milliseconds(usage.ru_stime);
    side->cpu[round] = side->user[round] + side->kernel[round];
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Sorts.
static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, by_value);
    return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

static struct side *named(const char *name)
{
    for (int i = 0; i < side_count; i++)
        if (!strcmp(sides[i].name, name)) return &sides[i];
    fail("no side is called %s", name);
}

int main(int argc, char **argv)
{
    int rounds = 11, warm_up = 1, option;
    double bytes = 0;
    int by_cpu = 0;
    char *ratio = 0;
    const char *log = "/dev/null";
    while ((option = getopt(argc, argv, "n:w:b:e:r:t:")) > 0)
        switch (option) {
        case 'n': rounds = atoi(optarg); break;
        case 'w': warm_up = atoi(optarg); break;
        case 'b': bytes = atof(optarg); break;
        case 'e': log = optarg; break;
        case 'r': ratio = optarg; break;
        case 't': by_cpu = !strcmp(optarg, "cpu"); break;
        default: return 2;
        }
    if (optind != argc - 1 || rounds < 1 || warm_up < 0) fail("see the head of compare.c for its arguments");
    read_sides(argv[optind], rounds);
    null_file = open("/dev/null", O_RDWR | O_CLOEXEC);
    error_file = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (null_file < 0 || error_file < 0) fail("%s: %s", log, strerror(errno));

    for (int round = -warm_up; round < rounds; round++)
        for (int i = 0; i < side_count; i++) run(&sides[(i + round + warm_up) % side_count], round);

    printf("%-34s %9s %9s %9s %9s %6s\n", "side", "elapsed", "user", "kernel", bytes > 0 ? "GB/s" : "", "n");
    for (int i = 0; i < side_count; i++) {
        struct side *side = &sides[i];
        double wall = median(side->wall, rounds);
        printf("%-34s %9.1f %9.1f %9.1f ", side->name, wall, median(side->user, rounds), median(side->kernel, rounds));
        if (bytes > 0) printf("%9.2f", bytes / 1e6 / wall);
        else printf("%9s", "");
        printf(" %6d\n", rounds);
    }
    if (ratio) {
        char *theirs = strchr(ratio, ':');
        if (!theirs) fail("-r needs two names");
        *theirs++ = 0;
        struct side *a = named(ratio), *b = named(theirs);
        printf("%.2f\n", median(by_cpu ? a->cpu : a->wall, rounds) / median(by_cpu ? b->cpu : b->wall, rounds));
    }
    return 0;
}
