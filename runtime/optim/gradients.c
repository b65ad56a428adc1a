/* gradients.c - the norm of all gradients together, limits on their elements, the first that is not finite,
 * whether there is any. */
#include "optim/optim.h"

#include "base/simd.h"

#include <math.h>
#include <stdlib.h>

enum { GRAIN = 65536 };

/* ---- norm: a partial result per block, then the blocks in their order ---- */

typedef struct sums {
    const void *g;
    double order;
    double *partial; /* one per block */
} sums;

static double term(double g, double order)
{
    double a = fabs(g);
    return order == 1 ? a : pow(a, order);
}

static void add(double *sum, double g, double order)
{
    if (!isinf(order)) *sum += term(g, order);
    else if (!(fabs(g) <= *sum)) *sum = isnan(*sum) ? *sum : fabs(g); /* NaN stays */
}

/* Sums of squares run in LANES sums side by side, whatever the instruction set: element i goes to sum i % LANES of its
 * block, and the sums are added in their order. */
enum { LANES = 16 };

static double total_of(const double *lanes)
{
    double total = 0;
    for (int k = 0; k < LANES; k++) total += lanes[k];
    return total;
}

MLP_SIMD static double squares_f32(const float *g, int64_t begin, int64_t end)
{
    double lanes[LANES] = { 0 };
    int64_t i = begin;
    for (; i + LANES <= end; i += LANES)
        for (int k = 0; k < LANES; k++) lanes[k] += (double)g[i + k] * (double)g[i + k];
    for (int k = 0; i < end; i++, k++) lanes[k] += (double)g[i] * (double)g[i];
    return total_of(lanes);
}

MLP_SIMD static double squares_f64(const double *g, int64_t begin, int64_t end)
{
    double lanes[LANES] = { 0 };
    int64_t i = begin;
    for (; i + LANES <= end; i += LANES)
        for (int k = 0; k < LANES; k++) lanes[k] += g[i + k] * g[i + k];
    for (int k = 0; i < end; i++, k++) lanes[k] += g[i] * g[i];
    return total_of(lanes);
}

static void range_f32(void *context, int64_t begin, int64_t end)
{
    const sums *s = context;
    const float *g = s->g;
    double sum = 0;
    if (s->order == 2) sum = squares_f32(g, begin, end);
    else
        for (int64_t i = begin; i < end; i++) add(&sum, (double)g[i], s->order);
    s->partial[begin / GRAIN] = sum;
}

static void range_f64(void *context, int64_t begin, int64_t end)
{
    const sums *s = context;
    const double *g = s->g;
    double sum = 0;
    if (s->order == 2) sum = squares_f64(g, begin, end);
    else
        for (int64_t i = begin; i < end; i++) add(&sum, g[i], s->order);
    s->partial[begin / GRAIN] = sum;
}

static mlp_status norm_of(double *total, mlp_tensor *t, double order, mlp_error *err)
{
    int64_t n = mlp_tensor_numel(t), blocks = (n + GRAIN - 1) / GRAIN;
    mlp_tensor *g = NULL;
    void *memory = NULL;
    mlp_status st = mlp_tensor_contiguous(&g, t, err);
    if (!st) st = mlp_alloc(&memory, (size_t)blocks, sizeof(double), err);
    if (!st) {
        sums s = { mlp_tensor_data(g), order, memory };
        st = mlp_parallel_for(n, GRAIN, t->dtype == MLP_F64 ? range_f64 : range_f32, &s, err);
        for (int64_t i = 0; !st && i < blocks; i++) {
            if (isinf(order)) add(total, s.partial[i], order);
            else *total += s.partial[i];
        }
    }
    free(memory);
    mlp_tensor_release(g);
    return st;
}

mlp_status mlp_grad_norm(double *out, mlp_tensor *const *grads, int count, double order, mlp_error *err)
{
    double total = 0;
    if (!(order >= 1)) return mlp_fail(err, MLP_EINVAL, "norm_type is %g, expected 1 or more, or infinity", order);
    for (int i = 0; i < count; i++) {
        if (!mlp_dtype_is_real(grads[i]->dtype))
            return mlp_fail(err, MLP_EDTYPE, "gradient %d is %s, expected f32 or f64: :float() makes it one", i + 1,
                            mlp_dtype_name(grads[i]->dtype));
        mlp_status st = norm_of(&total, grads[i], order, err);
        if (st) return st;
    }
    *out = isinf(order) || order == 1 ? total : order == 2 ? sqrt(total) : pow(total, 1 / order);
    return MLP_OK;
}

/* ---- clamp ---- */

MLP_SIMD static void clamp_f32(void *context, int64_t begin, int64_t end)
{
    const mlp_update *u = context;
    const float limit = (float)*(const double *)u->options;
    float *g = u->p;
    for (int64_t i = begin; i < end; i++) g[i] = g[i] > limit ? limit : g[i] < -limit ? -limit : g[i];
}

MLP_SIMD static void clamp_f64(void *context, int64_t begin, int64_t end)
{
    const mlp_update *u = context;
    const double limit = *(const double *)u->options;
    double *g = u->p;
    for (int64_t i = begin; i < end; i++) g[i] = g[i] > limit ? limit : g[i] < -limit ? -limit : g[i];
}

mlp_status mlp_grad_clamp_(mlp_tensor *const *grads, int count, double limit, mlp_error *err)
{
    if (!(limit >= 0)) return mlp_fail(err, MLP_EINVAL, "clip_value is %g, expected 0 or more", limit);
    for (int i = 0; i < count; i++) {
        mlp_status st =
            mlp_update_run("clip_grad_value_", grads[i], grads[i], NULL, 0, &limit, clamp_f32, clamp_f64, err);
        if (st) return st;
    }
    return MLP_OK;
}

/* ---- not finite ---- */

mlp_status mlp_grad_first_nonfinite(int *index, mlp_tensor *const *parameters, int count, mlp_error *err)
{
    *index = -1;
    for (int i = 0; i < count; i++) {
        const mlp_outer *later = mlp_grad_later(parameters[i]);
        mlp_tensor *grad = NULL;
        if (later && mlp_outer_is_bounded(later)) continue;
        mlp_status st = mlp_grad_get(&grad, parameters[i], err);
        int found = -1;
        if (!st) st = mlp_first_nonfinite(&found, &grad, 1, err);
        if (st) return st;
        if (found == 0) {
            *index = i;
            return MLP_OK;
        }
    }
    return MLP_OK;
}

/* ---- all zero ---- */

/* One piece after the other, until there is one that is not all zero: most often one of the first. */
static mlp_status any_later(bool *flows, const mlp_outer *o, mlp_error *err)
{
    void *memory = NULL;
    mlp_status st = mlp_alloc(&memory, (size_t)mlp_outer_piece_size(o), sizeof(float), err);
    for (int64_t i = 0; !st && !*flows && i < mlp_outer_pieces(o); i++) {
        mlp_outer_piece piece = mlp_outer_piece_at(o, i);
        mlp_outer_make_piece(o, &piece, memory, piece.columns, NULL);
        const float *g = memory;
        for (int64_t k = 0; !*flows && k < piece.rows * piece.columns; k++) *flows = g[k] != 0;
    }
    free(memory);
    return st;
}

mlp_status mlp_grad_flows(bool *flows, const mlp_tensor *parameter, mlp_error *err)
{
    const mlp_outer *later = mlp_grad_later(parameter);
    mlp_tensor *grad = NULL, *any = NULL;
    double found = 0;
    *flows = false;
    if (later) return any_later(flows, later, err);
    mlp_status st = mlp_grad_get(&grad, parameter, err);
    if (st || !grad) return st;
    st = mlp_tensor_reduce(&any, MLP_ANY, grad, 0, NULL, false, err);
    if (!st) st = mlp_tensor_item(&found, any, err);
    *flows = found != 0;
    mlp_tensor_release(any);
    return st;
}
