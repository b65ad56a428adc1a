/* warp_private.h - pictures whose pixels are looked up somewhere in another picture. */
#ifndef MLP_WARP_PRIVATE_H
#define MLP_WARP_PRIVATE_H

#include "augment/augment.h"

/* Where pixels x .. x + n - 1 of row y of the result are looked up. Positions are finite and at most MLP_FARTHEST away.
 */
typedef void mlp_positions(const void *context, int y, int x, int n, float *from_x, float *from_y);
#define MLP_FARTHEST 1e12f

mlp_status mlp_image_warp(mlp_image **out, const mlp_image *image, int width, int height, mlp_positions *positions,
                          const void *context, const mlp_sampling *sampling, mlp_error *err);

#endif
