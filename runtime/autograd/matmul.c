/* matmul.c - products of vectors, matrices and batches of matrices. */
#include "autograd/calculus_private.h"
#include "autograd/ops_private.h"

typedef struct context {
    mlp_like like[2];
} context;

/* x again, in a reference of its own. */
static mlp_status alias(mlp_tensor **out, mlp_tensor *x, mlp_error *err)
{
    (void)err;
    *out = mlp_tensor_retain(x);
    return MLP_OK;
}

/* x as a matrix or a batch of them: a vector on the left is a row, on the right a column. A view. */
static mlp_status as_matrix(mlp_tensor **out, mlp_tensor *x, bool left, mlp_error *err)
{
    if (x->ndim > 1) return alias(out, x, err);
    return mlp_calc->unsqueeze(out, x, left ? 0 : 1, err);
}

/* dy with the dimensions of size 1 that the product of matrices would have had. A view. */
static mlp_status as_product(mlp_tensor **out, mlp_tensor *dy, bool row, bool column, mlp_error *err)
{
    mlp_tensor *t = NULL;
    mlp_status st = column ? mlp_calc->unsqueeze(&t, dy, -1, err) : alias(&t, dy, err);
    if (!st) st = row ? mlp_calc->unsqueeze(out, t, t->ndim - 1, err) : alias(out, t, err);
    mlp_tensor_release(t);
    return st;
}

/* (..., m, k) as (rows, k) */
static mlp_status as_rows(mlp_tensor **out, mlp_tensor *x, mlp_error *err)
{
    int64_t columns = x->shape[x->ndim - 1], rows = 1;
    for (int d = 0; d < x->ndim - 1; d++) rows *= x->shape[d];
    return mlp_calc->reshape(out, x, 2, (int64_t[]){ rows, columns }, err);
}

/* g summed over broadcast batches, then given the shape of the operand. Owns g. */
static mlp_status finish(mlp_tensor **out, mlp_tensor *g, const mlp_tensor *matrix, const mlp_like *like,
                         mlp_error *err)
{
    mlp_like wide = mlp_like_of(matrix);
    mlp_tensor *sum = NULL;
    mlp_status st = mlp_gradient_like(&sum, g, &wide, err);
    if (!st) st = mlp_calc->reshape(out, sum, like->ndim, like->shape, err);
    mlp_tensor_release(sum);
    return st;
}

/* da = dy b' */
static mlp_status left(mlp_tensor **out, mlp_tensor *a, mlp_tensor *b, mlp_tensor *dy, const mlp_like *like,
                       mlp_error *err)
{
    mlp_tensor *turned = NULL, *g = NULL;
    mlp_status st = mlp_calc->transpose(&turned, b, -1, -2, err);
    if (!st) st = mlp_op_matmul(&g, dy, turned, err);
    mlp_tensor_release(turned);
    return st ? st : finish(out, g, a, like, err);
}

/* db = a' dy. One matrix under a whole batch: the batch is one tall matrix, summed by the product itself. */
static mlp_status right(mlp_tensor **out, mlp_tensor *a, mlp_tensor *b, mlp_tensor *dy, const mlp_like *like,
                        mlp_error *err)
{
    mlp_tensor *tall_a = NULL, *tall_dy = NULL, *turned = NULL, *g = NULL;
    bool flat = b->ndim == 2 && a->ndim > 2;
    mlp_status st = flat ? as_rows(&tall_a, a, err) : alias(&tall_a, a, err);
    if (!st) st = flat ? as_rows(&tall_dy, dy, err) : alias(&tall_dy, dy, err);
    if (!st) st = mlp_calc->transpose(&turned, tall_a, -1, -2, err);
    if (!st) st = mlp_op_matmul(&g, turned, tall_dy, err);
    mlp_tensor_release(turned);
    mlp_tensor_release(tall_dy);
    mlp_tensor_release(tall_a);
    return st ? st : finish(out, g, b, like, err);
}

static mlp_status backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    const context *c = mlp_node_context(node);
    mlp_tensor *a = NULL, *b = NULL, *g = NULL;
    mlp_status st = as_matrix(&a, mlp_node_saved(node, 0), true, err);
    if (!st) st = as_matrix(&b, mlp_node_saved(node, 1), false, err);
    if (!st) st = as_product(&g, dy, c->like[0].ndim == 1, c->like[1].ndim == 1, err);
    if (!st && mlp_node_needs(node, 0)) st = left(&dx[0], a, b, g, &c->like[0], err);
    if (!st && mlp_node_needs(node, 1)) st = right(&dx[1], a, b, g, &c->like[1], err);
    mlp_tensor_release(g);
    mlp_tensor_release(b);
    mlp_tensor_release(a);
    return st;
}

mlp_status mlp_op_matmul(mlp_tensor **out, mlp_tensor *a, mlp_tensor *b, mlp_error *err)
{
    static const mlp_op op = { "matmul", backward, .again = backward };
    mlp_tensor *y = NULL, *inputs[2] = { a, b };
    mlp_status st = mlp_tensor_matmul(&y, a, b, err);
    if (st) return st;
    context c = { { mlp_like_of(a), mlp_like_of(b) } };
    return mlp_op_result(out, y, &op, inputs, 2, inputs, 2, &c, sizeof c, err);
}
