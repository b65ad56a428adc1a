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
    [ELEMENT_F16] = { ELEMENT_F16, 2, MLP_F32, "F16", "f2" },
    [ELEMENT_BF16] = { ELEMENT_BF16, 2, MLP_F32, "BF16", NULL },
    [ELEMENT_U32] = { ELEMENT_U32, 4, MLP_I64, "U32", "u4" },
    [ELEMENT_I32] = { ELEMENT_I32, 4, MLP_I64, "I32", "i4" },
    [ELEMENT_F32] = { ELEMENT_F32, 4, MLP_F32, "F32", "f4" },
    [ELEMENT_U64] = { ELEMENT_U64, 8, MLP_I64, "U64", "u8" },
    [ELEMENT_I64] = { ELEMENT_I64, 8, MLP_I64, "I64", "i8" },
    [ELEMENT_F64] = { ELEMENT_F64, 8, MLP_F64, "F64", "f8" },
};

/* IEEE half: 1 sign, 5 exponent, 10 fraction bits. Every half is a float, NaN payloads included. */
static float half(uint32_t h)
{
    uint32_t sign = (h & 0x8000u) << 16, exponent = h >> 10 & 31, fraction = h & 1023, bits;
    float x;
    if (exponent == 0) { /* zero and subnormal: fraction * 2^-24 */
        x = (float)fraction * 0x1p-24f;
        memcpy(&bits, &x, sizeof bits);
        bits |= sign;
    } else {
        bits = sign | (exponent == 31 ? 255u : exponent + 112) << 23 | fraction << 13;
    }
    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint64_t load(const uint8_t *in, int size, bool swapped)
{
    uint64_t x = 0;
    for (int i = 0; i < size; i++) x |= (uint64_t)in[swapped ? size - 1 - i : i] << (8 * i);
    return x;
}

static float float_of(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static mlp_status read_one(void *out, const element *e, uint64_t x, int64_t i, mlp_error *err)
{
    int64_t *whole = out;
    switch (e->kind) {
    case ELEMENT_BOOL: ((uint8_t *)out)[i] = x != 0; break;
    case ELEMENT_U8: ((uint8_t *)out)[i] = (uint8_t)x; break;
    case ELEMENT_I8: whole[i] = x < 128 ? (int64_t)x : (int64_t)x - 256; break;
    case ELEMENT_I16: whole[i] = (int16_t)(uint16_t)x; break;
    case ELEMENT_I32: whole[i] = (int32_t)(uint32_t)x; break;
    case ELEMENT_U64:
        if (x > INT64_MAX)
            return mlp_fail(err, MLP_EFORMAT,
                            "element %lld is %llu: unsigned numbers above 2^63 - 1 do not fit into i64", (long long)i,
                            (unsigned long long)x);
        whole[i] = (int64_t)x;
        break;
    case ELEMENT_F16: ((float *)out)[i] = half((uint32_t)x); break;
    case ELEMENT_BF16: ((float *)out)[i] = float_of((uint32_t)x << 16); break;
    case ELEMENT_F32: ((float *)out)[i] = float_of((uint32_t)x); break;
    default: memcpy(&whole[i], &x, sizeof x); break; /* U16, U32, I64, and the bits of F64 */
    }
    return MLP_OK;
}

mlp_status mlp_elements_read(void *out, const element *e, const uint8_t *in, int64_t n, bool swapped, mlp_error *err)
{
    bool same = e->kind == ELEMENT_U8 || e->kind == ELEMENT_F32 || e->kind == ELEMENT_I64 || e->kind == ELEMENT_F64;
    if (same && (!swapped || e->size == 1)) {
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

static uint32_t bits_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* The upper bits of a number from which the lower `shift` go, to the nearest, ties to even. */
static uint32_t rounded(uint32_t bits, int shift)
{
    uint32_t half_step = 1u << (shift - 1), rest = bits & ((half_step << 1) - 1), kept = bits >> shift;
    return kept + (rest > half_step || (rest == half_step && (kept & 1)));
}

static uint16_t half_of(float x)
{
    uint32_t bits = bits_of(x), sign = bits >> 16 & 0x8000u, value = bits & 0x7FFFFFFFu;
    if (value > 0x7F800000u) return (uint16_t)(sign | 0x7E00u);                           /* NaN */
    if (value >= 0x47800000u) return (uint16_t)(sign | 0x7C00u);                          /* 65536 and more */
    if (value >= 0x38800000u) return (uint16_t)(sign | rounded(value - 0x38000000u, 13)); /* may round up to infinity */
    uint32_t steps = bits_of((x < 0 ? -x : x) + 0.5f) - bits_of(0.5f); /* of 2^-24, where both 0.5 and a half end */
    return (uint16_t)(sign | steps);
}

static uint16_t brain_of(float x)
{
    uint32_t bits = bits_of(x);
    if ((bits & 0x7FFFFFFFu) > 0x7F800000u) return (uint16_t)(bits >> 16 & 0x8000u) | 0x7FC0u;
    return (uint16_t)rounded(bits, 16);
}

static mlp_status narrow(mlp_tensor **out, const mlp_tensor *t, element_kind kind, mlp_error *err)
{
    mlp_tensor *wide = NULL, *bytes = NULL;
    const int64_t n = mlp_tensor_numel(t), size = n * mlp_elements[kind].size;
    mlp_status st = mlp_tensor_cast(&wide, t, mlp_elements[kind].as, err);
    if (!st) st = mlp_tensor_new(&bytes, MLP_U8, 1, &size, err);
    const float *x = st ? NULL : mlp_tensor_data(wide);
    const int64_t *whole = (const void *)x;
    uint8_t *to = st ? NULL : mlp_tensor_data(bytes);
    for (int64_t i = 0; !st && i < n; i++) {
        uint16_t two = kind == ELEMENT_F16 ? half_of(x[i]) : kind == ELEMENT_BF16 ? brain_of(x[i]) : 0;
        int32_t four = kind == ELEMENT_I32 ? (int32_t)whole[i] : 0;
        if (kind == ELEMENT_I32 && four != whole[i])
            st = mlp_fail(err, MLP_EINVAL, "element %lld is %lld, which is outside of i32", mlp_nth(i),
                          (long long)whole[i]);
        if (kind == ELEMENT_I32) memcpy(to + 4 * i, &four, sizeof four);
        else memcpy(to + 2 * i, &two, sizeof two);
    }
    mlp_tensor_release(wide);
    if (st) mlp_tensor_release(bytes);
    else *out = bytes;
    return st;
}

mlp_status mlp_elements_store(mlp_tensor **out, element_kind *kind, const mlp_tensor *t, mlp_store as, mlp_error *err)
{
    static const element_kind kinds[] = { [MLP_BOOL] = ELEMENT_BOOL,
                                          [MLP_U8] = ELEMENT_U8,
                                          [MLP_I64] = ELEMENT_I64,
                                          [MLP_F32] = ELEMENT_F32,
                                          [MLP_F64] = ELEMENT_F64 };
    bool is_float = mlp_dtype_is_float(t->dtype);
    *kind = kinds[t->dtype];
    if (as == MLP_STORE_F32 && is_float) {
        *kind = ELEMENT_F32;
        return mlp_tensor_cast(out, t, MLP_F32, err);
    }
    if (as == MLP_STORE_F16 && is_float) *kind = ELEMENT_F16;
    else if (as == MLP_STORE_BF16 && is_float) *kind = ELEMENT_BF16;
    else if (as == MLP_STORE_I32 && t->dtype == MLP_I64) *kind = ELEMENT_I32;
    else return mlp_tensor_contiguous(out, (mlp_tensor *)t, err);
    return narrow(out, t, *kind, err);
}
