/* histogram.c - values counted in bins. PyTorch's add_histogram has these by default: edges at 0 and at
 * +-1e-12 * 1.1^k (multiplied up step by step, as there, so that the edges have the same bits) below 1e20. */
#include "tensor/tensor.h"
#include "writers/record_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    POSITIVE = 774, /* edges above 0 */
    EDGES = 2 * POSITIVE + 1,
    STEPS = 2,    /* edges that are compared at most */
    LEADING = 14, /* bits of a number behind its sign that choose where the search for its bin begins: its exponent and
                     three more: between two such numbers are at most STEPS edges */
};

typedef struct bins {
    const double *edge; /* ascending */
    int edges;
    double usual[EDGES + STEPS]; /* infinity behind the last */
    int16_t start[1 << LEADING]; /* of the usual ones: first positive edge not below what begins with these bits */
    double *count;               /* edges - 1 of them */
    double min, max, sum, squares;
} bins;

static double number_of(uint64_t bits)
{
    double number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

static void make_usual_edges(bins *b)
{
    double v = 1e-12, *edge = b->usual;
    edge[POSITIVE] = 0;
    for (int k = 0; k < STEPS; k++) edge[EDGES + k] = INFINITY;
    for (int k = 0; k < POSITIVE; k++, v *= 1.1) {
        edge[POSITIVE + 1 + k] = v;
        edge[POSITIVE - 1 - k] = -v;
    }
    int16_t k = 0;
    for (uint64_t leading = 0; leading < 1 << LEADING; leading++) {
        double least = number_of(leading << (63 - LEADING));
        while (k < POSITIVE && edge[POSITIVE + 1 + k] < least) k++;
        b->start[leading] = k;
    }
    b->edge = edge;
    b->edges = EDGES;
}

/* The bin of x, which is between the first and the last usual edge: without a branch, since nobody can guess it. */
static int usual_bin(const bins *b, double x)
{
    double size = fabs(x);
    uint64_t bits;
    memcpy(&bits, &size, sizeof bits);
    int k = b->start[bits >> (63 - LEADING)], negative = x < 0; /* -0 is 0 too */
    const double *edge = b->edge + POSITIVE + 1;
    for (int step = 0; step < STEPS; step++) k += (edge[k] < size) | ((edge[k] == size) & !negative);
    return negative ? POSITIVE - 1 - k : POSITIVE + k;
}

/* The last edge that is <= x, among edges that are not the usual ones. */
static int search(const bins *b, double x)
{
    int low = 0, high = b->edges;
    while (high - low > 1) {
        int middle = (low + high) / 2;
        if (b->edge[middle] <= x) low = middle;
        else high = middle;
    }
    return low;
}

static void count(bins *b, double x)
{
    b->sum += x;
    b->squares += x * x;
    if (x < b->min) b->min = x;
    if (x > b->max) b->max = x;
    if (isnan(x) || x < b->edge[0] || x > b->edge[b->edges - 1]) return;
    int bin = b->edge == b->usual ? usual_bin(b, x) : search(b, x);
    b->count[bin < b->edges - 1 ? bin : b->edges - 2]++; /* the last one is closed */
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

/* Joins neighbours until at most twice `most` bins are left: groups of bins / most, the last one as large as it comes.
 */
static void join(bins *b, double *edge, size_t most)
{
    int all = b->edges - 1, each = most ? all / (int)most : 1, kept = 0;
    if (each < 2) return;
    for (int first = 0; first < all; first += each, kept++) {
        double sum = 0;
        for (int i = first; i < first + each && i < all; i++) sum += b->count[i];
        edge[kept] = b->edge[first];
        b->count[kept] = sum;
    }
    edge[kept] = b->edge[all];
    b->edge = edge;
    b->edges = kept + 1;
}

static mlp_status put(mlp_event_writer *w, mlp_event_at at, bins *b, int64_t n, mlp_error *err)
{
    int all = b->edges - 1, first = 0, last = all - 1;
    while (first < all && b->count[first] == 0) first++;
    while (last >= 0 && b->count[last] == 0) last--;
    if (first == all)
        return mlp_fail(err, MLP_EINVAL, "histogram '%s': all %lld values are NaN or beyond the bins, %g to %g", at.tag,
                        (long long)n, b->edge[0], b->edge[all]);
    /* one empty bucket at the left, then those from the first to the last that counted anything; limits are right ends
     */
    size_t kept = (size_t)(last - first) + 2;
    void *memory = NULL;
    mlp_status st = mlp_alloc(&memory, kept, sizeof(double), err);
    if (st) return st;
    double *bucket = memory;
    bucket[0] = 0;
    memcpy(bucket + 1, b->count + first, (kept - 1) * sizeof *bucket);
    Mlp__Histogram h = MLP__HISTOGRAM__INIT;
    Mlp__Value value = MLP__VALUE__INIT;
    h.min = b->min;
    h.max = b->max;
    h.num = (double)n;
    h.sum = b->sum;
    h.sum_squares = b->squares;
    h.n_bucket_limit = h.n_bucket = kept;
    h.bucket_limit = (double *)b->edge + first;
    h.bucket = bucket;
    value.content_case = MLP__VALUE__CONTENT_HISTOGRAM;
    value.histogram = &h;
    st = mlp_event_put_value(w, at, &value, err);
    free(bucket);
    return st;
}

/* bins: b's, with room for as many edges behind its counts. */
static mlp_status count_and_put(mlp_event_writer *w, mlp_event_at at, bins *b, const mlp_tensor *wide, size_t most,
                                mlp_error *err)
{
    void *memory = NULL;
    mlp_status st = mlp_alloc(&memory, 2 * (size_t)b->edges, sizeof(double), err);
    if (st) return st;
    b->count = memory;
    memset(memory, 0, 2 * (size_t)b->edges * sizeof(double));
    int64_t n = mlp_tensor_numel(wide);
    count_all(b, mlp_tensor_data(wide), n);
    join(b, b->count + b->edges, most);
    st = put(w, at, b, n, err);
    free(memory);
    return st;
}

static mlp_status check_bins(const mlp_bins *asked, const char *tag, mlp_error *err)
{
    if (!asked || !asked->edges) return MLP_OK;
    bool fine = asked->count >= 2 && asked->count < INT32_MAX && isfinite(asked->edges[0]);
    for (size_t i = 1; fine && i < asked->count; i++)
        fine = isfinite(asked->edges[i]) && asked->edges[i] >= asked->edges[i - 1];
    if (fine) return MLP_OK;
    return mlp_fail(err, MLP_EINVAL, "histogram '%s': bins has %zu edges, expected two or more, ascending", tag,
                    asked->count);
}

mlp_status mlp_event_histogram(mlp_event_writer *w, mlp_event_at at, const mlp_tensor *values, const mlp_bins *asked,
                               mlp_error *err)
{
    int64_t n = mlp_tensor_numel(values);
    if (n == 0) return mlp_fail(err, MLP_EINVAL, "histogram '%s': the tensor has no element", at.tag);
    void *memory = NULL;
    mlp_tensor *wide = NULL;
    mlp_status st = check_bins(asked, at.tag, err);
    if (!st) st = mlp_alloc(&memory, 1, sizeof(bins), err);
    if (!st) st = mlp_tensor_cast(&wide, values, MLP_F64, err);
    bins *b = memory;
    if (!st && asked && asked->edges) {
        b->edge = asked->edges;
        b->edges = (int)asked->count;
    } else if (!st) {
        make_usual_edges(b);
    }
    if (!st) st = count_and_put(w, at, b, wide, asked ? asked->most : 0, err);
    mlp_tensor_release(wide);
    free(memory);
    return st;
}
