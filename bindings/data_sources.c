/* data_sources.c - core.data: CIFAR files, lists of files, tensors and other data sets as data sets. */
#include "data.h"

#include <string.h>

static mlp_dataset **push_dataset(lua_State *L)
{
    return (mlp_dataset **)mlpl_push(L, &mlpl_dataset_class);
}

static int open_cifar(lua_State *L, const char *who, mlp_cifar kind, const char *const *known)
{
    if (lua_type(L, 1) != LUA_TSTRING) return mlpl_arg_error(L, 1, "a path");
    const char *path = lua_tostring(L, 1);
    mlpl_options o = mlpl_options_at(L, 2, who, known);
    mlp_data_options options = mlpl_data_options(L, &o);
    mlp_part part = mlpl_data_part(L, &o);
    const char *labels = kind == MLP_CIFAR100 ? mlpl_option_string(&o, "labels", "fine") : "fine";
    bool coarse = strcmp(labels, "coarse") == 0;
    if (!coarse && strcmp(labels, "fine") != 0)
        return mlpl_errorf(L, "%s: labels is '%s', expected \"fine\" or \"coarse\"", who, labels);
    mlp_error err;
    mlp_status st = mlp_cifar_open(push_dataset(L), path, kind, coarse, part, &options, &err);
    mlpl_account(L);
    return st ? mlpl_raise(L, &err) : 1;
}

static int cifar10(lua_State *L) /* CIFAR10(folder or file, options) */
{
    static const char *const known[] = { MLPL_DECODE_OPTIONS, "train", "part", NULL };
    return open_cifar(L, "data.CIFAR10", MLP_CIFAR10, known);
}

static int cifar100(lua_State *L) /* CIFAR100(folder or file, options) */
{
    static const char *const known[] = { MLPL_DECODE_OPTIONS, "train", "part", "labels", NULL };
    return open_cifar(L, "data.CIFAR100", MLP_CIFAR100, known);
}

/* The texts of the list at arg, which keeps them alive, into memory that Lua owns. */
static const char **check_texts(lua_State *L, int arg, int64_t *count)
{
    if (!lua_istable(L, arg)) mlpl_arg_error(L, arg, "a list of texts");
    int64_t n = mlpl_length(L, arg);
    const char **text = lua_newuserdatauv(L, (size_t)n * sizeof *text + 1, 0);
    for (int64_t i = 0; i < n; i++) {
        if (lua_rawgeti(L, arg, (lua_Integer)i + 1) != LUA_TSTRING) mlpl_arg_error(L, arg, "a list of texts");
        text[i] = lua_tostring(L, -1);
        lua_pop(L, 1);
    }
    *count = n;
    return text;
}

static lua_Integer entry(lua_State *L, int list, int64_t i)
{
    lua_rawgeti(L, list, (lua_Integer)i + 1);
    lua_Integer value = lua_tointeger(L, -1);
    lua_pop(L, 1);
    return value;
}

/* listed(root, paths, labels, parts, classes, options): lists of equal length; parts are 1 to 3, 0: none */
static int listed(lua_State *L)
{
    static const char *const known[] = { MLPL_DECODE_OPTIONS, NULL };
    if (lua_type(L, 1) != LUA_TSTRING) return mlpl_arg_error(L, 1, "a folder");
    int64_t n, classes;
    const char **path = check_texts(L, 2, &n), **name = check_texts(L, 5, &classes);
    for (int arg = 3; arg <= 4; arg++)
        if (!lua_istable(L, arg) || mlpl_length(L, arg) != n)
            return mlpl_arg_error(L, arg, "a list with a number for each path");
    mlpl_options o = mlpl_options_at(L, 6, "data.CSV", known);
    mlp_data_options options = mlpl_data_options(L, &o);
    mlp_listed *list = lua_newuserdatauv(L, (size_t)n * sizeof *list + 1, 0);
    for (int64_t i = 0; i < n; i++) {
        lua_Integer label = entry(L, 3, i), part = entry(L, 4, i);
        if (label < 1 || label > classes || part < 0 || part > MLP_PARTS || classes > 1 << 24)
            return mlpl_errorf(L, "listed: entry %I has label %I and part %I", (lua_Integer)i + 1, label, part);
        list[i] = (mlp_listed){ path[i], (int32_t)(label - 1), (mlp_part)(part - 1) };
    }
    mlp_error err;
    if (mlp_listed_open(push_dataset(L), lua_tostring(L, 1), list, n, name, (int)classes, &options, &err))
        return mlpl_raise(L, &err);
    return 1;
}

static int tensor_dataset(lua_State *L) /* tensors(samples, labels from 1, names of classes) */
{
    mlp_tensor *images = mlpl_check_tensor(L, 1), *labels = mlpl_check_tensor(L, 2);
    int64_t classes;
    const char **name = check_texts(L, 3, &classes);
    if (classes > 1 << 24) return mlpl_arg_error(L, 3, "a list of the names of classes");
    mlp_tensor *from_zero = labels->dtype == MLP_I64 ? mlpl_index_from_lua(L, labels) : labels;
    mlp_error err;
    if (mlp_tensor_dataset_new(push_dataset(L), images, from_zero, name, (int)classes, &err))
        return mlpl_raise(L, &err);
    return 1;
}

static int concat(lua_State *L) /* ConcatDataset { a, b, ... } */
{
    enum { MOST = 4096 };
    int64_t n = lua_istable(L, 1) ? mlpl_length(L, 1) : -1;
    if (n < 1 || n > MOST) return mlpl_arg_error(L, 1, "a list of data sets");
    mlp_dataset **sets = lua_newuserdatauv(L, (size_t)n * sizeof *sets, 0);
    luaL_checkstack(L, (int)n + 8, "too many data sets");
    for (int64_t i = 0; i < n; i++) {
        lua_rawgeti(L, 1, (lua_Integer)i + 1); /* stays on the stack, and so alive */
        sets[i] = mlpl_test(L, -1, &mlpl_dataset_class);
        if (!sets[i])
            return mlpl_errorf(L, "data.ConcatDataset: element %I is a %s, expected a data set", (lua_Integer)i + 1,
                               luaL_typename(L, -1));
    }
    mlp_error err;
    if (mlp_dataset_concat(push_dataset(L), sets, (int)n, &err)) return mlpl_raise(L, &err);
    return 1;
}

const luaL_Reg mlpl_source_functions[] = {
    { "CIFAR10", cifar10 }, { "CIFAR100", cifar100 },      { "ConcatDataset", concat },
    { "listed", listed },   { "tensors", tensor_dataset }, { NULL, NULL },
};
