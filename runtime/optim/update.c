/* update.c - runs a rule's kernel over a parameter and its state. */
#include "optim/rule.h"

#include <stdatomic.h>
#include <stdlib.h>

static mlp_status check(const char *who, const mlp_tensor *p, const mlp_tensor *t, const char *what, mlp_error *err)
{
    char want[MLP_SHAPE_TEXT], got[MLP_SHAPE_TEXT];
    if (t->dtype == p->dtype && mlp_tensor_same_shape(t, p)) return MLP_OK;
    return mlp_fail(err, MLP_ESHAPE, "%s: the parameter is %s %s but its %s is %s %s", who, mlp_dtype_name(p->dtype),
                    mlp_shape_text(want, p->ndim, p->shape), what, mlp_dtype_name(t->dtype),
                    mlp_shape_text(got, t->ndim, t->shape));
}

/* ---- a gradient that is there ---- */

static mlp_status run_whole(const char *who, mlp_update *u, mlp_tensor *p, const mlp_tensor *grad, mlp_range_fn kernel,
                            mlp_error *err)
{
    enum { GRAIN = 65536 };
    mlp_tensor *g = NULL;
    mlp_status st = check(who, p, grad, "gradient", err);
    if (!st) st = mlp_tensor_contiguous(&g, (mlp_tensor *)grad, err); /* takes a reference at most */
    if (st) return st;
    u->grad = mlp_tensor_data(g);
    st = mlp_parallel_for(mlp_tensor_numel(p), GRAIN, kernel, u, err);
    mlp_tensor_release(g);
    return st;
}

/* ---- a gradient that is made piece by piece: f32 ---- */

typedef struct pieces {
    const mlp_outer *later;
    const mlp_update *u;
    mlp_range_fn kernel;
    float *scratch; /* one piece for each thread */
    atomic_bool *taken;
} pieces;

/* At most as many threads as there are pieces of scratch are here at a time. */
static int take_scratch(const pieces *s)
{
    int i = 0;
    while (atomic_exchange_explicit(&s->taken[i], true, memory_order_acquire)) i = (i + 1) % mlp_threads();
    return i;
}

static float *moved(void *array, int64_t by)
{
    return array ? (float *)array + by : NULL;
}

static void update_pieces(void *context, int64_t begin, int64_t end)
{
    const pieces *s = context;
    int64_t columns = mlp_outer_columns(s->later), size = mlp_outer_piece_size(s->later);
    int mine = take_scratch(s);
    float *grad = s->scratch + mine * size;
    const float *near[MLP_RULE_STATES + 2] = { s->u->p }; /* the next forward reads it */
    for (int k = 0, n = 1; k < MLP_RULE_STATES; k++)
        if (s->u->state[k]) near[n++] = s->u->state[k];
    for (int64_t i = begin; i < end; i++) {
        mlp_outer_piece piece = mlp_outer_piece_at(s->later, i);
        mlp_outer_make_piece(s->later, &piece, grad, piece.columns, near);
        /* whole rows lie behind each other: one call does them all */
        int64_t runs = piece.columns == columns ? 1 : piece.rows, length = piece.rows * piece.columns / runs;
        for (int64_t r = 0; r < runs; r++) {
            int64_t at = (piece.row + r) * columns + piece.column;
            mlp_update u = { .p = moved(s->u->p, at), .grad = grad + r * length, .options = s->u->options };
            for (int k = 0; k < MLP_RULE_STATES; k++) u.state[k] = moved(s->u->state[k], at);
            s->kernel(&u, 0, length);
        }
    }
    atomic_store_explicit(&s->taken[mine], false, memory_order_release);
}

static mlp_status run_pieces(const mlp_update *u, const mlp_outer *later, mlp_range_fn kernel, mlp_error *err)
{
    size_t threads = (size_t)mlp_threads(), bytes = threads * (size_t)mlp_outer_piece_size(later) * sizeof(float);
    void *scratch = NULL, *taken = NULL;
    mlp_status st = mlp_alloc(&taken, threads, sizeof(atomic_bool), err);
    if (!st) st = mlp_block_new(&scratch, bytes, err);
    if (!st) {
        pieces s = { later, u, kernel, scratch, taken };
        st = mlp_parallel_for(mlp_outer_pieces(later), mlp_outer_grain(later), update_pieces, &s, err);
    }
    mlp_block_free(scratch, bytes);
    free(taken);
    return st;
}

mlp_status mlp_update_run(const char *who, mlp_tensor *p, const mlp_tensor *grad, mlp_tensor *const *states,
                          int n_states, const void *options, mlp_range_fn f32, mlp_range_fn f64, mlp_error *err)
{
    if (mlp_expect_real(p, who, "parameter", err)) return MLP_EDTYPE;
    if (!mlp_tensor_is_contiguous(p))
        return mlp_fail(err, MLP_ESTATE,
                        "%s: the parameter is a view that is not contiguous: make it with contiguous()", who);
    mlp_update u = { .p = mlp_tensor_data(p), .options = options };
    const mlp_outer *later = grad ? NULL : mlp_grad_later(p);
    mlp_tensor *own = NULL;
    mlp_status st = grad || later ? MLP_OK : mlp_grad_get(&own, p, err);
    if (!st && !grad && !later && !own) st = mlp_fail(err, MLP_ESTATE, "%s: the parameter has no gradient", who);
    for (int i = 0; !st && i < n_states; i++) {
        if (!states[i]) continue;
        st = check(who, p, states[i], "state", err);
        if (!st && !mlp_tensor_is_contiguous(states[i]))
            st = mlp_fail(err, MLP_ESTATE, "%s: a state tensor is not contiguous", who);
        u.state[i] = mlp_tensor_data(states[i]);
    }
    if (st) return st;
    if (later) st = run_pieces(&u, later, f32, err);
    else st = run_whole(who, &u, p, grad ? grad : own, p->dtype == MLP_F64 ? f64 : f32, err);
    mlp_tensor_touch(p);
    for (int i = 0; i < n_states; i++)
        if (states[i]) mlp_tensor_touch(states[i]);
    return st;
}
