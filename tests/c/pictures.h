/* pictures.h - what the tests of transforms share: making transforms, loading golden pictures, one draw. */
#ifndef PICTURES_H
#define PICTURES_H

#include "augment/augment.h"

#include "suite.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GOLDEN "tests/golden/pictures/"

/* ---- making things ---- */

static inline mlp_value V1(double a)
{
    return (mlp_value){ 1, { a } };
}

static inline mlp_value V2(double a, double b)
{
    return (mlp_value){ 2, { a, b } };
}

static inline mlp_value V4(double a, double b, double c, double d)
{
    return (mlp_value){ 4, { a, b, c, d } };
}

enum { MOST = 12 };
static const mlp_value nothing;

/* name with the given parameters, in the order of the type's list */
static inline mlp_transform *make(const char *name, double p, int count, const mlp_value *given)
{
    const mlp_transform_type *type = mlp_transform_type_find(name);
    ck_assert_ptr_nonnull(type);
    ck_assert_int_le(type->about.param_count, MOST);
    mlp_value values[MOST] = { { 0 } };
    for (int i = 0; i < count; i++) values[i] = given[i];
    mlp_transform *t = NULL;
    mlp_error err;
    ck_assert_msg(mlp_transform_new(&t, type, values, p, &err) == MLP_OK, "%s", err.text);
    return t;
}

static inline mlp_transform *plain(const char *name, double p)
{
    return make(name, p, 0, NULL);
}

/* A Compose (or OneOf) that owns the transforms of a list ending with NULL. */
static inline mlp_transform *join(bool compose, double p, mlp_transform **list)
{
    int count = 0;
    mlp_transform *t = NULL;
    mlp_error err;
    while (list[count]) count++;
    mlp_status st = compose ? mlp_compose_new(&t, list, count, p, &err) : mlp_one_of_new(&t, list, count, p, &err);
    for (int i = 0; i < count; i++) mlp_transform_release(list[i]);
    ck_assert_msg(st == MLP_OK, "%s", err.text);
    return t;
}
#define COMPOSE(...) join(true, 1, (mlp_transform *[]){ __VA_ARGS__, NULL })
#define ONE_OF(p, ...) join(false, p, (mlp_transform *[]){ __VA_ARGS__, NULL })

static inline mlp_image *load(const char *name)
{
    char path[256];
    mlp_error err;
    mlp_image *image = NULL;
    mlp_decode_options options = mlp_decode_defaults();
    uint8_t *bytes = NULL;
    size_t length;
    snprintf(path, sizeof path, GOLDEN "cases/%s", name);
    ck_assert_msg(mlp_file_read(&bytes, &length, path, 1 << 20, &err) == MLP_OK, "%s", err.text);
    options.channels = bytes[25] == 0 ? 1 : 3; /* the colour type in a PNG's header */
    ck_assert_msg(mlp_image_decode(&image, bytes, length, path, &options, &err) == MLP_OK, "%s", err.text);
    free(bytes);
    return image;
}

/* The result of one draw; the caller releases it. */
static inline mlp_image *apply(const mlp_transform *t, mlp_image *image, uint64_t index)
{
    mlp_sample sample;
    mlp_error err;
    mlp_sample_begin(&sample, image);
    mlp_status st = mlp_transform_apply(t, &sample, (mlp_draw){ 7, 1, index }, 0, &err);
    ck_assert_msg(st == MLP_OK, "%s", err.text);
    mlp_image *out = mlp_image_retain(sample.image);
    mlp_sample_clear(&sample);
    return out;
}

static inline bool equal(const mlp_image *a, const mlp_image *b)
{
    return a->width == b->width && a->height == b->height && a->channels == b->channels &&
           memcmp(a->pixels, b->pixels, mlp_image_bytes(a)) == 0;
}

#endif
