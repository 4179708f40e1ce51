// What an intruder in a runner would try, for sandbox_escape_test.py: preloaded into agent and runner, it waits until
// the runner's sandbox is closed, then does in one of the pipeline's threads what VERGE_ATTACK says, and reports on
// standard error how that went: "attack NAME: errno N", N 0 when it was not stopped.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <unistd.h>

static int OpenFile(const char* path) { return open(path, O_RDONLY) < 0 ? errno : 0; }

static int Connect(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0) return errno;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return connect(fd, (struct sockaddr*)&address, sizeof address) < 0 ? errno : 0;
}

static int Exec(void) {
  execl("/bin/sh", "sh", "-c", "echo escaped >&2", (char*)NULL);
  return errno;
}

static int Fork(void) {
  for (int i = 0; i < 1000; ++i) {
    const pid_t pid = fork();
    if (pid < 0) return errno;
    if (pid == 0) pause();
  }
  return 0;
}

// Touches what it gets: up to 8 GB.
static int Hog(void) {
  for (int i = 0; i < 512; ++i) {
    char* block = malloc((size_t)16 << 20);
    if (block == NULL) return ENOMEM;
    memset(block, 1, (size_t)16 << 20);
  }
  return 0;
}

static int Attack(const char* name, const char* argument) {
  if (strcmp(name, "open") == 0) return OpenFile(argument);
  if (strcmp(name, "connect") == 0) return Connect(atoi(argument));
  if (strcmp(name, "ptrace") == 0) return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) < 0 ? errno : 0;
  if (strcmp(name, "kill") == 0) return kill(getppid(), SIGKILL) < 0 ? errno : 0;
  if (strcmp(name, "exec") == 0) return Exec();
  if (strcmp(name, "fork") == 0) return Fork();
  if (strcmp(name, "hog") == 0) return Hog();
  return 0;
}

typedef struct {
  void* (*body)(void*);
  void* argument;
} Start;

static void* Run(void* raw) {
  const Start start = *(Start*)raw;
  free(raw);
  static int done = 0;
  const char* name = getenv("VERGE_ATTACK");
  const char* argument = getenv("VERGE_ATTACK_ON");
  const int is_closed = prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 2;
  if (name != NULL && is_closed && __sync_bool_compare_and_swap(&done, 0, 1)) {
    fprintf(stderr, "attack %s begins\n", name);
    const int error = Attack(name, argument == NULL ? "" : argument);
    fprintf(stderr, "attack %s: errno %d\n", name, error);
    // An intruder goes on; so that its end is seen, this one ends where it was merely refused.
    raise(SIGABRT);
  }
  return start.body(start.argument);
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*body)(void*), void* argument) {
  int (*real)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*) =
      (int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*))dlsym(RTLD_NEXT, "pthread_create");
  Start* start = malloc(sizeof *start);
  if (start == NULL) return EAGAIN;
  start->body = body;
  start->argument = argument;
  return real(thread, attributes, Run, start);
}
