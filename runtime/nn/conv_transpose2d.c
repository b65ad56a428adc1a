/* conv_transpose2d.c - the transpose of a convolution: what conv2d's gradient by its input is, as a layer. */
#include "nn/conv2d.h"
#include "nn/layer.h"
#include "nn/window_private.h"

enum { IN_CHANNELS, OUT_CHANNELS, KERNEL_SIZE, CLASS_STRIDE, CLASS_PADDING, CLASS_EXTRA, CLASS_GROUPS };
enum { WEIGHT, BIAS, STRIDE, PADDING, EXTRA, GROUPS, DILATION };

/* The convolution that goes the other way. The size of its picture is the result's. */
static mlp_status options_of(mlp_conv2d_options *o, int64_t size[2], const mlp_tensor *x, const mlp_tensor *w,
                             const mlp_value *v, mlp_error *err)
{
    *o = (mlp_conv2d_options){ .groups = (int64_t)v[GROUPS].number[0] };
    for (int i = 0; i < 2; i++) {
        int64_t extra = (int64_t)v[EXTRA].number[i];
        o->stride[i] = (int64_t)v[STRIDE].number[i], o->padding[i] = (int64_t)v[PADDING].number[i];
        o->dilation[i] = (int64_t)v[DILATION].number[i];
        if (extra >= o->stride[i] && extra >= o->dilation[i])
            return mlp_fail(err, MLP_EINVAL,
                            "conv_transpose2d: output_padding is %lld, expected less than the stride, %lld, or the "
                            "dilation, %lld",
                            (long long)extra, (long long)o->stride[i], (long long)o->dilation[i]);
        size[i] = (x->shape[x->ndim - 2 + i] - 1) * o->stride[i] - 2 * o->padding[i] +
                  o->dilation[i] * (w->shape[2 + i] - 1) + extra + 1;
    }
    return MLP_OK;
}

static mlp_status check(const mlp_tensor *x, const mlp_tensor *w, const mlp_tensor *b, int64_t groups, mlp_error *err)
{
    char got[MLP_SHAPE_TEXT], shape[MLP_SHAPE_TEXT];
    mlp_status st = mlp_pictures_check(x, "conv_transpose2d", err);
    if (st) return st;
    if (w->ndim != 4 || mlp_tensor_numel(w) == 0)
        return mlp_fail(err, MLP_ESHAPE,
                        "conv_transpose2d: the weight is %s, expected in_channels x out_channels / groups x rows x "
                        "columns",
                        mlp_shape_text(got, w->ndim, w->shape));
    if (x->dtype != w->dtype || (b && b->dtype != w->dtype))
        return mlp_fail(err, MLP_EDTYPE, "conv_transpose2d: the input is %s and the weight %s: convert one of them",
                        mlp_dtype_name(x->dtype), mlp_dtype_name(w->dtype));
    if (w->shape[0] % groups != 0)
        return mlp_fail(err, MLP_EINVAL,
                        "conv_transpose2d: groups is %lld, expected a whole number that divides the %lld input "
                        "channels",
                        (long long)groups, (long long)w->shape[0]);
    if (x->shape[x->ndim - 3] != w->shape[0])
        return mlp_fail(err, MLP_ESHAPE, "conv_transpose2d expects %lld channels and got %lld (input %s, weight %s)",
                        (long long)w->shape[0], (long long)x->shape[x->ndim - 3],
                        mlp_shape_text(shape, x->ndim, x->shape), mlp_shape_text(got, w->ndim, w->shape));
    if (b && (b->ndim != 1 || b->shape[0] != w->shape[1] * groups))
        return mlp_fail(err, MLP_ESHAPE, "conv_transpose2d: the bias is %s, expected %lld numbers",
                        mlp_shape_text(got, b->ndim, b->shape), (long long)(w->shape[1] * groups));
    return MLP_OK;
}

static mlp_status add_bias(mlp_tensor **y, mlp_tensor *bias, mlp_error *err)
{
    mlp_tensor *column = NULL, *sum = NULL;
    mlp_status st = mlp_op_reshape(&column, bias, 3, (int64_t[]){ bias->shape[0], 1, 1 }, err);
    if (!st) st = mlp_op_binary(&sum, MLP_ADD, *y, column, err);
    mlp_tensor_release(column);
    if (st) return st;
    mlp_tensor_release(*y);
    *y = sum;
    return MLP_OK;
}

static mlp_status apply(mlp_tensor **out, const mlp_layer *layer, const mlp_layer_call *call, mlp_error *err)
{
    (void)layer;
    mlp_conv2d_options o;
    int64_t size[2];
    char shape[MLP_SHAPE_TEXT];
    mlp_tensor *x = call->input[0], *w = call->weight[0], *b = call->weight[1], *y = NULL;
    mlp_status st = check(x, w, b, (int64_t)call->values[GROUPS].number[0], err);
    if (!st) st = options_of(&o, size, x, w, call->values, err);
    if (!st && (size[0] < 1 || size[1] < 1 || size[0] > INT32_MAX || size[1] > INT32_MAX))
        st = mlp_fail(err, MLP_ESHAPE, "conv_transpose2d: the result of the input %s has %lld rows and %lld columns",
                      mlp_shape_text(shape, x->ndim, x->shape), (long long)size[0], (long long)size[1]);
    if (!st) st = mlp_conv2d_input(&y, x, w, size, &o, err);
    if (!st && b) st = add_bias(&y, b, err);
    if (st) mlp_tensor_release(y);
    else *out = y;
    return st;
}

/* ---- the row ---- */

/* clang-format off */
#define STRIDE_PARAM                                                                                                   \
    MLP_PARAM_WINDOW("stride", "pixels of the result from one of the input to the next", 1, .fallback = MLP_VALUE(1, 1))
#define PADDING_PARAM                                                                                                  \
    MLP_PARAM_WINDOW("padding", "rows and columns that are cut off around the result", 0, .fallback = MLP_VALUE(0, 0))
#define EXTRA_PARAM                                                                                                    \
    MLP_PARAM_WINDOW("output_padding", "rows and columns more at the end, which a stride leaves open", 0,              \
                     .fallback = MLP_VALUE(0, 0))
#define GROUPS_PARAM                                                                                                   \
    { .name = "groups", .doc = "parts of the channels, each with its own share of the kernels",                        \
      .kind = MLP_PARAM_INT, .low = 1, .high = MLP_WINDOW_MOST, .fallback = MLP_VALUE(1) }
#define DILATION_PARAM                                                                                                 \
    MLP_PARAM_WINDOW("dilation", "from pixel to pixel of the window", 1, .fallback = MLP_VALUE(1, 1))
#define CHANNELS(called, says)                                                                                         \
    { .name = (called), .doc = (says), .kind = MLP_PARAM_INT, .low = 1, .high = MLP_WINDOW_MOST, .required = true }
/* clang-format on */

static const mlp_param params[] = {
    [WEIGHT] = MLP_LAYER_WEIGHT("in_channels x out_channels / groups x rows x columns"),
    [BIAS] = MLP_LAYER_TENSOR("bias", "a number for each output channel", .required = false),
    [STRIDE] = STRIDE_PARAM,
    [PADDING] = PADDING_PARAM,
    [EXTRA] = EXTRA_PARAM,
    [GROUPS] = GROUPS_PARAM,
    [DILATION] = DILATION_PARAM,
};

static const mlp_param class_params[] = {
    [IN_CHANNELS] = CHANNELS("in_channels", "of the input"),
    [OUT_CHANNELS] = CHANNELS("out_channels", "of the result"),
    [KERNEL_SIZE] =
        MLP_PARAM_WINDOW("kernel_size", "of the windows; one number or { rows, columns }", 1, .required = true),
    [CLASS_STRIDE] = STRIDE_PARAM,
    [CLASS_PADDING] = PADDING_PARAM,
    [CLASS_EXTRA] = EXTRA_PARAM,
    [CLASS_GROUPS] = GROUPS_PARAM,
    MLP_LAYER_FLAG("bias", "adds a number that is learned to each output channel"),
    DILATION_PARAM,
    MLP_LAYER_DTYPE,
};

static mlp_status check_class(const char *who, const mlp_value *v, mlp_error *err)
{
    mlp_conv2d_options o = { .groups = (int64_t)v[CLASS_GROUPS].number[0] };
    return mlp_conv2d_check(&o, (int64_t)v[IN_CHANNELS].number[0], (int64_t)v[OUT_CHANNELS].number[0], who, err);
}

static const mlp_description constructor = {
    .name = "ConvTranspose2d",
    .doc = "Adds a window for each pixel of n x in_channels x height x width: pictures grow with the stride.",
    MLP_PARAMS(class_params),
    .check = check_class
};

const mlp_layer mlp_conv_transpose2d_layers[] = {
    { .about = { .name = "ConvTranspose2d",
                 .doc = "The transpose of conv2d: what nn.ConvTranspose2d does.",
                 MLP_PARAMS(params) },
      .constructor = &constructor,
      .function = "conv_transpose2d",
      .inputs = 1,
      .apply = apply },
    { .about = { .name = NULL } },
};
