/* source_private.h - what the files of runtime/data share: the source behind a dataset, its bad list and its caches. */
#ifndef MLP_DATA_SOURCE_PRIVATE_H
#define MLP_DATA_SOURCE_PRIVATE_H

#include "data/data.h"

#include <pthread.h>
#include <sha2.h>
#include <stdatomic.h>

typedef struct mlp_source mlp_source;
typedef struct mlp_cache mlp_cache;
typedef struct mlp_column mlp_column;
typedef struct mlp_targets mlp_targets;

typedef struct mlp_source_kind {
    const char *name;
    bool in_memory; /* pictures need no decoding, so keeping them decoded gains nothing */
    mlp_status (*image)(mlp_image **out, const mlp_source *s, int64_t sample, mlp_error *err);
    mlp_status (*path)(char **out, const mlp_source *s, int64_t sample, mlp_error *err);
    void (*digest)(const mlp_source *s, int64_t sample, SHA2_CTX *sha); /* adds what identifies the sample's picture */

    /* A hash of the sample's picture as it lies there; what has the same bytes has the same hash. stage 0 reads
     * nothing, 1 a little, 2 everything (SHA-256). Fails where the picture cannot be read. */
    mlp_status (*hash)(uint64_t out[4], const mlp_source *s, int64_t sample, int stage, mlp_error *err);

    /* See mlp_source_bytes and mlp_source_row; may be NULL. */
    mlp_status (*bytes)(uint8_t **out, size_t *length, const mlp_source *s, int64_t sample, mlp_error *err);
    const mlp_tensor *(*row)(const mlp_source *s, int64_t sample, int64_t *at);
    void (*free)(void *data);
} mlp_source_kind;

/* For `hash` of pictures that lie in memory. */
void mlp_hash_memory(uint64_t out[4], const void *bytes, size_t length, int stage);

struct mlp_source {
    atomic_int refs;
    const mlp_source_kind *kind;
    void *data; /* the kind's own */
    char *root;
    char *real_root; /* without links, to tell where others lead; NULL: nobody looks */
    mlp_data_options options;
    int64_t count;
    int32_t *label;
    int8_t *part; /* mlp_part of each sample; NULL: no parts */
    char **class_name;
    int classes;
    mlp_passed_over passed_over;
    mlp_column *columns;  /* see mlp_dataset_add_column; NULL: none */
    mlp_targets *targets; /* see mlp_dataset_set_targets; NULL: one label for each sample */

    pthread_mutex_t lock; /* guards the bad list and the list of caches */
    mlp_bad_file *bad;
    size_t bad_count, bad_room;
    _Atomic(uint8_t) *is_bad; /* one per sample; allocated by mlp_source_ready */
    mlp_cache *caches;
    atomic_size_t cached_bytes; /* in all caches */
};

/* Puts what labels samples have (n x targets, f32) in place of the classes that they are of (n, i64). */
mlp_status mlp_targets_replace(mlp_tensor **class, const mlp_source *s, mlp_error *err);
void mlp_targets_free(mlp_targets *t); /* NULL is fine */

void mlp_columns_free(mlp_column *c); /* with those behind it; NULL is fine */
const char *mlp_source_column_text(const mlp_source *s, int number, int64_t sample);

/* Takes over `data`, even when it fails. */
mlp_status mlp_source_new(mlp_source **out, const mlp_source_kind *kind, void *data, const char *root,
                          const mlp_data_options *options, mlp_error *err);
mlp_source *mlp_source_retain(mlp_source *s);
void mlp_source_release(mlp_source *s);

/* Once samples, labels and classes are there: wraps the source (whose reference it takes over, even when it fails). */
mlp_status mlp_source_ready(mlp_dataset **out, mlp_source *s, mlp_error *err);

/* The bytes of the sample's file, to be released with free(); *out is NULL where pictures are no files of their own. */
static inline mlp_status mlp_source_bytes(uint8_t **out, size_t *length, const mlp_source *s, int64_t sample,
                                          mlp_error *err)
{
    *out = NULL;
    *length = 0;
    return s->kind->bytes ? s->kind->bytes(out, length, s, sample, err) : MLP_OK;
}

/* Where samples need not be pictures: the contiguous tensor (borrowed) whose row *at the sample is. NULL: a picture.
 * Without a transform, rows go into batches as they are. */
static inline const mlp_tensor *mlp_source_row(const mlp_source *s, int64_t sample, int64_t *at)
{
    return s->kind->row ? s->kind->row(s, sample, at) : NULL;
}

/* Remembers a bad file, once per sample. The memory for it may be missing: then the sample is marked, not listed. */
void mlp_source_add_bad(mlp_source *s, int64_t sample, const char *path, const char *reason);

/* What an error says after the path, which the list of bad files has anyway: "it is empty" of "'a.jpg': it is empty".
 */
const char *mlp_reason_in(const char *text, const char *path);

static inline bool mlp_source_is_bad(const mlp_source *s, int64_t sample)
{
    return atomic_load_explicit(&s->is_bad[sample], memory_order_relaxed);
}

/* A choice of the source's classes, in another order; shared by the views that have it. */
typedef struct mlp_choice {
    atomic_int refs;
    int classes;
    int *original; /* the source's number of each class */
    int *renumber; /* the number of each of the source's classes, or -1 */
} mlp_choice;
/* classes[0..n) of `from` (NULL: of s itself), none twice. */
mlp_status mlp_choice_new(mlp_choice **out, const mlp_source *s, const mlp_choice *from, const int *classes, int n,
                          mlp_error *err);
mlp_choice *mlp_choice_retain(mlp_choice *c); /* NULL is fine */
void mlp_choice_release(mlp_choice *c);

struct mlp_dataset {
    atomic_int refs;
    mlp_source *source;
    mlp_choice *choice;       /* NULL: the classes as the source has them */
    mlp_transform *transform; /* may be NULL */
    int64_t count;
    int64_t *sample; /* numbers in the source; NULL: 0, 1, 2 ... */
};

/* The source's number of the class that a view's sample is of, whatever classes the view chose. */
static inline int32_t mlp_dataset_source_label(const mlp_dataset *d, int64_t i)
{
    return d->source->label[d->sample ? d->sample[i] : i];
}

/* Takes over `sample` (may be NULL), even when it fails. All of `sample` must be of classes that the choice has. */
mlp_status mlp_dataset_view(mlp_dataset **out, mlp_source *s, mlp_choice *choice, mlp_transform *transform,
                            int64_t *sample, int64_t count, mlp_error *err);

/* Chains the groups that mlp_duplicates found in one set: next[i] is the following sample with the same bytes, or -1.
 */
void mlp_link_groups(const int64_t *first, int64_t *next, int64_t n);

/* each.c: runs fn for every sample, on all threads; fails as the first of them that failed. */
typedef mlp_status (*mlp_sample_fn)(void *context, int64_t i, mlp_error *err);
mlp_status mlp_each_sample(const mlp_dataset *d, mlp_sample_fn fn, void *context, mlp_error *err);

/* ---- cache.c: pictures after the fixed first steps of a transform, one cache for each text of such steps ----
 *
 * A picture goes in when it is first made, until the source holds `limit` bytes in all its caches; then nothing more
 * goes in and nothing that is in use goes out, so that speed is the same in every epoch. A cache outlives its loaders
 * (the next trial wants it) until its room is needed for another one. */
mlp_status mlp_cache_open(mlp_cache **out, mlp_source *s, const char *key, mlp_error *err);
void mlp_cache_close(mlp_source *s, mlp_cache *c);
void mlp_cache_free_all(mlp_source *s);

/* The sample's picture after the first steps of the transform, from the cache (may be NULL) or made now. */
mlp_status mlp_source_prepared(mlp_image **out, mlp_source *s, int64_t sample, const mlp_transform *t, mlp_cache *c,
                               size_t limit, mlp_error *err);

/* Whether a failure means "this picture is bad", rather than that something else went wrong. */
static inline bool mlp_means_bad(mlp_status st)
{
    return st == MLP_EIO || st == MLP_EFORMAT;
}

#endif
