/* ops.c - helpers of the recorded operations. */
#include "autograd/calculus_private.h"
#include "autograd/ops_private.h"

#include <string.h>

mlp_like mlp_like_of(const mlp_tensor *t)
{
    mlp_like like = { .dtype = t->dtype, .ndim = t->ndim };
    memcpy(like.shape, t->shape, sizeof like.shape);
    return like;
}

static bool has_shape(const mlp_tensor *t, const mlp_like *like)
{
    bool same = t->ndim == like->ndim;
    for (int d = 0; same && d < t->ndim; d++) same = t->shape[d] == like->shape[d];
    return same;
}

/* mlp_tensor_sum_to, recorded where a graph is made. */
static mlp_status sum_to(mlp_tensor **out, mlp_tensor *g, const mlp_like *like, mlp_error *err)
{
    if (!mlp_grad_enabled()) return mlp_tensor_sum_to(out, g, like->ndim, like->shape, err);
    int dims[MLP_MAX_DIMS], n = 0, more = g->ndim - like->ndim;
    mlp_tensor *sum = NULL;
    for (int d = 0; d < g->ndim; d++)
        if (d < more || (like->shape[d - more] == 1 && g->shape[d] != 1)) dims[n++] = d;
    mlp_status st = n > 0 ? mlp_calc->reduce(&sum, MLP_SUM, g, n, dims, true, err) : MLP_OK;
    if (!st) st = mlp_calc->reshape(out, sum ? sum : g, like->ndim, like->shape, err);
    mlp_tensor_release(sum);
    return st;
}

mlp_status mlp_gradient_like(mlp_tensor **out, mlp_tensor *g, const mlp_like *like, mlp_error *err)
{
    mlp_status st = MLP_OK;
    if (!has_shape(g, like)) {
        mlp_tensor *sum = NULL;
        st = sum_to(&sum, g, like, err);
        mlp_tensor_release(g);
        g = sum;
    }
    if (!st && g->dtype != like->dtype) {
        mlp_tensor *cast = NULL;
        st = mlp_calc->cast(&cast, g, like->dtype, err);
        mlp_tensor_release(g);
        g = cast;
    }
    if (!st) *out = g;
    return st;
}

mlp_status mlp_zeros_like(mlp_tensor **out, const mlp_like *like, mlp_error *err)
{
    return mlp_tensor_full(out, like->dtype, like->ndim, like->shape, 0, err);
}
