/* augment.h - transforms of pictures for training, and the pipeline made of them.
 *
 * A transform is a node that never changes after it was made: one transform, a Compose or a OneOf. Any number of
 * threads may apply it at once. Names, parameters, defaults and pixel arithmetic are those of Albumentations 2.0.8;
 * random numbers come from our own streams, keyed by (seed, epoch, sample, step), so that any sample's augmentation can
 * be recomputed alone.
 *
 * Pixels stay u8 all the way. Normalize does not touch them: it notes in the sample which float each level stands for,
 * and mlp_sample_write looks every pixel up while it copies into the batch. */
#ifndef MLP_AUGMENT_H
#define MLP_AUGMENT_H

#include "base/base.h"
#include "base/param.h"
#include "image/image.h"

typedef struct mlp_transform mlp_transform;

mlp_transform *mlp_transform_retain(mlp_transform *t); /* returns t; NULL is fine */
void mlp_transform_release(mlp_transform *t);

/* ---- what travels through a pipeline ---- */

typedef enum mlp_layout { MLP_HWC, MLP_CHW } mlp_layout;

typedef struct mlp_sample {
    mlp_image *image;    /* owned; maybe shared, so its pixels are written only while it has one reference */
    bool normalized;     /* values are floats: table tells them */
    mlp_layout layout;   /* MLP_CHW after ToTensorV2; the image above stays HWC in any case */
    float table[3][256]; /* [channel][level], valid while normalized */
} mlp_sample;

/* A u8 sample in HWC; takes a reference to image. The sample ends with mlp_sample_clear, whatever happened to it. */
void mlp_sample_begin(mlp_sample *sample, mlp_image *image);
void mlp_sample_clear(mlp_sample *sample);

/* Writes height * width * channels values, without padding, in the layout asked for (whatever the sample's). floats:
 * f32, else u8. A u8 sample as floats is 0..255; a normalized sample cannot become u8 (MLP_EDTYPE). */
mlp_status mlp_sample_write(const mlp_sample *sample, bool floats, mlp_layout layout, void *out, mlp_error *err);

/* The same as a new tensor, in the sample's own type and layout. */
struct mlp_tensor;
mlp_status mlp_sample_tensor(struct mlp_tensor **out, const mlp_sample *sample, mlp_error *err);

/* ---- what the loader does with a pipeline; t may be NULL: nothing to do ---- */

/* Which draw: all random numbers of an application depend on these three (and the step's place) alone. */
typedef struct mlp_draw {
    uint64_t seed, epoch, index;
} mlp_draw;

/* A pipeline is a list of steps: those of the outermost Compose, where an inner Compose with p = 1 counts as its steps.
 * Any other transform is one step. */
int mlp_transform_steps(const mlp_transform *t);

/* How many of the first steps give the same u8 picture every time (Resize, CenterCrop, ToGray with p = 1, ...): their
 * result can be kept instead of the decoded picture. */
int mlp_transform_prefix(const mlp_transform *t);

/* Runs those. *out is a new reference, possibly to image itself. */
mlp_status mlp_transform_apply_prefix(const mlp_transform *t, mlp_image **out, mlp_image *image, mlp_error *err);

/* Runs the steps from `from` (0-based; pass mlp_transform_prefix after apply_prefix) to the last. On failure the sample
 * may be half done; clear it. */
mlp_status mlp_transform_apply(const mlp_transform *t, mlp_sample *sample, mlp_draw draw, int from, mlp_error *err);

/* What every sample is at the end: true when values are floats, and the layout. Known when the pipeline is made: one
 * that normalises sometimes is refused there. */
bool mlp_transform_gives_floats(const mlp_transform *t);
mlp_layout mlp_transform_layout(const mlp_transform *t); /* MLP_HWC unless it ends with ToTensorV2 */

/* Whether a Lambda is among its steps, on any level: then only the thread that the Lambda belongs to may apply it. */
bool mlp_transform_calls_back(const mlp_transform *t);

/* The steps [from, to) as text that could be pasted into a script ("augment.Compose { augment.Resize(64, 64), ... }");
 * parameters at their defaults are left out; of a Lambda it says where it stands. Otherwise equal text means equal
 * pictures: cache keys and manifests use it. A negative `to` means the end. *out is released with free(). */
mlp_status mlp_transform_text(char **out, const mlp_transform *t, int from, int to, mlp_error *err);

/* ---- making transforms from a description ---- */

typedef struct mlp_transform_type mlp_transform_type;
struct mlp_transform_type {
    mlp_description about;
    double p;           /* default probability */
    bool deterministic; /* with p = 1 the same picture in gives the same u8 picture out */
    bool moves_pixels;  /* only puts pixels elsewhere, so it may also follow Normalize */

    /* Prepares t, whose values are complete; may be NULL. */
    mlp_status (*setup)(mlp_transform *t, mlp_error *err);
    /* Does it; p has been decided by the caller. */
    mlp_status (*apply)(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err);
    /* Lets go of what t->state holds; may be NULL. */
    void (*teardown)(mlp_transform *t);
};

/* All of them, sorted as in the table; ends with NULL. */
extern const mlp_transform_type *const mlp_transform_types[];
const mlp_transform_type *mlp_transform_type_find(const char *name); /* NULL when there is none */

/* values: one per parameter of the type (count 0: the default), or NULL for all defaults; p: NaN for the default. */
mlp_status mlp_transform_new(mlp_transform **out, const mlp_transform_type *type, const mlp_value *values, double p,
                             mlp_error *err);

/* Take references to the transforms. OneOf picks one with probability proportional to its p and runs it for certain. */
mlp_status mlp_compose_new(mlp_transform **out, mlp_transform *const *list, int count, double p, mlp_error *err);
mlp_status mlp_one_of_new(mlp_transform **out, mlp_transform *const *list, int count, double p, mlp_error *err);

/* A step that the program brings itself. call: *out is a new reference to the picture that comes out, possibly to
 * image, whose pixels it leaves alone; random numbers come from rng. It is called only by the thread that applies the
 * pipeline: a loader whose pipeline has one has no workers. release is called once, also when the making fails. */
typedef struct mlp_lambda {
    mlp_status (*call)(void *context, mlp_image **out, mlp_image *image, mlp_rng *rng, mlp_error *err);
    void (*release)(void *context);
    void *context;
} mlp_lambda;
enum { MLP_LAMBDA_LABEL = 120 }; /* label: what the pipeline's text says of it, cut there */
mlp_status mlp_lambda_new(mlp_transform **out, const mlp_lambda *lambda, const char *label, double p, mlp_error *err);

/* ---- the arithmetic on its own, with given parameters ---- */

typedef enum mlp_border {
    MLP_BORDER_CONSTANT,
    MLP_BORDER_REPLICATE,
    MLP_BORDER_REFLECT,
    MLP_BORDER_WRAP,
    MLP_BORDER_REFLECT_101
} mlp_border; /* OpenCV's numbers */

/* Each gives a new image; *out is owned by the caller. */
mlp_status mlp_image_flip(mlp_image **out, const mlp_image *image, bool horizontal, bool vertical, mlp_error *err);

/* out(x) = clip(alpha * x + beta) in f32, truncated; beta in levels. */
mlp_status mlp_image_brightness_contrast(mlp_image **out, const mlp_image *image, float alpha, float beta,
                                         mlp_error *err);

/* How a warp reads the picture. */
typedef struct mlp_sampling {
    mlp_interpolation interpolation; /* NEAREST, LINEAR or CUBIC */
    mlp_border border;
    uint8_t fill[3]; /* a level per channel, for MLP_BORDER_CONSTANT */
} mlp_sampling;

/* matrix: 2x3, maps source to destination, as cv2.warpAffine takes it; result is width x height. */
mlp_status mlp_image_warp_affine(mlp_image **out, const mlp_image *image, const double matrix[6], int width, int height,
                                 const mlp_sampling *sampling, mlp_error *err);

/* Pixel (x, y) is looked up at map_x[y][x], map_y[y][x], as cv2.remap does; maps and result are as large as the
 * picture. */
mlp_status mlp_image_remap(mlp_image **out, const mlp_image *image, const float *map_x, const float *map_y,
                           const mlp_sampling *sampling, mlp_error *err);

/* What lies between four corners (x and y each: top left, top right, bottom right, bottom left, inside the picture) is
 * pulled apart as Albumentations' Perspective does. keep_size: to the size of the picture; fit_output: all of the
 * picture stays visible. */
mlp_status mlp_image_perspective(mlp_image **out, const mlp_image *image, const double corners[4][2], bool keep_size,
                                 bool fit_output, const mlp_sampling *sampling, mlp_error *err);

/* The operations of RandAugment, in torchvision's order; from SHEAR_X to SHARPNESS values have a sign. */
typedef enum mlp_rand_op {
    MLP_RAND_IDENTITY,
    MLP_RAND_SHEAR_X, /* tangent of the angle, about the upper left corner */
    MLP_RAND_SHEAR_Y,
    MLP_RAND_TRANSLATE_X, /* pixels */
    MLP_RAND_TRANSLATE_Y,
    MLP_RAND_ROTATE,     /* degrees, counterclockwise */
    MLP_RAND_BRIGHTNESS, /* factor minus 1, as for the next three */
    MLP_RAND_COLOR,
    MLP_RAND_CONTRAST,
    MLP_RAND_SHARPNESS,
    MLP_RAND_POSTERIZE, /* bits that are kept, 1 to 8 */
    MLP_RAND_SOLARIZE,  /* the level from which on levels are inverted */
    MLP_RAND_AUTO_CONTRAST,
    MLP_RAND_EQUALIZE,
    MLP_RAND_OPS
} mlp_rand_op;

/* One of them. sampling: NEAREST or LINEAR, and the colour outside. */
mlp_status mlp_image_rand_op(mlp_image **out, const mlp_image *image, mlp_rand_op op, double value,
                             const mlp_sampling *sampling, mlp_error *err);

/* The value of an operation at a magnitude, 0 to bins - 1 (bins: 2 or more), without a sign. */
double mlp_rand_op_value(mlp_rand_op op, int magnitude, int bins, int width, int height);

/* Box average over k x k, border REFLECT_101, as cv2.blur. */
mlp_status mlp_image_blur(mlp_image **out, const mlp_image *image, int k, mlp_error *err);

/* Correlation with a k x k kernel (k odd), border REFLECT_101, as cv2.filter2D. */
mlp_status mlp_image_filter(mlp_image **out, const mlp_image *image, const float *kernel, int k, mlp_error *err);

/* As cv2.GaussianBlur on u8: k odd; sigma <= 0 follows from k. */
mlp_status mlp_image_gaussian_blur(mlp_image **out, const mlp_image *image, int k, double sigma, mlp_error *err);

/* The same blur in f32, rounded once, as cv2.sepFilter2D has it: k odd, sigma > 0. */
mlp_status mlp_image_gaussian_filter(mlp_image **out, const mlp_image *image, int k, double sigma, mlp_error *err);

/* The median over k x k, border REPLICATE, as cv2.medianBlur; k odd. */
mlp_status mlp_image_median(mlp_image **out, const mlp_image *image, int k, mlp_error *err);

#endif
