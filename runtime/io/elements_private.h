/* elements_private.h - element types of files and how they become ours. Private to io/. */
#ifndef MLP_IO_ELEMENTS_PRIVATE_H
#define MLP_IO_ELEMENTS_PRIVATE_H

#include "io/io.h"
#include "tensor/tensor.h"

typedef enum element_kind {
    ELEMENT_BOOL,
    ELEMENT_U8,
    ELEMENT_I8,
    ELEMENT_U16,
    ELEMENT_I16,
    ELEMENT_F16,
    ELEMENT_BF16,
    ELEMENT_U32,
    ELEMENT_I32,
    ELEMENT_F32,
    ELEMENT_U64,
    ELEMENT_I64,
    ELEMENT_F64,
    ELEMENT_KINDS,
} element_kind;

typedef struct element {
    element_kind kind;
    int size;                /* bytes */
    mlp_dtype as;            /* the type it is read as */
    const char *safetensors; /* "F32" */
    const char *npy;         /* "f4"; NULL where NumPy has none */
} element;

extern const element mlp_elements[ELEMENT_KINDS]; /* by kind */

/* Converts n elements at `in` (any alignment; swapped: big-endian) to an array of e->as at out. */
mlp_status mlp_elements_read(void *out, const element *e, const uint8_t *in, int64_t n, bool swapped, mlp_error *err);

/* The elements of t as they lie in a file, with their kind: t itself where it is contiguous and nothing changes, else a
 * copy. The caller owns *out. */
mlp_status mlp_elements_store(mlp_tensor **out, element_kind *kind, const mlp_tensor *t, mlp_store as, mlp_error *err);

/* The product of shape, or an error when it, or it times size, leaves 63 bits. Sizes are not negative. */
bool mlp_elements_bytes(uint64_t *elements, uint64_t *bytes, int ndim, const int64_t *shape, int size);

#endif
