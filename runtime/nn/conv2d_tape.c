/* conv2d_tape.c - convolution and its two gradients on the tape, and the choice among the ways to compute them. */
#include "nn/conv2d_private.h"

static const mlp_conv_way *way_of(const mlp_conv *c, mlp_dtype dtype)
{
    if (dtype == MLP_F64) return &mlp_conv_columns;
    if (mlp_conv_depthwise_fits(c)) return &mlp_conv_depthwise;
    if (mlp_conv_pointwise_fits(c)) return &mlp_conv_pointwise;
    return mlp_conv_winograd_fits(c) ? &mlp_conv_winograd : &mlp_conv_direct;
}

static void *data_or_null(const mlp_tensor *t)
{
    return t ? mlp_tensor_data(t) : NULL;
}

/* A result in the shape of pictures with as many dimensions as `like`. */
static mlp_status pictures_new(mlp_tensor **out, const mlp_tensor *like, int64_t n, int64_t channels,
                               const int64_t size[2], mlp_error *err)
{
    int64_t shape[4] = { n, channels, size[0], size[1] };
    return mlp_tensor_new(out, like->dtype, like->ndim, shape + 4 - like->ndim, err);
}

/* ---- forward: y ---- */

/* What the tensors of a node are. */
enum { X, W, Y };

/* dy of what the convolution gave before ReLU. */
static mlp_status before_relu(mlp_tensor **out, const mlp_node *node, const mlp_conv *c, mlp_tensor *dy, mlp_error *err)
{
    if (c->relu) return mlp_unary_gradient(out, MLP_RELU, mlp_node_saved(node, Y), dy, err);
    return mlp_tensor_contiguous(out, dy, err);
}

static mlp_status forward_backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    const mlp_conv *c = mlp_node_context(node);
    mlp_tensor *x = mlp_node_saved(node, X), *w = mlp_node_saved(node, W), *g = NULL, *made[3] = { NULL, NULL, NULL };
    const mlp_conv_way *way = way_of(c, dy->dtype);
    int64_t channels = c->groups * c->c_out;
    bool weight = mlp_node_needs(node, 1) || mlp_node_needs(node, 2);
    bool at_once = weight && mlp_node_needs(node, 0) && way->gradients && way->at_once(c);
    mlp_status st = at_once ? mlp_tensor_contiguous(&g, dy, err) : before_relu(&g, node, c, dy, err);
    if (!st && mlp_node_needs(node, 0)) st = mlp_tensor_new(&made[0], x->dtype, x->ndim, x->shape, err);
    if (!st && weight) st = mlp_tensor_new(&made[1], x->dtype, 4, w->shape, err);
    if (!st && mlp_node_needs(node, 2)) st = mlp_tensor_new(&made[2], x->dtype, 1, &channels, err);
    if (!st) {
        mlp_conv_arrays a = { .x = mlp_tensor_data(x), .w = mlp_tensor_data(w), .dy = mlp_tensor_data(g) };
        a.dx = data_or_null(made[0]), a.dw = data_or_null(made[1]), a.db = data_or_null(made[2]);
        if (at_once) {
            if (c->relu) a.y = mlp_tensor_data(mlp_node_saved(node, Y));
            st = way->gradients(c, &a, err);
        } else {
            mlp_conv_arrays weights = a, inputs = a;
            weights.dx = NULL, inputs.dw = inputs.db = NULL;
            if (a.dw) st = way->weight(c, &weights, err);
            if (!st && a.dx) st = way->input(c, &inputs, err);
        }
    }
    for (int i = 0; i < 3; i++) {
        if (!st && mlp_node_needs(node, i)) dx[i] = made[i];
        else mlp_tensor_release(made[i]);
    }
    mlp_tensor_release(g);
    return st;
}

/* The same gradients, each an operation of its own. */
static mlp_status forward_again(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    mlp_conv c = *(const mlp_conv *)mlp_node_context(node);
    mlp_tensor *x = mlp_node_saved(node, X), *w = mlp_node_saved(node, W), *g = NULL;
    const int places[3] = { -1, -2, 0 };
    mlp_status st = MLP_OK;
    if (c.relu) st = mlp_unary_gradient_again(&g, MLP_RELU, mlp_node_saved(node, Y), dy, err);
    else g = mlp_tensor_retain(dy);
    c.relu = false; /* its gradients are those of the convolution alone */
    if (!st && mlp_node_needs(node, 0)) st = mlp_conv_input(&dx[0], &c, g, w, err);
    if (!st && mlp_node_needs(node, 1)) st = mlp_conv_weight(&dx[1], &c, x, g, err);
    if (!st && mlp_node_needs(node, 2)) st = mlp_op_reduce(&dx[2], MLP_SUM, g, g->ndim - 1, places, false, err);
    mlp_tensor_release(g);
    return st;
}

mlp_status mlp_conv_forward(mlp_tensor **out, const mlp_conv *c, mlp_tensor *x, mlp_tensor *w, mlp_tensor *bias,
                            mlp_error *err)
{
    static const mlp_op op = { "conv2d", forward_backward, .again = forward_again };
    static const mlp_op with_relu = { "conv2d and relu", forward_backward, .again = forward_again };
    mlp_tensor *cx = NULL, *cw = NULL, *cb = NULL, *y = NULL;
    mlp_status st = mlp_op_contiguous(&cx, x, err);
    if (!st) st = mlp_op_contiguous(&cw, w, err);
    if (!st && bias) st = mlp_tensor_contiguous(&cb, bias, err);
    if (!st) st = pictures_new(&y, x, c->n, w->shape[0], c->out, err);
    if (!st) {
        mlp_conv_arrays a = { .x = mlp_tensor_data(cx), .w = mlp_tensor_data(cw), .bias = data_or_null(cb) };
        a.y = mlp_tensor_data(y);
        st = way_of(c, x->dtype)->forward(c, &a, err);
    }
    if (!st) {
        mlp_tensor *inputs[3] = { cx, cw, bias }, *keep[] = { [X] = cx, [W] = cw, [Y] = y };
        st = mlp_op_result(out, y, c->relu ? &with_relu : &op, inputs, 3, keep, c->relu ? 3 : 2, c, sizeof *c, err);
    } else {
        mlp_tensor_release(y);
    }
    mlp_tensor_release(cb);
    mlp_tensor_release(cw);
    mlp_tensor_release(cx);
    return st;
}

/* ---- input: dx from dy and w ---- */

static mlp_status input_backward(const mlp_node *node, mlp_tensor *ddx, mlp_tensor **d, mlp_error *err)
{
    const mlp_conv *c = mlp_node_context(node);
    mlp_status st = MLP_OK;
    if (mlp_node_needs(node, 0)) st = mlp_conv_forward(&d[0], c, ddx, mlp_node_saved(node, 1), NULL, err);
    if (!st && mlp_node_needs(node, 1)) st = mlp_conv_weight(&d[1], c, ddx, mlp_node_saved(node, 0), err);
    return st;
}

mlp_status mlp_conv_input(mlp_tensor **out, const mlp_conv *c, mlp_tensor *dy, mlp_tensor *w, mlp_error *err)
{
    static const mlp_op op = { "conv_transpose2d", input_backward, .again = input_backward };
    mlp_tensor *both[2] = { NULL, NULL }, *dx = NULL;
    mlp_status st = mlp_op_contiguous(&both[0], dy, err);
    if (!st) st = mlp_op_contiguous(&both[1], w, err);
    if (!st) st = pictures_new(&dx, dy, c->n, c->groups * c->c_in, c->size, err);
    if (!st) {
        mlp_conv_arrays a = { .w = mlp_tensor_data(both[1]),
                              .dy = mlp_tensor_data(both[0]),
                              .dx = mlp_tensor_data(dx) };
        st = way_of(c, dy->dtype)->input(c, &a, err);
    }
    if (!st) st = mlp_op_result(out, dx, &op, both, 2, both, 2, c, sizeof *c, err);
    else mlp_tensor_release(dx);
    mlp_tensor_release(both[0]);
    mlp_tensor_release(both[1]);
    return st;
}

/* ---- weight: dw from x and dy ---- */

static mlp_status weight_backward(const mlp_node *node, mlp_tensor *ddw, mlp_tensor **d, mlp_error *err)
{
    const mlp_conv *c = mlp_node_context(node);
    mlp_status st = MLP_OK;
    if (mlp_node_needs(node, 0)) st = mlp_conv_input(&d[0], c, mlp_node_saved(node, 1), ddw, err);
    if (!st && mlp_node_needs(node, 1)) st = mlp_conv_forward(&d[1], c, mlp_node_saved(node, 0), ddw, NULL, err);
    return st;
}

mlp_status mlp_conv_weight(mlp_tensor **out, const mlp_conv *c, mlp_tensor *x, mlp_tensor *dy, mlp_error *err)
{
    static const mlp_op op = { "conv2d weight", weight_backward, .again = weight_backward };
    mlp_tensor *both[2] = { NULL, NULL }, *dw = NULL;
    int64_t shape[4] = { c->groups * c->c_out, c->c_in, c->window.size[0], c->window.size[1] };
    mlp_status st = mlp_op_contiguous(&both[0], x, err);
    if (!st) st = mlp_op_contiguous(&both[1], dy, err);
    if (!st) st = mlp_tensor_new(&dw, x->dtype, 4, shape, err);
    if (!st) {
        mlp_conv_arrays a = { .x = mlp_tensor_data(both[0]),
                              .dy = mlp_tensor_data(both[1]),
                              .dw = mlp_tensor_data(dw) };
        st = way_of(c, x->dtype)->weight(c, &a, err);
    }
    if (!st) st = mlp_op_result(out, dw, &op, both, 2, both, 2, c, sizeof *c, err);
    else mlp_tensor_release(dw);
    mlp_tensor_release(both[0]);
    mlp_tensor_release(both[1]);
    return st;
}
