/* sort.c - values in order, and running sums: both go along one dimension, line by line. */
#include "tensor/tensor_private.h"

#include <stdlib.h>
#include <string.h>

typedef struct item {
    double value;
    int64_t whole; /* of integers, whose large values a double would round */
    int64_t index;
} item;

static int before(const item *a, const item *b, bool integers, bool descending)
{
    int order;
    if (integers) order = (a->whole > b->whole) - (a->whole < b->whole);
    else if (a->value != a->value || b->value != b->value) /* NaN counts as larger than all */
        order = (a->value != a->value) - (b->value != b->value);
    else order = (a->value > b->value) - (a->value < b->value);
    if (descending) order = -order;
    return order ? order : (a->index > b->index) - (a->index < b->index); /* equal values keep their order */
}

static int rising(const void *a, const void *b)
{
    return before(a, b, false, false);
}

static int falling(const void *a, const void *b)
{
    return before(a, b, false, true);
}

static int integers_rising(const void *a, const void *b)
{
    return before(a, b, true, false);
}

static int integers_falling(const void *a, const void *b)
{
    return before(a, b, true, true);
}

/* The lines of t along dim: a walk over the others. */
typedef struct lines {
    mlp_walk w;
    int64_t count, length;
} lines;

static lines lines_of(const mlp_tensor *const *t, int operands, int dim)
{
    lines l;
    mlp_tensor rest[MLP_WALK];
    const mlp_tensor *list[MLP_WALK];
    for (int k = 0; k < operands; k++) {
        rest[k] = *t[k];
        if (t[k]->ndim > 0) rest[k].shape[dim] = 1;
        list[k] = &rest[k];
    }
    mlp_walk_begin(&l.w, rest[0].ndim, rest[0].shape, operands, list);
    l.count = l.w.rows * l.w.row;
    l.length = t[0]->ndim > 0 ? t[0]->shape[dim] : 1;
    return l;
}

static void line_offsets(const lines *l, int64_t line, int64_t *offset)
{
    mlp_walk_row(&l->w, line / l->w.row, offset);
    for (int k = 0; k < l->w.operands; k++) offset[k] += line % l->w.row * l->w.step[k];
}

mlp_status mlp_tensor_sort(mlp_tensor **values, mlp_tensor **indices, const mlp_tensor *x, int dim, bool descending,
                           mlp_error *err)
{
    bool scalar = x->ndim == 0, integers = !mlp_dtype_is_float(x->dtype);
    mlp_status st = scalar ? MLP_OK : mlp_dim_check(&dim, x->ndim, "sort", err);
    mlp_tensor *v = NULL, *at = NULL;
    item *items = NULL;
    if (scalar) dim = 0;
    if (!st) st = mlp_tensor_cast(&v, x, mlp_dtype_working(x->dtype), err);
    if (!st) st = mlp_tensor_new(&at, MLP_I64, x->ndim, x->shape, err);
    if (!st && mlp_tensor_numel(x) > 0) {
        lines l = lines_of((const mlp_tensor *const[]){ v, at }, 2, dim);
        int64_t step = scalar ? 1 : v->stride[dim];
        st = mlp_alloc((void **)&items, (size_t)l.length, sizeof *items, err);
        for (int64_t line = 0; !st && line < l.count; line++) {
            int64_t offset[MLP_WALK];
            if (mlp_interrupted()) st = mlp_fail_interrupted(err);
            line_offsets(&l, line, offset);
            size_t size = mlp_dtype_size(v->dtype);
            char *data = (char *)mlp_tensor_data(v) + (size_t)offset[0] * size;
            for (int64_t i = 0; i < l.length; i++) {
                const void *p = data + (size_t)(i * step) * size;
                items[i].index = i;
                if (v->dtype <= MLP_U8) items[i].whole = *(const uint8_t *)p;
                else if (v->dtype == MLP_I64) items[i].whole = *(const int64_t *)p;
                else items[i].value = v->dtype == MLP_F32 ? (double)*(const float *)p : *(const double *)p;
            }
            qsort(items, (size_t)l.length, sizeof *items,
                  integers ? (descending ? integers_falling : integers_rising) : (descending ? falling : rising));
            for (int64_t i = 0; i < l.length; i++) {
                void *p = data + (size_t)(i * step) * size;
                ((int64_t *)mlp_tensor_data(at))[offset[1] + i * step] = items[i].index;
                if (v->dtype <= MLP_U8) *(uint8_t *)p = (uint8_t)items[i].whole;
                else if (v->dtype == MLP_I64) *(int64_t *)p = items[i].whole;
                else if (v->dtype == MLP_F32) *(float *)p = (float)items[i].value;
                else *(double *)p = items[i].value;
            }
        }
    }
    free(items);
    st = mlp_kept_in(values, v, x->dtype, st, err);
    if (!st && indices) *indices = at;
    else mlp_tensor_release(at);
    return st;
}

mlp_status mlp_tensor_cumsum(mlp_tensor **out, const mlp_tensor *x, int dim, mlp_error *err)
{
    bool scalar = x->ndim == 0;
    mlp_status st = scalar ? MLP_OK : mlp_dim_check(&dim, x->ndim, "cumsum", err);
    if (st) return st;
    if (scalar) dim = 0;
    mlp_tensor *y = NULL;
    mlp_dtype kept = mlp_dtype_is_float(x->dtype) ? x->dtype : MLP_I64;
    if ((st = mlp_tensor_cast(&y, x, mlp_dtype_working(kept), err))) return st;
    if (mlp_tensor_numel(y) > 0) {
        lines l = lines_of((const mlp_tensor *const[]){ y }, 1, dim);
        int64_t step = scalar ? 1 : y->stride[dim];
        for (int64_t line = 0; line < l.count; line++) {
            int64_t at, whole = 0;
            double real = 0;
            line_offsets(&l, line, &at);
            for (int64_t i = 0; i < l.length; i++, at += step) {
                void *data = mlp_tensor_data(y);
                if (y->dtype == MLP_F32) ((float *)data)[at] = (float)(real += (double)((float *)data)[at]);
                else if (y->dtype == MLP_F64) ((double *)data)[at] = real += ((double *)data)[at];
                else ((int64_t *)data)[at] = whole = (int64_t)((uint64_t)whole + (uint64_t)((int64_t *)data)[at]);
            }
        }
    }
    return mlp_kept_in(out, y, kept, MLP_OK, err);
}
