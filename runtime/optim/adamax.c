/* adamax.c - Adamax: Adam with the largest recent gradient in place of the root of the mean square. Kingma and Ba,
 * 2014. */
#ifndef R
#include "optim/rule.h"

enum { LR, BETAS, EPS, WEIGHT_DECAY, MAXIMIZE };
enum { SIZE };

static const mlp_param params[] = {
    MLP_RULE_LR(2e-3), MLP_RULE_BETAS(0.9, 0.999), MLP_RULE_EPS(1e-8), MLP_RULE_DECAY(0), MLP_RULE_MAXIMIZE,
};

static void prepare(mlp_rule_call *c)
{
    c->made[SIZE] = mlp_hyper(c, LR) / (1 - pow(mlp_beta(c, BETAS, 1), c->step)); /* the mean began as zeros */
}

#define KERNEL_FILE "optim/adamax.c"
#include "base/each_float.h"

const mlp_rule mlp_adamax_rule = {
    .about = { .name = "Adamax",
               .doc = "Adam with the largest recent gradient in place of the root of the mean square.",
               MLP_PARAMS(params) },
    .counts = true,
    .states = { { .name = "exp_avg" }, { .name = "exp_inf" } },
    .prepare = prepare,
    MLP_RULE_KERNEL(step),
};

#else

MLP_SIMD static void NAME(step)(void *context, int64_t begin, int64_t end)
{
    const mlp_update *u = context;
    const mlp_rule_call *c = u->options;
    R *restrict p = u->p, *restrict m = u->state[0], *restrict largest = u->state[1];
    const R *restrict grad = u->grad;
    const R sign = (R)mlp_sign(c, MAXIMIZE), decay = (R)mlp_hyper(c, WEIGHT_DECAY), eps = (R)mlp_hyper(c, EPS);
    const R fresh = (R)(1 - mlp_beta(c, BETAS, 1)), beta2 = (R)mlp_beta(c, BETAS, 2), size = (R)c->made[SIZE];
    for (int64_t i = begin; i < end; i++) {
        R g = sign * grad[i] + decay * p[i];
        R mean = m[i] + fresh * (g - m[i]);
        R before = beta2 * largest[i], now = (g < 0 ? -g : g) + eps, most = before >= now ? before : now;
        m[i] = mean;
        largest[i] = most;
        p[i] -= size * mean / most;
    }
}

#endif
