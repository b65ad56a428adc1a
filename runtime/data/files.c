/* files.c - see files_private.h. */
#include "data/files_private.h"
#include "base/disk.h"
#include "data/scan_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { END_BYTES = 4096, FILE_LIMIT = 1 << 30 };

static void files_free(void *data)
{
    mlp_files *f = data;
    if (!f) return;
    free(f->text);
    free(f->path);
    free(f->size);
    free(f);
}

static mlp_status files_path(char **out, const mlp_source *s, int64_t sample, mlp_error *err)
{
    const mlp_files *f = s->data;
    const char *path = f->text + f->path[sample];
    return mlp_join_path(out, *path == '/' ? "" : s->root, path, err);
}

static mlp_status files_image(mlp_image **out, const mlp_source *s, int64_t sample, mlp_error *err)
{
    char *path = NULL;
    mlp_status st = files_path(&path, s, sample, err);
    if (!st) st = mlp_image_load(out, path, &s->options.decode, err);
    free(path);
    return st;
}

static void files_digest(const mlp_source *s, int64_t sample, SHA2_CTX *sha)
{
    const mlp_files *f = s->data;
    const char *path = f->text + f->path[sample];
    char size[32];
    int n = snprintf(size, sizeof size, "%lld", (long long)f->size[sample]);
    SHA256Update(sha, (const uint8_t *)path, strlen(path) + 1);
    SHA256Update(sha, (const uint8_t *)size, (size_t)n + 1);
}

static mlp_status files_bytes(uint8_t **out, size_t *length, const mlp_source *s, int64_t sample, mlp_error *err)
{
    char *path = NULL;
    mlp_status st = files_path(&path, s, sample, err);
    if (!st) st = mlp_file_read(out, length, path, FILE_LIMIT, err);
    free(path);
    return st;
}

/* The last bytes of a file: those of two JPEG or PNG files hardly ever agree, their first ones often do. */
static mlp_status read_end(uint8_t bytes[END_BYTES], size_t *length, const char *path, int64_t size, mlp_error *err)
{
    mlp_disk_use use;
    mlp_disk_enter(&use, path);
    int fd = mlp_open_to_read(path);
    if (fd < 0) {
        mlp_disk_leave(&use);
        return mlp_fail(err, mlp_status_of(errno), "cannot open '%s': %s", path, strerror(errno));
    }
    off_t from = size > END_BYTES ? (off_t)(size - END_BYTES) : 0;
    ssize_t n = pread(fd, bytes, END_BYTES, from);
    int why = errno;
    close(fd);
    mlp_disk_leave(&use);
    if (n < 0) return mlp_fail(err, mlp_status_of(why), "cannot read '%s': %s", path, strerror(why));
    *length = (size_t)n;
    return MLP_OK;
}

static mlp_status files_hash(uint64_t out[4], const mlp_source *s, int64_t sample, int stage, mlp_error *err)
{
    const mlp_files *f = s->data;
    uint8_t end[END_BYTES], *bytes = NULL;
    size_t length = 0;
    char *path = NULL;
    mlp_status st = MLP_OK;
    memset(out, 0, 4 * sizeof *out);
    if (stage == 0) {
        out[0] = (uint64_t)f->size[sample];
        return f->size[sample] < 0 ? mlp_fail(err, MLP_EIO, "the file cannot be read") : MLP_OK;
    }
    if (stage == 1) {
        st = files_path(&path, s, sample, err);
        if (!st) st = read_end(end, &length, path, f->size[sample], err);
        free(path);
        if (!st) mlp_hash_memory(out, end, length, 1);
        return st;
    }
    st = files_bytes(&bytes, &length, s, sample, err);
    if (!st) mlp_hash_memory(out, bytes, length, 2);
    free(bytes);
    return st;
}

const mlp_source_kind mlp_folder_kind = {
    .name = "ImageFolder",
    .image = files_image,
    .path = files_path,
    .digest = files_digest,
    .hash = files_hash,
    .bytes = files_bytes,
    .free = files_free,
};

const mlp_source_kind mlp_listed_kind = {
    .name = "CSV",
    .image = files_image,
    .path = files_path,
    .digest = files_digest,
    .hash = files_hash,
    .bytes = files_bytes,
    .free = files_free,
};
