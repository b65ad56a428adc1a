/* resample.c - pictures of another size: each pixel of the result is a sum of a few of the input's rows, and of a few
 * of its columns. What they are and how they are weighed is listed once for each axis. The gradient goes the same way
 * back, so the two passes are each other's derivative. */
#include "base/simd.h"
#include "nn/layer.h"
#include "nn/pool.h"
#include "nn/window_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef enum mode { NEAREST, NEAREST_EXACT, BILINEAR, BICUBIC, AREA } mode;
static const char *const modes[] = { "nearest", "nearest-exact", "bilinear", "bicubic", "area", NULL };

enum { TAPS = 4 };

typedef struct tap {
    int64_t at[TAPS];
    double weight[TAPS];
} tap;

/* What both passes need to know. */
typedef struct context {
    mode mode;
    bool align_corners;
    double scale[2]; /* how far a pixel of the result is in the input; given by the user or by the sizes */
    int64_t planes, size[2], out[2];
} context;

typedef struct arrays {
    const context *c;
    tap *axis[2];
    int taps;
    const void *from;
    void *to;
} arrays;

/* ---- which pixels, and how much of them ---- */

static double cubic(double d) /* the kernel with a = -0.75 */
{
    const double a = -0.75;
    d = fabs(d);
    if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
    return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

static int64_t within(int64_t i, int64_t n)
{
    return i < 0 ? 0 : i < n ? i : n - 1;
}

static tap tap_at(const context *c, int axis, int64_t i)
{
    int64_t n = c->size[axis];
    tap t = { .weight = { 1 } };
    if (c->mode == NEAREST || c->mode == NEAREST_EXACT) { /* in f32, as PyTorch, which decides where it falls */
        float offset = c->mode == NEAREST ? 0 : 0.5F;
        t.at[0] = within((int64_t)floorf(((float)i + offset) * (float)c->scale[axis]), n);
        return t;
    }
    double place = c->align_corners ? c->scale[axis] * (double)i : c->scale[axis] * ((double)i + 0.5) - 0.5;
    if (c->mode == BILINEAR && place < 0) place = 0;
    int64_t first = (int64_t)floor(place);
    double rest = place - (double)first;
    if (c->mode == BILINEAR) {
        t.at[0] = within(first, n), t.at[1] = within(first + 1, n);
        t.weight[0] = 1 - rest, t.weight[1] = rest;
        return t;
    }
    for (int k = 0; k < TAPS; k++) {
        t.at[k] = within(first - 1 + k, n);
        t.weight[k] = cubic(rest + 1 - k);
    }
    return t;
}

/* ---- passes over planes ---- */

#define KERNEL_FILE "nn/resample_kernel.h"
#include "base/each_float.h"

static mlp_status run(const context *c, mlp_dtype dtype, const mlp_tensor *from, mlp_tensor *to, bool back,
                      mlp_error *err)
{
    static const mlp_range_fn passes[2][2] = { { spread_f32, spread_f64 }, { gather_f32, gather_f64 } };
    arrays a = { .c = c, .from = mlp_tensor_data(from), .to = mlp_tensor_data(to) };
    a.taps = c->mode == BICUBIC ? TAPS : c->mode == BILINEAR ? 2 : 1;
    mlp_status st = MLP_OK;
    for (int axis = 0; !st && axis < 2; axis++) {
        st = mlp_alloc((void **)&a.axis[axis], (size_t)c->out[axis], sizeof(tap), err);
        for (int64_t i = 0; !st && i < c->out[axis]; i++) a.axis[axis][i] = tap_at(c, axis, i);
    }
    int64_t grain = 1 + 16384 / (c->out[0] * c->out[1] * a.taps + 1);
    if (!st) st = mlp_parallel_for(c->planes, grain, passes[back][dtype == MLP_F64], &a, err);
    free(a.axis[0]);
    free(a.axis[1]);
    return st;
}

/* ---- their place on the tape ---- */

static mlp_status record(mlp_tensor **out, const context *c, mlp_tensor *x, bool back, mlp_error *err);

static mlp_status backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    return record(&dx[0], mlp_node_context(node), dy, true, err);
}

static mlp_status back_backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    return record(&dx[0], mlp_node_context(node), dy, false, err);
}

static mlp_status record(mlp_tensor **out, const context *c, mlp_tensor *x, bool back, mlp_error *err)
{
    static const mlp_op ops[2] = { { "interpolate", backward, .again = backward },
                                   { "interpolate backward", back_backward, .again = back_backward } };
    const int64_t *size = back ? c->size : c->out;
    int64_t shape[MLP_MAX_DIMS];
    mlp_tensor *cx = NULL, *y = NULL;
    memcpy(shape, x->shape, sizeof shape);
    shape[x->ndim - 2] = size[0], shape[x->ndim - 1] = size[1];
    mlp_status st = mlp_tensor_contiguous(&cx, x, err);
    if (!st) st = mlp_tensor_new(&y, x->dtype, x->ndim, shape, err);
    if (!st) st = run(c, x->dtype, cx, y, back, err);
    if (!st) st = mlp_op_result(out, y, &ops[back], &x, 1, NULL, 0, c, sizeof *c, err);
    else mlp_tensor_release(y);
    mlp_tensor_release(cx);
    return st;
}

/* ---- the row ---- */

enum { SIZE, SCALE_FACTOR, MODE, ALIGN_CORNERS };

static const mlp_param params[] = {
    [SIZE] = MLP_PARAM_WINDOW("size", "of the result, one number or { rows, columns }", 1, .required = false),
    [SCALE_FACTOR] = { .name = "scale_factor",
                       .doc = "how many times as large, one number or { rows, columns }; in place of size",
                       .kind = MLP_PARAM_PAIR,
                       .low_open = true,
                       .high = 1 << 20 },
    [MODE] = { .name = "mode",
               .doc = "where pixels between those of the input come from",
               .kind = MLP_PARAM_CHOICE,
               .choices = modes,
               .fallback = MLP_VALUE(NEAREST) },
    [ALIGN_CORNERS] = { .name = "align_corners",
                        .doc = "bilinear and bicubic: the middles of the corners stay where they are, not their edges",
                        .kind = MLP_PARAM_BOOL },
};

static mlp_status check(const char *who, const mlp_value *v, mlp_error *err)
{
    if (!v[SIZE].count == !v[SCALE_FACTOR].count)
        return mlp_fail(err, MLP_EINVAL, "%s: got %s, expected one of them", who,
                        v[SIZE].count ? "both size and scale_factor" : "neither size nor scale_factor");
    int how = (int)v[MODE].number[0];
    if (v[ALIGN_CORNERS].count && how != BILINEAR && how != BICUBIC)
        return mlp_fail(err, MLP_EINVAL, "%s: align_corners is for bilinear and bicubic, and the mode is '%s'", who,
                        modes[how]);
    return MLP_OK;
}

static mlp_status context_of(context *c, const mlp_tensor *x, const mlp_value *v, mlp_error *err)
{
    int64_t sizes[4];
    char shape[MLP_SHAPE_TEXT];
    mlp_pictures_sizes(x, sizes);
    *c = (context){ .mode = (mode)v[MODE].number[0], .planes = sizes[0] * sizes[1], .size = { sizes[2], sizes[3] } };
    c->align_corners = v[ALIGN_CORNERS].count && v[ALIGN_CORNERS].number[0] != 0;
    for (int i = 0; i < 2; i++) {
        double factor = v[SCALE_FACTOR].count ? v[SCALE_FACTOR].number[i] : 0, n = (double)c->size[i];
        double size = factor > 0 ? floor(n * factor) : v[SIZE].number[i];
        if (n < 1 || size < 1 || size > MLP_WINDOW_MOST)
            return mlp_fail(err, MLP_ESHAPE, "interpolate: the input is %s and the result %g %s: expected at least 1",
                            mlp_shape_text(shape, x->ndim, x->shape), size, i ? "columns" : "rows");
        c->out[i] = (int64_t)size;
        c->scale[i] = factor > 0 ? 1 / factor : n / size;
        if (c->align_corners) c->scale[i] = size > 1 ? (n - 1) / (size - 1) : 0;
    }
    return MLP_OK;
}

static mlp_status apply(mlp_tensor **out, const mlp_layer *layer, const mlp_layer_call *call, mlp_error *err)
{
    context c;
    mlp_tensor *x = call->input[0];
    mlp_status st = mlp_pictures_check(x, layer->function, err);
    if (!st) st = context_of(&c, x, call->values, err);
    if (st) return st;
    return c.mode == AREA ? mlp_adaptive_avg_pool2d(out, x, c.out, err) : record(out, &c, x, false, err);
}

const mlp_layer mlp_resample_layers[] = {
    { .about = { .name = "Upsample",
                 .doc = "Pictures of another size, larger or smaller.",
                 MLP_PARAMS(params),
                 .check = check },
      .function = "interpolate",
      .inputs = 1,
      .apply = apply },
    { .about = { .name = NULL } },
};
