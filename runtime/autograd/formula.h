/* formula.h - a function made of recorded operations, written as it is read.
 *
 *     mlp_formula f = mlp_formula_begin(err);
 *     mlp_tensor *d = mlp_f_binary(&f, MLP_SUB, a, b);
 *     return mlp_formula_end(&f, out, mlp_f_unary(&f, MLP_SQUARE, d));
 *
 * Steps give borrowed tensors, which live until the end. Behind one that failed, steps do nothing and give NULL; so do
 * those that are given NULL. */
#ifndef MLP_FORMULA_H
#define MLP_FORMULA_H

#include "autograd/autograd.h"

enum { MLP_FORMULA_STEPS = 96 };

struct mlp_calculus;

typedef struct mlp_formula {
    const struct mlp_calculus *ops;
    mlp_error *err;
    mlp_status status; /* of the first step that failed */
    int count;
    mlp_tensor *made[MLP_FORMULA_STEPS]; /* owned */
} mlp_formula;

mlp_formula mlp_formula_begin(mlp_error *err);
mlp_formula mlp_formula_in_pass(mlp_error *err); /* the same, for gradients inside autograd/ */

/* Releases the steps; *out, unless out is NULL, is the result, owned, unless one of them failed. Returns f->status. */
mlp_status mlp_formula_end(mlp_formula *f, mlp_tensor **out, mlp_tensor *result);

/* Takes the result of an operation that has no step here over: made is NULL where st says that it failed. */
mlp_tensor *mlp_f_step(mlp_formula *f, mlp_status st, mlp_tensor *made);

mlp_tensor *mlp_f_unary(mlp_formula *f, mlp_unary_op op, mlp_tensor *x);
mlp_tensor *mlp_f_binary(mlp_formula *f, mlp_binary_op op, mlp_tensor *a, mlp_tensor *b);
mlp_tensor *mlp_f_number(mlp_formula *f, mlp_binary_op op, mlp_tensor *a, double b);
mlp_tensor *mlp_f_from(mlp_formula *f, mlp_binary_op op, double a, mlp_tensor *b);
mlp_tensor *mlp_f_softplus(mlp_formula *f, mlp_tensor *x); /* log(1 + exp(x)) */
mlp_tensor *mlp_f_sigmoid(mlp_formula *f, mlp_tensor *x);
mlp_tensor *mlp_f_clamp(mlp_formula *f, mlp_tensor *x, double low, double high);
mlp_tensor *mlp_f_where(mlp_formula *f, mlp_tensor *condition, mlp_tensor *a, mlp_tensor *b);
mlp_tensor *mlp_f_all(mlp_formula *f, mlp_reduce_op op, mlp_tensor *x);                          /* a scalar */
mlp_tensor *mlp_f_along(mlp_formula *f, mlp_reduce_op op, mlp_tensor *x, int dim, bool keepdim); /* one dimension */
mlp_tensor *mlp_f_over(mlp_formula *f, mlp_reduce_op op, mlp_tensor *x, int ndims, const int *dims, bool keepdim);
mlp_tensor *mlp_f_narrow(mlp_formula *f, mlp_tensor *x, int dim, int64_t start, int64_t length);
mlp_tensor *mlp_f_index_select(mlp_formula *f, mlp_tensor *x, int dim, mlp_tensor *index);
mlp_tensor *mlp_f_reshape(mlp_formula *f, mlp_tensor *x, int ndim, const int64_t *shape);
mlp_tensor *mlp_f_unsqueeze(mlp_formula *f, mlp_tensor *x, int dim);
mlp_tensor *mlp_f_transpose(mlp_formula *f, mlp_tensor *x, int dim0, int dim1);
mlp_tensor *mlp_f_matmul(mlp_formula *f, mlp_tensor *a, mlp_tensor *b);
mlp_tensor *mlp_f_gather(mlp_formula *f, mlp_tensor *x, int dim, mlp_tensor *index);
mlp_tensor *mlp_f_cast(mlp_formula *f, mlp_tensor *x, mlp_dtype dtype);
mlp_tensor *mlp_f_scalar(mlp_formula *f, mlp_dtype dtype, double value);
mlp_tensor *mlp_f_full(mlp_formula *f, const mlp_tensor *like, double value); /* of its shape and type */

#endif
