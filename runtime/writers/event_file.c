/* event_file.c - the file: its name, its first records, and how a record gets into it. A record is
 *
 *     length of the data, u64 | masked CRC-32C of those 8 bytes | data, a serialised Event | masked CRC-32C of the data
 *
 * with all numbers little-endian. */
#include "writers/record_private.h"

#include "base/disk.h"
#include "base/folder.h"

#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LENGTH_AT = 0, LENGTH_CRC_AT = 8, DATA_AT = 12, FRAME = 16, SESSION_START = 1 };

struct mlp_event_writer {
    pthread_mutex_t lock;
    int fd;
    off_t size;           /* of the whole records */
    double latest, ahead; /* time of the last event; how far the clock has been set back meanwhile */
    char path[PATH_MAX];
};

/* ---- records ---- */

static void put_le(uint8_t *to, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++) to[i] = (uint8_t)(value >> (8 * i));
}

/* One write(), where nothing is in the way; what a full disk took only in part is cut off again. */
static mlp_status append(mlp_event_writer *w, const uint8_t *bytes, size_t length, mlp_error *err)
{
    struct stat info;
    size_t done = 0;
    int why = 0;
    if (fstat(w->fd, &info) == 0 && info.st_nlink == 0)
        return mlp_fail(err, MLP_EIO, "cannot write '%s': the file was deleted", w->path);
    mlp_disk_use use;
    mlp_disk_enter(&use, w->path);
    while (!why && done < length) { /* what stopped the first write the next one tells */
        ssize_t n = write(w->fd, bytes + done, length - done);
        if (n > 0) done += (size_t)n;
        else if (n == 0) why = ENOSPC;
        else if (errno != EINTR) why = errno;
    }
    mlp_disk_leave(&use);
    if (!why) {
        w->size += (off_t)length;
        return MLP_OK;
    }
    if (done > 0 && ftruncate(w->fd, w->size)) why = errno;
    return mlp_fail(err, MLP_EIO, "cannot write '%s': %s after %lld bytes", w->path, strerror(why), (long long)w->size);
}

/* The time, which does not go back when somebody sets the clock back: it goes on from where it was. */
static double time_now(mlp_event_writer *w)
{
    pthread_mutex_lock(&w->lock);
    double now = mlp_wall_time() + w->ahead;
    if (now < w->latest) {
        w->ahead += w->latest - now;
        now = w->latest;
    }
    w->latest = now;
    pthread_mutex_unlock(&w->lock);
    return now;
}

/* Serialises the event, frames it, appends it. */
mlp_status mlp_event_put(mlp_event_writer *w, Mlp__Event *event, mlp_error *err)
{
    if (isnan(event->wall_time)) event->wall_time = time_now(w);
    if (!isfinite(event->wall_time))
        return mlp_fail(err, MLP_EINVAL, "wall time is %g, expected seconds since 1970", event->wall_time);
    size_t data = mlp__event__get_packed_size(event);
    uint8_t *record = malloc(data + FRAME);
    if (!record) return mlp_fail(err, MLP_ENOMEM, "out of memory: cannot make an event of %zu bytes", data);
    put_le(record + LENGTH_AT, data, 8);
    put_le(record + LENGTH_CRC_AT, mlp_masked_crc32c(record, 8), 4);
    mlp__event__pack(event, record + DATA_AT);
    put_le(record + DATA_AT + data, mlp_masked_crc32c(record + DATA_AT, data), 4);
    pthread_mutex_lock(&w->lock);
    mlp_status st = append(w, record, data + FRAME, err);
    pthread_mutex_unlock(&w->lock);
    free(record);
    return st;
}

mlp_status mlp_event_put_value(mlp_event_writer *w, mlp_event_at at, Mlp__Value *value, mlp_error *err)
{
    char *tag = NULL;
    if (!at.tag[0]) return mlp_fail(err, MLP_EINVAL, "the tag is empty, expected a name such as 'train/loss'");
    mlp_status st = mlp_utf8_mend(&tag, at.tag, strlen(at.tag), err);
    if (st) return st;
    Mlp__Summary summary = MLP__SUMMARY__INIT;
    Mlp__Event event = MLP__EVENT__INIT;
    value->tag = tag;
    summary.n_value = 1;
    summary.value = &value;
    event.wall_time = at.wall_time;
    event.step = at.step;
    event.what_case = MLP__EVENT__WHAT_SUMMARY;
    event.summary = &summary;
    st = mlp_event_put(w, &event, err);
    free(tag);
    return st;
}

/* ---- the file ---- */

mlp_event_options mlp_event_defaults(void)
{
    return (mlp_event_options){ .purge_step = MLP_NO_STEP, .filename_suffix = "", .wall_time = NAN };
}

static mlp_status has_event_file(bool *found, const char *folder, mlp_error *err)
{
    DIR *d = opendir(folder);
    *found = false;
    for (struct dirent *e; d && !*found && (e = mlp_next_entry(d));) *found = strstr(e->d_name, "tfevents") != NULL;
    int problem = *found ? 0 : errno;
    if (d) closedir(d);
    if (problem == 0 || mlp_status_of(problem) == MLP_EIO) return MLP_OK; /* it may be written to, and not be listed */
    return mlp_fail(err, mlp_status_of(problem), "cannot list '%s': %s", folder, strerror(problem));
}

/* A name that nobody has: the counter goes on until open() agrees. */
static mlp_status create(mlp_event_writer *w, const char *folder, const char *suffix, mlp_error *err)
{
    static atomic_uint counter;
    char host[256] = "";
    if (gethostname(host, sizeof host - 1) || !host[0]) strcpy(host, "localhost");
    for (char *c = host; *c; c++)
        if (*c == '/') *c = '_';
    do {
        int n = snprintf(w->path, sizeof w->path, "%s/events.out.tfevents.%010lld.%s.%ld.%u%s", folder,
                         (long long)mlp_wall_time(), host, (long)getpid(), atomic_fetch_add(&counter, 1), suffix);
        if (n < 0 || (size_t)n >= sizeof w->path)
            return mlp_fail(err, MLP_EIO, "cannot make an event file in '%s': %s", folder, strerror(ENAMETOOLONG));
        w->fd = open(w->path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
    } while (w->fd < 0 && errno == EEXIST);
    return w->fd < 0 ? mlp_fail(err, MLP_EIO, "cannot make '%s': %s", w->path, strerror(errno)) : MLP_OK;
}

static mlp_status write_first_records(mlp_event_writer *w, const mlp_event_options *o, bool first, mlp_error *err)
{
    Mlp__SourceMetadata source = MLP__SOURCE_METADATA__INIT;
    Mlp__Event event = MLP__EVENT__INIT;
    source.writer = "mlprun";
    event.wall_time = o->wall_time;
    event.what_case = MLP__EVENT__WHAT_FILE_VERSION;
    event.file_version = "brain.Event:2";
    event.source_metadata = &source;
    mlp_status st = mlp_event_put(w, &event, err);
    if (st || (!first && o->purge_step == MLP_NO_STEP)) return st;
    Mlp__SessionLog session = MLP__SESSION_LOG__INIT;
    Mlp__Event start = MLP__EVENT__INIT;
    session.status = SESSION_START;
    start.wall_time = o->wall_time;
    start.step = o->purge_step == MLP_NO_STEP ? 0 : o->purge_step;
    start.what_case = MLP__EVENT__WHAT_SESSION_LOG;
    start.session_log = &session;
    return mlp_event_put(w, &start, err);
}

mlp_status mlp_event_writer_open(mlp_event_writer **out, const char *folder, const mlp_event_options *options,
                                 mlp_error *err)
{
    void *memory = NULL;
    if (options->purge_step < 0 && options->purge_step != MLP_NO_STEP)
        return mlp_fail(err, MLP_EINVAL, "purge_step is %lld, expected 0 or more", (long long)options->purge_step);
    if (strchr(options->filename_suffix, '/'))
        return mlp_fail(err, MLP_EINVAL, "filename_suffix is '%s', expected no '/' in it", options->filename_suffix);
    mlp_status st = mlp_make_folder(folder, err);
    if (!st) st = mlp_alloc(&memory, 1, sizeof(mlp_event_writer), err);
    if (st) return st;
    mlp_event_writer *w = memory;
    bool later = false;
    w->fd = -1;
    pthread_mutex_init(&w->lock, NULL);
    st = has_event_file(&later, folder, err);
    if (!st) st = create(w, folder, options->filename_suffix, err);
    if (!st) st = write_first_records(w, options, !later, err);
    if (st) mlp_event_writer_release(w);
    else *out = w;
    return st;
}

const char *mlp_event_writer_path(const mlp_event_writer *w)
{
    return w->path;
}

mlp_status mlp_event_writer_flush(mlp_event_writer *w, mlp_error *err)
{
    mlp_disk_use use;
    mlp_disk_enter(&use, w->path);
    pthread_mutex_lock(&w->lock);
    int failed = fsync(w->fd), why = errno;
    pthread_mutex_unlock(&w->lock);
    mlp_disk_leave(&use);
    /* some file systems and devices cannot sync, and say so with EINVAL */
    return failed && why != EINVAL ? mlp_fail(err, MLP_EIO, "cannot write '%s': %s", w->path, strerror(why)) : MLP_OK;
}

void mlp_event_writer_release(mlp_event_writer *w)
{
    if (!w) return;
    if (w->fd >= 0) close(w->fd);
    pthread_mutex_destroy(&w->lock);
    free(w);
}
