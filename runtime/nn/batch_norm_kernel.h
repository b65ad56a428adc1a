/* batch_norm_kernel.h - included by batch_norm.c once per element type R. Each range is one of channels. */

static void NAME(statistics)(const arrays *a, int64_t c)
{
    const layout *at = &a->at;
    const R *x = (const R *)a->x + c * at->inner;
    double m = (double)(at->n * at->inner), sum = 0, squares = 0;
    for (int64_t i = 0; i < at->n; i++)
        for (int64_t j = 0; j < at->inner; j++) sum += (double)x[i * at->channels * at->inner + j];
    double mean = sum / m;
    for (int64_t i = 0; i < at->n; i++)
        for (int64_t j = 0; j < at->inner; j++) {
            double d = (double)x[i * at->channels * at->inner + j] - mean;
            squares += d * d;
        }
    a->mean[c] = mean;
    a->variance[c] = squares / m;
    a->rstd[c] = 1 / sqrt(squares / m + a->eps);
}

static void NAME(forward)(void *argument, int64_t begin, int64_t end)
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
static void NAME(backward)(void *argument, int64_t begin, int64_t end)
{
    const arrays *a = argument;
    const layout *at = &a->at;
    double m = (double)(at->n * at->inner);
    for (int64_t c = begin; c < end; c++) {
        double mean = a->mean[c], rstd = a->rstd[c], sum = 0, product = 0;
        for (int64_t i = 0; i < at->n; i++) {
            int64_t k = (i * at->channels + c) * at->inner;
            const R *x = (const R *)a->x + k, *dy = (const R *)a->dy + k;
            for (int64_t j = 0; j < at->inner; j++) {
                sum += (double)dy[j];
                product += (double)dy[j] * ((double)x[j] - mean);
            }
        }
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
