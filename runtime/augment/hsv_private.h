/* hsv_private.h - levels changed as hue, saturation and value instead of red, green and blue. */
#ifndef MLP_HSV_PRIVATE_H
#define MLP_HSV_PRIVATE_H

#include "augment/transform_private.h"

enum { MLP_HUES = 180 }; /* a hue is counted in steps of two degrees, as OpenCV counts them in u8 */

typedef struct mlp_hsv_tables {
    uint8_t hue[MLP_HUES], saturation[256], value[256];
} mlp_hsv_tables;

/* Tables that change nothing, and hues turned by a number of steps, which may be a fraction or below 0. */
void mlp_hsv_identity(mlp_hsv_tables *tables);
void mlp_hsv_turn(mlp_hsv_tables *tables, double steps);

/* Each pixel's hue, saturation and value looked up. A grey picture has a value only. */
mlp_status mlp_sample_lookup_hsv(mlp_sample *sample, const mlp_hsv_tables *tables, mlp_error *err);

#endif
