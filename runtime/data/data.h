/* data.h - collections of labelled pictures: class folders, IDX files, splits, and the loader that makes batches.
 *
 * A source is what was opened: a table of samples (label, where its picture is), class names, the list of files that
 * turned out bad, the cache of decoded pictures. A dataset is a view of a source: all of it or some of its samples,
 * with or without a transform. Splits, subsets and `with` give further views of the same source, so they share its
 * cache and its list of bad files.
 *
 * Everything counts from 0 here; the bindings convert. Datasets never change after they were made; any number of
 * threads may read one. */
#ifndef MLP_DATA_H
#define MLP_DATA_H

#include "augment/augment.h"
#include "base/base.h"
#include "data/sampler.h"
#include "image/image.h"
#include "tensor/tensor.h"

typedef struct mlp_dataset mlp_dataset;

mlp_dataset *mlp_dataset_retain(mlp_dataset *d); /* returns d */
void mlp_dataset_release(mlp_dataset *d);

/* ---- opening ---- */

typedef enum mlp_on_bad {
    MLP_SKIP_BAD, /* a picture that cannot be read is left out of its batch and listed */
    MLP_STOP_AT_BAD,
} mlp_on_bad;

typedef struct mlp_data_options {
    mlp_decode_options decode; /* decode.channels 0: as the kind of data has it (folders 3, IDX 1) */
    mlp_on_bad on_bad;
    bool allow_empty; /* a class folder without a picture is not an error */
    bool stay_inside; /* links in the folder that lead out of it are passed over, not followed */
} mlp_data_options;
mlp_data_options mlp_data_defaults(void);

/* A folder of class folders, each with pictures at any depth. Classes are sorted by code point, samples by
 * class and then by path, whatever order the file system has. Names decide which files count as pictures
 * (MLP_PICTURE_NAMES and rarer ones, in any case); contents decide how they are decoded. Hidden and editor files are
 * passed over; links are followed (those that lead out of the folder unless stay_inside), but no folder is read twice
 * for a class and none that contains the data set.
 *
 * When every folder in `path` is called like a part (train, training_set, seg_test, val2017, in any case; see
 * part_names.c), the class folders are expected one level deeper, and the dataset has parts. */
mlp_status mlp_image_folder_open(mlp_dataset **out, const char *path, const mlp_data_options *options, mlp_error *err);

/* IDX files (the format of MNIST), plain or gzip, kept in memory as u8. A header whose numbers do not fit the size of
 * the file is refused before anything is allocated. One pair, or one per part. */
typedef enum mlp_part { MLP_NO_PART = -1, MLP_TRAIN = 0, MLP_VAL = 1, MLP_TEST = 2, MLP_PARTS = 3 } mlp_part;
const char *mlp_part_name(mlp_part part); /* "train", "val", "test" */

typedef struct mlp_idx_pair {
    const char *images, *labels; /* paths */
    mlp_part part;
} mlp_idx_pair;
mlp_status mlp_idx_open(mlp_dataset **out, const mlp_idx_pair *pairs, int count, const mlp_data_options *options,
                        mlp_error *err);

/* The pairs in a folder, by the names that MNIST and its relatives use (train-images-idx3-ubyte, with '.' for '-'
 * before idx, and .gz, accepted); also in its subfolder raw or FAMILY/raw, as torchvision leaves them. classes.txt
 * beside the files, one name a line, names the classes. A folder with several families of files is refused. which: the
 * part wanted, or MLP_NO_PART for all of them. */
mlp_status mlp_idx_folder_open(mlp_dataset **out, const char *path, mlp_part which, const mlp_data_options *options,
                               mlp_error *err);

/* The pair that one of its two files belongs to: `file` may name either. */
mlp_status mlp_idx_file_open(mlp_dataset **out, const char *file, const mlp_data_options *options, mlp_error *err);

/* CIFAR-10 and CIFAR-100 in their binary files: a folder with them (data_batch_1.bin ..., test_batch.bin; train.bin,
 * test.bin), a folder in which the archive was unpacked, or one file. Kept in memory. coarse: the 20 labels of
 * CIFAR-100 in place of the 100. The text files beside them name the classes. */
typedef enum mlp_cifar { MLP_NO_CIFAR, MLP_CIFAR10, MLP_CIFAR100 } mlp_cifar;
mlp_status mlp_cifar_recognise(mlp_cifar *kind, const char *path, mlp_error *err);
mlp_status mlp_cifar_open(mlp_dataset **out, const char *path, mlp_cifar kind, bool coarse, mlp_part which,
                          const mlp_data_options *options, mlp_error *err);

/* Files named by a list; paths are relative to root or absolute. The dataset has parts when every entry has one. Files
 * that are not there are bad ones, unless all are missing: then it fails. */
typedef struct mlp_listed {
    const char *path;
    int32_t label;
    mlp_part part;
} mlp_listed;
mlp_status mlp_listed_open(mlp_dataset **out, const char *root, const mlp_listed *list, int64_t n,
                           const char *const *names, int classes, const mlp_data_options *options, mlp_error *err);

/* The rows of a tensor of any type and shape, with labels (i64, 0 to classes - 1). Without a transform batches are rows
 * as they are; transforms need u8 of n x 1 or 3 x height x width. Shares the storage of a contiguous tensor. */
mlp_status mlp_tensor_dataset_new(mlp_dataset **out, mlp_tensor *images, const mlp_tensor *labels,
                                  const char *const *names, int classes, mlp_error *err);

/* The samples of all the sets, one after the other. They must have the same classes, channels and transform. */
mlp_status mlp_dataset_concat(mlp_dataset **out, mlp_dataset *const *sets, int count, mlp_error *err);

/* What a path is, from a look at the names in it (and at the first bytes of a single file). */
typedef enum mlp_data_kind {
    MLP_DATA_NOTHING,
    MLP_DATA_FOLDER,
    MLP_DATA_IDX_FOLDER,
    MLP_DATA_IDX_FILE,
    MLP_DATA_CIFAR10,
    MLP_DATA_CIFAR100
} mlp_data_kind;
mlp_status mlp_data_recognise(mlp_data_kind *kind, const char *path, mlp_error *err);

/* ---- looking ---- */

int64_t mlp_dataset_count(const mlp_dataset *d);
int mlp_dataset_classes(const mlp_dataset *d);
const char *mlp_dataset_class(const mlp_dataset *d, int label); /* lives with d */
const char *mlp_dataset_root(const mlp_dataset *d);             /* the path that was opened; lives with d */
const char *mlp_dataset_kind(const mlp_dataset *d);             /* "ImageFolder", "IDX" */
int mlp_dataset_channels(const mlp_dataset *d);

/* i is checked by none of these: 0 <= i < count. */
int32_t mlp_dataset_label(const mlp_dataset *d, int64_t i);
int64_t mlp_dataset_sample(const mlp_dataset *d, int64_t i);                              /* its number in the source */
mlp_status mlp_dataset_labels(mlp_tensor **out, const mlp_dataset *d, mlp_error *err);    /* of all: see mlp_batch */
mlp_status mlp_dataset_samples(mlp_tensor **out, const mlp_dataset *d, mlp_error *err);   /* the same, i64 */
mlp_status mlp_dataset_path(char **out, const mlp_dataset *d, int64_t i, mlp_error *err); /* release with free() */

/* Several labels for each sample. The classes of such a set are the combinations that occur, by which it is split,
 * folded and weighed; yes (classes x count, 0 or 1) says which labels a combination has. Batches and
 * mlp_dataset_labels have a row of 0 and 1 for each sample. Once for a source, which shares it with its views. */
mlp_status mlp_dataset_set_targets(mlp_dataset *d, const char *const *names, int count, const uint8_t *yes,
                                   mlp_error *err);
int mlp_dataset_targets(const mlp_dataset *d);                         /* how many labels; 0: one for each sample */
const char *mlp_dataset_target(const mlp_dataset *d, int k);           /* its name; lives with d */
void mlp_dataset_target_counts(const mlp_dataset *d, int64_t *counts); /* samples with each label */
/* The labels of a sample: targets numbers of 0 and 1, f32. */
mlp_status mlp_dataset_target_row(mlp_tensor **out, const mlp_dataset *d, int64_t i, mlp_error *err);
void mlp_dataset_target_table(const mlp_dataset *d, uint8_t *yes); /* classes x targets, as it was given */

/* Texts beside the samples, such as the further columns of a CSV file: one for each of what was opened, copied and
 * shared by all of its views. number: 0 for the first that was added; a name beyond the last is NULL. Both live with d.
 */
mlp_status mlp_dataset_add_column(mlp_dataset *d, const char *name, const char *const *text, int64_t n, mlp_error *err);
const char *mlp_dataset_column_name(const mlp_dataset *d, int number);
const char *mlp_dataset_column_text(const mlp_dataset *d, int number, int64_t i); /* nothing is checked */

/* The picture, decoded, without the transform. */
mlp_status mlp_dataset_image(mlp_image **out, const mlp_dataset *d, int64_t i, mlp_error *err);

/* What the transform makes of it: *tensor (a row of a tensor that has no transform; f32 when it normalises, else u8;
 * channels first after ToTensorV2) for a transform with either of those steps, else *image; the other one is NULL. seed
 * and epoch say which draw. */
mlp_status mlp_dataset_get(mlp_image **image, mlp_tensor **tensor, const mlp_dataset *d, int64_t i, uint64_t seed,
                           uint64_t epoch, mlp_error *err);

void mlp_dataset_class_counts(const mlp_dataset *d, int64_t *counts); /* one per class */

/* Identifies the data: 64 hexadecimal digits (SHA-256) and a NUL. For folders over class, path and size of every file
 * in order, so it is quick and survives copying, but does not see a picture that was edited without changing its size;
 * for IDX over everything. Decode options count, transforms do not. */
enum { MLP_FINGERPRINT = 65 };
mlp_status mlp_dataset_fingerprint(char out[MLP_FINGERPRINT], const mlp_dataset *d, mlp_error *err);

/* Files that could not be read so far, by any view of the source, sorted by path: found while indexing (broken links,
 * locked folders) or while loading. */
typedef struct mlp_bad_file {
    int64_t sample; /* number in the source; -1: never became a sample */
    char *path, *reason;
} mlp_bad_file;
mlp_status mlp_dataset_bad_files(mlp_bad_file **out, size_t *count, const mlp_dataset *d, mlp_error *err);
void mlp_bad_files_free(mlp_bad_file *files, size_t count);

/* What indexing a folder passed over. */
enum { MLP_MAX_EXTENSIONS = 24, MLP_EXTENSION_TEXT = 16 };
typedef struct mlp_passed_over {
    int64_t hidden;          /* names that begin with a point, Thumbs.db, ~ and the like */
    int64_t other;           /* files that are no pictures by their extension */
    int64_t loose;           /* pictures outside of the class folders */
    int64_t repeats;         /* folders that a link leads to a second time */
    int64_t links_out;       /* links that lead out of the folder, to pictures and to folders */
    bool stayed_inside;      /* whether those were passed over */
    int64_t unlabelled;      /* pictures of parts without class folders: test/1.jpg */
    char unlabelled_in[200]; /* these parts: "'test'"; or "" */
    char like_parts[200];    /* classes called like parts, beside others: "'seg_train', 'seg_test'"; or "" */
    char alike[200];         /* classes that have the same folders in them: "'fold1', 'fold2'"; or "" */
    char alike_inside[200];  /* these folders: "'cats', 'dogs'" */
    bool parts_inside;       /* whether they are called like parts */
    int extensions;          /* of the others: how many of each; the last one, "...", gathers the rest */
    struct {
        char text[MLP_EXTENSION_TEXT]; /* ".txt"; "" for none */
        int64_t count;
    } extension[MLP_MAX_EXTENSIONS];
} mlp_passed_over;
const mlp_passed_over *mlp_dataset_passed_over(const mlp_dataset *d); /* lives with d */

/* ---- views ---- */

/* d's samples with another transform (NULL: none). Takes a reference to it. */
mlp_status mlp_dataset_with(mlp_dataset **out, mlp_dataset *d, mlp_transform *transform, mlp_error *err);

/* The samples index[0..n) of d, in that order, with d's transform. Indices are checked; n >= 1. */
mlp_status mlp_dataset_subset(mlp_dataset **out, mlp_dataset *d, const int64_t *index, int64_t n, mlp_error *err);

/* The samples of d's classes classes[0..n), which get the labels 0 to n-1 in this order; n >= 2, none twice. */
mlp_status mlp_dataset_select_classes(mlp_dataset **out, mlp_dataset *d, const int *classes, int n, mlp_error *err);

bool mlp_dataset_has_part(const mlp_dataset *d, mlp_part part); /* any sample of d in it */
mlp_status mlp_dataset_part(mlp_dataset **out, mlp_dataset *d, mlp_part part, mlp_error *err);

/* Takes round(fraction * count) samples into *taken and the others into *rest, both in d's order. Which ones follows
 * from seed alone. stratify: every class gives its share; where shares are not whole, the classes with the largest
 * remainders give one more. A class of two or more samples is on both sides; a class of one stays in *rest. together:
 * samples with the same bytes are on the same side, which may cost a few samples of *taken. */
mlp_status mlp_dataset_split(mlp_dataset **rest, mlp_dataset **taken, mlp_dataset *d, double fraction, bool stratify,
                             bool together, uint64_t seed, mlp_error *err);

/* What becomes of pictures that are there twice. */
typedef enum mlp_copies {
    MLP_TOGETHER, /* all copies go into one part; parts of d's own that share a picture are refused */
    MLP_REFUSED,  /* they may be in one part by chance; parts that share a picture are refused */
    MLP_ALLOWED,
} mlp_copies;

/* Training, validation and test data in out[MLP_TRAIN], [MLP_VAL], [MLP_TEST]; the last is NULL when there is none. d's
 * own parts where it has a train part; a part that is missing is split off the train part, with the given share of it
 * (for test, 0: none). */
mlp_status mlp_dataset_divide(mlp_dataset *out[MLP_PARTS], mlp_dataset *d, double val, double test, bool stratify,
                              mlp_copies copies, uint64_t seed, mlp_error *err);

/* Which of k folds each sample is in (i64, 0 to k-1), for cross-validation; which ones follows from seed alone. Sizes
 * differ by one at most; with stratify those of every class do, as with scikit-learn's StratifiedKFold. together:
 * samples with the same bytes are in one fold, where sizes may then differ by as much as that takes. */
mlp_status mlp_dataset_folds(mlp_tensor **out, const mlp_dataset *d, int64_t k, bool stratify, bool together,
                             uint64_t seed, mlp_error *err);

/* ---- groups ---- */

/* Which of the parts each sample is in (i64, 0 to parts - 1), where those of a group go together. group: a number from
 * 0 to count - 1 for each sample; share: what each part shall have of all, together 1. Sizes, and with stratify the
 * shares of the classes, are as near to that as whole groups allow, by a greedy search: the largest groups first, each
 * to the part that is furthest behind; of those of one size in an order that follows from the seed. A part may stay
 * empty where groups are few or large. together: groups that have samples with the same bytes in common are one. */
mlp_status mlp_dataset_deal(mlp_tensor **out, const mlp_dataset *d, const int64_t *group, const double *share,
                            int parts, bool stratify, bool together, uint64_t seed, mlp_error *err);

/* For each sample the first one that looks the same, directly or over others: copies and near duplicates as
 * mlp_dataset_inspect finds them (i64). Reads every picture. */
mlp_status mlp_dataset_similar(mlp_tensor **out, const mlp_dataset *d, mlp_error *err);

/* ---- duplicates ---- */

/* For each sample of the sets, one set after the other, the number of the first one (so counted) whose picture has the
 * same bytes: its own number when there is no earlier one. Files are compared by size first, then by their ends, and
 * only those that agree are read whole (SHA-256), so that a set without duplicates costs little. Files that cannot be
 * read are nobody's duplicates. */
mlp_status mlp_duplicates(int64_t *first, const mlp_dataset *const *sets, int count, mlp_error *err);

/* ---- the loader ---- */

typedef struct mlp_loader mlp_loader;
typedef struct mlp_epoch mlp_epoch;

typedef struct mlp_loader_options {
    int64_t batch_size;
    bool shuffle, drop_last;
    int workers;          /* threads that fill batches ahead; 0: the caller's thread fills them */
    int prefetch;         /* batches each worker may be ahead */
    uint64_t seed;        /* of the order and the augmentation */
    size_t cache_bytes;   /* for pictures after the fixed first steps of the transform; 0: none are kept */
    mlp_sampler *sampler; /* which samples, in which order: excludes shuffle; NULL: all of them, once. Retained */
} mlp_loader_options;

/* 1, no, no, 2 workers where there is more than one core (else 0), 2, 0, 512 MiB */
mlp_loader_options mlp_loader_defaults(void);

/* Makes batches of d, which it retains. */
mlp_status mlp_loader_new(mlp_loader **out, mlp_dataset *d, const mlp_loader_options *options, mlp_error *err);
mlp_loader *mlp_loader_retain(mlp_loader *l);
void mlp_loader_release(mlp_loader *l);
int64_t mlp_loader_batches(const mlp_loader *l);      /* of an epoch in which no picture is bad */
mlp_dataset *mlp_loader_dataset(const mlp_loader *l); /* borrowed */
const mlp_loader_options *mlp_loader_options_of(const mlp_loader *l);
size_t mlp_loader_cached_bytes(const mlp_loader *l); /* held by the source of its dataset, for all loaders */

/* One batch. The tensors belong to the caller; mlp_batch_clear releases them. */
typedef struct mlp_batch {
    mlp_tensor *images;  /* n x channels x height x width: f32 when the transform normalises, else u8; or n rows */
    mlp_tensor *labels;  /* n, i64; where samples have several labels n x targets of 0 and 1, f32 */
    mlp_tensor *indices; /* n, i64: positions in the loader's dataset */
    int64_t number;      /* position in the epoch */
} mlp_batch;
void mlp_batch_clear(mlp_batch *batch);

/* A pass over the data. The order follows from (seed, epoch), the augmentation of a sample from (seed, epoch, its
 * number in the source), whoever computes it: batches are the same for any number of workers. A bad picture keeps its
 * place in the order and is missing in its batch, which is shorter then; a batch with none left is passed over; an
 * epoch with none left fails. first: the number of the batch to begin with, for going on in the middle of an epoch. */
mlp_status mlp_epoch_open(mlp_epoch **out, mlp_loader *l, uint64_t epoch, int64_t first, mlp_error *err);

/* The next batch, or images == NULL at the end. An error met by a worker comes here, at its batch, and again at every
 * later call. Looks at the interrupt flag while it waits. */
mlp_status mlp_epoch_next(mlp_batch *batch, mlp_epoch *e, mlp_error *err);

/* Stops and joins the workers, at any moment. NULL is fine. */
void mlp_epoch_close(mlp_epoch *e);

/* ---- statistics ---- */

/* Mean and standard deviation of each channel, in 0..1: what Normalize takes. Of the pictures as the fixed first steps
 * of the transform leave them, each counting alike whatever its size, as in training. Bad ones are left out. */
typedef struct mlp_data_statistics {
    int channels;
    int64_t pictures, bad;
    double mean[3], std[3];
    int min_width, max_width, min_height, max_height;
} mlp_data_statistics;
mlp_status mlp_dataset_statistics(mlp_data_statistics *out, const mlp_dataset *d, mlp_error *err);

#endif
