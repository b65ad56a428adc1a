/* pad.c - constants around a tensor, or elements of its own, which are picked by index. */
#include "nn/pad_private.h"
#include "nn/layer.h"

/* ---- constants ---- */

static mlp_status constant(mlp_tensor **out, mlp_tensor *x, int dims, const int64_t *before, const int64_t *after,
                           double value, mlp_error *err)
{
    int64_t low[MLP_MAX_DIMS] = { 0 }, high[MLP_MAX_DIMS] = { 0 };
    mlp_tensor *y = mlp_tensor_retain(x), *next = NULL;
    mlp_status st = MLP_OK;
    for (int i = 0; !st && i < dims; i++) {
        int d = x->ndim - dims + i;
        int64_t cut[2] = { before[i] < 0 ? -before[i] : 0, after[i] < 0 ? -after[i] : 0 };
        low[d] = before[i] > 0 ? before[i] : 0, high[d] = after[i] > 0 ? after[i] : 0;
        if (cut[0] == 0 && cut[1] == 0) continue;
        st = mlp_op_narrow(&next, y, d, cut[0], y->shape[d] - cut[0] - cut[1], err);
        mlp_tensor_release(y);
        y = next, next = NULL;
    }
    if (!st) st = mlp_op_pad(out, y, low, high, value, err);
    mlp_tensor_release(y);
    return st;
}

/* ---- elements of its own ---- */

/* Where the element at place i, from -before on, of a dimension of n comes from. */
static int64_t source(mlp_pad_mode mode, int64_t i, int64_t n)
{
    if (mode == MLP_PAD_REPLICATE) return i < 0 ? 0 : i < n ? i : n - 1;
    if (mode == MLP_PAD_CIRCULAR) return i < 0 ? i + n : i < n ? i : i - n;
    return i < 0 ? -i : i < n ? i : 2 * (n - 1) - i;
}

static mlp_status along(mlp_tensor **out, mlp_tensor *x, int dim, int64_t before, int64_t after, mlp_pad_mode mode,
                        mlp_error *err)
{
    mlp_tensor *index = NULL;
    int64_t n = x->shape[dim], length = before + n + after;
    mlp_status st = mlp_tensor_new(&index, MLP_I64, 1, &length, err);
    if (st) return st;
    int64_t *place = mlp_tensor_data(index);
    for (int64_t i = 0; i < length; i++) place[i] = source(mode, i - before, n);
    st = mlp_op_index_select(out, x, dim, index, err);
    mlp_tensor_release(index);
    return st;
}

/* ---- all ---- */

static const char *const modes[] = { "constant", "reflect", "replicate", "circular", NULL }; /* as mlp_pad_mode */

static mlp_status check(const mlp_tensor *x, int dims, const int64_t *before, const int64_t *after, mlp_pad_mode mode,
                        mlp_error *err)
{
    char shape[MLP_SHAPE_TEXT];
    mlp_shape_text(shape, x->ndim, x->shape);
    if (dims > x->ndim)
        return mlp_fail(err, MLP_ESHAPE, "pad: numbers for %d dimensions, and the input is %s", dims, shape);
    for (int i = 0; i < dims; i++) {
        int d = x->ndim - dims + i;
        int64_t n = x->shape[d], more = before[i] > after[i] ? before[i] : after[i], most = INT32_MAX;
        if (mode == MLP_PAD_REFLECT) most = n - 1;
        if (mode == MLP_PAD_CIRCULAR) most = n;
        if (mode == MLP_PAD_REPLICATE && n == 0) most = 0;
        if (more > most && more > 0)
            return mlp_fail(err, MLP_ESHAPE,
                            "pad: %lld in mode '%s' around dimension %d of the input %s, expected at most %lld",
                            (long long)more, modes[mode], mlp_nth_dim(d), shape, (long long)(most < 0 ? 0 : most));
        if (before[i] < -n || after[i] < -n || before[i] + n + after[i] < 0)
            return mlp_fail(err, MLP_ESHAPE, "pad: %lld and %lld take more away than dimension %d of the input %s has",
                            (long long)before[i], (long long)after[i], mlp_nth_dim(d), shape);
    }
    return MLP_OK;
}

mlp_status mlp_pad(mlp_tensor **out, mlp_tensor *x, int dims, const int64_t *before, const int64_t *after,
                   mlp_pad_mode mode, double value, mlp_error *err)
{
    mlp_status st = check(x, dims, before, after, mode, err);
    if (st) return st;
    int64_t low[MLP_MAX_DIMS], high[MLP_MAX_DIMS];
    mlp_tensor *y = mlp_tensor_retain(x), *next = NULL;
    for (int i = 0; i < dims; i++) { /* what is left for constant: everything, or what is taken away */
        bool own = mode != MLP_PAD_CONSTANT;
        low[i] = own && before[i] > 0 ? 0 : before[i], high[i] = own && after[i] > 0 ? 0 : after[i];
        int64_t more[2] = { before[i] - low[i], after[i] - high[i] };
        if (st || (more[0] == 0 && more[1] == 0)) continue;
        st = along(&next, y, x->ndim - dims + i, more[0], more[1], mode, err);
        mlp_tensor_release(y);
        y = next, next = NULL;
    }
    if (!st) st = constant(out, y, dims, low, high, value, err);
    mlp_tensor_release(y);
    return st;
}

/* ---- the rows: classes that say the mode, and one function ---- */

enum { PAD, MODE, VALUE };

/* Pairs from the last dimension on, as PyTorch's list. */
static mlp_status apply(mlp_tensor **out, const mlp_layer *layer, const mlp_layer_call *call, mlp_error *err)
{
    (void)layer;
    const mlp_value *pad = &call->values[PAD];
    int64_t before[MLP_MAX_DIMS], after[MLP_MAX_DIMS];
    int dims = pad->count / 2;
    if (pad->count % 2 != 0)
        return mlp_fail(err, MLP_EINVAL,
                        "pad: got %d numbers, expected two for each dimension, of the last one first: { left, right, "
                        "top, bottom }",
                        pad->count);
    for (int i = 0; i < dims; i++) {
        before[dims - 1 - i] = (int64_t)pad->number[2 * i];
        after[dims - 1 - i] = (int64_t)pad->number[2 * i + 1];
    }
    return mlp_pad(out, call->input[0], dims, before, after, (mlp_pad_mode)call->values[MODE].number[0],
                   call->values[VALUE].number[0], err);
}

/* clang-format off */
#define VALUE_PARAM(says, needed)                                                                                      \
    { .name = "value", .doc = (says), .low = -INFINITY, .high = INFINITY, .required = (needed),                        \
      .fallback = MLP_VALUE(0) }
#define PADDING_PARAM(least)                                                                                           \
    { .name = "padding", .doc = "on all sides, or { left, right, top, bottom }", .kind = MLP_PARAM_SIZES,              \
      .low = (least), .high = 1 << 30, .required = true }
/* clang-format on */

static const mlp_param params[] = {
    [PAD] = { .name = "pad",
              .doc = "how many before and behind the last dimension, then the one before it, ...; below 0: taken away",
              .kind = MLP_PARAM_SIZES,
              .low = -(1 << 30),
              .high = 1 << 30,
              .required = true },
    [MODE] = { .name = "mode",
               .doc = "a value, a mirror at the border, the border itself, or what is at the other end",
               .kind = MLP_PARAM_CHOICE,
               .choices = modes,
               .fallback = MLP_VALUE(MLP_PAD_CONSTANT) },
    [VALUE] = VALUE_PARAM("what constant puts there", false),
};

static mlp_status check_class(const char *who, const mlp_value *values, mlp_error *err)
{
    if (values[0].count == 1 || values[0].count == 4) return MLP_OK;
    return mlp_fail(err, MLP_EINVAL, "%s: padding has %d numbers, expected one, or { left, right, top, bottom }", who,
                    values[0].count);
}

static const mlp_param any_padding[] = { PADDING_PARAM(-(1 << 30)) };
static const mlp_param value_padding[] = { PADDING_PARAM(-(1 << 30)), VALUE_PARAM("what is put there", true) };

#define CLASS(stem, class, says, parameters)                                                                           \
    static const mlp_description stem = { .name = (class), .doc = (says), MLP_PARAMS(parameters), .check = check_class }
CLASS(zeros, "ZeroPad2d", "Zeros around pictures.", any_padding);
CLASS(constants, "ConstantPad2d", "A value around pictures.", value_padding);
CLASS(mirrors, "ReflectionPad2d", "Pictures go on around themselves as in a mirror at their border.", any_padding);
CLASS(borders, "ReplicationPad2d", "The border of pictures is repeated around them.", any_padding);
CLASS(circles, "CircularPad2d", "Pictures go on around themselves with what is at their other end.", any_padding);

#define ROW(class, made)                                                                                               \
    {                                                                                                                  \
        .about = { .name = (class), .doc = "Adds elements around the last dimensions.", MLP_PARAMS(params) },          \
        .constructor = (made), .function = "pad", .inputs = 1, .apply = apply                                          \
    }

const mlp_layer mlp_pad_layers[] = {
    ROW("ZeroPad2d", &zeros),          ROW("ConstantPad2d", &constants), ROW("ReflectionPad2d", &mirrors),
    ROW("ReplicationPad2d", &borders), ROW("CircularPad2d", &circles),   { .about = { .name = NULL } },
};
