/* cross_entropy.c - log-softmax and negative log-likelihood in one pass each way.
 *
 * x is (n, C, inner), one row per (n, inner); a row's loss needs its log(sum(exp x)), which is kept for backward, where
 * softmax = exp(x - that). Losses of rows are f64 and added in their order. Every kind of target comes down to weights
 * t on the classes of a row: loss = sum t (lse - x), gradient = exp(x - lse) sum t - t. The negative
 * log-likelihood of an x that is normalised already is the same without lse and its gradient. */
#include "nn/cross_entropy.h"

#include "autograd/formula.h"

#include "nn/layer.h"
#include "nn/softmax.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct context {
    int64_t rows, classes, inner;
    int64_t ignore_index;
    mlp_reduction reduction;
    double smoothing;
    bool normalised;
    double denominator; /* of the mean; 1 for the others */
} context;

/* What both passes read. label and probability: one of them. */
typedef struct problem {
    const context *c;
    const void *x;
    const int64_t *label;    /* (rows) */
    const void *probability; /* laid out as x */
    const double *weight;    /* (C) or NULL */
    double *lse, *loss;      /* (rows) */
    const void *dy;          /* one element, or one per row */
    void *dx, *dprobability; /* either may be NULL */
} problem;

static double weight_of(const problem *p, int64_t c)
{
    return p->weight ? p->weight[c] : 1;
}

#define KERNEL_FILE "nn/cross_entropy_kernel.h"
#include "base/each_float.h"

static mlp_status run(problem *p, mlp_dtype dtype, mlp_range_fn f32, mlp_range_fn f64, mlp_error *err)
{
    return mlp_parallel_for(p->c->rows, 1 + 8192 / (p->c->classes + 1), dtype == MLP_F64 ? f64 : f32, p, err);
}

/* Points label or probability at the target's values; *hold keeps them. */
static mlp_status read_target(problem *p, mlp_tensor **hold, mlp_tensor *target, mlp_error *err)
{
    mlp_status st = mlp_dtype_is_float(target->dtype) || target->dtype == MLP_I64
                        ? mlp_op_contiguous(hold, target, err)
                        : mlp_tensor_cast(hold, target, MLP_I64, err);
    if (st) return st;
    if (mlp_dtype_is_float(target->dtype)) p->probability = mlp_tensor_data(*hold);
    else p->label = mlp_tensor_data(*hold);
    return MLP_OK;
}

/* ---- backward ---- */

static mlp_status backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    mlp_tensor *x = mlp_node_saved(node, 0), *weight = mlp_node_saved(node, 2);
    mlp_tensor *target = NULL, *g = NULL, *made[2] = { NULL, NULL };
    problem p = { .c = mlp_node_context(node),
                  .x = mlp_tensor_data(x),
                  .lse = mlp_tensor_data(mlp_node_saved(node, 3)) };
    if (weight) p.weight = mlp_tensor_data(weight);
    mlp_status st = read_target(&p, &target, mlp_node_saved(node, 1), err);
    if (!st) st = mlp_tensor_contiguous(&g, dy, err);
    for (int i = 0; !st && i < 2; i++)
        if (mlp_node_needs(node, i)) st = mlp_tensor_new(&made[i], x->dtype, x->ndim, x->shape, err);
    if (!st) {
        p.dy = mlp_tensor_data(g);
        if (made[0]) p.dx = mlp_tensor_data(made[0]);
        if (made[1]) p.dprobability = mlp_tensor_data(made[1]);
        st = run(&p, x->dtype, backward_f32, backward_f64, err);
    }
    for (int i = 0; i < 2; i++) {
        if (!st) dx[i] = made[i];
        else mlp_tensor_release(made[i]);
    }
    mlp_tensor_release(g);
    mlp_tensor_release(target);
    return st;
}

/* ---- the same of recorded operations ---- */

/* The weights of labels: constants. */
static mlp_tensor *of_labels(mlp_formula *f, const mlp_node *node)
{
    mlp_tensor *x = mlp_node_saved(node, 0), *weight = mlp_node_saved(node, 2), *held = NULL, *t = NULL;
    problem p = { .c = mlp_node_context(node), .x = mlp_tensor_data(x) };
    if (weight) p.weight = mlp_tensor_data(weight);
    mlp_status st = read_target(&p, &held, mlp_node_saved(node, 1), f->err);
    if (!st) st = mlp_tensor_new(&t, x->dtype, x->ndim, x->shape, f->err);
    if (!st) {
        p.dx = mlp_tensor_data(t);
        st = run(&p, x->dtype, weights_f32, weights_f64, f->err);
    }
    mlp_tensor_release(held);
    if (st) mlp_tensor_release(t);
    return mlp_f_step(f, st, t);
}

/* Those of probabilities, which may have a gradient. */
static mlp_tensor *of_probabilities(mlp_formula *f, const mlp_node *node)
{
    const context *c = mlp_node_context(node);
    mlp_tensor *weight = mlp_node_saved(node, 2), *x = mlp_node_saved(node, 0);
    int64_t shape[MLP_MAX_DIMS];
    mlp_tensor *t = mlp_f_number(f, MLP_MUL, mlp_node_saved(node, 1), 1 - c->smoothing);
    t = mlp_f_number(f, MLP_ADD, t, c->smoothing / (double)c->classes);
    if (!weight) return t;
    for (int d = 0; d < x->ndim; d++) shape[d] = d == (x->ndim > 1) ? c->classes : 1;
    return mlp_f_binary(f, MLP_MUL, t, mlp_f_cast(f, mlp_f_reshape(f, weight, x->ndim, shape), x->dtype));
}

static mlp_status formula(mlp_tensor **out, const mlp_node *node, mlp_error *err)
{
    const context *c = mlp_node_context(node);
    mlp_tensor *x = mlp_node_saved(node, 0), *z = NULL;
    mlp_formula f = mlp_formula_begin(err);
    int dim = x->ndim > 1;
    mlp_tensor *t =
        mlp_dtype_is_float(mlp_node_saved(node, 1)->dtype) ? of_probabilities(&f, node) : of_labels(&f, node);
    mlp_status st = c->normalised ? (z = mlp_tensor_retain(x), MLP_OK) : mlp_log_softmax(&z, x, dim, err);
    z = mlp_f_step(&f, st, z);
    mlp_tensor *rows = mlp_f_unary(&f, MLP_NEG, mlp_f_along(&f, MLP_SUM, mlp_f_binary(&f, MLP_MUL, t, z), dim, false));
    if (c->reduction != MLP_EACH_ROW) rows = mlp_f_number(&f, MLP_DIV, mlp_f_all(&f, MLP_SUM, rows), c->denominator);
    return mlp_formula_end(&f, out, rows);
}

/* ---- parameters and checks ---- */

enum { REDUCTION, IGNORE_INDEX, WEIGHT, LABEL_SMOOTHING };

extern const mlp_layer mlp_cross_entropy_layers[];

/* PyTorch's default of ignore_index is -100, as scripts count. */
static const mlp_param params[] = {
    MLP_PARAM_REDUCTION,
    { .name = "ignore_index",
      .doc = "rows with this label count for nothing",
      .kind = MLP_PARAM_INDEX,
      .low = -INFINITY,
      .high = INFINITY,
      .fallback = MLP_VALUE(-101) },
    { .name = "weight", .doc = "of each class", .kind = MLP_PARAM_TENSOR },
    { .name = "label_smoothing",
      .doc = "the share of the target that is spread evenly over the classes",
      .kind = MLP_PARAM_FLOAT,
      .high = 1,
      .fallback = MLP_VALUE(0) },
};

static const char *name_of(const mlp_cross_entropy_options *o)
{
    return o->normalised ? "nll_loss" : "cross_entropy";
}

static mlp_status check_weight(const mlp_cross_entropy_options *o, int64_t classes, mlp_error *err)
{
    char shape[MLP_SHAPE_TEXT];
    const mlp_tensor *w = o->weight;
    if (!w || (w->ndim == 1 && w->shape[0] == classes)) return MLP_OK;
    return mlp_fail(err, MLP_ESHAPE,
                    "%s: weight should be defined either for all %lld classes or no classes, got a weight of "
                    "shape %s",
                    name_of(o), (long long)classes, mlp_shape_text(shape, w->ndim, w->shape));
}

static mlp_status check_probabilities(const mlp_tensor *x, const mlp_tensor *target, const mlp_cross_entropy_options *o,
                                      mlp_error *err)
{
    char got[MLP_SHAPE_TEXT], want[MLP_SHAPE_TEXT];
    if (!mlp_tensor_same_shape(x, target))
        return mlp_fail(
            err, MLP_ESHAPE,
            "cross_entropy: a target of %s holds class probabilities and needs the shape of the input: it is "
            "%s, the input %s. Labels are i64",
            mlp_dtype_name(target->dtype), mlp_shape_text(got, target->ndim, target->shape),
            mlp_shape_text(want, x->ndim, x->shape));
    if (target->dtype != x->dtype)
        return mlp_fail(err, MLP_EDTYPE, "cross_entropy: the input is %s but the class probabilities are %s",
                        mlp_dtype_name(x->dtype), mlp_dtype_name(target->dtype));
    if (o->ignore_index >= 0)
        return mlp_fail(err, MLP_EINVAL, "cross_entropy: ignore_index is not supported for class probabilities");
    return MLP_OK;
}

static mlp_status check_label_shape(const mlp_tensor *x, const mlp_tensor *target, const mlp_cross_entropy_options *o,
                                    mlp_error *err)
{
    char got[MLP_SHAPE_TEXT], given[MLP_SHAPE_TEXT];
    mlp_shape_text(got, target->ndim, target->shape);
    mlp_shape_text(given, x->ndim, x->shape);
    if (x->ndim > 1 && target->ndim > 0 && target->shape[0] != x->shape[0])
        return mlp_fail(
            err, MLP_ESHAPE,
            "%s: expected input batch size (%lld) to match target batch size (%lld): the input is %s, the labels %s",
            name_of(o), (long long)x->shape[0], (long long)target->shape[0], given, got);
    bool fits = target->ndim == x->ndim - 1;
    for (int d = 0; fits && d < target->ndim; d++) fits = target->shape[d] == x->shape[d ? d + 1 : 0];
    if (fits) return MLP_OK;
    return mlp_fail(err, MLP_ESHAPE, "%s: the labels are %s, expected one for each row of the input %s%s", name_of(o),
                    got, given,
                    !o->normalised && mlp_tensor_same_shape(x, target) ? " (class probabilities are f32 or f64)" : "");
}

static mlp_status check_labels(const problem *p, const mlp_cross_entropy_options *o, mlp_error *err)
{
    const context *c = p->c;
    for (int64_t i = 0; i < c->rows; i++) {
        int64_t label = p->label[i];
        if ((label >= 0 && label < c->classes) || label == c->ignore_index) continue;
        return mlp_fail(err, MLP_EINDEX, "%s: label %lld at row %lld, expected 1 to %lld: %s", name_of(o),
                        mlp_nth(label), mlp_nth(i), (long long)c->classes,
                        label >= c->classes ? "the model's last layer needs an output for each class"
                                            : "labels count from 1");
    }
    return MLP_OK;
}

/* ---- forward ---- */

static mlp_status check(const mlp_tensor *x, const mlp_tensor *target, const mlp_cross_entropy_options *o,
                        mlp_error *err)
{
    if (mlp_expect_real(x, name_of(o), "input", err)) return MLP_EDTYPE;
    if (x->ndim == 0)
        return mlp_fail(err, MLP_ESHAPE, "%s: the input is a scalar, expected rows x classes", name_of(o));
    if (o->normalised && mlp_dtype_is_float(target->dtype))
        return mlp_fail(err, MLP_EDTYPE,
                        "nll_loss: the target is %s, expected labels: i64 (kl_div takes probabilities)",
                        mlp_dtype_name(target->dtype));
    if (o->normalised && o->label_smoothing != 0)
        return mlp_fail(err, MLP_EINVAL, "nll_loss has no label_smoothing: cross_entropy has");
    mlp_value values[MLP_COUNT(params)] = { [LABEL_SMOOTHING] = { 1, { o->label_smoothing } } };
    mlp_status st = mlp_description_complete(&mlp_cross_entropy_layers[0].about, name_of(o), values, values, err);
    if (!st) st = check_weight(o, x->shape[x->ndim > 1], err);
    if (st) return st;
    return mlp_dtype_is_float(target->dtype) ? check_probabilities(x, target, o, err)
                                             : check_label_shape(x, target, o, err);
}

static context describe(const mlp_tensor *x, const mlp_cross_entropy_options *o)
{
    context c = { .rows = x->ndim > 1 ? x->shape[0] : 1, .classes = x->shape[x->ndim > 1], .inner = 1 };
    for (int d = 2; d < x->ndim; d++) c.inner *= x->shape[d];
    c.rows *= c.inner;
    c.ignore_index = o->ignore_index;
    c.reduction = o->reduction;
    c.smoothing = o->label_smoothing;
    c.normalised = o->normalised;
    c.denominator = 1;
    return c;
}

/* Labels: the sum of their classes' weights. Probabilities: the number of rows. */
static double mean_denominator(const problem *p)
{
    if (!p->label) return (double)p->c->rows;
    double sum = 0;
    for (int64_t i = 0; i < p->c->rows; i++)
        if (p->label[i] != p->c->ignore_index) sum += weight_of(p, p->label[i]);
    return sum;
}

/* The loss from the rows' losses. */
static mlp_status reduce(mlp_tensor **out, const mlp_tensor *x, const problem *p, mlp_error *err)
{
    const context *c = p->c;
    if (c->reduction != MLP_EACH_ROW) {
        double sum = 0;
        for (int64_t i = 0; i < c->rows; i++) sum += p->loss[i];
        return mlp_tensor_scalar(out, x->dtype, c->reduction == MLP_SUM_OF_ROWS ? sum : sum / c->denominator, err);
    }
    int64_t shape[MLP_MAX_DIMS];
    int ndim = 0;
    for (int d = 0; d < x->ndim; d++)
        if (d != (x->ndim > 1)) shape[ndim++] = x->shape[d];
    mlp_tensor *each = NULL;
    mlp_status st = mlp_tensor_new(&each, x->dtype, ndim, shape, err);
    if (st) return st;
    for (int64_t i = 0; i < c->rows; i++) {
        if (x->dtype == MLP_F64) ((double *)mlp_tensor_data(each))[i] = p->loss[i];
        else ((float *)mlp_tensor_data(each))[i] = (float)p->loss[i];
    }
    *out = each;
    return MLP_OK;
}

/* ---- their rows ---- */

static mlp_status row(mlp_tensor **out, const mlp_layer *layer, const mlp_layer_call *call, mlp_error *err)
{
    const mlp_value *v = call->values;
    mlp_cross_entropy_options o = {
        .weight = call->weight[0],
        .ignore_index = (int64_t)fmax(-1e15, fmin(v[IGNORE_INDEX].number[0], 1e15)), /* no label is so large */
        .reduction = (mlp_reduction)v[REDUCTION].number[0],
        .label_smoothing = v[LABEL_SMOOTHING].number[0],
        .normalised = layer->about.param_count <= LABEL_SMOOTHING,
    };
    return mlp_cross_entropy(out, call->input[0], call->input[1], &o, err);
}

const mlp_layer mlp_cross_entropy_layers[] = {
    { .about = { .name = "CrossEntropyLoss",
                 .doc = "The loss for classification: criterion(output, labels).",
                 MLP_PARAMS(params) },
      .function = "cross_entropy",
      .inputs = 2,
      .labels = true,
      .apply = row },
    { .about = { .name = "NLLLoss",
                 .doc = "The negative of the true class's score: for what comes out of nn.LogSoftmax.",
                 .params = params,
                 .param_count = LABEL_SMOOTHING },
      .function = "nll_loss",
      .inputs = 2,
      .labels = true,
      .apply = row },
    { .about = { .name = NULL } },
};

mlp_status mlp_cross_entropy(mlp_tensor **out, mlp_tensor *x, mlp_tensor *target, const mlp_cross_entropy_options *o,
                             mlp_error *err)
{
    static const mlp_op cross_entropy = { "cross_entropy", backward, .formula = formula },
                        nll = { "nll_loss", backward, .formula = formula };
    mlp_status st = check(x, target, o, err);
    if (st) return st;
    context c = describe(x, o);
    problem p = { .c = &c };
    mlp_tensor *cx = NULL, *held = NULL, *weight = NULL, *lse = NULL, *loss = NULL, *y = NULL;
    st = mlp_op_contiguous(&cx, x, err);
    if (!st) st = read_target(&p, &held, target, err);
    if (!st && p.label) st = check_labels(&p, o, err);
    if (!st && o->weight) st = mlp_tensor_cast(&weight, o->weight, MLP_F64, err);
    if (!st) st = mlp_tensor_new(&lse, MLP_F64, 1, &c.rows, err);
    if (!st) st = mlp_tensor_new(&loss, MLP_F64, 1, &c.rows, err);
    if (!st) {
        p.x = mlp_tensor_data(cx), p.lse = mlp_tensor_data(lse), p.loss = mlp_tensor_data(loss);
        if (weight) p.weight = mlp_tensor_data(weight);
        if (c.reduction == MLP_MEAN_OF_ROWS) c.denominator = mean_denominator(&p);
        st = run(&p, x->dtype, forward_f32, forward_f64, err);
    }
    if (!st) st = reduce(&y, x, &p, err);
    if (!st) {
        mlp_tensor *inputs[2] = { cx, held }, *keep[4] = { cx, held, weight, lse };
        st = mlp_op_result(out, y, o->normalised ? &nll : &cross_entropy, inputs, 2, keep, 4, &c, sizeof c, err);
    }
    mlp_tensor_release(loss);
    mlp_tensor_release(lse);
    mlp_tensor_release(weight);
    mlp_tensor_release(held);
    mlp_tensor_release(cx);
    return st;
}
