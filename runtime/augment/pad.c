/* pad.c - PadIfNeeded. */
#include "augment/transform_private.h"

#include <string.h>

enum { MIN_HEIGHT, MIN_WIDTH, HEIGHT_DIVISOR, WIDTH_DIVISOR, POSITION, BORDER, FILL };
typedef enum position { CENTER, TOP_LEFT, TOP_RIGHT, BOTTOM_LEFT, BOTTOM_RIGHT, RANDOM } position;
enum { USUAL_SIDE = 1024 };

static const char *const positions[] = { "center",       "top_left", "top_right", "bottom_left",
                                         "bottom_right", "random",   NULL };

#define SIDE(NAME, DOC)                                                                                                \
    {                                                                                                                  \
        .name = (NAME), .doc = (DOC), .kind = MLP_PARAM_INT, .low = 1, .high = MLP_IMAGE_MAX_SIDE                      \
    }

static const mlp_param params[] = {
    SIDE("min_height", "rows that there are at least; 1024, unless pad_height_divisor is given"),
    SIDE("min_width", "columns that there are at least; 1024, unless pad_width_divisor is given"),
    SIDE("pad_height_divisor", "instead: the rows become a multiple of this"),
    SIDE("pad_width_divisor", "instead: the columns become a multiple of this"),
    { .name = "position",
      .doc = "where the picture is in the result",
      .kind = MLP_PARAM_CHOICE,
      .choices = positions,
      .fallback = MLP_VALUE(CENTER) },
    MLP_PARAM_BORDER,
    MLP_PARAM_FILL,
};

static mlp_status check(const char *who, const mlp_value *values, mlp_error *err)
{
    for (int i = 0; i < 2; i++)
        if (values[MIN_HEIGHT + i].count && values[HEIGHT_DIVISOR + i].count)
            return mlp_fail(err, MLP_EINVAL, "%s: %s and %s were both given; give one", who,
                            params[MIN_HEIGHT + i].name, params[HEIGHT_DIVISOR + i].name);
    return MLP_OK;
}

/* How many pixels are missing along an axis: 0 is the height, 1 the width. */
static int missing(const mlp_transform *t, int axis, int size)
{
    const mlp_value *least = mlp_given(t, MIN_HEIGHT + axis), *divisor = mlp_given(t, HEIGHT_DIVISOR + axis);
    if (divisor) {
        int d = (int)divisor->number[0];
        return (d - size % d) % d;
    }
    int wanted = least ? (int)least->number[0] : USUAL_SIDE;
    return size < wanted ? wanted - size : 0;
}

/* How many of them come before the picture. */
static int before(position where, int axis, int padding, mlp_rng *rng)
{
    switch (where) {
    case CENTER: return padding / 2;
    case RANDOM: return (int)mlp_rng_int(rng, 0, padding);
    case TOP_LEFT: return 0;
    case TOP_RIGHT: return axis == 0 ? 0 : padding;
    case BOTTOM_LEFT: return axis == 0 ? padding : 0;
    default: return padding;
    }
}

static void fill_row(uint8_t *out, int width, const mlp_image *from, int x0, int y, mlp_border border,
                     const uint8_t fill[3])
{
    size_t c = (size_t)from->channels;
    const uint8_t *row = y < 0 ? NULL : from->pixels + (size_t)y * (size_t)from->width * c;
    for (int x = 0; x < width; x++, out += c) {
        int ix = mlp_border_index(x - x0, from->width, border);
        memcpy(out, row && ix >= 0 ? row + (size_t)ix * c : fill, c);
    }
}

static mlp_status apply(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    const mlp_image *image = sample->image;
    position where = (position)mlp_choice(t, POSITION);
    mlp_border border = (mlp_border)mlp_choice(t, BORDER);
    int rows = missing(t, 0, image->height), columns = missing(t, 1, image->width);
    if (rows == 0 && columns == 0) return MLP_OK;
    int top = before(where, 0, rows, rng), left = before(where, 1, columns, rng);
    uint8_t fill[3];
    mlp_colour(t, FILL, fill);
    mlp_image *to = NULL;
    mlp_status st = mlp_image_new(&to, image->width + columns, image->height + rows, image->channels, err);
    if (st) return st;
    size_t stride = (size_t)to->width * (size_t)to->channels;
    for (int y = 0; y < to->height; y++)
        fill_row(to->pixels + (size_t)y * stride, to->width, image, left,
                 mlp_border_index(y - top, image->height, border), border, fill);
    mlp_sample_put(sample, to);
    return MLP_OK;
}

const mlp_transform_type mlp_pad_if_needed_type = {
    .about = { .name = "PadIfNeeded",
               .doc = "Adds pixels around pictures that are too small.",
               MLP_PARAMS(params),
               .check = check },
    .p = 1,
    .apply = apply,
};
