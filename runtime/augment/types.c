/* types.c - the table of all transforms: a new one adds its line. */
#include "augment/transform_private.h"

#include <string.h>

#define EVERY_TYPE(X)                                                                                                  \
    X(mlp_affine_type)                                                                                                 \
    X(mlp_auto_contrast_type)                                                                                          \
    X(mlp_blur_type)                                                                                                   \
    X(mlp_clahe_type)                                                                                                  \
    X(mlp_center_crop_type)                                                                                            \
    X(mlp_channel_dropout_type)                                                                                        \
    X(mlp_channel_shuffle_type)                                                                                        \
    X(mlp_coarse_dropout_type)                                                                                         \
    X(mlp_color_jitter_type)                                                                                           \
    X(mlp_elastic_transform_type)                                                                                      \
    X(mlp_equalize_type)                                                                                               \
    X(mlp_erasing_type)                                                                                                \
    X(mlp_gauss_noise_type)                                                                                            \
    X(mlp_gaussian_blur_type)                                                                                          \
    X(mlp_grid_distortion_type)                                                                                        \
    X(mlp_grid_dropout_type)                                                                                           \
    X(mlp_horizontal_flip_type)                                                                                        \
    X(mlp_hue_saturation_value_type)                                                                                   \
    X(mlp_iso_noise_type)                                                                                              \
    X(mlp_image_compression_type)                                                                                      \
    X(mlp_invert_img_type)                                                                                             \
    X(mlp_median_blur_type)                                                                                            \
    X(mlp_motion_blur_type)                                                                                            \
    X(mlp_no_op_type)                                                                                                  \
    X(mlp_normalize_type)                                                                                              \
    X(mlp_pad_if_needed_type)                                                                                          \
    X(mlp_perspective_type)                                                                                            \
    X(mlp_pixel_dropout_type)                                                                                          \
    X(mlp_posterize_type)                                                                                              \
    X(mlp_rgb_shift_type)                                                                                              \
    X(mlp_rand_augment_type)                                                                                           \
    X(mlp_random_brightness_contrast_type)                                                                             \
    X(mlp_random_crop_type)                                                                                            \
    X(mlp_random_fog_type)                                                                                             \
    X(mlp_random_gamma_type)                                                                                           \
    X(mlp_random_resized_crop_type)                                                                                    \
    X(mlp_random_rotate90_type)                                                                                        \
    X(mlp_resize_type)                                                                                                 \
    X(mlp_rotate_type)                                                                                                 \
    X(mlp_sharpen_type)                                                                                                \
    X(mlp_shift_scale_rotate_type)                                                                                     \
    X(mlp_solarize_type)                                                                                               \
    X(mlp_to_gray_type)                                                                                                \
    X(mlp_to_tensor_type)                                                                                              \
    X(mlp_transpose_type)                                                                                              \
    X(mlp_vertical_flip_type)                                                                                          \
    X(mlp_xy_masking_type)

#define DECLARE(type) extern const mlp_transform_type type;
EVERY_TYPE(DECLARE)

#define ADDRESS(type) &(type),
const mlp_transform_type *const mlp_transform_types[] = { EVERY_TYPE(ADDRESS) NULL };

const mlp_transform_type *mlp_transform_type_find(const char *name)
{
    for (const mlp_transform_type *const *type = mlp_transform_types; *type; type++)
        if (strcmp((*type)->about.name, name) == 0) return *type;
    return NULL;
}
