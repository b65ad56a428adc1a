/* inspect.c - see inspect.h. near.c compares pictures. */
#include "data/inspect.h"
#include "data/near_private.h"
#include "data/source_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { GRAIN = 8, GREY_LEVELS = 3 };

/* Sums over the pixels. */
static void measure(mlp_facts *f, const mlp_image *image)
{
    uint64_t level[3] = { 0 }, square[3] = { 0 };
    int channels = image->channels, apart = 0;
    size_t n = mlp_image_bytes(image);
    for (size_t i = 0; i < n; i += (size_t)channels) {
        const uint8_t *p = image->pixels + i;
        for (int c = 0; c < channels; c++) {
            level[c] += p[c];
            square[c] += (uint64_t)p[c] * p[c];
            int d = abs(p[c] - p[0]);
            if (d > apart) apart = d;
        }
    }
    double pixels = (double)n / channels;
    for (int c = 0; c < channels; c++) {
        f->mean[c] = (double)level[c] / pixels / 255;
        f->square[c] = (double)square[c] / pixels / (255.0 * 255.0);
    }
    f->grey = apart <= GREY_LEVELS;
    f->width = image->width;
    f->height = image->height;
}

/* The picture, from the file's bytes where it is one. */
static mlp_status read_picture(mlp_image **out, mlp_facts *f, const mlp_source *s, int64_t sample, mlp_error *err)
{
    uint8_t *bytes = NULL;
    size_t length = 0;
    char *path = NULL, remark[MLP_REMARK_TEXT] = "";
    mlp_decode_options options = s->options.decode;
    f->bytes = -1;
    mlp_status st = mlp_source_bytes(&bytes, &length, s, sample, err);
    if (st || !bytes) return st ? st : s->kind->image(out, s, sample, err);
    f->bytes = (int64_t)length;
    f->format = mlp_image_sniff(bytes, length);
    st = s->kind->path(&path, s, sample, err);
    if (!st) {
        mlp_image_format named = mlp_image_format_named(path);
        f->misnamed = named != MLP_NOT_AN_IMAGE && named != f->format;
        options.remark = remark;
        st = mlp_image_decode(out, bytes, length, path, &options, err);
    }
    if (!st && *remark) f->remark = strdup(remark); /* without memory it goes unsaid */
    free(path);
    free(bytes);
    return st;
}

typedef struct job {
    const mlp_dataset *d;
    mlp_facts *facts;
    mlp_error *failed; /* one per block; code MLP_OK: none */
} job;

static mlp_status look(const mlp_dataset *d, mlp_facts *f, int64_t i, mlp_error *err)
{
    mlp_error why;
    mlp_image *image = NULL;
    mlp_status st = read_picture(&image, f, d->source, mlp_dataset_sample(d, i), &why);
    if (!st) {
        measure(f, image);
        st = mlp_near_outline(f, image, &why);
    }
    mlp_image_release(image);
    if (!st) return MLP_OK;
    if (!mlp_means_bad(st)) return mlp_fail(err, st, "%s", why.text);
    char *path = NULL;
    st = mlp_dataset_path(&path, d, i, err);
    if (st) return st;
    f->reason = strdup(mlp_reason_in(why.text, path));
    free(path);
    return f->reason ? MLP_OK : mlp_fail(err, MLP_ENOMEM, "out of memory: cannot list the bad files");
}

static void look_at_some(void *context, int64_t begin, int64_t end)
{
    const job *j = context;
    mlp_error *err = &j->failed[begin / GRAIN];
    for (int64_t i = begin; i < end && !err->code && !mlp_interrupted(); i++) look(j->d, &j->facts[i], i, err);
}

/* One picture after the other, in order. */
static void add_up(mlp_inspection *x)
{
    double mean[3] = { 0 }, square[3] = { 0 };
    for (int64_t i = 0; i < x->count; i++) {
        const mlp_facts *f = &x->facts[i];
        if (f->reason) continue;
        x->good++;
        for (int c = 0; c < x->channels; c++) {
            mean[c] += f->mean[c];
            square[c] += f->square[c];
        }
    }
    for (int c = 0; x->good && c < x->channels; c++) {
        x->mean[c] = mean[c] / (double)x->good;
        double variance = square[c] / (double)x->good - x->mean[c] * x->mean[c];
        x->std[c] = variance > 0 ? sqrt(variance) : 0;
    }
}

mlp_status mlp_dataset_inspect(mlp_inspection **out, const mlp_dataset *d, bool near, mlp_error *err)
{
    void *p = NULL, *facts = NULL, *first = NULL, *failed = NULL;
    int64_t blocks = (d->count + GRAIN - 1) / GRAIN;
    mlp_status st = mlp_alloc(&p, 1, sizeof(mlp_inspection), err);
    if (st) return st;
    mlp_inspection *x = p;
    st = mlp_alloc(&facts, (size_t)d->count, sizeof(mlp_facts), err);
    if (!st) st = mlp_alloc(&first, (size_t)d->count, sizeof(int64_t), err);
    if (!st) st = mlp_alloc(&failed, (size_t)blocks, sizeof(mlp_error), err);
    x->facts = facts;
    x->first = first;
    x->count = facts ? d->count : 0;
    x->channels = mlp_dataset_channels(d);
    if (!st) {
        job j = { d, facts, failed };
        st = mlp_parallel_for(d->count, GRAIN, look_at_some, &j, err);
    }
    for (int64_t b = 0; !st && b < blocks; b++) {
        const mlp_error *e = (const mlp_error *)failed + b;
        if (e->code) st = mlp_fail(err, e->code, "%s", e->text);
    }
    free(failed);
    if (!st) add_up(x);
    if (!st) st = mlp_duplicates(x->first, &d, 1, err);
    if (!st && near) st = mlp_near_find(x, err);
    if (st) mlp_inspection_free(x);
    else *out = x;
    return st;
}

void mlp_inspection_free(mlp_inspection *x)
{
    if (!x) return;
    for (int64_t i = 0; i < x->count; i++) {
        free(x->facts[i].reason);
        free(x->facts[i].remark);
    }
    free(x->facts);
    free(x->first);
    free(x->near);
    free(x);
}
