/* statistics.c - what Normalize wants to know about a data set: mean and standard deviation of each channel. */
#include "data/levels_private.h"
#include "data/source_private.h"

#include <stdlib.h>

typedef struct seen {
    mlp_levels levels; /* without a picture: it is bad */
    int width, height;
} seen;

typedef struct job {
    const mlp_dataset *d;
    seen *pictures;
} job;

static mlp_status look(void *context, int64_t i, mlp_error *err)
{
    const job *j = context;
    seen *to = &j->pictures[i];
    mlp_image *image = NULL;
    mlp_error why;
    mlp_status st =
        mlp_source_prepared(&image, j->d->source, mlp_dataset_sample(j->d, i), j->d->transform, NULL, 0, &why);
    if (!st) {
        st = mlp_levels_of(&to->levels, image, NULL, &why);
        to->width = image->width;
        to->height = image->height;
    }
    mlp_image_release(image);
    bool skipped = mlp_means_bad(st) && j->d->source->options.on_bad == MLP_SKIP_BAD;
    return !st || skipped ? MLP_OK : mlp_fail(err, st, "%s", why.text);
}

static void widen(int *least, int *most, int value, bool first)
{
    if (first || value < *least) *least = value;
    if (first || value > *most) *most = value;
}

mlp_status mlp_dataset_statistics(mlp_data_statistics *out, const mlp_dataset *d, mlp_error *err)
{
    void *p = NULL;
    mlp_status st = mlp_alloc(&p, (size_t)d->count, sizeof(seen), err);
    if (st) return st;
    job j = { d, p };
    st = mlp_each_sample(d, look, &j, err);
    mlp_data_statistics s = { .channels = mlp_dataset_channels(d) };
    mlp_levels all = { 0 };
    for (int64_t i = 0; !st && i < d->count; i++) {
        const seen *from = &j.pictures[i];
        if (from->levels.pictures) {
            widen(&s.min_width, &s.max_width, from->width, all.pictures == 0);
            widen(&s.min_height, &s.max_height, from->height, all.pictures == 0);
            mlp_levels_add(&all, &from->levels);
        }
    }
    free(p);
    if (!st && all.pictures == 0)
        st = mlp_fail(err, MLP_EFORMAT, "statistics: not one of the %lld pictures could be read", (long long)d->count);
    if (st) return st;
    s.pictures = all.pictures;
    s.bad = d->count - all.pictures;
    mlp_levels_end(s.mean, s.std, &all);
    *out = s;
    return MLP_OK;
}
