/* nn_more.c - activations, losses that go element by element, layers of rows, initial values: for the Lua classes. */
#include "nn_more.h"
#include "tensor.h"

#include <string.h>

static mlp_tensor *optional_tensor(lua_State *L, int arg)
{
    return lua_isnoneornil(L, arg) ? NULL : mlpl_check_tensor(L, arg);
}

static double number_or(lua_State *L, int arg, double fallback)
{
    if (lua_isnoneornil(L, arg)) return fallback;
    if (lua_type(L, arg) != LUA_TNUMBER) mlpl_arg_error(L, arg, "a number");
    return lua_tonumber(L, arg);
}

/* ---- layers ---- */

static int activation(lua_State *L) /* a closure over the operation: fn(x [, a [, b]]) */
{
    mlp_error err;
    mlp_activation_op op = (mlp_activation_op)lua_tointeger(L, lua_upvalueindex(1));
    mlp_tensor *x = mlpl_check_tensor(L, 1);
    double a = number_or(L, 2, 0), b = number_or(L, 3, 0);
    return mlpl_done(L, mlp_activation(mlpl_push_tensor(L), op, x, a, b, &err), &err);
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
    double eps = number_or(L, 5, 1e-5);
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

/* ---- losses ---- */

mlp_reduction mlpl_reduction(lua_State *L, const char *who, const char *name)
{
    static const struct {
        const char *name;
        mlp_reduction value;
    } table[] = { { "mean", MLP_MEAN_OF_ROWS }, { "sum", MLP_SUM_OF_ROWS }, { "none", MLP_EACH_ROW } };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcmp(table[i].name, name) == 0) return table[i].value;
    mlpl_errorf(L, "%s: '%s' is not a valid value for reduction: expected 'mean', 'sum' or 'none'%s", who, name,
                strcmp(who, "kl_div") == 0 ? ", or 'batchmean'" : "");
    return MLP_MEAN_OF_ROWS;
}

/* A closure over the operation: fn(x, target [, { reduction, a, weight, pos_weight }]) */
static int pointwise_loss(lua_State *L)
{
    static const char *const known[] = { "reduction", "a", "weight", "pos_weight", NULL };
    mlp_error err;
    mlp_pointwise_loss_op op = (mlp_pointwise_loss_op)lua_tointeger(L, lua_upvalueindex(1));
    const char *who = mlp_pointwise_loss_name(op);
    mlp_tensor *x = mlpl_check_tensor(L, 1), *target = mlpl_check_tensor(L, 2);
    mlpl_options o = mlpl_options_at(L, 3, who, known);
    const char *reduction = mlpl_option_string(&o, "reduction", "mean");
    mlp_pointwise_loss_options options = { .a = mlpl_option_number(&o, "a", 0) };
    options.batch_mean = strcmp(who, "kl_div") == 0 && strcmp(reduction, "batchmean") == 0;
    if (!options.batch_mean) options.reduction = mlpl_reduction(L, who, reduction);
    if (mlpl_option_push(&o, "weight")) options.weight = mlpl_check_tensor(L, lua_gettop(L));
    if (mlpl_option_push(&o, "pos_weight")) options.pos_weight = mlpl_check_tensor(L, lua_gettop(L));
    return mlpl_done(L, mlp_pointwise_loss(mlpl_push_tensor(L), op, x, target, &options, &err), &err);
}

/* ---- initial values: in place, no result ---- */

static int initialised(lua_State *L, mlp_status st, const mlp_error *err)
{
    return st ? mlpl_raise(L, err) : 0;
}

static int trunc_normal_(lua_State *L) /* trunc_normal_(t, mean, std, a, b) */
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    double mean = number_or(L, 2, 0), std = number_or(L, 3, 1), a = number_or(L, 4, -2), b = number_or(L, 5, 2);
    return initialised(L, mlp_trunc_normal_(t, mean, std, a, b, mlpl_generator(), &err), &err);
}

static int orthogonal_(lua_State *L) /* orthogonal_(t, gain) */
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    double gain = number_or(L, 2, 1);
    return initialised(L, mlp_orthogonal_(t, gain, mlpl_generator(), &err), &err);
}

static int sparse_(lua_State *L) /* sparse_(t, sparsity, std) */
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    double sparsity = number_or(L, 2, 0), std = number_or(L, 3, 0.01);
    return initialised(L, mlp_sparse_(t, sparsity, std, mlpl_generator(), &err), &err);
}

static void add_family(lua_State *L, int count, lua_CFunction fn, const char *(*name)(int op))
{
    for (int op = 0; op < count; op++) {
        lua_pushinteger(L, op);
        mlpl_push_function(L, fn, 3);
        lua_setfield(L, -2, name(op));
    }
}

static const char *activation_name(int op)
{
    return op == MLP_GELU_TANH ? "gelu_tanh" : mlp_activation_name((mlp_activation_op)op);
}

static const char *loss_name(int op)
{
    return op == MLP_KL_DIV_LOG_LOSS ? "kl_div_log" : mlp_pointwise_loss_name((mlp_pointwise_loss_op)op);
}

void mlpl_nn_add_more(lua_State *L)
{
    static const mlpl_function functions[] = {
        { "layer_norm", layer_norm, 5 },   { "embedding", embedding, 3 }, { "trunc_normal_", trunc_normal_, 5 },
        { "orthogonal_", orthogonal_, 2 }, { "sparse_", sparse_, 3 },     { NULL, NULL, 0 },
    };
    mlpl_set_functions(L, functions);
    add_family(L, MLP_ACTIVATION_COUNT, activation, activation_name);
    add_family(L, MLP_POINTWISE_LOSS_COUNT, pointwise_loss, loss_name);
}
