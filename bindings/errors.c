/* errors.c - see binding.h: what is wrong, at the line of the script that led there. */
#include "binding.h"

#include <ctype.h>
#include <string.h>

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

const char *mlpl_push_with_article(lua_State *L, const char *noun)
{
    return lua_pushfstring(L, "%s %s", strchr("AEIOUaeiou", *noun) ? "an" : "a", noun);
}

/* Whether it is a box whose object is gone: what has a table of methods is one, and holds a pointer. */
static bool is_closed(lua_State *L, int arg)
{
    if (lua_type(L, arg) != LUA_TUSERDATA || luaL_getmetafield(L, arg, "methods") == LUA_TNIL) return false;
    lua_pop(L, 1);
    return !*(void **)lua_touserdata(L, arg);
}

const char *mlpl_push_kind(lua_State *L, int arg)
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
        const char *class = point ? point + 1 : name;
        return is_closed(L, arg) ? lua_pushfstring(L, "a closed %s", class) : mlpl_push_with_article(L, class);
    }
    return mlpl_push_with_article(L, luaL_typename(L, arg));
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
    const char *got = mlpl_push_kind(L, arg);
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
        size_t longer = strlen(*list) > length ? strlen(*list) : length;
        if (2 * d > (int)longer) continue;                            /* x is no slip for a */
        bool first = d == nearest && best && strcmp(*list, best) < 0; /* the same one in any order of the list */
        if (d < nearest || first) nearest = d, best = *list;
    }
    return best;
}
