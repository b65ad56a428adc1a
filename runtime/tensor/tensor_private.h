/* tensor_private.h - shared inside runtime/tensor: storage, ways through elements, loops over element types. */
#ifndef MLP_TENSOR_PRIVATE_H
#define MLP_TENSOR_PRIVATE_H

#include "base/simd.h"
#include "tensor/tensor.h"

#include <stdatomic.h>

struct mlp_storage {
    atomic_int refs;
    atomic_llong version;
    size_t bytes;
    void *data;
};

/* Elements a thread takes at once in element-wise work: about 128 kB of f32. */
enum { MLP_GRAIN = 32768 };

/* A new tensor on the same storage: shape and strides are the caller's to set. */
mlp_status mlp_tensor_view_new(mlp_tensor **out, mlp_tensor *of, mlp_error *err);

/* Fails when so many elements of `element` bytes are more than can be counted. No size is negative. */
mlp_status mlp_shape_check(int ndim, const int64_t *shape, size_t element, mlp_error *err);

/* Fails when t is expanded, so that writing its elements one by one would write some places several times. The message
 * begins with who and suffix ("add", "_"). */
mlp_status mlp_write_check(const mlp_tensor *t, const char *who, const char *suffix, mlp_error *err);

/* -1 is the last of ndim. Fails with who's name in the message. */
mlp_status mlp_dim_check(int *dim, int ndim, const char *who, mlp_error *err);

/* The shape that a and b broadcast to. */
mlp_status mlp_broadcast_shape(int *ndim, int64_t *shape, const mlp_tensor *a, const mlp_tensor *b, const char *who,
                               mlp_error *err);

/* ---- a walk over up to MLP_WALK tensors of one (broadcast) shape ----
 *
 * The dimensions are merged where all operands allow it, and the last one is the row: an inner loop of `row` elements
 * in which operand i advances by step[i] elements. There are `rows` of them. Rows are handed out in blocks. */
enum { MLP_WALK = 4 };

typedef struct mlp_walk {
    int operands;
    int outer;                  /* dimensions around the row */
    int64_t size[MLP_MAX_DIMS]; /* theirs */
    int64_t jump[MLP_WALK][MLP_MAX_DIMS];
    int64_t start[MLP_WALK]; /* offsets of the first elements */
    int64_t step[MLP_WALK];
    int64_t row, rows;
} mlp_walk;

/* The operands are viewed as ndim-dimensional `shape` by broadcasting. */
void mlp_walk_begin(mlp_walk *w, int ndim, const int64_t *shape, int operands, const mlp_tensor *const *t);

/* Offsets of the first element of row number `number`, one per operand. */
void mlp_walk_row(const mlp_walk *w, int64_t number, int64_t *offset);

/* Calls fn for pieces of rows: n elements from the given offsets. Contiguous tensors are one row; it is cut into pieces
 * of MLP_GRAIN, so that threads share it. */
typedef void (*mlp_piece_fn)(void *context, int64_t n, const int64_t *offset, const int64_t *step);
mlp_status mlp_walk_run(const mlp_walk *w, mlp_piece_fn fn, void *context, mlp_error *err);

/* t itself, retained, when it has the type, else a copy in it. */
mlp_status mlp_in_type(mlp_tensor **out, const mlp_tensor *t, mlp_dtype dtype, mlp_error *err);

/* How an operation on copies ends: *out is y, which is taken over, or y in the type that its numbers are kept in. Where
 * st says that the operation failed, y goes and st is the result. */
mlp_status mlp_kept_in(mlp_tensor **out, mlp_tensor *y, mlp_dtype dtype, mlp_status st, mlp_error *err);

/* Rounds toward zero and saturates, NaN is 0: what a cast to an integer type does everywhere here. */
static inline int64_t mlp_to_i64(double x)
{
    if (!(x == x)) return 0;
    if (x >= 9223372036854775807.0) return INT64_MAX;
    if (x <= -9223372036854775808.0) return INT64_MIN;
    return (int64_t)x;
}

static inline int32_t mlp_to_i32(double x)
{
    int64_t whole = mlp_to_i64(x);
    return whole > INT32_MAX ? INT32_MAX : whole < INT32_MIN ? INT32_MIN : (int32_t)whole;
}

static inline uint8_t mlp_to_u8(double x)
{
    return (uint8_t)mlp_to_i64(x); /* wraps as C does */
}

#endif
