/* tensor_reduce.c - sums, means, extremes; sorting. */
#include "tensor.h"

/* What t:sum(), t:sum(2), t:sum(2, true), t:sum({ 1, 2 }, true) and t:sum { dim = 2, keepdim = true } ask for. */
typedef struct over {
    int count; /* 0: everything */
    int dims[MLP_MAX_DIMS];
    bool keepdim;
} over;

static void add_dim(lua_State *L, const char *who, const mlp_tensor *t, over *o)
{
    if (lua_type(L, -1) != LUA_TNUMBER)
        mlpl_errorf(L, "%s: dim is a %s, expected a dimension from 1, or a list of them", who, luaL_typename(L, -1));
    int dim = mlpl_dim(L, lua_gettop(L), t->ndim);
    for (int i = 0; i < o->count; i++)
        if (o->dims[i] == dim) mlpl_errorf(L, "%s: dimension %d is named twice", who, dim + 1);
    o->dims[o->count++] = dim;
}

/* The dimension, or the list of them, on the top of the stack; popped. */
static void add_dims(lua_State *L, const char *who, const mlp_tensor *t, over *o)
{
    if (!lua_istable(L, -1)) {
        add_dim(L, who, t, o);
    } else {
        int64_t n = mlpl_length(L, -1);
        for (int64_t i = 1; i <= n; i++) {
            lua_rawgeti(L, -1, i);
            add_dim(L, who, t, o);
            lua_pop(L, 1);
        }
    }
    lua_pop(L, 1);
}

/* Whether the argument is a table of options, and not a list. */
static bool is_options(lua_State *L, int arg)
{
    return lua_istable(L, arg) && mlpl_length(L, arg) == 0;
}

/* true or false at `arg`, or nothing. */
static bool flag_at(lua_State *L, int arg, const char *name)
{
    if (!lua_isnoneornil(L, arg) && !lua_isboolean(L, arg))
        mlpl_arg_error(L, arg, lua_pushfstring(L, "%s: true or false", name));
    return lua_toboolean(L, arg);
}

static over read_over(lua_State *L, const char *who, const mlp_tensor *t)
{
    static const char *const known[] = { "dim", "keepdim", NULL };
    over o = { 0 };
    if (is_options(L, 2)) {
        mlpl_last(L, 2);
        mlpl_options options = mlpl_options_at(L, 2, who, known);
        o.keepdim = mlpl_option_boolean(&options, "keepdim", false);
        if (mlpl_option_push(&options, "dim")) add_dims(L, who, t, &o);
        return o;
    }
    o.keepdim = flag_at(L, 3, "keepdim");
    if (lua_isnoneornil(L, 2)) return o;
    lua_pushvalue(L, 2);
    add_dims(L, who, t, &o);
    return o;
}

static int reduce(lua_State *L, mlp_reduce_op op)
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    over o = read_over(L, mlp_reduce_name(op), t);
    mlp_tensor **out = mlpl_push_tensor(L);
    return mlpl_done(L, mlp_op_reduce(out, op, t, o.count, o.dims, o.keepdim, &err), &err);
}

static int plain(lua_State *L) /* sum, mean, ...: a closure over the operation */
{
    return reduce(L, (mlp_reduce_op)lua_tointeger(L, lua_upvalueindex(1)));
}

/* The place of an extreme, counted from 1. */
static int place(lua_State *L, mlp_reduce_op op, const over *o)
{
    mlp_error err;
    mlp_tensor **at = mlpl_push_tensor(L);
    if (mlp_tensor_reduce(at, op, mlpl_check_tensor(L, 1), o->count, o->dims, o->keepdim, &err))
        return mlpl_raise(L, &err);
    mlpl_index_to_lua(L, *at);
    lua_remove(L, -2);
    return 1;
}

/* t:max() is the largest value; t:max(other) element-wise; t:max{ dim = } gives values and their places */
static int extreme(lua_State *L, mlp_reduce_op op, mlp_reduce_op arg_op, mlp_binary_op pairwise)
{
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    if (mlpl_test(L, 2, &mlpl_tensor_class)) {
        mlpl_last(L, 2);
        return mlpl_tensor_binary(L, pairwise);
    }
    over o = read_over(L, mlp_reduce_name(op), t);
    if (o.count == 0) return reduce(L, op);
    if (o.count > 1) return mlpl_errorf(L, "%s: takes one dimension or none, got %d", mlp_reduce_name(op), o.count);
    reduce(L, op);
    place(L, arg_op, &o);
    return 2;
}

static int tensor_max(lua_State *L)
{
    return extreme(L, MLP_MAX, MLP_ARGMAX, MLP_MAXIMUM);
}

static int tensor_min(lua_State *L)
{
    return extreme(L, MLP_MIN, MLP_ARGMIN, MLP_MINIMUM);
}

static int tensor_argmax(lua_State *L) /* t:argmax{ dim = }: counted from 1 */
{
    over o = read_over(L, "argmax", mlpl_check_tensor(L, 1));
    return place(L, MLP_ARGMAX, &o);
}

static int tensor_argmin(lua_State *L)
{
    over o = read_over(L, "argmin", mlpl_check_tensor(L, 1));
    return place(L, MLP_ARGMIN, &o);
}

static int tensor_sort(lua_State *L) /* t:sort{ dim = -1, descending = false } -> values, places from 1 */
{
    static const char *const known[] = { "dim", "descending", NULL };
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    int dim = t->ndim - 1;
    bool positional = lua_type(L, 2) == LUA_TNUMBER, descending = false;
    if (positional) dim = mlpl_dim(L, 2, t->ndim);
    if (positional && lua_isboolean(L, 3)) {
        descending = lua_toboolean(L, 3);
    } else {
        mlpl_last(L, positional ? 3 : 2);
        mlpl_options o = mlpl_options_at(L, positional ? 3 : 2, "sort", known);
        dim = mlpl_option_dim(&o, t->ndim, dim);
        descending = mlpl_option_boolean(&o, "descending", false);
    }
    mlp_tensor **at = mlpl_push_tensor(L), **values = mlpl_push_tensor(L);
    if (mlp_op_sort(values, at, t, dim, descending, &err)) return mlpl_raise(L, &err);
    mlpl_index_to_lua(L, *at);
    mlpl_account(L);
    return 2;
}

static int tensor_cumsum(lua_State *L) /* t:cumsum(dim) */
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    int dim = mlpl_dim(L, 2, t->ndim);
    mlp_tensor **out = mlpl_push_tensor(L);
    return mlpl_done(L, mlp_op_cumsum(out, t, dim, &err), &err);
}

const mlpl_function mlpl_tensor_reduce_methods[] = {
    { "max", tensor_max, 3 },
    { "min", tensor_min, 3 },
    { "argmax", tensor_argmax, 3 },
    { "argmin", tensor_argmin, 3 },
    { "sort", tensor_sort, 3 },
    { "cumsum", tensor_cumsum, 2 },
    { NULL, NULL, 0 },
};

void mlpl_tensor_add_reductions(lua_State *L)
{
    static const mlp_reduce_op ops[] = { MLP_SUM, MLP_MEAN, MLP_PROD, MLP_ANY, MLP_ALL, MLP_AMIN, MLP_AMAX };
    luaL_getmetatable(L, mlpl_tensor_class.name);
    lua_getfield(L, -1, "methods");
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        lua_pushinteger(L, ops[i]);
        mlpl_push_function(L, plain, 3);
        lua_setfield(L, -2, mlp_reduce_name(ops[i]));
    }
    lua_pop(L, 2);
}
