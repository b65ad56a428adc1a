/* crop.c - CenterCrop, RandomCrop and RandomResizedCrop. */
#include "augment/transform_private.h"

#include <math.h>
#include <string.h>

typedef struct box {
    int x, y, width, height;
} box;

static mlp_status cut(mlp_sample *sample, box b, mlp_error *err)
{
    const mlp_image *image = sample->image;
    size_t c = (size_t)image->channels, row = (size_t)b.width * c;
    mlp_image *to = NULL;
    mlp_status st = mlp_image_new(&to, b.width, b.height, image->channels, err);
    if (st) return st;
    for (int y = 0; y < b.height; y++)
        memcpy(to->pixels + (size_t)y * row,
               image->pixels + ((size_t)(b.y + y) * (size_t)image->width + (size_t)b.x) * c, row);
    mlp_sample_put(sample, to);
    return MLP_OK;
}

/* ---- CenterCrop, RandomCrop ---- */

enum { HEIGHT, WIDTH, SCALE, RATIO, INTERPOLATION };

#define SIZE_PARAMS                                                                                                    \
    { .name = "height",                                                                                                \
      .doc = "rows of the result",                                                                                     \
      .kind = MLP_PARAM_INT,                                                                                           \
      .required = true,                                                                                                \
      .low = 1,                                                                                                        \
      .high = MLP_IMAGE_MAX_SIDE },                                                                                    \
    {                                                                                                                  \
        .name = "width", .doc = "columns of the result", .kind = MLP_PARAM_INT, .required = true, .low = 1,            \
        .high = MLP_IMAGE_MAX_SIDE                                                                                     \
    }

static const mlp_param crop_params[] = { SIZE_PARAMS };

static mlp_status crop_size(const mlp_transform *t, const mlp_image *image, box *b, mlp_error *err)
{
    b->height = (int)mlp_number(t, HEIGHT);
    b->width = (int)mlp_number(t, WIDTH);
    if (b->height > image->height || b->width > image->width)
        return mlp_fail(err, MLP_ESHAPE, "%s: a crop of %dx%d does not fit into a picture of %dx%d (height x width)",
                        t->type->about.name, b->height, b->width, image->height, image->width);
    return MLP_OK;
}

static mlp_status apply_center(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    (void)rng;
    const mlp_image *image = sample->image;
    box b = { 0 };
    mlp_status st = crop_size(t, image, &b, err);
    if (st) return st;
    b.x = (image->width - b.width) / 2;
    b.y = (image->height - b.height) / 2;
    return cut(sample, b, err);
}

static void place_anywhere(box *b, const mlp_image *image, mlp_rng *rng)
{
    b->y = (int)mlp_rng_int(rng, 0, image->height - b->height);
    b->x = (int)mlp_rng_int(rng, 0, image->width - b->width);
}

static mlp_status apply_random(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    box b = { 0 };
    mlp_status st = crop_size(t, sample->image, &b, err);
    if (st) return st;
    place_anywhere(&b, sample->image, rng);
    return cut(sample, b, err);
}

/* ---- RandomResizedCrop ---- */

static const mlp_param resized_params[] = {
    SIZE_PARAMS,
    { .name = "scale",
      .doc = "range of the crop's area, as a share of the picture's",
      .kind = MLP_PARAM_RANGE,
      .low = 1e-6,
      .high = 1,
      .fallback = MLP_VALUE(0.08, 1) },
    { .name = "ratio",
      .doc = "range of the crop's width / height",
      .kind = MLP_PARAM_RANGE,
      .low = 1e-3,
      .high = 1e3,
      .fallback = MLP_VALUE(0.75, 4.0 / 3) },
    { .name = "interpolation",
      .doc = "how pixels between pixels are made",
      .kind = MLP_PARAM_CHOICE,
      .choices = mlp_interpolation_names,
      .fallback = MLP_VALUE(MLP_LINEAR) },
};

/* RandomResizedCrop { size = { 64, 64 } }, as in Albumentations 2.x. */
static const mlp_param_alias resized_aliases[] = { { "size", "height", MLP_ALIAS_TWO }, { NULL, NULL, 0 } };

/* Ten tries at a random area and shape; then the largest centred box whose shape is allowed. */
static box draw_box(const mlp_transform *t, const mlp_image *image, mlp_rng *rng)
{
    const double *ratio = t->values[RATIO].number, low = ratio[0], high = ratio[1];
    double area = (double)image->width * image->height;
    for (int i = 0; i < 10; i++) {
        double part = area * mlp_draw_range(t, SCALE, rng), shape = exp(mlp_rng_range(rng, log(low), log(high)));
        double w = rint(sqrt(part * shape)), h = rint(sqrt(part / shape));
        if (w < 1 || h < 1 || w > image->width || h > image->height) continue;
        box b = { .width = (int)w, .height = (int)h };
        place_anywhere(&b, image, rng);
        return b;
    }
    box b = { .width = image->width, .height = image->height };
    double shape = (double)image->width / image->height;
    if (shape < low) b.height = (int)fmax(1, rint(b.width / low));
    if (shape > high) b.width = (int)fmax(1, rint(b.height * high));
    b.x = (image->width - b.width) / 2;
    b.y = (image->height - b.height) / 2;
    return b;
}

static mlp_status apply_resized(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    mlp_status st = cut(sample, draw_box(t, sample->image, rng), err);
    mlp_image *out = NULL;
    if (!st)
        st = mlp_image_resize(&out, sample->image, (int)mlp_number(t, WIDTH), (int)mlp_number(t, HEIGHT),
                              (mlp_interpolation)mlp_choice(t, INTERPOLATION), err);
    if (!st) mlp_sample_put(sample, out);
    return st;
}

const mlp_transform_type mlp_center_crop_type = {
    .about = { .name = "CenterCrop", .doc = "Cuts the middle out.", MLP_PARAMS(crop_params) },
    .p = 1,
    .deterministic = true,
    .moves_pixels = true,
    .apply = apply_center,
};
const mlp_transform_type mlp_random_crop_type = {
    .about = { .name = "RandomCrop", .doc = "Cuts a piece out, anywhere.", MLP_PARAMS(crop_params) },
    .p = 1,
    .moves_pixels = true,
    .apply = apply_random,
};
const mlp_transform_type mlp_random_resized_crop_type = {
    .about = { .name = "RandomResizedCrop",
               .doc = "Cuts a piece of random size and shape out and resizes it.",
               MLP_PARAMS(resized_params),
               .aliases = resized_aliases },
    .p = 1,
    .apply = apply_resized,
};
