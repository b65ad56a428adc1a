/* autograd.c - gradients for scripts: methods and fields of Tensor, and the switch behind ml.no_grad. */
#include "hooks.h"

#include <stdio.h>
#include <string.h>

/* ---- methods of Tensor ---- */

typedef struct backward_call {
    mlp_tensor *t, *grad;
    int how;
} backward_call;

static mlp_status backward(void *argument, mlp_error *err)
{
    const backward_call *c = argument;
    return mlp_backward(c->t, c->grad, c->how, err);
}

static int tensor_backward(lua_State *L) /* t:backward([gradient] [, { gradient =, retain_graph =, create_graph = }]) */
{
    static const char *const known[] = { "gradient", "retain_graph", "create_graph", NULL };
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    bool positional = lua_gettop(L) >= 2 && lua_type(L, 2) != LUA_TTABLE && !lua_isnil(L, 2);
    mlp_tensor *grad = positional ? mlpl_check_tensor(L, 2) : NULL;
    mlpl_last(L, positional ? 3 : 2);
    mlpl_options o = mlpl_options_at(L, positional ? 3 : 2, "backward", known);
    if (!positional && mlpl_option_push(&o, "gradient")) grad = mlpl_check_tensor(L, lua_gettop(L));
    backward_call c = { t, grad, 0 };
    if (mlpl_option_boolean(&o, "retain_graph", false)) c.how |= MLP_KEEP_TAPE;
    if (mlpl_option_boolean(&o, "create_graph", false)) c.how |= MLP_CREATE_GRAPH;
    mlpl_run_pass(L, backward, &c);
    mlpl_account(L);
    return 0;
}

static int tensor_requires_grad_(lua_State *L) /* t:requires_grad_([on = true]) -> t */
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    if (!lua_isnoneornil(L, 2) && !lua_isboolean(L, 2)) return mlpl_arg_error(L, 2, "true or false");
    if (mlp_requires_grad_(t, lua_isnoneornil(L, 2) || lua_toboolean(L, 2), &err)) return mlpl_raise(L, &err);
    lua_settop(L, 1);
    return 1;
}

static int tensor_detach(lua_State *L) /* t:detach() -> the same values without history */
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1);
    if (mlp_detach(mlpl_push_tensor(L), t, &err)) return mlpl_raise(L, &err);
    return 1;
}

static int tensor_detach_(lua_State *L)
{
    mlp_forget(mlpl_check_tensor(L, 1));
    lua_settop(L, 1);
    return 1;
}

static int tensor_retain_grad(lua_State *L)
{
    mlp_error err;
    if (mlp_retain_grad(mlpl_check_tensor(L, 1), &err)) return mlpl_raise(L, &err);
    lua_settop(L, 1);
    return 1;
}

static const mlpl_function methods[] = {
    { "backward", tensor_backward, MLPL_FORMS },
    { "requires_grad_", tensor_requires_grad_, 2 },
    { "detach", tensor_detach, 1 },
    { "detach_", tensor_detach_, 1 },
    { "retain_grad", tensor_retain_grad, 1 },
    { NULL, NULL, 0 },
};

/* ---- fields of Tensor ---- */

static int get_requires_grad(lua_State *L)
{
    lua_pushboolean(L, mlp_requires_grad(mlpl_check_tensor(L, 1)));
    return 1;
}

static int get_is_leaf(lua_State *L)
{
    lua_pushboolean(L, mlp_is_leaf(mlpl_check_tensor(L, 1)));
    return 1;
}

static int get_grad(lua_State *L) /* nil when there is none */
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1), **box = mlpl_push_tensor(L), *grad = NULL;
    if (mlp_grad_get(&grad, t, &err)) return mlpl_raise(L, &err);
    if (grad) *box = mlp_tensor_retain(grad); /* asked for last: a finalizer that ran meanwhile may have set another */
    else lua_pushnil(L);
    return 1;
}

static const luaL_Reg getters[] = {
    { "requires_grad", get_requires_grad },
    { "is_leaf", get_is_leaf },
    { "grad", get_grad },
    { NULL, NULL },
};

/* ---- the module ---- */

static int set_grad(lua_State *L) /* set_grad(t, grad or nil) */
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1), *grad = lua_isnoneornil(L, 2) ? NULL : mlpl_check_tensor(L, 2);
    if (mlp_grad_set(t, grad, &err)) return mlpl_raise(L, &err);
    return 0;
}

static int set_data(lua_State *L) /* set_data(t, from): t is what from is, for whoever holds it */
{
    mlp_error err;
    if (mlp_set_data(mlpl_check_tensor(L, 1), mlpl_check_tensor(L, 2), &err)) return mlpl_raise(L, &err);
    return 0;
}

static int zero_grad(lua_State *L) /* zero_grad(t, set_to_none) */
{
    mlp_error err;
    mlp_tensor *t = mlpl_check_tensor(L, 1), *grad = NULL;
    if (!mlp_has_grad(t)) return 0;
    if (lua_toboolean(L, 2)) return mlp_grad_set(t, NULL, &err) ? mlpl_raise(L, &err) : 0;
    mlp_status st = mlp_grad_get(&grad, t, &err);
    if (!st) st = mlp_tensor_fill_(grad, 0, &err);
    return st ? mlpl_raise(L, &err) : 0;
}

static int has_grad(lua_State *L)
{
    lua_pushboolean(L, mlp_has_grad(mlpl_check_tensor(L, 1)));
    return 1;
}

static int is_grad_enabled(lua_State *L)
{
    lua_pushboolean(L, mlp_grad_enabled());
    return 1;
}

static int set_grad_enabled(lua_State *L) /* set_grad_enabled(on) -> what it was */
{
    luaL_checktype(L, 1, LUA_TBOOLEAN);
    lua_pushboolean(L, mlp_grad_enabled());
    mlp_grad_enable(lua_toboolean(L, 1));
    return 1;
}

/* in_mode(before, fn, ...) -> its results. fn cannot yield: what runs meanwhile would find another mode than its own. A
 * coroutine's variables are not closed after an error, so there the mode before is put back here. */
static int in_mode(lua_State *L)
{
    bool main = lua_pushthread(L) == 1;
    lua_pop(L, 1);
    int arguments = lua_gettop(L) - 2;
    if (main) {
        lua_call(L, arguments, LUA_MULTRET);
    } else if (lua_pcall(L, arguments, LUA_MULTRET, 0)) {
        mlp_grad_enable(lua_toboolean(L, 1));
        return lua_error(L);
    }
    return lua_gettop(L) - 1;
}

/* ---- gradients of some tensors alone ---- */

typedef struct grad_call {
    mlp_gradients_call call;
    mlp_tensor **gradients;
} grad_call;

static mlp_status gradients(void *argument, mlp_error *err)
{
    const grad_call *c = argument;
    return mlp_gradients(c->gradients, &c->call, err);
}

/* The tensors of the list at arg, in memory that Lua owns. holes: false stands for none. */
static mlp_tensor **tensors_of(lua_State *L, int arg, bool holes, int *count)
{
    if (!lua_istable(L, arg)) mlpl_arg_error(L, arg, "a list of tensors");
    int n = (int)mlpl_length(L, arg);
    mlp_tensor **list = lua_newuserdatauv(L, sizeof *list * ((size_t)n + 1), 0);
    for (int i = 0; i < n; i++) {
        lua_rawgeti(L, arg, i + 1);
        list[i] = holes && !lua_toboolean(L, -1) ? NULL : mlpl_check_tensor(L, lua_gettop(L));
        lua_pop(L, 1); /* the list keeps it */
    }
    *count = n;
    return list;
}

/* grad(outputs, inputs, grads or nil, retain_graph, create_graph) -> a list with false for what was not used */
static int grad(lua_State *L)
{
    int given = 0;
    grad_call c = { .call = { .how = 0 } };
    lua_settop(L, 5);
    c.call.outputs = tensors_of(L, 1, false, &c.call.n_outputs);
    c.call.inputs = tensors_of(L, 2, false, &c.call.n_inputs);
    c.call.grads = lua_isnil(L, 3) ? NULL : tensors_of(L, 3, true, &given);
    if (c.call.grads && given != c.call.n_outputs)
        return mlpl_errorf(L, "grad: %d grad_outputs for %d outputs", given, c.call.n_outputs);
    if (lua_toboolean(L, 4)) c.call.how |= MLP_KEEP_TAPE;
    if (lua_toboolean(L, 5)) c.call.how |= MLP_CREATE_GRAPH;
    lua_createtable(L, c.call.n_inputs, 0);
    int result = lua_gettop(L);
    c.gradients = lua_newuserdatauv(L, sizeof *c.gradients * ((size_t)c.call.n_inputs + 1), 0);
    mlp_tensor ***boxes = lua_newuserdatauv(L, sizeof *boxes * ((size_t)c.call.n_inputs + 1), 0);
    for (int i = 0; i < c.call.n_inputs; i++) { /* boxes first: nothing raises while a gradient is in no box */
        boxes[i] = mlpl_push_tensor(L);
        lua_rawseti(L, result, i + 1);
    }
    mlpl_run_pass(L, gradients, &c);
    for (int i = 0; i < c.call.n_inputs; i++) *boxes[i] = c.gradients[i];
    for (int i = 0; i < c.call.n_inputs; i++) {
        if (c.gradients[i]) continue;
        lua_pushboolean(L, 0);
        lua_rawseti(L, result, i + 1);
    }
    mlpl_account(L);
    lua_settop(L, result);
    return 1;
}

/* ---- anomalies ---- */

static lua_State *anomaly_state;

static char *anomaly_place(void)
{
    lua_Debug at;
    lua_State *L = anomaly_state;
    for (int level = 0; lua_getstack(L, level, &at); level++) {
        lua_getinfo(L, "Sl", &at);
        if (at.currentline <= 0 || strncmp(at.source, "=mlprun/", 8) == 0) continue;
        char text[LUA_IDSIZE + 16];
        snprintf(text, sizeof text, "%s:%d", at.short_src, at.currentline);
        return strdup(text);
    }
    return NULL;
}

static int detect_anomaly(lua_State *L) /* detect_anomaly(on) -> what it was */
{
    luaL_checktype(L, 1, LUA_TBOOLEAN);
    lua_pushboolean(L, mlp_anomaly_detected());
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
    anomaly_state = lua_tothread(L, -1);
    lua_pop(L, 1);
    mlp_anomaly_detect(lua_toboolean(L, 1), anomaly_place);
    return 1;
}

int mlpl_open_autograd(lua_State *L)
{
    static const mlpl_function functions[] = {
        { "set_grad", set_grad, 2 },
        { "set_data", set_data, 2 },
        { "zero_grad", zero_grad, 2 },
        { "has_grad", has_grad, 1 },
        { "is_grad_enabled", is_grad_enabled, 0 },
        { "set_grad_enabled", set_grad_enabled, 1 },
        { "in_mode", in_mode, MLPL_FORMS },
        { "grad", grad, 5 },
        { "detect_anomaly", detect_anomaly, 1 },
        { NULL, NULL, 0 },
    };
    mlpl_tensor_extend(L, methods, getters);
    mlpl_open_hooks(L);
    mlpl_new_functions(L, functions);
    mlpl_open_custom(L);
    return 1;
}
