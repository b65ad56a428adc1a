/* tensor_box.c - mlprun.Tensor as a class, which the other files of core.tensor stand on. */
#include "tensor.h"

static void release(void *t)
{
    mlp_tensor_release(t);
}

const mlpl_class mlpl_tensor_class = { "mlprun.Tensor", release };

mlp_tensor *mlpl_check_tensor(lua_State *L, int arg)
{
    return mlpl_check(L, arg, &mlpl_tensor_class);
}

mlp_tensor **mlpl_push_tensor(lua_State *L)
{
    return (mlp_tensor **)mlpl_push(L, &mlpl_tensor_class);
}

void mlpl_tensor_extend(lua_State *L, const mlpl_function *methods, const luaL_Reg *getters)
{
    luaL_getmetatable(L, mlpl_tensor_class.name);
    lua_getfield(L, -1, "methods");
    if (methods) mlpl_set_functions(L, methods);
    lua_getfield(L, -2, "getters");
    if (getters) luaL_setfuncs(L, getters, 0);
    lua_pop(L, 3);
}

/* ---- indices and labels ---- */

static mlp_tensor *shifted(lua_State *L, mlp_tensor *t, int by)
{
    mlp_error err;
    mlp_tensor **out = mlpl_push_tensor(L);
    if (mlp_dtype_is_float(t->dtype) || t->dtype == MLP_BOOL)
        mlpl_errorf(L, "indices and labels are whole numbers, got a tensor of type %s (convert with :long())",
                    mlp_dtype_name(t->dtype));
    if (mlp_tensor_cast(out, t, MLP_I64, &err) || mlp_tensor_binary_number_(*out, MLP_ADD, by, &err))
        mlpl_raise(L, &err);
    return *out;
}

mlp_tensor *mlpl_index_to_lua(lua_State *L, mlp_tensor *t)
{
    return shifted(L, t, 1);
}

mlp_tensor *mlpl_index_from_lua(lua_State *L, mlp_tensor *t)
{
    return shifted(L, t, -1);
}
