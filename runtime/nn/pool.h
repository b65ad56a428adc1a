/* pool.h - windows of pictures become their maximum or mean, channel by channel. */
#ifndef MLP_POOL_H
#define MLP_POOL_H

#include "autograd/autograd.h"

/* In pairs: rows, columns. */
typedef struct mlp_pool_options {
    int64_t kernel_size[2], stride[2];
    int64_t padding[2];  /* at most half of the window */
    int64_t dilation[2]; /* max_pool2d only: 1 for avg_pool2d */
    bool ceil_mode;      /* also windows that hang over the end, as long as they begin inside */
    /* avg_pool2d only */
    bool count_include_pad;   /* padding counts as zeros, instead of not at all */
    int64_t divisor_override; /* divide by it instead; 0: no */
} mlp_pool_options;

/* x is (n, channels, height, width) or one picture. Padding never wins; of equal values the first gets the gradient,
 * and NaN wins over all. */
mlp_status mlp_max_pool2d(mlp_tensor **out, mlp_tensor *x, const mlp_pool_options *options, mlp_error *err);
mlp_status mlp_avg_pool2d(mlp_tensor **out, mlp_tensor *x, const mlp_pool_options *options, mlp_error *err);

/* Windows as even as can be, so that the result has this height and width; -1 keeps the picture's. */
mlp_status mlp_adaptive_avg_pool2d(mlp_tensor **out, mlp_tensor *x, const int64_t size[2], mlp_error *err);
mlp_status mlp_adaptive_max_pool2d(mlp_tensor **out, mlp_tensor *x, const int64_t size[2], mlp_error *err);

#endif
