/* tensor_mask.c - masks: choosing between two tensors, and the elements where something holds. */
#include "tensor.h"

/* A tensor, or a number as a scalar tensor in a box at the same place: of the type in which it works with the other
 * side (NULL: a number too), as in arithmetic. */
static mlp_tensor *tensor_or_number(lua_State *L, int arg, const mlp_tensor *other)
{
    if (lua_isboolean(L, arg)) {
        mlp_tensor *boolean = mlpl_number(L, arg, MLP_BOOL);
        lua_replace(L, arg);
        return boolean;
    }
    if (lua_type(L, arg) != LUA_TNUMBER) return mlpl_check_tensor(L, arg);
    double value = lua_tonumber(L, arg);
    mlp_dtype dtype = mlp_dtype_with_number(other ? other->dtype : MLP_I64, value, lua_isinteger(L, arg));
    mlp_tensor *number = mlpl_number(L, arg, dtype);
    lua_replace(L, arg);
    return number;
}

/* where(condition): the indices at which it is not 0, a tensor for each dimension, counted from 1 */
static int where_true(lua_State *L, const mlp_tensor *condition)
{
    mlp_error err;
    mlp_tensor **all = mlpl_push_tensor(L);
    if (mlp_tensor_nonzero(all, condition, &err)) return mlpl_raise(L, &err);
    mlp_tensor *from_1 = mlpl_index_to_lua(L, *all);
    luaL_checkstack(L, MLP_MAX_DIMS, "where");
    for (int d = 0; d < condition->ndim; d++)
        if (mlp_tensor_select(mlpl_push_tensor(L), from_1, 1, d, &err)) return mlpl_raise(L, &err);
    return condition->ndim;
}

int mlpl_tensor_where(lua_State *L) /* where(condition, a, b): a or b may be numbers */
{
    mlp_error err;
    mlp_tensor *condition = mlpl_check_tensor(L, 1);
    if (lua_isnoneornil(L, 2) && lua_isnoneornil(L, 3)) return where_true(L, condition);
    lua_settop(L, 3);
    mlp_tensor *a0 = mlpl_test(L, 2, &mlpl_tensor_class), *b0 = mlpl_test(L, 3, &mlpl_tensor_class);
    mlp_tensor *a = tensor_or_number(L, 2, b0), *b = tensor_or_number(L, 3, a0);
    mlp_tensor **out = mlpl_push_tensor(L);
    return mlpl_done(L, mlp_op_where(out, condition, a, b, &err), &err);
}

static int tensor_nonzero(lua_State *L) /* t:nonzero() -> i64 n x ndim: indices from 1 */
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1), **all = mlpl_push_tensor(L);
    if (mlp_tensor_nonzero(all, t, &err)) return mlpl_raise(L, &err);
    mlpl_index_to_lua(L, *all);
    return 1;
}

static int tensor_masked_select(lua_State *L) /* t:masked_select(mask): both broadcast; one dimension */
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1), *mask = mlpl_check_tensor(L, 2);
    mlp_tensor **wide = mlpl_push_tensor(L), **wide_mask = mlpl_push_tensor(L), **typed = mlpl_push_tensor(L);
    mlp_tensor *like[2] = { t, mask };
    if (mlp_op_broadcast(wide, t, like[1], &err) || mlp_op_broadcast(wide_mask, mask, like[0], &err) ||
        mlp_op_cast(typed, *wide_mask, MLP_BOOL, &err))
        return mlpl_raise(L, &err);
    mlp_tensor **out = mlpl_push_tensor(L);
    return mlpl_done(L, mlp_op_mask_select(out, *wide, *typed, &err), &err);
}

/* value where the mask, which broadcasts, is not 0 */
static int filled(lua_State *L, bool in_place)
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1), *mask = mlpl_check_tensor(L, 2);
    mlp_tensor *value = mlpl_test(L, 3, &mlpl_tensor_class);
    if (!value && lua_type(L, 3) != LUA_TNUMBER && !lua_isboolean(L, 3))
        return mlpl_arg_error(L, 3, "a number, or a Tensor without dimensions");
    if (!value) value = mlpl_number(L, 3, t->dtype);
    mlp_tensor **before = mlpl_push_tensor(L), **out = mlpl_push_tensor(L), **typed = mlpl_push_tensor(L);
    mlp_status st = mlp_op_clone(before, t, &err);
    if (!st) st = mlp_op_where(out, mask, value, *before, &err);
    if (!st) st = mlp_op_cast(typed, *out, t->dtype, &err);
    if (!st && in_place) st = mlp_op_copy_(t, *typed, &err);
    if (in_place && !st) lua_pushvalue(L, 1);
    return mlpl_done(L, st, &err);
}

static int tensor_masked_fill(lua_State *L) /* t:masked_fill(mask, value) */
{
    return filled(L, false);
}

static int tensor_masked_fill_(lua_State *L)
{
    return filled(L, true);
}

const mlpl_function mlpl_tensor_mask_methods[] = {
    { "nonzero", tensor_nonzero, 1 },
    { "masked_select", tensor_masked_select, 2 },
    { "masked_fill", tensor_masked_fill, 3 },
    { "masked_fill_", tensor_masked_fill_, 3 },
    { NULL, NULL, 0 },
};
