/* inplace.c - writes that are recorded.
 *
 * A write computes its operation out of place too, from a copy of what t was, and t takes that result's history over.
 * Where t is a view its base does: there one region came from the write and the rest from before. Other views of the
 * base hold an old history then; when they are next used they get one anew: the region of the base that they are. */
#include "autograd/history_private.h"
#include "autograd/region_private.h"

#include <stdio.h>

/* ---- taking a history over ---- */

/* The base's gradient: dy but for the region; what was written gets the region. */
static mlp_status write_backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    const mlp_region *r = mlp_node_context(node);
    mlp_tensor *whole = NULL, *part = NULL;
    mlp_status st = mlp_tensor_clone(&whole, dy, err);
    if (!st) st = mlp_region_part(&part, whole, r, err);
    if (!st && mlp_node_needs(node, 1)) st = mlp_tensor_clone(&dx[1], part, err);
    if (!st && mlp_node_needs(node, 0)) {
        st = mlp_tensor_fill_(part, 0, err);
        if (!st) dx[0] = mlp_tensor_retain(whole);
    }
    mlp_tensor_release(part);
    mlp_tensor_release(whole);
    return st;
}

static mlp_status write_again(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    const mlp_region *r = mlp_node_context(node);
    mlp_status st = mlp_node_needs(node, 1) ? mlp_region_part_again(&dx[1], dy, r, err) : MLP_OK;
    return st || !mlp_node_needs(node, 0) ? st : mlp_region_rest_again(&dx[0], dy, r, err);
}

static mlp_status into_base(mlp_tensor *t, mlp_tensor *y, const char *who, mlp_error *err)
{
    static const mlp_op op = { "write", write_backward, .again = write_again };
    mlp_tensor *whole = NULL, *inputs[2] = { t->base, y };
    if (!mlp_tensor_is_contiguous(t->base))
        return mlp_fail(err, MLP_ESTATE,
                        "%s: this is a view of a tensor that is not contiguous, so that the write cannot be recorded: "
                        "take the view of its contiguous()",
                        who);
    mlp_region r = mlp_region_of(t);
    mlp_status st = mlp_tensor_alias(&whole, t->base, err);
    if (!st) st = mlp_record(whole, &op, inputs, 2, NULL, 0, &r, sizeof r, err);
    if (!st) mlp_history_move(t->base, whole);
    mlp_tensor_release(whole);
    return st ? st : mlp_refresh(t, err);
}

static mlp_status nothing_left(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    (void)node;
    mlp_like like = mlp_like_of(dy);
    return mlp_zeros_like(&dx[0], &like, err);
}

/* t, whose values have been written, comes from y alone now; y has t's shape. NULL: from constants. */
static mlp_status take_over(mlp_tensor *t, mlp_tensor *y, const char *who, mlp_error *err)
{
    static const mlp_op overwritten = { "overwritten", nothing_left, .again = nothing_left };
    mlp_tensor *from = NULL;
    mlp_status st = MLP_OK;
    if (y && mlp_requires_grad(y)) {
        if (y->dtype != t->dtype) st = mlp_op_cast(&from, y, t->dtype, err);
        else from = mlp_tensor_retain(y);
    }
    if (!st && t->base) {
        st = into_base(t, from, who, err);
    } else if (!st) {
        if (!from) {
            st = mlp_tensor_alias(&from, t, err);
            if (!st) st = mlp_record(from, &overwritten, &t, 1, NULL, 0, NULL, 0, err);
        }
        if (!st) mlp_history_move(t, from);
    }
    mlp_tensor_release(from);
    return st;
}

/* ---- the writes ---- */

static bool is_wanted_leaf(const mlp_tensor *t)
{
    return mlp_is_leaf(t) && mlp_requires_grad(t);
}

mlp_status mlp_may_write(const mlp_tensor *t, const char *what, mlp_error *err)
{
    if (!mlp_grad_enabled()) return MLP_OK;
    bool view = t->base && is_wanted_leaf(t->base);
    if (!view && !is_wanted_leaf(t)) return MLP_OK;
    return mlp_fail(err, MLP_ESTATE,
                    "%s: %sa leaf that requires a gradient cannot be written in place while gradients are recorded: "
                    "write inside no_grad, or to its detach()",
                    what, view ? "a view of " : "");
}

/* Whether a write of `from` (or NULL) into t is recorded. */
static bool is_recorded(mlp_tensor *t, mlp_tensor *from)
{
    return mlp_dtype_is_float(t->dtype) && mlp_records((mlp_tensor *const[]){ t, t->base, from }, 3);
}

mlp_status mlp_overwritten(mlp_tensor *t, mlp_error *err)
{
    return is_recorded(t, NULL) ? take_over(t, NULL, "fill_", err) : MLP_OK;
}

mlp_status mlp_op_fill_(mlp_tensor *t, double value, mlp_error *err)
{
    mlp_status st = mlp_may_write(t, "fill_", err);
    if (!st) st = mlp_tensor_fill_(t, value, err);
    return st ? st : mlp_overwritten(t, err);
}

mlp_status mlp_op_copy_(mlp_tensor *t, mlp_tensor *from, mlp_error *err)
{
    mlp_status st = mlp_may_write(t, "copy_", err);
    mlp_tensor *y = NULL;
    bool recorded = is_recorded(t, from);
    if (!st && recorded && from->ndim <= t->ndim) st = mlp_op_expand(&y, from, t->ndim, t->shape, err);
    if (!st) st = mlp_tensor_copy_(t, from, err);
    if (!st && recorded) st = take_over(t, y, "copy_", err);
    mlp_tensor_release(y);
    return st;
}

mlp_status mlp_op_binary_(mlp_tensor *t, mlp_binary_op op, double alpha, mlp_tensor *b, mlp_error *err)
{
    char who[32];
    mlp_tensor *before = NULL, *scaled = NULL, *y = NULL;
    snprintf(who, sizeof who, "%s_", mlp_binary_name(op));
    mlp_status st = mlp_may_write(t, who, err);
    bool recorded = is_recorded(t, b);
    if (!st && recorded) {
        st = mlp_op_clone(&before, t, err);
        mlp_tensor *other = b == t ? before : b;
        if (!st && alpha != 1) st = mlp_op_binary_number(&scaled, MLP_MUL, other, alpha, false, false, err);
        if (!st) st = mlp_op_binary(&y, op, before, scaled ? scaled : other, err);
    }
    if (!st && alpha != 1) st = mlp_tensor_axpy_(t, op == MLP_SUB ? -alpha : alpha, b, err);
    else if (!st) st = mlp_tensor_binary_(t, op, b, err);
    if (!st && recorded) st = take_over(t, y, who, err);
    mlp_tensor_release(y);
    mlp_tensor_release(scaled);
    mlp_tensor_release(before);
    return st;
}

mlp_status mlp_op_clamp_(mlp_tensor *t, double low, double high, mlp_error *err)
{
    mlp_tensor *before = NULL, *y = NULL;
    mlp_status st = mlp_may_write(t, "clamp_", err);
    bool recorded = is_recorded(t, NULL);
    if (!st && recorded) st = mlp_op_clone(&before, t, err);
    if (!st) st = mlp_op_clamp(&y, recorded ? before : t, low, high, err);
    if (!st) st = mlp_tensor_copy_(t, y, err);
    if (!st && recorded) st = take_over(t, y, "clamp_", err);
    mlp_tensor_release(y);
    mlp_tensor_release(before);
    return st;
}
