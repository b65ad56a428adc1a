/* tape_private.h - what a tensor keeps for its gradient, and the nodes of the graph. Private to autograd/. */
#ifndef MLP_AUTOGRAD_TAPE_PRIVATE_H
#define MLP_AUTOGRAD_TAPE_PRIVATE_H

#include "autograd/autograd.h"

#include <stdatomic.h>

struct mlp_autograd {
    bool requires_grad; /* a leaf that asks for a gradient */
    bool retain_grad;   /* a result that asks for one */
    mlp_tensor *grad;   /* owned */
    mlp_outer *later;   /* owned; what becomes grad when somebody looks: then that is NULL */
    mlp_node *node;     /* owned; NULL: a leaf */
    mlp_hook *hooks;    /* owned; of a leaf */
};

typedef struct mlp_edge {
    mlp_node *node;   /* owned; what made the input */
    mlp_tensor *leaf; /* owned; the input itself. Both NULL: the input needs no gradient */
} mlp_edge;

typedef struct mlp_saved {
    mlp_tensor *tensor; /* owned, without history */
    int64_t version;
} mlp_saved;

struct mlp_node {
    atomic_int refs;
    const mlp_op *op;
    uint64_t number;
    mlp_autograd *output; /* borrowed: the slot of the tensor that it made; NULL once that is gone */
    mlp_tensor *dy;       /* owned; the gradient gathered so far; non-NULL while in the heap */
    mlp_hook *hooks;      /* owned */
    mlp_node *next;       /* in the list of what waits for its release */
    bool freed;
    mlp_dtype dtype; /* of the output, as is the shape */
    int ndim, n_inputs, n_saved;
    int64_t shape[MLP_MAX_DIMS];
    mlp_saved saved[MLP_OP_SAVED];
    void *context;
    mlp_edge inputs[]; /* n_inputs of them, then the bytes of the context */
};

/* What t keeps, made when it has nothing yet. */
mlp_status mlp_slot_of(mlp_autograd **out, mlp_tensor *t, mlp_error *err);

/* Makes the gradient that was left for later, if one was. */
mlp_status mlp_grad_make(mlp_autograd *slot, mlp_error *err);

mlp_node *mlp_node_retain(mlp_node *node);
void mlp_node_release(mlp_node *node); /* NULL: nothing to do */

/* Frees what the node saved, its hooks and what it came from: a pass has gone through it. */
void mlp_node_free_inside(mlp_node *node);

#endif
