/* rmsprop.c - RMSprop: gradients over the root of their mean square, with momentum and centering. */
#ifndef R
#include "optim/rule.h"

enum { LR, ALPHA, EPS, WEIGHT_DECAY, MOMENTUM, CENTERED, MAXIMIZE };

static const mlp_param params[] = {
    MLP_RULE_LR(1e-2),
    MLP_RULE_NUMBER("alpha", "what the running means keep in a step", 0.99),
    MLP_RULE_EPS(1e-8),
    MLP_RULE_DECAY(0),
    MLP_RULE_NUMBER("momentum", "what a step keeps of the step before", 0),
    MLP_RULE_FLAG("centered", "divides by the estimated standard deviation"),
    MLP_RULE_MAXIMIZE,
};

#define KERNEL_FILE "optim/rmsprop.c"
#include "base/each_float.h"

const mlp_rule mlp_rmsprop_rule = {
    .about = { .name = "RMSprop",
               .doc = "Gradients divided by the root of their running mean square.",
               MLP_PARAMS(params) },
    .counts = true,
    .states = { { .name = "square_avg" },
                { .name = "grad_avg", .needs = "centered" },
                { .name = "momentum_buffer", .needs = "momentum" } },
    MLP_RULE_KERNEL(step),
};

#else

/* Which states there are is decided outside of the loops, so that each of them vectorises. */
MLP_SIMD static void NAME(step)(void *context, int64_t begin, int64_t end)
{
    const mlp_update *u = context;
    const mlp_rule_call *c = u->options;
    R *restrict p = u->p, *restrict v = u->state[0], *restrict mean = u->state[1], *restrict buffer = u->state[2];
    const R *restrict grad = u->grad;
    const R sign = (R)mlp_sign(c, MAXIMIZE), decay = (R)mlp_hyper(c, WEIGHT_DECAY), lr = (R)mlp_hyper(c, LR);
    const R alpha = (R)mlp_hyper(c, ALPHA), fresh = (R)(1 - mlp_hyper(c, ALPHA)), eps = (R)mlp_hyper(c, EPS);
    const R momentum = (R)mlp_hyper(c, MOMENTUM);
    if (!mean && !buffer) {
        for (int64_t i = begin; i < end; i++) {
            R g = sign * grad[i] + decay * p[i];
            R square = alpha * v[i] + fresh * g * g;
            v[i] = square;
            p[i] -= lr * g / (SQRT(square) + eps);
        }
        return;
    }
    if (!mean) {
        for (int64_t i = begin; i < end; i++) {
            R g = sign * grad[i] + decay * p[i];
            R square = alpha * v[i] + fresh * g * g;
            R b = momentum * buffer[i] + g / (SQRT(square) + eps);
            v[i] = square;
            buffer[i] = b;
            p[i] -= lr * b;
        }
        return;
    }
    for (int64_t i = begin; i < end; i++) {
        R g = sign * grad[i] + decay * p[i];
        R square = alpha * v[i] + fresh * g * g, middle = mean[i] + fresh * (g - mean[i]);
        R step = g / (SQRT(square - middle * middle) + eps);
        v[i] = square;
        mean[i] = middle;
        if (buffer) buffer[i] = step = momentum * buffer[i] + step;
        p[i] -= lr * step;
    }
}

#endif
