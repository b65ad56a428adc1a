/* statistics.c - what Normalize wants to know about a data set: mean and standard deviation of each channel. */
#include "data/source_private.h"

#include <math.h>
#include <stdlib.h>

/* Sums of the levels and of their squares are whole numbers, so they do not depend on the order of the pictures. */
typedef struct sums {
    uint64_t level[3], square[3], pixels;
} sums;

static void add_picture(sums *to, const mlp_image *image)
{
    uint64_t level[3] = { 0 }, square[3] = { 0 };
    int channels = image->channels;
    size_t n = mlp_image_bytes(image);
    for (size_t i = 0; i < n; i += (size_t)channels)
        for (int c = 0; c < channels; c++) {
            uint64_t v = image->pixels[i + (size_t)c];
            level[c] += v;
            square[c] += v * v;
        }
    for (int c = 0; c < channels; c++) {
        to->level[c] += level[c];
        to->square[c] += square[c];
    }
    to->pixels += n / (size_t)channels;
}

typedef struct part {
    sums sum;
    mlp_data_statistics found;
    mlp_error err; /* code MLP_OK: none */
} part;

typedef struct job {
    mlp_dataset *d;
    part *parts;
    int64_t grain;
} job;

static void measure(mlp_data_statistics *to, const mlp_image *image)
{
    bool first = to->pictures == 0;
    if (first || image->width < to->min_width) to->min_width = image->width;
    if (first || image->width > to->max_width) to->max_width = image->width;
    if (first || image->height < to->min_height) to->min_height = image->height;
    if (first || image->height > to->max_height) to->max_height = image->height;
    to->pictures++;
}

static void run_part(void *context, int64_t begin, int64_t end)
{
    job *j = context;
    part *p = &j->parts[begin / j->grain];
    mlp_source *s = j->d->source;
    for (int64_t i = begin; i < end && !p->err.code && !mlp_interrupted(); i++) {
        mlp_image *image = NULL;
        mlp_error why;
        int64_t sample = mlp_dataset_sample(j->d, i);
        mlp_status st = mlp_source_prepared(&image, s, sample, j->d->transform, NULL, 0, &why);
        if (!st) {
            add_picture(&p->sum, image);
            measure(&p->found, image);
        } else if (mlp_means_bad(st) && s->options.on_bad == MLP_SKIP_BAD) {
            p->found.bad++;
        } else {
            p->err = why;
        }
        mlp_image_release(image);
    }
}

static void merge(mlp_data_statistics *to, const mlp_data_statistics *from)
{
    if (from->pictures) {
        bool first = to->pictures == 0;
        if (first || from->min_width < to->min_width) to->min_width = from->min_width;
        if (first || from->max_width > to->max_width) to->max_width = from->max_width;
        if (first || from->min_height < to->min_height) to->min_height = from->min_height;
        if (first || from->max_height > to->max_height) to->max_height = from->max_height;
    }
    to->pictures += from->pictures;
    to->bad += from->bad;
}

mlp_status mlp_dataset_statistics(mlp_data_statistics *out, mlp_dataset *d, mlp_error *err)
{
    job j = { .d = d, .grain = 16 };
    int64_t count = (d->count + j.grain - 1) / j.grain;
    void *p = NULL;
    mlp_status st = mlp_alloc(&p, (size_t)count, sizeof(part), err);
    if (st) return st;
    j.parts = p;
    st = mlp_parallel_for(d->count, j.grain, run_part, &j, err);
    sums all = { { 0 }, { 0 }, 0 };
    mlp_data_statistics found = { .channels = mlp_dataset_channels(d) };
    for (int64_t i = 0; !st && i < count; i++) {
        const part *from = &j.parts[i];
        if (from->err.code) st = mlp_fail(err, from->err.code, "%s", from->err.text);
        for (int c = 0; c < 3; c++) {
            all.level[c] += from->sum.level[c];
            all.square[c] += from->sum.square[c];
        }
        all.pixels += from->sum.pixels;
        merge(&found, &from->found);
    }
    free(p);
    if (!st && found.pictures == 0)
        st = mlp_fail(err, MLP_EFORMAT, "statistics: not one of the %lld pictures could be read", (long long)d->count);
    if (st) return st;
    for (int c = 0; c < found.channels; c++) {
        double n = (double)all.pixels, mean = (double)all.level[c] / n;
        double variance = (double)all.square[c] / n - mean * mean;
        found.mean[c] = mean / 255;
        found.std[c] = variance > 0 ? sqrt(variance) / 255 : 0;
    }
    *out = found;
    return MLP_OK;
}
