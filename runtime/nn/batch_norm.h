/* batch_norm.h - normalises each channel over the batch. */
#ifndef MLP_BATCH_NORM_H
#define MLP_BATCH_NORM_H

#include "autograd/autograd.h"

/* Normalises each channel (dimension 1 of x, which has at least 2) to mean 0 and variance 1, then scales by weight and
 * shifts by bias. All four tensors are (C) and may be NULL. */
typedef struct mlp_batch_norm_state {
    mlp_tensor *weight, *bias;              /* NULL: 1 and 0 */
    mlp_tensor *running_mean, *running_var; /* both or neither */
    bool training;                          /* use the statistics of the batch, and mix them into the running ones */
    double momentum;                        /* the share of the new value in the running one */
    double eps;
    bool relu; /* max(0, result), in the same pass over memory: the numbers of mlp_op_unary(MLP_RELU) behind it */
} mlp_batch_norm_state;

/* Uses the batch's statistics while training or when there are no running ones, else the running ones. The variance
 * that normalises is the biased one, the one that is mixed into running_var is unbiased. */
mlp_status mlp_batch_norm(mlp_tensor **out, mlp_tensor *x, const mlp_batch_norm_state *state, mlp_error *err);

#endif
