/* test_augment_golden.c - the arithmetic of the transforms against OpenCV, Albumentations and torchvision. */
#include "pictures.h"

typedef struct golden {
    char op[40], source[40], result[40];
    double n[60];
    int count;
} golden;

/* A transform that draws exactly the parameters of the case. */
static mlp_transform *fixed_transform(const golden *g)
{
    const double *n = g->n;
    if (strcmp(g->op, "rotate") == 0) return make("Rotate", 1, 1, (mlp_value[]){ V2(n[0], n[0]) });
    if (strcmp(g->op, "shift_scale_rotate") == 0)
        return make("ShiftScaleRotate", 1, 3, (mlp_value[]){ V2(n[0], n[0]), V2(n[1], n[1]), V2(n[2], n[2]) });
    if (strcmp(g->op, "shear") == 0)
        return make("Affine", 1, 5,
                    (mlp_value[]){ V4(n[3], n[3], n[3], n[3]), nothing, V4(n[4], n[4], n[5], n[5]), V2(n[2], n[2]),
                                   V4(n[0], n[0], n[1], n[1]) });
    if (strcmp(g->op, "gray") == 0) return make("ToGray", 1, 2, (mlp_value[]){ nothing, V1(n[0]) });
    mlp_value values[MOST] = { { 0 } }; /* "Name source result count numbers..., ..." */
    int at = 0, params = 0;
    for (; at < g->count; params++) {
        values[params].count = (int)n[at++];
        for (int i = 0; i < values[params].count; i++) values[params].number[i] = n[at++];
    }
    return make(g->op, 1, params, values);
}

/* Waves of an amplitude through the picture; the maps are those of make.py. */
static mlp_image *remap_waves(const mlp_image *image, const double *n)
{
    const mlp_sampling sampling = { (mlp_interpolation)n[1], (mlp_border)n[2], { 10, 200, 37 } };
    size_t count = (size_t)image->width * (size_t)image->height;
    float *maps = malloc(2 * count * sizeof *maps);
    for (int y = 0, i = 0; y < image->height; y++)
        for (int x = 0; x < image->width; x++, i++) {
            maps[i] = (float)(x + n[0] * sin(y / 3.0));
            maps[count + (size_t)i] = (float)(y + n[0] * cos(x / 4.0));
        }
    mlp_image *out = NULL;
    mlp_error err;
    ck_assert_int_eq(mlp_image_remap(&out, image, maps, maps + count, &sampling, &err), MLP_OK);
    free(maps);
    return out;
}

static mlp_image *run_case(const golden *g, mlp_image *image)
{
    const double *n = g->n;
    mlp_image *out = NULL;
    mlp_error err;
    mlp_status st = MLP_OK;
    if (strcmp(g->op, "resize") == 0) {
        st = mlp_image_resize(&out, image, (int)n[0], (int)n[1], (mlp_interpolation)n[2], &err);
    } else if (strcmp(g->op, "flip") == 0) {
        st = mlp_image_flip(&out, image, n[0] != 0, n[1] != 0, &err);
    } else if (strcmp(g->op, "brightness_contrast") == 0) {
        st = mlp_image_brightness_contrast(&out, image, (float)n[0], (float)n[1], &err);
    } else if (strcmp(g->op, "affine") == 0) {
        const mlp_sampling sampling = { (mlp_interpolation)n[6],
                                        (mlp_border)n[7],
                                        { (uint8_t)n[8], (uint8_t)n[9], (uint8_t)n[10] } };
        st = mlp_image_warp_affine(&out, image, n, image->width, image->height, &sampling, &err);
    } else if (strcmp(g->op, "remap") == 0) {
        out = remap_waves(image, n);
    } else if (strcmp(g->op, "perspective") == 0) {
        const mlp_sampling sampling = { (mlp_interpolation)n[8], (mlp_border)n[9], { 10, 200, 37 } };
        const double corners[4][2] = { { n[0], n[1] }, { n[2], n[3] }, { n[4], n[5] }, { n[6], n[7] } };
        st = mlp_image_perspective(&out, image, corners, n[10] != 0, n[11] != 0, &sampling, &err);
    } else if (strncmp(g->op, "rand_", 5) == 0) {
        const mlp_sampling sampling = { n[2] != 0 ? MLP_LINEAR : MLP_NEAREST,
                                        MLP_BORDER_CONSTANT,
                                        { (uint8_t)n[3], (uint8_t)n[4], (uint8_t)n[5] } };
        mlp_rand_op op = (mlp_rand_op)n[0];
        bool levels = op == MLP_RAND_IDENTITY || op == MLP_RAND_AUTO_CONTRAST || op == MLP_RAND_EQUALIZE; /* no value */
        if (strcmp(g->op, "rand_magnitude") == 0 && !levels) {
            double value = mlp_rand_op_value(op, (int)n[6], (int)n[7], image->width, image->height);
            ck_assert_msg(value == fabs(n[1]), "%s: magnitude %g is %.17g, expected %.17g", g->result, n[6], value,
                          fabs(n[1]));
        }
        st = mlp_image_rand_op(&out, image, op, n[1], &sampling, &err);
    } else if (strcmp(g->op, "blur") == 0) {
        st = mlp_image_blur(&out, image, (int)n[0], &err);
    } else if (strcmp(g->op, "gaussian") == 0) {
        st = mlp_image_gaussian_blur(&out, image, (int)n[0], 0, &err);
    } else if (strcmp(g->op, "filter") == 0) {
        float kernel[49];
        for (int i = 0; i < g->count - 1; i++) kernel[i] = (float)n[i + 1];
        st = mlp_image_filter(&out, image, kernel, (int)n[0], &err);
    } else {
        mlp_transform *t = fixed_transform(g);
        out = apply(t, image, 0);
        mlp_transform_release(t);
    }
    ck_assert_msg(st == MLP_OK, "%s", err.text);
    return out;
}

/* How many levels a result may be off: rounding of sums in f32 that other machines round elsewhere; nothing else. */
static int tolerance(const golden *g)
{
    static const char *const rounds[] = { "rotate",      "shift_scale_rotate", "shear",
                                          "ColorJitter", "HueSaturationValue", "remap",
                                          "perspective", "GridDistortion" };
    for (int i = 0; i < COUNT(rounds); i++)
        if (strcmp(g->op, rounds[i]) == 0) return 1;
    if (strcmp(g->op, "CLAHE") == 0) return 2; /* a lightness that is one off is two levels of a dark colour */
    bool cubic = strcmp(g->op, "resize") == 0 && g->n[2] == MLP_CUBIC;
    bool bilinear = strcmp(g->op, "affine") == 0 && g->n[6] != MLP_NEAREST;
    bool between = strncmp(g->op, "rand_", 5) == 0 && g->n[2] != 0;
    return cubic || bilinear || between ? 1 : 0;
}

static void check_picture(const golden *g, mlp_image *source)
{
    mlp_image *got = run_case(g, source), *expected = load(g->result);
    int allowed = tolerance(g), off = 0;
    ck_assert_msg(got->width == expected->width && got->height == expected->height &&
                      got->channels == expected->channels,
                  "%s %s: shape", g->op, g->result);
    for (size_t i = 0; i < mlp_image_bytes(got); i++) {
        int d = abs(got->pixels[i] - expected->pixels[i]);
        ck_assert_msg(d <= allowed, "%s %s: byte %zu is %d, expected %d (at most %d off)", g->op, g->result, i,
                      got->pixels[i], expected->pixels[i], allowed);
        off += d;
    }
    ck_assert_msg(off * 10 <= (int)mlp_image_bytes(got), "%s %s: %d levels off in sum", g->op, g->result, off);
    mlp_image_release(got);
    mlp_image_release(expected);
}

/* mean (1 or 3), std, way: the floats against Albumentations', bit for bit where it uses a table too */
static void check_normalize(const golden *g, mlp_image *source)
{
    int c = (int)g->n[0];
    mlp_value mean = { c, { 0 } }, std = { c, { 0 } };
    for (int i = 0; i < c; i++) mean.number[i] = g->n[1 + i], std.number[i] = g->n[1 + c + i];
    int way = (int)g->n[1 + 2 * c];
    mlp_transform *t = make("Normalize", 1, 4, (mlp_value[]){ mean, std, V1(255), V1(way) });
    char path[256];
    size_t length, count = mlp_image_bytes(source);
    uint8_t *bytes = NULL;
    mlp_error err;
    snprintf(path, sizeof path, GOLDEN "cases/%s", g->result);
    ck_assert_int_eq(mlp_file_read(&bytes, &length, path, 1 << 20, &err), MLP_OK);
    ck_assert_uint_eq(length, count * sizeof(float));
    float *got = malloc(length), *expected = malloc(length);
    memcpy(expected, bytes, length);
    mlp_sample sample;
    mlp_sample_begin(&sample, source);
    ck_assert_int_eq(mlp_transform_apply(t, &sample, (mlp_draw){ 0 }, 0, &err), MLP_OK);
    ck_assert_int_eq(mlp_sample_write(&sample, true, MLP_HWC, got, &err), MLP_OK);
    for (size_t i = 0; i < count; i++) {
        float allowed = way == 0 ? 0 : 2e-6f * (1 + fabsf(expected[i]));
        ck_assert_msg(fabsf(got[i] - expected[i]) <= allowed, "%s: value %zu is %.9g, expected %.9g (at most %g off)",
                      g->result, i, got[i], expected[i], allowed);
    }
    mlp_sample_clear(&sample);
    mlp_transform_release(t);
    free(got);
    free(expected);
    free(bytes);
}

START_TEST(every_golden_case_gives_the_expected_pixels)
{
    FILE *list = fopen(GOLDEN "cases.txt", "r");
    ck_assert_ptr_nonnull(list);
    char line[4096];
    int cases = 0;
    while (fgets(line, sizeof line, list)) {
        golden g = { .count = 0 };
        char *rest = line;
        snprintf(g.op, sizeof g.op, "%s", strtok_r(line, " ", &rest));
        snprintf(g.source, sizeof g.source, "%s", strtok_r(NULL, " ", &rest));
        snprintf(g.result, sizeof g.result, "%s", strtok_r(NULL, " \n", &rest));
        for (char *word; (word = strtok_r(NULL, " \n", &rest));) g.n[g.count++] = strtod(word, NULL);
        mlp_image *source = load(g.source);
        if (strcmp(g.op, "normalize") == 0) check_normalize(&g, source);
        else check_picture(&g, source);
        mlp_image_release(source);
        cases++;
    }
    fclose(list);
    ck_assert_int_ge(cases, 80);
}
END_TEST

START_TEST(a_turn_by_45_degrees_gives_hand_checked_numbers)
{
    static const uint8_t expected[25] = { 3,   24,  63, 92,  24,  11,  49,  92, 134, 154, 35,  78, 120,
                                          162, 205, 57, 106, 148, 191, 200, 17, 119, 177, 187, 38 };
    mlp_image *image = NULL;
    mlp_error err;
    ck_assert_int_eq(mlp_image_new(&image, 5, 5, 1, &err), MLP_OK);
    for (int i = 0; i < 25; i++) image->pixels[i] = (uint8_t)(10 * i);
    mlp_transform *t = make("Rotate", 1, 1, (mlp_value[]){ V2(45, 45) });
    mlp_image *out = apply(t, image, 0);
    for (int i = 0; i < 25; i++)
        ck_assert_msg(abs(out->pixels[i] - expected[i]) <= 1, "pixel %d is %d, expected %d (1 off at most)", i,
                      out->pixels[i], expected[i]);
    mlp_image_release(out);
    mlp_image_release(image);
    mlp_transform_release(t);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        every_golden_case_gives_the_expected_pixels,
        a_turn_by_45_degrees_gives_hand_checked_numbers,
    };
    return run_suite("augment_golden", tests, COUNT(tests));
}
