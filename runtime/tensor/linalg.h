/* linalg.h - factorisations of matrices, by LAPACK in f64 whatever the tensor's type.
 *
 * Inputs are matrices or batches of them, (..., rows, columns), f32 or f64; results have the input's type. Nothing here
 * differentiates. */
#ifndef MLP_LINALG_H
#define MLP_LINALG_H

#include "tensor/tensor.h"

/* x with a x = b; a is (..., n, n), b (..., n, k), with the same leading sizes. A singular a is an error. */
mlp_status mlp_tensor_solve(mlp_tensor **out, const mlp_tensor *a, const mlp_tensor *b, mlp_error *err);

/* The sign of the determinant (0 of a singular matrix) and the logarithm of its size, (...) each. */
mlp_status mlp_tensor_slogdet(mlp_tensor **sign, mlp_tensor **logabs, const mlp_tensor *a, mlp_error *err);

/* Of a symmetric matrix, whose lower triangle is looked at: rising values (..., n) and vectors, (..., n, n), as
 * columns. */
mlp_status mlp_tensor_eigh(mlp_tensor **values, mlp_tensor **vectors, const mlp_tensor *a, mlp_error *err);

/* a = u diag(s) vt with falling s; u and vt are whole, or have as many columns and rows as s. */
mlp_status mlp_tensor_svd(mlp_tensor **u, mlp_tensor **s, mlp_tensor **vt, const mlp_tensor *a, bool full,
                          mlp_error *err);

/* a = q r with orthonormal columns of q and r upper triangular; q is whole, or has min(rows, columns) columns. */
mlp_status mlp_tensor_qr(mlp_tensor **q, mlp_tensor **r, const mlp_tensor *a, bool full, mlp_error *err);

#endif
