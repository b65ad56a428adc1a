/* autograd.c - gradients for scripts: methods and fields of Tensor, and the switch behind ml.no_grad. */
#include "hooks.h"

/* ---- methods of Tensor ---- */

static int tensor_backward(lua_State *L) /* t:backward([gradient] [, { gradient =, retain_graph = }]) */
{
    static const char *const known[] = { "gradient", "retain_graph", NULL };
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    bool positional = lua_gettop(L) >= 2 && lua_type(L, 2) != LUA_TTABLE && !lua_isnil(L, 2);
    mlp_tensor *grad = positional ? mlpl_check_tensor(L, 2) : NULL;
    mlpl_last(L, positional ? 3 : 2);
    mlpl_options o = mlpl_options_at(L, positional ? 3 : 2, "backward", known);
    if (!positional && mlpl_option_push(&o, "gradient")) grad = mlpl_check_tensor(L, lua_gettop(L));
    bool keep = mlpl_option_boolean(&o, "retain_graph", false);
    mlpl_backward(L, t, grad, keep);
    mlpl_account(L);
    return 0;
}

static int tensor_requires_grad_(lua_State *L) /* t:requires_grad_([on = true]) -> t */
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    if (!lua_isnoneornil(L, 2) && !lua_isboolean(L, 2)) return mlpl_arg_error(L, 2, "true or false");
    if (mlp_requires_grad_(t, lua_isnoneornil(L, 2) || lua_toboolean(L, 2), &err)) return mlpl_raise(L, &err);
    lua_settop(L, 1);
    return 1;
}

static int tensor_detach(lua_State *L) /* t:detach() -> the same values without history */
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    if (mlp_detach(mlpl_push_tensor(L), t, &err)) return mlpl_raise(L, &err);
    return 1;
}

static int tensor_detach_(lua_State *L)
{
    mlp_forget(mlpl_check_tensor(L, 1));
    lua_settop(L, 1);
    return 1;
}

static int tensor_retain_grad(lua_State *L)
{
    mlp_error err;
    if (mlp_retain_grad(mlpl_check_tensor(L, 1), &err)) return mlpl_raise(L, &err);
    lua_settop(L, 1);
    return 1;
}

static const mlpl_function methods[] = {
    { "backward", tensor_backward, MLPL_FORMS },
    { "requires_grad_", tensor_requires_grad_, 2 },
    { "detach", tensor_detach, 1 },
    { "detach_", tensor_detach_, 1 },
    { "retain_grad", tensor_retain_grad, 1 },
    { NULL, NULL, 0 },
};

/* ---- fields of Tensor ---- */

static int get_requires_grad(lua_State *L)
{
    lua_pushboolean(L, mlp_requires_grad(mlpl_check_tensor(L, 1)));
    return 1;
}

static int get_is_leaf(lua_State *L)
{
    lua_pushboolean(L, mlp_is_leaf(mlpl_check_tensor(L, 1)));
    return 1;
}

static int get_grad(lua_State *L) /* nil when there is none */
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1), **box = mlpl_push_tensor(L), *grad = NULL;
    if (mlp_grad_get(&grad, t, &err)) return mlpl_raise(L, &err);
    if (grad) *box = mlp_tensor_retain(grad); /* asked for last: a finalizer that ran meanwhile may have set another */
    else lua_pushnil(L);
    return 1;
}

static const luaL_Reg getters[] = {
    { "requires_grad", get_requires_grad },
    { "is_leaf", get_is_leaf },
    { "grad", get_grad },
    { NULL, NULL },
};

/* ---- the module ---- */

static int set_grad(lua_State *L) /* set_grad(t, grad or nil) */
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1), *grad = lua_isnoneornil(L, 2) ? NULL : mlpl_check_tensor(L, 2);
    if (mlp_grad_set(t, grad, &err)) return mlpl_raise(L, &err);
    return 0;
}

static int set_data(lua_State *L) /* set_data(t, from): t is what from is, for whoever holds it */
{
    mlp_error err;
    if (mlp_set_data(mlpl_check_tensor(L, 1), mlpl_check_tensor(L, 2), &err)) return mlpl_raise(L, &err);
    return 0;
}

static int zero_grad(lua_State *L) /* zero_grad(t, set_to_none) */
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1), *grad = NULL;
    if (!mlp_has_grad(t)) return 0;
    if (lua_toboolean(L, 2)) return mlp_grad_set(t, NULL, &err) ? mlpl_raise(L, &err) : 0;
    mlp_status st = mlp_grad_get(&grad, t, &err);
    if (!st) st = mlp_tensor_fill_(grad, 0, &err);
    return st ? mlpl_raise(L, &err) : 0;
}

static int has_grad(lua_State *L)
{
    lua_pushboolean(L, mlp_has_grad(mlpl_check_tensor(L, 1)));
    return 1;
}

static int is_grad_enabled(lua_State *L)
{
    lua_pushboolean(L, mlp_grad_enabled());
    return 1;
}

static int set_grad_enabled(lua_State *L) /* set_grad_enabled(on) -> what it was */
{
    luaL_checktype(L, 1, LUA_TBOOLEAN);
    lua_pushboolean(L, mlp_grad_enabled());
    mlp_grad_enable(lua_toboolean(L, 1));
    return 1;
}

int mlpl_open_autograd(lua_State *L)
{
    static const mlpl_function functions[] = {
        { "set_grad", set_grad, 2 },
        { "set_data", set_data, 2 },
        { "zero_grad", zero_grad, 2 },
        { "has_grad", has_grad, 1 },
        { "is_grad_enabled", is_grad_enabled, 0 },
        { "set_grad_enabled", set_grad_enabled, 1 },
        { NULL, NULL, 0 },
    };
    mlpl_tensor_extend(L, methods, getters);
    mlpl_open_hooks(L);
    mlpl_new_functions(L, functions);
    return 1;
}
