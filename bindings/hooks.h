/* hooks.h - Lua functions as hooks of gradients. */
#ifndef MLP_BINDING_HOOKS_H
#define MLP_BINDING_HOOKS_H

#include "binding.h"

#include "autograd/autograd.h"

/* Registers the class of handles and adds the method register_hook to Tensor. */
void mlpl_open_hooks(lua_State *L);

/* A pass in which hooks, and gradients written in Lua, run on L: what `pass` does with its argument. Raises what one of
 * them raised, as it was, or the error. */
typedef mlp_status mlpl_pass(void *argument, mlp_error *err);
void mlpl_run_pass(lua_State *L, mlpl_pass *pass, void *argument);

/* For what a pass calls: fn, with arguments as its light userdata, protected and on the pass's L. who: for the message
 * where no pass is under way. */
mlp_status mlpl_call_back(const char *who, lua_CFunction fn, void *arguments, mlp_error *err);

/* Adds custom to the table on top of the stack: gradients written in Lua. */
void mlpl_open_custom(lua_State *L);

#endif
