/* glu_kernel.h - included by glu.c once per element type R. Each range is one of blocks: what lies before the halved
 * dimension. */

static void NAME(forward)(void *argument, int64_t begin, int64_t end)
{
    const arrays *s = argument;
    for (int64_t i = begin; i < end; i++) {
        const R *a = (const R *)s->x + 2 * i * s->half, *b = a + s->half;
        R *y = (R *)s->y + i * s->half;
        for (int64_t j = 0; j < s->half; j++) y[j] = (R)((double)a[j] / (1 + exp(-(double)b[j])));
    }
}

/* With g = sigmoid(b): da = dy g, db = dy a g (1 - g). */
static void NAME(backward)(void *argument, int64_t begin, int64_t end)
{
    const arrays *s = argument;
    for (int64_t i = begin; i < end; i++) {
        const R *a = (const R *)s->x + 2 * i * s->half, *b = a + s->half, *dy = (const R *)s->dy + i * s->half;
        R *da = (R *)s->dx + 2 * i * s->half, *db = da + s->half;
        for (int64_t j = 0; j < s->half; j++) {
            double g = 1 / (1 + exp(-(double)b[j]));
            da[j] = (R)((double)dy[j] * g);
            db[j] = (R)((double)dy[j] * (double)a[j] * g * (1 - g));
        }
    }
}
