/* files.h - files that tests damage: bytes that grow, edits of sound ones, and mutations. */
#ifndef MLP_TEST_FILES_H
#define MLP_TEST_FILES_H

#include "base/base.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct file {
    uint8_t *bytes;
    size_t length;
} file;

/* Takes n bytes out at a place and puts others there. */
static inline void replace(file *f, size_t at, size_t n, const void *content, size_t length)
{
    uint8_t *bytes = malloc(f->length - n + length + 1);
    memcpy(bytes, f->bytes, at);
    if (length > 0) memcpy(bytes + at, content, length);
    memcpy(bytes + at + length, f->bytes + at + n, f->length - at - n);
    free(f->bytes);
    *f = (file){ bytes, f->length - n + length };
}

static inline void insert(file *f, size_t at, const void *content, size_t length)
{
    replace(f, at, 0, content, length);
}

static inline void append(file *f, const void *content, size_t length)
{
    f->bytes = realloc(f->bytes, f->length + length + 1);
    if (length > 0) memcpy(f->bytes + f->length, content, length);
    f->length += length;
}

/* n bytes that are no marker and no sound picture data. */
static inline void insert_junk(file *f, size_t at, size_t n, int value)
{
    uint8_t *junk = malloc(n);
    for (size_t i = 0; i < n; i++) junk[i] = value < 0 ? (uint8_t)(17 + 31 * i % 200) : (uint8_t)value;
    insert(f, at, junk, n);
    free(junk);
}

/* Bits flipped, bytes replaced by extremes, pieces put in, taken out, and copied from elsewhere. */
static inline void mutate(file *f, mlp_rng *rng)
{
    static const uint8_t extremes[] = { 0, 1, 0x7F, 0x80, 0xFF };
    int64_t last = (int64_t)f->length - 9;
    size_t at = (size_t)mlp_rng_int(rng, 2, last), n = (size_t)mlp_rng_int(rng, 1, 8);
    uint8_t piece[8];
    switch (mlp_rng_int(rng, 0, 4)) {
    case 0: f->bytes[at] ^= (uint8_t)(1u << mlp_rng_int(rng, 0, 7)); break;
    case 1: memset(f->bytes + at, extremes[mlp_rng_int(rng, 0, 4)], n / 2 + 1); break;
    case 2: insert_junk(f, at, n, (int)mlp_rng_int(rng, 0, 255)); break;
    case 3: replace(f, at, n, NULL, 0); break;
    default:
        memcpy(piece, f->bytes + mlp_rng_int(rng, 0, last), sizeof piece);
        memcpy(f->bytes + at, piece, n);
        break;
    }
}

#endif
