/* digest.c - SHA-256 of bytes and of files, by libmd. */
#include "io/io.h"

#include "base/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void finish(char out[MLP_SHA256_TEXT], SHA2_CTX *context)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256Final(digest, context);
    for (int i = 0; i < SHA256_DIGEST_LENGTH; i++) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
    out[2 * SHA256_DIGEST_LENGTH] = 0;
}

void mlp_sha256(char out[MLP_SHA256_TEXT], const void *bytes, size_t length)
{
    SHA2_CTX context;
    SHA256Init(&context);
    SHA256Update(&context, bytes, length);
    finish(out, &context);
}

static mlp_status digest_of(char out[MLP_SHA256_TEXT], const char *path, mlp_error *err)
{
    uint8_t buffer[65536];
    SHA2_CTX context;
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe without writer must not hang us */
    if (fd < 0) return mlp_fail(err, mlp_status_of(errno), "cannot open '%s': %s", path, strerror(errno));
    if (fstat(fd, &info)) {
        int problem = errno;
        close(fd);
        return mlp_fail(err, mlp_status_of(problem), "cannot look at '%s': %s", path, strerror(problem));
    }
    if (!S_ISREG(info.st_mode)) {
        close(fd);
        return mlp_fail(err, MLP_EIO, "cannot read '%s': it is not a regular file", path);
    }
    SHA256Init(&context);
    for (;;) {
        ssize_t n = read(fd, buffer, sizeof buffer);
        if (n > 0) {
            SHA256Update(&context, buffer, (size_t)n);
        } else if (n == 0) {
            break;
        } else if (errno != EINTR) {
            int why = errno;
            close(fd);
            return mlp_fail(err, MLP_EIO, "cannot read '%s': %s", path, strerror(why));
        }
    }
    close(fd);
    finish(out, &context);
    return MLP_OK;
}

mlp_status mlp_sha256_file(char out[MLP_SHA256_TEXT], const char *path, mlp_error *err)
{
    mlp_disk_use use;
    mlp_disk_enter(&use, path);
    mlp_status st = digest_of(out, path, err);
    mlp_disk_leave(&use);
    return st;
}
