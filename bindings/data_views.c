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
    int64_t n = lua_istable(L, 2) ? mlpl_length(L, 2) : -1;
    if (n < 0 || n > 1 << 24) return mlpl_arg_error(L, 2, "a list of class numbers");
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

static int
duplicates(lua_State *L) /* duplicates(set, ...) -> i64 tensor: for each sample the first one with its bytes */
{
    enum { MOST = 16 };
    const mlp_dataset *sets[MOST];
    int n = lua_gettop(L);
    int64_t total = 0;
    if (n < 1 || n > MOST) return mlpl_errorf(L, "duplicates: got %d data sets, expected 1 to %d", n, MOST);
    for (int i = 0; i < n; i++) {
        sets[i] = check_dataset(L, i + 1);
        total += mlp_dataset_count(sets[i]);
    }
    mlp_error err;
    mlp_tensor **t = mlpl_push_tensor(L);
    if (mlp_tensor_new(t, MLP_I64, 1, &total, &err)) return mlpl_raise(L, &err);
    if (mlp_duplicates(mlp_tensor_data(*t), sets, n, &err)) return mlpl_raise(L, &err);
    mlpl_index_to_lua(L, *t);
    return 1;
}

static int is_dataset(lua_State *L)
{
    lua_pushboolean(L, mlpl_test(L, 1, &mlpl_dataset_class) != NULL);
    return 1;
}

static int
dataset_folds(lua_State *L) /* ds:folds { k = 5, stratify = true, seed = 42, together = true } -> i64 tensor, from 1 */
{
    static const char *const known[] = { "k", "stratify", "seed", "together", NULL };
    mlp_dataset *d = check_dataset(L, 1);
    mlpl_options o = mlpl_options_at(L, 2, "kfold", known);
    int64_t k = mlpl_option_integer(&o, "k", 5);
    bool stratify = mlpl_option_boolean(&o, "stratify", true), together = mlpl_option_boolean(&o, "together", true);
    int64_t seed = mlpl_option_integer(&o, "seed", (int64_t)mlpl_seed());
    mlp_error err;
    mlp_tensor **t = mlpl_push_tensor(L);
    if (mlp_dataset_folds(t, d, k, stratify, together, (uint64_t)seed, &err)) return mlpl_raise(L, &err);
    mlpl_index_to_lua(L, *t);
    return 1;
}

const luaL_Reg mlpl_view_methods[] = {
    { "classes_at", dataset_classes_at },
    { "folds", dataset_folds },
    { NULL, NULL },
};

const luaL_Reg mlpl_view_functions[] = {
    { "permutation", permutation },
    { "is_dataset", is_dataset },
    { "duplicates", duplicates },
    { NULL, NULL },
};
