/* tensor.h - shared by the files that bind runtime/tensor: reading arguments, returning results. */
#ifndef MLP_BINDING_TENSOR_H
#define MLP_BINDING_TENSOR_H

#include "binding.h"

#include "autograd/autograd.h"

/* How a bound function ends once its result is in a box on the top of the stack. */
static inline int mlpl_done(lua_State *L, mlp_status st, const mlp_error *err)
{
    if (st) return mlpl_raise(L, err);
    mlpl_account(L);
    return 1;
}

/* "f32", "float32", "float", ...; raises for other words. */
mlp_dtype mlpl_dtype(lua_State *L, const char *name);

/* A whole number; raises for anything else. */
int64_t mlpl_whole(lua_State *L, int arg);

/* A dimension: 1 to ndim, or -1 for the last and so on; 0-based on return. */
int mlpl_dim(lua_State *L, int arg, int ndim);

/* The dimension in the field `dim` of options, or fallback (0-based). */
int mlpl_option_dim(const mlpl_options *o, int ndim, int fallback);

/* A shape: whole numbers from argument `arg` on, or one list of them there. Returns the index of the next argument. */
int mlpl_shape(lua_State *L, int arg, int *ndim, int64_t shape[MLP_MAX_DIMS]);

/* The number or boolean at `arg`; raises when a tensor of this type cannot hold it. */
double mlpl_value(lua_State *L, int arg, mlp_dtype dtype);

/* The number (or boolean) at `arg` as a scalar tensor of this type, pushed in a box and returned, borrowed. An i64
 * stays exact, which a double beyond 2^53 would not. */
mlp_tensor *mlpl_number(lua_State *L, int arg, mlp_dtype dtype);

/* t:fill_(the number or boolean at `arg`); raises when that fails, or t's type does not hold it. */
void mlpl_fill(lua_State *L, mlp_tensor *t, int arg);

/* The index tensor at `arg`, counted from 0, pushed in a box and returned, borrowed; raises unless all its values are
 * places in dimension `dim` (0-based here, as all dimensions in C) of t. */
mlp_tensor *mlpl_places(lua_State *L, int arg, const mlp_tensor *t, int dim, const char *who);

/* What the other files add to the class or to core.tensor; tensor.c, on top of them, calls them. */
void mlpl_tensor_add_constructors(lua_State *L); /* to the table on the top of the stack */
extern const mlpl_function mlpl_tensor_shape_methods[], mlpl_tensor_op_methods[], mlpl_tensor_reduce_methods[],
    mlpl_tensor_mask_methods[];
void mlpl_tensor_add_elementwise(lua_State *L); /* closures over an operation: methods and operators */
void mlpl_tensor_add_reductions(lua_State *L);  /* closures over an operation: methods */

int mlpl_tensor_binary(lua_State *L, mlp_binary_op op); /* two tensors, or a tensor and a number, at 1 and 2 */

int mlpl_tensor_create(lua_State *L); /* ml.tensor */
int mlpl_tensor_cat(lua_State *L);
int mlpl_tensor_stack(lua_State *L);
int mlpl_tensor_where(lua_State *L);
int mlpl_tensor_result_type(lua_State *L);

#endif
