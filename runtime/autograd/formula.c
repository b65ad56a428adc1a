/* formula.c - steps of formulas. */
#include "autograd/formula.h"

#include "autograd/calculus_private.h"

#include <math.h>

mlp_formula mlp_formula_in_pass(mlp_error *err)
{
    return (mlp_formula){ .ops = mlp_calc, .err = err };
}

mlp_status mlp_formula_end(mlp_formula *f, mlp_tensor **out, mlp_tensor *result)
{
    if (!f->status && out) *out = mlp_tensor_retain(result);
    for (int i = 0; i < f->count; i++) mlp_tensor_release(f->made[i]);
    f->count = 0;
    return f->status;
}

mlp_tensor *mlp_f_step(mlp_formula *f, mlp_status st, mlp_tensor *made)
{
    if (!st && f->count == MLP_FORMULA_STEPS) {
        mlp_tensor_release(made);
        st = mlp_fail(f->err, MLP_ESTATE, "a formula has more than %d steps", MLP_FORMULA_STEPS);
    }
    if (st) {
        f->status = st;
        return NULL;
    }
    return f->made[f->count++] = made;
}

/* One step: `call` writes to &y. It is left out behind one that failed. */
#define STEP(ready, call)                                                                                              \
    mlp_tensor *y = NULL;                                                                                              \
    if (f->status || !(ready)) return NULL;                                                                            \
    mlp_status st = (call);                                                                                            \
    return mlp_f_step(f, st, y)

mlp_tensor *mlp_f_unary(mlp_formula *f, mlp_unary_op op, mlp_tensor *x)
{
    STEP(x, f->ops->unary(&y, op, x, f->err));
}

mlp_tensor *mlp_f_binary(mlp_formula *f, mlp_binary_op op, mlp_tensor *a, mlp_tensor *b)
{
    STEP(a && b, f->ops->binary(&y, op, a, b, f->err));
}

mlp_tensor *mlp_f_number(mlp_formula *f, mlp_binary_op op, mlp_tensor *a, double b)
{
    STEP(a, f->ops->binary_number(&y, op, a, b, false, false, f->err));
}

mlp_tensor *mlp_f_from(mlp_formula *f, mlp_binary_op op, double a, mlp_tensor *b)
{
    STEP(b, f->ops->binary_number(&y, op, b, a, false, true, f->err));
}

mlp_tensor *mlp_f_softplus(mlp_formula *f, mlp_tensor *x)
{
    const double far = 40; /* from there on it is x in f64 too */
    mlp_tensor *near = mlp_f_unary(f, MLP_LOG1P, mlp_f_unary(f, MLP_EXP, mlp_f_clamp(f, x, -INFINITY, far)));
    return mlp_f_where(f, mlp_f_number(f, MLP_GT, x, far), x, near);
}

mlp_tensor *mlp_f_sigmoid(mlp_formula *f, mlp_tensor *x)
{
    return mlp_f_unary(f, MLP_SIGMOID, x);
}

mlp_tensor *mlp_f_clamp(mlp_formula *f, mlp_tensor *x, double low, double high)
{
    STEP(x, f->ops->clamp(&y, x, low, high, f->err));
}

mlp_tensor *mlp_f_where(mlp_formula *f, mlp_tensor *condition, mlp_tensor *a, mlp_tensor *b)
{
    STEP(condition && a && b, f->ops->where(&y, condition, a, b, f->err));
}

mlp_tensor *mlp_f_all(mlp_formula *f, mlp_reduce_op op, mlp_tensor *x)
{
    STEP(x, f->ops->reduce(&y, op, x, 0, NULL, false, f->err));
}

mlp_tensor *mlp_f_along(mlp_formula *f, mlp_reduce_op op, mlp_tensor *x, int dim, bool keepdim)
{
    STEP(x, f->ops->reduce(&y, op, x, 1, &dim, keepdim, f->err));
}

mlp_tensor *mlp_f_over(mlp_formula *f, mlp_reduce_op op, mlp_tensor *x, int ndims, const int *dims, bool keepdim)
{
    STEP(x, f->ops->reduce(&y, op, x, ndims, dims, keepdim, f->err));
}

mlp_tensor *mlp_f_narrow(mlp_formula *f, mlp_tensor *x, int dim, int64_t start, int64_t length)
{
    STEP(x, f->ops->narrow(&y, x, dim, start, length, f->err));
}

mlp_tensor *mlp_f_index_select(mlp_formula *f, mlp_tensor *x, int dim, mlp_tensor *index)
{
    STEP(x && index, f->ops->index_select(&y, x, dim, index, f->err));
}

mlp_tensor *mlp_f_reshape(mlp_formula *f, mlp_tensor *x, int ndim, const int64_t *shape)
{
    STEP(x, f->ops->reshape(&y, x, ndim, shape, f->err));
}

mlp_tensor *mlp_f_unsqueeze(mlp_formula *f, mlp_tensor *x, int dim)
{
    STEP(x, f->ops->unsqueeze(&y, x, dim, f->err));
}

mlp_tensor *mlp_f_transpose(mlp_formula *f, mlp_tensor *x, int dim0, int dim1)
{
    STEP(x, f->ops->transpose(&y, x, dim0, dim1, f->err));
}

mlp_tensor *mlp_f_matmul(mlp_formula *f, mlp_tensor *a, mlp_tensor *b)
{
    STEP(a && b, f->ops->matmul(&y, a, b, f->err));
}

mlp_tensor *mlp_f_gather(mlp_formula *f, mlp_tensor *x, int dim, mlp_tensor *index)
{
    STEP(x && index, f->ops->gather(&y, x, dim, index, f->err));
}

mlp_tensor *mlp_f_cast(mlp_formula *f, mlp_tensor *x, mlp_dtype dtype)
{
    STEP(x, x->dtype == dtype ? (y = mlp_tensor_retain(x), MLP_OK) : f->ops->cast(&y, x, dtype, f->err));
}

mlp_tensor *mlp_f_scalar(mlp_formula *f, mlp_dtype dtype, double value)
{
    STEP(true, mlp_tensor_scalar(&y, dtype, value, f->err));
}

mlp_tensor *mlp_f_full(mlp_formula *f, const mlp_tensor *like, double value)
{
    STEP(like, mlp_tensor_full(&y, like->dtype, like->ndim, like->shape, value, f->err));
}
