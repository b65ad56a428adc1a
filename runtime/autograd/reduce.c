/* reduce.c - sums, means, products, extrema and running sums along dimensions. */
#include "autograd/calculus_private.h"
#include "autograd/formula.h"
#include "autograd/ops_private.h"

#include <math.h>

/* The reduced dimensions last: order is the permutation that puts them there, outer and inner count the elements. */
typedef struct context {
    mlp_reduce_op op;
    mlp_like like; /* of x */
    int order[MLP_MAX_DIMS];
    int kept; /* dimensions that stay; the rest are reduced */
    int64_t outer, inner;
    bool first_wins; /* min and max along one dimension */
} context;

static context describe(mlp_reduce_op op, const mlp_tensor *x, int ndims, const int *dims)
{
    context c = { .op = op,
                  .like = mlp_like_of(x),
                  .outer = 1,
                  .inner = 1,
                  .first_wins = ndims == 1 && op != MLP_AMIN && op != MLP_AMAX };
    bool reduced[MLP_MAX_DIMS] = { false };
    for (int i = 0; i < ndims; i++) {
        int d = dims[i] < 0 ? dims[i] + x->ndim : dims[i];
        if (d >= 0 && d < x->ndim) reduced[d] = true;
    }
    for (int d = 0; ndims == 0 && d < x->ndim; d++) reduced[d] = true;
    for (int d = 0; d < x->ndim; d++)
        if (!reduced[d]) c.order[c.kept++] = d, c.outer *= x->shape[d];
    for (int d = 0, at = c.kept; d < x->ndim; d++)
        if (reduced[d]) c.order[at++] = d, c.inner *= x->shape[d];
    return c;
}

/* dy with size 1 where x was reduced, stretched over x: a view. */
static mlp_status stretched(mlp_tensor **out, mlp_tensor *dy, const context *c, mlp_error *err)
{
    int64_t shape[MLP_MAX_DIMS];
    mlp_tensor *thin = NULL;
    for (int i = 0; i < c->like.ndim; i++) shape[c->order[i]] = i < c->kept ? c->like.shape[c->order[i]] : 1;
    mlp_status st = mlp_calc->reshape(&thin, dy, c->like.ndim, shape, err);
    if (!st) st = mlp_calc->expand(out, thin, c->like.ndim, c->like.shape, err);
    mlp_tensor_release(thin);
    return st;
}

/* ---- products and extrema: one row per element of the result ---- */

typedef struct rows {
    const double *x, *y, *dy;
    double *dx;
    int64_t inner;
    mlp_reduce_op op;
    bool first_wins;
} rows;

/* d(product)/dx[i] is the product of the others: of those before and those after. No division, so zeros are fine. */
static void product_row(const double *x, double dy, double *dx, int64_t n)
{
    double product = dy;
    for (int64_t i = 0; i < n; i++) dx[i] = product, product *= x[i];
    product = 1;
    for (int64_t i = n - 1; i >= 0; i--) dx[i] *= product, product *= x[i];
}

static bool is_winner(double x, double y)
{
    return x == y || (isnan(x) && isnan(y));
}

static void winner_row(const double *x, double y, double dy, double *dx, int64_t n, bool first_wins)
{
    int64_t winners = 0;
    for (int64_t i = 0; i < n; i++) winners += is_winner(x[i], y);
    double share = first_wins || winners == 0 ? dy : dy / (double)winners;
    bool given = false;
    for (int64_t i = 0; i < n; i++) {
        bool gets = is_winner(x[i], y) && !(first_wins && given);
        given |= gets;
        dx[i] = gets ? share : 0;
    }
}

static void row_range(void *argument, int64_t begin, int64_t end)
{
    const rows *r = argument;
    for (int64_t i = begin; i < end; i++) {
        const double *x = r->x + i * r->inner;
        double *dx = r->dx + i * r->inner;
        if (r->op == MLP_PROD) product_row(x, r->dy[i], dx, r->inner);
        else winner_row(x, r->y[i], r->dy[i], dx, r->inner, r->first_wins);
    }
}

/* x as contiguous f64 with the reduced dimensions last. */
static mlp_status rows_of(mlp_tensor **out, mlp_tensor *x, const context *c, mlp_error *err)
{
    mlp_tensor *turned = NULL;
    mlp_status st = mlp_tensor_permute(&turned, x, c->order, err);
    if (!st) st = mlp_tensor_cast(out, turned, MLP_F64, err);
    mlp_tensor_release(turned);
    return st;
}

/* The way back: dimensions in x's order, x's type. */
static mlp_status from_rows(mlp_tensor **out, mlp_tensor *dx, const context *c, mlp_error *err)
{
    int back[MLP_MAX_DIMS];
    mlp_tensor *turned = NULL;
    for (int i = 0; i < c->like.ndim; i++) back[c->order[i]] = i;
    mlp_status st = mlp_tensor_permute(&turned, dx, back, err);
    if (!st) st = mlp_tensor_cast(out, turned, c->like.dtype, err);
    mlp_tensor_release(turned);
    return st;
}

static mlp_status by_rows(mlp_tensor **out, const mlp_node *node, mlp_tensor *dy, const context *c, mlp_error *err)
{
    mlp_tensor *x = NULL, *y = NULL, *g = NULL, *dx = NULL;
    mlp_status st = rows_of(&x, mlp_node_saved(node, 0), c, err);
    if (!st && mlp_node_saved(node, 1)) st = mlp_tensor_cast(&y, mlp_node_saved(node, 1), MLP_F64, err);
    if (!st) st = mlp_tensor_cast(&g, dy, MLP_F64, err);
    if (!st) st = mlp_tensor_new(&dx, MLP_F64, x->ndim, x->shape, err);
    if (!st) {
        rows r = { mlp_tensor_data(x), y ? mlp_tensor_data(y) : NULL,
                   mlp_tensor_data(g), mlp_tensor_data(dx),
                   c->inner,           c->op,
                   c->first_wins };
        st = mlp_parallel_for(c->outer, 1 + 16384 / (c->inner + 1), row_range, &r, err);
    }
    if (!st) st = from_rows(out, dx, c, err);
    mlp_tensor_release(dx);
    mlp_tensor_release(g);
    mlp_tensor_release(y);
    mlp_tensor_release(x);
    return st;
}

/* ---- backward ---- */

static mlp_status backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    const context *c = mlp_node_context(node);
    if (c->op != MLP_SUM && c->op != MLP_MEAN) return by_rows(&dx[0], node, dy, c, err);
    if (c->op == MLP_SUM) return stretched(&dx[0], dy, c, err);
    mlp_tensor *share = NULL;
    mlp_status st = mlp_calc->binary_number(&share, MLP_DIV, dy, (double)c->inner, false, false, err);
    if (!st) st = stretched(&dx[0], share, c, err);
    mlp_tensor_release(share);
    return st;
}

/* Extrema: which elements they are changes nowhere but in jumps, so that their shares of a gradient of 1 are constants.
 */
static mlp_status extrema_again(mlp_tensor **out, const mlp_node *node, mlp_tensor *dy, const context *c,
                                mlp_error *err)
{
    mlp_tensor *ones = NULL, *share = NULL, *wide = NULL;
    mlp_status st = mlp_tensor_full(&ones, dy->dtype, dy->ndim, dy->shape, 1, err);
    if (!st) st = by_rows(&share, node, ones, c, err);
    if (!st) st = stretched(&wide, dy, c, err);
    if (!st) st = mlp_calc->binary(out, MLP_MUL, share, wide, err);
    mlp_tensor_release(wide);
    mlp_tensor_release(share);
    mlp_tensor_release(ones);
    return st;
}

/* Products: for each element a row of all of them, with a 1 in its place, whose product is the derivative. */
static mlp_status products_again(mlp_tensor **out, const mlp_node *node, mlp_tensor *dy, const context *c,
                                 mlp_error *err)
{
    int64_t n = c->inner, back_shape[MLP_MAX_DIMS];
    int back[MLP_MAX_DIMS];
    mlp_tensor *turned = NULL, *eye = NULL, *wide = NULL, *all = NULL;
    for (int i = 0; i < c->like.ndim; i++) back[c->order[i]] = i, back_shape[i] = c->like.shape[c->order[i]];
    mlp_formula f = mlp_formula_in_pass(err);
    mlp_status st = mlp_calc->permute(&turned, mlp_node_saved(node, 0), c->order, err);
    mlp_tensor *flat = mlp_f_reshape(&f, mlp_f_step(&f, st, turned), 3, (int64_t[]){ c->outer, 1, n });
    if (!f.status) st = mlp_tensor_eye(&eye, MLP_U8, n, n, err), eye = mlp_f_step(&f, st, eye);
    if (!f.status)
        st = mlp_calc->expand(&all, flat, 3, (int64_t[]){ c->outer, n, n }, err), all = mlp_f_step(&f, st, all);
    mlp_tensor *others = mlp_f_where(&f, eye, mlp_f_scalar(&f, c->like.dtype, 1), all);
    mlp_tensor *slope = mlp_f_along(&f, MLP_PROD, others, 2, false);
    if (!f.status) st = stretched(&wide, dy, c, err), wide = mlp_f_step(&f, st, wide);
    slope = mlp_f_reshape(&f, slope, c->like.ndim, back_shape);
    mlp_tensor *ordered = NULL;
    if (!f.status) st = mlp_calc->permute(&ordered, slope, back, err), ordered = mlp_f_step(&f, st, ordered);
    return mlp_formula_end(&f, out, mlp_f_binary(&f, MLP_MUL, ordered, wide));
}

static mlp_status again(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    const context *c = mlp_node_context(node);
    if (c->op == MLP_SUM || c->op == MLP_MEAN) return backward(node, dy, dx, err);
    return c->op == MLP_PROD ? products_again(&dx[0], node, dy, c, err) : extrema_again(&dx[0], node, dy, c, err);
}

static const mlp_op ops[MLP_REDUCE_COUNT] = {
    [MLP_SUM] = { "sum", backward, .again = again },   [MLP_MEAN] = { "mean", backward, .again = again },
    [MLP_PROD] = { "prod", backward, .again = again }, [MLP_MIN] = { "min", backward, .again = again },
    [MLP_MAX] = { "max", backward, .again = again },   [MLP_AMIN] = { "amin", backward, .again = again },
    [MLP_AMAX] = { "amax", backward, .again = again },
};

mlp_status mlp_op_reduce(mlp_tensor **out, mlp_reduce_op op, mlp_tensor *x, int ndims, const int *dims, bool keepdim,
                         mlp_error *err)
{
    mlp_tensor *y = NULL;
    mlp_status st = mlp_tensor_reduce(&y, op, x, ndims, dims, keepdim, err);
    if (st) return st;
    if (!ops[op].backward) {
        *out = y;
        return MLP_OK;
    }
    context c = describe(op, x, ndims, dims);
    bool values = op != MLP_SUM && op != MLP_MEAN;
    mlp_tensor *keep[2] = { values ? x : NULL, values && op != MLP_PROD ? y : NULL };
    return mlp_op_result(out, y, &ops[op], &x, 1, keep, 2, &c, sizeof c, err);
}

/* ---- running sums ---- */

/* t seen from the other end of dim: a view with a negative stride. */
static mlp_status flipped(mlp_tensor **out, mlp_tensor *t, int dim, mlp_error *err)
{
    mlp_status st = mlp_tensor_alias(out, t, err);
    if (st || t->ndim == 0 || t->shape[dim] == 0) return st;
    (*out)->offset += ((*out)->shape[dim] - 1) * (*out)->stride[dim];
    (*out)->stride[dim] = -(*out)->stride[dim];
    return MLP_OK;
}

static mlp_status cumsum_backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    int dim = *(const int *)mlp_node_context(node);
    mlp_tensor *from_end = NULL, *sums = NULL, *turned = NULL;
    mlp_status st = flipped(&from_end, dy, dim, err);
    if (!st) st = mlp_tensor_cumsum(&sums, from_end, dim, err);
    if (!st) st = flipped(&turned, sums, dim, err);
    if (!st) st = mlp_tensor_clone(&dx[0], turned, err);
    mlp_tensor_release(turned);
    mlp_tensor_release(sums);
    mlp_tensor_release(from_end);
    return st;
}

/* What comes behind an element, and itself: the whole sum without what comes before. */
static mlp_status cumsum_again(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    int dim = *(const int *)mlp_node_context(node);
    if (dy->ndim == 0) return mlp_calc->clone(&dx[0], dy, err);
    mlp_tensor *sums = NULL;
    mlp_formula f = mlp_formula_in_pass(err);
    mlp_status st = mlp_op_cumsum(&sums, dy, dim, err);
    mlp_tensor *before = mlp_f_binary(&f, MLP_SUB, mlp_f_step(&f, st, sums), dy);
    return mlp_formula_end(&f, &dx[0], mlp_f_binary(&f, MLP_SUB, mlp_f_along(&f, MLP_SUM, dy, dim, true), before));
}

mlp_status mlp_op_cumsum(mlp_tensor **out, mlp_tensor *x, int dim, mlp_error *err)
{
    static const mlp_op op = { "cumsum", cumsum_backward, .again = cumsum_again };
    mlp_tensor *y = NULL;
    mlp_status st = mlp_tensor_cumsum(&y, x, dim, err);
    if (st) return st;
    int d = dim < 0 ? dim + x->ndim : dim;
    return mlp_op_result(out, y, &op, &x, 1, NULL, 0, &d, sizeof d, err);
}
