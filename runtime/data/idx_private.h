/* idx_private.h - what idx.c (contents) and idx_find.c (names) share. */
#ifndef MLP_DATA_IDX_PRIVATE_H
#define MLP_DATA_IDX_PRIVATE_H

#include "data/source_private.h"

/* The first four bytes, unpacked if the file is gzip: 3 for pictures, 1 for labels, 0 for anything else. */
mlp_status mlp_idx_sniff(int *kind, const char *path, mlp_error *err);

/* names: text of classes.txt, or NULL. */
mlp_status mlp_idx_open_named(mlp_dataset **out, const char *root, const mlp_idx_pair *pairs, int count,
                              const char *names, const mlp_data_options *options, mlp_error *err);

#endif
