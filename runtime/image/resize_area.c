/* resize_area.c - shrinking by averaging what each destination pixel covers, as OpenCV's INTER_AREA. */
#include "image/resize_private.h"

#include <math.h>
#include <stdlib.h>

/* Whole-number factors: plain box averages. */
static void average_boxes(mlp_image *to, const mlp_image *from, int fx, int fy)
{
    int c = to->channels;
    size_t row = (size_t)from->width * (size_t)c;
    float share = 1.f / (float)(fx * fy);
    uint8_t *out = to->pixels;
    for (int y = 0; y < to->height; y++) {
        const uint8_t *band = from->pixels + (size_t)y * (size_t)fy * row;
        for (int i = 0; i < to->width * c; i++) {
            const uint8_t *box = band + (size_t)(i / c * fx * c + i % c);
            int64_t sum = 0;
            for (int ky = 0; ky < fy; ky++)
                for (int kx = 0; kx < fx; kx++) sum += box[(size_t)ky * row + (size_t)(kx * c)];
            *out++ = (uint8_t)(fx == 2 && fy == 2 ? (sum + 2) >> 2 : lrintf((float)sum * share));
        }
    }
}

/* How much source pixel `source` adds to destination pixel `target`; in order of both. */
typedef struct share {
    int target, source;
    float weight;
} share;

static int list_shares(share *list, int n, int source, double scale)
{
    int count = 0;
    for (int i = 0; i < n; i++) {
        double begin = i * scale, end = begin + scale;
        double cell = scale < source - begin ? scale : source - begin;
        int first = (int)ceil(begin), last = (int)floor(end);
        if (last > source - 1) last = source - 1;
        if (first > last) first = last;
        if (first - begin > 1e-3) list[count++] = (share){ i, first - 1, (float)((first - begin) / cell) };
        for (int s = first; s < last; s++) list[count++] = (share){ i, s, (float)(1.0 / cell) };
        double rest = end - last < 1 ? end - last : 1;
        if (rest > cell) rest = cell;
        if (end - last > 1e-3) list[count++] = (share){ i, last, (float)(rest / cell) };
    }
    return count;
}

static void emit(uint8_t *out, float *sum, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        long v = lrintf(sum[i]);
        out[i] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
        sum[i] = 0;
    }
}

mlp_status mlp_resize_area(mlp_image *to, const mlp_image *from, mlp_error *err)
{
    int c = to->channels;
    if (from->width % to->width == 0 && from->height % to->height == 0) {
        average_boxes(to, from, from->width / to->width, from->height / to->height);
        return MLP_OK;
    }
    size_t n = (size_t)to->width * (size_t)c;
    share *xs = NULL, *ys = NULL;
    float *sum = NULL; /* the destination row so far, and behind it one source row shrunk horizontally */
    mlp_status st = mlp_alloc((void **)&xs, (size_t)from->width * 2 + (size_t)to->width * 2, sizeof *xs, err);
    if (!st) st = mlp_alloc((void **)&ys, (size_t)from->height * 2 + (size_t)to->height * 2, sizeof *ys, err);
    if (!st) st = mlp_alloc((void **)&sum, 2 * n, sizeof *sum, err);
    if (st) goto done;
    int x_count = list_shares(xs, to->width, from->width, 1. / ((double)to->width / from->width));
    int y_count = list_shares(ys, to->height, from->height, 1. / ((double)to->height / from->height));
    float *line = sum + n;
    for (int k = 0; k < y_count; k++) {
        const uint8_t *row = from->pixels + (size_t)ys[k].source * (size_t)from->width * (size_t)c;
        for (size_t i = 0; i < n; i++) line[i] = 0;
        for (int j = 0; j < x_count; j++)
            for (int ch = 0; ch < c; ch++)
                line[xs[j].target * c + ch] += (float)row[xs[j].source * c + ch] * xs[j].weight;
        for (size_t i = 0; i < n; i++) sum[i] += ys[k].weight * line[i];
        if (k + 1 == y_count || ys[k + 1].target != ys[k].target) emit(to->pixels + (size_t)ys[k].target * n, sum, n);
    }
done:
    free(xs);
    free(ys);
    free(sum);
    return st;
}
