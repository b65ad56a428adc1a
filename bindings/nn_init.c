/* nn_init.c - initial values: in place, no result. Options and defaults are Lua's (scripts/nn/initialisers.lua). */
#include "nn.h"

#include "nn/initialise.h"

static double check_number(lua_State *L, int arg)
{
    if (lua_type(L, arg) != LUA_TNUMBER) mlpl_arg_error(L, arg, "a number");
    return lua_tonumber(L, arg);
}

static int initialised(lua_State *L, mlp_status st, const mlp_error *err)
{
    return st ? mlpl_raise(L, err) : 0;
}

static int trunc_normal_(lua_State *L) /* trunc_normal_(t, mean, std, a, b) */
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    double mean = check_number(L, 2), std = check_number(L, 3), a = check_number(L, 4), b = check_number(L, 5);
    return initialised(L, mlp_trunc_normal_(t, mean, std, a, b, mlpl_generator(), &err), &err);
}

static int orthogonal_(lua_State *L) /* orthogonal_(t, gain) */
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    double gain = check_number(L, 2);
    return initialised(L, mlp_orthogonal_(t, gain, mlpl_generator(), &err), &err);
}

static int sparse_(lua_State *L) /* sparse_(t, sparsity, std) */
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    double sparsity = check_number(L, 2), std = check_number(L, 3);
    return initialised(L, mlp_sparse_(t, sparsity, std, mlpl_generator(), &err), &err);
}

void mlpl_nn_add_init(lua_State *L)
{
    static const mlpl_function functions[] = {
        { "trunc_normal_", trunc_normal_, 5 },
        { "orthogonal_", orthogonal_, 2 },
        { "sparse_", sparse_, 3 },
        { NULL, NULL, 0 },
    };
    mlpl_set_functions(L, functions);
}
