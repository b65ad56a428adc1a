/* outer.h - the product g' x that is not made yet: what the gradient of a Linear layer's weight is until somebody
 * looks.
 *
 * g is n x rows, x is n x columns. Both are copied, so nobody can change the product by writing to them. It can be made
 * as a tensor, or piece by piece by a pass that wants each number once. The bits are the same either way. */
#ifndef MLP_OUTER_H
#define MLP_OUTER_H

#include "tensor/tensor.h"

typedef struct mlp_outer mlp_outer;

/* On success the caller owns *out. */
mlp_status mlp_outer_new(mlp_outer **out, const float *g, const float *x, int64_t n, int64_t rows, int64_t columns,
                         mlp_error *err);
void mlp_outer_free(mlp_outer *o);

int64_t mlp_outer_columns(const mlp_outer *o);

/* A new rows x columns tensor. */
mlp_status mlp_outer_make(mlp_tensor **out, const mlp_outer *o, mlp_error *err);

/* True: every element is a finite number, which follows from the largest elements of g and x. False: not known. */
bool mlp_outer_is_bounded(const mlp_outer *o);

/* Whether terms that are zero are left out: where at least half of them are (two thirds in batches of more than 64), as
 * behind a ReLU, there are 256 columns or more, and x is finite. */
bool mlp_outer_is_thin(const mlp_outer *o);

/* A rectangle of the product, which one thread makes: some rows, and all columns unless they are very many; or a part
 * of one row where few terms are left. */
typedef struct mlp_outer_piece {
    int64_t row, rows, column, columns;
} mlp_outer_piece;

int64_t mlp_outer_pieces(const mlp_outer *o);     /* how many cover it */
int64_t mlp_outer_grain(const mlp_outer *o);      /* how many make a thread's while, for mlp_parallel_for */
int64_t mlp_outer_piece_size(const mlp_outer *o); /* numbers that any of them has room in */

/* Piece number i into `to`, whose rows are ld numbers apart. near: one or more arrays of the product's size, NULL
 * behind the last, which are used at the same place next, and may be brought into the cache meanwhile; the first one is
 * soon used again, the others are not. NULL: none. */
mlp_outer_piece mlp_outer_piece_at(const mlp_outer *o, int64_t i);
void mlp_outer_make_piece(const mlp_outer *o, const mlp_outer_piece *piece, float *to, int64_t ld,
                          const float *const *near);

#endif
