/* margin_loss.c - losses that compare scores, vectors or distances, and the two measures of likeness: all made of
 * operations that have gradients. */
#include "autograd/formula.h"
#include "nn/layer.h"
#include "nn/reduction.h"

/* ---- what they share ---- */

static mlp_status fail_shapes(const char *who, const mlp_tensor *a, const mlp_tensor *b, const char *expected,
                              mlp_error *err)
{
    char first[MLP_SHAPE_TEXT], second[MLP_SHAPE_TEXT];
    return mlp_fail(err, MLP_ESHAPE, "%s: got %s %s and %s %s, expected %s", who, mlp_dtype_name(a->dtype),
                    mlp_shape_text(first, a->ndim, a->shape), mlp_dtype_name(b->dtype),
                    mlp_shape_text(second, b->ndim, b->shape), expected);
}

/* Two inputs of numbers, of one shape and type. */
static mlp_status check_alike(const char *who, const mlp_tensor *a, const mlp_tensor *b, mlp_error *err)
{
    if (mlp_dtype_is_real(a->dtype) && a->dtype == b->dtype && mlp_tensor_same_shape(a, b)) return MLP_OK;
    return fail_shapes(who, a, b, "both of the same shape, f32 or both f64 (:float() makes f32)", err);
}

static mlp_tensor *reduced(mlp_formula *f, mlp_tensor *losses, const mlp_value *reduction)
{
    int way = (int)reduction->number[0];
    if (way == MLP_EACH_ROW) return losses;
    return mlp_f_all(f, way == MLP_SUM_OF_ROWS ? MLP_SUM : MLP_MEAN, losses);
}

static mlp_tensor *at_least_zero(mlp_formula *f, mlp_tensor *x)
{
    return mlp_f_clamp(f, x, 0, INFINITY);
}

/* The p-norm along the last dimension. */
static mlp_tensor *norm(mlp_formula *f, mlp_tensor *x, double p)
{
    if (p == 2) return mlp_f_unary(f, MLP_SQRT, mlp_f_along(f, MLP_SUM, mlp_f_unary(f, MLP_SQUARE, x), -1, false));
    mlp_tensor *size = mlp_f_unary(f, MLP_ABS, x);
    if (p == 1) return mlp_f_along(f, MLP_SUM, size, -1, false);
    if (p == INFINITY) return mlp_f_along(f, MLP_AMAX, size, -1, false);
    return mlp_f_number(f, MLP_POW, mlp_f_along(f, MLP_SUM, mlp_f_number(f, MLP_POW, size, p), -1, false), 1 / p);
}

static mlp_tensor *distance(mlp_formula *f, mlp_tensor *a, mlp_tensor *b, double p, double eps)
{
    return norm(f, mlp_f_number(f, MLP_ADD, mlp_f_binary(f, MLP_SUB, a, b), eps), p);
}

/* clang-format off */
#define MARGIN_PARAM(default_margin, says)                                                                             \
    { .name = "margin", .doc = (says), .low = -INFINITY, .high = INFINITY, .fallback = MLP_VALUE(default_margin) }
#define NORM_PARAM                                                                                                     \
    { .name = "p", .doc = "the order of the norm", .low_open = true, .high = INFINITY, .fallback = MLP_VALUE(2) }
#define DISTANCE_EPS                                                                                                   \
    { .name = "eps", .doc = "added to each difference", .high = INFINITY, .fallback = MLP_VALUE(1e-6) }
/* clang-format on */

/* ---- two scores ---- */

static const mlp_param ranking_params[] = {
    MLP_PARAM_REDUCTION,
    MARGIN_PARAM(0, "how much larger the score that should win has to be"),
};

static mlp_status ranking(mlp_tensor **out, const mlp_layer *layer, const mlp_layer_call *call, mlp_error *err)
{
    mlp_tensor *a = call->input[0], *b = call->input[1], *target = call->input[2];
    mlp_status st = check_alike(layer->function, a, b, err);
    if (st) return st;
    mlp_formula f = mlp_formula_begin(err);
    mlp_tensor *lead = mlp_f_binary(&f, MLP_MUL, mlp_f_cast(&f, target, a->dtype), mlp_f_binary(&f, MLP_SUB, a, b));
    mlp_tensor *short_of = at_least_zero(&f, mlp_f_from(&f, MLP_SUB, call->values[1].number[0], lead));
    return mlp_formula_end(&f, out, reduced(&f, short_of, &call->values[0]));
}

/* ---- directions ---- */

static const mlp_param cosine_params[] = {
    MLP_PARAM_REDUCTION,
    MARGIN_PARAM(0, "how alike vectors with a target of -1 may be"),
};

static mlp_status cosine_embedding(mlp_tensor **out, const mlp_layer *layer, const mlp_layer_call *call, mlp_error *err)
{
    mlp_tensor *a = call->input[0], *b = call->input[1], *target = call->input[2];
    mlp_status st = check_alike(layer->function, a, b, err);
    if (!st && (a->ndim < 1 || a->ndim > 2 || target->ndim != a->ndim - 1 ||
                (target->ndim == 1 && target->shape[0] != a->shape[0])))
        st = fail_shapes(layer->function, a, target, "rows of vectors and 1 or -1 for each row", err);
    if (st) return st;
    mlp_formula f = mlp_formula_begin(err);
    mlp_tensor *sizes[2] = { a, b }, *zero = mlp_f_scalar(&f, a->dtype, 0);
    for (int i = 0; i < 2; i++) {
        mlp_tensor *squares = mlp_f_along(&f, MLP_SUM, mlp_f_unary(&f, MLP_SQUARE, sizes[i]), -1, false);
        sizes[i] = mlp_f_number(&f, MLP_ADD, squares, 1e-12);
    }
    mlp_tensor *product = mlp_f_along(&f, MLP_SUM, mlp_f_binary(&f, MLP_MUL, a, b), -1, false);
    mlp_tensor *cosine =
        mlp_f_binary(&f, MLP_DIV, product, mlp_f_unary(&f, MLP_SQRT, mlp_f_binary(&f, MLP_MUL, sizes[0], sizes[1])));
    mlp_tensor *apart = at_least_zero(&f, mlp_f_number(&f, MLP_SUB, cosine, call->values[1].number[0]));
    mlp_tensor *alike = mlp_f_from(&f, MLP_SUB, 1, cosine);
    mlp_tensor *losses = mlp_f_binary(&f, MLP_ADD, mlp_f_where(&f, mlp_f_number(&f, MLP_EQ, target, 1), alike, zero),
                                      mlp_f_where(&f, mlp_f_number(&f, MLP_EQ, target, -1), apart, zero));
    return mlp_formula_end(&f, out, reduced(&f, losses, &call->values[0]));
}

static const mlp_param similarity_params[] = {
    { .name = "dim",
      .doc = "along it the vectors are",
      .kind = MLP_PARAM_DIM,
      .low = -MLP_MAX_DIMS,
      .high = MLP_MAX_DIMS - 1,
      .fallback = MLP_VALUE(1) },
    { .name = "eps", .doc = "the least length of a vector", .high = INFINITY, .fallback = MLP_VALUE(1e-8) },
};

static mlp_status similarity(mlp_tensor **out, const mlp_layer *layer, const mlp_layer_call *call, mlp_error *err)
{
    char shape[MLP_SHAPE_TEXT];
    mlp_tensor *both[2] = { call->input[0], call->input[1] };
    int dim = (int)call->values[0].number[0];
    if (!mlp_dtype_is_real(both[0]->dtype) || both[0]->dtype != both[1]->dtype)
        return fail_shapes(layer->function, both[0], both[1], "both f32 or both f64 (:float() makes f32)", err);
    mlp_formula f = mlp_formula_begin(err);
    mlp_tensor *product = mlp_f_binary(&f, MLP_MUL, both[0], both[1]);
    if (product && (dim >= product->ndim || dim < -product->ndim)) {
        f.status = mlp_fail(err, MLP_EINDEX, "%s: dimension %d is out of range for vectors of %s", layer->function,
                            mlp_nth_dim(dim), mlp_shape_text(shape, product->ndim, product->shape));
        product = NULL;
    }
    for (int i = 0; product && i < 2; i++) {
        mlp_tensor *wide = NULL;
        mlp_status st = mlp_op_broadcast(&wide, both[i], product, err);
        wide = mlp_f_step(&f, st, wide);
        mlp_tensor *squares = mlp_f_along(&f, MLP_SUM, mlp_f_unary(&f, MLP_SQUARE, wide), dim, true);
        both[i] =
            mlp_f_binary(&f, MLP_DIV, wide,
                         mlp_f_clamp(&f, mlp_f_unary(&f, MLP_SQRT, squares), call->values[1].number[0], INFINITY));
    }
    mlp_tensor *cosine =
        product ? mlp_f_along(&f, MLP_SUM, mlp_f_binary(&f, MLP_MUL, both[0], both[1]), dim, false) : NULL;
    return mlp_formula_end(&f, out, cosine);
}

/* ---- distances ---- */

static const mlp_param distance_params[] = {
    NORM_PARAM,
    DISTANCE_EPS,
    { .name = "keepdim",
      .doc = "leaves the last dimension with size 1",
      .kind = MLP_PARAM_BOOL,
      .fallback = MLP_VALUE(false) },
};

static mlp_status pairwise(mlp_tensor **out, const mlp_layer *layer, const mlp_layer_call *call, mlp_error *err)
{
    mlp_tensor *a = call->input[0], *b = call->input[1];
    if (!mlp_dtype_is_real(a->dtype) || a->dtype != b->dtype || a->ndim < 1 || b->ndim < 1)
        return fail_shapes(layer->function, a, b, "vectors, both f32 or both f64 (:float() makes f32)", err);
    mlp_formula f = mlp_formula_begin(err);
    mlp_tensor *d = distance(&f, a, b, call->values[0].number[0], call->values[1].number[0]);
    if (call->values[2].number[0] != 0) d = mlp_f_unsqueeze(&f, d, -1);
    return mlp_formula_end(&f, out, d);
}

enum { TRIPLET_MARGIN = 1, TRIPLET_P, TRIPLET_EPS, TRIPLET_SWAP };
static const mlp_param triplet_params[] = {
    MLP_PARAM_REDUCTION,
    [TRIPLET_MARGIN] = MARGIN_PARAM(1, "how much farther the negative one has to be"),
    [TRIPLET_P] = NORM_PARAM,
    [TRIPLET_EPS] = DISTANCE_EPS,
    [TRIPLET_SWAP] = { .name = "swap",
                       .doc =
                           "where the positive one is nearer to the negative one than the anchor, that distance counts",
                       .kind = MLP_PARAM_BOOL,
                       .fallback = MLP_VALUE(false) },
};

static mlp_status triplet(mlp_tensor **out, const mlp_layer *layer, const mlp_layer_call *call, mlp_error *err)
{
    const mlp_value *v = call->values;
    mlp_tensor *anchor = call->input[0], *positive = call->input[1], *negative = call->input[2];
    double p = v[TRIPLET_P].number[0], eps = v[TRIPLET_EPS].number[0];
    mlp_status st = check_alike(layer->function, anchor, positive, err);
    if (!st) st = check_alike(layer->function, anchor, negative, err);
    if (!st && anchor->ndim < 1) st = fail_shapes(layer->function, anchor, positive, "vectors", err);
    if (st) return st;
    mlp_formula f = mlp_formula_begin(err);
    mlp_tensor *near = distance(&f, anchor, positive, p, eps), *far = distance(&f, anchor, negative, p, eps);
    if (v[TRIPLET_SWAP].number[0] != 0)
        far = mlp_f_binary(&f, MLP_MINIMUM, far, distance(&f, positive, negative, p, eps));
    mlp_tensor *losses =
        at_least_zero(&f, mlp_f_number(&f, MLP_ADD, mlp_f_binary(&f, MLP_SUB, near, far), v[TRIPLET_MARGIN].number[0]));
    return mlp_formula_end(&f, out, reduced(&f, losses, &v[0]));
}

/* ---- scores of classes ---- */

enum { MULTI_P = 1, MULTI_MARGIN };
static const mlp_param multi_margin_params[] = {
    MLP_PARAM_REDUCTION,
    [MULTI_P] = { .name = "p",
                  .doc = "1, or 2 for squares",
                  .kind = MLP_PARAM_INT,
                  .low = 1,
                  .high = 2,
                  .fallback = MLP_VALUE(1) },
    [MULTI_MARGIN] = MARGIN_PARAM(1, "how much larger the true class's score has to be"),
    { .name = "weight", .doc = "of each class", .kind = MLP_PARAM_TENSOR },
};

static mlp_status check_labels(const char *who, const mlp_tensor *x, const mlp_tensor *labels, mlp_error *err)
{
    bool fits = mlp_dtype_is_real(x->dtype) && labels->dtype == MLP_I64 && (x->ndim == 1 || x->ndim == 2) &&
                labels->ndim <= 1 && mlp_tensor_numel(labels) == (x->ndim == 2 ? x->shape[0] : 1);
    if (!fits)
        return fail_shapes(who, x, labels, "rows x classes of scores, f32 or f64, and an i64 label for each row", err);
    int64_t classes = x->shape[x->ndim - 1];
    for (int64_t i = 0; i < mlp_tensor_numel(labels); i++) {
        double label = mlp_tensor_at(labels, &i);
        if (label < 0 || label >= (double)classes)
            return mlp_fail(err, MLP_EINDEX, "%s: label %lld at row %lld, expected 1 to %lld", who,
                            mlp_nth((int64_t)label), mlp_nth(i), (long long)classes);
    }
    return MLP_OK;
}

static mlp_status multi_margin(mlp_tensor **out, const mlp_layer *layer, const mlp_layer_call *call, mlp_error *err)
{
    const mlp_value *v = call->values;
    mlp_tensor *x = call->input[0], *labels = call->input[1], *weight = call->weight[0];
    char got[MLP_SHAPE_TEXT];
    mlp_status st = check_labels(layer->function, x, labels, err);
    if (st) return st;
    int64_t classes = x->shape[x->ndim - 1], rows = mlp_tensor_numel(labels);
    if (weight && (weight->ndim != 1 || weight->shape[0] != classes))
        return mlp_fail(err, MLP_ESHAPE, "%s: the weight is %s, expected a number for each of %lld classes",
                        layer->function, mlp_shape_text(got, weight->ndim, weight->shape), (long long)classes);
    mlp_formula f = mlp_formula_begin(err);
    mlp_tensor *scores = mlp_f_reshape(&f, x, 2, (int64_t[]){ rows, classes });
    mlp_tensor *at = mlp_f_reshape(&f, labels, 2, (int64_t[]){ rows, 1 });
    mlp_tensor *own = mlp_f_gather(&f, scores, 1, at);
    mlp_tensor *over = mlp_f_number(&f, MLP_ADD, mlp_f_binary(&f, MLP_SUB, scores, own), v[MULTI_MARGIN].number[0]);
    mlp_tensor *each = mlp_f_unary(&f, MLP_RELU, over);
    if (v[MULTI_P].number[0] == 2) each = mlp_f_unary(&f, MLP_SQUARE, each);
    if (weight) {
        mlp_tensor *all = NULL, *picked = NULL;
        st = mlp_op_expand(&all, weight, 2, (int64_t[]){ rows, classes }, err);
        picked = mlp_f_gather(&f, mlp_f_cast(&f, mlp_f_step(&f, st, all), x->dtype), 1, at);
        each = mlp_f_binary(&f, MLP_MUL, each, picked);
    }
    /* the true class itself counts for nothing */
    mlp_tensor *places = NULL, *zero = mlp_f_scalar(&f, x->dtype, 0);
    if (!f.status) {
        st = mlp_tensor_arange(&places, MLP_I64, 0, (double)classes, 1, err);
        places = mlp_f_step(&f, st, places);
    }
    mlp_tensor *own_place = mlp_f_binary(&f, MLP_EQ, places, at);
    mlp_tensor *sums = mlp_f_along(&f, MLP_SUM, mlp_f_where(&f, own_place, zero, each), 1, false);
    mlp_tensor *losses = mlp_f_number(&f, MLP_DIV, sums, (double)classes);
    if (x->ndim == 1) losses = mlp_f_reshape(&f, losses, 0, NULL);
    return mlp_formula_end(&f, out, reduced(&f, losses, &v[0]));
}

static const mlp_param soft_margin_params[] = {
    MLP_PARAM_REDUCTION, { .name = "weight", .doc = "of each class", .kind = MLP_PARAM_TENSOR }
};

static mlp_status multilabel(mlp_tensor **out, const mlp_layer *layer, const mlp_layer_call *call, mlp_error *err)
{
    mlp_tensor *x = call->input[0], *target = call->input[1];
    mlp_formula f = mlp_formula_begin(err);
    if (!mlp_dtype_is_float(target->dtype)) target = mlp_f_cast(&f, target, x->dtype); /* yes and no, as 1 and 0 */
    mlp_status st = f.status ? f.status : check_alike(layer->function, x, target, err);
    if (!st && x->ndim < 1) st = fail_shapes(layer->function, x, target, "rows x classes", err);
    if (st && !f.status) mlp_f_step(&f, st, NULL);
    /* -log sigmoid(-x) is that of x, and x */
    mlp_tensor *base = mlp_f_softplus(&f, mlp_f_unary(&f, MLP_NEG, x));
    mlp_tensor *losses =
        mlp_f_binary(&f, MLP_ADD, base, mlp_f_binary(&f, MLP_MUL, mlp_f_from(&f, MLP_SUB, 1, target), x));
    if (call->weight[0]) losses = mlp_f_binary(&f, MLP_MUL, losses, mlp_f_cast(&f, call->weight[0], x->dtype));
    losses = mlp_f_along(&f, MLP_MEAN, losses, -1, false);
    return mlp_formula_end(&f, out, reduced(&f, losses, &call->values[0]));
}

/* ---- the rows ---- */

static const char *const pair_and_target[] = { "input1", "input2", "target" };
static const char *const pair[] = { "input1", "input2" };
static const char *const triple[] = { "anchor", "positive", "negative" };

const mlp_layer mlp_margin_loss_layers[] = {
    { .about = { .name = "MarginRankingLoss",
                 .doc = "max(0, margin - target (first - second)): which of two scores should be the larger one.",
                 MLP_PARAMS(ranking_params) },
      .function = "margin_ranking_loss",
      .inputs = 3,
      .input_names = pair_and_target,
      .apply = ranking },
    { .about = { .name = "CosineEmbeddingLoss",
                 .doc = "1 - cosine where the target is 1, max(0, cosine - margin) where it is -1.",
                 MLP_PARAMS(cosine_params) },
      .function = "cosine_embedding_loss",
      .inputs = 3,
      .input_names = pair_and_target,
      .apply = cosine_embedding },
    { .about = { .name = "TripletMarginLoss",
                 .doc = "max(0, margin + distance to the positive one - distance to the negative one).",
                 MLP_PARAMS(triplet_params) },
      .function = "triplet_margin_loss",
      .inputs = 3,
      .input_names = triple,
      .apply = triplet },
    { .about = { .name = "MultiMarginLoss",
                 .doc = "The hinge loss of classes: the mean of max(0, margin - true score + other score).",
                 MLP_PARAMS(multi_margin_params) },
      .function = "multi_margin_loss",
      .inputs = 2,
      .labels = true,
      .apply = multi_margin },
    { .about = { .name = "MultiLabelSoftMarginLoss",
                 .doc = "Binary cross entropy of scores, the mean over the classes: for pictures with several labels.",
                 MLP_PARAMS(soft_margin_params) },
      .function = "multilabel_soft_margin_loss",
      .inputs = 2,
      .apply = multilabel },
    { .about = { .name = "CosineSimilarity",
                 .doc = "The cosine of the angle between vectors.",
                 MLP_PARAMS(similarity_params) },
      .function = "cosine_similarity",
      .inputs = 2,
      .input_names = pair,
      .apply = similarity },
    { .about = { .name = "PairwiseDistance",
                 .doc = "The distance between vectors, which lie along the last dimension.",
                 MLP_PARAMS(distance_params) },
      .function = "pairwise_distance",
      .inputs = 2,
      .input_names = pair,
      .apply = pairwise },
    { .about = { .name = NULL } },
};
