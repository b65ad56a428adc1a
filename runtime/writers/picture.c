/* picture.c - tensors as pictures: layouts, values, grids. */
#include "image/image.h"
#include "tensor/tensor.h"
#include "writers/writers.h"

#include <string.h>

enum { GRID_COLUMNS = 8, N = 0, C = 1, H = 2, W = 3, AXES = 4 };

typedef struct source {
    const void *data;
    bool is_u8;         /* else f32 */
    int64_t size[AXES]; /* 1 where the layout has no such axis */
    int64_t stride[AXES];
} source;

/* Which dimension is N, C, H, W; -1: none. False when the layout is not a permutation of one of the sets we know. */
static bool read_layout(const char *layout, int axis[AXES])
{
    static const char names[] = "NCHW";
    for (int a = 0; a < AXES; a++) axis[a] = -1;
    for (int d = 0; layout[d]; d++) {
        const char *at = strchr(names, layout[d]);
        if (!at || axis[at - names] >= 0) return false;
        axis[at - names] = d;
    }
    return axis[H] >= 0 && axis[W] >= 0;
}

static mlp_status describe(source *s, const mlp_tensor *t, const char *layout, mlp_error *err)
{
    int axis[AXES];
    char shape[MLP_SHAPE_TEXT];
    mlp_shape_text(shape, t->ndim, t->shape);
    if (!read_layout(layout, axis))
        return mlp_fail(
            err, MLP_EINVAL,
            "dataformats is '%s', expected the letters of the dimensions, such as 'CHW', 'HWC', 'HW' or 'NCHW'",
            layout);
    if (t->ndim != (int)strlen(layout))
        return mlp_fail(err, MLP_ESHAPE, "the tensor is %s but dataformats '%s' has %zu dimensions", shape, layout,
                        strlen(layout));
    for (int a = 0; a < AXES; a++) {
        s->size[a] = axis[a] < 0 ? 1 : t->shape[axis[a]];
        s->stride[a] = 1;
        for (int d = axis[a] + 1; axis[a] >= 0 && d < t->ndim; d++) s->stride[a] *= t->shape[d];
    }
    if (s->size[C] != 1 && s->size[C] != 3)
        return mlp_fail(err, MLP_ESHAPE, "the tensor is %s with %lld channels (dataformats '%s'), expected 1 or 3",
                        shape, (long long)s->size[C], layout);
    if (s->size[N] < 1 || s->size[H] < 1 || s->size[W] < 1)
        return mlp_fail(err, MLP_ESHAPE, "the tensor is %s: there is no picture in it", shape);
    return MLP_OK;
}

static uint8_t level(const source *s, int64_t at)
{
    if (s->is_u8) return ((const uint8_t *)s->data)[at];
    float x = ((const float *)s->data)[at] * 255;
    return (uint8_t)(x >= 255 ? 255 : x > 0 ? x : 0); /* NaN is black */
}

static void draw(mlp_image *image, const source *s, int64_t n, int64_t top, int64_t left)
{
    for (int64_t y = 0; y < s->size[H]; y++) {
        uint8_t *to = image->pixels + ((top + y) * image->width + left) * 3;
        for (int64_t x = 0; x < s->size[W]; x++) {
            int64_t at = n * s->stride[N] + y * s->stride[H] + x * s->stride[W];
            for (int64_t c = 0; c < 3; c++) *to++ = level(s, at + (s->size[C] == 3 ? c * s->stride[C] : 0));
        }
    }
}

mlp_status mlp_event_picture(mlp_image **out, const mlp_tensor *t, const char *layout, mlp_error *err)
{
    source s = { .is_u8 = t->dtype == MLP_U8 };
    mlp_status st = describe(&s, t, layout, err);
    if (st) return st;
    int64_t pictures = s.size[N] > 1 ? s.size[N] : 1, columns = pictures < GRID_COLUMNS ? pictures : GRID_COLUMNS;
    int64_t rows = (pictures + columns - 1) / columns;
    if (s.size[W] > MLP_IMAGE_MAX_SIDE / columns || s.size[H] > MLP_IMAGE_MAX_SIDE / rows)
        return mlp_fail(err, MLP_ESHAPE, "%lld pictures of %lldx%lld in a grid are larger than %d pixels a side",
                        (long long)s.size[N], (long long)s.size[H], (long long)s.size[W], MLP_IMAGE_MAX_SIDE);
    mlp_tensor *flat = NULL;
    mlp_image *image = NULL;
    st = mlp_tensor_cast(&flat, t, s.is_u8 ? MLP_U8 : MLP_F32, err); /* a contiguous copy */
    if (!st) st = mlp_image_new(&image, (int)(columns * s.size[W]), (int)(rows * s.size[H]), 3, err);
    if (!st) {
        s.data = mlp_tensor_data(flat);
        memset(image->pixels, 0, mlp_image_bytes(image));
        for (int64_t n = 0; n < s.size[N]; n++) draw(image, &s, n, n / columns * s.size[H], n % columns * s.size[W]);
        *out = image;
    }
    mlp_tensor_release(flat);
    return st;
}
