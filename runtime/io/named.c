/* named.c - tensors with names, in order, and metadata: see io.h. */
#include "io/io.h"

#include <stdlib.h>
#include <string.h>

typedef struct entry {
    char *name;
    mlp_tensor *tensor; /* in the list of tensors */
    char *value;        /* in the list of metadata */
    bool text;          /* the tensor has code points */
} entry;

/* The entries in order, and a table of positions by the hash of the name (open addressing, at most half full): files
 * may claim a million names, and each is looked up. */
typedef struct entries {
    entry *at;
    int64_t *slot; /* position + 1; 0: empty */
    int64_t count, capacity, slots;
} entries;

struct mlp_named {
    entries tensors, meta;
    mlp_store as;
};

mlp_status mlp_named_new(mlp_named **out, mlp_error *err)
{
    void *list = NULL;
    mlp_status st = mlp_alloc(&list, 1, sizeof(mlp_named), err);
    if (!st) *out = list;
    return st;
}

void mlp_named_store(mlp_named *list, mlp_store as)
{
    list->as = as;
}

mlp_store mlp_named_stored(const mlp_named *list)
{
    return list->as;
}

static void release_entries(entries *e)
{
    for (int64_t i = 0; i < e->count; i++) {
        free(e->at[i].name);
        free(e->at[i].value);
        mlp_tensor_release(e->at[i].tensor);
    }
    free(e->at);
    free(e->slot);
}

void mlp_named_release(mlp_named *list)
{
    if (!list) return;
    release_entries(&list->tensors);
    release_entries(&list->meta);
    free(list);
}

/* The slot that holds name, or the empty one where it belongs. slots is a power of two. */
static int64_t *slot_of(const entries *e, const char *name)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (const char *c = name; *c; c++) hash = (hash ^ (uint8_t)*c) * 1099511628211u;
    uint64_t mask = (uint64_t)e->slots - 1, i = (hash ^ hash >> 32) & mask;
    while (e->slot[i] && strcmp(e->at[e->slot[i] - 1].name, name) != 0) i = (i + 1) & mask;
    return &e->slot[i];
}

static entry *find(const entries *e, const char *name)
{
    int64_t position = e->slots ? *slot_of(e, name) : 0;
    return position ? &e->at[position - 1] : NULL;
}

/* Room for one more, in the list and in the table. */
static bool grow(entries *e)
{
    if (e->at && e->slot && e->count < e->capacity) return true;
    if (!e->at) e->count = 0;
    int64_t capacity = e->capacity ? e->capacity * 2 : 16;
    entry *at = realloc(e->at, (size_t)capacity * sizeof *at);
    if (at) e->at = at;
    int64_t *slot = at ? calloc((size_t)capacity * 2, sizeof *slot) : NULL;
    if (!slot) return false;
    free(e->slot);
    e->slot = slot;
    e->slots = capacity * 2;
    e->capacity = capacity;
    for (int64_t i = 0; i < e->count; i++) *slot_of(e, e->at[i].name) = i + 1;
    return true;
}

static char *copy(const char *s)
{
    size_t n = strlen(s) + 1;
    char *c = malloc(n);
    return c ? memcpy(c, s, n) : NULL;
}

/* A new entry at the end that has its name; NULL when memory ran out. */
static entry *append(entries *e, const char *name)
{
    char *own = copy(name);
    if (!own || !grow(e)) {
        free(own);
        return NULL;
    }
    e->at[e->count] = (entry){ .name = own };
    *slot_of(e, name) = e->count + 1;
    return &e->at[e->count++];
}

static mlp_status no_memory(const char *name, mlp_error *err)
{
    return mlp_fail(err, MLP_ENOMEM, "out of memory: cannot list the tensor '%s'", name);
}

mlp_status mlp_named_add(mlp_named *list, const char *name, mlp_tensor *t, mlp_error *err)
{
    if (find(&list->tensors, name)) return mlp_fail(err, MLP_EINVAL, "two tensors have the name '%s'", name);
    entry *e = append(&list->tensors, name);
    if (!e) return no_memory(name, err);
    e->tensor = mlp_tensor_retain(t);
    return MLP_OK;
}

mlp_status mlp_named_add_texts(mlp_named *list, const char *name, mlp_tensor *code_points, mlp_error *err)
{
    if (code_points->ndim != 2 || code_points->dtype != MLP_I64)
        return mlp_fail(err, MLP_ESHAPE, "texts '%s' are expected as rows of code points, i64", name);
    mlp_status st = mlp_named_add(list, name, code_points, err);
    if (!st) list->tensors.at[list->tensors.count - 1].text = true;
    return st;
}

bool mlp_named_is_text(const mlp_named *list, int64_t i)
{
    return list->tensors.at[i].text;
}

int64_t mlp_named_count(const mlp_named *list)
{
    return list->tensors.count;
}

const char *mlp_named_name(const mlp_named *list, int64_t i)
{
    return list->tensors.at[i].name;
}

mlp_tensor *mlp_named_tensor(const mlp_named *list, int64_t i)
{
    return list->tensors.at[i].tensor;
}

mlp_tensor *mlp_named_find(const mlp_named *list, const char *name)
{
    entry *e = find(&list->tensors, name);
    return e ? e->tensor : NULL;
}

mlp_status mlp_named_set_meta(mlp_named *list, const char *key, const char *value, mlp_error *err)
{
    char *new = copy(value);
    entry *e = find(&list->meta, key);
    if (new && !e) e = append(&list->meta, key);
    if (!new || !e) {
        free(new);
        return no_memory(key, err);
    }
    free(e->value);
    e->value = new;
    return MLP_OK;
}

int64_t mlp_named_meta_count(const mlp_named *list)
{
    return list->meta.count;
}

const char *mlp_named_meta_key(const mlp_named *list, int64_t i)
{
    return list->meta.at[i].name;
}

const char *mlp_named_meta_value(const mlp_named *list, int64_t i)
{
    return list->meta.at[i].value;
}
