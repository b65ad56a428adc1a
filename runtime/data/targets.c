/* targets.c - several labels for each sample. The classes of such a source are the combinations that occur, so that
 * whatever goes by class (strata, folds, weights) goes by what is true of a sample; a table says which labels each has.
 */
#include "data/source_private.h"

#include <stdlib.h>
#include <string.h>

struct mlp_targets {
    int count;
    char **name;
    uint8_t *yes; /* classes x count */
};

void mlp_targets_free(mlp_targets *t)
{
    if (!t) return;
    for (int k = 0; t->name && k < t->count; k++) free(t->name[k]);
    free(t->name);
    free(t->yes);
    free(t);
}

mlp_status mlp_dataset_set_targets(mlp_dataset *d, const char *const *names, int count, const uint8_t *yes,
                                   mlp_error *err)
{
    mlp_source *s = d->source;
    void *p = NULL, *name = NULL, *table = NULL;
    size_t cells = (size_t)s->classes * (size_t)count;
    if (s->targets || count < 1) return mlp_fail(err, MLP_EINVAL, "a data set gets its labels once, and at least one");
    mlp_status st = mlp_alloc(&p, 1, sizeof(mlp_targets), err);
    if (st) return st;
    mlp_targets *t = p;
    *t = (mlp_targets){ .count = count };
    st = mlp_alloc(&name, (size_t)count, sizeof(char *), err);
    t->name = name;
    for (int k = 0; !st && k < count; k++) t->name[k] = NULL;
    if (!st) st = mlp_alloc(&table, cells, 1, err);
    t->yes = table;
    for (int k = 0; !st && k < count; k++)
        if (!(t->name[k] = strdup(names[k]))) st = mlp_fail(err, MLP_ENOMEM, "out of memory: cannot name the labels");
    if (st) {
        mlp_targets_free(t);
        return st;
    }
    memcpy(t->yes, yes, cells);
    s->targets = t;
    return MLP_OK;
}

int mlp_dataset_targets(const mlp_dataset *d)
{
    return d->source->targets ? d->source->targets->count : 0;
}

const char *mlp_dataset_target(const mlp_dataset *d, int k)
{
    return d->source->targets->name[k];
}

static void write_row(float *to, const mlp_targets *t, int64_t class)
{
    for (int k = 0; k < t->count; k++) to[k] = t->yes[class * t->count + k];
}

mlp_status mlp_dataset_target_row(mlp_tensor **out, const mlp_dataset *d, int64_t i, mlp_error *err)
{
    const mlp_targets *t = d->source->targets;
    const int64_t count = t->count;
    mlp_status st = mlp_tensor_new(out, MLP_F32, 1, &count, err);
    if (!st) write_row(mlp_tensor_data(*out), t, mlp_dataset_source_label(d, i));
    return st;
}

mlp_status mlp_targets_replace(mlp_tensor **class, const mlp_source *s, mlp_error *err)
{
    const mlp_targets *t = s->targets;
    const int64_t shape[] = { (*class)->shape[0], t->count }, *of = mlp_tensor_data(*class);
    mlp_tensor *rows = NULL;
    mlp_status st = mlp_tensor_new(&rows, MLP_F32, 2, shape, err);
    if (st) return st;
    float *to = mlp_tensor_data(rows);
    for (int64_t i = 0; i < shape[0]; i++) write_row(to + i * t->count, t, of[i]);
    mlp_tensor_release(*class);
    *class = rows;
    return MLP_OK;
}

void mlp_dataset_target_counts(const mlp_dataset *d, int64_t *counts)
{
    const mlp_targets *t = d->source->targets;
    memset(counts, 0, (size_t)t->count * sizeof *counts);
    for (int64_t i = 0; i < d->count; i++) {
        const uint8_t *yes = t->yes + (int64_t)mlp_dataset_source_label(d, i) * t->count;
        for (int k = 0; k < t->count; k++) counts[k] += yes[k];
    }
}

void mlp_dataset_target_table(const mlp_dataset *d, uint8_t *yes)
{
    memcpy(yes, d->source->targets->yes, (size_t)d->source->classes * (size_t)d->source->targets->count);
}
