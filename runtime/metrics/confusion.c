/* confusion.c - counting, and the numbers that follow from the counts: see metrics.h. */
#include "metrics/metrics.h"
#include "tensor/tensor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct mlp_confusion {
    int64_t classes;
    int64_t total;
    int64_t *count;     /* classes x classes, row = true */
    int64_t *truth;     /* row sums */
    int64_t *predicted; /* column sums */
};

mlp_status mlp_confusion_new(mlp_confusion **out, int64_t classes, mlp_error *err)
{
    if (classes < 1 || classes > MLP_MAX_CLASSES)
        return mlp_fail(err, MLP_EINVAL, "confusion matrix: got %lld classes, expected 1 to %d", (long long)classes,
                        MLP_MAX_CLASSES);
    void *c = NULL, *count = NULL;
    mlp_status st = mlp_alloc(&c, 1, sizeof(mlp_confusion), err);
    if (!st) st = mlp_alloc(&count, (size_t)(classes * (classes + 2)), sizeof(int64_t), err);
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
}

/* ---- counting ---- */

static void count_one(mlp_confusion *c, int64_t truth, int64_t predicted, int64_t times)
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

mlp_status mlp_confusion_add(mlp_confusion *c, const int64_t *predictions, const int64_t *labels, int64_t n,
                             mlp_error *err)
{
    mlp_status st = check(c, "prediction", predictions, n, err);
    if (!st) st = check(c, "label", labels, n, err);
    if (st) return st;
    for (int64_t i = 0; i < n; i++) count_one(c, labels[i], predictions[i], 1);
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
                                     mlp_error *err)
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
    if (!st) st = mlp_confusion_add(c, mlp_tensor_data(p), mlp_tensor_data(l), n, err);
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
                            int64_t n, const int64_t *extra, int64_t n_extra, mlp_error *err)
{
    if (n < 1) return mlp_fail(err, MLP_EINVAL, "confusion matrix: got no labels, expected at least one");
    void *all = NULL;
    int64_t given = 2 * n + n_extra;
    mlp_status st = mlp_alloc(&all, (size_t)given, sizeof(int64_t), err);
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
        count_one(c, place(v, classes, labels[i]), place(v, classes, predictions[i]), 1);
    if (st) {
        free(all);
        return st;
    }
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
    *out = part;
    return MLP_OK;
}

/* ---- counts ---- */

int64_t mlp_confusion_classes(const mlp_confusion *c)
{
    return c->classes;
}

int64_t mlp_confusion_total(const mlp_confusion *c)
{
    return c->total;
}

const int64_t *mlp_confusion_counts(const mlp_confusion *c)
{
    return c->count;
}

void mlp_confusion_normalized(const mlp_confusion *c, mlp_normalize by, double *out)
{
    for (int64_t t = 0; t < c->classes; t++) {
        for (int64_t p = 0; p < c->classes; p++) {
            int64_t i = t * c->classes + p;
            int64_t sum = by == MLP_BY_TRUE ? c->truth[t] : by == MLP_BY_PREDICTED ? c->predicted[p] : c->total;
            out[i] = sum ? (double)c->count[i] / (double)sum : 0;
        }
    }
}

/* ---- scores ---- */

static double ratio(int64_t part, int64_t whole, double zero_division)
{
    return whole ? (double)part / (double)whole : zero_division;
}

static mlp_score score_of(int64_t hits, int64_t truth, int64_t predicted, double zero_division)
{
    return (mlp_score){ .precision = ratio(hits, predicted, zero_division),
                        .recall = ratio(hits, truth, zero_division),
                        .f1 = ratio(2 * hits, truth + predicted, zero_division),
                        .support = truth };
}

mlp_score mlp_confusion_score(const mlp_confusion *c, int64_t which, double zero_division)
{
    return score_of(c->count[which * c->classes + which], c->truth[which], c->predicted[which], zero_division);
}

/* A mean that leaves NaN out; without any weight every value counts the same. */
typedef struct mean {
    double sum, weight, plain_sum;
    int64_t n;
} mean;

static void mean_add(mean *m, double value, double weight)
{
    if (isnan(value)) return;
    m->sum += value * weight;
    m->weight += weight;
    m->plain_sum += value;
    m->n++;
}

static double mean_value(const mean *m)
{
    if (m->weight != 0) return m->sum / m->weight;
    return m->n ? m->plain_sum / (double)m->n : NAN;
}

mlp_score mlp_confusion_average(const mlp_confusion *c, mlp_average how, const int64_t *rows, int64_t count,
                                double zero_division)
{
    mean precision = { 0 }, recall = { 0 }, f1 = { 0 };
    int64_t hits = 0, truth = 0, predicted = 0;
    if (!rows) count = c->classes;
    for (int64_t i = 0; i < count; i++) {
        int64_t k = rows ? rows[i] : i;
        mlp_score s = mlp_confusion_score(c, k, zero_division);
        double weight = how == MLP_WEIGHTED ? (double)s.support : 1;
        mean_add(&precision, s.precision, weight);
        mean_add(&recall, s.recall, weight);
        mean_add(&f1, s.f1, weight);
        hits += c->count[k * c->classes + k];
        truth += c->truth[k];
        predicted += c->predicted[k];
    }
    if (how == MLP_MICRO) return score_of(hits, truth, predicted, zero_division);
    return (mlp_score){ mean_value(&precision), mean_value(&recall), mean_value(&f1), truth };
}

/* ---- single numbers ---- */

static int64_t trace(const mlp_confusion *c)
{
    int64_t hits = 0;
    for (int64_t k = 0; k < c->classes; k++) hits += c->count[k * c->classes + k];
    return hits;
}

double mlp_confusion_accuracy(const mlp_confusion *c)
{
    return ratio(trace(c), c->total, NAN);
}

double mlp_confusion_balanced_accuracy(const mlp_confusion *c)
{
    mean recall = { 0 };
    for (int64_t k = 0; k < c->classes; k++) mean_add(&recall, mlp_confusion_score(c, k, NAN).recall, 1);
    return mean_value(&recall);
}

double mlp_confusion_kappa(const mlp_confusion *c, mlp_kappa_weights weights)
{
    double observed = 0, expected = 0;
    for (int64_t t = 0; t < c->classes; t++) {
        for (int64_t p = 0; p < c->classes; p++) {
            double d = fabs((double)(t - p));
            double w = weights == MLP_KAPPA_PLAIN ? d != 0 : weights == MLP_KAPPA_LINEAR ? d : d * d;
            observed += w * (double)c->count[t * c->classes + p];
            expected += w * ((double)c->truth[t] * (double)c->predicted[p] / (double)c->total);
        }
    }
    return expected != 0 ? 1 - observed / expected : NAN;
}

double mlp_confusion_mcc(const mlp_confusion *c)
{
    double n = (double)c->total, both = 0, truth = 0, predicted = 0;
    for (int64_t k = 0; k < c->classes; k++) {
        both += (double)c->truth[k] * (double)c->predicted[k];
        truth += (double)c->truth[k] * (double)c->truth[k];
        predicted += (double)c->predicted[k] * (double)c->predicted[k];
    }
    double spread = (n * n - predicted) * (n * n - truth);
    if (c->total == 0) return NAN;
    return spread > 0 ? ((double)trace(c) * n - both) / sqrt(spread) : 0;
}

mlp_status mlp_top_k_accuracy(double *out, const float *scores, int64_t n, int64_t classes, const int64_t *labels,
                              int64_t k, mlp_error *err)
{
    if (k < 1 || k > classes)
        return mlp_fail(err, MLP_EINVAL, "top-k accuracy: k is %lld, expected 1 to %lld (the number of classes)",
                        (long long)k, (long long)classes);
    int64_t hits = 0;
    for (int64_t i = 0; i < n; i++) {
        int64_t label = labels[i], before = 0;
        if (label < 0 || label >= classes)
            return mlp_fail(err, MLP_EINDEX, "top-k accuracy: label %lld at position %lld, expected 1 to %lld",
                            mlp_nth(label), mlp_nth(i), (long long)classes);
        const float *row = scores + i * classes;
        for (int64_t j = 0; j < classes; j++) before += row[j] > row[label] || (row[j] == row[label] && j < label);
        hits += before < k && !isnan(row[label]);
    }
    *out = ratio(hits, n, NAN);
    return MLP_OK;
}
