/* cache.c - pictures kept after the fixed first steps of a transform (see source_private.h). */
#include "data/source_private.h"

#include <stdlib.h>
#include <string.h>

struct mlp_cache {
    mlp_cache *next;
    char *key;
    int users; /* guarded by the source's lock */
    int64_t count;
    size_t bytes;               /* guarded by the source's lock */
    _Atomic(mlp_image *) *slot; /* NULL, or the cache's reference; set once while the cache lives */
};

/* Beside its pixels a picture costs its header and what the allocator adds. */
static size_t cost(const mlp_image *image)
{
    return mlp_image_bytes(image) + sizeof(mlp_image) + 64;
}

static void cache_free(mlp_source *s, mlp_cache *c)
{
    for (int64_t i = 0; i < c->count; i++) mlp_image_release(atomic_load_explicit(&c->slot[i], memory_order_relaxed));
    atomic_fetch_sub(&s->cached_bytes, c->bytes);
    free((void *)c->slot);
    free(c->key);
    free(c);
}

mlp_status mlp_cache_open(mlp_cache **out, mlp_source *s, const char *key, mlp_error *err)
{
    pthread_mutex_lock(&s->lock);
    mlp_cache *c = s->caches;
    while (c && strcmp(c->key, key) != 0) c = c->next;
    mlp_status st = MLP_OK;
    if (!c) {
        void *made = NULL, *slots = NULL;
        st = mlp_alloc(&made, 1, sizeof *c, err);
        if (!st) st = mlp_alloc(&slots, (size_t)s->count, sizeof *c->slot, err);
        c = made;
        if (!st && !(c->key = strdup(key))) st = mlp_fail(err, MLP_ENOMEM, "out of memory: cannot make a cache");
        if (st) {
            free(slots);
            free(made);
        } else {
            c->slot = slots; /* zeroed bytes are null pointers on every machine we build for */
            c->count = s->count;
            c->next = s->caches;
            s->caches = c;
        }
    }
    if (!st) {
        c->users++;
        *out = c;
    }
    pthread_mutex_unlock(&s->lock);
    return st;
}

void mlp_cache_close(mlp_source *s, mlp_cache *c)
{
    if (!c) return;
    pthread_mutex_lock(&s->lock);
    c->users--;
    pthread_mutex_unlock(&s->lock);
}

void mlp_cache_free_all(mlp_source *s)
{
    while (s->caches) {
        mlp_cache *c = s->caches;
        s->caches = c->next;
        cache_free(s, c);
    }
}

/* With the lock held: gives back the room of the caches that no loader uses. */
static void free_unused(mlp_source *s)
{
    for (mlp_cache **at = &s->caches; *at;) {
        mlp_cache *c = *at;
        if (c->users > 0) {
            at = &c->next;
        } else {
            *at = c->next;
            cache_free(s, c);
        }
    }
}

/* A new reference, or NULL. */
static mlp_image *get(const mlp_cache *c, int64_t sample)
{
    mlp_image *image = atomic_load_explicit(&c->slot[sample], memory_order_acquire);
    return image ? mlp_image_retain(image) : NULL;
}

static void put(mlp_source *s, mlp_cache *c, int64_t sample, mlp_image *image, size_t limit)
{
    size_t bytes = cost(image);
    if (bytes > limit) return;
    pthread_mutex_lock(&s->lock);
    if (atomic_load(&s->cached_bytes) > limit - bytes) free_unused(s);
    if (atomic_load(&s->cached_bytes) <= limit - bytes) {
        mlp_image *none = NULL;
        mlp_image_retain(image);
        if (atomic_compare_exchange_strong_explicit(&c->slot[sample], &none, image, memory_order_release,
                                                    memory_order_relaxed)) {
            c->bytes += bytes;
            atomic_fetch_add(&s->cached_bytes, bytes);
        } else {
            mlp_image_release(image); /* another thread was quicker */
        }
    }
    pthread_mutex_unlock(&s->lock);
}

mlp_status mlp_source_prepared(mlp_image **out, mlp_source *s, int64_t sample, const mlp_transform *t, mlp_cache *c,
                               size_t limit, mlp_error *err)
{
    mlp_image *image = c ? get(c, sample) : NULL;
    if (!image) {
        mlp_image *decoded = NULL;
        mlp_status st = s->kind->image(&decoded, s, sample, err);
        if (!st) st = mlp_transform_apply_prefix(t, &image, decoded, err);
        mlp_image_release(decoded);
        if (st) return st;
        if (c) put(s, c, sample, image, limit);
    }
    *out = image;
    return MLP_OK;
}
