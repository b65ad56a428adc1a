/* binary.c - functions of two tensors (or a tensor and a number), element by element, with broadcasting.
 *
 * A derivative is written with the operations of tensor.h in the type of the result; what was broadcast is summed back
 * and what was widened is narrowed by mlp_gradient_like. A number is a scalar tensor in backward, so both forms share
 * the table. */
#include "autograd/calculus_private.h"
#include "autograd/ops_private.h"

#include <math.h>

typedef struct context {
    mlp_binary_op op;
    mlp_like like[2];
    bool number, reversed; /* one side is a plain number, on the left */
    double value;
} context;

/* The two operands in the result's type, and the gradient. Borrowed. */
typedef struct operands {
    mlp_tensor *a, *b, *dy;
} operands;

typedef mlp_status (*derivative)(mlp_tensor **out, const operands *o, mlp_error *err);

static mlp_status same(mlp_tensor **out, const operands *o, mlp_error *err)
{
    (void)err;
    *out = mlp_tensor_retain(o->dy);
    return MLP_OK;
}

static mlp_status negative(mlp_tensor **out, const operands *o, mlp_error *err)
{
    return mlp_calc->unary(out, MLP_NEG, o->dy, err);
}

static mlp_status times_a(mlp_tensor **out, const operands *o, mlp_error *err)
{
    return mlp_op_binary(out, MLP_MUL, o->dy, o->a, err);
}

static mlp_status times_b(mlp_tensor **out, const operands *o, mlp_error *err)
{
    return mlp_op_binary(out, MLP_MUL, o->dy, o->b, err);
}

static mlp_status over_b(mlp_tensor **out, const operands *o, mlp_error *err)
{
    return mlp_op_binary(out, MLP_DIV, o->dy, o->b, err);
}

/* Replaces *t by *t op b (or b op *t). */
static mlp_status then(mlp_tensor **t, mlp_binary_op op, mlp_tensor *b, mlp_error *err)
{
    mlp_tensor *next = NULL;
    mlp_status st = mlp_op_binary(&next, op, *t, b, err);
    if (st) return st;
    mlp_tensor_release(*t);
    *t = next;
    return MLP_OK;
}

/* d(a/b)/db = -a / b^2, as -(a/b)/b: b^2 may overflow where a/b does not */
static mlp_status div_b(mlp_tensor **out, const operands *o, mlp_error *err)
{
    mlp_tensor *t = NULL;
    mlp_status st = mlp_op_binary(&t, MLP_DIV, o->a, o->b, err);
    if (!st) st = then(&t, MLP_DIV, o->b, err);
    if (!st) st = then(&t, MLP_MUL, o->dy, err);
    if (!st) st = mlp_calc->unary(out, MLP_NEG, t, err);
    mlp_tensor_release(t);
    return st;
}

/* Sets t to 0 where mask (u8, of a shape that broadcasts) is 1; NaN goes too. Replaces *t. */
static mlp_status zero_where(mlp_tensor **t, mlp_tensor *mask, mlp_error *err)
{
    mlp_tensor *zero = NULL, *next = NULL;
    mlp_status st = mlp_tensor_scalar(&zero, (*t)->dtype, 0, err);
    if (!st) st = mlp_op_where(&next, mask, zero, *t, err);
    mlp_tensor_release(zero);
    if (st) return st;
    mlp_tensor_release(*t);
    *t = next;
    return MLP_OK;
}

/* d(a^b)/da = b a^(b-1), and 0 where b is 0, whatever a is */
static mlp_status pow_a(mlp_tensor **out, const operands *o, mlp_error *err)
{
    mlp_tensor *t = NULL, *exponent = NULL, *constant = NULL;
    mlp_status st = mlp_op_binary_number(&exponent, MLP_SUB, o->b, 1, true, false, err);
    if (!st) st = mlp_op_binary(&t, MLP_POW, o->a, exponent, err);
    if (!st) st = then(&t, MLP_MUL, o->b, err);
    if (!st) st = then(&t, MLP_MUL, o->dy, err);
    if (!st) st = mlp_op_binary_number(&constant, MLP_EQ, o->b, 0, true, false, err);
    if (!st) st = zero_where(&t, constant, err);
    if (!st) *out = mlp_tensor_retain(t);
    mlp_tensor_release(constant);
    mlp_tensor_release(exponent);
    mlp_tensor_release(t);
    return st;
}

/* d(a^b)/db = a^b log a, and 0 where a is 0 and b is not negative */
static mlp_status pow_b(mlp_tensor **out, const operands *o, mlp_error *err)
{
    mlp_tensor *t = NULL, *log_a = NULL, *flat = NULL, *positive = NULL;
    mlp_status st = mlp_op_binary(&t, MLP_POW, o->a, o->b, err);
    if (!st) st = mlp_calc->unary(&log_a, MLP_LOG, o->a, err);
    if (!st) st = then(&t, MLP_MUL, log_a, err);
    if (!st) st = then(&t, MLP_MUL, o->dy, err);
    if (!st) st = mlp_op_binary_number(&flat, MLP_EQ, o->a, 0, true, false, err);
    if (!st) st = mlp_op_binary_number(&positive, MLP_GE, o->b, 0, true, false, err);
    if (!st) st = then(&flat, MLP_MUL, positive, err);
    if (!st) st = zero_where(&t, flat, err);
    if (!st) *out = mlp_tensor_retain(t);
    mlp_tensor_release(positive);
    mlp_tensor_release(flat);
    mlp_tensor_release(log_a);
    mlp_tensor_release(t);
    return st;
}

/* 0 where left `loses` to right, half of dy where they are equal, else dy: also where one of them is NaN */
static mlp_status winner(mlp_tensor **out, mlp_tensor *left, mlp_tensor *right, mlp_binary_op loses, mlp_tensor *dy,
                         mlp_error *err)
{
    mlp_tensor *lost = NULL, *equal = NULL, *g = NULL, *half = NULL;
    mlp_status st = mlp_op_binary(&lost, loses, left, right, err);
    if (!st) st = mlp_op_binary(&equal, MLP_EQ, left, right, err);
    if (!st) st = mlp_op_binary_number(&half, MLP_MUL, dy, 0.5, false, false, err);
    if (!st) st = mlp_op_where(&g, equal, half, dy, err);
    if (!st) st = zero_where(&g, lost, err);
    if (!st) *out = mlp_tensor_retain(g);
    mlp_tensor_release(half);
    mlp_tensor_release(g);
    mlp_tensor_release(equal);
    mlp_tensor_release(lost);
    return st;
}

static mlp_status minimum_a(mlp_tensor **out, const operands *o, mlp_error *err)
{
    return winner(out, o->a, o->b, MLP_GT, o->dy, err);
}

static mlp_status minimum_b(mlp_tensor **out, const operands *o, mlp_error *err)
{
    return winner(out, o->b, o->a, MLP_GT, o->dy, err);
}

static mlp_status maximum_a(mlp_tensor **out, const operands *o, mlp_error *err)
{
    return winner(out, o->a, o->b, MLP_LT, o->dy, err);
}

static mlp_status maximum_b(mlp_tensor **out, const operands *o, mlp_error *err)
{
    return winner(out, o->b, o->a, MLP_LT, o->dy, err);
}

static const struct {
    derivative da, db;
    bool keeps_a, keeps_b; /* what both derivatives together look at */
} table[MLP_BINARY_COUNT] = {
    [MLP_ADD] = { same, same, false, false },
    [MLP_SUB] = { same, negative, false, false },
    [MLP_MUL] = { times_b, times_a, true, true },
    [MLP_DIV] = { over_b, div_b, true, true },
    [MLP_POW] = { pow_a, pow_b, true, true },
    [MLP_MINIMUM] = { minimum_a, minimum_b, true, true },
    [MLP_MAXIMUM] = { maximum_a, maximum_b, true, true },
};

/* *out is t (retained) or a copy in the type that the operation worked in. NULL stays NULL. */
static mlp_status in_type(mlp_tensor **out, mlp_tensor *t, mlp_dtype dtype, mlp_error *err)
{
    if (t && t->dtype != dtype) return mlp_calc->cast(out, t, dtype, err);
    *out = t ? mlp_tensor_retain(t) : NULL;
    return MLP_OK;
}

static mlp_status backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    const context *c = mlp_node_context(node);
    operands o = { .dy = dy };
    mlp_tensor *g = NULL;
    mlp_status st = MLP_OK;
    if (c->number) {
        int at = c->reversed; /* where the tensor stands */
        mlp_tensor **tensor = at ? &o.b : &o.a, **number = at ? &o.a : &o.b;
        st = in_type(tensor, mlp_node_saved(node, 0), dy->dtype, err);
        if (!st) st = mlp_tensor_scalar(number, dy->dtype, c->value, err);
        if (!st) st = (at ? table[c->op].db : table[c->op].da)(&g, &o, err);
        if (!st) st = mlp_gradient_like(&dx[0], g, &c->like[0], err);
    } else {
        st = in_type(&o.a, mlp_node_saved(node, 0), dy->dtype, err);
        if (!st) st = in_type(&o.b, mlp_node_saved(node, 1), dy->dtype, err);
        for (int i = 0; !st && i < 2; i++) {
            if (!mlp_node_needs(node, i)) continue;
            st = (i ? table[c->op].db : table[c->op].da)(&g, &o, err);
            if (!st) st = mlp_gradient_like(&dx[i], g, &c->like[i], err);
        }
    }
    mlp_tensor_release(o.a);
    mlp_tensor_release(o.b);
    return st;
}

static const mlp_op ops[MLP_BINARY_COUNT] = {
    [MLP_ADD] = { "add", backward, .again = backward },
    [MLP_SUB] = { "sub", backward, .again = backward },
    [MLP_MUL] = { "mul", backward, .again = backward },
    [MLP_DIV] = { "div", backward, .again = backward },
    [MLP_POW] = { "pow", backward, .again = backward },
    [MLP_MINIMUM] = { "minimum", backward, .again = backward },
    [MLP_MAXIMUM] = { "maximum", backward, .again = backward },
};

mlp_status mlp_op_binary(mlp_tensor **out, mlp_binary_op op, mlp_tensor *a, mlp_tensor *b, mlp_error *err)
{
    mlp_tensor *y = NULL, *inputs[2] = { a, b };
    mlp_status st = mlp_tensor_binary(&y, op, a, b, err);
    if (st) return st;
    if (!table[op].da) {
        *out = y;
        return MLP_OK;
    }
    context c = { .op = op, .like = { mlp_like_of(a), mlp_like_of(b) } };
    bool linear = op == MLP_MUL; /* each side only needs the other */
    mlp_tensor *keep[2] = {
        table[op].keeps_a && (!linear || mlp_requires_grad(b)) ? a : NULL,
        table[op].keeps_b && (!linear || mlp_requires_grad(a)) ? b : NULL,
    };
    return mlp_op_result(out, y, &ops[op], inputs, 2, keep, 2, &c, sizeof c, err);
}

mlp_status mlp_op_binary_number(mlp_tensor **out, mlp_binary_op op, mlp_tensor *a, double number, bool integer,
                                bool reversed, mlp_error *err)
{
    mlp_tensor *y = NULL;
    mlp_status st = mlp_tensor_binary_number(&y, op, a, number, integer, reversed, err);
    if (st) return st;
    if (!table[op].da) {
        *out = y;
        return MLP_OK;
    }
    context c = { .op = op, .like = { mlp_like_of(a) }, .number = true, .reversed = reversed, .value = number };
    bool linear = op == MLP_ADD || op == MLP_SUB || op == MLP_MUL || (op == MLP_DIV && !reversed);
    mlp_tensor *keep[1] = { linear ? NULL : a };
    return mlp_op_result(out, y, &ops[op], &a, 1, keep, 1, &c, sizeof c, err);
}

/* ---- clamp and where ---- */

typedef struct clamp_context {
    double low, high;
} clamp_context;

static mlp_status clamp_backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    const clamp_context *c = mlp_node_context(node);
    mlp_tensor *x = mlp_node_saved(node, 0);
    mlp_tensor *inside = NULL, *below = NULL, *zero = NULL;
    mlp_status st = mlp_tensor_binary_number(&inside, MLP_GE, x, c->low, false, false, err);
    if (!st) st = mlp_tensor_binary_number(&below, MLP_LE, x, c->high, false, false, err);
    if (!st) st = then(&inside, MLP_MUL, below, err);
    if (!st) st = mlp_tensor_scalar(&zero, dy->dtype, 0, err);
    if (!st) st = mlp_op_where(&dx[0], inside, dy, zero, err);
    mlp_tensor_release(zero);
    mlp_tensor_release(below);
    mlp_tensor_release(inside);
    return st;
}

mlp_status mlp_op_clamp(mlp_tensor **out, mlp_tensor *x, double low, double high, mlp_error *err)
{
    static const mlp_op op = { "clamp", clamp_backward, .again = clamp_backward };
    clamp_context c = { low, high };
    mlp_tensor *y = NULL;
    mlp_status st = mlp_tensor_clamp(&y, x, low, high, err);
    if (st) return st;
    return mlp_op_result(out, y, &op, &x, 1, &x, 1, &c, sizeof c, err);
}

static mlp_status where_backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    const mlp_like *like = mlp_node_context(node);
    mlp_tensor *condition = mlp_node_saved(node, 0);
    mlp_tensor *zero = NULL, *g = NULL;
    mlp_status st = mlp_tensor_scalar(&zero, dy->dtype, 0, err);
    for (int i = 0; !st && i < 2; i++) {
        if (!mlp_node_needs(node, i)) continue;
        st = mlp_op_where(&g, condition, i ? zero : dy, i ? dy : zero, err);
        if (!st) st = mlp_gradient_like(&dx[i], g, &like[i], err);
    }
    mlp_tensor_release(zero);
    return st;
}

mlp_status mlp_op_where(mlp_tensor **out, mlp_tensor *condition, mlp_tensor *a, mlp_tensor *b, mlp_error *err)
{
    static const mlp_op op = { "where", where_backward, .again = where_backward };
    mlp_tensor *y = NULL, *inputs[2] = { a, b };
    mlp_like like[2] = { mlp_like_of(a), mlp_like_of(b) };
    mlp_status st = mlp_tensor_where(&y, condition, a, b, err);
    if (st) return st;
    return mlp_op_result(out, y, &op, inputs, 2, &condition, 1, like, sizeof like, err);
}
