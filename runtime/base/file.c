/* file.c - whole files in and out. Writing goes through a temporary neighbour and a rename. Large files go past the
 * system's cache: nobody reads weights soon, and copying them there cost the processor more than the disk took. */
#define _GNU_SOURCE
#include "base/base.h"
#include "base/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static mlp_status fail_io(mlp_error *err, const char *verb, const char *path)
{
    return mlp_fail(err, mlp_status_of(errno), "cannot %s '%s': %s", verb, path, strerror(errno));
}

mlp_status mlp_status_of(int error_number)
{
    switch (error_number) {
    case ENOMEM: return MLP_ENOMEM;
    case ENOENT:
    case ENOTDIR:
    case EISDIR:
    case EACCES:
    case EPERM:
    case ELOOP:
    case ENAMETOOLONG:
    case ENXIO:
    case ENODEV: return MLP_EIO;
    default: return MLP_ESTATE; /* EIO, ESTALE, ETIMEDOUT, EMFILE ...: it may well be read in a minute */
    }
}

int mlp_open_to_read(const char *path)
{
    int fd;
    do fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    while (fd < 0 && errno == EINTR);
    return fd;
}

static mlp_status read_whole(uint8_t **out, size_t *length, const char *path, size_t limit, mlp_error *err)
{
    int fd = mlp_open_to_read(path);
    if (fd < 0) return fail_io(err, "open", path);
    mlp_status st = MLP_OK;
    uint8_t *bytes = NULL;
    size_t have = 0;
    struct stat info;
    if (fstat(fd, &info)) {
        st = fail_io(err, "look at", path);
    } else if (!S_ISREG(info.st_mode)) {
        st = mlp_fail(err, MLP_EIO, "cannot read '%s': it is not a regular file", path);
    } else if ((uint64_t)info.st_size > limit) {
        st = mlp_fail(err, MLP_EFORMAT, "cannot read '%s': it has %lld bytes, more than the limit of %zu", path,
                      (long long)info.st_size, limit);
    } else {
        size_t size = (size_t)info.st_size;
        if (!(bytes = malloc(size + 1)))
            st = mlp_fail(err, MLP_ENOMEM, "out of memory: cannot read '%s' (%zu bytes)", path, size);
        while (!st && have < size) {
            ssize_t n = read(fd, bytes + have, size - have);
            if (n > 0) have += (size_t)n;
            else if (n == 0) break; /* it shrank meanwhile: what is there is there */
            else if (errno != EINTR) st = fail_io(err, "read", path);
        }
    }
    close(fd);
    if (st || !bytes) {
        free(bytes);
        return st;
    }
    bytes[have] = 0;
    *out = bytes;
    *length = have;
    return MLP_OK;
}

mlp_status mlp_file_read(uint8_t **out, size_t *length, const char *path, size_t limit, mlp_error *err)
{
    mlp_disk_use use;
    mlp_disk_enter(&use, path);
    mlp_status st = read_whole(out, length, path, limit, err);
    mlp_disk_leave(&use);
    return st;
}

static void sync_folder_of(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) : 0;
    if (n >= sizeof folder) return;
    memcpy(folder, path, n);
    folder[n] = 0;
    int fd = open(slash ? (n ? folder : "/") : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    (void)fsync(fd); /* not every file system can; the rename is atomic anyway */
    close(fd);
}

/* before: what the file has already, for the message. */
static mlp_status write_part(int fd, const mlp_span *part, size_t before, const char *path, mlp_error *err)
{
    for (size_t done = 0; done < part->length;) {
        ssize_t w = write(fd, (const char *)part->bytes + done, part->length - done);
        if (w >= 0) done += (size_t)w;
        else if (errno != EINTR)
            return mlp_fail(err, MLP_EIO, "cannot write '%s': %s after %zu bytes", path, strerror(errno),
                            before + done);
    }
    return MLP_OK;
}

static mlp_status write_parts(int fd, const mlp_span *parts, size_t count, const char *path, mlp_error *err)
{
    mlp_status st = MLP_OK;
    size_t written = 0;
    for (size_t i = 0; !st && i < count; written += parts[i++].length)
        st = write_part(fd, &parts[i], written, path, err);
    return st;
}

/* ---- past the system's cache ---- */

enum {
    LARGE = 4 << 20, /* bytes of a file that is written so */
    CHUNK = 1 << 20, /* at a time, from memory that is aligned */
    BLOCK = 4096,    /* memory, places in the file and lengths are multiples of it */
};

static bool set_direct(int fd, bool on)
{
    int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && fcntl(fd, F_SETFL, on ? flags | O_DIRECT : flags & ~O_DIRECT) == 0;
}

/* One chunk at a place of the file. A file system that does not take it so, or took a part, gets it the usual way. */
static mlp_status write_chunk(int fd, const char *chunk, size_t length, bool *direct, size_t before, const char *path,
                              mlp_error *err)
{
    size_t done = 0;
    if (*direct && length % BLOCK == 0) {
        ssize_t w = write(fd, chunk, length);
        done = w > 0 ? (size_t)w : 0;
        if (done == length) return MLP_OK;
    }
    if (*direct && !set_direct(fd, false)) return fail_io(err, "write", path);
    *direct = false;
    return write_part(fd, &(mlp_span){ chunk + done, length - done }, before + done, path, err);
}

static mlp_status write_direct(int fd, char *chunk, const mlp_span *parts, size_t count, const char *path,
                               mlp_error *err)
{
    mlp_status st = MLP_OK;
    size_t filled = 0, written = 0;
    bool direct = true;
    for (size_t i = 0; !st && i < count; i++)
        for (size_t at = 0; !st && at < parts[i].length;) {
            size_t room = CHUNK - filled, left = parts[i].length - at, some = left < room ? left : room;
            memcpy(chunk + filled, (const char *)parts[i].bytes + at, some);
            at += some, filled += some;
            if (filled < CHUNK) continue;
            st = write_chunk(fd, chunk, filled, &direct, written, path, err);
            written += filled, filled = 0;
        }
    if (!st && filled) st = write_chunk(fd, chunk, filled, &direct, written, path, err);
    return st;
}

/* Large files past the cache, where there is memory for a chunk and the file system lets us; others through it. */
static mlp_status write_new(int fd, const mlp_span *parts, size_t count, const char *path, mlp_error *err)
{
    size_t whole = 0;
    void *chunk = NULL;
    for (size_t i = 0; i < count; i++) whole += parts[i].length;
    if (whole < LARGE || posix_memalign(&chunk, BLOCK, CHUNK)) return write_parts(fd, parts, count, path, err);
    mlp_status st = set_direct(fd, true) ? write_direct(fd, chunk, parts, count, path, err)
                                         : write_parts(fd, parts, count, path, err);
    free(chunk);
    return st;
}

/* A device or a pipe is written to: a file that took its place would break what uses it. */
static bool is_special(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
}

static mlp_status write_special(const char *path, const mlp_span *parts, size_t count, mlp_error *err)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return fail_io(err, "write", path);
    mlp_status st = write_parts(fd, parts, count, path, err);
    if (close(fd) && !st) st = fail_io(err, "write", path);
    return st;
}

static mlp_status write_whole(const char *path, const mlp_span *parts, size_t count, mlp_error *err)
{
    static atomic_uint counter;
    char temporary[PATH_MAX];
    if (is_special(path)) return write_special(path, parts, count, err);
    int n = snprintf(temporary, sizeof temporary, "%s.tmp.%ld.%u", path, (long)getpid(), atomic_fetch_add(&counter, 1));
    if (n < 0 || (size_t)n >= sizeof temporary) {
        errno = ENAMETOOLONG;
        return fail_io(err, "write", path);
    }
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0) return fail_io(err, "write", path);
    mlp_status st = write_new(fd, parts, count, path, err);
    if (!st && fsync(fd)) st = fail_io(err, "write", path);
    if (close(fd) && !st) st = fail_io(err, "write", path);
    if (!st && rename(temporary, path)) st = fail_io(err, "write", path);
    if (st) unlink(temporary);
    else sync_folder_of(path);
    return st;
}

mlp_status mlp_file_write_parts(const char *path, const mlp_span *parts, size_t count, mlp_error *err)
{
    mlp_disk_use use;
    mlp_disk_enter(&use, path);
    mlp_status st = write_whole(path, parts, count, err);
    mlp_disk_leave(&use);
    return st;
}

mlp_status mlp_file_write(const char *path, const void *bytes, size_t length, mlp_error *err)
{
    return mlp_file_write_parts(path, &(mlp_span){ bytes, length }, 1, err);
}

mlp_status mlp_make_folder(const char *path, mlp_error *err)
{
    char part[PATH_MAX];
    size_t n = strlen(path);
    if (n == 0 || n >= sizeof part) {
        errno = n ? ENAMETOOLONG : ENOENT;
        return fail_io(err, "make the folder", path);
    }
    memcpy(part, path, n + 1);
    for (size_t i = 1; i <= n; i++) {
        if (part[i] != '/' && part[i] != 0) continue;
        char kept = part[i];
        part[i] = 0;
        if (mkdir(part, 0777) && errno != EEXIST) return fail_io(err, "make the folder", part);
        part[i] = kept;
    }
    struct stat info;
    if (stat(path, &info)) return fail_io(err, "make the folder", path);
    if (!S_ISDIR(info.st_mode)) {
        errno = ENOTDIR;
        return fail_io(err, "make the folder", path);
    }
    return MLP_OK;
}
