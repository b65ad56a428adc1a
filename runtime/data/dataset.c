/* dataset.c - sources and their views: life, looking, subsets. */
#include "data/source.h"

#include <stdio.h>
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

/* ---- sources ---- */

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
    free(s->root);
    free(s);
}

mlp_status mlp_source_ready(mlp_dataset **out, mlp_source *s, mlp_error *err)
{
    void *flags = NULL;
    mlp_status st = mlp_alloc(&flags, (size_t)s->count, 1, err);
    if (!st) {
        s->is_bad = flags;
        st = mlp_dataset_view(out, s, NULL, NULL, NULL, s->count, err);
    }
    mlp_source_release(s);
    return st;
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

/* ---- views ---- */

mlp_status mlp_dataset_view(mlp_dataset **out, mlp_source *s, mlp_choice *choice, mlp_transform *transform,
                            int64_t *sample, int64_t count, mlp_error *err)
{
    void *p = NULL;
    mlp_status st = mlp_alloc(&p, 1, sizeof(mlp_dataset), err);
    if (st) {
        free(sample);
        return st;
    }
    mlp_dataset *d = p;
    atomic_init(&d->refs, 1);
    d->source = mlp_source_retain(s);
    d->choice = mlp_choice_retain(choice);
    d->transform = mlp_transform_retain(transform);
    d->sample = sample;
    d->count = count;
    *out = d;
    return MLP_OK;
}

mlp_dataset *mlp_dataset_retain(mlp_dataset *d)
{
    atomic_fetch_add_explicit(&d->refs, 1, memory_order_relaxed);
    return d;
}

void mlp_dataset_release(mlp_dataset *d)
{
    if (!d || atomic_fetch_sub_explicit(&d->refs, 1, memory_order_acq_rel) != 1) return;
    mlp_transform_release(d->transform);
    mlp_choice_release(d->choice);
    mlp_source_release(d->source);
    free(d->sample);
    free(d);
}

mlp_status mlp_dataset_with(mlp_dataset **out, mlp_dataset *d, mlp_transform *transform, mlp_error *err)
{
    void *sample = NULL;
    if (d->sample) {
        mlp_status st = mlp_alloc(&sample, (size_t)d->count, sizeof(int64_t), err);
        if (st) return st;
        memcpy(sample, d->sample, (size_t)d->count * sizeof(int64_t));
    }
    return mlp_dataset_view(out, d->source, d->choice, transform, sample, d->count, err);
}

mlp_status mlp_dataset_subset(mlp_dataset **out, mlp_dataset *d, const int64_t *index, int64_t n, mlp_error *err)
{
    if (n < 1) return mlp_fail(err, MLP_EINVAL, "subset: the list of indices is empty");
    for (int64_t i = 0; i < n; i++)
        if (index[i] < 0 || index[i] >= d->count)
            return mlp_fail(err, MLP_EINDEX, "subset: index %lld is outside of a dataset of %lld samples",
                            (long long)index[i], (long long)d->count);
    void *p = NULL;
    mlp_status st = mlp_alloc(&p, (size_t)n, sizeof(int64_t), err);
    if (st) return st;
    int64_t *sample = p;
    for (int64_t i = 0; i < n; i++) sample[i] = mlp_dataset_sample(d, index[i]);
    return mlp_dataset_view(out, d->source, d->choice, d->transform, sample, n, err);
}

bool mlp_dataset_has_part(const mlp_dataset *d, mlp_part part)
{
    if (!d->source->part) return false;
    for (int64_t i = 0; i < d->count; i++)
        if (d->source->part[mlp_dataset_sample(d, i)] == part) return true;
    return false;
}

mlp_status mlp_dataset_part(mlp_dataset **out, mlp_dataset *d, mlp_part part, mlp_error *err)
{
    void *p = NULL;
    mlp_status st = mlp_alloc(&p, (size_t)d->count, sizeof(int64_t), err);
    if (st) return st;
    int64_t *sample = p, n = 0;
    for (int64_t i = 0; d->source->part && i < d->count; i++) {
        int64_t at = mlp_dataset_sample(d, i);
        if (d->source->part[at] == part) sample[n++] = at;
    }
    if (n == 0) {
        free(sample);
        return mlp_fail(err, MLP_EINVAL, "'%s' has no part named %s", d->source->root, mlp_part_name(part));
    }
    return mlp_dataset_view(out, d->source, d->choice, d->transform, sample, n, err);
}

/* ---- looking ---- */

int64_t mlp_dataset_count(const mlp_dataset *d)
{
    return d->count;
}

int mlp_dataset_classes(const mlp_dataset *d)
{
    return d->choice ? d->choice->classes : d->source->classes;
}

const char *mlp_dataset_class(const mlp_dataset *d, int label)
{
    return d->source->class_name[d->choice ? d->choice->original[label] : label];
}

const char *mlp_dataset_root(const mlp_dataset *d)
{
    return d->source->root;
}

const char *mlp_dataset_kind(const mlp_dataset *d)
{
    return d->source->kind->name;
}

int mlp_dataset_channels(const mlp_dataset *d)
{
    return d->source->options.decode.channels;
}

mlp_transform *mlp_dataset_transform(const mlp_dataset *d)
{
    return d->transform;
}

const mlp_passed_over *mlp_dataset_passed_over(const mlp_dataset *d)
{
    return &d->source->passed_over;
}

int64_t mlp_dataset_sample(const mlp_dataset *d, int64_t i)
{
    return d->sample ? d->sample[i] : i;
}

int32_t mlp_dataset_label(const mlp_dataset *d, int64_t i)
{
    int32_t label = d->source->label[mlp_dataset_sample(d, i)];
    return d->choice ? d->choice->renumber[label] : label;
}

mlp_status mlp_dataset_labels(mlp_tensor **out, const mlp_dataset *d, mlp_error *err)
{
    mlp_status st = mlp_tensor_new(out, MLP_I64, 1, &d->count, err);
    for (int64_t i = 0; !st && i < d->count; i++) ((int64_t *)mlp_tensor_data(*out))[i] = mlp_dataset_label(d, i);
    return st;
}

mlp_status mlp_dataset_samples(mlp_tensor **out, const mlp_dataset *d, mlp_error *err)
{
    mlp_status st = mlp_tensor_new(out, MLP_I64, 1, &d->count, err);
    for (int64_t i = 0; !st && i < d->count; i++) ((int64_t *)mlp_tensor_data(*out))[i] = mlp_dataset_sample(d, i);
    return st;
}

mlp_status mlp_dataset_path(char **out, const mlp_dataset *d, int64_t i, mlp_error *err)
{
    return d->source->kind->path(out, d->source, mlp_dataset_sample(d, i), err);
}

mlp_status mlp_dataset_image(mlp_image **out, const mlp_dataset *d, int64_t i, mlp_error *err)
{
    return d->source->kind->image(out, d->source, mlp_dataset_sample(d, i), err);
}

mlp_status mlp_dataset_get(mlp_image **image, mlp_tensor **tensor, const mlp_dataset *d, int64_t i, uint64_t seed,
                           uint64_t epoch, mlp_error *err)
{
    mlp_image *begin = NULL;
    mlp_tensor *values = NULL;
    int64_t number = mlp_dataset_sample(d, i), at;
    const mlp_tensor *rows = d->transform ? NULL : mlp_source_row(d->source, number, &at);
    if (rows) {
        mlp_status st = mlp_tensor_new(&values, rows->dtype, rows->ndim - 1, rows->shape + 1, err);
        if (st) return st;
        size_t bytes = (size_t)mlp_tensor_numel(values) * mlp_dtype_size(rows->dtype);
        memcpy(mlp_tensor_data(values), (const uint8_t *)mlp_tensor_data(rows) + (size_t)at * bytes, bytes);
        *tensor = values;
        *image = NULL;
        return MLP_OK;
    }
    mlp_status st = mlp_source_prepared(&begin, d->source, number, d->transform, NULL, 0, err);
    if (st) return st;
    mlp_sample sample;
    mlp_sample_begin(&sample, begin);
    mlp_image_release(begin);
    mlp_draw draw = { seed, epoch, (uint64_t)number };
    st = mlp_transform_apply(d->transform, &sample, draw, mlp_transform_prefix(d->transform), err);
    bool floats = mlp_transform_gives_floats(d->transform);
    mlp_layout layout = mlp_transform_layout(d->transform);
    bool as_tensor = floats || layout == MLP_CHW;
    if (!st && as_tensor) {
        const mlp_image *x = sample.image;
        int64_t chw[] = { x->channels, x->height, x->width }, hwc[] = { x->height, x->width, x->channels };
        st = mlp_tensor_new(&values, floats ? MLP_F32 : MLP_U8, 3, layout == MLP_CHW ? chw : hwc, err);
        if (!st) st = mlp_sample_write(&sample, floats, layout, mlp_tensor_data(values), err);
    }
    if (st) {
        mlp_tensor_release(values);
    } else {
        *tensor = values;
        *image = as_tensor ? NULL : mlp_image_retain(sample.image);
    }
    mlp_sample_clear(&sample);
    return st;
}

void mlp_dataset_class_counts(const mlp_dataset *d, int64_t *counts)
{
    memset(counts, 0, (size_t)mlp_dataset_classes(d) * sizeof *counts);
    for (int64_t i = 0; i < d->count; i++) counts[mlp_dataset_label(d, i)]++;
}

/* A text with its length in front, so that no two lists of texts look the same. */
static void digest_text(SHA2_CTX *sha, const char *text)
{
    char length[24];
    size_t n = strlen(text);
    int k = snprintf(length, sizeof length, "%zu:", n);
    SHA256Update(sha, (const uint8_t *)length, (size_t)k);
    SHA256Update(sha, (const uint8_t *)text, n);
}

mlp_status mlp_dataset_fingerprint(char out[MLP_FINGERPRINT], const mlp_dataset *d, mlp_error *err)
{
    const mlp_source *s = d->source;
    const mlp_decode_options *o = &s->options.decode;
    SHA2_CTX sha;
    char line[128];
    SHA256Init(&sha);
    snprintf(line, sizeof line, "mlprun data 1 %s channels %d background %d %d %d samples %lld", s->kind->name,
             o->channels, o->background[0], o->background[1], o->background[2], (long long)d->count);
    digest_text(&sha, line);
    for (int i = 0; i < mlp_dataset_classes(d); i++) digest_text(&sha, mlp_dataset_class(d, i));
    for (int64_t i = 0; i < d->count; i++) {
        if (i % 4096 == 0 && mlp_interrupted()) return mlp_fail_interrupted(err);
        int64_t at = mlp_dataset_sample(d, i);
        int32_t class = mlp_dataset_label(d, i);
        uint8_t label[4] = { (uint8_t) class, (uint8_t)(class >> 8), (uint8_t)(class >> 16), (uint8_t)(class >> 24) };
        SHA256Update(&sha, label, sizeof label);
        s->kind->digest(s, at, &sha);
    }
    SHA256End(&sha, out);
    return MLP_OK;
}
