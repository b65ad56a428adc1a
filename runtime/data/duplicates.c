/* duplicates.c - samples whose pictures have the same bytes. */
#include "data/source_private.h"

#include <stdlib.h>
#include <string.h>

enum { STAGES = 3, GRAIN = 16 };

void mlp_hash_memory(uint64_t out[4], const void *bytes, size_t length, int stage)
{
    memset(out, 0, 4 * sizeof *out);
    if (stage == 0) {
        out[0] = length;
    } else if (stage == 1) {
        const uint8_t *b = bytes;
        uint64_t h = UINT64_C(0xcbf29ce484222325) ^ length, word;
        size_t i = 0;
        for (; i + 8 <= length; i += 8) {
            memcpy(&word, b + i, 8);
            h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
            h ^= h >> 29;
        }
        for (; i < length; i++) h = (h ^ b[i]) * UINT64_C(0x100000001b3);
        out[0] = h;
    } else {
        SHA2_CTX sha;
        SHA256Init(&sha);
        SHA256Update(&sha, bytes, length);
        SHA256Final((uint8_t *)out, &sha);
    }
}

typedef struct item {
    uint64_t hash[4];
    int64_t number; /* among the samples of all sets; -1: cannot be read */
} item;

typedef struct job {
    const mlp_dataset *const *sets;
    const int64_t *begin; /* number of the first sample of each set */
    int count, stage;
    item *items;
    atomic_int failed; /* a status that says nothing about a file */
    mlp_error *why;    /* of the first one */
} job;

static void hash_some(void *context, int64_t from, int64_t to)
{
    job *j = context;
    for (int64_t i = from; i < to && !atomic_load(&j->failed); i++) {
        item *x = &j->items[i];
        int set = j->count - 1;
        while (j->begin[set] > x->number) set--;
        const mlp_dataset *d = j->sets[set];
        const mlp_source *s = d->source;
        mlp_error err;
        mlp_status st = s->kind->hash(x->hash, s, mlp_dataset_sample(d, x->number - j->begin[set]), j->stage, &err);
        if (!st) continue;
        int none = MLP_OK;
        if (mlp_means_bad(st)) x->number = -1;
        else if (atomic_compare_exchange_strong(&j->failed, &none, (int)st)) *j->why = err;
    }
}

static int by_hash(const void *a, const void *b)
{
    const item *x = a, *y = b;
    for (int i = 0; i < 4; i++)
        if (x->hash[i] != y->hash[i]) return x->hash[i] < y->hash[i] ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

/* Sorts, leaves out what cannot be read and what has no equal, and returns how many are left. first: NULL, or where the
 * groups are written. */
static int64_t keep_equals(item *items, int64_t n, int64_t *first)
{
    int64_t kept = 0, good = 0;
    for (int64_t i = 0; i < n; i++)
        if (items[i].number >= 0) items[good++] = items[i];
    if (good > 1) qsort(items, (size_t)good, sizeof *items, by_hash);
    for (int64_t begin = 0, end; begin < good; begin = end) {
        for (end = begin + 1; end < good && memcmp(items[begin].hash, items[end].hash, sizeof items->hash) == 0;) end++;
        if (end - begin < 2) continue;
        for (int64_t i = begin; first && i < end; i++) first[items[i].number] = items[begin].number;
        memmove(items + kept, items + begin, (size_t)(end - begin) * sizeof *items);
        kept += end - begin;
    }
    return kept;
}

mlp_status mlp_duplicates(int64_t *first, const mlp_dataset *const *sets, int count, mlp_error *err)
{
    void *items = NULL, *begin = NULL;
    int64_t n = 0;
    mlp_status st = mlp_alloc(&begin, (size_t)count, sizeof(int64_t), err);
    for (int i = 0; !st && i < count; i++) ((int64_t *)begin)[i] = n, n += sets[i]->count;
    if (!st) st = mlp_alloc(&items, (size_t)n, sizeof(item), err);
    if (!st) {
        mlp_error why = { .code = MLP_OK };
        job j = { .sets = sets, .begin = begin, .count = count, .items = items, .why = &why };
        for (int64_t i = 0; i < n; i++) {
            first[i] = i;
            j.items[i].number = i;
        }
        for (; !st && n > 0 && j.stage < STAGES; j.stage++) {
            st = mlp_parallel_for(n, GRAIN, hash_some, &j, err);
            if (!st && atomic_load(&j.failed)) st = mlp_fail(err, why.code, "%s", why.text);
            if (!st) n = keep_equals(items, n, j.stage == STAGES - 1 ? first : NULL);
        }
    }
    free(items);
    free(begin);
    return st;
}

void mlp_link_groups(const int64_t *first, int64_t *next, int64_t n)
{
    for (int64_t i = 0; i < n; i++) next[i] = -1;
    for (int64_t i = n - 1; i >= 0; i--) {
        if (first[i] == i) continue;
        next[i] = next[first[i]];
        next[first[i]] = i;
    }
}
