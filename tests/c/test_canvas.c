/* test_canvas.c - shapes, letters and pictures on known pixels, and as a page of PDF. */
#include "tensors.h"

#include "draw/canvas.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const mlp_paint black = { { 0, 0, 0 }, 1 };

static mlp_canvas *canvas(int width, int height)
{
    mlp_error err;
    mlp_canvas *c = NULL;
    ck_assert_msg(!mlp_canvas_new(&c, width, height, 1, &err), "%s", err.text);
    return c;
}

static mlp_image *pixels(mlp_canvas *c)
{
    mlp_error err;
    mlp_image *image = NULL;
    ck_assert_msg(!mlp_canvas_image(&image, c, &err), "%s", err.text);
    mlp_canvas_release(c);
    return image;
}

static int red(const mlp_image *image, int x, int y)
{
    return image->pixels[(y * image->width + x) * 3];
}

/* How many pixels are not white. */
static int marked(const mlp_image *image)
{
    int count = 0;
    for (int i = 0; i < image->width * image->height; i++) count += image->pixels[3 * i] != 255;
    return count;
}

static int marks(mlp_canvas *c)
{
    mlp_image *image = pixels(c);
    int count = marked(image);
    mlp_image_release(image);
    return count;
}

static double width_of(const char *text, double size, bool bold)
{
    double width = -1;
    mlp_error err;
    ck_assert_msg(mlp_text_width(&width, text, size, bold, &err) == MLP_OK, "%s", err.text);
    return width;
}

START_TEST(a_rectangle_covers_its_pixels_and_is_cut_at_the_edges)
{
    mlp_canvas *c = canvas(10, 8);
    mlp_canvas_rectangle(c, 2, 3, 4, 2, black);
    mlp_canvas_rectangle(c, -3, -3, 4, 4, black);
    mlp_canvas_rectangle(c, 9, 7, 1e300, 1e300, black);
    mlp_canvas_rectangle(c, 4, 4, 0, 5, black);
    mlp_canvas_rectangle(c, NAN, 4, 5, 5, black);
    mlp_canvas_rectangle(c, 8, 0, 1, 1, (mlp_paint){ { 0, 0, 0 }, 0.5 });
    mlp_image *image = pixels(c);
    ck_assert_int_eq(marked(image), 8 + 1 + 1 + 1);
    ck_assert(red(image, 2, 3) == 0 && red(image, 5, 4) == 0 && red(image, 6, 4) == 255 && red(image, 2, 5) == 255);
    ck_assert_int_le(abs(red(image, 8, 0) - 128), 1);
    mlp_image_release(image);
}
END_TEST

START_TEST(a_scale_makes_more_pixels_of_the_same_drawing)
{
    mlp_error err;
    mlp_canvas *c = NULL;
    ck_assert(!mlp_canvas_new(&c, 10, 8, 3, &err));
    mlp_canvas_rectangle(c, 2, 3, 4, 2, black);
    mlp_image *image = pixels(c);
    ck_assert(image->width == 30 && image->height == 24);
    ck_assert_int_eq(marked(image), 12 * 6);
    mlp_image_release(image);
}
END_TEST

START_TEST(a_line_has_its_width_and_a_gap_where_a_place_is_no_number)
{
    const double whole[] = { 5, 10.5, 15, 10.5, 25, 10.5, 35, 10.5 };
    const double broken[] = { 5, 10.5, 15, 10.5, 20, NAN, 25, 10.5, 35, 10.5 };
    const double dot[] = { 20, 10.5 }, far[] = { -1e300, 10.5, 1e300, 10.5 };
    mlp_canvas *c = canvas(40, 20);
    mlp_canvas_line(c, whole, 4, 1, NULL, 0, black);
    mlp_image *image = pixels(c);
    ck_assert(red(image, 20, 10) == 0 && red(image, 20, 9) == 255 && red(image, 20, 11) == 255);
    mlp_image_release(image);
    c = canvas(40, 20);
    mlp_canvas_line(c, broken, 5, 1, NULL, 0, black);
    image = pixels(c);
    ck_assert(red(image, 10, 10) == 0 && red(image, 30, 10) == 0 && red(image, 20, 10) == 255);
    mlp_image_release(image);
    c = canvas(40, 20);
    mlp_canvas_line(c, dot, 1, 5, NULL, 0, black);
    image = pixels(c);
    ck_assert(marked(image) >= 16 && marked(image) <= 36);
    mlp_image_release(image);
    c = canvas(40, 20);
    mlp_canvas_line(c, far, 2, 1, NULL, 0, black);
    ck_assert_int_eq(marks(c), 40);
}
END_TEST

START_TEST(dashes_leave_gaps)
{
    const double points[] = { 0, 5.5, 40, 5.5 }, dashes[] = { 4, 4 };
    mlp_canvas *c = canvas(40, 10);
    mlp_canvas_line(c, points, 2, 1, dashes, 2, black);
    mlp_image *image = pixels(c);
    ck_assert_int_eq(marked(image), 20);
    ck_assert(red(image, 1, 5) == 0 && red(image, 6, 5) == 255);
    mlp_image_release(image);
}
END_TEST

START_TEST(a_polygon_is_filled)
{
    const double square[] = { 2, 2, 8, 2, 8, 8, 2, 8 }, none[] = { 2, 2, 8, NAN, 8, 8 };
    mlp_canvas *c = canvas(10, 10);
    mlp_canvas_polygon(c, square, 4, black);
    ck_assert_int_eq(marks(c), 36);
    c = canvas(10, 10);
    mlp_canvas_polygon(c, none, 3, black);
    ck_assert_int_eq(marks(c), 0);
}
END_TEST

static int letters(const char *text, mlp_lettering how)
{
    mlp_canvas *c = canvas(200, 200);
    mlp_canvas_text(c, 100, 100, text, how, black);
    return marks(c);
}

START_TEST(letters_of_three_alphabets_are_drawn_and_measured)
{
    const mlp_lettering plain = { 12, false, false, 0 };
    const char *const texts[] = { "accuracy", "ακρίβεια", "точность" };
    for (int i = 0; i < 3; i++) {
        double width = width_of(texts[i], 12, false);
        ck_assert_msg(width > 30 && width < 110, "%s: %g", texts[i], width);
        ck_assert_int_gt(letters(texts[i], plain), 60);
    }
    ck_assert(fabs(width_of("abcabc", 12, false) - 2 * width_of("abc", 12, false)) < 0.1);
    ck_assert(fabs(width_of("abc", 24, false) - 2 * width_of("abc", 12, false)) < 0.1);
    ck_assert(width_of("abc", 12, true) > width_of("abc", 12, false));
    ck_assert(width_of("", 12, false) == 0);
}
END_TEST

START_TEST(letters_that_are_no_utf8_do_not_end_the_drawing)
{
    mlp_canvas *c = canvas(60, 20);
    mlp_canvas_text(c, 0, 10, "\xff\xfe", (mlp_lettering){ 12, false, false, 0 }, black);
    mlp_canvas_rectangle(c, 0, 0, 1, 1, black);
    ck_assert_int_eq(marks(c), 1);
    ck_assert(width_of("\xff", 12, false) > 0);
}
END_TEST

/* The first and last column (or row, with rows) that has something. */
static void reach(const char *text, mlp_lettering how, bool rows, int *first, int *last)
{
    mlp_canvas *c = canvas(200, 200);
    mlp_canvas_text(c, 100, 100, text, how, black);
    mlp_image *image = pixels(c);
    *first = 200, *last = -1;
    for (int y = 0; y < 200; y++)
        for (int x = 0; x < 200; x++) {
            int at = rows ? y : x;
            if (red(image, x, y) == 255) continue;
            if (at < *first) *first = at;
            if (at > *last) *last = at;
        }
    mlp_image_release(image);
}

START_TEST(text_is_anchored_and_turned)
{
    int first, last;
    double width = width_of("HHHHH", 12, false);
    reach("HHHHH", (mlp_lettering){ 12, false, false, 0 }, false, &first, &last);
    ck_assert(first >= 99 && last <= 100 + width + 1);
    reach("HHHHH", (mlp_lettering){ 12, false, false, 1 }, false, &first, &last);
    ck_assert(first >= 99 - width && last <= 101);
    reach("HHHHH", (mlp_lettering){ 12, false, false, 0.5 }, false, &first, &last);
    ck_assert_int_le(abs(first + last - 200), 3);
    reach("HHHHH", (mlp_lettering){ 12, false, true, 0 }, true, &first, &last);
    ck_assert(last <= 101 && first >= 99 - width && first < 100 - width / 2);
}
END_TEST

START_TEST(a_picture_keeps_its_squares_or_is_smooth)
{
    mlp_error err;
    mlp_image *two = NULL;
    ck_assert(!mlp_image_new(&two, 2, 1, 1, &err));
    two->pixels[0] = 0, two->pixels[1] = 255;
    for (int smooth = 0; smooth <= 1; smooth++) {
        mlp_canvas *c = canvas(20, 4);
        mlp_canvas_picture(c, 0, 0, 20, 4, two, smooth);
        mlp_image *image = pixels(c);
        ck_assert(red(image, 1, 2) == 0 && red(image, 18, 2) == 255);
        ck_assert(smooth ? red(image, 9, 2) > 60 && red(image, 9, 2) < 200 : red(image, 9, 2) == 0);
        mlp_image_release(image);
    }
    mlp_image_release(two);
}
END_TEST

START_TEST(a_page_of_pdf)
{
    mlp_error err;
    mlp_canvas *c = NULL;
    uint8_t *bytes = NULL;
    size_t length = 0;
    ck_assert(!mlp_canvas_new_pdf(&c, 300, 200, &err));
    mlp_canvas_rectangle(c, 2, 3, 4, 2, black);
    mlp_canvas_text(c, 50, 50, "loss", (mlp_lettering){ 12, false, false, 0 }, black);
    mlp_image *image = NULL;
    ck_assert_int_eq(mlp_canvas_image(&image, c, &err), MLP_EINVAL);
    ck_assert(!mlp_canvas_pdf(&bytes, &length, c, &err));
    ck_assert(length > 500 && memcmp(bytes, "%PDF-", 5) == 0);
    free(bytes);
    mlp_canvas_release(c);
}
END_TEST

START_TEST(sizes_that_make_no_sense_are_refused)
{
    mlp_error err;
    mlp_canvas *c = NULL;
    ck_assert_int_eq(mlp_canvas_new(&c, 1e6, 10, 1, &err), MLP_EINVAL);
    ck_assert_int_eq(mlp_canvas_new(&c, 10, NAN, 1, &err), MLP_EINVAL);
    ck_assert_int_eq(mlp_canvas_new(&c, 20000, 10, 2, &err), MLP_EINVAL);
    ck_assert_int_eq(mlp_canvas_new_pdf(&c, 0, 10, &err), MLP_EINVAL);
    ck_assert(!c && strstr(err.text, "expected 1 to"));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_rectangle_covers_its_pixels_and_is_cut_at_the_edges,
        a_scale_makes_more_pixels_of_the_same_drawing,
        a_line_has_its_width_and_a_gap_where_a_place_is_no_number,
        dashes_leave_gaps,
        a_polygon_is_filled,
        letters_of_three_alphabets_are_drawn_and_measured,
        letters_that_are_no_utf8_do_not_end_the_drawing,
        text_is_anchored_and_turned,
        a_picture_keeps_its_squares_or_is_smooth,
        a_page_of_pdf,
        sizes_that_make_no_sense_are_refused,
    };
    return run_suite("canvas", tests, COUNT(tests));
}
