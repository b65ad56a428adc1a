/* optim.h - update rules: one pass over a parameter, its gradient and its state, in blocks shared among threads.
 *
 * Formulas, and the order of their operations, are PyTorch's. State tensors belong to the caller, look like the
 * parameter, begin as zeros and are written in place; those that a set of options does not use may be NULL. grad may be
 * NULL too: it is then the parameter's own, and if that is not made yet, each piece of it is made and used while it is
 * in the cache; the bits are the same. What holds the groups of parameters and their options is the Lua class. A new
 * rule is one file with a kernel and a call of mlp_update_run. */
#ifndef MLP_OPTIM_H
#define MLP_OPTIM_H

#include "autograd/autograd.h"

typedef struct mlp_sgd {
    double lr, momentum, dampening, weight_decay;
    bool nesterov, maximize;
    bool first; /* the momentum buffer is fresh: it becomes the gradient, without dampening */
} mlp_sgd;

mlp_status mlp_sgd_step(mlp_tensor *p, const mlp_tensor *grad, mlp_tensor *momentum_buffer, const mlp_sgd *options,
                        mlp_error *err);

typedef struct mlp_adam {
    double lr, beta1, beta2, eps, weight_decay;
    bool decoupled; /* AdamW: the parameter shrinks by lr * weight_decay, instead of decay in the gradient */
    bool maximize;
    int64_t step; /* 1 at the first */
} mlp_adam;

/* max_exp_avg_sq: NULL unless amsgrad. */
mlp_status mlp_adam_step(mlp_tensor *p, const mlp_tensor *grad, mlp_tensor *exp_avg, mlp_tensor *exp_avg_sq,
                         mlp_tensor *max_exp_avg_sq, const mlp_adam *options, mlp_error *err);

typedef struct mlp_rmsprop {
    double lr, alpha, eps, weight_decay, momentum;
    bool centered, maximize;
} mlp_rmsprop;

/* grad_avg: only when centered. momentum_buffer: only with momentum. */
mlp_status mlp_rmsprop_step(mlp_tensor *p, const mlp_tensor *grad, mlp_tensor *square_avg, mlp_tensor *grad_avg,
                            mlp_tensor *momentum_buffer, const mlp_rmsprop *options, mlp_error *err);

typedef struct mlp_adagrad {
    double lr, lr_decay, eps, weight_decay;
    bool maximize;
    int64_t step; /* 1 at the first */
} mlp_adagrad;

/* sum begins as the initial value of the accumulator. */
mlp_status mlp_adagrad_step(mlp_tensor *p, const mlp_tensor *grad, mlp_tensor *sum, const mlp_adagrad *options,
                            mlp_error *err);

typedef struct mlp_adadelta {
    double lr, rho, eps, weight_decay;
    bool maximize;
} mlp_adadelta;

mlp_status mlp_adadelta_step(mlp_tensor *p, const mlp_tensor *grad, mlp_tensor *square_avg, mlp_tensor *acc_delta,
                             const mlp_adadelta *options, mlp_error *err);

typedef struct mlp_nadam {
    double lr, beta1, beta2, eps, weight_decay, momentum_decay;
    bool decoupled, maximize; /* decoupled: as in mlp_adam */
    int64_t step;             /* 1 at the first */
} mlp_nadam;

/* *mu_product: 1 before the first step; multiplied by this step's momentum. */
mlp_status mlp_nadam_step(mlp_tensor *p, const mlp_tensor *grad, mlp_tensor *exp_avg, mlp_tensor *exp_avg_sq,
                          double *mu_product, const mlp_nadam *options, mlp_error *err);

typedef struct mlp_lion {
    double lr, beta1, beta2, weight_decay; /* the decay is decoupled */
    bool maximize;
} mlp_lion;

mlp_status mlp_lion_step(mlp_tensor *p, const mlp_tensor *grad, mlp_tensor *exp_avg, const mlp_lion *options,
                         mlp_error *err);

/* ---- what rules are made of ---- */

enum { MLP_UPDATE_STATES = 4 };

/* What a kernel gets as its context: arrays of the parameter's type, indexed by the range that it is called on. */
typedef struct mlp_update {
    void *p;
    const void *grad;
    void *state[MLP_UPDATE_STATES]; /* NULL where the tensor is */
    const void *options;            /* as given */
} mlp_update;

/* Checks that everything looks like p, runs the kernel of p's type over all elements, counts the writes. who: the
 * rule's name, for messages. */
mlp_status mlp_update_run(const char *who, mlp_tensor *p, const mlp_tensor *grad, mlp_tensor *const *states,
                          int n_states, const void *options, mlp_range_fn f32, mlp_range_fn f64, mlp_error *err);

/* ---- gradients of many parameters at once ---- */

/* The norm of all elements together; order >= 1, INFINITY for the largest. Added in a fixed order, in f64. */
mlp_status mlp_grad_norm(double *out, mlp_tensor *const *grads, int count, double order, mlp_error *err);

/* Every element to [-limit, limit], in place. */
mlp_status mlp_grad_clamp_(mlp_tensor *const *grads, int count, double limit, mlp_error *err);

/* *index: the first of the parameters (from 0) whose gradient holds a NaN or an infinity, -1 when none does. A gradient
 * that is not made yet need not be made for it, unless the sizes of what it is made of leave a doubt. */
mlp_status mlp_grad_first_nonfinite(int *index, mlp_tensor *const *parameters, int count, mlp_error *err);

/* *index: the first of the tensors (from 0) that holds a NaN or an infinity, -1 when none does. Each is read once, by
 * all threads; later ones than the first found are not read. NULLs and tensors of integers hold none. */
mlp_status mlp_first_nonfinite(int *index, mlp_tensor *const *tensors, int count, mlp_error *err);

/* ---- averages of weights ---- */

/* averages[i] += weight * (values[i] - averages[i]), in place, 0 <= weight <= 1; a weight of 1 copies. Pairs have the
 * same shape and type. */
mlp_status mlp_average_(mlp_tensor *const *averages, mlp_tensor *const *values, int count, double weight,
                        mlp_error *err);

#endif
