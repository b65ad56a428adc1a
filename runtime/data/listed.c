/* listed.c - pictures named by a list, as a CSV file has it. */
#include "data/files_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Copies the list into the source, and asks for the sizes of the files. Files that are not there are bad ones. */
static mlp_status copy_list(mlp_source *s, const mlp_listed *list, int64_t n, int64_t *missing, mlp_error *err)
{
    mlp_files *f = s->data;
    void *text = NULL, *path = NULL, *size = NULL, *label = NULL, *part = NULL;
    size_t bytes = 0, used = 0;
    bool parts = true;
    for (int64_t i = 0; i < n; i++) {
        bytes += strlen(list[i].path) + 1;
        parts = parts && list[i].part != MLP_NO_PART;
    }
    mlp_status st = mlp_alloc(&text, bytes, 1, err);
    f->text = text;
    if (!st) st = mlp_alloc(&path, (size_t)n, sizeof(size_t), err);
    f->path = path;
    if (!st) st = mlp_alloc(&size, (size_t)n, sizeof(int64_t), err);
    f->size = size;
    if (!st) st = mlp_alloc(&label, (size_t)n, sizeof(int32_t), err);
    s->label = label;
    if (!st && parts) st = mlp_alloc(&part, (size_t)n, 1, err);
    s->part = part;
    for (int64_t i = 0; !st && i < n; i++) {
        size_t length = strlen(list[i].path) + 1;
        memcpy(f->text + used, list[i].path, length);
        f->path[i] = used;
        used += length;
        s->label[i] = list[i].label;
        if (parts) s->part[i] = (int8_t)list[i].part;
        s->count++;
        char *full = NULL;
        struct stat info;
        if ((st = s->kind->path(&full, s, i, err))) break;
        int problem = stat(full, &info) ? errno : 0;
        bool there = problem == 0 && S_ISREG(info.st_mode);
        f->size[i] = there ? (int64_t)info.st_size : -1;
        *missing += !there;
        if (problem && mlp_status_of(problem) != MLP_EIO)
            st = mlp_fail(err, mlp_status_of(problem), "cannot look at '%s': %s", full, strerror(problem));
        free(full);
    }
    return st;
}

mlp_status mlp_listed_open(mlp_dataset **out, const char *root, const mlp_listed *list, int64_t n,
                           const char *const *names, int classes, const mlp_data_options *options, mlp_error *err)
{
    if (n < 1 || classes < 2)
        return mlp_fail(err, MLP_EINVAL,
                        "'%s': the list has %lld picture%s in %d class%s, expected two classes or more", root,
                        (long long)n, n == 1 ? "" : "s", classes, classes == 1 ? "" : "es");
    mlp_data_options o = *options;
    if (o.decode.channels == 0) o.decode.channels = 3;
    void *f = NULL, *list_of_names = NULL;
    mlp_source *s = NULL;
    int64_t missing = 0;
    mlp_status st = mlp_alloc(&f, 1, sizeof(mlp_files), err);
    if (!st) st = mlp_source_new(&s, &mlp_listed_kind, f, root, &o, err);
    if (st) return st;
    st = copy_list(s, list, n, &missing, err);
    if (!st) st = mlp_alloc(&list_of_names, (size_t)classes, sizeof(char *), err);
    s->class_name = list_of_names;
    for (int i = 0; !st && i < classes; i++)
        if (!(s->class_name[s->classes++] = strdup(names[i])))
            st = mlp_fail(err, MLP_ENOMEM, "out of memory: cannot name the classes");
    if (!st && missing == n) {
        char *path = NULL;
        st = s->kind->path(&path, s, 0, err);
        if (!st)
            st = mlp_fail(
                err, MLP_EIO,
                "not one of the %lld pictures in the list is there; the first would be '%s': paths are relative "
                "to the folder of the CSV file unless root = says otherwise",
                (long long)n, path);
        free(path);
    }
    if (st) {
        mlp_source_release(s);
        return st;
    }
    return mlp_source_ready(out, s, err);
}
