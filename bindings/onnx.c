/* onnx.c - core.io.onnx_save(path, graph) over runtime/io/onnx.h. A graph is a table:
 *
 *   name, inputs, outputs (lists of { name, dtype, { size or the name of an open one, ... } }),
 *   constants (a list of { name, tensor }), properties (a list of { key, text }),
 *   nodes (a list of { operator, inputs, outputs, attributes }: names, and { name, value } with a whole number, a
 * float, a text or a list of whole numbers) */
#include "io.h"

#include "io/onnx.h"

#include <string.h>

static const char who[] = "onnx_save";

static void release_model(void *object)
{
    mlp_onnx_release(object);
}

static const mlpl_class model_class = { "mlprun.OnnxModel", release_model };

/* Element i of the list on the top of the stack, pushed. */
static const char *push_text(lua_State *L, lua_Integer i, const char *what)
{
    if (lua_rawgeti(L, -1, i) != LUA_TSTRING)
        mlpl_errorf(L, "%s: %s is a %s, expected a text", who, what, luaL_typename(L, -1));
    return lua_tostring(L, -1);
}

static void push_list(lua_State *L, lua_Integer i, const char *what)
{
    if (lua_rawgeti(L, -1, i) != LUA_TTABLE)
        mlpl_errorf(L, "%s: %s is a %s, expected a list", who, what, luaL_typename(L, -1));
}

/* Calls one(L, m) for each element of graph[field], which is then on the top of the stack. */
static void each(lua_State *L, mlp_onnx *m, const char *field, void (*one)(lua_State *, mlp_onnx *))
{
    if (lua_getfield(L, 2, field) != LUA_TTABLE)
        mlpl_errorf(L, "%s: %s is a %s, expected a list", who, field, luaL_typename(L, -1));
    int64_t n = mlpl_length(L, -1);
    for (int64_t i = 1; i <= n; i++) {
        int top = lua_gettop(L);
        push_list(L, i, field);
        luaL_checkstack(L, 16, who);
        one(L, m);
        lua_settop(L, top);
    }
    lua_pop(L, 1);
}

typedef mlp_status add_value(mlp_onnx *, const char *, mlp_dtype, int, const mlp_onnx_size *, mlp_error *);

static mlp_dtype dtype_named(lua_State *L, const char *name)
{
    for (int i = 0; i < MLP_DTYPES; i++)
        if (strcmp(name, mlp_dtype_name((mlp_dtype)i)) == 0) return (mlp_dtype)i;
    mlpl_errorf(L, "%s: there is no dtype '%s'", who, name);
    return MLP_F32;
}

static void value(lua_State *L, mlp_onnx *m, add_value *add)
{
    mlp_error err;
    mlp_onnx_size sizes[MLP_MAX_DIMS] = { { 0 } };
    const char *name = push_text(L, 1, "a name");
    lua_pushvalue(L, -2);
    mlp_dtype dtype = dtype_named(L, push_text(L, 2, "a dtype"));
    lua_pushvalue(L, -2);
    push_list(L, 3, "a shape");
    int64_t n = mlpl_length(L, -1);
    if (n > MLP_MAX_DIMS) mlpl_errorf(L, "%s: '%s' has too many dimensions", who, name);
    for (int64_t i = 0; i < n; i++) {
        lua_rawgeti(L, -1 - (int)i, i + 1); /* names stay on the stack */
        if (lua_type(L, -1) == LUA_TSTRING) sizes[i].name = lua_tostring(L, -1);
        else sizes[i].size = lua_tointeger(L, -1);
    }
    if (add(m, name, dtype, (int)n, sizes, &err)) mlpl_raise(L, &err);
}

static void input(lua_State *L, mlp_onnx *m)
{
    value(L, m, mlp_onnx_input);
}

static void output(lua_State *L, mlp_onnx *m)
{
    value(L, m, mlp_onnx_output);
}

static void constant(lua_State *L, mlp_onnx *m)
{
    mlp_error err;
    const char *name = push_text(L, 1, "a name");
    lua_rawgeti(L, -2, 2);
    mlp_tensor *t = mlpl_test(L, -1, &mlpl_tensor_class);
    if (!t) mlpl_errorf(L, "%s: the constant '%s' is a %s, expected a tensor", who, name, luaL_typename(L, -1));
    if (mlp_onnx_constant(m, name, t, &err)) mlpl_raise(L, &err);
}

static void property(lua_State *L, mlp_onnx *m)
{
    mlp_error err;
    const char *key = push_text(L, 1, "a key");
    lua_pushvalue(L, -2);
    const char *text = push_text(L, 2, key);
    if (mlp_onnx_property(m, key, text, &err)) mlpl_raise(L, &err);
}

/* Names into memory that Lua owns; the list and they stay on the stack. */
static const char **names(lua_State *L, int list, size_t *count)
{
    int64_t n = mlpl_length(L, list);
    luaL_checkstack(L, (int)n + 2, who);
    const char **all = lua_newuserdatauv(L, ((size_t)n + 1) * sizeof *all, 0);
    for (int64_t i = 0; i < n; i++) {
        if (lua_rawgeti(L, list, i + 1) != LUA_TSTRING) mlpl_errorf(L, "%s: a name of a node is no text", who);
        all[i] = lua_tostring(L, -1);
    }
    *count = (size_t)n;
    return all;
}

static mlp_status whole_numbers(lua_State *L, mlp_onnx *m, const char *name, mlp_error *err)
{
    int list = lua_gettop(L);
    int64_t n = mlpl_length(L, list);
    int64_t *all = lua_newuserdatauv(L, ((size_t)n + 1) * sizeof *all, 0);
    for (int64_t i = 0; i < n; i++) {
        lua_rawgeti(L, list, i + 1);
        if (!lua_isinteger(L, -1)) mlpl_errorf(L, "%s: the attribute '%s' is no list of whole numbers", who, name);
        all[i] = lua_tointeger(L, -1);
        lua_pop(L, 1);
    }
    return mlp_onnx_wholes(m, name, (size_t)n, all, err);
}

/* The pair { name, value } on the top of the stack. */
static void attribute(lua_State *L, mlp_onnx *m)
{
    mlp_error err;
    mlp_status st;
    const char *name = push_text(L, 1, "an attribute's name");
    lua_rawgeti(L, -2, 2);
    if (lua_istable(L, -1)) st = whole_numbers(L, m, name, &err);
    else if (lua_isinteger(L, -1)) st = mlp_onnx_whole(m, name, lua_tointeger(L, -1), &err);
    else if (lua_type(L, -1) == LUA_TNUMBER) st = mlp_onnx_real(m, name, lua_tonumber(L, -1), &err);
    else if (lua_type(L, -1) == LUA_TSTRING) st = mlp_onnx_text(m, name, lua_tostring(L, -1), &err);
    else st = mlp_fail(&err, MLP_EINVAL, "%s: the attribute '%s' is a %s", who, name, luaL_typename(L, -1));
    if (st) mlpl_raise(L, &err);
}

static void node(lua_State *L, mlp_onnx *m)
{
    mlp_error err;
    int table = lua_gettop(L);
    size_t inputs, outputs;
    const char *op = push_text(L, 1, "an operator");
    lua_pushvalue(L, table);
    push_list(L, 2, "the inputs");
    const char **in = names(L, lua_gettop(L), &inputs);
    lua_pushvalue(L, table);
    push_list(L, 3, "the outputs");
    const char **out = names(L, lua_gettop(L), &outputs);
    if (mlp_onnx_node(m, op, inputs, in, outputs, out, &err)) mlpl_raise(L, &err);
    lua_pushvalue(L, table);
    push_list(L, 4, "the attributes");
    int64_t n = mlpl_length(L, -1);
    for (int64_t i = 1; i <= n; i++) {
        int top = lua_gettop(L);
        push_list(L, i, "an attribute");
        attribute(L, m);
        lua_settop(L, top);
    }
}

int mlpl_onnx_save(lua_State *L)
{
    mlp_error err;
    const char *path = mlpl_check_path(L, 1);
    if (!lua_istable(L, 2)) return mlpl_arg_error(L, 2, "a graph");
    if (lua_getfield(L, 2, "name") != LUA_TSTRING) return mlpl_arg_error(L, 2, "a graph with a name");
    const char *name = lua_tostring(L, -1);
    mlp_onnx **m = (mlp_onnx **)mlpl_push(L, &model_class);
    if (mlp_onnx_new(m, name, MLP_VERSION, &err)) return mlpl_raise(L, &err);
    each(L, *m, "inputs", input);
    each(L, *m, "outputs", output);
    each(L, *m, "constants", constant);
    each(L, *m, "nodes", node);
    each(L, *m, "properties", property);
    if (mlp_onnx_save(path, *m, &err)) return mlpl_raise(L, &err);
    return 0;
}

void mlpl_onnx_register(lua_State *L)
{
    mlpl_class_register(L, &model_class, NULL, NULL);
}
