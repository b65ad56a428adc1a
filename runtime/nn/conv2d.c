/* conv2d.c - convolution, and its transpose: what fits together. conv2d_tape.c computes and records it. */
#include "nn/conv2d.h"

#include "nn/conv2d_private.h"

#include <stdio.h>

/* ---- checks ---- */

static mlp_status check_weight(const mlp_tensor *x, const mlp_tensor *w, const mlp_tensor *b, mlp_error *err)
{
    char got[MLP_SHAPE_TEXT];
    mlp_shape_text(got, w->ndim, w->shape);
    if (x->dtype != w->dtype || (b && b->dtype != w->dtype))
        return mlp_fail(err, MLP_EDTYPE,
                        "conv2d: the input is %s, the weight %s%s%s: convert the input with :%s(), or the model",
                        mlp_dtype_name(x->dtype), mlp_dtype_name(w->dtype), b ? ", the bias " : "",
                        b ? mlp_dtype_name(b->dtype) : "", w->dtype == MLP_F64 ? "double" : "float");
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

mlp_status mlp_conv2d_check(const mlp_conv2d_options *o, int64_t in_channels, int64_t out_channels, const char *who,
                            mlp_error *err)
{
    const char *name = "in_channels";
    int64_t channels = in_channels;
    if (o->groups >= 1 && channels % o->groups == 0) name = "out_channels", channels = out_channels;
    if (o->groups < 1 || channels % o->groups != 0)
        return mlp_fail(err, MLP_EINVAL, "%s: groups is %lld, expected a whole number that divides %s, %lld", who,
                        (long long)o->groups, name, (long long)channels);
    if (o->same && (o->stride[0] != 1 || o->stride[1] != 1))
        return mlp_fail(err, MLP_EINVAL, "%s: padding = 'same' is not supported for strided convolutions: pass numbers",
                        who);
    return MLP_OK;
}

static mlp_status check_groups(const mlp_tensor *x, const mlp_tensor *w, const mlp_conv2d_options *o, mlp_error *err)
{
    int64_t groups = o->groups;
    mlp_status st = mlp_conv2d_check(o, 0, w->shape[0], "conv2d", err); /* a weight has a share of in_channels */
    if (st) return st;
    if (w->shape[1] > INT32_MAX / groups || w->shape[1] * groups != x->shape[x->ndim - 3])
        return fail_channels(x, w, groups, err);
    return MLP_OK;
}

static mlp_status fail_size(int ndim, const int64_t *shape, const mlp_window *w, mlp_error *err)
{
    char text[MLP_SHAPE_TEXT], spans[96] = "";
    if (w->dilation[0] > 1 || w->dilation[1] > 1)
        snprintf(spans, sizeof spans, " (with its dilation %lldx%lld)", (long long)mlp_window_reach(w, 0),
                 (long long)mlp_window_reach(w, 1));
    return mlp_fail(
        err, MLP_ESHAPE,
        "conv2d: the kernel %lldx%lld%s is larger than the padded picture %lldx%lld (input %s): use a smaller "
        "kernel_size, more padding, larger images, or fewer layers that shrink them",
        (long long)w->size[0], (long long)w->size[1], spans, (long long)(shape[ndim - 2] + w->before[0] + w->after[0]),
        (long long)(shape[ndim - 1] + w->before[1] + w->after[1]), mlp_shape_text(text, ndim, shape));
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
    for (int i = 0; i < 2; i++) {
        int64_t total = mlp_window_reach(window, i) - 1;
        window->before[i] = total / 2, window->after[i] = total - total / 2;
    }
    return mlp_window_check(window, "conv2d", err);
}

/* Everything about the convolution of pictures of that shape, from what fits together. */
static mlp_status conv_of(mlp_conv *c, int ndim, const int64_t *shape, const mlp_tensor *w, const mlp_conv2d_options *o,
                          mlp_error *err)
{
    *c = (mlp_conv){ .n = ndim == 4 ? shape[0] : 1, .groups = o->groups, .relu = o->relu };
    c->size[0] = shape[ndim - 2], c->size[1] = shape[ndim - 1];
    mlp_status st = window_of(&c->window, w, o, err);
    if (st) return st;
    for (int i = 0; i < 2; i++) c->out[i] = mlp_window_places(&c->window, i, c->size[i]);
    if (c->out[0] < 1 || c->out[1] < 1) return fail_size(ndim, shape, &c->window, err);
    c->c_in = w->shape[1], c->c_out = w->shape[0] / o->groups;
    c->taps = w->shape[2] * w->shape[3], c->k = c->c_in * c->taps;
    if (c->k > INT32_MAX || c->out[0] * c->out[1] > INT32_MAX)
        return mlp_fail(err, MLP_ESHAPE,
                        "conv2d: a kernel or a picture of more than 2^31 - 1 numbers is not supported");
    return MLP_OK;
}

mlp_status mlp_conv2d(mlp_tensor **out, mlp_tensor *x, mlp_tensor *weight, mlp_tensor *bias,
                      const mlp_conv2d_options *options, mlp_error *err)
{
    mlp_conv c;
    mlp_status st = mlp_pictures_check(x, "conv2d", err);
    if (!st) st = check_weight(x, weight, bias, err);
    if (!st) st = check_groups(x, weight, options, err);
    if (!st) st = conv_of(&c, x->ndim, x->shape, weight, options, err);
    return st ? st : mlp_conv_forward(out, &c, x, weight, bias, err);
}

mlp_status mlp_conv2d_input(mlp_tensor **out, mlp_tensor *dy, mlp_tensor *weight, const int64_t size[2],
                            const mlp_conv2d_options *options, mlp_error *err)
{
    mlp_conv c;
    int64_t shape[4] = { dy->ndim == 4 ? dy->shape[0] : 1, weight->shape[1] * options->groups, size[0], size[1] };
    mlp_status st = conv_of(&c, dy->ndim, shape + 4 - dy->ndim, weight, options, err);
    if (st) return st;
    for (int i = 0; i < 2; i++) c.out[i] = dy->shape[dy->ndim - 2 + i]; /* more may fit; nothing is added for them */
    return mlp_conv_input(out, &c, dy, weight, err);
}
