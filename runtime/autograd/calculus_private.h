/* calculus_private.h - the recorded operations as a table. Private to autograd/.
 *
 * The gradient of an operation is made of others, and theirs of it: the files would need each other in a circle. They
 * call through this table, which stands above all of them; a pass backward sets it. */
#ifndef MLP_AUTOGRAD_CALCULUS_PRIVATE_H
#define MLP_AUTOGRAD_CALCULUS_PRIVATE_H

#include "autograd/autograd.h"

/* As mlp_op_ and the name. */
typedef struct mlp_calculus {
    mlp_status (*unary)(mlp_tensor **out, mlp_unary_op op, mlp_tensor *x, mlp_error *err);
    mlp_status (*binary)(mlp_tensor **out, mlp_binary_op op, mlp_tensor *a, mlp_tensor *b, mlp_error *err);
    mlp_status (*binary_number)(mlp_tensor **out, mlp_binary_op op, mlp_tensor *a, double number, bool integer,
                                bool reversed, mlp_error *err);
    mlp_status (*clamp)(mlp_tensor **out, mlp_tensor *x, double low, double high, mlp_error *err);
    mlp_status (*where)(mlp_tensor **out, mlp_tensor *condition, mlp_tensor *a, mlp_tensor *b, mlp_error *err);
    mlp_status (*reduce)(mlp_tensor **out, mlp_reduce_op op, mlp_tensor *x, int ndims, const int *dims, bool keepdim,
                         mlp_error *err);
    mlp_status (*cumsum)(mlp_tensor **out, mlp_tensor *x, int dim, mlp_error *err);
    mlp_status (*matmul)(mlp_tensor **out, mlp_tensor *a, mlp_tensor *b, mlp_error *err);
    mlp_status (*clone)(mlp_tensor **out, mlp_tensor *x, mlp_error *err);
    mlp_status (*cast)(mlp_tensor **out, mlp_tensor *x, mlp_dtype dtype, mlp_error *err);
    mlp_status (*contiguous)(mlp_tensor **out, mlp_tensor *x, mlp_error *err);
    mlp_status (*permute)(mlp_tensor **out, mlp_tensor *x, const int *dims, mlp_error *err);
    mlp_status (*transpose)(mlp_tensor **out, mlp_tensor *x, int dim0, int dim1, mlp_error *err);
    mlp_status (*narrow)(mlp_tensor **out, mlp_tensor *x, int dim, int64_t start, int64_t length, mlp_error *err);
    mlp_status (*select)(mlp_tensor **out, mlp_tensor *x, int dim, int64_t index, mlp_error *err);
    mlp_status (*expand)(mlp_tensor **out, mlp_tensor *x, int ndim, const int64_t *shape, mlp_error *err);
    mlp_status (*squeeze)(mlp_tensor **out, mlp_tensor *x, int dim, mlp_error *err);
    mlp_status (*unsqueeze)(mlp_tensor **out, mlp_tensor *x, int dim, mlp_error *err);
    mlp_status (*reshape)(mlp_tensor **out, mlp_tensor *x, int ndim, const int64_t *shape, mlp_error *err);
    mlp_status (*pad)(mlp_tensor **out, mlp_tensor *x, const int64_t *before, const int64_t *after, double value,
                      mlp_error *err);
    mlp_status (*index_add)(mlp_tensor **out, mlp_tensor *x, int dim, mlp_tensor *index, mlp_tensor *source,
                            mlp_error *err);
    mlp_status (*scatter_add)(mlp_tensor **out, mlp_tensor *x, int dim, mlp_tensor *index, mlp_tensor *source,
                              mlp_error *err);
    mlp_status (*index_select)(mlp_tensor **out, mlp_tensor *x, int dim, mlp_tensor *index, mlp_error *err);
    mlp_status (*gather)(mlp_tensor **out, mlp_tensor *x, int dim, mlp_tensor *index, mlp_error *err);
} mlp_calculus;

extern const mlp_calculus mlp_recorded;

/* Those of the pass that goes on on this thread; NULL outside of one. */
extern _Thread_local const mlp_calculus *mlp_calc;

#endif
