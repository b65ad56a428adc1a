/* folder.c - class folders: finding the classes and their pictures. scan.c walks through one class folder. */
#include "data/files_private.h"
#include "data/scan_private.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- classes ---- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The class number of a folder's name. Names were gathered and sorted before. */
static int class_of(const mlp_source *s, const char *name)
{
    char **found = bsearch(&name, s->class_name, (size_t)s->classes, sizeof *s->class_name, by_text);
    return (int)(found - s->class_name);
}

/* Adds the names of one level of class folders to the source's classes, sorted, each once. */
static mlp_status add_classes(mlp_source *s, const mlp_listing *list, mlp_error *err)
{
    char **more = realloc(s->class_name, ((size_t)s->classes + list->folders + 1) * sizeof *more);
    if (!more) return mlp_fail(err, MLP_ENOMEM, "out of memory: cannot list the classes of '%s'", s->root);
    s->class_name = more;
    int old = s->classes;
    for (size_t i = 0; i < list->folders; i++) {
        if (old && bsearch(&list->folder[i], more, (size_t)old, sizeof *more, by_text)) continue;
        if (!(more[s->classes] = strdup(list->folder[i])))
            return mlp_fail(err, MLP_ENOMEM, "out of memory: cannot list the classes of '%s'", s->root);
        s->classes++;
    }
    if (s->classes > 1) qsort(more, (size_t)s->classes, sizeof *more, by_text);
    return MLP_OK;
}

/* ".txt 10, .gif 2" of what was passed over, or nothing. */
static const char *others_text(char *buffer, size_t room, const mlp_passed_over *p)
{
    size_t used = 0;
    buffer[0] = 0;
    for (int i = 0; i < p->extensions && used + 48 < room; i++)
        used +=
            (size_t)snprintf(buffer + used, room - used, "%s%lld %s", i ? ", " : "", (long long)p->extension[i].count,
                             p->extension[i].text[0] ? p->extension[i].text : "without extension");
    return buffer;
}

static mlp_status no_classes(const char *where, const mlp_listing *list, const mlp_passed_over *p, mlp_error *err)
{
    char others[256];
    if (list->pictures)
        return mlp_fail(
            err, MLP_EFORMAT,
            "'%s' has no class folders: its %zu picture%s lie%s directly in it; put each class into a folder "
            "of its own ('%s/NAME OF CLASS/picture.jpg')",
            where, list->pictures, list->pictures == 1 ? "" : "s", list->pictures == 1 ? "s" : "", where);
    if (p->other)
        return mlp_fail(err, MLP_EFORMAT,
                        "'%s' has no class folders, only other files (%s); expected one folder for each class, with "
                        "pictures in it",
                        where, others_text(others, sizeof others, p));
    return mlp_fail(err, MLP_EFORMAT,
                    "'%s' has no class folders: it is empty; expected one folder for each class, with "
                    "pictures in it",
                    where);
}

/* Writes the names of the classes without a picture (in a part; MLP_NO_PART: at all), at most eight of them, and
 * returns how many there are; -1: no memory. */
static int name_empty(char *names, size_t room, const mlp_source *s, mlp_part part)
{
    int empty = 0;
    size_t used = 0;
    uint8_t *seen = calloc((size_t)s->classes + 1, 1);
    if (!seen) return -1;
    for (int64_t i = 0; i < s->count; i++)
        if (part == MLP_NO_PART || s->part[i] == part) seen[s->label[i]] = 1;
    names[0] = 0;
    for (int i = 0; i < s->classes; i++) {
        if (seen[i]) continue;
        if (empty < 8 && used + 64 < room)
            used += (size_t)snprintf(names + used, room - used, "%s'%.50s'", empty ? ", " : "", s->class_name[i]);
        if (++empty == 9) used += (size_t)snprintf(names + used, room - used, " ...");
    }
    free(seen);
    return empty;
}

/* Refuses classes that have no picture, or only outside of the train part, and a single class. */
static mlp_status check_classes(const mlp_source *s, bool parts, mlp_error *err)
{
    char names[520], others[256];
    const mlp_passed_over *p = &s->passed_over;
    const char *plural = s->classes == 1 ? "" : "s";
    others_text(others, sizeof others, p);
    if (s->count == 0)
        return mlp_fail(
            err, MLP_EFORMAT, "'%s' has %d class folder%s and not one picture in them: %s%s%sexpected files named %s",
            s->root, s->classes, plural, p->other ? "found " : "", others, p->other ? "; " : "", MLP_PICTURE_NAMES);
    if (s->classes == 1)
        return mlp_fail(err, MLP_EFORMAT,
                        "'%s' has a single class ('%s', %lld picture%s): nothing to tell apart; expected two class "
                        "folders or more (is this a level too deep or too high?)",
                        s->root, s->class_name[0], (long long)s->count, s->count == 1 ? "" : "s");
    if (s->options.allow_empty) return MLP_OK;
    int empty = name_empty(names, sizeof names, s, MLP_NO_PART);
    if (empty > 0)
        return mlp_fail(
            err, MLP_EFORMAT,
            "'%s': %d of %d classes %s no picture: %s%s%s%s; remove the folder%s, or pass allow_empty = true", s->root,
            empty, s->classes, empty == 1 ? "has" : "have", names, p->other ? " (other files: " : "", others,
            p->other ? ")" : "", empty == 1 ? "" : "s");
    bool trains = parts && memchr(s->part, MLP_TRAIN, (size_t)s->count);
    if (!empty && trains) empty = name_empty(names, sizeof names, s, MLP_TRAIN);
    if (empty > 0)
        return mlp_fail(err, MLP_EFORMAT,
                        "'%s': %d of %d classes %s no picture in the train folder, only in others: %s; are the class "
                        "folders named alike? (allow_empty = true if this is meant)",
                        s->root, empty, s->classes, empty == 1 ? "has" : "have", names);
    return empty < 0 ? mlp_fail(err, MLP_ENOMEM, "out of memory: cannot count the classes of '%s'", s->root) : MLP_OK;
}

/* ---- samples ---- */

static int by_class_and_path(const void *a, const void *b)
{
    const mlp_found *x = a, *y = b;
    if (x->label != y->label) return x->label < y->label ? -1 : 1;
    return strcmp(x->path, y->path);
}

/* Moves what the walk has found into the source. */
static mlp_status keep(mlp_source *s, mlp_scan *scan, bool parts, mlp_error *err)
{
    void *label = NULL, *path = NULL, *size = NULL, *part = NULL;
    size_t n = scan->count;
    for (size_t i = 0; i < n; i++) scan->found[i].path = scan->text + scan->found[i].offset;
    if (n > 1) qsort(scan->found, n, sizeof *scan->found, by_class_and_path);
    mlp_status st = mlp_alloc(&label, n, sizeof(int32_t), err);
    if (!st) st = mlp_alloc(&path, n, sizeof(size_t), err);
    if (!st) st = mlp_alloc(&size, n, sizeof(int64_t), err);
    if (!st && parts) st = mlp_alloc(&part, n, 1, err);
    mlp_files *f = s->data;
    f->path = path;
    f->size = size;
    s->label = label;
    s->part = part;
    if (st) return st;
    for (size_t i = 0; i < n; i++) {
        const mlp_found *found = &scan->found[i];
        s->label[i] = found->label;
        f->path[i] = found->offset;
        f->size[i] = found->size;
        if (parts) s->part[i] = (int8_t)found->part;
    }
    f->text = scan->text;
    scan->text = NULL;
    s->count = (int64_t)n;
    return MLP_OK;
}

/* Walks through the class folders in `list`, which lie in `level` ("" or "train", relative to the root). */
static mlp_status walk_classes(mlp_scan *scan, const char *level, const mlp_listing *list, mlp_part part,
                               mlp_error *err)
{
    mlp_status st = MLP_OK;
    for (size_t i = 0; !st && i < list->folders; i++) {
        char *path = NULL;
        st = mlp_join_path(&path, level, list->folder[i], err);
        if (!st) st = mlp_scan_class(scan, path, class_of(scan->source, list->folder[i]), part, err);
        free(path);
    }
    return st;
}

/* Whether all folders are parts of one data set: by their names, or where these leave a doubt ("train-2019" and
 * "holdout", "tr" and "te") by the same class folders in all of them. */
static mlp_status are_parts(bool *parts, const mlp_source *s, const mlp_listing *list, mlp_error *err)
{
    char first[MLP_PART_REST], rest[MLP_PART_REST];
    bool labelled = false, sure = true, twice = false, one_sure = true;
    unsigned seen = 0;
    *parts = false;
    for (size_t i = 0; i < list->folders; i++) {
        mlp_part part = mlp_part_of_name(list->folder[i], i ? rest : first, &one_sure);
        if (part == MLP_NO_PART) return MLP_OK;
        sure = sure && one_sure && (i == 0 || strcmp(first, rest) == 0);
        twice = twice || seen & 1u << part;
        seen |= 1u << part;
        labelled = labelled || part != MLP_UNLABELLED;
    }
    *parts = labelled && sure;
    return sure || twice || !labelled ? MLP_OK : mlp_have_same_folders(parts, s->root, list, err);
}

/* Classes that are called like two parts or more, or like one that no thing is called, make somebody's mistake likely:
 * their names are kept for a warning. */
static void note_like_parts(mlp_passed_over *p, const mlp_listing *list)
{
    char rest[MLP_PART_REST], names[sizeof p->like_parts] = "";
    unsigned seen = 0;
    bool no_thing = false, sure = true;
    for (size_t i = 0; i < list->folders; i++) {
        mlp_part part = mlp_part_of_name(list->folder[i], rest, &sure);
        if (part == MLP_NO_PART) continue;
        seen |= 1u << part;
        no_thing = no_thing || (sure && (part == MLP_VAL || part == MLP_TEST) && list->folders > 1);
        mlp_add_name(names, sizeof names, list->folder[i]);
    }
    if (seen & (seen - 1) || no_thing) memcpy(p->like_parts, names, sizeof names);
}

/* A part without class folders, whose pictures have no classes; they may lie in one more folder ("pred/pred"). */
static mlp_status pass_unlabelled(mlp_source *s, const char *name, const char *path, const mlp_listing *list,
                                  mlp_error *err)
{
    mlp_passed_over *p = &s->passed_over;
    int64_t pictures = (int64_t)list->pictures;
    mlp_status st = MLP_OK;
    for (size_t i = 0; !st && i < list->folders; i++) {
        mlp_listing inner = { 0 };
        char *below = NULL;
        st = mlp_join_path(&below, path, list->folder[i], err);
        if (!st) st = mlp_list_folder(&inner, below, s, err);
        pictures += (int64_t)inner.pictures;
        mlp_listing_free(&inner);
        free(below);
    }
    if (!st && pictures) mlp_add_name(p->unlabelled_in, sizeof p->unlabelled_in, name);
    if (!st) p->unlabelled += pictures;
    return st;
}

/* Some archives have a part's folder in one of the same name: seg_train/seg_train/cats. *name becomes the inner one's.
 */
static mlp_status go_inside(mlp_source *s, mlp_part part, char **name, mlp_listing *level, mlp_error *err)
{
    char rest[MLP_PART_REST], *inner = NULL, *path = NULL;
    bool sure = true,
         again = level->folders == 1 && level->pictures == 0 && mlp_part_of_name(level->folder[0], rest, &sure) == part;
    if (!again) return MLP_OK;
    mlp_status st = mlp_join_path(&inner, *name, level->folder[0], err);
    if (!st) st = mlp_join_path(&path, s->root, inner, err);
    mlp_listing_free(level);
    *level = (mlp_listing){ 0 };
    if (!st) st = mlp_list_folder(level, path, s, err);
    free(path);
    free(*name);
    *name = inner;
    return st;
}

/* One part's folder: its classes, or what is passed over. *used: it is a part with class folders. */
static mlp_status open_part(mlp_source *s, mlp_part part, char **name, mlp_listing *level, bool *used, mlp_error *err)
{
    char *path = NULL;
    mlp_status st = mlp_join_path(&path, s->root, *name, err);
    if (!st) st = mlp_list_folder(level, path, s, err);
    if (!st && part != MLP_UNLABELLED) st = go_inside(s, part, name, level, err);
    bool loose = level->folders == 0 && level->pictures > 0;
    *used = part != MLP_UNLABELLED && !(part == MLP_TEST && loose);
    if (!st && !*used) st = pass_unlabelled(s, *name, path, level, err);
    if (!st && *used && level->folders == 0) {
        mlp_error why = { 0 };
        st = no_classes(path, level, &s->passed_over, &why);
        mlp_fail(err, st, "%.900s; or open the train folder alone", why.text);
    }
    if (!st && *used) s->passed_over.loose += (int64_t)level->pictures;
    if (!st && *used) st = add_classes(s, level, err);
    free(path);
    return st;
}

/* train/, val/, test/ above the class folders. */
static mlp_status open_parts(mlp_scan *scan, const mlp_listing *top, mlp_error *err)
{
    mlp_source *s = scan->source;
    mlp_listing level[MLP_PARTS + 1] = { { 0 } };
    char *name[MLP_PARTS + 1] = { NULL };
    bool used[MLP_PARTS + 1] = { false };
    mlp_status st = MLP_OK;
    bool sure = true;
    for (size_t i = 0; !st && i < top->folders; i++) {
        char rest[MLP_PART_REST];
        mlp_part part = mlp_part_of_name(top->folder[i], rest, &sure);
        if (name[part]) {
            st = mlp_fail(err, MLP_EFORMAT, "'%s' has both '%s' and '%s': rename or remove one of them", s->root,
                          name[part], top->folder[i]);
            break;
        }
        if (!(name[part] = strdup(top->folder[i]))) st = mlp_fail(err, MLP_ENOMEM, "out of memory: '%s'", s->root);
        if (!st) st = open_part(s, part, &name[part], &level[part], &used[part], err);
    }
    for (int part = 0; !st && part < MLP_PARTS; part++)
        if (used[part]) st = walk_classes(scan, name[part], &level[part], (mlp_part)part, err);
    for (int part = 0; part <= MLP_PARTS; part++) {
        mlp_listing_free(&level[part]);
        free(name[part]);
    }
    return st;
}

mlp_status mlp_image_folder_open(mlp_dataset **out, const char *path, const mlp_data_options *options, mlp_error *err)
{
    mlp_data_options o = *options;
    if (o.decode.channels == 0) o.decode.channels = 3;
    void *f = NULL;
    mlp_source *s = NULL;
    mlp_listing top = { 0 };
    mlp_status st = mlp_alloc(&f, 1, sizeof(mlp_files), err);
    if (!st) st = mlp_source_new(&s, &mlp_folder_kind, f, path, &o, err);
    if (st) return st;
    mlp_scan scan = { .source = s };
    st = mlp_scan_begin(&scan, path, err);
    if (!st) st = mlp_list_folder(&top, path, s, err);
    if (!st && top.folders == 0) st = no_classes(path, &top, &s->passed_over, err);
    bool parts = false;
    if (!st) st = are_parts(&parts, s, &top, err);
    if (!st) s->passed_over.loose += (int64_t)top.pictures;
    if (!st && parts) {
        st = open_parts(&scan, &top, err);
    } else if (!st) {
        note_like_parts(&s->passed_over, &top);
        st = add_classes(s, &top, err);
        if (!st) st = walk_classes(&scan, "", &top, MLP_NO_PART, err);
    }
    if (!st) st = keep(s, &scan, parts, err);
    if (!st && !parts) st = mlp_note_alike(s, err);
    if (!st) st = check_classes(s, parts, err);
    mlp_listing_free(&top);
    mlp_scan_end(&scan);
    if (st) {
        mlp_source_release(s);
        return st;
    }
    mlp_dataset *d = NULL;
    st = mlp_source_ready(&d, s, err);
    if (!st) *out = d;
    return st;
}
