/* dataset.c - what was opened, or some of it: life, and looking. view.c makes views of views. */
#include "data/source_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- life ---- */

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

const mlp_passed_over *mlp_dataset_passed_over(const mlp_dataset *d)
{
    return &d->source->passed_over;
}

int64_t mlp_dataset_sample(const mlp_dataset *d, int64_t i)
{
    return d->sample ? d->sample[i] : i;
}

const char *mlp_dataset_column_text(const mlp_dataset *d, int number, int64_t i)
{
    return mlp_source_column_text(d->source, number, mlp_dataset_sample(d, i));
}

int32_t mlp_dataset_label(const mlp_dataset *d, int64_t i)
{
    int32_t label = mlp_dataset_source_label(d, i);
    return d->choice ? d->choice->renumber[label] : label;
}

mlp_status mlp_dataset_labels(mlp_tensor **out, const mlp_dataset *d, mlp_error *err)
{
    mlp_status st = mlp_tensor_new(out, MLP_I64, 1, &d->count, err);
    if (st) return st;
    int64_t *label = mlp_tensor_data(*out);
    for (int64_t i = 0; i < d->count; i++) label[i] = mlp_dataset_label(d, i);
    return d->source->targets ? mlp_targets_replace(out, d->source, err) : MLP_OK;
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
    for (int k = 0; k < mlp_dataset_targets(d); k++) digest_text(&sha, mlp_dataset_target(d, k));
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
