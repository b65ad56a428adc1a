/* cross_entropy.h - losses of class labels. */
#ifndef MLP_CROSS_ENTROPY_H
#define MLP_CROSS_ENTROPY_H

#include "autograd/autograd.h"
#include "nn/reduction.h"

typedef struct mlp_cross_entropy_options {
    mlp_tensor *weight;   /* (C), borrowed; NULL: 1 each */
    int64_t ignore_index; /* rows with this label count for nothing; PyTorch's default is -100 */
    mlp_reduction reduction;
    double label_smoothing; /* 0 to 1 */
    bool normalised;        /* x is log-probabilities: the negative log-likelihood; labels only, without smoothing */
} mlp_cross_entropy_options;

/* x is (C), (n, C) or (n, C, ...): not normalised, unless the options say so. target is either labels (i64 or u8, 0 to
 * C-1, the shape of x without C), or probabilities (the shape and type of x). The mean of labels is weighted by their
 * classes' weights. */
mlp_status mlp_cross_entropy(mlp_tensor **out, mlp_tensor *x, mlp_tensor *target,
                             const mlp_cross_entropy_options *options, mlp_error *err);

#endif
