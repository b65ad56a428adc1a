/* region_private.h - which elements of its base a view is. Private to autograd/. */
#ifndef MLP_AUTOGRAD_REGION_PRIVATE_H
#define MLP_AUTOGRAD_REGION_PRIVATE_H

#include "autograd/ops_private.h"

typedef struct mlp_region {
    mlp_like base;
    int ndim;
    int64_t shape[MLP_MAX_DIMS], stride[MLP_MAX_DIMS], offset;
} mlp_region;

mlp_region mlp_region_of(const mlp_tensor *view);

/* The region of `whole`, which is contiguous as the base was. A view. */
mlp_status mlp_region_part(mlp_tensor **out, mlp_tensor *whole, const mlp_region *r, mlp_error *err);

/* The base's gradient where the view's is dy: zeros but for the region. */
mlp_status mlp_region_gradient(mlp_tensor **dx, mlp_tensor *dy, const mlp_region *r, mlp_error *err);

/* The same, recorded: and the region's part of dy, and dy with zeros in it. */
mlp_status mlp_region_gradient_again(mlp_tensor **dx, mlp_tensor *dy, const mlp_region *r, mlp_error *err);
mlp_status mlp_region_part_again(mlp_tensor **out, mlp_tensor *whole, const mlp_region *r, mlp_error *err);
mlp_status mlp_region_rest_again(mlp_tensor **out, mlp_tensor *whole, const mlp_region *r, mlp_error *err);

#endif
