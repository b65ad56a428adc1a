/* test_augment.c - the transforms: reproducible draws, pipelines, messages. */
#include "pictures.h"

START_TEST(fog_of_given_density_lightens_and_blurs)
{
    mlp_image *image = NULL;
    mlp_error err;
    ck_assert_int_eq(mlp_image_new(&image, 64, 64, 3, &err), MLP_OK);
    memset(image->pixels, 100, mlp_image_bytes(image));
    mlp_transform *none = make("RandomFog", 1, 2, (mlp_value[]){ nothing, V2(0, 0) });
    mlp_image *same = apply(none, image, 0);
    ck_assert_msg(equal(same, image), "fog of density 0 changed the picture");
    mlp_transform *dense = make("RandomFog", 1, 2, (mlp_value[]){ V1(0.3), V2(1, 1) });
    mlp_image *fogged = apply(dense, image, 0);
    double sum = 0, middle = 0;
    for (int i = 0; i < 64 * 64; i++) {
        int x = i % 64, y = i / 64, level = fogged->pixels[3 * i];
        ck_assert_int_ge(level, 100);
        ck_assert(level == fogged->pixels[3 * i + 1] && level == fogged->pixels[3 * i + 2]);
        sum += level / 4096.0;
        if (x >= 24 && x < 40 && y >= 24 && y < 40) middle += level / 256.0;
    }
    ck_assert_double_gt(sum, 110);
    ck_assert_double_gt(middle, sum);        /* denser in the middle */
    ck_assert_int_eq(image->pixels[0], 100); /* the original is not touched */
    mlp_image_release(same);
    mlp_image_release(fogged);
    mlp_image_release(image);
    mlp_transform_release(none);
    mlp_transform_release(dense);
}
END_TEST

/* ---- draws ---- */

static mlp_transform *report_pipeline(void)
{
    return COMPOSE(make("Resize", NAN, 2, (mlp_value[]){ V1(32), V1(32) }), plain("HorizontalFlip", 0.5),
                   plain("RandomBrightnessContrast", 0.5), plain("ShiftScaleRotate", 0.5),
                   ONE_OF(0.5, plain("MotionBlur", 0.5), plain("RandomFog", 0.5)), plain("Normalize", NAN),
                   plain("ToTensorV2", NAN));
}

static void write_draw(const mlp_transform *t, mlp_image *image, mlp_draw draw, float *out)
{
    mlp_sample sample;
    mlp_error err;
    mlp_sample_begin(&sample, image);
    ck_assert_int_eq(mlp_transform_apply(t, &sample, draw, 0, &err), MLP_OK);
    ck_assert_int_eq(mlp_sample_write(&sample, true, sample.layout, out, &err), MLP_OK);
    mlp_sample_clear(&sample);
}

START_TEST(the_same_draw_gives_the_same_bits_and_another_draw_others)
{
    enum { N = 32 * 32 * 3 };
    mlp_transform *t = report_pipeline();
    mlp_image *image = load("rgb.png");
    static float a[N], b[N];
    const mlp_draw others[] = { { 2, 1, 1 }, { 1, 2, 1 }, { 1, 1, 2 } };
    for (uint64_t index = 0; index < 20; index++) {
        write_draw(t, image, (mlp_draw){ 1, 1, index }, a);
        write_draw(t, image, (mlp_draw){ 1, 1, index }, b);
        ck_assert_int_eq(memcmp(a, b, sizeof a), 0);
    }
    for (int k = 0; k < 3; k++) { /* seed, epoch and index each matter: some of 20 draws differ */
        int differ = 0;
        for (uint64_t i = 0; i < 20; i++) {
            write_draw(t, image, (mlp_draw){ 1, 1, 1 }, a);
            mlp_draw d = others[k];
            if (k == 0) d.seed += i;
            if (k == 1) d.epoch += i;
            if (k == 2) d.index += i;
            write_draw(t, image, d, b);
            differ += memcmp(a, b, sizeof a) != 0;
        }
        ck_assert_int_ge(differ, 10);
    }
    mlp_image_release(image);
    mlp_transform_release(t);
}
END_TEST

START_TEST(running_the_prefix_apart_changes_nothing)
{
    enum { N = 32 * 32 * 3 };
    mlp_transform *t = report_pipeline();
    mlp_image *image = load("rgb.png"), *resized = NULL;
    static float whole[N], split[N];
    mlp_error err;
    ck_assert_int_eq(mlp_transform_prefix(t), 1);
    ck_assert_int_eq(mlp_transform_apply_prefix(t, &resized, image, &err), MLP_OK);
    ck_assert_int_eq(resized->width, 32);
    for (uint64_t index = 0; index < 20; index++) {
        mlp_draw draw = { 5, 6, index };
        mlp_sample sample;
        write_draw(t, image, draw, whole);
        mlp_sample_begin(&sample, resized);
        ck_assert_int_eq(mlp_transform_apply(t, &sample, draw, 1, &err), MLP_OK);
        ck_assert_int_eq(mlp_sample_write(&sample, true, MLP_CHW, split, &err), MLP_OK);
        mlp_sample_clear(&sample);
        ck_assert_int_eq(memcmp(whole, split, sizeof whole), 0);
    }
    ck_assert_int_eq(resized->refs, 1);
    mlp_image_release(resized);
    mlp_image_release(image);
    mlp_transform_release(t);
}
END_TEST

START_TEST(a_cached_picture_is_never_written_to)
{
    mlp_image *image = load("rgb.png"), *copy = load("rgb.png");
    for (const mlp_transform_type *const *type = mlp_transform_types; *type; type++) {
        mlp_value values[MOST] = { { 0 } };
        for (int i = 0; i < (*type)->about.param_count; i++)
            if ((*type)->about.params[i].required) values[i] = V1(20);
        mlp_transform *t = NULL;
        mlp_error err;
        ck_assert_msg(mlp_transform_new(&t, *type, values, 1, &err) == MLP_OK, "%s", err.text);
        for (uint64_t i = 0; i < 5; i++) mlp_image_release(apply(t, image, i));
        ck_assert_msg(equal(image, copy), "%s wrote into its input", (*type)->about.name);
        ck_assert_int_eq(image->refs, 1);
        mlp_transform_release(t);
    }
    mlp_image_release(image);
    mlp_image_release(copy);
}
END_TEST

START_TEST(every_transform_takes_grey_and_tiny_pictures)
{
    static const int sizes[][2] = { { 1, 1 }, { 2, 1 }, { 1, 7 }, { 3, 3 }, { 31, 2 } };
    for (const mlp_transform_type *const *type = mlp_transform_types; *type; type++) {
        mlp_value values[MOST] = { { 0 } };
        for (int i = 0; i < (*type)->about.param_count; i++)
            if ((*type)->about.params[i].required) values[i] = V1(1);
        if (strcmp((*type)->about.name, "Normalize") == 0) values[0] = values[1] = V1(0.5);
        mlp_transform *t = NULL;
        mlp_error err;
        ck_assert_msg(mlp_transform_new(&t, *type, values, 1, &err) == MLP_OK, "%s", err.text);
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
            for (int channels = 1; channels <= 3; channels += 2) {
                mlp_image *image = NULL;
                ck_assert_int_eq(mlp_image_new(&image, sizes[s][0], sizes[s][1], channels, &err), MLP_OK);
                memset(image->pixels, 90, mlp_image_bytes(image));
                for (uint64_t i = 0; i < 3; i++) mlp_image_release(apply(t, image, i));
                mlp_image_release(image);
            }
        mlp_transform_release(t);
    }
}
END_TEST

/* ---- pipelines ---- */

static void expect_text(mlp_transform *t, int from, int to, const char *expected)
{
    char *text = NULL;
    mlp_error err;
    ck_assert_int_eq(mlp_transform_text(&text, t, from, to, &err), MLP_OK);
    ck_assert_str_eq(text, expected);
    free(text);
}

START_TEST(the_text_of_a_pipeline_could_be_pasted)
{
    mlp_transform *t = COMPOSE(make("Resize", NAN, 3, (mlp_value[]){ V1(64), V1(48), V1(MLP_AREA) }),
                               plain("HorizontalFlip", NAN), COMPOSE(plain("VerticalFlip", 0.1), plain("ToGray", 1)),
                               ONE_OF(0.3, plain("Blur", NAN), plain("NoOp", NAN)), plain("Normalize", NAN));
    expect_text(t, 0, -1,
                "augment.Compose { augment.Resize(64, 48, { interpolation = \"area\" }), augment.HorizontalFlip(), "
                "augment.VerticalFlip { p = 0.1 }, augment.ToGray { p = 1 }, augment.OneOf({ augment.Blur(), "
                "augment.NoOp() }, { p = 0.3 }), augment.Normalize() }");
    expect_text(t, 0, mlp_transform_prefix(t),
                "augment.Compose { augment.Resize(64, 48, { interpolation = \"area\" }) }");
    ck_assert_int_eq(mlp_transform_steps(t), 6);
    mlp_transform_release(t);
    t = make("Affine", NAN, 4, (mlp_value[]){ V4(0.9, 1.1, 1, 1), nothing, nothing, V2(-5, 5) });
    expect_text(t, 0, -1, "augment.Affine { scale = { x = { 0.9, 1.1 }, y = { 1, 1 } }, rotate = { -5, 5 } }");
    mlp_transform_release(t);
    expect_text(NULL, 0, -1, "augment.Compose { }");
}
END_TEST

START_TEST(the_prefix_ends_at_the_first_random_step)
{
    mlp_value size[] = { V1(8), V1(8) };
    struct {
        mlp_transform *t;
        int prefix;
        bool floats;
        mlp_layout layout;
    } cases[] = {
        { COMPOSE(make("Resize", NAN, 2, size), plain("ToGray", 1), plain("HorizontalFlip", 1), plain("Blur", 1)), 3,
          false, MLP_HWC },
        { COMPOSE(plain("HorizontalFlip", 0.5), make("Resize", NAN, 2, size)), 0, false, MLP_HWC },
        { COMPOSE(COMPOSE(make("Resize", NAN, 2, size)), plain("Normalize", NAN)), 1, true, MLP_HWC },
        { make("Resize", 0.5, 2, size), 0, false, MLP_HWC },
        { make("Resize", NAN, 2, size), 1, false, MLP_HWC },
        { plain("ToTensorV2", NAN), 0, false, MLP_CHW },
        { COMPOSE(ONE_OF(1, plain("Normalize", 1), make("Normalize", 1, 1, (mlp_value[]){ V1(0.5) })),
                  plain("ToTensorV2", 1)),
          0, true, MLP_CHW },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_int_eq(mlp_transform_prefix(cases[i].t), cases[i].prefix);
        ck_assert_int_eq(mlp_transform_gives_floats(cases[i].t), cases[i].floats);
        ck_assert_int_eq(mlp_transform_layout(cases[i].t), cases[i].layout);
        mlp_transform_release(cases[i].t);
    }
    ck_assert_int_eq(mlp_transform_prefix(NULL), 0);
}
END_TEST

START_TEST(a_sample_is_written_in_any_layout_and_type)
{
    mlp_image *image = NULL;
    mlp_error err;
    ck_assert_int_eq(mlp_image_new(&image, 2, 1, 3, &err), MLP_OK);
    for (int i = 0; i < 6; i++) image->pixels[i] = (uint8_t)(i * 10);
    mlp_sample sample;
    mlp_sample_begin(&sample, image);
    uint8_t u8[6];
    float f32[6];
    static const uint8_t planes[6] = { 0, 30, 10, 40, 20, 50 };
    ck_assert_int_eq(mlp_sample_write(&sample, false, MLP_CHW, u8, &err), MLP_OK);
    ck_assert_int_eq(memcmp(u8, planes, 6), 0);
    ck_assert_int_eq(mlp_sample_write(&sample, false, MLP_HWC, u8, &err), MLP_OK);
    ck_assert_int_eq(memcmp(u8, image->pixels, 6), 0);
    ck_assert_int_eq(mlp_sample_write(&sample, true, MLP_CHW, f32, &err), MLP_OK);
    for (int i = 0; i < 6; i++) ck_assert(f32[i] == planes[i]);
    mlp_transform *t = plain("Normalize", NAN);
    ck_assert_int_eq(mlp_transform_apply(t, &sample, (mlp_draw){ 0 }, 0, &err), MLP_OK);
    ck_assert_int_eq(mlp_sample_write(&sample, true, MLP_CHW, f32, &err), MLP_OK);
    ck_assert_float_eq_tol(f32[0], -2.11790395f, 1e-6f);
    ck_assert_float_eq_tol(f32[2], -1.86064410f, 1e-6f);
    ck_assert_float_eq_tol(f32[4], -1.4558605f, 1e-6f);
    ck_assert_int_eq(mlp_sample_write(&sample, false, MLP_HWC, u8, &err), MLP_EDTYPE);
    ck_assert_str_eq(err.text, "a normalized sample holds floats and cannot be written as u8");
    mlp_sample_clear(&sample);
    mlp_image_release(image);
    mlp_transform_release(t);
}
END_TEST

START_TEST(pixels_that_only_move_may_follow_normalize)
{
    mlp_image *image = load("tiny.png");
    float a[60], b[60];
    mlp_transform *before = COMPOSE(plain("HorizontalFlip", 1), plain("Normalize", 1));
    mlp_transform *after = COMPOSE(plain("Normalize", 1), plain("HorizontalFlip", 1));
    write_draw(before, image, (mlp_draw){ 0 }, a);
    write_draw(after, image, (mlp_draw){ 0 }, b);
    ck_assert_int_eq(memcmp(a, b, sizeof a), 0);
    mlp_image_release(image);
    mlp_transform_release(before);
    mlp_transform_release(after);
}
END_TEST

/* ---- messages ---- */

static void expect_new_fails(const char *name, double p, int at, mlp_value value, const char *text)
{
    mlp_value values[MOST] = { { 0 } };
    mlp_transform *t = NULL;
    mlp_error err;
    if (strcmp(name, "Resize") == 0) values[0] = values[1] = V1(8);
    if (at >= 0) values[at] = value;
    ck_assert_int_ne(mlp_transform_new(&t, mlp_transform_type_find(name), values, p, &err), MLP_OK);
    ck_assert_ptr_null(t);
    ck_assert_str_eq(err.text, text);
}

START_TEST(bad_parameters_are_refused_in_words)
{
    mlp_transform *t = NULL;
    mlp_error err;
    expect_new_fails("Blur", 1.5, -1, nothing, "Blur: p is 1.5, expected 0 <= p <= 1");
    expect_new_fails("Resize", 1, 0, V1(0), "Resize: height is 0, expected 1 to 32768");
    expect_new_fails("Resize", 1, 1, V1(2.5), "Resize: width is 2.5, expected a whole number");
    expect_new_fails("Resize", 1, 2, V1(7), "Resize: interpolation is 7, expected 0 to 3");
    expect_new_fails("Blur", 1, 0, V2(4, 6), "Blur: blur_limit is {4, 6}: kernel sizes are odd, such as {5, 7}");
    expect_new_fails("Rotate", 1, 0, V2(5, -5), "Rotate: limit is {5, -5}: the low end comes first");
    expect_new_fails("Rotate", 1, 0, V2(NAN, 5), "Rotate: limit is nan, expected -36000 to 36000");
    expect_new_fails("ToGray", 1, 0, V1(2), "ToGray: num_output_channels is 2, expected 1 or 3");
    expect_new_fails(
        "Normalize", 0.5, -1, nothing,
        "Normalize: p is 0.5, but samples that are normalized only now and then cannot share a batch: give "
        "it p = 1");
    ck_assert_int_ne(mlp_transform_new(&t, mlp_transform_type_find("Resize"), NULL, 1, &err), MLP_OK);
    ck_assert_str_eq(err.text, "Resize: height is missing (rows of the result)");
    ck_assert_ptr_null(mlp_transform_type_find("Nothing"));
}
END_TEST

static void expect_compose_fails(const char *text, bool compose, double p, mlp_transform **list)
{
    mlp_transform *t = NULL;
    mlp_error err;
    int count = 0;
    while (list[count]) count++;
    mlp_status st = compose ? mlp_compose_new(&t, list, count, p, &err) : mlp_one_of_new(&t, list, count, p, &err);
    for (int i = 0; i < count; i++) mlp_transform_release(list[i]);
    ck_assert_int_ne(st, MLP_OK);
    ck_assert_msg(strstr(err.text, text), "got '%s', expected '%s'", err.text, text);
}

START_TEST(pipelines_whose_samples_would_not_fit_together_are_refused)
{
#define LIST(...) ((mlp_transform *[]){ __VA_ARGS__, NULL })
    expect_compose_fails("Blur works on levels from 0 to 255", true, 1, LIST(plain("Normalize", 1), plain("Blur", 1)));
    expect_compose_fails("HorizontalFlip comes after ToTensorV2", true, 1,
                         LIST(plain("ToTensorV2", 1), plain("HorizontalFlip", 1)));
    expect_compose_fails("Compose: p is 0.5, but samples that are normalized only now and then", true, 0.5,
                         LIST(plain("Normalize", 1)));
    expect_compose_fails("OneOf: Normalize and Blur give samples of different type", false, 1,
                         LIST(plain("Normalize", 1), plain("Blur", 1)));
    expect_compose_fails("needs at least one transform with p above 0", false, 1, LIST(plain("Blur", 0)));
    expect_compose_fails("needs at least one transform", false, 1, LIST(NULL));
}
END_TEST

START_TEST(normalize_by_three_channels_explains_what_to_do_with_grey)
{
    mlp_image *image = load("grey.png");
    mlp_transform *t = plain("Normalize", 1);
    mlp_sample sample;
    mlp_error err;
    mlp_sample_begin(&sample, image);
    ck_assert_int_eq(mlp_transform_apply(t, &sample, (mlp_draw){ 0 }, 0, &err), MLP_ESHAPE);
    ck_assert_ptr_nonnull(strstr(err.text, "Normalize { mean = 0.5, std = 0.5 }"));
    mlp_sample_clear(&sample);
    mlp_image_release(image);
    mlp_transform_release(t);
}
END_TEST

START_TEST(impossible_filters_and_matrices_are_refused)
{
    static const double flat[6] = { 1, 2, 0, 2, 4, 0 };
    static const mlp_sampling sampling = { MLP_LINEAR, MLP_BORDER_WRAP, { 0 } };
    mlp_image *image = load("tiny.png"), *out = NULL;
    mlp_error err;
    ck_assert_int_eq(mlp_image_blur(&out, image, 4, &err), MLP_EINVAL);
    ck_assert_str_eq(err.text, "blur: the kernel size is 4, expected an odd number from 1 to 1023");
    ck_assert_int_eq(mlp_image_gaussian_blur(&out, image, 0, 0, &err), MLP_EINVAL);
    ck_assert_int_eq(mlp_image_warp_affine(&out, image, flat, 5, 4, &sampling, &err), MLP_EINVAL);
    ck_assert_str_eq(err.text, "warp: the matrix {1, 2, 0; 2, 4, 0} cannot be inverted");
    ck_assert_ptr_null(out);
    mlp_image_release(image);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        fog_of_given_density_lightens_and_blurs,
        the_same_draw_gives_the_same_bits_and_another_draw_others,
        running_the_prefix_apart_changes_nothing,
        a_cached_picture_is_never_written_to,
        every_transform_takes_grey_and_tiny_pictures,
        the_text_of_a_pipeline_could_be_pasted,
        the_prefix_ends_at_the_first_random_step,
        a_sample_is_written_in_any_layout_and_type,
        pixels_that_only_move_may_follow_normalize,
        bad_parameters_are_refused_in_words,
        pipelines_whose_samples_would_not_fit_together_are_refused,
        normalize_by_three_channels_explains_what_to_do_with_grey,
        impossible_filters_and_matrices_are_refused,
    };
    return run_suite("augment", tests, COUNT(tests));
}
