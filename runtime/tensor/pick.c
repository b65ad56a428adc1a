/* pick.c - joining tensors, and taking elements by index. */
#include "tensor/tensor_private.h"

#include <string.h>

/* ---- joining ---- */

mlp_status mlp_tensor_cat(mlp_tensor **out, mlp_tensor *const *list, int count, int dim, mlp_error *err)
{
    char ta[MLP_SHAPE_TEXT], tb[MLP_SHAPE_TEXT];
    if (count < 1) return mlp_fail(err, MLP_EINVAL, "cat: the list has no tensor");
    const mlp_tensor *first = list[0];
    if (first->ndim == 0) return mlp_fail(err, MLP_ESHAPE, "cat: tensor 1 has no dimension to join along (use stack)");
    mlp_status st = mlp_dim_check(&dim, first->ndim, "cat", err);
    if (st) return st;
    int64_t shape[MLP_MAX_DIMS];
    memcpy(shape, first->shape, sizeof shape);
    mlp_dtype dtype = first->dtype;
    for (int i = 1; i < count; i++) {
        const mlp_tensor *t = list[i];
        bool fits = t->ndim == first->ndim;
        for (int d = 0; fits && d < t->ndim; d++) fits = d == dim || t->shape[d] == first->shape[d];
        if (!fits)
            return mlp_fail(
                err, MLP_ESHAPE, "cat: tensor 1 is %s but tensor %d is %s (all but the joined dimension must agree)",
                mlp_shape_text(ta, first->ndim, first->shape), i + 1, mlp_shape_text(tb, t->ndim, t->shape));
        shape[dim] += t->shape[dim];
        dtype = mlp_dtype_promoted(dtype, t->dtype);
    }
    mlp_tensor *y = NULL;
    if ((st = mlp_tensor_new(&y, dtype, first->ndim, shape, err))) return st;
    int64_t at = 0;
    for (int i = 0; !st && i < count; i++) {
        mlp_tensor *place = NULL;
        st = mlp_tensor_narrow(&place, y, dim, at, list[i]->shape[dim], err);
        if (!st) st = mlp_tensor_copy_(place, list[i], err);
        mlp_tensor_release(place);
        at += list[i]->shape[dim];
    }
    if (st) mlp_tensor_release(y);
    else *out = y;
    return st;
}

mlp_status mlp_tensor_stack(mlp_tensor **out, mlp_tensor *const *list, int count, int dim, mlp_error *err)
{
    char ta[MLP_SHAPE_TEXT], tb[MLP_SHAPE_TEXT];
    if (count < 1) return mlp_fail(err, MLP_EINVAL, "stack: the list has no tensor");
    const mlp_tensor *first = list[0];
    if (first->ndim == MLP_MAX_DIMS)
        return mlp_fail(err, MLP_ESHAPE, "stack: the result would have more than %d dimensions", MLP_MAX_DIMS);
    mlp_status st = mlp_dim_check(&dim, first->ndim + 1, "stack", err);
    if (st) return st;
    int64_t shape[MLP_MAX_DIMS];
    mlp_dtype dtype = first->dtype;
    for (int i = 1; i < count; i++) {
        if (!mlp_tensor_same_shape(first, list[i]))
            return mlp_fail(err, MLP_ESHAPE, "stack: tensor 1 is %s but tensor %d is %s (all must have one shape)",
                            mlp_shape_text(ta, first->ndim, first->shape), i + 1,
                            mlp_shape_text(tb, list[i]->ndim, list[i]->shape));
        dtype = mlp_dtype_promoted(dtype, list[i]->dtype);
    }
    for (int d = 0; d < dim; d++) shape[d] = first->shape[d];
    shape[dim] = count;
    for (int d = dim; d < first->ndim; d++) shape[d + 1] = first->shape[d];
    mlp_tensor *y = NULL;
    if ((st = mlp_tensor_new(&y, dtype, first->ndim + 1, shape, err))) return st;
    for (int i = 0; !st && i < count; i++) {
        mlp_tensor *place = NULL;
        st = mlp_tensor_select(&place, y, dim, i, err);
        if (!st) st = mlp_tensor_copy_(place, list[i], err);
        mlp_tensor_release(place);
    }
    if (st) mlp_tensor_release(y);
    else *out = y;
    return st;
}

/* ---- whole slices by index ---- */

static mlp_status check_index(const mlp_tensor *index, int64_t size, const char *who, mlp_error *err)
{
    if (index->dtype != MLP_I64)
        return mlp_fail(err, MLP_EDTYPE, "%s: the index is %s, expected i64", who, mlp_dtype_name(index->dtype));
    mlp_walk w;
    mlp_walk_begin(&w, index->ndim, index->shape, 1, (const mlp_tensor *const[]){ index });
    const int64_t *values = mlp_tensor_data(index);
    for (int64_t row = 0; row < w.rows; row++) {
        int64_t at;
        mlp_walk_row(&w, row, &at);
        for (int64_t i = 0; i < w.row; i++) {
            int64_t v = values[at + i * w.step[0]];
            if (v < 0 || v >= size)
                return mlp_fail(err, MLP_EINDEX, "%s: index %lld is outside of 1 to %lld", who, mlp_nth(v),
                                (long long)size);
        }
    }
    return MLP_OK;
}

static mlp_status check_vector(const mlp_tensor *index, const char *who, mlp_error *err)
{
    char text[MLP_SHAPE_TEXT];
    if (index->ndim == 1) return MLP_OK;
    return mlp_fail(err, MLP_ESHAPE, "%s: the index is %s, expected one dimension", who,
                    mlp_shape_text(text, index->ndim, index->shape));
}

/* y's slices along dim are those of x at the places; both are contiguous. */
static void copy_slices(mlp_tensor *y, const mlp_tensor *x, int dim, const int64_t *place)
{
    size_t slice = mlp_dtype_size(x->dtype);
    int64_t outer = 1, count = y->shape[dim];
    for (int d = 0; d < dim; d++) outer *= x->shape[d];
    for (int d = dim + 1; d < x->ndim; d++) slice *= (size_t)x->shape[d];
    char *to = mlp_tensor_data(y);
    const char *from = mlp_tensor_data(x);
    for (int64_t o = 0; o < outer; o++, from += slice * (size_t)x->shape[dim])
        for (int64_t i = 0; i < count; i++, to += slice) memcpy(to, from + slice * (size_t)place[i], slice);
}

mlp_status mlp_tensor_index_select(mlp_tensor **out, const mlp_tensor *x, int dim, const mlp_tensor *index,
                                   mlp_error *err)
{
    mlp_status st = mlp_dim_check(&dim, x->ndim, "index_select", err);
    if (!st) st = check_vector(index, "index_select", err);
    if (!st) st = check_index(index, x->shape[dim], "index_select", err);
    if (st) return st;
    int64_t shape[MLP_MAX_DIMS];
    memcpy(shape, x->shape, sizeof shape);
    shape[dim] = index->shape[0];
    mlp_tensor *y = NULL, *dense = NULL, *places = NULL;
    st = mlp_tensor_new(&y, x->dtype, x->ndim, shape, err);
    if (!st) st = mlp_tensor_contiguous(&dense, (mlp_tensor *)x, err);
    if (!st) st = mlp_tensor_contiguous(&places, (mlp_tensor *)index, err);
    if (!st) copy_slices(y, dense, dim, mlp_tensor_data(places));
    mlp_tensor_release(places);
    mlp_tensor_release(dense);
    if (st) mlp_tensor_release(y);
    else *out = y;
    return st;
}

mlp_status mlp_tensor_index_add_(mlp_tensor *x, int dim, const mlp_tensor *index, const mlp_tensor *source,
                                 mlp_error *err)
{
    mlp_status st = mlp_dim_check(&dim, x->ndim, "index_add_", err);
    if (!st) st = check_vector(index, "index_add_", err);
    if (!st) st = check_index(index, x->shape[dim], "index_add_", err);
    if (st) return st;
    if (source->ndim != x->ndim || source->shape[dim] != index->shape[0]) {
        char a[MLP_SHAPE_TEXT], b[MLP_SHAPE_TEXT];
        return mlp_fail(err, MLP_ESHAPE, "index_add_: the source is %s, expected %lld slices of %s",
                        mlp_shape_text(a, source->ndim, source->shape), (long long)index->shape[0],
                        mlp_shape_text(b, x->ndim, x->shape));
    }
    for (int64_t i = 0; !st && i < index->shape[0]; i++) {
        mlp_tensor *from = NULL, *to = NULL;
        int64_t at = ((const int64_t *)mlp_tensor_data(index))[i * index->stride[0]];
        st = mlp_tensor_select(&from, (mlp_tensor *)source, dim, i, err);
        if (!st) st = mlp_tensor_select(&to, x, dim, at, err);
        if (!st) st = mlp_tensor_binary_(to, MLP_ADD, from, err);
        mlp_tensor_release(from);
        mlp_tensor_release(to);
    }
    mlp_tensor_touch(x);
    return st;
}

/* ---- single elements by index ---- */

/* index must fit: the same rank, and no larger than `around` except along dim. */
static mlp_status check_around(const mlp_tensor *index, const mlp_tensor *around, int dim, const char *who,
                               mlp_error *err)
{
    char a[MLP_SHAPE_TEXT], b[MLP_SHAPE_TEXT];
    bool fits = index->ndim == around->ndim;
    for (int d = 0; fits && d < index->ndim; d++) fits = d == dim || index->shape[d] <= around->shape[d];
    if (fits) return MLP_OK;
    return mlp_fail(
        err, MLP_ESHAPE,
        "%s: the index is %s but the tensor is %s (it must fit in all dimensions but the one it picks along)", who,
        mlp_shape_text(a, index->ndim, index->shape), mlp_shape_text(b, around->ndim, around->shape));
}

/* Visits every element of index; x[place] pairs with other[element]. */
typedef void (*visit)(void *x, int64_t place, void *other, int64_t element);

#define VISIT(name, T, action)                                                                                         \
    static void name(void *x_, int64_t p, void *o_, int64_t e)                                                         \
    {                                                                                                                  \
        T *x = x_, *o = o_;                                                                                            \
        action                                                                                                         \
    }
VISIT(take_8, uint8_t, o[e] = x[p];)
VISIT(take_16, uint16_t, o[e] = x[p];)
VISIT(take_32, uint32_t, o[e] = x[p];)
VISIT(take_64, uint64_t, o[e] = x[p];)
VISIT(give_u8, uint8_t, x[p] = (uint8_t)(x[p] + o[e]);)
VISIT(give_i64, uint64_t, x[p] += o[e];) /* wraps */
VISIT(give_f32, float, x[p] += o[e];)
VISIT(give_f64, double, x[p] += o[e];)
static const visit take[] = { [1] = take_8, [2] = take_16, [4] = take_32, [8] = take_64 }; /* by bytes */
static const visit give[MLP_DTYPES] = {
    [MLP_U8] = give_u8, [MLP_I64] = give_i64, [MLP_F32] = give_f32, [MLP_F64] = give_f64
};

static void visit_all(const mlp_tensor *x, const mlp_tensor *other, const mlp_tensor *index, int dim, visit fn)
{
    mlp_tensor around = *x; /* along dim the index decides, so the walk stands still there */
    memcpy(around.shape, index->shape, sizeof around.shape);
    around.stride[dim] = 0;
    mlp_walk w;
    mlp_walk_begin(&w, index->ndim, index->shape, 3, (const mlp_tensor *const[]){ index, &around, other });
    const int64_t *values = mlp_tensor_data(index);
    for (int64_t row = 0; row < w.rows; row++) {
        int64_t at[MLP_WALK];
        mlp_walk_row(&w, row, at);
        for (int64_t i = 0; i < w.row; i++)
            fn(mlp_tensor_data(x), at[1] + i * w.step[1] + values[at[0] + i * w.step[0]] * x->stride[dim],
               mlp_tensor_data(other), at[2] + i * w.step[2]);
    }
}

mlp_status mlp_tensor_gather(mlp_tensor **out, const mlp_tensor *x, int dim, const mlp_tensor *index, mlp_error *err)
{
    mlp_status st = mlp_dim_check(&dim, x->ndim, "gather", err);
    if (!st) st = check_around(index, x, dim, "gather", err);
    if (!st) st = check_index(index, x->shape[dim], "gather", err);
    mlp_tensor *y = NULL;
    if (!st) st = mlp_tensor_new(&y, x->dtype, index->ndim, index->shape, err);
    if (st) return st;
    visit_all(x, y, index, dim, take[mlp_dtype_size(x->dtype)]);
    *out = y;
    return MLP_OK;
}

mlp_status mlp_tensor_scatter_add_(mlp_tensor *x, int dim, const mlp_tensor *index, const mlp_tensor *source,
                                   mlp_error *err)
{
    mlp_status st = mlp_dim_check(&dim, x->ndim, "scatter_add_", err);
    if (!st) st = check_around(index, x, dim, "scatter_add_", err);
    if (!st) st = check_index(index, x->shape[dim], "scatter_add_", err);
    if (!st) st = mlp_write_check(x, "scatter_add_", "", err);
    if (!st && x->dtype == MLP_BOOL) st = mlp_fail(err, MLP_EDTYPE, "scatter_add_: a bool holds no sums: convert it");
    if (st) return st;
    if (source->dtype != x->dtype || !mlp_tensor_same_shape(source, index)) {
        char a[MLP_SHAPE_TEXT], b[MLP_SHAPE_TEXT];
        return mlp_fail(err, MLP_ESHAPE, "scatter_add_: the source is %s %s, expected %s of the index's shape %s",
                        mlp_dtype_name(source->dtype), mlp_shape_text(a, source->ndim, source->shape),
                        mlp_dtype_name(x->dtype), mlp_shape_text(b, index->ndim, index->shape));
    }
    mlp_dtype working = mlp_dtype_working(x->dtype);
    mlp_tensor *sums = NULL, *wide = NULL;
    st = mlp_in_type(&sums, x, working, err);
    if (!st) st = mlp_in_type(&wide, source, working, err);
    if (!st) visit_all(sums, wide, index, dim, give[working]);
    if (!st && sums != x) st = mlp_tensor_copy_(x, sums, err);
    mlp_tensor_release(wide);
    mlp_tensor_release(sums);
    mlp_tensor_touch(x);
    return st;
}
