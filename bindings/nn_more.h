/* nn_more.h - shared by the files that bind runtime/nn. */
#ifndef MLP_BINDING_NN_MORE_H
#define MLP_BINDING_NN_MORE_H

#include "binding.h"

#include "nn/nn.h"

/* "mean", "sum", "none"; raises for other words, naming the function `who`. */
mlp_reduction mlpl_reduction(lua_State *L, const char *who, const char *name);

/* Adds the functions of nn_more.c to the table on the top of the stack. */
void mlpl_nn_add_more(lua_State *L);

/* The same of nn_pictures.c. */
void mlpl_nn_add_pictures(lua_State *L);

#endif
