/* skinny_private.h - y = x w' + beta y for few rows of x and a weight that is read where it lies. */
#ifndef MLP_SKINNY_PRIVATE_H
#define MLP_SKINNY_PRIVATE_H

#include "base/base.h"

enum { MLP_SKINNY_ROWS = 128 }; /* of x, at most */

typedef struct mlp_skinny {
    int64_t m, n, k; /* x is m x k, w is n x k, y is m x n */
    const float *x, *w;
    int64_t ldx, ldw, ldy; /* from row to row */
    float beta;
    float *y;
} mlp_skinny;

/* Whether this machine has fast tiles, and the sizes are right for them. */
bool mlp_skinny_fits(int64_t m, int64_t n, int64_t k);
mlp_status mlp_skinny_run(const mlp_skinny *s, mlp_error *err);

#endif
