/* embedding.h - rows of a matrix by number. */
#ifndef MLP_EMBEDDING_H
#define MLP_EMBEDDING_H

#include "autograd/autograd.h"

/* y[..., :] = weight[index[...], :]. index is i64 of any shape, weight (rows, d). Row `padding` gets no gradient; -1:
 * there is none. index_base: what indices count from in messages: 0, or 1 for callers that shifted them. */
mlp_status mlp_embedding(mlp_tensor **out, mlp_tensor *index, mlp_tensor *weight, int64_t padding, int index_base,
                         mlp_error *err);

#endif
