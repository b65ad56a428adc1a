/* nn.c - runtime/nn for the Lua layers: plain functions, no state, no defaults of their own. */
#include "nn_more.h"

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
    if (mlp_linear(mlpl_push_tensor(L), x, weight, bias, &err)) return mlpl_raise(L, &err);
    mlpl_account(L);
    return 1;
}

static int dropout(lua_State *L) /* dropout(x, p, training) */
{
    mlp_error err;
    mlp_tensor *x = mlpl_check_tensor(L, 1);
    double p = check_number(L, 2);
    bool training = check_boolean(L, 3);
    if (mlp_dropout(mlpl_push_tensor(L), x, p, training, mlpl_generator(), &err)) return mlpl_raise(L, &err);
    mlpl_account(L);
    return 1;
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
    if (mlp_batch_norm(mlpl_push_tensor(L), x, &s, &err)) return mlpl_raise(L, &err);
    mlpl_account(L);
    return 1;
}

/* Dimensions count from 1, or from the end with -1. */
static int check_dim(lua_State *L, int arg, const char *who) /* a number, or { dim = } */
{
    static const char *const known[] = { "dim", NULL };
    int whole = 0;
    if (lua_istable(L, arg)) {
        mlpl_options o = mlpl_options_at(L, arg, who, known);
        if (mlpl_option_push(&o, "dim")) lua_replace(L, arg);
    }
    lua_Integer dim = lua_type(L, arg) == LUA_TNUMBER ? lua_tointegerx(L, arg, &whole) : 0;
    if (!whole || dim == 0 || dim > MLP_MAX_DIMS || dim < -MLP_MAX_DIMS)
        mlpl_errorf(L, "%s: dim is %s, expected a dimension: 1 is the first, -1 the last", who,
                    luaL_tolstring(L, arg, NULL));
    return (int)(dim > 0 ? dim - 1 : dim);
}

static int softmax(lua_State *L) /* softmax(x, dim) */
{
    mlp_error err;
    mlp_tensor *x = mlpl_check_tensor(L, 1);
    int dim = check_dim(L, 2, "softmax");
    if (mlp_softmax(mlpl_push_tensor(L), x, dim, &err)) return mlpl_raise(L, &err);
    mlpl_account(L);
    return 1;
}

static int log_softmax(lua_State *L) /* log_softmax(x, dim) */
{
    mlp_error err;
    mlp_tensor *x = mlpl_check_tensor(L, 1);
    int dim = check_dim(L, 2, "log_softmax");
    if (mlp_log_softmax(mlpl_push_tensor(L), x, dim, &err)) return mlpl_raise(L, &err);
    mlpl_account(L);
    return 1;
}

/* What both losses of labels read at 1, 2 and 3: x, target, options. Labels count from 1; PyTorch's default of
 * ignore_index, -100, is no label either way. */
static int labels_loss(lua_State *L, const char *who, const char *const *known, bool normalised)
{
    mlp_error err;
    mlp_tensor *x = mlpl_check_tensor(L, 1), *target = mlpl_check_tensor(L, 2);
    mlpl_options o = mlpl_options_at(L, 3, who, known);
    mlp_cross_entropy_options options = {
        .ignore_index = mlpl_shifted(mlpl_option_integer(&o, "ignore_index", -100)),
        .reduction = mlpl_reduction(L, who, mlpl_option_string(&o, "reduction", "mean")),
        .label_smoothing = normalised ? 0 : mlpl_option_number(&o, "label_smoothing", 0),
        .normalised = normalised,
    };
    if (mlpl_option_push(&o, "weight")) options.weight = mlpl_check_tensor(L, lua_gettop(L));
    if (!mlp_dtype_is_float(target->dtype)) target = mlpl_index_from_lua(L, target);
    if (mlp_cross_entropy(mlpl_push_tensor(L), x, target, &options, &err)) return mlpl_raise(L, &err);
    mlpl_account(L);
    return 1;
}

static int cross_entropy(lua_State *L) /* cross_entropy(x, target [, { weight, ... , label_smoothing }]) */
{
    static const char *const known[] = { "weight", "ignore_index", "reduction", "label_smoothing", NULL };
    return labels_loss(L, "cross_entropy", known, false);
}

static int nll_loss(lua_State *L) /* nll_loss(x, labels [, { weight, ignore_index, reduction }]) */
{
    static const char *const known[] = { "weight", "ignore_index", "reduction", NULL };
    return labels_loss(L, "nll_loss", known, true);
}

int mlpl_open_nn(lua_State *L)
{
    static const mlpl_function functions[] = {
        { "linear", linear, 3 },           { "dropout", dropout, 3 },
        { "batch_norm", batch_norm, 8 },   { "softmax", softmax, 2 },
        { "log_softmax", log_softmax, 2 }, { "cross_entropy", cross_entropy, 3 },
        { "nll_loss", nll_loss, 3 },       { NULL, NULL, 0 },
    };
    mlpl_new_functions(L, functions);
    mlpl_nn_add_more(L);
    mlpl_nn_add_pictures(L);
    return 1;
}
