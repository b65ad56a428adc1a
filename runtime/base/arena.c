/* arena.c - blocks of memory in a chain. */
#include "base/arena.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef struct mlp_arena_block {
    struct mlp_arena_block *next;
    max_align_t bytes[];
} block;

void *mlp_arena_take(mlp_arena *arena, size_t size, mlp_error *err)
{
    block *b = size < SIZE_MAX / 2 ? calloc(1, sizeof *b + size) : NULL;
    if (!b) {
        mlp_fail(err, MLP_ENOMEM, "out of memory: %zu bytes of a message", size);
        return NULL;
    }
    b->next = arena->blocks;
    arena->blocks = b;
    return b->bytes;
}

char *mlp_arena_text(mlp_arena *arena, const char *text, mlp_error *err)
{
    char *mended = NULL;
    if (mlp_utf8_mend(&mended, text, strlen(text), err)) return NULL;
    size_t size = strlen(mended) + 1;
    char *copy = mlp_arena_take(arena, size, err);
    if (copy) memcpy(copy, mended, size);
    free(mended);
    return copy;
}

/* Lists double, so that all blocks of one are at most twice its size. */
mlp_status mlp_arena_append(mlp_arena *arena, void *list, size_t *n, void *item, mlp_error *err)
{
    void *old;
    memcpy(&old, list, sizeof old);
    if ((*n & (*n - 1)) == 0) { /* 0 and powers of two */
        void **grown = mlp_arena_take(arena, (*n ? 2 * *n : 1) * sizeof *grown, err);
        if (!grown) return MLP_ENOMEM;
        if (*n) memcpy(grown, old, *n * sizeof *grown);
        old = grown;
        memcpy(list, &old, sizeof old);
    }
    ((void **)old)[(*n)++] = item;
    return MLP_OK;
}

void mlp_arena_free(mlp_arena *arena)
{
    for (block *b = arena->blocks, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    arena->blocks = NULL;
}
