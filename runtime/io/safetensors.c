/* safetensors.c - the safetensors format: 8 bytes with the length of a JSON header, the header, then the tensors' bytes
 * back to back. Reading makes the reference reader's checks in its order, before any memory is taken for tensors. */
#include "io/io.h"
#include "base/disk.h"
#include "io/elements_private.h"

#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { LENGTH_BYTES = 8, LARGEST_HEADER = 100000000, ALIGNMENT = 8 };

static const char METADATA[] = "__metadata__";

/* Element types of the format that we have no type for: known, so that their sizes are checked and the refusal names
 * them. */
static const struct {
    const char *name;
    int bits;
} foreign[] = {
    { "F4", 4 },      { "F6_E2M3", 6 }, { "F6_E3M2", 6 },     { "F8_E5M2", 8 },     { "F8_E4M3", 8 },
    { "F8_E8M0", 8 }, { "C64", 64 },    { "F8_E4M3FNUZ", 8 }, { "F8_E5M2FNUZ", 8 },
};

/* One tensor of the header. */
typedef struct item {
    const char *name; /* borrowed from the JSON */
    const char *dtype;
    const element *type; /* NULL: foreign */
    int bits;
    json_t *shape;
    uint64_t begin, end;
    size_t order; /* in the header */
} item;

/* ---- reading ---- */

/* A whole number that is not negative */
static bool natural(const json_t *value, uint64_t *out)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0) return false;
    *out = (uint64_t)json_integer_value(value);
    return true;
}

static bool find_type(item *it)
{
    for (int k = 0; k < ELEMENT_KINDS; k++) {
        if (strcmp(mlp_elements[k].safetensors, it->dtype) != 0) continue;
        it->type = &mlp_elements[k];
        it->bits = it->type->size * 8;
        return true;
    }
    for (size_t k = 0; k < sizeof foreign / sizeof *foreign; k++) {
        if (strcmp(foreign[k].name, it->dtype) != 0) continue;
        it->bits = foreign[k].bits;
        return true;
    }
    return false;
}

/* Takes an entry of the header apart; says what is wrong with it, or NULL. */
static const char *read_item(item *it, const json_t *value)
{
    uint64_t ignored;
    const json_t *offsets = json_object_get(value, "data_offsets");
    if (!json_is_object(value)) return "is not an object";
    if (!(it->dtype = json_string_value(json_object_get(value, "dtype")))) return "has no dtype";
    if (!find_type(it)) return "has an unknown dtype";
    it->shape = json_object_get(value, "shape");
    if (!json_is_array(it->shape)) return "has no shape";
    for (size_t d = 0; d < json_array_size(it->shape); d++)
        if (!natural(json_array_get(it->shape, d), &ignored)) return "has a size that is no whole number";
    if (!json_is_array(offsets) || json_array_size(offsets) != 2) return "has no data_offsets of two numbers";
    if (!natural(json_array_get(offsets, 0), &it->begin) || !natural(json_array_get(offsets, 1), &it->end))
        return "has data_offsets that are no whole numbers";
    return NULL;
}

static mlp_status read_metadata(mlp_named *list, const json_t *value, const char *file, mlp_error *err)
{
    if (!json_is_object(value))
        return mlp_fail(err, MLP_EFORMAT, "'%s': invalid JSON in header: __metadata__ is not an object", file);
    const char *key;
    json_t *text;
    json_object_foreach((json_t *)value, key, text)
    {
        if (!json_is_string(text))
            return mlp_fail(err, MLP_EFORMAT, "'%s': invalid JSON in header: __metadata__ entry '%s' is not text", file,
                            key);
        mlp_status st = mlp_named_set_meta(list, key, json_string_value(text), err);
        if (st) return st;
    }
    return MLP_OK;
}

static int by_offset(const void *a, const void *b)
{
    const item *x = a, *y = b;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    if (x->end != y->end) return x->end < y->end ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

/* Number of elements, whether bits of them match the offsets: the reference's checks of one tensor, after its offsets.
 */
static mlp_status check_size(const item *it, const char *file, mlp_error *err)
{
    uint64_t n = 1;
    bool overflows = false;
    for (size_t d = 0; d < json_array_size(it->shape) && !overflows; d++) {
        uint64_t size = (uint64_t)json_integer_value(json_array_get(it->shape, d));
        overflows = size && n > UINT64_MAX / size;
        n *= size;
    }
    if (overflows || n > UINT64_MAX / (uint64_t)it->bits)
        return mlp_fail(err, MLP_EFORMAT,
                        "'%s': tensor '%s': overflow computing buffer size from shape and/or element type", file,
                        it->name);
    uint64_t bits = n * (uint64_t)it->bits;
    if (bits % 8) return mlp_fail(err, MLP_EFORMAT, "'%s': tensor '%s' does not end at a whole byte", file, it->name);
    if (it->end - it->begin != bits / 8)
        return mlp_fail(
            err, MLP_EFORMAT,
            "'%s': invalid shape, data type, or offset for tensor '%s': %llu bytes of data, its shape and %s "
            "make %llu",
            file, it->name, (unsigned long long)(it->end - it->begin), it->dtype, (unsigned long long)(bits / 8));
    return MLP_OK;
}

static mlp_status check_items(item *items, size_t n, uint64_t data, const char *file, mlp_error *err)
{
    uint64_t end = 0;
    qsort(items, n, sizeof *items, by_offset);
    for (size_t i = 0; i < n; i++) {
        if (items[i].begin != end || items[i].end < items[i].begin)
            return mlp_fail(err, MLP_EFORMAT,
                            "'%s': invalid offset for tensor '%s': [%llu, %llu] after data that ends at %llu", file,
                            items[i].name, (unsigned long long)items[i].begin, (unsigned long long)items[i].end,
                            (unsigned long long)end);
        mlp_status st = check_size(&items[i], file, err);
        if (st) return st;
        end = items[i].end;
    }
    if (end != data)
        return mlp_fail(
            err, MLP_EFORMAT,
            "'%s': incomplete metadata, file not fully covered: the header describes %llu bytes of data, the file "
            "has %llu",
            file, (unsigned long long)end, (unsigned long long)data);
    for (size_t i = 0; i < n; i++) {
        if (!items[i].type)
            return mlp_fail(err, MLP_EDTYPE, "'%s': tensor '%s' has dtype %s, which is not supported", file,
                            items[i].name, items[i].dtype);
        if (json_array_size(items[i].shape) > MLP_MAX_DIMS)
            return mlp_fail(err, MLP_ESHAPE, "'%s': tensor '%s' has %zu dimensions, at most %d are supported", file,
                            items[i].name, json_array_size(items[i].shape), MLP_MAX_DIMS);
    }
    return MLP_OK;
}

static mlp_status read_tensor(mlp_named *list, const item *it, const uint8_t *data, const char *file, mlp_error *err)
{
    int64_t shape[MLP_MAX_DIMS];
    int ndim = (int)json_array_size(it->shape);
    for (int d = 0; d < ndim; d++) shape[d] = (int64_t)json_integer_value(json_array_get(it->shape, (size_t)d));
    mlp_tensor *t = NULL;
    mlp_status st = mlp_tensor_new(&t, it->type->as, ndim, shape, err);
    if (!st) st = mlp_elements_read(mlp_tensor_data(t), it->type, data + it->begin, mlp_tensor_numel(t), false, err);
    if (!st) st = mlp_named_add(list, it->name, t, err);
    mlp_tensor_release(t);
    return st ? mlp_fail_in(err, "'%s': tensor '%s'", file, it->name) : MLP_OK;
}

/* The header's entries, in their order; *items is released with free(), and borrows from header. */
static mlp_status read_items(item **items, size_t *count, mlp_named *list, json_t *header, const char *file,
                             mlp_error *err)
{
    void *memory = NULL;
    mlp_status st = mlp_alloc(&memory, json_object_size(header), sizeof(item), err);
    item *at = memory;
    size_t n = 0;
    const char *name;
    json_t *value;
    if (st) return st;
    json_object_foreach(header, name, value)
    {
        if (strcmp(name, METADATA) == 0) {
            st = read_metadata(list, value, file, err);
        } else {
            at[n] = (item){ .name = name, .order = n };
            const char *wrong = read_item(&at[n++], value);
            if (wrong)
                st = mlp_fail(err, MLP_EFORMAT, "'%s': invalid JSON in header: entry '%s' %s", file, name, wrong);
        }
        if (st) break;
    }
    if (st) {
        free(at);
        return st;
    }
    *items = at;
    *count = n;
    return MLP_OK;
}

/* The JSON of the header; what is wrong before it. */
static mlp_status read_header(json_t **out, uint64_t *data_at, const uint8_t *bytes, size_t length, const char *file,
                              mlp_error *err)
{
    uint64_t n = 0;
    json_error_t where;
    if (length < LENGTH_BYTES)
        return mlp_fail(err, MLP_EFORMAT, "'%s': header too small: the file has %zu bytes, expected at least %d", file,
                        length, LENGTH_BYTES);
    for (int i = 0; i < LENGTH_BYTES; i++) n |= (uint64_t)bytes[i] << (8 * i);
    if (n > LARGEST_HEADER)
        return mlp_fail(err, MLP_EFORMAT, "'%s': header too large: %llu bytes, at most %d (is it a safetensors file?)",
                        file, (unsigned long long)n, LARGEST_HEADER);
    if (n > length - LENGTH_BYTES)
        return mlp_fail(err, MLP_EFORMAT, "'%s': invalid header length: %llu bytes in a file of %zu", file,
                        (unsigned long long)n, length);
    mlp_json_begin(true);
    *out = json_loadb((const char *)bytes + LENGTH_BYTES, (size_t)n, JSON_REJECT_DUPLICATES, &where);
    if (mlp_json_ran_out()) { /* a letter that it had no room for it leaves out, and goes on */
        json_decref(*out);
        *out = NULL;
        return mlp_fail(err, MLP_ENOMEM, "'%s': out of memory: cannot read the header", file);
    }
    if (!*out)
        return mlp_fail(err, MLP_EFORMAT, "'%s': invalid JSON in header: line %d, column %d: %s", file, where.line,
                        where.column, where.text);
    *data_at = LENGTH_BYTES + n;
    if (json_is_object(*out)) return MLP_OK;
    json_decref(*out);
    return mlp_fail(err, MLP_EFORMAT, "'%s': invalid JSON in header: it is not an object", file);
}

mlp_status mlp_safetensors_decode(mlp_named **out, const uint8_t *bytes, size_t length, const char *name,
                                  mlp_error *err)
{
    json_t *header = NULL;
    item *items = NULL;
    size_t n = 0;
    uint64_t data_at = 0;
    mlp_named *list = NULL;
    mlp_status st = read_header(&header, &data_at, bytes, length, name, err);
    if (st) return st;
    st = mlp_named_new(&list, err);
    if (!st) st = read_items(&items, &n, list, header, name, err);
    if (!st) st = check_items(items, n, length - data_at, name, err);
    for (size_t i = 0; !st && i < n; i++) st = read_tensor(list, &items[i], bytes + data_at, name, err);
    free(items);
    json_decref(header);
    if (st) mlp_named_release(list);
    else *out = list;
    return st;
}

mlp_status mlp_safetensors_load(mlp_named **out, const char *path, mlp_error *err)
{
    uint8_t *bytes = NULL;
    size_t length = 0;
    mlp_status st = mlp_file_read(&bytes, &length, path, SIZE_MAX / 2, err);
    if (!st) st = mlp_safetensors_decode(out, bytes, length, path, err);
    free(bytes);
    return st;
}

/* ---- writing ---- */

/* The writer's order of element types, first to last. */
static int rank(element_kind kind)
{
    static const int ranks[ELEMENT_KINDS] = {
        [ELEMENT_I64] = 0,  [ELEMENT_F64] = 1, [ELEMENT_F32] = 2, [ELEMENT_I32] = 3,
        [ELEMENT_BF16] = 4, [ELEMENT_F16] = 5, [ELEMENT_U8] = 6,  [ELEMENT_BOOL] = 7
    };
    return ranks[kind];
}

typedef struct output {
    const char *name;
    const mlp_tensor *shape; /* borrowed: the tensor */
    mlp_tensor *stored;      /* its elements as they are written */
    element_kind kind;
    size_t bytes;
} output;

static int by_rank(const void *a, const void *b)
{
    const output *x = a, *y = b;
    int order = rank(x->kind) - rank(y->kind);
    return order ? order : strcmp(x->name, y->name);
}

static int by_key(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static mlp_status bad_text(const char *what, const char *text, mlp_error *err)
{
    return mlp_fail(err, MLP_EINVAL, "safetensors: %s '%s' is not valid UTF-8", what, text);
}

static mlp_status add_metadata(json_t *header, const mlp_named *list, mlp_error *err)
{
    int64_t n = mlp_named_meta_count(list);
    if (n == 0) return MLP_OK;
    void *memory = NULL;
    mlp_status st = mlp_alloc(&memory, (size_t)n, 2 * sizeof(char *), err);
    if (st) return st;
    const char **pairs = memory; /* key, value, key, value */
    for (int64_t i = 0; i < n; i++) {
        pairs[2 * i] = mlp_named_meta_key(list, i);
        pairs[2 * i + 1] = mlp_named_meta_value(list, i);
    }
    qsort(pairs, (size_t)n, 2 * sizeof *pairs, by_key);
    json_t *meta = json_object();
    for (int64_t i = 0; !st && i < n; i++)
        if (json_object_set_new(meta, pairs[2 * i], json_string(pairs[2 * i + 1])))
            st = bad_text("metadata entry", pairs[2 * i], err);
    free(memory);
    if (json_object_set_new(header, METADATA, meta) && !st) st = bad_text("metadata", METADATA, err);
    return st;
}

static mlp_status add_entry(json_t *header, const output *o, size_t begin, mlp_error *err)
{
    if (strcmp(o->name, METADATA) == 0)
        return mlp_fail(err, MLP_EINVAL, "safetensors: a tensor cannot have the name '%s'", METADATA);
    json_t *shape = json_array();
    for (int d = 0; d < o->shape->ndim; d++) json_array_append_new(shape, json_integer(o->shape->shape[d]));
    json_t *entry = json_pack("{s:s, s:o, s:[I,I]}", "dtype", mlp_elements[o->kind].safetensors, "shape", shape,
                              "data_offsets", (json_int_t)begin, (json_int_t)begin + (json_int_t)o->bytes);
    if (!entry) return mlp_fail(err, MLP_ENOMEM, "out of memory: cannot describe the tensor '%s'", o->name);
    return json_object_set_new(header, o->name, entry) ? bad_text("the name", o->name, err) : MLP_OK;
}

/* A file in parts: its length and header, then the tensors in the writer's order. */
typedef struct layout {
    uint8_t *head;
    output *outputs; /* with what is written, which the layout holds */
    mlp_span *parts; /* n + 1 */
    int64_t n;
} layout;

static void layout_free(layout *l)
{
    for (int64_t i = 0; l->outputs && i < l->n; i++) mlp_tensor_release(l->outputs[i].stored);
    free(l->head);
    free(l->outputs);
    free(l->parts);
}

/* Length, then the header padded with spaces. */
static mlp_status make_head(layout *l, const char *text, mlp_error *err)
{
    size_t length = strlen(text), padded = (length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    mlp_status st = mlp_alloc((void **)&l->head, 1, LENGTH_BYTES + padded, err);
    if (st) return st;
    for (int i = 0; i < LENGTH_BYTES; i++) l->head[i] = (uint8_t)((uint64_t)padded >> (8 * i));
    memcpy(l->head + LENGTH_BYTES, text, length);
    memset(l->head + LENGTH_BYTES + length, ' ', padded - length);
    l->parts[0] = (mlp_span){ l->head, LENGTH_BYTES + padded };
    return MLP_OK;
}

static mlp_status gather(layout *l, const mlp_named *list, mlp_error *err)
{
    int64_t n = mlp_named_count(list);
    mlp_status st = mlp_alloc((void **)&l->outputs, (size_t)n, sizeof *l->outputs, err);
    if (!st) st = mlp_alloc((void **)&l->parts, (size_t)n + 1, sizeof *l->parts, err);
    for (; !st && l->n < n; l->n++) {
        output *o = &l->outputs[l->n];
        mlp_tensor *t = mlp_named_tensor(list, l->n);
        *o = (output){ .name = mlp_named_name(list, l->n), .shape = t };
        st = mlp_elements_store(&o->stored, &o->kind, t, mlp_named_stored(list), err);
        if (st) break;
        o->bytes = (size_t)mlp_tensor_numel(t) * (size_t)mlp_elements[o->kind].size;
    }
    if (st) return st;
    qsort(l->outputs, (size_t)n, sizeof *l->outputs, by_rank);
    for (int64_t i = 0; i < n; i++)
        l->parts[i + 1] = (mlp_span){ mlp_tensor_data(l->outputs[i].stored), l->outputs[i].bytes };
    return MLP_OK;
}

static mlp_status lay_out(layout *l, const mlp_named *list, mlp_error *err)
{
    *l = (layout){ 0 };
    mlp_status st = gather(l, list, err);
    mlp_json_begin(false);
    json_t *header = json_object();
    if (!st) st = add_metadata(header, list, err);
    size_t data = 0;
    for (int64_t i = 0; !st && i < l->n; i++) {
        st = add_entry(header, &l->outputs[i], data, err);
        data += l->outputs[i].bytes;
    }
    char *text = st ? NULL : json_dumps(header, JSON_COMPACT);
    bool whole = !mlp_json_ran_out(); /* a value that it could not allocate it leaves out, and goes on */
    if (text && whole) st = make_head(l, text, err);
    else if (!st || !whole) st = mlp_fail(err, MLP_ENOMEM, "out of memory: cannot write a safetensors header");
    free(text);
    json_decref(header);
    if (st) layout_free(l);
    return st;
}

mlp_status mlp_safetensors_encode(uint8_t **bytes, size_t *length, const mlp_named *list, mlp_error *err)
{
    layout l;
    mlp_status st = lay_out(&l, list, err);
    if (st) return st;
    size_t whole = 0;
    for (int64_t i = 0; i <= l.n; i++) whole += l.parts[i].length;
    void *file = NULL;
    st = mlp_alloc(&file, 1, whole, err);
    uint8_t *at = file;
    for (int64_t i = 0; !st && i <= l.n; i++) {
        if (l.parts[i].length) memcpy(at, l.parts[i].bytes, l.parts[i].length);
        at += l.parts[i].length;
    }
    layout_free(&l);
    if (st) return st;
    *bytes = file;
    *length = whole;
    return MLP_OK;
}

mlp_status mlp_safetensors_save(const char *path, const mlp_named *list, mlp_error *err)
{
    layout l;
    mlp_status st = lay_out(&l, list, err);
    if (st) return st;
    st = mlp_file_write_parts(path, l.parts, (size_t)l.n + 1, err);
    layout_free(&l);
    return st;
}

/* ---- writing while the caller goes on ---- */

struct mlp_saving {
    layout l;
    char *path;
    pthread_t thread;
    bool runs; /* the thread, which alone uses what follows until it is joined */
    mlp_status status;
    mlp_error err;
};

static void write_layout(mlp_saving *s)
{
    s->status = mlp_file_write_parts(s->path, s->l.parts, (size_t)s->l.n + 1, &s->err);
}

static void *write_behind(void *argument)
{
    mlp_thread_in_background();
    write_layout(argument);
    return NULL;
}

/* Without a thread it is written at once. */
static void start_writing(mlp_saving *s)
{
    s->runs = mlp_thread_start(&s->thread, NULL, write_behind, s);
    if (!s->runs) write_layout(s);
}

mlp_status mlp_safetensors_begin(mlp_saving **out, const char *path, const mlp_named *list, mlp_error *err)
{
    void *memory = NULL, *name = NULL;
    mlp_status st = mlp_alloc(&memory, 1, sizeof(mlp_saving), err);
    mlp_saving *s = memory;
    if (!st) st = mlp_alloc(&name, 1, strlen(path) + 1, err);
    if (!st) st = lay_out(&s->l, list, err);
    if (st) {
        free(name);
        free(s);
        return st;
    }
    s->path = memcpy(name, path, strlen(path) + 1);
    start_writing(s);
    *out = s;
    return MLP_OK;
}

mlp_status mlp_saving_end(mlp_saving *s, mlp_error *err)
{
    if (!s) return MLP_OK;
    if (s->runs) { /* the caller hangs where the file does: disk.h */
        mlp_disk_use use;
        mlp_disk_enter(&use, s->path);
        pthread_join(s->thread, NULL);
        mlp_disk_leave(&use);
    }
    mlp_status st = s->status ? mlp_fail(err, s->status, "%s", s->err.text) : MLP_OK;
    layout_free(&s->l);
    free(s->path);
    free(s);
    return st;
}
