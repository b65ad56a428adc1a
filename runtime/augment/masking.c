/* masking.c - XYMasking and GridDropout: strips, and a grid of rectangles, of one colour. */
#include "augment/transform_private.h"

#include <math.h>
#include <stdlib.h>

/* ---- XYMasking ---- */

enum { MASKS_X, MASKS_Y, LENGTH_X, LENGTH_Y, STRIP_FILL };

#define FROM_ZERO(NAME, DOC, HIGH)                                                                                     \
    {                                                                                                                  \
        .name = (NAME), .doc = (DOC), .kind = MLP_PARAM_INT_RANGE, .scalar = MLP_FROM_ZERO, .low = 0, .high = (HIGH),  \
        .fallback = MLP_VALUE(0, 0)                                                                                    \
    }

static const mlp_param xy_params[] = {
    FROM_ZERO("num_masks_x", "range of the number of upright strips", 1000),
    FROM_ZERO("num_masks_y", "range of the number of level strips", 1000),
    FROM_ZERO("mask_x_length", "range of the upright strips' width in pixels", MLP_IMAGE_MAX_SIDE),
    FROM_ZERO("mask_y_length", "range of the level strips' height in pixels", MLP_IMAGE_MAX_SIDE),
    { .name = "fill", .doc = "colour of the strips", .kind = MLP_PARAM_COLOUR, .high = 255, .fallback = MLP_VALUE(0) },
};

/* Strips across one axis: 0 is x. */
static mlp_status cover_strips(const mlp_transform *t, int axis, mlp_image *image, const uint8_t fill[3], mlp_rng *rng,
                               mlp_error *err)
{
    const double *lengths = t->values[LENGTH_X + axis].number;
    int size = axis == 0 ? image->width : image->height, strips = mlp_draw_int(t, MASKS_X + axis, rng);
    if (strips > 0 && lengths[1] > size)
        return mlp_fail(err, MLP_ESHAPE, "%s: %s is {%g, %g}, but the picture has %d pixels there", t->type->about.name,
                        xy_params[LENGTH_X + axis].name, lengths[0], lengths[1], size);
    for (int i = 0; i < strips; i++) {
        int length = mlp_draw_int(t, LENGTH_X + axis, rng), first = (int)mlp_rng_int(rng, 0, size - length);
        if (axis == 0) mlp_image_cover(image, first, 0, length, image->height, fill);
        else mlp_image_cover(image, 0, first, image->width, length, fill);
    }
    return MLP_OK;
}

static mlp_status apply_xy(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    mlp_image *image = mlp_sample_writable(sample, err);
    if (!image) return MLP_ENOMEM;
    uint8_t fill[3];
    mlp_colour(t, STRIP_FILL, fill);
    mlp_status st = cover_strips(t, 0, image, fill, rng, err);
    return st ? st : cover_strips(t, 1, image, fill, rng, err);
}

/* ---- GridDropout ---- */

enum { RATIO, RANDOM_OFFSET, UNIT_SIZE, HOLES_XY, SHIFT_XY, HOLE_FILL };

static const mlp_param grid_params[] = {
    { .name = "ratio",
      .doc = "a hole's sides as a share of its cell's",
      .kind = MLP_PARAM_FLOAT,
      .low = 0,
      .low_open = true,
      .high = 1,
      .fallback = MLP_VALUE(0.5) },
    { .name = "random_offset",
      .doc = "holes lie anywhere in their cells",
      .kind = MLP_PARAM_BOOL,
      .fallback = MLP_VALUE(1) },
    { .name = "unit_size_range",
      .doc = "range of the cells' side in pixels; without it a tenth of the picture's",
      .kind = MLP_PARAM_INT_RANGE,
      .low = 1,
      .high = MLP_IMAGE_MAX_SIDE },
    { .name = "holes_number_xy",
      .doc = "instead: holes along x and y",
      .kind = MLP_PARAM_INT_PAIR,
      .low = 1,
      .high = 1000 },
    { .name = "shift_xy",
      .doc = "where holes lie in their cells, in pixels, unless random_offset",
      .kind = MLP_PARAM_INT_PAIR,
      .low = 0,
      .high = MLP_IMAGE_MAX_SIDE,
      .fallback = MLP_VALUE(0, 0) },
    { .name = "fill", .doc = "colour of the holes", .kind = MLP_PARAM_COLOUR, .high = 255, .fallback = MLP_VALUE(0) },
};

static mlp_status check_grid(const char *who, const mlp_value *values, mlp_error *err)
{
    if (values[UNIT_SIZE].count && values[HOLES_XY].count)
        return mlp_fail(err, MLP_EINVAL, "%s: unit_size_range and holes_number_xy were both given; give one", who);
    return MLP_OK;
}

/* How many cells there are along both axes: at least one, at most one for each pixel. */
static void draw_cells(const mlp_transform *t, const int size[2], int cells[2], mlp_rng *rng)
{
    const mlp_value *holes = mlp_given(t, HOLES_XY);
    int unit = mlp_given(t, UNIT_SIZE) ? mlp_draw_int(t, UNIT_SIZE, rng) : 0;
    for (int k = 0; k < 2; k++) {
        int side = unit ? unit : size[k] / 10 < 2 ? 2 : size[k] / 10;
        int wanted = holes ? (int)holes->number[k] : size[k] / side;
        cells[k] = wanted < 1 ? 1 : wanted > size[k] ? size[k] : wanted;
    }
}

/* Where cells begin, and where the last one ends: almost equal ones, the larger of them anywhere. */
static mlp_status draw_edges(int *edges, int size, int cells, mlp_rng *rng, mlp_error *err)
{
    int64_t *order = NULL;
    mlp_status st = mlp_alloc((void **)&order, (size_t)cells, sizeof *order, err);
    if (st) return st;
    mlp_rng_permutation(rng, cells, order);
    edges[0] = 0;
    for (int i = 0; i < cells; i++) edges[i + 1] = edges[i] + size / cells + (order[i] < size % cells);
    free(order);
    return MLP_OK;
}

/* A hole along one axis of its cell, which begins at `first`. */
static int draw_hole(const mlp_transform *t, int axis, int first, int cell, int *length, mlp_rng *rng)
{
    *length = (int)fmin(fmax(cell * mlp_number(t, RATIO), 1), cell - 1);
    const int room = cell - *length, shift = (int)t->values[SHIFT_XY].number[axis];
    if (mlp_number(t, RANDOM_OFFSET) != 0) return first + (int)mlp_rng_int(rng, 0, room);
    return first + shift;
}

static void cover_cells(const mlp_transform *t, mlp_image *image, int *const edges[2], const int cells[2], mlp_rng *rng)
{
    uint8_t fill[3];
    mlp_colour(t, HOLE_FILL, fill);
    for (int row = 0; row < cells[1]; row++)
        for (int column = 0; column < cells[0]; column++) {
            const int *x = edges[0] + column, *y = edges[1] + row;
            int w, h, left = draw_hole(t, 0, x[0], x[1] - x[0], &w, rng),
                      top = draw_hole(t, 1, y[0], y[1] - y[0], &h, rng);
            if (left > image->width - w) left = image->width - w;
            if (top > image->height - h) top = image->height - h;
            mlp_image_cover(image, left, top, w, h, fill);
        }
}

static mlp_status apply_grid(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    mlp_image *image = mlp_sample_writable(sample, err);
    if (!image) return MLP_ENOMEM;
    const int size[2] = { image->width, image->height };
    int cells[2], *edges[2] = { NULL, NULL };
    mlp_status st = MLP_OK;
    draw_cells(t, size, cells, rng);
    for (int k = 0; k < 2 && !st; k++) {
        st = mlp_alloc((void **)&edges[k], (size_t)cells[k] + 1, sizeof *edges[k], err);
        if (!st) st = draw_edges(edges[k], size[k], cells[k], rng, err);
    }
    if (!st) cover_cells(t, image, edges, cells, rng);
    free(edges[0]);
    free(edges[1]);
    return st;
}

const mlp_transform_type mlp_xy_masking_type = {
    .about = { .name = "XYMasking", .doc = "Covers upright and level strips with one colour.", MLP_PARAMS(xy_params) },
    .p = 0.5,
    .apply = apply_xy,
};
const mlp_transform_type mlp_grid_dropout_type = {
    .about = { .name = "GridDropout",
               .doc = "Covers a rectangle in each cell of a grid.",
               MLP_PARAMS(grid_params),
               .check = check_grid },
    .p = 0.5,
    .apply = apply_grid,
};
