/* adadelta.c - Adadelta: steps as large as the steps before were for gradients as large as these. */
#ifndef R
#include "optim/rule.h"

enum { LR, RHO, EPS, WEIGHT_DECAY, MAXIMIZE };

static const mlp_param params[] = {
    MLP_RULE_LR(1),
    { .name = "rho", .doc = "what the running means keep in a step", .high = 1, .fallback = MLP_VALUE(0.9) },
    MLP_RULE_EPS(1e-6),
    MLP_RULE_DECAY(0),
    MLP_RULE_MAXIMIZE,
};

#define KERNEL_FILE "optim/adadelta.c"
#include "base/each_float.h"

const mlp_rule mlp_adadelta_rule = {
    .about = { .name = "Adadelta", .doc = "Steps whose size follows from the steps before.", MLP_PARAMS(params) },
    .counts = true,
    .states = { { .name = "square_avg" }, { .name = "acc_delta" } },
    MLP_RULE_KERNEL(step),
};

#else

MLP_SIMD static void NAME(step)(void *context, int64_t begin, int64_t end)
{
    const mlp_update *u = context;
    const mlp_rule_call *c = u->options;
    R *restrict p = u->p, *restrict v = u->state[0], *restrict steps = u->state[1];
    const R *restrict grad = u->grad;
    const R sign = (R)mlp_sign(c, MAXIMIZE), decay = (R)mlp_hyper(c, WEIGHT_DECAY), lr = (R)mlp_hyper(c, LR);
    const R rho = (R)mlp_hyper(c, RHO), fresh = (R)(1 - mlp_hyper(c, RHO)), eps = (R)mlp_hyper(c, EPS);
    for (int64_t i = begin; i < end; i++) {
        R g = sign * grad[i] + decay * p[i];
        R square = rho * v[i] + fresh * g * g;
        R delta = SQRT(steps[i] + eps) / SQRT(square + eps) * g;
        v[i] = square;
        steps[i] = rho * steps[i] + fresh * delta * delta;
        p[i] -= lr * delta;
    }
}

#endif
