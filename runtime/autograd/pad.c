/* pad.c - a constant around a tensor: the transpose of narrow. */
#include "autograd/calculus_private.h"
#include "autograd/ops_private.h"

#include <string.h>

typedef struct context {
    int64_t before[MLP_MAX_DIMS], length[MLP_MAX_DIMS]; /* of x in the result */
} context;

static mlp_status part(mlp_tensor **out, mlp_tensor *whole, const context *c, mlp_error *err)
{
    mlp_tensor *y = mlp_tensor_retain(whole);
    mlp_status st = MLP_OK;
    for (int d = 0; !st && d < whole->ndim; d++) {
        mlp_tensor *next = NULL;
        if (c->length[d] == whole->shape[d]) continue;
        st = mlp_calc->narrow(&next, y, d, c->before[d], c->length[d], err);
        mlp_tensor_release(y);
        y = next;
    }
    if (st) return st;
    *out = y;
    return MLP_OK;
}

static mlp_status backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    return part(&dx[0], dy, mlp_node_context(node), err);
}

mlp_status mlp_op_pad(mlp_tensor **out, mlp_tensor *x, const int64_t *before, const int64_t *after, double value,
                      mlp_error *err)
{
    static const mlp_op op = { "pad", backward, .again = backward };
    int64_t shape[MLP_MAX_DIMS];
    mlp_tensor *y = NULL, *place = NULL, *next = NULL;
    context c;
    memcpy(c.length, x->shape, sizeof c.length);
    for (int d = 0; d < x->ndim; d++) {
        c.before[d] = before[d];
        shape[d] = before[d] + x->shape[d] + after[d];
    }
    mlp_status st = mlp_tensor_full(&y, x->dtype, x->ndim, shape, value, err);
    if (!st) place = mlp_tensor_retain(y);
    for (int d = 0; !st && d < x->ndim; d++) {
        st = mlp_tensor_narrow(&next, place, d, before[d], x->shape[d], err);
        mlp_tensor_release(place);
        place = next, next = NULL;
    }
    if (!st) st = mlp_tensor_copy_(place, x, err);
    mlp_tensor_release(place);
    if (!st) return mlp_op_result(out, y, &op, &x, 1, NULL, 0, &c, sizeof c, err);
    mlp_tensor_release(y);
    return st;
}
