/* groups.c - samples that belong together, such as all pictures of a person, dealt out to parts as whole groups.
 *
 * The largest groups go first, each to the part that is furthest behind in the classes that the group has. "Behind" is
 * measured against what the part shall have in the end, so that parts of unequal shares fill up alike and large groups
 * are not all in the largest part. */
#include "data/inspect.h"
#include "data/source_private.h"

#include <stdlib.h>
#include <string.h>

/* ---- which samples belong together: first[i] leads to a smaller number of i's group, or is i ---- */

static int64_t lead(int64_t *first, int64_t i)
{
    while (first[i] != i) i = first[i] = first[first[i]];
    return i;
}

static void join(int64_t *first, int64_t a, int64_t b)
{
    int64_t x = lead(first, a), y = lead(first, b);
    if (x < y) first[y] = x;
    else first[x] = y;
}

/* Afterwards first[i] is the group's first sample. */
static void flatten(int64_t *first, int64_t n)
{
    for (int64_t i = 0; i < n; i++) first[i] = lead(first, i);
}

mlp_status mlp_dataset_similar(mlp_tensor **out, const mlp_dataset *d, mlp_error *err)
{
    mlp_inspection *x = NULL;
    mlp_status st = mlp_dataset_inspect(&x, d, true, err);
    if (!st && x->near_cut)
        st = mlp_fail(err, MLP_EINVAL,
                      "too many of the %lld pictures look the same to list all pairs of them: group them by a pattern "
                      "or a column",
                      (long long)d->count);
    if (!st) st = mlp_tensor_new(out, MLP_I64, 1, &d->count, err);
    if (!st) {
        int64_t *first = mlp_tensor_data(*out);
        memcpy(first, x->first, (size_t)d->count * sizeof *first);
        for (int64_t i = 0; i < x->near_count; i++) join(first, x->near[i].a, x->near[i].b);
        flatten(first, d->count);
    }
    mlp_inspection_free(x);
    return st;
}

/* ---- dealing ---- */

typedef struct batch {
    int64_t first, size; /* its first sample, and how many it has */
    int64_t rank;        /* in an order that follows from the seed */
} batch;

typedef struct dealing {
    const mlp_dataset *d;
    const double *share;
    int parts, columns;   /* columns: the classes (when stratified), then all samples */
    int64_t *first;       /* of each sample's group */
    int64_t *next;        /* see mlp_link_groups */
    int64_t *total, *has; /* per column: of all, and of the group that is dealt */
    int64_t *dealt;       /* parts x columns */
    batch *order;
    int64_t groups;
} dealing;

static void free_dealing(dealing *g)
{
    free(g->first);
    free(g->next);
    free(g->total);
    free(g->has);
    free(g->dealt);
    free(g->order);
}

static mlp_status alloc_dealing(dealing *g, mlp_error *err)
{
    size_t n = (size_t)g->d->count, columns = (size_t)g->columns;
    void *first = NULL, *next = NULL, *total = NULL, *has = NULL, *dealt = NULL, *order = NULL;
    mlp_status st = mlp_alloc(&first, n, sizeof(int64_t), err);
    if (!st) st = mlp_alloc(&next, n, sizeof(int64_t), err);
    if (!st) st = mlp_alloc(&total, columns, sizeof(int64_t), err);
    if (!st) st = mlp_alloc(&has, columns, sizeof(int64_t), err);
    if (!st) st = mlp_alloc(&dealt, columns * (size_t)g->parts, sizeof(int64_t), err);
    if (!st) st = mlp_alloc(&order, n, sizeof(batch), err);
    g->first = first, g->next = next, g->total = total, g->has = has, g->dealt = dealt, g->order = order;
    return st;
}

/* Sets first and next: samples of the same group number, and of the same bytes when they stay together. */
static mlp_status link_samples(dealing *g, const int64_t *group, bool together, mlp_error *err)
{
    int64_t n = g->d->count, *seen = g->next; /* the first sample of each group number */
    if (together) {
        mlp_status st = mlp_duplicates(g->first, &g->d, 1, err);
        if (st) return st;
    } else {
        for (int64_t i = 0; i < n; i++) g->first[i] = i;
    }
    for (int64_t i = 0; i < n; i++) seen[i] = -1;
    for (int64_t i = 0; i < n; i++) {
        if (group[i] < 0 || group[i] >= n)
            return mlp_fail(err, MLP_EINVAL, "the group of sample %lld has number %lld, expected 0 to %lld", mlp_nth(i),
                            (long long)group[i], (long long)n - 1);
        if (seen[group[i]] < 0) seen[group[i]] = i;
        else join(g->first, seen[group[i]], i);
    }
    flatten(g->first, n);
    mlp_link_groups(g->first, g->next, n);
    return MLP_OK;
}

static void add_sample(const dealing *g, int64_t *counts, int64_t sample)
{
    counts[g->columns - 1]++;
    if (g->columns > 1) counts[mlp_dataset_label(g->d, sample)]++;
}

/* Larger ones first; those of one size in the order of their ranks. */
static int before(const void *a, const void *b)
{
    const batch *x = a, *y = b;
    if (x->size != y->size) return x->size > y->size ? -1 : 1;
    return x->rank < y->rank ? -1 : x->rank > y->rank;
}

/* Sets order, groups and total. rank: room for as many numbers as there are samples. */
static void put_in_order(dealing *g, uint64_t seed, int64_t *rank)
{
    for (int64_t i = 0; i < g->d->count; i++) {
        add_sample(g, g->total, i);
        if (g->first[i] != i) continue;
        batch *b = &g->order[g->groups++];
        *b = (batch){ .first = i };
        for (int64_t at = i; at >= 0; at = g->next[at]) b->size++;
    }
    mlp_rng rng = mlp_rng_stream(seed, MLP_FOR_SPLIT, 0, 5, 0);
    mlp_rng_permutation(&rng, g->groups, rank);
    for (int64_t i = 0; i < g->groups; i++) g->order[i].rank = rank[i];
    qsort(g->order, (size_t)g->groups, sizeof *g->order, before);
}

/* How much nearer the part comes to what it shall have when the group is added: the decrease of the squared relative
 * distance, weighted with the part's share, over all columns. */
static double gain(const dealing *g, int part)
{
    const int64_t *dealt = g->dealt + (size_t)part * (size_t)g->columns;
    double sum = 0;
    for (int j = 0; j < g->columns; j++) {
        if (!g->has[j]) continue;
        double all = (double)g->total[j], wanted = all * g->share[part], more = (double)g->has[j];
        sum += more / all * (2 - (2 * (double)dealt[j] + more) / wanted);
    }
    return sum;
}

static void deal(dealing *g, int64_t *part_of)
{
    for (int64_t k = 0; k < g->groups; k++) {
        memset(g->has, 0, (size_t)g->columns * sizeof *g->has);
        for (int64_t i = g->order[k].first; i >= 0; i = g->next[i]) add_sample(g, g->has, i);
        int best = 0;
        double most = gain(g, 0);
        for (int p = 1; p < g->parts; p++) {
            double here = gain(g, p);
            if (here > most) best = p, most = here;
        }
        for (int j = 0; j < g->columns; j++) g->dealt[(size_t)best * (size_t)g->columns + (size_t)j] += g->has[j];
        for (int64_t i = g->order[k].first; i >= 0; i = g->next[i]) part_of[i] = best;
    }
}

static mlp_status check_shares(const dealing *g, mlp_error *err)
{
    if (g->parts < 2) return mlp_fail(err, MLP_EINVAL, "%d parts, expected 2 or more", g->parts);
    for (int p = 0; p < g->parts; p++)
        if (!(g->share[p] > 0 && g->share[p] < 1))
            return mlp_fail(err, MLP_EINVAL, "a part's share is %g, expected more than 0 and less than 1", g->share[p]);
    return MLP_OK;
}

mlp_status mlp_dataset_deal(mlp_tensor **out, const mlp_dataset *d, const int64_t *group, const double *share,
                            int parts, bool stratify, bool together, uint64_t seed, mlp_error *err)
{
    dealing g = { .d = d, .share = share, .parts = parts, .columns = stratify ? mlp_dataset_classes(d) + 1 : 1 };
    mlp_tensor *t = NULL;
    mlp_status st = check_shares(&g, err);
    if (!st) st = alloc_dealing(&g, err);
    if (!st) st = link_samples(&g, group, together, err);
    if (!st) st = mlp_tensor_new(&t, MLP_I64, 1, &d->count, err);
    if (!st) {
        put_in_order(&g, seed, mlp_tensor_data(t)); /* which has room for the ranks, until parts are written */
        deal(&g, mlp_tensor_data(t));
        *out = t;
    }
    free_dealing(&g);
    return st;
}
