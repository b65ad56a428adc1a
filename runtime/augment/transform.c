/* transform.c - making, checking and sharing transforms; parameters. */
#include "augment/transform.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const mlp_interpolation_names[] = { "nearest", "linear", "cubic", "area", NULL };
const char *const mlp_warp_names[] = { "nearest", "linear", NULL };
const char *const mlp_border_names[] = { "constant", "replicate", "reflect", "wrap", "reflect_101", NULL };

mlp_transform *mlp_transform_retain(mlp_transform *t)
{
    if (t) __atomic_fetch_add(&t->refs, 1, __ATOMIC_RELAXED);
    return t;
}

void mlp_transform_release(mlp_transform *t)
{
    if (!t || __atomic_fetch_sub(&t->refs, 1, __ATOMIC_ACQ_REL) != 1) return;
    for (int i = 0; i < t->child_count; i++) mlp_transform_release(t->children[i]);
    free(t->children);
    free(t->values);
    free(t->state);
    free(t);
}

const mlp_transform_type *mlp_transform_type_find(const char *name)
{
    for (const mlp_transform_type *const *type = mlp_transform_types; *type; type++)
        if (strcmp((*type)->name, name) == 0) return *type;
    return NULL;
}

mlp_status mlp_transform_alloc(mlp_transform **out, const mlp_transform_type *type, double p, mlp_error *err)
{
    mlp_transform *t = NULL;
    if (isnan(p)) p = type->p;
    if (!(p >= 0 && p <= 1)) return mlp_fail(err, MLP_EINVAL, "%s: p is %g, expected 0 <= p <= 1", type->name, p);
    mlp_status st = mlp_alloc((void **)&t, 1, sizeof *t, err);
    if (!st) st = mlp_alloc((void **)&t->values, (size_t)type->param_count, sizeof *t->values, err);
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

/* ---- checking what was given ---- */

static bool is_whole(const mlp_param *param)
{
    return param->kind == MLP_PARAM_INT || param->kind == MLP_PARAM_INT_RANGE;
}

static mlp_status check_value(const char *who, const mlp_param *param, const mlp_value *v, mlp_error *err)
{
    double low = param->low, high = param->high;
    if (param->kind == MLP_PARAM_BOOL) low = 0, high = 1;
    if (param->kind == MLP_PARAM_CHOICE)
        for (low = 0, high = -1; param->choices[(int)high + 1];) high++;
    for (int i = 0; i < v->count; i++) {
        double x = v->number[i];
        if (!(x >= low && x <= high))
            return mlp_fail(err, MLP_EINVAL, "%s: %s is %g, expected %g to %g", who, param->name, x, low, high);
        if (is_whole(param) && x != floor(x))
            return mlp_fail(err, MLP_EINVAL, "%s: %s is %g, expected a whole number", who, param->name, x);
    }
    bool pairs = param->kind == MLP_PARAM_RANGE || param->kind == MLP_PARAM_INT_RANGE || param->kind == MLP_PARAM_AXES;
    for (int i = 0; pairs && i + 1 < v->count; i += 2)
        if (v->number[i] > v->number[i + 1])
            return mlp_fail(err, MLP_EINVAL, "%s: %s is {%g, %g}: the low end comes first", who, param->name,
                            v->number[i], v->number[i + 1]);
    return MLP_OK;
}

static mlp_status set_values(mlp_transform *t, const mlp_value *values, mlp_error *err)
{
    const mlp_transform_type *type = t->type;
    for (int i = 0; i < type->param_count; i++) {
        const mlp_param *param = &type->params[i];
        t->values[i] = values && values[i].count ? values[i] : param->fallback;
        if (!t->values[i].count && param->required)
            return mlp_fail(err, MLP_EINVAL, "%s: %s is missing (%s)", type->name, param->name, param->doc);
        mlp_status st = check_value(type->name, param, &t->values[i], err);
        if (st) return st;
    }
    return MLP_OK;
}

mlp_status mlp_transform_check_certain(const mlp_transform *t, mlp_error *err)
{
    if ((t->floats || t->to_tensor) && t->p < 1)
        return mlp_fail(err, MLP_EINVAL,
                        "%s: p is %g, but samples that are %s only now and then cannot share a batch: give it p = 1",
                        t->type->name, t->p, t->floats ? "normalized" : "turned into tensors");
    return MLP_OK;
}

mlp_status mlp_transform_new(mlp_transform **out, const mlp_transform_type *type, const mlp_value *values, double p,
                             mlp_error *err)
{
    mlp_transform *t = NULL;
    mlp_status st = mlp_transform_alloc(&t, type, p, err);
    if (st || !t) return st;
    st = set_values(t, values, err);
    if (!st && type->setup) st = type->setup(t, err);
    if (!st) st = mlp_transform_check_certain(t, err);
    if (st) mlp_transform_release(t);
    else *out = t;
    return st;
}

/* ---- parameters inside apply ---- */

double mlp_draw_range(const mlp_transform *t, int param, mlp_rng *rng)
{
    const double *n = t->values[param].number;
    return mlp_rng_range(rng, n[0], n[1]);
}

int mlp_draw_int(const mlp_transform *t, int param, mlp_rng *rng)
{
    const double *n = t->values[param].number;
    return (int)mlp_rng_int(rng, (int64_t)n[0], (int64_t)n[1]);
}

int mlp_draw_odd(const mlp_transform *t, int param, mlp_rng *rng)
{
    const double *n = t->values[param].number;
    return 2 * (int)mlp_rng_int(rng, (int64_t)n[0] / 2, (int64_t)n[1] / 2) + 1;
}

void mlp_colour(const mlp_transform *t, int param, uint8_t fill[3])
{
    const mlp_value *v = &t->values[param];
    for (int c = 0; c < 3; c++) fill[c] = (uint8_t)lrint(v->number[v->count == 3 ? c : 0]);
}
