/* call.c - calling Lua with a traceback that its author can read. */
#include "host/host.h"

#include <string.h>

/* Keeps the lines of a traceback that are the user's: those of the built-in library and of C tell them nothing. */
static void fold_traceback(lua_State *L)
{
    const char *line = lua_tostring(L, -1);
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    while (line && *line) {
        const char *end = strchr(line, '\n');
        size_t n = end ? (size_t)(end - line) + 1 : strlen(line);
        static const char *const folded[] = { "\tmlprun/", "\t[C]: in ", "\t(...tail calls...)", NULL };
        const char *const *f = folded;
        while (*f && strncmp(line, *f, strlen(*f)) != 0) f++;
        if (!*f) luaL_addlstring(&b, line, n);
        line += n;
    }
    luaL_pushresult(&b);
    lua_remove(L, -2);
}

static int with_traceback(lua_State *L)
{
    const char *message = lua_tostring(L, 1);
    if (!message) {
        if (luaL_callmeta(L, 1, "__tostring") && lua_type(L, -1) == LUA_TSTRING) return 1;
        message = lua_pushfstring(L, "(error object is a %s value)", luaL_typename(L, 1));
    }
    if (mlpl_signal_seen()) return 1; /* a stop that was asked for needs no traceback */
    luaL_traceback(L, L, NULL, 1);
    fold_traceback(L);
    const char *trace = lua_tostring(L, -1);
    const char *frames = strchr(trace, '\n');
    lua_pushfstring(L, frames && frames[1] ? "%s\n%s" : "%s", message, trace);
    return 1;
}

int mlpl_call(lua_State *L, int nargs, int nresults)
{
    int base = lua_gettop(L) - nargs;
    lua_pushcfunction(L, with_traceback);
    lua_insert(L, base);
    int status = lua_pcall(L, nargs, nresults, base);
    lua_remove(L, base);
    return status;
}
