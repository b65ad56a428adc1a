/* transform.c - making and sharing transforms. */
#include "augment/transform_private.h"

#include <math.h>
#include <stdlib.h>

mlp_transform *mlp_transform_retain(mlp_transform *t)
{
    if (t) __atomic_fetch_add(&t->refs, 1, __ATOMIC_RELAXED);
    return t;
}

void mlp_transform_release(mlp_transform *t)
{
    if (!t || __atomic_fetch_sub(&t->refs, 1, __ATOMIC_ACQ_REL) != 1) return;
    if (t->type->teardown) t->type->teardown(t);
    for (int i = 0; i < t->child_count; i++) mlp_transform_release(t->children[i]);
    free(t->children);
    free(t->values);
    free(t->state);
    free(t);
}

mlp_status mlp_transform_alloc(mlp_transform **out, const mlp_transform_type *type, double p, mlp_error *err)
{
    mlp_transform *t = NULL;
    if (isnan(p)) p = type->p;
    if (!(p >= 0 && p <= 1)) return mlp_fail(err, MLP_EINVAL, "%s: p is %g, expected 0 <= p <= 1", type->about.name, p);
    mlp_status st = mlp_alloc((void **)&t, 1, sizeof *t, err);
    if (!st) st = mlp_alloc((void **)&t->values, (size_t)type->about.param_count, sizeof *t->values, err);
    if (st) {
        free(t);
        return st;
    }
    t->refs = 1;
    t->type = type;
    t->p = p;
    *out = t;
    return MLP_OK;
}

mlp_status mlp_transform_check_certain(const mlp_transform *t, mlp_error *err)
{
    if ((t->floats || t->to_tensor) && t->p < 1)
        return mlp_fail(err, MLP_EINVAL,
                        "%s: p is %g, but samples that are %s only now and then cannot share a batch: give it p = 1",
                        t->type->about.name, t->p, t->floats ? "normalized" : "turned into tensors");
    return MLP_OK;
}

mlp_status mlp_transform_new(mlp_transform **out, const mlp_transform_type *type, const mlp_value *values, double p,
                             mlp_error *err)
{
    mlp_transform *t = NULL;
    mlp_status st = mlp_transform_alloc(&t, type, p, err);
    if (st || !t) return st;
    st = mlp_description_complete(&type->about, type->about.name, values, t->values, err);
    if (!st && type->setup) st = type->setup(t, err);
    if (!st) st = mlp_transform_check_certain(t, err);
    if (st) mlp_transform_release(t);
    else *out = t;
    return st;
}
