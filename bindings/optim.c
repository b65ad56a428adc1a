/* optim.c - update rules for the Lua optimizers, from their rows. They read the parameters' own gradients (the NULLs),
 * so that no Lua object keeps a gradient alive after zero_grad, and one that is not made yet need not be. */
#include "param.h"

#include "autograd/autograd.h"
#include "optim/optim.h"

/* ---- rules ---- */

static const mlp_rule *check_rule(lua_State *L, int arg)
{
    const mlp_rule *rule = mlp_rule_find(luaL_checkstring(L, arg));
    if (!rule) mlpl_errorf(L, "there is no optimizer '%s'", lua_tostring(L, arg));
    return rule;
}

/* The rule's options in the table at index, complete; other keys are the caller's. */
static void read_group(lua_State *L, int index, const char *who, const mlp_rule *rule, mlp_value *values)
{
    const mlp_description *d = &rule->about;
    mlp_error err;
    luaL_checktype(L, index, LUA_TTABLE);
    for (int i = 0; i < d->param_count; i++) {
        values[i].count = 0;
        lua_pushstring(L, d->params[i].name);
        if (lua_rawget(L, index) != LUA_TNIL) mlpl_read_value(L, who, &d->params[i], &values[i]);
        lua_pop(L, 1);
    }
    if (mlp_description_complete(d, who, values, values, &err)) mlpl_raise(L, &err);
}

static int check_group(lua_State *L) /* check(rule, group, who): raises unless its options are within their limits */
{
    const mlp_rule *rule = check_rule(L, 1);
    mlp_value values[MLPL_MOST_PARAMS];
    read_group(L, 2, luaL_checkstring(L, 3), rule, values);
    return 0;
}

static double kept_number(lua_State *L, int state, const char *name, double begins)
{
    lua_pushstring(L, name);
    double value = lua_rawget(L, state) == LUA_TNIL ? begins : lua_tonumber(L, -1);
    lua_pop(L, 1);
    return value;
}

/* Pushes a value for every state of the rule, in order, that the table at `state` holds or that begins now; nil for
 * those that are not kept. */
static void push_states(lua_State *L, int state, const mlp_rule *rule, mlp_tensor *p, const mlp_value *values,
                        mlp_rule_memory *memory)
{
    mlp_error err;
    for (int i = 0; i < MLP_RULE_STATES; i++) {
        memory->state[i] = NULL;
        if (!mlp_rule_keeps(rule, i, values)) {
            lua_pushnil(L);
            continue;
        }
        lua_pushstring(L, rule->states[i].name);
        if (lua_rawget(L, state) == LUA_TNIL) {
            lua_pop(L, 1);
            if (mlp_rule_begin(mlpl_push_tensor(L), rule, i, p, values, &err)) mlpl_raise(L, &err);
            memory->fresh = true;
        }
        memory->state[i] = mlpl_check_tensor(L, lua_gettop(L));
    }
}

/* Notes in the table at `state` what is kept after a step; states that began with it stand on the stack from `first`.
 */
static void keep(lua_State *L, int state, const mlp_rule *rule, const mlp_rule_memory *memory, bool fresh, int first)
{
    for (int i = 0; i < MLP_RULE_STATES && fresh; i++) {
        if (!memory->state[i]) continue;
        lua_pushstring(L, rule->states[i].name);
        lua_pushvalue(L, first + i);
        lua_rawset(L, state);
    }
    if (rule->counts) {
        lua_pushliteral(L, "step");
        lua_pushinteger(L, (lua_Integer)memory->step);
        lua_rawset(L, state);
    }
    if (rule->number) {
        lua_pushstring(L, rule->number);
        lua_pushnumber(L, memory->number);
        lua_rawset(L, state);
    }
}

/* (p, state, group): one step of p with its own gradient. state, a table, is what state_dict gives for p. */
static int step(lua_State *L)
{
    const mlp_rule *rule = lua_touserdata(L, lua_upvalueindex(1));
    mlp_tensor *p = mlpl_check_tensor(L, 1);
    mlp_value values[MLPL_MOST_PARAMS];
    mlp_error err;
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 3);
    read_group(L, 3, rule->about.name, rule, values);
    mlp_rule_memory memory = { .fresh = false };
    if (rule->counts) memory.step = kept_number(L, 2, "step", 0);
    if (rule->number) memory.number = kept_number(L, 2, rule->number, rule->number_begins);
    push_states(L, 2, rule, p, values, &memory);
    bool fresh = memory.fresh;
    if (mlp_rule_step(rule, p, NULL, values, &memory, &err)) return mlpl_raise(L, &err);
    keep(L, 2, rule, &memory, fresh, 4);
    return 0;
}

static int stepper(lua_State *L) /* stepper(rule) -> its function step(p, state, group) */
{
    lua_pushlightuserdata(L, (void *)check_rule(L, 1));
    lua_pushcclosure(L, step, 1);
    return 1;
}

/* describe(rule) -> { name, doc, parameters, tensors = names of the tensors that are kept, numbers = of the numbers }
 */
static int describe(lua_State *L)
{
    const mlp_rule *rule = check_rule(L, 1);
    mlpl_push_description(L, &rule->about);
    lua_newtable(L);
    for (int i = 0; i < MLP_RULE_STATES && rule->states[i].name; i++) {
        lua_pushstring(L, rule->states[i].name);
        lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, "tensors");
    lua_newtable(L);
    if (rule->counts) {
        lua_pushliteral(L, "step");
        lua_rawseti(L, -2, 1);
    }
    if (rule->number) {
        lua_pushstring(L, rule->number);
        lua_rawseti(L, -2, mlpl_length(L, -2) + 1);
    }
    lua_setfield(L, -2, "numbers");
    return 1;
}

static int names(lua_State *L) /* names() -> { "Adadelta", ... } */
{
    lua_newtable(L);
    for (int i = 0; mlp_rules[i]; i++) {
        lua_pushstring(L, mlp_rules[i]->about.name);
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
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

/* grad_flows(parameter) -> whether its gradient has an element that is not 0; nil when it has none */
static int grad_flows(lua_State *L)
{
    mlp_error err;
    bool flows;
    mlp_tensor *parameter = mlpl_check_tensor(L, 1);
    if (mlp_grad_flows(&flows, parameter, &err)) return mlpl_raise(L, &err);
    if (mlp_has_grad(parameter)) lua_pushboolean(L, flows);
    else lua_pushnil(L);
    return 1;
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
        { "names", names, 0 },
        { "describe", describe, 1 },
        { "check", check_group, 3 },
        { "stepper", stepper, 1 },
        { "grad_norm", grad_norm, 2 },
        { "grad_scale_", grad_scale_, 2 },
        { "grad_clamp_", grad_clamp_, 2 },
        { "first_nonfinite", first_nonfinite, 1 },
        { "grad_first_nonfinite", grad_first_nonfinite, 1 },
        { "grad_flows", grad_flows, 1 },
        { "average_", average_, 3 },
        { NULL, NULL, 0 },
    };
    mlpl_new_functions(L, functions);
    return 1;
}
