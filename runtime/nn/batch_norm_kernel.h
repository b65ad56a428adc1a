/* batch_norm_kernel.h - included by batch_norm.c once per element type R. Each range is one of channels. */

/* The sum of (x - mean)^power over a channel, power 1 or 2, in lanes side by side, which are added in their order. */
MLP_SIMD static double NAME(moment)(const R *x, const layout *at, double mean, int power)
{
    double lane[LANES] = { 0 }, sum = 0;
    for (int64_t i = 0; i < at->n; i++, x += at->channels * at->inner) {
        int64_t j = 0;
        for (; j + LANES <= at->inner; j += LANES)
            for (int k = 0; k < LANES; k++) {
                double d = (double)x[j + k] - mean;
                lane[k] += power == 1 ? d : d * d;
            }
        for (int k = 0; j < at->inner; j++, k++) {
            double d = (double)x[j] - mean;
            lane[k] += power == 1 ? d : d * d;
        }
    }
    for (int k = 0; k < LANES; k++) sum += lane[k];
    return sum;
}

static void NAME(statistics)(const arrays *a, int64_t c)
{
    const layout *at = &a->at;
    const R *x = (const R *)a->x + c * at->inner;
    double m = (double)(at->n * at->inner);
    a->mean[c] = NAME(moment)(x, at, 0, 1) / m;
    a->variance[c] = NAME(moment)(x, at, a->mean[c], 2) / m;
    a->rstd[c] = 1 / sqrt(a->variance[c] + a->eps);
}

/* The sums of dy and of dy (x - mean) over a channel, in the same way. */
MLP_SIMD static void NAME(products)(const R *x, const R *dy, const layout *at, double mean, double *sum,
                                    double *product)
{
    double lane[2][LANES] = { { 0 } };
    for (int64_t i = 0; i < at->n; i++, x += at->channels * at->inner, dy += at->channels * at->inner) {
        int64_t j = 0;
        for (; j + LANES <= at->inner; j += LANES)
            for (int k = 0; k < LANES; k++) {
                lane[0][k] += (double)dy[j + k];
                lane[1][k] += (double)dy[j + k] * ((double)x[j + k] - mean);
            }
        for (int k = 0; j < at->inner; j++, k++) {
            lane[0][k] += (double)dy[j];
            lane[1][k] += (double)dy[j] * ((double)x[j] - mean);
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
        double scale = a->rstd[c] * (a->weight ? (double)((const R *)a->weight)[c] : 1);
        double shift = (a->bias ? (double)((const R *)a->bias)[c] : 0), mean = a->mean[c];
        for (int64_t i = 0; i < at->n; i++) {
            int64_t k = (i * at->channels + c) * at->inner;
            const R *x = (const R *)a->x + k;
            R *y = (R *)a->y + k;
            for (int64_t j = 0; j < at->inner; j++) y[j] = (R)(((double)x[j] - mean) * scale + shift);
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
        double mean = a->mean[c], rstd = a->rstd[c], sum, product;
        NAME(products)((const R *)a->x + c * at->inner, (const R *)a->dy + c * at->inner, at, mean, &sum, &product);
        product *= rstd;
        double scale = rstd * (a->weight ? (double)((const R *)a->weight)[c] : 1);
        double share = a->batch ? sum / m : 0, slope = a->batch ? product * rstd / m : 0;
        for (int64_t i = 0; i < at->n; i++) {
            int64_t k = (i * at->channels + c) * at->inner;
            const R *x = (const R *)a->x + k, *dy = (const R *)a->dy + k;
            R *dx = (R *)a->dx + k;
            for (int64_t j = 0; j < at->inner; j++)
                dx[j] = (R)(scale * ((double)dy[j] - share - ((double)x[j] - mean) * slope));
        }
        ((R *)a->dweight)[c] = (R)product;
        ((R *)a->dbias)[c] = (R)sum;
    }
}
