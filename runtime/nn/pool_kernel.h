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

/* The same for windows of several sizes, one after the other. */
static void NAME(uneven_maxima)(const arrays *a, const R *x, const extent *rows, int64_t first, int64_t count, R *most,
                                PLACE *place)
{
    for (int64_t q = 0; q < count; q++) {
        const extent *columns = &a->axis[1][first + q];
        int64_t at = rows->begin * a->width + columns->begin;
        for (int64_t i = rows->begin; i < rows->end; i++)
            for (int64_t j = columns->begin; j < columns->end; j++)
                if (x[i * a->width + j] > x[at] || x[i * a->width + j] != x[i * a->width + j]) at = i * a->width + j;
        most[q] = x[at], place[q] = (PLACE)at;
    }
}

/* The maxima into y when there is one, or what `from` has at their places; else dy at their places into dx. */
static void NAME(max_pass)(const arrays *a, const R *x, const R *from, R *y, const R *dy, R *dx)
{
    R most[ROW];
    PLACE place[ROW];
    for (int64_t i = 0; i < a->out[0]; i++)
        for (int64_t j = 0; j < a->out[1]; j += ROW) {
            int64_t count = a->out[1] - j < ROW ? a->out[1] - j : ROW, at = i * a->out[1] + j;
            if (a->slow && mlp_interrupted()) return;
            if (a->uneven) NAME(uneven_maxima)(a, x, &a->axis[0][i], j, count, most, place);
            else NAME(maxima)(a, x, &a->axis[0][i], j, count, most, place);
            if (y && !from) memcpy(y + at, most, (size_t)count * sizeof *y);
            for (int64_t q = 0; from && q < count; q++) y[at + q] = place[q] >= 0 ? from[place[q]] : 0;
            for (int64_t q = 0; dx && q < count; q++)
                if (place[q] >= 0) dx[place[q]] += dy[at + q];
        }
}

/* Whether p takes q's place among maxima. The compiler makes vectors of two simple choices, not of one of both. */
#define IF_LARGER(p, q, yes, no) ((p) > (q) ? (yes) : (p) != (p) ? (yes) : (no))

/* A row of maxima of windows of 2x2 side by side, whose rows are a and b. */
MLP_SIMD static void NAME(halve_row)(const R *restrict a, const R *restrict b, int64_t n, R *restrict y)
{
    for (int64_t q = 0; q < n; q++) {
        const R a0 = a[2 * q], a1 = a[2 * q + 1], b0 = b[2 * q], b1 = b[2 * q + 1];
        const R upper = IF_LARGER(a1, a0, a1, a0), most = IF_LARGER(b0, upper, b0, upper);
        y[q] = IF_LARGER(b1, most, b1, most);
    }
}

/* dy at the places of the maxima into da and db; zeros elsewhere. */
MLP_SIMD static void NAME(halve_row_back)(const R *restrict a, const R *restrict b, int64_t n, const R *restrict dy,
                                          R *restrict da, R *restrict db)
{
    for (int64_t q = 0; q < n; q++) {
        const R a0 = a[2 * q], a1 = a[2 * q + 1], b0 = b[2 * q], b1 = b[2 * q + 1], g = dy[q];
        const R upper = IF_LARGER(a1, a0, a1, a0), most = IF_LARGER(b0, upper, b0, upper);
        const R others = IF_LARGER(b1, most, 0, g), to_upper = IF_LARGER(b0, upper, 0, others);
        da[2 * q] = IF_LARGER(a1, a0, 0, to_upper), da[2 * q + 1] = IF_LARGER(a1, a0, to_upper, 0);
        db[2 * q] = IF_LARGER(b0, upper, others, 0), db[2 * q + 1] = IF_LARGER(b1, most, g, 0);
    }
}

/* What most nets have: windows of 2x2 side by side, inside the picture. */
static void NAME(halve)(const arrays *a, const R *x, R *y, const R *dy, R *dx)
{
    int64_t width = a->width, out = a->out[1];
    for (int64_t i = 0; i < a->out[0]; i++, x += 2 * width) {
        if (y) {
            NAME(halve_row)(x, x + width, out, y + i * out);
            continue;
        }
        R *row = dx + 2 * i * width;
        NAME(halve_row_back)(x, x + width, out, dy + i * out, row, row + width);
        for (int64_t q = 2 * out; q < width; q++) row[q] = row[width + q] = 0;
    }
    if (dx) memset(dx + 2 * a->out[0] * width, 0, (size_t)((a->height - 2 * a->out[0]) * width) * sizeof *dx);
}
#undef IF_LARGER

static void NAME(max)(void *argument, int64_t begin, int64_t end)
{
    const arrays *a = argument;
    int64_t size = a->height * a->width, out = a->out[0] * a->out[1];
    for (int64_t plane = begin; plane < end; plane++) {
        const R *x = (const R *)a->x + plane * size;
        R *y = (R *)a->y + plane * out;
        if (a->halves) NAME(halve)(a, x, y, NULL, NULL);
        else NAME(max_pass)(a, x, NULL, y, NULL, NULL);
    }
}

static void NAME(pick)(void *argument, int64_t begin, int64_t end)
{
    const arrays *a = argument;
    int64_t size = a->height * a->width, out = a->out[0] * a->out[1];
    for (int64_t plane = begin; plane < end; plane++) NAME(max_pass)
    (a, (const R *)a->x + plane * size, (const R *)a->from + plane * size, (R *)a->y + plane * out, NULL, NULL);
}

static void NAME(max_back)(void *argument, int64_t begin, int64_t end)
{
    const arrays *a = argument;
    int64_t size = a->height * a->width, out = a->out[0] * a->out[1];
    for (int64_t plane = begin; plane < end; plane++) {
        const R *x = (const R *)a->x + plane * size, *dy = (const R *)a->dy + plane * out;
        R *dx = (R *)a->dx + plane * size;
        if (a->halves) {
            NAME(halve)(a, x, NULL, dy, dx);
            continue;
        }
        memset(dx, 0, (size_t)size * sizeof *dx);
        NAME(max_pass)(a, x, NULL, NULL, dy, dx);
    }
}

/* The sum of n neighbours, in lanes side by side when they are many. */
MLP_SIMD static double NAME(sum_many)(const R *x, int64_t n)
{
    double lane[LANES] = { 0 }, sum = 0;
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int k = 0; k < LANES; k++) lane[k] += (double)x[i + k];
    for (int k = 0; k < LANES; k++) sum += lane[k];
    for (; i < n; i++) sum += (double)x[i];
    return sum;
}

static double NAME(window_sum)(const arrays *a, const R *x, const extent *rows, const extent *columns)
{
    int64_t n = columns->end - columns->begin;
    double sum = 0;
    if (n == a->width) return NAME(sum_many)(x + rows->begin * n, (rows->end - rows->begin) * n);
    for (int64_t r = rows->begin; r < rows->end; r++)
        for (int64_t c = columns->begin; c < columns->end; c++) sum += (double)x[r * a->width + c];
    return sum;
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
                *y++ = (R)(NAME(window_sum)(a, x, rows, columns) / divisor(a, rows, columns));
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
