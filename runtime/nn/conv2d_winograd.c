/* conv2d_winograd.c - windows of 3x3 in f32 by minimal filtering (winograd_tile_private.h): a quarter of the
 * multiplications.
 *
 * The result is cut into places of 4x4. For some rows of them (or several small pictures) a thread turns the pixels
 * under them so that channels lie side by side, transforms each place's piece of 6x6, and multiplies: for each of the
 * 36 planes, places x channels by channels x channels. dx is the same with dy and the windows turned round; dw sums,
 * plane by plane, products of the transforms of x and dy, and is transformed back at the end. */
#include "nn/conv2d_private.h"
#include "nn/conv2d_tile_private.h"
#include "nn/winograd_tile_private.h"
#include "tensor/tile.h"

#include <stdatomic.h>
#include <string.h>

enum {
    LANES = MLP_WINOGRAD_LANES,
    OUT = MLP_WINOGRAD_OUT,
    IN = MLP_WINOGRAD_IN,
    PLANES = MLP_WINOGRAD_PLANES,
    TAPS = 9,
    ROOM = 160 << 10,  /* numbers of transforms that stay in a core's cache */
    LEAST_UNITS = 4,   /* to share among threads */
    FEW_CHANNELS = 16, /* with fewer, transforms cost more than they save */
};

/* A correlation of pictures `from` (x, or dy) that gives pictures `to` (y, or dx). Pairs are rows and columns. */
typedef struct plan {
    int64_t n, groups, c_from, c_to;
    int64_t from[2], to[2], before[2];
    int64_t lanes_from, lanes_to;        /* channels, in whole vectors */
    int64_t across, down;                /* places of 4x4 in a picture */
    int64_t strip, strips, batch, units; /* rows of places in a unit, units of a picture, pictures in a unit */
    int64_t places, pitch;               /* in a unit; pixels in a row of the turned picture */
    int64_t plane_from, plane_to;        /* numbers of a plane of a unit's transforms */
    const float *source, *weight, *bias, *dy;
    float *result, *transformed; /* weights: groups x planes x lanes_from x lanes_to */
    int64_t w_to, w_from;        /* steps through the weight from one channel to the next */
    bool relu;                   /* of the result */
    bool turned;                 /* its windows are turned round */
    mlp_conv_sums sums;
    const mlp_winograd_tiles *tiles;
    const mlp_tiles *products;
    atomic_bool no_memory; /* a thread found none for its scratch */
} plan;

static int64_t in_lanes(int64_t channels)
{
    return mlp_ceil_div(channels, LANES) * LANES;
}

/* Where at least half of the multiplications are saved. */
bool mlp_conv_winograd_fits(const mlp_conv *c)
{
    const mlp_window *w = &c->window;
    for (int i = 0; i < 2; i++)
        if (w->size[i] != 3 || w->stride[i] != 1 || w->dilation[i] != 1) return false;
    return c->c_in >= FEW_CHANNELS && c->c_out >= FEW_CHANNELS &&
           2 * PLANES * mlp_ceil_div(c->out[0], OUT) * mlp_ceil_div(c->out[1], OUT) <= TAPS * c->out[0] * c->out[1];
}

/* ---- the plan ---- */

/* How the work is cut: from the sizes alone. */
static void cut(plan *p)
{
    p->lanes_from = in_lanes(p->c_from), p->lanes_to = in_lanes(p->c_to);
    p->across = mlp_ceil_div(p->to[1], OUT), p->down = mlp_ceil_div(p->to[0], OUT);
    /* the weights pass by for each unit: they must not be many more than the transforms */
    int64_t places = ROOM / (PLANES * (p->lanes_from + p->lanes_to));
    places = mlp_most(places, p->lanes_from * p->lanes_to / (p->lanes_from + p->lanes_to) / 2);
    places = mlp_most(mlp_least(places, mlp_ceil_div(p->n * p->across * p->down, LEAST_UNITS)), 1);
    p->strip = mlp_least(mlp_most(places / p->across, 1), p->down);
    p->strips = mlp_ceil_div(p->down, p->strip);
    p->strip = mlp_ceil_div(p->down, p->strips);
    p->batch = p->strips == 1 ? mlp_most(places / (p->across * p->down), 1) : 1;
    p->units = mlp_ceil_div(p->n, p->batch) * p->strips;
    p->places = p->batch * p->strip * p->across;
    p->pitch = p->across * OUT + IN - OUT;
    p->plane_from = p->places * p->lanes_from + LANES; /* not a multiple of 4 KB: a place in the cache for each plane */
    p->plane_to = p->places * p->lanes_to + LANES;
    p->tiles = mlp_winograd_tiles_best();
    p->products = mlp_tiles_best();
}

static void forward_plan(plan *p, const mlp_conv *c, const mlp_conv_arrays *a)
{
    *p = (plan){ .n = c->n, .groups = c->groups, .c_from = c->c_in, .c_to = c->c_out, .source = a->x, .weight = a->w };
    p->bias = a->bias, p->dy = a->dy, p->result = a->y, p->w_to = c->k, p->w_from = c->taps, p->relu = c->relu;
    for (int i = 0; i < 2; i++) p->from[i] = c->size[i], p->to[i] = c->out[i], p->before[i] = c->window.before[i];
    cut(p);
}

static void input_plan(plan *p, const mlp_conv *c, const mlp_conv_arrays *a)
{
    *p = (plan){ .n = c->n, .groups = c->groups, .c_from = c->c_out, .c_to = c->c_in, .source = a->dy, .weight = a->w };
    p->result = a->dx, p->w_to = c->taps, p->w_from = c->k, p->turned = true;
    for (int i = 0; i < 2; i++) p->from[i] = c->out[i], p->to[i] = c->size[i], p->before[i] = 2 - c->window.before[i];
    cut(p);
}

/* ---- weights ---- */

static size_t transformed_bytes(const plan *p)
{
    return (size_t)(p->groups * PLANES * p->lanes_from * p->lanes_to) * sizeof(float);
}

/* Rows of channels `from`, of all groups: their weights, transformed. */
static void transform_weights(void *context, int64_t begin, int64_t end)
{
    const plan *p = context;
    for (int64_t row = begin; row < end; row++) {
        int64_t group = row / p->lanes_from, c = row % p->lanes_from;
        const float *w = p->weight + group * p->c_from * p->c_to * TAPS + c * p->w_from;
        for (int64_t o = 0; o < p->lanes_to; o += LANES) {
            float windows[TAPS * LANES] = { 0 };
            for (int64_t k = 0; c < p->c_from && k < mlp_least(LANES, p->c_to - o); k++)
                for (int64_t i = 0; i < TAPS; i++)
                    windows[i * LANES + k] = w[(o + k) * p->w_to + (p->turned ? TAPS - 1 - i : i)];
            p->tiles->window(windows,
                             p->transformed + group * PLANES * p->lanes_from * p->lanes_to + c * p->lanes_to + o,
                             p->lanes_from * p->lanes_to);
        }
    }
}

/* ---- scratch ---- */

/* A thread's arrays. */
typedef struct scratch {
    float *pixels;    /* of 16 channels of a unit's rows of a picture */
    float *from, *to; /* transforms */
    float *sums;      /* planes of lanes_to x lanes_from, for dw */
    size_t bytes;
} scratch;

static int64_t pixel_count(const plan *p)
{
    return (p->strip * OUT + IN - OUT) * p->pitch + LANES;
}

static int64_t sums_count(const plan *p)
{
    return PLANES * p->lanes_from * p->lanes_to;
}

static bool scratch_new(scratch *s, plan *p, bool sums)
{
    int64_t count[4] = { pixel_count(p) * LANES, PLANES * p->plane_from, PLANES * p->plane_to,
                         sums ? sums_count(p) : 0 };
    s->bytes = (size_t)(count[0] + count[1] + count[2] + count[3]) * sizeof(float);
    if (mlp_block_new((void **)&s->pixels, s->bytes, NULL)) {
        atomic_store(&p->no_memory, true);
        return false;
    }
    s->from = s->pixels + count[0], s->to = s->from + count[1], s->sums = s->to + count[2];
    return true;
}

static void scratch_free(scratch *s)
{
    mlp_block_free(s->pixels, s->bytes);
}

/* Where a unit is. */
typedef struct unit {
    int64_t first, pictures; /* of the batch */
    int64_t row, count;      /* of places */
} unit;

static unit unit_of(const plan *p, int64_t i)
{
    unit u = { .first = i / p->strips * p->batch, .row = i % p->strips * p->strip };
    u.pictures = mlp_least(p->batch, p->n - u.first), u.count = mlp_least(p->strip, p->down - u.row);
    return u;
}

static int64_t places_of(const plan *p, const unit *u)
{
    return u->pictures * u->count * p->across;
}

/* ---- pictures ---- */

/* A piece of a picture's rows, and where it lies among rows of pixels of 16 channels. */
typedef struct region {
    const float *plane;        /* of the first channel */
    int64_t channels, size[2]; /* LANES of them, or fewer; of the picture */
    int64_t top, left;         /* the picture's row and column at the first pixel; may lie outside */
    int64_t rows, pitch;
} region;

/* n pixels of a row. The plane of a channel ends `end` pixels on: no more can be read. */
static void turn_row(const plan *p, const region *r, const float *from, int64_t n, int64_t end, float *to)
{
    int64_t size = r->size[0] * r->size[1], x = 0;
    for (; r->channels == LANES && x < n && x + LANES <= end; x += LANES)
        p->tiles->gather(from + x, size, to + x * LANES); /* may write beyond the row: what follows is written later */
    for (; x < n; x++)
        for (int64_t c = 0; c < LANES; c++) to[x * LANES + c] = c < r->channels ? from[c * size + x] : 0;
}

/* Turns the region's pixels; zeros outside of the picture. */
static void turn_region(const plan *p, const region *r, float *to)
{
    int64_t left = mlp_most(-r->left, 0), right = mlp_least(r->pitch, r->size[1] - r->left);
    for (int64_t i = 0; i < r->rows; i++, to += r->pitch * LANES) {
        int64_t y = r->top + i, done = 0;
        if (y >= 0 && y < r->size[0] && left < right) {
            int64_t at = y * r->size[1] + r->left + left;
            memset(to, 0, (size_t)(left * LANES) * sizeof *to);
            turn_row(p, r, r->plane + at, right - left, r->size[0] * r->size[1] - at, to + left * LANES);
            done = right;
        }
        memset(to + done * LANES, 0, (size_t)((r->pitch - done) * LANES) * sizeof *to);
    }
}

/* The unit's pieces of x (or of dy, for a correlation), transformed. */
static void transform_pieces(const plan *p, const unit *u, int64_t group, const scratch *s)
{
    int64_t size = p->from[0] * p->from[1];
    region r = { .size = { p->from[0], p->from[1] }, .left = -p->before[1], .pitch = p->pitch };
    r.top = u->row * OUT - p->before[0], r.rows = u->count * OUT + IN - OUT;
    for (int64_t c = 0; c < p->lanes_from; c += LANES)
        for (int64_t i = 0; i < u->pictures; i++) {
            float *to = s->from + i * u->count * p->across * p->lanes_from + c;
            r.channels = mlp_least(LANES, p->c_from - c);
            r.plane = p->source + (((u->first + i) * p->groups + group) * p->c_from + c) * size;
            turn_region(p, &r, s->pixels);
            for (int64_t k = 0; k < u->count * p->across; k++) {
                int64_t at = k / p->across * OUT * p->pitch + k % p->across * OUT;
                p->tiles->forward(s->pixels + at * LANES, p->pitch, to + k * p->lanes_from, p->plane_from);
            }
        }
}

/* Rows of 16 channels' results to where they belong. */
static void put_rows(const plan *p, int64_t channels, int64_t rows, const float *pixels, float *to)
{
    int64_t size = p->to[0] * p->to[1], n = p->to[1];
    for (int64_t y = 0; y < rows; y++, pixels += p->across * OUT * LANES, to += n) {
        int64_t x = 0;
        for (; channels == LANES && x + LANES <= n; x += LANES) p->tiles->scatter(pixels + x * LANES, to + x, size);
        for (int64_t c = 0; c < channels; c++)
            for (int64_t i = x; i < n; i++) to[c * size + i] = pixels[i * LANES + c];
    }
}

/* The unit's products, transformed back into the result. */
static void transform_back(const plan *p, const unit *u, int64_t group, const scratch *s)
{
    int64_t size = p->to[0] * p->to[1], top = u->row * OUT, pitch = p->across * OUT;
    for (int64_t o = 0; o < p->lanes_to; o += LANES)
        for (int64_t i = 0; i < u->pictures; i++) {
            int64_t channel = group * p->c_to + o, channels = mlp_least(LANES, p->c_to - o);
            const float *from = s->to + i * u->count * p->across * p->lanes_to + o;
            float bias[LANES] = { 0 };
            if (p->bias) memcpy(bias, p->bias + channel, (size_t)channels * sizeof *bias);
            for (int64_t k = 0; k < u->count * p->across; k++) {
                int64_t at = k / p->across * OUT * pitch + k % p->across * OUT;
                p->tiles->back(from + k * p->lanes_to, p->plane_to, bias, s->pixels + at * LANES, pitch);
            }
            if (p->relu) mlp_conv_tiles_best()->relu(1, u->count * OUT * pitch * LANES, s->pixels, 0);
            float *to = p->result + ((u->first + i) * p->groups * p->c_to + channel) * size + top * p->to[1];
            put_rows(p, channels, mlp_least(u->count * OUT, p->to[0] - top), s->pixels, to);
        }
}

/* ---- correlation ---- */

static void multiply(const plan *p, int64_t places, const float *weights, const scratch *s)
{
    for (int64_t i = 0; i < PLANES; i++, weights += p->lanes_from * p->lanes_to)
        for (int64_t t = 0; t < places; t += MLP_DOT_ROWS)
            p->products->dot(mlp_least(MLP_DOT_ROWS, places - t), p->lanes_to, p->lanes_from,
                             s->from + i * p->plane_from + t * p->lanes_from, p->lanes_from, weights,
                             s->to + i * p->plane_to + t * p->lanes_to);
}

static void correlate(void *context, int64_t begin, int64_t end)
{
    plan *p = context;
    scratch s;
    if (!scratch_new(&s, p, false)) return;
    for (int64_t i = begin; i < end && !mlp_interrupted(); i++) {
        unit u = unit_of(p, i);
        for (int64_t group = 0; group < p->groups; group++) {
            transform_pieces(p, &u, group, &s);
            multiply(p, places_of(p, &u), p->transformed + group * PLANES * p->lanes_from * p->lanes_to, &s);
            transform_back(p, &u, group, &s);
        }
    }
    scratch_free(&s);
}

static double unit_work(const plan *p)
{
    return (double)p->groups * PLANES * (double)p->lanes_from * (double)p->lanes_to * (double)p->places;
}

static mlp_status run(plan *p, int64_t n, double work, mlp_range_fn fn, mlp_error *err)
{
    mlp_status st = mlp_conv_run(n, work, fn, p, err);
    if (!st && atomic_load(&p->no_memory))
        st = mlp_fail(err, MLP_ENOMEM, "conv2d: out of memory: cannot allocate %.1f MB for transforms",
                      (double)(PLANES * (p->plane_from + p->plane_to)) * sizeof(float) / 1e6);
    return st;
}

static mlp_status correlation(plan *p, mlp_error *err)
{
    mlp_status st = mlp_block_new((void **)&p->transformed, transformed_bytes(p), err);
    if (st) return st;
    st = mlp_conv_run(p->groups * p->lanes_from, (double)p->lanes_to * PLANES, transform_weights, p, err);
    if (!st) st = run(p, p->units, unit_work(p), correlate, err);
    mlp_block_free(p->transformed, transformed_bytes(p));
    return st;
}

static mlp_status forward(const mlp_conv *c, const mlp_conv_arrays *a, mlp_error *err)
{
    plan p;
    forward_plan(&p, c, a);
    return correlation(&p, err);
}

static mlp_status input(const mlp_conv *c, const mlp_conv_arrays *a, mlp_error *err)
{
    plan p;
    input_plan(&p, c, a);
    return correlation(&p, err);
}

/* ---- the gradient of the weight ---- */

/* The unit's places of dy, transformed; db is added to. */
static void transform_dy(const plan *p, const unit *u, int64_t group, const scratch *s, double *db)
{
    int64_t size = p->to[0] * p->to[1], pitch = p->across * OUT;
    region r = { .size = { p->to[0], p->to[1] }, .top = u->row * OUT, .rows = u->count * OUT, .pitch = pitch };
    for (int64_t o = 0; o < p->lanes_to; o += LANES)
        for (int64_t i = 0; i < u->pictures; i++) {
            float *to = s->to + i * u->count * p->across * p->lanes_to + o;
            r.channels = mlp_least(LANES, p->c_to - o);
            r.plane = p->dy + (((u->first + i) * p->groups + group) * p->c_to + o) * size;
            turn_region(p, &r, s->pixels);
            for (int64_t k = 0; k < u->count * p->across; k++) {
                int64_t at = k / p->across * OUT * pitch + k % p->across * OUT;
                p->tiles->spread(s->pixels + at * LANES, pitch, to + k * p->lanes_to, p->plane_to);
            }
            int64_t rows = mlp_least(r.rows, p->to[0] - r.top);
            for (int64_t c = 0; db && c < r.channels; c++)
                db[group * p->c_to + o + c] +=
                    (double)mlp_conv_sum(r.plane + c * size + r.top * p->to[1], rows * p->to[1]);
        }
}

/* dw = G' sums G, for a group. */
static void transform_sums(const plan *p, const float *sums, float *dw)
{
    float windows[TAPS * LANES];
    for (int64_t o = 0; o < p->c_to; o++)
        for (int64_t c = 0; c < p->c_from; c += LANES) {
            p->tiles->window_back(sums + o * p->lanes_from + c, p->lanes_from * p->lanes_to, windows);
            for (int64_t k = 0; k < mlp_least(LANES, p->c_from - c); k++)
                for (int64_t i = 0; i < TAPS; i++) dw[(o * p->c_from + c + k) * TAPS + i] = windows[i * LANES + k];
        }
}

/* A part of a group's dw, and of db: a range of units, added in their order. */
static void weight_part(const plan *p, int64_t part, int64_t group, const scratch *s, float *dw, double *db)
{
    int64_t first = mlp_conv_part_begin(p->units, p->sums.parts, part);
    int64_t stop = mlp_conv_part_begin(p->units, p->sums.parts, part + 1);
    if (first == stop) return; /* no pictures at all: dw is zero already */
    for (int64_t i = first; i < stop && !mlp_interrupted(); i++) {
        unit u = unit_of(p, i);
        transform_pieces(p, &u, group, s);
        transform_dy(p, &u, group, s, db);
        for (int64_t k = 0; k < PLANES; k++)
            p->tiles->products(i > first, places_of(p, &u), p->lanes_to, p->lanes_from, s->to + k * p->plane_to,
                               s->from + k * p->plane_from, s->sums + k * p->lanes_from * p->lanes_to);
    }
    if (mlp_interrupted()) return;
    transform_sums(p, s->sums, dw + group * p->c_from * p->c_to * TAPS);
}

static void weight_parts(void *context, int64_t begin, int64_t end)
{
    plan *p = context;
    scratch s;
    if (!scratch_new(&s, p, true)) return;
    for (int64_t part = begin; part < end; part++) {
        float *dw = mlp_conv_sums_part(&p->sums, part);
        double *db = mlp_conv_sums_bias(&p->sums, part);
        for (int64_t group = 0; group < p->groups; group++) weight_part(p, part, group, &s, dw, db);
    }
    scratch_free(&s);
}

static mlp_status weight(const mlp_conv *c, const mlp_conv_arrays *a, mlp_error *err)
{
    plan p;
    forward_plan(&p, c, a);
    mlp_status st = mlp_conv_sums_new(&p.sums, c, MLP_F32, p.units, a->db != NULL, err);
    if (st) return st;
    st = run(&p, p.sums.parts, unit_work(&p) * (double)p.units / (double)p.sums.parts, weight_parts, err);
    if (!st) st = mlp_conv_sums_add(&p.sums, a->dw, a->db, err);
    mlp_conv_sums_free(&p.sums);
    return st;
}

const mlp_conv_way mlp_conv_winograd = { forward, input, weight, NULL, NULL };
