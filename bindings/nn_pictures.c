/* nn_pictures.c - convolution and pooling for the Lua classes. Sizes come in pairs, rows and columns, as lists of two.
 */
#include "nn_more.h"
#include "tensor.h"

#include <string.h>

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

static int conv2d(lua_State *L) /* conv2d(x, weight, bias, { stride, padding, dilation, groups }) */
{
    static const char *const known[] = { "stride", "padding", "dilation", "groups", NULL };
    mlp_error err;
    mlp_tensor *x = mlpl_check_tensor(L, 1), *weight = mlpl_check_tensor(L, 2);
    mlp_tensor *bias = lua_isnoneornil(L, 3) ? NULL : mlpl_check_tensor(L, 3);
    mlpl_options o = mlpl_options_at(L, 4, "conv2d", known);
    mlp_conv2d_options options = { .groups = mlpl_option_integer(&o, "groups", 1) };
    option_pair(&o, "stride", 1, options.stride);
    option_pair(&o, "dilation", 1, options.dilation);
    if (mlpl_option_push(&o, "padding")) {
        options.same = lua_type(L, -1) == LUA_TSTRING && strcmp(lua_tostring(L, -1), "same") == 0;
        if (options.same) lua_pop(L, 1);
        else take_pair(L, "conv2d", "padding", options.padding);
    }
    return mlpl_done(L, mlp_conv2d(mlpl_push_tensor(L), x, weight, bias, &options, &err), &err);
}

/* pool(x, kernel_size, { stride, padding, dilation, ceil_mode, count_include_pad, divisor_override }) */
static mlp_tensor *pool_arguments(lua_State *L, const char *who, mlp_pool_options *options)
{
    static const char *const known[] = { "stride",           "padding", "dilation", "ceil_mode", "count_include_pad",
                                         "divisor_override", NULL };
    mlp_tensor *x = mlpl_check_tensor(L, 1);
    lua_pushvalue(L, 2);
    take_pair(L, who, "kernel_size", options->kernel_size);
    mlpl_options o = mlpl_options_at(L, 3, who, known);
    option_pair(&o, "padding", 0, options->padding);
    option_pair(&o, "dilation", 1, options->dilation);
    memcpy(options->stride, options->kernel_size, sizeof options->stride);
    if (mlpl_option_push(&o, "stride")) take_pair(L, who, "stride", options->stride);
    options->ceil_mode = mlpl_option_boolean(&o, "ceil_mode", false);
    options->count_include_pad = mlpl_option_boolean(&o, "count_include_pad", true);
    options->divisor_override = mlpl_option_integer(&o, "divisor_override", 0);
    return x;
}

static int max_pool2d(lua_State *L)
{
    mlp_error err;
    mlp_pool_options options;
    mlp_tensor *x = pool_arguments(L, "max_pool2d", &options);
    return mlpl_done(L, mlp_max_pool2d(mlpl_push_tensor(L), x, &options, &err), &err);
}

static int avg_pool2d(lua_State *L)
{
    mlp_error err;
    mlp_pool_options options;
    mlp_tensor *x = pool_arguments(L, "avg_pool2d", &options);
    return mlpl_done(L, mlp_avg_pool2d(mlpl_push_tensor(L), x, &options, &err), &err);
}

static int adaptive_avg_pool2d(lua_State *L) /* adaptive_avg_pool2d(x, { height, width }); -1 keeps the picture's */
{
    mlp_error err;
    int64_t size[2];
    mlp_tensor *x = mlpl_check_tensor(L, 1);
    lua_pushvalue(L, 2);
    take_pair(L, "adaptive_avg_pool2d", "output_size", size);
    return mlpl_done(L, mlp_adaptive_avg_pool2d(mlpl_push_tensor(L), x, size, &err), &err);
}

static int feature_dropout(lua_State *L) /* feature_dropout(x, p, training) */
{
    mlp_error err;
    mlp_tensor *x = mlpl_check_tensor(L, 1);
    if (lua_type(L, 2) != LUA_TNUMBER) return mlpl_arg_error(L, 2, "a number");
    if (!lua_isboolean(L, 3)) return mlpl_arg_error(L, 3, "true or false");
    double p = lua_tonumber(L, 2);
    bool training = lua_toboolean(L, 3);
    return mlpl_done(L, mlp_feature_dropout(mlpl_push_tensor(L), x, p, training, mlpl_generator(), &err), &err);
}

void mlpl_nn_add_pictures(lua_State *L)
{
    static const mlpl_function functions[] = {
        { "conv2d", conv2d, 4 },
        { "max_pool2d", max_pool2d, 3 },
        { "avg_pool2d", avg_pool2d, 3 },
        { "adaptive_avg_pool2d", adaptive_avg_pool2d, 2 },
        { "feature_dropout", feature_dropout, 3 },
        { NULL, NULL, 0 },
    };
    mlpl_set_functions(L, functions);
}
