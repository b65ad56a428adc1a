/* conv2d_description.c - what nn.Conv2d and its function are called with. */
#include "nn/conv2d.h"
#include "nn/layer.h"
#include "nn/window_private.h"

enum { IN_CHANNELS, OUT_CHANNELS, KERNEL_SIZE, CLASS_SHARED }; /* among the class's parameters */
enum { WEIGHT, SHARED };                                       /* and the function's */
enum { STRIDE, PADDING, DILATION, GROUPS };                    /* of those that both have, from `shared` on */
enum { SAME, VALID };

static const char *const paddings[] = { [SAME] = "same", [VALID] = "valid", NULL };
static const char *const padding_modes[] = { "zeros", NULL };

/* clang-format off */
#define SHARED_PARAMS                                                                                                  \
    MLP_PARAM_WINDOW("stride", "pixels from window to window; one number or { rows, columns }", 1,                     \
                     .fallback = MLP_VALUE(1, 1)),                                                                     \
    MLP_PARAM_WINDOW("padding", "zeros around the picture, or \"same\": as many as keep its size, \"valid\": none", 0, \
                     .choices = paddings, .fallback = MLP_VALUE(0, 0)),                                                \
    MLP_PARAM_WINDOW("dilation", "from pixel to pixel of the window", 1, .fallback = MLP_VALUE(1, 1)),                 \
    { .name = "groups", .doc = "parts of the channels, each with its own share of the kernels",                        \
      .kind = MLP_PARAM_INT, .low = 1, .high = MLP_WINDOW_MOST, .fallback = MLP_VALUE(1) }
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

static mlp_status apply(mlp_tensor **out, const mlp_layer *layer, const mlp_layer_call *call, mlp_error *err)
{
    (void)layer;
    mlp_conv2d_options o = options_of(call->values + SHARED);
    return mlp_conv2d(out, call->input[0], call->weight[0], call->weight[1], &o, err);
}

static const mlp_param params[] = {
    [WEIGHT] = MLP_LAYER_WEIGHT("out_channels x in_channels / groups x rows x columns"),
    SHARED_PARAMS,
    MLP_LAYER_TENSOR("bias", "a number for each kernel", .required = false),
};

static const mlp_param class_params[] = {
    [IN_CHANNELS] = CHANNELS("in_channels", "3 for colour images, 1 for grey ones"),
    [OUT_CHANNELS] = CHANNELS("out_channels", "how many kernels"),
    [KERNEL_SIZE] =
        MLP_PARAM_WINDOW("kernel_size", "of the windows; one number or { rows, columns }", 1, .required = true),
    SHARED_PARAMS,
    MLP_LAYER_FLAG("bias", "adds a number that is learned to each output channel"),
    { .name = "padding_mode",
      .doc = "what surrounds the picture: the other modes are not there",
      .kind = MLP_PARAM_CHOICE,
      .choices = padding_modes,
      .fallback = MLP_VALUE(0) },
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
