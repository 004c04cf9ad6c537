// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0
//
// policy TABLE OUTDIR: writes one seccomp policy, the runtime's default profile as the tests record it, in the forms that the peers read:
//   filter.bpf        as libseccomp makes it by default, for bwrap
//   filter-tree.bpf   as libseccomp makes it when asked for a binary tree
//   seccomp.json      the "seccomp" object of an OCI configuration, for crun
// Prints the number of system calls and of instructions.
//
// libseccomp cannot say "allowed, except for two values of 32 bits" where the rest is denied, so ioctl and socket are allowed with any
// argument here: two tests less than the runtime makes. Calls without a name in the table and those above it are denied.
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAMESPACE_FLAGS 0x7E020000u

static const unsigned long personalities[] = { 0x0, 0x8, 0x20000, 0x20008, 0xFFFFFFFF };

static void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("policy: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    exit(1);
}

static long export(scmp_filter_ctx filter, const char *directory, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0) fail("%s: %s", path, strerror(errno));
    int result = seccomp_export_bpf(filter, file);
    if (result) fail("seccomp_export_bpf %s: %s", path, strerror(-result));
    struct stat status;
    if (fstat(file, &status)) fail("%s: %s", path, strerror(errno));
    close(file);
    return status.st_size / 8;
}

static void must(int result, const char *what)
{
    if (result) fail("%s: %s", what, strerror(-result));
}

int main(int argc, char **argv)
{
    if (argc != 3) fail("usage: policy TABLE OUTDIR");
    FILE *table = fopen(argv[1], "r");
    if (!table) fail("%s: %s", argv[1], strerror(errno));
    char path[4096];
    snprintf(path, sizeof path, "%s/seccomp.json", argv[2]);
    FILE *json = fopen(path, "w");
    if (!json) fail("%s: %s", path, strerror(errno));
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (!filter) fail("seccomp_init");

    fprintf(json, "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":%d,\"syscalls\":[{\"action\":\"SCMP_ACT_ALLOW\",\"names\":[", EPERM);
    int count = 0, conditions = 0;
    char *line = 0;
    size_t capacity = 0;
    while (getline(&line, &capacity, table) > 0) {
        char name[64], answer[256];
        int number;
        if (line[0] == '0' && line[1] == 'x') continue; // newer than the table
        if (sscanf(line, "%d %63s %255[^\n]", &number, name, answer) != 3) fail("%s: %s", argv[1], line);
        if (!strcmp(answer, "EPERM")) continue;
        if (!strcmp(name, "clone") || !strcmp(name, "personality")) {
            conditions++;
        } else if (!strcmp(answer, "allow") || !strcmp(name, "ioctl") || !strcmp(name, "socket")) {
            must(seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0), name);
            int known = seccomp_syscall_resolve_name(name);
            if (known >= 0) fprintf(json, "%s\"%s\"", count ? "," : "", name);
            count++;
        } else if (!strcmp(answer, "ENOSYS")) {
            must(seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), number, 0), name);
        } else {
            fail("%s: no rule of libseccomp for %s", argv[1], line);
        }
    }
    if (!count || conditions != 2) fail("%s: %d system calls, %d of the two conditions", argv[1], count, conditions);

    must(seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, NAMESPACE_FLAGS, 0)), "clone");
    fprintf(json, "]},{\"action\":\"SCMP_ACT_ALLOW\",\"names\":[\"clone\"],\"args\":[{\"index\":0,\"value\":%u,\"valueTwo\":0,\"op\":\"SCMP_CMP_MASKED_EQ\"}]}",
        NAMESPACE_FLAGS);
    fprintf(json, ",{\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":%d,\"names\":[\"clone3\",\"io_uring_setup\",\"io_uring_enter\",\"io_uring_register\"]}", ENOSYS);
    for (size_t i = 0; i < sizeof personalities / sizeof *personalities; i++) {
        must(seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(personality), 1, SCMP_A0(SCMP_CMP_EQ, personalities[i])), "personality");
        fprintf(json, ",{\"action\":\"SCMP_ACT_ALLOW\",\"names\":[\"personality\"],\"args\":[{\"index\":0,\"value\":%lu,\"op\":\"SCMP_CMP_EQ\"}]}",
            personalities[i]);
    }
    fprintf(json, "]}\n");
    if (fclose(json)) fail("%s: %s", path, strerror(errno));

    long linear = export(filter, argv[2], "filter.bpf");
    must(seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2), "optimize");
    long tree = export(filter, argv[2], "filter-tree.bpf");
    printf("%d system calls; %ld instructions in a line, %ld as a tree\n", count + conditions, linear, tree);
    return 0;
}
