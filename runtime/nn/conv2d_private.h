/* conv2d_private.h - what the ways to compute a convolution share. Private to nn/conv2d*.c.
 *
 * Each way has three passes; conv2d.c has checked the sizes and chosen one. Arrays are contiguous; results are written
 * whole. */
#ifndef MLP_CONV2D_PRIVATE_H
#define MLP_CONV2D_PRIVATE_H

#include "nn/window_private.h"

/* c_in, c_out and k are those of one group. */
typedef struct mlp_conv {
    int64_t n, groups, c_in, c_out;
    int64_t size[2], out[2]; /* of the picture and of the result: height, width */
    mlp_window window;
    int64_t taps; /* numbers of a window */
    int64_t k;    /* c_in times that: numbers that a place of the output is made of */
    bool relu;    /* y is max(0, what the convolution gives) */
} mlp_conv;

/* What a pass does not use, or make, is NULL. Elements are f64 for columns and f32 for the others. */
typedef struct mlp_conv_arrays {
    const void *x, *w, *bias, *dy;
    void *y, *dx, *dw, *db;
} mlp_conv_arrays;

typedef mlp_status mlp_conv_pass(const mlp_conv *c, const mlp_conv_arrays *a, mlp_error *err);

typedef struct mlp_conv_way {
    mlp_conv_pass *forward; /* y, from x, w, and bias when there is one */
    mlp_conv_pass *input;   /* dx, from dy and w */
    mlp_conv_pass *weight;  /* dw, and db when it is wanted, from x and dy */
    /* All gradients in one reading of dy, the bits of `input` and `weight`; with relu dy is that of y, which is given,
     * where those take it from before it. NULL: there is none. `at_once` says whether it is worth while. */
    mlp_conv_pass *gradients;
    bool (*at_once)(const mlp_conv *c);
} mlp_conv_way;

extern const mlp_conv_way mlp_conv_columns;   /* f64: the definition */
extern const mlp_conv_way mlp_conv_direct;    /* f32 */
extern const mlp_conv_way mlp_conv_winograd;  /* f32, where mlp_conv_winograd_fits */
extern const mlp_conv_way mlp_conv_depthwise; /* f32, where mlp_conv_depthwise_fits */
extern const mlp_conv_way mlp_conv_pointwise; /* f32, where mlp_conv_pointwise_fits */

bool mlp_conv_winograd_fits(const mlp_conv *c);
bool mlp_conv_depthwise_fits(const mlp_conv *c);
bool mlp_conv_pointwise_fits(const mlp_conv *c);

static inline int64_t mlp_ceil_div(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

static inline int64_t mlp_least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t mlp_most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Multiplications that are worth a thread's while. */
enum { MLP_CONV_WORK = 1 << 21 };

/* Calls fn for ranges of n units of so many multiplications each. */
static inline mlp_status mlp_conv_run(int64_t n, double work, mlp_range_fn fn, void *context, mlp_error *err)
{
    int64_t grain = work > 0 && work < MLP_CONV_WORK ? (int64_t)(MLP_CONV_WORK / work) : 1;
    return mlp_parallel_for(n, grain, fn, context, err);
}

/* The gradients of a weight and a bias in parts, whose number follows from the sizes alone. */
enum { MLP_CONV_MOST_PARTS = 8 };

typedef struct mlp_conv_sums {
    mlp_dtype dtype;
    int64_t parts, numbers, channels;
    void *dw;   /* parts x numbers */
    double *db; /* parts x channels; NULL when it is not wanted */
} mlp_conv_sums;

/* For at most `units` parts. */
mlp_status mlp_conv_sums_new(mlp_conv_sums *s, const mlp_conv *c, mlp_dtype dtype, int64_t units, bool bias,
                             mlp_error *err);
void mlp_conv_sums_free(mlp_conv_sums *s);

/* A part's numbers, set to zero; db's are NULL when it is not wanted. */
void *mlp_conv_sums_part(const mlp_conv_sums *s, int64_t part);
double *mlp_conv_sums_bias(const mlp_conv_sums *s, int64_t part);

/* dw and db: the parts added in their order. */
mlp_status mlp_conv_sums_add(const mlp_conv_sums *s, void *dw, void *db, mlp_error *err);

/* Where a part begins among the units. */
static inline int64_t mlp_conv_part_begin(int64_t units, int64_t parts, int64_t part)
{
    return units / parts * part + units % parts * part / parts;
}

/* The sum of n numbers, in lanes side by side, which are added in their order. */
float mlp_conv_sum(const float *v, int64_t n);

/* ---- recorded: what fits together already, from tensors; each is made of the two others' derivatives ---- */

mlp_status mlp_conv_forward(mlp_tensor **out, const mlp_conv *c, mlp_tensor *x, mlp_tensor *w, mlp_tensor *bias,
                            mlp_error *err);
mlp_status mlp_conv_input(mlp_tensor **out, const mlp_conv *c, mlp_tensor *dy, mlp_tensor *w, mlp_error *err);
mlp_status mlp_conv_weight(mlp_tensor **out, const mlp_conv *c, mlp_tensor *x, mlp_tensor *dy, mlp_error *err);

#endif
