/* io.h - tensors in files: safetensors, npy, npz; and SHA-256.
 *
 * Reading trusts nothing: sizes are checked against what is there before memory is taken, nothing is run, and a broken
 * file is an MLP_EFORMAT that says what is wrong. Writing goes through mlp_file_write, so that a kill leaves the old
 * file or the new one.
 *
 * Files hold more element types than tensors do. They are read as the nearest type that holds every value:
 *     bool, u8 -> u8      i8, i16, u16, i32, u32, i64 -> i64      u64 -> i64 (refused above 2^63 - 1)
 *     f16, bf16, f32 -> f32      f64 -> f64
 * Texts of an npz file (NumPy's U) are lists of code points. Complex numbers, 8-bit and smaller floats, other texts and
 * objects are refused by name. */
#ifndef MLP_IO_H
#define MLP_IO_H

#include "base/base.h"
#include "tensor/tensor.h"

/* ---- tensors with names, in order ---- */

typedef struct mlp_named mlp_named;

mlp_status mlp_named_new(mlp_named **out, mlp_error *err);
void mlp_named_release(mlp_named *list);

/* Appends; retains t, copies the name. A name that is there already is an error. */
mlp_status mlp_named_add(mlp_named *list, const char *name, mlp_tensor *t, mlp_error *err);
int64_t mlp_named_count(const mlp_named *list);

/* Texts under a name: a row of code points for each, i64, with zeros behind it. Only npz files hold them. */
mlp_status mlp_named_add_texts(mlp_named *list, const char *name, mlp_tensor *code_points, mlp_error *err);
bool mlp_named_is_text(const mlp_named *list, int64_t i);

const char *mlp_named_name(const mlp_named *list, int64_t i);        /* valid while list lives; so are the others */
mlp_tensor *mlp_named_tensor(const mlp_named *list, int64_t i);      /* borrowed */
mlp_tensor *mlp_named_find(const mlp_named *list, const char *name); /* borrowed; NULL when it is not there */

/* How numbers lie in a file. The narrow types are of files alone: reading makes f32 of f16 and bf16, i64 of i32. */
typedef enum mlp_store {
    MLP_STORE_SAME, /* as the tensors have them */
    MLP_STORE_F32, /* f32 and f64 numbers, here and below; rounded to the nearest, ties to even, what is too large to */
    MLP_STORE_F16, /* infinity */
    MLP_STORE_BF16, /* npy and npz know none */
    MLP_STORE_I32,  /* i64 numbers; one that is too large for it fails */
} mlp_store;
void mlp_named_store(mlp_named *list, mlp_store as); /* how what writes the list stores its numbers; SAME until then */
mlp_store mlp_named_stored(const mlp_named *list);

/* Metadata: text to text. Setting a key again replaces its value. */
mlp_status mlp_named_set_meta(mlp_named *list, const char *key, const char *value, mlp_error *err);
int64_t mlp_named_meta_count(const mlp_named *list);
const char *mlp_named_meta_key(const mlp_named *list, int64_t i);
const char *mlp_named_meta_value(const mlp_named *list, int64_t i);

/* ---- safetensors ---- */

/* Tensors in the order of their data. `name` is for messages. */
mlp_status mlp_safetensors_decode(mlp_named **out, const uint8_t *bytes, size_t length, const char *name,
                                  mlp_error *err);
mlp_status mlp_safetensors_load(mlp_named **out, const char *path, mlp_error *err);

/* The bytes that the reference writer makes (its order of tensors, compact header padded to 8; metadata keys sorted),
 * so equal contents are equal files. Release *bytes with free(). */
mlp_status mlp_safetensors_encode(uint8_t **bytes, size_t *length, const mlp_named *list, mlp_error *err);
mlp_status mlp_safetensors_save(const char *path, const mlp_named *list, mlp_error *err);

/* The same by a thread of its own, while the caller does something else. The tensors may be read meanwhile, and must
 * not change before mlp_saving_end, which waits and says how it went; the file is there from then on. Every saving is
 * ended, NULL as well; the list need not live until then. */
typedef struct mlp_saving mlp_saving;
mlp_status mlp_safetensors_begin(mlp_saving **out, const char *path, const mlp_named *list, mlp_error *err);
mlp_status mlp_saving_end(mlp_saving *saving, mlp_error *err);

/* ---- npy and npz ---- */

/* Versions 1 to 3, C and Fortran order, both byte orders. Bytes after the data are ignored, as NumPy does. */
mlp_status mlp_npy_decode(mlp_tensor **out, const uint8_t *bytes, size_t length, const char *name, mlp_error *err);
mlp_status mlp_npy_load(mlp_tensor **out, const char *path, mlp_error *err);

/* What numpy.save writes for a C-ordered little-endian array. Release *bytes with free(). */
mlp_status mlp_npy_encode(uint8_t **bytes, size_t *length, const mlp_tensor *t, mlp_store as, mlp_error *err);
mlp_status mlp_npy_save(const char *path, const mlp_tensor *t, mlp_store as, mlp_error *err);

/* Members "x.npy" become tensors "x"; others become u8 tensors of their bytes, under their whole name. Nothing is ever
 * extracted to a path. only: NULL for all, or names with a NULL behind them: the other members are not unpacked, be
 * they damaged or not; a name that the file does not have is not in *out either. */
mlp_status mlp_npz_decode(mlp_named **out, const uint8_t *bytes, size_t length, const char *name,
                          const char *const *only, mlp_error *err);
mlp_status mlp_npz_load(mlp_named **out, const char *path, const char *const *only, mlp_error *err);

/* numpy.savez, or savez_compressed. Equal contents are equal files: time stamps are 1980-01-01. Metadata is not kept.
 */
mlp_status mlp_npz_encode(uint8_t **bytes, size_t *length, const mlp_named *list, bool compress, mlp_error *err);
mlp_status mlp_npz_save(const char *path, const mlp_named *list, bool compress, mlp_error *err);

/* ---- SHA-256, as 64 hexadecimal digits ---- */

enum { MLP_SHA256_TEXT = 65 };
void mlp_sha256(char out[MLP_SHA256_TEXT], const void *bytes, size_t length);
mlp_status mlp_sha256_file(char out[MLP_SHA256_TEXT], const char *path, mlp_error *err);

/* ---- base64 (RFC 4648) ---- */

/* Letters that so many bytes take; out has room for them. No 0 is written behind them. */
size_t mlp_base64_letters(size_t length);
void mlp_base64(char *out, const void *bytes, size_t length);

/* Whether memory ran out inside jansson, which calls that a wrong text, or leaves a value out. Of the calling thread:
 * begin, then calls of jansson, then whether any of their allocations failed: what they gave is released at once then.
 * reads: they read a text. */
void mlp_json_begin(bool reads);
bool mlp_json_ran_out(void);

#endif
