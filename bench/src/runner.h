// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0
//
// One side of the comparison, and the two ways in which a launch is asked for.
#pragma once
#include "common.h"
#include <stdbool.h>

#define MAX_WORDS 128
#define MAX_GROUPS 2
#define MAX_FILES 4
#define MAX_REPORT 65536

struct side {
    char *name;
    char *words[MAX_WORDS]; // command line, or container and arguments
    int word_count;
    bool console;           // words are sent as a start request
    char *container;        // the console tells when this container has ended
    char *groups[MAX_GROUPS]; // cgroups to make, join and remove around the command
    int group_count;
    int file_numbers[MAX_FILES]; // descriptors to open for the command
    char *file_paths[MAX_FILES];
    int file_count;
    unsigned uid; // to become before the command is executed; 0: stay root
    double *to_payload, *answer; // microseconds
    int count, failed;
};

struct outcome {
    uint64_t start;  // just before the command was started, or the request was written
    uint64_t answer; // the command ended, or the response was read
    bool ok;
};

// launch.c
void launch_setup(const char *error_log);
struct outcome launch_command(struct side *side, unsigned long unique);
void launch_cleanup(struct side *side);

// console.c
void console_open(const char *path);
struct outcome console_start(struct side *side);
bool console_wait_exit(const char *container);
