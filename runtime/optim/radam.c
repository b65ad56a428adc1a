/* radam.c - RAdam: Adam whose first steps, while the mean of squares is of too few gradients, are those of plain
 * momentum. Liu et al., 2020. */
#ifndef R
#include "optim/rule.h"

enum { LR, BETAS, EPS, WEIGHT_DECAY, DECOUPLED, MAXIMIZE };
enum { COUPLED, SHRINK, SIZE, ADAPTIVE };

static const mlp_param params[] = {
    MLP_RULE_LR(1e-3), MLP_RULE_BETAS(0.9, 0.999), MLP_RULE_EPS(1e-8),
    MLP_RULE_DECAY(0), MLP_RULE_DECOUPLED,         MLP_RULE_MAXIMIZE,
};

static void prepare(mlp_rule_call *c)
{
    const double lr = mlp_hyper(c, LR), b2 = mlp_beta(c, BETAS, 2), kept = pow(b2, c->step);
    const double most = 2 / (1 - b2) - 1, length = most - 2 * c->step * kept / (1 - kept); /* gradients in the mean */
    c->made[SIZE] = lr / (1 - pow(mlp_beta(c, BETAS, 1), c->step));
    c->made[ADAPTIVE] = length > 5;
    if (length > 5)
        c->made[SIZE] *= sqrt((1 - kept) * (length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length));
    mlp_make_decay(c, mlp_hyper(c, WEIGHT_DECAY), lr, mlp_hyper(c, DECOUPLED) != 0, COUPLED, SHRINK);
}

#define KERNEL_FILE "optim/radam.c"
#include "base/each_float.h"

const mlp_rule mlp_radam_rule = {
    .about = { .name = "RAdam", .doc = "Adam with a warm-up that follows from its betas.", MLP_PARAMS(params) },
    .counts = true,
    .states = { { .name = "exp_avg" }, { .name = "exp_avg_sq" } },
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
    const bool adaptive = c->made[ADAPTIVE] != 0;
    const double b2 = mlp_beta(c, BETAS, 2);
    const R sign = (R)mlp_sign(c, MAXIMIZE), coupled = (R)c->made[COUPLED], shrink = (R)c->made[SHRINK];
    const R fresh1 = (R)(1 - mlp_beta(c, BETAS, 1)), beta2 = (R)b2, fresh2 = (R)(1 - b2), eps = (R)mlp_hyper(c, EPS);
    const R size = (R)c->made[SIZE];
    for (int64_t i = begin; i < end; i++) {
        R g = sign * grad[i] + coupled * p[i];
        R mean = m[i] + fresh1 * (g - m[i]);
        R square = beta2 * v[i] + fresh2 * g * g;
        m[i] = mean;
        v[i] = square;
        p[i] = shrink * p[i] - size * mean / (adaptive ? SQRT(square) + eps : 1);
    }
}

#endif
