/* adam.c - Adam, AdamW and their amsgrad variants. */
#ifndef R
#include "optim/rule.h"

enum { LR, BETAS, EPS, WEIGHT_DECAY, AMSGRAD, MAXIMIZE };
enum { COUPLED, SHRINK, SIZE, ROOT };

#define AMSGRAD_PARAM MLP_RULE_FLAG("amsgrad", "divides by the largest mean of squares so far")

static const mlp_param adam_params[] = {
    MLP_RULE_LR(1e-3), MLP_RULE_BETAS(0.9, 0.999), MLP_RULE_EPS(1e-8), MLP_RULE_DECAY(0),
    AMSGRAD_PARAM,     MLP_RULE_MAXIMIZE,
};
static const mlp_param adamw_params[] = {
    MLP_RULE_LR(1e-3), MLP_RULE_BETAS(0.9, 0.999), MLP_RULE_EPS(1e-8), MLP_RULE_OWN_DECAY(1e-2),
    AMSGRAD_PARAM,     MLP_RULE_MAXIMIZE,
};

static void prepare(mlp_rule_call *c, bool own_decay)
{
    const double lr = mlp_hyper(c, LR);
    mlp_make_decay(c, mlp_hyper(c, WEIGHT_DECAY), lr, own_decay, COUPLED, SHRINK);
    c->made[SIZE] = lr / (1 - pow(mlp_beta(c, BETAS, 1), c->step)); /* both means began as zeros */
    c->made[ROOT] = sqrt(1 - pow(mlp_beta(c, BETAS, 2), c->step));
}

static void prepare_adam(mlp_rule_call *c)
{
    prepare(c, false);
}

static void prepare_adamw(mlp_rule_call *c)
{
    prepare(c, true);
}

#define KERNEL_FILE "optim/adam.c"
#include "base/each_float.h"

#define ROW(rule_name, text, list, make)                                                                               \
    {                                                                                                                  \
        .about = { .name = (rule_name), .doc = (text), MLP_PARAMS(list) }, .counts = true,                             \
        .states = { { .name = "exp_avg" },                                                                             \
                    { .name = "exp_avg_sq" },                                                                          \
                    { .name = "max_exp_avg_sq", .needs = "amsgrad" } },                                                \
        .prepare = (make), MLP_RULE_KERNEL(step)                                                                       \
    }

const mlp_rule mlp_adam_rule =
    ROW("Adam", "Means of gradients over the root of means of squares.", adam_params, prepare_adam);
const mlp_rule mlp_adamw_rule = ROW("AdamW", "Adam with decoupled weight decay.", adamw_params, prepare_adamw);

#else

/* The loop without amsgrad is its own, so that it vectorises: it reads and writes 28 bytes per f32 weight and should
 * run as fast as memory does. */
MLP_SIMD static void NAME(step)(void *context, int64_t begin, int64_t end)
{
    const mlp_update *u = context;
    const mlp_rule_call *c = u->options;
    R *restrict p = u->p, *restrict m = u->state[0], *restrict v = u->state[1], *restrict largest = u->state[2];
    const R *restrict grad = u->grad;
    const double b1 = mlp_beta(c, BETAS, 1), b2 = mlp_beta(c, BETAS, 2);
    const R sign = (R)mlp_sign(c, MAXIMIZE), coupled = (R)c->made[COUPLED], shrink = (R)c->made[SHRINK];
    const R fresh1 = (R)(1 - b1), beta2 = (R)b2, fresh2 = (R)(1 - b2), eps = (R)mlp_hyper(c, EPS);
    const R size = (R)c->made[SIZE], root = (R)c->made[ROOT], over_root = 1 / root;
    if (largest) {
        for (int64_t i = begin; i < end; i++) {
            R g = sign * grad[i] + coupled * p[i];
            m[i] += fresh1 * (g - m[i]);
            v[i] = beta2 * v[i] + fresh2 * g * g;
            if (!(largest[i] >= v[i])) largest[i] = v[i];
            p[i] = shrink * p[i] - size * m[i] / (SQRT(largest[i]) / root + eps);
        }
        return;
    }
    for (int64_t i = begin; i < end; i++) {
        R g = sign * grad[i] + coupled * p[i];
        R mean = m[i] + fresh1 * (g - m[i]);
        R square = beta2 * v[i] + fresh2 * g * g;
        m[i] = mean;
        v[i] = square;
        p[i] = shrink * p[i] - size * mean / (SQRT(square) * over_root + eps);
    }
}

#endif
