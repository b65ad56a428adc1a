/* file.c - whole files in and out. Writing goes through a temporary neighbour and a rename. */
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
    mlp_status st = MLP_OK;
    size_t written = 0;
    for (size_t i = 0; !st && i < count; written += parts[i++].length)
        st = write_part(fd, &parts[i], written, path, err);
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
    mlp_status st = MLP_OK;
    size_t written = 0;
    for (size_t i = 0; !st && i < count; written += parts[i++].length)
        st = write_part(fd, &parts[i], written, path, err);
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
