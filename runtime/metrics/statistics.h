/* statistics.h - how sure one can be: intervals, tests, and the comparison of two variants that experiments use.
 *
 * All tests are two-sided. `confidence` is in (0, 1); 0.95 is usual. Functions that return mlp_status refuse what has
 * no answer (too few values, a confidence of 95); plain functions return NaN outside their domain. */
#ifndef MLP_STATISTICS_H
#define MLP_STATISTICS_H

#include "base/base.h"

/* ---- distributions ---- */

double mlp_normal_cdf(double x);
double mlp_normal_quantile(double p);                     /* -inf at 0, inf at 1 */
double mlp_incomplete_beta(double x, double a, double b); /* regularised I_x(a, b); a, b > 0 */
double mlp_t_cdf(double t, double df);                    /* Student; df > 0, may be infinite (then normal) */
double mlp_t_quantile(double p, double df);

/* ---- one sample ---- */

double mlp_mean(const double *x, int64_t n);
double mlp_variance(const double *x, int64_t n); /* divided by n - 1; NaN for n < 2 */

typedef struct mlp_interval {
    double estimate, low, high;
    double se; /* standard error of the estimate */
    double df; /* degrees of freedom behind it; infinite where a normal distribution was used */
} mlp_interval;

/* mean +- t * sd / sqrt(n); needs n >= 2. */
mlp_status mlp_t_interval(mlp_interval *out, const double *x, int64_t n, double confidence, mlp_error *err);

/* A proportion (Wilson's score interval): inside [0, 1], sensible at 0 and at n. */
mlp_status mlp_wilson(mlp_interval *out, int64_t successes, int64_t n, double confidence, mlp_error *err);

/* The mean's percentile interval from `resamples` resamples of x with replacement, drawn from rng. */
mlp_status mlp_bootstrap_mean(mlp_interval *out, const double *x, int64_t n, int64_t resamples, double confidence,
                              mlp_rng *rng, mlp_error *err);

/* ---- two samples, paired ---- */

typedef struct mlp_test {
    double difference; /* mean of a - b */
    double se, t, df, p;
    double low, high; /* interval of the difference */
} mlp_test;

/* Needs n >= 2. All differences equal: p is 1 when they are 0, else 0. */
mlp_status mlp_paired_t(mlp_test *out, const double *a, const double *b, int64_t n, double confidence, mlp_error *err);

/* McNemar's exact test: of the images on which A and B disagree, a_only were right with A alone and b_only with B
 * alone; under the null each is a fair coin. mid_p halves the weight of what was observed: less conservative, still
 * near its level. 1 when they never disagree. */
double mlp_mcnemar(int64_t a_only, int64_t b_only, bool mid_p);

/* Holm's step-down correction of n p-values, in place: p[i] becomes the smallest family-wise level at which test i is
 * significant. NaN stays and does not count. */
mlp_status mlp_holm(double *p, int64_t n, mlp_error *err);

/* ---- accuracies measured on the same images with several seeds ----
 *
 * x[s * n + i] is 1 where the training run with seed s classified image i correctly. Two things are random: which
 * images happened to be in the validation set, and how the training run went (initial weights, order, dropout). For
 *
 *     x_si = mu + image_i + run_s + rest_si        (image, run, rest: independent, mean 0)
 *
 * the variance of the mean over all S * n values is  V_image / n + V_run / S + V_rest / (n S).
 *
 *     a = variance over images of (the image's mean over seeds) / n      expects  V_image / n + V_rest / (n S)
 *     b = variance over seeds of (the run's mean over images) / S        expects  V_run / S  + V_rest / (n S)
 *     SE^2 = a + b                                                       expects  the variance above + V_rest / (n S)
 *
 * so SE^2 counts the rest twice, on the safe side: subtracting it would need an estimate that, with the usual 3 to 5
 * seeds, is often larger than b. Simulated under the null (200 and 350 images, 3 and 5 seeds), the 95 % interval
 * covered in 95 to 99 % of the cases where runs of one variant differ by up to two points, and in 91 to 95 % where they
 * differ by six; an interval from the images alone covered in as few as 42 %, one from the seeds alone in 82 %. The
 * degrees of freedom are Satterthwaite's for a sum of two variances,
 *
 *     df = (a + b)^2 / (a^2 / (n - 1) + b^2 / (S - 1)),
 *
 * near n - 1 where the images dominate and near S - 1 where the runs do. Averages over seeds alone (S values in a t
 * test) would treat the validation set as if it were the whole world; pooling all n S answers would treat the seeds'
 * answers on one image as if they were independent.
 *
 * With one seed there is no b: the answer is about these two trained networks, not about the way they were trained.
 * `includes_runs` is false then, and whoever shows the numbers says so. */

typedef struct mlp_accuracy {
    int64_t seeds, images;
    mlp_interval interval; /* Wilson's, for n_eff images and the t quantile: see mlp_accuracy_of */
    double se_images;      /* sqrt(a) */
    double se_runs;        /* sqrt(b); 0 with one seed */
    bool includes_runs;
} mlp_accuracy;

/* The mean accuracy and its interval. The interval is Wilson's with the t quantile (df as above) in place of the normal
 * one and n_eff = p (1 - p) / SE^2 in place of n: at the centre it is p +- t SE, and near 0 and 1 it stays inside and
 * does not shrink to nothing. n_eff is at most n S, and n where p is 0 or 1. With one seed it is Wilson's interval of n
 * images. Needs seeds >= 1, images >= 2. */
mlp_status mlp_accuracy_of(mlp_accuracy *out, const uint8_t *correct, int64_t seeds, int64_t images, double confidence,
                           mlp_error *err);

typedef struct mlp_comparison {
    int64_t seeds, images;
    double accuracy_a, accuracy_b;
    mlp_test test; /* of accuracy_a - accuracy_b */
    double se_images, se_runs;
    int64_t a_only, b_only; /* answers that only A, only B got right, over all seeds */
    bool includes_runs;
} mlp_comparison;

/* Two variants on the same images, `seeds` runs each: the model above for d_si = a_si - b_si, so that what both find
 * hard cancels. With more than one seed: t = difference / SE, p from Student with df degrees of freedom, interval
 * difference +- t SE. With one seed: p is McNemar's exact test and the interval is from the images alone; near the
 * border of significance these two can differ slightly. Without any disagreement p is 1. Needs images >= 2. */
mlp_status mlp_compare(mlp_comparison *out, const uint8_t *a, const uint8_t *b, int64_t seeds, int64_t images,
                       double confidence, mlp_error *err);

#endif
