/* lion.c - Lion: steps of one size along the sign of the momentum. Chen et al., 2023. */
#ifndef R
#include "optim/rule.h"

enum { LR, BETAS, WEIGHT_DECAY, MAXIMIZE };

static const mlp_param params[] = {
    MLP_RULE_LR(1e-4),
    MLP_RULE_BETAS(0.9, 0.99),
    MLP_RULE_OWN_DECAY(0),
    MLP_RULE_MAXIMIZE,
};

#define KERNEL_FILE "optim/lion.c"
#include "base/each_float.h"

const mlp_rule mlp_lion_rule = {
    .about = { .name = "Lion", .doc = "Steps of one size along the sign of the momentum.", MLP_PARAMS(params) },
    .states = { { .name = "exp_avg" } },
    MLP_RULE_KERNEL(step),
};

#else

MLP_SIMD static void NAME(step)(void *context, int64_t begin, int64_t end)
{
    const mlp_update *u = context;
    const mlp_rule_call *c = u->options;
    R *restrict p = u->p, *restrict m = u->state[0];
    const R *restrict grad = u->grad;
    const double b1 = mlp_beta(c, BETAS, 1), b2 = mlp_beta(c, BETAS, 2);
    const R beta1 = (R)b1, fresh1 = (R)(1 - b1), beta2 = (R)b2, fresh2 = (R)(1 - b2), lr = (R)mlp_hyper(c, LR);
    const R sign = (R)mlp_sign(c, MAXIMIZE), shrink = (R)(1 - mlp_hyper(c, LR) * mlp_hyper(c, WEIGHT_DECAY));
    for (int64_t i = begin; i < end; i++) {
        R g = sign * grad[i];
        R along = beta1 * m[i] + fresh1 * g;
        R way = along > 0 ? 1 : along < 0 ? -1 : along; /* 0 and NaN stay what they are */
        p[i] = shrink * p[i] - lr * way;
        m[i] = beta2 * m[i] + fresh2 * g;
    }
}

#endif
