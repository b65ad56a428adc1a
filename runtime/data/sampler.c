/* sampler.c - see sampler.h. Random numbers are those of MLP_FOR_SHUFFLE with a = epoch; b tells the kinds apart, and
 * is 0 for the plain permutation, which is the loader's own. */
#include "data/sampler.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

typedef enum kind { SEQUENTIAL, LIST, RANDOM, SUBSET, WEIGHTED } kind;

enum { PERMUTED = 0, REPLACED = 1, WEIGHED = 2 }; /* b */

struct mlp_sampler {
    atomic_int refs;
    kind kind;
    mlp_sampler_options options;
    int64_t n;      /* places to draw from */
    int64_t limit;  /* the largest index, and one */
    int64_t *index; /* of LIST and SUBSET */
    double *weight; /* of WEIGHTED: sums up to each place when drawn with replacement, else the weights */
};

mlp_sampler *mlp_sampler_retain(mlp_sampler *s)
{
    if (s) atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
    return s;
}

void mlp_sampler_release(mlp_sampler *s)
{
    if (!s || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1) return;
    free(s->index);
    free(s->weight);
    free(s);
}

int64_t mlp_sampler_count(const mlp_sampler *s)
{
    return s->options.num_samples;
}

int64_t mlp_sampler_limit(const mlp_sampler *s)
{
    return s->limit;
}

const char *mlp_sampler_name(const mlp_sampler *s)
{
    static const char *const names[] = { "SequentialSampler", "list", "RandomSampler", "SubsetRandomSampler",
                                         "WeightedRandomSampler" };
    return names[s->kind];
}

const mlp_sampler_options *mlp_sampler_options_of(const mlp_sampler *s)
{
    return &s->options;
}

/* ---- making ---- */

static mlp_status new_sampler(mlp_sampler **out, kind k, int64_t n, const mlp_sampler_options *o, mlp_error *err)
{
    void *p = NULL;
    mlp_sampler_options options = o ? *o : (mlp_sampler_options){ 0 };
    if (options.num_samples == 0) options.num_samples = n;
    if (n < 1 || options.num_samples < 1)
        return mlp_fail(err, MLP_EINVAL, "a sampler needs at least one sample: got %lld to draw of %lld",
                        (long long)options.num_samples, (long long)n);
    mlp_status st = mlp_alloc(&p, 1, sizeof(mlp_sampler), err);
    if (st) return st;
    mlp_sampler *s = p;
    atomic_init(&s->refs, 1);
    s->kind = k;
    s->options = options;
    s->n = s->limit = n;
    *out = s;
    return MLP_OK;
}

mlp_status mlp_sampler_sequential(mlp_sampler **out, int64_t n, mlp_error *err)
{
    return new_sampler(out, SEQUENTIAL, n, NULL, err);
}

mlp_status mlp_sampler_random(mlp_sampler **out, int64_t n, const mlp_sampler_options *options, mlp_error *err)
{
    return new_sampler(out, RANDOM, n, options, err);
}

static mlp_status of_list(mlp_sampler **out, kind k, const int64_t *index, int64_t n,
                          const mlp_sampler_options *options, mlp_error *err)
{
    mlp_sampler *s = NULL;
    void *p = NULL;
    int64_t largest = 0;
    for (int64_t i = 0; i < n; i++) {
        if (index[i] < 0) return mlp_fail(err, MLP_EINDEX, "a sampler's entry %lld is no sample number", mlp_nth(i));
        if (index[i] > largest) largest = index[i];
    }
    mlp_status st = new_sampler(&s, k, n, options, err);
    if (!st) st = mlp_alloc(&p, (size_t)n, sizeof(int64_t), err);
    if (st) {
        mlp_sampler_release(s);
        return st;
    }
    s->index = memcpy(p, index, (size_t)n * sizeof(int64_t));
    s->limit = largest + 1;
    *out = s;
    return MLP_OK;
}

mlp_status mlp_sampler_list(mlp_sampler **out, const int64_t *index, int64_t n, mlp_error *err)
{
    return of_list(out, LIST, index, n, NULL, err);
}

mlp_status mlp_sampler_subset(mlp_sampler **out, const int64_t *index, int64_t n, const mlp_sampler_options *options,
                              mlp_error *err)
{
    mlp_sampler_options o = *options;
    o.num_samples = 0;
    return of_list(out, SUBSET, index, n, &o, err);
}

mlp_status mlp_sampler_weighted(mlp_sampler **out, const double *weight, int64_t n, const mlp_sampler_options *options,
                                mlp_error *err)
{
    int64_t possible = 0;
    double sum = 0;
    for (int64_t i = 0; i < n; i++) {
        if (!(weight[i] >= 0) || isinf(weight[i]))
            return mlp_fail(err, MLP_EINVAL, "WeightedRandomSampler: weight %lld is %g, expected 0 or more", mlp_nth(i),
                            weight[i]);
        sum += weight[i];
        possible += weight[i] > 0;
    }
    if (possible == 0 || isinf(sum))
        return mlp_fail(err, MLP_EINVAL, "WeightedRandomSampler: the weights add up to %g, expected a number above 0",
                        sum);
    if (!options->replacement && options->num_samples > possible)
        return mlp_fail(err, MLP_EINVAL,
                        "WeightedRandomSampler: cannot draw %lld samples without replacement: %lld have a weight above "
                        "0",
                        (long long)options->num_samples, (long long)possible);
    mlp_sampler *s = NULL;
    void *p = NULL;
    mlp_status st = new_sampler(&s, WEIGHTED, n, options, err);
    if (!st) st = mlp_alloc(&p, (size_t)n, sizeof(double), err);
    if (st) {
        mlp_sampler_release(s);
        return st;
    }
    s->weight = memcpy(p, weight, (size_t)n * sizeof(double));
    if (options->replacement)
        for (int64_t i = 1; i < n; i++) s->weight[i] += s->weight[i - 1];
    *out = s;
    return MLP_OK;
}

/* ---- drawing ---- */

/* The first place whose sum is above `at`; places of weight 0 repeat the sum before them, so they are never it. */
static int64_t place_of(const double *sum, int64_t n, double at)
{
    int64_t low = 0, high = n - 1;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (sum[middle] > at) high = middle;
        else low = middle + 1;
    }
    while (low > 0 && sum[low] == sum[low - 1]) low--; /* rounding has reached the end */
    return low;
}

typedef struct keyed {
    double key;
    int64_t place;
} keyed;

static int by_key(const void *a, const void *b)
{
    const keyed *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

/* One after the other without replacement is the order of -log(u) / weight (Efraimidis and Spirakis, 2006). */
static mlp_status draw_without(const mlp_sampler *s, mlp_rng *rng, int64_t *order, mlp_error *err)
{
    void *p = NULL;
    mlp_status st = mlp_alloc(&p, (size_t)s->n, sizeof(keyed), err);
    if (st) return st;
    keyed *k = p;
    for (int64_t i = 0; i < s->n; i++)
        k[i] = (keyed){ s->weight[i] > 0 ? -log(1 - mlp_rng_uniform(rng)) / s->weight[i] : INFINITY, i };
    qsort(k, (size_t)s->n, sizeof *k, by_key);
    for (int64_t i = 0; i < s->options.num_samples; i++) order[i] = k[i].place;
    free(p);
    return MLP_OK;
}

/* Whole permutations of 0 to n-1 and the beginning of a last one. */
static mlp_status draw_orders(const mlp_sampler *s, mlp_rng *rng, int64_t *order, mlp_error *err)
{
    int64_t wanted = s->options.num_samples, done = 0;
    for (; wanted - done >= s->n; done += s->n) mlp_rng_permutation(rng, s->n, order + done);
    if (done == wanted) return MLP_OK;
    void *last = NULL;
    mlp_status st = mlp_alloc(&last, (size_t)s->n, sizeof(int64_t), err);
    if (st) return st;
    mlp_rng_permutation(rng, s->n, last);
    memcpy(order + done, last, (size_t)(wanted - done) * sizeof(int64_t));
    free(last);
    return MLP_OK;
}

mlp_status mlp_sampler_draw(const mlp_sampler *s, uint64_t seed, uint64_t epoch, int64_t *order, mlp_error *err)
{
    int64_t count = s->options.num_samples;
    bool again = s->options.replacement && (s->kind == RANDOM || s->kind == WEIGHTED);
    uint64_t which = s->kind == WEIGHTED ? WEIGHED : again ? REPLACED : PERMUTED;
    mlp_rng rng = mlp_rng_stream(s->options.seeded ? s->options.seed : seed, MLP_FOR_SHUFFLE, epoch, which, 0);
    mlp_status st = MLP_OK;
    if (s->kind == WEIGHTED && !again) {
        st = draw_without(s, &rng, order, err);
    } else if (s->kind == WEIGHTED) {
        double sum = s->weight[s->n - 1];
        for (int64_t i = 0; i < count; i++) order[i] = place_of(s->weight, s->n, mlp_rng_uniform(&rng) * sum);
    } else if (again) {
        for (int64_t i = 0; i < count; i++) order[i] = mlp_rng_int(&rng, 0, s->n - 1);
    } else if (s->kind == RANDOM || s->kind == SUBSET) {
        st = draw_orders(s, &rng, order, err);
    } else {
        for (int64_t i = 0; i < count; i++) order[i] = i;
    }
    for (int64_t i = 0; !st && s->index && i < count; i++) order[i] = s->index[order[i]];
    return st;
}
