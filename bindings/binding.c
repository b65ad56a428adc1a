/* binding.c - boxes, errors, options, accounting: see binding.h. */
#include "binding.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- errors ---- */

/* The built-in Lua library's chunks are named "=mlprun/..."; everything else is the user's. */
static void push_where(lua_State *L)
{
    lua_Debug at;
    for (int level = 1; lua_getstack(L, level, &at); level++) {
        lua_getinfo(L, "Sl", &at);
        if (at.currentline > 0 && strncmp(at.source, "=mlprun/", 8) != 0) {
            lua_pushfstring(L, "%s:%d: ", at.short_src, at.currentline);
            return;
        }
    }
    lua_pushliteral(L, "");
}

int mlpl_raise(lua_State *L, const mlp_error *err)
{
    push_where(L);
    lua_pushstring(L, err->text);
    lua_concat(L, 2);
    return lua_error(L);
}

int mlpl_errorf(lua_State *L, const char *format, ...)
{
    push_where(L);
    va_list args;
    va_start(args, format);
    lua_pushvfstring(L, format, args);
    va_end(args);
    lua_concat(L, 2);
    return lua_error(L);
}

/* "a Tensor", "an Image" */
static const char *push_with_article(lua_State *L, const char *noun)
{
    return lua_pushfstring(L, "%s %s", strchr("AEIOUaeiou", *noun) ? "an" : "a", noun);
}

/* What a value is, for messages: "a Tensor", "the string 'x'", "nil". */
static const char *push_kind(lua_State *L, int arg)
{
    if (lua_isnone(L, arg)) return lua_pushliteral(L, "nothing");
    switch (lua_type(L, arg)) {
    case LUA_TNIL: return lua_pushliteral(L, "nil");
    case LUA_TBOOLEAN: return lua_pushstring(L, lua_toboolean(L, arg) ? "true" : "false");
    case LUA_TSTRING: return lua_pushfstring(L, "the string '%s'", lua_tostring(L, arg));
    case LUA_TNUMBER: lua_pushvalue(L, arg); return lua_pushfstring(L, "%s", lua_tostring(L, -1));
    default: break;
    }
    int kind = luaL_getmetafield(L, arg, "__name");
    if (kind == LUA_TSTRING) {
        const char *name = lua_tostring(L, -1), *point = strrchr(name, '.');
        return push_with_article(L, point ? point + 1 : name);
    }
    return push_with_article(L, luaL_typename(L, arg));
}

int64_t mlpl_length(lua_State *L, int index)
{
    enum { LONGEST = 1 << 28 };
    lua_Unsigned n = lua_rawlen(L, index);
    if (n > LONGEST) mlpl_errorf(L, "a list of %I entries is too long", (LUAI_UACINT)n);
    return (int64_t)n;
}

int64_t mlpl_shifted(int64_t index)
{
    return index > INT64_MIN ? index - 1 : index;
}

/* Whether the running function was called with a colon, and its name as the script wrote it. */
static bool called_as_method(lua_State *L, const char **name)
{
    lua_Debug at = { 0 };
    *name = "?";
    if (!lua_getstack(L, 0, &at)) return false;
    lua_getinfo(L, "n", &at);
    if (at.name) *name = at.name;
    return at.namewhat && strcmp(at.namewhat, "method") == 0;
}

int mlpl_arg_error(lua_State *L, int arg, const char *expected)
{
    const char *name;
    bool method = called_as_method(L, &name);
    const char *got = push_kind(L, arg);
    if (method && arg == 1) return mlpl_errorf(L, "%s was called on %s, expected %s", name, got, expected);
    return mlpl_errorf(L, "%s%s: argument %d is %s, expected %s", method ? ":" : "", name, arg - method, got, expected);
}

void mlpl_last(lua_State *L, int arg)
{
    const char *name;
    while (lua_gettop(L) > arg && lua_isnil(L, -1)) lua_pop(L, 1);
    if (lua_gettop(L) <= arg) return;
    int most = arg - called_as_method(L, &name);
    mlpl_arg_error(L, arg + 1,
                   most == 0   ? "no arguments"
                   : most == 1 ? "at most one argument"
                               : lua_pushfstring(L, "at most %d arguments", most));
}

/* Edit distance with transpositions, letters compared without case. */
static int distance(const char *a, const char *b)
{
    enum { LONGEST = 63 };
    size_t n = strlen(a), m = strlen(b);
    if (n > LONGEST || m > LONGEST) return LONGEST;
    int rows[3][LONGEST + 1] = { { 0 } };
    for (size_t j = 0; j <= m; j++) rows[0][j] = (int)j;
    for (size_t i = 1; i <= n; i++) {
        int *now = rows[i % 3], *before = rows[(i + 2) % 3], *earlier = rows[(i + 1) % 3];
        now[0] = (int)i;
        for (size_t j = 1; j <= m; j++) {
            int differs = tolower((unsigned char)a[i - 1]) != tolower((unsigned char)b[j - 1]);
            int best = before[j - 1] + differs;
            if (before[j] + 1 < best) best = before[j] + 1;
            if (now[j - 1] + 1 < best) best = now[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && earlier[j - 2] + 1 < best)
                best = earlier[j - 2] + 1;
            now[j] = best;
        }
    }
    return rows[n % 3][m];
}

const char *mlpl_nearest(const char *word, const char *const *list)
{
    const char *best = NULL;
    size_t length = strlen(word);
    int limit = length > 60 ? 0 : 1 + (int)length / 3, nearest = limit + 1; /* a longer one is nobody's slip */
    for (; *list; list++) {
        int d = distance(word, *list);
        bool first = d == nearest && best && strcmp(*list, best) < 0; /* the same one in any order of the list */
        if (d < nearest || first) nearest = d, best = *list;
    }
    return best;
}

/* ---- boxes ---- */

typedef struct box {
    void *object; /* NULL before creation and after close */
} box;

static int box_release(lua_State *L)
{
    box *b = lua_touserdata(L, 1);
    const mlpl_class *cls = lua_touserdata(L, lua_upvalueindex(1));
    if (b && b->object) {
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
    if (!luaL_testudata(L, 1, cls->name)) return mlpl_arg_error(L, 1, strrchr(cls->name, '.') + 1);
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
    const char *type = push_with_article(L, strrchr(cls->name, '.') + 1);
    if (lua_type(L, 2) != LUA_TSTRING)
        return mlpl_errorf(L, "%s cannot be indexed with a %s", type, luaL_typename(L, 2));
    const char *list[NAMES], *fields[NAMES], *key = lua_tostring(L, 2);
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
    b->object = NULL;
    luaL_setmetatable(L, cls->name);
    return &b->object;
}

void *mlpl_test(lua_State *L, int arg, const mlpl_class *cls)
{
    box *b = luaL_testudata(L, arg, cls->name);
    return b ? b->object : NULL;
}

void *mlpl_check(lua_State *L, int arg, const mlpl_class *cls)
{
    box *b = luaL_testudata(L, arg, cls->name);
    const char *type = strrchr(cls->name, '.') + 1;
    if (b && b->object) return b->object;
    if (arg == 1 && lua_isnone(L, 1)) /* what a method's object would be */
        mlpl_errorf(L, "got nothing, expected %s: methods are called with a colon, as in object:method()",
                    push_with_article(L, type));
    mlpl_arg_error(L, arg, b ? lua_pushfstring(L, "an open %s: this one is closed", type) : push_with_article(L, type));
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

/* ---- results ---- */

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
        push_kind(L, arg);
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
    push_kind(o->L, -1);
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
