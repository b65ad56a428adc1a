/* tensors.c - TensorDataset: samples are the rows of a tensor. */
#include "data/source_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct rows {
    mlp_tensor *t; /* contiguous */
    size_t bytes;  /* of a row */
} rows;

static void rows_free(void *data)
{
    rows *r = data;
    mlp_tensor_release(r->t);
    free(r);
}

static const uint8_t *row_of(const mlp_source *s, int64_t sample)
{
    const rows *r = s->data;
    return (const uint8_t *)mlp_tensor_data(r->t) + (size_t)sample * r->bytes;
}

static mlp_status rows_image(mlp_image **out, const mlp_source *s, int64_t sample, mlp_error *err)
{
    const rows *r = s->data;
    const mlp_tensor *t = r->t;
    if (t->dtype != MLP_U8 || t->ndim != 4 || (t->shape[1] != 1 && t->shape[1] != 3)) {
        char shape[MLP_SHAPE_TEXT];
        return mlp_fail(
            err, MLP_EDTYPE,
            "TensorDataset: transforms and statistics need pictures: u8 of n x 1 or 3 x height x width; these "
            "are %s of %s",
            mlp_dtype_name(t->dtype), mlp_shape_text(shape, t->ndim, t->shape));
    }
    mlp_image *image = NULL;
    int channels = (int)t->shape[1];
    if (t->shape[2] > MLP_IMAGE_MAX_SIDE || t->shape[3] > MLP_IMAGE_MAX_SIDE)
        return mlp_fail(err, MLP_EINVAL, "TensorDataset: pictures are larger than %d on a side", MLP_IMAGE_MAX_SIDE);
    mlp_status st = mlp_image_new(&image, (int)t->shape[3], (int)t->shape[2], channels, err);
    if (st) return st;
    const uint8_t *from = row_of(s, sample);
    size_t pixels = r->bytes / (size_t)channels;
    for (size_t i = 0; i < pixels; i++)
        for (size_t c = 0; c < (size_t)channels; c++) image->pixels[i * (size_t)channels + c] = from[c * pixels + i];
    *out = image;
    return MLP_OK;
}

static mlp_status rows_path(char **out, const mlp_source *s, int64_t sample, mlp_error *err)
{
    char text[64];
    (void)s;
    snprintf(text, sizeof text, "TensorDataset[%lld]", mlp_nth(sample));
    if (!(*out = strdup(text))) return mlp_fail(err, MLP_ENOMEM, "out of memory: cannot name a sample");
    return MLP_OK;
}

static void rows_digest(const mlp_source *s, int64_t sample, SHA2_CTX *sha)
{
    const rows *r = s->data;
    SHA256Update(sha, row_of(s, sample), r->bytes);
}

static mlp_status rows_hash(uint64_t out[4], const mlp_source *s, int64_t sample, int stage, mlp_error *err)
{
    const rows *r = s->data;
    (void)err;
    mlp_hash_memory(out, row_of(s, sample), r->bytes, stage);
    return MLP_OK;
}

static const mlp_tensor *rows_row(const mlp_source *s, int64_t sample, int64_t *at)
{
    const rows *r = s->data;
    *at = sample;
    return r->t;
}

static const mlp_source_kind rows_kind = {
    .name = "TensorDataset",
    .in_memory = true,
    .image = rows_image,
    .path = rows_path,
    .digest = rows_digest,
    .hash = rows_hash,
    .row = rows_row,
    .free = rows_free,
};

static mlp_status check(const mlp_tensor *images, const mlp_tensor *labels, int classes, mlp_error *err)
{
    if (images->ndim < 1 || mlp_tensor_numel(images) == 0)
        return mlp_fail(err, MLP_ESHAPE, "TensorDataset: the tensor of samples is %s, expected one sample or more",
                        images->ndim ? "empty" : "a scalar");
    if (labels->dtype != MLP_I64 || labels->ndim != 1 || labels->shape[0] != images->shape[0]) {
        char shape[MLP_SHAPE_TEXT];
        return mlp_fail(err, MLP_ESHAPE,
                        "TensorDataset: the labels are %s of %s, expected i64 of %lld, one for each sample",
                        mlp_dtype_name(labels->dtype), mlp_shape_text(shape, labels->ndim, labels->shape),
                        (long long)images->shape[0]);
    }
    const int64_t *label = mlp_tensor_data(labels);
    for (int64_t i = 0; i < labels->shape[0]; i++)
        if (label[i * labels->stride[0]] < 0 || label[i * labels->stride[0]] >= classes)
            return mlp_fail(err, MLP_EINDEX, "TensorDataset: the label of sample %lld is not one of the %d classes",
                            mlp_nth(i), classes);
    return MLP_OK;
}

/* Labels and names of classes. */
static mlp_status name_all(mlp_source *s, const mlp_tensor *labels, const char *const *names, int classes,
                           mlp_error *err)
{
    void *label = NULL, *list = NULL;
    mlp_status st = mlp_alloc(&label, (size_t)labels->shape[0], sizeof(int32_t), err);
    s->label = label;
    if (!st) st = mlp_alloc(&list, (size_t)classes, sizeof(char *), err);
    s->class_name = list;
    const int64_t *from = mlp_tensor_data(labels);
    for (; !st && s->count < labels->shape[0]; s->count++)
        s->label[s->count] = (int32_t)from[s->count * labels->stride[0]];
    for (int i = 0; !st && i < classes; i++)
        if (!(s->class_name[s->classes++] = strdup(names[i])))
            st = mlp_fail(err, MLP_ENOMEM, "out of memory: cannot name the classes");
    return st;
}

mlp_status mlp_tensor_dataset_new(mlp_dataset **out, mlp_tensor *images, const mlp_tensor *labels,
                                  const char *const *names, int classes, mlp_error *err)
{
    void *p = NULL;
    mlp_source *s = NULL;
    mlp_status st = check(images, labels, classes, err);
    if (!st) st = mlp_alloc(&p, 1, sizeof(rows), err);
    if (st) return st;
    rows *r = p;
    mlp_tensor *plain = NULL;
    st = mlp_tensor_alias(&plain, images, err); /* without its place on the tape */
    if (!st) st = mlp_tensor_contiguous(&r->t, plain, err);
    mlp_tensor_release(plain);
    if (st) {
        free(r);
        return st;
    }
    r->bytes = (size_t)(mlp_tensor_numel(images) / images->shape[0]) * mlp_dtype_size(images->dtype);
    mlp_data_options o = mlp_data_defaults();
    o.decode.channels = images->ndim == 4 && images->shape[1] == 3 ? 3 : 1;
    st = mlp_source_new(&s, &rows_kind, r, "TensorDataset", &o, err);
    if (st) return st;
    st = name_all(s, labels, names, classes, err);
    if (st) {
        mlp_source_release(s);
        return st;
    }
    return mlp_source_ready(out, s, err);
}
