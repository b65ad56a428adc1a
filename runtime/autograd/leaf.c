/* leaf.c - which tensors ask for a gradient, and the gradients that they have. */
#include "autograd/history_private.h"
#include "autograd/hooks_private.h"
#include "autograd/tape_private.h"

#include <string.h>

bool mlp_has_grad(const mlp_tensor *t)
{
    return t->autograd && (t->autograd->grad || t->autograd->later);
}

const mlp_outer *mlp_grad_later(const mlp_tensor *t)
{
    return t->autograd ? t->autograd->later : NULL;
}

mlp_status mlp_grad_make(mlp_autograd *slot, mlp_error *err)
{
    if (!slot->later) return MLP_OK;
    mlp_status st = mlp_outer_make(&slot->grad, slot->later, err);
    if (st) return st;
    mlp_outer_free(slot->later);
    slot->later = NULL;
    return MLP_OK;
}

mlp_status mlp_grad_get(mlp_tensor **out, const mlp_tensor *t, mlp_error *err)
{
    mlp_status st = t->autograd ? mlp_grad_make(t->autograd, err) : MLP_OK;
    if (!st) *out = t->autograd ? t->autograd->grad : NULL;
    return st;
}

mlp_tensor *mlp_grad(const mlp_tensor *t)
{
    mlp_tensor *grad = NULL;
    return mlp_grad_get(&grad, t, NULL) ? NULL : grad;
}

mlp_status mlp_requires_grad_(mlp_tensor *t, bool on, mlp_error *err)
{
    mlp_autograd *slot;
    if (on && !mlp_dtype_is_float(t->dtype))
        return mlp_fail(err, MLP_EDTYPE, "requires_grad: only tensors of floats can have gradients, this one is %s",
                        mlp_dtype_name(t->dtype));
    if (!mlp_is_leaf(t)) {
        if (on) return MLP_OK;
        return mlp_fail(err, MLP_ESTATE,
                        "requires_grad can only be turned off on a leaf, and this tensor is the result of '%s': use "
                        "detach() to get it without history",
                        t->autograd->node->op->name);
    }
    if (!on && !t->autograd) return MLP_OK;
    mlp_status st = mlp_slot_of(&slot, t, err);
    if (!st) slot->requires_grad = on;
    return st;
}

mlp_status mlp_grad_set(mlp_tensor *t, mlp_tensor *grad, mlp_error *err)
{
    mlp_autograd *slot;
    char want[MLP_SHAPE_TEXT], got[MLP_SHAPE_TEXT];
    if (!grad && !t->autograd) return MLP_OK;
    if (grad && !mlp_tensor_same_shape(t, grad))
        return mlp_fail(err, MLP_ESHAPE, "grad: the tensor is %s but the gradient is %s",
                        mlp_shape_text(want, t->ndim, t->shape), mlp_shape_text(got, grad->ndim, grad->shape));
    if (grad && grad->dtype != t->dtype)
        return mlp_fail(err, MLP_EDTYPE, "grad: the tensor is %s but the gradient is %s", mlp_dtype_name(t->dtype),
                        mlp_dtype_name(grad->dtype));
    if (grad == t) return mlp_fail(err, MLP_EINVAL, "grad: a tensor cannot be its own gradient");
    mlp_status st = mlp_slot_of(&slot, t, err);
    if (st) return st;
    mlp_tensor *before = slot->grad;
    slot->grad = grad ? mlp_tensor_retain(grad) : NULL;
    mlp_outer_free(slot->later);
    slot->later = NULL;
    mlp_tensor_release(before);
    return MLP_OK;
}

static mlp_status convert_grad(mlp_autograd *slot, mlp_dtype dtype, mlp_error *err)
{
    mlp_tensor *converted = NULL;
    mlp_status st = mlp_grad_make(slot, err);
    if (st || !slot->grad) return st;
    if ((st = mlp_tensor_cast(&converted, slot->grad, dtype, err))) return st;
    mlp_tensor_release(slot->grad);
    slot->grad = converted;
    return MLP_OK;
}

mlp_status mlp_set_data(mlp_tensor *t, mlp_tensor *from, mlp_error *err)
{
    mlp_tensor *data = NULL;
    if (!mlp_is_leaf(t) || t->base || !mlp_tensor_same_shape(t, from))
        return mlp_fail(err, MLP_ESTATE, "set_data: expected a leaf that is no view, and data of its shape");
    mlp_status st = mlp_tensor_alias(&data, from, err);
    if (!st && t->autograd) st = convert_grad(t->autograd, from->dtype, err);
    if (!st) {
        mlp_storage *before = t->storage;
        t->storage = data->storage;
        data->storage = before;
        t->dtype = from->dtype;
        t->offset = from->offset;
        memcpy(t->stride, from->stride, sizeof t->stride);
    }
    mlp_tensor_release(data);
    return st;
}

bool mlp_node_may_leave(const mlp_node *node, int input)
{
    const mlp_tensor *leaf = node->inputs[input].leaf;
    const mlp_autograd *slot = leaf ? leaf->autograd : NULL;
    return slot && !slot->grad && !slot->later && !slot->hooks && !mlp_marking;
}

void mlp_node_leave(const mlp_node *node, int input, mlp_outer *later)
{
    node->inputs[input].leaf->autograd->later = later;
}

mlp_status mlp_retain_grad(mlp_tensor *t, mlp_error *err)
{
    if (!mlp_requires_grad(t)) return mlp_fail(err, MLP_ESTATE, "retain_grad: this tensor does not require a gradient");
    mlp_status st = mlp_refresh(t, err);
    if (!st) t->autograd->retain_grad = true;
    return st;
}

mlp_status mlp_register_hook(mlp_hook **handle, mlp_tensor *t, const mlp_hook_calls *calls, void *context,
                             mlp_error *err)
{
    if (!mlp_requires_grad(t))
        return mlp_fail(err, MLP_ESTATE, "register_hook: this tensor does not require a gradient");
    mlp_status st = mlp_refresh(t, err);
    if (st) return st;
    mlp_autograd *slot = t->autograd;
    return mlp_hooks_add(slot->node ? &slot->node->hooks : &slot->hooks, handle, calls, context, err);
}
