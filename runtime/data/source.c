/* source.c - what stands behind the views of one data set: its life, and its list of bad files. */
#include "data/source_private.h"

#include <stdlib.h>
#include <string.h>

mlp_data_options mlp_data_defaults(void)
{
    mlp_data_options o = { .decode = mlp_decode_defaults(), .on_bad = MLP_SKIP_BAD };
    o.decode.channels = 0;
    return o;
}

const char *mlp_part_name(mlp_part part)
{
    static const char *const names[MLP_PARTS] = { "train", "val", "test" };
    return part >= 0 && part < MLP_PARTS ? names[part] : "all";
}

/* ---- life ---- */

mlp_status mlp_source_new(mlp_source **out, const mlp_source_kind *kind, void *data, const char *root,
                          const mlp_data_options *options, mlp_error *err)
{
    void *p = NULL;
    mlp_status st = mlp_alloc(&p, 1, sizeof(mlp_source), err);
    mlp_source *s = p;
    if (!st && !(s->root = strdup(root))) st = mlp_fail(err, MLP_ENOMEM, "out of memory: cannot open '%s'", root);
    if (st) {
        free(s);
        kind->free(data);
        return st;
    }
    atomic_init(&s->refs, 1);
    s->kind = kind;
    s->data = data;
    s->options = *options;
    pthread_mutex_init(&s->lock, NULL);
    *out = s;
    return MLP_OK;
}

mlp_source *mlp_source_retain(mlp_source *s)
{
    atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
    return s;
}

void mlp_source_release(mlp_source *s)
{
    if (!s || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1) return;
    mlp_cache_free_all(s);
    s->kind->free(s->data);
    for (int i = 0; i < s->classes; i++) free(s->class_name[i]);
    mlp_bad_files_free(s->bad, s->bad_count);
    pthread_mutex_destroy(&s->lock);
    free(s->class_name);
    free((void *)s->is_bad);
    free(s->label);
    free(s->part);
    mlp_columns_free(s->columns);
    mlp_targets_free(s->targets);
    free(s->root);
    free(s->real_root);
    free(s);
}

/* ---- the list of bad files ---- */

static char *copy_text(const char *text)
{
    return strdup(text ? text : "");
}

void mlp_source_add_bad(mlp_source *s, int64_t sample, const char *path, const char *reason)
{
    if (sample >= 0 && atomic_exchange(&s->is_bad[sample], 1)) return;
    pthread_mutex_lock(&s->lock);
    if (s->bad_count == s->bad_room) {
        size_t room = s->bad_room ? 2 * s->bad_room : 8;
        mlp_bad_file *more = realloc(s->bad, room * sizeof *more);
        if (more) s->bad = more, s->bad_room = room;
    }
    if (s->bad_count < s->bad_room) {
        mlp_bad_file b = { sample, copy_text(path), copy_text(reason) };
        if (b.path && b.reason) {
            s->bad[s->bad_count++] = b;
        } else {
            free(b.path);
            free(b.reason);
        }
    }
    pthread_mutex_unlock(&s->lock);
}

const char *mlp_reason_in(const char *text, const char *path)
{
    const char *at = strstr(text, path);
    if (!at) return text;
    at += strlen(path);
    if (*at == '\'') at++;
    return at[0] == ':' && at[1] == ' ' ? at + 2 : text;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const mlp_bad_file *)a)->path, ((const mlp_bad_file *)b)->path);
}

mlp_status mlp_dataset_bad_files(mlp_bad_file **out, size_t *count, const mlp_dataset *d, mlp_error *err)
{
    mlp_source *s = d->source;
    void *p = NULL;
    pthread_mutex_lock(&s->lock);
    mlp_status st = mlp_alloc(&p, s->bad_count, sizeof(mlp_bad_file), err);
    mlp_bad_file *copy = p;
    size_t n = 0;
    for (; !st && n < s->bad_count; n++) {
        copy[n] = (mlp_bad_file){ s->bad[n].sample, copy_text(s->bad[n].path), copy_text(s->bad[n].reason) };
        if (!copy[n].path || !copy[n].reason)
            st = mlp_fail(err, MLP_ENOMEM, "out of memory: cannot list the bad files");
    }
    pthread_mutex_unlock(&s->lock);
    if (st) {
        mlp_bad_files_free(copy, n);
        return st;
    }
    if (n > 1) qsort(copy, n, sizeof *copy, by_path);
    *out = copy;
    *count = n;
    return MLP_OK;
}

void mlp_bad_files_free(mlp_bad_file *files, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(files[i].path);
        free(files[i].reason);
    }
    free(files);
}
