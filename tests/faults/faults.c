/* faults.c - preloaded by tests: the k-th call of a kind fails, once or from then on.
 *
 * What to do is said in the environment variable FAULTS, from the start of the program on, or by the program itself, in
 * the name of a variable that it asks for: getenv("faults: memory 17 once"). The words:
 *
 *   memory K once|on          malloc and its like, anonymous mmap, pthread_create
 *   calls K ERROR once|on     open, write, fsync, rename, close ... of the program and its libraries; ERROR is EIO,
 *                             ENOSPC, EINTR, EMFILE, EACCES, or short: half of what was to be written or read
 *   stall CALL TEXT           read, write or fsync never return where TEXT is in the path of the file
 *   clock SECONDS             the clock is so far ahead, or behind
 *   off                       no more of it
 *
 * getenv("faults: off") returns how many calls of the kind there were since the last words,
 * getenv("faults: live") how many blocks are allocated, getenv("faults: hit") the name of the call that failed last.
 * With FAULTS_LOG the count is appended to that file when the process ends. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { OFF, MEMORY, CALLS };

static char stalled_call[16], stalled_path[256];
static atomic_int kind;
static atomic_long count, at, live, clock_shift;
static atomic_bool goes_on;
static int error_number; /* 0: short */
static const char *volatile hit = "";

/* ---- what fails ---- */

static bool fails(int which, const char *name)
{
    if (atomic_load(&kind) != which) return false;
    long n = atomic_fetch_add(&count, 1) + 1, k = atomic_load(&at);
    if (k == 0 || (atomic_load(&goes_on) ? n < k : n != k)) return false;
    hit = name;
    return true;
}

/* minizip, libwebp and libtiff write where they could not allocate, and fontconfig (with expat) asks again for ever
 * (the runtime asks for as much before it calls them): what they ask for is given. */
static bool cannot_do_without(const void *caller)
{
    static const char *const libraries[] = { "libminizip", "libwebp", "libtiff", "libfontconfig", "libexpat" };
    Dl_info at;
    if (!dladdr(caller, &at) || !at.dli_fname) return false;
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++)
        if (strstr(at.dli_fname, libraries[i])) return true;
    return false;
}

static bool no_memory_for(const void *caller, const char *name)
{
    if (!fails(MEMORY, name) || cannot_do_without(caller)) return false;
    errno = ENOMEM;
    return true;
}

#define NO_MEMORY(name) no_memory_for(__builtin_return_address(0), name)

/* A call that does nothing by halves. */
static bool no_call(const char *name)
{
    if (error_number == 0 || !fails(CALLS, name)) return false;
    errno = error_number;
    return true;
}

/* As a disk or a file server that does not answer: no signal gets through. */
static void stall(const char *name, int fd)
{
    char link[32], path[4096];
    if (strcmp(stalled_call, name) != 0) return;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    path[n > 0 ? n : 0] = 0;
    while (strstr(path, stalled_path)) sleep(1);
}

/* Returns how much of n bytes is done; -1: none, with errno. */
static ssize_t part_of(size_t n, const char *name)
{
    if (!fails(CALLS, name)) return (ssize_t)n;
    errno = error_number;
    return error_number ? -1 : (ssize_t)(n > 1 ? n / 2 : n);
}

/* ---- the words ---- */

static int number_of(const char *word)
{
    static const struct {
        const char *name;
        int number;
    } errors[] = { { "EIO", EIO },       { "ENOSPC", ENOSPC }, { "EINTR", EINTR }, { "EMFILE", EMFILE },
                   { "EACCES", EACCES }, { "ENOMEM", ENOMEM }, { "short", 0 } };
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (strcmp(word, errors[i].name) == 0) return errors[i].number;
    fprintf(stderr, "faults: no error '%s'\n", word);
    _exit(99);
}

static void obey(const char *words)
{
    char what[16] = "", a[16] = "", b[16] = "";
    long k = 0;
    atomic_store(&kind, OFF);
    sscanf(words, "%15s %ld %15s %15s", what, &k, a, b);
    sscanf(words, "stall %15s %255s", stalled_call, stalled_path);
    if (strcmp(what, "clock") == 0) atomic_store(&clock_shift, k);
    bool memory = strcmp(what, "memory") == 0;
    if (!memory && strcmp(what, "calls") != 0) return;
    if (!memory) error_number = number_of(a);
    atomic_store(&at, k);
    atomic_store(&goes_on, strcmp(memory ? a : b, "on") == 0);
    atomic_store(&count, 0);
    atomic_store(&kind, memory ? MEMORY : CALLS);
}

static void *real(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}
#define REAL(name)                                                                                                     \
    static __typeof__(name) *real_##name;                                                                              \
    if (!real_##name) real_##name = (__typeof__(name) *)real(#name)

char *getenv(const char *name)
{
    static char answer[32];
    static const char mark[] = "faults:";
    REAL(getenv);
    if (strncmp(name, mark, sizeof mark - 1) != 0) return real_getenv(name);
    const char *words = name + sizeof mark;
    if (strcmp(words, "hit") == 0) return (char *)hit;
    bool asks = strcmp(words, "live") == 0;
    snprintf(answer, sizeof answer, "%ld", asks ? atomic_load(&live) : atomic_load(&count));
    if (!asks) obey(words);
    return atomic_load(&kind) == OFF ? answer : NULL; /* what is armed must not hit the caller's copy of an answer */
}

__attribute__((constructor)) static void begin(void)
{
    const char *words = getenv("FAULTS");
    if (words) obey(words);
}

__attribute__((destructor)) static void end(void)
{
    atomic_store(&kind, OFF);
    const char *path = getenv("FAULTS_LOG");
    FILE *f = path ? fopen(path, "a") : NULL;
    if (!f) return;
    fprintf(f, "%ld %s\n", atomic_load(&count), hit);
    fclose(f);
}

/* ---- memory ---- */

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t),
    *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

static void *counted(void *p)
{
    if (p) atomic_fetch_add(&live, 1);
    return p;
}

void *malloc(size_t n)
{
    return NO_MEMORY("malloc") ? NULL : counted(__libc_malloc(n));
}

void *calloc(size_t n, size_t size)
{
    return NO_MEMORY("calloc") ? NULL : counted(__libc_calloc(n, size));
}

/* The C library's own would ask in its name, not in the caller's. */
char *strdup(const char *text)
{
    size_t n = strlen(text) + 1;
    char *copy = NO_MEMORY("strdup") ? NULL : counted(__libc_malloc(n));
    return copy ? memcpy(copy, text, n) : NULL;
}

void *realloc(void *p, size_t n)
{
    if (n > 0 && NO_MEMORY("realloc")) return NULL;
    void *q = __libc_realloc(p, n);
    if (!p && q) atomic_fetch_add(&live, 1);
    if (p && n == 0) atomic_fetch_sub(&live, 1);
    return q;
}

void *aligned_alloc(size_t alignment, size_t n)
{
    return NO_MEMORY("aligned_alloc") ? NULL : counted(__libc_memalign(alignment, n));
}

void *memalign(size_t alignment, size_t n)
{
    return NO_MEMORY("memalign") ? NULL : counted(__libc_memalign(alignment, n));
}

int posix_memalign(void **out, size_t alignment, size_t n)
{
    if (NO_MEMORY("posix_memalign")) return ENOMEM;
    *out = counted(__libc_memalign(alignment, n));
    return *out ? 0 : ENOMEM;
}

void free(void *p)
{
    if (p) atomic_fetch_sub(&live, 1);
    __libc_free(p);
}

void *mmap(void *where, size_t n, int protection, int flags, int fd, off_t offset)
{
    REAL(mmap);
    if (flags & MAP_ANONYMOUS && NO_MEMORY("mmap")) return MAP_FAILED;
    return real_mmap(where, n, protection, flags, fd, offset);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument)
{
    REAL(pthread_create);
    if (NO_MEMORY("pthread_create")) return EAGAIN;
    return real_pthread_create(thread, attributes, start, argument);
}

/* ---- the clock ---- */

int clock_gettime(clockid_t clock, struct timespec *t)
{
    REAL(clock_gettime);
    int result = real_clock_gettime(clock, t);
    if (clock == CLOCK_REALTIME) t->tv_sec += atomic_load(&clock_shift);
    return result;
}

/* ---- calls ---- */

#define MODE_OF(flags)                                                                                                 \
    mode_t mode = 0;                                                                                                   \
    if ((flags) & (O_CREAT | O_TMPFILE)) {                                                                             \
        va_list more;                                                                                                  \
        va_start(more, flags);                                                                                         \
        mode = va_arg(more, mode_t);                                                                                   \
        va_end(more);                                                                                                  \
    }

int open(const char *path, int flags, ...)
{
    REAL(open);
    MODE_OF(flags)
    return no_call("open") ? -1 : real_open(path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...)
{
    REAL(openat);
    MODE_OF(flags)
    return no_call("openat") ? -1 : real_openat(folder, path, flags, mode);
}

FILE *fopen(const char *path, const char *mode)
{
    REAL(fopen);
    return no_call("fopen") ? NULL : real_fopen(path, mode);
}

DIR *opendir(const char *path)
{
    REAL(opendir);
    return no_call("opendir") ? NULL : real_opendir(path);
}

struct dirent *readdir(DIR *folder)
{
    REAL(readdir);
    return no_call("readdir") ? NULL : real_readdir(folder);
}

/* A descriptor is closed in any case, as Linux does it. */
int close(int fd)
{
    REAL(close);
    bool fail = no_call("close");
    int result = real_close(fd), why = errno;
    errno = fail ? error_number : why;
    return fail ? -1 : result;
}

int fclose(FILE *f)
{
    REAL(fclose);
    bool fail = no_call("fclose");
    int result = real_fclose(f);
    if (fail) errno = error_number;
    return fail ? EOF : result;
}

ssize_t write(int fd, const void *bytes, size_t n)
{
    REAL(write);
    stall("write", fd);
    ssize_t part = part_of(n, "write");
    return part < 0 ? part : real_write(fd, bytes, (size_t)part);
}

ssize_t read(int fd, void *bytes, size_t n)
{
    REAL(read);
    stall("read", fd);
    ssize_t part = part_of(n, "read");
    return part < 0 ? part : real_read(fd, bytes, (size_t)part);
}

/* The C library's streams go on by themselves behind a short write. */
size_t fwrite(const void *bytes, size_t size, size_t n, FILE *f)
{
    REAL(fwrite);
    if (!no_call("fwrite")) return real_fwrite(bytes, size, n, f);
    f->_flags |= 0x20; /* ferror */
    return 0;
}

int fflush(FILE *f)
{
    REAL(fflush);
    if (!no_call("fflush")) return real_fflush(f);
    if (f) f->_flags |= 0x20;
    return EOF;
}

#define FAILING(type, name, parameters, arguments)                                                                     \
    type name parameters                                                                                               \
    {                                                                                                                  \
        REAL(name);                                                                                                    \
        return no_call(#name) ? -1 : real_##name arguments;                                                            \
    }
int fsync(int fd)
{
    REAL(fsync);
    stall("fsync", fd);
    return no_call("fsync") ? -1 : real_fsync(fd);
}

FAILING(int, fdatasync, (int fd), (fd))
FAILING(int, rename, (const char *from, const char *to), (from, to))
FAILING(int, link, (const char *from, const char *to), (from, to))
FAILING(int, unlink, (const char *path), (path))
FAILING(int, remove, (const char *path), (path))
FAILING(int, rmdir, (const char *path), (path))
FAILING(int, mkdir, (const char *path, mode_t mode), (path, mode))
FAILING(int, ftruncate, (int fd, off_t size), (fd, size))
FAILING(int, fstat, (int fd, struct stat *info), (fd, info))
FAILING(int, stat, (const char *path, struct stat *info), (path, info))
FAILING(int, fstatat, (int folder, const char *path, struct stat *info, int flags), (folder, path, info, flags))
FAILING(int, lstat, (const char *path, struct stat *info), (path, info))
FAILING(off_t, lseek, (int fd, off_t offset, int whence), (fd, offset, whence))
