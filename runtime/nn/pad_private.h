/* pad_private.h - what surrounds a tensor. */
#ifndef MLP_PAD_PRIVATE_H
#define MLP_PAD_PRIVATE_H

#include "autograd/autograd.h"

typedef enum mlp_pad_mode { MLP_PAD_CONSTANT, MLP_PAD_REFLECT, MLP_PAD_REPLICATE, MLP_PAD_CIRCULAR } mlp_pad_mode;

/* Adds before[i] and after[i] elements at the ends of the last `dims` dimensions; numbers below 0 take some away.
 * Constant: all of them are `value`. Reflect: the neighbours seen in a mirror at the border, which is not repeated;
 * fewer than the dimension has. Replicate: the border. Circular: what is at the other end, at most the whole. */
mlp_status mlp_pad(mlp_tensor **out, mlp_tensor *x, int dims, const int64_t *before, const int64_t *after,
                   mlp_pad_mode mode, double value, mlp_error *err);

#endif
