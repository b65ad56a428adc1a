/* mask.c - where a tensor is not zero. */
#include "tensor/tensor_private.h"

/* x as 0 or 1 in order, so that one loop looks through every type and layout. */
static mlp_status flat_mask(mlp_tensor **out, const mlp_tensor *x, int64_t *count, mlp_error *err)
{
    mlp_status st = mlp_tensor_cast(out, x, MLP_BOOL, err);
    if (st) return st;
    const uint8_t *mask = mlp_tensor_data(*out);
    int64_t n = mlp_tensor_numel(*out);
    *count = 0;
    for (int64_t i = 0; i < n; i++) *count += mask[i];
    return MLP_OK;
}

mlp_status mlp_tensor_places(mlp_tensor **out, const mlp_tensor *mask, mlp_error *err)
{
    int64_t count;
    mlp_tensor *flat = NULL, *y = NULL;
    mlp_status st = flat_mask(&flat, mask, &count, err);
    if (!st) st = mlp_tensor_new(&y, MLP_I64, 1, &count, err);
    if (!st) {
        const uint8_t *is = mlp_tensor_data(flat);
        int64_t *place = mlp_tensor_data(y);
        for (int64_t i = 0, k = 0; k < count; i++)
            if (is[i]) place[k++] = i;
        *out = y;
    }
    mlp_tensor_release(flat);
    return st;
}

mlp_status mlp_tensor_nonzero(mlp_tensor **out, const mlp_tensor *x, mlp_error *err)
{
    mlp_tensor *places = NULL, *y = NULL;
    mlp_status st = mlp_tensor_places(&places, x, err);
    if (!st) st = mlp_tensor_new(&y, MLP_I64, 2, (int64_t[]){ places->shape[0], x->ndim }, err);
    if (!st) {
        const int64_t *place = mlp_tensor_data(places);
        int64_t *index = mlp_tensor_data(y);
        for (int64_t i = 0; i < places->shape[0]; i++, index += x->ndim) {
            int64_t rest = place[i];
            for (int d = x->ndim; d-- > 0; rest /= x->shape[d]) index[d] = rest % x->shape[d];
        }
        *out = y;
    }
    mlp_tensor_release(places);
    return st;
}
