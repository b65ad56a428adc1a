/* io.c - core.io: safetensors, npy, npz, SHA-256 over runtime/io/io.h; onnx.c has the rest. */
#include "io.h"

#include "io/io.h"
#include "io/onnx.h"

#include <stdlib.h>
#include <string.h>

static void release_named(void *object)
{
    mlp_named_release(object);
}

static const mlpl_class named_class = { "mlprun.NamedTensors", release_named };

static void release_saving(void *object)
{
    mlp_error err;
    (void)mlp_saving_end(object, &err);
}

static const mlpl_class saving_class = { "mlprun.Saving", release_saving };

/* ---- tables of tensors ---- */

/* The code point that begins at *at, which is moved behind it; 0xFFFD for a byte that begins none. */
static int64_t code_point(const char **at, const char *end)
{
    const unsigned char *s = (const unsigned char *)*at;
    int more = s[0] < 0x80 ? 0 : s[0] >> 5 == 6 ? 1 : s[0] >> 4 == 14 ? 2 : s[0] >> 3 == 30 ? 3 : -1;
    int64_t value = more <= 0 ? s[0] : s[0] & (0x3F >> more);
    for (int i = 1; i <= more; i++)
        if (*at + i >= end || s[i] >> 6 != 2) more = -1;
        else value = value << 6 | (s[i] & 0x3F);
    *at += more < 0 ? 1 : more + 1;
    return more < 0 ? 0xFFFD : value;
}

/* A list of texts at `value`. */
static void add_texts(lua_State *L, mlp_named *list, const char *who, const char *name, int value)
{
    mlp_error err;
    int64_t n = mlpl_length(L, value), width = 1;
    for (int64_t i = 1; i <= n; i++, lua_pop(L, 1)) {
        if (lua_rawgeti(L, value, i) != LUA_TSTRING)
            mlpl_errorf(L, "%s: '%s' is a list with a %s in it, expected a tensor or texts", who, name,
                        luaL_typename(L, -1));
        if ((int64_t)lua_rawlen(L, -1) > width) width = (int64_t)lua_rawlen(L, -1);
    }
    int64_t most = 1;
    mlp_tensor **t = mlpl_push_tensor(L);
    if (mlp_tensor_full(t, MLP_I64, 2, (int64_t[]){ n, width }, 0, &err)) mlpl_raise(L, &err);
    int64_t *rows = mlp_tensor_data(*t);
    for (int64_t i = 0; i < n; i++, lua_pop(L, 1)) {
        size_t length;
        lua_rawgeti(L, value, i + 1);
        const char *at = lua_tolstring(L, -1, &length), *end = at + length;
        int64_t count = 0;
        while (at < end) rows[i * width + count++] = code_point(&at, end);
        if (count > most) most = count;
    }
    mlp_tensor **narrow = mlpl_push_tensor(L);
    if (mlp_tensor_narrow(narrow, *t, 1, 0, most, &err) || mlp_named_add_texts(list, name, *narrow, &err))
        mlpl_raise(L, &err);
    lua_pop(L, 2);
}

static void add(lua_State *L, mlp_named *list, const char *who, const char *name, int value)
{
    mlp_error err;
    if (lua_istable(L, value) && strcmp(who, "npz_save") == 0) {
        add_texts(L, list, who, name, value);
        return;
    }
    mlp_tensor *t = mlpl_test(L, value, &mlpl_tensor_class);
    if (!t) mlpl_errorf(L, "%s: '%s' is a %s, expected a tensor", who, name, luaL_typename(L, value));
    if (mlp_named_add(list, name, t, &err)) mlpl_raise(L, &err);
}

/* An element of the array part, on top of the stack: a pair { name, tensor }, or a name whose tensor the table has. */
static void add_element(lua_State *L, mlp_named *list, const char *who, int table, lua_Integer i)
{
    if (lua_type(L, -1) == LUA_TSTRING) {
        lua_pushvalue(L, -1);
        lua_rawget(L, table);
        add(L, list, who, lua_tostring(L, -2), lua_gettop(L));
        lua_pop(L, 1);
    } else if (lua_istable(L, -1) && lua_rawgeti(L, -1, 1) == LUA_TSTRING) {
        lua_rawgeti(L, -2, 2);
        add(L, list, who, lua_tostring(L, -2), lua_gettop(L));
        lua_pop(L, 2);
    } else {
        mlpl_errorf(L, "%s: element %I is a %s, expected { name, tensor }", who, (LUAI_UACINT)i, luaL_typename(L, -1));
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* name = tensor, in the order of the names, so that equal tables make equal files */
static void add_by_name(lua_State *L, mlp_named *list, const char *who, int table)
{
    size_t n = 0, i = 0;
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1), n++)
        if (lua_type(L, -2) != LUA_TSTRING)
            mlpl_errorf(L, "%s: a key is a %s, expected names", who, luaL_typename(L, -2));
    const char **names = lua_newuserdatauv(L, (n + 1) * sizeof *names, 0);
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
        if (i == n || lua_type(L, -2) != LUA_TSTRING) mlpl_errorf(L, "%s: the table was changed meanwhile", who);
        names[i++] = lua_tostring(L, -2); /* a finalizer may have changed the table since it was counted */
    }
    n = i;
    qsort(names, n, sizeof *names, by_text);
    for (i = 0; i < n; i++) {
        lua_getfield(L, table, names[i]);
        add(L, list, who, names[i], lua_gettop(L));
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

/* Argument arg: { name = tensor }, { { name, tensor }, ... } or { "name", ..., name = tensor }. Pushes the box. */
static mlp_named *check_named(lua_State *L, int arg, const char *who)
{
    mlp_error err;
    if (!lua_istable(L, arg)) mlpl_arg_error(L, arg, "a table of tensors by name");
    void **box = mlpl_push(L, &named_class);
    if (mlp_named_new((mlp_named **)box, &err)) mlpl_raise(L, &err);
    lua_Integer n = mlpl_length(L, arg);
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, arg, i);
        add_element(L, *box, who, arg, i);
        lua_pop(L, 1);
    }
    if (n == 0) add_by_name(L, *box, who, arg);
    return *box;
}

/* Code points as a list of texts; zeros at the end of a row are none. */
static void push_texts(lua_State *L, mlp_tensor *t)
{
    const int64_t *rows = mlp_tensor_data(t);
    int64_t n = t->shape[0], width = t->shape[1];
    lua_createtable(L, (int)n, 0);
    for (int64_t i = 0; i < n; i++) {
        luaL_Buffer text;
        int64_t count = width;
        while (count && rows[i * width + count - 1] == 0) count--;
        luaL_buffinit(L, &text);
        for (int64_t k = 0; k < count; k++) {
            lua_pushfstring(L, "%U", (long)rows[i * width + k]);
            luaL_addvalue(&text);
        }
        luaL_pushresult(&text);
        lua_rawseti(L, -2, i + 1);
    }
    mlpl_mark_list(L);
}

/* Pushes { name = tensor }, the metadata when asked for, and the names in the file's order; returns their number. */
static int push_named(lua_State *L, const mlp_named *list, bool with_meta)
{
    int64_t n = mlp_named_count(list);
    lua_createtable(L, 0, (int)n);
    for (int64_t i = 0; i < n; i++) {
        if (mlp_named_is_text(list, i)) push_texts(L, mlp_named_tensor(list, i));
        else *mlpl_push_tensor(L) = mlp_tensor_retain(mlp_named_tensor(list, i));
        lua_setfield(L, -2, mlp_named_name(list, i));
    }
    if (with_meta) {
        lua_newtable(L);
        for (int64_t i = 0; i < mlp_named_meta_count(list); i++) {
            lua_pushstring(L, mlp_named_meta_value(list, i));
            lua_setfield(L, -2, mlp_named_meta_key(list, i));
        }
    }
    lua_createtable(L, (int)n, 0);
    for (int64_t i = 0; i < n; i++) {
        lua_pushstring(L, mlp_named_name(list, i));
        lua_rawseti(L, -2, i + 1);
    }
    mlpl_account(L);
    return with_meta ? 3 : 2;
}

/* ---- safetensors ---- */

/* The option `dtype` of what writes files: how numbers lie in them. */
static mlp_store store_of(const mlpl_options *o)
{
    static const struct {
        const char *name;
        mlp_store as;
    } ways[] = { { "f32", MLP_STORE_F32 },       { "float32", MLP_STORE_F32 }, { "f16", MLP_STORE_F16 },
                 { "float16", MLP_STORE_F16 },   { "half", MLP_STORE_F16 },    { "bf16", MLP_STORE_BF16 },
                 { "bfloat16", MLP_STORE_BF16 }, { "i32", MLP_STORE_I32 },     { "int32", MLP_STORE_I32 } };
    const char *name = mlpl_option_string(o, "dtype", NULL);
    if (!name) return MLP_STORE_SAME;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        if (strcmp(ways[i].name, name) == 0) return ways[i].as;
    return (mlp_store)mlpl_errorf(
        o->L, "%s: dtype is '%s', expected f32, f16 or bf16 for floats, or i32 for whole numbers", o->who, name);
}

/* What is to be saved, from the arguments behind the path. */
static mlp_named *check_saved(lua_State *L, const char *who)
{
    static const char *const known[] = { "metadata", "dtype", NULL };
    mlp_error err;
    mlpl_options o = mlpl_options_at(L, 3, who, known);
    mlp_store as = store_of(&o);
    mlp_named *list = check_named(L, 2, who);
    mlp_named_store(list, as);
    if (mlpl_option_push(&o, "metadata")) {
        if (!lua_istable(L, -1)) mlpl_errorf(L, "%s: metadata is a %s, expected a table", who, luaL_typename(L, -1));
        int table = lua_gettop(L);
        for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
            if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TSTRING)
                mlpl_errorf(L, "%s: metadata has names and texts only, got a %s for a %s (json.encode makes text)", who,
                            luaL_typename(L, -1), luaL_typename(L, -2));
            if (mlp_named_set_meta(list, lua_tostring(L, -2), lua_tostring(L, -1), &err)) mlpl_raise(L, &err);
        }
    }
    return list;
}

/* safetensors_save(path, tensors, { metadata = { name = text }, dtype }) */
static int safetensors_save(lua_State *L)
{
    mlp_error err;
    const char *path = mlpl_check_path(L, 1);
    if (mlp_safetensors_save(path, check_saved(L, "safetensors_save"), &err)) return mlpl_raise(L, &err);
    return 0;
}

/* The same by a thread -> a saving; the tensors must not change before saving:wait(). */
static int safetensors_begin(lua_State *L)
{
    mlp_error err;
    const char *path = mlpl_check_path(L, 1);
    mlp_named *list = check_saved(L, "safetensors_begin");
    void **saving = mlpl_push(L, &saving_class);
    if (mlp_safetensors_begin((mlp_saving **)saving, path, list, &err)) return mlpl_raise(L, &err);
    return 1;
}

static int saving_wait(lua_State *L) /* saving:wait(): the file is there, or an error */
{
    mlp_error err;
    mlp_saving *saving = mlpl_check(L, 1, &saving_class);
    *(void **)lua_touserdata(L, 1) = NULL; /* the box is empty, as mlpl_push gives it */
    if (mlp_saving_end(saving, &err)) return mlpl_raise(L, &err);
    return 0;
}

/* safetensors_load(path) -> { name = tensor }, metadata, names in the file's order */
static int safetensors_load(lua_State *L)
{
    mlp_error err;
    const char *path = mlpl_check_path(L, 1);
    void **box = mlpl_push(L, &named_class);
    if (mlp_safetensors_load((mlp_named **)box, path, &err)) return mlpl_raise(L, &err);
    return push_named(L, *box, true);
}

/* ---- npy, npz ---- */

static int npy_save(lua_State *L) /* npy_save(path, tensor, { dtype }) */
{
    static const char *const known[] = { "dtype", NULL };
    mlp_error err;
    const char *path = mlpl_check_path(L, 1);
    mlpl_options o = mlpl_options_at(L, 3, "npy_save", known);
    if (mlp_npy_save(path, mlpl_check_tensor(L, 2), store_of(&o), &err)) return mlpl_raise(L, &err);
    return 0;
}

static int npy_load(lua_State *L) /* npy_load(path) -> tensor */
{
    mlp_error err;
    const char *path = mlpl_check_path(L, 1);
    mlp_tensor **t = mlpl_push_tensor(L);
    if (mlp_npy_load(t, path, &err)) return mlpl_raise(L, &err);
    mlpl_account(L);
    return 1;
}

/* npz_save(path, tensors, { compress = false, dtype }) */
static int npz_save(lua_State *L)
{
    static const char *const known[] = { "compress", "dtype", NULL };
    mlp_error err;
    const char *path = mlpl_check_path(L, 1);
    mlpl_options o = mlpl_options_at(L, 3, "npz_save", known);
    bool compress = mlpl_option_boolean(&o, "compress", false);
    mlp_store as = store_of(&o);
    mlp_named *list = check_named(L, 2, "npz_save");
    mlp_named_store(list, as);
    if (mlp_npz_save(path, list, compress, &err)) return mlpl_raise(L, &err);
    return 0;
}

/* The option `only`: a list of names, with a NULL behind them; NULL when it is not given. */
static const char *const *only_of(const mlpl_options *o)
{
    lua_State *L = o->L;
    if (!mlpl_option_push(o, "only")) return NULL;
    int list = lua_gettop(L);
    if (!lua_istable(L, list))
        mlpl_errorf(L, "%s: only is a %s, expected a list of names", o->who, luaL_typename(L, list));
    lua_Integer n = mlpl_length(L, list);
    const char **names = lua_newuserdatauv(L, ((size_t)n + 1) * sizeof *names, 1);
    lua_createtable(L, (int)n, 0); /* keeps the names, whatever becomes of the list */
    for (lua_Integer i = 1; i <= n; i++) {
        if (lua_rawgeti(L, list, i) != LUA_TSTRING)
            mlpl_errorf(L, "%s: only has a %s in it, expected a list of names", o->who, luaL_typename(L, -1));
        names[i - 1] = lua_tostring(L, -1);
        lua_rawseti(L, -2, i);
    }
    names[n] = NULL;
    lua_setiuservalue(L, -2, 1);
    return names;
}

/* npz_load(path, { only }) -> { name = tensor }, names in the file's order */
static int npz_load(lua_State *L)
{
    static const char *const known[] = { "only", NULL };
    mlp_error err;
    const char *path = mlpl_check_path(L, 1);
    mlpl_options o = mlpl_options_at(L, 2, "npz_load", known);
    const char *const *only = only_of(&o);
    void **box = mlpl_push(L, &named_class);
    if (mlp_npz_load((mlp_named **)box, path, only, &err)) return mlpl_raise(L, &err);
    return push_named(L, *box, false);
}

/* ---- SHA-256 ---- */

static int sha256(lua_State *L) /* sha256(text) -> 64 hexadecimal digits */
{
    char digest[MLP_SHA256_TEXT];
    size_t length;
    if (lua_type(L, 1) != LUA_TSTRING) return mlpl_arg_error(L, 1, "a text");
    const char *text = lua_tolstring(L, 1, &length);
    mlp_sha256(digest, text, length);
    lua_pushstring(L, digest);
    return 1;
}

static int sha256_file(lua_State *L) /* sha256_file(path) -> 64 hexadecimal digits */
{
    char digest[MLP_SHA256_TEXT];
    mlp_error err;
    if (mlp_sha256_file(digest, mlpl_check_path(L, 1), &err)) return mlpl_raise(L, &err);
    lua_pushstring(L, digest);
    return 1;
}

/* ---- base64 ---- */

static int base64(lua_State *L) /* base64(bytes) -> letters */
{
    size_t length;
    luaL_Buffer letters;
    if (lua_type(L, 1) != LUA_TSTRING) return mlpl_arg_error(L, 1, "a text");
    const char *bytes = lua_tolstring(L, 1, &length);
    size_t size = mlp_base64_letters(length);
    mlp_base64(luaL_buffinitsize(L, &letters, size), bytes, length);
    luaL_pushresultsize(&letters, size);
    return 1;
}

int mlpl_open_io(lua_State *L)
{
    static const mlpl_function functions[] = {
        { "safetensors_save", safetensors_save, 3 },
        { "safetensors_begin", safetensors_begin, 3 },
        { "safetensors_load", safetensors_load, 1 },
        { "npy_save", npy_save, 3 },
        { "npy_load", npy_load, 1 },
        { "npz_save", npz_save, 3 },
        { "npz_load", npz_load, 2 },
        { "onnx_save", mlpl_onnx_save, 2 },
        { "sha256", sha256, 1 },
        { "sha256_file", sha256_file, 1 },
        { "base64", base64, 1 },
        { NULL, NULL, 0 },
    };
    static const mlpl_function of_saving[] = { { "wait", saving_wait, 1 }, { NULL, NULL, 0 } };
    mlpl_class_register(L, &named_class, NULL, NULL);
    mlpl_class_register(L, &saving_class, of_saving, NULL);
    mlpl_onnx_register(L);
    mlpl_new_functions(L, functions);
    mlpl_set_integer(L, "ONNX_OPSET", MLP_ONNX_OPSET);
    return 1;
}
