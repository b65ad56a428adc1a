/* metrics.h - what metrics.c, statistics.c, trials.c and ranking.c share: numbers from Lua as arrays of C, results. */
#ifndef MLP_BINDINGS_METRICS_H
#define MLP_BINDINGS_METRICS_H

#include "binding.h"
#include "metrics/statistics.h"
#include "tensor/tensor.h"

/* The numbers of argument arg (a tensor of any shape or a list), in memory that is pushed on the stack. */
const double *mlpl_push_numbers(lua_State *L, int arg, int64_t *n);
int64_t *mlpl_push_integers(lua_State *L, int arg, int64_t *n); /* whole numbers only */

/* The weights of n samples from argument arg, as many numbers: NULL where it is nil. */
const double *mlpl_push_weights(lua_State *L, int arg, int64_t n);

/* The elements of a tensor as `dtype`, contiguous; the copy is pushed. */
void *mlpl_push_elements(lua_State *L, const mlp_tensor *t, mlp_dtype dtype, int64_t *n);

/* The option `confidence` of argument arg, 0.95 unless said. */
double mlpl_confidence_at(lua_State *L, int arg, const char *who);

int mlpl_push_interval(lua_State *L, const mlp_interval *i); /* { mean, low, high, se, df }; returns 1 */
void mlpl_set_test(lua_State *L, const mlp_test *t); /* into the table on top: difference, se, t, df, p, low, high */

/* Pushes an empty box for memory from malloc, which it frees. */
void **mlpl_push_memory(lua_State *L);

/* Push the tables of statistics and of ranking; the second adds to the first. */
void mlpl_push_statistics(lua_State *L);
void mlpl_add_trials(lua_State *L);
void mlpl_push_ranking(lua_State *L);

#endif
