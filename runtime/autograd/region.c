/* region.c - the elements of its base that a view is. */
#include "autograd/region_private.h"

#include <string.h>

mlp_region mlp_region_of(const mlp_tensor *view)
{
    mlp_region r = { .base = mlp_like_of(view->base), .ndim = view->ndim, .offset = view->offset - view->base->offset };
    memcpy(r.shape, view->shape, sizeof r.shape);
    memcpy(r.stride, view->stride, sizeof r.stride);
    return r;
}

mlp_status mlp_region_part(mlp_tensor **out, mlp_tensor *whole, const mlp_region *r, mlp_error *err)
{
    mlp_status st = mlp_tensor_alias(out, whole, err);
    if (st) return st;
    (*out)->ndim = r->ndim;
    (*out)->offset += r->offset;
    memcpy((*out)->shape, r->shape, sizeof r->shape);
    memcpy((*out)->stride, r->stride, sizeof r->stride);
    return MLP_OK;
}

/* dy summed over the dimensions in which an expanded view repeats its elements; r is the region without repeats then.
 */
static mlp_status without_repeats(mlp_tensor **out, mlp_tensor *dy, mlp_region *r, mlp_error *err)
{
    int dims[MLP_MAX_DIMS], n = 0;
    for (int d = 0; d < r->ndim; d++) {
        if (r->stride[d] != 0 || r->shape[d] <= 1) continue;
        dims[n++] = d;
        r->shape[d] = 1;
    }
    if (n > 0) return mlp_tensor_reduce(out, MLP_SUM, dy, n, dims, true, err);
    *out = mlp_tensor_retain(dy);
    return MLP_OK;
}

mlp_status mlp_region_gradient(mlp_tensor **dx, mlp_tensor *dy, const mlp_region *view, mlp_error *err)
{
    mlp_region r = *view;
    mlp_tensor *whole = NULL, *part = NULL, *g = NULL;
    mlp_status st = without_repeats(&g, dy, &r, err);
    if (!st) st = mlp_zeros_like(&whole, &r.base, err);
    if (!st) st = mlp_region_part(&part, whole, &r, err);
    if (!st) st = mlp_tensor_copy_(part, g, err);
    if (!st) *dx = mlp_tensor_retain(whole);
    mlp_tensor_release(part);
    mlp_tensor_release(whole);
    mlp_tensor_release(g);
    return st;
}
