/* inspect.c - see inspect.h. near.c compares pictures. */
#include "data/inspect.h"
#include "data/levels_private.h"
#include "data/near_private.h"
#include "data/source_private.h"

#include <stdlib.h>
#include <string.h>

/* No pixel's red, green and blue differ by more than a few levels. */
static bool is_grey(const mlp_image *image)
{
    enum { NEARLY = 3 };
    size_t n = mlp_image_bytes(image);
    int channels = image->channels, apart = 0;
    for (size_t i = 0; i < n; i += (size_t)channels)
        for (int c = 1; c < channels; c++) {
            int d = abs(image->pixels[i + (size_t)c] - image->pixels[i]);
            if (d > apart) apart = d;
        }
    return apart <= NEARLY;
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
} job;

static mlp_status look(void *context, int64_t i, mlp_error *err)
{
    const job *j = context;
    mlp_facts *f = &j->facts[i];
    mlp_error why;
    mlp_image *image = NULL;
    mlp_status st = read_picture(&image, f, j->d->source, mlp_dataset_sample(j->d, i), &why);
    if (!st) st = mlp_levels_of(&f->levels, image, j->d->transform, &why);
    if (!st) st = mlp_near_outline(f, image, &why);
    if (!st) {
        f->grey = is_grey(image);
        f->width = image->width;
        f->height = image->height;
    }
    mlp_image_release(image);
    if (!st) return MLP_OK;
    if (!mlp_means_bad(st)) return mlp_fail(err, st, "%s", why.text);
    char *path = NULL;
    st = mlp_dataset_path(&path, j->d, i, err);
    if (st) return st;
    f->reason = strdup(mlp_reason_in(why.text, path));
    free(path);
    return f->reason ? MLP_OK : mlp_fail(err, MLP_ENOMEM, "out of memory: cannot list the bad files");
}

static void add_up(mlp_inspection *x)
{
    mlp_levels all = { 0 };
    for (int64_t i = 0; i < x->count; i++) mlp_levels_add(&all, &x->facts[i].levels);
    x->good = all.pictures;
    if (x->good) mlp_levels_end(x->mean, x->std, &all);
}

mlp_status mlp_dataset_inspect(mlp_inspection **out, const mlp_dataset *d, bool near, mlp_error *err)
{
    void *p = NULL, *facts = NULL, *first = NULL;
    mlp_status st = mlp_alloc(&p, 1, sizeof(mlp_inspection), err);
    if (st) return st;
    mlp_inspection *x = p;
    st = mlp_alloc(&facts, (size_t)d->count, sizeof(mlp_facts), err);
    if (!st) st = mlp_alloc(&first, (size_t)d->count, sizeof(int64_t), err);
    x->facts = facts;
    x->first = first;
    x->count = facts ? d->count : 0;
    x->channels = mlp_dataset_channels(d);
    job j = { d, facts };
    if (!st) st = mlp_each_sample(d, look, &j, err);
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
