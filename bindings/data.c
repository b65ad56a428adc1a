/* data.c - mlprun.core.data: what one asks of a data set, and the module, which the other data_*.c are parts of. */
#include "data.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A sample's number from Lua: 1 to the count. */
static int64_t check_position(lua_State *L, int arg, const mlp_dataset *d)
{
    int whole;
    lua_Integer i = lua_tointegerx(L, arg, &whole);
    if (!whole || lua_type(L, arg) != LUA_TNUMBER) mlpl_arg_error(L, arg, "the number of a sample");
    if (i < 1 || i > mlp_dataset_count(d))
        mlpl_errorf(L, "sample %I is outside of the data set: it has %I", i, (lua_Integer)mlp_dataset_count(d));
    return i - 1;
}

/* ---- looking ---- */

static int dataset_length(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)mlp_dataset_count(mlpl_check_dataset(L, 1)));
    return 1;
}

static int dataset_labels(lua_State *L) /* ds:labels() -> i64 tensor; several for each sample: f32, n x labels */
{
    mlp_dataset *d = mlpl_check_dataset(L, 1);
    mlp_error err;
    mlp_tensor **t = mlpl_push_tensor(L);
    if (mlp_dataset_labels(t, d, &err)) return mlpl_raise(L, &err);
    if (!mlp_dataset_targets(d)) mlpl_index_to_lua(L, *t);
    return 1;
}

/* ds:combinations() -> what is true of each sample as a number (i64), the names of these numbers, and which labels each
 * has (u8, combinations x labels); where samples have one label: labels, classes, nil */
static int dataset_combinations(lua_State *L)
{
    mlp_dataset *d = mlpl_check_dataset(L, 1);
    int n = mlp_dataset_classes(d), targets = mlp_dataset_targets(d);
    const int64_t count = mlp_dataset_count(d), shape[] = { n, targets };
    mlp_error err;
    mlp_tensor **numbers = mlpl_push_tensor(L), **table = NULL;
    if (mlp_tensor_new(numbers, MLP_I64, 1, &count, &err)) return mlpl_raise(L, &err);
    for (int64_t i = 0; i < count; i++) ((int64_t *)mlp_tensor_data(*numbers))[i] = mlp_dataset_label(d, i) + 1;
    lua_createtable(L, n, 0);
    for (int i = 0; i < n; i++) {
        lua_pushstring(L, mlp_dataset_class(d, i));
        lua_rawseti(L, -2, i + 1);
    }
    if (!targets) return lua_pushnil(L), 3;
    table = mlpl_push_tensor(L);
    if (mlp_tensor_new(table, MLP_U8, 2, shape, &err)) return mlpl_raise(L, &err);
    mlp_dataset_target_table(d, mlp_tensor_data(*table));
    mlpl_account(L);
    return 3;
}

static int dataset_samples(lua_State *L) /* ds:samples() -> i64 tensor: numbers in what was opened */
{
    mlp_dataset *d = mlpl_check_dataset(L, 1);
    mlp_error err;
    mlp_tensor **t = mlpl_push_tensor(L);
    if (mlp_dataset_samples(t, d, &err)) return mlpl_raise(L, &err);
    mlpl_index_to_lua(L, *t);
    return 1;
}

static int dataset_path(lua_State *L) /* ds:path(i) */
{
    mlp_dataset *d = mlpl_check_dataset(L, 1);
    int64_t i = check_position(L, 2, d);
    char *path = NULL;
    mlp_error err;
    if (mlp_dataset_path(&path, d, i, &err)) return mlpl_raise(L, &err);
    return mlpl_push_owned(L, path, strlen(path));
}

static int push_paths(lua_State *L, const mlp_dataset *d) /* ds.paths: a list */
{
    int64_t n = mlp_dataset_count(d);
    lua_createtable(L, (int)(n < INT_MAX ? n : INT_MAX), 0);
    for (int64_t i = 0; i < n; i++) {
        char *path = NULL;
        mlp_error err;
        if (mlp_dataset_path(&path, d, i, &err)) return mlpl_raise(L, &err);
        mlpl_push_owned(L, path, strlen(path));
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

/* Pushes the picture, as the transform leaves it, and the label. */
static int push_sample(lua_State *L, const mlp_dataset *d, int64_t i, uint64_t seed, uint64_t epoch)
{
    mlp_error err;
    mlp_tensor **tensor = mlpl_push_tensor(L);
    mlp_image **image = mlpl_push_image(L);
    if (mlp_dataset_get(image, tensor, d, i, seed, epoch, &err)) return mlpl_raise(L, &err);
    mlpl_account(L);
    if (!*image) lua_pop(L, 1);
    if (!mlp_dataset_targets(d)) return lua_pushinteger(L, mlp_dataset_label(d, i) + 1), 2;
    mlp_tensor **row = mlpl_push_tensor(L);
    if (mlp_dataset_target_row(row, d, i, &err)) return mlpl_raise(L, &err);
    return 2;
}

static int dataset_get(lua_State *L) /* ds:get(i, { seed =, epoch = }) -> picture, label */
{
    static const char *const known[] = { "seed", "epoch", NULL };
    mlp_dataset *d = mlpl_check_dataset(L, 1);
    int64_t i = check_position(L, 2, d);
    mlpl_options o = mlpl_options_at(L, 3, "get", known);
    int64_t seed = mlpl_option_integer(&o, "seed", (int64_t)mlpl_seed());
    int64_t epoch = mlpl_option_integer(&o, "epoch", 1);
    return push_sample(L, d, i, (uint64_t)seed, (uint64_t)epoch);
}

static int dataset_image(lua_State *L) /* ds:image(i) -> the picture without the transform */
{
    mlp_dataset *d = mlpl_check_dataset(L, 1);
    int64_t i = check_position(L, 2, d);
    mlp_error err;
    if (mlp_dataset_image(mlpl_push_image(L), d, i, &err)) return mlpl_raise(L, &err);
    mlpl_account(L);
    return 1;
}

/* ds.classes: made once, kept as the box's user value, so that it is the same table each time. */
static int push_classes(lua_State *L, const mlp_dataset *d)
{
    if (lua_getiuservalue(L, 1, 1) == LUA_TTABLE) return 1;
    lua_pop(L, 1);
    int targets = mlp_dataset_targets(d), n = targets ? targets : mlp_dataset_classes(d);
    lua_createtable(L, n, 0);
    for (int i = 0; i < n; i++) {
        lua_pushstring(L, targets ? mlp_dataset_target(d, i) : mlp_dataset_class(d, i));
        lua_rawseti(L, -2, i + 1);
    }
    mlpl_mark_list(L);
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, 1, 1);
    return 1;
}

static int push_parts(lua_State *L, const mlp_dataset *d)
{
    int n = 0;
    lua_newtable(L);
    for (int part = 0; part < MLP_PARTS; part++) {
        if (!mlp_dataset_has_part(d, (mlp_part)part)) continue;
        lua_pushstring(L, mlp_part_name((mlp_part)part));
        lua_rawseti(L, -2, ++n);
    }
    return 1;
}

static int dataset_index(lua_State *L) /* ds[i], the fields, else the methods */
{
    bool closes = lua_type(L, 2) == LUA_TSTRING && strcmp(lua_tostring(L, 2), "close") == 0; /* twice does no harm */
    mlp_dataset *d = closes ? mlpl_test(L, 1, &mlpl_dataset_class) : mlpl_check_dataset(L, 1);
    if (lua_type(L, 2) == LUA_TNUMBER) {
        push_sample(L, d, check_position(L, 2, d), mlpl_seed(), 1);
        lua_pop(L, 1);
        return 1;
    }
    const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
    if (strcmp(key, "classes") == 0) return push_classes(L, d);
    if (strcmp(key, "parts") == 0) return push_parts(L, d);
    if (strcmp(key, "targets") == 0) return dataset_labels(L);
    if (strcmp(key, "multilabel") == 0) return lua_pushboolean(L, mlp_dataset_targets(d) > 0), 1;
    if (strcmp(key, "paths") == 0) return push_paths(L, d);
    if (strcmp(key, "channels") == 0) return lua_pushinteger(L, mlp_dataset_channels(d)), 1;
    if (strcmp(key, "root") == 0) return lua_pushstring(L, mlp_dataset_root(d)), 1;
    if (strcmp(key, "kind") == 0) return lua_pushstring(L, mlp_dataset_kind(d)), 1;
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, 2, 1);
    return 1;
}

/* The samples of each class, or with each label where there are several for each sample; their number in *n. */
static int64_t *new_counts(lua_State *L, const mlp_dataset *d, int *n)
{
    int targets = mlp_dataset_targets(d);
    *n = targets ? targets : mlp_dataset_classes(d);
    int64_t *counts = lua_newuserdatauv(L, (size_t)*n * sizeof *counts, 0);
    if (targets) mlp_dataset_target_counts(d, counts);
    else mlp_dataset_class_counts(d, counts);
    return counts;
}

static int dataset_class_counts(lua_State *L) /* ds:class_counts() -> list in the order of classes */
{
    mlp_dataset *d = mlpl_check_dataset(L, 1);
    int n;
    int64_t *counts = new_counts(L, d, &n);
    lua_createtable(L, n, 0);
    for (int i = 0; i < n; i++) {
        lua_pushinteger(L, (lua_Integer)counts[i]);
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

static int dataset_fingerprint(lua_State *L) /* ds:fingerprint() -> "sha256:..." */
{
    mlp_dataset *d = mlpl_check_dataset(L, 1);
    char digits[MLP_FINGERPRINT];
    mlp_error err;
    if (mlp_dataset_fingerprint(digits, d, &err)) return mlpl_raise(L, &err);
    lua_pushfstring(L, "sha256:%s", digits);
    return 1;
}

typedef struct bad_list {
    mlp_bad_file *files;
    size_t count;
} bad_list;

static void free_bad_list(void *object)
{
    bad_list *list = object;
    mlp_bad_files_free(list->files, list->count);
    free(list);
}

static const mlpl_class bad_list_class = { "mlprun.BadList", free_bad_list };

static int dataset_bad_files(lua_State *L) /* ds:bad_files() -> list of { path =, reason =, sample = } */
{
    mlp_dataset *d = mlpl_check_dataset(L, 1);
    void **box = mlpl_push(L, &bad_list_class);
    void *p = NULL;
    mlp_error err;
    if (mlp_alloc(&p, 1, sizeof(bad_list), &err)) return mlpl_raise(L, &err);
    bad_list *list = *box = p;
    if (mlp_dataset_bad_files(&list->files, &list->count, d, &err)) return mlpl_raise(L, &err);
    lua_createtable(L, (int)list->count, 0);
    for (size_t i = 0; i < list->count; i++) {
        lua_createtable(L, 0, 3);
        lua_pushstring(L, list->files[i].path);
        lua_setfield(L, -2, "path");
        lua_pushstring(L, list->files[i].reason);
        lua_setfield(L, -2, "reason");
        if (list->files[i].sample >= 0) {
            lua_pushinteger(L, (lua_Integer)list->files[i].sample + 1);
            lua_setfield(L, -2, "sample");
        }
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

static int
dataset_passed_over(lua_State *L) /* ds:passed_over() -> { hidden =, other =, extensions = { [".txt"] = 3 } ... } */
{
    const mlp_passed_over *p = mlp_dataset_passed_over(mlpl_check_dataset(L, 1));
    lua_newtable(L);
    mlpl_set_integer(L, "hidden", p->hidden);
    mlpl_set_integer(L, "other", p->other);
    mlpl_set_integer(L, "loose", p->loose);
    mlpl_set_integer(L, "repeats", p->repeats);
    mlpl_set_integer(L, "links_out", p->links_out);
    lua_pushboolean(L, !p->stayed_inside);
    lua_setfield(L, -2, "links_followed");
    mlpl_set_integer(L, "unlabelled", p->unlabelled);
    lua_pushstring(L, p->unlabelled_in);
    lua_setfield(L, -2, "unlabelled_in");
    if (p->like_parts[0]) {
        lua_pushstring(L, p->like_parts);
        lua_setfield(L, -2, "like_parts");
    }
    if (p->alike[0]) {
        lua_pushstring(L, p->alike);
        lua_setfield(L, -2, "alike");
        lua_pushstring(L, p->alike_inside);
        lua_setfield(L, -2, "alike_inside");
        lua_pushboolean(L, p->parts_inside);
        lua_setfield(L, -2, "parts_inside");
    }
    lua_newtable(L);
    for (int i = 0; i < p->extensions; i++) mlpl_set_integer(L, p->extension[i].text, p->extension[i].count);
    lua_setfield(L, -2, "extensions");
    return 1;
}

static int
dataset_statistics(lua_State *L) /* ds:statistics() -> { mean = {...}, std = {...}, pictures =, bad =, ... } */
{
    mlp_data_statistics s;
    mlp_error err;
    if (mlp_dataset_statistics(&s, mlpl_check_dataset(L, 1), &err)) return mlpl_raise(L, &err);
    lua_newtable(L);
    mlpl_set_numbers(L, "mean", s.mean, s.channels);
    mlpl_set_numbers(L, "std", s.std, s.channels);
    mlpl_set_integer(L, "pictures", s.pictures);
    mlpl_set_integer(L, "bad", s.bad);
    mlpl_set_integer(L, "min_width", s.min_width);
    mlpl_set_integer(L, "max_width", s.max_width);
    mlpl_set_integer(L, "min_height", s.min_height);
    mlpl_set_integer(L, "max_height", s.max_height);
    return 1;
}

static int dataset_tostring(lua_State *L)
{
    enum { SHOWN = 40 };
    mlp_dataset *d = mlpl_test(L, 1, &mlpl_dataset_class);
    if (!d) return lua_pushliteral(L, "Dataset (closed)"), 1;
    bool several = mlp_dataset_targets(d) > 0;
    int classes, width = 0;
    int64_t *counts = new_counts(L, d, &classes);
    int shown = classes < SHOWN ? classes : SHOWN;
    for (int i = 0; i < shown; i++) {
        int n = (int)strlen(several ? mlp_dataset_target(d, i) : mlp_dataset_class(d, i));
        if (n > width && n <= 40) width = n;
    }
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    lua_pushfstring(L, "%s '%s': %I picture%s %s %d %s, %s", mlp_dataset_kind(d), mlp_dataset_root(d),
                    (lua_Integer)mlp_dataset_count(d), mlp_dataset_count(d) == 1 ? "" : "s",
                    several ? "with any of" : "in", classes,
                    several        ? classes == 1 ? "label" : "labels"
                    : classes == 1 ? "class"
                                   : "classes",
                    mlp_dataset_channels(d) == 1 ? "grey" : "colour");
    luaL_addvalue(&b);
    for (int i = 0; i < shown; i++) {
        char line[400];
        snprintf(line, sizeof line, "\n  %-*s %8lld", width,
                 several ? mlp_dataset_target(d, i) : mlp_dataset_class(d, i), (long long)counts[i]);
        luaL_addstring(&b, line);
    }
    if (shown < classes) {
        lua_pushfstring(L, "\n  ... and %d more %s", classes - shown, several ? "labels" : "classes");
        luaL_addvalue(&b);
    }
    luaL_pushresult(&b);
    return 1;
}

/* ---- the module ---- */

int mlpl_open_data(lua_State *L)
{
    static const mlpl_function methods[] = {
        { "labels", dataset_labels, 1 },
        { "combinations", dataset_combinations, 1 },
        { "samples", dataset_samples, 1 },
        { "path", dataset_path, 2 },
        { "get", dataset_get, 3 },
        { "image", dataset_image, 2 },
        { "class_counts", dataset_class_counts, 1 },
        { "fingerprint", dataset_fingerprint, 1 },
        { "bad_files", dataset_bad_files, 1 },
        { "passed_over", dataset_passed_over, 1 },
        { "statistics", dataset_statistics, 2 },
        /* the fields: dataset_index answers for them, here they are names that "did you mean" knows */
        { "classes", NULL, 0 },
        { "parts", NULL, 0 },
        { "targets", NULL, 0 },
        { "multilabel", NULL, 0 },
        { "paths", NULL, 0 },
        { "channels", NULL, 0 },
        { "root", NULL, 0 },
        { "kind", NULL, 0 },
        { NULL, NULL, 0 },
    };
    static const luaL_Reg meta[] = {
        { "__index", dataset_index },
        { "__len", dataset_length },
        { "__tostring", dataset_tostring },
        { NULL, NULL },
    };
    const mlpl_function *const functions[] = { mlpl_source_functions, mlpl_view_functions,    mlpl_sampler_functions,
                                               mlpl_loader_functions, mlpl_inspect_functions, mlpl_mix_functions,
                                               mlpl_group_functions };
    mlpl_class_register(L, &mlpl_dataset_class, methods, meta);
    mlpl_class_register(L, &bad_list_class, NULL, NULL);
    mlpl_loader_register(L);
    mlpl_sampler_register(L);
    mlpl_inspect_register(L);
    lua_newtable(L);
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) mlpl_set_functions(L, functions[i]);
    luaL_getmetatable(L, mlpl_dataset_class.name); /* the Lua library adds methods that are made of others */
    lua_getfield(L, -1, "methods");
    mlpl_set_functions(L, mlpl_view_methods);
    lua_setfield(L, -3, "methods");
    lua_pop(L, 1);
    return 1;
}
