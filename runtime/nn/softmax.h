/* softmax.h - values along a dimension become shares of 1. */
#ifndef MLP_SOFTMAX_H
#define MLP_SOFTMAX_H

#include "autograd/autograd.h"

/* exp(x) divided by its sum along dim, and the logarithm of that. */
mlp_status mlp_softmax(mlp_tensor **out, mlp_tensor *x, int dim, mlp_error *err);
mlp_status mlp_log_softmax(mlp_tensor **out, mlp_tensor *x, int dim, mlp_error *err);

#endif
