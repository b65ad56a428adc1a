/* confusion.c - counting, and the numbers that follow from the counts: see metrics.h. */
#include "metrics/metrics.h"
#include "metrics/tally_private.h"
#include "tensor/tensor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct mlp_confusion {
    int64_t classes;
    double total;
    double *count;     /* classes x classes, row = true */
    double *truth;     /* row sums */
    double *predicted; /* column sums */
    bool weighted;
};

mlp_status mlp_confusion_new(mlp_confusion **out, int64_t classes, mlp_error *err)
{
    if (classes < 1 || classes > MLP_MAX_CLASSES)
        return mlp_fail(err, MLP_EINVAL, "confusion matrix: got %lld classes, expected 1 to %d", (long long)classes,
                        MLP_MAX_CLASSES);
    void *c = NULL, *count = NULL;
    mlp_status st = mlp_alloc(&c, 1, sizeof(mlp_confusion), err);
    if (!st) st = mlp_alloc(&count, (size_t)(classes * (classes + 2)), sizeof(double), err);
    if (st) {
        free(c);
        return st;
    }
    *out = c;
    **out = (mlp_confusion){ .classes = classes, .count = count };
    (*out)->truth = (*out)->count + classes * classes;
    (*out)->predicted = (*out)->truth + classes;
    return MLP_OK;
}

void mlp_confusion_release(mlp_confusion *c)
{
    if (!c) return;
    free(c->count);
    free(c);
}

void mlp_confusion_reset(mlp_confusion *c)
{
    memset(c->count, 0, (size_t)(c->classes * (c->classes + 2)) * sizeof *c->count);
    c->total = 0;
    c->weighted = false;
}

/* ---- counting ---- */

static void count_one(mlp_confusion *c, int64_t truth, int64_t predicted, double times)
{
    c->count[truth * c->classes + predicted] += times;
    c->truth[truth] += times;
    c->predicted[predicted] += times;
    c->total += times;
}

static mlp_status check(const mlp_confusion *c, const char *what, const int64_t *values, int64_t n, mlp_error *err)
{
    for (int64_t i = 0; i < n; i++) {
        if (values[i] >= 0 && values[i] < c->classes) continue;
        return mlp_fail(err, MLP_EINDEX, "confusion matrix: %s %lld at position %lld, expected 1 to %lld", what,
                        mlp_nth(values[i]), mlp_nth(i), (long long)c->classes);
    }
    return MLP_OK;
}

static mlp_status check_weights(const double *weight, int64_t n, mlp_error *err)
{
    for (int64_t i = 0; weight && i < n; i++)
        if (!(weight[i] >= 0) || isinf(weight[i]))
            return mlp_fail(err, MLP_EINVAL, "the weight of sample %lld is %g, expected a finite number of at least 0",
                            mlp_nth(i), weight[i]);
    return MLP_OK;
}

mlp_status mlp_confusion_add(mlp_confusion *c, const int64_t *predictions, const int64_t *labels, const double *weight,
                             int64_t n, mlp_error *err)
{
    mlp_status st = check(c, "prediction", predictions, n, err);
    if (!st) st = check(c, "label", labels, n, err);
    if (!st) st = check_weights(weight, n, err);
    if (st) return st;
    for (int64_t i = 0; i < n; i++) count_one(c, labels[i], predictions[i], weight ? weight[i] : 1);
    c->weighted |= weight != NULL;
    return MLP_OK;
}

/* A contiguous i64 copy; refuses values that are no whole numbers. */
static mlp_status whole_numbers(mlp_tensor **out, const mlp_tensor *t, const char *what, mlp_error *err)
{
    mlp_tensor *wide = NULL, *whole = NULL;
    mlp_status st = mlp_tensor_cast(&whole, t, MLP_I64, err);
    if (!st && mlp_dtype_is_float(t->dtype)) {
        st = mlp_tensor_cast(&wide, t, MLP_F64, err);
        const double *x = st ? NULL : mlp_tensor_data(wide);
        const int64_t *w = mlp_tensor_data(whole);
        for (int64_t i = 0; !st && i < mlp_tensor_numel(t); i++)
            if ((double)w[i] != x[i])
                st = mlp_fail(err, MLP_EINVAL, "confusion matrix: %s %g is not a class: expected whole numbers", what,
                              x[i] + 1);
    }
    mlp_tensor_release(wide);
    if (st) mlp_tensor_release(whole);
    else *out = whole;
    return st;
}

mlp_status mlp_confusion_add_tensors(mlp_confusion *c, const mlp_tensor *predictions, const mlp_tensor *labels,
                                     const double *weight, mlp_error *err)
{
    int64_t n = mlp_tensor_numel(labels);
    if (mlp_tensor_numel(predictions) != n) {
        char p[MLP_SHAPE_TEXT], l[MLP_SHAPE_TEXT];
        return mlp_fail(err, MLP_ESHAPE,
                        "confusion matrix: predictions are %s but labels are %s, expected one prediction per label "
                        "(take the argmax of scores first)",
                        mlp_shape_text(p, predictions->ndim, predictions->shape),
                        mlp_shape_text(l, labels->ndim, labels->shape));
    }
    mlp_tensor *p = NULL, *l = NULL;
    mlp_status st = whole_numbers(&p, predictions, "prediction", err);
    if (!st) st = whole_numbers(&l, labels, "label", err);
    if (!st) st = mlp_confusion_add(c, mlp_tensor_data(p), mlp_tensor_data(l), weight, n, err);
    mlp_tensor_release(p);
    mlp_tensor_release(l);
    return st;
}

static int ascending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int64_t place(const int64_t *sorted, int64_t n, int64_t value)
{
    const int64_t *at = bsearch(&value, sorted, (size_t)n, sizeof *sorted, ascending);
    return at - sorted;
}

mlp_status mlp_confusion_of(mlp_confusion **out, int64_t **values, const int64_t *labels, const int64_t *predictions,
                            const double *weight, int64_t n, const int64_t *extra, int64_t n_extra, mlp_error *err)
{
    if (n < 1) return mlp_fail(err, MLP_EINVAL, "confusion matrix: got no labels, expected at least one");
    void *all = NULL;
    int64_t given = 2 * n + n_extra;
    mlp_status st = check_weights(weight, n, err);
    if (!st) st = mlp_alloc(&all, (size_t)given, sizeof(int64_t), err);
    if (st) return st;
    int64_t *v = all, classes = 0;
    memcpy(v, labels, (size_t)n * sizeof *v);
    memcpy(v + n, predictions, (size_t)n * sizeof *v);
    if (n_extra) memcpy(v + 2 * n, extra, (size_t)n_extra * sizeof *v);
    qsort(v, (size_t)given, sizeof *v, ascending);
    for (int64_t i = 0; i < given; i++)
        if (i == 0 || v[i] != v[classes - 1]) v[classes++] = v[i];
    mlp_confusion *c = NULL;
    st = mlp_confusion_new(&c, classes, err);
    for (int64_t i = 0; c && i < n; i++)
        count_one(c, place(v, classes, labels[i]), place(v, classes, predictions[i]), weight ? weight[i] : 1);
    if (st) {
        free(all);
        return st;
    }
    c->weighted = weight != NULL;
    *out = c;
    *values = v;
    return MLP_OK;
}

mlp_status mlp_confusion_select(mlp_confusion **out, const mlp_confusion *c, const int64_t *rows, int64_t count,
                                mlp_error *err)
{
    mlp_confusion *part = NULL;
    mlp_status st = mlp_confusion_new(&part, count, err);
    if (!part) return st;
    for (int64_t t = 0; t < count; t++)
        for (int64_t p = 0; p < count; p++) count_one(part, t, p, c->count[rows[t] * c->classes + rows[p]]);
    part->weighted = c->weighted;
    *out = part;
    return MLP_OK;
}

/* ---- counts ---- */

int64_t mlp_confusion_classes(const mlp_confusion *c)
{
    return c->classes;
}

double mlp_confusion_total(const mlp_confusion *c)
{
    return c->total;
}

bool mlp_confusion_is_weighted(const mlp_confusion *c)
{
    return c->weighted;
}

const double *mlp_confusion_counts(const mlp_confusion *c)
{
    return c->count;
}

void mlp_confusion_normalized(const mlp_confusion *c, mlp_normalize by, double *out)
{
    for (int64_t t = 0; t < c->classes; t++) {
        for (int64_t p = 0; p < c->classes; p++) {
            int64_t i = t * c->classes + p;
            double sum = by == MLP_BY_TRUE ? c->truth[t] : by == MLP_BY_PREDICTED ? c->predicted[p] : c->total;
            out[i] = sum != 0 ? c->count[i] / sum : 0;
        }
    }
}

/* ---- scores ---- */

mlp_tally mlp_confusion_tally(const mlp_confusion *c, int64_t which)
{
    return (mlp_tally){ c->count[which * c->classes + which], c->truth[which], c->predicted[which] };
}

mlp_score mlp_confusion_score(const mlp_confusion *c, int64_t which, double zero_division)
{
    return mlp_tally_score(mlp_confusion_tally(c, which), 1, zero_division);
}

mlp_score mlp_confusion_average(const mlp_confusion *c, mlp_average how, const int64_t *rows, int64_t count,
                                double zero_division)
{
    mlp_tally_mean mean = { 0 };
    if (!rows) count = c->classes;
    for (int64_t i = 0; i < count; i++)
        mlp_tally_mean_add(&mean, mlp_confusion_tally(c, rows ? rows[i] : i), 1, how, 1, zero_division);
    return mlp_tally_mean_value(&mean, how, 1, zero_division);
}

/* ---- single numbers ---- */

static double trace(const mlp_confusion *c)
{
    double hits = 0;
    for (int64_t k = 0; k < c->classes; k++) hits += c->count[k * c->classes + k];
    return hits;
}

double mlp_confusion_accuracy(const mlp_confusion *c)
{
    return trace(c) / c->total;
}

double mlp_confusion_balanced_accuracy(const mlp_confusion *c)
{
    double sum = 0, classes = 0;
    for (int64_t k = 0; k < c->classes; k++) {
        if (c->truth[k] == 0) continue;
        sum += c->count[k * c->classes + k] / c->truth[k];
        classes++;
    }
    return sum / classes;
}

double mlp_confusion_kappa(const mlp_confusion *c, mlp_kappa_weights weights)
{
    double observed = 0, expected = 0;
    for (int64_t t = 0; t < c->classes; t++) {
        for (int64_t p = 0; p < c->classes; p++) {
            double d = fabs((double)(t - p));
            double w = weights == MLP_KAPPA_PLAIN ? d != 0 : weights == MLP_KAPPA_LINEAR ? d : d * d;
            observed += w * c->count[t * c->classes + p];
            expected += w * (c->truth[t] * c->predicted[p] / c->total);
        }
    }
    return expected != 0 ? 1 - observed / expected : NAN;
}

double mlp_confusion_mcc(const mlp_confusion *c)
{
    double n = c->total, both = 0, truth = 0, predicted = 0;
    for (int64_t k = 0; k < c->classes; k++) {
        both += c->truth[k] * c->predicted[k];
        truth += c->truth[k] * c->truth[k];
        predicted += c->predicted[k] * c->predicted[k];
    }
    double spread = (n * n - predicted) * (n * n - truth);
    if (c->total == 0) return NAN;
    return spread > 0 ? (trace(c) * n - both) / sqrt(spread) : 0;
}

mlp_status mlp_top_k_accuracy(double *out, const double *scores, int64_t n, int64_t classes, const int64_t *labels,
                              const double *weight, int64_t k, bool normalize, mlp_error *err)
{
    if (k < 1 || k > classes)
        return mlp_fail(err, MLP_EINVAL, "top-k accuracy: k is %lld, expected 1 to %lld (the number of classes)",
                        (long long)k, (long long)classes);
    mlp_status st = check_weights(weight, n, err);
    double hits = 0, all = 0;
    for (int64_t i = 0; !st && i < n; i++) {
        int64_t label = labels[i], before = 0;
        if (label < 0 || label >= classes)
            return mlp_fail(err, MLP_EINDEX, "top-k accuracy: label %lld at position %lld, expected 1 to %lld",
                            mlp_nth(label), mlp_nth(i), (long long)classes);
        const double *row = scores + i * classes, w = weight ? weight[i] : 1;
        for (int64_t j = 0; j < classes; j++) before += row[j] > row[label] || (row[j] == row[label] && j > label);
        if (before < k && !isnan(row[label])) hits += w;
        all += w;
    }
    *out = normalize ? hits / all : hits;
    return st;
}
