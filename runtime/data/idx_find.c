/* idx_find.c - which files of a folder are IDX pairs, by their names: STEM + "images" + "-idx3-ubyte" (or
 * ".idx3-ubyte"), with or without ".gz", and the same with "labels" and "idx1". The stem says which part it is: train,
 * t10k or test. */
#include "base/folder.h"
#include "data/idx_private.h"
#include "data/scan_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* ---- names ---- */

/* *problem: why that cannot be told, here and below. */
static bool is_file(const char *path, int *problem)
{
    struct stat info;
    return mlp_is_there(path, &info, problem) && S_ISREG(info.st_mode);
}

static bool is_folder(const char *path, int *problem)
{
    struct stat info;
    return mlp_is_there(path, &info, problem) && S_ISDIR(info.st_mode);
}

/* Cuts `tail` off the end of the first *n characters of name, whatever its case. */
static bool cut(const char *name, size_t *n, const char *tail)
{
    size_t t = strlen(tail);
    if (*n < t || strncasecmp(name + *n - t, tail, t) != 0) return false;
    *n -= t;
    return true;
}

/* The length of the stem when name is that of a file of pictures (labels), else -1; an empty stem is fine. */
static int stem_of(const char *name, bool labels)
{
    size_t n = strlen(name);
    cut(name, &n, ".gz");
    if (!cut(name, &n, labels ? "idx1-ubyte" : "idx3-ubyte")) return -1;
    if (!cut(name, &n, "-") && !cut(name, &n, ".")) return -1;
    if (!cut(name, &n, labels ? "labels" : "images")) return -1;
    return (int)n;
}

static bool has_word(const char *text, int length, const char *word)
{
    int n = (int)strlen(word);
    for (int i = 0; i + n <= length; i++)
        if (strncasecmp(text + i, word, (size_t)n) == 0) return true;
    return false;
}

static mlp_part part_of_stem(const char *stem, int length)
{
    if (has_word(stem, length, "train")) return MLP_TRAIN;
    if (has_word(stem, length, "t10k") || has_word(stem, length, "test")) return MLP_TEST;
    if (has_word(stem, length, "val")) return MLP_VAL;
    return MLP_NO_PART;
}

/* The file of labels (pictures) that goes with a stem in a folder, as a path to free, or NULL. */
static char *partner(const char *folder, const char *stem, int length, bool labels, int *problem)
{
    static const char *const ends[] = { "-%s-ubyte", ".%s-ubyte", "-%s-ubyte.gz", ".%s-ubyte.gz" };
    char end[32], *path = NULL;
    size_t room = strlen(folder) + (size_t)length + 64;
    if (!(path = malloc(room))) {
        *problem = ENOMEM;
        return NULL;
    }
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        snprintf(end, sizeof end, ends[i], labels ? "idx1" : "idx3");
        snprintf(path, room, "%s%s%.*s%s%s", folder, *folder ? "/" : "", length, stem, labels ? "labels" : "images",
                 end);
        if (is_file(path, problem)) return path;
    }
    free(path);
    return NULL;
}

/* ---- folders ---- */

typedef struct pairs {
    char *images[MLP_PARTS + 1], *labels[MLP_PARTS + 1]; /* by part + 1 */
    int count;
} pairs;

static void pairs_free(pairs *p)
{
    for (int i = 0; i <= MLP_PARTS; i++) {
        free(p->images[i]);
        free(p->labels[i]);
    }
}

/* Adds the pair that the file of pictures `name` belongs to, unless its packed twin came before. */
static mlp_status add_pair(pairs *p, const char *folder, const char *name, int length, mlp_error *err)
{
    int at = part_of_stem(name, length) + 1;
    int problem = 0;
    char *images = partner(folder, name, length, false, &problem);
    if (problem) {
        free(images);
        return mlp_unread(folder, problem, err);
    }
    if (!images) return MLP_OK; /* its name has capitals: not a name that these files have */
    if (p->images[at]) {
        mlp_status st =
            strcmp(p->images[at], images) == 0
                ? MLP_OK
                : mlp_fail(err, MLP_EFORMAT, "'%s' and '%s' are both the %s part: name the one that you want",
                           p->images[at], images, mlp_part_name((mlp_part)(at - 1)));
        free(images);
        return st;
    }
    p->images[at] = images;
    p->labels[at] = partner(folder, name, length, true, &problem);
    p->count++;
    if (problem) return mlp_unread(folder, problem, err);
    if (!p->labels[at])
        return mlp_fail(err, MLP_EFORMAT,
                        "'%s' has no labels beside it: expected '%.*slabels-idx1-ubyte' (or the same with .gz)", images,
                        length, name);
    return MLP_OK;
}

static mlp_status find_pairs(pairs *p, const char *folder, mlp_error *err)
{
    mlp_status st = MLP_OK;
    DIR *dir = opendir(folder);
    if (!dir) return mlp_unread_folder(folder, errno, err);
    while (!st) {
        struct dirent *e = mlp_next_entry(dir);
        if (!e && errno) st = mlp_unread_folder(folder, errno, err);
        if (!e) break;
        int length = stem_of(e->d_name, false);
        if (length >= 0) st = add_pair(p, folder, e->d_name, length, err);
    }
    closedir(dir);
    return st;
}

static bool has_idx(const char *folder, int *problem)
{
    bool found = false;
    DIR *dir = opendir(folder);
    for (struct dirent *e; dir && !found && (e = mlp_next_entry(dir));) found = stem_of(e->d_name, false) >= 0;
    if (!found && errno && mlp_status_of(errno) != MLP_EIO) *problem = errno;
    if (dir) closedir(dir);
    return found;
}

/* The folder in which the files lie: path, path/raw or path/FAMILY/raw. *out stays NULL when there is none. */
static mlp_status locate(char **out, const char *path, mlp_error *err)
{
    char *found = NULL, *inner = NULL, *raw = NULL;
    mlp_listing list = { 0 };
    int problem = 0;
    if (has_idx(path, &problem)) return mlp_join_path(out, "", path, err);
    mlp_status st = problem ? mlp_unread(path, problem, err) : mlp_list_folder(&list, path, NULL, err);
    for (size_t i = 0; !st && i < list.folders; i++) {
        st = mlp_join_path(&inner, path, list.folder[i], err);
        if (!st) st = mlp_join_path(&raw, inner, "raw", err);
        char *here = !st && strcmp(list.folder[i], "raw") == 0 && has_idx(inner, &problem) ? inner
                     : !st && is_folder(raw, &problem) && has_idx(raw, &problem)           ? raw
                                                                                           : NULL;
        if (problem) st = mlp_unread(inner, problem, err);
        else if (here && found)
            st = mlp_fail(err, MLP_EFORMAT, "'%s' holds several data sets: '%s' and '%s'; name one of them", path,
                          found, here);
        else if (here && !(found = strdup(here)))
            st = mlp_fail(err, MLP_ENOMEM, "out of memory: cannot look through '%s'", path);
        free(inner);
        free(raw);
        inner = raw = NULL;
    }
    mlp_listing_free(&list);
    if (st) free(found);
    else *out = found;
    return st;
}

/* The text of classes.txt in the folder; NULL where there is none that is one. */
static mlp_status class_names(char **out, const char *folder, mlp_error *err)
{
    char *path = NULL;
    uint8_t *text = NULL;
    size_t length;
    mlp_status st = mlp_join_path(&path, folder, "classes.txt", err);
    if (!st) st = mlp_file_read(&text, &length, path, 1 << 16, err);
    free(path);
    *out = (char *)text;
    return st == MLP_EIO || st == MLP_EFORMAT ? MLP_OK : st;
}

static mlp_status open_pairs(mlp_dataset **out, const char *path, const char *folder, const pairs *found,
                             mlp_part which, const mlp_data_options *options, mlp_error *err)
{
    mlp_idx_pair list[MLP_PARTS];
    int count = 0;
    for (int i = 0; i <= MLP_PARTS; i++) {
        bool wanted = which == MLP_NO_PART || i == which + 1 || (i == 0 && found->count == 1);
        if (found->images[i] && wanted && count < MLP_PARTS)
            list[count++] = (mlp_idx_pair){ found->images[i], found->labels[i], (mlp_part)(i - 1) };
    }
    if (count == 0)
        return mlp_fail(err, MLP_EFORMAT, "'%s' has no IDX files of the %s part", path, mlp_part_name(which));
    char *names;
    mlp_status st = class_names(&names, folder, err);
    if (!st) st = mlp_idx_open_named(out, path, list, count, names, options, err);
    free(names);
    return st;
}

mlp_status mlp_idx_folder_open(mlp_dataset **out, const char *path, mlp_part which, const mlp_data_options *options,
                               mlp_error *err)
{
    pairs found = { .count = 0 };
    char *folder = NULL;
    mlp_status st = locate(&folder, path, err);
    if (!st && !folder)
        st = mlp_fail(err, MLP_EFORMAT,
                      "'%s' has no IDX files; expected names such as train-images-idx3-ubyte and "
                      "train-labels-idx1-ubyte, plain or with .gz",
                      path);
    if (!st && folder) st = find_pairs(&found, folder, err);
    if (!st && folder) st = open_pairs(out, path, folder, &found, which, options, err);
    pairs_free(&found);
    free(folder);
    return st;
}

mlp_status mlp_idx_file_open(mlp_dataset **out, const char *file, const mlp_data_options *options, mlp_error *err)
{
    const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;
    char *folder = slash ? strndup(file, (size_t)(slash - file) + (slash == file)) : strdup("");
    if (!folder) return mlp_fail(err, MLP_ENOMEM, "out of memory: cannot open '%s'", file);
    int problem = 0, images = stem_of(name, false), labels = stem_of(name, true);
    char *other = images >= 0   ? partner(folder, name, images, true, &problem)
                  : labels >= 0 ? partner(folder, name, labels, false, &problem)
                                : NULL;
    mlp_status st = mlp_unread(file, problem, err);
    if (!st && !other) {
        st = mlp_fail(err, MLP_EFORMAT, "cannot tell which file goes with '%s': pass both, data.IDX(IMAGES, LABELS)",
                      file);
    } else if (!st) {
        mlp_idx_pair pair = { images >= 0 ? file : other, images >= 0 ? other : file, MLP_NO_PART };
        char *names;
        st = class_names(&names, *folder ? folder : ".", err);
        if (!st) st = mlp_idx_open_named(out, file, &pair, 1, names, options, err);
        free(names);
    }
    free(other);
    free(folder);
    return st;
}

mlp_status mlp_data_recognise(mlp_data_kind *kind, const char *path, mlp_error *err)
{
    mlp_cifar cifar;
    mlp_status st = mlp_cifar_recognise(&cifar, path, err);
    int problem = 0;
    bool file = !st && is_file(path, &problem), folder = !st && !file && is_folder(path, &problem);
    *kind = MLP_DATA_NOTHING;
    if (st || problem) return st ? st : mlp_unread(path, problem, err);
    if (cifar != MLP_NO_CIFAR) {
        *kind = cifar == MLP_CIFAR10 ? MLP_DATA_CIFAR10 : MLP_DATA_CIFAR100;
    } else if (file) {
        int dims;
        st = mlp_idx_sniff(&dims, path, err);
        if (dims) *kind = MLP_DATA_IDX_FILE;
    } else if (folder) {
        char *inner = NULL;
        st = locate(&inner, path, err);
        *kind = inner || st == MLP_EFORMAT ? MLP_DATA_IDX_FOLDER : MLP_DATA_FOLDER; /* several: opening it says so */
        if (st == MLP_EFORMAT || st == MLP_EIO) st = MLP_OK;
        free(inner);
    }
    return st;
}
