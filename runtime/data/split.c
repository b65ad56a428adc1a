/* split.c - two parts of a dataset, seeded, with every class giving its share. */
#include "data/source_private.h"

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

/* What is known about each sample while it is decided. Samples with the same bytes go the same way. */
enum { UNDECIDED, TAKEN, LEFT };
typedef struct marking {
    const mlp_dataset *d;
    uint8_t *mark;
    const int64_t *first, *next; /* see mlp_duplicates and mlp_link_groups; NULL: every sample for itself */
    int64_t *room;               /* 2 * count numbers: the members of the classes, then an order of them */
} marking;

/* The sample and those with the same bytes. */
static void decide(marking *m, int64_t sample, uint8_t as)
{
    for (int64_t i = m->first ? m->first[sample] : sample; i >= 0; i = m->next ? m->next[i] : -1) m->mark[i] = as;
}

/* How many of the sample's group are in the class (-1: any). */
static int64_t group_size(const marking *m, int64_t sample, int class)
{
    int64_t n = 0;
    for (int64_t i = m->first ? m->first[sample] : sample; i >= 0; i = m->next ? m->next[i] : -1)
        n += class < 0 || mlp_dataset_label(m->d, i) == class;
    return n;
}

/* Takes `take` of the undecided samples member[0..n), which are those of a class (-1: all), in a drawn order; a group
 * that would be too much is left. */
static void mark(marking *m, const int64_t *member, int64_t n, int64_t take, int class, mlp_rng rng)
{
    int64_t *order = m->room + m->d->count, used = 0;
    mlp_rng_permutation(&rng, n, order);
    for (int64_t k = 0; k < n; k++) used += m->mark[member[k]] == TAKEN;
    for (int64_t k = 0; k < n && used < take; k++) {
        int64_t sample = member[order[k]];
        if (m->mark[sample] != UNDECIDED) continue;
        int64_t size = group_size(m, sample, class);
        bool fits = used + size <= take;
        decide(m, sample, fits ? TAKEN : LEFT);
        if (fits) used += size;
    }
    for (int64_t k = 0; k < n; k++)
        if (m->mark[member[k]] == UNDECIDED) decide(m, member[k], LEFT);
}

static void mark_all(marking *m, int64_t total, uint64_t seed)
{
    for (int64_t i = 0; i < m->d->count; i++) m->room[i] = i;
    mark(m, m->room, m->d->count, total, -1, mlp_rng_stream(seed, MLP_FOR_SPLIT, 0, 0, 0));
}

/* counts: room for 3 * classes numbers. */
static void mark_stratified(marking *m, double fraction, int64_t total, uint64_t seed, int64_t *counts)
{
    const mlp_dataset *d = m->d;
    int classes = mlp_dataset_classes(d);
    int64_t *take = counts + classes, *end = take + classes, before = 0;
    mlp_dataset_class_counts(d, counts);
    share_out(take, counts, classes, fraction, total);
    for (int j = 0; j < classes; j++) end[j] = before, before += counts[j];
    for (int64_t i = 0; i < d->count; i++) m->room[end[mlp_dataset_label(d, i)]++] = i;
    for (int j = 0; j < classes; j++)
        mark(m, m->room + end[j] - counts[j], counts[j], take[j], j,
             mlp_rng_stream(seed, MLP_FOR_SPLIT, (uint64_t)j + 1, 0, 0));
}

static mlp_status view_of(mlp_dataset **out, mlp_dataset *d, const uint8_t *marks, uint8_t wanted, int64_t *order,
                          mlp_error *err)
{
    int64_t n = 0;
    for (int64_t i = 0; i < d->count; i++)
        if (marks[i] == wanted) order[n++] = i;
    return mlp_dataset_subset(out, d, order, n, err);
}

mlp_status mlp_dataset_split(mlp_dataset **rest, mlp_dataset **taken_out, mlp_dataset *d, double fraction,
                             bool stratify, bool together, uint64_t seed, mlp_error *err)
{
    if (!(fraction > 0 && fraction < 1))
        return mlp_fail(err, MLP_EINVAL, "split: the fraction is %g, expected more than 0 and less than 1", fraction);
    if (d->count < 2)
        return mlp_fail(err, MLP_EINVAL, "split: the dataset has %lld sample%s, expected at least 2",
                        (long long)d->count, d->count == 1 ? "" : "s");
    void *marks = NULL, *order = NULL, *counts = NULL, *groups = NULL;
    mlp_dataset *first = NULL, *second = NULL;
    const mlp_dataset *set = d;
    mlp_status st = mlp_alloc(&marks, (size_t)d->count, 1, err);
    if (!st && together) st = mlp_alloc(&groups, 2 * (size_t)d->count, sizeof(int64_t), err);
    if (!st && together) st = mlp_duplicates(groups, &set, 1, err);
    if (!st) st = mlp_alloc(&order, 2 * (size_t)d->count, sizeof(int64_t), err);
    if (!st) st = mlp_alloc(&counts, 3 * (size_t)mlp_dataset_classes(d), sizeof(int64_t), err);
    if (!st) {
        int64_t total = llround(fraction * (double)d->count);
        if (total < 1) total = 1;
        if (total > d->count - 1) total = d->count - 1;
        marking m = { .d = d, .mark = marks, .room = order };
        if (groups) {
            m.first = groups;
            m.next = m.first + d->count;
            mlp_link_groups(m.first, (int64_t *)groups + d->count, d->count);
        }
        if (stratify) mark_stratified(&m, fraction, total, seed, counts);
        else mark_all(&m, total, seed);
        st = view_of(&first, d, marks, LEFT, order, err);
    }
    if (!st) st = view_of(&second, d, marks, TAKEN, order, err);
    if (st == MLP_EINVAL && first && !second)
        st = mlp_fail(err, MLP_EINVAL, "split: no class has two %spictures, so %s leaves none for the smaller part",
                      together ? "different " : "", stratify ? "stratify" : "keeping duplicates together");
    if (!st) {
        *rest = first;
        *taken_out = second;
    } else {
        mlp_dataset_release(first);
        mlp_dataset_release(second);
    }
    free(marks);
    free(groups);
    free(order);
    free(counts);
    return st;
}

/* Moves a share of *from into *to. */
static mlp_status split_off(mlp_dataset **from, mlp_dataset **to, double fraction, bool stratify, bool together,
                            uint64_t seed, mlp_error *err)
{
    mlp_dataset *rest = NULL;
    mlp_status st = mlp_dataset_split(&rest, to, *from, fraction, stratify, together, seed, err);
    if (st) return st;
    mlp_dataset_release(*from);
    *from = rest;
    return MLP_OK;
}

/* Fails when two parts have a picture in common. */
static mlp_status refuse_shared(mlp_dataset *const part[MLP_PARTS], mlp_error *err)
{
    const mlp_dataset *sets[MLP_PARTS];
    int name[MLP_PARTS], count = 0;
    int64_t end[MLP_PARTS], n = 0, shared = 0, example = 0;
    for (int i = 0; i < MLP_PARTS; i++) {
        if (!part[i]) continue;
        n += part[i]->count;
        sets[count] = part[i], name[count] = i, end[count++] = n;
    }
    void *p = NULL;
    mlp_status st = mlp_alloc(&p, (size_t)n, sizeof(int64_t), err);
    int64_t *first = p;
    if (!st) st = mlp_duplicates(first, sets, count, err);
    int a = 0, b = 0;
    for (int64_t i = 0, in = 0; !st && i < n; i++) {
        while (in + 1 < count && i >= end[in]) in++;
        int from = 0;
        while (from < in && first[i] >= end[from]) from++;
        if (from == in) continue;
        if (shared++ == 0) example = i, a = from, b = (int)in;
    }
    char *one = NULL, *other = NULL;
    if (!st && shared) {
        st = mlp_dataset_path(&one, sets[a], first[example] - (a ? end[a - 1] : 0), err);
        if (!st) st = mlp_dataset_path(&other, sets[b], example - (b ? end[b - 1] : 0), err);
        if (!st)
            st = mlp_fail(
                err, MLP_EINVAL,
                "split: %lld picture%s of one part %s also in another one, such as '%s' (%s) and '%s' (%s), so "
                "results would look better than they are; remove the copies, or pass duplicates = \"allow\"",
                (long long)shared, shared == 1 ? "" : "s", shared == 1 ? "is" : "are", one,
                mlp_part_name((mlp_part)name[a]), other, mlp_part_name((mlp_part)name[b]));
    }
    free(one);
    free(other);
    free(p);
    return st;
}

mlp_status mlp_dataset_divide(mlp_dataset *out[MLP_PARTS], mlp_dataset *d, double val, double test, bool stratify,
                              mlp_copies copies, uint64_t seed, mlp_error *err)
{
    bool together = copies == MLP_TOGETHER, own = mlp_dataset_has_part(d, MLP_TRAIN);
    mlp_dataset *part[MLP_PARTS] = { NULL };
    mlp_status st = MLP_OK;
    if (own) {
        for (int i = 0; !st && i < MLP_PARTS; i++)
            if (mlp_dataset_has_part(d, (mlp_part)i)) st = mlp_dataset_part(&part[i], d, (mlp_part)i, err);
    } else {
        part[MLP_TRAIN] = mlp_dataset_retain(d);
    }
    double left = 1; /* of the train part */
    if (!st && !part[MLP_TEST] && test != 0) {
        st = split_off(&part[MLP_TRAIN], &part[MLP_TEST], test, stratify, together, seed, err);
        left = 1 - test;
    }
    if (!st && !part[MLP_VAL] && !(val > 0 && val < left))
        st = mlp_fail(err, MLP_EINVAL, "split: val is %g, expected more than 0 and less than %g", val, left);
    if (!st && !part[MLP_VAL])
        st = split_off(&part[MLP_TRAIN], &part[MLP_VAL], val / left, stratify, together, seed, err);
    if (!st && (copies == MLP_REFUSED || (own && together))) st = refuse_shared(part, err);
    for (int i = 0; i < MLP_PARTS; i++) {
        if (st) mlp_dataset_release(part[i]);
        else out[i] = part[i];
    }
    return st;
}
