/* random.c - core.random: numbers of streams that Lua code names, beside the one generator of tensor_create.c. */
#include "binding.h"

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

int mlpl_open_random(lua_State *L)
{
    static const mlpl_function functions[] = { { "draws", draws, 3 }, { NULL, NULL, 0 } };
    mlpl_new_functions(L, functions);
    return 1;
}
