/* npy_private.h - texts in NumPy's arrays, which only archives hold. Private to io/. */
#ifndef MLP_IO_NPY_PRIVATE_H
#define MLP_IO_NPY_PRIVATE_H

#include "io/io.h"

/* As mlp_npy_decode; *text: the array has texts, of which *out has the code points, n x width. */
mlp_status mlp_npy_decode_any(mlp_tensor **out, bool *text, const uint8_t *bytes, size_t length, const char *name,
                              mlp_error *err);

/* Code points, n x width, as an array of n texts. */
mlp_status mlp_npy_encode_texts(uint8_t **bytes, size_t *length, const mlp_tensor *code_points, mlp_error *err);

#endif
