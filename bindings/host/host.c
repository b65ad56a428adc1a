/* host.c - the interpreter that scripts run in: its libraries and limits. */
#include "host/host.h"

#include <stdio.h>
#include <string.h>

/* Compiled chunks could do anything to the interpreter: text only. */
static int load_text(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_settop(L, 4);
    const char *mode = luaL_optstring(L, 3, "t");
    if (!strchr(mode, 't')) return mlpl_errorf(L, "load: compiled chunks are refused, only text is loaded");
    lua_pushliteral(L, "t");
    lua_replace(L, 3);
    bool own_environment = !lua_isnil(L, 4);
    if (!own_environment) lua_settop(L, 3);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    return lua_gettop(L);
}

static int load_file(lua_State *L) /* loadfile(path, mode, env) */
{
    const char *path = luaL_optstring(L, 1, NULL);
    bool own_environment = !lua_isnone(L, 3);
    if (luaL_loadfilex(L, path, "t")) {
        lua_pushnil(L);
        lua_insert(L, -2);
        return 2;
    }
    if (own_environment) {
        lua_pushvalue(L, 3);
        if (!lua_setupvalue(L, -2, 1)) lua_pop(L, 1);
    }
    return 1;
}

static int do_file(lua_State *L)
{
    const char *path = luaL_optstring(L, 1, NULL);
    lua_settop(L, 1);
    if (luaL_loadfilex(L, path, "t")) return lua_error(L);
    lua_call(L, 0, LUA_MULTRET);
    return lua_gettop(L) - 1;
}

/* A userdata is what its metatable's functions take it for, Lua's files included. */
static int set_metatable(lua_State *L)
{
    if (lua_type(L, 1) == LUA_TUSERDATA)
        return mlpl_errorf(L, "debug.setmetatable: the metatable of an object that C made cannot be changed");
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    return lua_gettop(L);
}

/* The searcher for modules in files, in place of the standard ones. */
static int find_module(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "searchpath");
    lua_pushstring(L, name);
    if (lua_getfield(L, -3, "path") != LUA_TSTRING) return mlpl_errorf(L, "package.path must be a string");
    lua_call(L, 2, 2);
    if (lua_isnil(L, -2)) return 1; /* where it looked */
    lua_pop(L, 1);
    const char *path = lua_tostring(L, -1);
    if (luaL_loadfilex(L, path, "t"))
        return luaL_error(L, "error loading module '%s' from '%s':\n\t%s", name, path, lua_tostring(L, -1));
    lua_pushstring(L, path);
    return 2;
}

static int undefined_global(lua_State *L)
{
    if (lua_type(L, 2) != LUA_TSTRING) return 0;
    const char *key = lua_tostring(L, 2), *list[512];
    int n = 0;
    for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1))
        if (lua_type(L, -2) == LUA_TSTRING && n < 511) list[n++] = lua_tostring(L, -2);
    list[n] = NULL;
    const char *near = strlen(key) > 2 ? mlpl_nearest(key, list) : NULL; /* i is no slip for io */
    static const char *const parts[] = { "ml", "nn", "optim", "augment", "data", "metrics", "plot", "writers", NULL };
    for (const char *const *p = parts; *p; p++)
        if (strcmp(key, *p) == 0)
            return mlpl_errorf(L, "undefined global '%s': a script begins with local ml = require \"mlprun\"%s%s%s%s",
                               key, p == parts ? "" : " and local ", p == parts ? "" : key, p == parts ? "" : " = ml.",
                               p == parts ? "" : key);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    if (lua_getfield(L, -1, LUA_MATHLIBNAME) == LUA_TTABLE && lua_getfield(L, -1, key) != LUA_TNIL)
        return mlpl_errorf(L, "undefined global '%s': did you mean 'math.%s'?", key, key);
    if (near) return mlpl_errorf(L, "undefined global '%s': did you mean '%s'?", key, near);
    return mlpl_errorf(L, "undefined global '%s'", key);
}

/* ---- warnings ---- */

typedef struct warnings {
    bool off, goes_on; /* goes_on: what comes is the rest of a message */
} warnings;

/* Lua's warn(): on standard error, until "@off". */
static void write_warning(void *of, const char *text, int to_be_continued)
{
    warnings *w = of;
    if (!w->goes_on && !to_be_continued && *text == '@') {
        if (strcmp(text, "@off") == 0) w->off = true;
        if (strcmp(text, "@on") == 0) w->off = false;
        return;
    }
    if (!w->off) {
        if (!w->goes_on) fflush(stdout);
        fprintf(stderr, "%s%s%s", w->goes_on ? "" : "mlprun: warning: ", text, to_be_continued ? "" : "\n");
    }
    w->goes_on = to_be_continued;
}

void mlpl_open_environment(lua_State *L)
{
    static warnings state;
    lua_setwarnf(L, write_warning, &state);
    luaL_openlibs(L);
    mlpl_install(L);
    mlpl_open_interruptible(L);
    lua_getglobal(L, "load");
    lua_pushcclosure(L, load_text, 1);
    lua_setglobal(L, "load");
    lua_register(L, "loadfile", load_file);
    lua_register(L, "dofile", do_file);
    lua_getglobal(L, "debug");
    lua_getfield(L, -1, "setmetatable");
    lua_pushcclosure(L, set_metatable, 1);
    lua_setfield(L, -2, "setmetatable");
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "searchers"); /* preload, built-in library, files, and no C modules */
    lua_pushcfunction(L, find_module);
    lua_rawseti(L, -2, 3);
    for (int i = (int)lua_rawlen(L, -1); i > 3; i--) {
        lua_pushnil(L);
        lua_rawseti(L, -2, i);
    }
    lua_pop(L, 3);
    lua_pushglobaltable(L);
    lua_newtable(L);
    lua_pushcfunction(L, undefined_global);
    lua_setfield(L, -2, "__index");
    mlpl_watch_globals(L);
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
}

int mlpl_open_globals(lua_State *L)
{
    lua_getglobal(L, "require");
    lua_pushliteral(L, "mlprun.prompt.globals");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, "open");
    lua_call(L, 0, 0);
    return 0;
}

int mlpl_print(lua_State *L)
{
    lua_getglobal(L, "require");
    lua_pushliteral(L, "mlprun.prompt.printer");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, "print");
    lua_insert(L, 1);
    lua_settop(L, -2);
    lua_call(L, lua_gettop(L) - 1, 0);
    return 0;
}
