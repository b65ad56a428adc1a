/* adagrad.c - Adagrad: gradients over the root of the sum of all their squares so far. */
#ifndef R
#include "optim/rule.h"

enum { LR, LR_DECAY, WEIGHT_DECAY, INITIAL, EPS, MAXIMIZE };

static const mlp_param params[] = {
    MLP_RULE_LR(1e-2),   MLP_RULE_NUMBER("lr_decay", "step t takes lr / (1 + (t - 1) lr_decay)", 0),
    MLP_RULE_DECAY(0),   MLP_RULE_NUMBER("initial_accumulator_value", "what the sums of squares begin as", 0),
    MLP_RULE_EPS(1e-10), MLP_RULE_MAXIMIZE,
};

#define KERNEL_FILE "optim/adagrad.c"
#include "base/each_float.h"

const mlp_rule mlp_adagrad_rule = {
    .about = { .name = "Adagrad",
               .doc = "Gradients divided by the root of the sum of all their squares.",
               MLP_PARAMS(params) },
    .counts = true,
    .states = { { .name = "sum", .begins_as = "initial_accumulator_value" } },
    MLP_RULE_KERNEL(step),
};

#else

MLP_SIMD static void NAME(step)(void *context, int64_t begin, int64_t end)
{
    const mlp_update *u = context;
    const mlp_rule_call *c = u->options;
    R *restrict p = u->p, *restrict sum = u->state[0];
    const R *restrict grad = u->grad;
    const R sign = (R)mlp_sign(c, MAXIMIZE), decay = (R)mlp_hyper(c, WEIGHT_DECAY), eps = (R)mlp_hyper(c, EPS);
    const R lr = (R)(mlp_hyper(c, LR) / (1 + (c->step - 1) * mlp_hyper(c, LR_DECAY)));
    for (int64_t i = begin; i < end; i++) {
        R g = sign * grad[i] + decay * p[i];
        R s = sum[i] + g * g;
        sum[i] = s;
        p[i] -= lr * g / (SQRT(s) + eps);
    }
}

#endif
