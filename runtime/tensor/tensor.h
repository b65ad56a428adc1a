/* tensor.h - the array: a view (shape, strides, offset) on a reference-counted storage.
 *
 * Nothing here differentiates: autograd.h has the same operations recorded on a tape. Dimensions and indices count from
 * 0; the bindings convert. Negative dimensions count from the end (-1 is the last). Results are new tensors that the
 * caller owns, contiguous in C order, unless a function says that it returns a view.
 *
 * Types: a binary operation on two types works in the wider of bool < u8 < i32 < i64 < f16, bf16 < f32 < f64, on f16
 * and bf16 together in f32. A plain number beside a tensor never widens it within its kind, nor does a tensor without
 * dimensions beside one with some: f32 with 0.5 is f32, i64 with 2 is i64, i64 or u8 with 0.5 is f32; only u8 or i32
 * with a whole number that it cannot hold (300, -1) is i64. Division of integers gives f32. Comparisons give bool. Of
 * two bools the sum is "or" and the product "and".
 *
 * f16, bf16 and i32 are types that numbers are kept in. What is computed with them goes over copies, in f32 and in i64,
 * and the result is rounded once (to the nearest, ties to even; whole numbers wrap around). Layers, losses, optimizers
 * and decompositions take f32 and f64 alone.
 *
 * Sums run in a fixed order that depends on shapes alone, so results do not depend on the number of threads. */
#ifndef MLP_TENSOR_H
#define MLP_TENSOR_H

#include "base/base.h"

/* In order of promotion. A bool is a byte, 0 or 1. */
typedef enum mlp_dtype {
    MLP_BOOL,
    MLP_U8,
    MLP_I32,
    MLP_I64,
    MLP_F16,
    MLP_BF16, /* the upper half of an f32 */
    MLP_F32,
    MLP_F64,
    MLP_DTYPES
} mlp_dtype;

enum { MLP_MAX_DIMS = 8 };

typedef struct mlp_storage mlp_storage;
typedef struct mlp_autograd mlp_autograd; /* autograd/ keeps gradient, tape node and flags of a tensor here */

typedef struct mlp_tensor {
    int refs; /* atomic */
    mlp_dtype dtype;
    int ndim;
    int writes; /* recorded writes into it; of a view: those into its base that its history knows of */
    int64_t shape[MLP_MAX_DIMS];
    int64_t stride[MLP_MAX_DIMS]; /* in elements; 0 where a dimension is expanded */
    int64_t offset;               /* of the first element, in elements */
    mlp_storage *storage;
    mlp_autograd *autograd;  /* NULL: a constant */
    struct mlp_tensor *base; /* owned; of a view that autograd/ made: whose elements these are, itself no view */
} mlp_tensor;

size_t mlp_dtype_size(mlp_dtype dtype);                 /* bytes of one element */
const char *mlp_dtype_name(mlp_dtype dtype);            /* "bool", "u8", "i32", "i64", "f16", "bf16", "f32", "f64" */
mlp_dtype mlp_dtype_working(mlp_dtype dtype);           /* what it is computed in: f32 for f16 and bf16, i64 for i32 */
mlp_dtype mlp_dtype_promoted(mlp_dtype a, mlp_dtype b); /* what two of them work in together */

/* What `dtype` works in with a plain number; integer: it was written as an integer. */
mlp_dtype mlp_dtype_with_number(mlp_dtype dtype, double number, bool integer);

/* The whole numbers that fit, least <= n < end; false for floats, and for bool, which takes all as yes or no. */
bool mlp_dtype_range(double *least, double *end, mlp_dtype dtype);

static inline bool mlp_dtype_is_float(mlp_dtype dtype) /* f16, bf16, f32, f64 */
{
    return dtype >= MLP_F16;
}

static inline bool mlp_dtype_is_real(mlp_dtype dtype) /* f32, f64: what layers, losses and optimizers compute in */
{
    return dtype >= MLP_F32;
}

/* ---- life ---- */

/* Not initialised. Fails on a negative size, on overflow, on more than MLP_MAX_DIMS dimensions. ndim 0 is a scalar. */
mlp_status mlp_tensor_new(mlp_tensor **out, mlp_dtype dtype, int ndim, const int64_t *shape, mlp_error *err);
mlp_status mlp_tensor_full(mlp_tensor **out, mlp_dtype dtype, int ndim, const int64_t *shape, double value,
                           mlp_error *err);
mlp_status mlp_tensor_scalar(mlp_tensor **out, mlp_dtype dtype, double value, mlp_error *err);
mlp_status mlp_tensor_arange(mlp_tensor **out, mlp_dtype dtype, double start, double end, double step, mlp_error *err);
mlp_status mlp_tensor_linspace(mlp_tensor **out, mlp_dtype dtype, double start, double end, int64_t steps,
                               mlp_error *err);
mlp_status mlp_tensor_eye(mlp_tensor **out, mlp_dtype dtype, int64_t rows, int64_t columns, mlp_error *err);

mlp_tensor *mlp_tensor_retain(mlp_tensor *t); /* returns t */
void mlp_tensor_release(mlp_tensor *t);

/* What the release of a tensor calls for a non-NULL autograd slot; autograd/ sets it once. */
extern void (*mlp_autograd_free_hook)(mlp_autograd *);

/* ---- looking ---- */

void *mlp_tensor_data(const mlp_tensor *t); /* address of the first element; valid while t lives */
int64_t mlp_tensor_numel(const mlp_tensor *t);
bool mlp_tensor_is_contiguous(const mlp_tensor *t);
double mlp_tensor_at(const mlp_tensor *t, const int64_t *index);              /* no range check */
void mlp_tensor_put(mlp_tensor *t, const int64_t *index, double value);       /* no range check */
mlp_status mlp_tensor_item(double *out, const mlp_tensor *t, mlp_error *err); /* the one element */
int64_t mlp_tensor_version(const mlp_tensor *t); /* counts in-place writes to the storage */
bool mlp_tensor_is_alone(const mlp_tensor *t);   /* nobody else holds t or its storage: it may be overwritten */
void mlp_tensor_touch(mlp_tensor *t);            /* says that the caller wrote through mlp_tensor_data */
bool mlp_tensor_same_shape(const mlp_tensor *a, const mlp_tensor *b);

/* Fails unless t is f32 or f64: "softmax: the input is f16, expected ...". */
mlp_status mlp_expect_real(const mlp_tensor *t, const char *who, const char *what, mlp_error *err);

/* "32x3x64x64", or "scalar"; for messages. Returns buffer, which must hold MLP_SHAPE_TEXT bytes. */
enum { MLP_SHAPE_TEXT = 180 };
const char *mlp_shape_text(char *buffer, int ndim, const int64_t *shape);

typedef struct mlp_print_options {
    int precision;  /* digits after the point, default 4 */
    int threshold;  /* summarise above so many elements, default 1000 */
    int edge_items; /* first and last so many of each dimension when summarised, default 3 */
    int line_width; /* columns, default 80 */
} mlp_print_options;
mlp_print_options mlp_print_defaults(void);

/* The values as text, laid out as PyTorch prints them: one common format, nested brackets, "..." where summarised; the
 * last line names dtype and shape. *out is released with free(). The text never depends on the locale. */
mlp_status mlp_tensor_text(char **out, const mlp_tensor *t, const mlp_print_options *options, mlp_error *err);

/* ---- copies and views ---- */

mlp_status mlp_tensor_clone(mlp_tensor **out, const mlp_tensor *t, mlp_error *err);
mlp_status mlp_tensor_cast(mlp_tensor **out, const mlp_tensor *t, mlp_dtype dtype, mlp_error *err); /* always a copy */
mlp_status mlp_tensor_contiguous(mlp_tensor **out, mlp_tensor *t, mlp_error *err);   /* t itself, retained, if it is */
mlp_status mlp_tensor_copy_(mlp_tensor *to, const mlp_tensor *from, mlp_error *err); /* broadcasts and converts */
mlp_status mlp_tensor_fill_(mlp_tensor *t, double value, mlp_error *err);

/* Views: share the storage. `alias` is the whole tensor again, without its autograd slot. */
mlp_status mlp_tensor_alias(mlp_tensor **out, mlp_tensor *t, mlp_error *err);
mlp_status mlp_tensor_permute(mlp_tensor **out, mlp_tensor *t, const int *dims, mlp_error *err);
mlp_status mlp_tensor_transpose(mlp_tensor **out, mlp_tensor *t, int dim0, int dim1, mlp_error *err);
mlp_status mlp_tensor_narrow(mlp_tensor **out, mlp_tensor *t, int dim, int64_t start, int64_t length, mlp_error *err);
mlp_status mlp_tensor_select(mlp_tensor **out, mlp_tensor *t, int dim, int64_t index, mlp_error *err); /* drops dim */
mlp_status mlp_tensor_expand(mlp_tensor **out, mlp_tensor *t, int ndim, const int64_t *shape, mlp_error *err);
mlp_status mlp_tensor_squeeze(mlp_tensor **out, mlp_tensor *t, int dim, mlp_error *err);
mlp_status mlp_tensor_unsqueeze(mlp_tensor **out, mlp_tensor *t, int dim, mlp_error *err);

/* A view where the strides allow it, else a copy. One size may be -1: it follows from the others. */
mlp_status mlp_tensor_reshape(mlp_tensor **out, mlp_tensor *t, int ndim, const int64_t *shape, mlp_error *err);

/* ---- random fills, in place; draws are reserved from rng, so any number of threads gives the same values ---- */

mlp_status mlp_tensor_uniform_(mlp_tensor *t, double low, double high, mlp_rng *rng, mlp_error *err);
mlp_status mlp_tensor_normal_(mlp_tensor *t, double mean, double std, mlp_rng *rng, mlp_error *err);
mlp_status mlp_tensor_randint_(mlp_tensor *t, int64_t low, int64_t high, mlp_rng *rng,
                               mlp_error *err);                                            /* [low, high) */
mlp_status mlp_tensor_bernoulli_(mlp_tensor *t, double p, mlp_rng *rng, mlp_error *err);   /* 1 with probability p */
mlp_status mlp_tensor_randperm(mlp_tensor **out, int64_t n, mlp_rng *rng, mlp_error *err); /* i64, 0..n-1 */

/* ---- element-wise ---- */

typedef enum mlp_unary_op {
    MLP_NEG,
    MLP_ABS,
    MLP_SIGN,
    MLP_SQUARE,
    MLP_SQRT,
    MLP_RSQRT,
    MLP_RECIPROCAL,
    MLP_EXP,
    MLP_EXPM1,
    MLP_LOG,
    MLP_LOG1P,
    MLP_LOG2,
    MLP_LOG10,
    MLP_SIN,
    MLP_COS,
    MLP_TAN,
    MLP_ASIN,
    MLP_ACOS,
    MLP_ATAN,
    MLP_SINH,
    MLP_COSH,
    MLP_TANH,
    MLP_SIGMOID,
    MLP_RELU,
    MLP_ERF,
    MLP_FLOOR,
    MLP_CEIL,
    MLP_ROUND, /* half to even */
    MLP_NOT,
    MLP_ISNAN,
    MLP_ISFINITE,
    MLP_ISINF, /* these four give bool */
    MLP_UNARY_COUNT
} mlp_unary_op;

typedef enum mlp_binary_op {
    MLP_ADD,
    MLP_SUB,
    MLP_MUL,
    MLP_DIV,
    MLP_POW,
    MLP_MINIMUM,
    MLP_MAXIMUM,
    MLP_EQ,
    MLP_NE,
    MLP_LT,
    MLP_LE,
    MLP_GT,
    MLP_GE,
    MLP_BINARY_COUNT
} mlp_binary_op;

const char *mlp_unary_name(mlp_unary_op op);   /* "neg", "exp", ... as in PyTorch */
const char *mlp_binary_name(mlp_binary_op op); /* "add", "eq", ... */

/* Functions of real numbers (exp, sqrt, sigmoid, ...) turn whole numbers into f32; neg, abs, sign, square, relu, floor,
 * ceil and round keep the type. */
mlp_status mlp_tensor_unary(mlp_tensor **out, mlp_unary_op op, const mlp_tensor *x, mlp_error *err);

/* The type in which a and b work together: see above. */
mlp_dtype mlp_tensor_result_type(const mlp_tensor *a, const mlp_tensor *b);

/* Broadcasts as NumPy and PyTorch do: shapes are aligned at the last dimension, a size of 1 stretches. */
mlp_status mlp_tensor_binary(mlp_tensor **out, mlp_binary_op op, const mlp_tensor *a, const mlp_tensor *b,
                             mlp_error *err);
/* Whether both have the same shape and the same values; types may differ, NaN is not equal to itself. Large ones are
 * compared part by part along the first dimension that is not 1, up to one that differs. */
mlp_status mlp_tensor_equal(bool *equal, mlp_tensor *a, mlp_tensor *b, mlp_error *err);
/* A plain number on one side. integer: it was written as an integer. reversed: it is the left operand. */
mlp_status mlp_tensor_binary_number(mlp_tensor **out, mlp_binary_op op, const mlp_tensor *a, double number,
                                    bool integer, bool reversed, mlp_error *err);

/* In place: a op= b; b broadcasts to a. a += alpha * b is what gradient accumulation and SGD are made of. */
mlp_status mlp_tensor_binary_(mlp_tensor *a, mlp_binary_op op, const mlp_tensor *b, mlp_error *err);
mlp_status mlp_tensor_binary_number_(mlp_tensor *a, mlp_binary_op op, double number, mlp_error *err);
mlp_status mlp_tensor_axpy_(mlp_tensor *a, double alpha, const mlp_tensor *b, mlp_error *err);

/* Bounds with a fraction turn integers into f32. Where low is above high, high wins. */
mlp_status mlp_tensor_clamp(mlp_tensor **out, const mlp_tensor *x, double low, double high, mlp_error *err);
mlp_status mlp_tensor_where(mlp_tensor **out, const mlp_tensor *condition, const mlp_tensor *a, const mlp_tensor *b,
                            mlp_error *err);

/* ---- reductions ---- */

typedef enum mlp_reduce_op {
    MLP_SUM,
    MLP_MEAN,
    MLP_PROD,
    MLP_MIN,
    MLP_MAX,
    MLP_AMIN, /* min and max again, but that equal extremes share the gradient */
    MLP_AMAX,
    MLP_ARGMIN,
    MLP_ARGMAX,
    MLP_ANY,
    MLP_ALL,
    MLP_REDUCE_COUNT
} mlp_reduce_op;

const char *mlp_reduce_name(mlp_reduce_op op);

/* Over the dimensions in dims (ndims of them; 0 of them: over all). keepdim leaves them with size 1. Sums of integers
 * are i64; a mean of integers is f32. argmin and argmax take one dimension or all (then the index is into the flat
 * tensor), give i64, and the first of equal values wins. NaN wins in min and max. Empty: sum 0, prod 1, mean NaN, min
 * and max an error. */
mlp_status mlp_tensor_reduce(mlp_tensor **out, mlp_reduce_op op, const mlp_tensor *x, int ndims, const int *dims,
                             bool keepdim, mlp_error *err);

/* Sums x down to a shape that broadcasts to x's: the inverse of expand. */
mlp_status mlp_tensor_sum_to(mlp_tensor **out, const mlp_tensor *x, int ndim, const int64_t *shape, mlp_error *err);

/* Values in order along dim; equal values keep their order; NaN counts as the largest. indices (i64) may be NULL. */
mlp_status mlp_tensor_sort(mlp_tensor **values, mlp_tensor **indices, const mlp_tensor *x, int dim, bool descending,
                           mlp_error *err);
mlp_status mlp_tensor_cumsum(mlp_tensor **out, const mlp_tensor *x, int dim, mlp_error *err);

/* *index: the first of the tensors (from 0) that holds a NaN or an infinity, -1 when none does. Each is read once, by
 * all threads; later ones than the first found are not read. NULLs and tensors of integers hold none. */
mlp_status mlp_first_nonfinite(int *index, mlp_tensor *const *tensors, int count, mlp_error *err);

/* ---- products ---- */

/* (k)x(k), (m,k)x(k), (k)x(k,n), (m,k)x(k,n), and batches (...,m,k)x(...,k,n) whose leading dimensions broadcast.
 * Numbers of one type on both sides; whole ones wrap around. */
mlp_status mlp_tensor_matmul(mlp_tensor **out, const mlp_tensor *a, const mlp_tensor *b, mlp_error *err);

/* C = alpha op(A) op(B) + beta C on row-major arrays; op transposes when asked. m x n is C, k is summed. OpenBLAS
 * multiplies blocks of rows and columns whose cut depends on m and n alone, so the bits do not depend on the threads.
 */
mlp_status mlp_gemm_f32(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, float alpha, const float *a,
                        int64_t lda, const float *b, int64_t ldb, float beta, float *c, int64_t ldc, mlp_error *err);
mlp_status mlp_gemm_f64(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, double alpha, const double *a,
                        int64_t lda, const double *b, int64_t ldb, double beta, double *c, int64_t ldc, mlp_error *err);

/* C = op(A) op(B) + beta C in one piece on the calling thread, for work that is cut into blocks already. Sizes and
 * leading dimensions are 1 to 2^31 - 1; the arrays are of `dtype`, f32 or f64. */
void mlp_gemm_here(mlp_dtype dtype, bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, const void *a,
                   int64_t lda, const void *b, int64_t ldb, double beta, void *c, int64_t ldc);

/* ---- joining and picking ---- */

/* Where x is not 0, in order, counted from 0: as places in the flat tensor (i64, n), or as indices (i64, n x ndim). */
mlp_status mlp_tensor_places(mlp_tensor **out, const mlp_tensor *x, mlp_error *err);
mlp_status mlp_tensor_nonzero(mlp_tensor **out, const mlp_tensor *x, mlp_error *err);

mlp_status mlp_tensor_cat(mlp_tensor **out, mlp_tensor *const *list, int count, int dim, mlp_error *err);
mlp_status mlp_tensor_stack(mlp_tensor **out, mlp_tensor *const *list, int count, int dim, mlp_error *err);

/* out[.., i, ..] = x[.., index[i], ..] along dim; index is a 1-d i64 tensor. */
mlp_status mlp_tensor_index_select(mlp_tensor **out, const mlp_tensor *x, int dim, const mlp_tensor *index,
                                   mlp_error *err);
mlp_status mlp_tensor_index_add_(mlp_tensor *x, int dim, const mlp_tensor *index, const mlp_tensor *source,
                                 mlp_error *err);

/* out[i][j] = x[i][index[i][j]] for dim 1, and so on; index has x's rank. scatter_add_ is its transpose. */
mlp_status mlp_tensor_gather(mlp_tensor **out, const mlp_tensor *x, int dim, const mlp_tensor *index, mlp_error *err);
mlp_status mlp_tensor_scatter_add_(mlp_tensor *x, int dim, const mlp_tensor *index, const mlp_tensor *source,
                                   mlp_error *err);

#endif
