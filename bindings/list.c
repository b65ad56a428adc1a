/* list.c - lists that bindings hand out, such as a shape: compared by what is in them, printed, and no silent nil for a
 * place that lists do not have. */
#include "binding.h"

#define LIST "mlprun.List"

static int list_eq(lua_State *L)
{
    if (!lua_istable(L, 1) || !lua_istable(L, 2)) return lua_pushboolean(L, false), 1;
    lua_Unsigned n = lua_rawlen(L, 1);
    bool equal = n == lua_rawlen(L, 2);
    for (lua_Unsigned i = 1; equal && i <= n; i++) {
        lua_rawgeti(L, 1, (lua_Integer)i);
        lua_rawgeti(L, 2, (lua_Integer)i);
        equal = lua_rawequal(L, -1, -2);
        lua_pop(L, 2);
    }
    lua_pushboolean(L, equal);
    return 1;
}

static int list_text(lua_State *L)
{
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    lua_Unsigned n = lua_rawlen(L, 1);
    luaL_addstring(&b, n ? "{ " : "{");
    for (lua_Unsigned i = 1; i <= n; i++) {
        if (i > 1) luaL_addstring(&b, ", ");
        bool quoted = lua_rawgeti(L, 1, (lua_Integer)i) == LUA_TSTRING;
        if (quoted) lua_pushfstring(L, "\"%s\"", lua_tostring(L, -1)), lua_remove(L, -2);
        luaL_addvalue(&b);
    }
    luaL_addstring(&b, n ? " }" : "}");
    luaL_pushresult(&b);
    return 1;
}

/* A place behind the last is nil, as ipairs needs it. */
static int list_index(lua_State *L)
{
    int whole;
    lua_Integer i = lua_tointegerx(L, 2, &whole);
    if (whole && i > 0) return 0;
    const char *key = luaL_tolstring(L, 2, NULL);
    if (whole) return mlpl_errorf(L, "a list has no place %s: places count from 1, and list[#list] is the last", key);
    return mlpl_errorf(L, "a list has no field '%s'", key);
}

void mlpl_mark_list(lua_State *L)
{
    static const luaL_Reg meta[] = {
        { "__eq", list_eq }, { "__tostring", list_text }, { "__index", list_index }, { NULL, NULL }
    };
    if (luaL_newmetatable(L, LIST)) luaL_setfuncs(L, meta, 0);
    lua_setmetatable(L, -2);
}
