/* mix.h - MixUp and CutMix: batches whose pictures are each mixed with the one before them, as torchvision's transforms
 * of the same names do it. */
#ifndef MLP_DATA_MIX_H
#define MLP_DATA_MIX_H

#include "tensor/tensor.h"

/* lam of Beta(alpha, alpha), alpha > 0. */
double mlp_draw_lambda(mlp_rng *rng, double alpha);

typedef struct mlp_box {
    int64_t x1, y1, x2, y2; /* half open */
} mlp_box;

/* A box around a uniformly drawn centre that covers 1 - lam of the picture, less what lies outside of it. */
mlp_box mlp_draw_box(mlp_rng *rng, double lam, int64_t width, int64_t height);

/* images: f32 or f64, n x ...; labels: n of i64 (0 to classes - 1), or n x classes of floats. *mixed is
 * lam * image + (1 - lam) * the image before it (the last one, for the first); *targets, n x classes in the type of the
 * images, the same of the labels' indicators. */
mlp_status mlp_mixup(mlp_tensor **mixed, mlp_tensor **targets, mlp_tensor *images, mlp_tensor *labels, int64_t classes,
                     double lam, mlp_error *err);

/* images: n x c x height x width of any type: the box of each image comes from the image before it, and the targets
 * (f32 unless images are f64) are mixed with the share of the picture that it leaves. */
mlp_status mlp_cutmix(mlp_tensor **mixed, mlp_tensor **targets, mlp_tensor *images, mlp_tensor *labels, int64_t classes,
                      mlp_box box, mlp_error *err);

#endif
