/* concat.c - several data sets as one: a source whose samples are those of others. */
#include "data/source_private.h"

#include <stdlib.h>
#include <string.h>

typedef struct concat {
    int count;
    mlp_dataset **sets;
    int64_t *end; /* number of the sample after the last one of each set */
} concat;

static void concat_free(void *data)
{
    concat *c = data;
    if (!c) return;
    for (int i = 0; i < c->count; i++) mlp_dataset_release(c->sets[i]);
    free(c->sets);
    free(c->end);
    free(c);
}

/* The source that has the sample, and its number there. */
static const mlp_source *owner(const mlp_source *s, int64_t *sample)
{
    const concat *c = s->data;
    int set = 0;
    while (*sample >= c->end[set]) set++;
    *sample = mlp_dataset_sample(c->sets[set], *sample - (set ? c->end[set - 1] : 0));
    return c->sets[set]->source;
}

static mlp_status concat_image(mlp_image **out, const mlp_source *s, int64_t sample, mlp_error *err)
{
    const mlp_source *of = owner(s, &sample);
    return of->kind->image(out, of, sample, err);
}

static mlp_status concat_path(char **out, const mlp_source *s, int64_t sample, mlp_error *err)
{
    const mlp_source *of = owner(s, &sample);
    return of->kind->path(out, of, sample, err);
}

static void concat_digest(const mlp_source *s, int64_t sample, SHA2_CTX *sha)
{
    const mlp_source *of = owner(s, &sample);
    of->kind->digest(of, sample, sha);
}

static mlp_status concat_hash(uint64_t out[4], const mlp_source *s, int64_t sample, int stage, mlp_error *err)
{
    const mlp_source *of = owner(s, &sample);
    return of->kind->hash(out, of, sample, stage, err);
}

static mlp_status concat_bytes(uint8_t **out, size_t *length, const mlp_source *s, int64_t sample, mlp_error *err)
{
    const mlp_source *of = owner(s, &sample);
    return mlp_source_bytes(out, length, of, sample, err);
}

static const mlp_tensor *concat_row(const mlp_source *s, int64_t sample, int64_t *at)
{
    const mlp_source *of = owner(s, &sample);
    return mlp_source_row(of, sample, at);
}

#define CONCAT_KIND                                                                                                    \
    .name = "ConcatDataset", .image = concat_image, .path = concat_path, .digest = concat_digest, .hash = concat_hash, \
    .bytes = concat_bytes, .row = concat_row, .free = concat_free

static const mlp_source_kind from_files = { CONCAT_KIND };
static const mlp_source_kind in_memory = { CONCAT_KIND, .in_memory = true };

/* ---- making ---- */

static mlp_status check_alike(const mlp_dataset *a, const mlp_dataset *b, int number, mlp_error *err)
{
    int classes = mlp_dataset_classes(a);
    if (mlp_dataset_targets(a) || mlp_dataset_targets(b))
        return mlp_fail(err, MLP_EINVAL,
                        "ConcatDataset: data sets with several labels for each sample cannot be put one after the "
                        "other: list all pictures in one CSV file");
    if (mlp_dataset_classes(b) != classes)
        return mlp_fail(err, MLP_EINVAL, "ConcatDataset: data set 1 has %d classes, data set %d has %d", classes,
                        number, mlp_dataset_classes(b));
    for (int i = 0; i < classes; i++)
        if (strcmp(mlp_dataset_class(a, i), mlp_dataset_class(b, i)) != 0)
            return mlp_fail(err, MLP_EINVAL,
                            "ConcatDataset: class %d is '%.80s' in data set 1, but '%.80s' in data set %d "
                            "(select_classes puts classes in order)",
                            i + 1, mlp_dataset_class(a, i), mlp_dataset_class(b, i), number);
    if (mlp_dataset_channels(a) != mlp_dataset_channels(b))
        return mlp_fail(
            err, MLP_EINVAL,
            "ConcatDataset: data set 1 has %d channels, data set %d has %d: open both with the same channels",
            mlp_dataset_channels(a), number, mlp_dataset_channels(b));
    if (a->transform != b->transform)
        return mlp_fail(err, MLP_EINVAL,
                        "ConcatDataset: the data sets have different transforms: concatenate first, then "
                        "set:with(transform)");
    return MLP_OK;
}

static mlp_status copy_samples(mlp_source *s, mlp_error *err)
{
    const concat *c = s->data;
    bool parts = true;
    for (int k = 0; k < c->count; k++) parts = parts && c->sets[k]->source->part;
    void *label = NULL, *part = NULL, *names = NULL;
    int64_t n = c->end[c->count - 1];
    mlp_status st = mlp_alloc(&label, (size_t)n, sizeof(int32_t), err);
    s->label = label;
    if (!st && parts) st = mlp_alloc(&part, (size_t)n, 1, err);
    s->part = part;
    const mlp_dataset *first = c->sets[0];
    if (!st) st = mlp_alloc(&names, (size_t)mlp_dataset_classes(first), sizeof(char *), err);
    s->class_name = names;
    for (int k = 0; !st && k < c->count; k++)
        for (int64_t i = 0; i < c->sets[k]->count; i++, s->count++) {
            s->label[s->count] = mlp_dataset_label(c->sets[k], i);
            if (part) s->part[s->count] = c->sets[k]->source->part[mlp_dataset_sample(c->sets[k], i)];
        }
    for (int i = 0; !st && i < mlp_dataset_classes(first); i++)
        if (!(s->class_name[s->classes++] = strdup(mlp_dataset_class(first, i))))
            st = mlp_fail(err, MLP_ENOMEM, "out of memory: cannot list the classes");
    return st;
}

mlp_status mlp_dataset_concat(mlp_dataset **out, mlp_dataset *const *sets, int count, mlp_error *err)
{
    if (count < 1) return mlp_fail(err, MLP_EINVAL, "ConcatDataset: expected at least one data set");
    mlp_status st = MLP_OK;
    for (int i = 1; !st && i < count; i++) st = check_alike(sets[0], sets[i], i + 1, err);
    void *p = NULL, *list = NULL, *end = NULL;
    if (!st) st = mlp_alloc(&p, 1, sizeof(concat), err);
    if (!st) st = mlp_alloc(&list, (size_t)count, sizeof(mlp_dataset *), err);
    if (!st) st = mlp_alloc(&end, (size_t)count, sizeof(int64_t), err);
    if (st) {
        free(p);
        free(list);
        return st;
    }
    concat *c = p;
    bool memory = true;
    c->sets = list, c->end = end, c->count = count;
    int64_t n = 0;
    for (int i = 0; i < count; i++) {
        c->sets[i] = mlp_dataset_retain(sets[i]);
        c->end[i] = n += sets[i]->count;
        memory = memory && sets[i]->source->kind->in_memory;
    }
    mlp_source *s = NULL;
    mlp_dataset *all = NULL;
    st =
        mlp_source_new(&s, memory ? &in_memory : &from_files, c, sets[0]->source->root, &sets[0]->source->options, err);
    if (st) return st;
    st = copy_samples(s, err);
    if (st) {
        mlp_source_release(s);
        return st;
    }
    st = mlp_source_ready(&all, s, err);
    if (st) return st;
    st = mlp_dataset_with(out, all, sets[0]->transform, err);
    mlp_dataset_release(all);
    return st;
}
