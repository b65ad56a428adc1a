/* near_private.h - pictures that look the same: what inspect.c asks of near.c. */
#ifndef MLP_DATA_NEAR_PRIVATE_H
#define MLP_DATA_NEAR_PRIVATE_H

#include "data/inspect.h"

/* Sets outline, contrast and thumb. */
mlp_status mlp_near_outline(mlp_facts *f, const mlp_image *image, mlp_error *err);

/* Sets near, near_count and near_cut. */
mlp_status mlp_near_find(mlp_inspection *x, mlp_error *err);

#endif
