/* statistics.c - intervals, tests, comparisons: see statistics.h, which has the formulas and their reasons. */
#include "metrics/statistics.h"

#include <math.h>
#include <stdlib.h>

static mlp_status check_confidence(double confidence, mlp_error *err)
{
    if (confidence > 0 && confidence < 1) return MLP_OK;
    return mlp_fail(err, MLP_EINVAL, "confidence is %g, expected a number between 0 and 1 such as 0.95", confidence);
}

static mlp_status check_count(const char *what, int64_t n, int64_t least, mlp_error *err)
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
    mlp_status st = check_confidence(confidence, err);
    if (!st) st = check_count("values", n, 2, err);
    if (st) return st;
    double mean = mlp_mean(x, n), se = sqrt(mlp_variance(x, n) / (double)n), df = (double)(n - 1);
    double half = mlp_t_quantile(0.5 + confidence / 2, df) * se;
    *out = (mlp_interval){ mean, mean - half, mean + half, se, df };
    return MLP_OK;
}

/* Wilson's interval of proportion p on n (not necessarily whole) samples, z standard errors wide. */
static void wilson(mlp_interval *out, double p, double n, double z)
{
    double square = z * z / n;
    double centre = (p + square / 2) / (1 + square);
    double half = z * sqrt(p * (1 - p) / n + square / (4 * n)) / (1 + square);
    out->low = p <= 0 ? 0 : centre - half; /* exact at the ends, whatever the rounding */
    out->high = p >= 1 ? 1 : centre + half;
}

mlp_status mlp_wilson(mlp_interval *out, int64_t successes, int64_t n, double confidence, mlp_error *err)
{
    mlp_status st = check_confidence(confidence, err);
    if (!st) st = check_count("trials", n, 1, err);
    if (!st && (successes < 0 || successes > n))
        st = mlp_fail(err, MLP_EINVAL, "got %lld successes in %lld trials", (long long)successes, (long long)n);
    if (st) return st;
    double p = (double)successes / (double)n;
    *out = (mlp_interval){ .estimate = p, .se = sqrt(p * (1 - p) / (double)n), .df = INFINITY };
    wilson(out, p, (double)n, mlp_normal_quantile(0.5 + confidence / 2));
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
    mlp_status st = check_confidence(confidence, err);
    if (!st) st = check_count("values", n, 2, err);
    if (!st) st = check_count("resamples", resamples, 2, err);
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

/* Fills in t, p and the interval from difference, se and df. */
static void conclude(mlp_test *test, double confidence)
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
    mlp_status st = check_confidence(confidence, err);
    if (!st) st = check_count("pairs", n, 2, err);
    void *memory = NULL;
    if (!st) st = mlp_alloc(&memory, (size_t)n, sizeof(double), err);
    if (st) return st;
    double *d = memory;
    for (int64_t i = 0; i < n; i++) d[i] = a[i] - b[i];
    *out =
        (mlp_test){ .difference = mlp_mean(d, n), .se = sqrt(mlp_variance(d, n) / (double)n), .df = (double)(n - 1) };
    conclude(out, confidence);
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

/* ---- accuracies ---- */

/* The mean of x = a - b (b may be NULL) and the two parts of its variance, a and b of statistics.h. */
typedef struct two_way {
    double mean;
    double images; /* variance over images of their mean over seeds, over n */
    double runs;   /* variance over seeds of their mean over images, over S; 0 with one seed */
    double df;
} two_way;

static mlp_status two_way_of(two_way *out, const uint8_t *a, const uint8_t *b, int64_t seeds, int64_t images,
                             mlp_error *err)
{
    void *memory = NULL;
    mlp_status st = mlp_alloc(&memory, (size_t)(seeds + images), sizeof(double), err);
    if (st) return st;
    double *by_image = memory, *by_seed = by_image + images;
    for (int64_t s = 0; s < seeds; s++) {
        for (int64_t i = 0; i < images; i++) {
            double x = (a[s * images + i] != 0) - (b ? b[s * images + i] != 0 : 0);
            by_image[i] += x;
            by_seed[s] += x;
        }
    }
    for (int64_t i = 0; i < images; i++) by_image[i] /= (double)seeds;
    for (int64_t s = 0; s < seeds; s++) by_seed[s] /= (double)images;
    double va = mlp_variance(by_image, images) / (double)images;
    double vb = seeds > 1 ? mlp_variance(by_seed, seeds) / (double)seeds : 0;
    double below = va * va / (double)(images - 1) + (seeds > 1 ? vb * vb / (double)(seeds - 1) : 0);
    *out = (two_way){ .mean = mlp_mean(by_seed, seeds),
                      .images = va,
                      .runs = vb,
                      .df = below > 0 ? (va + vb) * (va + vb) / below : (double)(images - 1) };
    free(memory);
    return MLP_OK;
}

static mlp_status check_matrix(int64_t seeds, int64_t images, double confidence, mlp_error *err)
{
    mlp_status st = check_confidence(confidence, err);
    if (!st) st = check_count("seeds", seeds, 1, err);
    if (!st) st = check_count("images", images, 2, err);
    return st;
}

mlp_status mlp_accuracy_of(mlp_accuracy *out, const uint8_t *correct, int64_t seeds, int64_t images, double confidence,
                           mlp_error *err)
{
    two_way w = { 0 };
    mlp_status st = check_matrix(seeds, images, confidence, err);
    if (!st) st = two_way_of(&w, correct, NULL, seeds, images, err);
    if (st) return st;
    bool many = seeds > 1;
    double p = w.mean, spread = p * (1 - p), variance = many ? w.images + w.runs : spread / (double)images;
    double most = (double)images * (double)seeds;
    double n_eff = spread > 0 ? fmin(most, variance > 0 ? spread / variance : most) : (double)images;
    double df = many ? w.df : INFINITY;
    *out = (mlp_accuracy){ .seeds = seeds,
                           .images = images,
                           .interval = { .estimate = p, .se = sqrt(variance), .df = df },
                           .se_images = many ? sqrt(w.images) : sqrt(variance),
                           .se_runs = sqrt(w.runs),
                           .includes_runs = many };
    wilson(&out->interval, p, n_eff, mlp_t_quantile(0.5 + confidence / 2, df));
    return MLP_OK;
}

mlp_status mlp_compare(mlp_comparison *out, const uint8_t *a, const uint8_t *b, int64_t seeds, int64_t images,
                       double confidence, mlp_error *err)
{
    two_way w = { 0 };
    mlp_status st = check_matrix(seeds, images, confidence, err);
    if (!st) st = two_way_of(&w, a, b, seeds, images, err);
    if (st) return st;
    mlp_comparison c = { .seeds = seeds, .images = images, .includes_runs = seeds > 1 };
    int64_t right_a = 0, right_b = 0;
    for (int64_t i = 0; i < seeds * images; i++) {
        bool in_a = a[i] != 0, in_b = b[i] != 0;
        right_a += in_a;
        right_b += in_b;
        c.a_only += in_a && !in_b;
        c.b_only += in_b && !in_a;
    }
    double answers = (double)seeds * (double)images;
    c.accuracy_a = (double)right_a / answers;
    c.accuracy_b = (double)right_b / answers;
    c.se_images = sqrt(w.images);
    c.se_runs = sqrt(w.runs);
    /* from the counts, so that equal accuracies differ by exactly 0 */
    c.test =
        (mlp_test){ .difference = (double)(right_a - right_b) / answers, .se = sqrt(w.images + w.runs), .df = w.df };
    conclude(&c.test, confidence);
    if (seeds == 1) c.test.p = mlp_mcnemar(c.a_only, c.b_only, false);
    *out = c;
    return MLP_OK;
}
