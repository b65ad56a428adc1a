/* pointwise_loss.h - losses that compare an input with a target element by element, in one pass each way. */
#ifndef MLP_POINTWISE_LOSS_H
#define MLP_POINTWISE_LOSS_H

#include "autograd/autograd.h"
#include "nn/reduction.h"

typedef enum mlp_pointwise_loss_op {
    MLP_MSE_LOSS,
    MLP_L1_LOSS,
    MLP_SMOOTH_L1_LOSS, /* a: beta, 0 or more; below it the loss is quadratic */
    MLP_HUBER_LOSS,     /* a: delta, above 0; beta times smooth L1 */
    MLP_BCE_LOSS,       /* input and target are probabilities; logarithms are cut at -100 */
    MLP_BCE_WITH_LOGITS_LOSS,
    MLP_KL_DIV_LOSS,     /* the input is log-probabilities, the target probabilities */
    MLP_KL_DIV_LOG_LOSS, /* both are log-probabilities */
    MLP_POINTWISE_LOSS_COUNT
} mlp_pointwise_loss_op;

typedef struct mlp_pointwise_loss_options {
    mlp_reduction reduction; /* MLP_MEAN_OF_ROWS is the mean, MLP_EACH_ROW the loss of each element */
    bool batch_mean;         /* with MLP_MEAN_OF_ROWS: the sum, divided by the first size of the input */
    double a;
    mlp_tensor *weight;     /* borrowed, broadcasts to the input: scales the elements' losses; NULL: 1 */
    mlp_tensor *pos_weight; /* borrowed, broadcasts to the input: BCE with logits' weight of the positive part */
} mlp_pointwise_loss_options;

/* PyTorch's name of the function: "mse_loss". */
const char *mlp_pointwise_loss_name(mlp_pointwise_loss_op op);

/* x and target have one shape and type, f32 or f64; both may require gradients, the weights may not. Elements' losses
 * are computed and added in f64, block by block. */
mlp_status mlp_pointwise_loss(mlp_tensor **out, mlp_pointwise_loss_op op, mlp_tensor *x, mlp_tensor *target,
                              const mlp_pointwise_loss_options *options, mlp_error *err);

#endif
