/* Copyright (c) The Northstar authors.
   SPDX-License-Identifier: Apache-2.0 */

/* Stands in for northstar-init: speaks the launcher's protocol, and forks inits that misbehave as the container's name says. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct request { uint64_t id; uint32_t plan_length, in_memfd; int32_t kill; uint32_t into_cgroup, namespaces, waits, fail_stage; int32_t fail_errno; };
struct reply { uint64_t id; uint32_t kind, stage; int32_t error, pid, status, reserved; };
struct message { uint32_t kind, stage; int32_t error, value; };

enum { runtime = 3, ready = 1, forked = 2, reaped = 4, started = 1, failed = 2, exited = 3 };

static void answer(struct reply reply, int descriptor)
{
  char control[CMSG_SPACE(sizeof(int))] = { 0 };
  struct iovec vector = { &reply, sizeof reply };
  struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };
  if (descriptor >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    *header = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS };
    memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
  }
  (void)!sendmsg(runtime, &message, MSG_NOSIGNAL);
}

static void say(int control, struct message message, size_t length)
{
  char bytes[65536] = { 0 };
  memcpy(bytes, &message, sizeof message);
  (void)!send(control, bytes, length, MSG_NOSIGNAL);
}

static void stay(void)
{
  for (;;)
    pause();
}

static void random_frames(int control, unsigned seed, int count)
{
  char bytes[4096];
  srandom(seed);
  for (int i = 0; count < 0 || i < count; i++) {
    size_t length = 1 + (size_t)random() % sizeof bytes;
    for (size_t j = 0; j < length; j++)
      bytes[j] = (char)random();
    if (send(control, bytes, length, MSG_NOSIGNAL) < 0)
      return;
  }
}

static void behave(const char *name, int control, unsigned seed)
{
  struct message begin = { started, 0, 0, 2 }, end = { exited, 0, 0, 0 }, failure = { failed, 8, EIO, sizeof(struct message) };
  size_t whole = sizeof(struct message);
  if (!strcmp(name, "witness")) {
    say(control, begin, whole);
  } else if (!strcmp(name, "closes")) {
    close(control);
  } else if (!strcmp(name, "closes-later")) {
    say(control, begin, whole);
    close(control);
  } else if (!strcmp(name, "ends")) {
    _exit(0);
  } else if (!strcmp(name, "random")) {
    random_frames(control, seed, 20);
  } else if (!strcmp(name, "random-later")) {
    say(control, begin, whole);
    random_frames(control, seed, 20);
  } else if (!strcmp(name, "floods")) {
    random_frames(control, seed, -1);
  } else if (!strcmp(name, "oversize")) {
    say(control, begin, 60000);
  } else if (!strcmp(name, "truncated")) {
    say(control, begin, 7);
  } else if (!strcmp(name, "empty")) {
    say(control, begin, 0);
  } else if (!strcmp(name, "starts-twice")) {
    say(control, begin, whole);
    say(control, begin, whole);
  } else if (!strcmp(name, "exits-twice")) {
    say(control, begin, whole);
    say(control, end, whole);
    say(control, end, whole);
  } else if (!strcmp(name, "exits-first")) {
    say(control, end, whole);
  } else if (!strcmp(name, "fails-later")) {
    say(control, begin, whole);
    say(control, failure, whole);
  }
  stay(); /* "silent" as well */
}

static void serve(unsigned round)
{
  static char plan[200000];
  char control[CMSG_SPACE(sizeof(int) * 253)];
  struct iovec vector = { plan, sizeof plan };
  struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
  ssize_t length = recvmsg(runtime, &message, MSG_CMSG_CLOEXEC);
  if (length <= 0)
    _exit(0);
  struct request *request = (struct request *)plan;
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  int count = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
  int *descriptors = (int *)CMSG_DATA(header);

  /* "init-NAME:VERSION" behind its length */
  char name[64] = { 0 };
  strncpy(name, plan + sizeof *request + sizeof(uint32_t) + strlen("init-"), sizeof name - 1);
  *strchrnul(name, ':') = 0;
  pid_t pid = fork();
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setsid();
    prctl(PR_SET_NAME, "init-hostile");
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, 0);
    close(runtime);
    for (int i = 1; i < count; i++)
      close(descriptors[i]);
    behave(name, descriptors[0], round);
  }
  int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
  answer((struct reply){ .id = request->id, .kind = forked, .pid = pid }, pidfd);
  close(pidfd);
  for (int i = 0; i < count; i++)
    close(descriptors[i]);
}

int main(void)
{
  prctl(PR_SET_NAME, "northstar-fork");
  answer((struct reply){ .kind = ready, .pid = getpid() }, -1);
  struct pollfd polled = { runtime, POLLIN, 0 };
  for (unsigned round = 0;; round++) {
    if (poll(&polled, 1, 5) > 0)
      serve(round);
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
      answer((struct reply){ .kind = reaped, .pid = pid, .status = status }, -1);
  }
}
