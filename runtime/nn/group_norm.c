/* group_norm.c - GroupNorm and InstanceNorm2d: made of operations that have gradients. */
#include "nn/batch_norm.h"
#include "nn/layer.h"
#include "nn/layer_norm.h"

#include "autograd/formula.h"

static mlp_status check_channels(const char *who, const mlp_tensor *x, int least, mlp_error *err)
{
    char shape[MLP_SHAPE_TEXT];
    if (mlp_expect_real(x, who, "input", err)) return MLP_EDTYPE;
    if (x->ndim >= least) return MLP_OK;
    return mlp_fail(err, MLP_ESHAPE, "%s: the input is %s, expected a batch of at least %d dimensions: n x channels%s",
                    who, mlp_shape_text(shape, x->ndim, x->shape), least, least > 2 ? " x ..." : "");
}

/* A number for each channel, spread over x of `channels` in the second dimension. NULL stays NULL. */
static mlp_tensor *by_channel(mlp_formula *f, const char *who, const char *name, mlp_tensor *t, const mlp_tensor *x)
{
    int64_t shape[MLP_MAX_DIMS] = { x->shape[1] };
    char got[MLP_SHAPE_TEXT];
    if (!t || f->status) return NULL;
    if (t->ndim != 1 || t->shape[0] != x->shape[1] || t->dtype != x->dtype) {
        f->status = mlp_fail(f->err, MLP_ESHAPE, "%s: %s is %s %s, expected a number of %s for each of %lld channels",
                             who, name, mlp_dtype_name(t->dtype), mlp_shape_text(got, t->ndim, t->shape),
                             mlp_dtype_name(x->dtype), (long long)x->shape[1]);
        return NULL;
    }
    for (int d = 1; d < x->ndim - 1; d++) shape[d] = 1;
    return mlp_f_reshape(f, t, x->ndim - 1, shape);
}

static mlp_tensor *affine(mlp_formula *f, const char *who, mlp_tensor *y, mlp_tensor *weight, mlp_tensor *bias)
{
    if (!y) return NULL;
    mlp_tensor *w = by_channel(f, who, "weight", weight, y), *b = by_channel(f, who, "bias", bias, y);
    if (w) y = mlp_f_binary(f, MLP_MUL, y, w);
    if (b) y = mlp_f_binary(f, MLP_ADD, y, b);
    return f->status ? NULL : y;
}

/* ---- groups ---- */

enum { GROUPS, GROUP_WEIGHT, GROUP_BIAS, GROUP_EPS };

static mlp_status group_apply(mlp_tensor **out, const mlp_layer *layer, const mlp_layer_call *call, mlp_error *err)
{
    char shape[MLP_SHAPE_TEXT];
    mlp_tensor *x = call->input[0], *y = NULL;
    int64_t groups = (int64_t)call->values[GROUPS].number[0];
    mlp_status st = check_channels(layer->function, x, 2, err);
    if (st) return st;
    if (x->shape[1] % groups != 0)
        return mlp_fail(err, MLP_ESHAPE, "%s: %lld groups do not share the %lld channels of the input %s evenly",
                        layer->function, (long long)groups, (long long)x->shape[1],
                        mlp_shape_text(shape, x->ndim, x->shape));
    int64_t each = x->shape[1] / groups, rows = x->shape[0] * groups;
    for (int d = 2; d < x->ndim; d++) each *= x->shape[d];
    mlp_formula f = mlp_formula_begin(err);
    mlp_tensor *flat = mlp_f_reshape(&f, x, 2, (int64_t[]){ rows, each });
    if (flat) st = mlp_layer_norm(&y, flat, 1, &each, NULL, NULL, call->values[GROUP_EPS].number[0], err);
    if (flat) y = mlp_f_reshape(&f, mlp_f_step(&f, st, y), x->ndim, x->shape);
    return mlp_formula_end(&f, out, affine(&f, layer->function, y, call->weight[0], call->weight[1]));
}

static const mlp_param group_params[] = {
    [GROUPS] = MLP_LAYER_COUNT("num_groups", "which the channels are cut into", 1),
    [GROUP_WEIGHT] = MLP_LAYER_TENSOR("weight", "of each channel; the result is multiplied by it", .required = false),
    [GROUP_BIAS] = MLP_LAYER_TENSOR("bias", "of each channel; it is added", .required = false),
    [GROUP_EPS] = MLP_LAYER_EPS,
};

static const mlp_param group_class_params[] = {
    MLP_LAYER_COUNT("num_groups", "which the channels are cut into", 1),
    MLP_LAYER_COUNT("num_channels", "how many channels the input has", 1),
    MLP_LAYER_EPS,
    MLP_LAYER_FLAG("affine", "scales and shifts by weights that are learned"),
    MLP_LAYER_DTYPE,
};

static mlp_status check_group_class(const char *who, const mlp_value *values, mlp_error *err)
{
    int64_t groups = (int64_t)values[0].number[0], channels = (int64_t)values[1].number[0];
    if (channels % groups == 0) return MLP_OK;
    return mlp_fail(err, MLP_EINVAL, "%s: num_channels is %lld, expected a multiple of num_groups, %lld", who,
                    (long long)channels, (long long)groups);
}

static const mlp_description group_class = {
    .name = "GroupNorm",
    .doc = "Each group of the channels of a picture gets mean 0 and variance 1, in training and in evaluation.",
    MLP_PARAMS(group_class_params),
    .check = check_group_class
};

/* ---- each channel of each picture ---- */

enum { USE_INPUT_STATS = 4, MOMENTUM, EPS };

/* The running statistics, one for each picture and channel, as batch_norm of one row mixes them; then their means. */
static mlp_status spread_stats(mlp_tensor **out, mlp_tensor *running, int64_t n, mlp_error *err)
{
    int64_t channels = running->shape[0];
    mlp_tensor *wide = NULL, *copy = NULL;
    mlp_status st = mlp_tensor_expand(&wide, running, 2, (int64_t[]){ n, channels }, err);
    if (!st) st = mlp_tensor_clone(&copy, wide, err);
    if (!st) st = mlp_tensor_reshape(out, copy, 1, (int64_t[]){ n * channels }, err);
    mlp_tensor_release(copy);
    mlp_tensor_release(wide);
    return st;
}

static mlp_status take_means(mlp_tensor *running, mlp_tensor *each, int64_t n, mlp_error *err)
{
    mlp_tensor *rows = NULL, *mean = NULL;
    mlp_status st = mlp_tensor_reshape(&rows, each, 2, (int64_t[]){ n, running->shape[0] }, err);
    if (!st) st = mlp_tensor_reduce(&mean, MLP_MEAN, rows, 1, (int[]){ 0 }, false, err);
    if (!st) st = mlp_tensor_copy_(running, mean, err);
    mlp_tensor_release(mean);
    mlp_tensor_release(rows);
    return st;
}

/* Channels of pictures as channels of one picture. */
static mlp_status by_input(mlp_tensor **out, mlp_tensor *x, const mlp_batch_norm_state *s, mlp_error *err)
{
    int64_t n = x->shape[0], shape[MLP_MAX_DIMS];
    mlp_batch_norm_state each = { .training = true, .momentum = s->momentum, .eps = s->eps };
    mlp_tensor *flat = NULL, *y = NULL;
    for (int d = 0; d < x->ndim; d++) shape[d] = x->shape[d];
    shape[0] = 1, shape[1] = n * x->shape[1];
    mlp_status st = mlp_op_reshape(&flat, x, x->ndim, shape, err);
    if (!st && s->running_mean) st = spread_stats(&each.running_mean, s->running_mean, n, err);
    if (!st && s->running_mean) st = spread_stats(&each.running_var, s->running_var, n, err);
    if (!st) st = mlp_batch_norm(&y, flat, &each, err);
    if (!st && s->running_mean) st = take_means(s->running_mean, each.running_mean, n, err);
    if (!st && s->running_mean) st = take_means(s->running_var, each.running_var, n, err);
    if (!st) st = mlp_op_reshape(out, y, x->ndim, x->shape, err);
    mlp_tensor_release(each.running_mean);
    mlp_tensor_release(each.running_var);
    mlp_tensor_release(y);
    mlp_tensor_release(flat);
    return st;
}

static mlp_status check_stats(const char *who, const mlp_tensor *x, const mlp_batch_norm_state *s, bool by_input_stats,
                              mlp_error *err)
{
    char shape[MLP_SHAPE_TEXT];
    int64_t pixels = 1;
    for (int d = 2; d < x->ndim; d++) pixels *= x->shape[d];
    if (!s->running_mean != !s->running_var || (!by_input_stats && !s->running_mean))
        return mlp_fail(err, MLP_EINVAL, "%s: expected running_mean and running_var, or neither with use_input_stats",
                        who);
    if (s->running_mean && (s->running_mean->ndim != 1 || s->running_mean->shape[0] != x->shape[1]))
        return mlp_fail(err, MLP_ESHAPE, "%s expects %lld features and got %lld (input %s)", who,
                        (long long)mlp_tensor_numel(s->running_mean), (long long)x->shape[1],
                        mlp_shape_text(shape, x->ndim, x->shape));
    if (by_input_stats && pixels <= 1)
        return mlp_fail(err, MLP_ESHAPE, "%s: expected more than 1 pixel in each channel, got input size %s", who,
                        mlp_shape_text(shape, x->ndim, x->shape));
    return MLP_OK;
}

static mlp_status instance_apply(mlp_tensor **out, const mlp_layer *layer, const mlp_layer_call *call, mlp_error *err)
{
    mlp_tensor *x = call->input[0], *y = NULL;
    bool by_input_stats = call->values[USE_INPUT_STATS].number[0] != 0;
    mlp_batch_norm_state s = { .running_mean = call->weight[0],
                               .running_var = call->weight[1],
                               .momentum = call->values[MOMENTUM].number[0],
                               .eps = call->values[EPS].number[0] };
    mlp_status st = check_channels(layer->function, x, 3, err);
    if (!st) st = check_stats(layer->function, x, &s, by_input_stats, err);
    if (st) return st;
    mlp_formula f = mlp_formula_begin(err);
    st = by_input_stats ? by_input(&y, x, &s, err) : mlp_batch_norm(&y, x, &s, err);
    y = mlp_f_step(&f, st, y);
    return mlp_formula_end(&f, out, affine(&f, layer->function, y, call->weight[2], call->weight[3]));
}

static const mlp_param instance_params[] = {
    MLP_LAYER_TENSOR("running_mean", "of each channel", .required = false),
    MLP_LAYER_TENSOR("running_var", "of each channel", .required = false),
    MLP_LAYER_TENSOR("weight", "of each channel; the result is multiplied by it", .required = false),
    MLP_LAYER_TENSOR("bias", "of each channel; it is added", .required = false),
    [USE_INPUT_STATS] = MLP_LAYER_FLAG("use_input_stats", "each picture's own statistics, not the running ones"),
    [MOMENTUM] = { .name = "momentum",
                   .doc = "the share of the batch in the running statistics",
                   .high = 1,
                   .fallback = MLP_VALUE(0.1) },
    [EPS] = MLP_LAYER_EPS,
};

/* clang-format off */
#define OFF(called, says)                                                                                              \
    { .name = (called), .doc = (says), .kind = MLP_PARAM_BOOL, .fallback = MLP_VALUE(false) }
/* clang-format on */

static const mlp_param instance_class_params[] = {
    MLP_LAYER_COUNT("num_features", "how many channels the input has", 1),
    MLP_LAYER_EPS,
    { .name = "momentum",
      .doc = "the share of a batch in the running statistics",
      .high = 1,
      .fallback = MLP_VALUE(0.1) },
    OFF("affine", "scales and shifts by weights that are learned"),
    OFF("track_running_stats", "keeps statistics, which evaluation then uses"),
    MLP_LAYER_DTYPE,
};

static const mlp_description instance_class = {
    .name = "InstanceNorm2d",
    .doc = "Each channel of each picture gets mean 0 and variance 1: n x channels x height x width.",
    MLP_PARAMS(instance_class_params)
};

const mlp_layer mlp_group_norm_layers[] = {
    { .about = { .name = "GroupNorm", .doc = "What nn.GroupNorm does.", MLP_PARAMS(group_params) },
      .constructor = &group_class,
      .function = "group_norm",
      .inputs = 1,
      .apply = group_apply },
    { .about = { .name = "InstanceNorm2d", .doc = "What nn.InstanceNorm2d does.", MLP_PARAMS(instance_params) },
      .constructor = &instance_class,
      .function = "instance_norm",
      .inputs = 1,
      .apply = instance_apply },
    { .about = { .name = NULL } },
};
