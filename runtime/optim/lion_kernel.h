/* lion_kernel.h - included by lion.c once per element type R. */

MLP_SIMD static void NAME(step)(void *context, int64_t begin, int64_t end)
{
    const mlp_update *u = context;
    const mlp_lion *o = u->options;
    R *restrict p = u->p, *restrict m = u->state[0];
    const R *restrict grad = u->grad;
    const R sign = o->maximize ? -1 : 1, lr = (R)o->lr, shrink = (R)(1 - o->lr * o->weight_decay);
    const R beta1 = (R)o->beta1, fresh1 = (R)(1 - o->beta1), beta2 = (R)o->beta2, fresh2 = (R)(1 - o->beta2);
    for (int64_t i = begin; i < end; i++) {
        R g = sign * grad[i];
        R along = beta1 * m[i] + fresh1 * g;
        R way = along > 0 ? 1 : along < 0 ? -1 : along; /* 0 and NaN stay what they are */
        p[i] = shrink * p[i] - lr * way;
        m[i] = beta2 * m[i] + fresh2 * g;
    }
}
