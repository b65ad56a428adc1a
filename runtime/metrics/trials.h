/* trials.h - ways of training ("trials") that were measured on the same images with the same seeds: how accurate each
 * is, and which differences are real.
 *
 * The model. Trial t's run with seed s has the value x_tsi on image i: 1 where it is right, times the image's weight.
 * Two things are random: which images happened to be in the validation set, and how the training run went (initial
 * weights, order, dropout). For one trial, or for the difference d = x_a - x_b of two (so that what both find hard
 * cancels),
 *
 *     d_si = mu + image_i + run_s + rest_si     (independent, mean 0; images and runs are crossed random effects)
 *
 * and the variance of the mean over S seeds and n images is  V_image / n + V_run / S + V_rest / (n S).  With the mean
 * squares of the two-way table, which expect
 *
 *     M_image = S V_image + V_rest      M_run = n V_run + V_rest      M_rest = V_rest,
 *
 * it is estimated by  SE^2 = (M_image + M_run - M_rest) / (n S), and at least 3/4 of M_image / (n S): a variance of
 * runs that comes out below 0 by chance is not taken for 0, which would make intervals too wide, but cannot take all
 * away either.
 *
 * M_run is what a few seeds tell badly: with two seeds one number has to be a variance, so that intervals of 4 and of
 * 22 points stand in one table. All trials of an experiment are therefore asked together. Each has its own variance of
 * its runs' means, and the mean of these is the one to expect (twice it for a difference); the pair's own is drawn
 * towards it, as moderated t tests do for many genes (Smyth, 2004):
 *
 *     M_run = (w M_expected + (S - 1) M_own) / (w + S - 1),     w = min(6, (T - 1)(S - 1)),
 *
 * with 3/4 w + S - 1 degrees of freedom: trials do not all vary as much, so that what others tell is worth less than
 * their number. The weight 6 and the 3/4 were chosen by resampling real runs (docs/statistics.md): less weight wastes
 * power, more trusts a trial whose runs differ much to be like the others.
 * The degrees of freedom of SE^2 are Satterthwaite's for the sum of the three mean squares.
 *
 * With one seed there is no M_run: the answer is about these trained networks, not about the way they were trained.
 * `includes_runs` is false then, and whoever shows the numbers says so.
 *
 * Answers that do not vary. Where SE is 0 (every image has the same difference d, as where both trials answer alike, or
 * where one is always right and the other never) the data do not say that d is exact. After n images that all say the
 * same, at most a share u = 1 - (0.05 / 2)^(1 / n) of all images would say otherwise with 95 % confidence (Clopper and
 * Pearson), by anything between -1 and 1 (times the largest weight): the interval is d - u (1 + d) to d + u (1 - d).
 * p is that of the sign test of n signs that agree, 1 where d is 0. Both are wide with few images: +- 84 points with 2,
 * +- 1.0 with 358.
 *
 * Cross-validation. With K folds each seed deals the images out anew, and each of its K networks answers for the fold
 * that it was not trained on: every image has one answer per seed, but runs are nested in folds instead of crossed with
 * images. M_run is then the mean square between the K networks of a seed, M_rest that within them,
 *
 *     M_run = (n / K) V_run + V_image + V_rest      M_rest = V_image + V_rest,
 *
 * with S (K - 1) degrees of freedom, so that one seed is enough. SE^2 is the same expression, because the S K networks
 * have n / K images each. What all trials expect of a pair is M_rest plus twice the mean of their M_run - M_rest;
 * it counts with all of w degrees of freedom.
 *
 * Networks of all deals learn from the same n images, which is no luck that more deals could even out. It cannot be
 * seen in the answers; what images have in common between deals, M_image - M_rest, is counted 1 + 2 / (K - 1) times for
 * it. The 2 was chosen by simulation (docs/statistics.md). */
#ifndef MLP_TRIALS_H
#define MLP_TRIALS_H

#include "metrics/statistics.h"

/* Borrowed, all of it. */
typedef struct mlp_trials {
    int64_t trials, seeds, images;
    const uint8_t *const *correct; /* [trial][seed * images + image]: not 0 where right */
    const double *weight;          /* [image]; NULL: 1 each, which makes the mean the accuracy */
    const int64_t *fold; /* [seed * images + image], from 0: which network answered; NULL: one for each seed */
    int64_t folds;       /* K; each has an image in every seed */
} mlp_trials;

typedef struct mlp_accuracy {
    mlp_interval interval; /* see mlp_trials_accuracy */
    double se_images;      /* the part of the standard error that more images would lower */
    double se_runs;        /* the part that more seeds would lower; 0 with one seed */
    bool includes_runs;
} mlp_accuracy;

/* out: one for each trial: the mean and its interval. Without weights the interval is Wilson's with the t quantile in
 * place of the normal one and n_eff = p (1 - p) / SE^2 in place of n: at the centre it is p +- t SE, and near 0 and 1
 * it stays inside and does not shrink to nothing. n_eff is at most n S, and n where p is 0 or 1. With one seed it is
 * Wilson's interval of n images. With weights it is p +- t SE. Needs trials and seeds >= 1, images >= 2. */
mlp_status mlp_trials_accuracy(mlp_accuracy *out, const mlp_trials *trials, double confidence, mlp_error *err);

typedef struct mlp_comparison {
    double mean_a, mean_b;
    mlp_test test; /* of mean_a - mean_b */
    double se_images, se_runs;
    int64_t a_only, b_only; /* answers that only A, only B got right, over all seeds */
    bool includes_runs;
} mlp_comparison;

/* Which two trials, from 0. */
typedef struct mlp_pair {
    int64_t a, b;
} mlp_pair;

/* out: one for each pair. With more than one seed: t = difference / SE, p from Student, interval difference +- t SE.
 * With one seed and without weights p is McNemar's exact test and the interval is from the images alone; near the
 * border of significance these two can differ slightly. Without any disagreement p is 1. With one seed and weights p is
 * Student's, and at least that of McNemar's test of as many disagreements in one direction. Needs images >= 2. */
mlp_status mlp_trials_compare(mlp_comparison *out, const mlp_trials *trials, const mlp_pair *pairs, int64_t count,
                              double confidence, mlp_error *err);

/* A number for each run, such as a loss or a time: the runs are all that varies. overlap: validation images for each
 * training image where every run has others; runs that share training images are alike, and the variance of their mean
 * is (1 / runs + overlap) times theirs (Nadeau and Bengio, 2003). 0 where all have the same images. Borrowed. */
typedef struct mlp_values {
    int64_t trials, runs;
    const double *values; /* [trial * runs + run] */
    double overlap;
} mlp_values;

/* As mlp_trials_compare. Where no value varies p is that of the sign test of the runs (1 without a difference), and low
 * and high are NaN: nothing says how far off the difference can be. Needs runs >= 2. */
mlp_status mlp_values_compare(mlp_test *out, const mlp_values *values, const mlp_pair *pairs, int64_t count,
                              double confidence, mlp_error *err);

/* The mean of one trial's values: +- t SE. Needs runs >= 2. */
mlp_status mlp_values_mean(mlp_interval *out, const mlp_values *values, int64_t trial, double confidence,
                           mlp_error *err);

/* The values of the same runs on a set of images. Borrowed. */
typedef struct mlp_image_set {
    const double *values; /* [run * images + image] */
    int64_t images;
} mlp_image_set;

/* How much better runs are on one set of images than on another, which has none of them: mean of a - mean of b. The
 * images of both are random, and so is what a run has on one set alone. Where no image's answer varies, p, low and
 * high are NaN. Needs runs >= 1, images >= 2. */
mlp_status mlp_image_sets_compare(mlp_test *out, const mlp_image_set *a, const mlp_image_set *b, int64_t runs,
                                  double confidence, mlp_error *err);

/* The smallest true difference that a test at level alpha with this standard error finds with the given power (0.8):
 * (t(1 - alpha / 2) + t(power)) se. */
double mlp_detectable(double se, double df, double alpha, double power);

#endif
