/* nn.h - the parts of core.nn: each adds its functions to the table on the top of the stack. */
#ifndef MLP_BINDING_NN_H
#define MLP_BINDING_NN_H

#include "binding.h"

void mlpl_nn_add_layers(lua_State *L); /* what the rows of nn/layer.h compute */
void mlpl_nn_add_init(lua_State *L);   /* initial values */

#endif
