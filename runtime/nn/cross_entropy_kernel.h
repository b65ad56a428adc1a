/* cross_entropy_kernel.h - included by cross_entropy.c once per element type R. Each range is one of rows; class k of a
 * row is at [at + k * inner]. */

static int64_t NAME(row_at)(const context *c, int64_t row)
{
    return row / c->inner * c->classes * c->inner + row % c->inner;
}

static bool NAME(ignored)(const problem *p, int64_t row)
{
    return p->label && p->label[row] == p->c->ignore_index;
}

/* The weight t of class k in a row that is not ignored. */
static double NAME(target)(const problem *p, int64_t row, int64_t at, int64_t k)
{
    const context *c = p->c;
    double even = c->smoothing / (double)c->classes, stay = 1 - c->smoothing;
    if (p->label) return (p->label[row] == k ? stay : 0) * weight_of(p, k) + even * weight_of(p, k);
    return ((double)((const R *)p->probability)[at + k * c->inner] * stay + even) * weight_of(p, k);
}

static void NAME(forward)(void *argument, int64_t begin, int64_t end)
{
    const problem *p = argument;
    const context *c = p->c;
    for (int64_t row = begin; row < end; row++) {
        int64_t at = NAME(row_at)(c, row);
        const R *x = (const R *)p->x + at;
        double largest = -INFINITY, sum = 0, loss = 0;
        for (int64_t k = 0; k < c->classes && !c->normalised; k++)
            if (!(x[k * c->inner] <= largest)) largest = (double)x[k * c->inner]; /* NaN is taken, and stays */
        for (int64_t k = 0; k < c->classes && !c->normalised; k++) sum += exp((double)x[k * c->inner] - largest);
        double lse = c->normalised ? 0 : largest + log(sum);
        for (int64_t k = 0; k < c->classes && !NAME(ignored)(p, row); k++) {
            double t = NAME(target)(p, row, at, k);
            if (t != 0) loss += t * (lse - (double)x[k * c->inner]); /* 0 times infinity is 0 here */
        }
        p->lse[row] = lse;
        p->loss[row] = loss;
    }
}

/* The weights t themselves, into dx. */
static void NAME(weights)(void *argument, int64_t begin, int64_t end)
{
    const problem *p = argument;
    const context *c = p->c;
    for (int64_t row = begin; row < end; row++) {
        int64_t at = NAME(row_at)(c, row);
        for (int64_t k = 0; k < c->classes; k++)
            ((R *)p->dx)[at + k * c->inner] = (R)(NAME(ignored)(p, row) ? 0 : NAME(target)(p, row, at, k));
    }
}

static void NAME(backward)(void *argument, int64_t begin, int64_t end)
{
    const problem *p = argument;
    const context *c = p->c;
    for (int64_t row = begin; row < end; row++) {
        int64_t at = NAME(row_at)(c, row);
        const R *x = (const R *)p->x + at;
        double g = (double)((const R *)p->dy)[c->reduction == MLP_EACH_ROW ? row : 0] / c->denominator;
        bool ignored = NAME(ignored)(p, row);
        double sum = 0;
        for (int64_t k = 0; k < c->classes && !ignored && !c->normalised; k++) sum += NAME(target)(p, row, at, k);
        for (int64_t k = 0; k < c->classes; k++) {
            double above = (double)x[k * c->inner] - p->lse[row];
            double t = ignored ? 0 : NAME(target)(p, row, at, k);
            if (p->dx)
                ((R *)p->dx)[at + k * c->inner] = (R)(ignored ? 0 : g * ((c->normalised ? 0 : exp(above) * sum) - t));
            if (p->dprobability)
                ((R *)p->dprobability)[at + k * c->inner] = (R)(-g * (1 - c->smoothing) * weight_of(p, k) * above);
        }
    }
}
