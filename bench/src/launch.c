// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0
//
// Runs one command: cgroups first when the command joins none itself, then vfork and exec, then the wait for its end.
#include "runner.h"
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define LIMIT_SECONDS 30

// Limits that every side sets; a file exists in the hierarchy that has the controller, v1 or v2.
static const struct { const char *file, *value; } limits[] = {
    { "memory.limit_in_bytes", "67108864" }, { "cpu.shares", "512" }, { "memory.max", "67108864" }, { "cpu.weight", "59" },
};

static int null_file = -1, error_file = -1;
static volatile pid_t running;

static void too_long(int signal)
{
    (void)signal;
    if (running > 0) kill(running, SIGKILL);
}

void launch_setup(const char *error_log)
{
    null_file = open("/dev/null", O_RDWR | O_CLOEXEC);
    error_file = open(error_log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (null_file < 0 || error_file < 0) fail("%s: %s", error_log, strerror(errno));
    struct sigaction action = { .sa_handler = too_long };
    sigaction(SIGALRM, &action, 0);
}

static void make_groups(struct side *side, int *join)
{
    char path[4096];
    for (int g = 0; g < side->group_count; g++) {
        if (mkdir(side->groups[g], 0755)) fail("mkdir %s: %s", side->groups[g], strerror(errno));
        for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
            snprintf(path, sizeof path, "%s/%s", side->groups[g], limits[i].file);
            int file = open(path, O_WRONLY | O_CLOEXEC);
            if (file < 0 && errno == ENOENT) continue;
            if (file < 0 || write(file, limits[i].value, strlen(limits[i].value)) < 0) fail("%s: %s", path, strerror(errno));
            close(file);
        }
        // a v1 group is joined through "tasks": moving a whole process through cgroup.procs waits for a grace period
        snprintf(path, sizeof path, "%s/tasks", side->groups[g]);
        join[g] = open(path, O_WRONLY | O_CLOEXEC);
        if (join[g] < 0) {
            snprintf(path, sizeof path, "%s/cgroup.procs", side->groups[g]);
            join[g] = open(path, O_WRONLY | O_CLOEXEC);
        }
        if (join[g] < 0) fail("%s: %s", path, strerror(errno));
    }
}

void launch_cleanup(struct side *side)
{
    for (int g = 0; g < side->group_count; g++)
        for (int attempt = 0; rmdir(side->groups[g]) && errno == EBUSY && attempt < 1000; attempt++) usleep(1000);
}

static void become_command(struct side *side, char **words, const int *join)
{
    for (int g = 0; g < side->group_count; g++)
        if (write(join[g], "0", 1) != 1) _exit(126);
    dup2(null_file, 0);
    dup2(null_file, 1);
    dup2(error_file, 2);
    for (int i = 0; i < side->file_count; i++) {
        int file = open(side->file_paths[i], O_RDONLY);
        if (file < 0) _exit(126);
        if (file != side->file_numbers[i]) {
            dup2(file, side->file_numbers[i]);
            close(file);
        }
    }
    if (side->uid && (setgroups(0, 0) || setresgid(side->uid, side->uid, side->uid) || setresuid(side->uid, side->uid, side->uid))) _exit(126);
    execvp(words[0], words);
    _exit(127);
}

struct outcome launch_command(struct side *side, unsigned long unique)
{
    static char numbered[MAX_WORDS][512];
    char *words[MAX_WORDS + 1];
    for (int i = 0; i < side->word_count; i++) {
        char *mark = strstr(side->words[i], "%d");
        words[i] = side->words[i];
        if (!mark) continue;
        snprintf(numbered[i], sizeof numbered[i], "%.*s%lu%s", (int)(mark - side->words[i]), side->words[i], unique, mark + 2);
        words[i] = numbered[i];
    }
    words[side->word_count] = 0;

    int join[MAX_GROUPS], status;
    struct outcome outcome = { .start = now() };
    make_groups(side, join);
    running = vfork();
    if (running < 0) fail("vfork: %s", strerror(errno));
    if (running == 0) become_command(side, words, join);
    alarm(LIMIT_SECONDS);
    while (waitpid(running, &status, 0) < 0 && errno == EINTR);
    outcome.answer = now();
    alarm(0);
    running = 0;
    for (int g = 0; g < side->group_count; g++) close(join[g]);
    launch_cleanup(side);
    outcome.ok = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return outcome;
}
