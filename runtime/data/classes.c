/* classes.c - some of the classes of a source, or all of them in another order. */
#include "data/source_private.h"

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

mlp_status mlp_choice_new(mlp_choice **out, const mlp_source *s, const mlp_choice *from, const int *classes, int n,
                          mlp_error *err)
{
    void *c = NULL, *original = NULL, *renumber = NULL;
    mlp_status st = mlp_alloc(&c, 1, sizeof(mlp_choice), err);
    if (!st) st = mlp_alloc(&original, (size_t)n, sizeof(int), err);
    if (!st) st = mlp_alloc(&renumber, (size_t)s->classes, sizeof(int), err);
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
    for (int i = 0; i < s->classes; i++) choice->renumber[i] = -1;
    for (int i = 0; i < n && !st; i++) {
        int at = from ? from->original[classes[i]] : classes[i];
        if (choice->renumber[at] >= 0)
            st = mlp_fail(err, MLP_EINVAL, "select_classes: class '%s' is named twice", s->class_name[at]);
        choice->original[i] = at;
        choice->renumber[at] = i;
    }
    if (st) mlp_choice_release(choice);
    else *out = choice;
    return st;
}
