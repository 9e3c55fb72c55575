// A disk that does not come to an end: loaded in front of libc, it has every sync wait while a file exists.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static void wait_while_stalled(void) {
    const char *file = getenv("STALL_FILE");
    while (file && access(file, F_OK) == 0) usleep(10000);
}

static int sync_later(const char *name, int descriptor) {
    wait_while_stalled();
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    return real(descriptor);
}

int fsync(int descriptor) { return sync_later("fsync", descriptor); }

int fdatasync(int descriptor) { return sync_later("fdatasync", descriptor); }
