// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0
//
// files DIRECTORY MEBIBYTES: makes a tree to pack, the same every time: a tenth of it one file of words, a tenth one of noise,
// a third files of 4 % each, the rest files of 1 to 32 KiB, a hundred to a directory; words and noise take turns.
#include "common.h"
#include <stdbool.h>
#include <sys/stat.h>

#define WORDS 512
#define LONGEST_WORD 12

static uint64_t state = 0x2545F4914F6CDD1Du;

static uint64_t next(void) // xorshift64
{
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

static void fill_words(char *buffer, size_t length)
{
    static char words[WORDS][LONGEST_WORD];
    for (int i = 0; !words[WORDS - 1][0] && i < WORDS; i++) {
        int letters = 3 + (int)(next() % 7);
        for (int k = 0; k < letters; k++) words[i][k] = (char)('a' + next() % 26);
        words[i][letters] = next() % 9 ? ' ' : '\n';
    }
    for (size_t done = 0; done < length;) {
        // the product makes some words more frequent than others
        const char *word = words[(next() % WORDS) * (next() % WORDS) / WORDS];
        size_t size = strlen(word) < length - done ? strlen(word) : length - done;
        memcpy(buffer + done, word, size);
        done += size;
    }
}

static void fill_noise(char *buffer, size_t length)
{
    for (size_t done = 0; done < length; done += sizeof state) {
        uint64_t value = next();
        memcpy(buffer + done, &value, length - done < sizeof value ? length - done : sizeof value);
    }
}

static void make_file(const char *path, size_t length, bool words)
{
    static char buffer[1 << 16];
    FILE *file = fopen(path, "w");
    if (!file) fail("%s: %s", path, strerror(errno));
    while (length) {
        size_t size = length < sizeof buffer ? length : sizeof buffer;
        if (words) fill_words(buffer, size);
        else fill_noise(buffer, size);
        if (fwrite(buffer, 1, size, file) != size) fail("%s: %s", path, strerror(errno));
        length -= size;
    }
    if (fclose(file)) fail("%s: %s", path, strerror(errno));
}

int main(int argc, char **argv)
{
    char path[4096];
    size_t total = argc == 3 ? (size_t)strtoul(argv[2], 0, 10) << 20 : 0, left = total;
    if (!total) fail("see the head of files.c for its arguments");
    if (mkdir(argv[1], 0755)) fail("%s: %s", argv[1], strerror(errno));
    for (int i = 0; i < 10; i++) {
        size_t length = total / (i < 2 ? 10 : 25);
        snprintf(path, sizeof path, "%s/large%d", argv[1], i);
        make_file(path, length, i % 2 == 0);
        left -= length;
    }
    for (int i = 0; left; i++) {
        size_t length = 1024 + next() % (31 * 1024);
        if (length > left) length = left;
        snprintf(path, sizeof path, "%s/directory%d", argv[1], i / 100);
        if (i % 100 == 0 && mkdir(path, 0755)) fail("%s: %s", path, strerror(errno));
        snprintf(path, sizeof path, "%s/directory%d/file%d", argv[1], i / 100, i);
        make_file(path, length, i % 2 == 0);
        left -= length;
    }
    return 0;
}
