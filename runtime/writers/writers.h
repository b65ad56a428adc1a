/* writers.h - event files for TensorBoard.
 *
 * Every record is handed to the operating system with one write() before its call returns: a process that is killed at
 * any moment leaves whole records and at most one torn last one, which TensorBoard skips; nothing waits in memory, no
 * thread is needed, and an error belongs to the call that met it. A record that could not be written whole (disk full)
 * is cut off again, so that the file stays readable and later records can follow.
 *
 * A writer may be used from several threads. Tags and texts that are not UTF-8 are mended with U+FFFD. */
#ifndef MLP_WRITERS_H
#define MLP_WRITERS_H

#include "base/base.h"

struct mlp_tensor;
struct mlp_image;

typedef struct mlp_event_writer mlp_event_writer;

enum { MLP_NO_STEP = -1 };

typedef struct mlp_event_options {
    int64_t purge_step;          /* a resumed run: what was logged at this step and later is void; MLP_NO_STEP: none */
    const char *filename_suffix; /* "" */
    double wall_time;            /* of the first records; NaN: now */
} mlp_event_options;
mlp_event_options mlp_event_defaults(void);

/* Makes the folder and in it a new file events.out.tfevents.TIME.HOST.PID.COUNT; no two writers ever share one. The
 * first file of a folder says that a session starts at step 0, a later one only where purge_step asks for it:
 * TensorBoard drops what came before at such steps, and only looks at a start that follows another. */
mlp_status mlp_event_writer_open(mlp_event_writer **out, const char *folder, const mlp_event_options *options,
                                 mlp_error *err);
const char *mlp_event_writer_path(const mlp_event_writer *w); /* valid while w lives */

/* Waits until what was written is on the disk (it need not be called: see above). */
mlp_status mlp_event_writer_flush(mlp_event_writer *w, mlp_error *err);

/* Closes and frees. */
void mlp_event_writer_release(mlp_event_writer *w);

/* Where and when: step as given, wall_time in seconds since 1970, NaN for now. */
typedef struct mlp_event_at {
    const char *tag;
    int64_t step;
    double wall_time;
} mlp_event_at;

/* Stored as f32, as everybody does; NaN and infinities as such. */
mlp_status mlp_event_scalar(mlp_event_writer *w, mlp_event_at at, double value, mlp_error *err);

typedef struct mlp_bins {
    const double
        *edges; /* ascending, count of them; NULL: PyTorch's usual ones (1e-12 times powers of 1.1, both signs) */
    size_t count;
    size_t most; /* bins are joined so that there are about as many; 0: any number */
} mlp_bins;

/* Counts values in bins, which are closed below and open above, the last one closed. Any type and shape; at least one
 * value inside them. NaN is in no bin, but makes minimum, maximum and sums NaN. bins: NULL for the usual ones. */
mlp_status mlp_event_histogram(mlp_event_writer *w, mlp_event_at at, const struct mlp_tensor *values,
                               const mlp_bins *bins, mlp_error *err);

/* A tensor as it is. */
mlp_status mlp_event_tensor(mlp_event_writer *w, mlp_event_at at, struct mlp_tensor *t, mlp_error *err);

/* counts: 6 x thresholds, f32: true positives, false positives, true negatives, false negatives, precision, recall; the
 * threshold of column i is i / (thresholds - 1). */
mlp_status mlp_event_pr_curve(mlp_event_writer *w, mlp_event_at at, struct mlp_tensor *counts, mlp_error *err);

/* A chart that shows several curves of scalars; those of a category stand one behind the other. */
typedef struct mlp_chart {
    const char *category, *title;
    bool band;               /* three tags: a value, and the lower and upper end of a band around it */
    const char *const *tags; /* else of all curves: regular expressions */
    size_t count;
} mlp_chart;
mlp_status mlp_event_charts(mlp_event_writer *w, const mlp_chart *charts, size_t n, mlp_error *err);

/* A part of a model: a slash in its name is a level. */
typedef struct mlp_graph_node {
    const char *name, *op, *text; /* text: what it is made with */
    const char *const *inputs;    /* names of other nodes */
    size_t input_count;
    const int64_t *shape; /* of what it gives */
    size_t ndim;
} mlp_graph_node;
mlp_status mlp_event_graph(mlp_event_writer *w, const mlp_graph_node *nodes, size_t n, double wall_time,
                           mlp_error *err);

/* As a PNG where quality is 0, which loses nothing; else (1 to 100) as a JPEG, a tenth of the time and of the bytes. */
mlp_status mlp_event_image(mlp_event_writer *w, mlp_event_at at, const struct mlp_image *image, int quality,
                           mlp_error *err);

/* A tensor as a picture: u8 as it is, anything else times 255 and clipped to 0..255. `letters` names the dimensions:
 * some order of C, H, W, or H and W alone, or with N in front a grid of up to 8 columns. 1 channel becomes three equal
 * ones; 3 stay. */
mlp_status mlp_event_picture(struct mlp_image **out, struct mlp_tensor *t, const char *letters, mlp_error *err);

/* Markdown. */
mlp_status mlp_event_text(mlp_event_writer *w, mlp_event_at at, const char *text, size_t length, mlp_error *err);

typedef struct mlp_hparam {
    const char *name;
    enum { MLP_HPARAM_NUMBER, MLP_HPARAM_TEXT, MLP_HPARAM_BOOLEAN } kind;
    double number; /* a boolean is true when this is not 0 */
    const char *text;
} mlp_hparam;

/* Says that this run is a finished session with these hyperparameters. No list of columns is written: TensorBoard then
 * makes it from all runs, so that it is always complete. */
mlp_status mlp_event_hparams(mlp_event_writer *w, const mlp_hparam *hparams, size_t n, double wall_time,
                             mlp_error *err);

/* The columns of a table of runs, which TensorBoard then shows in place of its own: hyperparameters with their kinds,
 * each followed by the values that it can have, if they are known, under the same name; and tags of scalars. */
mlp_status mlp_event_experiment(mlp_event_writer *w, const mlp_hparam *columns, size_t n, const char *const *metrics,
                                size_t metric_count, double wall_time, mlp_error *err);

/* The checksum of records: CRC-32C, rotated and offset as the format wants it. */
uint32_t mlp_masked_crc32c(const void *bytes, size_t length);

#endif
