/* views.c - views and copies: backward puts the gradient back where the values came from. */
#include "autograd/ops_private.h"

typedef struct context {
    mlp_like like; /* of x */
    int dims[MLP_MAX_DIMS];
    int dim;
    int64_t start, length;
} context;

static int positive(int dim, int ndim)
{
    return dim < 0 ? dim + ndim : dim;
}

/* ---- those whose gradient is a view of dy ---- */

static mlp_status same_backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    (void)node, (void)err;
    dx[0] = mlp_tensor_retain(dy);
    return MLP_OK;
}

static mlp_status cast_backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    const context *c = mlp_node_context(node);
    return mlp_tensor_cast(&dx[0], dy, c->like.dtype, err);
}

static mlp_status reshape_backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    const context *c = mlp_node_context(node);
    return mlp_tensor_reshape(&dx[0], dy, c->like.ndim, c->like.shape, err);
}

static mlp_status permute_backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    const context *c = mlp_node_context(node);
    int back[MLP_MAX_DIMS];
    for (int i = 0; i < dy->ndim; i++) back[positive(c->dims[i], dy->ndim)] = i;
    return mlp_tensor_permute(&dx[0], dy, back, err);
}

static mlp_status transpose_backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    const context *c = mlp_node_context(node);
    return mlp_tensor_transpose(&dx[0], dy, c->dims[0], c->dims[1], err);
}

static mlp_status expand_backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    const context *c = mlp_node_context(node);
    return mlp_gradient_like(&dx[0], mlp_tensor_retain(dy), &c->like, err);
}

/* ---- those that leave a part of x out: zeros, and dy written into the part ---- */

static mlp_status part_backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    const context *c = mlp_node_context(node);
    mlp_tensor *whole = NULL, *part = NULL;
    mlp_status st = mlp_zeros_like(&whole, &c->like, err);
    if (!st)
        st = c->length < 0 ? mlp_tensor_select(&part, whole, c->dim, c->start, err)
                           : mlp_tensor_narrow(&part, whole, c->dim, c->start, c->length, err);
    if (!st) st = mlp_tensor_copy_(part, dy, err);
    if (!st) dx[0] = mlp_tensor_retain(whole);
    mlp_tensor_release(part);
    mlp_tensor_release(whole);
    return st;
}

/* ---- forward ---- */

static mlp_status result(mlp_tensor **out, mlp_tensor *y, const mlp_op *op, mlp_tensor *x, context *c, mlp_error *err)
{
    if (y == x) { /* x itself, retained */
        *out = y;
        return MLP_OK;
    }
    if (y->storage == x->storage) {
        y->base = mlp_tensor_retain(x->base ? x->base : x);
        y->writes = y->base->writes;
    }
    c->like = mlp_like_of(x);
    return mlp_op_result(out, y, op, &x, 1, NULL, 0, c, sizeof *c, err);
}

mlp_status mlp_op_clone(mlp_tensor **out, mlp_tensor *x, mlp_error *err)
{
    static const mlp_op op = { .name = "clone", .backward = same_backward };
    mlp_tensor *y = NULL;
    mlp_status st = mlp_tensor_clone(&y, x, err);
    return st ? st : result(out, y, &op, x, &(context){ .dim = 0 }, err);
}

mlp_status mlp_op_contiguous(mlp_tensor **out, mlp_tensor *x, mlp_error *err)
{
    static const mlp_op op = { .name = "contiguous", .backward = same_backward };
    mlp_tensor *y = NULL;
    mlp_status st = mlp_tensor_contiguous(&y, x, err);
    return st ? st : result(out, y, &op, x, &(context){ .dim = 0 }, err);
}

mlp_status mlp_op_cast(mlp_tensor **out, mlp_tensor *x, mlp_dtype dtype, mlp_error *err)
{
    static const mlp_op op = { .name = "cast", .backward = cast_backward };
    mlp_tensor *y = NULL;
    mlp_status st = mlp_tensor_cast(&y, x, dtype, err);
    return st ? st : result(out, y, &op, x, &(context){ .dim = 0 }, err);
}

mlp_status mlp_op_permute(mlp_tensor **out, mlp_tensor *x, const int *dims, mlp_error *err)
{
    static const mlp_op op = { .name = "permute", .backward = permute_backward };
    mlp_tensor *y = NULL;
    context c = { .dim = 0 };
    mlp_status st = mlp_tensor_permute(&y, x, dims, err);
    for (int i = 0; !st && i < x->ndim; i++) c.dims[i] = dims[i];
    return st ? st : result(out, y, &op, x, &c, err);
}

mlp_status mlp_op_transpose(mlp_tensor **out, mlp_tensor *x, int dim0, int dim1, mlp_error *err)
{
    static const mlp_op op = { .name = "transpose", .backward = transpose_backward };
    mlp_tensor *y = NULL;
    mlp_status st = mlp_tensor_transpose(&y, x, dim0, dim1, err);
    return st ? st : result(out, y, &op, x, &(context){ .dims = { dim0, dim1 } }, err);
}

mlp_status mlp_op_narrow(mlp_tensor **out, mlp_tensor *x, int dim, int64_t start, int64_t length, mlp_error *err)
{
    static const mlp_op op = { .name = "narrow", .backward = part_backward };
    mlp_tensor *y = NULL;
    mlp_status st = mlp_tensor_narrow(&y, x, dim, start, length, err);
    return st ? st : result(out, y, &op, x, &(context){ .dim = dim, .start = start, .length = length }, err);
}

mlp_status mlp_op_select(mlp_tensor **out, mlp_tensor *x, int dim, int64_t index, mlp_error *err)
{
    static const mlp_op op = { .name = "select", .backward = part_backward };
    mlp_tensor *y = NULL;
    mlp_status st = mlp_tensor_select(&y, x, dim, index, err);
    return st ? st : result(out, y, &op, x, &(context){ .dim = dim, .start = index, .length = -1 }, err);
}

mlp_status mlp_op_expand(mlp_tensor **out, mlp_tensor *x, int ndim, const int64_t *shape, mlp_error *err)
{
    static const mlp_op op = { .name = "expand", .backward = expand_backward };
    mlp_tensor *y = NULL;
    mlp_status st = mlp_tensor_expand(&y, x, ndim, shape, err);
    return st ? st : result(out, y, &op, x, &(context){ .dim = 0 }, err);
}

mlp_status mlp_op_broadcast(mlp_tensor **out, mlp_tensor *x, const mlp_tensor *with, mlp_error *err)
{
    int64_t shape[MLP_MAX_DIMS];
    int ndim = x->ndim > with->ndim ? x->ndim : with->ndim;
    for (int d = 0; d < ndim; d++) {
        int in_x = d - (ndim - x->ndim), in_with = d - (ndim - with->ndim);
        int64_t own = in_x >= 0 ? x->shape[in_x] : 1, other = in_with >= 0 ? with->shape[in_with] : 1;
        shape[d] = own == 1 ? other : own;
    }
    return mlp_op_expand(out, x, ndim, shape, err);
}

mlp_status mlp_op_squeeze(mlp_tensor **out, mlp_tensor *x, int dim, mlp_error *err)
{
    static const mlp_op op = { .name = "squeeze", .backward = reshape_backward };
    mlp_tensor *y = NULL;
    mlp_status st = mlp_tensor_squeeze(&y, x, dim, err);
    return st ? st : result(out, y, &op, x, &(context){ .dim = 0 }, err);
}

mlp_status mlp_op_unsqueeze(mlp_tensor **out, mlp_tensor *x, int dim, mlp_error *err)
{
    static const mlp_op op = { .name = "unsqueeze", .backward = reshape_backward };
    mlp_tensor *y = NULL;
    mlp_status st = mlp_tensor_unsqueeze(&y, x, dim, err);
    return st ? st : result(out, y, &op, x, &(context){ .dim = 0 }, err);
}

mlp_status mlp_op_reshape(mlp_tensor **out, mlp_tensor *x, int ndim, const int64_t *shape, mlp_error *err)
{
    static const mlp_op op = { .name = "reshape", .backward = reshape_backward };
    mlp_tensor *y = NULL;
    mlp_status st = mlp_tensor_reshape(&y, x, ndim, shape, err);
    return st ? st : result(out, y, &op, x, &(context){ .dim = 0 }, err);
}

mlp_status mlp_op_view(mlp_tensor **out, mlp_tensor *x, int ndim, const int64_t *shape, mlp_error *err)
{
    char a[MLP_SHAPE_TEXT], b[MLP_SHAPE_TEXT];
    mlp_status st = mlp_op_reshape(out, x, ndim, shape, err);
    if (st || (*out)->storage == x->storage || mlp_tensor_numel(x) == 0) return st;
    mlp_tensor_release(*out);
    *out = NULL;
    return mlp_fail(err, MLP_ESHAPE,
                    "view: %s cannot be seen as %s where its elements lie, they are not in order: reshape copies them",
                    mlp_shape_text(a, x->ndim, x->shape), mlp_shape_text(b, ndim, shape));
}
