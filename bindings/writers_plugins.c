/* writers_plugins.c - what a SummaryWriter leaves for TensorBoard's plugins: hyperparameters, tensors, charts, graphs.
 * Most of it is put together by scripts/writers, and comes as lists. */
#include "writers.h"

#include "tensor/tensor.h"

#include <math.h>
#include <string.h>

static double wall_time_at(lua_State *L, int arg)
{
    return lua_type(L, arg) == LUA_TNUMBER ? lua_tonumber(L, arg) : NAN;
}

/* Element i of the table at index, a text that the table keeps; the stack stays as it was. */
static const char *text_at(lua_State *L, int index, lua_Integer i, const char *who)
{
    if (lua_rawgeti(L, index, i) != LUA_TSTRING)
        mlpl_errorf(L, "%s: got a %s, expected a text", who, luaL_typename(L, -1));
    const char *text = lua_tostring(L, -1);
    lua_pop(L, 1);
    return text;
}

/* A list of texts at index, in memory that Lua owns, which is pushed. */
static const char **texts_at(lua_State *L, int index, size_t *n, const char *who)
{
    index = lua_absindex(L, index);
    if (!lua_istable(L, index)) mlpl_errorf(L, "%s: got a %s, expected a list", who, luaL_typename(L, index));
    *n = (size_t)mlpl_length(L, index);
    const char **list = lua_newuserdatauv(L, (*n + 1) * sizeof *list, 0);
    for (size_t i = 0; i < *n; i++) list[i] = text_at(L, index, (lua_Integer)i + 1, who);
    return list;
}

/* ---- hyperparameters ---- */

/* A list of { name, value } at arg: numbers, texts, booleans. Memory that Lua owns is pushed. */
static mlp_hparam *check_hparams(lua_State *L, int arg, size_t *n)
{
    if (!lua_istable(L, arg)) mlpl_arg_error(L, arg, "a list of { name, value }");
    *n = (size_t)mlpl_length(L, arg);
    luaL_checkstack(L, 8, "add_hparams");
    mlp_hparam *list = lua_newuserdatauv(L, (*n + 1) * sizeof *list, 0);
    for (size_t i = 0; i < *n; i++) {
        lua_rawgeti(L, arg, (lua_Integer)i + 1);
        if (!lua_istable(L, -1) || lua_rawgeti(L, -1, 1) != LUA_TSTRING)
            mlpl_arg_error(L, arg, "a list of { name, value }");
        lua_rawgeti(L, -2, 2);
        list[i] = (mlp_hparam){ .name = lua_tostring(L, -2) }; /* anchored by the caller's table */
        switch (lua_type(L, -1)) {
        case LUA_TNUMBER:
            list[i].kind = MLP_HPARAM_NUMBER;
            list[i].number = lua_tonumber(L, -1);
            break;
        case LUA_TBOOLEAN:
            list[i].kind = MLP_HPARAM_BOOLEAN;
            list[i].number = lua_toboolean(L, -1);
            break;
        case LUA_TSTRING:
            list[i].kind = MLP_HPARAM_TEXT;
            list[i].text = lua_tostring(L, -1);
            break;
        default:
            mlpl_errorf(L, "add_hparams: '%s' is a %s, expected a number, a text or a boolean", list[i].name,
                        luaL_typename(L, -1));
        }
        lua_pop(L, 3);
    }
    return list;
}

int mlpl_writer_hparams(lua_State *L) /* hparams({ { name, value }, ... }, walltime): the session records */
{
    mlp_error err;
    size_t n;
    mlp_event_writer *w = mlpl_check_writer(L);
    mlp_hparam *list = check_hparams(L, 2, &n);
    if (mlp_event_hparams(w, list, n, wall_time_at(L, 3), &err)) return mlpl_raise(L, &err);
    return 0;
}

/* experiment({ { name, value }, ... }, metrics, walltime): the record of the columns; a name that comes again has a
 * value that it can have */
int mlpl_writer_experiment(lua_State *L)
{
    mlp_error err;
    size_t n, metric_count;
    mlp_event_writer *w = mlpl_check_writer(L);
    double wall_time = wall_time_at(L, 4);
    const char **metrics = texts_at(L, 3, &metric_count, "experiment");
    mlp_hparam *list = check_hparams(L, 2, &n);
    if (mlp_event_experiment(w, list, n, metrics, metric_count, wall_time, &err)) return mlpl_raise(L, &err);
    return 0;
}

/* ---- tensors ---- */

int mlpl_writer_tensor(lua_State *L) /* add_tensor(tag, tensor, step, walltime) */
{
    mlp_error err;
    mlp_event_writer *w = mlpl_check_writer(L);
    mlp_tensor *t = mlpl_check_tensor(L, 3);
    if (mlp_event_tensor(w, mlpl_check_at(L, mlpl_check_wall_time(L, "add_tensor")), t, &err))
        return mlpl_raise(L, &err);
    return 0;
}

int mlpl_writer_pr_curve(lua_State *L) /* pr_curve(tag, counts, step, walltime) */
{
    mlp_error err;
    mlp_event_writer *w = mlpl_check_writer(L);
    mlp_tensor *t = mlpl_check_tensor(L, 3);
    if (mlp_event_pr_curve(w, mlpl_check_at(L, mlpl_check_wall_time(L, "add_pr_curve")), t, &err))
        return mlpl_raise(L, &err);
    return 0;
}

/* ---- charts and graphs ---- */

int mlpl_writer_charts(lua_State *L) /* charts({ { category, title, band, tags }, ... }) */
{
    static const char who[] = "add_custom_scalars";
    mlp_error err;
    mlp_event_writer *w = mlpl_check_writer(L);
    if (!lua_istable(L, 2)) return mlpl_arg_error(L, 2, "a list of charts");
    int64_t n = mlpl_length(L, 2);
    mlp_chart *charts = lua_newuserdatauv(L, ((size_t)n + 1) * sizeof *charts, 0);
    luaL_checkstack(L, (int)n + 8, who);
    for (int64_t i = 0; i < n; i++) {
        if (lua_rawgeti(L, 2, i + 1) != LUA_TTABLE) return mlpl_arg_error(L, 2, "a list of charts");
        int chart = lua_gettop(L);
        charts[i].category = text_at(L, chart, 1, who);
        charts[i].title = text_at(L, chart, 2, who);
        lua_rawgeti(L, chart, 3);
        charts[i].band = lua_toboolean(L, -1);
        lua_rawgeti(L, chart, 4);
        charts[i].tags = texts_at(L, -1, &charts[i].count, who);
        lua_replace(L, chart); /* the memory of the tags stays */
        lua_settop(L, chart);
    }
    if (mlp_event_charts(w, charts, (size_t)n, &err)) return mlpl_raise(L, &err);
    return 0;
}

/* A list of sizes on the top of the stack, in memory that Lua owns, in its place. */
static const int64_t *sizes_at_top(lua_State *L, size_t *n)
{
    int list = lua_gettop(L);
    *n = lua_istable(L, list) ? (size_t)mlpl_length(L, list) : 0;
    int64_t *sizes = lua_newuserdatauv(L, (*n + 1) * sizeof *sizes, 0);
    for (size_t i = 0; i < *n; i++, lua_pop(L, 1)) {
        lua_rawgeti(L, list, (lua_Integer)i + 1);
        sizes[i] = lua_tointeger(L, -1);
    }
    lua_replace(L, list);
    return sizes;
}

int mlpl_writer_graph(lua_State *L) /* graph({ { name, op, text, inputs, shape }, ... }, walltime) */
{
    static const char who[] = "add_graph";
    mlp_error err;
    mlp_event_writer *w = mlpl_check_writer(L);
    if (!lua_istable(L, 2)) return mlpl_arg_error(L, 2, "a list of nodes");
    double wall_time = wall_time_at(L, 3);
    int64_t n = mlpl_length(L, 2);
    mlp_graph_node *nodes = lua_newuserdatauv(L, ((size_t)n + 1) * sizeof *nodes, 0);
    luaL_checkstack(L, 2 * (int)n + 8, who);
    for (int64_t i = 0; i < n; i++) {
        if (lua_rawgeti(L, 2, i + 1) != LUA_TTABLE) return mlpl_arg_error(L, 2, "a list of nodes");
        int node = lua_gettop(L);
        nodes[i].name = text_at(L, node, 1, who);
        nodes[i].op = text_at(L, node, 2, who);
        nodes[i].text = text_at(L, node, 3, who);
        lua_rawgeti(L, node, 5);
        nodes[i].shape = sizes_at_top(L, &nodes[i].ndim);
        lua_rawgeti(L, node, 4);
        nodes[i].inputs = texts_at(L, -1, &nodes[i].input_count, who);
        lua_replace(L, node); /* the memory of the inputs stays, and that of the shape */
        lua_settop(L, node + 1);
    }
    if (mlp_event_graph(w, nodes, (size_t)n, wall_time, &err)) return mlpl_raise(L, &err);
    return 0;
}
