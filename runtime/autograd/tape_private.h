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
    uint64_t mark;      /* of a leaf: the pass that wants its gradient */
    mlp_hook *hooks;    /* owned; of a leaf */
};

typedef struct mlp_edge {
    mlp_node *node;   /* owned; what made the input */
    mlp_tensor *leaf; /* owned; the input itself. Both NULL: the input needs no gradient */
} mlp_edge;

typedef struct mlp_saved {
    mlp_tensor *tensor; /* owned, without history */
    int64_t version;
    int from; /* which input it is, or one of those below */
} mlp_saved;

enum { MLP_FROM_RESULT = -1, MLP_FROM_NOWHERE = -2 };

struct mlp_node {
    atomic_int refs;
    const mlp_op *op;
    uint64_t number;
    mlp_autograd *output; /* borrowed: the slot of the tensor that it made; NULL once that is gone */
    mlp_tensor *dy;       /* owned; the gradient gathered so far; non-NULL while in the heap */
    mlp_hook *hooks;      /* owned */
    mlp_node *next;       /* in the list of what waits for its release */
    bool freed;
    uint64_t mark, seen; /* the pass that goes through it, and the one that has looked whether it will */
    char *place;         /* owned; where it was recorded, while anomalies are looked for */
    mlp_dtype dtype;     /* of the output, as is the shape */
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

/* The pass that goes on on this thread and wants some gradients alone; 0: there is none, or it wants all. Nodes that
 * are recorded meanwhile on the way to such gradients are marked too. */
extern _Thread_local uint64_t mlp_marking;

/* Lets the saved tensors of a node carry their history, and takes it away again. */
typedef struct mlp_lent {
    mlp_tensor *kept[MLP_OP_SAVED];
} mlp_lent;
mlp_status mlp_node_lend(mlp_node *node, mlp_lent *lent, mlp_error *err);
void mlp_node_take_back(mlp_node *node, mlp_lent *lent);

#endif
