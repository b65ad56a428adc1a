/* scan_private.h - reading folders for folder.c: one level of names, and the walk through a class folder. */
#ifndef MLP_DATA_SCAN_PRIVATE_H
#define MLP_DATA_SCAN_PRIVATE_H

#include "data/source_private.h"

#include <sys/stat.h>
#include <sys/types.h>

/* The part that a folder's name tells; MLP_NO_PART: none. rest: what else the name says ("seg" of "seg_train"), which
 * mostly is the same for all parts of a data set. sure: false for names that a class could have as well ("te",
 * "trains"). */
enum { MLP_PART_REST = 64 };
#define MLP_UNLABELLED MLP_PARTS /* "seg_pred": pictures whose classes nobody has said */
mlp_part mlp_part_of_name(const char *name, char rest[MLP_PART_REST], bool *sure);

/* Adds "'name'" to a list of names in a buffer, or "..." once it is full. */
void mlp_add_name(char *list, size_t room, const char *name);

/* "folder/name", or name alone when folder is "". Release with free(). */
mlp_status mlp_join_path(char **out, const char *folder, const char *name, mlp_error *err);

/* One level: its folders sorted by code point (links to folders count), and how many pictures lie beside them. */
typedef struct mlp_listing {
    char **folder;
    size_t folders, room, pictures;
} mlp_listing;
/* Whether there is a file, as stat says it. *problem: the errno, where that cannot be told now: it may be there. */
bool mlp_is_there(const char *path, struct stat *info, int *problem);
mlp_status mlp_unread(const char *path, int problem, mlp_error *err); /* MLP_OK without a problem */
mlp_status mlp_unread_folder(const char *folder, int why, mlp_error *err);
/* s: counts what is passed over and says which links are followed; NULL: all are, and nobody counts. */
mlp_status mlp_list_folder(mlp_listing *list, const char *path, mlp_source *s, mlp_error *err);
mlp_status mlp_listing_add(mlp_listing *list, const char *name, size_t length, mlp_error *err);
void mlp_listing_sort(mlp_listing *list);
void mlp_listing_free(mlp_listing *list);

/* Whether the folders of a level, below root, have the same folders in them, as parts of a data set have: two or more
 * that are in all, and at least half of what is in each. Folders with pictures alone do not count. */
mlp_status mlp_have_same_folders(bool *same, const char *root, const mlp_listing *top, mlp_error *err);

/* Classes of which that is true, as the walk has found them, make somebody's mistake likely: their names are kept for a
 * warning. */
mlp_status mlp_note_alike(mlp_source *s, mlp_error *err);

typedef struct mlp_found {
    size_t offset;    /* of the path in text, which moves while it grows */
    const char *path; /* set once it is complete */
    int64_t size;
    int32_t label;
    int part;
} mlp_found;

typedef struct mlp_place {
    dev_t device;
    ino_t inode;
    bool used;
} mlp_place;

/* The walk: every folder below a class folder is read once for the class, and none that contains the data set, so links
 * cannot lead it round in circles or up. */
typedef struct mlp_scan {
    mlp_source *source;
    char *text;
    size_t text_used, text_room;
    mlp_found *found;
    size_t count, room;
    mlp_place *above; /* the root and what contains it */
    size_t above_count;
    mlp_place *seen; /* folders of the current class: a hash table */
    size_t seen_count, seen_room;
} mlp_scan;
mlp_status mlp_scan_begin(mlp_scan *scan, const char *root, mlp_error *err);
mlp_status mlp_scan_class(mlp_scan *scan, const char *path, int label, mlp_part part, mlp_error *err);
void mlp_scan_end(mlp_scan *scan);

#endif
