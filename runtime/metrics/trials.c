/* trials.c - the model of trials.h: a two-way table for each comparison, one expected variance of runs for all. */
#include "metrics/trials.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_WEIGHT = 6 }; /* of what all trials tell about the variance between runs; see trials.h */

static const double LEAST = .75, SHARED = 2; /* see trials.h: SE^2, and what deals share */
static const double FREEDOM = .75;           /* of the weight, as degrees of freedom; see trials.h */

/* ---- mean squares ---- */

/* Of trial a, or of a - b (b may be -1). */
typedef struct table {
    double mean, image, run, rest; /* mean squares; run and rest only with several runs */
    int64_t right_a, right_b, a_only, b_only;
} table;

/* Room for the means by image and by seed, and for the sum and the number of images of each network of a seed. */
typedef struct margins {
    double *by_image, *by_seed, *by_fold, *in_fold;
} margins;

static mlp_status margins_new(margins *out, const mlp_trials *t, mlp_error *err)
{
    void *memory = NULL;
    int64_t folds = t->fold ? t->folds : 0;
    mlp_status st = mlp_alloc(&memory, (size_t)(t->seeds + t->images + 2 * folds), sizeof(double), err);
    double *at = memory;
    if (!st) *out = (margins){ at, at + t->images, at + t->images + t->seeds, at + t->images + t->seeds + folds };
    return st;
}

/* Whether there are several runs, whose differences can be seen. */
static bool has_runs(const mlp_trials *t)
{
    return t->fold || t->seeds > 1;
}

/* What networks of one seed have between them, and what is left within them. */
typedef struct freedom {
    double run, rest;
} freedom;

static freedom freedom_of(const mlp_trials *t)
{
    double n = (double)t->images, seeds = (double)t->seeds, folds = (double)t->folds;
    return t->fold ? (freedom){ seeds * (folds - 1), seeds * (n - folds) }
                   : (freedom){ seeds - 1, (n - 1) * (seeds - 1) };
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

static double value_of(const mlp_trials *t, const uint8_t *a, const uint8_t *b, int64_t at)
{
    int difference = (a[at] != 0) - (b && b[at]);
    return difference * (t->weight ? t->weight[at % t->images] : 1);
}

/* The mean squares between the networks of a seed and within them. */
static void nest(table *out, margins m, const mlp_trials *t, const uint8_t *a, const uint8_t *b)
{
    double between = 0, squares = 0, means = 0;
    for (int64_t s = 0; s < t->seeds; s++) {
        const int64_t first = s * t->images;
        for (int64_t f = 0; f < t->folds; f++) m.by_fold[f] = m.in_fold[f] = 0;
        for (int64_t i = first; i < first + t->images; i++) {
            double x = value_of(t, a, b, i);
            m.by_fold[t->fold[i]] += x;
            m.in_fold[t->fold[i]] += 1;
            squares += x * x;
        }
        for (int64_t f = 0; f < t->folds; f++) {
            double mean = m.by_fold[f] / m.in_fold[f], off = mean - m.by_seed[s];
            between += m.in_fold[f] * off * off;
            means += m.in_fold[f] * mean * mean;
        }
    }
    freedom d = freedom_of(t);
    out->run = between / d.run;
    out->rest = fmax(squares - means, 0) / d.rest;
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
    if (t->fold) nest(&out, m, t, t->correct[a], b < 0 ? NULL : t->correct[b]);
    if (t->fold || t->seeds < 2) return out;
    out.run = n * mlp_variance(m.by_seed, t->seeds);
    double rest = squares - n * seeds * out.mean * out.mean - (n - 1) * out.image - (seeds - 1) * out.run;
    out.rest = fmax(rest, 0) / ((n - 1) * (seeds - 1));
    return out;
}

/* ---- the standard error ---- */

typedef struct error_of_mean {
    double se, df, se_images, se_runs;
} error_of_mean;

/* own: the mean square of these runs, with so many degrees of freedom; expected: that of all trials, which counts so
 * much for the degrees of freedom. */
static double moderated(double own, double expected, int64_t trials, double own_df, double counts, double *df)
{
    double weight = fmin(MOST_WEIGHT, (double)(trials - 1) * own_df);
    *df = counts * weight + own_df;
    return (weight * expected + own_df * own) / (weight + own_df);
}

static error_of_mean error_of(const table *x, double expected, const mlp_trials *t)
{
    double n = (double)t->images, cells = n * (double)t->seeds;
    if (!has_runs(t)) return (error_of_mean){ sqrt(x->image / n), n - 1, sqrt(x->image / n), 0 };
    freedom d = freedom_of(t);
    double run_df, counts = t->fold ? 1 : FREEDOM;
    double run = moderated(x->run, t->fold ? x->rest + expected : expected, t->trials, d.run, counts, &run_df);
    double total = fmax(x->image + run - x->rest, LEAST * x->image);
    if (t->fold) total += SHARED / (double)(t->folds - 1) * fmax(x->image - x->rest, 0);
    double below = x->image * x->image / (n - 1) + run * run / run_df + x->rest * x->rest / d.rest;
    return (error_of_mean){ .se = sqrt(total / cells),
                            .df = below > 0 ? fmax(1, total * total / below) : n - 1,
                            .se_images = sqrt(x->image / cells),
                            .se_runs = sqrt(fmax(run - x->rest, 0) / cells) };
}

/* The mean over the trials of the mean square between a trial's runs; with folds of what it has above that within. */
static double expected_runs(margins m, const mlp_trials *t)
{
    double sum = 0;
    for (int64_t k = 0; k < t->trials && has_runs(t); k++) {
        table x = table_of(m, t, k, -1);
        sum += t->fold ? x.run - x.rest : x.run;
    }
    return fmax(sum, 0) / (double)t->trials;
}

/* Every fold answers in every seed. */
static mlp_status check_folds(const mlp_trials *t, mlp_error *err)
{
    mlp_status st = t->fold ? mlp_check_count("folds", t->folds, 2, err) : MLP_OK;
    if (!st && t->fold) st = mlp_check_count("images", t->images, t->folds + 1, err);
    for (int64_t s = 0; !st && t->fold && s < t->seeds; s++) {
        for (int64_t f = 0; !st && f < t->folds; f++) {
            int64_t i = 0;
            while (i < t->images && t->fold[s * t->images + i] != f) i++;
            if (i == t->images)
                st = mlp_fail(err, MLP_EINVAL, "fold %lld of seed %lld has no image", (long long)f + 1,
                              (long long)s + 1);
        }
        for (int64_t i = 0; !st && i < t->images; i++) {
            int64_t f = t->fold[s * t->images + i];
            if (f < 0 || f >= t->folds)
                st = mlp_fail(err, MLP_EINVAL, "image %lld is in fold %lld, expected 1 to %lld", (long long)i + 1,
                              (long long)f + 1, (long long)t->folds);
        }
    }
    return st;
}

static mlp_status check(const mlp_trials *t, double confidence, mlp_error *err)
{
    mlp_status st = mlp_check_confidence(confidence, err);
    if (!st) st = mlp_check_count("trials", t->trials, 1, err);
    if (!st) st = mlp_check_count("seeds", t->seeds, 1, err);
    if (!st) st = mlp_check_count("images", t->images, 2, err);
    if (!st) st = check_folds(t, err);
    return st;
}

static mlp_status check_pair(mlp_pair pair, int64_t trials, mlp_error *err)
{
    int64_t low = pair.a < pair.b ? pair.a : pair.b, high = pair.a < pair.b ? pair.b : pair.a;
    if (low >= 0 && high < trials) return MLP_OK;
    return mlp_fail(err, MLP_EINVAL, "a pair is of trials %lld and %lld, expected two of 1 to %lld",
                    (long long)pair.a + 1, (long long)pair.b + 1, (long long)trials);
}

/* ---- answers that do not vary ---- */

/* With confidence c the share of all images that would say something else, after n that all say the same. */
static double unseen(int64_t n, double confidence)
{
    return 1 - pow((1 - confidence) / 2, 1 / (double)n);
}

/* A standard error that is more than the rounding of numbers of this size; else 0. */
static double beyond_rounding(double se, double size)
{
    const double ROUNDING = 1e-12;
    return se > ROUNDING * size ? se : 0;
}

/* p of n signs that all agree. */
static double all_alike(double difference, int64_t n)
{
    return difference == 0 ? 1 : mlp_mcnemar(n, 0, false);
}

/* Where all images differ by the same, no t interval: a share of others may differ by anything up to most. */
static void conclude_alike(mlp_test *test, int64_t n, double most, double confidence)
{
    double u = unseen(n, confidence), d = test->difference;
    test->p = all_alike(d, n);
    test->low = d - u * (most + d);
    test->high = d + u * (most - d);
}

static double largest_weight(const mlp_trials *t)
{
    double most = 1;
    for (int64_t i = 0; t->weight && i < t->images; i++) most = fmax(most, t->weight[i]);
    return most;
}

/* ---- what is asked ---- */

static mlp_accuracy accuracy(const table *x, error_of_mean e, const mlp_trials *t, double confidence)
{
    bool many = has_runs(t);
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
    double most = largest_weight(t);
    e.se = beyond_rounding(e.se, most);
    mlp_comparison c = { .mean_a = table_of(m, t, pair.a, -1).mean,
                         .mean_b = table_of(m, t, pair.b, -1).mean,
                         .test = { .difference = x.mean, .se = e.se, .df = e.df },
                         .se_images = e.se_images,
                         .se_runs = e.se_runs,
                         .a_only = x.a_only,
                         .b_only = x.b_only,
                         .includes_runs = has_runs(t) };
    mlp_test_conclude(&c.test, confidence);
    if (e.se == 0) conclude_alike(&c.test, t->images, most, confidence);
    if (!c.includes_runs && !t->weight) c.test.p = mlp_mcnemar(x.a_only, x.b_only, false);
    /* weighted: however the answers fall, so many signs cannot say more */
    if (!c.includes_runs && t->weight) c.test.p = fmax(c.test.p, mlp_mcnemar(x.a_only + x.b_only, 0, false));
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

static mlp_status check_values(const mlp_values *v, double confidence, mlp_error *err)
{
    mlp_status st = mlp_check_confidence(confidence, err);
    if (!st) st = mlp_check_count("trials", v->trials, 1, err);
    if (!st) st = mlp_check_count("seeds", v->runs, 2, err);
    if (!st && !(v->overlap >= 0)) st = mlp_fail(err, MLP_EINVAL, "overlap is %g, expected at least 0", v->overlap);
    return st;
}

static double error_of_values(const mlp_values *v, double own, double expected, double *df)
{
    double runs = (double)v->runs;
    return sqrt(moderated(own, expected, v->trials, runs - 1, FREEDOM, df) * (1 / runs + v->overlap));
}

/* The mean over the trials of the variance of a trial's values. */
static double expected_variance(const mlp_values *v)
{
    double sum = 0;
    for (int64_t k = 0; k < v->trials; k++) sum += mlp_variance(v->values + k * v->runs, v->runs);
    return sum / (double)v->trials;
}

mlp_status mlp_values_compare(mlp_test *out, const mlp_values *values, const mlp_pair *pairs, int64_t count,
                              double confidence, mlp_error *err)
{
    void *memory = NULL;
    mlp_status st = check_values(values, confidence, err);
    for (int64_t i = 0; !st && i < count; i++) st = check_pair(pairs[i], values->trials, err);
    if (!st) st = mlp_alloc(&memory, (size_t)values->runs, sizeof(double), err);
    if (st) return st;
    double *d = memory, expected = 2 * expected_variance(values);
    for (int64_t i = 0; i < count; i++) {
        const double *a = values->values + pairs[i].a * values->runs, *b = values->values + pairs[i].b * values->runs;
        for (int64_t s = 0; s < values->runs; s++) d[s] = a[s] - b[s];
        mlp_test test = { .difference = mlp_mean(d, values->runs) };
        test.se = error_of_values(values, mlp_variance(d, values->runs), expected, &test.df);
        test.se = beyond_rounding(test.se, fabs(mlp_mean(a, values->runs)) + fabs(mlp_mean(b, values->runs)));
        mlp_test_conclude(&test, confidence);
        if (test.se == 0) test.p = all_alike(test.difference, values->runs), test.low = test.high = NAN;
        out[i] = test;
    }
    free(memory);
    return MLP_OK;
}

mlp_status mlp_values_mean(mlp_interval *out, const mlp_values *values, int64_t trial, double confidence,
                           mlp_error *err)
{
    mlp_status st = check_values(values, confidence, err);
    if (!st) st = check_pair((mlp_pair){ trial, trial }, values->trials, err);
    if (st) return st;
    const double *x = values->values + trial * values->runs;
    mlp_interval i = { .estimate = mlp_mean(x, values->runs) };
    i.se = error_of_values(values, mlp_variance(x, values->runs), expected_variance(values), &i.df);
    double half = mlp_t_quantile(0.5 + confidence / 2, i.df) * i.se;
    i.low = i.estimate - half, i.high = i.estimate + half;
    *out = i;
    return MLP_OK;
}

/* ---- two sets of images ---- */

/* The mean squares of the runs' table on one set, as parts of the variance of its mean. */
typedef struct set_error {
    double mean, images, rest; /* rest: of one run's mean, beside its own effect */
} set_error;

/* by_image: room; by_run gets each run's mean. */
static set_error error_on_set(const mlp_image_set *x, int64_t runs, double *by_image, double *by_run)
{
    double n = (double)x->images, squares = 0;
    for (int64_t i = 0; i < x->images; i++) by_image[i] = 0;
    for (int64_t r = 0; r < runs; r++) {
        const double *row = x->values + r * x->images;
        by_run[r] = mlp_mean(row, x->images);
        for (int64_t i = 0; i < x->images; i++) {
            by_image[i] += row[i] / (double)runs;
            squares += (row[i] - by_run[r]) * (row[i] - by_run[r]);
        }
    }
    double image = mlp_variance(by_image, x->images), rest = 0;
    if (runs > 1) rest = fmax(squares - (double)runs * (n - 1) * image, 0) / ((n - 1) * (double)(runs - 1));
    return (set_error){ mlp_mean(by_image, x->images), image / n, rest / n };
}

mlp_status mlp_image_sets_compare(mlp_test *out, const mlp_image_set *a, const mlp_image_set *b, int64_t runs,
                                  double confidence, mlp_error *err)
{
    int64_t most = a->images > b->images ? a->images : b->images;
    void *memory = NULL;
    mlp_status st = mlp_check_confidence(confidence, err);
    if (!st) st = mlp_check_count("runs", runs, 1, err);
    if (!st) st = mlp_check_count("images", a->images < b->images ? a->images : b->images, 2, err);
    if (!st) st = mlp_alloc(&memory, (size_t)(most + 2 * runs), sizeof(double), err);
    if (st) return st;
    double *on_a = (double *)memory + most, *on_b = on_a + runs, count = (double)runs;
    set_error x = error_on_set(a, runs, memory, on_a), y = error_on_set(b, runs, memory, on_b);
    for (int64_t r = 0; r < runs; r++) on_a[r] -= on_b[r];
    double between = runs > 1 ? mlp_variance(on_a, runs) : 0, rest = x.rest + y.rest;
    double run = fmax(between - rest, 0) / count, total = x.images + y.images + run;
    double below = x.images * x.images / (double)(a->images - 1) + y.images * y.images / (double)(b->images - 1);
    if (run > 0) below += between * between / (count * count * (count - 1));
    *out = (mlp_test){ .difference = x.mean - y.mean,
                       .se = sqrt(total),
                       .df = below > 0 ? fmax(1, total * total / below) : INFINITY };
    mlp_test_conclude(out, confidence);
    if (beyond_rounding(out->se, 1) == 0) out->se = 0, out->low = out->high = out->p = NAN;
    free(memory);
    return MLP_OK;
}

double mlp_detectable(double se, double df, double alpha, double power)
{
    return (mlp_t_quantile(1 - alpha / 2, df) + mlp_t_quantile(power, df)) * se;
}
