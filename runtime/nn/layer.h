/* layer.h - layers, activations, losses, pooling, dropout, as rows.
 *
 * A row names a class, its function and its parameters, and has what computes it. The table of all rows is layers.c;
 * the bindings, functions, messages and help are made from it, and so are classes and what print shows of them, except
 * where there are weights: how these begin is said in Lua. */
#ifndef MLP_LAYER_H
#define MLP_LAYER_H

#include "autograd/autograd.h"
#include "base/param.h"

enum { MLP_LAYER_PARAMS = 12, MLP_LAYER_TENSORS = 4, MLP_LAYER_INPUTS = 3 };

/* What a row computes from. */
typedef struct mlp_layer_call {
    mlp_tensor *input[MLP_LAYER_INPUTS];   /* the last one is a loss's target */
    mlp_tensor *weight[MLP_LAYER_TENSORS]; /* parameters of kind MLP_PARAM_TENSOR, in their order; NULL: not given */
    mlp_value values[MLP_LAYER_PARAMS];    /* complete once apply sees them */
    bool training;                         /* what by_mode rows look at */
    mlp_rng *rng;                          /* and draw from */
} mlp_layer_call;

typedef struct mlp_layer {
    mlp_description about; /* its name is the class: "LeakyReLU"; its parameters are the function's */
    /* What the class is made from, where that is something else: sizes instead of weights. */
    const mlp_description *constructor;
    const char *function;           /* "leaky_relu"; begins messages */
    const char *const *input_names; /* for messages; NULL: "input" and "target" */
    int inputs;                     /* 1, or 2 and more for a loss */
    bool by_mode;                   /* another function while training */
    bool labels;                    /* the last input may be labels or indices, which scripts count from 1 */
    mlp_status (*apply)(mlp_tensor **out, const struct mlp_layer *layer, const mlp_layer_call *call, mlp_error *err);
    void (*derive)(mlp_value *values); /* gives those not given what follows from others; may be NULL */
} mlp_layer;

/* The i-th row, or NULL behind the last one. */
const mlp_layer *mlp_layer_at(int i);
const mlp_layer *mlp_layer_named(const char *name); /* of the class or of the function; NULL: there is none */

/* What the class of a row is made from. */
const mlp_description *mlp_layer_constructor(const mlp_layer *layer);

/* values, of the constructor: the given ones and the others' defaults, checked. who begins messages: "nn.LeakyReLU". */
mlp_status mlp_layer_complete(const mlp_layer *layer, const char *who, mlp_value *values, mlp_error *err);

/* Completes the values of call, and computes the row. */
mlp_status mlp_layer_run(mlp_tensor **out, const mlp_layer *layer, const char *who, mlp_layer_call *call,
                         mlp_error *err);

/* ---- parameters that several rows have ---- */

enum { MLP_ACTIVATION_NONE, MLP_ACTIVATION_RELU }; /* values of MLP_LAYER_ACTIVATION */

/* clang-format off */
#define MLP_LAYER_TENSOR(called, says, ...) { .name = (called), .doc = (says), .kind = MLP_PARAM_TENSOR, __VA_ARGS__ }
#define MLP_LAYER_WEIGHT(says) MLP_LAYER_TENSOR("weight", says, .required = true)
#define MLP_LAYER_COUNT(called, says, least)                                                                           \
    { .name = (called), .doc = (says), .kind = MLP_PARAM_INT, .low = (least), .high = INFINITY, .required = true }
#define MLP_LAYER_FLAG(called, says)                                                                                   \
    { .name = (called), .doc = (says), .kind = MLP_PARAM_BOOL, .fallback = MLP_VALUE(true) }
#define MLP_LAYER_EPS                                                                                                  \
    { .name = "eps", .doc = "keeps the divisor above 0", .high = INFINITY, .fallback = MLP_VALUE(1e-5) }
#define MLP_LAYER_ACTIVATION                                                                                           \
    { .name = "activation", .doc = "of the result, in the same pass over memory: the numbers of relu() behind it",     \
      .kind = MLP_PARAM_CHOICE, .fallback = MLP_VALUE(MLP_ACTIVATION_NONE), .function_only = true,                     \
      .choices = (const char *const[]){ [MLP_ACTIVATION_NONE] = "none", [MLP_ACTIVATION_RELU] = "relu", NULL } }
#define MLP_LAYER_DTYPE                                                                                                \
    { .name = "dtype", .doc = "of the weights", .kind = MLP_PARAM_CHOICE, .fallback = MLP_VALUE(0),                    \
      .choices = (const char *const[]){ "f32", "f64", "float32", "float64", NULL } }
/* clang-format on */

#endif
