/* softmax_kernel.h - included by softmax.c once per element type R. */

/* y = exp(x - max) / sum, or its logarithm */
static void NAME(forward)(void *argument, int64_t begin, int64_t end)
{
    const rows *r = argument;
    for (int64_t i = begin; i < end; i++) {
        int64_t at = i / r->inner * r->n * r->inner + i % r->inner;
        const R *x = (const R *)r->x + at;
        R *y = (R *)r->out + at;
        double largest = -INFINITY, sum = 0;
        for (int64_t j = 0; j < r->n; j++)
            if (!(x[j * r->inner] <= largest)) largest = (double)x[j * r->inner]; /* NaN is taken, and stays */
        for (int64_t j = 0; j < r->n; j++) sum += exp((double)x[j * r->inner] - largest);
        double shift = largest + log(sum);
        for (int64_t j = 0; j < r->n; j++) {
            double l = (double)x[j * r->inner];
            y[j * r->inner] = (R)(r->log ? l - shift : exp(l - largest) / sum);
        }
    }
}

/* softmax: y (dy - sum(dy y)); logarithm: dy - exp(y) sum(dy) */
static void NAME(backward)(void *argument, int64_t begin, int64_t end)
{
    const rows *r = argument;
    for (int64_t i = begin; i < end; i++) {
        int64_t at = i / r->inner * r->n * r->inner + i % r->inner;
        const R *y = (const R *)r->x + at, *dy = (const R *)r->dy + at;
        R *dx = (R *)r->out + at;
        double sum = 0;
        for (int64_t j = 0; j < r->n; j++) {
            double g = (double)dy[j * r->inner];
            sum += r->log ? g : g * (double)y[j * r->inner];
        }
        for (int64_t j = 0; j < r->n; j++) {
            double g = (double)dy[j * r->inner], v = (double)y[j * r->inner];
            dx[j * r->inner] = (R)(r->log ? g - exp(v) * sum : v * (g - sum));
        }
    }
}
