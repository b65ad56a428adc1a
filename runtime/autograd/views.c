/* views.c - views and copies: backward puts the gradient back where the values came from. */
#include "autograd/calculus_private.h"
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
    return mlp_op_cast(&dx[0], dy, c->like.dtype, err);
}

static mlp_status reshape_backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    const context *c = mlp_node_context(node);
    return mlp_op_reshape(&dx[0], dy, c->like.ndim, c->like.shape, err);
}

static mlp_status permute_backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    const context *c = mlp_node_context(node);
    int back[MLP_MAX_DIMS] = { 0 };
    for (int i = 0; i < dy->ndim; i++) back[positive(c->dims[i], dy->ndim)] = i;
    return mlp_op_permute(&dx[0], dy, back, err);
}

static mlp_status transpose_backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    const context *c = mlp_node_context(node);
    return mlp_op_transpose(&dx[0], dy, c->dims[0], c->dims[1], err);
}

static mlp_status expand_backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    const context *c = mlp_node_context(node);
    return mlp_gradient_like(&dx[0], mlp_tensor_retain(dy), &c->like, err);
}

/* ---- those that leave a part of x out: zeros around it ---- */

static mlp_status part_backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    const context *c = mlp_node_context(node);
    int dim = positive(c->dim, c->like.ndim);
    int64_t before[MLP_MAX_DIMS] = { 0 }, after[MLP_MAX_DIMS] = { 0 }, n = c->like.shape[dim];
    int64_t start = c->start < 0 ? c->start + n : c->start, length = c->length < 0 ? 1 : c->length;
    mlp_tensor *wide = NULL;
    before[dim] = start, after[dim] = n - start - length;
    mlp_status st = c->length < 0 ? mlp_op_unsqueeze(&wide, dy, dim, err) : MLP_OK;
    if (!st) st = mlp_calc->pad(&dx[0], wide ? wide : dy, before, after, 0, err);
    mlp_tensor_release(wide);
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
    static const mlp_op op = { "clone", same_backward, .again = same_backward };
    mlp_tensor *y = NULL;
    mlp_status st = mlp_tensor_clone(&y, x, err);
    return st ? st : result(out, y, &op, x, &(context){ .dim = 0 }, err);
}

mlp_status mlp_op_contiguous(mlp_tensor **out, mlp_tensor *x, mlp_error *err)
{
    static const mlp_op op = { "contiguous", same_backward, .again = same_backward };
    mlp_tensor *y = NULL;
    mlp_status st = mlp_tensor_contiguous(&y, x, err);
    return st ? st : result(out, y, &op, x, &(context){ .dim = 0 }, err);
}

mlp_status mlp_op_cast(mlp_tensor **out, mlp_tensor *x, mlp_dtype dtype, mlp_error *err)
{
    static const mlp_op op = { "cast", cast_backward, .again = cast_backward };
    mlp_tensor *y = NULL;
    mlp_status st = mlp_tensor_cast(&y, x, dtype, err);
    return st ? st : result(out, y, &op, x, &(context){ .dim = 0 }, err);
}

mlp_status mlp_op_permute(mlp_tensor **out, mlp_tensor *x, const int *dims, mlp_error *err)
{
    static const mlp_op op = { "permute", permute_backward, .again = permute_backward };
    mlp_tensor *y = NULL;
    context c = { .dim = 0 };
    mlp_status st = mlp_tensor_permute(&y, x, dims, err);
    for (int i = 0; !st && i < x->ndim; i++) c.dims[i] = dims[i];
    return st ? st : result(out, y, &op, x, &c, err);
}

mlp_status mlp_op_transpose(mlp_tensor **out, mlp_tensor *x, int dim0, int dim1, mlp_error *err)
{
    static const mlp_op op = { "transpose", transpose_backward, .again = transpose_backward };
    mlp_tensor *y = NULL;
    mlp_status st = mlp_tensor_transpose(&y, x, dim0, dim1, err);
    return st ? st : result(out, y, &op, x, &(context){ .dims = { dim0, dim1 } }, err);
}

mlp_status mlp_op_narrow(mlp_tensor **out, mlp_tensor *x, int dim, int64_t start, int64_t length, mlp_error *err)
{
    static const mlp_op op = { "narrow", part_backward, .again = part_backward };
    mlp_tensor *y = NULL;
    mlp_status st = mlp_tensor_narrow(&y, x, dim, start, length, err);
    return st ? st : result(out, y, &op, x, &(context){ .dim = dim, .start = start, .length = length }, err);
}

mlp_status mlp_op_select(mlp_tensor **out, mlp_tensor *x, int dim, int64_t index, mlp_error *err)
{
    static const mlp_op op = { "select", part_backward, .again = part_backward };
    mlp_tensor *y = NULL;
    mlp_status st = mlp_tensor_select(&y, x, dim, index, err);
    return st ? st : result(out, y, &op, x, &(context){ .dim = dim, .start = index, .length = -1 }, err);
}

mlp_status mlp_op_expand(mlp_tensor **out, mlp_tensor *x, int ndim, const int64_t *shape, mlp_error *err)
{
    static const mlp_op op = { "expand", expand_backward, .again = expand_backward };
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
    static const mlp_op op = { "squeeze", reshape_backward, .again = reshape_backward };
    mlp_tensor *y = NULL;
    mlp_status st = mlp_tensor_squeeze(&y, x, dim, err);
    return st ? st : result(out, y, &op, x, &(context){ .dim = 0 }, err);
}

mlp_status mlp_op_unsqueeze(mlp_tensor **out, mlp_tensor *x, int dim, mlp_error *err)
{
    static const mlp_op op = { "unsqueeze", reshape_backward, .again = reshape_backward };
    mlp_tensor *y = NULL;
    mlp_status st = mlp_tensor_unsqueeze(&y, x, dim, err);
    return st ? st : result(out, y, &op, x, &(context){ .dim = 0 }, err);
}

mlp_status mlp_op_reshape(mlp_tensor **out, mlp_tensor *x, int ndim, const int64_t *shape, mlp_error *err)
{
    static const mlp_op op = { "reshape", reshape_backward, .again = reshape_backward };
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
