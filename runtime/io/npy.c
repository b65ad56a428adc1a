/* npy.c - NumPy's array files: magic, version, length of a header, the header (a Python dictionary literal with the
 * keys descr, fortran_order and shape), then the elements. The literal is read by a parser for exactly this. */
#include "io/io.h"
#include "io/elements_private.h"
#include "io/npy_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PREFIX = 8,             /* magic and version */
    LARGEST_HEADER = 10000, /* NumPy's own limit */
    ALIGNMENT = 64,         /* of magic to end of header, when written */
    GROWTH = 21,            /* NumPy leaves so many columns for the first size to grow */
    DESCR_TEXT = 64,
};

static const uint8_t MAGIC[6] = { 0x93, 'N', 'U', 'M', 'P', 'Y' };

typedef struct header {
    char descr[DESCR_TEXT]; /* "<f4"; empty for a structured type */
    bool has_descr, has_order, has_shape;
    bool fortran;
    int ndim;
    int64_t shape[MLP_MAX_DIMS];
} header;

/* ---- the dictionary literal ---- */

typedef struct parser {
    const char *at, *end;
    const char *wrong; /* first thing that is, or NULL */
} parser;

static bool fail(parser *p, const char *wrong)
{
    if (!p->wrong) p->wrong = wrong;
    return false;
}

static char peek(parser *p)
{
    while (p->at < p->end && (*p->at == ' ' || *p->at == '\t' || *p->at == '\n' || *p->at == '\r' || *p->at == '\f'))
        p->at++;
    return p->at < p->end ? *p->at : 0;
}

static bool accept(parser *p, char c)
{
    if (peek(p) != c || !c) return false;
    p->at++;
    return true;
}

static bool word(parser *p, const char *w)
{
    size_t n = strlen(w);
    peek(p);
    if ((size_t)(p->end - p->at) < n || memcmp(p->at, w, n) != 0) return false;
    p->at += n;
    return true;
}

/* 'text' or "text", without escapes */
static bool quoted(parser *p, char *out, size_t capacity)
{
    char quote = peek(p);
    if (quote != '\'' && quote != '"') return fail(p, "a text in quotes is missing");
    p->at++;
    size_t n = 0;
    for (; p->at < p->end && *p->at != quote; p->at++) {
        if (*p->at == '\\' || *p->at == '\n' || *p->at == 0 || n + 1 >= capacity)
            return fail(p, "a text is too long or odd");
        out[n++] = *p->at;
    }
    if (p->at == p->end) return fail(p, "a text has no closing quote");
    p->at++;
    out[n] = 0;
    return true;
}

static bool size_number(parser *p, int64_t *out)
{
    int64_t value = 0;
    char c = peek(p);
    if (c < '0' || c > '9') return fail(p, "shape is not valid: a size is not a whole number");
    while (p->at < p->end && *p->at >= '0' && *p->at <= '9') {
        int digit = *p->at++ - '0';
        if (value > (INT64_MAX - digit) / 10) return fail(p, "shape is not valid: a size is too large");
        value = value * 10 + digit;
    }
    if (p->at < p->end && *p->at == 'L') p->at++; /* Python 2 */
    *out = value;
    return true;
}

static bool shape_tuple(parser *p, header *h)
{
    if (!accept(p, '(')) return fail(p, "shape is not valid: it is not a tuple");
    bool comma = true;
    h->ndim = 0;
    while (!accept(p, ')')) {
        int64_t size = 0;
        if (!comma) return fail(p, "shape is not valid: a comma is missing");
        if (!size_number(p, &size)) return false;
        if (h->ndim == MLP_MAX_DIMS) return fail(p, "it has more dimensions than are supported (8)");
        h->shape[h->ndim++] = size;
        comma = accept(p, ',');
    }
    if (h->ndim == 1 && !comma) return fail(p, "shape is not valid: it is not a tuple");
    return true;
}

static bool entry(parser *p, header *h)
{
    char key[32];
    if (!quoted(p, key, sizeof key)) return false;
    if (!accept(p, ':')) return fail(p, "a colon is missing");
    if (strcmp(key, "descr") == 0 && !h->has_descr) {
        h->has_descr = true;
        if (peek(p) == '[') return fail(p, "it holds records, which are not supported");
        return quoted(p, h->descr, sizeof h->descr);
    }
    if (strcmp(key, "fortran_order") == 0 && !h->has_order) {
        h->has_order = true;
        h->fortran = word(p, "True");
        return h->fortran || word(p, "False") || fail(p, "fortran_order is not a valid bool");
    }
    if (strcmp(key, "shape") == 0 && !h->has_shape) {
        h->has_shape = true;
        return shape_tuple(p, h);
    }
    return fail(p, "it does not contain the correct keys: descr, fortran_order and shape, once each");
}

static const char *parse(header *h, const char *text, size_t length)
{
    parser p = { text, text + length, NULL };
    if (!accept(&p, '{')) return "it is not a dictionary";
    bool comma = true;
    while (!accept(&p, '}')) {
        if (!comma) return "a comma is missing";
        if (!entry(&p, h)) return p.wrong;
        comma = accept(&p, ',');
    }
    if (peek(&p) || p.at != p.end) return "something follows the dictionary";
    if (!h->has_descr || !h->has_order || !h->has_shape)
        return "it does not contain the correct keys: descr, fortran_order and shape";
    return NULL;
}

/* ---- reading ---- */

/* The element type of a descr such as "<f4", and whether it is big-endian. */
static mlp_status find_type(const element **out, bool *swapped, const char *descr, const char *name, mlp_error *err)
{
    char order = descr[0];
    if (order == '|' || order == '<' || order == '>' || order == '=') {
        for (int k = 0; k < ELEMENT_KINDS; k++) {
            const element *e = &mlp_elements[k];
            if (!e->npy || strcmp(e->npy, descr + 1) != 0) continue;
            *out = e;
            *swapped = order == '>';
            return MLP_OK;
        }
        if (descr[1] == 'O')
            return mlp_fail(err, MLP_EDTYPE, "'%s': the array holds Python objects, which are never loaded", name);
    }
    return mlp_fail(err, MLP_EDTYPE,
                    "'%s': elements of type '%s' are not supported, only booleans, integers and f2, f4, f8", name,
                    descr);
}

/* How many code points a descr such as "<U12" has; 0: it is no text. */
static int64_t text_width(const char *descr, bool *swapped)
{
    char *end = NULL;
    if ((descr[0] != '<' && descr[0] != '>') || descr[1] != 'U' || descr[2] < '1' || descr[2] > '9') return 0;
    long width = strtol(descr + 2, &end, 10);
    *swapped = descr[0] == '>';
    return *end || width > 1 << 20 ? 0 : width;
}

/* A one-dimensional array of texts becomes rows of their code points. */
static mlp_status decode_texts(mlp_tensor **out, const header *h, int64_t width, bool swapped, const uint8_t *data,
                               size_t length, const char *name, mlp_error *err)
{
    uint64_t n, size;
    int64_t shape[2] = { h->ndim ? h->shape[0] : 1, width };
    if (h->ndim > 1) return mlp_fail(err, MLP_EDTYPE, "'%s': texts in %d dimensions are not supported", name, h->ndim);
    if (!mlp_elements_bytes(&n, &size, 2, shape, 4) || size > length)
        return mlp_fail(err, MLP_EFORMAT, "'%s': cannot read all data for array: it has %zu bytes", name, length);
    mlp_status st = mlp_tensor_new(out, MLP_I64, 2, shape, err);
    return st ? st
              : mlp_elements_read(mlp_tensor_data(*out), &mlp_elements[ELEMENT_U32], data, (int64_t)n, swapped, err);
}

/* Fills in h and where the data begins. */
static mlp_status read_header(header *h, size_t *data_at, const uint8_t *bytes, size_t length, const char *name,
                              mlp_error *err)
{
    if (length < PREFIX || memcmp(bytes, MAGIC, sizeof MAGIC) != 0)
        return mlp_fail(err, MLP_EFORMAT, "'%s' is not an npy file: it does not begin with \\x93NUMPY", name);
    int major = bytes[6], minor = bytes[7], width = major == 1 ? 2 : 4;
    if (major < 1 || major > 3 || minor != 0)
        return mlp_fail(err, MLP_EFORMAT, "'%s': we only support format version (1,0), (2,0), and (3,0), not (%d, %d)",
                        name, major, minor);
    size_t size = 0, have = length - PREFIX;
    for (int i = 0; i < width && (size_t)i < have; i++) size |= (size_t)bytes[PREFIX + i] << (8 * i);
    if (have < (size_t)width || size > have - (size_t)width)
        return mlp_fail(err, MLP_EFORMAT, "'%s': the file ends inside its header", name);
    if (size > LARGEST_HEADER)
        return mlp_fail(err, MLP_EFORMAT, "'%s': the header has %zu bytes, at most %d are accepted", name, size,
                        LARGEST_HEADER);
    const char *wrong = parse(h, (const char *)bytes + PREFIX + width, size);
    if (wrong) return mlp_fail(err, MLP_EFORMAT, "'%s': cannot read the header: %s", name, wrong);
    *data_at = PREFIX + (size_t)width + size;
    return MLP_OK;
}

/* Fortran order: the first index is the fastest, as in a C-ordered array with the sizes reversed. */
static mlp_status from_fortran(mlp_tensor **t, mlp_error *err)
{
    int dims[MLP_MAX_DIMS];
    mlp_tensor *view = NULL, *flat = NULL;
    for (int d = 0; d < (*t)->ndim; d++) dims[d] = (*t)->ndim - 1 - d;
    mlp_status st = mlp_tensor_permute(&view, *t, dims, err);
    if (!st) st = mlp_tensor_contiguous(&flat, view, err);
    mlp_tensor_release(view);
    if (st) return st;
    mlp_tensor_release(*t);
    *t = flat;
    return MLP_OK;
}

static mlp_status decode_numbers(mlp_tensor **out, header h, size_t data_at, const uint8_t *bytes, size_t length,
                                 const char *name, mlp_error *err)
{
    const element *e = NULL;
    bool swapped = false;
    mlp_status st = find_type(&e, &swapped, h.descr, name, err);
    if (!e) return st;
    uint64_t n, size;
    if (!mlp_elements_bytes(&n, &size, h.ndim, h.shape, e->size))
        return mlp_fail(err, MLP_EFORMAT, "'%s': the shape has more elements than can be counted", name);
    if (size > length - data_at)
        return mlp_fail(err, MLP_EFORMAT, "'%s': cannot read all data for array: expected %llu bytes, got %zu", name,
                        (unsigned long long)size, length - data_at);
    bool fortran = h.fortran && h.ndim > 1;
    for (int i = 0, j = h.ndim - 1; fortran && i < j; i++, j--) {
        int64_t swap = h.shape[i];
        h.shape[i] = h.shape[j];
        h.shape[j] = swap;
    }
    mlp_tensor *t = NULL;
    st = mlp_tensor_new(&t, e->as, h.ndim, h.shape, err);
    if (!st) st = mlp_elements_read(mlp_tensor_data(t), e, bytes + data_at, (int64_t)n, swapped, err);
    if (!st && fortran) st = from_fortran(&t, err);
    if (st) {
        mlp_tensor_release(t);
        return mlp_fail_in(err, "'%s'", name);
    }
    *out = t;
    return MLP_OK;
}

mlp_status mlp_npy_decode(mlp_tensor **out, const uint8_t *bytes, size_t length, const char *name, mlp_error *err)
{
    header h = { 0 };
    size_t data_at = 0;
    mlp_status st = read_header(&h, &data_at, bytes, length, name, err);
    return st ? st : decode_numbers(out, h, data_at, bytes, length, name, err);
}

mlp_status mlp_npy_decode_any(mlp_tensor **out, bool *text, const uint8_t *bytes, size_t length, const char *name,
                              mlp_error *err)
{
    header h = { 0 };
    size_t data_at = 0;
    bool swapped = false;
    mlp_status st = read_header(&h, &data_at, bytes, length, name, err);
    int64_t width = st ? 0 : text_width(h.descr, &swapped);
    *text = width > 0;
    if (st) return st;
    return width > 0 ? decode_texts(out, &h, width, swapped, bytes + data_at, length - data_at, name, err)
                     : decode_numbers(out, h, data_at, bytes, length, name, err);
}

mlp_status mlp_npy_load(mlp_tensor **out, const char *path, mlp_error *err)
{
    uint8_t *bytes = NULL;
    size_t length = 0;
    mlp_status st = mlp_file_read(&bytes, &length, path, SIZE_MAX / 2, err);
    if (!st) st = mlp_npy_decode(out, bytes, length, path, err);
    free(bytes);
    return st;
}

/* ---- writing ---- */

/* The header as NumPy writes it, version 1.0, into text; returns its length. */
static size_t write_header(char *text, size_t capacity, const char *descr, int ndim, const int64_t *shape)
{
    size_t n = (size_t)snprintf(text, capacity, "{'descr': '%s', 'fortran_order': False, 'shape': (", descr);
    int digits = 0;
    for (int d = 0; d < ndim; d++) {
        int w = snprintf(text + n, capacity - n, d ? ", %lld" : "%lld", (long long)shape[d]);
        if (d == 0) digits = w;
        n += (size_t)w;
    }
    n += (size_t)snprintf(text + n, capacity - n, ndim == 1 ? ",), }" : "), }");
    for (int i = digits; ndim && i < GROWTH; i++) text[n++] = ' ';
    do text[n++] = ' '; /* at least one, as NumPy has it */
    while ((PREFIX + 2 + n + 1) % ALIGNMENT);
    text[n++] = '\n';
    return n;
}

/* A file with room for `data` bytes, which begin at *data_at. */
static mlp_status begin_file(uint8_t **file, size_t *data_at, const char *descr, int ndim, const int64_t *shape,
                             size_t data, mlp_error *err)
{
    char text[512]; /* 60 characters, 8 sizes of up to 21, and padding */
    size_t header_size = write_header(text, sizeof text, descr, ndim, shape), at = PREFIX + 2;
    *data_at = at + header_size;
    *file = malloc(*data_at + data);
    if (!*file)
        return mlp_fail(err, MLP_ENOMEM, "out of memory: cannot make an npy file of %zu bytes", *data_at + data);
    memcpy(*file, MAGIC, sizeof MAGIC);
    (*file)[6] = 1;
    (*file)[7] = 0;
    (*file)[8] = (uint8_t)(header_size & 0xFF);
    (*file)[9] = (uint8_t)(header_size >> 8);
    memcpy(*file + at, text, header_size);
    return MLP_OK;
}

mlp_status mlp_npy_encode(uint8_t **bytes, size_t *length, const mlp_tensor *t, mlp_store as, mlp_error *err)
{
    uint8_t *file = NULL;
    mlp_tensor *flat = NULL;
    element_kind kind;
    char descr[DESCR_TEXT];
    size_t at = 0;
    mlp_status st = mlp_elements_store(&flat, &kind, t, as, err);
    if (st) return st;
    const element *e = &mlp_elements[kind];
    if (!e->npy) {
        mlp_tensor_release(flat);
        return mlp_fail(err, MLP_EINVAL, "NumPy's files know no bf16: store f16 or f32, or a safetensors file");
    }
    size_t data = (size_t)mlp_tensor_numel(t) * (size_t)e->size;
    snprintf(descr, sizeof descr, "%c%s", e->size == 1 ? '|' : '<', e->npy);
    st = begin_file(&file, &at, descr, t->ndim, t->shape, data, err);
    if (!st) {
        if (data) memcpy(file + at, mlp_tensor_data(flat), data);
        *bytes = file;
        *length = at + data;
    }
    mlp_tensor_release(flat);
    return st;
}

mlp_status mlp_npy_encode_texts(uint8_t **bytes, size_t *length, const mlp_tensor *code_points, mlp_error *err)
{
    char descr[DESCR_TEXT];
    size_t n = (size_t)mlp_tensor_numel(code_points), at = 0;
    uint8_t *file = NULL;
    mlp_tensor *flat = NULL;
    snprintf(descr, sizeof descr, "<U%lld", (long long)code_points->shape[1]);
    mlp_status st = mlp_tensor_contiguous(&flat, (mlp_tensor *)code_points, err);
    if (!st) st = begin_file(&file, &at, descr, 1, code_points->shape, 4 * n, err);
    if (!st) {
        const int64_t *from = mlp_tensor_data(flat);
        for (size_t i = 0; i < n; i++)
            for (int b = 0; b < 4; b++) file[at + 4 * i + (size_t)b] = (uint8_t)(from[i] >> 8 * b);
        *bytes = file;
        *length = at + 4 * n;
    }
    mlp_tensor_release(flat);
    return st;
}

mlp_status mlp_npy_save(const char *path, const mlp_tensor *t, mlp_store as, mlp_error *err)
{
    uint8_t *bytes = NULL;
    size_t length = 0;
    mlp_status st = mlp_npy_encode(&bytes, &length, t, as, err);
    if (!st) st = mlp_file_write(path, bytes, length, err);
    free(bytes);
    return st;
}
