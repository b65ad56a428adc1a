/* layer_norm.h - normalises each row over its last dimensions, the same way in training and in evaluation. */
#ifndef MLP_LAYER_NORM_H
#define MLP_LAYER_NORM_H

#include "autograd/autograd.h"

/* Brings the last ndim (1 or more) dimensions of x, which must be `shape`, to mean 0 and (biased) variance 1 together,
 * then scales by weight and shifts by bias: tensors of that shape and x's type, or NULL for 1 and 0. */
mlp_status mlp_layer_norm(mlp_tensor **out, mlp_tensor *x, int ndim, const int64_t *shape, mlp_tensor *weight,
                          mlp_tensor *bias, double eps, mlp_error *err);

#endif
