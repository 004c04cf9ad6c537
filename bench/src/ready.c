// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0
//
// ready SOCKET LOG PIDFILE COMMAND...: starts the runtime, leaves it running, and prints how many microseconds went by
// from the start of its process until its console at SOCKET accepted a client.
#include "common.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#define LIMIT_SECONDS 30

int main(int argc, char **argv)
{
    if (argc < 5) fail("usage: ready SOCKET LOG PIDFILE COMMAND...");
    unlink(argv[1]);
    uint64_t start = now();
    pid_t pid = fork();
    if (pid < 0) fail("fork: %s", strerror(errno));
    if (pid == 0) {
        int log = open(argv[2], O_WRONLY | O_CREAT | O_APPEND, 0644);
        int null = open("/dev/null", O_RDONLY);
        if (log < 0 || null < 0) fail("%s: %s", argv[2], strerror(errno));
        dup2(null, 0);
        dup2(log, 1);
        dup2(log, 2);
        close(null);
        close(log);
        setsid();
        execvp(argv[4], argv + 4);
        fail("%s: %s", argv[4], strerror(errno));
    }

    int console;
    while ((console = unix_connect(argv[1])) < 0) {
        if (waitpid(pid, 0, WNOHANG) == pid) fail("the runtime ended, see %s", argv[2]);
        if (now() - start > LIMIT_SECONDS * 1000000000ull) {
            kill(pid, SIGKILL);
            fail("the runtime was not ready after %d s, see %s", LIMIT_SECONDS, argv[2]);
        }
        usleep(100);
    }
    write_all(console, CONNECT("false"), strlen(CONNECT("false")));
    char answer[256];
    ssize_t length = read(console, answer, sizeof answer - 1);
    uint64_t end = now();
    answer[length > 0 ? length : 0] = 0;
    if (!strstr(answer, "connect_ack")) {
        kill(pid, SIGKILL);
        fail("the console did not accept the client: %s", answer);
    }

    FILE *file = fopen(argv[3], "w");
    if (!file || fprintf(file, "%d\n", pid) < 0 || fclose(file)) {
        kill(pid, SIGKILL);
        fail("%s: %s", argv[3], strerror(errno));
    }
    printf("%llu\n", (unsigned long long)((end - start) / 1000));
    return 0;
}
