/* trials.c - the model of trials.h: a two-way table for each comparison, one expected variance of runs for all. */
#include "metrics/trials.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_WEIGHT = 6 }; /* of what all trials tell about the variance between runs; see trials.h */

/* ---- mean squares ---- */

/* Of trial a, or of a - b (b may be -1). */
typedef struct table {
    double mean, image, run, rest; /* mean squares; run and rest only with several seeds */
    int64_t right_a, right_b, a_only, b_only;
} table;

/* Room for the means by image and by seed. */
typedef struct margins {
    double *by_image, *by_seed;
} margins;

static mlp_status margins_new(margins *out, const mlp_trials *t, mlp_error *err)
{
    void *memory = NULL;
    mlp_status st = mlp_alloc(&memory, (size_t)(t->seeds + t->images), sizeof(double), err);
    if (!st) *out = (margins){ memory, (double *)memory + t->images };
    return st;
}

/* The sums of the margins, the counts, and the sum of squares of all values. */
static double add_up(table *out, margins m, const mlp_trials *t, const uint8_t *a, const uint8_t *b)
{
    double squares = 0;
    for (int64_t i = 0; i < t->images; i++) m.by_image[i] = 0;
    for (int64_t s = 0; s < t->seeds; s++) {
        double sum = 0;
        for (int64_t i = 0; i < t->images; i++) {
            int in_a = *a++ != 0, in_b = b ? *b++ != 0 : 0;
            double x = (in_a - in_b) * (t->weight ? t->weight[i] : 1);
            out->right_a += in_a;
            out->right_b += in_b;
            out->a_only += in_a && !in_b;
            out->b_only += in_b && !in_a;
            m.by_image[i] += x;
            sum += x;
            squares += x * x;
        }
        m.by_seed[s] = sum;
    }
    return squares;
}

static table table_of(margins m, const mlp_trials *t, int64_t a, int64_t b)
{
    table out = { 0 };
    double n = (double)t->images, seeds = (double)t->seeds;
    double squares = add_up(&out, m, t, t->correct[a], b < 0 ? NULL : t->correct[b]);
    for (int64_t i = 0; i < t->images; i++) m.by_image[i] /= seeds;
    for (int64_t s = 0; s < t->seeds; s++) m.by_seed[s] /= n;
    /* from the counts where they tell it, so that equal accuracies differ by exactly 0 */
    out.mean = t->weight ? mlp_mean(m.by_seed, t->seeds) : (double)(out.right_a - out.right_b) / (n * seeds);
    out.image = seeds * mlp_variance(m.by_image, t->images);
    if (t->seeds < 2) return out;
    out.run = n * mlp_variance(m.by_seed, t->seeds);
    double rest = squares - n * seeds * out.mean * out.mean - (n - 1) * out.image - (seeds - 1) * out.run;
    out.rest = fmax(rest, 0) / ((n - 1) * (seeds - 1));
    return out;
}

/* ---- the standard error ---- */

typedef struct error_of_mean {
    double se, df, se_images, se_runs;
} error_of_mean;

/* own: the mean square of these runs, S - 1 degrees of freedom; expected: that of all trials. */
static double moderated(double own, double expected, int64_t trials, int64_t seeds, double *df)
{
    double freedom = (double)(seeds - 1), weight = fmin(MOST_WEIGHT, (double)(trials - 1) * freedom);
    *df = weight + freedom;
    return (weight * expected + freedom * own) / *df;
}

static error_of_mean error_of(const table *x, double expected, const mlp_trials *t)
{
    double n = (double)t->images, cells = n * (double)t->seeds;
    if (t->seeds < 2) return (error_of_mean){ sqrt(x->image / n), n - 1, sqrt(x->image / n), 0 };
    double run_df, run = moderated(x->run, expected, t->trials, t->seeds, &run_df);
    if (run < x->rest) run = x->rest;
    double total = x->image + run - x->rest;
    double below =
        x->image * x->image / (n - 1) + run * run / run_df + x->rest * x->rest / ((n - 1) * (double)(t->seeds - 1));
    return (error_of_mean){ .se = sqrt(total / cells),
                            .df = below > 0 ? fmax(1, total * total / below) : n - 1,
                            .se_images = sqrt(x->image / cells),
                            .se_runs = sqrt((run - x->rest) / cells) };
}

/* The mean over the trials of the mean square between a trial's runs. */
static double expected_runs(margins m, const mlp_trials *t)
{
    double sum = 0;
    for (int64_t k = 0; k < t->trials && t->seeds > 1; k++) sum += table_of(m, t, k, -1).run;
    return sum / (double)t->trials;
}

static mlp_status check(const mlp_trials *t, double confidence, mlp_error *err)
{
    mlp_status st = mlp_check_confidence(confidence, err);
    if (!st) st = mlp_check_count("trials", t->trials, 1, err);
    if (!st) st = mlp_check_count("seeds", t->seeds, 1, err);
    if (!st) st = mlp_check_count("images", t->images, 2, err);
    return st;
}

static mlp_status check_pair(mlp_pair pair, int64_t trials, mlp_error *err)
{
    int64_t low = pair.a < pair.b ? pair.a : pair.b, high = pair.a < pair.b ? pair.b : pair.a;
    if (low >= 0 && high < trials) return MLP_OK;
    return mlp_fail(err, MLP_EINVAL, "a pair is of trials %lld and %lld, expected two of 1 to %lld",
                    (long long)pair.a + 1, (long long)pair.b + 1, (long long)trials);
}

/* ---- what is asked ---- */

static mlp_accuracy accuracy(const table *x, error_of_mean e, const mlp_trials *t, double confidence)
{
    bool many = t->seeds > 1;
    double p = x->mean, spread = p * (1 - p), n = (double)t->images, most = n * (double)t->seeds;
    mlp_accuracy out = { .interval = { .estimate = p, .se = e.se, .df = e.df },
                         .se_images = e.se_images,
                         .se_runs = e.se_runs,
                         .includes_runs = many };
    if (t->weight) {
        double half = mlp_t_quantile(0.5 + confidence / 2, e.df) * e.se;
        out.interval.low = p - half, out.interval.high = p + half;
        return out;
    }
    if (!many) {
        out.se_images = out.interval.se = sqrt(spread / n);
        out.interval.df = INFINITY;
    }
    double variance = out.interval.se * out.interval.se;
    double n_eff = spread > 0 ? fmin(most, variance > 0 ? spread / variance : most) : n;
    mlp_wilson_at(&out.interval, p, n_eff, mlp_t_quantile(0.5 + confidence / 2, out.interval.df));
    return out;
}

mlp_status mlp_trials_accuracy(mlp_accuracy *out, const mlp_trials *trials, double confidence, mlp_error *err)
{
    margins m;
    mlp_status st = check(trials, confidence, err);
    if (!st) st = margins_new(&m, trials, err);
    if (st) return st;
    double expected = expected_runs(m, trials);
    for (int64_t k = 0; k < trials->trials; k++) {
        table x = table_of(m, trials, k, -1);
        out[k] = accuracy(&x, error_of(&x, expected, trials), trials, confidence);
    }
    free(m.by_image);
    return MLP_OK;
}

static mlp_comparison comparison(margins m, const mlp_trials *t, mlp_pair pair, double expected, double confidence)
{
    table x = table_of(m, t, pair.a, pair.b);
    error_of_mean e = error_of(&x, expected, t);
    mlp_comparison c = { .mean_a = table_of(m, t, pair.a, -1).mean,
                         .mean_b = table_of(m, t, pair.b, -1).mean,
                         .test = { .difference = x.mean, .se = e.se, .df = e.df },
                         .se_images = e.se_images,
                         .se_runs = e.se_runs,
                         .a_only = x.a_only,
                         .b_only = x.b_only,
                         .includes_runs = t->seeds > 1 };
    mlp_test_conclude(&c.test, confidence);
    if (!c.includes_runs && !t->weight) c.test.p = mlp_mcnemar(x.a_only, x.b_only, false);
    return c;
}

mlp_status mlp_trials_compare(mlp_comparison *out, const mlp_trials *trials, const mlp_pair *pairs, int64_t count,
                              double confidence, mlp_error *err)
{
    margins m;
    mlp_status st = check(trials, confidence, err);
    for (int64_t i = 0; !st && i < count; i++) st = check_pair(pairs[i], trials->trials, err);
    if (!st) st = margins_new(&m, trials, err);
    if (st) return st;
    double expected = 2 * expected_runs(m, trials);
    for (int64_t i = 0; i < count; i++) out[i] = comparison(m, trials, pairs[i], expected, confidence);
    free(m.by_image);
    return MLP_OK;
}

mlp_status mlp_values_compare(mlp_test *out, const double *values, int64_t trials, int64_t seeds, const mlp_pair *pairs,
                              int64_t count, double confidence, mlp_error *err)
{
    void *memory = NULL;
    mlp_status st = mlp_check_confidence(confidence, err);
    if (!st) st = mlp_check_count("trials", trials, 1, err);
    if (!st) st = mlp_check_count("seeds", seeds, 2, err);
    for (int64_t i = 0; !st && i < count; i++) st = check_pair(pairs[i], trials, err);
    if (!st) st = mlp_alloc(&memory, (size_t)seeds, sizeof(double), err);
    if (st) return st;
    double *d = memory, expected = 0;
    for (int64_t k = 0; k < trials; k++) expected += 2 * mlp_variance(values + k * seeds, seeds) / (double)trials;
    for (int64_t i = 0; i < count; i++) {
        const double *a = values + pairs[i].a * seeds, *b = values + pairs[i].b * seeds;
        for (int64_t s = 0; s < seeds; s++) d[s] = a[s] - b[s];
        mlp_test test = { .difference = mlp_mean(d, seeds) };
        test.se = sqrt(moderated(mlp_variance(d, seeds), expected, trials, seeds, &test.df) / (double)seeds);
        mlp_test_conclude(&test, confidence);
        out[i] = test;
    }
    free(memory);
    return MLP_OK;
}

double mlp_detectable(double se, double df, double alpha, double power)
{
    return (mlp_t_quantile(1 - alpha / 2, df) + mlp_t_quantile(power, df)) * se;
}
