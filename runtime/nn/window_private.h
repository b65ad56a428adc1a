/* window_private.h - what convolution and pooling share: windows that slide over pictures.
 *
 * Pictures are n x channels x height x width, or one without the n. Axis 0 are rows, axis 1 columns. */
#ifndef MLP_WINDOW_PRIVATE_H
#define MLP_WINDOW_PRIVATE_H

#include "autograd/autograd.h"
#include "base/param.h"

typedef struct mlp_window {
    int64_t size[2], stride[2], dilation[2];
    int64_t before[2], after[2]; /* padding: what is put around the picture */
    bool ceil_mode;              /* also places where the window hangs over the end */
} mlp_window;

/* Sizes, strides and so on up to here; sums and products of two stay far from overflow. */
enum { MLP_WINDOW_MOST = 1 << 30 };

/* A parameter of two sizes, rows and columns, of at least `least`; then further fields. */
#define MLP_PARAM_WINDOW(called, says, least, ...)                                                                     \
    {                                                                                                                  \
        .name = (called), .doc = (says), .kind = MLP_PARAM_INT_PAIR, .low = (least), .high = MLP_WINDOW_MOST,          \
        __VA_ARGS__                                                                                                    \
    }

/* Fails when x is no picture or batch of pictures of f32 or f64. who: "conv2d", begins the message. */
mlp_status mlp_pictures_check(const mlp_tensor *x, const char *who, mlp_error *err);

/* Fails when a number of the window is outside of what can be computed with. */
mlp_status mlp_window_check(const mlp_window *w, const char *who, mlp_error *err);

/* How many places the window has along an axis of `length`; below 1: it does not fit. */
int64_t mlp_window_places(const mlp_window *w, int axis, int64_t length);

/* How far the window reaches along an axis: its size when the dilation is 1. */
int64_t mlp_window_reach(const mlp_window *w, int axis);

/* Pictures in x, their channels, height and width. */
void mlp_pictures_sizes(const mlp_tensor *x, int64_t sizes[4]);

#endif
