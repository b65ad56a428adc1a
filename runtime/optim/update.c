/* update.c - runs a rule's kernel over a parameter and its state. */
#include "optim/optim.h"

static mlp_status check(const char *who, const mlp_tensor *p, const mlp_tensor *t, const char *what, mlp_error *err)
{
    char want[MLP_SHAPE_TEXT], got[MLP_SHAPE_TEXT];
    if (t->dtype == p->dtype && mlp_tensor_same_shape(t, p)) return MLP_OK;
    return mlp_fail(err, MLP_ESHAPE, "%s: the parameter is %s %s but its %s is %s %s", who, mlp_dtype_name(p->dtype),
                    mlp_shape_text(want, p->ndim, p->shape), what, mlp_dtype_name(t->dtype),
                    mlp_shape_text(got, t->ndim, t->shape));
}

mlp_status mlp_update_run(const char *who, mlp_tensor *p, const mlp_tensor *grad, mlp_tensor *const *states,
                          int n_states, const void *options, mlp_range_fn f32, mlp_range_fn f64, mlp_error *err)
{
    enum { GRAIN = 65536 };
    if (!mlp_dtype_is_float(p->dtype))
        return mlp_fail(err, MLP_EDTYPE, "%s: the parameter is %s, expected f32 or f64", who, mlp_dtype_name(p->dtype));
    if (!mlp_tensor_is_contiguous(p))
        return mlp_fail(err, MLP_ESTATE,
                        "%s: the parameter is a view that is not contiguous: make it with contiguous()", who);
    mlp_update u = { .p = mlp_tensor_data(p), .options = options };
    mlp_tensor *g = NULL;
    mlp_status st = check(who, p, grad, "gradient", err);
    for (int i = 0; !st && i < n_states; i++) {
        if (!states[i]) continue;
        st = check(who, p, states[i], "state", err);
        if (!st && !mlp_tensor_is_contiguous(states[i]))
            st = mlp_fail(err, MLP_ESTATE, "%s: a state tensor is not contiguous", who);
        u.state[i] = mlp_tensor_data(states[i]);
    }
    if (!st) st = mlp_tensor_contiguous(&g, (mlp_tensor *)grad, err); /* takes a reference at most */
    if (!st) {
        u.grad = mlp_tensor_data(g);
        st = mlp_parallel_for(mlp_tensor_numel(p), GRAIN, p->dtype == MLP_F64 ? f64 : f32, &u, err);
        mlp_tensor_touch(p);
        for (int i = 0; i < n_states; i++)
            if (states[i]) mlp_tensor_touch(states[i]);
    }
    mlp_tensor_release(g);
    return st;
}
