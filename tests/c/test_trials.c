/* test_trials.c - runtime/metrics/trials.c: worked by hand, in simulated worlds, and on resampled real runs. */
#include "metrics/trials.h"

#include "io/io.h"

#include "suite.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static mlp_error err;

/* |got - want| <= tolerance * |want| */
static void near(double got, double want, double tolerance, const char *what, double at)
{
    ck_assert_msg(fabs(got - want) <= tolerance * fabs(want), "%s(%g): got %.17g, expected %.17g within %g", what, at,
                  got, want, tolerance);
}

static mlp_status two(mlp_comparison *c, const uint8_t *a, const uint8_t *b, int64_t seeds, int64_t images)
{
    const uint8_t *const list[2] = { a, b };
    const mlp_trials t = { .trials = 2, .seeds = seeds, .images = images, .correct = list };
    return mlp_trials_compare(c, &t, &(mlp_pair){ 0, 1 }, 1, .95, &err);
}

static mlp_status one(mlp_accuracy *x, const uint8_t *a, int64_t seeds, int64_t images)
{
    const mlp_trials t = { .trials = 1, .seeds = seeds, .images = images, .correct = &a };
    return mlp_trials_accuracy(x, &t, .95, &err);
}

START_TEST(what_has_no_answer_is_refused)
{
    const uint8_t right[2] = { 1, 0 };
    mlp_comparison c;
    ck_assert_int_eq(two(&c, right, right, 2, 1), MLP_EINVAL);
    ck_assert_str_eq(err.text, "got 1 images, expected at least 2");
    ck_assert_int_eq(two(&c, right, right, 0, 2), MLP_EINVAL);
}
END_TEST

START_TEST(one_seed_gives_mcnemar_and_says_that_runs_are_not_included)
{
    uint8_t a[20], b[20];
    memset(a, 1, sizeof a);
    memset(b, 1, sizeof b);
    a[0] = a[1] = a[2] = 0;                /* b alone is right on 3 */
    for (int i = 5; i < 17; i++) b[i] = 0; /* a alone on 12 */
    mlp_comparison c;
    ck_assert(!two(&c, a, b, 1, 20));
    ck_assert_int_eq(c.a_only, 12);
    ck_assert_int_eq(c.b_only, 3);
    near(c.test.p, 0.03515625, 1e-12, "p", 0);
    near(c.test.difference, .45, 1e-12, "difference", 0);
    ck_assert(!c.includes_runs && c.se_runs == 0);
    mlp_accuracy x;
    mlp_interval w;
    ck_assert(!one(&x, a, 1, 20) && !mlp_wilson(&w, 17, 20, .95, &err));
    near(x.interval.low, w.low, 1e-12, "low", 0);
    near(x.interval.high, w.high, 1e-12, "high", 0);
    ck_assert(!x.includes_runs);
}
END_TEST

START_TEST(answers_that_do_not_vary_are_not_exact)
{
    uint8_t right[358], wrong[358] = { 0 };
    memset(right, 1, sizeof right);
    mlp_comparison c;
    for (int seeds = 1; seeds < 3; seeds++) {
        ck_assert(!two(&c, right, right, seeds, 2));
        near(c.test.p, 1, 0, "p of 2 alike", seeds);
        near(c.test.high, 0.841886116991581, 1e-12, "share after 2", seeds); /* 1 - sqrt(.025) */
        near(c.test.low, -c.test.high, 0, "its other end", seeds);
        ck_assert(!two(&c, right, wrong, seeds, 2));
        near(c.test.p, .5, 1e-12, "p of 2", seeds);
        ck_assert(c.test.difference == 1 && c.test.low < 0 && c.test.high == 1 && c.test.se == 0);
        ck_assert(!two(&c, right, wrong, seeds, 5));
        ck_assert(c.test.p > .05 && c.test.low < 0);
        ck_assert(!two(&c, wrong, right, seeds, 6));
        near(c.test.p, .03125, 1e-12, "p of 6", seeds);
        ck_assert(c.test.low == -1 && c.test.high < 0); /* as p: more than chance */
    }
    ck_assert(!two(&c, right, right, 1, 358));
    near(c.test.high, 0.0102512268512691, 1e-12, "share after 358", 0);
    /* the same answers, each seed on other images: no image is better in the mean, which is not exact either */
    const uint8_t a[4] = { 1, 0, 0, 1 }, b[4] = { 0, 1, 1, 0 };
    ck_assert(!two(&c, a, b, 2, 2));
    ck_assert(c.test.se == 0 && c.test.high > .8 && c.test.p == 1);
}
END_TEST

START_TEST(few_weighted_disagreements_are_no_certainty)
{
    const uint8_t right[5] = { 1, 1, 1, 1, 1 }, wrong[5] = { 0 };
    const double weight[5] = { .83, .83, .84, 1.25, 1.25 };
    const uint8_t *const list[2] = { right, wrong };
    const mlp_trials t = { .trials = 2, .seeds = 1, .images = 5, .correct = list, .weight = weight };
    mlp_comparison c;
    ck_assert(!mlp_trials_compare(&c, &t, &(mlp_pair){ 0, 1 }, 1, .95, &err));
    near(c.test.p, .0625, 1e-12, "p", 5);
}
END_TEST

START_TEST(numbers_that_do_not_vary_have_no_interval)
{
    const double x[9] = { .7, .7, .7, .6, .6, .6, .7, .7, .7 };
    const mlp_values v = { .trials = 3, .runs = 3, .values = x };
    const mlp_pair pairs[2] = { { 0, 1 }, { 0, 2 } };
    mlp_test test[2];
    ck_assert(!mlp_values_compare(test, &v, pairs, 2, .95, &err));
    near(test[0].p, .25, 1e-12, "p of 3 runs", 0);
    near(test[1].p, 1, 0, "p of the same", 0);
    ck_assert(isnan(test[0].low) && isnan(test[0].high) && isnan(test[1].low) && test[0].se == 0);
    const double all[4] = { 1, 1, 1, 1 };
    const mlp_image_set some = { all, 4 }, other = { all, 2 };
    ck_assert(!mlp_image_sets_compare(test, &some, &other, 1, .95, &err));
    ck_assert(test[0].difference == 0 && isnan(test[0].p) && isnan(test[0].low));
}
END_TEST

START_TEST(the_mean_squares_add_and_satterthwaite_counts_freedom)
{
    /* S = 2, n = 4; worked by hand: d = [[1,0,0,1],[0,0,0,1]] */
    const uint8_t a[8] = { 1, 1, 0, 1, 0, 1, 0, 1 }, b[8] = { 0, 1, 0, 0, 0, 1, 0, 0 };
    mlp_comparison c;
    ck_assert(!two(&c, a, b, 2, 4));
    double mi = 2 * (0.5 * 0.5 + 1 - 4 * .375 * .375) / 3;    /* images: .5 0 0 1 */
    double own = 4 * (.5 * .5 + .25 * .25 - 2 * .375 * .375); /* runs: .5 .25 */
    /* a: .75 .5, b: .25 .25, so the expected mean square of a run is 4 * (.03125 + 0) / 2, twice it for a difference */
    double expected = 4 * .03125, mr = (expected + own) / 2;
    double rest = 3 - 8 * .375 * .375 - 3 * mi - own;
    rest /= 3;
    double run = mr, v = fmax(mi + run - rest, .75 * mi) / 8;
    near(c.test.difference, .375, 1e-14, "difference", 0);
    near(c.se_images, sqrt(mi / 8), 1e-12, "images", 0);
    near(c.test.se, sqrt(v), 1e-12, "se", 0);
    near(c.test.df, fmax(1, v * v * 64 / (mi * mi / 3 + run * run / 1.75 + rest * rest / 3)), 1e-12, "df", 0);
    near(c.test.p, 2 * (1 - mlp_t_cdf(c.test.t, c.test.df)), 1e-9, "p", 0);
    ck_assert(c.includes_runs);
    ck_assert(!two(&c, a, a, 2, 4));
    ck_assert(c.test.p == 1 && c.test.difference == 0 && c.test.low == -c.test.high && c.a_only + c.b_only == 0);
}
END_TEST

START_TEST(weights_make_the_mean_a_balanced_accuracy)
{
    /* classes of 3 and 1 images: each class's recall counts half */
    const uint8_t a[8] = { 1, 1, 0, 0, 1, 0, 0, 1 }, b[8] = { 1, 1, 1, 1, 1, 1, 1, 1 };
    const double weight[4] = { 2. / 3, 2. / 3, 2. / 3, 2 };
    const uint8_t *const list[2] = { a, b };
    const mlp_trials t = { .trials = 2, .seeds = 2, .images = 4, .correct = list, .weight = weight };
    mlp_comparison c;
    mlp_accuracy x[2];
    ck_assert(!mlp_trials_compare(&c, &t, &(mlp_pair){ 0, 1 }, 1, .95, &err));
    ck_assert(!mlp_trials_accuracy(x, &t, .95, &err));
    near(c.mean_a, ((2. / 3 + 0) / 2 + (1. / 3 + 1) / 2) / 2, 1e-12, "balanced", 0);
    near(c.mean_b, 1, 1e-12, "balanced", 1);
    near(x[0].interval.estimate, c.mean_a, 1e-12, "accuracy", 0);
    near(c.test.difference, c.mean_a - c.mean_b, 1e-12, "difference", 0);
}
END_TEST

START_TEST(numbers_of_runs_are_compared_with_the_variance_of_all_trials)
{
    const double values[9] = { 1, 2, 3, 2, 4, 6, 5, 5, 5 };
    const mlp_pair pairs[2] = { { 1, 0 }, { 2, 0 } };
    mlp_test t[2];
    mlp_values v = { .trials = 3, .runs = 3, .values = values }, alone = { .trials = 9, .runs = 1, .values = values };
    ck_assert(!mlp_values_compare(t, &v, pairs, 2, .95, &err));
    double expected = 2 * (1. + 4 + 0) / 3, own = 1, weight = 4;
    near(t[0].difference, 2, 1e-14, "difference", 0);
    near(t[0].df, .75 * weight + 2, 1e-14, "df", 0);
    near(t[0].se, sqrt((weight * expected + 2 * own) / (weight + 2) / 3), 1e-12, "se", 0);
    near(t[1].difference, 3, 1e-14, "difference", 1);
    ck_assert_int_eq(mlp_values_compare(t, &alone, pairs, 2, .95, &err), MLP_EINVAL);
    const mlp_pair none = { 0, 3 };
    ck_assert_int_eq(mlp_values_compare(t, &v, &none, 1, .95, &err), MLP_EINVAL);
    ck_assert_str_eq(err.text, "a pair is of trials 1 and 4, expected two of 1 to 3");
}
END_TEST

START_TEST(numbers_of_runs_with_overlapping_pictures_have_the_corrected_variance)
{
    const double values[8] = { 1, 2, 3, 2, 4, 6, 5, 5 };
    const mlp_pair pair = { 1, 0 };
    const mlp_values v = { .trials = 2, .runs = 4, .values = values, .overlap = .25 };
    mlp_test t;
    mlp_interval i;
    ck_assert(!mlp_values_compare(&t, &v, &pair, 1, .95, &err));
    double own = 2. / 3, expected = 2. / 3 + 2. / 3, weight = 3; /* differences 3, 4, 2, 3; variances 2/3, 2/3 */
    near(t.difference, 3, 1e-14, "difference", 0);
    near(t.df, .75 * weight + 3, 1e-14, "df", 0);
    near(t.se, sqrt((weight * expected + 3 * own) / 6 * (1. / 4 + .25)), 1e-12, "se", 0);
    ck_assert(!mlp_values_mean(&i, &v, 1, .95, &err));
    near(i.estimate, 5, 1e-14, "mean", 1);
    near(i.se, sqrt(2. / 3 * .5), 1e-12, "se", 1);
    near(i.high - i.estimate, mlp_t_quantile(.975, .75 * 3 + 3) * i.se, 1e-12, "half", 1);
    ck_assert_int_eq(mlp_values_mean(&i, &v, 2, .95, &err), MLP_EINVAL);
}
END_TEST

START_TEST(two_sets_of_images_differ_by_the_chance_of_both)
{
    /* 2 runs; worked by hand */
    const double a[8] = { 1, 1, 1, 0, 1, 0, 1, 1 }, b[6] = { 1, 0, 0, 0, 1, 0 };
    mlp_test t;
    ck_assert(!mlp_image_sets_compare(&t, &(mlp_image_set){ a, 4 }, &(mlp_image_set){ b, 3 }, 2, .95, &err));
    /* by image: a 1 .5 1 .5, b .5 .5 0; runs' means .75 .75 and 1/3 1/3: the differences of the runs do not vary */
    double va = (1. / 12) / 4, vb = (1. / 12) / 3;
    near(t.difference, .75 - 1. / 3, 1e-12, "difference", 0);
    near(t.se, sqrt(va + vb), 1e-12, "se", 0);
    near(t.df, (va + vb) * (va + vb) / (va * va / 3 + vb * vb / 2), 1e-12, "df", 0);
    /* runs whose difference varies more than the rest within explains */
    const double c[8] = { 1, 1, 1, 1, 0, 0, 0, 0 }, d[6] = { 0, 0, 0, 1, 1, 1 };
    ck_assert(!mlp_image_sets_compare(&t, &(mlp_image_set){ c, 4 }, &(mlp_image_set){ d, 3 }, 2, .95, &err));
    ck_assert(t.difference == 0 && t.p == 1);
    near(t.se, 1, 1e-12, "se", 1); /* differences 1 and -1: variance 2, of two runs */
    ck_assert_int_eq(mlp_image_sets_compare(&t, &(mlp_image_set){ a, 1 }, &(mlp_image_set){ b, 3 }, 2, .95, &err),
                     MLP_EINVAL);
}
END_TEST

START_TEST(networks_of_folds_are_nested)
{
    /* one seed, 2 folds of 3: b's networks are equal, a's are 2/3 and 1/3 right */
    const uint8_t a[6] = { 1, 1, 0, 1, 0, 0 }, b[6] = { 0, 0, 0, 0, 0, 0 };
    const int64_t fold[6] = { 0, 1, 0, 0, 1, 1 };
    const uint8_t *const list[2] = { a, b };
    mlp_trials t = { .trials = 2, .seeds = 1, .images = 6, .correct = list, .fold = fold, .folds = 2 };
    mlp_comparison c;
    ck_assert(!mlp_trials_compare(&c, &t, &(mlp_pair){ 0, 1 }, 1, .95, &err));
    double between = 6 * (1. / 6) * (1. / 6), within = (6. / 9 + 6. / 9) / 4; /* on 1 and 4 degrees of freedom */
    double excess = fmax(2 * (between - within) / 2, 0), run = (1 * (within + excess) + between) / 2, image = .3;
    near(c.test.difference, .5, 1e-14, "difference", 0);
    near(c.test.se, sqrt((fmax(image + run - within, .75 * image) + 2 * fmax(image - within, 0)) / 6), 1e-12, "se", 0);
    ck_assert(c.includes_runs);
    /* networks that differ more than within: a's 3/3 and 0/3 */
    const uint8_t d[6] = { 1, 0, 1, 1, 0, 0 };
    const uint8_t *const other[2] = { d, b };
    t.correct = other;
    ck_assert(!mlp_trials_compare(&c, &t, &(mlp_pair){ 0, 1 }, 1, .95, &err));
    between = 6 * .25, run = (1 * between + between) / 2;           /* expected: within 0 + 2 * (1.5 + 0) / 2 */
    near(c.test.se, sqrt((.3 + run + 2 * .3) / 6), 1e-12, "se", 1); /* within is 0, so that all of .3 is shared */
    near(c.se_runs, sqrt(run / 6), 1e-12, "runs", 1);
    const int64_t lopsided[6] = { 0, 0, 0, 0, 0, 0 };
    t.fold = lopsided;
    ck_assert_int_eq(mlp_trials_compare(&c, &t, &(mlp_pair){ 0, 1 }, 1, .95, &err), MLP_EINVAL);
    ck_assert_str_eq(err.text, "fold 2 of seed 1 has no image");
}
END_TEST

START_TEST(an_accuracy_of_one_has_an_interval_all_the_same)
{
    uint8_t right[60];
    memset(right, 1, sizeof right);
    mlp_accuracy x;
    mlp_interval w;
    ck_assert(!one(&x, right, 3, 20) && !mlp_wilson(&w, 20, 20, .95, &err));
    ck_assert(x.interval.estimate == 1 && x.interval.high == 1);
    ck_assert(x.interval.low < w.low && x.interval.low > .7); /* t instead of z: a little wider */
}
END_TEST

/* ---- simulation: the intervals keep their promise ----
 *
 * Image i is hard to the degree z_i for everybody, and u_i more for one variant; run s of a variant is better by v_s;
 * the rest is luck. An answer is right when the (standard normal) sum of these is below a threshold: both variants have
 * that true accuracy, whatever the shares, so the true difference is 0. */

typedef struct world {
    double image, run, rest; /* standard deviations, beside 1 for what the variants share */
    double covers;           /* at least this share of the 95 % intervals */
} world;

enum { IMAGES = 200, MOST_SEEDS = 5 };

static void draw(uint8_t *right, int seeds, const double *z, world w, double threshold, mlp_rng *rng)
{
    double u[IMAGES], scale = sqrt(1 + w.image * w.image + w.run * w.run + w.rest * w.rest);
    for (int i = 0; i < IMAGES; i++) u[i] = w.image > 0 ? w.image * mlp_rng_normal(rng) : 0;
    for (int s = 0; s < seeds; s++) {
        double v = w.run * mlp_rng_normal(rng);
        for (int i = 0; i < IMAGES; i++)
            right[s * IMAGES + i] = (z[i] + u[i] + v + w.rest * mlp_rng_normal(rng)) / scale < threshold;
    }
}

START_TEST(the_intervals_cover_the_truth_about_as_often_as_they_say)
{
    static const world worlds[] = { { .5, 0, .5, .94 },
                                    { .5, .1, .5, .93 },
                                    { .2, .05, .8, .94 },
                                    { .5, .3, .5, .9 } /* runs 6 points apart: too few seeds to see it always */ };
    enum { TRIALS = 1000 };
    const double threshold = mlp_normal_quantile(.8);
    for (size_t k = 0; k < sizeof worlds / sizeof *worlds; k++) {
        for (int seeds = 3; seeds <= MOST_SEEDS; seeds += 2) {
            mlp_rng rng = mlp_rng_stream(20, MLP_FOR_STATISTICS, k, (uint64_t)seeds, 0);
            int difference = 0, accuracy = 0, by_p = 0;
            for (int trial = 0; trial < TRIALS; trial++) {
                double z[IMAGES];
                uint8_t a[MOST_SEEDS * IMAGES], b[MOST_SEEDS * IMAGES];
                for (int i = 0; i < IMAGES; i++) z[i] = mlp_rng_normal(&rng);
                draw(a, seeds, z, worlds[k], threshold, &rng);
                draw(b, seeds, z, worlds[k], threshold, &rng);
                mlp_comparison c;
                mlp_accuracy x;
                ck_assert(!two(&c, a, b, seeds, IMAGES));
                ck_assert(!one(&x, a, seeds, IMAGES));
                difference += c.test.low <= 0 && c.test.high >= 0;
                by_p += c.test.p > .05;
                accuracy += x.interval.low <= .8 && x.interval.high >= .8;
            }
            ck_assert_int_eq(difference, by_p);
            ck_assert_msg(difference >= worlds[k].covers * TRIALS && difference <= .995 * TRIALS,
                          "world %zu, %d seeds: the difference was covered in %d of %d", k, seeds, difference, TRIALS);
            ck_assert_msg(accuracy >= worlds[k].covers * TRIALS && accuracy <= .99 * TRIALS,
                          "world %zu, %d seeds: the accuracy was covered in %d of %d", k, seeds, accuracy, TRIALS);
        }
    }
}
END_TEST

/* As draw, with a network for each fold; folds are dealt out anew for each seed. */
static void draw_folds(uint8_t *right, const int64_t *fold, int seeds, int folds, const double *z, world w,
                       double threshold, mlp_rng *rng)
{
    double u[IMAGES], v[8], scale = sqrt(1 + w.image * w.image + w.run * w.run + w.rest * w.rest);
    for (int i = 0; i < IMAGES; i++) u[i] = w.image * mlp_rng_normal(rng);
    for (int s = 0; s < seeds; s++) {
        for (int f = 0; f < folds; f++) v[f] = w.run * mlp_rng_normal(rng);
        for (int i = s * IMAGES; i < (s + 1) * IMAGES; i++) {
            double x = z[i % IMAGES] + u[i % IMAGES] + v[fold[i]] + w.rest * mlp_rng_normal(rng);
            right[i] = x / scale < threshold;
        }
    }
}

START_TEST(intervals_of_cross_validation_cover_the_truth)
{
    static const world worlds[] = { { .image = .5, .rest = .5, .covers = .94 },
                                    { .image = .3, .run = .2, .rest = .5, .covers = .93 } };
    enum { TIMES = 1000, FOLDS = 5, TRIALS = 3 };
    const double threshold = mlp_normal_quantile(.7);
    const mlp_pair pairs[] = { { 0, 1 }, { 0, 2 }, { 1, 2 } };
    for (size_t k = 0; k < sizeof worlds / sizeof *worlds; k++) {
        for (int seeds = 1; seeds <= 3; seeds += 2) {
            mlp_rng rng = mlp_rng_stream(24, MLP_FOR_STATISTICS, k, (uint64_t)seeds, 0);
            int covered = 0, alarms = 0;
            for (int time = 0; time < TIMES; time++) {
                double z[IMAGES], p[3];
                int64_t fold[3 * IMAGES];
                uint8_t x[TRIALS][3 * IMAGES];
                const uint8_t *const list[TRIALS] = { x[0], x[1], x[2] };
                for (int i = 0; i < IMAGES; i++) z[i] = mlp_rng_normal(&rng);
                for (int i = 0; i < seeds * IMAGES; i++) fold[i] = i % FOLDS;
                for (int s = 0; s < seeds; s++)
                    for (int i = IMAGES - 1; i > 0; i--) {
                        int64_t *at = fold + s * IMAGES, j = mlp_rng_int(&rng, 0, i), kept = at[i];
                        at[i] = at[j], at[j] = kept;
                    }
                for (int t = 0; t < TRIALS; t++) draw_folds(x[t], fold, seeds, FOLDS, z, worlds[k], threshold, &rng);
                const mlp_trials t = {
                    .trials = TRIALS, .seeds = seeds, .images = IMAGES, .correct = list, .fold = fold, .folds = FOLDS
                };
                mlp_comparison c[3];
                ck_assert(!mlp_trials_compare(c, &t, pairs, 3, .95, &err));
                for (int i = 0; i < 3; i++) {
                    covered += c[i].test.low <= 0 && c[i].test.high >= 0;
                    p[i] = c[i].test.p;
                }
                ck_assert(!mlp_holm(p, 3, &err));
                alarms += p[0] < .05 || p[1] < .05 || p[2] < .05;
            }
            double share = covered / (3. * TIMES);
            ck_assert_msg(share >= worlds[k].covers && share <= .985, "world %zu, %d seeds: covered %g", k, seeds,
                          share);
            ck_assert_msg(alarms <= .06 * TIMES, "world %zu, %d seeds: %d false alarms", k, seeds, alarms);
        }
    }
}
END_TEST

START_TEST(a_real_difference_is_found)
{
    mlp_rng rng = mlp_rng_stream(21, MLP_FOR_STATISTICS, 0, 0, 0);
    const world w = { .image = .3, .run = .05, .rest = .5 };
    int found = 0;
    for (int trial = 0; trial < 200; trial++) {
        double z[IMAGES];
        uint8_t a[3 * IMAGES], b[3 * IMAGES];
        for (int i = 0; i < IMAGES; i++) z[i] = mlp_rng_normal(&rng);
        draw(a, 3, z, w, mlp_normal_quantile(.85), &rng);
        draw(b, 3, z, w, mlp_normal_quantile(.7), &rng);
        mlp_comparison c;
        ck_assert(!two(&c, a, b, 3, IMAGES));
        found += c.test.p < .05 && c.test.difference > 0;
    }
    ck_assert_msg(found > 190, "found %d of 200", found);
}
END_TEST

/* ---- real runs, resampled ----
 *
 * tests/golden/populations has which validation pictures each of 30 runs got right, for the trials of real sweeps. An
 * experiment is drawn from them: seeds and pictures with replacement, each trial its own seeds. What is true is then
 * known: the mean over all 30 seeds and all pictures. MLPRUN_TEST_FULL=1 draws 10,000 experiments of each kind. */

enum { MOST_TRIALS = 9, RUNS = 30 };

typedef struct population {
    int trials, images;
    const uint8_t *right[MOST_TRIALS];
    double mean[MOST_TRIALS];
} population;

static mlp_named *load_population(population *p, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "tests/golden/populations/%s.npz", name);
    mlp_named *file = NULL;
    ck_assert_msg(!mlp_npz_load(&file, path, NULL, &err), "%s", err.text);
    p->trials = 0;
    for (int64_t k = 0; k < mlp_named_count(file) && p->trials < MOST_TRIALS; k++) {
        const mlp_tensor *t = mlp_named_tensor(file, k);
        ck_assert(t->ndim == 2 && t->shape[0] == RUNS);
        p->images = (int)t->shape[1];
        const uint8_t *x = mlp_tensor_data(t);
        double sum = 0;
        for (int i = 0; i < RUNS * p->images; i++) sum += x[i];
        p->mean[p->trials] = sum / (RUNS * p->images);
        p->right[p->trials++] = x;
    }
    return file;
}

typedef struct design {
    int trials, seeds, images;
    bool null; /* all trials are drawn from one */
} design;

typedef struct outcome {
    double false_alarms; /* share of the experiments with at least one, after Holm's correction */
    double covers;       /* share of the 95 % intervals */
    double found;        /* share of the differences that are called real */
} outcome;

enum { MOST_PAIRS = MOST_TRIALS * (MOST_TRIALS - 1) / 2 };

static int shuffled_pairs(mlp_pair *pairs, int trials)
{
    int count = 0;
    for (int a = 0; a < trials; a++)
        for (int b = a + 1; b < trials; b++) pairs[count++] = (mlp_pair){ a, b };
    return count;
}

/* Draws one experiment; truth[k]: the accuracy of its trial k. */
static void resample(const population *p, design d, uint8_t **right, double *truth, mlp_rng *rng)
{
    int64_t *at = malloc((size_t)d.images * sizeof *at), order[MOST_TRIALS];
    for (int i = 0; i < d.images; i++) at[i] = mlp_rng_int(rng, 0, p->images - 1);
    mlp_rng_permutation(rng, p->trials, order);
    for (int k = 0; k < d.trials; k++) {
        int64_t from = order[d.null ? 0 : k];
        truth[k] = p->mean[from];
        for (int s = 0; s < d.seeds; s++) {
            const uint8_t *run = p->right[from] + mlp_rng_int(rng, 0, RUNS - 1) * p->images;
            for (int i = 0; i < d.images; i++) right[k][s * d.images + i] = run[at[i]];
        }
    }
    free(at);
}

static outcome measure(const population *p, design d, int times, mlp_rng *rng)
{
    outcome sum = { 0 };
    uint8_t *right[MOST_TRIALS];
    mlp_pair pairs[MOST_PAIRS];
    mlp_comparison c[MOST_PAIRS];
    int count = shuffled_pairs(pairs, d.trials);
    for (int k = 0; k < d.trials; k++) right[k] = malloc((size_t)d.seeds * (size_t)d.images);
    const mlp_trials t = {
        .trials = d.trials, .seeds = d.seeds, .images = d.images, .correct = (const uint8_t *const *)right
    };
    for (int r = 0; r < times; r++) {
        double truth[MOST_TRIALS], wrong[MOST_PAIRS], real[MOST_PAIRS];
        resample(p, d, right, truth, rng);
        ck_assert(!mlp_trials_compare(c, &t, pairs, count, .95, &err));
        for (int i = 0; i < count; i++) {
            double true_difference = truth[pairs[i].a] - truth[pairs[i].b];
            mlp_test off = c[i].test; /* the test of what is true: each rejection is a false alarm */
            off.difference -= true_difference;
            mlp_test_conclude(&off, .95);
            wrong[i] = off.p;
            real[i] = c[i].test.p;
            sum.covers += (c[i].test.low <= true_difference && c[i].test.high >= true_difference) / (double)count;
        }
        ck_assert(!mlp_holm(wrong, count, &err) && !mlp_holm(real, count, &err));
        bool alarm = false;
        for (int i = 0; i < count; i++) {
            alarm |= wrong[i] < .05;
            sum.found += (real[i] < .05) / (double)count;
        }
        sum.false_alarms += alarm;
    }
    for (int k = 0; k < d.trials; k++) free(right[k]);
    return (outcome){ sum.false_alarms / times, sum.covers / times, sum.found / times };
}

static int experiments(void)
{
    const char *full = getenv("MLPRUN_TEST_FULL");
    return full && *full ? 10000 : 200;
}

START_TEST(false_alarms_and_intervals_keep_their_promise_on_real_runs)
{
    static const char *const names[] = { "dropout", "initialization" };
    static const int seeds[] = { 2, 3, 5, 10 }, images[] = { 100, 400, 1500 };
    int times = experiments();
    double noise = 3.3 * sqrt(.05 * .95 / times);
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        population p;
        mlp_named *file = load_population(&p, names[n]);
        for (int s = 0; s < 4; s++)
            for (int i = 0; i < 3; i++)
                for (int null = 0; null < 2; null++) {
                    if (times == 200 && (s + i + 2 * null + (int)n) % 4)
                        continue; /* a quarter of them, unless asked for all */
                    mlp_rng rng = mlp_rng_stream(22, MLP_FOR_STATISTICS, n, (uint64_t)(s * 3 + i), (uint64_t)null);
                    design d = { p.trials, seeds[s], images[i], null };
                    outcome o = measure(&p, d, times, &rng);
                    if (times > 200)
                        printf(
                            "%-15s %2d seeds %5d pictures %s: false alarms %4.1f %%, covers %4.1f %%, found %4.1f %%\n",
                            names[n], d.seeds, d.images, null ? "equal" : "real ", 100 * o.false_alarms, 100 * o.covers,
                            100 * o.found);
                    ck_assert_msg(o.false_alarms <= .05 + noise && o.covers >= .93 - noise,
                                  "%s, %d seeds, %d pictures%s: false alarms in %.1f %%, intervals cover %.1f %%",
                                  names[n], d.seeds, d.images, null ? ", equal trials" : "", 100 * o.false_alarms,
                                  100 * o.covers);
                }
        mlp_named_release(file);
    }
}
END_TEST

START_TEST(the_detectable_difference_is_found_in_four_of_five_experiments)
{
    population p;
    mlp_named *file = load_population(&p, "dropout");
    const design d = { 2, 5, 358, true };
    mlp_rng rng = mlp_rng_stream(23, MLP_FOR_STATISTICS, 0, 0, 0);
    uint8_t *right[2] = { malloc(5 * 358), malloc(5 * 358) };
    const mlp_trials t = { .trials = 2, .seeds = 5, .images = 358, .correct = (const uint8_t *const *)right };
    int times = 2000, found = 0;
    double detectable = 0;
    for (int r = 0; r < times; r++) {
        double truth[2];
        mlp_comparison c;
        resample(&p, d, right, truth, &rng);
        ck_assert(!mlp_trials_compare(&c, &t, &(mlp_pair){ 0, 1 }, 1, .95, &err));
        detectable += mlp_detectable(c.test.se, c.test.df, .05, .8) / times;
        c.test.difference += 0.05; /* a true difference of 5 points */
        mlp_test_conclude(&c.test, .95);
        found += c.test.p < .05;
    }
    /* 5 points are more than what is detectable here, so more than 80 % are found, and not nearly all */
    ck_assert_msg(detectable > .03 && detectable < .05, "detectable: %g", detectable);
    ck_assert_msg(found > .8 * times, "found %d of %d", found, times);
    free(right[0]);
    free(right[1]);
    mlp_named_release(file);
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("trials");
    tcase_set_timeout(c, 3000);
    tcase_add_test(c, what_has_no_answer_is_refused);
    tcase_add_test(c, one_seed_gives_mcnemar_and_says_that_runs_are_not_included);
    tcase_add_test(c, answers_that_do_not_vary_are_not_exact);
    tcase_add_test(c, few_weighted_disagreements_are_no_certainty);
    tcase_add_test(c, numbers_that_do_not_vary_have_no_interval);
    tcase_add_test(c, the_mean_squares_add_and_satterthwaite_counts_freedom);
    tcase_add_test(c, weights_make_the_mean_a_balanced_accuracy);
    tcase_add_test(c, numbers_of_runs_are_compared_with_the_variance_of_all_trials);
    tcase_add_test(c, numbers_of_runs_with_overlapping_pictures_have_the_corrected_variance);
    tcase_add_test(c, two_sets_of_images_differ_by_the_chance_of_both);
    tcase_add_test(c, networks_of_folds_are_nested);
    tcase_add_test(c, an_accuracy_of_one_has_an_interval_all_the_same);
    tcase_add_test(c, the_intervals_cover_the_truth_about_as_often_as_they_say);
    tcase_add_test(c, intervals_of_cross_validation_cover_the_truth);
    tcase_add_test(c, a_real_difference_is_found);
    tcase_add_test(c, false_alarms_and_intervals_keep_their_promise_on_real_runs);
    tcase_add_test(c, the_detectable_difference_is_found_in_four_of_five_experiments);
    return run_tests("trials", c);
}
