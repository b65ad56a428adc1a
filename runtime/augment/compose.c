/* compose.c - Compose and OneOf, and what a loader asks of a pipeline.
 *
 * What a pipeline gives (levels or floats, which layout) is settled when it is made; batches would not fit together
 * otherwise. */
#include "augment/transform_private.h"

#include <math.h>
#include <stdlib.h>

/* Decides by p and applies; errors carry the transform's name. */
static mlp_status step(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    if (t->p < 1 && !(mlp_rng_uniform(rng) < t->p)) return MLP_OK;
    return t->type->apply(t, sample, rng, err);
}

static mlp_status apply_all(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    mlp_status st = MLP_OK;
    for (int i = 0; i < t->child_count && !st; i++) st = step(t->children[i], sample, rng, err);
    return st;
}

/* Children's p are weights here; the chosen one runs for certain. */
static mlp_status apply_one(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    double sum = 0;
    for (int i = 0; i < t->child_count; i++) sum += t->children[i]->p;
    double left = mlp_rng_uniform(rng) * sum;
    int chosen = -1;
    for (int i = 0; i < t->child_count; i++) {
        if (!(t->children[i]->p > 0)) continue;
        chosen = i;
        left -= t->children[i]->p;
        if (left < 0) break;
    }
    const mlp_transform *child = t->children[chosen];
    return child->type->apply(child, sample, rng, err);
}

const mlp_transform_type mlp_compose_type = {
    .about = { .name = "Compose", .doc = "Runs transforms one after the other." },
    .p = 1,
    .apply = apply_all,
};
const mlp_transform_type mlp_one_of_type = {
    .about = { .name = "OneOf", .doc = "Runs one of several transforms, chosen in proportion to their p." },
    .p = 0.5,
    .apply = apply_one,
};

/* ---- making ---- */

static bool is_container(const mlp_transform *t)
{
    return t->type == &mlp_compose_type || t->type == &mlp_one_of_type;
}

static bool moves_pixels(const mlp_transform *t)
{
    if (!is_container(t)) return t->type->moves_pixels;
    for (int i = 0; i < t->child_count; i++)
        if (!moves_pixels(t->children[i])) return false;
    return true;
}

static mlp_status settle_compose(mlp_transform *t, mlp_error *err)
{
    for (int i = 0; i < t->child_count; i++) {
        const mlp_transform *child = t->children[i];
        const char *name = child->type->about.name;
        if (t->to_tensor)
            return mlp_fail(err, MLP_EINVAL, "%s: %s comes after ToTensorV2, which has to be the last step",
                            t->type->about.name, name);
        bool conversion = child->to_tensor && !child->floats;
        if (t->floats && !conversion && !moves_pixels(child))
            return mlp_fail(err, MLP_EINVAL,
                            "%s: %s works on levels from 0 to 255, but Normalize before it has made floats; put %s "
                            "before Normalize",
                            t->type->about.name, name, name);
        t->floats |= child->floats;
        t->to_tensor |= child->to_tensor;
    }
    return MLP_OK;
}

static mlp_status settle_one_of(mlp_transform *t, mlp_error *err)
{
    double sum = 0;
    for (int i = 0; i < t->child_count; i++) {
        const mlp_transform *child = t->children[i];
        sum += child->p;
        if (child->floats != t->children[0]->floats || child->to_tensor != t->children[0]->to_tensor)
            return mlp_fail(err, MLP_EINVAL,
                            "OneOf: %s and %s give samples of different type or layout, which could not share a batch",
                            t->children[0]->type->about.name, child->type->about.name);
    }
    if (!(sum > 0)) return mlp_fail(err, MLP_EINVAL, "OneOf: needs at least one transform with p above 0");
    t->floats = t->children[0]->floats;
    t->to_tensor = t->children[0]->to_tensor;
    return MLP_OK;
}

/* The children; a Compose among the steps of a Compose that always runs is replaced by its own steps. */
static mlp_status adopt(mlp_transform *t, mlp_transform *const *list, int count, bool inline_composes, mlp_error *err)
{
    size_t total = 0;
    for (int i = 0; i < count; i++) {
        bool spread = inline_composes && list[i]->type == &mlp_compose_type && list[i]->p >= 1;
        total += spread ? (size_t)list[i]->child_count : 1;
    }
    mlp_status st = mlp_alloc((void **)&t->children, total, sizeof *t->children, err);
    if (st) return st;
    for (int i = 0; i < count; i++) {
        bool spread = inline_composes && list[i]->type == &mlp_compose_type && list[i]->p >= 1;
        mlp_transform *const *from = spread ? list[i]->children : &list[i];
        int n = spread ? list[i]->child_count : 1;
        for (int k = 0; k < n; k++) t->children[t->child_count++] = mlp_transform_retain(from[k]);
    }
    return MLP_OK;
}

/* What the children are together. Bounds what recursion and printing meet: containers may hold containers, and one may
 * occur in many. */
static mlp_status measure(mlp_transform *t, mlp_error *err)
{
    enum { DEEPEST = 50, MOST = 10000 };
    for (int i = 0; i < t->child_count; i++) {
        const mlp_transform *child = t->children[i];
        if (child->depth >= t->depth) t->depth = child->depth + 1;
        t->total += child->total + 1;
        t->calls_back |= child->calls_back;
        if (t->depth > DEEPEST || t->total > MOST)
            return mlp_fail(err, MLP_EINVAL, "%s: at most %d transforms, nested at most %d levels deep",
                            t->type->about.name, MOST, DEEPEST);
    }
    return MLP_OK;
}

static mlp_status container_new(mlp_transform **out, const mlp_transform_type *type, mlp_transform *const *list,
                                int count, double p, mlp_error *err)
{
    mlp_transform *t = NULL;
    mlp_status st = mlp_transform_alloc(&t, type, p, err);
    if (st) return st;
    st = adopt(t, list, count, type == &mlp_compose_type, err);
    if (!st) st = type == &mlp_compose_type ? settle_compose(t, err) : settle_one_of(t, err);
    if (!st) st = mlp_transform_check_certain(t, err);
    if (!st) st = measure(t, err);
    if (st) mlp_transform_release(t);
    else *out = t;
    return st;
}

mlp_status mlp_compose_new(mlp_transform **out, mlp_transform *const *list, int count, double p, mlp_error *err)
{
    return container_new(out, &mlp_compose_type, list, count, p, err);
}

mlp_status mlp_one_of_new(mlp_transform **out, mlp_transform *const *list, int count, double p, mlp_error *err)
{
    if (count < 1) return mlp_fail(err, MLP_EINVAL, "OneOf: needs at least one transform");
    return container_new(out, &mlp_one_of_type, list, count, p, err);
}

/* ---- what the loader asks ---- */

static bool has_steps(const mlp_transform *t)
{
    return t->type == &mlp_compose_type && t->p >= 1;
}

int mlp_transform_steps(const mlp_transform *t)
{
    if (!t) return 0;
    return has_steps(t) ? t->child_count : 1;
}

static const mlp_transform *step_at(const mlp_transform *t, int i)
{
    return has_steps(t) ? t->children[i] : t;
}

int mlp_transform_prefix(const mlp_transform *t)
{
    int n = mlp_transform_steps(t), i = 0;
    while (i < n && step_at(t, i)->type->deterministic && step_at(t, i)->p >= 1) i++;
    return i;
}

mlp_status mlp_transform_apply_prefix(const mlp_transform *t, mlp_image **out, mlp_image *image, mlp_error *err)
{
    mlp_sample sample;
    mlp_sample_begin(&sample, image);
    mlp_rng unused = mlp_rng_stream(0, MLP_FOR_AUGMENT, 0, 0, 0);
    mlp_status st = MLP_OK;
    int n = mlp_transform_prefix(t);
    for (int i = 0; i < n && !st; i++) st = step(step_at(t, i), &sample, &unused, err);
    if (!st) *out = mlp_image_retain(sample.image);
    mlp_sample_clear(&sample);
    return st;
}

mlp_status mlp_transform_apply(const mlp_transform *t, mlp_sample *sample, mlp_draw draw, int from, mlp_error *err)
{
    mlp_status st = MLP_OK;
    int n = mlp_transform_steps(t);
    for (int i = from; i < n && !st; i++) {
        mlp_rng rng = mlp_rng_stream(draw.seed, MLP_FOR_AUGMENT, draw.epoch, draw.index, (uint64_t)i);
        st = step(step_at(t, i), sample, &rng, err);
    }
    return st;
}

bool mlp_transform_gives_floats(const mlp_transform *t)
{
    return t && t->floats;
}

bool mlp_transform_calls_back(const mlp_transform *t)
{
    return t && t->calls_back;
}

mlp_layout mlp_transform_layout(const mlp_transform *t)
{
    return t && t->to_tensor ? MLP_CHW : MLP_HWC;
}
