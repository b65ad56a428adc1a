/* nn_layers.c - the rows of nn/layer.h: for each of them
 *
 *   core.nn.FUNCTION(x [, target], values...)   computes it; values as its class takes them; some have two x
 *   core.nn.layer(CLASS)                        the parts of its class:
 *     read(values...)                           what they are, complete, by name
 *     forward(object, x [, target])             computes it with the values that the object has as fields
 *     forward_with(object, name, value, x [, target])   the same with another value of one parameter
 *   core.nn.describe(NAME)                      what the class or function of that name is called with; with
 *                                               function_name, inputs (how many), input_names (where they are others
 * than x and target), by_mode, weights (whether the class has some of its own) core.nn.names() all classes */
#include "nn.h"
#include "param.h"
#include "tensor.h"

#include "nn/layer.h"

#include <stdio.h>
#include <string.h>

/* Upvalue 1 of the functions of a row. */
static const mlp_layer *row_of(lua_State *L)
{
    return lua_touserdata(L, lua_upvalueindex(1));
}

/* "nn.LeakyReLU", as messages of its class begin. */
typedef struct class_name {
    char text[64];
} class_name;

static class_name class_of(const mlp_layer *row)
{
    class_name name;
    snprintf(name.text, sizeof name.text, "nn.%s", row->about.name);
    return name;
}

/* The tensor that stands for the value at the top of the stack, where it stays: itself, or made of a list of numbers.
 */
static mlp_tensor *weight_at_top(lua_State *L, const char *who, const char *name)
{
    mlp_tensor *t = mlpl_test(L, -1, &mlpl_tensor_class);
    if (t) return t;
    if (!lua_istable(L, -1))
        mlpl_errorf(L, "%s: %s is %s, expected a tensor or a list of numbers", who, name, luaL_tolstring(L, -1, NULL));
    lua_pushcfunction(L, mlpl_tensor_create);
    lua_insert(L, -2);
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "f32");
    lua_setfield(L, -2, "dtype");
    lua_call(L, 2, 1);
    return mlpl_test(L, -1, &mlpl_tensor_class);
}

/* Labels are whole numbers, from 1; other targets stay as they are. */
static void shift_labels(lua_State *L, const mlp_layer *row, mlp_layer_call *call)
{
    mlp_tensor **last = &call->input[row->inputs - 1];
    if (row->labels && !mlp_dtype_is_float((*last)->dtype)) *last = mlpl_index_from_lua(L, *last);
}

static int run(lua_State *L, const mlp_layer *row, const char *who, mlp_layer_call *call)
{
    mlp_error err;
    shift_labels(L, row, call);
    return mlpl_done(L, mlp_layer_run(mlpl_push_tensor(L), row, who, call, &err), &err);
}

/* The tensors among the arguments from `first` on stay on the stack. */
static void read_weights(lua_State *L, int first, const mlp_layer *row, const mlpl_options *o, mlp_layer_call *call)
{
    int behind = o->table ? o->table : lua_gettop(L) + 1;
    for (int i = 0, k = 0; i < row->about.param_count; i++) {
        const mlp_param *param = &row->about.params[i];
        bool by_place = param->required && first + i < behind;
        if (param->kind != MLP_PARAM_TENSOR) continue;
        if (by_place) lua_pushvalue(L, first + i);
        if (by_place ? !lua_isnil(L, -1) : mlpl_option_push(o, param->name))
            call->weight[k] = weight_at_top(L, row->function, param->name);
        k++;
    }
}

static int compute(lua_State *L)
{
    static const char *const mode[] = { "training", NULL };
    const mlp_layer *row = row_of(L);
    mlp_layer_call call = { .rng = mlpl_generator() };
    for (int i = 0; i < row->inputs; i++) call.input[i] = mlpl_check_tensor(L, i + 1);
    mlpl_options o =
        mlpl_read_values(L, row->inputs + 1, row->function, &row->about, row->by_mode ? mode : NULL, call.values);
    call.training = row->by_mode && mlpl_option_boolean(&o, "training", true);
    read_weights(L, row->inputs + 1, row, &o, &call);
    return run(L, row, row->function, &call);
}

static int read(lua_State *L)
{
    mlp_error err;
    const mlp_layer *row = row_of(L);
    const mlp_description *d = mlp_layer_constructor(row);
    const class_name who = class_of(row);
    mlp_value values[MLP_LAYER_PARAMS];
    mlpl_options o = mlpl_read_values(L, 1, who.text, d, NULL, values);
    if (mlp_layer_complete(row, who.text, values, &err)) return mlpl_raise(L, &err);
    lua_createtable(L, 0, d->param_count);
    for (int i = 0; i < d->param_count; i++) {
        if (d->params[i].kind != MLP_PARAM_TENSOR) mlpl_push_value(L, &d->params[i], &values[i]);
        else if (mlpl_option_push(&o, d->params[i].name)) weight_at_top(L, who.text, d->params[i].name);
        else lua_pushnil(L);
        lua_setfield(L, -2, d->params[i].name);
    }
    return 1;
}

/* What the object at 1 has as fields; tensors stay on the stack. */
static void read_fields(lua_State *L, const mlp_layer *row, const char *who, mlp_layer_call *call)
{
    int weights = 0;
    for (int i = 0; i < row->about.param_count; i++) {
        const mlp_param *param = &row->about.params[i];
        if (param->function_only) continue;
        bool given = lua_getfield(L, 1, param->name) != LUA_TNIL;
        if (param->kind == MLP_PARAM_TENSOR) {
            if (given) call->weight[weights] = weight_at_top(L, who, param->name);
            weights++;
            continue;
        }
        if (given) mlpl_read_value(L, who, param, &call->values[i]);
        lua_pop(L, 1);
    }
    if (!row->by_mode) return;
    lua_getfield(L, 1, "training");
    call->training = lua_toboolean(L, -1);
    lua_pop(L, 1);
}

static mlp_tensor *check_input(lua_State *L, int arg, const char *who, const char *name)
{
    mlp_tensor *t = mlpl_test(L, arg, &mlpl_tensor_class);
    if (lua_isnone(L, arg)) mlpl_errorf(L, "%s: the %s is missing", who, name);
    if (!t) mlpl_errorf(L, "%s: the %s is %s, expected a Tensor", who, name, luaL_tolstring(L, arg, NULL));
    return t;
}

static const char *const *names_of_inputs(const mlp_layer *row)
{
    static const char *const usual[MLP_LAYER_INPUTS] = { "input", "target" }; /* three are named by their row */
    return row->input_names ? row->input_names : usual;
}

/* The inputs, from an argument on, and what the object has. */
static void read_object(lua_State *L, const mlp_layer *row, const char *who, int first, mlp_layer_call *call)
{
    const char *const *names = names_of_inputs(row);
    for (int i = 0; i < row->inputs && i < MLP_LAYER_INPUTS; i++)
        call->input[i] = check_input(L, first + i, who, names[i]);
    read_fields(L, row, who, call);
}

static int forward(lua_State *L)
{
    const mlp_layer *row = row_of(L);
    const char *const *names_of = names_of_inputs(row);
    mlp_layer_call call = { .rng = mlpl_generator() };
    const class_name who = class_of(row);
    if (lua_gettop(L) > row->inputs + 1)
        return mlpl_errorf(L, "%s: got %d arguments, expected at most %d: the %s%s%s%s%s", who.text, lua_gettop(L) - 1,
                           row->inputs, names_of[0], row->inputs == 3 ? ", the " : "",
                           row->inputs == 3 ? names_of[1] : "", row->inputs == 1 ? "" : " and the ",
                           row->inputs == 1 ? "" : names_of[row->inputs - 1]);
    if (!lua_istable(L, 1))
        return mlpl_errorf(L, "forward was called without its object: methods are called with a colon, as in "
                              "object:forward()");
    read_object(L, row, who.text, 2, &call);
    return run(L, row, who.text, &call);
}

static int forward_with(lua_State *L)
{
    const mlp_layer *row = row_of(L);
    const class_name who = class_of(row);
    const char *name = luaL_checkstring(L, 2);
    mlp_layer_call call = { .rng = mlpl_generator() };
    read_object(L, row, who.text, 4, &call);
    for (int i = 0; i < row->about.param_count; i++) {
        if (strcmp(row->about.params[i].name, name) != 0) continue;
        lua_pushvalue(L, 3);
        mlpl_read_value(L, who.text, &row->about.params[i], &call.values[i]);
        lua_pop(L, 1);
    }
    return run(L, row, who.text, &call);
}

static int names(lua_State *L)
{
    const mlp_layer *row;
    lua_newtable(L);
    for (int i = 0; (row = mlp_layer_at(i)); i++) {
        lua_pushstring(L, row->about.name);
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

/* Counts its own arguments where most is MLPL_FORMS. */
static void add_function(lua_State *L, const char *name, lua_CFunction fn, int most, const mlp_layer *row)
{
    lua_pushlightuserdata(L, (void *)row);
    mlpl_push_function(L, fn, most);
    lua_setfield(L, -2, name);
}

static const mlp_layer *check_row(lua_State *L, int arg)
{
    const mlp_layer *row = mlp_layer_named(luaL_checkstring(L, arg));
    if (!row) mlpl_errorf(L, "there is no layer '%s'", lua_tostring(L, arg));
    return row;
}

static int describe(lua_State *L)
{
    const mlp_layer *row = check_row(L, 1);
    bool by_class = strcmp(lua_tostring(L, 1), row->about.name) == 0;
    mlpl_push_description(L, by_class ? mlp_layer_constructor(row) : &row->about);
    lua_pushstring(L, row->function);
    lua_setfield(L, -2, "function_name");
    lua_pushinteger(L, row->inputs);
    lua_setfield(L, -2, "inputs");
    lua_pushboolean(L, row->by_mode);
    lua_setfield(L, -2, "by_mode");
    if (row->input_names) {
        lua_createtable(L, row->inputs, 0);
        for (int i = 0; i < row->inputs; i++) {
            lua_pushstring(L, row->input_names[i]);
            lua_rawseti(L, -2, i + 1);
        }
        lua_setfield(L, -2, "input_names");
    }
    lua_pushboolean(L, row->constructor != NULL);
    lua_setfield(L, -2, "weights");
    return 1;
}

static int layer(lua_State *L)
{
    const mlp_layer *row = check_row(L, 1);
    lua_newtable(L);
    add_function(L, "read", read, MLPL_FORMS, row);
    add_function(L, "forward", forward, MLPL_FORMS, row);
    add_function(L, "forward_with", forward_with, MLPL_FORMS, row);
    return 1;
}

/* How many arguments the function of a row takes: inputs, what has a place, and a table of options. */
static int most_of(const mlp_layer *row)
{
    int places = 0;
    for (int i = 0; i < row->about.param_count; i++) places += row->about.params[i].required;
    return row->inputs + places + (row->about.param_count > 0);
}

void mlpl_nn_add_layers(lua_State *L)
{
    static const mlpl_function functions[] = {
        { "names", names, 0 }, { "describe", describe, 1 }, { "layer", layer, 1 }, { NULL, NULL, 0 }
    };
    const mlp_layer *row;
    mlpl_set_functions(L, functions);
    for (int i = 0; (row = mlp_layer_at(i)); i++) add_function(L, row->function, compute, most_of(row), row);
}
