/* linear.h - the fully connected layer. */
#ifndef MLP_LINEAR_H
#define MLP_LINEAR_H

#include "autograd/autograd.h"

/* y = x W' + b. x is (..., d_in), weight (d_out, d_in), bias (d_out) or NULL. */
mlp_status mlp_linear(mlp_tensor **out, mlp_tensor *x, mlp_tensor *weight, mlp_tensor *bias, mlp_error *err);

#endif
