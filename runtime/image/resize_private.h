/* resize_private.h - the method that has a file of its own; mlp_image_resize chooses it. */
#ifndef MLP_RESIZE_PRIVATE_H
#define MLP_RESIZE_PRIVATE_H

#include "image/image.h"

/* Both pictures exist, have the same channels, and differ in size. */
mlp_status mlp_resize_area(mlp_image *to, const mlp_image *from, mlp_error *err);

#endif
