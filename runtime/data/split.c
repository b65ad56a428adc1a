/* split.c - two parts of a dataset, seeded, with every class giving its share. */
#include "data/source.h"

#include <math.h>
#include <stdlib.h>

/* How many samples each class gives: take[j] near counts[j] * fraction, together `total` where the bounds allow it. */
static void share_out(int64_t *take, const int64_t *counts, int classes, double fraction, int64_t total)
{
    int64_t sum = 0;
    for (int j = 0; j < classes; j++) {
        take[j] = (int64_t)floor((double)counts[j] * fraction);
        if (take[j] < 1) take[j] = 1;
        if (take[j] > counts[j] - 1) take[j] = counts[j] - 1;
        if (take[j] < 0) take[j] = 0;
        sum += take[j];
    }
    while (sum != total) {
        int step = sum < total ? 1 : -1, best = -1;
        double most = 0;
        for (int j = 0; j < classes; j++) {
            bool possible = step > 0 ? take[j] < counts[j] - 1 : take[j] > 1;
            double lack = step * ((double)counts[j] * fraction - (double)take[j]);
            if (possible && (best < 0 || lack > most)) best = j, most = lack;
        }
        if (best < 0) return; /* every class is at its bound */
        take[best] += step;
        sum += step;
    }
}

/* Marks `take` of the samples member[0..n). order: room for n numbers. */
static void mark(uint8_t *taken, const int64_t *member, int64_t n, int64_t take, mlp_rng rng, int64_t *order)
{
    mlp_rng_permutation(&rng, n, order);
    for (int64_t k = 0; k < take; k++) taken[member[order[k]]] = 1;
}

/* room: 2 * count numbers for the members of the classes, one class after the other, and an order of them. */
static void mark_all(uint8_t *taken, const mlp_dataset *d, int64_t total, uint64_t seed, int64_t *room)
{
    for (int64_t i = 0; i < d->count; i++) room[i] = i;
    mark(taken, room, d->count, total, mlp_rng_stream(seed, MLP_FOR_SPLIT, 0, 0, 0), room + d->count);
}

/* counts: room for 3 * classes numbers. */
static void mark_stratified(uint8_t *taken, const mlp_dataset *d, double fraction, int64_t total, uint64_t seed,
                            int64_t *room, int64_t *counts)
{
    int classes = mlp_dataset_classes(d);
    int64_t *take = counts + classes, *end = take + classes, before = 0;
    mlp_dataset_class_counts(d, counts);
    share_out(take, counts, classes, fraction, total);
    for (int j = 0; j < classes; j++) end[j] = before, before += counts[j];
    for (int64_t i = 0; i < d->count; i++) room[end[mlp_dataset_label(d, i)]++] = i;
    for (int j = 0; j < classes; j++)
        mark(taken, room + end[j] - counts[j], counts[j], take[j],
             mlp_rng_stream(seed, MLP_FOR_SPLIT, (uint64_t)j + 1, 0, 0), room + d->count);
}

static mlp_status view_of(mlp_dataset **out, mlp_dataset *d, const uint8_t *taken, uint8_t wanted, int64_t *order,
                          mlp_error *err)
{
    int64_t n = 0;
    for (int64_t i = 0; i < d->count; i++)
        if (taken[i] == wanted) order[n++] = i;
    return mlp_dataset_subset(out, d, order, n, err);
}

mlp_status mlp_dataset_split(mlp_dataset **rest, mlp_dataset **taken_out, mlp_dataset *d, double fraction,
                             bool stratify, uint64_t seed, mlp_error *err)
{
    if (!(fraction > 0 && fraction < 1))
        return mlp_fail(err, MLP_EINVAL, "split: the fraction is %g, expected more than 0 and less than 1", fraction);
    if (d->count < 2)
        return mlp_fail(err, MLP_EINVAL, "split: the dataset has %lld sample%s, expected at least 2",
                        (long long)d->count, d->count == 1 ? "" : "s");
    void *taken = NULL, *order = NULL, *counts = NULL;
    mlp_dataset *first = NULL, *second = NULL;
    mlp_status st = mlp_alloc(&taken, (size_t)d->count, 1, err);
    if (!st) st = mlp_alloc(&order, 2 * (size_t)d->count, sizeof(int64_t), err);
    if (!st) st = mlp_alloc(&counts, 3 * (size_t)mlp_dataset_classes(d), sizeof(int64_t), err);
    if (!st) {
        int64_t total = llround(fraction * (double)d->count);
        if (total < 1) total = 1;
        if (total > d->count - 1) total = d->count - 1;
        if (stratify) mark_stratified(taken, d, fraction, total, seed, order, counts);
        else mark_all(taken, d, total, seed, order);
        st = view_of(&first, d, taken, 0, order, err);
    }
    if (!st) st = view_of(&second, d, taken, 1, order, err);
    if (st && first && !second)
        st =
            mlp_fail(err, MLP_EINVAL, "split: no class has two pictures, so stratify leaves none for the smaller part");
    if (!st) {
        *rest = first;
        *taken_out = second;
    } else {
        mlp_dataset_release(first);
        mlp_dataset_release(second);
    }
    free(taken);
    free(order);
    free(counts);
    return st;
}

/* Moves a share of *from into *to. */
static mlp_status split_off(mlp_dataset **from, mlp_dataset **to, double fraction, bool stratify, uint64_t seed,
                            mlp_error *err)
{
    mlp_dataset *rest = NULL;
    mlp_status st = mlp_dataset_split(&rest, to, *from, fraction, stratify, seed, err);
    if (st) return st;
    mlp_dataset_release(*from);
    *from = rest;
    return MLP_OK;
}

mlp_status mlp_dataset_divide(mlp_dataset *out[MLP_PARTS], mlp_dataset *d, double val, double test, bool stratify,
                              uint64_t seed, mlp_error *err)
{
    mlp_dataset *part[MLP_PARTS] = { NULL };
    mlp_status st = MLP_OK;
    if (mlp_dataset_has_part(d, MLP_TRAIN)) {
        for (int i = 0; !st && i < MLP_PARTS; i++)
            if (mlp_dataset_has_part(d, (mlp_part)i)) st = mlp_dataset_part(&part[i], d, (mlp_part)i, err);
    } else {
        part[MLP_TRAIN] = mlp_dataset_retain(d);
    }
    double left = 1; /* of the train part */
    if (!st && !part[MLP_TEST] && test != 0) {
        st = split_off(&part[MLP_TRAIN], &part[MLP_TEST], test, stratify, seed, err);
        left = 1 - test;
    }
    if (!st && !part[MLP_VAL] && !(val > 0 && val < left))
        st = mlp_fail(err, MLP_EINVAL, "split: val is %g, expected more than 0 and less than %g", val, left);
    if (!st && !part[MLP_VAL]) st = split_off(&part[MLP_TRAIN], &part[MLP_VAL], val / left, stratify, seed, err);
    for (int i = 0; i < MLP_PARTS; i++) {
        if (st) mlp_dataset_release(part[i]);
        else out[i] = part[i];
    }
    return st;
}
