/* each.c - something done with every sample of a dataset, on all threads. */
#include "data/source_private.h"

#include <stdlib.h>

enum { GRAIN = 8 };

typedef struct job {
    mlp_sample_fn fn;
    void *context;
    mlp_error *failed; /* one per block; code MLP_OK: none */
} job;

static void run_some(void *context, int64_t begin, int64_t end)
{
    const job *j = context;
    mlp_error *err = &j->failed[begin / GRAIN];
    for (int64_t i = begin; i < end && !err->code && !mlp_interrupted(); i++) j->fn(j->context, i, err);
}

mlp_status mlp_each_sample(const mlp_dataset *d, mlp_sample_fn fn, void *context, mlp_error *err)
{
    int64_t blocks = (d->count + GRAIN - 1) / GRAIN;
    void *failed = NULL;
    mlp_status st = mlp_alloc(&failed, (size_t)blocks, sizeof(mlp_error), err);
    if (st) return st;
    job j = { fn, context, failed };
    st = mlp_parallel_for(d->count, GRAIN, run_some, &j, err);
    for (int64_t b = 0; !st && b < blocks; b++)
        if (j.failed[b].code) st = mlp_fail(err, j.failed[b].code, "%s", j.failed[b].text);
    free(failed);
    return st;
}
