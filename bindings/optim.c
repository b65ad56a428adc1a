/* optim.c - update rules for the Lua optimizers. Gradients are read from the parameters here, so that no Lua object
 * keeps a gradient alive after zero_grad. */
#include "binding.h"

#include "autograd/autograd.h"
#include "optim/optim.h"

static mlp_tensor *optional_tensor(lua_State *L, int arg)
{
    return lua_isnoneornil(L, arg) ? NULL : mlpl_check_tensor(L, arg);
}

static mlp_tensor *check_grad(lua_State *L, const mlp_tensor *p)
{
    mlp_tensor *grad = mlp_grad(p);
    if (!grad) mlpl_errorf(L, "this parameter has no gradient");
    return grad;
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
    if (mlp_sgd_step(p, check_grad(L, p), buffer, &o, &err)) return mlpl_raise(L, &err);
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
    lua_pushliteral(L, "betas");
    lua_rawget(L, 5);
    luaL_checktype(L, -1, LUA_TTABLE);
    lua_rawgeti(L, -1, 1);
    lua_rawgeti(L, -2, 2);
    o.beta1 = luaL_checknumber(L, -2), o.beta2 = luaL_checknumber(L, -1);
    if (mlp_adam_step(p, check_grad(L, p), m, v, largest, &o, &err)) return mlpl_raise(L, &err);
    return 0;
}

/* The gradients of the parameters in the list at arg, those that have one: an array that lives as long as its userdata,
 * which is pushed. */
static mlp_tensor **push_grads(lua_State *L, int arg, int *count)
{
    luaL_checktype(L, arg, LUA_TTABLE);
    lua_Integer n = mlpl_length(L, arg); /* raw: a metamethod could drop a gradient that is held here */
    mlp_tensor **grads = lua_newuserdatauv(L, ((size_t)n + 1) * sizeof *grads, 0);
    *count = 0;
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, arg, i);
        mlp_tensor *grad = mlp_grad(mlpl_check_tensor(L, lua_gettop(L)));
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
    static const luaL_Reg functions[] = {
        { "sgd_step", sgd_step },       { "adam_step", adam_step },     { "grad_norm", grad_norm },
        { "grad_scale_", grad_scale_ }, { "grad_clamp_", grad_clamp_ }, { NULL, NULL },
    };
    luaL_newlib(L, functions);
    return 1;
}
