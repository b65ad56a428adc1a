/* view.c - other shapes on the same storage. */
#include "tensor/tensor_private.h"

#include <string.h>

mlp_status mlp_tensor_alias(mlp_tensor **out, mlp_tensor *t, mlp_error *err)
{
    return mlp_tensor_view_new(out, t, err);
}

mlp_status mlp_tensor_permute(mlp_tensor **out, mlp_tensor *t, const int *dims, mlp_error *err)
{
    unsigned seen = 0;
    int order[MLP_MAX_DIMS] = { 0 };
    for (int i = 0; i < t->ndim; i++) {
        order[i] = dims[i];
        mlp_status st = mlp_dim_check(&order[i], t->ndim, "permute", err);
        if (st) return st;
        if (seen & 1u << order[i])
            return mlp_fail(err, MLP_EINVAL, "permute: dimension %d is named twice", mlp_nth_dim(dims[i]));
        seen |= 1u << order[i];
    }
    mlp_tensor *v = NULL;
    mlp_status st = mlp_tensor_view_new(&v, t, err);
    if (st) return st;
    for (int i = 0; i < t->ndim; i++) {
        v->shape[i] = t->shape[order[i]];
        v->stride[i] = t->stride[order[i]];
    }
    *out = v;
    return MLP_OK;
}

mlp_status mlp_tensor_transpose(mlp_tensor **out, mlp_tensor *t, int dim0, int dim1, mlp_error *err)
{
    mlp_status st;
    if ((st = mlp_dim_check(&dim0, t->ndim, "transpose", err)) ||
        (st = mlp_dim_check(&dim1, t->ndim, "transpose", err)))
        return st;
    int dims[MLP_MAX_DIMS];
    for (int i = 0; i < t->ndim; i++) dims[i] = i;
    dims[dim0] = dim1;
    dims[dim1] = dim0;
    return mlp_tensor_permute(out, t, dims, err);
}

mlp_status mlp_tensor_narrow(mlp_tensor **out, mlp_tensor *t, int dim, int64_t start, int64_t length, mlp_error *err)
{
    mlp_status st = mlp_dim_check(&dim, t->ndim, "narrow", err);
    if (st) return st;
    int64_t size = t->shape[dim], first = start < 0 ? start + size : start;
    if (length < 0 || first < 0 || first > size || length > size - first)
        return mlp_fail(err, MLP_EINDEX, "narrow: %lld elements from %lld do not fit into dimension %d of size %lld",
                        (long long)length, start < 0 ? (long long)start : mlp_nth(start), mlp_nth_dim(dim),
                        (long long)size);
    mlp_tensor *v = NULL;
    if ((st = mlp_tensor_view_new(&v, t, err))) return st;
    v->shape[dim] = length;
    v->offset += first * t->stride[dim];
    *out = v;
    return MLP_OK;
}

static void drop_dim(mlp_tensor *v, int dim)
{
    for (int i = dim; i + 1 < v->ndim; i++) {
        v->shape[i] = v->shape[i + 1];
        v->stride[i] = v->stride[i + 1];
    }
    v->ndim--;
}

mlp_status mlp_tensor_select(mlp_tensor **out, mlp_tensor *t, int dim, int64_t index, mlp_error *err)
{
    mlp_status st = mlp_dim_check(&dim, t->ndim, "select", err);
    if (st) return st;
    int64_t size = t->shape[dim], at = index < 0 ? index + size : index;
    if (at < 0 || at >= size)
        return mlp_fail(err, MLP_EINDEX, "select: index %lld is outside of dimension %d of size %lld",
                        index < 0 ? (long long)index : mlp_nth(index), mlp_nth_dim(dim), (long long)size);
    mlp_tensor *v = NULL;
    if ((st = mlp_tensor_view_new(&v, t, err))) return st;
    v->offset += at * t->stride[dim];
    drop_dim(v, dim);
    *out = v;
    return MLP_OK;
}

mlp_status mlp_tensor_expand(mlp_tensor **out, mlp_tensor *t, int ndim, const int64_t *shape, mlp_error *err)
{
    char a[MLP_SHAPE_TEXT], b[MLP_SHAPE_TEXT];
    int extra = ndim - t->ndim;
    bool fits = extra >= 0 && ndim <= MLP_MAX_DIMS;
    int64_t stride[MLP_MAX_DIMS], size[MLP_MAX_DIMS];
    for (int i = 0; fits && i < ndim; i++) {
        int64_t have = i < extra ? 1 : t->shape[i - extra];
        size[i] = shape[i] == -1 && i >= extra ? have : shape[i]; /* -1 keeps a size */
        stride[i] = i >= extra && size[i] == have ? t->stride[i - extra] : 0;
        fits = size[i] >= 0 && (have == 1 || have == size[i]);
    }
    if (!fits)
        return mlp_fail(err, MLP_ESHAPE, "expand: %s does not broadcast to %s", mlp_shape_text(a, t->ndim, t->shape),
                        mlp_shape_text(b, ndim <= MLP_MAX_DIMS ? ndim : 0, shape));
    mlp_tensor *v = NULL;
    mlp_status st = mlp_shape_check(ndim, size, mlp_dtype_size(t->dtype), err);
    if (!st) st = mlp_tensor_view_new(&v, t, err);
    if (st) return st;
    v->ndim = ndim;
    memcpy(v->shape, size, sizeof *size * (size_t)ndim);
    memcpy(v->stride, stride, sizeof *stride * (size_t)ndim);
    *out = v;
    return MLP_OK;
}

mlp_status mlp_tensor_squeeze(mlp_tensor **out, mlp_tensor *t, int dim, mlp_error *err)
{
    mlp_status st = mlp_dim_check(&dim, t->ndim, "squeeze", err);
    if (st) return st;
    mlp_tensor *v = NULL;
    if ((st = mlp_tensor_view_new(&v, t, err))) return st;
    if (v->shape[dim] == 1) drop_dim(v, dim); /* any other size stays, as in PyTorch */
    *out = v;
    return MLP_OK;
}

mlp_status mlp_tensor_unsqueeze(mlp_tensor **out, mlp_tensor *t, int dim, mlp_error *err)
{
    mlp_status st = mlp_dim_check(&dim, t->ndim + 1, "unsqueeze", err);
    if (st) return st;
    if (t->ndim == MLP_MAX_DIMS)
        return mlp_fail(err, MLP_ESHAPE, "unsqueeze: the tensor has %d dimensions already, the most there can be",
                        MLP_MAX_DIMS);
    mlp_tensor *v = NULL;
    if ((st = mlp_tensor_view_new(&v, t, err))) return st;
    for (int i = v->ndim; i > dim; i--) {
        v->shape[i] = v->shape[i - 1];
        v->stride[i] = v->stride[i - 1];
    }
    v->shape[dim] = 1;
    v->stride[dim] = dim < v->ndim ? v->shape[dim + 1] * v->stride[dim + 1] : 1;
    v->ndim++;
    *out = v;
    return MLP_OK;
}

/* Fills the one -1 of a shape and checks the number of elements. */
static mlp_status complete_shape(int64_t *size, int ndim, const int64_t *shape, const mlp_tensor *t, mlp_error *err)
{
    char a[MLP_SHAPE_TEXT], b[MLP_SHAPE_TEXT];
    if (ndim < 0 || ndim > MLP_MAX_DIMS)
        return mlp_fail(err, MLP_ESHAPE, "reshape: a tensor has at most %d dimensions, got %d", MLP_MAX_DIMS, ndim);
    int64_t numel = mlp_tensor_numel(t), known = 1;
    int unknown = -1;
    bool fits = true;
    for (int i = 0; i < ndim; i++) {
        size[i] = shape[i];
        if (shape[i] == -1 && unknown < 0) unknown = i;
        else if (shape[i] < 0 || (shape[i] > 0 && known > INT64_MAX / shape[i])) fits = false;
        else known *= shape[i];
    }
    if (fits && unknown >= 0) {
        fits = known > 0 && numel % known == 0;
        if (fits) size[unknown] = numel / known;
    } else if (fits) {
        fits = known == numel;
    }
    if (!fits)
        return mlp_fail(err, MLP_ESHAPE, "reshape: %s has %lld elements, which do not fit into %s",
                        mlp_shape_text(a, t->ndim, t->shape), (long long)numel, mlp_shape_text(b, ndim, shape));
    return MLP_OK;
}

/* Strides for the new shape, if it can be a view: groups of old dimensions that lie densely in each other are matched
 * with groups of new ones of the same product. */
static bool view_strides(int64_t *stride, int ndim, const int64_t *size, const mlp_tensor *t)
{
    int64_t old_size[MLP_MAX_DIMS] = { 0 }, old_stride[MLP_MAX_DIMS] = { 0 };
    int n = 0;
    for (int i = 0; i < t->ndim; i++) {
        if (t->shape[i] == 1) continue;
        old_size[n] = t->shape[i];
        old_stride[n++] = t->stride[i];
    }
    int i = 0, j = 0;
    while (i < n && j < ndim) {
        int64_t a = old_size[i], b = size[j];
        int i_end = i + 1, j_end = j + 1;
        while (a != b) {
            if (a < b) a *= old_size[i_end++];
            else b *= size[j_end++];
        }
        for (int k = i; k + 1 < i_end; k++)
            if (old_stride[k] != old_size[k + 1] * old_stride[k + 1]) return false;
        int64_t s = old_stride[i_end - 1];
        for (int k = j_end; k-- > j;) {
            stride[k] = s;
            s *= size[k];
        }
        i = i_end;
        j = j_end;
    }
    for (; j < ndim; j++) stride[j] = 1; /* sizes of 1 at the end */
    return true;
}

mlp_status mlp_tensor_reshape(mlp_tensor **out, mlp_tensor *t, int ndim, const int64_t *shape, mlp_error *err)
{
    int64_t size[MLP_MAX_DIMS] = { 0 }, stride[MLP_MAX_DIMS] = { 0 };
    mlp_status st = complete_shape(size, ndim, shape, t, err);
    if (st) return st;
    mlp_tensor *v = NULL;
    if (mlp_tensor_numel(t) == 0) {
        if ((st = mlp_tensor_new(&v, t->dtype, ndim, size, err))) return st;
    } else if (view_strides(stride, ndim, size, t)) {
        if ((st = mlp_tensor_view_new(&v, t, err))) return st;
        v->ndim = ndim;
        memcpy(v->shape, size, sizeof *size * (size_t)ndim);
        memcpy(v->stride, stride, sizeof *stride * (size_t)ndim);
    } else {
        mlp_tensor *copy = NULL;
        if ((st = mlp_tensor_clone(&copy, t, err))) return st;
        st = mlp_tensor_reshape(&v, copy, ndim, size, err);
        mlp_tensor_release(copy);
        if (st) return st;
    }
    *out = v;
    return MLP_OK;
}
