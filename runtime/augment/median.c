/* median.c - the median over a square, by a histogram that slides along each row: k levels leave and k come at each
 * step, and the median is looked for from where the last one was. */
#include "augment/augment.h"

#include <string.h>

typedef struct window {
    const mlp_image *from;
    int channel, radius;
    int counts[256];
    int median, below; /* below: how many levels are smaller than median */
} window;

static int inside(int i, int n)
{
    return i < 0 ? 0 : i >= n ? n - 1 : i;
}

/* Column x of the square around row y comes (by = 1) or leaves (by = -1). */
static void count_column(window *w, int x, int y, int by)
{
    const mlp_image *from = w->from;
    size_t c = (size_t)from->channels, row = (size_t)from->width * c;
    const uint8_t *column = from->pixels + (size_t)inside(x, from->width) * c + w->channel;
    for (int dy = -w->radius; dy <= w->radius; dy++) {
        int level = column[(size_t)inside(y + dy, from->height) * row];
        w->counts[level] += by;
        if (level < w->median) w->below += by;
    }
}

static uint8_t find_median(window *w, int half)
{
    while (w->below > half) w->below -= w->counts[--w->median];
    while (w->below + w->counts[w->median] <= half) w->below += w->counts[w->median++];
    return (uint8_t)w->median;
}

static void median_row(window *w, mlp_image *to, int y)
{
    int k = 2 * w->radius + 1, half = k * k / 2;
    size_t c = (size_t)to->channels;
    uint8_t *out = to->pixels + (size_t)y * (size_t)to->width * c + w->channel;
    memset(w->counts, 0, sizeof w->counts);
    w->median = w->below = 0;
    for (int x = -w->radius; x < w->radius; x++) count_column(w, x, y, 1);
    for (int x = 0; x < to->width; x++, out += c) {
        count_column(w, x + w->radius, y, 1);
        *out = find_median(w, half);
        count_column(w, x - w->radius, y, -1);
    }
}

mlp_status mlp_image_median(mlp_image **out, const mlp_image *image, int k, mlp_error *err)
{
    mlp_image *to = NULL;
    if (k < 1 || k % 2 == 0)
        return mlp_fail(err, MLP_EINVAL, "median: the size is %d, expected an odd number of at least 1", k);
    mlp_status st = mlp_image_new(&to, image->width, image->height, image->channels, err);
    if (st) return st;
    window w = { .from = image, .radius = k / 2 };
    for (w.channel = 0; w.channel < image->channels; w.channel++)
        for (int y = 0; y < image->height; y++) median_row(&w, to, y);
    *out = to;
    return MLP_OK;
}
