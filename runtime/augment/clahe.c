/* clahe.c - CLAHE: histogram equalization in tiles, with a limit to how much contrast it may make.
 *
 * A picture that the tiles do not divide is extended by reflection to the right and below, on both axes as soon as one
 * needs it: that is OpenCV's, and the pixels depend on it. */
#include "augment/lab_private.h"
#include "augment/transform_private.h"

#include <math.h>
#include <stdlib.h>

enum { CLIP_LIMIT, TILE_GRID_SIZE };
enum { MOST_TILES = 64 };

static const mlp_param params[] = {
    { .name = "clip_limit",
      .doc = "range of the limit: how many times the mean a level's count may be",
      .kind = MLP_PARAM_RANGE,
      .scalar = MLP_FROM_ONE,
      .low = 1,
      .high = 1000,
      .fallback = MLP_VALUE(1, 4) },
    { .name = "tile_grid_size",
      .doc = "tiles along x and y",
      .kind = MLP_PARAM_INT_PAIR,
      .low = 1,
      .high = MOST_TILES,
      .fallback = MLP_VALUE(8, 8) },
};

typedef struct plane {
    uint8_t *levels; /* every step-th byte */
    size_t step;
    int width, height;
    int tiles_x, tiles_y, tile_width, tile_height;
    uint8_t (*tables)[256]; /* one for each tile, row by row */
} plane;

static uint8_t *level_at(const plane *p, int x, int y)
{
    return p->levels + ((size_t)y * (size_t)p->width + (size_t)x) * p->step;
}

static void divide(plane *p)
{
    int over_x = p->width % p->tiles_x, over_y = p->height % p->tiles_y;
    bool extended = over_x || over_y;
    p->tile_width = (p->width + (extended ? p->tiles_x - over_x : 0)) / p->tiles_x;
    p->tile_height = (p->height + (extended ? p->tiles_y - over_y : 0)) / p->tiles_y;
}

/* What is above the limit is spread over all levels; what that leaves, over levels at equal distances. */
static void clip(int counts[256], int limit)
{
    int above = 0;
    for (int i = 0; i < 256; i++) {
        if (counts[i] <= limit) continue;
        above += counts[i] - limit;
        counts[i] = limit;
    }
    int left = above % 256, stride = left ? 256 / left : 0;
    for (int i = 0; i < 256; i++) counts[i] += above / 256;
    for (int i = 0; left > 0; i += stride, left--) counts[i]++;
}

static void equalize_tile(plane *p, int tx, int ty, double clip_limit)
{
    int counts[256] = { 0 }, area = p->tile_width * p->tile_height, sum = 0;
    for (int y = ty * p->tile_height; y < (ty + 1) * p->tile_height; y++) {
        int iy = mlp_border_index(y, p->height, MLP_BORDER_REFLECT_101);
        for (int x = tx * p->tile_width; x < (tx + 1) * p->tile_width; x++)
            counts[*level_at(p, mlp_border_index(x, p->width, MLP_BORDER_REFLECT_101), iy)]++;
    }
    int limit = (int)(clip_limit * area / 256);
    clip(counts, limit < 1 ? 1 : limit);
    float scale = 255.0f / (float)area;
    for (int i = 0; i < 256; i++) {
        sum += counts[i];
        p->tables[ty * p->tiles_x + tx][i] = (uint8_t)fminf(255, rintf((float)sum * scale));
    }
}

/* The two tiles whose middles x lies between, and how far it is from the first. */
static float between(int x, int tile, int tiles, int near[2])
{
    float place = (float)x * (1.0f / (float)tile) - 0.5f, first = floorf(place);
    near[0] = first < 0 ? 0 : (int)first;
    near[1] = (int)first + 1 < tiles ? (int)first + 1 : tiles - 1;
    return place - first;
}

static void blend_row(plane *p, int y)
{
    int tx[2], ty[2];
    float fy = between(y, p->tile_height, p->tiles_y, ty);
    for (int x = 0; x < p->width; x++) {
        float fx = between(x, p->tile_width, p->tiles_x, tx), rows[2];
        uint8_t *level = level_at(p, x, y);
        for (int i = 0; i < 2; i++) {
            uint8_t(*tables)[256] = p->tables + (size_t)ty[i] * (size_t)p->tiles_x;
            rows[i] = (float)tables[tx[0]][*level] * (1 - fx) + (float)tables[tx[1]][*level] * fx;
        }
        *level = (uint8_t)lrintf(rows[0] * (1 - fy) + rows[1] * fy);
    }
}

static mlp_status equalize(mlp_image *image, const double grid[2], double clip_limit, mlp_error *err)
{
    plane p = { image->pixels, (size_t)image->channels, image->width, image->height, (int)grid[0], (int)grid[1], 0, 0,
                NULL };
    mlp_status st = mlp_alloc((void **)&p.tables, (size_t)(p.tiles_x * p.tiles_y), sizeof *p.tables, err);
    if (st) return st;
    divide(&p);
    for (int ty = 0; ty < p.tiles_y; ty++)
        for (int tx = 0; tx < p.tiles_x; tx++) equalize_tile(&p, tx, ty, clip_limit);
    for (int y = 0; y < p.height; y++) blend_row(&p, y);
    free(p.tables);
    return MLP_OK;
}

/* Of a colour picture the lightness alone. */
static mlp_status apply(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    mlp_image *image = mlp_sample_writable(sample, err);
    if (!image) return MLP_ENOMEM;
    double clip_limit = mlp_draw_range(t, CLIP_LIMIT, rng);
    const double *grid = t->values[TILE_GRID_SIZE].number;
    if (image->channels == 1) return equalize(image, grid, clip_limit, err);
    mlp_lab_tables lab;
    mlp_lab_tables_fill(&lab);
    uint8_t *end = image->pixels + mlp_image_bytes(image);
    for (uint8_t *pixel = image->pixels; pixel < end; pixel += 3) mlp_to_lab(&lab, pixel);
    mlp_status st = equalize(image, grid, clip_limit, err);
    for (uint8_t *pixel = image->pixels; pixel < end; pixel += 3) mlp_from_lab(&lab, pixel);
    return st;
}

const mlp_transform_type mlp_clahe_type = {
    .about = { .name = "CLAHE", .doc = "Equalizes contrast in tiles, within a limit.", MLP_PARAMS(params) },
    .p = 0.5,
    .apply = apply,
};
