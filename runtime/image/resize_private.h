/* resize_private.h - the resizing methods; mlp_image_resize chooses among them. Not for others. */
#ifndef MLP_RESIZE_PRIVATE_H
#define MLP_RESIZE_PRIVATE_H

#include "image/image.h"

/* Both pictures exist, have the same channels, and differ in size. */
mlp_status mlp_resize_linear(mlp_image *to, const mlp_image *from, bool area_weights, mlp_error *err);
mlp_status mlp_resize_cubic(mlp_image *to, const mlp_image *from, mlp_error *err);
mlp_status mlp_resize_area(mlp_image *to, const mlp_image *from, mlp_error *err);

#endif
