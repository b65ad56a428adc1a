/* ops_private.h - what the files of recorded operations share. Private to autograd/. */
#ifndef MLP_AUTOGRAD_OPS_PRIVATE_H
#define MLP_AUTOGRAD_OPS_PRIVATE_H

#include "autograd/autograd.h"

/* What an input looked like, kept where its values are not needed. */
typedef struct mlp_like {
    mlp_dtype dtype;
    int ndim;
    int64_t shape[MLP_MAX_DIMS];
} mlp_like;

mlp_like mlp_like_of(const mlp_tensor *t);

/* Sums g down to what was broadcast to its shape and converts its type back. Owns g; *out is an owned gradient. */
mlp_status mlp_gradient_like(mlp_tensor **out, mlp_tensor *g, const mlp_like *like, mlp_error *err);

/* Zeros that look like an input. */
mlp_status mlp_zeros_like(mlp_tensor **out, const mlp_like *like, mlp_error *err);

#endif
