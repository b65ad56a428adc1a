/* pick.c - joining tensors, and picking elements by index. */
#include "autograd/calculus_private.h"
#include "autograd/ops_private.h"

#include <stdlib.h>

/* ---- cat and stack ---- */

typedef struct joined {
    int dim, count;
    mlp_like like[]; /* of each input */
} joined;

static mlp_status cat_backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    const joined *c = mlp_node_context(node);
    mlp_status st = MLP_OK;
    int64_t at = 0;
    for (int i = 0; !st && i < c->count; at += c->like[i++].shape[c->dim]) {
        mlp_tensor *part = NULL;
        if (!mlp_node_needs(node, i)) continue;
        st = mlp_calc->narrow(&part, dy, c->dim, at, c->like[i].shape[c->dim], err);
        if (!st) st = mlp_gradient_like(&dx[i], part, &c->like[i], err);
    }
    return st;
}

static mlp_status stack_backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    const joined *c = mlp_node_context(node);
    mlp_status st = MLP_OK;
    for (int i = 0; !st && i < c->count; i++) {
        mlp_tensor *part = NULL;
        if (!mlp_node_needs(node, i)) continue;
        st = mlp_calc->select(&part, dy, c->dim, i, err);
        if (!st) st = mlp_gradient_like(&dx[i], part, &c->like[i], err);
    }
    return st;
}

/* Owns y. */
static mlp_status join(mlp_tensor **out, mlp_tensor *y, const mlp_op *op, mlp_tensor *const *list, int count, int dim,
                       mlp_error *err)
{
    if (!mlp_records(list, count)) {
        *out = y;
        return MLP_OK;
    }
    void *memory;
    size_t size = sizeof(joined) + (size_t)count * sizeof(mlp_like);
    mlp_status st = mlp_alloc(&memory, 1, size, err);
    if (st) {
        mlp_tensor_release(y);
        return st;
    }
    joined *c = memory;
    c->count = count;
    c->dim = dim < 0 ? dim + y->ndim : dim;
    for (int i = 0; i < count; i++) c->like[i] = mlp_like_of(list[i]);
    st = mlp_op_result(out, y, op, list, count, NULL, 0, c, size, err);
    free(c);
    return st;
}

mlp_status mlp_op_cat(mlp_tensor **out, mlp_tensor *const *list, int count, int dim, mlp_error *err)
{
    static const mlp_op op = { "cat", cat_backward, .again = cat_backward };
    mlp_tensor *y = NULL;
    mlp_status st = mlp_tensor_cat(&y, list, count, dim, err);
    return st ? st : join(out, y, &op, list, count, dim, err);
}

mlp_status mlp_op_stack(mlp_tensor **out, mlp_tensor *const *list, int count, int dim, mlp_error *err)
{
    static const mlp_op op = { "stack", stack_backward, .again = stack_backward };
    mlp_tensor *y = NULL;
    mlp_status st = mlp_tensor_stack(&y, list, count, dim, err);
    return st ? st : join(out, y, &op, list, count, dim, err);
}

/* ---- by index ---- */

typedef struct picked {
    int dim;
    mlp_like like; /* of x */
} picked;

typedef mlp_status (*adder)(mlp_tensor *x, int dim, const mlp_tensor *index, const mlp_tensor *source, mlp_error *err);

static mlp_status add_back(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, adder add, mlp_error *err)
{
    const picked *c = mlp_node_context(node);
    mlp_tensor *whole = NULL;
    mlp_status st = mlp_zeros_like(&whole, &c->like, err);
    if (!st) st = add(whole, c->dim, mlp_node_saved(node, 0), dy, err);
    if (st) mlp_tensor_release(whole);
    else dx[0] = whole;
    return st;
}

/* The same, recorded. */
typedef mlp_status (*op_adder)(mlp_tensor **out, mlp_tensor *x, int dim, mlp_tensor *index, mlp_tensor *source,
                               mlp_error *err);

static mlp_status add_again(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, op_adder add, mlp_error *err)
{
    const picked *c = mlp_node_context(node);
    mlp_tensor *zeros = NULL;
    mlp_status st = mlp_zeros_like(&zeros, &c->like, err);
    if (!st) st = add(&dx[0], zeros, c->dim, mlp_node_saved(node, 0), dy, err);
    mlp_tensor_release(zeros);
    return st;
}

static mlp_status index_select_again(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    return add_again(node, dy, dx, mlp_op_index_add, err);
}

static mlp_status gather_again(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    return add_again(node, dy, dx, mlp_op_scatter_add, err);
}

static mlp_status index_select_backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    return add_back(node, dy, dx, mlp_tensor_index_add_, err);
}

static mlp_status gather_backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    return add_back(node, dy, dx, mlp_tensor_scatter_add_, err);
}

mlp_status mlp_op_index_select(mlp_tensor **out, mlp_tensor *x, int dim, mlp_tensor *index, mlp_error *err)
{
    static const mlp_op op = { "index_select", index_select_backward, .again = index_select_again };
    picked c = { dim, mlp_like_of(x) };
    mlp_tensor *y = NULL;
    mlp_status st = mlp_tensor_index_select(&y, x, dim, index, err);
    return st ? st : mlp_op_result(out, y, &op, &x, 1, &index, 1, &c, sizeof c, err);
}

/* ---- adding by index ---- */

typedef mlp_status (*picker)(mlp_tensor **out, mlp_tensor *x, int dim, mlp_tensor *index, mlp_error *err);

/* x keeps the whole gradient, what was added picks its part. */
static mlp_status added(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, picker pick, mlp_error *err)
{
    int dim = *(const int *)mlp_node_context(node);
    if (mlp_node_needs(node, 0)) dx[0] = mlp_tensor_retain(dy);
    return mlp_node_needs(node, 1) ? pick(&dx[1], dy, dim, mlp_node_saved(node, 0), err) : MLP_OK;
}

static mlp_status index_add_backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    return added(node, dy, dx, mlp_op_index_select, err);
}

static mlp_status scatter_add_backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    return added(node, dy, dx, mlp_op_gather, err);
}

static mlp_status add_at(mlp_tensor **out, const mlp_op *op, adder add, mlp_tensor *x, int dim, mlp_tensor *index,
                         mlp_tensor *source, mlp_error *err)
{
    mlp_tensor *y = NULL, *inputs[2] = { x, source };
    int from_start = dim < 0 ? dim + x->ndim : dim;
    mlp_status st = mlp_tensor_clone(&y, x, err);
    if (!st) st = add(y, dim, index, source, err);
    if (!st) return mlp_op_result(out, y, op, inputs, 2, &index, 1, &from_start, sizeof from_start, err);
    mlp_tensor_release(y);
    return st;
}

mlp_status mlp_op_index_add(mlp_tensor **out, mlp_tensor *x, int dim, mlp_tensor *index, mlp_tensor *source,
                            mlp_error *err)
{
    static const mlp_op op = { "index_add", index_add_backward, .again = index_add_backward };
    return add_at(out, &op, mlp_tensor_index_add_, x, dim, index, source, err);
}

mlp_status mlp_op_scatter_add(mlp_tensor **out, mlp_tensor *x, int dim, mlp_tensor *index, mlp_tensor *source,
                              mlp_error *err)
{
    static const mlp_op op = { "scatter_add", scatter_add_backward, .again = scatter_add_backward };
    return add_at(out, &op, mlp_tensor_scatter_add_, x, dim, index, source, err);
}

/* values[i] = x[places[i]]: backward is gather's. */
mlp_status mlp_op_sort(mlp_tensor **values, mlp_tensor **places, mlp_tensor *x, int dim, bool descending,
                       mlp_error *err)
{
    static const mlp_op op = { "sort", gather_backward, .again = gather_again };
    picked c = { dim < 0 ? dim + x->ndim : dim, mlp_like_of(x) };
    mlp_tensor *y = NULL, *at = NULL;
    mlp_status st = mlp_tensor_sort(&y, &at, x, dim, descending, err);
    if (!st && x->ndim == 0) mlp_tensor_release(y), st = mlp_op_clone(values, x, err);
    else if (!st) st = mlp_op_result(values, y, &op, &x, 1, &at, 1, &c, sizeof c, err);
    if (!st && places) *places = mlp_tensor_retain(at);
    mlp_tensor_release(at);
    return st;
}

mlp_status mlp_op_gather(mlp_tensor **out, mlp_tensor *x, int dim, mlp_tensor *index, mlp_error *err)
{
    static const mlp_op op = { "gather", gather_backward, .again = gather_again };
    picked c = { dim, mlp_like_of(x) };
    mlp_tensor *y = NULL;
    mlp_status st = mlp_tensor_gather(&y, x, dim, index, err);
    return st ? st : mlp_op_result(out, y, &op, &x, 1, &index, 1, &c, sizeof c, err);
}
