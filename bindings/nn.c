/* nn.c - core.nn: runtime/nn for the Lua layers. */
#include "nn.h"

int mlpl_open_nn(lua_State *L)
{
    lua_newtable(L);
    mlpl_nn_add_layers(L);
    mlpl_nn_add_init(L);
    return 1;
}
