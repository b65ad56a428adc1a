/* fog.c - RandomFog: many faint white discs, denser towards the middle, then a slight blur.
 *
 * Discs are drawn in boxes that shrink by a tenth ten times; each disc lightens what is below it. The number of discs,
 * their radii and the blur follow Albumentations 2.x, the shape of a disc is that of OpenCV's filled circle. */
#include "augment/transform_private.h"

#include <math.h>

enum { ALPHA_COEF, FOG_COEF };
enum { BOXES = 10, LARGEST_RADIUS = 4096 };

static const mlp_param params[] = {
    { .name = "alpha_coef",
      .doc = "opacity of a disc",
      .kind = MLP_PARAM_FLOAT,
      .low = 0,
      .high = 1,
      .fallback = MLP_VALUE(0.08) },
    { .name = "fog_coef_range",
      .doc = "range of the fog's density",
      .kind = MLP_PARAM_RANGE,
      .scalar = MLP_SAME,
      .low = 0,
      .high = 1,
      .fallback = MLP_VALUE(0.3, 1) },
};

static const mlp_param_alias aliases[] = {
    { "fog_coef_lower", "fog_coef_range", 0 },
    { "fog_coef_upper", "fog_coef_range", 1 },
    { NULL, NULL, 0 },
};

typedef struct fog {
    mlp_image *image;
    uint8_t lighter[256];         /* a level under one more disc */
    int half[LARGEST_RADIUS + 1]; /* half width of the disc at each distance from its middle row */
    int radius;                   /* that `half` is for */
} fog;

/* Midpoint circle: the widest run that the eight-fold outline gives each row. */
static void shape_disc(fog *f, int radius)
{
    if (f->radius == radius) return;
    f->radius = radius;
    for (int i = 0; i <= radius; i++) f->half[i] = 0;
    int far = radius, near = 0, error = 0, plus = 1, minus = 2 * radius - 1;
    while (far >= near) {
        if (f->half[near] < far) f->half[near] = far;
        if (f->half[far] < near) f->half[far] = near;
        near++;
        error += plus;
        plus += 2;
        if (error > 0) {
            error -= minus;
            far--;
            minus -= 2;
        }
    }
}

static void add_disc(fog *f, int cx, int cy, int radius)
{
    mlp_image *image = f->image;
    int c = image->channels;
    shape_disc(f, radius);
    for (int y = cy - radius; y <= cy + radius; y++) {
        if (y < 0 || y >= image->height) continue;
        int half = f->half[y < cy ? cy - y : y - cy];
        int left = cx - half < 0 ? 0 : cx - half;
        int right = cx + half >= image->width ? image->width - 1 : cx + half;
        uint8_t *p = image->pixels + ((size_t)y * (size_t)image->width + (size_t)left) * (size_t)c;
        for (int i = (right - left + 1) * c; i > 0; i--, p++) *p = f->lighter[*p];
    }
}

static void add_fog(fog *f, double density, mlp_rng *rng)
{
    int width = f->image->width, height = f->image->height;
    const int third = width / 3;
    int region = (int)(third * density);
    if (region < 1) region = 1;
    int smaller = width < height ? width : height;
    int most = (int)(smaller * 0.1 * density);
    if (most < 2) most = 2;
    if (most > LARGEST_RADIUS) most = LARGEST_RADIUS;
    int least = most / 2 < 1 ? 1 : most / 2;
    int cx = (int)(width / 2.0 - 0.5), cy = (int)(height / 2.0 - 0.5);
    for (int box = 0, w = width, h = height; box < BOXES && w > region && h > region; box++) {
        int64_t discs = (int64_t)((double)w * h / ((double)region * region) * density * 10);
        for (int64_t i = 0; i < discs; i++) {
            int x = (int)mlp_rng_int(rng, cx - w / 2, cx + w / 2), y = (int)mlp_rng_int(rng, cy - h / 2, cy + h / 2);
            add_disc(f, x, y, (int)mlp_rng_int(rng, least, most - 1));
        }
        w = (int)(w * 0.9);
        h = (int)(h * 0.9);
    }
}

static mlp_status apply(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    double density = mlp_draw_range(t, FOG_COEF, rng), alpha = mlp_number(t, ALPHA_COEF) * density;
    fog f = { .image = mlp_sample_writable(sample, err), .radius = -1 };
    if (!f.image) return MLP_ENOMEM;
    for (int i = 0; i < 256; i++) f.lighter[i] = (uint8_t)rint(255 * alpha + i * (1 - alpha));
    add_fog(&f, density, rng);
    int smaller = f.image->width < f.image->height ? f.image->width : f.image->height;
    int k = smaller / 30 < 3 ? 3 : smaller / 30;
    if (k % 2 == 0) k++;
    mlp_image *blurred = NULL;
    mlp_status st = mlp_image_gaussian_blur(&blurred, f.image, k, 0, err);
    if (!st) mlp_sample_put(sample, blurred);
    return st;
}

const mlp_transform_type mlp_random_fog_type = {
    .about = { .name = "RandomFog",
               .doc = "Lays fog over the picture, denser in the middle.",
               MLP_PARAMS(params),
               .aliases = aliases },
    .p = 0.5,
    .apply = apply,
};
