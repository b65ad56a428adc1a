/* columns.c - texts beside the samples, as the further columns of a CSV file have them. */
#include "data/source_private.h"

#include <stdlib.h>
#include <string.h>

struct mlp_column {
    mlp_column *next;
    char *name;
    char *text; /* of all samples, one behind the other */
    size_t *at; /* where each one begins */
};

static void free_column(mlp_column *c)
{
    free(c->name);
    free(c->text);
    free(c->at);
    free(c);
}

void mlp_columns_free(mlp_column *c)
{
    while (c) {
        mlp_column *next = c->next;
        free_column(c);
        c = next;
    }
}

/* Copies n texts into the column. */
static mlp_status fill(mlp_column *c, const char *name, const char *const *text, int64_t n, mlp_error *err)
{
    size_t bytes = 0, used = 0;
    void *all = NULL, *at = NULL;
    for (int64_t i = 0; i < n; i++) bytes += strlen(text[i]) + 1;
    mlp_status st = mlp_alloc(&all, bytes, 1, err);
    c->text = all;
    if (!st) st = mlp_alloc(&at, (size_t)n, sizeof(size_t), err);
    c->at = at;
    if (!st && !(c->name = strdup(name))) st = mlp_fail(err, MLP_ENOMEM, "out of memory: cannot keep a column");
    for (int64_t i = 0; !st && i < n; i++) {
        size_t length = strlen(text[i]) + 1;
        memcpy(c->text + used, text[i], length);
        c->at[i] = used;
        used += length;
    }
    return st;
}

mlp_status mlp_dataset_add_column(mlp_dataset *d, const char *name, const char *const *text, int64_t n, mlp_error *err)
{
    mlp_source *s = d->source;
    void *p = NULL;
    if (n != s->count)
        return mlp_fail(err, MLP_EINVAL, "column '%s' has %lld texts, expected one for each of the %lld samples", name,
                        (long long)n, (long long)s->count);
    mlp_status st = mlp_alloc(&p, 1, sizeof(mlp_column), err);
    if (!st && (st = fill(p, name, text, n, err))) free_column(p);
    if (st) return st;
    mlp_column *c = p, **end = &s->columns;
    while (*end) end = &(*end)->next;
    c->next = NULL;
    *end = c;
    return MLP_OK;
}

const char *mlp_dataset_column_name(const mlp_dataset *d, int number)
{
    const mlp_column *c = d->source->columns;
    while (c && number-- > 0) c = c->next;
    return c ? c->name : NULL;
}

const char *mlp_source_column_text(const mlp_source *s, int number, int64_t sample)
{
    const mlp_column *c = s->columns;
    while (number-- > 0) c = c->next;
    return c->text + c->at[sample];
}
