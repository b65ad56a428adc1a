/* walk.c - going through the elements of several tensors side by side: see tensor_private.h. */
#include "tensor/tensor_private.h"

#include <string.h>

mlp_status mlp_broadcast_shape(int *ndim, int64_t *shape, const mlp_tensor *a, const mlp_tensor *b, const char *who,
                               mlp_error *err)
{
    int n = a->ndim > b->ndim ? a->ndim : b->ndim;
    for (int i = 0; i < n; i++) {
        int ia = i - (n - a->ndim), ib = i - (n - b->ndim);
        int64_t sa = ia >= 0 ? a->shape[ia] : 1, sb = ib >= 0 ? b->shape[ib] : 1;
        if (sa != sb && sa != 1 && sb != 1) {
            char ta[MLP_SHAPE_TEXT], tb[MLP_SHAPE_TEXT];
            return mlp_fail(
                err, MLP_ESHAPE,
                "%s: shapes %s and %s do not broadcast (aligned at the last dimension, sizes must be equal or 1)", who,
                mlp_shape_text(ta, a->ndim, a->shape), mlp_shape_text(tb, b->ndim, b->shape));
        }
        shape[i] = sa == 1 ? sb : sa;
    }
    *ndim = n;
    return MLP_OK;
}

void mlp_walk_begin(mlp_walk *w, int ndim, const int64_t *shape, int operands, const mlp_tensor *const *t)
{
    int64_t size[MLP_MAX_DIMS + 1], jump[MLP_WALK][MLP_MAX_DIMS + 1];
    int n = 0;
    w->operands = operands;
    for (int k = 0; k < operands; k++) w->start[k] = 0;
    for (int i = 0; i < ndim; i++) {
        if (shape[i] == 1) continue;
        int64_t step[MLP_WALK];
        bool merge = n > 0;
        for (int k = 0; k < operands; k++) {
            int at = i - (ndim - t[k]->ndim);
            step[k] = at >= 0 && t[k]->shape[at] != 1 ? t[k]->stride[at] : 0;
            if (merge && jump[k][n - 1] != step[k] * shape[i]) merge = false;
        }
        if (merge) size[n - 1] *= shape[i];
        else size[n++] = shape[i];
        for (int k = 0; k < operands; k++) jump[k][n - 1] = step[k];
    }
    if (n == 0) { /* one element */
        size[n++] = 1;
        for (int k = 0; k < operands; k++) jump[k][0] = 0;
    }
    w->row = size[n - 1];
    w->outer = n - 1;
    w->rows = 1;
    for (int i = 0; i < n - 1; i++) {
        w->size[i] = size[i];
        w->rows *= size[i];
        for (int k = 0; k < operands; k++) w->jump[k][i] = jump[k][i];
    }
    for (int k = 0; k < operands; k++) w->step[k] = jump[k][n - 1];
}

void mlp_walk_row(const mlp_walk *w, int64_t number, int64_t *offset)
{
    for (int k = 0; k < w->operands; k++) offset[k] = w->start[k];
    for (int i = w->outer; i-- > 0;) {
        int64_t at = number % w->size[i];
        number /= w->size[i];
        for (int k = 0; k < w->operands; k++) offset[k] += at * w->jump[k][i];
    }
}

typedef struct job {
    const mlp_walk *w;
    mlp_piece_fn fn;
    void *context;
    int64_t pieces; /* per row */
} job;

static void run_rows(void *context, int64_t begin, int64_t end)
{
    const job *j = context;
    const mlp_walk *w = j->w;
    int64_t offset[MLP_WALK];
    for (int64_t i = begin; i < end; i++) {
        mlp_walk_row(w, i / j->pieces, offset);
        int64_t from = i % j->pieces * MLP_GRAIN, n = w->row - from;
        if (j->pieces > 1) {
            if (n > MLP_GRAIN) n = MLP_GRAIN;
            for (int k = 0; k < w->operands; k++) offset[k] += from * w->step[k];
        }
        j->fn(j->context, n, offset, w->step);
    }
}

mlp_status mlp_walk_run(const mlp_walk *w, mlp_piece_fn fn, void *context, mlp_error *err)
{
    if (w->rows == 0 || w->row == 0) return MLP_OK;
    job j = { w, fn, context, (w->row + MLP_GRAIN - 1) / MLP_GRAIN };
    int64_t grain = j.pieces > 1 ? 1 : (MLP_GRAIN + w->row - 1) / w->row;
    return mlp_parallel_for(w->rows * j.pieces, grain, run_rows, &j, err);
}
