/* data.c - mlprun.core.data: data sets. DataLoader is in data_loader.c. */
#include "data.h"

#include "augment.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void release_dataset(void *object)
{
    mlp_dataset_release(object);
}

const mlpl_class mlpl_dataset_class = { "mlprun.Dataset", release_dataset };

static mlp_dataset *check_dataset(lua_State *L, int arg)
{
    return mlpl_check(L, arg, &mlpl_dataset_class);
}

static mlp_dataset **push_dataset(lua_State *L)
{
    return (mlp_dataset **)mlpl_push(L, &mlpl_dataset_class);
}

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

/* ---- opening ---- */

/* background = "white", "black", a level, or { r, g, b } */
static void read_background(lua_State *L, const mlpl_options *o, uint8_t colour[3])
{
    if (!mlpl_option_push(o, "background")) return;
    lua_Integer level[3];
    int ok = 1;
    if (lua_type(L, -1) == LUA_TTABLE) {
        for (int c = 0; c < 3; c++) {
            int whole;
            lua_rawgeti(L, -1, c + 1);
            level[c] = lua_tointegerx(L, -1, &whole);
            ok = ok && whole;
            lua_pop(L, 1);
        }
    } else if (lua_type(L, -1) == LUA_TSTRING) {
        const char *name = lua_tostring(L, -1);
        ok = strcmp(name, "white") == 0 || strcmp(name, "black") == 0;
        level[0] = level[1] = level[2] = name[0] == 'w' ? 255 : 0;
    } else {
        level[0] = level[1] = level[2] = lua_tointegerx(L, -1, &ok);
    }
    for (int c = 0; ok && c < 3; c++) ok = level[c] >= 0 && level[c] <= 255;
    if (!ok)
        mlpl_errorf(L, "%s: background must be \"white\", \"black\", a level from 0 to 255, or three of them", o->who);
    for (int c = 0; c < 3; c++) colour[c] = (uint8_t)level[c];
    lua_pop(L, 1);
}

mlp_data_options mlpl_data_options(lua_State *L, const mlpl_options *o)
{
    mlp_data_options d = mlp_data_defaults();
    d.decode.channels = (int)mlpl_option_integer(o, "channels", 0);
    if (d.decode.channels != 0 && d.decode.channels != 1 && d.decode.channels != 3)
        mlpl_errorf(L, "%s: channels is %d, expected 3 (colour) or 1 (grey)", o->who, d.decode.channels);
    read_background(L, o, d.decode.background);
    d.decode.max_pixels = mlpl_option_integer(o, "max_pixels", d.decode.max_pixels);
    if (d.decode.max_pixels < 1)
        mlpl_errorf(L, "%s: max_pixels is %I, expected 1 or more", o->who, (lua_Integer)d.decode.max_pixels);
    int64_t draft = mlpl_option_integer(o, "draft", 0);
    if (draft < 0 || draft > MLP_IMAGE_MAX_SIDE)
        mlpl_errorf(L, "%s: draft is %I, expected the least number of pixels a side, or 0 for all", o->who,
                    (lua_Integer)draft);
    d.decode.draft = (int)draft;
    const char *on_bad = mlpl_option_string(o, "on_bad", "skip");
    if (strcmp(on_bad, "stop") == 0) d.on_bad = MLP_STOP_AT_BAD;
    else if (strcmp(on_bad, "skip") != 0)
        mlpl_errorf(L, "%s: on_bad is '%s', expected \"skip\" or \"stop\"", o->who, on_bad);
    return d;
}

static const char *check_path(lua_State *L, int arg)
{
    if (lua_type(L, arg) != LUA_TSTRING) mlpl_arg_error(L, arg, "a path");
    return lua_tostring(L, arg);
}

static int image_folder(lua_State *L) /* ImageFolder(path, options) */
{
    static const char *const known[] = { MLPL_DECODE_OPTIONS, "allow_empty", NULL };
    const char *path = check_path(L, 1);
    mlpl_options o = mlpl_options_at(L, 2, "data.ImageFolder", known);
    mlp_data_options options = mlpl_data_options(L, &o);
    options.allow_empty = mlpl_option_boolean(&o, "allow_empty", false);
    mlp_error err;
    if (mlp_image_folder_open(push_dataset(L), path, &options, &err)) return mlpl_raise(L, &err);
    return 1;
}

mlp_part mlpl_data_part(lua_State *L, const mlpl_options *o)
{
    const char *part = mlpl_option_string(o, "part", NULL);
    if (!part) return mlpl_option_boolean(o, "train", true) ? MLP_TRAIN : MLP_TEST;
    for (int i = MLP_NO_PART; i < MLP_PARTS; i++)
        if (strcmp(part, mlp_part_name((mlp_part)i)) == 0) return (mlp_part)i;
    mlpl_errorf(L, "%s: part is '%s', expected \"train\", \"val\", \"test\" or \"all\"", o->who, part);
    return MLP_NO_PART;
}

static int
idx(lua_State *L) /* IDX(images, labels, options), IDX(folder, options), IDX(one of the two files, options) */
{
    static const char *const known[] = { MLPL_DECODE_OPTIONS, "train", "part", NULL };
    const char *path = check_path(L, 1);
    const char *labels = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : NULL;
    mlpl_options o = mlpl_options_at(L, labels ? 3 : 2, "data.IDX", known);
    mlp_data_options options = mlpl_data_options(L, &o);
    mlp_part part = mlpl_data_part(L, &o);
    mlp_dataset **out = push_dataset(L);
    mlp_error err;
    mlp_status st;
    if (labels) {
        mlp_idx_pair pair = { path, labels, MLP_NO_PART };
        st = mlp_idx_open(out, &pair, 1, &options, &err);
    } else if (mlp_data_recognise(path) == MLP_DATA_IDX_FILE) {
        st = mlp_idx_file_open(out, path, &options, &err);
    } else {
        st = mlp_idx_folder_open(out, path, part, &options, &err);
    }
    mlpl_account(L);
    return st ? mlpl_raise(L, &err) : 1;
}

static int recognise(lua_State *L) /* recognise(path) -> "ImageFolder", "IDX folder", "CIFAR10" ... or nil */
{
    static const char *const names[] = { NULL, "ImageFolder", "IDX folder", "IDX file", "CIFAR10", "CIFAR100" };
    lua_pushstring(L, names[mlp_data_recognise(check_path(L, 1))]);
    return 1;
}

/* ---- looking ---- */

static int dataset_length(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)mlp_dataset_count(check_dataset(L, 1)));
    return 1;
}

static int dataset_labels(lua_State *L) /* ds:labels() -> i64 tensor */
{
    mlp_dataset *d = check_dataset(L, 1);
    mlp_error err;
    mlp_tensor **t = mlpl_push_tensor(L);
    if (mlp_dataset_labels(t, d, &err)) return mlpl_raise(L, &err);
    mlpl_index_to_lua(L, *t);
    return 1;
}

static int dataset_samples(lua_State *L) /* ds:samples() -> i64 tensor: numbers in what was opened */
{
    mlp_dataset *d = check_dataset(L, 1);
    mlp_error err;
    mlp_tensor **t = mlpl_push_tensor(L);
    if (mlp_dataset_samples(t, d, &err)) return mlpl_raise(L, &err);
    mlpl_index_to_lua(L, *t);
    return 1;
}

static int dataset_path(lua_State *L) /* ds:path(i) */
{
    mlp_dataset *d = check_dataset(L, 1);
    int64_t i = check_position(L, 2, d);
    char *path = NULL;
    mlp_error err;
    if (mlp_dataset_path(&path, d, i, &err)) return mlpl_raise(L, &err);
    lua_pushstring(L, path);
    free(path);
    return 1;
}

static int push_paths(lua_State *L, const mlp_dataset *d) /* ds.paths: a list */
{
    int64_t n = mlp_dataset_count(d);
    lua_createtable(L, (int)(n < INT_MAX ? n : INT_MAX), 0);
    for (int64_t i = 0; i < n; i++) {
        char *path = NULL;
        mlp_error err;
        if (mlp_dataset_path(&path, d, i, &err)) return mlpl_raise(L, &err);
        lua_pushstring(L, path);
        free(path);
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
    lua_pushinteger(L, mlp_dataset_label(d, i) + 1);
    return 2;
}

static int dataset_get(lua_State *L) /* ds:get(i, { seed =, epoch = }) -> picture, label */
{
    static const char *const known[] = { "seed", "epoch", NULL };
    mlp_dataset *d = check_dataset(L, 1);
    int64_t i = check_position(L, 2, d);
    mlpl_options o = mlpl_options_at(L, 3, "get", known);
    int64_t seed = mlpl_option_integer(&o, "seed", (int64_t)mlpl_seed());
    int64_t epoch = mlpl_option_integer(&o, "epoch", 1);
    return push_sample(L, d, i, (uint64_t)seed, (uint64_t)epoch);
}

static int dataset_image(lua_State *L) /* ds:image(i) -> the picture without the transform */
{
    mlp_dataset *d = check_dataset(L, 1);
    int64_t i = check_position(L, 2, d);
    mlp_error err;
    if (mlp_dataset_image(mlpl_push_image(L), d, i, &err)) return mlpl_raise(L, &err);
    mlpl_account(L);
    return 1;
}

static void push_classes(lua_State *L, const mlp_dataset *d)
{
    int n = mlp_dataset_classes(d);
    lua_createtable(L, n, 0);
    for (int i = 0; i < n; i++) {
        lua_pushstring(L, mlp_dataset_class(d, i));
        lua_rawseti(L, -2, i + 1);
    }
}

/* ds.classes: made once, kept as the box's user value, so that it is the same table each time. */
static int push_kept_classes(lua_State *L, const mlp_dataset *d)
{
    if (lua_getiuservalue(L, 1, 1) == LUA_TTABLE) return 1;
    lua_pop(L, 1);
    push_classes(L, d);
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
    mlp_dataset *d = closes ? mlpl_test(L, 1, &mlpl_dataset_class) : check_dataset(L, 1);
    if (lua_type(L, 2) == LUA_TNUMBER) {
        push_sample(L, d, check_position(L, 2, d), mlpl_seed(), 1);
        lua_pop(L, 1);
        return 1;
    }
    const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
    if (strcmp(key, "classes") == 0) return push_kept_classes(L, d);
    if (strcmp(key, "parts") == 0) return push_parts(L, d);
    if (strcmp(key, "targets") == 0) return dataset_labels(L);
    if (strcmp(key, "paths") == 0) return push_paths(L, d);
    if (strcmp(key, "channels") == 0) return lua_pushinteger(L, mlp_dataset_channels(d)), 1;
    if (strcmp(key, "root") == 0) return lua_pushstring(L, mlp_dataset_root(d)), 1;
    if (strcmp(key, "kind") == 0) return lua_pushstring(L, mlp_dataset_kind(d)), 1;
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, 2, 1);
    return 1;
}

static int64_t *new_counts(lua_State *L, const mlp_dataset *d)
{
    int64_t *counts = lua_newuserdatauv(L, (size_t)mlp_dataset_classes(d) * sizeof *counts, 0);
    mlp_dataset_class_counts(d, counts);
    return counts;
}

static int dataset_class_counts(lua_State *L) /* ds:class_counts() -> list in the order of classes */
{
    mlp_dataset *d = check_dataset(L, 1);
    int64_t *counts = new_counts(L, d);
    int n = mlp_dataset_classes(d);
    lua_createtable(L, n, 0);
    for (int i = 0; i < n; i++) {
        lua_pushinteger(L, (lua_Integer)counts[i]);
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

static int dataset_fingerprint(lua_State *L) /* ds:fingerprint() -> "sha256:..." */
{
    mlp_dataset *d = check_dataset(L, 1);
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
    mlp_dataset *d = check_dataset(L, 1);
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

static void set_count(lua_State *L, const char *key, int64_t value)
{
    lua_pushinteger(L, (lua_Integer)value);
    lua_setfield(L, -2, key);
}

static int
dataset_passed_over(lua_State *L) /* ds:passed_over() -> { hidden =, other =, extensions = { [".txt"] = 3 } ... } */
{
    const mlp_passed_over *p = mlp_dataset_passed_over(check_dataset(L, 1));
    lua_newtable(L);
    set_count(L, "hidden", p->hidden);
    set_count(L, "other", p->other);
    set_count(L, "loose", p->loose);
    set_count(L, "repeats", p->repeats);
    lua_newtable(L);
    for (int i = 0; i < p->extensions; i++) set_count(L, p->extension[i].text, p->extension[i].count);
    lua_setfield(L, -2, "extensions");
    return 1;
}

static void set_numbers(lua_State *L, const char *key, const double *values, int n)
{
    lua_createtable(L, n, 0);
    for (int i = 0; i < n; i++) {
        lua_pushnumber(L, values[i]);
        lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, key);
}

static int
dataset_statistics(lua_State *L) /* ds:statistics() -> { mean = {...}, std = {...}, pictures =, bad =, ... } */
{
    mlp_data_statistics s;
    mlp_error err;
    if (mlp_dataset_statistics(&s, check_dataset(L, 1), &err)) return mlpl_raise(L, &err);
    lua_newtable(L);
    set_numbers(L, "mean", s.mean, s.channels);
    set_numbers(L, "std", s.std, s.channels);
    set_count(L, "pictures", s.pictures);
    set_count(L, "bad", s.bad);
    set_count(L, "min_width", s.min_width);
    set_count(L, "max_width", s.max_width);
    set_count(L, "min_height", s.min_height);
    set_count(L, "max_height", s.max_height);
    return 1;
}

static int dataset_tostring(lua_State *L)
{
    enum { SHOWN = 40 };
    mlp_dataset *d = mlpl_test(L, 1, &mlpl_dataset_class);
    if (!d) return lua_pushliteral(L, "Dataset (closed)"), 1;
    int classes = mlp_dataset_classes(d), shown = classes < SHOWN ? classes : SHOWN, width = 0;
    int64_t *counts = new_counts(L, d);
    for (int i = 0; i < shown; i++) {
        int n = (int)strlen(mlp_dataset_class(d, i));
        if (n > width && n <= 40) width = n;
    }
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    lua_pushfstring(L, "%s '%s': %I pictures in %d classes, %s", mlp_dataset_kind(d), mlp_dataset_root(d),
                    (lua_Integer)mlp_dataset_count(d), classes, mlp_dataset_channels(d) == 1 ? "grey" : "colour");
    luaL_addvalue(&b);
    for (int i = 0; i < shown; i++) {
        char line[400];
        snprintf(line, sizeof line, "\n  %-*s %8lld", width, mlp_dataset_class(d, i), (long long)counts[i]);
        luaL_addstring(&b, line);
    }
    if (shown < classes) {
        lua_pushfstring(L, "\n  ... and %d more classes", classes - shown);
        luaL_addvalue(&b);
    }
    luaL_pushresult(&b);
    return 1;
}

/* ---- views ---- */

static int dataset_with(lua_State *L) /* ds:with(transform) -> data set; nil takes the transform away */
{
    mlp_dataset *d = check_dataset(L, 1);
    mlp_transform *t = lua_isnil(L, 2) ? NULL : mlpl_check_transform(L, 2);
    mlp_error err;
    if (mlp_dataset_with(push_dataset(L), d, t, &err)) return mlpl_raise(L, &err);
    return 1;
}

int64_t *mlpl_check_samples(lua_State *L, int arg, const char *who, int64_t *count)
{
    mlp_tensor *t = mlpl_test(L, arg, &mlpl_tensor_class);
    if (!t && !lua_istable(L, arg)) mlpl_arg_error(L, arg, "a list of sample numbers or an i64 tensor");
    if (t && (t->ndim != 1 || t->dtype != MLP_I64)) mlpl_arg_error(L, arg, "an i64 tensor of one dimension");
    int64_t n = t ? t->shape[0] : mlpl_length(L, arg);
    int64_t *index = lua_newuserdatauv(L, (size_t)n * sizeof *index, 0);
    for (int64_t i = 0; i < n; i++) {
        int whole = 1;
        if (t) {
            index[i] = mlpl_shifted(((const int64_t *)mlp_tensor_data(t))[i * t->stride[0]]);
        } else {
            lua_rawgeti(L, arg, (lua_Integer)i + 1);
            index[i] = mlpl_shifted(lua_tointegerx(L, -1, &whole));
            lua_pop(L, 1);
        }
        if (!whole) mlpl_errorf(L, "%s: entry %I of the list is no sample number", who, (lua_Integer)i + 1);
    }
    *count = n;
    return index;
}

static int dataset_subset(lua_State *L) /* ds:subset(indices) -> data set */
{
    mlp_dataset *d = check_dataset(L, 1);
    int64_t n;
    int64_t *index = mlpl_check_samples(L, 2, "subset", &n);
    for (int64_t i = 0; i < n; i++)
        if (index[i] < 0 || index[i] >= mlp_dataset_count(d))
            mlpl_errorf(L, "subset: sample %I is outside of the data set: it has %I", (lua_Integer)index[i] + 1,
                        (lua_Integer)mlp_dataset_count(d));
    mlp_error err;
    if (mlp_dataset_subset(push_dataset(L), d, index, n, &err)) return mlpl_raise(L, &err);
    return 1;
}

static int
dataset_split(lua_State *L) /* ds:split { val = 0.2, test = 0.1, stratify = true, seed = 42 } -> train, val[, test] */
{
    static const char *const known[] = { "train", "val", "test", "stratify", "seed", "duplicates", NULL };
    static const char *const policies[] = { "together", "refuse", "allow" }; /* as mlp_copies */
    mlp_dataset *d = check_dataset(L, 1);
    mlpl_options o = mlpl_options_at(L, 2, "split", known);
    double test = mlpl_option_number(&o, "test", 0), train = mlpl_option_number(&o, "train", -1);
    double val = mlpl_option_number(&o, "val", train < 0 ? 0.2 : 1 - test - train);
    if (train >= 0 && !(train + val + test > 1 - 1e-9 && train + val + test < 1 + 1e-9)) {
        char text[160];
        snprintf(text, sizeof text, "split: train, val and test are %g, %g and %g; together they must be 1", train, val,
                 test);
        return mlpl_errorf(L, "%s", text);
    }
    bool stratify = mlpl_option_boolean(&o, "stratify", true);
    int64_t seed = mlpl_option_integer(&o, "seed", (int64_t)mlpl_seed());
    const char *wanted = mlpl_option_string(&o, "duplicates", "together");
    int copies = MLP_TOGETHER;
    while (copies <= MLP_ALLOWED && strcmp(wanted, policies[copies]) != 0) copies++;
    if (copies > MLP_ALLOWED)
        return mlpl_errorf(L, "split: duplicates is '%s', expected \"together\", \"refuse\" or \"allow\"", wanted);
    mlp_dataset **box[MLP_PARTS], *part[MLP_PARTS];
    for (int i = 0; i < MLP_PARTS; i++) box[i] = push_dataset(L);
    mlp_error err;
    if (mlp_dataset_divide(part, d, val, test, stratify, (mlp_copies)copies, (uint64_t)seed, &err))
        return mlpl_raise(L, &err);
    for (int i = 0; i < MLP_PARTS; i++) *box[i] = part[i];
    if (part[MLP_TEST]) return 3;
    lua_pop(L, 1);
    return 2;
}

static int dataset_part(lua_State *L) /* ds:part("train") -> data set */
{
    mlp_dataset *d = check_dataset(L, 1);
    const char *name = luaL_checkstring(L, 2);
    mlp_error err;
    for (int i = 0; i < MLP_PARTS; i++) {
        if (strcmp(name, mlp_part_name((mlp_part)i)) != 0) continue;
        if (mlp_dataset_part(push_dataset(L), d, (mlp_part)i, &err)) return mlpl_raise(L, &err);
        return 1;
    }
    return mlpl_arg_error(L, 2, "\"train\", \"val\" or \"test\"");
}

/* ---- the module ---- */

int mlpl_open_data(lua_State *L)
{
    static const luaL_Reg methods[] = {
        { "labels", dataset_labels },
        { "samples", dataset_samples },
        { "path", dataset_path },
        { "get", dataset_get },
        { "image", dataset_image },
        { "class_counts", dataset_class_counts },
        { "fingerprint", dataset_fingerprint },
        { "bad_files", dataset_bad_files },
        { "passed_over", dataset_passed_over },
        { "statistics", dataset_statistics },
        { "with", dataset_with },
        { "subset", dataset_subset },
        { "split", dataset_split },
        { "part", dataset_part },
        /* the fields: dataset_index answers for them, here they are names that "did you mean" knows */
        { "classes", NULL },
        { "parts", NULL },
        { "targets", NULL },
        { "paths", NULL },
        { "channels", NULL },
        { "root", NULL },
        { "kind", NULL },
        { NULL, NULL },
    };
    static const luaL_Reg meta[] = {
        { "__index", dataset_index },
        { "__len", dataset_length },
        { "__tostring", dataset_tostring },
        { NULL, NULL },
    };
    static const luaL_Reg none[] = { { NULL, NULL } };
    static const luaL_Reg functions[] = {
        { "ImageFolder", image_folder },    { "IDX", idx }, { "recognise", recognise },
        { "DataLoader", mlpl_data_loader }, { NULL, NULL },
    };
    mlpl_class_register(L, &mlpl_dataset_class, methods, meta);
    mlpl_class_register(L, &bad_list_class, none, NULL);
    mlpl_data_loader_register(L);
    mlpl_sampler_register(L);
    mlpl_inspect_register(L);
    luaL_newlib(L, functions);
    luaL_setfuncs(L, mlpl_sampler_functions, 0);
    luaL_setfuncs(L, mlpl_view_functions, 0);
    luaL_setfuncs(L, mlpl_source_functions, 0);
    luaL_setfuncs(L, mlpl_mix_functions, 0);
    luaL_setfuncs(L, mlpl_inspect_functions, 0);
    luaL_getmetatable(L, mlpl_dataset_class.name); /* the Lua library adds methods that are made of others */
    lua_getfield(L, -1, "methods");
    luaL_setfuncs(L, mlpl_view_methods, 0);
    lua_setfield(L, -3, "methods");
    lua_pop(L, 1);
    return 1;
}
