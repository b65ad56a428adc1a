/* histogram.c - values counted in the bins that PyTorch's add_histogram has by default: edges at 0 and at
 * +-1e-12 * 1.1^k (multiplied up step by step, as there, so that the edges have the same bits) below 1e20. */
#include "tensor/tensor.h"
#include "writers/record_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    POSITIVE = 774, /* edges above 0 */
    EDGES = 2 * POSITIVE + 1,
    BINS = EDGES - 1,
    EXPONENTS = 2048,
};

typedef struct bins {
    double edge[EDGES];   /* ascending */
    int start[EXPONENTS]; /* first positive edge not below 2^(e - 1023): where the search for a value begins */
    double count[BINS];
    double min, max, sum, squares;
} bins;

static void make_edges(bins *b)
{
    double v = 1e-12;
    b->edge[POSITIVE] = 0;
    for (int k = 0; k < POSITIVE; k++, v *= 1.1) {
        b->edge[POSITIVE + 1 + k] = v;
        b->edge[POSITIVE - 1 - k] = -v;
    }
    int k = 0;
    for (int e = 0; e < EXPONENTS; e++) {
        double power = ldexp(1, e - 1023);
        while (k < POSITIVE && b->edge[POSITIVE + 1 + k] < power) k++;
        b->start[e] = k;
    }
}

/* How many positive edges are <= x (or < x), for x >= 0; -0 is 0 too. */
static int edges_below(const bins *b, double x, bool or_equal)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    int k = b->start[bits >> 52 & (EXPONENTS - 1)]; /* without the sign */
    const double *edge = b->edge + POSITIVE + 1;
    while (k < POSITIVE && (or_equal ? edge[k] <= x : edge[k] < x)) k++;
    return k;
}

static void count(bins *b, double x)
{
    b->sum += x;
    b->squares += x * x;
    if (x < b->min) b->min = x;
    if (x > b->max) b->max = x;
    if (isnan(x) || fabs(x) > b->edge[EDGES - 1]) return;
    /* bins are closed below and open above, the last one closed */
    int bin = x >= 0 ? POSITIVE + edges_below(b, x, true) : POSITIVE - 1 - edges_below(b, -x, false);
    b->count[bin < BINS ? bin : BINS - 1]++;
}

static void count_all(bins *b, const double *x, int64_t n)
{
    bool nan = false;
    b->min = INFINITY;
    b->max = -INFINITY;
    for (int64_t i = 0; i < n; i++) {
        nan |= isnan(x[i]);
        count(b, x[i]);
    }
    if (nan) b->min = b->max = NAN;
}

static mlp_status put(mlp_event_writer *w, mlp_event_at at, bins *b, int64_t n, mlp_error *err)
{
    int first = 0, last = BINS - 1;
    while (first < BINS && b->count[first] == 0) first++;
    while (last >= 0 && b->count[last] == 0) last--;
    if (first == BINS)
        return mlp_fail(err, MLP_EINVAL, "histogram '%s': all %lld values are NaN or beyond +-1e20", at.tag,
                        (long long)n);
    /* one empty bucket at the left, then those from the first to the last that counted anything; limits are right ends
     */
    double bucket[BINS + 1];
    bucket[0] = 0;
    size_t kept = (size_t)(last - first) + 2;
    memcpy(bucket + 1, b->count + first, (kept - 1) * sizeof *bucket);
    Mlp__Histogram h = MLP__HISTOGRAM__INIT;
    Mlp__Value value = MLP__VALUE__INIT;
    h.min = b->min;
    h.max = b->max;
    h.num = (double)n;
    h.sum = b->sum;
    h.sum_squares = b->squares;
    h.n_bucket_limit = h.n_bucket = kept;
    h.bucket_limit = b->edge + first;
    h.bucket = bucket;
    value.content_case = MLP__VALUE__CONTENT_HISTOGRAM;
    value.histogram = &h;
    return mlp_event_put_value(w, at, &value, err);
}

mlp_status mlp_event_histogram(mlp_event_writer *w, mlp_event_at at, const mlp_tensor *values, mlp_error *err)
{
    int64_t n = mlp_tensor_numel(values);
    if (n == 0) return mlp_fail(err, MLP_EINVAL, "histogram '%s': the tensor has no element", at.tag);
    void *memory = NULL;
    mlp_tensor *wide = NULL;
    mlp_status st = mlp_alloc(&memory, 1, sizeof(bins), err);
    if (!st) st = mlp_tensor_cast(&wide, values, MLP_F64, err);
    if (!st) {
        make_edges(memory);
        count_all(memory, mlp_tensor_data(wide), n);
        st = put(w, at, memory, n, err);
    }
    mlp_tensor_release(wide);
    free(memory);
    return st;
}
