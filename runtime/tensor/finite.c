/* finite.c - looks for NaN and infinity: one pass over the bits, nothing is computed with the values. */
#include "base/simd.h"
#include "tensor/tensor_private.h"

#include <stdlib.h>
#include <string.h>

enum { GRAIN = 65536 };

typedef struct search {
    const void *x;
    unsigned char *found; /* one per block */
} search;

MLP_SIMD static void range_f32(void *context, int64_t begin, int64_t end)
{
    const search *s = context;
    const float *x = s->x;
    uint32_t largest = 0; /* of the bits without sign: exponents of all ones are above every number */
    for (int64_t i = begin; i < end; i++) {
        uint32_t bits;
        memcpy(&bits, &x[i], sizeof bits);
        bits &= 0x7fffffffU;
        largest = bits > largest ? bits : largest;
    }
    s->found[begin / GRAIN] = largest >= 0x7f800000U;
}

MLP_SIMD static void range_f64(void *context, int64_t begin, int64_t end)
{
    const search *s = context;
    const double *x = s->x;
    uint64_t largest = 0;
    for (int64_t i = begin; i < end; i++) {
        uint64_t bits;
        memcpy(&bits, &x[i], sizeof bits);
        bits &= 0x7fffffffffffffffU;
        largest = bits > largest ? bits : largest;
    }
    s->found[begin / GRAIN] = largest >= 0x7ff0000000000000U;
}

static mlp_status holds(bool *found, mlp_tensor *t, mlp_error *err)
{
    int64_t n = mlp_tensor_numel(t), blocks = (n + GRAIN - 1) / GRAIN;
    unsigned char few[64] = { 0 };
    void *memory = NULL;
    mlp_tensor *x = NULL, *wide = NULL;
    mlp_status st = mlp_in_type(&wide, t, mlp_dtype_working(t->dtype), err);
    if (!st) st = mlp_tensor_contiguous(&x, wide, err);
    if (!st && blocks > (int64_t)sizeof few) st = mlp_alloc(&memory, (size_t)blocks, 1, err);
    *found = false;
    if (!st) {
        search s = { mlp_tensor_data(x), memory ? memory : few };
        st = mlp_parallel_for(n, GRAIN, t->dtype == MLP_F64 ? range_f64 : range_f32, &s, err);
        for (int64_t i = 0; !st && i < blocks && !*found; i++) *found = s.found[i];
    }
    free(memory);
    mlp_tensor_release(x);
    mlp_tensor_release(wide);
    return st;
}

mlp_status mlp_first_nonfinite(int *index, mlp_tensor *const *tensors, int count, mlp_error *err)
{
    *index = -1;
    for (int i = 0; i < count; i++) {
        bool found;
        if (!tensors[i] || !mlp_dtype_is_float(tensors[i]->dtype)) continue;
        mlp_status st = holds(&found, tensors[i], err);
        if (st) return st;
        if (found) {
            *index = i;
            return MLP_OK;
        }
    }
    return MLP_OK;
}
