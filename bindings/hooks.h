/* hooks.h - Lua functions as hooks of gradients. */
#ifndef MLP_BINDING_HOOKS_H
#define MLP_BINDING_HOOKS_H

#include "binding.h"

#include "autograd/autograd.h"

/* Registers the class of handles and adds the method register_hook to Tensor. */
void mlpl_open_hooks(lua_State *L);

/* mlp_backward in which hooks run on L. Raises what a hook raised, as it was, or the error. */
void mlpl_backward(lua_State *L, mlp_tensor *t, mlp_tensor *grad, bool keep_tape);

#endif
