/* pool.c - maximum and mean of windows.
 *
 * The windows of an axis are listed once, as extents clipped to the picture; a window is one extent of rows and one of
 * columns. Threads share planes. The place of a maximum is found again in the backward pass: reading the plane once
 * more costs less than keeping the places. */
#include "nn/pool.h"

#include "base/simd.h"
#include "nn/layer.h"
#include "nn/window_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    SLOW = 4096, /* pixels of a window */
    ROW = 256,   /* windows whose maxima are looked for together */
    BLOCK = 16,  /* of them in one step; divides ROW */
    LANES = 16,  /* sums side by side */
};

typedef struct extent {
    int64_t begin, end; /* inside the picture */
    int64_t count;      /* what the divisor is made of */
} extent;

typedef enum kind { MAX, AVG, ADAPTIVE, ADAPTIVE_MAX } kind;

static const char *const names[] = { "max_pool2d", "avg_pool2d", "adaptive_avg_pool2d", "adaptive_max_pool2d" };

static bool takes_maxima(kind what)
{
    return what == MAX || what == ADAPTIVE_MAX;
}

static bool is_adaptive(kind what)
{
    return what == ADAPTIVE || what == ADAPTIVE_MAX;
}

/* What backward needs to know; out is also what the adaptive ones ask for. */
typedef struct context {
    kind kind;
    mlp_pool_options options;
    int64_t planes, size[2], out[2];
} context;

/* Arrays of one call; what a pass does not use is NULL. */
typedef struct arrays {
    int64_t height, width, out[2], step[2];
    int64_t kernel, stride, padding; /* of columns; for maxima */
    extent *axis[2];
    double override; /* 0: the product of the counts */
    bool slow;       /* windows are so large that the interrupt flag is looked at for each */
    bool halves;     /* maxima of windows of 2x2 side by side, inside the picture */
    bool uneven;     /* windows of several sizes */
    const void *x, *dy, *from;
    void *y, *dx;
} arrays;

static double divisor(const arrays *a, const extent *rows, const extent *columns)
{
    return a->override != 0 ? a->override : (double)(rows->count * columns->count);
}

/* Columns of the window that lie inside the picture for one of the windows first to first + count. */
typedef struct span {
    int64_t begin, end;
} span;

static span columns_of(const arrays *a, int64_t first, int64_t count)
{
    int64_t at = first * a->stride - a->padding, last = at + (count - 1) * a->stride, step = a->step[1];
    span s = { last < 0 ? (-last + step - 1) / step : 0, at < a->width ? (a->width - 1 - at) / step + 1 : 0 };
    if (s.end > a->kernel) s.end = a->kernel;
    return s;
}

/* Places of pixels in integers as wide as the pixels, so that both are compared side by side; and their sums, which may
 * wrap around. */
typedef int32_t place_f32;
typedef int64_t place_f64;
typedef uint32_t wraps_f32;
typedef uint64_t wraps_f64;

#define PLACE NAME(place)
#define WRAPS NAME(wraps)
#define KERNEL_FILE "nn/pool_kernel.h"
#include "base/each_float.h"

static extent extent_at(const context *c, int axis, int64_t i)
{
    const mlp_pool_options *o = &c->options;
    int64_t size = c->size[axis];
    extent e = { 0 };
    if (is_adaptive(c->kind)) {
        e.begin = i * size / c->out[axis], e.end = ((i + 1) * size + c->out[axis] - 1) / c->out[axis];
        e.count = e.end - e.begin;
        return e;
    }
    int64_t step = o->dilation[axis], reach = step * (o->kernel_size[axis] - 1) + 1;
    e.begin = i * o->stride[axis] - o->padding[axis], e.end = e.begin + reach;
    if (e.end > size + o->padding[axis]) e.end = size + o->padding[axis];
    e.count = e.end - e.begin;
    if (e.begin < 0) e.begin += (-e.begin + step - 1) / step * step;
    if (e.end > size) e.end = size;
    if (!o->count_include_pad) e.count = e.end - e.begin;
    return e;
}

static bool halves(const context *c)
{
    const mlp_pool_options *o = &c->options;
    bool all = c->kind == MAX;
    for (int i = 0; i < 2; i++)
        all = all && o->kernel_size[i] == 2 && o->stride[i] == 2 && o->padding[i] == 0 && o->dilation[i] == 1 &&
              2 * c->out[i] <= c->size[i];
    return all;
}

typedef enum pass { FORWARD, BACK, PICK, PASSES } pass;

/* Lists the windows and runs a pass. Forward: y from x. Back: dx from dy, and x where maxima are looked for. Pick: y is
 * what `from` has where x has its maxima. What a pass does not use is NULL. */
static mlp_status run(const context *c, mlp_dtype dtype, pass which, mlp_tensor *const *in, mlp_tensor *out,
                      mlp_error *err)
{
    static const mlp_range_fn passes[2][PASSES][2] = {
        { { mean_f32, mean_f64 }, { mean_back_f32, mean_back_f64 } },
        { { max_f32, max_f64 }, { max_back_f32, max_back_f64 }, { pick_f32, pick_f64 } },
    };
    arrays a = { .height = c->size[0], .width = c->size[1], .out = { c->out[0], c->out[1] } };
    a.kernel = c->options.kernel_size[1], a.stride = c->options.stride[1], a.padding = c->options.padding[1];
    a.halves = halves(c), a.uneven = c->kind == ADAPTIVE_MAX;
    int64_t longest[2] = { 0, 0 };
    mlp_status st = MLP_OK;
    for (int axis = 0; !st && axis < 2; axis++) {
        a.step[axis] = c->options.dilation[axis];
        st = mlp_alloc((void **)&a.axis[axis], (size_t)c->out[axis], sizeof(extent), err);
        for (int64_t i = 0; !st && i < c->out[axis]; i++) {
            extent e = a.axis[axis][i] = extent_at(c, axis, i);
            if (e.end - e.begin > longest[axis]) longest[axis] = e.end - e.begin;
        }
    }
    if (!st) {
        a.slow = longest[0] * longest[1] > SLOW;
        a.override = (double)c->options.divisor_override;
        a.x = in[0] ? mlp_tensor_data(in[0]) : NULL;
        *(which == BACK ? &a.dy : &a.from) = in[1] ? mlp_tensor_data(in[1]) : NULL;
        *(which == BACK ? &a.dx : &a.y) = mlp_tensor_data(out);
        int64_t grain = 1 + 32768 / (c->size[0] * c->size[1] + c->out[0] * c->out[1]);
        st = mlp_parallel_for(c->planes, grain, passes[takes_maxima(c->kind)][which][dtype == MLP_F64], &a, err);
    }
    free(a.axis[0]);
    free(a.axis[1]);
    return st;
}

/* ---- their places on the tape: back and pick (of means: forward) are each other's derivative ---- */

/* The pass of v, which is dy, or what is picked from or averaged; x is what maxima are looked for in, else NULL. */
static mlp_status linear(mlp_tensor **out, const context *c, pass which, mlp_tensor *x, mlp_tensor *v, mlp_error *err);

static mlp_status backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    return linear(&dx[0], mlp_node_context(node), BACK, mlp_node_saved(node, 0), dy, err);
}

static mlp_status back_backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    const context *c = mlp_node_context(node);
    return linear(&dx[0], c, takes_maxima(c->kind) ? PICK : FORWARD, mlp_node_saved(node, 0), dy, err);
}

static const mlp_op forward_ops[] = { { "max_pool2d", backward, .again = backward },
                                      { "avg_pool2d", backward, .again = backward },
                                      { "adaptive_avg_pool2d", backward, .again = backward },
                                      { "adaptive_max_pool2d", backward, .again = backward } };

static mlp_status linear(mlp_tensor **out, const context *c, pass which, mlp_tensor *x, mlp_tensor *v, mlp_error *err)
{
    static const mlp_op back = { "pool backward", back_backward, .again = back_backward };
    const int64_t *size = which == BACK ? c->size : c->out;
    mlp_tensor *held = NULL, *made = NULL;
    int64_t shape[4];
    for (int d = 0; d < v->ndim; d++) shape[d] = v->shape[d];
    shape[v->ndim - 2] = size[0], shape[v->ndim - 1] = size[1];
    mlp_status st = mlp_tensor_contiguous(&held, v, err);
    if (!st) st = mlp_tensor_new(&made, v->dtype, v->ndim, shape, err);
    if (!st)
        st = run(c, v->dtype, which, which == FORWARD ? (mlp_tensor *[2]){ held } : (mlp_tensor *[2]){ x, held }, made,
                 err);
    if (!st)
        st = mlp_op_result(out, made, which == BACK ? &back : &forward_ops[c->kind], &v, 1, &x, 1, c, sizeof *c, err);
    else mlp_tensor_release(made);
    mlp_tensor_release(held);
    return st;
}

/* ---- checks ---- */

static mlp_status fail_size(const mlp_tensor *x, kind what, const mlp_window *w, mlp_error *err)
{
    char shape[MLP_SHAPE_TEXT];
    return mlp_fail(
        err, MLP_ESHAPE,
        "%s: the window %lldx%lld is larger than the picture %lldx%lld (input %s): its output would be empty; "
        "use a smaller kernel_size, larger images, or fewer layers that shrink them",
        names[what], (long long)mlp_window_reach(w, 0), (long long)mlp_window_reach(w, 1),
        (long long)x->shape[x->ndim - 2], (long long)x->shape[x->ndim - 1], mlp_shape_text(shape, x->ndim, x->shape));
}

static mlp_status check_padding(const char *who, const mlp_window *w, mlp_error *err)
{
    for (int i = 0; i < 2; i++)
        if (w->before[i] > mlp_window_reach(w, i) / 2)
            return mlp_fail(err, MLP_EINVAL, "%s: padding is %lld, expected at most half of the window, %lld", who,
                            (long long)w->before[i], (long long)(mlp_window_reach(w, i) / 2));
    return MLP_OK;
}

static mlp_window window_of(const mlp_pool_options *o)
{
    mlp_window w = { .ceil_mode = o->ceil_mode };
    for (int i = 0; i < 2; i++) {
        w.size[i] = o->kernel_size[i], w.stride[i] = o->stride[i], w.dilation[i] = o->dilation[i];
        w.before[i] = w.after[i] = o->padding[i];
    }
    return w;
}

static mlp_status places(context *c, const mlp_tensor *x, mlp_error *err)
{
    mlp_window w = window_of(&c->options);
    mlp_status st = mlp_window_check(&w, names[c->kind], err);
    if (!st) st = check_padding(names[c->kind], &w, err);
    for (int i = 0; !st && i < 2; i++) {
        c->out[i] = mlp_window_places(&w, i, c->size[i]);
        if (c->size[i] < 1 || c->out[i] < 1) st = fail_size(x, c->kind, &w, err);
    }
    if (!st && c->size[0] > INT32_MAX / c->size[1])
        st = mlp_fail(err, MLP_ESHAPE, "%s: a picture of more than 2^31 - 1 pixels is not supported", names[c->kind]);
    return st;
}

static mlp_status adaptive(context *c, const mlp_tensor *x, mlp_error *err)
{
    char shape[MLP_SHAPE_TEXT];
    for (int i = 0; i < 2; i++) {
        if (c->out[i] == -1) c->out[i] = c->size[i];
        if (c->out[i] < 1 || c->out[i] > INT32_MAX)
            return mlp_fail(err, MLP_EINVAL, "%s: output_size is %lld, expected a size of at least 1", names[c->kind],
                            (long long)c->out[i]);
        if (c->size[i] < 1 || c->size[i] > INT32_MAX)
            return mlp_fail(err, MLP_ESHAPE, "%s: the input %s has no pixels", names[c->kind],
                            mlp_shape_text(shape, x->ndim, x->shape));
    }
    if (c->size[0] > INT32_MAX / c->size[1])
        return mlp_fail(err, MLP_ESHAPE, "%s: a picture of more than 2^31 - 1 pixels is not supported", names[c->kind]);
    return MLP_OK;
}

static mlp_status pool(mlp_tensor **out, context *c, mlp_tensor *x, mlp_error *err)
{
    int64_t sizes[4];
    mlp_tensor *cx = NULL, *y = NULL;
    mlp_status st = mlp_pictures_check(x, names[c->kind], err);
    if (st) return st;
    mlp_pictures_sizes(x, sizes);
    c->planes = sizes[0] * sizes[1], c->size[0] = sizes[2], c->size[1] = sizes[3];
    st = is_adaptive(c->kind) ? adaptive(c, x, err) : places(c, x, err);
    if (st) return st;
    sizes[2] = c->out[0], sizes[3] = c->out[1];
    st = mlp_op_contiguous(&cx, x, err);
    if (!st) st = mlp_tensor_new(&y, x->dtype, x->ndim, sizes + 4 - x->ndim, err);
    if (!st) st = run(c, x->dtype, FORWARD, (mlp_tensor *[2]){ cx }, y, err);
    if (!st) {
        mlp_tensor *keep = takes_maxima(c->kind) ? cx : NULL;
        st = mlp_op_result(out, y, &forward_ops[c->kind], &cx, 1, &keep, 1, c, sizeof *c, err);
    } else {
        mlp_tensor_release(y);
    }
    mlp_tensor_release(cx);
    return st;
}

mlp_status mlp_max_pool2d(mlp_tensor **out, mlp_tensor *x, const mlp_pool_options *options, mlp_error *err)
{
    context c = { .kind = MAX, .options = *options };
    c.options.divisor_override = 0;
    return pool(out, &c, x, err);
}

mlp_status mlp_avg_pool2d(mlp_tensor **out, mlp_tensor *x, const mlp_pool_options *options, mlp_error *err)
{
    context c = { .kind = AVG, .options = *options };
    c.options.dilation[0] = c.options.dilation[1] = 1;
    return pool(out, &c, x, err);
}

mlp_status mlp_adaptive_avg_pool2d(mlp_tensor **out, mlp_tensor *x, const int64_t size[2], mlp_error *err)
{
    context c = { .kind = ADAPTIVE, .options = { .dilation = { 1, 1 } }, .out = { size[0], size[1] } };
    return pool(out, &c, x, err);
}

mlp_status mlp_adaptive_max_pool2d(mlp_tensor **out, mlp_tensor *x, const int64_t size[2], mlp_error *err)
{
    context c = { .kind = ADAPTIVE_MAX, .options = { .dilation = { 1, 1 } }, .out = { size[0], size[1] } };
    return pool(out, &c, x, err);
}

/* ---- their rows ---- */

enum { KERNEL_SIZE, STRIDE, PADDING };
enum { DILATION = PADDING + 1, MAX_CEIL_MODE };
enum { AVG_CEIL_MODE = PADDING + 1, COUNT_INCLUDE_PAD, DIVISOR_OVERRIDE };

#define WINDOW_PARAMS                                                                                                  \
    MLP_PARAM_WINDOW("kernel_size", "of the window, one number or { rows, columns }", 1, .required = true),            \
        MLP_PARAM_WINDOW("stride", "from window to window; kernel_size when it is not given", 1, .required = false),   \
        MLP_PARAM_WINDOW("padding", "around the picture, at most half of the window", 0, .fallback = MLP_VALUE(0, 0))
#define CEIL_MODE_PARAM                                                                                                \
    {                                                                                                                  \
        .name = "ceil_mode", .doc = "also windows that hang over the end", .kind = MLP_PARAM_BOOL,                     \
        .fallback = MLP_VALUE(false)                                                                                   \
    }

static const mlp_param max_params[] = {
    WINDOW_PARAMS,
    MLP_PARAM_WINDOW("dilation", "from pixel to pixel of the window", 1, .fallback = MLP_VALUE(1, 1)),
    CEIL_MODE_PARAM,
};
static const mlp_param avg_params[] = {
    WINDOW_PARAMS,
    CEIL_MODE_PARAM,
    { .name = "count_include_pad",
      .doc = "padding counts as zeros, instead of not at all",
      .kind = MLP_PARAM_BOOL,
      .fallback = MLP_VALUE(true) },
    { .name = "divisor_override",
      .doc = "what sums are divided by, in place of the window's size",
      .kind = MLP_PARAM_INT,
      .low = 1,
      .high = MLP_WINDOW_MOST },
};
static const mlp_param adaptive_params[] = {
    MLP_PARAM_WINDOW("output_size", "one number or { rows, columns }; false keeps the picture's", 1, .required = true,
                     .or_false = true),
};

static mlp_pool_options options_of(const mlp_value *v, kind what)
{
    mlp_pool_options o = { .dilation = { 1, 1 } };
    for (int i = 0; i < 2; i++) {
        o.kernel_size[i] = (int64_t)v[KERNEL_SIZE].number[i];
        o.stride[i] = (int64_t)v[v[STRIDE].count ? STRIDE : KERNEL_SIZE].number[i];
        o.padding[i] = (int64_t)v[PADDING].number[i];
        if (what == MAX) o.dilation[i] = (int64_t)v[DILATION].number[i];
    }
    o.ceil_mode = v[what == MAX ? MAX_CEIL_MODE : AVG_CEIL_MODE].number[0] != 0;
    o.count_include_pad = what == AVG && v[COUNT_INCLUDE_PAD].number[0] != 0;
    o.divisor_override = what == AVG && v[DIVISOR_OVERRIDE].count ? (int64_t)v[DIVISOR_OVERRIDE].number[0] : 0;
    return o;
}

static mlp_status check_max(const char *who, const mlp_value *values, mlp_error *err)
{
    mlp_pool_options o = options_of(values, MAX);
    mlp_window w = window_of(&o);
    return check_padding(who, &w, err);
}

static mlp_status check_avg(const char *who, const mlp_value *values, mlp_error *err)
{
    mlp_pool_options o = options_of(values, AVG);
    mlp_window w = window_of(&o);
    return check_padding(who, &w, err);
}

static void derive(mlp_value *values)
{
    if (!values[STRIDE].count) values[STRIDE] = values[KERNEL_SIZE];
}

static mlp_status max_row(mlp_tensor **out, const mlp_layer *layer, const mlp_layer_call *call, mlp_error *err)
{
    (void)layer;
    mlp_pool_options o = options_of(call->values, MAX);
    return mlp_max_pool2d(out, call->input[0], &o, err);
}

static mlp_status avg_row(mlp_tensor **out, const mlp_layer *layer, const mlp_layer_call *call, mlp_error *err)
{
    (void)layer;
    mlp_pool_options o = options_of(call->values, AVG);
    return mlp_avg_pool2d(out, call->input[0], &o, err);
}

typedef mlp_status (*adaptive_pool)(mlp_tensor **out, mlp_tensor *x, const int64_t size[2], mlp_error *err);

static mlp_status to_size(mlp_tensor **out, adaptive_pool pool_to, const mlp_layer_call *call, mlp_error *err)
{
    const double *size = call->values[0].number;
    return pool_to(out, call->input[0],
                   (int64_t[2]){ isnan(size[0]) ? -1 : (int64_t)size[0], isnan(size[1]) ? -1 : (int64_t)size[1] }, err);
}

static mlp_status adaptive_row(mlp_tensor **out, const mlp_layer *layer, const mlp_layer_call *call, mlp_error *err)
{
    (void)layer;
    return to_size(out, mlp_adaptive_avg_pool2d, call, err);
}

static mlp_status adaptive_max_row(mlp_tensor **out, const mlp_layer *layer, const mlp_layer_call *call, mlp_error *err)
{
    (void)layer;
    return to_size(out, mlp_adaptive_max_pool2d, call, err);
}

const mlp_layer mlp_pool_layers[] = {
    { .about = { .name = "MaxPool2d",
                 .doc = "The largest value of each window of pictures.",
                 MLP_PARAMS(max_params),
                 .check = check_max },
      .function = "max_pool2d",
      .inputs = 1,
      .derive = derive,
      .apply = max_row },
    { .about = { .name = "AvgPool2d",
                 .doc = "The mean of each window of pictures.",
                 MLP_PARAMS(avg_params),
                 .check = check_avg },
      .function = "avg_pool2d",
      .inputs = 1,
      .derive = derive,
      .apply = avg_row },
    { .about = { .name = "AdaptiveAvgPool2d",
                 .doc = "Means over as many windows as make an output of this size: 1 averages the whole picture.",
                 MLP_PARAMS(adaptive_params) },
      .function = "adaptive_avg_pool2d",
      .inputs = 1,
      .apply = adaptive_row },
    { .about = { .name = "AdaptiveMaxPool2d",
                 .doc = "The largest values of as many windows as make an output of this size.",
                 MLP_PARAMS(adaptive_params) },
      .function = "adaptive_max_pool2d",
      .inputs = 1,
      .apply = adaptive_max_row },
    { .about = { .name = NULL } },
};
