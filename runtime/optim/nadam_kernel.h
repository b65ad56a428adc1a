/* nadam_kernel.h - included by nadam.c once per element type R. */

MLP_SIMD static void NAME(step)(void *context, int64_t begin, int64_t end)
{
    const mlp_update *u = context;
    const rates *r = u->options;
    const mlp_nadam *o = r->o;
    R *restrict p = u->p, *restrict m = u->state[0], *restrict v = u->state[1];
    const R *restrict grad = u->grad;
    const R sign = o->maximize ? -1 : 1, coupled = o->decoupled ? 0 : (R)o->weight_decay;
    const R shrink = o->decoupled ? (R)(1 - o->lr * o->weight_decay) : 1;
    const R fresh1 = (R)(1 - o->beta1), beta2 = (R)o->beta2, fresh2 = (R)(1 - o->beta2), eps = (R)o->eps;
    const R of_grad = (R)r->of_grad, of_mean = (R)r->of_mean, correction = (R)r->correction;
    for (int64_t i = begin; i < end; i++) {
        R g = sign * grad[i] + coupled * p[i];
        R mean = m[i] + fresh1 * (g - m[i]);
        R square = beta2 * v[i] + fresh2 * g * g;
        m[i] = mean;
        v[i] = square;
        p[i] = shrink * p[i] - (of_grad * g + of_mean * mean) / (SQRT(square * correction) + eps);
    }
}
