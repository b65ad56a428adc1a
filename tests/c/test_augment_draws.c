/* test_augment_draws.c - what transforms draw: how often, how far, how independently. */
#include "pictures.h"

/* Counts how often a transform changes the picture. */
static int changes(const mlp_transform *t, mlp_image *image, int draws)
{
    int changed = 0;
    for (int i = 0; i < draws; i++) {
        mlp_image *out = apply(t, image, (uint64_t)i);
        changed += !equal(out, image);
        mlp_image_release(out);
    }
    return changed;
}

START_TEST(p_is_the_share_of_applications)
{
    mlp_image *image = load("tiny.png");
    static const double ps[] = { 0, 0.2, 0.5, 0.9, 1 };
    for (int k = 0; k < 5; k++) {
        mlp_transform *t = plain("HorizontalFlip", ps[k]);
        int n = changes(t, image, 4000);
        double deviation = sqrt(4000 * ps[k] * (1 - ps[k]));
        ck_assert_msg(fabs(n - 4000 * ps[k]) <= 4 * deviation, "p = %g: %d of 4000", ps[k], n);
        mlp_transform_release(t);
    }
    mlp_image_release(image);
}
END_TEST

START_TEST(neighbouring_steps_draw_independently)
{
    mlp_image *image = load("tiny.png");
    mlp_transform *t = COMPOSE(plain("HorizontalFlip", 0.5), plain("VerticalFlip", 0.5));
    mlp_image *forms[4] = { mlp_image_retain(image), NULL, NULL, NULL };
    mlp_error err;
    for (int i = 1; i < 4; i++) mlp_image_flip(&forms[i], image, i & 1, i & 2, &err);
    int counts[4] = { 0 };
    for (uint64_t i = 0; i < 4000; i++) {
        mlp_image *out = apply(t, image, i);
        for (int k = 0; k < 4; k++) counts[k] += equal(out, forms[k]);
        mlp_image_release(out);
    }
    for (int k = 0; k < 4; k++) ck_assert_msg(abs(counts[k] - 1000) <= 110, "form %d came %d times", k, counts[k]);
    for (int k = 0; k < 4; k++) mlp_image_release(forms[k]);
    mlp_image_release(image);
    mlp_transform_release(t);
}
END_TEST

START_TEST(brightness_is_uniform_over_its_range)
{
    mlp_image *image = NULL;
    mlp_error err;
    ck_assert_int_eq(mlp_image_new(&image, 1, 1, 1, &err), MLP_OK);
    image->pixels[0] = 128;
    mlp_transform *t = make("RandomBrightnessContrast", 1, 2, (mlp_value[]){ V2(-0.2, 0.4), V2(0, 0) });
    int tenths[10] = { 0 };
    for (uint64_t i = 0; i < 5000; i++) {
        mlp_image *out = apply(t, image, i);
        double b = (out->pixels[0] + 0.5 - 128) / 255;
        ck_assert_msg(b >= -0.205 && b <= 0.405, "brightness moved by %g", b);
        int slot = (int)((b + 0.2) / 0.06);
        tenths[slot < 0 ? 0 : slot > 9 ? 9 : slot]++;
        mlp_image_release(out);
    }
    for (int k = 0; k < 10; k++) ck_assert_msg(abs(tenths[k] - 500) <= 130, "tenth %d came %d times", k, tenths[k]);
    mlp_image_release(image);
    mlp_transform_release(t);
}
END_TEST

START_TEST(blur_sizes_are_odd_and_equally_likely)
{
    mlp_image *image = NULL, *sized[3];
    mlp_error err;
    ck_assert_int_eq(mlp_image_new(&image, 15, 15, 1, &err), MLP_OK);
    memset(image->pixels, 0, 225);
    image->pixels[7 * 15 + 7] = 255;
    for (int k = 0; k < 3; k++) ck_assert_int_eq(mlp_image_blur(&sized[k], image, 3 + 2 * k, &err), MLP_OK);
    mlp_transform *t = plain("Blur", 1);
    int counts[3] = { 0 };
    for (uint64_t i = 0; i < 3000; i++) {
        mlp_image *out = apply(t, image, i);
        for (int k = 0; k < 3; k++) counts[k] += equal(out, sized[k]);
        mlp_image_release(out);
    }
    for (int k = 0; k < 3; k++) ck_assert_msg(abs(counts[k] - 1000) <= 105, "k = %d: %d of 3000", 3 + 2 * k, counts[k]);
    for (int k = 0; k < 3; k++) mlp_image_release(sized[k]);
    mlp_image_release(image);
    mlp_transform_release(t);
}
END_TEST

START_TEST(motion_blur_keeps_the_sum_and_moves_along_its_angle)
{
    mlp_image *image = NULL;
    mlp_error err;
    ck_assert_int_eq(mlp_image_new(&image, 15, 15, 1, &err), MLP_OK);
    memset(image->pixels, 0, 225);
    image->pixels[7 * 15 + 7] = 210;
    mlp_transform *flat = make("MotionBlur", 1, 4, (mlp_value[]){ V2(7, 7), V1(0), V2(0, 0), V2(0, 0) });
    mlp_image *out = apply(flat, image, 0);
    for (int x = 0; x < 15; x++) ck_assert_int_eq(out->pixels[7 * 15 + x], x >= 4 && x <= 10 ? 30 : 0);
    mlp_image_release(out);
    mlp_transform *any = plain("MotionBlur", 1);
    for (uint64_t i = 0; i < 300; i++) {
        int sum = 0, cells = 0;
        out = apply(any, image, i);
        for (int k = 0; k < 225; k++) sum += out->pixels[k], cells += out->pixels[k] > 0;
        ck_assert_msg(abs(sum - 210) <= 4, "the sum became %d", sum);
        ck_assert_int_le(cells, 7);
        mlp_image_release(out);
    }
    mlp_image_release(image);
    mlp_transform_release(flat);
    mlp_transform_release(any);
}
END_TEST

START_TEST(one_of_chooses_in_proportion_to_p)
{
    mlp_image *image = load("tiny.png"), *flipped[2];
    mlp_error err;
    mlp_image_flip(&flipped[0], image, true, false, &err);
    mlp_image_flip(&flipped[1], image, false, true, &err);
    mlp_transform *t = ONE_OF(0.8, plain("HorizontalFlip", 0.25), plain("VerticalFlip", 0.75), plain("NoOp", 0));
    int counts[3] = { 0 };
    for (uint64_t i = 0; i < 5000; i++) {
        mlp_image *out = apply(t, image, i);
        for (int k = 0; k < 2; k++) counts[k] += equal(out, flipped[k]);
        counts[2] += equal(out, image);
        mlp_image_release(out);
    }
    ck_assert_msg(abs(counts[0] - 1000) <= 115 && abs(counts[1] - 3000) <= 140 && abs(counts[2] - 1000) <= 115,
                  "%d %d %d of 5000, expected about 1000 3000 1000", counts[0], counts[1], counts[2]);
    for (int k = 0; k < 2; k++) mlp_image_release(flipped[k]);
    mlp_image_release(image);
    mlp_transform_release(t);
}
END_TEST

/* A white dot in the middle of the picture tells the shift; the size of a white square tells the zoom. */
START_TEST(shift_scale_rotate_stays_within_its_ranges_and_draws_axes_apart)
{
    mlp_image *image = NULL;
    mlp_error err;
    ck_assert_int_eq(mlp_image_new(&image, 101, 101, 1, &err), MLP_OK);
    memset(image->pixels, 0, 101 * 101);
    for (int y = 30; y <= 70; y++) memset(image->pixels + y * 101 + 30, 255, 41);
    mlp_transform *t = make("ShiftScaleRotate", 1, 3, (mlp_value[]){ V2(-0.1, 0.1), V2(-0.2, 0.2), V2(0, 0) });
    double low = 99, high = 0, unequal = 0;
    for (uint64_t i = 0; i < 400; i++) {
        mlp_image *out = apply(t, image, i);
        int left = 101, right = -1, top = 101, bottom = -1;
        for (int k = 0; k < 101 * 101; k++) {
            if (out->pixels[k] < 128) continue;
            int x = k % 101, y = k / 101;
            left = x < left ? x : left, right = x > right ? x : right;
            top = y < top ? y : top, bottom = y > bottom ? y : bottom;
        }
        double w = right - left + 1, h = bottom - top + 1, cx = (left + right) / 2.0 - 50,
               cy = (top + bottom) / 2.0 - 50;
        ck_assert_msg(fabs(cx) <= 10.5 && fabs(cy) <= 10.5, "moved by %g, %g of 101", cx, cy);
        ck_assert_msg(w >= 31 && w <= 51 && h >= 31 && h <= 51, "zoomed from 41x41 to %gx%g", w, h);
        low = w < low ? w : low, high = w > high ? w : high;
        unequal += fabs(w - h) > 2;
        mlp_image_release(out);
    }
    ck_assert_msg(low <= 35 && high >= 47, "widths from %g to %g", low, high);
    ck_assert_double_gt(unequal, 100);
    mlp_image_release(image);
    mlp_transform_release(t);
}
END_TEST

START_TEST(quarter_turns_come_equally_often)
{
    mlp_image *image = load("tiny.png"), *turned[4] = { NULL };
    mlp_transform *transpose = plain("Transpose", 1), *t = plain("RandomRotate90", 1);
    mlp_error err;
    mlp_image *swapped = apply(transpose, image, 0);
    turned[0] = mlp_image_retain(image);
    mlp_image_flip(&turned[1], swapped, false, true,
                   &err); /* counter-clockwise: the last column becomes the first row */
    mlp_image_flip(&turned[2], image, true, true, &err);
    mlp_image_flip(&turned[3], swapped, true, false, &err);
    ck_assert_int_eq(memcmp(turned[1]->pixels, image->pixels + 3 * (image->width - 1), 3), 0);
    int counts[4] = { 0 };
    for (uint64_t i = 0; i < 4000; i++) {
        mlp_image *out = apply(t, image, i);
        for (int k = 0; k < 4; k++) counts[k] += equal(out, turned[k]);
        mlp_image_release(out);
    }
    for (int k = 0; k < 4; k++) {
        ck_assert_msg(abs(counts[k] - 1000) <= 110, "%d quarters came %d times", k, counts[k]);
        mlp_image_release(turned[k]);
    }
    mlp_image_release(swapped);
    mlp_image_release(image);
    mlp_transform_release(transpose);
    mlp_transform_release(t);
}
END_TEST

/* Pixels hold their own position, so that a crop tells where it was taken. */
START_TEST(random_crops_reach_every_place_and_stay_inside)
{
    mlp_image *image = NULL;
    mlp_error err;
    ck_assert_int_eq(mlp_image_new(&image, 12, 9, 1, &err), MLP_OK);
    for (int i = 0; i < 108; i++) image->pixels[i] = (uint8_t)i;
    mlp_transform *t = make("RandomCrop", 1, 2, (mlp_value[]){ V1(4), V1(5) });
    int seen[108] = { 0 }, places = 0;
    for (uint64_t i = 0; i < 2000; i++) {
        mlp_image *out = apply(t, image, i);
        int at = out->pixels[0];
        ck_assert(out->height == 4 && out->width == 5 && at % 12 <= 7 && at / 12 <= 5);
        ck_assert_int_eq(out->pixels[19], at + 3 * 12 + 4);
        places += seen[at]++ == 0;
        mlp_image_release(out);
    }
    ck_assert_int_eq(places, 8 * 6);
    mlp_transform *resized = make("RandomResizedCrop", 1, 2, (mlp_value[]){ V1(6), V1(7) });
    for (uint64_t i = 0; i < 200; i++) {
        mlp_image *out = apply(resized, image, i);
        ck_assert(out->height == 6 && out->width == 7);
        mlp_image_release(out);
    }
    mlp_transform *large = make("CenterCrop", 1, 2, (mlp_value[]){ V1(10), V1(5) });
    mlp_sample sample;
    mlp_sample_begin(&sample, image);
    ck_assert_int_eq(mlp_transform_apply(large, &sample, (mlp_draw){ 0 }, 0, &err), MLP_ESHAPE);
    ck_assert_str_eq(err.text, "CenterCrop: a crop of 10x5 does not fit into a picture of 9x12 (height x width)");
    mlp_sample_clear(&sample);
    mlp_image_release(image);
    mlp_transform_release(t);
    mlp_transform_release(resized);
    mlp_transform_release(large);
}
END_TEST

START_TEST(holes_have_the_given_sizes_and_noise_the_given_deviation)
{
    mlp_image *image = NULL;
    mlp_error err;
    ck_assert_int_eq(mlp_image_new(&image, 100, 80, 3, &err), MLP_OK);
    memset(image->pixels, 128, mlp_image_bytes(image));
    mlp_transform *holes = make("CoarseDropout", 1, 4, (mlp_value[]){ V2(1, 1), V2(0.1, 0.2), V2(0.3, 0.4), V1(7) });
    mlp_transform *pixels = make("CoarseDropout", 1, 3, (mlp_value[]){ V2(1, 1), V2(3, 3), V2(500, 500) });
    for (uint64_t i = 0; i < 200; i++) {
        int covered = 0;
        mlp_image *out = apply(holes, image, i);
        for (int k = 0; k < 8000; k++) covered += out->pixels[3 * k] == 7 && out->pixels[3 * k + 2] == 7;
        ck_assert_msg(covered >= 8 * 30 && covered <= 16 * 40, "the hole has %d pixels", covered);
        mlp_image_release(out);
        covered = 0;
        out = apply(pixels, image, i);
        for (int k = 0; k < 8000; k++) covered += out->pixels[3 * k] == 0;
        ck_assert_int_eq(covered, 3 * 100);
        mlp_image_release(out);
    }
    mlp_transform *noise = make("GaussNoise", 1, 2, (mlp_value[]){ V2(0.1, 0.1), V2(0.05, 0.05) });
    mlp_image *out = apply(noise, image, 0);
    double sum = 0, squares = 0, n = (double)mlp_image_bytes(out);
    for (size_t i = 0; i < mlp_image_bytes(out); i++) sum += out->pixels[i] - 128;
    for (size_t i = 0; i < mlp_image_bytes(out); i++) squares += pow(out->pixels[i] - 128 - sum / n, 2);
    ck_assert_msg(fabs(sum / n - 12.75) < 0.8, "the mean moved by %g, expected 12.75", sum / n);
    ck_assert_msg(fabs(sqrt(squares / n) - 25.5) < 0.8, "the deviation is %g, expected 25.5", sqrt(squares / n));
    mlp_image_release(out);
    mlp_transform *grey = make("GaussNoise", 1, 3, (mlp_value[]){ V2(0.1, 0.1), V2(0, 0), V1(0) });
    out = apply(grey, image, 0);
    sum = 0;
    for (int k = 0; k < 8000; k++) {
        ck_assert_int_eq(out->pixels[3 * k], out->pixels[3 * k + 1]);
        ck_assert_int_eq(out->pixels[3 * k], out->pixels[3 * k + 2]);
        sum += pow(out->pixels[3 * k] - 128, 2);
    }
    ck_assert_msg(fabs(sqrt(sum / 8000) - 25.5) < 0.9, "the deviation is %g, expected 25.5", sqrt(sum / 8000));
    mlp_image_release(out);
    mlp_image_release(image);
    mlp_transform_release(holes);
    mlp_transform_release(pixels);
    mlp_transform_release(noise);
    mlp_transform_release(grey);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        p_is_the_share_of_applications,
        neighbouring_steps_draw_independently,
        brightness_is_uniform_over_its_range,
        blur_sizes_are_odd_and_equally_likely,
        motion_blur_keeps_the_sum_and_moves_along_its_angle,
        one_of_chooses_in_proportion_to_p,
        shift_scale_rotate_stays_within_its_ranges_and_draws_axes_apart,
        quarter_turns_come_equally_often,
        random_crops_reach_every_place_and_stay_inside,
        holes_have_the_given_sizes_and_noise_the_given_deviation,
    };
    return run_suite("augment_draws", tests, COUNT(tests));
}
