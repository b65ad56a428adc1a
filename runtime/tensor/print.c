/* print.c - values as text: one format for all elements, nested brackets, an ellipsis where there are too many. */
#include "tensor/tensor_private.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

mlp_print_options mlp_print_defaults(void)
{
    return (mlp_print_options){ .precision = 4, .threshold = 1000, .edge_items = 3, .line_width = 80 };
}

typedef struct printer {
    const mlp_tensor *t;
    mlp_print_options o;
    bool summarise;
    enum { INTEGERS, WHOLE, FIXED, SCIENTIFIC } format; /* WHOLE: floats without a fraction, "3." */
    int width;
    char *text;
    size_t length, room;
    bool failed;
} printer;

static void put(printer *p, const char *format, ...) MLP_PRINTF(2, 3);
static void put(printer *p, const char *format, ...)
{
    char piece[400];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(piece, sizeof piece, format, args);
    va_end(args);
    if (n < 0 || p->failed) return;
    if (n >= (int)sizeof piece) n = sizeof piece - 1;
    if (p->length + (size_t)n + 1 > p->room) {
        size_t room = 2 * p->room + (size_t)n + 64;
        char *text = realloc(p->text, room);
        if (!text) {
            p->failed = true;
            return;
        }
        p->text = text;
        p->room = room;
    }
    memcpy(p->text + p->length, piece, (size_t)n + 1);
    p->length += (size_t)n;
}

/* One element into buffer; the decimal point is a point in every locale. */
static int element(const printer *p, char *buffer, size_t size, const int64_t *index)
{
    if (p->t->dtype == MLP_I64) {
        int64_t at = 0;
        for (int i = 0; i < p->t->ndim; i++) at += index[i] * p->t->stride[i];
        return snprintf(buffer, size, "%lld", (long long)((const int64_t *)mlp_tensor_data(p->t))[at]);
    }
    double v = mlp_tensor_at(p->t, index);
    if (p->t->dtype == MLP_BOOL) return snprintf(buffer, size, v != 0 ? "true" : "false");
    if (!mlp_dtype_is_float(p->t->dtype)) return snprintf(buffer, size, "%d", (int)v);
    if (isnan(v)) return snprintf(buffer, size, "nan");
    if (isinf(v)) return snprintf(buffer, size, v > 0 ? "inf" : "-inf");
    int n;
    if (p->format == WHOLE) n = snprintf(buffer, size, "%.0f.", v);
    else if (p->format == SCIENTIFIC) n = snprintf(buffer, size, "%.*e", p->o.precision, v);
    else n = snprintf(buffer, size, "%.*f", p->o.precision, v);
    for (char *c = buffer; *c; c++)
        if (*c == ',') *c = '.';
    return n;
}

/* Calls fn for every element that will be shown. */
static void each_shown(printer *p, int dim, int64_t *index, void (*fn)(printer *, const int64_t *, void *), void *data)
{
    if (dim == p->t->ndim) {
        fn(p, index, data);
        return;
    }
    int64_t n = p->t->shape[dim], edge = p->o.edge_items;
    for (int64_t i = 0; i < n; i++) {
        if (p->summarise && n > 2 * edge && i == edge) i = n - edge;
        index[dim] = i;
        each_shown(p, dim + 1, index, fn, data);
    }
}

typedef struct range {
    double smallest, largest; /* of the finite non-zero magnitudes */
    bool fraction;
} range;

static void look(printer *p, const int64_t *index, void *data)
{
    range *r = data;
    double v = fabs(mlp_tensor_at(p->t, index));
    if (!isfinite(v) || v == 0) return;
    if (v < r->smallest) r->smallest = v;
    if (v > r->largest) r->largest = v;
    if (v != floor(v)) r->fraction = true;
}

static void measure(printer *p, const int64_t *index, void *data)
{
    (void)data;
    char buffer[400];
    int n = element(p, buffer, sizeof buffer, index);
    if (n > p->width) p->width = n;
}

static void choose_format(printer *p)
{
    int64_t index[MLP_MAX_DIMS] = { 0 };
    range r = { INFINITY, 0, false };
    if (!mlp_dtype_is_float(p->t->dtype)) {
        p->format = INTEGERS;
    } else {
        each_shown(p, 0, index, look, &r);
        bool far_apart = r.largest / r.smallest > 1000 || r.largest > 1e8 || r.smallest < 1e-4;
        p->format = far_apart ? SCIENTIFIC : r.fraction ? FIXED : WHOLE;
    }
    each_shown(p, 0, index, measure, NULL);
}

static void line_of(printer *p, int64_t *index, int indent)
{
    int last = p->t->ndim - 1;
    int64_t n = p->t->shape[last], edge = p->o.edge_items;
    int per_line = (p->o.line_width - indent - 1) / (p->width + 2), on_line = 0;
    if (per_line < 1) per_line = 1;
    put(p, "[");
    for (int64_t i = 0; i < n; i++) {
        if (i > 0) put(p, on_line % per_line == 0 ? ",\n%*s" : ", ", on_line % per_line == 0 ? indent + 1 : 0, "");
        if (p->summarise && n > 2 * edge && i == edge) {
            put(p, "..., ");
            on_line++;
            i = n - edge;
        }
        char buffer[400];
        index[last] = i;
        element(p, buffer, sizeof buffer, index);
        put(p, "%*s", p->width, buffer);
        on_line++;
    }
    put(p, "]");
}

static void block_of(printer *p, int dim, int64_t *index, int indent)
{
    if (dim == p->t->ndim - 1) {
        line_of(p, index, indent);
        return;
    }
    int64_t n = p->t->shape[dim], edge = p->o.edge_items;
    put(p, "[");
    for (int64_t i = 0; i < n; i++) {
        if (i > 0) {
            put(p, ",");
            for (int k = dim; k < p->t->ndim - 1; k++) put(p, "\n"); /* blank lines between matrices */
            put(p, "%*s", indent + 1, "");
        }
        if (p->summarise && n > 2 * edge && i == edge) {
            put(p, "...,");
            for (int k = dim; k < p->t->ndim - 1; k++) put(p, "\n");
            put(p, "%*s", indent + 1, "");
            i = n - edge;
        }
        index[dim] = i;
        block_of(p, dim + 1, index, indent + 1);
    }
    put(p, "]");
}

mlp_status mlp_tensor_text(char **out, const mlp_tensor *t, const mlp_print_options *options, mlp_error *err)
{
    printer p = { .t = t, .o = options ? *options : mlp_print_defaults() };
    char shape[MLP_SHAPE_TEXT];
    int64_t index[MLP_MAX_DIMS] = { 0 };
    p.summarise = mlp_tensor_numel(t) > p.o.threshold;
    choose_format(&p);
    if (t->ndim == 0) {
        char buffer[400];
        element(&p, buffer, sizeof buffer, index);
        put(&p, "%s", buffer);
    } else if (mlp_tensor_numel(t) == 0) {
        put(&p, "[]");
    } else {
        block_of(&p, 0, index, 0);
    }
    put(&p, "\n[%s %s]", mlp_dtype_name(t->dtype), mlp_shape_text(shape, t->ndim, t->shape));
    if (p.failed) {
        free(p.text);
        return mlp_fail(err, MLP_ENOMEM, "out of memory: cannot print a tensor of shape %s", shape);
    }
    *out = p.text;
    return MLP_OK;
}
