/* loader.c - batches, filled ahead by threads, handed over in order.
 *
 * An epoch cuts its order of samples into numbered batches. Workers take the next number, fill the batch into memory of
 * its own, and lay it into a ring of `window` places; the consumer takes the batches out by number. A worker whose
 * number is a whole window ahead of the consumer waits. What a batch contains depends on its number alone, never on who
 * fills it. */
#include "base/disk.h"
#include "data/source_private.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_WORKERS = 64, MAX_PREFETCH = 1024 };

struct mlp_loader {
    atomic_int refs;
    mlp_dataset *d;
    mlp_loader_options options;
    mlp_cache *cache; /* NULL: none */
    int prefix;
    bool floats;
};

/* Samples in an epoch. */
static int64_t epoch_samples(const mlp_dataset *d, const mlp_loader_options *o)
{
    return o->sampler ? mlp_sampler_count(o->sampler) : d->count;
}

mlp_loader_options mlp_loader_defaults(void)
{
    return (mlp_loader_options){
        .batch_size = 1,
        .workers = mlp_cores() > 1 ? 2 : 0,
        .prefetch = 2,
        .cache_bytes = (size_t)512 << 20,
    };
}

mlp_status mlp_loader_new(mlp_loader **out, mlp_dataset *d, const mlp_loader_options *o, mlp_error *err)
{
    if (o->batch_size < 1)
        return mlp_fail(err, MLP_EINVAL, "DataLoader: batch_size is %lld, expected 1 or more",
                        (long long)o->batch_size);
    if (o->workers < 0 || o->workers > MAX_WORKERS)
        return mlp_fail(err, MLP_EINVAL, "DataLoader: workers is %d, expected 0 to %d", o->workers, MAX_WORKERS);
    if (o->prefetch < 1 || o->prefetch > MAX_PREFETCH)
        return mlp_fail(err, MLP_EINVAL, "DataLoader: prefetch is %d, expected 1 to %d", o->prefetch, MAX_PREFETCH);
    if (o->sampler && o->shuffle)
        return mlp_fail(err, MLP_EINVAL,
                        "DataLoader: sampler and shuffle exclude each other: the sampler decides on the order");
    if (o->sampler && mlp_sampler_limit(o->sampler) > d->count)
        return mlp_fail(err, MLP_EINDEX,
                        "DataLoader: the sampler (%s) draws sample %lld, but the dataset has %lld samples",
                        mlp_sampler_name(o->sampler), (long long)mlp_sampler_limit(o->sampler), (long long)d->count);
    int64_t samples = epoch_samples(d, o);
    if (o->drop_last && samples < o->batch_size)
        return mlp_fail(err, MLP_EINVAL, "DataLoader: drop_last leaves nothing: %s %lld samples, a batch %lld",
                        o->sampler ? "the sampler draws" : "the dataset has", (long long)samples,
                        (long long)o->batch_size);
    void *p = NULL;
    char *key = NULL;
    mlp_status st = mlp_alloc(&p, 1, sizeof(mlp_loader), err);
    mlp_loader *l = p;
    if (st) return st;
    l->options = *o;
    if (l->options.batch_size > samples) l->options.batch_size = samples;
    if (mlp_transform_calls_back(d->transform)) l->options.workers = 0;
    l->prefix = mlp_transform_prefix(d->transform);
    l->floats = mlp_transform_gives_floats(d->transform);
    bool pays = l->prefix > 0 || !d->source->kind->in_memory;
    if (o->cache_bytes && pays) {
        st = mlp_transform_text(&key, d->transform, 0, l->prefix, err);
        if (!st) st = mlp_cache_open(&l->cache, d->source, key, err);
        free(key);
    }
    if (st) {
        free(l);
        return st;
    }
    atomic_init(&l->refs, 1);
    l->d = mlp_dataset_retain(d);
    mlp_sampler_retain(o->sampler);
    *out = l;
    return MLP_OK;
}

mlp_loader *mlp_loader_retain(mlp_loader *l)
{
    atomic_fetch_add_explicit(&l->refs, 1, memory_order_relaxed);
    return l;
}

void mlp_loader_release(mlp_loader *l)
{
    if (!l || atomic_fetch_sub_explicit(&l->refs, 1, memory_order_acq_rel) != 1) return;
    mlp_cache_close(l->d->source, l->cache);
    mlp_dataset_release(l->d);
    mlp_sampler_release(l->options.sampler);
    free(l);
}

int64_t mlp_loader_batches(const mlp_loader *l)
{
    int64_t n = epoch_samples(l->d, &l->options), size = l->options.batch_size;
    return l->options.drop_last ? n / size : (n + size - 1) / size;
}

mlp_dataset *mlp_loader_dataset(const mlp_loader *l)
{
    return l->d;
}

const mlp_loader_options *mlp_loader_options_of(const mlp_loader *l)
{
    return &l->options;
}

size_t mlp_loader_cached_bytes(const mlp_loader *l)
{
    return atomic_load(&l->d->source->cached_bytes);
}

void mlp_batch_clear(mlp_batch *batch)
{
    mlp_tensor_release(batch->images);
    mlp_tensor_release(batch->labels);
    mlp_tensor_release(batch->indices);
    *batch = (mlp_batch){ 0 };
}

/* ---- filling one batch ---- */

/* The batch while it grows. Rows are written where they stay. */
typedef struct growing {
    mlp_batch batch;
    int64_t rows, used;          /* room, and good pictures so far */
    int width, height, channels; /* of the first one */
    int64_t first;               /* its position in the dataset */
} growing;

/* Marks and lists a bad picture, or makes the failure final. */
static mlp_status meet_bad(const mlp_loader *l, int64_t i, mlp_status st, mlp_error *why, mlp_error *err)
{
    mlp_source *s = l->d->source;
    char *path = NULL;
    mlp_status named = mlp_dataset_path(&path, l->d, i, err);
    if (named) return named;
    if (!mlp_means_bad(st)) {
        bool has_name = strstr(why->text, path) != NULL;
        st = has_name || st == MLP_EINTERRUPT ? mlp_fail(err, st, "%s", why->text)
                                              : mlp_fail(err, st, "'%s': %s", path, why->text);
    } else if (s->options.on_bad == MLP_STOP_AT_BAD) {
        st = mlp_fail(err, st, "%s (on_bad = \"skip\" leaves such files out)", why->text);
    } else {
        mlp_source_add_bad(s, mlp_dataset_sample(l->d, i), path, mlp_reason_in(why->text, path));
        st = MLP_OK;
    }
    free(path);
    return st;
}

static mlp_status differing(const mlp_loader *l, const growing *g, int64_t i, const mlp_image *image, mlp_error *err)
{
    char *a = NULL, *b = NULL;
    mlp_status st = mlp_dataset_path(&a, l->d, g->first, err);
    if (!st) st = mlp_dataset_path(&b, l->d, i, err);
    if (!st)
        st = mlp_fail(err, MLP_ESHAPE,
                      "pictures of one batch differ in size: '%s' is %dx%dx%d and '%s' is %dx%dx%d (height x width x "
                      "channels): begin the transform with augment.Resize(height, width)",
                      a, g->height, g->width, g->channels, b, image->height, image->width, image->channels);
    free(a);
    free(b);
    return st;
}

/* Writes a finished sample into the next row; the first one decides on the shape. */
static mlp_status add_row(const mlp_loader *l, growing *g, int64_t i, const mlp_sample *sample, mlp_error *err)
{
    const mlp_image *image = sample->image;
    mlp_status st = MLP_OK;
    if (!g->batch.images) {
        int64_t shape[] = { g->rows, image->channels, image->height, image->width };
        st = mlp_tensor_new(&g->batch.images, l->floats ? MLP_F32 : MLP_U8, 4, shape, err);
        if (!st) st = mlp_tensor_new(&g->batch.labels, MLP_I64, 1, shape, err);
        if (!st) st = mlp_tensor_new(&g->batch.indices, MLP_I64, 1, shape, err);
        g->width = image->width, g->height = image->height, g->channels = image->channels;
        g->first = i;
    } else if (image->width != g->width || image->height != g->height || image->channels != g->channels) {
        st = differing(l, g, i, image, err);
    }
    if (st) return st;
    size_t row = mlp_image_bytes(image) * (l->floats ? sizeof(float) : 1);
    uint8_t *at = (uint8_t *)mlp_tensor_data(g->batch.images) + (size_t)g->used * row;
    st = mlp_sample_write(sample, l->floats, MLP_CHW, at, err);
    if (st) return st;
    ((int64_t *)mlp_tensor_data(g->batch.labels))[g->used] = mlp_dataset_label(l->d, i);
    ((int64_t *)mlp_tensor_data(g->batch.indices))[g->used] = i;
    g->used++;
    return MLP_OK;
}

/* Copies the row `at` of a tensor into the next row; the first one decides on type and shape. */
static mlp_status copy_row(const mlp_loader *l, growing *g, int64_t i, const mlp_tensor *rows, int64_t at,
                           mlp_error *err)
{
    int64_t shape[MLP_MAX_DIMS] = { g->rows };
    mlp_status st = MLP_OK;
    for (int k = 1; k < rows->ndim; k++) shape[k] = rows->shape[k];
    mlp_tensor **images = &g->batch.images;
    if (!*images) {
        st = mlp_tensor_new(images, rows->dtype, rows->ndim, shape, err);
        if (!st) st = mlp_tensor_new(&g->batch.labels, MLP_I64, 1, shape, err);
        if (!st) st = mlp_tensor_new(&g->batch.indices, MLP_I64, 1, shape, err);
    } else {
        bool same = (*images)->dtype == rows->dtype && (*images)->ndim == rows->ndim;
        for (int k = 1; same && k < rows->ndim; k++) same = (*images)->shape[k] == rows->shape[k];
        if (!same) {
            char a[MLP_SHAPE_TEXT], b[MLP_SHAPE_TEXT];
            st =
                mlp_fail(err, MLP_ESHAPE, "samples of one batch differ: %s of %s and %s of %s",
                         mlp_dtype_name((*images)->dtype), mlp_shape_text(a, (*images)->ndim - 1, (*images)->shape + 1),
                         mlp_dtype_name(rows->dtype), mlp_shape_text(b, rows->ndim - 1, rows->shape + 1));
        }
    }
    if (st) return st;
    size_t bytes = (size_t)(mlp_tensor_numel(rows) / rows->shape[0]) * mlp_dtype_size(rows->dtype);
    memcpy((uint8_t *)mlp_tensor_data(*images) + (size_t)g->used * bytes,
           (const uint8_t *)mlp_tensor_data(rows) + (size_t)at * bytes, bytes);
    ((int64_t *)mlp_tensor_data(g->batch.labels))[g->used] = mlp_dataset_label(l->d, i);
    ((int64_t *)mlp_tensor_data(g->batch.indices))[g->used] = i;
    g->used++;
    return MLP_OK;
}

/* Adds sample i of the dataset, or leaves it out because it is bad. */
static mlp_status add_sample(const mlp_loader *l, growing *g, uint64_t epoch, int64_t i, mlp_error *err)
{
    mlp_source *s = l->d->source;
    int64_t number = mlp_dataset_sample(l->d, i), at;
    const mlp_tensor *rows = l->d->transform ? NULL : mlp_source_row(s, number, &at);
    if (rows && (!g->batch.images || g->width == 0)) return copy_row(l, g, i, rows, at, err);
    if (mlp_source_is_bad(s, number) && s->options.on_bad == MLP_SKIP_BAD) return MLP_OK;
    mlp_error why;
    mlp_image *image = NULL;
    mlp_status st = mlp_source_prepared(&image, s, number, l->d->transform, l->cache, l->options.cache_bytes, &why);
    if (st) return meet_bad(l, i, st, &why, err);
    mlp_sample sample;
    mlp_sample_begin(&sample, image);
    mlp_image_release(image);
    mlp_draw draw = { l->options.seed, epoch, (uint64_t)number };
    st = mlp_transform_apply(l->d->transform, &sample, draw, l->prefix, &why);
    if (st) st = mlp_means_bad(st) ? mlp_fail(err, st, "%s", why.text) : meet_bad(l, i, st, &why, err);
    else st = add_row(l, g, i, &sample, err);
    mlp_sample_clear(&sample);
    return st;
}

static mlp_status shorten(mlp_tensor **t, int64_t rows, mlp_error *err)
{
    mlp_tensor *view = NULL;
    mlp_status st = mlp_tensor_narrow(&view, *t, 0, 0, rows, err);
    if (st) return st;
    mlp_tensor_release(*t);
    *t = view;
    return MLP_OK;
}

/* order[0..rows): positions in the dataset. stop: given up when it becomes true; then what is in *out does not matter.
 */
static mlp_status fill(mlp_batch *out, const mlp_loader *l, uint64_t epoch, const int64_t *order, int64_t rows,
                       const atomic_bool *stop, mlp_error *err)
{
    growing g = { .rows = rows };
    mlp_status st = MLP_OK;
    for (int64_t k = 0; !st && k < rows && !atomic_load_explicit(stop, memory_order_relaxed); k++) {
        if (mlp_interrupted()) st = mlp_fail_interrupted(err);
        else st = add_sample(l, &g, epoch, order[k], err);
    }
    if (!st && g.used > 0 && g.used < rows) {
        st = shorten(&g.batch.images, g.used, err);
        if (!st) st = shorten(&g.batch.labels, g.used, err);
        if (!st) st = shorten(&g.batch.indices, g.used, err);
    }
    if (!st && g.used > 0 && l->d->source->targets) st = mlp_targets_replace(&g.batch.labels, l->d->source, err);
    if (st) mlp_batch_clear(&g.batch);
    else *out = g.batch;
    return st;
}

/* ---- an epoch ----
 *
 * A thread that hangs in a read cannot be ended. An epoch that is closed waits for its threads, but not for that: it
 * leaves itself to the last of them. */

typedef struct place {
    bool full;
    mlp_batch batch; /* images == NULL: every picture of it was bad */
    mlp_error err;   /* code MLP_OK: none */
} place;

struct mlp_epoch {
    mlp_loader *l;
    uint64_t epoch;
    int64_t *order;
    int64_t batches;
    mlp_error failed; /* what ended it, for every later call */
    int64_t first;
    bool given;                 /* any batch yet */
    bool at_work, close_behind; /* mlp_epoch_next runs, and what it calls has closed the epoch meanwhile */
    atomic_bool stop;

    pthread_mutex_t lock;        /* guards what follows */
    pthread_cond_t filled, room; /* filled: also when a thread has come to its end */
    int64_t take, give;          /* the next batch for a worker, and for the consumer */
    int window;
    place *ring;       /* batch b is at b % window */
    int threads, left; /* that were started, and that have come to their end */
    pthread_t thread[MAX_WORKERS];
    bool closed; /* whoever is the last one here takes it down */
};

static mlp_status fill_number(mlp_batch *out, mlp_epoch *e, int64_t number, mlp_error *err)
{
    int64_t size = e->l->options.batch_size, begin = number * size;
    int64_t n = epoch_samples(e->l->d, &e->l->options);
    int64_t rows = begin + size < n ? size : n - begin;
    mlp_status st = fill(out, e->l, e->epoch, e->order + begin, rows, &e->stop, err);
    if (!st) out->number = number;
    return st;
}

static void wait_briefly(pthread_cond_t *condition, pthread_mutex_t *lock)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_nsec += 20 * 1000 * 1000;
    if (t.tv_nsec >= 1000000000) t.tv_sec++, t.tv_nsec -= 1000000000;
    pthread_cond_timedwait(condition, lock, &t);
}

static void take_down(mlp_epoch *e)
{
    for (int i = 0; i < e->window; i++) mlp_batch_clear(&e->ring[i].batch);
    pthread_cond_destroy(&e->filled);
    pthread_cond_destroy(&e->room);
    pthread_mutex_destroy(&e->lock);
    mlp_loader_release(e->l);
    free(e->ring);
    free(e->order);
    free(e);
}

static void *work(void *argument)
{
    mlp_epoch *e = argument;
    mlp_thread_in_background();
    pthread_mutex_lock(&e->lock);
    while (!atomic_load(&e->stop) && e->take < e->batches) {
        if (e->take >= e->give + e->window) {
            pthread_cond_wait(&e->room, &e->lock);
            continue;
        }
        int64_t number = e->take++;
        mlp_status st;
        mlp_batch batch = { 0 };
        mlp_error err = { .code = MLP_OK };
        for (;;) {
            pthread_mutex_unlock(&e->lock);
            st = fill_number(&batch, e, number, &err);
            pthread_mutex_lock(&e->lock);
            if (st != MLP_EINTERRUPT || atomic_load(&e->stop)) break;
            /* The consumer reports interruptions; it may well go on afterwards, so the batch is only late. */
            while (mlp_interrupted() && !atomic_load(&e->stop)) wait_briefly(&e->room, &e->lock);
        }
        place *p = &e->ring[number % e->window];
        p->batch = batch;
        p->err = err;
        p->err.code = st;
        p->full = true;
        pthread_cond_signal(&e->filled);
    }
    bool last = ++e->left == e->threads && e->closed;
    pthread_cond_signal(&e->filled);
    pthread_mutex_unlock(&e->lock);
    if (last) take_down(e);
    return NULL;
}

/* Fewer threads than wanted, or none, make an epoch slower, not wrong. */
static void start_workers(mlp_epoch *e, int workers)
{
    pthread_mutex_lock(&e->lock); /* they begin when all are counted */
    while (e->threads < workers && mlp_thread_start(&e->thread[e->threads], NULL, work, e)) e->threads++;
    pthread_mutex_unlock(&e->lock);
}

/* The positions in the dataset that the epoch goes through. */
static mlp_status draw_order(int64_t *order, const mlp_loader *l, uint64_t epoch, mlp_error *err)
{
    const mlp_loader_options *o = &l->options;
    if (o->sampler) return mlp_sampler_draw(o->sampler, o->seed, epoch, order, err);
    if (o->shuffle) {
        mlp_rng rng = mlp_rng_stream(o->seed, MLP_FOR_SHUFFLE, epoch, 0, 0);
        mlp_rng_permutation(&rng, l->d->count, order);
    } else {
        for (int64_t i = 0; i < l->d->count; i++) order[i] = i;
    }
    return MLP_OK;
}

mlp_status mlp_epoch_open(mlp_epoch **out, mlp_loader *l, uint64_t epoch, int64_t first, mlp_error *err)
{
    int64_t n = epoch_samples(l->d, &l->options), batches = mlp_loader_batches(l);
    if (first < 0 || first > batches)
        return mlp_fail(err, MLP_EINDEX, "batches: cannot begin with batch %lld of %lld", mlp_nth(first),
                        (long long)batches);
    int64_t ahead = (int64_t)l->options.workers * l->options.prefetch;
    if (ahead < 2) ahead = 2;
    if (ahead > batches) ahead = batches;
    void *p = NULL, *order = NULL, *ring = NULL;
    mlp_status st = mlp_alloc(&p, 1, sizeof(mlp_epoch), err);
    if (!st) st = mlp_alloc(&order, (size_t)n, sizeof(int64_t), err);
    if (!st) st = mlp_alloc(&ring, (size_t)ahead, sizeof(place), err);
    if (!st) st = draw_order(order, l, epoch, err);
    if (st) {
        free(p);
        free(order);
        free(ring);
        return st;
    }
    mlp_epoch *e = p;
    e->l = mlp_loader_retain(l);
    e->epoch = epoch;
    e->order = order;
    e->batches = batches;
    e->take = e->give = e->first = first;
    e->window = (int)ahead;
    e->ring = ring;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&e->lock, NULL);
    pthread_cond_init(&e->filled, &monotonic);
    pthread_cond_init(&e->room, &monotonic);
    pthread_condattr_destroy(&monotonic);
    int64_t left = batches - first;
    start_workers(e, l->options.workers < left ? l->options.workers : (int)left);
    *out = e;
    return MLP_OK;
}

/* Somebody asked to stop, and storage does not answer. */
static mlp_status fail_given_up(mlp_error *err)
{
    char path[PATH_MAX] = "the pictures";
    mlp_disk_waits(NULL, path, sizeof path);
    return mlp_fail(err, MLP_ESTATE, "'%s' does not answer: it was waited for until somebody asked to stop", path);
}

/* Waits for the next batch of the ring. */
static mlp_status take_next(mlp_batch *batch, mlp_epoch *e, mlp_error *err)
{
    pthread_mutex_lock(&e->lock);
    place *p = &e->ring[e->give % e->window];
    while (!p->full) {
        if (mlp_interrupted()) {
            pthread_mutex_unlock(&e->lock);
            return mlp_fail_interrupted(err);
        }
        if (mlp_disk_given_up()) {
            pthread_mutex_unlock(&e->lock);
            return fail_given_up(err);
        }
        wait_briefly(&e->filled, &e->lock);
    }
    *batch = p->batch;
    mlp_status st = p->err.code;
    if (st) mlp_fail(err, st, "%s", p->err.text);
    p->batch = (mlp_batch){ 0 };
    p->full = false;
    e->give++;
    pthread_cond_broadcast(&e->room);
    pthread_mutex_unlock(&e->lock);
    return st;
}

/* An epoch without one good picture is no success. */
static mlp_status all_bad(const mlp_epoch *e, mlp_error *err)
{
    mlp_bad_file *bad = NULL;
    size_t n = 0;
    mlp_status st = mlp_dataset_bad_files(&bad, &n, e->l->d, err);
    if (st) return st;
    st = mlp_fail(err, MLP_EFORMAT, "not one of the %lld pictures of '%s' can be read; the first bad file is '%s': %s",
                  (long long)e->l->d->count, mlp_dataset_root(e->l->d), n ? bad[0].path : "?", n ? bad[0].reason : "?");
    mlp_bad_files_free(bad, n);
    return st;
}

static mlp_status next_of(mlp_batch *batch, mlp_epoch *e, mlp_error *err)
{
    if (e->failed.code) return mlp_fail(err, e->failed.code, "%s", e->failed.text);
    mlp_batch next = { 0 };
    mlp_error why;
    mlp_status st = MLP_OK;
    while (!st && !next.images && e->give < e->batches) {
        if (mlp_interrupted()) return mlp_fail_interrupted(err);
        if (e->threads > 0) {
            st = take_next(&next, e, &why);
        } else {
            st = fill_number(&next, e, e->give, &why);
            if (!st) e->give++;
        }
    }
    if (st == MLP_EINTERRUPT) return mlp_fail_interrupted(err);
    if (!st && !next.images && !e->given && e->first == 0) st = all_bad(e, &why);
    e->given = true;
    if (st) {
        e->failed = why;
        return mlp_fail(err, st, "%s", why.text);
    }
    *batch = next;
    return MLP_OK;
}

mlp_status mlp_epoch_next(mlp_batch *batch, mlp_epoch *e, mlp_error *err)
{
    if (e->at_work)
        return mlp_fail(err, MLP_ESTATE,
                        "a function of the transform asks for the next batch of the loop that calls it");
    e->at_work = true;
    mlp_status st = next_of(batch, e, err);
    e->at_work = false;
    if (!e->close_behind) return st;
    if (!st) mlp_batch_clear(batch);
    mlp_epoch_close(e);
    return st ? st : mlp_fail(err, MLP_ESTATE, "a function of the transform closed the loop that calls it");
}

void mlp_epoch_close(mlp_epoch *e)
{
    if (!e) return;
    e->close_behind = e->at_work;
    if (e->close_behind) return;
    char path[PATH_MAX];
    pthread_mutex_lock(&e->lock);
    atomic_store(&e->stop, true);
    pthread_cond_broadcast(&e->room);
    while (e->left < e->threads && mlp_disk_waits(NULL, path, sizeof path) < MLP_DISK_PATIENCE)
        wait_briefly(&e->filled, &e->lock);
    e->closed = e->left < e->threads;
    bool left_alone = e->closed;
    if (left_alone) mlp_disk_abandon(MLP_DISK_PATIENCE);
    for (int i = 0; left_alone && i < e->threads; i++) pthread_detach(e->thread[i]); /* the last one frees the epoch */
    pthread_mutex_unlock(&e->lock);
    if (left_alone) return;
    for (int i = 0; i < e->threads; i++) pthread_join(e->thread[i], NULL); /* they are gone when a process is forked */
    take_down(e);
}
