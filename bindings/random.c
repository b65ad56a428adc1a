/* random.c - core.random: numbers of streams that Lua code names, beside the one generator of tensor_create.c; and the
 * state of Lua's own, which its library keeps in the value that math.random carries with it. */
#include "binding.h"

#include <string.h>

static int draws(lua_State *L) /* draws(seed, trial, n) -> a list of n numbers in [0, 1), a function of these three */
{
    lua_Integer seed = luaL_checkinteger(L, 1), trial = luaL_checkinteger(L, 2), n = luaL_checkinteger(L, 3);
    mlp_rng rng = mlp_rng_stream((uint64_t)seed, MLP_FOR_SEARCH, (uint64_t)trial, 0, 0);
    lua_newtable(L);
    for (lua_Integer i = 1; i <= n; i++) {
        lua_pushnumber(L, mlp_rng_uniform(&rng));
        lua_rawseti(L, -2, i);
    }
    return 1;
}

enum { WORDS = 4 };

/* The four words of math.random's generator; NULL where this Lua keeps them elsewhere. */
static lua_Unsigned *lua_words(lua_State *L)
{
    lua_Unsigned *words = NULL;
    lua_getfield(L, LUA_REGISTRYINDEX, "mlprun.math.random");
    bool known = lua_iscfunction(L, -1) && lua_getupvalue(L, -1, 1);
    if (known && lua_isuserdata(L, -1) && lua_rawlen(L, -1) == WORDS * sizeof *words) words = lua_touserdata(L, -1);
    lua_settop(L, known ? -3 : -2);
    return words;
}

static int lua_state(lua_State *L) /* lua_state() -> a list of four numbers; nil where it cannot be told */
{
    const lua_Unsigned *words = lua_words(L);
    if (!words) return 0;
    lua_createtable(L, WORDS, 0);
    for (int i = 0; i < WORDS; i++) {
        lua_pushinteger(L, (lua_Integer)words[i]);
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

static int set_lua_state(lua_State *L) /* set_lua_state(list): what lua_state gave */
{
    lua_Unsigned *words = lua_words(L);
    if (!words || !lua_istable(L, 1)) return 0;
    for (int i = 0; i < WORDS; i++) {
        lua_rawgeti(L, 1, i + 1);
        words[i] = (lua_Unsigned)luaL_checkinteger(L, -1);
        lua_pop(L, 1);
    }
    return 0;
}

int mlpl_open_random(lua_State *L)
{
    static const mlpl_function functions[] = {
        { "draws", draws, 3 }, { "lua_state", lua_state, 0 }, { "set_lua_state", set_lua_state, 1 }, { NULL, NULL, 0 }
    };
    if (lua_getglobal(L, "math") == LUA_TTABLE) {
        lua_getfield(L, -1, "random");
        lua_setfield(L, LUA_REGISTRYINDEX, "mlprun.math.random");
    }
    lua_pop(L, 1);
    mlpl_new_functions(L, functions);
    return 1;
}
