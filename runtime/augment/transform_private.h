/* transform_private.h - the inside of a transform, for the files of this folder that implement one.
 *
 * A new transform is a file with a list of parameters, an apply function and one `const mlp_transform_type`, and one
 * line in types.c. Random numbers come from the given rng alone; pixels are written only through mlp_sample_writable
 * or a new image. */
#ifndef MLP_TRANSFORM_PRIVATE_H
#define MLP_TRANSFORM_PRIVATE_H

#include "augment/augment.h"

struct mlp_transform {
    int refs; /* atomic */
    const mlp_transform_type *type;
    double p;
    mlp_value *values;        /* one for each parameter of the type, complete */
    void *state;              /* made by setup, released with free() */
    bool floats;              /* setup says so: samples are normalized afterwards */
    bool to_tensor;           /* setup says so: the layout is MLP_CHW afterwards */
    bool calls_back;          /* a Lambda, or a container of one */
    mlp_transform **children; /* of a Compose or a OneOf, owned references */
    int child_count;
    int depth, total; /* of a container: levels below it, transforms in it on all levels (each as often as it occurs) */
};

extern const mlp_transform_type mlp_compose_type, mlp_one_of_type, mlp_lambda_type;

const char *mlp_lambda_label(const mlp_transform *t);

/* An empty node: one reference, no values. */
mlp_status mlp_transform_alloc(mlp_transform **out, const mlp_transform_type *type, double p, mlp_error *err);

/* Refuses a conversion (to floats, to CHW) that would happen only sometimes. */
mlp_status mlp_transform_check_certain(const mlp_transform *t, mlp_error *err);

/* ---- parameters inside apply and setup ---- */

static inline const mlp_value *mlp_given(const mlp_transform *t, int param)
{
    return t->values[param].count ? &t->values[param] : NULL;
}
static inline double mlp_number(const mlp_transform *t, int param)
{
    return t->values[param].number[0];
}
static inline int mlp_choice(const mlp_transform *t, int param)
{
    return (int)t->values[param].number[0];
}

/* A draw from a range; from an MLP_PARAM_INT_RANGE with both ends. */
double mlp_draw_range(const mlp_transform *t, int param, mlp_rng *rng);
int mlp_draw_int(const mlp_transform *t, int param, mlp_rng *rng);
int mlp_draw_odd(const mlp_transform *t, int param, mlp_rng *rng); /* the ends are odd */

/* A colour parameter as three levels: one number stands for all channels. */
void mlp_colour(const mlp_transform *t, int param, uint8_t fill[3]);

/* What MLP_PARAM_WARP, MLP_PARAM_BORDER and MLP_PARAM_FILL say together. */
mlp_sampling mlp_read_sampling(const mlp_transform *t, int interpolation, int border, int fill);

/* ---- the sample ---- */

/* Its image, with pixels that may be written: copied first when others hold it too. NULL: err is filled. */
mlp_image *mlp_sample_writable(mlp_sample *sample, mlp_error *err);

/* Puts a new image (an owned reference) in place of the old one. */
void mlp_sample_put(mlp_sample *sample, mlp_image *image);

/* Each level of every channel becomes table[level]. */
mlp_status mlp_sample_lookup(mlp_sample *sample, const uint8_t table[256], mlp_error *err);

/* Index i of an axis of n pixels, brought inside; -1: the constant colour. */
int mlp_border_index(int64_t i, int n, mlp_border border);

/* A rectangle inside the picture, in one colour. */
void mlp_image_cover(mlp_image *image, int left, int top, int width, int height, const uint8_t fill[3]);

/* ---- shared parameter descriptions ---- */

extern const char *const mlp_interpolation_names[]; /* for Resize: all four */
extern const char *const mlp_warp_names[];          /* nearest, linear, cubic */
extern const char *const mlp_border_names[];

#define MLP_PARAM_FILL                                                                                                 \
    {                                                                                                                  \
        .name = "fill", .doc = "colour outside the picture", .kind = MLP_PARAM_COLOUR, .high = 255,                    \
        .fallback = MLP_VALUE(0)                                                                                       \
    }
#define MLP_PARAM_WARP                                                                                                 \
    {                                                                                                                  \
        .name = "interpolation", .doc = "how pixels between pixels are made", .kind = MLP_PARAM_CHOICE,                \
        .choices = mlp_warp_names, .fallback = MLP_VALUE(MLP_LINEAR)                                                   \
    }
#define MLP_PARAM_BORDER                                                                                               \
    {                                                                                                                  \
        .name = "border_mode", .doc = "what lies outside the picture", .kind = MLP_PARAM_CHOICE,                       \
        .choices = mlp_border_names, .fallback = MLP_VALUE(MLP_BORDER_CONSTANT)                                        \
    }
#endif
