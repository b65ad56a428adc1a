/* activation.h - element-wise nonlinearities, each one pass forward and one backward. x is f32 or f64, of any shape;
 * only x is kept for backward. At kinks the derivative is PyTorch's. */
#ifndef MLP_ACTIVATION_H
#define MLP_ACTIVATION_H

#include "autograd/autograd.h"

typedef enum mlp_activation_op {
    MLP_LEAKY_RELU,  /* a: the slope below 0 */
    MLP_ELU,         /* a: what it tends to below 0, negated */
    MLP_CELU,        /* a: the same; smooth at 0. Not 0 */
    MLP_SELU,        /* constants that keep mean 0 and variance 1 */
    MLP_GELU,        /* x times the normal distribution function */
    MLP_GELU_TANH,   /* the approximation with tanh */
    MLP_SILU,        /* x sigmoid(x) */
    MLP_MISH,        /* x tanh(softplus(x)) */
    MLP_SOFTPLUS,    /* a: beta, b: x a above this is passed on as it is. log(1 + exp(a x)) / a */
    MLP_SOFTSIGN,    /* x / (1 + |x|) */
    MLP_LOG_SIGMOID, /* log(sigmoid(x)) */
    MLP_HARDTANH,    /* a, b: the bounds, a < b */
    MLP_HARDSIGMOID, /* x / 6 + 1/2 between 0 and 1 */
    MLP_HARDSWISH,   /* x times that */
    MLP_ACTIVATION_COUNT
} mlp_activation_op;

/* PyTorch's name of the function: "leaky_relu". */
const char *mlp_activation_name(mlp_activation_op op);

/* What an operation has no parameter for is ignored. */
mlp_status mlp_activation(mlp_tensor **out, mlp_activation_op op, mlp_tensor *x, double a, double b, mlp_error *err);

#endif
