/* folds.c - k parts of a dataset for cross-validation. */
#include "data/source_private.h"

#include <stdlib.h>

typedef struct dealing {
    int64_t *fold;        /* of each sample; -1: not dealt yet */
    const int64_t *first; /* see mlp_duplicates; NULL: none */
    const int64_t *next;  /* see mlp_link_groups */
    int64_t *left;        /* room of each fold for the class that is dealt */
    int64_t k;
} dealing;

/* Each member, in the given order, goes where most room is left; samples of its group go with it. */
static void deal(dealing *g, const mlp_dataset *d, const int64_t *member, const int64_t *order, int64_t n,
                 bool stratify)
{
    for (int64_t i = 0; i < n; i++)
        if (g->fold[member[i]] >= 0) g->left[g->fold[member[i]]]--;
    for (int64_t i = 0; i < n; i++) {
        int64_t sample = member[order[i]], most = 0;
        if (g->fold[sample] >= 0) continue;
        for (int64_t f = 1; f < g->k; f++)
            if (g->left[f] > g->left[most]) most = f;
        int32_t class = mlp_dataset_label(d, sample);
        int64_t at = g->first ? g->first[sample] : sample;
        for (; at >= 0; at = g->next ? g->next[at] : -1) {
            g->fold[at] = most;
            if (!stratify || mlp_dataset_label(d, at) == class) g->left[most]--;
        }
    }
}

/* counts: samples of each class; room: 2 * count numbers. */
static void deal_all(dealing *g, const mlp_dataset *d, const int64_t *counts, bool stratify, uint64_t seed,
                     int64_t *room)
{
    int classes = stratify ? mlp_dataset_classes(d) : 1;
    int64_t begin = 0, *order = room + d->count;
    for (int j = 0; j < classes; j++) {
        int64_t n = 0, size = stratify ? counts[j] : d->count;
        for (int64_t i = 0; i < d->count; i++)
            if (!stratify || mlp_dataset_label(d, i) == j) room[n++] = i;
        /* place p of all samples, sorted by class, would be in fold p % k: so whole sizes are near each other too */
        for (int64_t f = 0; f < g->k; f++) g->left[f] = 0;
        for (int64_t f = 0; f < g->k; f++) {
            int64_t offset = (f - begin % g->k + g->k) % g->k; /* places before the first one of fold f */
            g->left[f] = size > offset ? (size - offset + g->k - 1) / g->k : 0;
        }
        mlp_rng rng = mlp_rng_stream(seed, MLP_FOR_SPLIT, stratify ? (uint64_t)j + 1 : 0, 4, 0);
        mlp_rng_permutation(&rng, n, order);
        deal(g, d, room, order, n, stratify);
        begin += size;
    }
}

static mlp_status check(const mlp_dataset *d, int64_t k, bool stratify, const int64_t *counts, mlp_error *err)
{
    int64_t most = 0;
    for (int j = 0; j < mlp_dataset_classes(d); j++)
        if (counts[j] > most) most = counts[j];
    if (k < 2) return mlp_fail(err, MLP_EINVAL, "kfold: k is %lld, expected 2 or more folds", (long long)k);
    if (k > d->count)
        return mlp_fail(err, MLP_EINVAL, "kfold: %lld folds of %lld samples: k must not be larger than their number",
                        (long long)k, (long long)d->count);
    if (stratify && k > most)
        return mlp_fail(err, MLP_EINVAL,
                        "kfold: %lld folds, but no class has so many samples (the largest has %lld); stratify = false "
                        "does without shares",
                        (long long)k, (long long)most);
    return MLP_OK;
}

mlp_status mlp_dataset_folds(mlp_tensor **out, const mlp_dataset *d, int64_t k, bool stratify, bool together,
                             uint64_t seed, mlp_error *err)
{
    void *counts = NULL, *room = NULL, *left = NULL, *groups = NULL;
    mlp_tensor *t = NULL;
    mlp_status st = mlp_alloc(&counts, (size_t)mlp_dataset_classes(d), sizeof(int64_t), err);
    if (!st) mlp_dataset_class_counts(d, counts);
    if (!st) st = check(d, k, stratify, counts, err);
    if (!st) st = mlp_alloc(&room, 2 * (size_t)d->count, sizeof(int64_t), err);
    if (!st) st = mlp_alloc(&left, (size_t)k, sizeof(int64_t), err);
    if (!st && together) st = mlp_alloc(&groups, 2 * (size_t)d->count, sizeof(int64_t), err);
    if (!st && together) st = mlp_duplicates(groups, &d, 1, err);
    if (!st) st = mlp_tensor_full(&t, MLP_I64, 1, &d->count, -1, err);
    if (!st) {
        int64_t *first = groups;
        dealing g = { mlp_tensor_data(t), first, first ? first + d->count : NULL, left, k };
        if (first) mlp_link_groups(first, first + d->count, d->count);
        deal_all(&g, d, counts, stratify, seed, room);
        *out = t;
    }
    free(counts);
    free(room);
    free(left);
    free(groups);
    return st;
}
