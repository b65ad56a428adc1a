/* data_sources.c - core.data: what data sets are opened from and made of. */
#include "data.h"

#include <string.h>

/* The options of all kinds of pictures. */
#define DECODE_OPTIONS "channels", "background", "max_pixels", "draft", "on_bad"

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

static mlp_data_options read_options(lua_State *L, const mlpl_options *o)
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
    static const char *const known[] = { DECODE_OPTIONS, "allow_empty", "follow_links", NULL };
    const char *path = check_path(L, 1);
    mlpl_options o = mlpl_options_at(L, 2, "data.ImageFolder", known);
    mlp_data_options options = read_options(L, &o);
    options.allow_empty = mlpl_option_boolean(&o, "allow_empty", false);
    options.stay_inside = !mlpl_option_boolean(&o, "follow_links", true);
    mlp_error err;
    if (mlp_image_folder_open(mlpl_push_dataset(L), path, &options, &err)) return mlpl_raise(L, &err);
    return 1;
}

static mlp_part read_part(lua_State *L, const mlpl_options *o)
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
    static const char *const known[] = { DECODE_OPTIONS, "train", "part", NULL };
    const char *path = check_path(L, 1);
    const char *labels = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : NULL;
    mlpl_options o = mlpl_options_at(L, labels ? 3 : 2, "data.IDX", known);
    mlp_data_options options = read_options(L, &o);
    mlp_part part = read_part(L, &o);
    mlp_dataset **out = mlpl_push_dataset(L);
    mlp_error err;
    mlp_data_kind kind = MLP_DATA_NOTHING;
    mlp_status st = labels ? MLP_OK : mlp_data_recognise(&kind, path, &err);
    if (st) return mlpl_raise(L, &err);
    if (labels) {
        mlp_idx_pair pair = { path, labels, MLP_NO_PART };
        st = mlp_idx_open(out, &pair, 1, &options, &err);
    } else if (kind == MLP_DATA_IDX_FILE) {
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
    mlp_data_kind kind;
    mlp_error err;
    if (mlp_data_recognise(&kind, check_path(L, 1), &err)) return mlpl_raise(L, &err);
    lua_pushstring(L, names[kind]);
    return 1;
}

/* ---- CIFAR, lists, tensors, others together ---- */

static int open_cifar(lua_State *L, const char *who, mlp_cifar kind, const char *const *known)
{
    const char *path = check_path(L, 1);
    mlpl_options o = mlpl_options_at(L, 2, who, known);
    mlp_data_options options = read_options(L, &o);
    mlp_part part = read_part(L, &o);
    const char *labels = kind == MLP_CIFAR100 ? mlpl_option_string(&o, "labels", "fine") : "fine";
    bool coarse = strcmp(labels, "coarse") == 0;
    if (!coarse && strcmp(labels, "fine") != 0)
        return mlpl_errorf(L, "%s: labels is '%s', expected \"fine\" or \"coarse\"", who, labels);
    mlp_error err;
    mlp_status st = mlp_cifar_open(mlpl_push_dataset(L), path, kind, coarse, part, &options, &err);
    mlpl_account(L);
    return st ? mlpl_raise(L, &err) : 1;
}

static int cifar10(lua_State *L) /* CIFAR10(folder or file, options) */
{
    static const char *const known[] = { DECODE_OPTIONS, "train", "part", NULL };
    return open_cifar(L, "data.CIFAR10", MLP_CIFAR10, known);
}

static int cifar100(lua_State *L) /* CIFAR100(folder or file, options) */
{
    static const char *const known[] = { DECODE_OPTIONS, "train", "part", "labels", NULL };
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
    static const char *const known[] = { DECODE_OPTIONS, NULL };
    if (lua_type(L, 1) != LUA_TSTRING) return mlpl_arg_error(L, 1, "a folder");
    int64_t n, classes;
    const char **path = check_texts(L, 2, &n), **name = check_texts(L, 5, &classes);
    for (int arg = 3; arg <= 4; arg++)
        if (!lua_istable(L, arg) || mlpl_length(L, arg) != n)
            return mlpl_arg_error(L, arg, "a list with a number for each path");
    mlpl_options o = mlpl_options_at(L, 6, "data.CSV", known);
    mlp_data_options options = read_options(L, &o);
    mlp_listed *list = lua_newuserdatauv(L, (size_t)n * sizeof *list + 1, 0);
    for (int64_t i = 0; i < n; i++) {
        lua_Integer label = entry(L, 3, i), part = entry(L, 4, i);
        if (label < 1 || label > classes || part < 0 || part > MLP_PARTS || classes > 1 << 24)
            return mlpl_errorf(L, "listed: entry %I has label %I and part %I", (lua_Integer)i + 1, label, part);
        list[i] = (mlp_listed){ path[i], (int32_t)(label - 1), (mlp_part)(part - 1) };
    }
    mlp_error err;
    if (mlp_listed_open(mlpl_push_dataset(L), lua_tostring(L, 1), list, n, name, (int)classes, &options, &err))
        return mlpl_raise(L, &err);
    return 1;
}

static int
add_column(lua_State *L) /* add_column(set, name, texts): one for each sample, of a set that was just opened */
{
    mlp_dataset *d = mlpl_check_dataset(L, 1);
    int64_t n;
    const char *const *text = check_texts(L, 3, &n);
    mlp_error err;
    if (mlp_dataset_add_column(d, luaL_checkstring(L, 2), text, n, &err)) return mlpl_raise(L, &err);
    return 0;
}

/* set_targets(set, names, table): table is classes x names of 0 and 1; see mlp_dataset_set_targets */
static int set_targets(lua_State *L)
{
    mlp_dataset *d = mlpl_check_dataset(L, 1);
    int64_t n;
    const char *const *names = check_texts(L, 2, &n);
    mlp_tensor *yes = mlpl_check_tensor(L, 3), **bytes = mlpl_push_tensor(L);
    mlp_error err;
    if (yes->ndim != 2 || yes->shape[0] != mlp_dataset_classes(d) || yes->shape[1] != n)
        return mlpl_arg_error(L, 3, "a tensor of classes x labels");
    if (mlp_tensor_cast(bytes, yes, MLP_U8, &err)) return mlpl_raise(L, &err);
    if (mlp_dataset_set_targets(d, names, (int)n, mlp_tensor_data(*bytes), &err)) return mlpl_raise(L, &err);
    return 0;
}

static int tensor_dataset(lua_State *L) /* tensors(samples, labels from 1, names of classes) */
{
    mlp_tensor *images = mlpl_check_tensor(L, 1), *labels = mlpl_check_tensor(L, 2);
    int64_t classes;
    const char **name = check_texts(L, 3, &classes);
    if (classes > 1 << 24) return mlpl_arg_error(L, 3, "a list of the names of classes");
    mlp_tensor *from_zero = mlp_dtype_is_float(labels->dtype) ? labels : mlpl_index_from_lua(L, labels);
    mlp_error err;
    if (mlp_tensor_dataset_new(mlpl_push_dataset(L), images, from_zero, name, (int)classes, &err))
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
    if (mlp_dataset_concat(mlpl_push_dataset(L), sets, (int)n, &err)) return mlpl_raise(L, &err);
    return 1;
}

/* clang-format off */
const mlpl_function mlpl_source_functions[] = {
    { "ImageFolder", image_folder, 2 },
    { "IDX", idx, 3 },
    { "CIFAR10", cifar10, 2 },
    { "CIFAR100", cifar100, 2 },
    { "listed", listed, 6 },
    { "add_column", add_column, 3 },
    { "set_targets", set_targets, 3 },
    { "tensors", tensor_dataset, 3 },
    { "ConcatDataset", concat, 1 },
    { "recognise", recognise, 1 },
    { NULL, NULL, 0 },
};
/* clang-format on */
