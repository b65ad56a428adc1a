/* optim.h - what optimizers do: the rules that move weights, gradients of many parameters at once, averages of weights.
 * What holds the groups of parameters and their options is the Lua class. */
#ifndef MLP_OPTIM_H
#define MLP_OPTIM_H

#include "optim/rule.h"

/* ---- gradients of many parameters at once ---- */

/* The norm of all elements together; order >= 1, INFINITY for the largest. Added in a fixed order, in f64. */
mlp_status mlp_grad_norm(double *out, mlp_tensor *const *grads, int count, double order, mlp_error *err);

/* Every element to [-limit, limit], in place. */
mlp_status mlp_grad_clamp_(mlp_tensor *const *grads, int count, double limit, mlp_error *err);

/* *index: the first of the parameters (from 0) whose gradient holds a NaN or an infinity, -1 when none does. A gradient
 * that is not made yet need not be made for it, unless the sizes of what it is made of leave a doubt. */
mlp_status mlp_grad_first_nonfinite(int *index, mlp_tensor *const *parameters, int count, mlp_error *err);

/* *flows: whether the parameter has a gradient with an element that is not 0; NaN is not. One that is not made yet
 * stays so: it is made piece by piece, up to the first such element. */
mlp_status mlp_grad_flows(bool *flows, const mlp_tensor *parameter, mlp_error *err);

/* ---- averages of weights ---- */

/* averages[i] += weight * (values[i] - averages[i]), in place, 0 <= weight <= 1; a weight of 1 copies. Pairs have the
 * same shape and type. */
mlp_status mlp_average_(mlp_tensor *const *averages, mlp_tensor *const *values, int count, double weight,
                        mlp_error *err);

#endif
