/* pool_kernel.h - included by pool.c once per element type R, with PLACE an integer as wide and WRAPS the unsigned one.
 * Each range is one of planes: channels of pictures. */

/* Pixels of row x, `stride` apart from `at` on, that lie inside it; minus infinity for those that do not, and up to the
 * next whole block. */
static void NAME(take)(const arrays *a, const R *x, int64_t at, int64_t count, R *pixel)
{
    const int64_t stride = a->stride;
    int64_t begin = at < 0 ? (-at + stride - 1) / stride : 0, end = count, q = 0;
    if (at + (count - 1) * stride >= a->width) end = at < a->width ? (a->width - 1 - at) / stride + 1 : 0;
    for (; q < begin && q < count; q++) pixel[q] = -(R)INFINITY;
    if (stride == 2)
        for (; q < end; q++) pixel[q] = x[at + 2 * q];
    else
        for (; q < end; q++) pixel[q] = x[at + q * stride];
    for (; q % BLOCK != 0 || q < count; q++) pixel[q] = -(R)INFINITY;
}

/* Where most is below a pixel, or the pixel is not a number, it becomes the pixel, and place `at` + q * stride. */
MLP_SIMD static void NAME(keep_larger)(int32_t blocks, const R *restrict pixel, WRAPS at, WRAPS stride,
                                       R *restrict most, PLACE *restrict place)
{
    for (int32_t q = 0; q < blocks * BLOCK; q++) {
        bool more = (pixel[q] > most[q]) | (pixel[q] != pixel[q]);
        most[q] = more ? pixel[q] : most[q];
        place[q] = more ? (PLACE)(at + (WRAPS)q * stride) : place[q]; /* no place beyond the row is kept */
    }
}

/* Maxima of windows first to first + count of a row of them, and their places in the plane; -1 when a window is empty.
 * Pixel by pixel of the window, for all windows at once. */
static void NAME(maxima)(const arrays *a, const R *x, const extent *rows, int64_t first, int64_t count, R *most,
                         PLACE *place)
{
    R pixel[ROW];
    int32_t blocks = (int32_t)((count + BLOCK - 1) / BLOCK);
    span s = columns_of(a, first, count);
    for (int64_t q = 0; q < blocks * BLOCK; q++) most[q] = -(R)INFINITY, place[q] = -1;
    for (int64_t i = rows->begin; i < rows->end; i += a->step[0])
        for (int64_t c = s.begin; c < s.end; c++) {
            int64_t at = first * a->stride - a->padding + c * a->step[1];
            NAME(take)(a, x + i * a->width, at, count, pixel);
            NAME(keep_larger)(blocks, pixel, (WRAPS)(i * a->width + at), (WRAPS)a->stride, most, place);
        }
    for (int64_t q = 0; q < count; q++) { /* nothing but minus infinity: the first pixel */
        const extent *columns = &a->axis[1][first + q];
        if (place[q] < 0 && rows->begin < rows->end && columns->begin < columns->end)
            place[q] = (PLACE)(rows->begin * a->width + columns->begin);
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
            NAME(maxima)(a, x, &a->axis[0][i], j, count, most, place);
            if (y) memcpy(y + at, most, (size_t)count * sizeof *y);
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
