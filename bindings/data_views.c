/* data_views.c - core.data: some of the samples of a data set, and what decides which ones. */
#include "data.h"

#include "augment.h"

#include <string.h>

static int dataset_with(lua_State *L) /* ds:with(transform) -> data set; nil takes the transform away */
{
    mlp_dataset *d = mlpl_check_dataset(L, 1);
    mlp_transform *t = lua_isnil(L, 2) ? NULL : mlpl_check_transform(L, 2);
    mlp_error err;
    if (mlp_dataset_with(mlpl_push_dataset(L), d, t, &err)) return mlpl_raise(L, &err);
    return 1;
}

static int dataset_subset(lua_State *L) /* ds:subset(indices) -> data set */
{
    mlp_dataset *d = mlpl_check_dataset(L, 1);
    int64_t n;
    int64_t *index = mlpl_check_samples(L, 2, "subset", &n);
    mlp_error err;
    if (mlp_dataset_subset(mlpl_push_dataset(L), d, index, n, &err)) return mlpl_raise(L, &err);
    return 1;
}

static int dataset_part(lua_State *L) /* ds:part("train") -> data set */
{
    mlp_dataset *d = mlpl_check_dataset(L, 1);
    const char *name = luaL_checkstring(L, 2);
    mlp_error err;
    for (int i = 0; i < MLP_PARTS; i++) {
        if (strcmp(name, mlp_part_name((mlp_part)i)) != 0) continue;
        if (mlp_dataset_part(mlpl_push_dataset(L), d, (mlp_part)i, &err)) return mlpl_raise(L, &err);
        return 1;
    }
    return mlpl_arg_error(L, 2, "\"train\", \"val\" or \"test\"");
}

static int classes_at(lua_State *L) /* classes_at(set, list of class numbers) -> data set; labels are renumbered */
{
    mlp_dataset *d = mlpl_check_dataset(L, 1);
    int64_t n = lua_istable(L, 2) ? mlpl_length(L, 2) : -1;
    if (n < 0 || n > 1 << 24) return mlpl_arg_error(L, 2, "a list of class numbers");
    int *classes = lua_newuserdatauv(L, (size_t)n * sizeof *classes, 0);
    for (int64_t i = 0; i < n; i++) {
        lua_rawgeti(L, 2, (lua_Integer)i + 1);
        classes[i] = (int)mlpl_shifted(lua_tointeger(L, -1));
        lua_pop(L, 1);
    }
    mlp_error err;
    if (mlp_dataset_select_classes(mlpl_push_dataset(L), d, classes, (int)n, &err)) return mlpl_raise(L, &err);
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
        sets[i] = mlpl_check_dataset(L, i + 1);
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

/* Both take every option: what is not said is nothing, defaults are the Lua library's. */

/* divide(set, { val =, test =, stratify =, seed =, duplicates = "together" }) -> train, val[, test] */
static int divide(lua_State *L)
{
    static const char *const known[] = { "val", "test", "stratify", "seed", "duplicates", NULL };
    static const char *const policies[] = { "together", "refuse", "allow" }; /* as mlp_copies */
    mlp_dataset *d = mlpl_check_dataset(L, 1);
    mlpl_options o = mlpl_options_at(L, 2, "split", known);
    double val = mlpl_option_number(&o, "val", 0), test = mlpl_option_number(&o, "test", 0);
    bool stratify = mlpl_option_boolean(&o, "stratify", false);
    int64_t seed = mlpl_option_integer(&o, "seed", 0);
    const char *wanted = mlpl_option_string(&o, "duplicates", "");
    int copies = MLP_TOGETHER;
    while (copies <= MLP_ALLOWED && strcmp(wanted, policies[copies]) != 0) copies++;
    if (copies > MLP_ALLOWED)
        return mlpl_errorf(L, "split: duplicates is '%s', expected \"together\", \"refuse\" or \"allow\"", wanted);
    mlp_dataset **box[MLP_PARTS], *part[MLP_PARTS];
    for (int i = 0; i < MLP_PARTS; i++) box[i] = mlpl_push_dataset(L);
    mlp_error err;
    if (mlp_dataset_divide(part, d, val, test, stratify, (mlp_copies)copies, (uint64_t)seed, &err))
        return mlpl_raise(L, &err);
    for (int i = 0; i < MLP_PARTS; i++) *box[i] = part[i];
    if (part[MLP_TEST]) return 3;
    lua_pop(L, 1);
    return 2;
}

/* folds(set, { k =, stratify =, seed =, together = }) -> i64 tensor, from 1: the fold of each sample */
static int folds(lua_State *L)
{
    static const char *const known[] = { "k", "stratify", "seed", "together", NULL };
    mlp_dataset *d = mlpl_check_dataset(L, 1);
    mlpl_options o = mlpl_options_at(L, 2, "kfold", known);
    int64_t k = mlpl_option_integer(&o, "k", 0), seed = mlpl_option_integer(&o, "seed", 0);
    bool stratify = mlpl_option_boolean(&o, "stratify", false), together = mlpl_option_boolean(&o, "together", false);
    mlp_error err;
    mlp_tensor **t = mlpl_push_tensor(L);
    if (mlp_dataset_folds(t, d, k, stratify, together, (uint64_t)seed, &err)) return mlpl_raise(L, &err);
    mlpl_index_to_lua(L, *t);
    return 1;
}

const mlpl_function mlpl_view_methods[] = {
    { "with", dataset_with, 2 },
    { "subset", dataset_subset, 2 },
    { "part", dataset_part, 2 },
    { NULL, NULL, 0 },
};

/* clang-format off */
const mlpl_function mlpl_view_functions[] = {
    { "is_dataset", is_dataset, 1 },
    { "classes_at", classes_at, 2 },
    { "divide", divide, 2 },
    { "folds", folds, 2 },
    { "duplicates", duplicates, MLPL_FORMS },
    { "permutation", permutation, 4 },
    { NULL, NULL, 0 },
};
/* clang-format on */
