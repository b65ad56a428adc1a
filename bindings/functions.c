/* functions.c - how functions of C become functions of Lua: each refuses more arguments than it takes. */
#include "binding.h"

/* Upvalues of what scripts call. The first one is the function's own. */
enum { OWN = 1, CALL, MOST, UPVALUES = MOST };

static int call_checked(lua_State *L)
{
    mlpl_last(L, (int)lua_tointeger(L, lua_upvalueindex(MOST)));
    return lua_tocfunction(L, lua_upvalueindex(CALL))(L);
}

void mlpl_push_function(lua_State *L, lua_CFunction call, int most)
{
    lua_pushcfunction(L, call);
    lua_pushinteger(L, most);
    lua_pushcclosure(L, call_checked, UPVALUES);
}

void mlpl_set_functions(lua_State *L, const mlpl_function *list)
{
    for (; list->name; list++) {
        lua_pushnil(L);
        if (list->call) mlpl_push_function(L, list->call, list->most);
        else lua_pushboolean(L, 0), lua_remove(L, -2);
        lua_setfield(L, -2, list->name);
    }
}

void mlpl_new_functions(lua_State *L, const mlpl_function *list)
{
    lua_newtable(L);
    mlpl_set_functions(L, list);
}
