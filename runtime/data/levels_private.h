/* levels_private.h - mean and spread of the levels of pictures: the one answer that statistics.c and inspect.c give.
 *
 * Every picture counts alike, whatever its size, because so it does in training, where all have one size. */
#ifndef MLP_DATA_LEVELS_PRIVATE_H
#define MLP_DATA_LEVELS_PRIVATE_H

#include "data/data.h"
#include "data/inspect.h"

/* Those of the picture as it is trained on: after the fixed first steps of the transform (NULL: none). */
mlp_status mlp_levels_of(mlp_levels *out, mlp_image *image, const mlp_transform *t, mlp_error *err);

/* Of some pictures and some more. Rounds, so that pictures are to be added in their order. */
void mlp_levels_add(mlp_levels *to, const mlp_levels *more);

/* In 0..1; NaN without a picture. */
void mlp_levels_end(double mean[3], double std[3], const mlp_levels *all);

#endif
