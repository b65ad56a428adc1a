/* dropout.h - elements or channels that are left out while training. */
#ifndef MLP_DROPOUT_H
#define MLP_DROPOUT_H

#include "autograd/autograd.h"

/* While training: zeroes each element with probability p (0 <= p <= 1) and scales the rest by 1 / (1 - p). Else, and
 * for p = 0, y is x itself, retained. Reserves its draws from rng; the mask is not kept, backward draws the same one
 * again. */
mlp_status mlp_dropout(mlp_tensor **out, mlp_tensor *x, double p, bool training, mlp_rng *rng, mlp_error *err);

/* The same with one draw for each channel of each row: x is (n, C, ...). */
mlp_status mlp_feature_dropout(mlp_tensor **out, mlp_tensor *x, double p, bool training, mlp_rng *rng, mlp_error *err);

#endif
