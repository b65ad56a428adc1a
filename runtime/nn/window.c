/* window.c - sizes and checks of windows that slide over pictures. */
#include "nn/window_private.h"

mlp_status mlp_pictures_check(const mlp_tensor *x, const char *who, mlp_error *err)
{
    char shape[MLP_SHAPE_TEXT];
    if (mlp_expect_real(x, who, "input", err)) return MLP_EDTYPE;
    if (x->ndim == 3 || x->ndim == 4) {
        if (x->shape[x->ndim - 2] <= INT32_MAX && x->shape[x->ndim - 1] <= INT32_MAX) return MLP_OK;
        return mlp_fail(err, MLP_ESHAPE,
                        "%s: pictures of more than 2^31 - 1 rows or columns are not supported (input %s)", who,
                        mlp_shape_text(shape, x->ndim, x->shape));
    }
    return mlp_fail(
        err, MLP_ESHAPE, "%s expects a batch of pictures (n x channels x height x width) or one picture, and got %s%s",
        who, mlp_shape_text(shape, x->ndim, x->shape),
        x->ndim == 2 ? ": put it before nn.Flatten(), or nn.Unflatten(2, { channels, height, width }) before it" : "");
}

mlp_status mlp_window_check(const mlp_window *w, const char *who, mlp_error *err)
{
    for (int i = 0; i < 2; i++) {
        const struct {
            const char *name;
            int64_t value, least;
        } list[] = { { "kernel_size", w->size[i], 1 },
                     { "stride", w->stride[i], 1 },
                     { "dilation", w->dilation[i], 1 },
                     { "padding", w->before[i], 0 },
                     { "padding", w->after[i], 0 } };
        for (size_t k = 0; k < sizeof list / sizeof *list; k++)
            if (list[k].value < list[k].least || list[k].value > MLP_WINDOW_MOST)
                return mlp_fail(err, MLP_EINVAL, "%s: %s is %lld, expected %lld to %lld", who, list[k].name,
                                (long long)list[k].value, (long long)list[k].least, (long long)MLP_WINDOW_MOST);
    }
    return MLP_OK;
}

int64_t mlp_window_reach(const mlp_window *w, int axis)
{
    return w->dilation[axis] * (w->size[axis] - 1) + 1;
}

int64_t mlp_window_places(const mlp_window *w, int axis, int64_t length)
{
    int64_t stride = w->stride[axis];
    int64_t room = length + w->before[axis] + w->after[axis] - mlp_window_reach(w, axis);
    if (room < 0 && !(w->ceil_mode && room > -stride)) return 0;
    int64_t places = (room + (w->ceil_mode ? stride - 1 : 0)) / stride + 1;
    /* the last one must begin inside the picture or the padding before it */
    if (w->ceil_mode && (places - 1) * stride >= length + w->before[axis]) places--;
    return places;
}

void mlp_pictures_sizes(const mlp_tensor *x, int64_t sizes[4])
{
    sizes[0] = 1;
    for (int d = 0; d < x->ndim; d++) sizes[4 - x->ndim + d] = x->shape[d];
}
