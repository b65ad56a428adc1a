/* nn.h - what layers and losses compute: differentiable functions on f32 and f64 tensors.
 *
 * No state lives here: weights, running statistics and the training flag belong to the caller. Results and gradients do
 * not depend on the number of threads. n: rows of the batch, d_in, d_out: features, C: classes or channels. */
#ifndef MLP_NN_H
#define MLP_NN_H

#include "autograd/autograd.h"

/* y = x W' + b. x is (..., d_in), weight (d_out, d_in), bias (d_out) or NULL. */
mlp_status mlp_linear(mlp_tensor **out, mlp_tensor *x, mlp_tensor *weight, mlp_tensor *bias, mlp_error *err);

/* While training: zeroes each element with probability p (0 <= p <= 1) and scales the rest by 1 / (1 - p). Else, and
 * for p = 0, y is x itself, retained. Reserves its draws from rng; the mask is not kept, backward draws the same one
 * again. */
mlp_status mlp_dropout(mlp_tensor **out, mlp_tensor *x, double p, bool training, mlp_rng *rng, mlp_error *err);

/* The same with one draw for each channel of each row: x is (n, C, ...). */
mlp_status mlp_feature_dropout(mlp_tensor **out, mlp_tensor *x, double p, bool training, mlp_rng *rng, mlp_error *err);

/* Normalises each channel (dimension 1 of x, which has at least 2) to mean 0 and variance 1, then scales by weight and
 * shifts by bias. All four tensors are (C) and may be NULL. */
typedef struct mlp_batch_norm_state {
    mlp_tensor *weight, *bias;              /* NULL: 1 and 0 */
    mlp_tensor *running_mean, *running_var; /* both or neither */
    bool training;                          /* use the statistics of the batch, and mix them into the running ones */
    double momentum;                        /* the share of the new value in the running one */
    double eps;
} mlp_batch_norm_state;

/* Uses the batch's statistics while training or when there are no running ones, else the running ones. The variance
 * that normalises is the biased one, the one that is mixed into running_var is unbiased. */
mlp_status mlp_batch_norm(mlp_tensor **out, mlp_tensor *x, const mlp_batch_norm_state *state, mlp_error *err);

mlp_status mlp_softmax(mlp_tensor **out, mlp_tensor *x, int dim, mlp_error *err);
mlp_status mlp_log_softmax(mlp_tensor **out, mlp_tensor *x, int dim, mlp_error *err);

typedef enum mlp_reduction { MLP_MEAN_OF_ROWS, MLP_SUM_OF_ROWS, MLP_EACH_ROW } mlp_reduction;

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
