/* prelu.c - a leaky ReLU whose slope below 0 is learned: made of operations that have gradients. */
#include "nn/layer.h"

/* The weight with the sizes that spread it over x: one value, or one for each channel, the second dimension. */
static mlp_status spread(mlp_tensor **out, const mlp_tensor *x, mlp_tensor *weight, mlp_error *err)
{
    char shape_text[MLP_SHAPE_TEXT];
    int64_t count = mlp_tensor_numel(weight), channels = x->ndim > 1 ? x->shape[1] : 1;
    int64_t shape[MLP_MAX_DIMS] = { count };
    if (count != 1 && count != channels)
        return mlp_fail(
            err, MLP_ESHAPE,
            "prelu: the weight has %lld values and the input %lld channels (%s): pass num_parameters = %lld",
            (long long)count, (long long)channels, mlp_shape_text(shape_text, x->ndim, x->shape), (long long)channels);
    int ndim = count > 1 ? x->ndim - 1 : x->ndim > 0;
    for (int d = 1; d < ndim; d++) shape[d] = 1;
    return mlp_op_reshape(out, weight, ndim, shape, err);
}

static mlp_status apply(mlp_tensor **out, const mlp_layer *layer, const mlp_layer_call *call, mlp_error *err)
{
    (void)layer;
    mlp_tensor *x = call->input[0], *weight = NULL, *below = NULL, *positive = NULL;
    mlp_status st = spread(&weight, x, call->weight[0], err);
    if (!st) st = mlp_op_binary(&below, MLP_MUL, x, weight, err);
    if (!st) st = mlp_op_binary_number(&positive, MLP_GT, x, 0, true, false, err);
    if (!st) st = mlp_op_where(out, positive, x, below, err);
    mlp_tensor_release(positive);
    mlp_tensor_release(below);
    mlp_tensor_release(weight);
    return st;
}

static const mlp_param params[] = { MLP_LAYER_WEIGHT("one value, or one for each channel") };

static const mlp_param class_params[] = {
    { .name = "num_parameters",
      .doc = "1, or one for each channel (dimension 2)",
      .kind = MLP_PARAM_INT,
      .low = 1,
      .high = INFINITY,
      .fallback = MLP_VALUE(1) },
    { .name = "init",
      .doc = "what the weight begins as",
      .low = -INFINITY,
      .high = INFINITY,
      .fallback = MLP_VALUE(0.25) },
    MLP_LAYER_DTYPE,
};

static const mlp_description constructor = { .name = "PReLU",
                                             .doc = "x above 0, weight x below, with a weight that is learned.",
                                             MLP_PARAMS(class_params) };

const mlp_layer mlp_prelu_layers[] = {
    { .about = { .name = "PReLU", .doc = "What nn.PReLU does.", MLP_PARAMS(params) },
      .constructor = &constructor,
      .function = "prelu",
      .inputs = 1,
      .apply = apply },
    { .about = { .name = NULL } },
};
