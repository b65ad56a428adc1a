/* view.c - views of a dataset: with another transform, some of the samples, one part, some of the classes. */
#include "data/source_private.h"

#include <stdlib.h>
#include <string.h>

mlp_status mlp_dataset_with(mlp_dataset **out, mlp_dataset *d, mlp_transform *transform, mlp_error *err)
{
    void *sample = NULL;
    if (d->sample) {
        mlp_status st = mlp_alloc(&sample, (size_t)d->count, sizeof(int64_t), err);
        if (st) return st;
        memcpy(sample, d->sample, (size_t)d->count * sizeof(int64_t));
    }
    return mlp_dataset_view(out, d->source, d->choice, transform, sample, d->count, err);
}

mlp_status mlp_dataset_subset(mlp_dataset **out, mlp_dataset *d, const int64_t *index, int64_t n, mlp_error *err)
{
    if (n < 1) return mlp_fail(err, MLP_EINVAL, "subset: the list of indices is empty");
    for (int64_t i = 0; i < n; i++)
        if (index[i] < 0 || index[i] >= d->count)
            return mlp_fail(err, MLP_EINDEX, "subset: sample %lld is outside of the data set: it has %lld",
                            mlp_nth(index[i]), (long long)d->count);
    void *p = NULL;
    mlp_status st = mlp_alloc(&p, (size_t)n, sizeof(int64_t), err);
    if (st) return st;
    int64_t *sample = p;
    for (int64_t i = 0; i < n; i++) sample[i] = mlp_dataset_sample(d, index[i]);
    return mlp_dataset_view(out, d->source, d->choice, d->transform, sample, n, err);
}

bool mlp_dataset_has_part(const mlp_dataset *d, mlp_part part)
{
    if (!d->source->part) return false;
    for (int64_t i = 0; i < d->count; i++)
        if (d->source->part[mlp_dataset_sample(d, i)] == part) return true;
    return false;
}

mlp_status mlp_dataset_part(mlp_dataset **out, mlp_dataset *d, mlp_part part, mlp_error *err)
{
    void *p = NULL;
    mlp_status st = mlp_alloc(&p, (size_t)d->count, sizeof(int64_t), err);
    if (st) return st;
    int64_t *sample = p, n = 0;
    for (int64_t i = 0; d->source->part && i < d->count; i++) {
        int64_t at = mlp_dataset_sample(d, i);
        if (d->source->part[at] == part) sample[n++] = at;
    }
    if (n == 0) {
        free(sample);
        return mlp_fail(err, MLP_EINVAL, "'%s' has no part named %s", d->source->root, mlp_part_name(part));
    }
    return mlp_dataset_view(out, d->source, d->choice, d->transform, sample, n, err);
}

mlp_status mlp_dataset_select_classes(mlp_dataset **out, mlp_dataset *d, const int *classes, int n, mlp_error *err)
{
    if (d->source->targets)
        return mlp_fail(err, MLP_EINVAL,
                        "select_classes: the samples have several labels each, so they are in no class");
    if (n < 2)
        return mlp_fail(err, MLP_EINVAL, "select_classes: got %d class%s, expected 2 or more", n, n == 1 ? "" : "es");
    for (int i = 0; i < n; i++)
        if (classes[i] < 0 || classes[i] >= mlp_dataset_classes(d))
            return mlp_fail(err, MLP_EINDEX, "select_classes: there is no class %lld, there are %d",
                            mlp_nth(classes[i]), mlp_dataset_classes(d));
    mlp_choice *choice = NULL;
    void *p = NULL;
    mlp_status st = mlp_choice_new(&choice, d->source, d->choice, classes, n, err);
    if (!st) st = mlp_alloc(&p, (size_t)d->count, sizeof(int64_t), err);
    if (st) {
        mlp_choice_release(choice);
        return st;
    }
    int64_t *sample = p, count = 0;
    for (int64_t i = 0; i < d->count; i++) {
        int64_t at = mlp_dataset_sample(d, i);
        if (choice->renumber[d->source->label[at]] >= 0) sample[count++] = at;
    }
    if (count == 0) {
        free(sample);
        st = mlp_fail(err, MLP_EINVAL, "select_classes: the data set has no picture of these classes");
    } else {
        st = mlp_dataset_view(out, d->source, choice, d->transform, sample, count, err);
    }
    mlp_choice_release(choice);
    return st;
}
