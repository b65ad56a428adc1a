/* batch_norm_kernel.h - included by batch_norm.c once per element type R. Each range is one of channels.
 *
 * What ReLU took is not saved: backward computes from x again whether it did.
 *
 * Sums are made in R, in lanes side by side, for CHUNK values at a time, and those sums in f64. Differences are from a
 * mean that R can hold (center); what it is beside the mean is put right afterwards. */

/* lane[k] += terms of n values, a multiple of LANES: (x - center)^power, power 1 or 2. */
MLP_SIMD static void NAME(add_powers)(const R *restrict x, int64_t n, R center, int power, double *restrict lane)
{
    for (int64_t at = 0; at < n; at += CHUNK) {
        R sum[LANES] = { 0 };
        int64_t end = at + CHUNK < n ? at + CHUNK : n;
        for (int64_t j = at; j < end; j += LANES)
            for (int k = 0; k < LANES; k++) {
                R d = x[j + k] - center;
                sum[k] += power == 1 ? d : d * d;
            }
        for (int k = 0; k < LANES; k++) lane[k] += (double)sum[k];
    }
}

/* The sum of (x - center)^power over a channel. */
static double NAME(moment)(const R *x, const layout *at, R center, int power)
{
    double lane[LANES] = { 0 }, sum = 0;
    int64_t whole = at->inner / LANES * LANES;
    for (int64_t i = 0; i < at->n; i++, x += at->channels * at->inner) {
        if (whole > 0) NAME(add_powers)(x, whole, center, power, lane);
        for (int64_t j = whole; j < at->inner; j++) {
            double d = (double)x[j] - (double)center;
            lane[j - whole] += power == 1 ? d : d * d;
        }
    }
    for (int k = 0; k < LANES; k++) sum += lane[k];
    return sum;
}

/* A number near the channel's mean: that of its first values. */
static R NAME(near_mean)(const R *x, int64_t inner)
{
    int64_t n = inner < CHUNK ? inner : CHUNK;
    double sum = 0;
    for (int64_t j = 0; j < n; j++) sum += (double)x[j];
    return (R)(n > 0 ? sum / (double)n : 0);
}

static void NAME(statistics)(const arrays *a, int64_t c)
{
    const layout *at = &a->at;
    const R *x = (const R *)a->x + c * at->inner;
    double m = (double)(at->n * at->inner);
    R center = at->n > 0 ? NAME(near_mean)(x, at->inner) : 0;
    a->mean[c] = (double)center + NAME(moment)(x, at, center, 1) / m;
    center = (R)a->mean[c];
    double beside = a->mean[c] - (double)center;
    a->variance[c] = NAME(moment)(x, at, center, 2) / m - beside * beside;
    if (a->variance[c] < 0) a->variance[c] = 0;
    a->rstd[c] = 1 / sqrt(a->variance[c] + a->eps);
}

/* What is made of a channel's values: (x - center) * scale + shift, and ReLU of it. */
typedef struct NAME(map) {
    R center, scale, shift;
    bool relu;
} NAME(map);

static double NAME(factor_of)(const arrays *a, int64_t c)
{
    return a->rstd[c] * (a->weight ? (double)((const R *)a->weight)[c] : 1);
}

static NAME(map) NAME(map_of)(const arrays *a, int64_t c)
{
    double factor = NAME(factor_of)(a, c);
    double offset = a->bias ? (double)((const R *)a->bias)[c] : 0;
    const R center = (R)a->mean[c];
    return (NAME(map)){ center, (R)factor, (R)(offset + ((double)center - a->mean[c]) * factor), a->relu };
}

static inline R NAME(before_relu)(const NAME(map) * f, R x)
{
    return (x - f->center) * f->scale + f->shift;
}

static inline R NAME(map_value)(const NAME(map) * f, R x)
{
    const R y = NAME(before_relu)(f, x);
    return f->relu && y <= 0 ? 0 : y;
}

/* The gradient of what ReLU got, from that of what it gave. */
static inline R NAME(map_gradient)(const NAME(map) * f, R x, R dy)
{
    return f->relu && NAME(before_relu)(f, x) <= 0 ? 0 : dy;
}

/* lane[0] and lane[1] += terms of n values, a multiple of LANES: dy, and dy (x - center). */
MLP_SIMD static void NAME(add_products)(const R *restrict x, const R *restrict dy, int64_t n, const NAME(map) * map,
                                        double (*restrict lane)[LANES])
{
    const NAME(map) f = *map;
    for (int64_t at = 0; at < n; at += CHUNK) {
        R sum[LANES] = { 0 }, product[LANES] = { 0 };
        int64_t end = at + CHUNK < n ? at + CHUNK : n;
        for (int64_t j = at; j < end; j += LANES)
            for (int k = 0; k < LANES; k++) {
                const R g = NAME(map_gradient)(&f, x[j + k], dy[j + k]);
                sum[k] += g;
                product[k] += g * (x[j + k] - f.center);
            }
        for (int k = 0; k < LANES; k++) lane[0][k] += (double)sum[k], lane[1][k] += (double)product[k];
    }
}

/* The sums of dy and of dy (x - center) over a channel. */
static void NAME(products)(const R *x, const R *dy, const layout *at, const NAME(map) * f, double *sum, double *product)
{
    double lane[2][LANES] = { { 0 } };
    int64_t whole = at->inner / LANES * LANES;
    for (int64_t i = 0; i < at->n; i++, x += at->channels * at->inner, dy += at->channels * at->inner) {
        if (whole > 0) NAME(add_products)(x, dy, whole, f, lane);
        for (int64_t j = whole; j < at->inner; j++) {
            double g = (double)NAME(map_gradient)(f, x[j], dy[j]);
            lane[0][j - whole] += g;
            lane[1][j - whole] += g * ((double)x[j] - (double)f->center);
        }
    }
    *sum = *product = 0;
    for (int k = 0; k < LANES; k++) *sum += lane[0][k], *product += lane[1][k];
}

MLP_SIMD static void NAME(forward)(void *argument, int64_t begin, int64_t end)
{
    const arrays *a = argument;
    const layout *at = &a->at;
    for (int64_t c = begin; c < end; c++) {
        if (a->batch) NAME(statistics)(a, c);
        const NAME(map) f = NAME(map_of)(a, c);
        for (int64_t i = 0; i < at->n; i++) {
            int64_t k = (i * at->channels + c) * at->inner;
            const R *x = (const R *)a->x + k;
            R *y = (R *)a->y + k;
            for (int64_t j = 0; j < at->inner; j++) y[j] = NAME(map_value)(&f, x[j]);
        }
    }
}

/* With x' the normalised input: dbias = sum dy, dweight = sum dy x', and through the batch's statistics
 * dx = weight rstd (dy - (dbias + x' dweight) / m); with running ones dx = weight rstd dy. */
MLP_SIMD static void NAME(backward)(void *argument, int64_t begin, int64_t end)
{
    const arrays *a = argument;
    const layout *at = &a->at;
    double m = (double)(at->n * at->inner);
    for (int64_t c = begin; c < end; c++) {
        double rstd = a->rstd[c], sum, product;
        const NAME(map) f = NAME(map_of)(a, c);
        const double beside = a->mean[c] - (double)f.center;
        NAME(products)((const R *)a->x + c * at->inner, (const R *)a->dy + c * at->inner, at, &f, &sum, &product);
        product = (product - beside * sum) * rstd;
        double factor = NAME(factor_of)(a, c);
        double share = a->batch ? sum / m : 0, slope = a->batch ? product * rstd / m : 0;
        const R tilt = (R)(factor * slope), shift = (R)(factor * (share - beside * slope));
        for (int64_t i = 0; i < at->n; i++) {
            int64_t k = (i * at->channels + c) * at->inner;
            const R *x = (const R *)a->x + k, *dy = (const R *)a->dy + k;
            R *dx = (R *)a->dx + k;
            for (int64_t j = 0; j < at->inner; j++)
                dx[j] = f.scale * NAME(map_gradient)(&f, x[j], dy[j]) - (x[j] - f.center) * tilt - shift;
        }
        ((R *)a->dweight)[c] = (R)product;
        ((R *)a->dbias)[c] = (R)sum;
    }
}
