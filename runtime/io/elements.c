/* elements.c - element types of files: see elements_private.h. */
#include "io/elements_private.h"

#include <string.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "files are read and written as little-endian machines hold numbers"
#endif

const element mlp_elements[ELEMENT_KINDS] = {
    [ELEMENT_BOOL] = { ELEMENT_BOOL, 1, MLP_BOOL, "BOOL", "b1" },
    [ELEMENT_U8] = { ELEMENT_U8, 1, MLP_U8, "U8", "u1" },
    [ELEMENT_I8] = { ELEMENT_I8, 1, MLP_I64, "I8", "i1" },
    [ELEMENT_U16] = { ELEMENT_U16, 2, MLP_I64, "U16", "u2" },
    [ELEMENT_I16] = { ELEMENT_I16, 2, MLP_I64, "I16", "i2" },
    [ELEMENT_F16] = { ELEMENT_F16, 2, MLP_F16, "F16", "f2" },
    [ELEMENT_BF16] = { ELEMENT_BF16, 2, MLP_BF16, "BF16", NULL },
    [ELEMENT_U32] = { ELEMENT_U32, 4, MLP_I64, "U32", "u4" },
    [ELEMENT_I32] = { ELEMENT_I32, 4, MLP_I32, "I32", "i4" },
    [ELEMENT_F32] = { ELEMENT_F32, 4, MLP_F32, "F32", "f4" },
    [ELEMENT_U64] = { ELEMENT_U64, 8, MLP_I64, "U64", "u8" },
    [ELEMENT_I64] = { ELEMENT_I64, 8, MLP_I64, "I64", "i8" },
    [ELEMENT_F64] = { ELEMENT_F64, 8, MLP_F64, "F64", "f8" },
};

static uint64_t load(const uint8_t *in, int size, bool swapped)
{
    uint64_t x = 0;
    for (int i = 0; i < size; i++) x |= (uint64_t)in[swapped ? size - 1 - i : i] << (8 * i);
    return x;
}

static mlp_status read_one(void *out, const element *e, uint64_t x, int64_t i, mlp_error *err)
{
    int64_t *whole = out;
    uint16_t x16 = (uint16_t)x;
    uint32_t x32 = (uint32_t)x;
    switch (e->kind) {
    case ELEMENT_BOOL: ((uint8_t *)out)[i] = x != 0; break;
    case ELEMENT_U8: ((uint8_t *)out)[i] = (uint8_t)x; break;
    case ELEMENT_I8: whole[i] = x < 128 ? (int64_t)x : (int64_t)x - 256; break;
    case ELEMENT_I16: whole[i] = (int16_t)x16; break;
    case ELEMENT_U64:
        if (x > INT64_MAX)
            return mlp_fail(err, MLP_EFORMAT,
                            "element %lld is %llu: unsigned numbers above 2^63 - 1 do not fit into i64", (long long)i,
                            (unsigned long long)x);
        whole[i] = (int64_t)x;
        break;
    case ELEMENT_F16:
    case ELEMENT_BF16: memcpy((uint16_t *)out + i, &x16, sizeof x16); break;
    case ELEMENT_I32:
    case ELEMENT_F32: memcpy((uint32_t *)out + i, &x32, sizeof x32); break;
    default: memcpy(&whole[i], &x, sizeof x); break; /* U16, U32, I64, and the bits of F64 */
    }
    return MLP_OK;
}

mlp_status mlp_elements_read(void *out, const element *e, const uint8_t *in, int64_t n, bool swapped, mlp_error *err)
{
    static const bool same[ELEMENT_KINDS] = {
        /* as bytes lie in memory */
        [ELEMENT_U8] = true,  [ELEMENT_F16] = true, [ELEMENT_BF16] = true, [ELEMENT_I32] = true,
        [ELEMENT_F32] = true, [ELEMENT_I64] = true, [ELEMENT_F64] = true
    };
    if (same[e->kind] && (!swapped || e->size == 1)) {
        if (n) memcpy(out, in, (size_t)n * (size_t)e->size);
        return MLP_OK;
    }
    mlp_status st = MLP_OK;
    for (int64_t i = 0; !st && i < n; i++) st = read_one(out, e, load(in + i * e->size, e->size, swapped), i, err);
    return st;
}

bool mlp_elements_bytes(uint64_t *elements, uint64_t *bytes, int ndim, const int64_t *shape, int size)
{
    uint64_t n = 1;
    for (int i = 0; i < ndim; i++) {
        uint64_t d = (uint64_t)shape[i];
        if (shape[i] < 0 || (d && n > INT64_MAX / d)) return false;
        n *= d;
    }
    if (n > (uint64_t)INT64_MAX / (uint64_t)size) return false;
    *elements = n;
    *bytes = n * (uint64_t)size;
    return true;
}

/* ---- writing ---- */

/* Whole numbers in 32 bits, none of which may be lost. */
static mlp_status narrow(mlp_tensor **out, const mlp_tensor *t, mlp_error *err)
{
    mlp_tensor *dense = NULL;
    mlp_status st = mlp_tensor_contiguous(&dense, (mlp_tensor *)t, err);
    const int64_t *whole = st ? NULL : mlp_tensor_data(dense);
    for (int64_t i = 0; !st && i < mlp_tensor_numel(t); i++)
        if (whole[i] < INT32_MIN || whole[i] > INT32_MAX)
            st = mlp_fail(err, MLP_EINVAL, "element %lld is %lld, which is outside of i32", mlp_nth(i),
                          (long long)whole[i]);
    mlp_tensor_release(dense);
    return st ? st : mlp_tensor_cast(out, t, MLP_I32, err);
}

mlp_status mlp_elements_store(mlp_tensor **out, element_kind *kind, const mlp_tensor *t, mlp_store as, mlp_error *err)
{
    static const element_kind kinds[] = {
        [MLP_BOOL] = ELEMENT_BOOL, [MLP_U8] = ELEMENT_U8,     [MLP_I32] = ELEMENT_I32, [MLP_I64] = ELEMENT_I64,
        [MLP_F16] = ELEMENT_F16,   [MLP_BF16] = ELEMENT_BF16, [MLP_F32] = ELEMENT_F32, [MLP_F64] = ELEMENT_F64
    };
    static const mlp_dtype floats[] = {
        [MLP_STORE_F32] = MLP_F32, [MLP_STORE_F16] = MLP_F16, [MLP_STORE_BF16] = MLP_BF16
    };
    mlp_status st;
    if (as == MLP_STORE_I32 && t->dtype == MLP_I64) st = narrow(out, t, err);
    else if (as != MLP_STORE_SAME && as != MLP_STORE_I32 && mlp_dtype_is_float(t->dtype))
        st = mlp_tensor_cast(out, t, floats[as], err);
    else st = mlp_tensor_contiguous(out, (mlp_tensor *)t, err);
    if (!st) *kind = kinds[(*out)->dtype];
    return st;
}
