/* mask.c - reading and writing the elements that a mask names. */
#include "autograd/ops_private.h"

#include <string.h>

/* A mask covers the first dimensions of x: then x is as many rows as the mask has elements. */
static mlp_status rows_of(mlp_tensor **out, mlp_tensor *x, const mlp_tensor *mask, mlp_error *err)
{
    char a[MLP_SHAPE_TEXT], b[MLP_SHAPE_TEXT];
    bool fits = mask->dtype == MLP_BOOL && mask->ndim <= x->ndim;
    for (int d = 0; fits && d < mask->ndim; d++) fits = mask->shape[d] == x->shape[d];
    if (!fits)
        return mlp_fail(err, MLP_ESHAPE, "mask: it is %s %s and the tensor %s: expected a bool of the same first sizes",
                        mlp_dtype_name(mask->dtype), mlp_shape_text(a, mask->ndim, mask->shape),
                        mlp_shape_text(b, x->ndim, x->shape));
    int64_t shape[MLP_MAX_DIMS + 1] = { mlp_tensor_numel(mask) };
    int rest = x->ndim - mask->ndim;
    if (rest == MLP_MAX_DIMS)
        return mlp_fail(err, MLP_ESHAPE, "mask: a tensor of %d dimensions has no room for another", MLP_MAX_DIMS);
    memcpy(shape + 1, x->shape + mask->ndim, sizeof *shape * (size_t)rest);
    return mlp_op_reshape(out, x, 1 + rest, shape, err);
}

mlp_status mlp_op_mask_select(mlp_tensor **out, mlp_tensor *x, mlp_tensor *mask, mlp_error *err)
{
    mlp_tensor *rows = NULL, *places = NULL;
    mlp_status st = rows_of(&rows, x, mask, err);
    if (!st) st = mlp_tensor_places(&places, mask, err);
    if (!st) st = mlp_op_index_select(out, rows, 0, places, err);
    mlp_tensor_release(places);
    mlp_tensor_release(rows);
    return st;
}

/* The mask with sizes of 1 behind its own, so that it stretches over x. A view. */
static mlp_status over_rest(mlp_tensor **out, mlp_tensor *mask, const mlp_tensor *x, mlp_error *err)
{
    int64_t shape[MLP_MAX_DIMS];
    for (int d = 0; d < x->ndim; d++) shape[d] = d < mask->ndim ? mask->shape[d] : 1;
    return mlp_tensor_reshape(out, mask, x->ndim, shape, err);
}

/* `from` has a row for each true of the mask: a tensor like x in which they stand at their places. */
static mlp_status spread(mlp_tensor **out, mlp_tensor *x, mlp_tensor *mask, mlp_tensor *from, mlp_error *err)
{
    mlp_tensor *rows = NULL, *places = NULL, *zeros = NULL, *all = NULL, *typed = NULL, *part = NULL;
    int64_t shape[MLP_MAX_DIMS];
    mlp_status st = rows_of(&rows, x, mask, err);
    if (!st) st = mlp_tensor_places(&places, mask, err);
    if (!st) {
        memcpy(shape, rows->shape, sizeof shape);
        shape[0] = places->shape[0];
        st = mlp_op_cast(&typed, from, x->dtype == MLP_BOOL ? MLP_U8 : x->dtype, err);
    }
    if (!st) st = mlp_op_expand(&part, typed, rows->ndim, shape, err);
    if (!st) st = mlp_tensor_full(&zeros, part->dtype, rows->ndim, rows->shape, 0, err);
    if (!st) st = mlp_op_index_add(&all, zeros, 0, places, part, err);
    if (!st) st = mlp_op_reshape(out, all, x->ndim, x->shape, err);
    mlp_tensor_release(all);
    mlp_tensor_release(zeros);
    mlp_tensor_release(part);
    mlp_tensor_release(typed);
    mlp_tensor_release(places);
    mlp_tensor_release(rows);
    return st;
}

mlp_status mlp_op_mask_write_(mlp_tensor *t, mlp_tensor *mask, mlp_tensor *from, mlp_error *err)
{
    mlp_tensor *rows = NULL, *wide = NULL, *before = NULL, *all = NULL, *y = NULL;
    mlp_status st = rows_of(&rows, t, mask, err); /* the message, before anything is written */
    mlp_tensor_release(rows);
    if (!st) st = mlp_may_write(t, "assignment", err);
    if (!st) st = over_rest(&wide, mask, t, err);
    if (!st) st = mlp_op_clone(&before, t, err);
    if (!st && from->ndim > 0) st = spread(&all, t, mask, from, err);
    if (!st) st = mlp_op_where(&y, wide, all ? all : from, before, err);
    if (!st) st = mlp_op_copy_(t, y, err);
    mlp_tensor_release(y);
    mlp_tensor_release(all);
    mlp_tensor_release(before);
    mlp_tensor_release(wide);
    return st;
}
