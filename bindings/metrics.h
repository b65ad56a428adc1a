/* metrics.h - what metrics.c, statistics.c and ranking.c share: numbers from Lua as arrays of C. */
#ifndef MLP_BINDINGS_METRICS_H
#define MLP_BINDINGS_METRICS_H

#include "binding.h"

/* The numbers of argument arg (a tensor of any shape or a list), in memory that is pushed on the stack. */
const double *mlpl_push_numbers(lua_State *L, int arg, int64_t *n);
int64_t *mlpl_push_integers(lua_State *L, int arg, int64_t *n); /* whole numbers only */

/* Pushes an empty box for memory from malloc, which it frees. */
void **mlpl_push_memory(lua_State *L);

/* Push the tables of statistics and of ranking. */
void mlpl_push_statistics(lua_State *L);
void mlpl_push_ranking(lua_State *L);

#endif
