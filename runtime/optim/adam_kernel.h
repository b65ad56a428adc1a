/* adam_kernel.h - included by adam.c once per element type R. The loop without amsgrad is its own, so that it
 * vectorises: it reads and writes 28 bytes per f32 weight and should run as fast as memory does. */

MLP_SIMD static void NAME(step)(void *context, int64_t begin, int64_t end)
{
    const mlp_update *u = context;
    const mlp_adam *o = u->options;
    R *restrict p = u->p, *restrict m = u->state[0], *restrict v = u->state[1], *restrict largest = u->state[2];
    const R *restrict grad = u->grad;
    const R sign = o->maximize ? -1 : 1, coupled = o->decoupled ? 0 : (R)o->weight_decay;
    const R shrink = o->decoupled ? (R)(1 - o->lr * o->weight_decay) : 1;
    const R fresh1 = (R)(1 - o->beta1), beta2 = (R)o->beta2, fresh2 = (R)(1 - o->beta2), eps = (R)o->eps;
    const R size = (R)(o->lr / (1 - pow(o->beta1, (double)o->step)));
    const R root = (R)sqrt(1 - pow(o->beta2, (double)o->step));
    const R over_root = 1 / root;
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
