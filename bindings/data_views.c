/* data_views.c - core.data: views of data sets beyond subset and split, and data sets made of others. */
#include "data.h"

static mlp_dataset *check_dataset(lua_State *L, int arg)
{
    return mlpl_check(L, arg, &mlpl_dataset_class);
}

static mlp_dataset **push_dataset(lua_State *L)
{
    return (mlp_dataset **)mlpl_push(L, &mlpl_dataset_class);
}

static int
dataset_classes_at(lua_State *L) /* ds:classes_at(list of class numbers) -> data set; labels are renumbered */
{
    mlp_dataset *d = check_dataset(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    int64_t n = mlpl_length(L, 2);
    if (n > 1 << 24) return mlpl_arg_error(L, 2, "a list of class numbers");
    int *classes = lua_newuserdatauv(L, (size_t)n * sizeof *classes, 0);
    for (int64_t i = 0; i < n; i++) {
        lua_rawgeti(L, 2, (lua_Integer)i + 1);
        classes[i] = (int)mlpl_shifted(lua_tointeger(L, -1));
        lua_pop(L, 1);
    }
    mlp_error err;
    if (mlp_dataset_select_classes(push_dataset(L), d, classes, (int)n, &err)) return mlpl_raise(L, &err);
    return 1;
}

/* permutation(n, seed, a, b) -> list of 1 to n in an order that follows from the others; a and b tell draws apart */
static int permutation(lua_State *L)
{
    lua_Integer n = luaL_checkinteger(L, 1), seed = luaL_checkinteger(L, 2);
    lua_Integer a = luaL_checkinteger(L, 3), b = luaL_checkinteger(L, 4);
    if (n < 0 || n > 1 << 24) return mlpl_arg_error(L, 1, "a number of things");
    int64_t *order = lua_newuserdatauv(L, (size_t)n * sizeof *order, 0);
    mlp_rng rng = mlp_rng_stream((uint64_t)seed, MLP_FOR_SPLIT, (uint64_t)a, (uint64_t)b, 0);
    mlp_rng_permutation(&rng, n, order);
    lua_createtable(L, (int)n, 0);
    for (lua_Integer i = 0; i < n; i++) {
        lua_pushinteger(L, (lua_Integer)order[i] + 1);
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

static int is_dataset(lua_State *L)
{
    lua_pushboolean(L, mlpl_test(L, 1, &mlpl_dataset_class) != NULL);
    return 1;
}

const luaL_Reg mlpl_view_methods[] = {
    { "classes_at", dataset_classes_at },
    { NULL, NULL },
};

const luaL_Reg mlpl_view_functions[] = {
    { "permutation", permutation },
    { "is_dataset", is_dataset },
    { NULL, NULL },
};
