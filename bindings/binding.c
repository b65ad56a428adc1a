/* binding.c - boxes, results, options, accounting: see binding.h. */
#include "binding.h"

#include <stdlib.h>
#include <string.h>

/* ---- boxes ---- */

typedef struct box {
    void *object; /* NULL before creation and after close */
    const mlpl_class *cls;
} box;

/* A box of the class, or NULL. Its metatable alone proves nothing: debug.setmetatable and the registry change those. */
static box *box_of(lua_State *L, int arg, const mlpl_class *cls)
{
    box *b = luaL_testudata(L, arg, cls->name);
    return b && lua_rawlen(L, arg) == sizeof *b && b->cls == cls ? b : NULL;
}

static int box_release(lua_State *L)
{
    const mlpl_class *cls = lua_touserdata(L, lua_upvalueindex(1));
    box *b = lua_type(L, 1) == LUA_TUSERDATA && lua_rawlen(L, 1) == sizeof *b ? lua_touserdata(L, 1) : NULL;
    if (b && b->cls == cls && b->object) {
        void *object = b->object;
        b->object = NULL;
        cls->release(object);
    }
    return 0;
}

/* Whether a finalizer of the script runs that has interrupted a C function: any that allocates through Lua can be. The
 * collector answers no question while finalizers run. */
static bool interrupts_binding(lua_State *L)
{
    lua_Debug at;
    bool found = false;
    if (lua_gc(L, LUA_GCCOUNT) >= 0) return false;
    for (int level = 1; lua_getstack(L, level, &at); level++) {
        lua_getinfo(L, "nS", &at);
        if (found) return *at.what == 'C';
        found = at.name && strcmp(at.name, "__gc") == 0;
    }
    return !found; /* not found: in a coroutine that the finalizer resumed; found: the state is being closed */
}

/* close() from a script, and the end of a <close> variable: the receiver is anything, so it is checked first. A
 * finalizer must not close what the binding below it works on, so the collector will do it. */
static int box_close(lua_State *L)
{
    const mlpl_class *cls = lua_touserdata(L, lua_upvalueindex(1));
    if (!box_of(L, 1, cls)) return mlpl_arg_error(L, 1, strrchr(cls->name, '.') + 1);
    return interrupts_binding(L) ? 0 : box_release(L);
}

/* Gathers the string keys of the table at `index` into list (NULL-terminated), for did-you-mean. */
enum { NAMES = 256 };
static void names_of(lua_State *L, int index, const char **list)
{
    int n = 0;
    index = lua_absindex(L, index);
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1))
        if (lua_type(L, -2) == LUA_TSTRING && n < NAMES - 1) list[n++] = lua_tostring(L, -2);
    list[n] = NULL;
}

static int unknown_method(lua_State *L)
{
    lua_pushvalue(L, 2);
    lua_rawget(L, lua_upvalueindex(1));
    if (!lua_isnil(L, -1)) return 1;
    const mlpl_class *cls = lua_touserdata(L, lua_upvalueindex(2));
    const char *type = mlpl_push_with_article(L, strrchr(cls->name, '.') + 1);
    if (lua_type(L, 2) != LUA_TSTRING)
        return mlpl_errorf(L, "%s cannot be indexed with a %s", type, luaL_typename(L, 2));
    const char *list[NAMES], *fields[NAMES], *key = lua_tostring(L, 2);
    if (luaL_getmetafield(L, 1, "elsewhere") == LUA_TTABLE && lua_getfield(L, -1, key) == LUA_TSTRING)
        return mlpl_errorf(L, "%s has no '%s': the nearest is called '%s' here", type, key, lua_tostring(L, -1));
    names_of(L, lua_upvalueindex(1), list);
    const char *near = mlpl_nearest(key, list);
    if (luaL_getmetafield(L, 1, "getters") == LUA_TTABLE) { /* fields that are computed, such as a tensor's shape */
        names_of(L, -1, fields);
        const char *both[] = { near, mlpl_nearest(key, fields), NULL };
        near = near ? mlpl_nearest(key, both) : both[1];
    }
    if (near) return mlpl_errorf(L, "%s has no '%s': did you mean '%s'?", type, key, near);
    return mlpl_errorf(L, "%s has no '%s'", type, key);
}

void mlpl_class_register(lua_State *L, const mlpl_class *cls, const mlpl_function *methods, const luaL_Reg *meta)
{
    luaL_newmetatable(L, cls->name);
    lua_newtable(L);
    if (methods) mlpl_set_functions(L, methods);
    lua_pushlightuserdata(L, (void *)cls);
    mlpl_push_function(L, box_close, 1);
    lua_setfield(L, -2, "close");
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "methods"); /* the Lua library may add to it */
    lua_pushlightuserdata(L, (void *)cls);
    lua_pushcclosure(L, unknown_method, 2);
    lua_setfield(L, -2, "__index");
    lua_pushlightuserdata(L, (void *)cls);
    lua_pushcclosure(L, box_release, 1);
    lua_setfield(L, -2, "__gc");
    lua_pushlightuserdata(L, (void *)cls);
    lua_pushcclosure(L, box_close, 1);
    lua_setfield(L, -2, "__close");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable"); /* scripts cannot take __gc and call it on something else */
    if (meta) {
        /* an own __index gets the default one as its upvalue 1 */
        for (; meta->name; meta++) {
            lua_getfield(L, -1, "__index");
            lua_pushcclosure(L, meta->func, 1);
            lua_setfield(L, -2, meta->name);
        }
    }
    lua_pop(L, 1);
}

void **mlpl_push(lua_State *L, const mlpl_class *cls)
{
    box *b = lua_newuserdatauv(L, sizeof *b, 1);
    *b = (box){ NULL, cls };
    luaL_setmetatable(L, cls->name);
    return &b->object;
}

void *mlpl_test(lua_State *L, int arg, const mlpl_class *cls)
{
    box *b = box_of(L, arg, cls);
    return b ? b->object : NULL;
}

void *mlpl_check(lua_State *L, int arg, const mlpl_class *cls)
{
    box *b = box_of(L, arg, cls);
    const char *type = strrchr(cls->name, '.') + 1;
    if (b && b->object) return b->object;
    if (arg == 1 && lua_isnone(L, 1)) /* what a method's object would be */
        mlpl_errorf(L, "got nothing, expected %s: methods are called with a colon, as in object:method()",
                    mlpl_push_with_article(L, type));
    mlpl_arg_error(L, arg,
                   b ? lua_pushfstring(L, "an open %s: this one is closed", type) : mlpl_push_with_article(L, type));
    return NULL; /* not reached */
}

/* Lua feels a tensor as a few dozen bytes. When the bytes behind its boxes have grown by half (and by at least STEP,
 * and Lua's own heap) since the last full collection, it is time for another. */
void mlpl_account(lua_State *L)
{
    enum { STEP = 4 << 20 }; /* little garbage stays in the cache, where the next temporaries find their memory */
    static size_t limit = STEP;
    size_t now = mlp_block_bytes_in_use();
    if (now <= limit) return;
    lua_gc(L, LUA_GCCOLLECT);
    now = mlp_block_bytes_in_use();
    size_t heap = (size_t)lua_gc(L, LUA_GCCOUNT) << 10, more = now / 2 > heap ? now / 2 : heap; /* what a cycle costs */
    limit = now + (more > STEP ? more : STEP);
}

const char *mlpl_check_path(lua_State *L, int arg)
{
    if (lua_type(L, arg) != LUA_TSTRING) mlpl_arg_error(L, arg, "a path");
    if (strlen(lua_tostring(L, arg)) != lua_rawlen(L, arg)) mlpl_arg_error(L, arg, "a path without zero bytes");
    return lua_tostring(L, arg);
}

/* ---- results ---- */

static int push_span(lua_State *L)
{
    const mlp_span *span = lua_touserdata(L, 1);
    lua_pushlstring(L, span->bytes, span->length);
    return 1;
}

int mlpl_push_owned(lua_State *L, void *bytes, size_t length)
{
    mlp_span span = { bytes, length };
    int status = LUA_ERRMEM;
    if (lua_checkstack(L, 2)) {
        lua_pushcfunction(L, push_span);
        lua_pushlightuserdata(L, &span);
        status = lua_pcall(L, 1, 1, 0);
    }
    free(bytes);
    if (status == LUA_ERRMEM) return mlpl_errorf(L, "out of memory: no room for a text of %d bytes", (int)length);
    if (status) return lua_error(L);
    return 1;
}

void mlpl_set_number(lua_State *L, const char *key, double value)
{
    lua_pushnumber(L, value);
    lua_setfield(L, -2, key);
}

void mlpl_set_integer(lua_State *L, const char *key, int64_t value)
{
    lua_pushinteger(L, (lua_Integer)value);
    lua_setfield(L, -2, key);
}

void mlpl_set_numbers(lua_State *L, const char *key, const double *values, int n)
{
    lua_createtable(L, n, 0);
    for (int i = 0; i < n; i++) {
        lua_pushnumber(L, values[i]);
        lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, key);
}

/* ---- options ---- */

mlpl_options mlpl_options_at(lua_State *L, int arg, const char *who, const char *const *known)
{
    mlpl_options o = { L, 0, who };
    if (lua_isnoneornil(L, arg)) return o;
    if (!lua_istable(L, arg)) {
        mlpl_push_kind(L, arg);
        if (!known[0]) mlpl_errorf(L, "%s: got %s, but takes no options", who, lua_tostring(L, -1));
        mlpl_errorf(L, "%s: the last argument is %s, expected a table of options such as { %s = ... }", who,
                    lua_tostring(L, -1), known[0]);
    }
    o.table = lua_absindex(L, arg);
    for (lua_pushnil(L); lua_next(L, o.table); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING) mlpl_errorf(L, "%s: options are named, got a value without a name", who);
        const char *key = lua_tostring(L, -2);
        const char *const *k = known;
        while (*k && strcmp(*k, key) != 0) k++;
        if (*k) continue;
        const char *near = mlpl_nearest(key, known);
        if (near) mlpl_errorf(L, "%s: unknown option '%s': did you mean '%s'?", who, key, near);
        if (!known[0]) mlpl_errorf(L, "%s: unknown option '%s': it takes none", who, key);
        luaL_Buffer b;
        luaL_buffinit(L, &b);
        for (k = known; *k; k++) {
            if (k != known) luaL_addstring(&b, ", ");
            luaL_addstring(&b, *k);
        }
        luaL_pushresult(&b);
        mlpl_errorf(L, "%s: unknown option '%s': known are %s", who, key, lua_tostring(L, -1));
    }
    return o;
}

bool mlpl_option_push(const mlpl_options *o, const char *key)
{
    if (!o->table) return false;
    lua_pushstring(o->L, key);
    if (lua_rawget(o->L, o->table) != LUA_TNIL) return true; /* raw: a metamethod could close what the caller holds */
    lua_pop(o->L, 1);
    return false;
}

static void bad_option(const mlpl_options *o, const char *key, const char *expected)
{
    mlpl_push_kind(o->L, -1);
    mlpl_errorf(o->L, "%s: %s is %s, expected %s", o->who, key, lua_tostring(o->L, -1), expected);
}

double mlpl_option_number(const mlpl_options *o, const char *key, double fallback)
{
    if (!mlpl_option_push(o, key)) return fallback;
    if (lua_type(o->L, -1) != LUA_TNUMBER) bad_option(o, key, "a number");
    double value = lua_tonumber(o->L, -1);
    lua_pop(o->L, 1);
    return value;
}

int64_t mlpl_option_integer(const mlpl_options *o, const char *key, int64_t fallback)
{
    if (!mlpl_option_push(o, key)) return fallback;
    int ok = lua_type(o->L, -1) == LUA_TNUMBER;
    int64_t value = ok ? lua_tointegerx(o->L, -1, &ok) : 0;
    if (!ok) bad_option(o, key, "a whole number");
    lua_pop(o->L, 1);
    return value;
}

bool mlpl_option_boolean(const mlpl_options *o, const char *key, bool fallback)
{
    if (!mlpl_option_push(o, key)) return fallback;
    if (!lua_isboolean(o->L, -1)) bad_option(o, key, "true or false");
    bool value = lua_toboolean(o->L, -1);
    lua_pop(o->L, 1);
    return value;
}

const char *mlpl_option_string(const mlpl_options *o, const char *key, const char *fallback)
{
    if (!mlpl_option_push(o, key)) return fallback;
    if (lua_type(o->L, -1) != LUA_TSTRING) bad_option(o, key, "a string");
    const char *value = lua_tostring(o->L, -1);
    lua_pop(o->L, 1);
    return value;
}
