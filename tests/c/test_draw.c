/* test_draw.c - shapes and letters on known pixels. */
#include "tensors.h"

#include "image/draw.h"

static const mlp_colour black = { { 0, 0, 0 } }, white = { { 255, 255, 255 } };

static mlp_image *canvas(int width, int height)
{
    mlp_error err;
    mlp_image *image = NULL;
    ck_assert(!mlp_image_new(&image, width, height, 3, &err));
    mlp_draw_rectangle(image, 0, 0, width, height, white, 1);
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

START_TEST(a_rectangle_covers_its_pixels_and_is_cut_at_the_edges)
{
    mlp_image *image = canvas(10, 8);
    mlp_draw_rectangle(image, 2, 3, 4, 2, black, 1);
    ck_assert_int_eq(marked(image), 8);
    ck_assert(red(image, 2, 3) == 0 && red(image, 5, 4) == 0 && red(image, 6, 4) == 255 && red(image, 2, 5) == 255);
    mlp_draw_rectangle(image, 0, 0, 10, 8, white, 1);
    mlp_draw_rectangle(image, -3, -3, 5, 5, black, 1);
    ck_assert_int_eq(marked(image), 4);
    mlp_draw_rectangle(image, 8, 6, 100000, 100000, black, 1);
    ck_assert_int_eq(marked(image), 8);
    mlp_draw_rectangle(image, -1000000, -1000000, 10, 10, black, 1);
    mlp_draw_rectangle(image, 4, 4, 0, 5, black, 1);
    mlp_draw_rectangle(image, 4, 4, 5, -1, black, 1);
    ck_assert_int_eq(marked(image), 8);
    mlp_draw_rectangle(image, 4, 4, 1, 1, black, 0.5);
    ck_assert_int_eq(red(image, 4, 4), 128);
    mlp_image_release(image);
}
END_TEST

START_TEST(a_line_has_its_width_and_stays_inside)
{
    mlp_image *image = canvas(20, 11);
    const double flat[] = { 4, 5.5, 16, 5.5 };
    mlp_draw_line(image, flat, 2, 3, black);
    for (int x = 5; x < 15; x++) {
        ck_assert(red(image, x, 4) == 0 && red(image, x, 5) == 0 && red(image, x, 6) == 0);
        ck_assert(red(image, x, 2) == 255 && red(image, x, 8) == 255);
    }
    ck_assert(red(image, 0, 5) == 255 && red(image, 19, 5) == 255);
    int before = marked(image);
    const double far[] = { -1e6, -1e6, -1e5, -1e6 }, no[] = { 0, 0, (double)NAN, 3, 9, 9 };
    mlp_draw_line(image, far, 2, 5, black);
    mlp_draw_line(image, no, 3, 5, black);
    mlp_draw_line(image, flat, 1, 5, black); /* one point is no line */
    ck_assert_int_eq(marked(image), before);
    const double across[] = { -50, -50, 70, 61 };
    mlp_draw_line(image, across, 2, 2, black);
    ck_assert_int_gt(marked(image), before);
    mlp_image_release(image);
}
END_TEST

START_TEST(the_corner_of_two_lines_is_not_drawn_twice)
{
    mlp_image *once = canvas(30, 30), *bent = canvas(30, 30);
    const double straight[] = { 3, 10.3, 27, 10.3 }, same[] = { 3, 10.3, 15, 10.3, 27, 10.3 };
    mlp_draw_line(once, straight, 2, 2, black);
    mlp_draw_line(bent, same, 3, 2, black);
    for (size_t i = 0; i < mlp_image_bytes(once); i++) ck_assert_int_le(abs(once->pixels[i] - bent->pixels[i]), 1);
    mlp_image_release(once);
    mlp_image_release(bent);
}
END_TEST

START_TEST(letters_have_their_dots)
{
    mlp_image *image = canvas(40, 12);
    mlp_draw_text(image, 1, 1, "L", 1, false, black);
    ck_assert_int_eq(marked(image), 11); /* seven down, four more to the right */
    ck_assert(red(image, 1, 1) == 0 && red(image, 1, 7) == 0 && red(image, 5, 7) == 0 && red(image, 2, 1) == 255);
    mlp_draw_rectangle(image, 0, 0, 40, 12, white, 1);
    mlp_draw_text(image, 1, 11, "L", 1, true, black); /* turned: its foot points up along the right side */
    ck_assert_int_eq(marked(image), 11);
    ck_assert(red(image, 1, 10) == 0 && red(image, 7, 10) == 0 && red(image, 7, 6) == 0);
    mlp_draw_rectangle(image, 0, 0, 40, 12, white, 1);
    mlp_draw_text(image, -3, -4, "WWWWWWWWWWWWW", 2, false, black); /* cut off on all sides */
    ck_assert_int_gt(marked(image), 0);
    mlp_image_release(image);
}
END_TEST

START_TEST(text_is_as_wide_as_its_letters)
{
    ck_assert_int_eq(mlp_draw_text_width("", 2), 0);
    ck_assert_int_eq(mlp_draw_text_width("a", 1), 5);
    ck_assert_int_eq(mlp_draw_text_width("abc", 2), 34);
    ck_assert_int_eq(mlp_draw_text_width("\xc3\xa9\xe4\xb8\x80", 1), 11); /* two letters in five bytes */
    ck_assert_int_eq(mlp_draw_text_width("\xff\xfe", 1), 11);             /* broken bytes count one each */
    mlp_image *image = canvas(12, 10);
    mlp_draw_text(image, 0, 0, "\xff\n", 1, false, black); /* two boxes */
    ck_assert_int_eq(marked(image), 40);
    mlp_image_release(image);
}
END_TEST

START_TEST(a_picture_is_scaled_to_squares)
{
    mlp_error err;
    mlp_image *image = canvas(8, 6), *grey = NULL;
    ck_assert(!mlp_image_new(&grey, 2, 1, 1, &err));
    grey->pixels[0] = 10, grey->pixels[1] = 200;
    mlp_draw_picture(image, 1, 1, 6, 3, grey);
    ck_assert_int_eq(marked(image), 18);
    ck_assert(red(image, 1, 1) == 10 && red(image, 3, 3) == 10 && red(image, 4, 1) == 200 && red(image, 6, 3) == 200);
    mlp_draw_picture(image, -5, -5, 7, 7, grey);
    ck_assert(red(image, 1, 1) == 200);
    mlp_image_release(grey);
    mlp_image_release(image);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_rectangle_covers_its_pixels_and_is_cut_at_the_edges,
        a_line_has_its_width_and_stays_inside,
        the_corner_of_two_lines_is_not_drawn_twice,
        letters_have_their_dots,
        text_is_as_wide_as_its_letters,
        a_picture_is_scaled_to_squares,
    };
    return run_suite("draw", tests, COUNT(tests));
}
