/* conv2d_depthwise.c - depthwise convolution in f32: each channel by itself, with windows of 3x3 and steps of 1 or 2.
 *
 * There is too little arithmetic to hide copies behind: a channel is padded into the first cache (its columns are split
 * there where a step leaves every second one out), and its result is written where it belongs. dx of step 1 is the same
 * with dy and the window turned round; of step 2, where every place of dy reaches 2x2 kinds of places of dx, each kind
 * has a window of 2x2. dw is summed channel by channel, over the pictures in their order. */
#include "nn/conv2d_private.h"
#include "nn/conv2d_tile_private.h"

#include <stdatomic.h>
#include <string.h>

enum {
    TAPS = 9,
    ROOM = 1 << 17, /* numbers of a padded channel that stay in a core's cache */
};

/* A channel with zeros around it. Pairs are rows and columns. */
typedef struct padding {
    int64_t from[2], before[2], step; /* of the picture */
    int64_t rows, width, pitch;       /* used, and numbers of a row in memory */
    int64_t at[3];                    /* where the columns of a window begin */
} padding;

typedef struct plan {
    const mlp_conv *c;
    const mlp_conv_arrays *a;
    padding pad;
    int64_t line; /* numbers of a row of dy, where it is copied; 0 where its rows are whole vectors already */
    const mlp_conv_tiles *tiles;
    atomic_bool no_memory; /* a thread found none for its scratch */
} plan;

bool mlp_conv_depthwise_fits(const mlp_conv *c)
{
    const mlp_window *w = &c->window;
    for (int i = 0; i < 2; i++)
        if (w->size[i] != 3 || w->dilation[i] != 1 || w->stride[i] != w->stride[0] || w->stride[i] > 2 ||
            w->before[i] > 2 || w->after[i] > 2 || c->size[i] > ROOM)
            return false;
    return c->groups > 1 && c->c_in == 1 && c->c_out == 1 &&
           (c->size[0] + 5) * (c->size[1] + 5 + 2 * MLP_CONV_LANES) <= ROOM;
}

static int64_t padded(int64_t n)
{
    return mlp_ceil_div(n, MLP_CONV_LANES) * MLP_CONV_LANES;
}

/* What gives rows x columns places, `step` apart, whose windows reach `reach` numbers further. */
static padding padding_of(const int64_t from[2], const int64_t before[2], int64_t step, const int64_t places[2],
                          int64_t reach)
{
    padding p = { .step = step };
    int64_t half = padded(places[1]) + 2;
    for (int i = 0; i < 2; i++) p.from[i] = from[i], p.before[i] = before[i];
    p.rows = (places[0] - 1) * step + 1 + reach, p.width = (places[1] - 1) * step + 1 + reach;
    p.pitch = step * half;
    p.at[1] = step == 1 ? 1 : half, p.at[2] = step == 1 ? 2 : 1;
    return p;
}

/* The margins are zero already, since they are the same for all channels. */
static void fill(const plan *p, const float *picture, float *to)
{
    const padding *d = &p->pad;
    int64_t rows = mlp_least(d->from[0], d->rows - d->before[0]), n = mlp_least(d->from[1], d->width - d->before[1]);
    to += d->before[0] * d->pitch;
    if (d->step == 1) {
        p->tiles->take(rows, n, picture, d->from[1], 1, to + d->before[1], d->pitch);
        return;
    }
    float *even = to + d->before[1] / 2, *odd = to + d->at[1] + d->before[1] / 2;
    if (d->before[1] % 2) p->tiles->split(rows, n, picture, d->from[1], odd, even + 1, d->pitch);
    else p->tiles->split(rows, n, picture, d->from[1], even, odd, d->pitch);
}

static size_t scratch_bytes(const plan *p)
{
    return (size_t)(p->pad.rows * p->pad.pitch + p->c->out[0] * p->line) * sizeof(float);
}

/* A thread's padded channel, and behind it dy where it is copied; NULL when there is no memory. */
static float *scratch_new(plan *p)
{
    float *s;
    if (mlp_block_new((void **)&s, scratch_bytes(p), NULL)) {
        atomic_store(&p->no_memory, true);
        return NULL;
    }
    return memset(s, 0, scratch_bytes(p));
}

static mlp_status run(plan *p, int64_t n, double places, mlp_range_fn fn, mlp_error *err)
{
    p->tiles = mlp_conv_tiles_for(p->c->size[1]);
    mlp_status st = mlp_conv_run(n, TAPS * places, fn, p, err);
    if (st || !atomic_load(&p->no_memory)) return st;
    return mlp_fail(err, MLP_ENOMEM, "conv2d: out of memory: cannot allocate %.1f MB for padded pictures",
                    (double)scratch_bytes(p) / 1e6);
}

static int64_t numbers(const int64_t size[2])
{
    return size[0] * size[1];
}

/* ---- y ---- */

static void forward_planes(void *context, int64_t begin, int64_t end)
{
    plan *p = context;
    const mlp_conv *c = p->c;
    const float *x = p->a->x, *w = p->a->w, *bias = p->a->bias;
    float *y = p->a->y, *s = scratch_new(p);
    for (int64_t i = begin; s && i < end && !mlp_interrupted(); i++) {
        int64_t channel = i % c->groups;
        fill(p, x + i * numbers(c->size), s);
        p->tiles->window(c->out[0], c->out[1], p->pad.step, w + channel * TAPS, p->pad.at, s, p->pad.pitch,
                         bias ? bias[channel] : 0, y + i * numbers(c->out), c->out[1]);
        if (c->relu) p->tiles->relu(1, numbers(c->out), y + i * numbers(c->out), 0);
    }
    mlp_block_free(s, scratch_bytes(p));
}

static mlp_status forward(const mlp_conv *c, const mlp_conv_arrays *a, mlp_error *err)
{
    plan p = { .c = c, .a = a };
    p.pad = padding_of(c->size, c->window.before, c->window.stride[0], c->out, 2);
    return run(&p, c->n * c->groups, (double)numbers(c->out), forward_planes, err);
}

/* ---- dx ---- */

/* A row of dx of kind f takes w[t] dy[u + (f + before - t) / 2]: which t that is for number i of its window, or -1. */
static int64_t tap_of(const mlp_window *w, int axis, int64_t f, int64_t i)
{
    int64_t t = f + w->before[axis] - 2 * ((w->before[axis] + 1) / 2 - 1 + i);
    return t >= 0 && t < 3 ? t : -1;
}

/* The four windows of 2x2 of step 2. */
static void windows_of_two(const mlp_window *window, const float *w, float to[16])
{
    for (int64_t k = 0; k < 16; k++) {
        int64_t row = tap_of(window, 0, k / 8, k / 2 % 2), column = tap_of(window, 1, k / 4 % 2, k % 2);
        to[k] = row < 0 || column < 0 ? 0 : w[row * 3 + column];
    }
}

static void input_planes(void *context, int64_t begin, int64_t end)
{
    plan *p = context;
    const mlp_conv *c = p->c;
    const float *dy = p->a->dy;
    float *dx = p->a->dx, *s = scratch_new(p);
    for (int64_t i = begin; s && i < end && !mlp_interrupted(); i++) {
        const float *w = (const float *)p->a->w + i % c->groups * TAPS;
        float turned[TAPS], two[16], *to = dx + i * numbers(c->size);
        fill(p, dy + i * numbers(c->out), s);
        if (c->window.stride[0] == 1) {
            for (int k = 0; k < TAPS; k++) turned[k] = w[TAPS - 1 - k];
            p->tiles->window(c->size[0], c->size[1], 1, turned, p->pad.at, s, p->pad.pitch, 0, to, c->size[1]);
        } else {
            windows_of_two(&c->window, w, two);
            p->tiles->spread(c->size[0], c->size[1], two, s, p->pad.pitch, to, c->size[1]);
        }
    }
    mlp_block_free(s, scratch_bytes(p));
}

static mlp_status input(const mlp_conv *c, const mlp_conv_arrays *a, mlp_error *err)
{
    plan p = { .c = c, .a = a };
    int64_t before[2], places[2], step = c->window.stride[0];
    for (int i = 0; i < 2; i++) {
        before[i] = step == 1 ? 2 - c->window.before[i] : 1 - (c->window.before[i] + 1) / 2;
        places[i] = mlp_ceil_div(c->size[i], step);
    }
    p.pad = padding_of(c->out, before, 1, places, step == 1 ? 2 : 1);
    return run(&p, c->n * c->groups, (double)numbers(c->size), input_planes, err);
}

/* ---- dw ---- */

static void weight_channels(void *context, int64_t begin, int64_t end)
{
    plan *p = context;
    const mlp_conv *c = p->c;
    float *s = scratch_new(p), *copy = s ? s + p->pad.rows * p->pad.pitch : NULL;
    for (int64_t channel = begin; s && channel < end && !mlp_interrupted(); channel++) {
        double sums[MLP_CONV_WINDOW_SUMS] = { 0 };
        for (int64_t i = 0; i < c->n; i++) {
            int64_t plane = i * c->groups + channel;
            const float *dy = (const float *)p->a->dy + plane * numbers(c->out);
            fill(p, (const float *)p->a->x + plane * numbers(c->size), s);
            if (p->line) {
                p->tiles->take(c->out[0], c->out[1], dy, c->out[1], 1, copy, p->line);
                dy = copy;
            }
            p->tiles->window_sums(c->out[0], padded(c->out[1]), p->pad.step, p->pad.at, s, p->pad.pitch, dy,
                                  p->line ? p->line : c->out[1], sums);
        }
        for (int k = 0; k < TAPS; k++) ((float *)p->a->dw)[channel * TAPS + k] = (float)sums[k];
        if (p->a->db) ((float *)p->a->db)[channel] = (float)sums[TAPS];
    }
    mlp_block_free(s, scratch_bytes(p));
}

static mlp_status weight(const mlp_conv *c, const mlp_conv_arrays *a, mlp_error *err)
{
    plan p = { .c = c, .a = a, .line = c->out[1] % MLP_CONV_LANES ? padded(c->out[1]) : 0 };
    p.pad = padding_of(c->size, c->window.before, c->window.stride[0], c->out, 2);
    return run(&p, c->groups, (double)(c->n * numbers(c->out)), weight_channels, err);
}

const mlp_conv_way mlp_conv_depthwise = { forward, input, weight };
