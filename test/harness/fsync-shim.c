/*
 * A disk whose fsync fails or takes its time, for one process: LD_PRELOAD this, and write into the file that
 * FSYNC_CONTROL names what the next calls shall do:
 *
 *     ok          as always
 *     slow 300    300 ms later
 *     fail        EIO, and nothing is synced
 *
 * Each call that was not `ok` leaves a line in FSYNC_CONTROL.struck: what never struck proves nothing.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void tell(const char *control, const char *what) {
  char path[4096];
  if (snprintf(path, sizeof path, "%s.struck", control) >= (int)sizeof path) return;
  int file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return;
  ssize_t written = write(file, what, strlen(what));
  (void)written;
  close(file);
}

/* Nonzero when the call must fail. */
static int strike(void) {
  char order[32] = "";
  const char *control = getenv("FSYNC_CONTROL");
  if (control == NULL) return 0;
  int file = open(control, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t length = read(file, order, sizeof order - 1);
  close(file);
  if (length <= 0) return 0;
  if (strncmp(order, "fail", 4) == 0) {
    tell(control, "fail\n");
    return 1;
  }
  if (strncmp(order, "slow ", 5) == 0) {
    long ms = atol(order + 5);
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    tell(control, "slow\n");
    nanosleep(&time, NULL);
  }
  return 0;
}

static int sync_by(long call, int file) {
  if (strike()) {
    errno = EIO;
    return -1;
  }
  return (int)syscall(call, file);
}

int fsync(int file) { return sync_by(SYS_fsync, file); }

int fdatasync(int file) { return sync_by(SYS_fdatasync, file); }
