/* nn.h - what layers and losses compute: differentiable functions on f32 and f64 tensors, a header for each.
 *
 * No state lives here: weights, running statistics and the training flag belong to the caller. Results and gradients do
 * not depend on the number of threads. n: rows of the batch, d_in, d_out: features, C: classes or channels. */
#ifndef MLP_NN_H
#define MLP_NN_H

#include "nn/layer.h"
#include "nn/batch_norm.h"
#include "nn/conv2d.h"
#include "nn/cross_entropy.h"
#include "nn/dropout.h"
#include "nn/embedding.h"
#include "nn/initialise.h"
#include "nn/layer_norm.h"
#include "nn/linear.h"
#include "nn/pool.h"
#include "nn/softmax.h"

#endif
