/* test_image_jpeg.c - JPEG as cameras and editors write it: oddities that take nothing away from the picture are
 * a remark, missing data is an error; EXIF; files that are made to cost time. */
#include "image_files.h"

#include <jpeglib.h>

enum { SOF0 = 0xC0, RST0 = 0xD0, EOI = 0xD9, SOS = 0xDA };

static mlp_image *sound(const char *name)
{
    return decoded(zoo(name), NULL);
}

/* ---- oddities ---- */

START_TEST(odd_numbers_in_the_scan_header_change_nothing)
{
    static const uint8_t numbers[][3] = { { 0, 0, 0 }, { 0, 63, 1 }, { 1, 63, 0 }, { 5, 5, 0x21 }, { 255, 255, 255 } };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        file f = zoo("baseline_444.jpg");
        size_t at = marker(&f, SOS, 1);
        replace(&f, at + 2 + f.bytes[at + 3] - 3, 3, numbers[i], 3);
        same_pixels(decoded(f, "odd numbers in the scan header"), sound("baseline_444.jpg"));
    }
}
END_TEST

START_TEST(stray_bytes_before_the_end_change_nothing)
{
    static const char *const names[] = { "baseline_444.jpg", "grey.jpg", "restart.jpg", "progressive.jpg" };
    static const size_t counts[] = { 1, 5, 64, 65, 228, 1403, 100000 };
    for (size_t n = 0; n < sizeof names / sizeof *names; n++)
        for (size_t i = 0; i < 2 * sizeof counts / sizeof *counts; i++) {
            file f = zoo(names[n]);
            insert_junk(&f, marker(&f, EOI, -1), counts[i / 2], i % 2 ? 0 : -1);
            /* the decoder may have taken the first ones in with the last bits of the picture */
            same_pixels(decoded(f, counts[i / 2] > 8 ? "stray bytes before marker 0xD9" : ""), sound(names[n]));
        }
}
END_TEST

START_TEST(stray_bytes_before_restart_markers_and_scans_change_nothing)
{
    for (uint8_t kind = RST0; kind <= RST0 + 4; kind++) {
        file f = zoo("restart.jpg");
        insert_junk(&f, marker(&f, kind, 1), 30, -1);
        same_pixels(decoded(f, "stray bytes before marker 0xD"), sound("restart.jpg"));
    }
    for (int n = 2; n <= 6; n++) {
        file f = zoo("progressive.jpg");
        insert_junk(&f, marker(&f, SOS, n), 500, n % 2 ? 0 : -1);
        same_pixels(decoded(f, "stray bytes before marker 0xDA"), sound("progressive.jpg"));
    }
}
END_TEST

START_TEST(a_missing_end_marker_is_no_loss_when_all_scans_are_there)
{
    file f = zoo("progressive.jpg");
    f.length -= 2;
    same_pixels(decoded(f, "no end marker"), sound("progressive.jpg"));
    f = zoo("baseline_420.jpg");
    f.length -= 2;
    same_pixels(decoded(f, "no end marker"), sound("baseline_420.jpg"));
}
END_TEST

START_TEST(what_follows_the_picture_takes_nothing_away)
{
    static const struct {
        const char *bytes, *remark;
        size_t length;
    } tails[] = {
        { "junk\xFF\x41junk", "", 10 },                             /* a marker that there is not */
        { "\xFF\xDA\0\x08\1\1\0\0\x3F\0\x12\x34", "no sense", 12 }, /* one more scan */
        { "\xFF\xC4\0\x03\xFF", "no sense", 5 },                    /* tables that are none */
        { "\xFF\xD3\xFF\xD4", NULL, 4 },                            /* restart markers */
    };
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        file f = zoo("baseline_444.jpg");
        insert(&f, marker(&f, EOI, -1), tails[i].bytes, tails[i].length);
        same_pixels(decoded(f, tails[i].remark), sound("baseline_444.jpg"));
    }
}
END_TEST

/* ---- missing data ---- */

START_TEST(missing_data_is_an_error_with_and_without_an_end_marker)
{
    static const char *const names[] = { "baseline_444.jpg", "grey.jpg", "restart.jpg", "progressive.jpg" };
    for (size_t n = 0; n < sizeof names / sizeof *names; n++)
        for (int end = 0; end < 2; end++) {
            file f = zoo(names[n]);
            size_t data = marker(&f, SOS, 1) + 14, half = (f.length - data) / 2;
            replace(&f, data + half, f.length - data - half, "\xFF\xD9", end ? 2 : 0);
            refused(f, "damaged JPEG");
        }
}
END_TEST

START_TEST(scans_that_are_not_there_are_an_error)
{
    file f = zoo("progressive.jpg");
    f.length = marker(&f, SOS, -1); /* only the finest bits are missing */
    refused(f, "picture data is missing");
    f = zoo("progressive.jpg");
    f.length = marker(&f, SOS, 3);
    append(&f, "\xFF\xD9", 2);
    mlp_image_release(decoded(f, NULL)); /* an encoder may stop early: it is the end marker that tells */
    f = zoo("restart.jpg");
    replace(&f, marker(&f, RST0, 1), 2, NULL, 0);
    refused(f, "damaged JPEG");
}
END_TEST

/* A picture in one scan for each component, or with arithmetic coding: what the zoo does not have. */
static file written(bool arithmetic, bool one_by_one)
{
    enum { SIDE = 40 };
    static const jpeg_scan_info scans[] = { { 1, { 0 }, 0, 63, 0, 0 },
                                            { 1, { 1 }, 0, 63, 0, 0 },
                                            { 1, { 2 }, 0, 63, 0, 0 } };
    struct jpeg_compress_struct info;
    struct jpeg_error_mgr manager;
    unsigned char *bytes = NULL;
    unsigned long length = 0;
    file f = { 0 };
    info.err = jpeg_std_error(&manager);
    jpeg_create_compress(&info);
    jpeg_mem_dest(&info, &bytes, &length);
    info.image_width = info.image_height = SIDE;
    info.input_components = 3;
    info.in_color_space = JCS_RGB;
    jpeg_set_defaults(&info);
    info.arith_code = arithmetic;
    if (one_by_one) info.scan_info = scans, info.num_scans = 3;
    jpeg_start_compress(&info, TRUE);
    for (int y = 0; y < SIDE; y++) {
        JSAMPLE row[3 * SIDE], *rows = row;
        for (int x = 0; x < 3 * SIDE; x++) row[x] = (JSAMPLE)(x * y * 7 + 40 * (x % 3));
        jpeg_write_scanlines(&info, &rows, 1);
    }
    jpeg_finish_compress(&info);
    jpeg_destroy_compress(&info);
    append(&f, bytes, length);
    free(bytes);
    return f;
}

START_TEST(each_component_needs_its_scan)
{
    file f = written(false, true);
    f.length -= 2;
    same_pixels(decoded(f, "no end marker"), decoded(written(false, true), NULL));
    for (int end = 0; end < 2; end++) {
        f = written(false, true);
        f.length = marker(&f, SOS, 3);
        append(&f, "\xFF\xD9", end ? 2 : 0);
        refused(f, "picture data is missing: the file has 2 of its scans");
    }
}
END_TEST

START_TEST(arithmetic_coding_is_read_and_cannot_end_early)
{
    mlp_image_release(decoded(written(true, false), NULL));
    for (size_t cut = 2; cut < 400; cut += 20) {
        file f = written(true, false);
        f.length -= cut;
        refused(f, "damaged JPEG");
    }
}
END_TEST

START_TEST(kinds_of_jpeg_that_are_not_read_are_named)
{
    static const struct {
        uint8_t marker, precision;
        const char *text;
    } kinds[] = {
        { 0xC1, 12, "a JPEG with samples of 12 bits" },
        { 0xC2, 12, "a JPEG with samples of 12 bits" },
        { 0xC3, 8, "a lossless JPEG" },
        { 0xC3, 16, "a lossless JPEG" },
        { 0xCB, 8, "a lossless JPEG" },
        { 0xC5, 8, "a hierarchical JPEG" },
        { 0xCE, 8, "a hierarchical JPEG" },
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        file f = zoo("baseline_444.jpg");
        size_t at = marker(&f, SOF0, 1);
        f.bytes[at + 1] = kinds[i].marker;
        f.bytes[at + 4] = kinds[i].precision;
        refused(f, kinds[i].text);
    }
}
END_TEST

/* ---- orientation ---- */

START_TEST(orientation_is_any_integer_from_1_to_8)
{
    enum { W = 19, H = 13, BYTE = 1, SHORT = 3, LONG = 4, SSHORT = 8, SLONG = 9 };
    static const struct {
        int type;
        uint32_t value;
        bool turned;
    } cases[] = {
        { SHORT, 6, true },  { LONG, 6, true },   { SSHORT, 8, true },      { SLONG, 5, true }, { BYTE, 6, false },
        { SHORT, 0, false }, { SHORT, 9, false }, { LONG, 0x60006, false }, { LONG, 1, false },
    };
    for (size_t i = 0; i < 2 * sizeof cases / sizeof *cases; i++) {
        file f = zoo("baseline_444.jpg");
        insert_exif(&f, 2, i % 2, cases[i / 2].type, cases[i / 2].value);
        expect_size(f, cases[i / 2].turned ? H : W, cases[i / 2].turned ? W : H);
    }
}
END_TEST

START_TEST(of_two_exif_segments_the_first_counts)
{
    for (uint32_t first = 1; first <= 6; first += 5) {
        file f = zoo("baseline_444.jpg");
        insert_exif(&f, 2, false, 3, 7 - first);
        insert_exif(&f, 2, true, 3, first);
        expect_size(f, first == 6 ? 13 : 19, first == 6 ? 19 : 13);
    }
}
END_TEST

/* ---- files that are made to cost time ---- */

START_TEST(a_jpeg_with_very_many_markers_is_read_at_once)
{
    enum { MARKERS = 300000 };
    double since = worked();
    uint8_t *markers = malloc(4 * MARKERS);
    for (size_t i = 0; i < MARKERS; i++) memcpy(markers + 4 * i, "\xFF\xE1\0\x02", 4);
    file f = zoo("baseline_444.jpg");
    insert(&f, 2, markers, 4 * MARKERS);
    same_pixels(decoded(f, NULL), sound("baseline_444.jpg"));
    f = zoo("progressive.jpg");
    insert(&f, marker(&f, SOS, 3), markers, 4 * MARKERS);
    same_pixels(decoded(f, NULL), sound("progressive.jpg"));
    expect_quick(since);
    free(markers);
}
END_TEST

/* Sets the size that a JPEG claims. */
static void claim(file *f, uint8_t frame, unsigned width, unsigned height)
{
    size_t at = marker(f, frame, 1);
    f->bytes[at + 5] = (uint8_t)(height >> 8), f->bytes[at + 6] = (uint8_t)height;
    f->bytes[at + 7] = (uint8_t)(width >> 8), f->bytes[at + 8] = (uint8_t)width;
}

START_TEST(a_jpeg_that_claims_more_pixels_than_its_bytes_can_hold_is_refused_at_once)
{
    size_t before = mlp_block_bytes_in_use();
    double since = worked();
    file f = zoo("progressive.jpg");
    claim(&f, 0xC2, 10000, 9000);
    refused(f, "bytes are too few for 10000x9000 pixels");
    f = zoo("baseline_444.jpg");
    claim(&f, SOF0, 10000, 9000);
    refused(f, "bytes are too few for 10000x9000 pixels");
    ck_assert_uint_eq(mlp_block_bytes_in_use(), before);
    expect_quick(since);
}
END_TEST

START_TEST(an_interrupt_ends_decoding)
{
    static const char *const names[] = { "baseline_444.jpg", "progressive.jpg", "rgb_8.png" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        file f = zoo(names[i]);
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
    const TTest *const tests[] = {
        odd_numbers_in_the_scan_header_change_nothing,
        stray_bytes_before_the_end_change_nothing,
        stray_bytes_before_restart_markers_and_scans_change_nothing,
        a_missing_end_marker_is_no_loss_when_all_scans_are_there,
        what_follows_the_picture_takes_nothing_away,
        missing_data_is_an_error_with_and_without_an_end_marker,
        scans_that_are_not_there_are_an_error,
        each_component_needs_its_scan,
        arithmetic_coding_is_read_and_cannot_end_early,
        kinds_of_jpeg_that_are_not_read_are_named,
        orientation_is_any_integer_from_1_to_8,
        of_two_exif_segments_the_first_counts,
        a_jpeg_with_very_many_markers_is_read_at_once,
        a_jpeg_that_claims_more_pixels_than_its_bytes_can_hold_is_refused_at_once,
        an_interrupt_ends_decoding,
    };
    return run_suite("image_jpeg", tests, COUNT(tests));
}
