// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0
//
// runner [-n ROUNDS] [-w WARMUP] [-q MS] [-c CONSOLE] [-e LOG] [-r DIR] [-j JSON] -s SOCKET FILE
//
// Times every side of FILE, one launch of each a round, in an order that rotates. The payload sends its time stamp to the
// datagram socket SOCKET, which this program makes. Prints medians and 99th percentiles in microseconds.
//   -q  milliseconds of quiet before each launch     -r  launch each side once, and write what its payload reports to DIR/SIDE
//   -j  also write the figures as JSON to this file     -c  the runtime's console, a Unix socket
// FILE: lines of words, split at blanks.
//   side NAME                begins a side
//   exec WORD...             its command; %d in a word becomes a number that is used once
//   console ID [ARGUMENT...] or: a start request for this container
//   ends ID                  the container that the command starts; the round waits for its end
//   group DIRECTORY          a cgroup that the runner makes, joins and removes for the command
//   open NUMBER PATH         a file that the command gets as this descriptor
//   uid NUMBER               user and group that execute the command
#include "runner.h"
#include <sys/stat.h>
#include <sys/time.h>

#define MAX_SIDES 32
#define DATAGRAM_SECONDS 5
#define MAX_FAILURES 10

static struct side sides[MAX_SIDES];
static int side_count, stamps = -1;

static void read_sides(const char *path, int rounds)
{
    FILE *file = fopen(path, "r");
    if (!file) fail("%s: %s", path, strerror(errno));
    char *line = 0;
    size_t capacity = 0;
    struct side *side = 0;
    while (getline(&line, &capacity, file) > 0) {
        char *words[MAX_WORDS], *key = strtok(line, " \t\n");
        int count = 0;
        if (!key || key[0] == '#') continue;
        for (char *word; (word = strtok(0, " \t\n"));) {
            if (count == MAX_WORDS - 1) fail("%s: too many words", path);
            words[count++] = strdup(word);
        }
        if (!strcmp(key, "side") && count == 1) {
            if (side_count == MAX_SIDES) fail("%s: too many sides", path);
            side = &sides[side_count++];
            side->name = words[0];
            side->to_payload = calloc((size_t)rounds, sizeof(double));
            side->answer = calloc((size_t)rounds, sizeof(double));
            if (!side->to_payload || !side->answer) fail("out of memory");
        } else if (!side) {
            fail("%s: \"%s\" before the first side", path, key);
        } else if ((!strcmp(key, "exec") || !strcmp(key, "console")) && count && !side->word_count) {
            memcpy(side->words, words, sizeof *words * (size_t)count);
            side->word_count = count;
            side->console = key[0] == 'c';
            if (side->console) side->container = words[0];
        } else if (!strcmp(key, "ends") && count == 1) {
            side->container = words[0];
        } else if (!strcmp(key, "group") && count == 1 && side->group_count < MAX_GROUPS) {
            side->groups[side->group_count++] = words[0];
        } else if (!strcmp(key, "open") && count == 2 && side->file_count < MAX_FILES) {
            side->file_numbers[side->file_count] = atoi(words[0]);
            side->file_paths[side->file_count++] = words[1];
        } else if (!strcmp(key, "uid") && count == 1) {
            side->uid = (unsigned)atoi(words[0]);
        } else {
            fail("%s: cannot understand \"%s\" of side %s", path, key, side->name);
        }
    }
    free(line);
    fclose(file);
    for (int i = 0; i < side_count; i++)
        if (!sides[i].word_count) fail("%s: side %s launches nothing", path, sides[i].name);
}

static void open_stamps(const char *path)
{
    struct sockaddr_un address = unix_address(path);
    unlink(path);
    stamps = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (stamps < 0 || bind(stamps, (struct sockaddr *)&address, sizeof address) || chmod(path, 0666)) fail("%s: %s", path, strerror(errno));
    struct timeval limit = { .tv_sec = DATAGRAM_SECONDS };
    setsockopt(stamps, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
}

static void write_report(const char *directory, const char *name)
{
    static char report[MAX_REPORT];
    ssize_t length = recv(stamps, report, sizeof report, 0);
    if (length < 0) fail("%s: no report came from the payload: %s", name, strerror(errno));
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    if (!file || fwrite(report, 1, (size_t)length, file) != (size_t)length || fclose(file)) fail("%s: %s", path, strerror(errno));
}

// Launches once. A launch that fails is counted, and leaves nothing that the next one could take for its own.
static void run(struct side *side, bool counts, const char *report)
{
    static unsigned long unique;
    uint64_t stamp;
    while (recv(stamps, &stamp, sizeof stamp, MSG_DONTWAIT) >= 0);
    if (!unique) unique = (unsigned long)getpid() * 100000;
    struct outcome outcome = side->console ? console_start(side) : launch_command(side, unique++);
    bool ok = outcome.ok;
    if (ok) {
        if (recv(stamps, &stamp, sizeof stamp, 0) != sizeof stamp || stamp < outcome.start) {
            fprintf(stderr, "%s: no time stamp came from the payload\n", side->name);
            ok = false;
        } else if (report) {
            write_report(report, side->name);
        }
        if (side->container && !console_wait_exit(side->container)) ok = false;
    }
    if (!ok) {
        if (++side->failed > MAX_FAILURES) fail("%s fails again and again", side->name);
        return;
    }
    if (!counts) return;
    side->to_payload[side->count] = (double)(stamp - outcome.start) / 1e3;
    side->answer[side->count++] = (double)(outcome.answer - outcome.start) / 1e3;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Sorts and interpolates.
static double percentile(double *values, int count, double share)
{
    if (!count) return 0;
    qsort(values, (size_t)count, sizeof *values, by_value);
    double position = share * (count - 1);
    int below = (int)position;
    return below + 1 < count ? values[below] + (position - below) * (values[below + 1] - values[below]) : values[below];
}

static void print_table(void)
{
    printf("%-24s %10s %10s %10s %12s %10s %6s\n", "side", "to payload", "p10", "p99", "answer", "p99", "n");
    for (int i = 0; i < side_count; i++) {
        struct side *side = &sides[i];
        printf("%-24s %10.0f %10.0f %10.0f %12.0f %10.0f %6d", side->name, percentile(side->to_payload, side->count, .5),
            percentile(side->to_payload, side->count, .1), percentile(side->to_payload, side->count, .99),
            percentile(side->answer, side->count, .5), percentile(side->answer, side->count, .99), side->count);
        if (side->failed) printf("  FAILED %d", side->failed);
        printf("\n");
    }
}

static void write_json(const char *path, int quiet)
{
    FILE *file = fopen(path, "w");
    if (!file) fail("%s: %s", path, strerror(errno));
    fprintf(file, "{\"unit\":\"us\",\"quiet_ms\":%d,\"sides\":[", quiet);
    for (int i = 0; i < side_count; i++) {
        struct side *side = &sides[i];
        fprintf(file, "%s\n{\"name\":\"%s\",\"to_payload\":{\"median\":%.1f,\"p10\":%.1f,\"p99\":%.1f},\"answer\":{\"median\":%.1f,\"p99\":%.1f},"
            "\"n\":%d,\"failed\":%d}", i ? "," : "", side->name, percentile(side->to_payload, side->count, .5),
            percentile(side->to_payload, side->count, .1), percentile(side->to_payload, side->count, .99),
            percentile(side->answer, side->count, .5), percentile(side->answer, side->count, .99), side->count, side->failed);
    }
    fprintf(file, "\n]}\n");
    if (fclose(file)) fail("%s: %s", path, strerror(errno));
}

int main(int argc, char **argv)
{
    int rounds = 200, warm_up = 5, quiet = 0, option;
    const char *console = 0, *log = "/dev/null", *report = 0, *socket_path = 0, *json = 0;
        while ((option = getopt(argc, argv, "n:w:q:c:e:r:s:j:")) > 0)
        switch (option) {
        case 'n': rounds = atoi(optarg); break;
        case 'w': warm_up = atoi(optarg); break;
        case 'q': quiet = atoi(optarg); break;
        case 'c': console = optarg; break;
        case 'e': log = optarg; break;
        case 'r': report = optarg; break;
        case 's': socket_path = optarg; break;
        case 'j': json = optarg; break;
        default: return 2;
        }
    if (optind != argc - 1 || !socket_path || rounds < 1 || warm_up < 0 || quiet < 0) fail("see the head of runner.c for its arguments");
    if (report) rounds = 1, warm_up = 0;
    read_sides(argv[optind], rounds);
    open_stamps(socket_path);
    launch_setup(log);
    if (console) console_open(console);

    for (int round = -warm_up; round < rounds; round++)
        for (int i = 0; i < side_count; i++) {
            if (quiet) usleep((useconds_t)quiet * 1000);
            run(&sides[(i + round + warm_up) % side_count], round >= 0, report);
        }

    int failed = 0;
    for (int i = 0; i < side_count; i++) {
        failed += sides[i].failed;
        launch_cleanup(&sides[i]);
    }
    unlink(socket_path);
    if (report) {
        for (int i = 0; i < side_count; i++)
            if (sides[i].failed) fprintf(stderr, "%s: could not be launched, see %s\n", sides[i].name, log);
    } else {
        print_table();
        if (json) write_json(json, quiet);
    }
    return failed ? 1 : 0;
}
