/* hooks_private.h - lists of functions that see gradients. Private to autograd/. */
#ifndef MLP_AUTOGRAD_HOOKS_PRIVATE_H
#define MLP_AUTOGRAD_HOOKS_PRIVATE_H

#include "autograd/autograd.h"

/* Adds a hook at the end of *list, which holds a reference to it, as does *handle. */
mlp_status mlp_hooks_add(mlp_hook **list, mlp_hook **handle, const mlp_hook_calls *calls, void *context,
                         mlp_error *err);

/* Calls the hooks in their order with *grad (owned), each with what the one before made of it. The list may change or
 * go meanwhile. */
mlp_status mlp_hooks_run(mlp_hook *list, mlp_tensor **grad, mlp_error *err);

void mlp_hooks_free(mlp_hook **list);

#endif
