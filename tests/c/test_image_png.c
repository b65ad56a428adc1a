/* test_image_png.c - PNG as cameras and editors write it: orientation, checksums, what comes behind the picture. */
#include "image_files.h"

/* A PNG of 3x2 pixels with the chunks around the data that are asked for. */
static file small_png(const char *front, const char *behind, const void *content, size_t length)
{
    file f = png_head(3, 2);
    if (front) put_chunk(&f, front, content, length);
    put_zeros(&f, 8);
    if (behind) put_chunk(&f, behind, content, length);
    put_chunk(&f, "IEND", NULL, 0);
    return f;
}

START_TEST(a_png_is_turned_by_its_exif_chunk)
{
    static const uint8_t exif[] = "MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0"; /* and a NUL */
    expect_size(small_png("eXIf", NULL, exif, sizeof exif), 2, 3);
    expect_size(small_png(NULL, "eXIf", exif, sizeof exif), 2, 3);
    expect_size(small_png("eXIf", NULL, exif, 7), 3, 2);
    file f = small_png("eXIf", NULL, exif, sizeof exif);
    f.bytes[33 + 8 + 19] = 8; /* the checksum is that of 6 */
    mlp_image *image = decoded(f, "eXIf: CRC error");
    ck_assert_int_eq(image->width, 3);
    mlp_image_release(image);
}
END_TEST

START_TEST(wrong_checksums_of_what_only_accompanies_the_picture_are_passed_over)
{
    static const char *const names[] = { "gAMA", "tEXt", "tIME", "pHYs" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char remark[20];
        file f = small_png(names[i], NULL, "\0\0\xb1\x8f", 4);
        f.bytes[33 + 8 + 4] ^= 1;
        snprintf(remark, sizeof remark, "%s: CRC error", names[i]);
        same_pixels(decoded(f, remark), decoded(small_png(NULL, NULL, NULL, 0), NULL));
    }
    file f = small_png(NULL, "tEXt", "a\0b", 3);
    f.bytes[f.length - 12 - 1] ^= 1;
    mlp_image_release(decoded(f, "tEXt: CRC error"));
    f = small_png(NULL, NULL, NULL, 0);
    f.bytes[f.length - 1] ^= 1;
    mlp_image_release(decoded(f, "IEND: CRC error"));
}
END_TEST

START_TEST(wrong_checksums_of_the_picture_are_errors)
{
    file f = small_png(NULL, NULL, NULL, 0);
    f.bytes[30] ^= 1;
    refused(f, "damaged PNG: IHDR: CRC error");
    f = small_png(NULL, NULL, NULL, 0);
    f.bytes[f.length - 12 - 1] ^= 1;
    refused(f, "damaged PNG: IDAT");
    f = small_png(NULL, NULL, NULL, 0);
    f.length -= 12;
    refused(f, "damaged PNG: the file ends early");
}
END_TEST

START_TEST(a_png_that_inflates_to_more_than_its_pixels_is_refused_at_once)
{
    double since = worked();
    file f = png_head(1, 1);
    put_zeros(&f, 200 << 20);
    put_chunk(&f, "IEND", NULL, 0);
    refused(f, "bytes of compressed data are too many for 1x1 pixels");
    expect_quick(since);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_png_is_turned_by_its_exif_chunk,
        wrong_checksums_of_what_only_accompanies_the_picture_are_passed_over,
        wrong_checksums_of_the_picture_are_errors,
        a_png_that_inflates_to_more_than_its_pixels_is_refused_at_once,
    };
    return run_suite("image_png", tests, COUNT(tests));
}
