/* resample_kernel.h - included by resample.c once per element type R. Each range is one of planes. */

/* What pixels of the result are made of: their sums, weighed. */
static void NAME(spread)(void *argument, int64_t begin, int64_t end)
{
    const arrays *a = argument;
    const int64_t height = a->c->size[0], width = a->c->size[1], rows = a->c->out[0], columns = a->c->out[1];
    for (int64_t plane = begin; plane < end; plane++) {
        const R *x = (const R *)a->from + plane * height * width;
        R *y = (R *)a->to + plane * rows * columns;
        for (int64_t i = 0; i < rows && !mlp_interrupted(); i++) {
            const tap *row = &a->axis[0][i];
            for (int64_t j = 0; j < columns; j++) {
                const tap *column = &a->axis[1][j];
                double sum = 0;
                for (int p = 0; p < a->taps; p++) {
                    const R *line = x + row->at[p] * width;
                    double part = 0;
                    for (int q = 0; q < a->taps; q++) part += column->weight[q] * (double)line[column->at[q]];
                    sum += row->weight[p] * part;
                }
                *y++ = (R)sum;
            }
        }
    }
}

/* The same shares, back to where they came from. */
static void NAME(gather)(void *argument, int64_t begin, int64_t end)
{
    const arrays *a = argument;
    const int64_t height = a->c->size[0], width = a->c->size[1], rows = a->c->out[0], columns = a->c->out[1];
    for (int64_t plane = begin; plane < end; plane++) {
        const R *dy = (const R *)a->from + plane * rows * columns;
        R *dx = (R *)a->to + plane * height * width;
        memset(dx, 0, (size_t)(height * width) * sizeof *dx);
        for (int64_t i = 0; i < rows && !mlp_interrupted(); i++) {
            const tap *row = &a->axis[0][i];
            for (int64_t j = 0; j < columns; j++) {
                const tap *column = &a->axis[1][j];
                const R g = *dy++;
                for (int p = 0; p < a->taps; p++) {
                    R *line = dx + row->at[p] * width;
                    for (int q = 0; q < a->taps; q++)
                        line[column->at[q]] += (R)(row->weight[p] * column->weight[q]) * g;
                }
            }
        }
    }
}
