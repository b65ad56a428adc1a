/* lab_private.h - colours as lightness and two axes of colour (CIELAB, sRGB under D65), in u8 as OpenCV scales them. */
#ifndef MLP_LAB_PRIVATE_H
#define MLP_LAB_PRIVATE_H

#include "base/base.h"

enum { MLP_LAB_ROOTS = 3072, MLP_LAB_SHARES = 4096 };

typedef struct mlp_lab_tables {
    int linear[256];               /* of an sRGB level */
    int root[MLP_LAB_ROOTS];       /* CIELAB's cube root of a share of the white point */
    uint8_t level[MLP_LAB_SHARES]; /* the sRGB level of a linear one */
} mlp_lab_tables;

void mlp_lab_tables_fill(mlp_lab_tables *tables);
void mlp_to_lab(const mlp_lab_tables *tables, uint8_t pixel[3]);
void mlp_from_lab(const mlp_lab_tables *tables, uint8_t pixel[3]);

#endif
