/* picture.c - tensors as pictures: which dimension is which, and several of them as a grid. */
#include "image/image.h"
#include "tensor/tensor.h"
#include "writers/writers.h"

#include <string.h>

enum { GRID_COLUMNS = 8, N = 0, C = 1, H = 2, W = 3, AXES = 4 };

typedef struct layout {
    int axis[AXES];     /* which dimension is N, C, H, W; -1: none */
    int64_t size[AXES]; /* 1 where there is no such dimension */
} layout;

/* False when the letters are not a permutation of one of the sets we know. */
static bool read_letters(layout *l, const char *letters)
{
    static const char names[] = "NCHW";
    for (int a = 0; a < AXES; a++) l->axis[a] = -1;
    for (int d = 0; letters[d]; d++) {
        const char *at = strchr(names, letters[d]);
        if (!at || l->axis[at - names] >= 0) return false;
        l->axis[at - names] = d;
    }
    return l->axis[H] >= 0 && l->axis[W] >= 0;
}

static mlp_status read_layout(layout *l, const mlp_tensor *t, const char *letters, mlp_error *err)
{
    char shape[MLP_SHAPE_TEXT];
    mlp_shape_text(shape, t->ndim, t->shape);
    if (!read_letters(l, letters))
        return mlp_fail(
            err, MLP_EINVAL,
            "dataformats is '%s', expected the letters of the dimensions, such as 'CHW', 'HWC', 'HW' or 'NCHW'",
            letters);
    if (t->ndim != (int)strlen(letters))
        return mlp_fail(err, MLP_ESHAPE, "the tensor is %s but dataformats '%s' has %zu dimensions", shape, letters,
                        strlen(letters));
    for (int a = 0; a < AXES; a++) l->size[a] = l->axis[a] < 0 ? 1 : t->shape[l->axis[a]];
    if (l->size[C] != 1 && l->size[C] != 3)
        return mlp_fail(err, MLP_ESHAPE, "the tensor is %s with %lld channels (dataformats '%s'), expected 1 or 3",
                        shape, (long long)l->size[C], letters);
    if (l->size[N] < 1 || l->size[H] < 1 || l->size[W] < 1)
        return mlp_fail(err, MLP_ESHAPE, "the tensor is %s: there is no picture in it", shape);
    return MLP_OK;
}

/* The n-th picture as H x W x C, or H x W. */
static mlp_status arrange(mlp_tensor **out, mlp_tensor *t, const layout *l, int64_t n, mlp_error *err)
{
    int batch = l->axis[N], order[3], count = 0;
    static const int rows_first[] = { H, W, C };
    for (int i = 0; i < 3; i++) {
        int axis = l->axis[rows_first[i]];
        if (axis >= 0) order[count++] = batch >= 0 && axis > batch ? axis - 1 : axis;
    }
    mlp_tensor *one = NULL;
    mlp_status st = batch >= 0 ? mlp_tensor_select(&one, t, batch, n, err) : mlp_tensor_alias(&one, t, err);
    if (!st) st = mlp_tensor_permute(out, one, order, err);
    mlp_tensor_release(one);
    return st;
}

static mlp_status put_picture(mlp_image *grid, mlp_tensor *t, const layout *l, int64_t n, mlp_error *err)
{
    int64_t columns = grid->width / l->size[W];
    mlp_tensor *rows = NULL;
    mlp_image *picture = NULL, *colours = NULL;
    mlp_status st = arrange(&rows, t, l, n, err);
    if (!st) st = mlp_image_from_tensor(&picture, rows, false, err);
    if (!st) st = mlp_image_convert(&colours, picture, 3, err);
    if (!st) {
        size_t row = (size_t)l->size[W] * 3, stride = (size_t)grid->width * 3;
        uint8_t *to = grid->pixels + (size_t)(n / columns * l->size[H]) * stride + (size_t)(n % columns) * row;
        for (int64_t y = 0; y < l->size[H]; y++, to += stride) memcpy(to, colours->pixels + (size_t)y * row, row);
    }
    mlp_tensor_release(rows);
    mlp_image_release(picture);
    mlp_image_release(colours);
    return st;
}

mlp_status mlp_event_picture(mlp_image **out, mlp_tensor *t, const char *letters, mlp_error *err)
{
    layout l;
    mlp_status st = read_layout(&l, t, letters, err);
    if (st) return st;
    int64_t columns = l.size[N] < GRID_COLUMNS ? l.size[N] : GRID_COLUMNS, rows = (l.size[N] + columns - 1) / columns;
    if (l.size[W] > MLP_IMAGE_MAX_SIDE / columns || l.size[H] > MLP_IMAGE_MAX_SIDE / rows)
        return mlp_fail(err, MLP_ESHAPE, "%lld pictures of %lldx%lld in a grid are larger than %d pixels a side",
                        (long long)l.size[N], (long long)l.size[H], (long long)l.size[W], MLP_IMAGE_MAX_SIDE);
    mlp_image *grid = NULL;
    st = mlp_image_new(&grid, (int)(columns * l.size[W]), (int)(rows * l.size[H]), 3, err);
    if (!st) memset(grid->pixels, 0, mlp_image_bytes(grid));
    for (int64_t n = 0; !st && n < l.size[N]; n++) st = put_picture(grid, t, &l, n, err);
    if (st) mlp_image_release(grid);
    else *out = grid;
    return st;
}
