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
    SMALL = 512,    /* numbers of a picture; with relu, whose gradient is a pass less then, half as many */
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
    padding pad, back; /* of x, and of dy for dx; without rows where it is not needed */
    int64_t line;      /* numbers of a row of dy, where it is copied; 0 where its rows are whole vectors already */
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
static void fill(const plan *p, const padding *d, const float *picture, float *to)
{
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

/* A thread's room: padded x and dy, rows of dy where they are copied, and dy before ReLU. */
typedef struct scratch {
    float *pad, *back, *line, *dy;
    size_t bytes;
} scratch;

static int64_t numbers(const int64_t size[2])
{
    return size[0] * size[1];
}

static scratch scratch_sizes(const plan *p, int64_t size[4])
{
    scratch s = { .bytes = 0 };
    size[0] = padded(p->pad.rows * p->pad.pitch), size[1] = padded(p->back.rows * p->back.pitch);
    size[2] = padded(p->c->out[0] * p->line), size[3] = p->a->dw && p->a->y ? padded(numbers(p->c->out)) : 0;
    for (int i = 0; i < 4; i++) s.bytes += (size_t)size[i] * sizeof(float);
    return s;
}

/* All of it 0; false when there is no memory. */
static bool scratch_new(scratch *s, plan *p)
{
    int64_t size[4];
    *s = scratch_sizes(p, size);
    if (mlp_block_new((void **)&s->pad, s->bytes, NULL)) {
        atomic_store(&p->no_memory, true);
        return false;
    }
    memset(s->pad, 0, s->bytes);
    s->back = s->pad + size[0], s->line = s->back + size[1], s->dy = s->line + size[2];
    return true;
}

static void scratch_free(scratch *s)
{
    mlp_block_free(s->pad, s->bytes);
}

static mlp_status run(plan *p, int64_t n, double places, mlp_range_fn fn, mlp_error *err)
{
    p->tiles = mlp_conv_tiles_for(p->c->size[1]);
    mlp_status st = mlp_conv_run(n, TAPS * places, fn, p, err);
    if (st || !atomic_load(&p->no_memory)) return st;
    int64_t size[4];
    return mlp_fail(err, MLP_ENOMEM, "conv2d: out of memory: cannot allocate %.1f MB for padded pictures",
                    (double)scratch_sizes(p, size).bytes / 1e6);
}

/* ---- y ---- */

static void forward_planes(void *context, int64_t begin, int64_t end)
{
    plan *p = context;
    const mlp_conv *c = p->c;
    const float *x = p->a->x, *w = p->a->w, *bias = p->a->bias;
    float *y = p->a->y;
    scratch s;
    if (!scratch_new(&s, p)) return;
    for (int64_t i = begin; i < end && !mlp_interrupted(); i++) {
        int64_t channel = i % c->groups;
        fill(p, &p->pad, x + i * numbers(c->size), s.pad);
        p->tiles->window(c->out[0], c->out[1], p->pad.step, w + channel * TAPS, p->pad.at, s.pad, p->pad.pitch,
                         bias ? bias[channel] : 0, y + i * numbers(c->out), c->out[1]);
        if (c->relu) p->tiles->relu(1, numbers(c->out), y + i * numbers(c->out), 0);
    }
    scratch_free(&s);
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

/* dx of a picture's channel, from its dy. */
static void input_plane(const plan *p, int64_t channel, const float *dy, float *room, float *dx)
{
    const mlp_conv *c = p->c;
    const float *w = (const float *)p->a->w + channel * TAPS;
    fill(p, &p->back, dy, room);
    if (c->window.stride[0] == 1) {
        float turned[TAPS];
        for (int k = 0; k < TAPS; k++) turned[k] = w[TAPS - 1 - k];
        p->tiles->window(c->size[0], c->size[1], 1, turned, p->back.at, room, p->back.pitch, 0, dx, c->size[1]);
    } else {
        float two[16];
        windows_of_two(&c->window, w, two);
        p->tiles->spread(c->size[0], c->size[1], two, room, p->back.pitch, dx, c->size[1]);
    }
}

static void input_planes(void *context, int64_t begin, int64_t end)
{
    plan *p = context;
    const mlp_conv *c = p->c;
    const float *dy = p->a->dy;
    float *dx = p->a->dx;
    scratch s;
    if (!scratch_new(&s, p)) return;
    for (int64_t i = begin; i < end && !mlp_interrupted(); i++)
        input_plane(p, i % c->groups, dy + i * numbers(c->out), s.back, dx + i * numbers(c->size));
    scratch_free(&s);
}

static padding padding_back(const mlp_conv *c)
{
    int64_t before[2], places[2], step = c->window.stride[0];
    for (int i = 0; i < 2; i++) {
        before[i] = step == 1 ? 2 - c->window.before[i] : 1 - (c->window.before[i] + 1) / 2;
        places[i] = mlp_ceil_div(c->size[i], step);
    }
    return padding_of(c->out, before, 1, places, step == 1 ? 2 : 1);
}

static mlp_status input(const mlp_conv *c, const mlp_conv_arrays *a, mlp_error *err)
{
    plan p = { .c = c, .a = a, .back = padding_back(c) };
    return run(&p, c->n * c->groups, (double)numbers(c->size), input_planes, err);
}

/* ---- dw, and dx with it ---- */

static void gradient_channels(void *context, int64_t begin, int64_t end)
{
    plan *p = context;
    const mlp_conv *c = p->c;
    const float *x = p->a->x, *y = p->a->y;
    float *dx = p->a->dx;
    scratch s;
    if (!scratch_new(&s, p)) return;
    for (int64_t channel = begin; channel < end && !mlp_interrupted(); channel++) {
        double sums[MLP_CONV_WINDOW_SUMS] = { 0 };
        for (int64_t i = 0; i < c->n; i++) {
            int64_t plane = i * c->groups + channel, at = plane * numbers(c->out), ld = p->line ? p->line : c->out[1];
            const float *dy = (const float *)p->a->dy + at, *rows;
            if (y) p->tiles->relu_back(1, numbers(c->out), y + at, dy, 0, s.dy, 0), dy = s.dy;
            rows = p->line ? s.line : dy;
            if (p->line) p->tiles->take(c->out[0], c->out[1], dy, c->out[1], 1, s.line, p->line);
            fill(p, &p->pad, x + plane * numbers(c->size), s.pad);
            p->tiles->window_sums(c->out[0], padded(c->out[1]), p->pad.step, p->pad.at, s.pad, p->pad.pitch, rows, ld,
                                  sums);
            if (dx) input_plane(p, channel, dy, s.back, dx + plane * numbers(c->size));
        }
        for (int k = 0; k < TAPS; k++) ((float *)p->a->dw)[channel * TAPS + k] = (float)sums[k];
        if (p->a->db) ((float *)p->a->db)[channel] = (float)sums[TAPS];
    }
    scratch_free(&s);
}

static mlp_status gradients(const mlp_conv *c, const mlp_conv_arrays *a, mlp_error *err)
{
    plan p = { .c = c, .a = a, .line = c->out[1] % MLP_CONV_LANES ? padded(c->out[1]) : 0 };
    p.pad = padding_of(c->size, c->window.before, c->window.stride[0], c->out, 2);
    if (a->dx) p.back = padding_back(c);
    return run(&p, c->groups, (double)(c->n * numbers(c->out)), gradient_channels, err);
}

/* Threads share channels there: with few of them dx is better made by itself; so is that of small pictures, which would
 * be written here and there. */
static bool at_once(const mlp_conv *c)
{
    return c->groups >= 4 * mlp_threads() && numbers(c->out) >= (c->relu ? SMALL / 2 : SMALL);
}

const mlp_conv_way mlp_conv_depthwise = { forward, input, gradients, gradients, at_once };
