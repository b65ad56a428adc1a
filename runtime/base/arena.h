/* arena.h - memory for what is made piece by piece and given back at once: trees of messages. */
#ifndef MLP_ARENA_H
#define MLP_ARENA_H

#include "base/base.h"

typedef struct mlp_arena {
    struct mlp_arena_block *blocks;
} mlp_arena; /* { NULL } is an empty one */

/* size bytes of zeros that live as long as the arena; NULL when there is no memory. */
void *mlp_arena_take(mlp_arena *arena, size_t size, mlp_error *err);

/* A copy of a text, in UTF-8: what is none is mended with U+FFFD. NULL when there is no memory. */
char *mlp_arena_text(mlp_arena *arena, const char *text, mlp_error *err);

/* Puts item at the end of a list of *n pointers that was made so, or is NULL; list: its address. */
mlp_status mlp_arena_append(mlp_arena *arena, void *list, size_t *n, void *item, mlp_error *err);

void mlp_arena_free(mlp_arena *arena);

#endif
