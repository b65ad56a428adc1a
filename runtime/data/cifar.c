/* cifar.c - the binary files of CIFAR-10 and CIFAR-100: records without a header, each one or two label bytes and then
 * 32x32 pixels, all the red ones first, then green, then blue. */
#include "data/scan_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SIDE = 32, PLANE = SIDE * SIDE, PIXELS = 3 * PLANE, MAX_FILES = 32, FILE_LIMIT = 1 << 30, COARSE = 20 };

typedef struct cifar {
    uint8_t *pixels; /* count x 3 x 32 x 32 */
    size_t bytes;
    int files;
    struct {
        char *path;
        int64_t end; /* number of the sample after its last one */
    } file[MAX_FILES];
} cifar;

static void cifar_free(void *data)
{
    cifar *x = data;
    if (!x) return;
    mlp_block_free(x->pixels, x->bytes);
    for (int i = 0; i < x->files; i++) free(x->file[i].path);
    free(x);
}

static mlp_status cifar_path(char **out, const mlp_source *s, int64_t sample, mlp_error *err)
{
    const cifar *x = s->data;
    int f = 0;
    while (sample >= x->file[f].end) f++;
    size_t room = strlen(x->file[f].path) + 32;
    char *path = malloc(room);
    if (!path) return mlp_fail(err, MLP_ENOMEM, "out of memory: cannot name a picture");
    snprintf(path, room, "%s[%lld]", x->file[f].path, (long long)(sample - (f ? x->file[f - 1].end : 0) + 1));
    *out = path;
    return MLP_OK;
}

static mlp_status cifar_image(mlp_image **out, const mlp_source *s, int64_t sample, mlp_error *err)
{
    const cifar *x = s->data;
    mlp_image *image = NULL;
    mlp_status st = mlp_image_new(&image, SIDE, SIDE, 3, err);
    if (st) return st;
    const uint8_t *from = x->pixels + (size_t)sample * PIXELS;
    for (int i = 0; i < PLANE; i++)
        for (int c = 0; c < 3; c++) image->pixels[3 * i + c] = from[c * PLANE + i];
    st = mlp_image_convert(out, image, s->options.decode.channels, err);
    mlp_image_release(image);
    return st;
}

static void cifar_digest(const mlp_source *s, int64_t sample, SHA2_CTX *sha)
{
    const cifar *x = s->data;
    SHA256Update(sha, x->pixels + (size_t)sample * PIXELS, PIXELS);
}

static mlp_status cifar_hash(uint64_t out[4], const mlp_source *s, int64_t sample, int stage, mlp_error *err)
{
    const cifar *x = s->data;
    (void)err;
    mlp_hash_memory(out, x->pixels + (size_t)sample * PIXELS, PIXELS, stage);
    return MLP_OK;
}

#define CIFAR_KIND                                                                                                     \
    .in_memory = true, .image = cifar_image, .path = cifar_path, .digest = cifar_digest, .hash = cifar_hash,           \
    .free = cifar_free

static const mlp_source_kind cifar_kind[] = { { CIFAR_KIND, .name = "CIFAR10" }, { CIFAR_KIND, .name = "CIFAR100" } };

/* ---- which files ---- */

/* *problem: why that cannot be told. */
static int64_t file_size(const char *path, int *problem)
{
    struct stat info;
    return mlp_is_there(path, &info, problem) && S_ISREG(info.st_mode) ? (int64_t)info.st_size : -1;
}

static bool in_folder(char path[4096], const char *folder, const char *name, int *problem)
{
    int n = snprintf(path, 4096, "%s/%s", folder, name);
    return n > 0 && n < 4096 && file_size(path, problem) >= 0;
}

static mlp_cifar folder_kind(const char *folder, int *problem)
{
    char path[4096];
    if (in_folder(path, folder, "data_batch_1.bin", problem) || in_folder(path, folder, "test_batch.bin", problem))
        return MLP_CIFAR10;
    for (int i = 0; i < 2; i++)
        if (in_folder(path, folder, i ? "test.bin" : "train.bin", problem) &&
            file_size(path, problem) % (PIXELS + 2) == 0)
            return MLP_CIFAR100;
    return MLP_NO_CIFAR;
}

/* The folder with the files: path, or what the archives unpack to below it. */
static mlp_cifar locate(char folder[4096], const char *path, int *problem)
{
    static const char *const inner[] = { "", "/cifar-10-batches-bin", "/cifar-100-binary" };
    for (int i = 0; i < 3; i++) {
        int n = snprintf(folder, 4096, "%s%s", path, inner[i]);
        mlp_cifar kind = n > 0 && n < 4096 ? folder_kind(folder, problem) : MLP_NO_CIFAR;
        if (kind != MLP_NO_CIFAR) return kind;
    }
    return MLP_NO_CIFAR;
}

static mlp_cifar file_kind(const char *path, int64_t size)
{
    size_t n = strlen(path);
    if (size == 0 || n < 4 || strcmp(path + n - 4, ".bin") != 0) return MLP_NO_CIFAR;
    return size % (PIXELS + 1) == 0 ? MLP_CIFAR10 : size % (PIXELS + 2) == 0 ? MLP_CIFAR100 : MLP_NO_CIFAR;
}

mlp_status mlp_cifar_recognise(mlp_cifar *kind, const char *path, mlp_error *err)
{
    char folder[4096];
    int problem = 0;
    int64_t size = file_size(path, &problem);
    *kind = size < 0 ? locate(folder, path, &problem) : file_kind(path, size);
    return mlp_unread(path, problem, err);
}

typedef struct file_list {
    char path[MAX_FILES][4096];
    int8_t part[MAX_FILES];
    int count;
} file_list;

static void list_files(file_list *files, const char *folder, mlp_cifar kind, mlp_part which, int *problem)
{
    char name[32];
    for (int i = 1; which != MLP_TEST && i < MAX_FILES; i++) {
        if (kind == MLP_CIFAR10) snprintf(name, sizeof name, "data_batch_%d.bin", i);
        else snprintf(name, sizeof name, i == 1 ? "train.bin" : "");
        if (!*name || !in_folder(files->path[files->count], folder, name, problem)) break;
        files->part[files->count++] = MLP_TRAIN;
    }
    const char *test = kind == MLP_CIFAR10 ? "test_batch.bin" : "test.bin";
    if (which != MLP_TRAIN && files->count < MAX_FILES && in_folder(files->path[files->count], folder, test, problem))
        files->part[files->count++] = MLP_TEST;
}

/* ---- reading ---- */

static mlp_status read_file(mlp_source *s, const char *path, int part, mlp_cifar kind, bool coarse, mlp_error *err)
{
    cifar *x = s->data;
    uint8_t *bytes = NULL;
    size_t length = 0, head = kind == MLP_CIFAR10 ? 1 : 2, record = head + PIXELS;
    int most = kind == MLP_CIFAR10 ? 10 : coarse ? COARSE : 100;
    mlp_status st = mlp_file_read(&bytes, &length, path, FILE_LIMIT, err);
    if (st) return st;
    for (size_t at = 0; !st && at + record <= length && (size_t)s->count * PIXELS < x->bytes; at += record) {
        int label = bytes[at + (kind == MLP_CIFAR100 && !coarse ? 1 : 0)];
        if (label >= most)
            st = mlp_fail(err, MLP_EFORMAT, "'%s': the label of picture %zu is %d, expected 0 to %d: not a %s file",
                          path, at / record + 1, label, most - 1, s->kind->name);
        memcpy(x->pixels + (size_t)s->count * PIXELS, bytes + at + head, PIXELS);
        s->label[s->count] = label;
        if (s->part) s->part[s->count] = (int8_t)part;
        s->count++;
    }
    free(bytes);
    return st;
}

static mlp_status read_all(mlp_source *s, const file_list *files, mlp_cifar kind, bool coarse, mlp_error *err)
{
    cifar *x = s->data;
    int64_t record = PIXELS + (kind == MLP_CIFAR10 ? 1 : 2), n = 0;
    void *pixels = NULL, *label = NULL, *part = NULL;
    for (int i = 0; i < files->count; i++) {
        int problem = 0;
        int64_t size = file_size(files->path[i], &problem);
        if (problem) return mlp_unread(files->path[i], problem, err);
        if (size <= 0 || size % record)
            return mlp_fail(err, MLP_EFORMAT, "'%s' has %lld bytes, expected a multiple of %lld, the size of a record",
                            files->path[i], (long long)size, (long long)record);
        n += size / record;
    }
    mlp_status st = mlp_block_new(&pixels, (size_t)n * PIXELS, err);
    if (st) return st;
    x->pixels = pixels;
    x->bytes = (size_t)n * PIXELS;
    st = mlp_alloc(&label, (size_t)n, sizeof(int32_t), err);
    s->label = label;
    bool parts = files->part[0] != MLP_NO_PART && files->part[0] != files->part[files->count - 1];
    if (!st && parts) st = mlp_alloc(&part, (size_t)n, 1, err);
    s->part = part;
    for (int i = 0; !st && i < files->count; i++) {
        if (!(x->file[i].path = strdup(files->path[i]))) return mlp_fail(err, MLP_ENOMEM, "out of memory");
        x->files = i + 1;
        st = read_file(s, files->path[i], files->part[i], kind, coarse, err);
        x->file[i].end = s->count;
    }
    if (!st && s->count == 0) st = mlp_fail(err, MLP_EFORMAT, "'%s' has no pictures", s->root);
    return st;
}

/* Names from the file beside the data, where it has one for each class, else numbers. */
static mlp_status name_classes(mlp_source *s, const char *folder, const char *file, int classes, mlp_error *err)
{
    char path[4096];
    uint8_t *text = NULL;
    size_t length = 0;
    void *list = NULL;
    mlp_status st = mlp_alloc(&list, (size_t)classes, sizeof(char *), err);
    if (st) return st;
    s->class_name = list;
    int problem = 0;
    if (in_folder(path, folder, file, &problem)) st = mlp_file_read(&text, &length, path, 1 << 16, err);
    if (st == MLP_EIO || st == MLP_EFORMAT) st = MLP_OK; /* nothing that names could be in */
    if (!st) st = mlp_unread(path, problem, err);
    for (const char *at = (const char *)text; !st && at && *at && s->classes < classes;) {
        size_t n = strcspn(at, "\r\n");
        if (n && !(s->class_name[s->classes++] = strndup(at, n))) st = mlp_fail(err, MLP_ENOMEM, "out of memory");
        at += n + strspn(at + n, "\r\n");
    }
    free(text);
    while (!st && s->classes < classes) {
        char number[16];
        snprintf(number, sizeof number, "%d", s->classes);
        if (!(s->class_name[s->classes++] = strdup(number))) st = mlp_fail(err, MLP_ENOMEM, "out of memory");
    }
    return st;
}

mlp_status mlp_cifar_open(mlp_dataset **out, const char *path, mlp_cifar kind, bool coarse, mlp_part which,
                          const mlp_data_options *options, mlp_error *err)
{
    char folder[4096];
    void *p = NULL, *x = NULL;
    mlp_source *s = NULL;
    mlp_data_options o = *options;
    if (o.decode.channels == 0) o.decode.channels = 3;
    mlp_status st = mlp_alloc(&p, 1, sizeof(file_list), err);
    if (st) return st;
    file_list *files = p;
    int problem = 0;
    if (file_size(path, &problem) >= 0) {
        const char *slash = strrchr(path, '/');
        snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
        snprintf(files->path[0], sizeof files->path[0], "%s", path);
        files->part[files->count++] = MLP_NO_PART;
    } else if (locate(folder, path, &problem) == kind) {
        list_files(files, folder, kind, which, &problem);
    }
    st = mlp_unread(path, problem, err);
    if (!st && files->count == 0)
        st = mlp_fail(err, MLP_EFORMAT, "'%s' has no files of %s%s; expected %s", path, cifar_kind[kind - 1].name,
                      which == MLP_NO_PART ? ""
                      : which == MLP_TEST  ? ", test part"
                                           : ", train part",
                      kind == MLP_CIFAR10 ? "data_batch_1.bin and so on, test_batch.bin" : "train.bin, test.bin");
    if (!st) st = mlp_alloc(&x, 1, sizeof(cifar), err);
    if (!st) st = mlp_source_new(&s, &cifar_kind[kind - 1], x, path, &o, err);
    if (!st) st = read_all(s, files, kind, coarse, err);
    if (!st)
        st = name_classes(s, folder,
                          kind == MLP_CIFAR10 ? "batches.meta.txt"
                          : coarse            ? "coarse_label_names.txt"
                                              : "fine_label_names.txt",
                          kind == MLP_CIFAR10 ? 10
                          : coarse            ? COARSE
                                              : 100,
                          err);
    free(files);
    if (st) {
        mlp_source_release(s);
        return st;
    }
    return mlp_source_ready(out, s, err);
}
