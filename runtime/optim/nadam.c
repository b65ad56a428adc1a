/* nadam.c - NAdam: Adam that looks ahead along its momentum, which warms up. */
#ifndef R
#include "optim/rule.h"

enum { LR, BETAS, EPS, WEIGHT_DECAY, MOMENTUM_DECAY, DECOUPLED, MAXIMIZE };
enum { COUPLED, SHRINK, OF_GRAD, OF_MEAN, CORRECTION };

static const mlp_param params[] = {
    MLP_RULE_LR(2e-3),
    MLP_RULE_BETAS(0.9, 0.999),
    MLP_RULE_EPS(1e-8),
    MLP_RULE_DECAY(0),
    MLP_RULE_NUMBER("momentum_decay", "how fast the momentum warms up", 4e-3),
    MLP_RULE_DECOUPLED,
    MLP_RULE_MAXIMIZE,
};

static double momentum_at(const mlp_rule_call *c, double step)
{
    return mlp_beta(c, BETAS, 1) * (1 - 0.5 * pow(0.96, step * mlp_hyper(c, MOMENTUM_DECAY)));
}

static void prepare(mlp_rule_call *c)
{
    const double lr = mlp_hyper(c, LR), mu = momentum_at(c, c->step), next = momentum_at(c, c->step + 1);
    c->number *= mu;
    c->made[OF_GRAD] = lr * (1 - mu) / (1 - c->number);
    c->made[OF_MEAN] = lr * next / (1 - c->number * next);
    c->made[CORRECTION] = 1 / (1 - pow(mlp_beta(c, BETAS, 2), c->step)); /* the mean of squares began as zeros */
    mlp_make_decay(c, mlp_hyper(c, WEIGHT_DECAY), lr, mlp_hyper(c, DECOUPLED) != 0, COUPLED, SHRINK);
}

#define KERNEL_FILE "optim/nadam.c"
#include "base/each_float.h"

const mlp_rule mlp_nadam_rule = {
    .about = { .name = "NAdam", .doc = "Adam with Nesterov's momentum.", MLP_PARAMS(params) },
    .counts = true,
    .states = { { .name = "exp_avg" }, { .name = "exp_avg_sq" } },
    .number = "mu_product", /* of the momenta of all steps */
    .number_begins = 1,
    .prepare = prepare,
    MLP_RULE_KERNEL(step),
};

#else

MLP_SIMD static void NAME(step)(void *context, int64_t begin, int64_t end)
{
    const mlp_update *u = context;
    const mlp_rule_call *c = u->options;
    R *restrict p = u->p, *restrict m = u->state[0], *restrict v = u->state[1];
    const R *restrict grad = u->grad;
    const double b2 = mlp_beta(c, BETAS, 2);
    const R sign = (R)mlp_sign(c, MAXIMIZE), coupled = (R)c->made[COUPLED], shrink = (R)c->made[SHRINK];
    const R fresh1 = (R)(1 - mlp_beta(c, BETAS, 1)), beta2 = (R)b2, fresh2 = (R)(1 - b2), eps = (R)mlp_hyper(c, EPS);
    const R of_grad = (R)c->made[OF_GRAD], of_mean = (R)c->made[OF_MEAN], correction = (R)c->made[CORRECTION];
    for (int64_t i = begin; i < end; i++) {
        R g = sign * grad[i] + coupled * p[i];
        R mean = m[i] + fresh1 * (g - m[i]);
        R square = beta2 * v[i] + fresh2 * g * g;
        m[i] = mean;
        v[i] = square;
        p[i] = shrink * p[i] - (of_grad * g + of_mean * mean) / (SQRT(square * correction) + eps);
    }
}

#endif
