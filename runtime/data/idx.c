/* idx.c - IDX files: two zero bytes, the element type (8: u8), the number of dimensions, each dimension as four bytes
 * with the highest first, then the elements. Labels have one dimension, pictures three (number, rows, columns).
 *
 * zlib reads plain and gzip files alike. What a header promises is compared with the size of the file before memory is
 * asked for: exactly for a plain file, by deflate's best possible ratio for a packed one. */
#include "data/idx_private.h"
#include "data/scan_private.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { DEFLATE_RATIO = 1032, LABEL_VALUES = 256 };

/* ---- reading ---- */

typedef struct reader {
    gzFile gz;
    const char *path;
    int64_t file_bytes;
    int64_t size[3]; /* dimensions */
    int64_t bytes;   /* of the elements */
} reader;

static mlp_status reader_open(reader *r, const char *path, mlp_error *err)
{
    *r = (reader){ .path = path };
    int fd = mlp_open_to_read(path);
    if (fd < 0) return mlp_fail(err, mlp_status_of(errno), "cannot open '%s': %s", path, strerror(errno));
    struct stat info;
    if (fstat(fd, &info)) {
        int problem = errno;
        close(fd);
        return mlp_unread(path, problem, err);
    }
    if (!S_ISREG(info.st_mode)) {
        close(fd);
        return mlp_fail(err, MLP_EIO, "cannot read '%s': it is not a regular file", path);
    }
    r->file_bytes = (int64_t)info.st_size;
    if (!(r->gz = gzdopen(fd, "rb"))) {
        close(fd);
        return mlp_fail(err, MLP_ENOMEM, "out of memory: cannot read '%s'", path);
    }
    gzbuffer(r->gz, 1 << 18);
    return MLP_OK;
}

static void reader_close(reader *r)
{
    if (r->gz) gzclose_r(r->gz);
    r->gz = NULL;
}

/* Reads exactly n bytes. */
static mlp_status reader_take(reader *r, void *out, int64_t n, const char *what, mlp_error *err)
{
    for (int64_t done = 0; done < n;) {
        unsigned step = (unsigned)(n - done < 1 << 24 ? n - done : 1 << 24);
        if (mlp_interrupted()) return mlp_fail_interrupted(err);
        int got = gzread(r->gz, (uint8_t *)out + done, step);
        int code = Z_OK;
        const char *text = gzerror(r->gz, &code);
        if (got < 0 || (code != Z_OK && code != Z_BUF_ERROR))
            return mlp_fail(err, code == Z_ERRNO ? mlp_status_of(errno) : MLP_EFORMAT, "cannot unpack '%s': %s",
                            r->path, text && *text ? text : "damaged data");
        if (got == 0)
            return mlp_fail(err, MLP_EFORMAT, "'%s' ends early: its %s %" PRId64 " bytes, found %" PRId64, r->path,
                            what, n, done);
        done += got;
    }
    return MLP_OK;
}

static int64_t be32(const uint8_t *b)
{
    return (int64_t)b[0] << 24 | (int64_t)b[1] << 16 | (int64_t)b[2] << 8 | b[3];
}

/* Opens the file and checks its header. dims: 1 for labels, 3 for pictures. */
static mlp_status reader_begin(reader *r, const char *path, int dims, mlp_error *err)
{
    uint8_t head[16] = { 0 };
    const char *what = dims == 3 ? "pictures" : "labels";
    mlp_status st = reader_open(r, path, err);
    if (!st) st = reader_take(r, head, 4, "header has", err);
    if (!st && (head[0] || head[1]))
        st = mlp_fail(err, MLP_EFORMAT, "'%s' is not an IDX file: it begins with %02x %02x, expected 00 00%s", path,
                      head[0], head[1],
                      memcmp(head, "vers", 4) == 0 ? "; it seems to be a Git LFS pointer (git lfs pull brings the file)"
                                                   : "");
    if (!st && head[2] != 8)
        st = mlp_fail(err, MLP_EFORMAT, "'%s': elements have the IDX type 0x%02x, expected 0x08 (unsigned bytes)", path,
                      head[2]);
    if (!st && head[3] != dims)
        st = mlp_fail(err, MLP_EFORMAT, "'%s' has %d dimension%s, expected %d for %s%s", path, head[3],
                      head[3] == 1 ? "" : "s", dims, what,
                      head[3] == (dims ^ 2) ? " (are pictures and labels swapped?)" : "");
    if (!st) st = reader_take(r, head, 4 * dims, "header has", err);
    r->bytes = 1;
    for (int i = 0; !st && i < dims; i++) {
        r->size[i] = be32(head + 4 * i);
        if (r->size[i] == 0) st = mlp_fail(err, MLP_EFORMAT, "'%s' has no %s: dimension %d is 0", path, what, i + 1);
        else if (i > 0 && r->size[i] > MLP_IMAGE_MAX_SIDE)
            st = mlp_fail(err, MLP_EFORMAT, "'%s': pictures of %" PRId64 " rows or columns are beyond the limit of %d",
                          path, r->size[i], MLP_IMAGE_MAX_SIDE);
        else r->bytes *= r->size[i]; /* at most 2^32 * 2^15 * 2^15 */
    }
    if (st) return st;
    int64_t header = 4 + 4 * dims;
    if (gzdirect(r->gz)) {
        if (r->file_bytes - header != r->bytes)
            st = mlp_fail(err, MLP_EFORMAT,
                          "'%s' is damaged: its header promises %" PRId64 " bytes of %s, the file has %" PRId64, path,
                          r->bytes, what, r->file_bytes - header);
    } else if (r->bytes / DEFLATE_RATIO > r->file_bytes) {
        st = mlp_fail(err, MLP_EFORMAT,
                      "'%s' is damaged: its header promises %" PRId64 " bytes of %s, more than %" PRId64
                      " packed bytes can hold",
                      path, r->bytes, what, r->file_bytes);
    }
    return st;
}

/* Reads the elements and checks that nothing follows; this also checks gzip's checksum. */
static mlp_status reader_finish(reader *r, uint8_t *out, mlp_error *err)
{
    uint8_t more;
    mlp_status st = reader_take(r, out, r->bytes, "header promises", err);
    if (st) return st;
    int got = gzread(r->gz, &more, 1), code = Z_OK;
    const char *text = gzerror(r->gz, &code);
    if (got < 0 || code == Z_BUF_ERROR)
        return mlp_fail(err, MLP_EFORMAT, "cannot unpack '%s': %s", r->path, text && *text ? text : "damaged data");
    if (got > 0)
        return mlp_fail(err, MLP_EFORMAT,
                        "'%s' is damaged: more follows the %" PRId64 " bytes that its header promises", r->path,
                        r->bytes);
    return MLP_OK;
}

mlp_status mlp_idx_sniff(int *kind, const char *path, mlp_error *err)
{
    reader r;
    uint8_t head[4];
    *kind = 0;
    mlp_status st = reader_open(&r, path, err);
    if (!st) st = reader_take(&r, head, 4, "header has", err);
    if (!st && head[0] == 0 && head[1] == 0 && head[2] == 8 && (head[3] == 1 || head[3] == 3)) *kind = head[3];
    reader_close(&r);
    return st == MLP_EIO || st == MLP_EFORMAT ? MLP_OK : st; /* a file of another kind */
}

/* ---- the source ---- */

typedef struct idx {
    uint8_t *pixels; /* count x rows x columns */
    size_t bytes;
    int rows, columns, files;
    struct {
        char *path;
        int64_t end; /* number of the sample after its last one */
    } file[MLP_PARTS];
} idx;

static void idx_free(void *data)
{
    idx *x = data;
    if (!x) return;
    mlp_block_free(x->pixels, x->bytes);
    for (int i = 0; i < x->files; i++) free(x->file[i].path);
    free(x);
}

static mlp_status idx_path(char **out, const mlp_source *s, int64_t sample, mlp_error *err)
{
    const idx *x = s->data;
    int f = 0;
    while (sample >= x->file[f].end) f++;
    int64_t number = sample - (f ? x->file[f - 1].end : 0) + 1;
    size_t room = strlen(x->file[f].path) + 32;
    char *path = malloc(room);
    if (!path) return mlp_fail(err, MLP_ENOMEM, "out of memory: cannot name a picture");
    snprintf(path, room, "%s[%" PRId64 "]", x->file[f].path, number);
    *out = path;
    return MLP_OK;
}

static mlp_status idx_image(mlp_image **out, const mlp_source *s, int64_t sample, mlp_error *err)
{
    const idx *x = s->data;
    mlp_image *grey = NULL;
    mlp_status st = mlp_image_new(&grey, x->columns, x->rows, 1, err);
    if (st) return st;
    size_t n = mlp_image_bytes(grey);
    memcpy(grey->pixels, x->pixels + (size_t)sample * n, n);
    st = mlp_image_convert(out, grey, s->options.decode.channels, err);
    mlp_image_release(grey);
    return st;
}

static void idx_digest(const mlp_source *s, int64_t sample, SHA2_CTX *sha)
{
    const idx *x = s->data;
    size_t n = (size_t)x->rows * (size_t)x->columns;
    SHA256Update(sha, x->pixels + (size_t)sample * n, n);
}

static mlp_status idx_hash(uint64_t out[4], const mlp_source *s, int64_t sample, int stage, mlp_error *err)
{
    const idx *x = s->data;
    size_t n = (size_t)x->rows * (size_t)x->columns;
    (void)err;
    mlp_hash_memory(out, x->pixels + (size_t)sample * n, n, stage);
    return MLP_OK;
}

static const mlp_source_kind idx_kind = {
    .name = "IDX",
    .in_memory = true,
    .image = idx_image,
    .path = idx_path,
    .digest = idx_digest,
    .hash = idx_hash,
    .free = idx_free,
};

/* ---- opening ---- */

/* Checks the headers of all pairs against each other; on success both readers of each stand before the elements. */
static mlp_status begin_pairs(reader *images, reader *labels, const mlp_idx_pair *pairs, int count, mlp_error *err)
{
    mlp_status st = MLP_OK;
    for (int i = 0; !st && i < count; i++) {
        st = reader_begin(&images[i], pairs[i].images, 3, err);
        if (!st) st = reader_begin(&labels[i], pairs[i].labels, 1, err);
        if (!st && images[i].size[0] != labels[i].size[0])
            st = mlp_fail(err, MLP_EFORMAT, "'%s' has %" PRId64 " pictures, but '%s' has %" PRId64 " labels",
                          pairs[i].images, images[i].size[0], pairs[i].labels, labels[i].size[0]);
        if (!st && (images[i].size[1] != images[0].size[1] || images[i].size[2] != images[0].size[2]))
            st = mlp_fail(err, MLP_EFORMAT,
                          "'%s' has pictures of %" PRId64 "x%" PRId64 ", but '%s' of %" PRId64 "x%" PRId64,
                          pairs[i].images, images[i].size[1], images[i].size[2], pairs[0].images, images[0].size[1],
                          images[0].size[2]);
    }
    return st;
}

/* Reads the elements into the source. */
static mlp_status read_pairs(mlp_source *s, reader *images, reader *labels, const mlp_idx_pair *pairs, int count,
                             mlp_error *err)
{
    idx *x = s->data;
    void *p = NULL, *label = NULL, *part = NULL, *bytes = NULL;
    int64_t n = 0;
    size_t total = 0;
    for (int i = 0; i < count; i++) {
        if (__builtin_add_overflow(total, (size_t)images[i].bytes, &total))
            return mlp_fail(err, MLP_ENOMEM, "'%s' is larger than any memory", pairs[i].images);
        n += images[i].size[0];
    }
    mlp_status st = mlp_block_new(&p, total, err);
    if (st) return st;
    x->pixels = p;
    x->bytes = total;
    x->rows = (int)images[0].size[1];
    x->columns = (int)images[0].size[2];
    st = mlp_alloc(&label, (size_t)n, sizeof(int32_t), err);
    s->label = label;
    if (!st && count > 1) st = mlp_alloc(&part, (size_t)n, 1, err);
    s->part = part;
    if (!st) st = mlp_alloc(&bytes, (size_t)n, 1, err);
    uint8_t *pixel = x->pixels;
    for (int i = 0; !st && i < count; i++) {
        st = reader_finish(&images[i], pixel, err);
        if (!st) st = reader_finish(&labels[i], bytes, err);
        for (int64_t k = 0; !st && k < labels[i].bytes; k++) {
            s->label[s->count] = ((uint8_t *)bytes)[k];
            if (s->part) s->part[s->count] = (int8_t)pairs[i].part;
            s->count++;
        }
        pixel += images[i].bytes;
        if (!st && !(x->file[i].path = strdup(pairs[i].images))) st = mlp_fail(err, MLP_ENOMEM, "out of memory");
        x->file[i].end = s->count;
        x->files = i + 1;
    }
    free(bytes);
    return st;
}

/* Classes are 0 to the largest label; names has one line for each, or is NULL. */
static mlp_status name_classes(mlp_source *s, const char *names, mlp_error *err)
{
    int classes = 0;
    for (int64_t i = 0; i < s->count; i++)
        if (s->label[i] >= classes) classes = s->label[i] + 1;
    if (classes < 2)
        return mlp_fail(err, MLP_EFORMAT, "'%s' has a single class: every label is 0; nothing to tell apart", s->root);
    void *list = NULL;
    mlp_status st = mlp_alloc(&list, LABEL_VALUES, sizeof(char *), err);
    s->class_name = list;
    while (!st && names && *names && s->classes < LABEL_VALUES) {
        size_t n = strcspn(names, "\n"), text = n && names[n - 1] == '\r' ? n - 1 : n;
        if (text && !(s->class_name[s->classes++] = strndup(names, text)))
            st = mlp_fail(err, MLP_ENOMEM, "out of memory");
        names += n + (names[n] == '\n');
    }
    if (!st && s->classes && s->classes < classes)
        st = mlp_fail(err, MLP_EFORMAT, "'%s': classes.txt names %d classes, but labels go up to %d", s->root,
                      s->classes, classes - 1);
    for (bool named = s->classes > 0; !st && !named && s->classes < classes;) {
        char number[16];
        snprintf(number, sizeof number, "%d", s->classes);
        if (!(s->class_name[s->classes++] = strdup(number))) st = mlp_fail(err, MLP_ENOMEM, "out of memory");
    }
    return st;
}

mlp_status mlp_idx_open_named(mlp_dataset **out, const char *root, const mlp_idx_pair *pairs, int count,
                              const char *names, const mlp_data_options *options, mlp_error *err)
{
    if (count < 1 || count > MLP_PARTS)
        return mlp_fail(err, MLP_EINVAL, "IDX: got %d pairs of files, expected 1 to %d", count, MLP_PARTS);
    mlp_data_options o = *options;
    if (o.decode.channels == 0) o.decode.channels = 1;
    reader images[MLP_PARTS] = { { 0 } }, labels[MLP_PARTS] = { { 0 } };
    void *x = NULL;
    mlp_source *s = NULL;
    mlp_status st = begin_pairs(images, labels, pairs, count, err);
    if (!st) st = mlp_alloc(&x, 1, sizeof(idx), err);
    if (!st) st = mlp_source_new(&s, &idx_kind, x, root, &o, err);
    if (!st) st = read_pairs(s, images, labels, pairs, count, err);
    if (!st) st = name_classes(s, names, err);
    for (int i = 0; i < count; i++) {
        reader_close(&images[i]);
        reader_close(&labels[i]);
    }
    if (st) {
        mlp_source_release(s);
        return st;
    }
    return mlp_source_ready(out, s, err);
}

mlp_status mlp_idx_open(mlp_dataset **out, const mlp_idx_pair *pairs, int count, const mlp_data_options *options,
                        mlp_error *err)
{
    return mlp_idx_open_named(out, count > 0 ? pairs[0].images : "", pairs, count, NULL, options, err);
}
