/* files_private.h - the source of pictures in files: what folder.c (class folders) and listed.c (lists of files) share.
 */
#ifndef MLP_DATA_FILES_PRIVATE_H
#define MLP_DATA_FILES_PRIVATE_H

#include "data/source_private.h"

typedef struct mlp_files {
    char *text;    /* the paths, relative to the root or absolute, each with its NUL */
    size_t *path;  /* where each sample's path begins */
    int64_t *size; /* bytes of each file; -1: could not be asked */
} mlp_files;

extern const mlp_source_kind mlp_folder_kind, mlp_listed_kind;

#endif
