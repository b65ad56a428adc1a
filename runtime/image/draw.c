#include "image/draw.h"

#include "image/font_private.h"

#include <math.h>
#include <string.h>

static int clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

static uint8_t *pixel(mlp_image *on, int x, int y)
{
    return on->pixels + ((size_t)y * (size_t)on->width + (size_t)x) * 3;
}

static void blend(uint8_t *at, mlp_colour colour, double opacity)
{
    for (int c = 0; c < 3; c++) at[c] = (uint8_t)(at[c] + (colour.level[c] - at[c]) * opacity + 0.5);
}

/* begin and end of what is inside 0..limit of `length` pixels from `start`. */
static void span(int start, int length, int limit, int *begin, int *end)
{
    int64_t stop = (int64_t)start + length;
    *begin = clamp(start, 0, limit);
    *end = stop > limit ? limit : clamp((int)stop, 0, limit);
}

void mlp_draw_rectangle(mlp_image *on, int x, int y, int width, int height, mlp_colour colour, double opacity)
{
    int left, right, top, bottom;
    if (width <= 0 || height <= 0) return;
    span(x, width, on->width, &left, &right);
    span(y, height, on->height, &top, &bottom);
    for (int row = top; row < bottom; row++)
        for (int column = left; column < right; column++) blend(pixel(on, column, row), colour, opacity);
}

/* How far (x, y) is from the line between two points. */
static double distance(double x, double y, const double *a, const double *b)
{
    double dx = b[0] - a[0], dy = b[1] - a[1], length = dx * dx + dy * dy;
    double at = length > 0 ? ((x - a[0]) * dx + (y - a[1]) * dy) / length : 0;
    at = at < 0 ? 0 : at > 1 ? 1 : at;
    return hypot(x - a[0] - at * dx, y - a[1] - at * dy);
}

/* The pixels of a row or column that lie between low and high, at most `limit`. */
static void reach(double low, double high, int limit, int *begin, int *end)
{
    *begin = (int)fmax(0, fmin(floor(low), limit));
    *end = (int)fmax(0, fmin(ceil(high) + 1, limit));
}

void mlp_draw_line(mlp_image *on, const double *points, int64_t count, double width, mlp_colour colour)
{
    double half = width / 2;
    for (int64_t i = 0; i + 1 < count; i++) {
        const double *a = points + 2 * i, *b = a + 2;
        if (!isfinite(a[0] + a[1] + b[0] + b[1])) continue;
        int left, right, top, bottom;
        reach(fmin(a[0], b[0]) - half - 1, fmax(a[0], b[0]) + half + 1, on->width, &left, &right);
        reach(fmin(a[1], b[1]) - half - 1, fmax(a[1], b[1]) + half + 1, on->height, &top, &bottom);
        for (int y = top; y < bottom; y++)
            for (int x = left; x < right; x++) {
                double cover = fmin(1, half + 0.5 - distance(x + 0.5, y + 0.5, a, b));
                /* the line before has drawn its part of the corner */
                double before = i > 0 ? fmax(0, fmin(1, half + 0.5 - distance(x + 0.5, y + 0.5, a - 2, a))) : 0;
                if (cover > before) blend(pixel(on, x, y), colour, (cover - before) / (1 - before));
            }
    }
}

/* Bytes of the letter at text, and its dots. */
static int letter(const char *text, const uint8_t **rows)
{
    int bytes = mlp_utf8_length(text, strlen(text));
    unsigned char c = (unsigned char)*text;
    *rows = c >= 32 && c < 127 ? mlp_font[c - 32] : mlp_font_unknown;
    return bytes > 0 ? bytes : 1;
}

int mlp_draw_text_width(const char *text, int scale)
{
    int letters = 0;
    const uint8_t *rows;
    for (; *text; letters++) text += letter(text, &rows);
    return letters > 0 ? (letters * MLP_LETTER_WIDTH - 1) * scale : 0;
}

void mlp_draw_text(mlp_image *on, int x, int y, const char *text, int scale, bool upwards, mlp_colour colour)
{
    const uint8_t *rows;
    for (int at = 0; *text; at += MLP_LETTER_WIDTH * scale) {
        text += letter(text, &rows);
        for (int row = 0; row < MLP_LETTER_HEIGHT; row++)
            for (int column = 0; column < MLP_LETTER_WIDTH - 1; column++) {
                if (!(rows[row] >> (MLP_LETTER_WIDTH - 2 - column) & 1)) continue;
                int along = at + column * scale, across = row * scale;
                if (upwards) mlp_draw_rectangle(on, x + across, y - along - scale, scale, scale, colour, 1);
                else mlp_draw_rectangle(on, x + along, y + across, scale, scale, colour, 1);
            }
    }
}

void mlp_draw_picture(mlp_image *on, int x, int y, int width, int height, const mlp_image *picture)
{
    int left, right, top, bottom;
    if (width <= 0 || height <= 0) return;
    span(x, width, on->width, &left, &right);
    span(y, height, on->height, &top, &bottom);
    for (int row = top; row < bottom; row++)
        for (int column = left; column < right; column++) {
            int64_t from_y = (int64_t)(row - y) * picture->height / height;
            int64_t from_x = (int64_t)(column - x) * picture->width / width;
            const uint8_t *from = picture->pixels + (from_y * picture->width + from_x) * picture->channels;
            uint8_t *to = pixel(on, column, row);
            for (int c = 0; c < 3; c++) to[c] = from[picture->channels == 3 ? c : 0];
        }
}
