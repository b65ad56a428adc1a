/* statistics.h - how sure one can be: intervals and tests. trials.h has the comparisons that experiments use.
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

/* ---- for the files of this folder that test further things ---- */

/* Fills in t, p and the interval from difference, se and df. With se = 0, p is 1 where the difference is 0, else 0. */
void mlp_test_conclude(mlp_test *test, double confidence);

/* Wilson's interval of proportion p on n (not necessarily whole) samples, z standard errors wide. */
void mlp_wilson_at(mlp_interval *out, double p, double n, double z);

mlp_status mlp_check_confidence(double confidence, mlp_error *err);
mlp_status mlp_check_count(const char *what, int64_t n, int64_t least, mlp_error *err);

#endif
