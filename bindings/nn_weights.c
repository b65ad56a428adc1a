/* nn_weights.c - functions of weights: plain, without defaults of their own, for the classes that hold the weights. */
#include "nn.h"
#include "tensor.h"

#include "nn/nn.h"

#include <string.h>

static mlp_tensor *optional_tensor(lua_State *L, int arg)
{
    return lua_isnoneornil(L, arg) ? NULL : mlpl_check_tensor(L, arg);
}

static double check_number(lua_State *L, int arg)
{
    if (lua_type(L, arg) != LUA_TNUMBER) mlpl_arg_error(L, arg, "a number");
    return lua_tonumber(L, arg);
}

static bool check_boolean(lua_State *L, int arg)
{
    if (!lua_isboolean(L, arg)) mlpl_arg_error(L, arg, "true or false");
    return lua_toboolean(L, arg);
}

static int linear(lua_State *L) /* linear(x, weight [, bias]) */
{
    mlp_error err;
    mlp_tensor *x = mlpl_check_tensor(L, 1), *weight = mlpl_check_tensor(L, 2), *bias = optional_tensor(L, 3);
    return mlpl_done(L, mlp_linear(mlpl_push_tensor(L), x, weight, bias, &err), &err);
}

/* batch_norm(x, running_mean, running_var, weight, bias, training, momentum, eps): the order of PyTorch's function */
static int batch_norm(lua_State *L)
{
    mlp_error err;
    mlp_tensor *x = mlpl_check_tensor(L, 1);
    mlp_batch_norm_state s = {
        .running_mean = optional_tensor(L, 2),
        .running_var = optional_tensor(L, 3),
        .weight = optional_tensor(L, 4),
        .bias = optional_tensor(L, 5),
        .training = check_boolean(L, 6),
        .momentum = check_number(L, 7),
        .eps = check_number(L, 8),
    };
    return mlpl_done(L, mlp_batch_norm(mlpl_push_tensor(L), x, &s, &err), &err);
}

static int layer_norm(lua_State *L) /* layer_norm(x, normalized_shape, weight, bias, eps): the order of PyTorch's */
{
    mlp_error err;
    int ndim;
    int64_t shape[MLP_MAX_DIMS];
    mlp_tensor *x = mlpl_check_tensor(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    mlpl_shape(L, 2, &ndim, shape);
    mlp_tensor *weight = optional_tensor(L, 3), *bias = optional_tensor(L, 4);
    double eps = check_number(L, 5);
    return mlpl_done(L, mlp_layer_norm(mlpl_push_tensor(L), x, ndim, shape, weight, bias, eps, &err), &err);
}

static int embedding(lua_State *L) /* embedding(index, weight [, padding_idx]); indices count from 1 */
{
    mlp_error err;
    mlp_tensor *index = mlpl_check_tensor(L, 1), *weight = mlpl_check_tensor(L, 2);
    int64_t padding = -1;
    if (!lua_isnoneornil(L, 3)) {
        int whole = 0;
        padding = lua_type(L, 3) == LUA_TNUMBER ? mlpl_shifted(lua_tointegerx(L, 3, &whole)) : 0;
        if (!whole) return mlpl_arg_error(L, 3, "a row of the weight, from 1");
    }
    if (mlp_dtype_is_float(index->dtype))
        return mlpl_errorf(L, "embedding: the indices are %s, expected i64: convert them with to('i64')",
                           mlp_dtype_name(index->dtype));
    index = mlpl_index_from_lua(L, index);
    return mlpl_done(L, mlp_embedding(mlpl_push_tensor(L), index, weight, padding, &err), &err);
}

/* A list of two whole numbers on the top of the stack, popped. */
static void take_pair(lua_State *L, const char *who, const char *name, int64_t pair[2])
{
    if (!lua_istable(L, -1) || lua_rawlen(L, -1) != 2)
        mlpl_errorf(L, "%s: %s is a %s, expected a list of two whole numbers", who, name, luaL_typename(L, -1));
    for (int i = 0; i < 2; i++) {
        int whole = 0;
        lua_rawgeti(L, -1, i + 1);
        pair[i] = lua_type(L, -1) == LUA_TNUMBER ? lua_tointegerx(L, -1, &whole) : 0;
        if (!whole)
            mlpl_errorf(L, "%s: %s holds a %s, expected a list of two whole numbers", who, name, luaL_typename(L, -1));
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

static void option_pair(const mlpl_options *o, const char *name, int64_t fallback, int64_t pair[2])
{
    pair[0] = pair[1] = fallback;
    if (mlpl_option_push(o, name)) take_pair(o->L, o->who, name, pair);
}

static mlp_conv2d_options conv2d_options(lua_State *L, int arg, const char *who)
{
    static const char *const known[] = { "stride", "padding", "dilation", "groups", NULL };
    mlpl_options o = mlpl_options_at(L, arg, who, known);
    mlp_conv2d_options options = { .groups = mlpl_option_integer(&o, "groups", 1) };
    option_pair(&o, "stride", 1, options.stride);
    option_pair(&o, "dilation", 1, options.dilation);
    if (mlpl_option_push(&o, "padding")) {
        options.same = lua_type(L, -1) == LUA_TSTRING && strcmp(lua_tostring(L, -1), "same") == 0;
        if (options.same) lua_pop(L, 1);
        else take_pair(L, who, "padding", options.padding);
    }
    return options;
}

static int conv2d(lua_State *L) /* conv2d(x, weight, bias, { stride, padding, dilation, groups }) */
{
    mlp_error err;
    mlp_tensor *x = mlpl_check_tensor(L, 1), *weight = mlpl_check_tensor(L, 2);
    mlp_tensor *bias = optional_tensor(L, 3);
    mlp_conv2d_options options = conv2d_options(L, 4, "conv2d");
    return mlpl_done(L, mlp_conv2d(mlpl_push_tensor(L), x, weight, bias, &options, &err), &err);
}

static int conv2d_check(lua_State *L) /* conv2d_check(in_channels, out_channels, { the same }, who) */
{
    mlp_error err;
    const char *who = luaL_checkstring(L, 4);
    mlp_conv2d_options options = conv2d_options(L, 3, who);
    if (mlp_conv2d_check(&options, luaL_checkinteger(L, 1), luaL_checkinteger(L, 2), who, &err))
        return mlpl_raise(L, &err);
    return 0;
}

void mlpl_nn_add_weighted(lua_State *L)
{
    static const mlpl_function functions[] = {
        { "linear", linear, 3 },
        { "batch_norm", batch_norm, 8 },
        { "layer_norm", layer_norm, 5 },
        { "embedding", embedding, 3 },
        { "conv2d", conv2d, 4 },
        { "conv2d_check", conv2d_check, 4 },
        { NULL, NULL, 0 },
    };
    mlpl_set_functions(L, functions);
}
