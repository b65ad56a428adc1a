/* conv2d_description.c - what nn.Conv2d and its function are called with. */
#include "nn/conv2d.h"
#include "nn/layer.h"
#include "nn/pad_private.h"
#include "nn/window_private.h"

enum { IN_CHANNELS, OUT_CHANNELS, KERNEL_SIZE, CLASS_SHARED }; /* among the class's parameters */
enum { WEIGHT, SHARED };                                       /* and the function's */
enum { STRIDE, PADDING, DILATION, GROUPS, PADDING_MODE };      /* of those that both have, from `shared` on */
enum { ACTIVATION = SHARED + 6 };                              /* behind them and the bias */
enum { SAME, VALID };

static const char *const paddings[] = { [SAME] = "same", [VALID] = "valid", NULL };
static const char *const padding_modes[] = { "zeros", "reflect", "replicate", "circular", NULL }; /* as mlp_pad_mode */

/* clang-format off */
#define SHARED_PARAMS                                                                                                  \
    MLP_PARAM_WINDOW("stride", "pixels from window to window; one number or { rows, columns }", 1,                     \
                     .fallback = MLP_VALUE(1, 1)),                                                                     \
    MLP_PARAM_WINDOW("padding", "around the picture, or \"same\": as much as keeps its size, \"valid\": none", 0, \
                     .choices = paddings, .fallback = MLP_VALUE(0, 0)),                                                \
    MLP_PARAM_WINDOW("dilation", "from pixel to pixel of the window", 1, .fallback = MLP_VALUE(1, 1)),                 \
    { .name = "groups", .doc = "parts of the channels, each with its own share of the kernels",                        \
      .kind = MLP_PARAM_INT, .low = 1, .high = MLP_WINDOW_MOST, .fallback = MLP_VALUE(1) },                            \
    { .name = "padding_mode",                                                                                          \
      .doc = "what the padding is: zeros, a mirror at the border, the border itself, or what is at the other end",     \
      .kind = MLP_PARAM_CHOICE, .choices = padding_modes, .fallback = MLP_VALUE(MLP_PAD_CONSTANT) }
#define CHANNELS(called, says)                                                                                         \
    { .name = (called), .doc = (says), .kind = MLP_PARAM_INT, .low = 1, .high = MLP_WINDOW_MOST, .required = true }
/* clang-format on */

static mlp_conv2d_options options_of(const mlp_value *shared)
{
    const mlp_value *padding = &shared[PADDING];
    bool word = padding->count == 1;
    mlp_conv2d_options o = { .groups = (int64_t)shared[GROUPS].number[0] };
    o.same = word && padding->number[0] == SAME;
    for (int i = 0; i < 2; i++) {
        o.stride[i] = (int64_t)shared[STRIDE].number[i];
        o.padding[i] = word ? 0 : (int64_t)padding->number[i];
        o.dilation[i] = (int64_t)shared[DILATION].number[i];
    }
    return o;
}

static mlp_status check_class(const char *who, const mlp_value *values, mlp_error *err)
{
    mlp_conv2d_options o = options_of(values + CLASS_SHARED);
    return mlp_conv2d_check(&o, (int64_t)values[IN_CHANNELS].number[0], (int64_t)values[OUT_CHANNELS].number[0], who,
                            err);
}

/* x with the padding of o around it, which o then no longer asks for. */
static mlp_status surround(mlp_tensor **out, mlp_tensor *x, const mlp_tensor *w, mlp_conv2d_options *o,
                           mlp_pad_mode padding_mode, mlp_error *err)
{
    int64_t before[2], after[2];
    for (int i = 0; i < 2; i++) {
        int64_t total = o->same && w->ndim == 4 ? o->dilation[i] * (w->shape[2 + i] - 1) : 2 * o->padding[i];
        before[i] = total / 2, after[i] = total - before[i];
        o->padding[i] = 0;
    }
    o->same = false;
    return mlp_pad(out, x, 2, before, after, padding_mode, 0, err);
}

static mlp_status apply(mlp_tensor **out, const mlp_layer *layer, const mlp_layer_call *call, mlp_error *err)
{
    mlp_conv2d_options o = options_of(call->values + SHARED);
    o.relu = call->values[ACTIVATION].number[0] == MLP_ACTIVATION_RELU;
    mlp_pad_mode padding_mode = (mlp_pad_mode)call->values[SHARED + PADDING_MODE].number[0];
    mlp_tensor *x = call->input[0], *padded = NULL;
    mlp_status st = mlp_pictures_check(x, layer->function, err);
    if (!st && padding_mode != MLP_PAD_CONSTANT) st = mlp_conv2d_check(&o, 0, 0, layer->function, err);
    if (!st && padding_mode != MLP_PAD_CONSTANT) st = surround(&padded, x, call->weight[0], &o, padding_mode, err);
    if (!st) st = mlp_conv2d(out, padded ? padded : x, call->weight[0], call->weight[1], &o, err);
    mlp_tensor_release(padded);
    return st;
}

static const mlp_param params[] = {
    [WEIGHT] = MLP_LAYER_WEIGHT("out_channels x in_channels / groups x rows x columns"),
    SHARED_PARAMS,
    MLP_LAYER_TENSOR("bias", "a number for each kernel", .required = false),
    [ACTIVATION] = MLP_LAYER_ACTIVATION,
};

static const mlp_param class_params[] = {
    [IN_CHANNELS] = CHANNELS("in_channels", "3 for colour images, 1 for grey ones"),
    [OUT_CHANNELS] = CHANNELS("out_channels", "how many kernels"),
    [KERNEL_SIZE] =
        MLP_PARAM_WINDOW("kernel_size", "of the windows; one number or { rows, columns }", 1, .required = true),
    SHARED_PARAMS,
    MLP_LAYER_FLAG("bias", "adds a number that is learned to each output channel"),
    MLP_LAYER_DTYPE,
};

static const mlp_description constructor = { .name = "Conv2d",
                                             .doc =
                                                 "Slides out_channels kernels over n x in_channels x height x width.",
                                             MLP_PARAMS(class_params),
                                             .check = check_class };

const mlp_layer mlp_conv2d_layers[] = {
    { .about = { .name = "Conv2d",
                 .doc = "The convolution of pictures with kernels: what nn.Conv2d does.",
                 MLP_PARAMS(params) },
      .constructor = &constructor,
      .function = "conv2d",
      .inputs = 1,
      .apply = apply },
    { .about = { .name = NULL } },
};
