/* core.c - the module mlprun.core: the tables of all bindings, and the Lua library that is built in. */
#include "host/host.h"

#include <string.h>

/* clang-format off */
static const luaL_Reg parts[] = {
    { "tensor", mlpl_open_tensor },
    { "autograd", mlpl_open_autograd },
    { "linalg", mlpl_open_linalg },
    { "nn", mlpl_open_nn },
    { "optim", mlpl_open_optim },
    { "image", mlpl_open_image },
    { "draw", mlpl_open_draw },
    { "augment", mlpl_open_augment },
    { "data", mlpl_open_data },
    { "metrics", mlpl_open_metrics },
    { "random", mlpl_open_random },
    { "io", mlpl_open_io },
    { "json", mlpl_open_json },
    { "writers", mlpl_open_writers },
    { "sys", mlpl_open_sys },
    { "process", mlpl_open_process },
    { "editor", mlpl_open_editor },
    { NULL, NULL },
};
/* clang-format on */

static int open_core(lua_State *L)
{
    lua_newtable(L);
    for (const luaL_Reg *p = parts; p->name; p++) {
        lua_pushcfunction(L, p->func);
        lua_call(L, 0, 1);
        lua_setfield(L, -2, p->name);
    }
    return 1;
}

/* The searcher of the built-in library: mlprun -> scripts/init.lua, mlprun.nn.linear -> scripts/nn/linear.lua */
static int find_script(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);
    for (const mlpl_script *s = mlpl_scripts; s->name; s++) {
        if (strcmp(s->name, name) != 0) continue;
        lua_pushfstring(L, "=%s", s->chunk);
        if (luaL_loadbufferx(L, (const char *)s->text, s->length, lua_tostring(L, -1), "t")) return lua_error(L);
        lua_pushstring(L, s->chunk);
        return 2;
    }
    lua_pushfstring(L, "no built-in module '%s'", name);
    return 1;
}

void mlpl_install(lua_State *L)
{
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, open_core);
    lua_setfield(L, -2, "mlprun.core");
    lua_pop(L, 1);
    /* in front of the searchers that look at files, so that no file beside a script can shadow the library */
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "searchers");
    for (lua_Integer i = (lua_Integer)lua_rawlen(L, -1); i >= 2; i--) {
        lua_rawgeti(L, -1, i);
        lua_rawseti(L, -2, i + 1);
    }
    lua_pushcfunction(L, find_script);
    lua_rawseti(L, -2, 2);
    lua_pop(L, 2);
}
