/* border.c - which pixel stands for one outside of a picture. */
#include "augment/transform_private.h"

static int64_t wrapped(int64_t i, int64_t period)
{
    return (i % period + period) % period;
}

int mlp_border_index(int64_t i, int n, mlp_border border)
{
    if (i >= 0 && i < n) return (int)i;
    const int64_t last = n - 1;
    switch (border) {
    case MLP_BORDER_REPLICATE: return i < 0 ? 0 : n - 1;
    case MLP_BORDER_WRAP: return (int)wrapped(i, n);
    case MLP_BORDER_REFLECT: i = wrapped(i, 2 * last + 2); return (int)(i > last ? 2 * last + 1 - i : i);
    case MLP_BORDER_REFLECT_101:
        if (last == 0) return 0;
        i = wrapped(i, 2 * last);
        return (int)(i > last ? 2 * last - i : i);
    default: return -1;
    }
}
