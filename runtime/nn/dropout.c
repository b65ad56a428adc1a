/* dropout.c - the mask is a function of the random stream and the element's index: four elements share one block of the
 * generator. Backward computes it again, so nothing is kept and any thread makes any part. */
#include "nn/dropout.h"

#include "nn/layer.h"

#include "base/simd.h"

#include <stdio.h>

typedef struct mask {
    mlp_rng rng;
    uint64_t first; /* block of element 0 */
    double p;
} mask;

typedef struct arrays {
    const mask *mask;
    const void *x;
    void *y;
    int64_t n;
} arrays;

/* An element stays when its word is not below the threshold. Multiplying by 0 lets NaN through, as PyTorch does. */
static uint32_t threshold(double p)
{
    return p < 1 ? (uint32_t)(p * 4294967296.0) : UINT32_MAX; /* nothing stays for p = 1: the scale is 0 */
}

static double scale(double p)
{
    return p < 1 ? 1 / (1 - p) : 0;
}

enum { AT_ONCE = 64 /* blocks of the generator */ };

#define KERNEL_FILE "nn/dropout_kernel.h"
#include "base/each_float.h"

static int64_t blocks_of(const mlp_tensor *x)
{
    return (mlp_tensor_numel(x) + 3) / 4;
}

/* The same function forward and backward: it is linear. */
static mlp_status apply(mlp_tensor **out, mlp_tensor *x, const mask *m, mlp_error *err)
{
    enum { GRAIN = 2048 };
    mlp_tensor *cx = NULL, *y = NULL;
    mlp_status st = mlp_tensor_contiguous(&cx, x, err);
    if (!st) st = mlp_tensor_new(&y, x->dtype, x->ndim, x->shape, err);
    if (!st) {
        arrays a = { m, mlp_tensor_data(cx), mlp_tensor_data(y), mlp_tensor_numel(x) };
        st = mlp_parallel_for(blocks_of(x), GRAIN, x->dtype == MLP_F64 ? range_f64 : range_f32, &a, err);
    }
    mlp_tensor_release(cx);
    if (st) mlp_tensor_release(y);
    else *out = y;
    return st;
}

static mlp_status record(mlp_tensor **out, mlp_tensor *x, const mask *m, mlp_error *err);

static mlp_status backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    return record(&dx[0], dy, mlp_node_context(node), err);
}

static mlp_status record(mlp_tensor **out, mlp_tensor *x, const mask *m, mlp_error *err)
{
    static const mlp_op op = { "dropout", backward, .again = backward };
    mlp_tensor *y = NULL;
    mlp_status st = apply(&y, x, m, err);
    return st ? st : mlp_op_result(out, y, &op, &x, 1, NULL, 0, m, sizeof *m, err);
}

/* Percents are given often enough. */
static mlp_status check_p(const char *who, const mlp_value *values, mlp_error *err)
{
    char share[48] = "";
    double p = values[0].number[0];
    if (p >= 0 && p <= 1) return MLP_OK;
    if (p > 1 && p <= 100) snprintf(share, sizeof share, ": %g %% is %g", p, p / 100);
    return mlp_fail(err, MLP_EINVAL, "%s: dropout probability has to be between 0 and 1, but got %g%s", who, p, share);
}

extern const mlp_layer mlp_dropout_layers[];

mlp_status mlp_dropout(mlp_tensor **out, mlp_tensor *x, double p, bool training, mlp_rng *rng, mlp_error *err)
{
    mlp_value value = { 1, { p } };
    mlp_status st = mlp_description_complete(&mlp_dropout_layers[0].about, "dropout", &value, &value, err);
    if (st) return st;
    if (mlp_expect_real(x, "dropout", "input", err)) return MLP_EDTYPE;
    if (!training || p == 0) {
        *out = mlp_tensor_retain(x);
        return MLP_OK;
    }
    mask m = { .p = p, .first = mlp_rng_reserve(rng, (uint64_t)blocks_of(x)) };
    m.rng = *rng;
    return record(out, x, &m, err);
}

mlp_status mlp_feature_dropout(mlp_tensor **out, mlp_tensor *x, double p, bool training, mlp_rng *rng, mlp_error *err)
{
    char shape[MLP_SHAPE_TEXT];
    int64_t sizes[MLP_MAX_DIMS];
    mlp_tensor *ones = NULL, *kept = NULL;
    if (x->ndim < 2)
        return mlp_fail(err, MLP_ESHAPE, "feature dropout: the input is %s, expected a batch: rows x channels, ...",
                        mlp_shape_text(shape, x->ndim, x->shape));
    if (!training || p == 0) return mlp_dropout(out, x, p, training, rng, err);
    for (int d = 0; d < x->ndim; d++) sizes[d] = d < 2 ? x->shape[d] : 1;
    mlp_status st = mlp_tensor_full(&ones, mlp_dtype_is_real(x->dtype) ? x->dtype : MLP_F32, x->ndim, sizes, 1, err);
    if (!st) st = mlp_dropout(&kept, ones, p, true, rng, err);
    if (!st) st = mlp_op_binary(out, MLP_MUL, x, kept, err);
    mlp_tensor_release(kept);
    mlp_tensor_release(ones);
    return st;
}

/* ---- their rows ---- */

/* Without limits: check_p has the words. */
static const mlp_param params[] = {
    { .name = "p",
      .doc = "the probability of 0, from 0 to 1",
      .kind = MLP_PARAM_FLOAT,
      .required = true,
      .low = -INFINITY,
      .high = INFINITY,
      .fallback = MLP_VALUE(0.5) },
};

static mlp_status dropout_row(mlp_tensor **out, const mlp_layer *layer, const mlp_layer_call *call, mlp_error *err)
{
    (void)layer;
    return mlp_dropout(out, call->input[0], call->values[0].number[0], call->training, call->rng, err);
}

static mlp_status feature_row(mlp_tensor **out, const mlp_layer *layer, const mlp_layer_call *call, mlp_error *err)
{
    (void)layer;
    return mlp_feature_dropout(out, call->input[0], call->values[0].number[0], call->training, call->rng, err);
}

const mlp_layer mlp_dropout_layers[] = {
    { .about = { .name = "Dropout",
                 .doc = "In training each number is 0 with probability p, the others are divided by 1 - p; in "
                        "evaluation nothing happens.",
                 MLP_PARAMS(params),
                 .check = check_p },
      .function = "dropout",
      .inputs = 1,
      .by_mode = true,
      .apply = dropout_row },
    { .about = { .name = "Dropout2d",
                 .doc =
                     "As nn.Dropout, for whole channels of n x c x height x width: neighbouring pixels are too alike.",
                 MLP_PARAMS(params),
                 .check = check_p },
      .function = "dropout2d",
      .inputs = 1,
      .by_mode = true,
      .apply = feature_row },
    { .about = { .name = NULL } },
};
