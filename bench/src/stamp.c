// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0
//
// stamp SOCKET [report|stay]: the payload. Its first instruction asks for the time (CLOCK_MONOTONIC, nanoseconds); only
// then it sends the 8 bytes as a datagram to the Unix socket, so what sending costs is not measured. "report" sends a
// second datagram that tells what the process sees; "stay" sleeps until it is killed. There is no C library in it: the
// start of one would cost more than some of the things that are compared.
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/un.h>

#if !defined(__x86_64__)
#error "stamp.c needs the entry point and the system call instruction of this machine"
#endif

#define CLOCK_MONOTONIC 1
#define SOCK_DGRAM 2
#define REPORT_SIZE 65536

static long call(long number, long a, long b, long c, long d, long e)
{
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8) : "rcx", "r11", "memory");
    return result;
}

static char report[REPORT_SIZE];
static long used;

static void put(const char *text)
{
    while (*text && used < REPORT_SIZE) report[used++] = *text++;
}

static void put_number(long value)
{
    char digits[24];
    int at = sizeof digits;
    unsigned long rest = value < 0 ? -(unsigned long)value : (unsigned long)value;
    digits[--at] = 0;
    do digits[--at] = (char)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0) digits[--at] = '-';
    put(digits + at);
}

static void put_value(const char *key, const char *name, long value)
{
    put(key);
    put(name);
    put(" ");
    put_number(value);
    put("\n");
}

static void put_link(const char *name, const char *path)
{
    char target[256];
    long length = call(__NR_readlink, (long)path, (long)target, sizeof target - 1, 0, 0);
    target[length > 0 ? length : 0] = 0;
    put("ns ");
    put(name);
    put(" ");
    put(target);
    put("\n");
}

static void put_file(const char *path)
{
    long file = call(__NR_openat, AT_FDCWD, (long)path, O_RDONLY, 0, 0), length;
    if (file < 0) return;
    put("file ");
    put(path);
    put("\n");
    while (used < REPORT_SIZE && (length = call(__NR_read, file, (long)(report + used), REPORT_SIZE - used, 0, 0)) > 0) used += length;
    call(__NR_close, file, 0, 0, 0, 0);
}

// Says "readable" with the number of bytes that one read brings, if it brings any; a directory counts its entries.
static void put_masked(const char *path)
{
    static char buffer[4096];
    long bytes = 0;
    long file = call(__NR_openat, AT_FDCWD, (long)path, O_RDONLY, 0, 0);
    if (file >= 0) {
        bytes = call(__NR_read, file, (long)buffer, sizeof buffer, 0, 0);
        if (bytes < 0) { // a directory: "." and ".." fill 48 bytes
            bytes = call(__NR_getdents64, file, (long)buffer, sizeof buffer, 0, 0) - 48;
        }
        call(__NR_close, file, 0, 0, 0, 0);
    }
    put_value("masked ", path, bytes > 0 ? bytes : 0);
}

static void take_report(void)
{
    static const char *const masked[] = { "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/scsi",
        "/proc/timer_list", "/sys/firmware", 0 };
    put_value("", "pid", call(__NR_getpid, 0, 0, 0, 0, 0));
    put_link("pid", "/proc/self/ns/pid");
    put_link("mnt", "/proc/self/ns/mnt");
    put_link("ipc", "/proc/self/ns/ipc");
    put_link("uts", "/proc/self/ns/uts");
    put_link("net", "/proc/self/ns/net");
    put_link("user", "/proc/self/ns/user");
    put_link("cgroup", "/proc/self/ns/cgroup");
    for (int i = 0; masked[i]; i++) put_masked(masked[i]);
    put_value("errno ", "write-root", call(__NR_openat, AT_FDCWD, (long)"/written", O_WRONLY | O_CREAT, 0600, 0));
    put_value("errno ", "write-proc-sys", call(__NR_openat, AT_FDCWD, (long)"/proc/sys/kernel/domainname", O_WRONLY, 0, 0));
    put_value("errno ", "add_key", call(__NR_add_key, 0, 0, 0, 0, 0));
    put_file("/proc/self/status");
    put_file("/proc/self/cgroup");
    put_file("/proc/self/mounts");
}

__attribute__((noreturn, used)) void payload(long *stack)
{
    long time[2];
    call(__NR_clock_gettime, CLOCK_MONOTONIC, (long)time, 0, 0, 0);
    unsigned long stamp = (unsigned long)time[0] * 1000000000ul + (unsigned long)time[1];

    long count = stack[0];
    char **arguments = (char **)(stack + 1);
    struct sockaddr_un address = { .sun_family = 1 };
    long exit_code = 1;
    if (count >= 2) {
        int length = 0;
        for (; arguments[1][length] && length < (int)sizeof address.sun_path - 1; length++) address.sun_path[length] = arguments[1][length];
        long socket = call(__NR_socket, 1, SOCK_DGRAM, 0, 0, 0);
        if (!call(__NR_connect, socket, (long)&address, (long)(sizeof address.sun_family + (unsigned long)length + 1), 0, 0)
            && call(__NR_write, socket, (long)&stamp, sizeof stamp, 0, 0) == sizeof stamp)
            exit_code = 0;
        if (count >= 3 && arguments[2][0] == 'r') {
            take_report();
            call(__NR_write, socket, (long)report, used, 0, 0);
        }
        while (count >= 3 && arguments[2][0] == 's') call(__NR_pause, 0, 0, 0, 0, 0);
    }
    call(__NR_exit_group, exit_code, 0, 0, 0, 0);
    __builtin_unreachable();
}

__asm__(".globl _start\n_start: xor %ebp,%ebp\n mov %rsp,%rdi\n and $-16,%rsp\n call payload\n");
