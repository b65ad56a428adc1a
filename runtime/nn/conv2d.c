/* conv2d.c - convolution as matrix products.
 *
 * The places of the output are cut into tiles that fit into a core's cache. A tile's columns (what each weight is
 * multiplied by at each place) are gathered, and one product with the weights gives the tile of every output channel.
 * Threads share tiles of pictures, or whole pictures where tiles overlap (dx). Weight gradients are summed in parts
 * whose number follows from the sizes alone, so no sum depends on the number of threads. */
#include "nn/conv2d.h"

#include "base/simd.h"
#include "nn/window.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum {
    LANES = 16,
    TILE = 256,          /* places; fewer when the columns get long */
    LEAST_TILE = 64,     /* but not below this */
    COLUMNS = 1 << 17,   /* elements of a tile's columns */
    WORK = 1 << 21,      /* multiplications that are worth a thread's while */
    MOST_PARTS = 16,     /* of a weight gradient */
    PART_ROOM = 1 << 20, /* elements of all parts together, where that leaves at least LEAST_PARTS */
    LEAST_PARTS = 4,
};

/* c_in, c_out and k are those of one group. */
typedef struct geometry {
    int64_t n, groups, c_in, c_out, height, width;
    mlp_window window;
    int64_t out_width;
    int64_t k, p; /* rows of the columns: c_in times the window; places in the output */
    int64_t tile, tiles, parts;
    bool plain; /* windows of 1x1: the columns are the picture */
} geometry;

/* Arrays of one call; what a pass does not use is NULL. */
typedef struct arrays {
    geometry at;
    mlp_dtype dtype;
    const void *x, *w, *bias, *dy;
    void *y, *dx, *dw, *db;
    void *dw_parts;
    double *db_parts;
    atomic_bool no_memory; /* a thread found none for its scratch */
} arrays;

/* `count` neighbours in a row of the output: those in [first, last) lie inside the picture, q-th of them at
 * x[at + q * stride]. */
typedef struct span {
    int64_t count, first, last, at;
} span;

/* Goes through what a tile's columns are made of: the rows (c, i, j) of the columns, and in each row the runs of places
 * that are neighbours in the output. */
typedef struct walk {
    const geometry *g;
    int64_t out_y, out_x, count;        /* where the tile begins */
    int64_t row, c, i, j, first, last;  /* the row; places of an output row that lie inside the picture's width */
    int64_t y, x, left, plane_y, shift; /* the next run */
} walk;

static walk walk_begin(const geometry *g, int64_t from, int64_t to)
{
    return (walk){ .g = g, .out_y = from / g->out_width, .out_x = from % g->out_width, .count = to - from, .j = -1 };
}

static inline bool walk_row(walk *w)
{
    const geometry *g = w->g;
    const mlp_window *window = &g->window;
    if (w->row++ == g->k) return false;
    if (++w->j == window->size[1]) w->j = 0, w->i++;
    if (w->i == window->size[0]) w->i = 0, w->c++;
    int64_t stride = window->stride[1];
    w->shift = w->j * window->dilation[1] - window->before[1];
    w->first = w->shift < 0 ? (-w->shift + stride - 1) / stride : 0;
    w->last = w->shift < g->width ? (g->width - 1 - w->shift) / stride + 1 : 0;
    w->y = w->out_y, w->x = w->out_x, w->left = w->count;
    w->plane_y = w->i * window->dilation[0] - window->before[0];
    return true;
}

static inline int64_t within(int64_t v, int64_t low, int64_t high)
{
    return v < low ? low : v > high ? high : v;
}

static inline bool walk_span(walk *w, span *s)
{
    const geometry *g = w->g;
    if (w->left == 0) return false;
    int64_t count = g->out_width - w->x < w->left ? g->out_width - w->x : w->left;
    int64_t y = w->y * g->window.stride[0] + w->plane_y, x = w->x * g->window.stride[1] + w->shift;
    *s = (span){ .count = count, .first = count, .last = count };
    if (y >= 0 && y < g->height) {
        s->first = within(w->first - w->x, 0, count), s->last = within(w->last - w->x, s->first, count);
        s->at = (w->c * g->height + y) * g->width + x;
    }
    w->left -= count, w->x = 0, w->y++;
    return true;
}

/* Where a unit's arrays begin. */
typedef struct tile {
    int64_t from, count; /* places */
    int64_t x, w, y;     /* x at the beginning of the group's channels, y at the tile's first place */
} tile;

static tile tile_of(const geometry *g, int64_t unit, int64_t group)
{
    int64_t from = unit % g->tiles * g->tile, at = unit / g->tiles * g->groups + group;
    return (tile){
        .from = from,
        .count = g->p - from < g->tile ? g->p - from : g->tile,
        .x = at * g->c_in * g->height * g->width,
        .w = group * g->c_out * g->k,
        .y = at * g->c_out * g->p + from,
    };
}

static int64_t part_begin(const geometry *g, int64_t part)
{
    int64_t units = g->n * g->tiles;
    return units / g->parts * part + units % g->parts * part / g->parts;
}

static size_t scratch_bytes(const geometry *g, size_t element)
{
    return (size_t)(g->plain ? 1 : g->k * g->tile) * element;
}

static void *scratch_new(arrays *a, size_t element)
{
    void *scratch = NULL;
    if (mlp_block_new(&scratch, scratch_bytes(&a->at, element), NULL)) atomic_store(&a->no_memory, true);
    return scratch;
}

#define KERNEL_FILE "nn/conv2d_kernel.h"
#include "base/each_float.h"

/* work: multiplications of one of n units */
static mlp_status run(arrays *a, int64_t n, double work, mlp_range_fn f32, mlp_range_fn f64, mlp_error *err)
{
    int64_t grain = work > 0 && work < WORK ? (int64_t)(WORK / work) : 1;
    mlp_status st = mlp_parallel_for(n, grain, a->dtype == MLP_F64 ? f64 : f32, a, err);
    if (!st && atomic_load(&a->no_memory))
        st = mlp_fail(err, MLP_ENOMEM, "conv2d: out of memory: cannot allocate %.1f MB for the columns of a tile",
                      (double)scratch_bytes(&a->at, mlp_dtype_size(a->dtype)) / 1e6);
    return st;
}

static double tile_work(const geometry *g)
{
    return (double)g->groups * (double)g->c_out * (double)g->k * (double)g->tile;
}

/* ---- backward ---- */

static mlp_status weight_gradient(arrays *a, mlp_tensor **dw, mlp_tensor **db, const mlp_tensor *weight, bool bias,
                                  mlp_error *err)
{
    const geometry *g = &a->at;
    int64_t channels = g->groups * g->c_out;
    mlp_tensor *w_parts = NULL, *b_parts = NULL, *w = NULL, *b = NULL;
    mlp_status st = mlp_tensor_new(&w, a->dtype, 4, weight->shape, err);
    if (!st) st = mlp_tensor_new(&w_parts, a->dtype, 3, (int64_t[]){ g->parts, channels, g->k }, err);
    if (!st && bias) st = mlp_tensor_new(&b, a->dtype, 1, &channels, err);
    if (!st && bias) st = mlp_tensor_new(&b_parts, MLP_F64, 2, (int64_t[]){ g->parts, channels }, err);
    if (!st) {
        a->dw = mlp_tensor_data(w), a->dw_parts = mlp_tensor_data(w_parts);
        if (bias) a->db = mlp_tensor_data(b), a->db_parts = mlp_tensor_data(b_parts);
        double units = (double)g->n * (double)g->tiles;
        st = run(a, g->parts, tile_work(g) * units / (double)g->parts, weight_parts_f32, weight_parts_f64, err);
    }
    if (!st) st = run(a, g->groups * g->k, (double)g->c_out * (double)g->parts, weight_sum_f32, weight_sum_f64, err);
    if (!st && bias) (a->dtype == MLP_F64 ? bias_sum_f64 : bias_sum_f32)(a);
    mlp_tensor_release(b_parts);
    mlp_tensor_release(w_parts);
    if (!st) *dw = w, *db = b;
    else mlp_tensor_release(w), mlp_tensor_release(b);
    return st;
}

static mlp_status input_gradient(arrays *a, mlp_tensor **dx, const geometry *g, int ndim, mlp_error *err)
{
    int64_t shape[4] = { g->n, g->groups * g->c_in, g->height, g->width };
    mlp_tensor *made = NULL;
    mlp_status st = mlp_tensor_new(&made, a->dtype, ndim, shape + 4 - ndim, err);
    if (st) return st;
    a->dx = mlp_tensor_data(made);
    st = run(a, g->n * g->groups, tile_work(g) / (double)g->groups * (double)g->tiles, input_f32, input_f64, err);
    if (st) mlp_tensor_release(made);
    else *dx = made;
    return st;
}

static mlp_status backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    const geometry *g = mlp_node_context(node);
    mlp_tensor *x = mlp_node_saved(node, 0), *w = mlp_node_saved(node, 1), *c = NULL, *made[3] = { NULL, NULL, NULL };
    mlp_status st = mlp_tensor_contiguous(&c, dy, err);
    if (!st) {
        arrays a = { .at = *g, .dtype = dy->dtype, .dy = mlp_tensor_data(c) };
        a.x = mlp_tensor_data(x), a.w = mlp_tensor_data(w);
        if (mlp_node_needs(node, 1) || mlp_node_needs(node, 2))
            st = weight_gradient(&a, &made[1], &made[2], w, mlp_node_needs(node, 2), err);
        if (!st && mlp_node_needs(node, 0)) st = input_gradient(&a, &made[0], g, dy->ndim, err);
    }
    for (int i = 0; i < 3; i++) {
        if (!st && mlp_node_needs(node, i)) dx[i] = made[i];
        else mlp_tensor_release(made[i]);
    }
    mlp_tensor_release(c);
    return st;
}

/* ---- checks ---- */

static mlp_status check_weight(const mlp_tensor *x, const mlp_tensor *w, const mlp_tensor *b, mlp_error *err)
{
    char got[MLP_SHAPE_TEXT];
    mlp_shape_text(got, w->ndim, w->shape);
    if (x->dtype != w->dtype || (b && b->dtype != w->dtype))
        return mlp_fail(err, MLP_EDTYPE,
                        "conv2d: the input is %s, the weight %s%s%s: convert the input with to('%s'), or the model",
                        mlp_dtype_name(x->dtype), mlp_dtype_name(w->dtype), b ? ", the bias " : "",
                        b ? mlp_dtype_name(b->dtype) : "", mlp_dtype_name(w->dtype));
    bool empty = false;
    for (int d = 0; d < w->ndim; d++) empty = empty || w->shape[d] < 1 || w->shape[d] > INT32_MAX;
    if (w->ndim != 4 || empty)
        return mlp_fail(err, MLP_ESHAPE,
                        "conv2d: the weight is %s, expected out_channels x in_channels / groups x height x width", got);
    if (b && (b->ndim != 1 || b->shape[0] != w->shape[0]))
        return mlp_fail(err, MLP_ESHAPE, "conv2d: the bias is %s, expected %lld for %lld output channels",
                        mlp_shape_text(got, b->ndim, b->shape), (long long)w->shape[0], (long long)w->shape[0]);
    return MLP_OK;
}

/* Guesses what went wrong from the numbers. */
static mlp_status fail_channels(const mlp_tensor *x, const mlp_tensor *w, int64_t groups, mlp_error *err)
{
    char shape[MLP_SHAPE_TEXT], weight[MLP_SHAPE_TEXT], fix[160];
    long long want = w->shape[1] * groups, got = x->shape[x->ndim - 3], last = x->shape[x->ndim - 1];
    if (last == want && got != want)
        snprintf(fix, sizeof fix,
                 "its channels seem to come last, as in files: use augment.ToTensorV2(), or x:permute(%s)",
                 x->ndim == 4 ? "1, 4, 2, 3" : "3, 1, 2");
    else if (want == 1 && x->ndim == 3)
        snprintf(fix, sizeof fix, "a batch of pictures with one channel needs that dimension too: x:unsqueeze(2)");
    else
        snprintf(fix, sizeof fix, "pass in_channels = %lld%s", got,
                 want == 3 && got == 1   ? ", or load the images in colour"
                 : want == 1 && got == 3 ? ", or load the images with one channel"
                                         : "");
    return mlp_fail(err, MLP_ESHAPE, "conv2d expects %lld channels and got %lld (input %s, weight %s): %s", want, got,
                    mlp_shape_text(shape, x->ndim, x->shape), mlp_shape_text(weight, w->ndim, w->shape), fix);
}

static mlp_status check_groups(const mlp_tensor *x, const mlp_tensor *w, int64_t groups, mlp_error *err)
{
    if (groups < 1 || w->shape[0] % groups != 0)
        return mlp_fail(err, MLP_EINVAL,
                        "conv2d: groups is %lld, expected a whole number that divides out_channels, %lld",
                        (long long)groups, (long long)w->shape[0]);
    if (w->shape[1] > INT32_MAX / groups || w->shape[1] * groups != x->shape[x->ndim - 3])
        return fail_channels(x, w, groups, err);
    return MLP_OK;
}

static mlp_status fail_size(const mlp_tensor *x, const mlp_window *w, mlp_error *err)
{
    char shape[MLP_SHAPE_TEXT], spans[96] = "";
    if (w->dilation[0] > 1 || w->dilation[1] > 1)
        snprintf(spans, sizeof spans, " (with its dilation %lldx%lld)", (long long)mlp_window_reach(w, 0),
                 (long long)mlp_window_reach(w, 1));
    return mlp_fail(
        err, MLP_ESHAPE,
        "conv2d: the kernel %lldx%lld%s is larger than the padded picture %lldx%lld (input %s): use a smaller "
        "kernel_size, more padding, larger images, or fewer layers that shrink them",
        (long long)w->size[0], (long long)w->size[1], spans,
        (long long)(x->shape[x->ndim - 2] + w->before[0] + w->after[0]),
        (long long)(x->shape[x->ndim - 1] + w->before[1] + w->after[1]), mlp_shape_text(shape, x->ndim, x->shape));
}

static mlp_status window_of(mlp_window *window, const mlp_tensor *w, const mlp_conv2d_options *o, mlp_error *err)
{
    *window = (mlp_window){ .size = { w->shape[2], w->shape[3] } };
    for (int i = 0; i < 2; i++) {
        window->stride[i] = o->stride[i], window->dilation[i] = o->dilation[i];
        window->before[i] = window->after[i] = o->same ? 0 : o->padding[i];
    }
    mlp_status st = mlp_window_check(window, "conv2d", err);
    if (st || !o->same) return st;
    if (o->stride[0] != 1 || o->stride[1] != 1)
        return mlp_fail(err, MLP_EINVAL,
                        "conv2d: padding = 'same' is not supported for strided convolutions: pass numbers");
    for (int i = 0; i < 2; i++) {
        int64_t total = mlp_window_reach(window, i) - 1;
        window->before[i] = total / 2, window->after[i] = total - total / 2;
    }
    return mlp_window_check(window, "conv2d", err);
}

/* Everything about the call, from what fits together; shape: of the result. */
static mlp_status geometry_of(geometry *g, int64_t shape[4], const mlp_tensor *x, const mlp_tensor *w,
                              const mlp_conv2d_options *o, mlp_error *err)
{
    int64_t sizes[4];
    mlp_pictures_sizes(x, sizes);
    *g = (geometry){ .n = sizes[0], .groups = o->groups, .height = sizes[2], .width = sizes[3] };
    mlp_status st = window_of(&g->window, w, o, err);
    if (st) return st;
    shape[0] = g->n, shape[1] = w->shape[0];
    shape[2] = mlp_window_places(&g->window, 0, g->height);
    shape[3] = g->out_width = mlp_window_places(&g->window, 1, g->width);
    if (shape[2] < 1 || shape[3] < 1) return fail_size(x, &g->window, err);
    g->c_in = w->shape[1], g->c_out = w->shape[0] / o->groups;
    g->k = w->shape[1] * w->shape[2] * w->shape[3], g->p = shape[2] * shape[3];
    if (g->k > INT32_MAX || g->p > INT32_MAX)
        return mlp_fail(err, MLP_ESHAPE,
                        "conv2d: a kernel or a picture of more than 2^31 - 1 numbers is not supported");
    g->tile = TILE;
    while (g->tile > LEAST_TILE && g->k * g->tile > COLUMNS) g->tile /= 2;
    if (g->tile > g->p) g->tile = g->p;
    g->tiles = (g->p + g->tile - 1) / g->tile;
    g->parts = PART_ROOM / (g->groups * g->c_out * g->k);
    if (g->parts > MOST_PARTS) g->parts = MOST_PARTS;
    if (g->parts < LEAST_PARTS) g->parts = LEAST_PARTS;
    if (g->parts > g->n * g->tiles) g->parts = g->n * g->tiles > 0 ? g->n * g->tiles : 1;
    const mlp_window *window = &g->window;
    g->plain = true;
    for (int i = 0; i < 2; i++)
        g->plain =
            g->plain && window->size[i] == 1 && window->stride[i] == 1 && !window->before[i] && !window->after[i];
    return MLP_OK;
}

mlp_status mlp_conv2d(mlp_tensor **out, mlp_tensor *x, mlp_tensor *weight, mlp_tensor *bias,
                      const mlp_conv2d_options *options, mlp_error *err)
{
    static const mlp_op op = { "conv2d", backward };
    geometry g;
    int64_t shape[4];
    mlp_tensor *cx = NULL, *cw = NULL, *cb = NULL, *y = NULL;
    mlp_status st = mlp_pictures_check(x, "conv2d", err);
    if (!st) st = check_weight(x, weight, bias, err);
    if (!st) st = check_groups(x, weight, options->groups, err);
    if (!st) st = geometry_of(&g, shape, x, weight, options, err);
    if (!st) st = mlp_tensor_contiguous(&cx, x, err);
    if (!st) st = mlp_tensor_contiguous(&cw, weight, err);
    if (!st && bias) st = mlp_tensor_contiguous(&cb, bias, err);
    if (!st) st = mlp_tensor_new(&y, x->dtype, x->ndim, shape + 4 - x->ndim, err);
    if (!st) {
        arrays a = { .at = g, .dtype = x->dtype, .x = mlp_tensor_data(cx), .w = mlp_tensor_data(cw) };
        a.y = mlp_tensor_data(y), a.bias = cb ? mlp_tensor_data(cb) : NULL;
        st = run(&a, g.n * g.tiles, tile_work(&g), forward_f32, forward_f64, err);
    }
    if (!st) {
        mlp_tensor *inputs[3] = { x, weight, bias }, *keep[2] = { cx, cw };
        st = mlp_op_result(out, y, &op, inputs, 3, keep, 2, &g, sizeof g, err);
    } else {
        mlp_tensor_release(y);
    }
    mlp_tensor_release(cb);
    mlp_tensor_release(cw);
    mlp_tensor_release(cx);
    return st;
}
