/* embedding.h - rows of a matrix by number. */
#ifndef MLP_EMBEDDING_H
#define MLP_EMBEDDING_H

#include "autograd/autograd.h"

/* y[..., :] = weight[index[...], :]. index is i64 of any shape, weight (rows, d). Row `padding` gets no gradient; -1:
 * there is none. */
mlp_status mlp_embedding(mlp_tensor **out, mlp_tensor *index, mlp_tensor *weight, int64_t padding, mlp_error *err);

#endif
