/* sgd.c - stochastic gradient descent with momentum, and Nesterov's variant. */
#ifndef R
#include "optim/rule.h"

enum { LR, MOMENTUM, DAMPENING, WEIGHT_DECAY, NESTEROV, MAXIMIZE };

static const mlp_param params[] = {
    MLP_RULE_LR(1e-3),
    MLP_RULE_NUMBER("momentum", "what a step keeps of the step before", 0),
    { .name = "dampening",
      .doc = "what the momentum leaves out of the gradient",
      .low = -INFINITY,
      .high = INFINITY,
      .fallback = MLP_VALUE(0) },
    MLP_RULE_DECAY(0),
    MLP_RULE_FLAG("nesterov", "takes the gradient where the momentum leads"),
    MLP_RULE_MAXIMIZE,
};

static mlp_status check(const char *who, const mlp_value *values, mlp_error *err)
{
    if (values[NESTEROV].number[0] == 0 || (values[MOMENTUM].number[0] > 0 && values[DAMPENING].number[0] == 0))
        return MLP_OK;
    return mlp_fail(err, MLP_EINVAL, "%s: Nesterov momentum requires a momentum and zero dampening", who);
}

#define KERNEL_FILE "optim/sgd.c"
#include "base/each_float.h"

const mlp_rule mlp_sgd_rule = {
    .about = { .name = "SGD", .doc = "Stochastic gradient descent.", MLP_PARAMS(params), .check = check },
    .states = { { .name = "momentum_buffer", .needs = "momentum" } },
    MLP_RULE_KERNEL(step),
};

#else

/* A fresh buffer becomes the gradient, without dampening. */
MLP_SIMD static void NAME(step)(void *context, int64_t begin, int64_t end)
{
    const mlp_update *u = context;
    const mlp_rule_call *c = u->options;
    R *restrict p = u->p, *restrict buffer = u->state[0];
    const R *restrict grad = u->grad;
    const bool nesterov = mlp_hyper(c, NESTEROV) != 0;
    const R sign = (R)mlp_sign(c, MAXIMIZE), decay = (R)mlp_hyper(c, WEIGHT_DECAY), lr = (R)mlp_hyper(c, LR);
    const R momentum = (R)mlp_hyper(c, MOMENTUM), old = c->fresh ? 0 : momentum;
    const R fresh = c->fresh ? 1 : (R)(1 - mlp_hyper(c, DAMPENING));
    if (!buffer) {
        for (int64_t i = begin; i < end; i++) p[i] -= lr * (sign * grad[i] + decay * p[i]);
        return;
    }
    for (int64_t i = begin; i < end; i++) {
        R g = sign * grad[i] + decay * p[i];
        R b = old * buffer[i] + fresh * g;
        buffer[i] = b;
        p[i] -= lr * (nesterov ? g + momentum * b : b);
    }
}

#endif
