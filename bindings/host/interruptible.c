/* interruptible.c - the functions of Lua's library that an interrupt would not get through, in forms that it does. */
#include "host/host.h"

#include <signal.h>
#include <string.h>

/* ---- coroutines: the one that runs is where an interrupt is raised ---- */

/* Gives `co` the n values on top of L's stack and lets it run. Returns how many values it left on top of L's, or -1 and
 * leaves the error there. */
static int resume(lua_State *L, lua_State *co, int n)
{
    if (!lua_checkstack(co, n)) {
        lua_pushliteral(L, "too many arguments to resume");
        return -1;
    }
    lua_xmove(L, co, n);
    int count = 0;
    lua_State *before = mlpl_signals_enter(co);
    int status = lua_resume(co, L, n, &count);
    mlpl_signals_enter(before);
    if (status != LUA_OK && status != LUA_YIELD) {
        lua_xmove(co, L, 1);
        return -1;
    }
    if (!lua_checkstack(L, count + 1)) {
        lua_pop(co, count);
        lua_pushliteral(L, "too many results to resume");
        return -1;
    }
    lua_xmove(co, L, count);
    return count;
}

static int co_resume(lua_State *L) /* coroutine.resume(co, ...) -> true, ... or false, error */
{
    lua_State *co = lua_tothread(L, 1);
    luaL_argexpected(L, co, 1, "coroutine");
    int n = resume(L, co, lua_gettop(L) - 1);
    lua_pushboolean(L, n >= 0);
    if (n < 0) n = 1;
    lua_insert(L, -(n + 1));
    return n + 1;
}

/* Closes a coroutine that an error has ended, and raises the error with the place of the caller before it. */
static int fail(lua_State *L, lua_State *co)
{
    int status = lua_status(co);
    if (status != LUA_OK && status != LUA_YIELD) {
        lua_State *before = mlpl_signals_enter(co);
        status = lua_resetthread(co);
        mlpl_signals_enter(before);
        lua_xmove(co, L, 1);
    }
    if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {
        luaL_where(L, 1);
        lua_insert(L, -2);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

static int wrapped(lua_State *L)
{
    lua_State *co = lua_tothread(L, lua_upvalueindex(1));
    int n = resume(L, co, lua_gettop(L));
    return n < 0 ? fail(L, co) : n;
}

static int co_wrap(lua_State *L) /* coroutine.wrap(f) */
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_State *co = lua_newthread(L);
    lua_pushvalue(L, 1);
    lua_xmove(L, co, 1);
    lua_pushcclosure(L, wrapped, 1);
    return 1;
}

/* ---- handlers and commands ---- */

/* A handler runs where no hook does, so that nothing could stop it: it is not asked about an interrupt. */
static int handler(lua_State *L)
{
    if (mlpl_interrupting()) return 1;
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, 1);
    return 1;
}

static int after_xpcall(lua_State *L, int status, lua_KContext context)
{
    (void)status, (void)context;
    return lua_gettop(L);
}

static int protected_call(lua_State *L) /* xpcall(f, handler, ...): Lua's own is upvalue 1 */
{
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_pushvalue(L, 2);
    lua_pushcclosure(L, handler, 1);
    lua_replace(L, 2);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_callk(L, lua_gettop(L) - 1, LUA_MULTRET, 0, after_xpcall);
    return after_xpcall(L, LUA_OK, 0);
}

/* os.execute: Lua's own, upvalue 1, does not hear Ctrl-C while it waits. The command that it ended does. */
static int os_execute(lua_State *L)
{
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    const char *how = lua_tostring(L, 2);
    if (how && strcmp(how, "signal") == 0 && lua_tointeger(L, 3) == SIGINT) raise(SIGINT);
    return lua_gettop(L);
}

/* In place of the function `name` of the table on top of the stack: `call`, which has it as upvalue 1. */
static void replace(lua_State *L, const char *name, lua_CFunction call)
{
    lua_getfield(L, -1, name);
    lua_pushcclosure(L, call, 1);
    lua_setfield(L, -2, name);
}

void mlpl_open_interruptible(lua_State *L)
{
    static const luaL_Reg functions[] = { { "resume", co_resume }, { "wrap", co_wrap }, { NULL, NULL } };
    lua_getglobal(L, "coroutine");
    luaL_setfuncs(L, functions, 0);
    lua_getglobal(L, "os");
    replace(L, "execute", os_execute);
    lua_pushglobaltable(L);
    replace(L, "xpcall", protected_call);
    lua_pop(L, 3);
}
