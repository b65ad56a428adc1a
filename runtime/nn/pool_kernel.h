/* pool_kernel.h - included by pool.c once per element type R, with PLACE an integer as wide. Each range is one of
 * planes: channels of pictures. */

/* Maxima of windows first to first + count of a row of them, and their places in the plane; -1 when a window is empty.
 * Pixel by pixel of the window, for all windows at once. */
MLP_SIMD static void NAME(maxima)(const arrays *a, const R *x, const extent *rows, int64_t first, int64_t count,
                                  R *restrict most, PLACE *restrict place)
{
    const int64_t stride = a->stride, width = a->width;
    for (int64_t q = 0; q < count; q++) most[q] = -(R)INFINITY, place[q] = -1;
    span s = columns_of(a, first, count);
    for (int64_t i = rows->begin; i < rows->end; i += a->step[0])
        for (int64_t c = s.begin; c < s.end; c++) {
            int64_t at = first * stride - a->padding + c * a->step[1];
            int64_t begin = at < 0 ? (-at + stride - 1) / stride : 0, end = (width - 1 - at) / stride + 1;
            if (end > count) end = count;
            at += i * width;
#define TAKE(apart)                                                                                                    \
    for (int64_t q = begin; q < end; q++) {                                                                            \
        R v = x[at + q * (apart)];                                                                                     \
        bool more = (v > most[q]) | (v != v) | (place[q] < 0);                                                         \
        most[q] = more ? v : most[q];                                                                                  \
        place[q] = more ? (PLACE)(at + q * (apart)) : place[q];                                                        \
    }
            if (stride == 1) TAKE(1)
            else if (stride == 2) TAKE(2)
            else TAKE(stride)
#undef TAKE
        }
}

/* The maxima into y when there is one, else dy at their places into dx. */
static void NAME(max_pass)(const arrays *a, const R *x, R *y, const R *dy, R *dx)
{
    R most[ROW];
    PLACE place[ROW];
    for (int64_t i = 0; i < a->out[0]; i++)
        for (int64_t j = 0; j < a->out[1]; j += ROW) {
            int64_t count = a->out[1] - j < ROW ? a->out[1] - j : ROW, at = i * a->out[1] + j;
            if (a->slow && mlp_interrupted()) return;
            NAME(maxima)(a, x, &a->axis[0][i], j, count, y ? y + at : most, place);
            for (int64_t q = 0; dx && q < count; q++)
                if (place[q] >= 0) dx[place[q]] += dy[at + q];
        }
}

static void NAME(max)(void *argument, int64_t begin, int64_t end)
{
    const arrays *a = argument;
    int64_t size = a->height * a->width, out = a->out[0] * a->out[1];
    for (int64_t plane = begin; plane < end; plane++)
        NAME(max_pass)(a, (const R *)a->x + plane * size, (R *)a->y + plane * out, NULL, NULL);
}

static void NAME(max_back)(void *argument, int64_t begin, int64_t end)
{
    const arrays *a = argument;
    int64_t size = a->height * a->width, out = a->out[0] * a->out[1];
    for (int64_t plane = begin; plane < end; plane++) {
        R *dx = (R *)a->dx + plane * size;
        memset(dx, 0, (size_t)size * sizeof *dx);
        NAME(max_pass)(a, (const R *)a->x + plane * size, NULL, (const R *)a->dy + plane * out, dx);
    }
}

static void NAME(mean)(void *argument, int64_t begin, int64_t end)
{
    const arrays *a = argument;
    for (int64_t plane = begin; plane < end; plane++) {
        const R *x = (const R *)a->x + plane * a->height * a->width;
        R *y = (R *)a->y + plane * a->out[0] * a->out[1];
        for (int64_t i = 0; i < a->out[0]; i++)
            for (int64_t j = 0; j < a->out[1]; j++) {
                if (a->slow && mlp_interrupted()) return;
                const extent *rows = &a->axis[0][i], *columns = &a->axis[1][j];
                double sum = 0;
                for (int64_t r = rows->begin; r < rows->end; r++)
                    for (int64_t c = columns->begin; c < columns->end; c++) sum += (double)x[r * a->width + c];
                *y++ = (R)(sum / divisor(a, rows, columns));
            }
    }
}

static void NAME(mean_back)(void *argument, int64_t begin, int64_t end)
{
    const arrays *a = argument;
    for (int64_t plane = begin; plane < end; plane++) {
        const R *dy = (const R *)a->dy + plane * a->out[0] * a->out[1];
        R *dx = (R *)a->dx + plane * a->height * a->width;
        memset(dx, 0, (size_t)(a->height * a->width) * sizeof *dx);
        for (int64_t i = 0; i < a->out[0]; i++)
            for (int64_t j = 0; j < a->out[1]; j++) {
                if (a->slow && mlp_interrupted()) return;
                const extent *rows = &a->axis[0][i], *columns = &a->axis[1][j];
                R share = (R)((double)*dy++ / divisor(a, rows, columns));
                for (int64_t r = rows->begin; r < rows->end; r++)
                    for (int64_t c = columns->begin; c < columns->end; c++) dx[r * a->width + c] += share;
            }
    }
}
