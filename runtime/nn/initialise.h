/* initialise.h - initial values of weights that tensor.h's random fills do not make. In place, on f32 and f64 tensors;
 * draws are taken from rng, and any number of threads gives the same values. */
#ifndef MLP_INITIALISE_H
#define MLP_INITIALISE_H

#include "tensor/tensor.h"

/* Normal values of this mean and standard deviation that lie in [low, high], by the inverse of the distribution
 * function. Fails when that interval has no measurable probability. */
mlp_status mlp_trunc_normal_(mlp_tensor *t, double mean, double std, double low, double high, mlp_rng *rng,
                             mlp_error *err);

/* A random (semi-)orthogonal matrix, times gain. t, of at least 2 dimensions, is seen as shape[0] rows; of rows and
 * columns, whichever are fewer are orthonormal. */
mlp_status mlp_orthogonal_(mlp_tensor *t, double gain, mlp_rng *rng, mlp_error *err);

/* Normal values of mean 0, and in each column of t (2 dimensions) zeros in ceil(sparsity * rows) rows drawn for it. */
mlp_status mlp_sparse_(mlp_tensor *t, double sparsity, double std, mlp_rng *rng, mlp_error *err);

#endif
