/* statistics.c - intervals, tests, comparisons: see statistics.h, which has the formulas and their reasons. */
#include "metrics/statistics.h"

#include <math.h>
#include <stdlib.h>

mlp_status mlp_check_confidence(double confidence, mlp_error *err)
{
    if (confidence > 0 && confidence < 1) return MLP_OK;
    return mlp_fail(err, MLP_EINVAL, "confidence is %g, expected a number between 0 and 1 such as 0.95", confidence);
}

mlp_status mlp_check_count(const char *what, int64_t n, int64_t least, mlp_error *err)
{
    if (n >= least) return MLP_OK;
    return mlp_fail(err, MLP_EINVAL, "got %lld %s, expected at least %lld", (long long)n, what, (long long)least);
}

/* p of a two-sided test */
static double two_sided(double t, double df)
{
    return 2 * mlp_t_cdf(-fabs(t), df);
}

/* ---- one sample ---- */

double mlp_mean(const double *x, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += x[i];
    return n > 0 ? sum / (double)n : NAN;
}

double mlp_variance(const double *x, int64_t n)
{
    if (n < 2) return NAN;
    double mean = mlp_mean(x, n), squares = 0;
    for (int64_t i = 0; i < n; i++) squares += (x[i] - mean) * (x[i] - mean);
    return squares / (double)(n - 1);
}

mlp_status mlp_t_interval(mlp_interval *out, const double *x, int64_t n, double confidence, mlp_error *err)
{
    mlp_status st = mlp_check_confidence(confidence, err);
    if (!st) st = mlp_check_count("values", n, 2, err);
    if (st) return st;
    double mean = mlp_mean(x, n), se = sqrt(mlp_variance(x, n) / (double)n), df = (double)(n - 1);
    double half = mlp_t_quantile(0.5 + confidence / 2, df) * se;
    *out = (mlp_interval){ mean, mean - half, mean + half, se, df };
    return MLP_OK;
}

void mlp_wilson_at(mlp_interval *out, double p, double n, double z)
{
    double square = z * z / n;
    double centre = (p + square / 2) / (1 + square);
    double half = z * sqrt(p * (1 - p) / n + square / (4 * n)) / (1 + square);
    out->low = p <= 0 ? 0 : centre - half; /* exact at the ends, whatever the rounding */
    out->high = p >= 1 ? 1 : centre + half;
}

mlp_status mlp_wilson(mlp_interval *out, int64_t successes, int64_t n, double confidence, mlp_error *err)
{
    mlp_status st = mlp_check_confidence(confidence, err);
    if (!st) st = mlp_check_count("trials", n, 1, err);
    if (!st && (successes < 0 || successes > n))
        st = mlp_fail(err, MLP_EINVAL, "got %lld successes in %lld trials", (long long)successes, (long long)n);
    if (st) return st;
    double p = (double)successes / (double)n;
    *out = (mlp_interval){ .estimate = p, .se = sqrt(p * (1 - p) / (double)n), .df = INFINITY };
    mlp_wilson_at(out, p, (double)n, mlp_normal_quantile(0.5 + confidence / 2));
    return MLP_OK;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The value below which a share p of the n sorted values lies, interpolated between neighbours. */
static double sorted_quantile(const double *x, int64_t n, double p)
{
    double at = p * (double)(n - 1);
    int64_t i = (int64_t)at;
    return i + 1 < n ? x[i] + (at - (double)i) * (x[i + 1] - x[i]) : x[n - 1];
}

mlp_status mlp_bootstrap_mean(mlp_interval *out, const double *x, int64_t n, int64_t resamples, double confidence,
                              mlp_rng *rng, mlp_error *err)
{
    mlp_status st = mlp_check_confidence(confidence, err);
    if (!st) st = mlp_check_count("values", n, 2, err);
    if (!st) st = mlp_check_count("resamples", resamples, 2, err);
    void *memory = NULL;
    if (!st) st = mlp_alloc(&memory, (size_t)resamples, sizeof(double), err);
    double *means = memory;
    for (int64_t r = 0; !st && r < resamples; r++) {
        double sum = 0;
        for (int64_t i = 0; i < n; i++) sum += x[mlp_rng_int(rng, 0, n - 1)];
        means[r] = sum / (double)n;
        if (mlp_interrupted()) st = mlp_fail_interrupted(err);
    }
    if (!st) {
        qsort(means, (size_t)resamples, sizeof *means, ascending);
        *out = (mlp_interval){ .estimate = mlp_mean(x, n),
                               .low = sorted_quantile(means, resamples, (1 - confidence) / 2),
                               .high = sorted_quantile(means, resamples, (1 + confidence) / 2),
                               .se = sqrt(mlp_variance(means, resamples)),
                               .df = INFINITY };
    }
    free(memory);
    return st;
}

/* ---- two samples ---- */

void mlp_test_conclude(mlp_test *test, double confidence)
{
    if (test->se > 0) {
        test->t = test->difference / test->se;
        test->p = two_sided(test->t, test->df);
    } else {
        test->t = test->difference == 0 ? 0 : copysign(INFINITY, test->difference);
        test->p = test->difference == 0 ? 1 : 0;
    }
    double half = test->se > 0 ? mlp_t_quantile(0.5 + confidence / 2, test->df) * test->se : 0;
    test->low = test->difference - half;
    test->high = test->difference + half;
}

mlp_status mlp_paired_t(mlp_test *out, const double *a, const double *b, int64_t n, double confidence, mlp_error *err)
{
    mlp_status st = mlp_check_confidence(confidence, err);
    if (!st) st = mlp_check_count("pairs", n, 2, err);
    void *memory = NULL;
    if (!st) st = mlp_alloc(&memory, (size_t)n, sizeof(double), err);
    if (st) return st;
    double *d = memory;
    for (int64_t i = 0; i < n; i++) d[i] = a[i] - b[i];
    *out =
        (mlp_test){ .difference = mlp_mean(d, n), .se = sqrt(mlp_variance(d, n) / (double)n), .df = (double)(n - 1) };
    mlp_test_conclude(out, confidence);
    free(memory);
    return MLP_OK;
}

double mlp_mcnemar(int64_t a_only, int64_t b_only, bool mid_p)
{
    if (a_only < 0 || b_only < 0) return NAN;
    double n = (double)(a_only + b_only), k = (double)(a_only < b_only ? a_only : b_only);
    if (n == 0) return 1;
    /* P(X <= k) for n fair coins is I_1/2(n - k, k + 1) */
    double p = 2 * mlp_incomplete_beta(0.5, n - k, k + 1);
    if (mid_p) p -= exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) - n * log(2.0));
    return p < 1 ? p : 1;
}

typedef struct ranked {
    double p;
    int64_t at;
} ranked;

static int by_p(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    int order = (x->p > y->p) - (x->p < y->p);
    return order ? order : (x->at > y->at) - (x->at < y->at);
}

mlp_status mlp_holm(double *p, int64_t n, mlp_error *err)
{
    void *memory = NULL;
    mlp_status st = mlp_alloc(&memory, (size_t)n, sizeof(ranked), err);
    if (st) return st;
    ranked *list = memory;
    int64_t tests = 0;
    for (int64_t i = 0; i < n; i++)
        if (!isnan(p[i])) list[tests++] = (ranked){ p[i], i };
    qsort(list, (size_t)tests, sizeof *list, by_p);
    double so_far = 0;
    for (int64_t i = 0; i < tests; i++) {
        double adjusted = fmin(1, (double)(tests - i) * list[i].p);
        so_far = fmax(so_far, adjusted); /* never smaller than that of a smaller p */
        p[list[i].at] = so_far;
    }
    free(memory);
    return MLP_OK;
}
