/* test_image_formats.c - WebP, BMP, GIF and TIFF: golden files and limits; of these, JPEG and PNG: files that end early
 * and mutated files.
 * MLP_MUTATIONS=n in the environment changes the number of mutated files for each format. */
#include "image_files.h"

#include <math.h>

#define GOLDEN "tests/golden/formats/"

static file golden(const char *name)
{
    char path[256];
    file f = { 0 };
    mlp_error err;
    snprintf(path, sizeof path, GOLDEN "%s", name);
    ck_assert_msg(mlp_file_read(&f.bytes, &f.length, path, 1 << 20, &err) == MLP_OK, "%s", err.text);
    return f;
}

static int largest_difference(const mlp_image *a, const mlp_image *b, const char *name)
{
    int most = 0;
    ck_assert_msg(a->width == b->width && a->height == b->height, "%s: got %dx%d, expected %dx%d", name, a->width,
                  a->height, b->width, b->height);
    for (size_t i = 0; i < mlp_image_bytes(a); i++) {
        int d = abs(a->pixels[i] - b->pixels[i]);
        if (d > most) most = d;
    }
    return most;
}

START_TEST(golden_files_have_the_pixels_that_pillow_reads)
{
    char name[100], expected[120];
    int tolerance, count = 0;
    FILE *list = fopen(GOLDEN "list.txt", "r");
    ck_assert_ptr_nonnull(list);
    while (fscanf(list, "%99s %d", name, &tolerance) == 2) {
        snprintf(expected, sizeof expected, "%s.png", name);
        mlp_image *got = decoded(golden(name), NULL), *right = decoded(golden(expected), NULL);
        int difference = largest_difference(got, right, name);
        ck_assert_msg(difference <= tolerance, "%s: a level differs by %d, allowed is %d", name, difference, tolerance);
        mlp_image_release(got);
        mlp_image_release(right);
        count++;
    }
    fclose(list);
    ck_assert_int_ge(count, 50);
}
END_TEST

START_TEST(formats_are_known_by_content_and_by_name)
{
    static const struct {
        const char *file, *name;
        mlp_image_format format;
    } cases[] = {
        { "lossy.webp", "x.WebP", MLP_WEBP }, { "rgb.bmp", "y.dib", MLP_BMP },     { "plain.gif", "a.b.gif", MLP_GIF },
        { "lzw.tiff", "z.TIF", MLP_TIFF },    { "rgb.bmp.png", "q.png", MLP_PNG }, { "big.tiff", "x.tiff", MLP_TIFF },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        file f = golden(cases[i].file);
        ck_assert_int_eq(mlp_image_sniff(f.bytes, 16), cases[i].format);
        ck_assert_int_eq(mlp_image_format_named(cases[i].name), cases[i].format);
        free(f.bytes);
    }
    ck_assert_int_eq(mlp_image_format_named("x.txt"), MLP_NOT_AN_IMAGE);
    ck_assert_int_eq(mlp_image_format_named("gif"), MLP_NOT_AN_IMAGE);
    ck_assert_int_eq(mlp_image_format_named(".gif"), MLP_NOT_AN_IMAGE);
    ck_assert_str_eq(mlp_image_format_name(MLP_WEBP), "WebP");
}
END_TEST

/* ---- damage ---- */

#define ZOO_FILE(name) "../pictures/zoo/" name
static const char *const victims[] = {
    "lossy.webp",
    "lossless.webp",
    "lossy_alpha.webp",
    "animated.webp",
    "exif6.webp",
    "plain.gif",
    "interlaced.gif",
    "animated.gif",
    "inner_frame.gif",
    "rgb.bmp",
    "bits_1.bmp",
    "rgb565.bmp",
    "alpha.bmp",
    "runs_8.bmp",
    "runs_4.bmp",
    "core_4.bmp",
    "plain.tiff",
    "lzw.tiff",
    "jpeg.tiff",
    "deflate.tiff",
    "palette.tiff",
    "bits_1.tiff",
    "rgb_16.tiff",
    "big.tiff",
    ZOO_FILE("baseline_420.jpg"),
    ZOO_FILE("progressive.jpg"),
    ZOO_FILE("restart.jpg"),
    ZOO_FILE("exif_6.jpg"),
    ZOO_FILE("rgb_8.png"),
    ZOO_FILE("palette_4_trns.png"),
    ZOO_FILE("rgba_16_interlaced.png"),
};
enum { VICTIMS = sizeof victims / sizeof *victims };

static mlp_image *attempt(const uint8_t *bytes, size_t length)
{
    mlp_decode_options options = mlp_decode_defaults();
    mlp_error err = { MLP_OK, "" };
    mlp_image *image = NULL;
    options.max_pixels = 1 << 20;
    mlp_status st = mlp_image_decode(&image, bytes, length, "damaged", &options, &err);
    ck_assert_msg((st == MLP_OK) == (image != NULL), "status %d with%s an image", st, image ? "" : "out");
    ck_assert_msg(st == MLP_OK || err.text[0], "an error without words");
    unsigned sum = 0;
    for (size_t i = 0; image && i < mlp_image_bytes(image); i++) sum += image->pixels[i]; /* all of it is there */
    ck_assert_uint_ge(sum + 1, 1);
    return image;
}

/* Wherever it ends: an error, or nothing of the picture was cut off. */
START_TEST(a_file_that_ends_early_is_an_error)
{
    file f = golden(victims[_i]);
    mlp_image *whole = attempt(f.bytes, f.length);
    int failures = 0;
    for (size_t n = 0; n < f.length; n++) {
        uint8_t *part = malloc(n ? n : 1); /* exactly as long: the sanitizer sees a read behind the end */
        memcpy(part, f.bytes, n);
        mlp_image *image = attempt(part, n);
        if (image)
            ck_assert_msg(largest_difference(image, whole, victims[_i]) == 0,
                          "%s: the first %zu of %zu bytes "
                          "give another picture",
                          victims[_i], n, f.length);
        failures += !image;
        mlp_image_release(image);
        free(part);
    }
    ck_assert_int_gt(failures, 20);
    mlp_image_release(whole);
    free(f.bytes);
}
END_TEST

START_TEST(mutated_files_give_an_error_or_a_picture)
{
    long rounds = scale("MLP_MUTATIONS", 2000);
    int per_format = 0, failures = 0;
    const char *format = strrchr(victims[_i], '.');
    for (int i = 0; i < VICTIMS; i++) per_format += strcmp(strrchr(victims[i], '.'), format) == 0;
    mlp_rng rng = mlp_rng_stream(11, MLP_FOR_USER, (uint64_t)_i, 0, 0);
    for (long round = 0; round < rounds / per_format + 1; round++) {
        file f = golden(victims[_i]);
        for (int64_t k = mlp_rng_int(&rng, 1, 4); k > 0; k--) mutate(&f, &rng);
        uint8_t *exact = malloc(f.length);
        memcpy(exact, f.bytes, f.length);
        mlp_image *image = attempt(exact, f.length);
        failures += !image;
        mlp_image_release(image);
        free(exact);
        free(f.bytes);
    }
    ck_assert_int_gt(failures, 0);
}
END_TEST

/* ---- limits ---- */

static file with_size(const char *name, size_t at, const void *size, size_t n)
{
    file f = golden(name);
    memcpy(f.bytes + at, size, n);
    return f;
}

START_TEST(huge_headers_are_refused_before_memory_is_taken)
{
    size_t before = mlp_block_bytes_in_use();
    refused(with_size("rgb.bmp", 18, "\x30\x75\0\0\x30\x75\0\0", 8), "30000x30000 pixels, more than the limit");
    refused(with_size("rgb.bmp", 18, "\xFF\xFF\xFF\x7F\xFF\xFF\xFF\x7F", 8), "claims 2147483647x2147483647 pixels");
    refused(with_size("rgb.bmp", 18, "\x01\0\0\0\0\0\0\x80", 8), "claims 1x2147483648 pixels");
    refused(with_size("rgb.bmp", 18, "\xFF\xFF\xFF\xFF", 4), "its width is negative");
    refused(with_size("rgb.bmp", 18, "\0\0\0\0", 4), "the picture has no pixels");
    refused(with_size("plain.gif", 6, "\x30\x75\x30\x75", 4), "30000x30000 pixels, more than the limit");
    refused(with_size("animated.webp", 24, "\xFF\xFF\x3F\xFF\xFF\x3F", 6), "4194304x4194304 pixels");
    ck_assert_uint_eq(mlp_block_bytes_in_use(), before);
}
END_TEST

START_TEST(kinds_that_are_not_read_are_named)
{
    refused(with_size("rgb.bmp", 30, "\4\0\0\0", 4), "a BMP of 24 bits a pixel with compression 4, which is not read");
    refused(with_size("rgb.bmp", 28, "\3\0", 2), "a BMP of 3 bits a pixel");
    refused(with_size("rgb.bmp", 14, "\x29\0\0\0", 4), "its second header is of no known kind");
    file f = golden("rgb_16.tiff");
    size_t depths = f.length - 6; /* the last thing in the file: three numbers of bits */
    free(f.bytes);
    refused(with_size("rgb_16.tiff", depths, "\x20\0\x20\0\x20\0", 6), "a TIFF that is not read");
}
END_TEST

START_TEST(millions_of_empty_parts_cost_no_time)
{
    double since = worked();
    enum { PARTS = 1 << 20 };
    uint8_t *parts = malloc(8 * PARTS);
    for (size_t i = 0; i < PARTS; i++) memcpy(parts + 8 * i, "junk\0\0\0\0", 8);
    file f = golden("lossless.webp");
    insert(&f, 12, parts, 8 * PARTS);
    mlp_image_release(decoded(f, NULL));
    for (size_t i = 0; i < PARTS; i++) memcpy(parts + 8 * i, "!\xFE\4abcd\0", 8);
    f = golden("plain.gif");
    size_t colours = 13 + 3 * ((size_t)2 << (f.bytes[10] & 7));
    insert(&f, colours, parts, 8 * PARTS);
    mlp_image_release(decoded(f, NULL));
    free(parts);
    expect_quick(since);
}
END_TEST

START_TEST(an_interrupt_ends_decoding)
{
    static const char *const names[] = { "lossy.webp", "rgb.bmp", "runs_8.bmp", "plain.gif", "plain.tiff", "lzw.tiff" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        file f = golden(names[i]);
        mlp_image *image = NULL;
        mlp_error err;
        mlp_interrupt();
        ck_assert_int_eq(mlp_image_decode(&image, f.bytes, f.length, "some/file", NULL, &err), MLP_EINTERRUPT);
        mlp_interrupt_clear();
        ck_assert_ptr_null(image);
        free(f.bytes);
    }
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("image_formats");
    tcase_set_timeout(c, 0);
    tcase_add_test(c, golden_files_have_the_pixels_that_pillow_reads);
    tcase_add_test(c, formats_are_known_by_content_and_by_name);
    tcase_add_loop_test(c, a_file_that_ends_early_is_an_error, 0, VICTIMS);
    tcase_add_loop_test(c, mutated_files_give_an_error_or_a_picture, 0, VICTIMS);
    tcase_add_test(c, huge_headers_are_refused_before_memory_is_taken);
    tcase_add_test(c, kinds_that_are_not_read_are_named);
    tcase_add_test(c, millions_of_empty_parts_cost_no_time);
    tcase_add_test(c, an_interrupt_ends_decoding);
    return run_tests("image_formats", c);
}
