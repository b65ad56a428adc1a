/* conv2d.h - convolution of pictures (cross-correlation, as PyTorch's). */
#ifndef MLP_CONV2D_H
#define MLP_CONV2D_H

#include "autograd/autograd.h"

/* In pairs: rows, columns. */
typedef struct mlp_conv2d_options {
    int64_t stride[2], padding[2], dilation[2];
    bool same;      /* padding follows instead: the output is as large as the input; only for strides of 1 */
    int64_t groups; /* the channels are cut into so many parts, each with its own share of the output channels */
    bool relu;      /* the result is max(0, what the convolution gives), in the same pass over memory */
} mlp_conv2d_options;

/* Refuses options that no weight from in_channels to out_channels goes with. who begins the message. */
mlp_status mlp_conv2d_check(const mlp_conv2d_options *options, int64_t in_channels, int64_t out_channels,
                            const char *who, mlp_error *err);

/* x is (n, c_in, height, width) or one picture; weight (c_out, c_in / groups, k_height, k_width); bias (c_out) or NULL.
 * Zeros surround the pictures. */
mlp_status mlp_conv2d(mlp_tensor **out, mlp_tensor *x, mlp_tensor *weight, mlp_tensor *bias,
                      const mlp_conv2d_options *options, mlp_error *err);

/* The gradient by x, whose pictures have that size, where that of the result is dy: conv2d's transpose. dy is a picture
 * or a batch of them with c_out channels, of weight's type; they fit together. */
mlp_status mlp_conv2d_input(mlp_tensor **out, mlp_tensor *dy, mlp_tensor *weight, const int64_t size[2],
                            const mlp_conv2d_options *options, mlp_error *err);

#endif
