/* choice.c - views with some of the classes, or with the classes in another order. */
#include "data/source.h"

#include <stdlib.h>

mlp_choice *mlp_choice_retain(mlp_choice *c)
{
    if (c) atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
    return c;
}

void mlp_choice_release(mlp_choice *c)
{
    if (!c || atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) != 1) return;
    free(c->original);
    free(c->renumber);
    free(c);
}

/* classes[0..n) of d, as a choice of the classes of its source. */
static mlp_status new_choice(mlp_choice **out, const mlp_dataset *d, const int *classes, int n, mlp_error *err)
{
    void *c = NULL, *original = NULL, *renumber = NULL;
    mlp_status st = mlp_alloc(&c, 1, sizeof(mlp_choice), err);
    if (!st) st = mlp_alloc(&original, (size_t)n, sizeof(int), err);
    if (!st) st = mlp_alloc(&renumber, (size_t)d->source->classes, sizeof(int), err);
    if (st) {
        free(c);
        free(original);
        return st;
    }
    mlp_choice *choice = c;
    atomic_init(&choice->refs, 1);
    choice->classes = n;
    choice->original = original;
    choice->renumber = renumber;
    for (int i = 0; i < d->source->classes; i++) choice->renumber[i] = -1;
    for (int i = 0; i < n && !st; i++) {
        int at = d->choice ? d->choice->original[classes[i]] : classes[i];
        if (choice->renumber[at] >= 0)
            st = mlp_fail(err, MLP_EINVAL, "select_classes: class '%s' is named twice", d->source->class_name[at]);
        choice->original[i] = at;
        choice->renumber[at] = i;
    }
    if (st) mlp_choice_release(choice);
    else *out = choice;
    return st;
}

mlp_status mlp_dataset_select_classes(mlp_dataset **out, mlp_dataset *d, const int *classes, int n, mlp_error *err)
{
    if (n < 2)
        return mlp_fail(err, MLP_EINVAL, "select_classes: got %d class%s, expected 2 or more", n, n == 1 ? "" : "es");
    for (int i = 0; i < n; i++)
        if (classes[i] < 0 || classes[i] >= mlp_dataset_classes(d))
            return mlp_fail(err, MLP_EINDEX, "select_classes: there is no class %d, there are %d", classes[i],
                            mlp_dataset_classes(d));
    mlp_choice *choice = NULL;
    void *p = NULL;
    mlp_status st = new_choice(&choice, d, classes, n, err);
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
