/* reduce.c - sums, products, extremes over dimensions, in an order that depends on the shape alone.
 *
 * The dimensions are sorted into kept and reduced ones. Each result goes through its elements row by row; sums of
 * floats are kept in double. When there are few results and many elements, the elements are cut into pieces of a fixed
 * size that threads share, and the pieces' results are joined in order. */
#include "tensor/tensor_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    PIECE = 65536, /* elements of a piece */
    COLUMNS = 256, /* results that are summed side by side when the reduced dimension is not the dense one */
};

typedef struct state {
    double real;   /* sum, product, or extreme of floats; seen says whether there is an extreme yet */
    int64_t whole; /* the same of integers; number of non-zero elements for any and all */
    int64_t at;    /* where the extreme is */
    bool seen;
} state;

/* Takes in n elements, of which the first is element number `at`. */
typedef void (*reduce_loop)(state *s, int64_t n, const void *x, int64_t step, int64_t at);

#define SUM_REAL(name, T)                                                                                              \
    MLP_SIMD static void name(state *s, int64_t n, const void *x_, int64_t step, int64_t at)                           \
    {                                                                                                                  \
        const T *x = x_;                                                                                               \
        double lane[8] = { 0 };                                                                                        \
        int64_t i = 0;                                                                                                 \
        (void)at;                                                                                                      \
        if (step == 1)                                                                                                 \
            for (; i + 8 <= n; i += 8)                                                                                 \
                for (int k = 0; k < 8; k++) lane[k] += (double)x[i + k];                                               \
        for (; i < n; i++) lane[0] += (double)x[i * step];                                                             \
        s->real += ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));          \
    }
#define EACH(name, T, body)                                                                                            \
    static void name(state *s, int64_t n, const void *x_, int64_t step, int64_t at)                                    \
    {                                                                                                                  \
        const T *x = x_;                                                                                               \
        (void)at;                                                                                                      \
        for (int64_t i = 0; i < n; i++) {                                                                              \
            T v = x[i * step];                                                                                         \
            body                                                                                                       \
        }                                                                                                              \
    }
#define TAKE(field, better)                                                                                            \
    if (!s->seen || (better)) {                                                                                        \
        s->field = v;                                                                                                  \
        s->at = at + i;                                                                                                \
        s->seen = true;                                                                                                \
    }
#define NEW_NAN (v != v && s->real == s->real)

SUM_REAL(sum_f32, float)
SUM_REAL(sum_f64, double)
EACH(sum_u8, uint8_t, s->whole += v;)
EACH(sum_i64, int64_t, s->whole = (int64_t)((uint64_t)s->whole + (uint64_t)v);)
EACH(prod_u8, uint8_t, s->whole = (int64_t)((uint64_t)s->whole * v);)
EACH(prod_i64, int64_t, s->whole = (int64_t)((uint64_t)s->whole * (uint64_t)v);)
EACH(prod_f32, float, s->real *= (double)v;)
EACH(prod_f64, double, s->real *= v;)
EACH(min_u8, uint8_t, TAKE(whole, v < s->whole))
EACH(min_i64, int64_t, TAKE(whole, v < s->whole))
EACH(min_f32, float, TAKE(real, (double)v < s->real || NEW_NAN))
EACH(min_f64, double, TAKE(real, v < s->real || NEW_NAN))
EACH(max_u8, uint8_t, TAKE(whole, v > s->whole))
EACH(max_i64, int64_t, TAKE(whole, v > s->whole))
EACH(max_f32, float, TAKE(real, (double)v > s->real || NEW_NAN))
EACH(max_f64, double, TAKE(real, v > s->real || NEW_NAN))
EACH(count_u8, uint8_t, s->whole += v != 0;)
EACH(count_i64, int64_t, s->whole += v != 0;)
EACH(count_f32, float, s->whole += v != 0;)
EACH(count_f64, double, s->whole += v != 0;)

#define LOOPS(name)                                                                                                    \
    {                                                                                                                  \
        name##_u8, name##_u8, [MLP_I64] = name##_i64, [MLP_F32] = name##_f32, [MLP_F64] = name##_f64                   \
    }
static const struct {
    const char *name;
    reduce_loop loop[MLP_DTYPES]; /* of what is computed in */
    bool needs_elements;          /* an extreme of nothing does not exist */
} table[MLP_REDUCE_COUNT] = {
    /* clang-format off */
    [MLP_SUM] = { "sum", LOOPS(sum), false },
    [MLP_MEAN] = { "mean", LOOPS(sum), false },
    [MLP_PROD] = { "prod", LOOPS(prod), false },
    [MLP_MIN] = { "min", LOOPS(min), true },
    [MLP_MAX] = { "max", LOOPS(max), true },
    [MLP_AMIN] = { "amin", LOOPS(min), true },
    [MLP_AMAX] = { "amax", LOOPS(max), true },
    [MLP_ARGMIN] = { "argmin", LOOPS(min), true },
    [MLP_ARGMAX] = { "argmax", LOOPS(max), true },
    [MLP_ANY] = { "any", LOOPS(count), false },
    [MLP_ALL] = { "all", LOOPS(count), false },
    /* clang-format on */
};

const char *mlp_reduce_name(mlp_reduce_op op)
{
    return table[op].name;
}

static mlp_dtype result_type(mlp_reduce_op op, mlp_dtype x)
{
    switch (op) {
    case MLP_SUM:
    case MLP_PROD: return mlp_dtype_is_float(x) ? x : MLP_I64;
    case MLP_MEAN: return mlp_dtype_is_float(x) ? x : MLP_F32;
    case MLP_MIN:
    case MLP_MAX:
    case MLP_AMIN:
    case MLP_AMAX: return x;
    case MLP_ARGMIN:
    case MLP_ARGMAX: return MLP_I64;
    default: return x == MLP_U8 ? MLP_U8 : MLP_BOOL; /* of bytes a byte, as in PyTorch */
    }
}

typedef struct reduction {
    mlp_reduce_op op;
    reduce_loop loop;
    const mlp_tensor *x;
    mlp_tensor *y;          /* contiguous, kept dimensions only */
    mlp_walk kept, reduced; /* one operand: x */
    int64_t results, count, pieces;
    state *partial; /* results x pieces, when the pieces are shared */
} reduction;

static state begin_state(mlp_reduce_op op)
{
    state s = { 0 };
    if (op == MLP_PROD) s.real = 1, s.whole = 1;
    return s;
}

static void join(reduction *r, state *s, const state *next)
{
    switch (r->op) {
    case MLP_PROD:
        s->real *= next->real;
        s->whole = (int64_t)((uint64_t)s->whole * (uint64_t)next->whole);
        break;
    case MLP_MIN:
    case MLP_MAX:
    case MLP_AMIN:
    case MLP_AMAX:
    case MLP_ARGMIN:
    case MLP_ARGMAX: {
        bool low = r->op == MLP_MIN || r->op == MLP_AMIN || r->op == MLP_ARGMIN, take;
        if (mlp_dtype_is_float(r->x->dtype))
            take =
                s->real == s->real && (next->real != next->real || (low ? next->real < s->real : next->real > s->real));
        else take = low ? next->whole < s->whole : next->whole > s->whole;
        if (next->seen && (!s->seen || take)) *s = *next;
        break;
    }
    default:
        s->real += next->real;
        s->whole = (int64_t)((uint64_t)s->whole + (uint64_t)next->whole);
        break;
    }
}

static void finish(reduction *r, int64_t result, const state *s)
{
    void *y = mlp_tensor_data(r->y);
    bool floats = mlp_dtype_is_float(r->x->dtype);
    double real = floats ? s->real : (double)s->whole;
    int64_t whole = s->whole;
    if (r->op == MLP_MEAN) real /= (double)r->count;
    if (r->op == MLP_ARGMIN || r->op == MLP_ARGMAX) whole = s->at;
    if (r->op == MLP_ANY) whole = s->whole > 0;
    if (r->op == MLP_ALL) whole = s->whole == r->count;
    switch (r->y->dtype) {
    case MLP_BOOL:
    case MLP_U8: ((uint8_t *)y)[result] = (uint8_t)whole; break;
    case MLP_I64: ((int64_t *)y)[result] = whole; break;
    case MLP_F32: ((float *)y)[result] = (float)real; break;
    default: ((double *)y)[result] = real; break;
    }
}

static const char *element(const reduction *r, int64_t result, int64_t offset)
{
    int64_t base;
    mlp_walk_row(&r->kept, result / r->kept.row, &base);
    base += result % r->kept.row * r->kept.step[0] + offset;
    return (const char *)mlp_tensor_data(r->x) + base * (int64_t)mlp_dtype_size(r->x->dtype);
}

/* Piece number `piece` of the elements of a result: a part of a row when rows are long, else a group of rows. */
static state reduce_piece(const reduction *r, int64_t result, int64_t piece)
{
    const mlp_walk *w = &r->reduced;
    state s = begin_state(r->op);
    int64_t per_row = (w->row + PIECE - 1) / PIECE, offset;
    if (per_row > 1) {
        int64_t from = piece % per_row * PIECE, row = piece / per_row;
        int64_t n = w->row - from < PIECE ? w->row - from : PIECE;
        mlp_walk_row(w, row, &offset);
        r->loop(&s, n, element(r, result, offset + from * w->step[0]), w->step[0], row * w->row + from);
        return s;
    }
    int64_t group = PIECE / w->row, first = piece * group, last = first + group < w->rows ? first + group : w->rows;
    for (int64_t row = first; row < last; row++) {
        mlp_walk_row(w, row, &offset);
        r->loop(&s, w->row, element(r, result, offset), w->step[0], row * w->row);
    }
    return s;
}

static void run_results(void *context, int64_t begin, int64_t end)
{
    reduction *r = context;
    for (int64_t i = begin; i < end; i++) {
        state s = begin_state(r->op);
        for (int64_t p = 0; p < r->pieces; p++) {
            state next = reduce_piece(r, i, p);
            join(r, &s, &next);
        }
        finish(r, i, &s);
    }
}

static void run_pieces(void *context, int64_t begin, int64_t end)
{
    reduction *r = context;
    for (int64_t i = begin; i < end; i++) r->partial[i] = reduce_piece(r, i / r->pieces, i % r->pieces);
}

/* Sums of floats whose results lie side by side in memory: whole rows are added to an accumulator of COLUMNS. */
MLP_SIMD static void add_columns_f32(double *sum, const float *x, int64_t n)
{
    for (int64_t k = 0; k < n; k++) sum[k] += (double)x[k];
}

MLP_SIMD static void add_columns_f64(double *sum, const double *x, int64_t n)
{
    for (int64_t k = 0; k < n; k++) sum[k] += x[k];
}

static void run_columns(void *context, int64_t begin, int64_t end)
{
    reduction *r = context;
    int64_t blocks = (r->kept.row + COLUMNS - 1) / COLUMNS;
    for (int64_t b = begin; b < end; b++) {
        int64_t from = b % blocks * COLUMNS, n = r->kept.row - from < COLUMNS ? r->kept.row - from : COLUMNS;
        int64_t result = b / blocks * r->kept.row + from, offset;
        double sum[COLUMNS] = { 0 };
        for (int64_t row = 0; row < r->reduced.rows; row++) {
            mlp_walk_row(&r->reduced, row, &offset);
            for (int64_t i = 0; i < r->reduced.row; i++) {
                const void *x = element(r, result, offset + i * r->reduced.step[0]);
                if (r->x->dtype == MLP_F32) add_columns_f32(sum, x, n);
                else add_columns_f64(sum, x, n);
            }
        }
        for (int64_t k = 0; k < n; k++) finish(r, result + k, &(state){ .real = sum[k] });
    }
}

static mlp_status run(reduction *r, mlp_error *err)
{
    int64_t per_result = r->count > 0 ? r->count : 1;
    if (r->results == 0) return MLP_OK;
    if (r->count == 0) {
        r->pieces = 0;
    } else {
        int64_t per_row = (r->reduced.row + PIECE - 1) / PIECE;
        int64_t group = per_row > 1 ? 1 : PIECE / r->reduced.row;
        r->pieces = per_row > 1 ? per_row * r->reduced.rows : (r->reduced.rows + group - 1) / group;
        bool sum_of_floats = (r->op == MLP_SUM || r->op == MLP_MEAN) && mlp_dtype_is_float(r->x->dtype);
        if (sum_of_floats && r->kept.step[0] == 1 && r->kept.row > 1 && r->reduced.step[0] != 1) {
            int64_t blocks = r->results / r->kept.row * ((r->kept.row + COLUMNS - 1) / COLUMNS);
            int64_t grain = 1 + MLP_GRAIN / (per_result * COLUMNS);
            return mlp_parallel_for(blocks, grain, run_columns, r, err);
        }
    }
    if (r->pieces > 1 && r->results < 64) {
        mlp_status st = mlp_alloc((void **)&r->partial, (size_t)(r->results * r->pieces), sizeof *r->partial, err);
        if (!st) st = mlp_parallel_for(r->results * r->pieces, 1, run_pieces, r, err);
        for (int64_t i = 0; !st && i < r->results; i++) {
            state s = begin_state(r->op);
            for (int64_t p = 0; p < r->pieces; p++) join(r, &s, &r->partial[i * r->pieces + p]);
            finish(r, i, &s);
        }
        free(r->partial);
        return st;
    }
    return mlp_parallel_for(r->results, 1 + MLP_GRAIN / per_result, run_results, r, err);
}

/* x is of a type that is computed in. */
static mlp_status reduce(mlp_tensor **out, mlp_reduce_op op, const mlp_tensor *x, int ndims, const int *dims,
                         bool keepdim, mlp_error *err)
{
    const char *who = table[op].name;
    bool reduced[MLP_MAX_DIMS] = { false };
    for (int i = 0; i < ndims; i++) {
        int d = dims[i];
        if (x->ndim == 0 && (d == 0 || d == -1)) continue;
        mlp_status st = mlp_dim_check(&d, x->ndim, who, err);
        if (st) return st;
        if (reduced[d]) return mlp_fail(err, MLP_EINVAL, "%s: dimension %d is named twice", who, mlp_nth_dim(dims[i]));
        reduced[d] = true;
    }
    if (ndims == 0) memset(reduced, true, sizeof reduced);
    if (ndims > 1 && (op == MLP_ARGMIN || op == MLP_ARGMAX))
        return mlp_fail(err, MLP_EINVAL, "%s: takes one dimension or none, got %d", who, ndims);

    mlp_tensor kept = { 0 }, gone = { 0 };
    int64_t shape[MLP_MAX_DIMS];
    int rank = 0;
    for (int i = 0; i < x->ndim; i++) {
        mlp_tensor *to = reduced[i] ? &gone : &kept;
        to->shape[to->ndim] = x->shape[i];
        to->stride[to->ndim++] = x->stride[i];
        if (!reduced[i]) shape[rank++] = x->shape[i];
        else if (keepdim) shape[rank++] = 1;
    }
    reduction r = { .op = op, .loop = table[op].loop[x->dtype], .x = x };
    r.results = mlp_tensor_numel(&kept);
    r.count = mlp_tensor_numel(&gone);
    if (r.count == 0 && r.results > 0 && table[op].needs_elements) {
        char text[MLP_SHAPE_TEXT];
        return mlp_fail(err, MLP_ESHAPE, "%s: a tensor of shape %s has no elements to choose from", who,
                        mlp_shape_text(text, x->ndim, x->shape));
    }
    mlp_walk_begin(&r.kept, kept.ndim, kept.shape, 1, (const mlp_tensor *const[]){ &kept });
    mlp_walk_begin(&r.reduced, gone.ndim, gone.shape, 1, (const mlp_tensor *const[]){ &gone });
    mlp_tensor *y = NULL;
    mlp_status st = mlp_tensor_new(&y, result_type(op, x->dtype), rank, shape, err);
    if (st) return st;
    r.y = y;
    if ((st = run(&r, err))) mlp_tensor_release(y);
    else *out = y;
    return st;
}

mlp_status mlp_tensor_reduce(mlp_tensor **out, mlp_reduce_op op, const mlp_tensor *x, int ndims, const int *dims,
                             bool keepdim, mlp_error *err)
{
    mlp_tensor *wide = NULL, *y = NULL;
    mlp_status st = mlp_in_type(&wide, x, mlp_dtype_working(x->dtype), err);
    if (!st) st = reduce(&y, op, wide, ndims, dims, keepdim, err);
    mlp_tensor_release(wide);
    return mlp_kept_in(out, y, result_type(op, x->dtype), st, err);
}

mlp_status mlp_tensor_sum_to(mlp_tensor **out, const mlp_tensor *x, int ndim, const int64_t *shape, mlp_error *err)
{
    int dims[MLP_MAX_DIMS], n = 0, extra = x->ndim - ndim;
    for (int i = 0; i < x->ndim; i++)
        if (i < extra || (shape[i - extra] == 1 && x->shape[i] != 1)) dims[n++] = i;
    if (n == 0) return mlp_tensor_clone(out, x, err);
    mlp_tensor *sum = NULL;
    mlp_status st = mlp_tensor_reduce(&sum, MLP_SUM, x, n, dims, true, err);
    if (!st) st = mlp_tensor_reshape(out, sum, ndim, shape, err);
    mlp_tensor_release(sum);
    return st;
}
