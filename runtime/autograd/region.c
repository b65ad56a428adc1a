/* region.c - the elements of its base that a view is. */
#include "autograd/calculus_private.h"
#include "autograd/region_private.h"

#include "autograd/formula.h"

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

/* ---- by index, so that it can be recorded ---- */

/* Where the region's elements are in the base as one row: i64. */
static mlp_tensor *places_of(mlp_formula *f, const mlp_region *r)
{
    int64_t count = 1;
    mlp_tensor *all = NULL, *shaped = NULL, *part = NULL, *copy = NULL, *row = NULL;
    for (int d = 0; d < r->base.ndim; d++) count *= r->base.shape[d];
    mlp_status st = mlp_tensor_arange(&all, MLP_I64, 0, (double)count, 1, f->err);
    if (!st) st = mlp_tensor_reshape(&shaped, all, r->base.ndim, r->base.shape, f->err);
    if (!st) st = mlp_region_part(&part, shaped, r, f->err);
    if (!st) st = mlp_tensor_clone(&copy, part, f->err);
    if (!st) st = mlp_tensor_reshape(&row, copy, 1, (int64_t[]){ -1 }, f->err);
    mlp_tensor_release(copy);
    mlp_tensor_release(part);
    mlp_tensor_release(shaped);
    mlp_tensor_release(all);
    return mlp_f_step(f, st, row);
}

static mlp_tensor *as_row(mlp_formula *f, mlp_tensor *t)
{
    return mlp_f_reshape(f, t, 1, (int64_t[]){ mlp_tensor_numel(t) });
}

mlp_status mlp_region_gradient_again(mlp_tensor **dx, mlp_tensor *dy, const mlp_region *r, mlp_error *err)
{
    int64_t count = 1;
    mlp_formula f = mlp_formula_in_pass(err);
    mlp_tensor *places = places_of(&f, r), *row = as_row(&f, dy), *zeros = NULL, *sum = NULL;
    for (int d = 0; d < r->base.ndim; d++) count *= r->base.shape[d];
    mlp_status st = f.status;
    if (!st) {
        st = mlp_tensor_full(&zeros, r->base.dtype, 1, &count, 0, err);
        zeros = mlp_f_step(&f, st, zeros);
    }
    if (!st) st = mlp_calc->index_add(&sum, zeros, 0, places, row, err);
    if (!f.status) sum = mlp_f_step(&f, st, sum);
    return mlp_formula_end(&f, dx, mlp_f_reshape(&f, sum, r->base.ndim, r->base.shape));
}

mlp_status mlp_region_part_again(mlp_tensor **out, mlp_tensor *whole, const mlp_region *r, mlp_error *err)
{
    mlp_formula f = mlp_formula_in_pass(err);
    mlp_tensor *places = places_of(&f, r), *row = as_row(&f, whole), *part = NULL;
    mlp_status st = f.status;
    if (!st) st = mlp_calc->index_select(&part, row, 0, places, err);
    if (!f.status) part = mlp_f_step(&f, st, part);
    return mlp_formula_end(&f, out, mlp_f_reshape(&f, part, r->ndim, r->shape));
}

mlp_status mlp_region_rest_again(mlp_tensor **out, mlp_tensor *whole, const mlp_region *r, mlp_error *err)
{
    mlp_tensor *outside = NULL, *part = NULL;
    mlp_status st = mlp_tensor_full(&outside, whole->dtype, r->base.ndim, r->base.shape, 1, err);
    if (!st) st = mlp_region_part(&part, outside, r, err);
    if (!st) st = mlp_tensor_fill_(part, 0, err);
    if (!st) st = mlp_calc->binary(out, MLP_MUL, whole, outside, err);
    mlp_tensor_release(part);
    mlp_tensor_release(outside);
    return st;
}
