/* optim.c - update rules for the Lua optimizers. They read the parameters' own gradients (the NULLs), so that no Lua
 * object keeps a gradient alive after zero_grad, and one that is not made yet need not be. */
#include "binding.h"

#include "autograd/autograd.h"
#include "optim/optim.h"

static mlp_tensor *optional_tensor(lua_State *L, int arg)
{
    return lua_isnoneornil(L, arg) ? NULL : mlpl_check_tensor(L, arg);
}

static double number_of(lua_State *L, int table, const char *key)
{
    lua_pushstring(L, key);
    if (lua_rawget(L, table) != LUA_TNUMBER) mlpl_errorf(L, "the group's %s is not a number", key);
    double value = lua_tonumber(L, -1);
    lua_pop(L, 1);
    return value;
}

static bool flag_of(lua_State *L, int table, const char *key)
{
    lua_pushstring(L, key);
    lua_rawget(L, table);
    bool value = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return value;
}

static void betas_of(lua_State *L, int table, double *beta1, double *beta2)
{
    lua_pushliteral(L, "betas");
    if (lua_rawget(L, table) != LUA_TTABLE) mlpl_errorf(L, "the group's betas is not a list of two numbers");
    lua_rawgeti(L, -1, 1);
    lua_rawgeti(L, -2, 2);
    if (!lua_isnumber(L, -2) || !lua_isnumber(L, -1)) mlpl_errorf(L, "the group's betas is not a list of two numbers");
    *beta1 = lua_tonumber(L, -2), *beta2 = lua_tonumber(L, -1);
    lua_pop(L, 3);
}

static int sgd_step(lua_State *L) /* sgd_step(p, momentum_buffer or nil, group, first) */
{
    mlp_error err;
    mlp_tensor *p = mlpl_check_tensor(L, 1), *buffer = optional_tensor(L, 2);
    luaL_checktype(L, 3, LUA_TTABLE);
    mlp_sgd o = {
        .lr = number_of(L, 3, "lr"),
        .momentum = number_of(L, 3, "momentum"),
        .dampening = number_of(L, 3, "dampening"),
        .weight_decay = number_of(L, 3, "weight_decay"),
        .nesterov = flag_of(L, 3, "nesterov"),
        .maximize = flag_of(L, 3, "maximize"),
        .first = lua_toboolean(L, 4),
    };
    if (mlp_sgd_step(p, NULL, buffer, &o, &err)) return mlpl_raise(L, &err);
    return 0;
}

/* adam_step(p, exp_avg, exp_avg_sq, max_exp_avg_sq or nil, group, step, decoupled) */
static int adam_step(lua_State *L)
{
    mlp_error err;
    mlp_tensor *p = mlpl_check_tensor(L, 1), *m = mlpl_check_tensor(L, 2), *v = mlpl_check_tensor(L, 3);
    mlp_tensor *largest = optional_tensor(L, 4);
    luaL_checktype(L, 5, LUA_TTABLE);
    mlp_adam o = {
        .lr = number_of(L, 5, "lr"),
        .eps = number_of(L, 5, "eps"),
        .weight_decay = number_of(L, 5, "weight_decay"),
        .maximize = flag_of(L, 5, "maximize"),
        .step = luaL_checkinteger(L, 6),
        .decoupled = lua_toboolean(L, 7),
    };
    betas_of(L, 5, &o.beta1, &o.beta2);
    if (mlp_adam_step(p, NULL, m, v, largest, &o, &err)) return mlpl_raise(L, &err);
    return 0;
}

/* rmsprop_step(p, square_avg, grad_avg or nil, momentum_buffer or nil, group) */
static int rmsprop_step(lua_State *L)
{
    mlp_error err;
    mlp_tensor *p = mlpl_check_tensor(L, 1), *v = mlpl_check_tensor(L, 2);
    mlp_tensor *mean = optional_tensor(L, 3), *buffer = optional_tensor(L, 4);
    luaL_checktype(L, 5, LUA_TTABLE);
    mlp_rmsprop o = {
        .lr = number_of(L, 5, "lr"),
        .alpha = number_of(L, 5, "alpha"),
        .eps = number_of(L, 5, "eps"),
        .weight_decay = number_of(L, 5, "weight_decay"),
        .momentum = number_of(L, 5, "momentum"),
        .centered = flag_of(L, 5, "centered"),
        .maximize = flag_of(L, 5, "maximize"),
    };
    if (mlp_rmsprop_step(p, NULL, v, mean, buffer, &o, &err)) return mlpl_raise(L, &err);
    return 0;
}

static int adagrad_step(lua_State *L) /* adagrad_step(p, sum, group, step) */
{
    mlp_error err;
    mlp_tensor *p = mlpl_check_tensor(L, 1), *sum = mlpl_check_tensor(L, 2);
    luaL_checktype(L, 3, LUA_TTABLE);
    mlp_adagrad o = {
        .lr = number_of(L, 3, "lr"),
        .lr_decay = number_of(L, 3, "lr_decay"),
        .eps = number_of(L, 3, "eps"),
        .weight_decay = number_of(L, 3, "weight_decay"),
        .maximize = flag_of(L, 3, "maximize"),
        .step = luaL_checkinteger(L, 4),
    };
    if (mlp_adagrad_step(p, NULL, sum, &o, &err)) return mlpl_raise(L, &err);
    return 0;
}

static int adadelta_step(lua_State *L) /* adadelta_step(p, square_avg, acc_delta, group) */
{
    mlp_error err;
    mlp_tensor *p = mlpl_check_tensor(L, 1), *v = mlpl_check_tensor(L, 2), *steps = mlpl_check_tensor(L, 3);
    luaL_checktype(L, 4, LUA_TTABLE);
    mlp_adadelta o = {
        .lr = number_of(L, 4, "lr"),
        .rho = number_of(L, 4, "rho"),
        .eps = number_of(L, 4, "eps"),
        .weight_decay = number_of(L, 4, "weight_decay"),
        .maximize = flag_of(L, 4, "maximize"),
    };
    if (mlp_adadelta_step(p, NULL, v, steps, &o, &err)) return mlpl_raise(L, &err);
    return 0;
}

/* nadam_step(p, exp_avg, exp_avg_sq, mu_product, group, step) -> the new mu_product */
static int nadam_step(lua_State *L)
{
    mlp_error err;
    mlp_tensor *p = mlpl_check_tensor(L, 1), *m = mlpl_check_tensor(L, 2), *v = mlpl_check_tensor(L, 3);
    double mu_product = luaL_checknumber(L, 4);
    luaL_checktype(L, 5, LUA_TTABLE);
    mlp_nadam o = {
        .lr = number_of(L, 5, "lr"),
        .eps = number_of(L, 5, "eps"),
        .weight_decay = number_of(L, 5, "weight_decay"),
        .momentum_decay = number_of(L, 5, "momentum_decay"),
        .decoupled = flag_of(L, 5, "decoupled_weight_decay"),
        .maximize = flag_of(L, 5, "maximize"),
        .step = luaL_checkinteger(L, 6),
    };
    betas_of(L, 5, &o.beta1, &o.beta2);
    if (mlp_nadam_step(p, NULL, m, v, &mu_product, &o, &err)) return mlpl_raise(L, &err);
    lua_pushnumber(L, mu_product);
    return 1;
}

static int lion_step(lua_State *L) /* lion_step(p, exp_avg, group) */
{
    mlp_error err;
    mlp_tensor *p = mlpl_check_tensor(L, 1), *m = mlpl_check_tensor(L, 2);
    luaL_checktype(L, 3, LUA_TTABLE);
    mlp_lion o = {
        .lr = number_of(L, 3, "lr"),
        .weight_decay = number_of(L, 3, "weight_decay"),
        .maximize = flag_of(L, 3, "maximize"),
    };
    betas_of(L, 3, &o.beta1, &o.beta2);
    if (mlp_lion_step(p, NULL, m, &o, &err)) return mlpl_raise(L, &err);
    return 0;
}

/* ---- lists of tensors ---- */

/* The tensors in the list at arg: an array that lives as long as its userdata, which is pushed. */
static mlp_tensor **push_tensors(lua_State *L, int arg, int *count)
{
    luaL_checktype(L, arg, LUA_TTABLE);
    lua_Integer n = mlpl_length(L, arg);
    mlp_tensor **list = lua_newuserdatauv(L, ((size_t)n + 1) * sizeof *list, 0);
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, arg, i);
        list[i - 1] = mlpl_test(L, -1, &mlpl_tensor_class);
        if (!list[i - 1])
            mlpl_errorf(L, "item %d of the list is a %s, expected a tensor", (int)i, luaL_typename(L, -1));
        lua_pop(L, 1);
    }
    *count = (int)n;
    return list;
}

static int push_index(lua_State *L, int index) /* from 0; nil for -1 */
{
    if (index < 0) lua_pushnil(L);
    else lua_pushinteger(L, index + 1);
    return 1;
}

/* first_nonfinite(list of tensors) -> the number of the first that holds a NaN or an infinity, or nil */
static int first_nonfinite(lua_State *L)
{
    mlp_error err;
    int count, index;
    mlp_tensor **list = push_tensors(L, 1, &count);
    if (mlp_first_nonfinite(&index, list, count, &err)) return mlpl_raise(L, &err);
    return push_index(L, index);
}

/* grad_first_nonfinite(parameters) -> the number of the first whose gradient holds a NaN or an infinity, or nil */
static int grad_first_nonfinite(lua_State *L)
{
    mlp_error err;
    int count, index;
    mlp_tensor **list = push_tensors(L, 1, &count);
    if (mlp_grad_first_nonfinite(&index, list, count, &err)) return mlpl_raise(L, &err);
    return push_index(L, index);
}

static int average_(lua_State *L) /* average_(averages, values, weight of the values) */
{
    mlp_error err;
    int count, others;
    double weight = luaL_checknumber(L, 3);
    mlp_tensor **averages = push_tensors(L, 1, &count), **values = push_tensors(L, 2, &others);
    if (count != others) return mlpl_errorf(L, "average_: %d averages but %d values", count, others);
    if (mlp_average_(averages, values, count, weight, &err)) return mlpl_raise(L, &err);
    return 0;
}

/* The gradients of the parameters in the list at arg, those that have one: an array that lives as long as its userdata,
 * which is pushed. */
static mlp_tensor **push_grads(lua_State *L, int arg, int *count)
{
    mlp_error err;
    luaL_checktype(L, arg, LUA_TTABLE);
    lua_Integer n = mlpl_length(L, arg); /* raw: a metamethod could drop a gradient that is held here */
    mlp_tensor **grads = lua_newuserdatauv(L, ((size_t)n + 1) * sizeof *grads, 0);
    *count = 0;
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, arg, i);
        mlp_tensor *grad = NULL;
        if (mlp_grad_get(&grad, mlpl_check_tensor(L, lua_gettop(L)), &err)) mlpl_raise(L, &err);
        if (grad) grads[(*count)++] = grad;
        lua_pop(L, 1);
    }
    return grads;
}

static int grad_norm(lua_State *L) /* grad_norm(parameters, order) -> number */
{
    mlp_error err;
    int count;
    double order = luaL_checknumber(L, 2), norm;
    mlp_tensor **grads = push_grads(L, 1, &count);
    if (mlp_grad_norm(&norm, grads, count, order, &err)) return mlpl_raise(L, &err);
    lua_pushnumber(L, norm);
    return 1;
}

static int grad_scale_(lua_State *L) /* grad_scale_(parameters, factor) */
{
    mlp_error err;
    int count;
    double factor = luaL_checknumber(L, 2);
    mlp_tensor **grads = push_grads(L, 1, &count);
    for (int i = 0; i < count; i++)
        if (mlp_tensor_binary_number_(grads[i], MLP_MUL, factor, &err)) return mlpl_raise(L, &err);
    return 0;
}

static int grad_clamp_(lua_State *L) /* grad_clamp_(parameters, limit) */
{
    mlp_error err;
    int count;
    double limit = luaL_checknumber(L, 2);
    mlp_tensor **grads = push_grads(L, 1, &count);
    if (mlp_grad_clamp_(grads, count, limit, &err)) return mlpl_raise(L, &err);
    return 0;
}

int mlpl_open_optim(lua_State *L)
{
    static const mlpl_function functions[] = {
        { "sgd_step", sgd_step, 4 },
        { "adam_step", adam_step, 7 },
        { "rmsprop_step", rmsprop_step, 5 },
        { "adagrad_step", adagrad_step, 4 },
        { "adadelta_step", adadelta_step, 4 },
        { "nadam_step", nadam_step, 6 },
        { "lion_step", lion_step, 3 },
        { "grad_norm", grad_norm, 2 },
        { "grad_scale_", grad_scale_, 2 },
        { "grad_clamp_", grad_clamp_, 2 },
        { "first_nonfinite", first_nonfinite, 1 },
        { "grad_first_nonfinite", grad_first_nonfinite, 1 },
        { "average_", average_, 3 },
        { NULL, NULL, 0 },
    };
    mlpl_new_functions(L, functions);
    return 1;
}
