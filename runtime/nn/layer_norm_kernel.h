/* layer_norm_kernel.h - included by layer_norm.c once per element type R. */

/* Ranges of rows. */
static void NAME(forward)(void *argument, int64_t begin, int64_t end)
{
    const arrays *a = argument;
    const R *weight = a->weight, *bias = a->bias;
    for (int64_t row = begin; row < end; row++) {
        const R *x = (const R *)a->x + row * a->d;
        R *y = (R *)a->y + row * a->d;
        double sum = 0, squares = 0;
        for (int64_t j = 0; j < a->d; j++) sum += (double)x[j];
        double mean = sum / (double)a->d;
        for (int64_t j = 0; j < a->d; j++) squares += ((double)x[j] - mean) * ((double)x[j] - mean);
        double rstd = 1 / sqrt(squares / (double)a->d + a->eps);
        for (int64_t j = 0; j < a->d; j++)
            y[j] = (R)(((double)x[j] - mean) * rstd * (weight ? (double)weight[j] : 1) + (bias ? (double)bias[j] : 0));
        a->mean[row] = mean;
        a->rstd[row] = rstd;
    }
}

/* Ranges of rows. With g = dy weight and x' the normalised input: dx = rstd (g - mean(g) - x' mean(g x')). */
static void NAME(backward)(void *argument, int64_t begin, int64_t end)
{
    const arrays *a = argument;
    const R *weight = a->weight;
    for (int64_t row = begin; row < end; row++) {
        const R *x = (const R *)a->x + row * a->d, *dy = (const R *)a->dy + row * a->d;
        R *dx = (R *)a->dx + row * a->d;
        double mean = a->mean[row], rstd = a->rstd[row], sum = 0, product = 0;
        for (int64_t j = 0; j < a->d; j++) {
            double g = (double)dy[j] * (weight ? (double)weight[j] : 1);
            sum += g;
            product += g * ((double)x[j] - mean);
        }
        double share = sum / (double)a->d, slope = product * rstd * rstd / (double)a->d;
        for (int64_t j = 0; j < a->d; j++) {
            double g = (double)dy[j] * (weight ? (double)weight[j] : 1);
            dx[j] = (R)(rstd * (g - share - ((double)x[j] - mean) * slope));
        }
    }
}

/* Ranges of blocks of columns: dbias = sum dy, dweight = sum dy x', over the rows in their order. */
static void NAME(affine)(void *argument, int64_t begin, int64_t end)
{
    const arrays *a = argument;
    for (int64_t block = begin; block < end; block++) {
        double sum[COLUMNS] = { 0 }, product[COLUMNS] = { 0 };
        int64_t at = block * COLUMNS, count = a->d - at < COLUMNS ? a->d - at : COLUMNS;
        for (int64_t row = 0; row < a->rows; row++) {
            const R *x = (const R *)a->x + row * a->d + at, *dy = (const R *)a->dy + row * a->d + at;
            for (int64_t j = 0; j < count; j++) {
                sum[j] += (double)dy[j];
                product[j] += (double)dy[j] * ((double)x[j] - a->mean[row]) * a->rstd[row];
            }
        }
        for (int64_t j = 0; j < count; j++) {
            if (a->dweight) ((R *)a->dweight)[at + j] = (R)product[j];
            if (a->dbias) ((R *)a->dbias)[at + j] = (R)sum[j];
        }
    }
}
