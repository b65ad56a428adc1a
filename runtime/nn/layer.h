/* layer.h - what has no weights of its own to learn: activations, losses, pooling, dropout, as rows.
 *
 * A row names a class, its function and its parameters, and has what computes it. The table of all rows is layers.c;
 * the bindings, classes, functions, messages, help and what print shows are made from it. */
#ifndef MLP_LAYER_H
#define MLP_LAYER_H

#include "autograd/autograd.h"
#include "base/param.h"

enum { MLP_LAYER_PARAMS = 8, MLP_LAYER_TENSORS = 4 };

/* What a row computes from. */
typedef struct mlp_layer_call {
    mlp_tensor *input[2];                  /* the second one is a loss's target */
    mlp_tensor *weight[MLP_LAYER_TENSORS]; /* parameters of kind MLP_PARAM_TENSOR, in their order; NULL: not given */
    mlp_value values[MLP_LAYER_PARAMS];    /* complete once apply sees them */
    bool training;                         /* what by_mode rows look at */
    mlp_rng *rng;                          /* and draw from */
} mlp_layer_call;

typedef struct mlp_layer {
    mlp_description about; /* its name is the class: "LeakyReLU" */
    const char *function;  /* "leaky_relu"; begins messages */
    int inputs;            /* 1, or 2 for a loss */
    bool by_mode;          /* another function while training */
    bool labels;           /* the second input may be labels, which scripts count from 1 */
    mlp_status (*apply)(mlp_tensor **out, const struct mlp_layer *layer, const mlp_layer_call *call, mlp_error *err);
    void (*derive)(mlp_value *values); /* gives those not given what follows from others; may be NULL */
} mlp_layer;

/* The i-th row, or NULL behind the last one. */
const mlp_layer *mlp_layer_at(int i);
const mlp_layer *mlp_layer_named(const char *name); /* of the class or of the function; NULL: there is none */

/* values: the given ones and the others' defaults, checked. who begins messages: "nn.LeakyReLU". */
mlp_status mlp_layer_complete(const mlp_layer *layer, const char *who, mlp_value *values, mlp_error *err);

/* Completes the values of call and computes the row. */
mlp_status mlp_layer_run(mlp_tensor **out, const mlp_layer *layer, const char *who, mlp_layer_call *call,
                         mlp_error *err);

#endif
