/* test_image.c - pictures in and out: the zoo of golden files, damage, limits, resizing, EXIF. */
#include "image/codec_private.h"

#include "suite.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#define GOLDEN "tests/golden/pictures/"

static mlp_image *load(const char *path, int channels)
{
    mlp_decode_options options = mlp_decode_defaults();
    mlp_error err;
    mlp_image *image = NULL;
    options.channels = channels;
    ck_assert_msg(mlp_image_load(&image, path, &options, &err) == MLP_OK, "%s", err.text);
    return image;
}

/* Reads a file of the zoo; release with free(). */
static uint8_t *read_bytes(const char *name, size_t *length)
{
    char path[256];
    uint8_t *bytes = NULL;
    mlp_error err;
    snprintf(path, sizeof path, GOLDEN "zoo/%s", name);
    ck_assert_msg(mlp_file_read(&bytes, length, path, 1 << 20, &err) == MLP_OK, "%s", err.text);
    return bytes;
}

static void expect_equal(const mlp_image *got, const mlp_image *expected, const char *what)
{
    ck_assert_msg(got->width == expected->width && got->height == expected->height &&
                      got->channels == expected->channels,
                  "%s: got %dx%dx%d, expected %dx%dx%d", what, got->width, got->height, got->channels, expected->width,
                  expected->height, expected->channels);
    for (size_t i = 0; i < mlp_image_bytes(got); i++)
        ck_assert_msg(got->pixels[i] == expected->pixels[i], "%s: byte %zu is %d, expected %d", what, i, got->pixels[i],
                      expected->pixels[i]);
}

/* ---- decoding ---- */

START_TEST(every_file_of_the_zoo_decodes_to_the_expected_pixels)
{
    char name[100], path[256];
    int count = 0;
    FILE *list = fopen(GOLDEN "zoo.txt", "r");
    ck_assert_ptr_nonnull(list);
    while (fscanf(list, "%99s", name) == 1) {
        snprintf(path, sizeof path, GOLDEN "expected/%s.png", name);
        mlp_image *expected = load(path, 3);
        snprintf(path, sizeof path, GOLDEN "zoo/%s", name);
        mlp_image *got = load(path, 3);
        expect_equal(got, expected, name);
        mlp_image_release(got);
        mlp_image_release(expected);
        count++;
    }
    fclose(list);
    ck_assert_int_ge(count, 70);
}
END_TEST

START_TEST(one_channel_is_the_grey_of_the_colours)
{
    mlp_error err;
    mlp_image *rgb = load(GOLDEN "zoo/rgb_8.png", 3), *grey = load(GOLDEN "zoo/rgb_8.png", 1), *converted;
    ck_assert_int_eq(mlp_image_convert(&converted, rgb, 1, &err), MLP_OK);
    expect_equal(grey, converted, "rgb_8.png");
    int r = rgb->pixels[0], g = rgb->pixels[1], b = rgb->pixels[2];
    ck_assert_int_eq(grey->pixels[0], (int)(0.299 * r + 0.587 * g + 0.114 * b + 0.5));
    mlp_image_release(rgb);
    mlp_image_release(grey);
    mlp_image_release(converted);
}
END_TEST

START_TEST(a_grey_jpeg_is_the_same_in_one_channel_and_replicated_in_three)
{
    mlp_image *one = load(GOLDEN "zoo/grey.jpg", 1), *three = load(GOLDEN "zoo/grey.jpg", 3);
    for (size_t i = 0; i < mlp_image_bytes(three); i++) ck_assert_int_eq(three->pixels[i], one->pixels[i / 3]);
    mlp_image_release(one);
    mlp_image_release(three);
}
END_TEST

START_TEST(transparent_pixels_show_the_chosen_background)
{
    size_t length;
    uint8_t *bytes = read_bytes("rgb_8_trns.png", &length);
    mlp_decode_options options = mlp_decode_defaults();
    mlp_image *image;
    mlp_error err;
    options.background[0] = 1, options.background[1] = 2, options.background[2] = 3;
    ck_assert_int_eq(mlp_image_decode(&image, bytes, length, NULL, &options, &err), MLP_OK);
    const uint8_t *p = image->pixels + (5 * image->width + 5) * 3; /* the transparent colour is that of (5, 5) */
    ck_assert(p[0] == 1 && p[1] == 2 && p[2] == 3);
    mlp_image_release(image);
    free(bytes);
}
END_TEST

/* ---- what is refused ---- */

static void expect_refused(const uint8_t *bytes, size_t length, const mlp_decode_options *options, const char *text)
{
    mlp_error err;
    mlp_image *image = NULL;
    mlp_status st = mlp_image_decode(&image, bytes, length, "some/file", options, &err);
    ck_assert_msg(st != MLP_OK, "decoded, expected an error with '%s'", text);
    ck_assert_ptr_null(image);
    ck_assert_msg(strstr(err.text, text) && strstr(err.text, "some/file"), "got '%s', expected '%s'", err.text, text);
}

START_TEST(what_is_not_an_image_is_named)
{
    expect_refused((const uint8_t *)"", 0, NULL, "the file is empty");
    expect_refused((const uint8_t *)"....ftypheic", 12, NULL, "looks like a HEIC");
    expect_refused((const uint8_t *)"version https://git-lfs.github.com/spec/v1", 42, NULL, "Git LFS pointer");
    expect_refused((const uint8_t *)"<!DOCTYPE html>", 15, NULL, "HTML");
    expect_refused((const uint8_t *)"hello", 5, NULL, "something else");
    expect_refused((const uint8_t *)"\xff\xd8\xff", 3, NULL, "damaged JPEG");
    expect_refused((const uint8_t *)"\x89PNG\r\n\x1a\n", 8, NULL, "damaged PNG: the file ends early");
}
END_TEST

/* A JPEG header that claims size x size pixels, and no more than that. */
static void expect_jpeg_too_large(unsigned size, const char *text)
{
    uint8_t jpeg[] = { 0xFF, 0xD8, 0xFF, 0xC0, 0,    17, 8,  0, 0, 0, 0, 3, 1, 0x11, 0, 2,  0x11, 0,
                       3,    0x11, 0,    0xFF, 0xDA, 0,  12, 3, 1, 0, 2, 0, 3, 0,    0, 63, 0 };
    jpeg[7] = jpeg[9] = (uint8_t)(size >> 8);
    jpeg[8] = jpeg[10] = (uint8_t)size;
    expect_refused(jpeg, sizeof jpeg, NULL, text);
}

static void expect_png_too_large(uint32_t width, uint32_t height, const char *text)
{
    size_t length;
    uint8_t *bytes = read_bytes("rgb_8.png", &length);
    for (int i = 0; i < 4; i++) {
        bytes[16 + i] = (uint8_t)(width >> (24 - 8 * i));
        bytes[20 + i] = (uint8_t)(height >> (24 - 8 * i));
    }
    uint32_t sum = (uint32_t)crc32(0, bytes + 12, 17);
    for (int i = 0; i < 4; i++) bytes[29 + i] = (uint8_t)(sum >> (24 - 8 * i));
    expect_refused(bytes, length, NULL, text);
    free(bytes);
}

START_TEST(huge_headers_are_refused_before_memory_is_taken)
{
    size_t before = mlp_block_bytes_in_use();
    expect_jpeg_too_large(65535, "damaged JPEG: Maximum supported image dimension");
    expect_jpeg_too_large(65000, "the picture claims 65000x65000 pixels; sides of at most 32768 are read");
    expect_jpeg_too_large(32000, "the picture has 32000x32000 pixels, more than the limit of 100000000");
    expect_png_too_large(65535, 65535, "the picture claims 65535x65535 pixels");
    expect_png_too_large(0x7FFFFFFF, 0x7FFFFFFF, "the picture claims 2147483647x2147483647 pixels");
    expect_png_too_large(30000, 30000, "more than the limit of 100000000");
    expect_png_too_large(0, 5, "damaged PNG");
    ck_assert_uint_eq(mlp_block_bytes_in_use(), before);
}
END_TEST

START_TEST(max_pixels_is_a_limit_and_can_be_raised)
{
    mlp_decode_options options = mlp_decode_defaults();
    mlp_error err;
    mlp_image *image;
    for (int i = 0; i < 2; i++) {
        size_t length;
        uint8_t *bytes = read_bytes(i ? "rgb_8.png" : "progressive.jpg", &length);
        options.max_pixels = 19 * 13 - 1;
        expect_refused(bytes, length, &options, "more than the limit of 246 (max_pixels raises it)");
        options.max_pixels = 19 * 13;
        ck_assert_int_eq(mlp_image_decode(&image, bytes, length, NULL, &options, &err), MLP_OK);
        mlp_image_release(image);
        free(bytes);
    }
    options.channels = 2;
    expect_refused((const uint8_t *)"", 0, &options, "channels is 2, expected 1 (grey) or 3 (RGB)");
}
END_TEST

START_TEST(a_missing_file_is_named)
{
    mlp_error err;
    mlp_image *image = NULL;
    ck_assert_int_eq(mlp_image_load(&image, "no/such/file.jpg", NULL, &err), MLP_EIO);
    ck_assert_ptr_nonnull(strstr(err.text, "no/such/file.jpg"));
}
END_TEST

/* ---- damage ---- */

/* Decoding either fails with a message or gives a picture of the size in `sound`; returns whether it failed. */
static bool survives(const uint8_t *bytes, size_t length)
{
    mlp_decode_options options = mlp_decode_defaults();
    mlp_error err = { MLP_OK, "" };
    mlp_image *image = NULL;
    options.max_pixels = 1 << 22;
    mlp_status st = mlp_image_decode(&image, bytes, length, "damaged", &options, &err);
    ck_assert_msg((st == MLP_OK) == (image != NULL), "status %d with%s an image", st, image ? "" : "out");
    ck_assert_msg(st == MLP_OK || err.text[0], "an error without words");
    unsigned sum = 0;
    if (image)
        for (size_t i = 0; i < mlp_image_bytes(image); i++) sum += image->pixels[i]; /* all of it is there to be read */
    ck_assert_uint_ge(sum + 1, 1);
    mlp_image_release(image);
    return st != MLP_OK;
}

static const char *const victims[] = {
    "baseline_420.jpg", "progressive.jpg", "grey.jpg",           "restart.jpg", "ycck_adobe.jpg",
    "exif_6.jpg",       "rgb_8.png",       "palette_4_trns.png", "rgba_16.png", "grey_2_interlaced.png",
    "text.png",         "grey_8_trns.png",
};
enum { VICTIMS = sizeof victims / sizeof *victims };

START_TEST(a_file_that_ends_early_is_an_error_wherever_it_ends)
{
    size_t length;
    uint8_t *bytes = read_bytes(victims[_i], &length);
    bool is_png = strstr(victims[_i], ".png") != NULL;
    for (size_t n = 0; n < length; n++) {
        uint8_t *part = malloc(n ? n : 1); /* exactly as long: the sanitizer sees a read behind the end */
        memcpy(part, bytes, n);
        bool failed = survives(part, n);
        bool may_pass = !is_png && n + 4 > length; /* an end marker is not missed */
        ck_assert_msg(failed || may_pass, "%s: the first %zu of %zu bytes decode", victims[_i], n, length);
        free(part);
    }
    free(bytes);
}
END_TEST

START_TEST(flipped_bits_give_an_error_or_a_picture)
{
    size_t length;
    uint8_t *bytes = read_bytes(victims[_i], &length);
    mlp_rng rng = mlp_rng_stream(1, MLP_FOR_USER, (uint64_t)_i, 0, 0);
    int failures = 0;
    for (long round = 0, rounds = scale("MLP_MUTATIONS", 600); round < rounds; round++) {
        uint8_t *copy = malloc(length);
        memcpy(copy, bytes, length);
        long flips = 1 + round % 4;
        for (int k = 0; k < flips; k++)
            copy[mlp_rng_int(&rng, 2, (int64_t)length - 1)] ^= (uint8_t)(1u << mlp_rng_int(&rng, 0, 7));
        failures += survives(copy, length);
        free(copy);
    }
    ck_assert_int_gt(failures, 0);
    free(bytes);
}
END_TEST

START_TEST(bytes_put_in_or_taken_out_give_an_error_or_a_picture)
{
    size_t length;
    uint8_t *bytes = read_bytes(victims[_i], &length);
    mlp_rng rng = mlp_rng_stream(2, MLP_FOR_USER, (uint64_t)_i, 0, 0);
    for (long round = 0, rounds = scale("MLP_MUTATIONS", 200); round < rounds; round++) {
        size_t at = (size_t)mlp_rng_int(&rng, 2, (int64_t)length - 10), n = (size_t)mlp_rng_int(&rng, 1, 8);
        uint8_t *copy = malloc(length + n);
        memcpy(copy, bytes, at);
        memset(copy + at, (int)mlp_rng_int(&rng, 0, 255), n);
        memcpy(copy + at + n, bytes + at, length - at);
        survives(copy, length + n);
        memcpy(copy + at, bytes + at + n, length - at - n);
        survives(copy, length - n);
        free(copy);
    }
    free(bytes);
}
END_TEST

START_TEST(random_bytes_behind_a_magic_number_are_an_error)
{
    mlp_rng rng = mlp_rng_stream(3, MLP_FOR_USER, 0, 0, 0);
    for (int round = 0; round < 300; round++) {
        uint8_t bytes[200];
        for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)mlp_rng_int(&rng, 0, 255);
        memcpy(bytes, round % 2 ? "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR" : "\xff\xd8\xff\xc2\0\x11\x08\0\x10\0\x10\x03....",
               16);
        ck_assert(survives(bytes, sizeof bytes));
    }
}
END_TEST

/* A progressive picture repeats one tiny scan many times: cheap to send, dear to decode. */
START_TEST(a_progressive_file_with_thousands_of_scans_is_refused)
{
    size_t length, at = 0;
    uint8_t *bytes = read_bytes("progressive.jpg", &length);
    for (size_t i = 2; i + 1 < length; i++)
        if (bytes[i] == 0xFF && bytes[i + 1] == 0xDA) at = i; /* the last scan */
    ck_assert_uint_gt(at, 0);
    size_t scan = length - 2 - at, copies = 2000;
    uint8_t *bomb = malloc(length + copies * scan);
    memcpy(bomb, bytes, at);
    for (size_t i = 0; i <= copies; i++) memcpy(bomb + at + i * scan, bytes + at, scan);
    memcpy(bomb + at + (copies + 1) * scan, bytes + length - 2, 2);
    expect_refused(bomb, length + copies * scan, NULL, "JPEG");
    free(bomb);
    free(bytes);
}
END_TEST

/* ---- EXIF ---- */

START_TEST(exif_reads_both_byte_orders_and_nothing_outside)
{
    uint8_t little[] = "II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0";
    uint8_t big[] = "MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x08\0\0";
    size_t n = sizeof little - 1;
    ck_assert_int_eq(mlp_exif_orientation(little, n), 6);
    ck_assert_int_eq(mlp_exif_orientation(big, sizeof big - 1), 8);
    for (size_t i = 0; i < n; i++) { /* cut short: an exact copy, so that the sanitizer sees a read behind it */
        uint8_t *part = malloc(i ? i : 1);
        memcpy(part, little, i);
        ck_assert_int_eq(mlp_exif_orientation(part, i), 1);
        free(part);
    }
    static const size_t offsets[] = { 4, 5, 6, 7, 8, 9 };
    for (size_t i = 0; i < 6; i++) { /* wild offsets and counts */
        uint8_t wild[sizeof little];
        memcpy(wild, little, sizeof wild);
        wild[offsets[i]] = 0xFF;
        int o = mlp_exif_orientation(wild, n);
        ck_assert(o == 1 || o == 6);
    }
}
END_TEST

/* ---- resize, PNG out ---- */

static const uint8_t square[25] = { 0,   10,  20,  30,  40,  50,  60,  70,  80,  90,  100, 110, 120,
                                    130, 140, 150, 160, 170, 180, 190, 200, 210, 220, 230, 240 };

static mlp_image *grey_image(int width, int height, const uint8_t *pixels)
{
    mlp_image *image = NULL;
    mlp_error err;
    ck_assert_int_eq(mlp_image_new(&image, width, height, 1, &err), MLP_OK);
    memcpy(image->pixels, pixels, (size_t)(width * height));
    return image;
}

START_TEST(resize_gives_hand_checked_numbers)
{
    static const uint8_t linear[9] = { 20, 37, 53, 103, 120, 137, 187, 203, 220 };
    static const uint8_t area[9] = { 24, 40, 56, 104, 120, 136, 184, 200, 216 };
    static const uint8_t rows[16] = { 0, 4, 10, 17, 23, 29, 35, 40, 22, 26, 32, 39, 45, 51, 57, 62 };
    mlp_error err;
    mlp_image *image = grey_image(5, 5, square), *small, *large;
    mlp_image *expected = grey_image(3, 3, linear);
    ck_assert_int_eq(mlp_image_resize(&small, image, 3, 3, MLP_LINEAR, &err), MLP_OK);
    expect_equal(small, expected, "linear");
    mlp_image_release(small);
    memcpy(expected->pixels, area, 9);
    ck_assert_int_eq(mlp_image_resize(&small, image, 3, 3, MLP_AREA, &err), MLP_OK);
    expect_equal(small, expected, "area");
    ck_assert_int_eq(mlp_image_resize(&large, image, 8, 8, MLP_LINEAR, &err), MLP_OK);
    ck_assert_int_eq(memcmp(large->pixels, rows, sizeof rows), 0);
    mlp_image_release(small);
    mlp_image_release(large);
    mlp_image_release(expected);
    mlp_image_release(image);
}
END_TEST

START_TEST(resize_refuses_impossible_sizes)
{
    mlp_error err;
    mlp_image *image = grey_image(5, 5, square), *out = NULL;
    ck_assert_int_eq(mlp_image_resize(&out, image, 0, 3, MLP_LINEAR, &err), MLP_EINVAL);
    ck_assert_str_eq(err.text, "resize: image of 0x3 (width x height): each side must be 1 to 32768");
    ck_assert_int_eq(mlp_image_resize(&out, image, 3, 40000, MLP_LINEAR, &err), MLP_EINVAL);
    ck_assert_int_eq(mlp_image_resize(&out, image, 3, 3, (mlp_interpolation)9, &err), MLP_EINVAL);
    ck_assert_str_eq(err.text, "resize: unknown interpolation 9");
    ck_assert_ptr_null(out);
    mlp_image_release(image);
}
END_TEST

START_TEST(a_png_that_we_write_reads_back)
{
    mlp_error err;
    for (int channels = 1; channels <= 3; channels += 2) {
        mlp_image *image = load(GOLDEN "zoo/rgb_8.png", channels), *back = NULL;
        mlp_decode_options options = mlp_decode_defaults();
        uint8_t *bytes = NULL;
        size_t length = 0;
        options.channels = channels;
        ck_assert_int_eq(mlp_image_encode_png(&bytes, &length, image, &err), MLP_OK);
        ck_assert_int_eq(mlp_image_sniff(bytes, length), MLP_PNG);
        ck_assert_int_eq(mlp_image_decode(&back, bytes, length, NULL, &options, &err), MLP_OK);
        expect_equal(back, image, "written");
        mlp_image_release(back);
        mlp_image_release(image);
        free(bytes);
    }
}
END_TEST

START_TEST(images_have_one_or_three_channels_and_sane_sides)
{
    mlp_error err;
    mlp_image *image = NULL;
    ck_assert_int_eq(mlp_image_new(&image, 4, 4, 2, &err), MLP_EINVAL);
    ck_assert_str_eq(err.text, "image with 2 channels: 1 (grey) and 3 (RGB) are supported");
    ck_assert_int_eq(mlp_image_new(&image, -1, 4, 3, &err), MLP_EINVAL);
    ck_assert_ptr_null(image);
    mlp_image_release(NULL);
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("image");
    tcase_set_timeout(c, 120);
    tcase_add_test(c, every_file_of_the_zoo_decodes_to_the_expected_pixels);
    tcase_add_test(c, one_channel_is_the_grey_of_the_colours);
    tcase_add_test(c, a_grey_jpeg_is_the_same_in_one_channel_and_replicated_in_three);
    tcase_add_test(c, transparent_pixels_show_the_chosen_background);
    tcase_add_test(c, what_is_not_an_image_is_named);
    tcase_add_test(c, huge_headers_are_refused_before_memory_is_taken);
    tcase_add_test(c, max_pixels_is_a_limit_and_can_be_raised);
    tcase_add_test(c, a_missing_file_is_named);
    tcase_add_loop_test(c, a_file_that_ends_early_is_an_error_wherever_it_ends, 0, VICTIMS);
    tcase_add_loop_test(c, flipped_bits_give_an_error_or_a_picture, 0, VICTIMS);
    tcase_add_loop_test(c, bytes_put_in_or_taken_out_give_an_error_or_a_picture, 0, VICTIMS);
    tcase_add_test(c, random_bytes_behind_a_magic_number_are_an_error);
    tcase_add_test(c, a_progressive_file_with_thousands_of_scans_is_refused);
    tcase_add_test(c, exif_reads_both_byte_orders_and_nothing_outside);
    tcase_add_test(c, resize_gives_hand_checked_numbers);
    tcase_add_test(c, resize_refuses_impossible_sizes);
    tcase_add_test(c, a_png_that_we_write_reads_back);
    tcase_add_test(c, images_have_one_or_three_channels_and_sane_sides);
    return run_tests("image", c);
}
