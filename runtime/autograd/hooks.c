/* hooks.c - a hook is counted: a list and a handle hold it. One that was removed stays in its list, without effect,
 * until the next one is added there or the list goes. */
#include "autograd/hooks_private.h"

#include <stdlib.h>

struct mlp_hook {
    int refs;
    bool removed;
    mlp_hook_calls calls;
    void *context;
    mlp_hook *next;
};

void mlp_hook_remove(mlp_hook *hook)
{
    if (hook->removed) return;
    hook->removed = true;
    hook->calls.release(hook->context);
}

void mlp_hook_release(mlp_hook *hook)
{
    if (!hook || --hook->refs > 0) return;
    mlp_hook_remove(hook);
    free(hook);
}

static void sweep(mlp_hook **list)
{
    while (*list) {
        mlp_hook *hook = *list;
        if (hook->removed) {
            *list = hook->next;
            mlp_hook_release(hook);
        } else {
            list = &hook->next;
        }
    }
}

mlp_status mlp_hooks_add(mlp_hook **list, mlp_hook **handle, const mlp_hook_calls *calls, void *context, mlp_error *err)
{
    void *memory;
    mlp_status st = mlp_alloc(&memory, 1, sizeof(mlp_hook), err);
    if (st) return st;
    mlp_hook *hook = memory;
    *hook = (mlp_hook){ .refs = 2, .calls = *calls, .context = context };
    sweep(list);
    while (*list) list = &(*list)->next;
    *list = hook;
    *handle = hook;
    return MLP_OK;
}

static mlp_status run_one(mlp_hook *hook, mlp_tensor **grad, mlp_error *err)
{
    char want[MLP_SHAPE_TEXT], got[MLP_SHAPE_TEXT];
    mlp_tensor *other = NULL;
    mlp_status st = hook->calls.call(hook->context, *grad, &other, err);
    if (st || !other) return st;
    if (other->dtype != (*grad)->dtype || !mlp_tensor_same_shape(other, *grad)) {
        st = mlp_fail(err, MLP_ESHAPE, "register_hook: the function returned a %s %s for a gradient that is %s %s",
                      mlp_dtype_name(other->dtype), mlp_shape_text(got, other->ndim, other->shape),
                      mlp_dtype_name((*grad)->dtype), mlp_shape_text(want, (*grad)->ndim, (*grad)->shape));
        mlp_tensor_release(other);
        return st;
    }
    mlp_tensor_release(*grad);
    *grad = other;
    return MLP_OK;
}

mlp_status mlp_hooks_run(mlp_hook *list, mlp_tensor **grad, mlp_error *err)
{
    size_t count = 0, i = 0;
    void *memory;
    for (const mlp_hook *h = list; h; h = h->next) count++;
    if (count == 0) return MLP_OK;
    mlp_status st = mlp_alloc(&memory, count, sizeof(mlp_hook *), err);
    if (st) return st;
    mlp_hook **all = memory;
    for (mlp_hook *h = list; h; h = h->next) {
        h->refs++;
        all[i++] = h;
    }
    for (i = 0; i < count; i++) {
        if (!st && !all[i]->removed) st = run_one(all[i], grad, err);
        mlp_hook_release(all[i]);
    }
    free(all);
    return st;
}

void mlp_hooks_free(mlp_hook **list)
{
    mlp_hook *hook = *list;
    *list = NULL;
    while (hook) {
        mlp_hook *next = hook->next;
        hook->next = NULL;
        mlp_hook_release(hook);
        hook = next;
    }
}
