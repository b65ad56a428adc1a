/* custom.c - operations whose gradient is a function of Lua.
 *
 *   custom(y, name, inputs, saved, fn)   y, a fresh tensor, comes from the inputs; a pass backward calls fn(dy, saved),
 *                                        which returns a list with a gradient for each input, or false
 *
 * The function is kept in the registry until the operation is gone. */
#include "hooks.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_INPUTS = 32, NAME = 48 };

typedef struct custom {
    lua_State *main; /* releases come from finalizers too */
    int function;    /* a reference in the registry */
    int inputs, saved;
    char name[NAME];
} custom;

typedef struct call_arguments {
    const mlp_node *node;
    mlp_tensor *dy, **dx;
} call_arguments;

static void push(lua_State *L, mlp_tensor *t)
{
    mlp_tensor **box = mlpl_push_tensor(L);
    *box = mlp_tensor_retain(t);
}

static int call(lua_State *L) /* of a light userdata: call_arguments */
{
    const call_arguments *a = lua_touserdata(L, 1);
    const custom *c = mlp_node_context(a->node);
    lua_rawgeti(L, LUA_REGISTRYINDEX, c->function);
    push(L, a->dy);
    lua_createtable(L, c->saved, 0);
    for (int i = 0; i < c->saved; i++) {
        push(L, mlp_node_saved(a->node, i));
        lua_rawseti(L, -2, i + 1);
    }
    lua_call(L, 2, 1);
    for (int i = 0; i < c->inputs; i++) {
        lua_rawgeti(L, -1, i + 1);
        if (lua_toboolean(L, -1) && !mlpl_test(L, -1, &mlpl_tensor_class))
            return mlpl_errorf(L, "%s: backward returned a %s for input %d, expected a tensor or nil", c->name,
                               luaL_typename(L, -1), i + 1);
        lua_pop(L, 1);
    }
    for (int i = 0; i < c->inputs; i++) { /* nothing raises any more */
        lua_rawgeti(L, -1, i + 1);
        mlp_tensor **box = lua_touserdata(L, -1);
        if (box && mlp_node_needs(a->node, i)) a->dx[i] = mlp_tensor_retain(*box);
        lua_pop(L, 1);
    }
    return 0;
}

static mlp_status backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    call_arguments a = { node, dy, dx };
    bool before = mlp_grad_enabled();
    mlp_status st = mlpl_call_back("autograd.Function", call, &a, err);
    mlp_grad_enable(before); /* whatever it left */
    return st;
}

static void release(const void *context)
{
    const custom *c = context;
    luaL_unref(c->main, LUA_REGISTRYINDEX, c->function);
}

static int read_list(lua_State *L, int arg, int most, const char *what, mlp_tensor **list)
{
    if (!lua_istable(L, arg)) mlpl_arg_error(L, arg, "a list of tensors");
    int n = (int)mlpl_length(L, arg);
    if (n > most) return mlpl_errorf(L, "autograd.Function: %d %s, expected at most %d", n, what, most);
    for (int i = 0; i < n; i++) {
        lua_rawgeti(L, arg, i + 1);
        list[i] = mlpl_check_tensor(L, lua_gettop(L));
        lua_pop(L, 1); /* the list keeps it */
    }
    return n;
}

static int record(lua_State *L)
{
    static const mlp_op op = { "autograd.Function", backward, .again = backward, .release = release };
    mlp_error err;
    custom c = { .function = LUA_NOREF };
    mlp_tensor *y = mlpl_check_tensor(L, 1), *inputs[MOST_INPUTS], *saved[MLP_OP_SAVED];
    strncpy(c.name, luaL_checkstring(L, 2), NAME - 1);
    c.inputs = read_list(L, 3, MOST_INPUTS, "tensors as inputs", inputs);
    c.saved = read_list(L, 4, MLP_OP_SAVED, "saved tensors", saved);
    if (!lua_isfunction(L, 5)) return mlpl_arg_error(L, 5, "a function");
    if (mlp_requires_grad(y)) return mlpl_errorf(L, "%s: the result has a history already", c.name);
    if (!mlp_dtype_is_float(y->dtype) || !mlp_records(inputs, c.inputs)) return 0;
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
    c.main = lua_tothread(L, -1);
    lua_pushvalue(L, 5);
    c.function = luaL_ref(L, LUA_REGISTRYINDEX);
    if (mlp_record(y, &op, inputs, c.inputs, saved, c.saved, &c, sizeof c, &err)) return mlpl_raise(L, &err);
    return 0;
}

void mlpl_open_custom(lua_State *L)
{
    static const mlpl_function functions[] = { { "custom", record, 5 }, { NULL, NULL, 0 } };
    mlpl_set_functions(L, functions);
}
