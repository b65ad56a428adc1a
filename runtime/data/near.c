/* near.c - near duplicates: the same picture saved again, resized or a little changed.
 *
 * A difference hash (is a pixel brighter than its left neighbour, in 9 x 8 averages) finds candidates quickly: those
 * whose hashes differ in few bits. Many different pictures share an outline, so small versions of the candidates must
 * agree too, measured against their own contrast: two white pages differ little, but so do their pictures vary little.
 */
#include "data/near_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDE = 9, HIGH = 8, MOST_BITS = 6, ROWS = 64, MOST_PAIRS = 4096 };
static const float FLAT = 16;              /* pictures with less contrast (variance) have no outline */
static const double MOST_DIFFERENT = 0.08; /* photos saved again at quality 40 or at half the size stay below */
static const double ASPECT = 1.1;          /* shapes may differ by this factor */

mlp_status mlp_near_outline(mlp_facts *f, const mlp_image *image, mlp_error *err)
{
    mlp_image *small = NULL, *cells = NULL, *grey = NULL;
    mlp_status st = mlp_image_resize(&small, image, MLP_THUMB, MLP_THUMB, MLP_AREA, err);
    if (!st) st = mlp_image_resize(&cells, image, WIDE, HIGH, MLP_AREA, err);
    if (!st) st = mlp_image_convert(&grey, cells, 1, err);
    if (!st) {
        uint64_t bits = 0, sum = 0, square = 0;
        for (int y = 0; y < HIGH; y++)
            for (int x = 1; x < WIDE; x++)
                bits = bits << 1 | (grey->pixels[y * WIDE + x] > grey->pixels[y * WIDE + x - 1]);
        size_t n = mlp_image_bytes(small);
        memcpy(f->thumb, small->pixels, n);
        for (size_t i = 0; i < n; i++) {
            sum += small->pixels[i];
            square += (uint64_t)small->pixels[i] * small->pixels[i];
        }
        double mean = (double)sum / (double)n;
        f->outline = bits;
        f->contrast = (float)((double)square / (double)n - mean * mean);
    }
    mlp_image_release(small);
    mlp_image_release(cells);
    mlp_image_release(grey);
    return st;
}

typedef struct found {
    mlp_near *pair;
    int count, room;
    bool cut, no_memory;
} found;

typedef struct job {
    const mlp_inspection *x;
    const uint64_t *outline; /* of the pictures that are compared */
    const int64_t *number;   /* and their numbers */
    int64_t n;
    found *blocks;
} job;

static double difference(const mlp_facts *a, const mlp_facts *b, int channels)
{
    uint64_t sum = 0;
    int n = channels * MLP_THUMB * MLP_THUMB;
    for (int i = 0; i < n; i++) {
        int d = a->thumb[i] - b->thumb[i];
        sum += (uint64_t)(d * d);
    }
    double contrast = sqrt(fmin((double)a->contrast, (double)b->contrast));
    return sqrt((double)sum / n) / contrast;
}

static void consider(found *to, const mlp_inspection *x, int64_t a, int64_t b)
{
    const mlp_facts *f = &x->facts[a], *g = &x->facts[b];
    double shape = (double)f->width * g->height / ((double)f->height * g->width);
    if (shape > ASPECT || shape < 1 / ASPECT) return;
    double d = difference(f, g, x->channels);
    if (d > MOST_DIFFERENT) return;
    if (to->count == MOST_PAIRS) {
        to->cut = true;
        return;
    }
    if (to->count == to->room) {
        int room = to->room ? 2 * to->room : 16;
        mlp_near *more = realloc(to->pair, (size_t)room * sizeof *more);
        if (!more) {
            to->no_memory = true;
            return;
        }
        to->pair = more, to->room = room;
    }
    to->pair[to->count++] = (mlp_near){ a, b, d };
}

static void compare_some(void *context, int64_t begin, int64_t end)
{
    const job *j = context;
    found *to = &j->blocks[begin / ROWS];
    for (int64_t i = begin; i < end && !mlp_interrupted(); i++)
        for (int64_t k = i + 1; k < j->n; k++)
            if (__builtin_popcountll(j->outline[i] ^ j->outline[k]) <= MOST_BITS)
                consider(to, j->x, j->number[i], j->number[k]);
}

/* Moves what the blocks have found into one list. */
static mlp_status gather(mlp_inspection *x, const found *blocks, int64_t count, mlp_error *err)
{
    void *p = NULL;
    for (int64_t b = 0; b < count; b++) {
        x->near_count += blocks[b].count;
        x->near_cut = x->near_cut || blocks[b].cut;
        if (blocks[b].no_memory)
            return mlp_fail(err, MLP_ENOMEM, "out of memory: cannot list pictures that look the same");
    }
    mlp_status st = mlp_alloc(&p, (size_t)x->near_count, sizeof(mlp_near), err);
    if (st) return st;
    x->near = p;
    for (int64_t b = 0, at = 0; b < count; at += blocks[b++].count)
        if (blocks[b].count) memcpy(x->near + at, blocks[b].pair, (size_t)blocks[b].count * sizeof(mlp_near));
    return MLP_OK;
}

mlp_status mlp_near_find(mlp_inspection *x, mlp_error *err)
{
    void *outline = NULL, *number = NULL, *blocks = NULL;
    int64_t count = (x->count + ROWS - 1) / ROWS, n = 0;
    mlp_status st = mlp_alloc(&outline, (size_t)x->count, sizeof(uint64_t), err);
    if (!st) st = mlp_alloc(&number, (size_t)x->count, sizeof(int64_t), err);
    if (!st) st = mlp_alloc(&blocks, (size_t)count, sizeof(found), err);
    for (int64_t i = 0; !st && i < x->count; i++) {
        const mlp_facts *f = &x->facts[i];
        if (f->reason || f->contrast < FLAT || x->first[i] != i) continue;
        ((uint64_t *)outline)[n] = f->outline;
        ((int64_t *)number)[n++] = i;
    }
    job j = { x, outline, number, n, blocks };
    if (!st) st = mlp_parallel_for(n, ROWS, compare_some, &j, err);
    if (!st) st = gather(x, blocks, count, err);
    for (int64_t b = 0; blocks && b < count; b++) free(((found *)blocks)[b].pair);
    free(outline);
    free(number);
    free(blocks);
    return st;
}
