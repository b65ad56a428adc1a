/* lab.c - sRGB to CIELAB in whole numbers, as OpenCV does it for u8, and back in f64.
 *
 * OpenCV's way back is in whole numbers too. What it rounds most, the linear levels (to 1/4096), is rounded here as
 * well; the rest makes a difference of a level in one value of 50. */
#include "augment/lab_private.h"

#include <math.h>

enum { GAMMA_BITS = 3, MATRIX_BITS = 12, ROOT_BITS = MATRIX_BITS + GAMMA_BITS };

/* From linear RGB to X, Y, Z, and the white point. */
static const double matrix[3][3] = { { 0.412453, 0.357580, 0.180423 },
                                     { 0.212671, 0.715160, 0.072169 },
                                     { 0.019334, 0.119193, 0.950227 } };
static const double inverse[3][3] = { { 3.240479, -1.53715, -0.498535 },
                                      { -0.969256, 1.875991, 0.041556 },
                                      { 0.055648, -0.204043, 1.057311 } };
static const double white[3] = { 0.950456, 1, 1.088754 };

static int rounded(int x, int bits)
{
    return (x + (1 << (bits - 1))) >> bits;
}

static uint8_t clamped(int level)
{
    return (uint8_t)(level < 0 ? 0 : level > 255 ? 255 : level);
}

void mlp_lab_tables_fill(mlp_lab_tables *tables)
{
    for (int i = 0; i < 256; i++) {
        double x = i / 255.0, linear = x <= 0.04045 ? x / 12.92 : pow((x + 0.055) / 1.055, 2.4);
        tables->linear[i] = (int)lrint(linear * (255 << GAMMA_BITS));
    }
    for (int i = 0; i < MLP_LAB_ROOTS; i++) {
        double x = i / (double)(255 << GAMMA_BITS);
        double root = x < 216.0 / 24389 ? x * (841.0 / 108) + 16.0 / 116 : cbrt(x);
        tables->root[i] = (int)lrint(root * (1 << ROOT_BITS));
    }
    for (int i = 0; i < MLP_LAB_SHARES; i++) {
        double x = i / (double)MLP_LAB_SHARES, level = x <= 0.0031308 ? x * 12.92 : 1.055 * pow(x, 1 / 2.4) - 0.055;
        tables->level[i] = (uint8_t)lrint(255 * level);
    }
}

void mlp_to_lab(const mlp_lab_tables *tables, uint8_t pixel[3])
{
    enum { SCALE = (116 * 255 + 50) / 100, SHIFT = -((16 * 255 * (1 << ROOT_BITS) + 50) / 100) };
    int f[3];
    for (int i = 0; i < 3; i++) {
        int sum = 0;
        for (int c = 0; c < 3; c++)
            sum += (int)lrint((1 << MATRIX_BITS) * matrix[i][c] / white[i]) * tables->linear[pixel[c]];
        f[i] = tables->root[rounded(sum, MATRIX_BITS)];
    }
    pixel[0] = clamped(rounded(SCALE * f[1] + SHIFT, ROOT_BITS));
    pixel[1] = clamped(rounded(500 * (f[0] - f[1]) + (128 << ROOT_BITS), ROOT_BITS));
    pixel[2] = clamped(rounded(200 * (f[1] - f[2]) + (128 << ROOT_BITS), ROOT_BITS));
}

static double unrooted(double f)
{
    return f <= 6.0 / 29 ? (f - 16.0 / 116) * (108.0 / 841) : f * f * f;
}

void mlp_from_lab(const mlp_lab_tables *tables, uint8_t pixel[3])
{
    double fy = (pixel[0] * (100 / 255.0) + 16) / 116;
    double fx = fy + (pixel[1] - 128) / 500.0, fz = fy - (pixel[2] - 128) / 200.0;
    const double xyz[3] = { unrooted(fx) * white[0], unrooted(fy), unrooted(fz) * white[2] };
    for (int c = 0; c < 3; c++) {
        double linear = inverse[c][0] * xyz[0] + inverse[c][1] * xyz[1] + inverse[c][2] * xyz[2];
        double share = rint(linear * MLP_LAB_SHARES);
        pixel[c] = tables->level[share < 0 ? 0 : share < MLP_LAB_SHARES ? (int)share : MLP_LAB_SHARES - 1];
    }
}
