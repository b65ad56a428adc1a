/* backward.c - the pass backward over the tape.
 *
 * It visits the nodes in falling order of their numbers, from a heap: what an operation led to comes before it.
 */
#include "autograd/history_private.h"
#include "autograd/hooks_private.h"
#include "autograd/tape_private.h"

#include <stdlib.h>

static _Thread_local bool in_pass = false;

enum { FEW_INPUTS = 16 };

/* A leaf with hooks: its gradient is gathered first, so that they see the whole of it. */
typedef struct hooked {
    mlp_tensor *leaf, *sum; /* owned */
} hooked;

typedef struct pass {
    mlp_node **heap; /* holds a reference to each; the highest number is on top */
    size_t count, room;
    bool keep_tape;
    mlp_tensor **dx; /* room for the gradients of one node's inputs */
    int dx_room;
    hooked *hooked;
    int n_hooked;
} pass;

static mlp_status heap_push(pass *p, mlp_node *node, mlp_error *err)
{
    if (p->count == p->room) {
        size_t room = p->room ? 2 * p->room : 64;
        mlp_node **grown = realloc(p->heap, room * sizeof *grown);
        if (!grown) return mlp_fail(err, MLP_ENOMEM, "backward: out of memory for %zu tape entries", room);
        p->heap = grown;
        p->room = room;
    }
    size_t i = p->count++;
    for (; i > 0 && p->heap[(i - 1) / 2]->number < node->number; i = (i - 1) / 2) p->heap[i] = p->heap[(i - 1) / 2];
    p->heap[i] = mlp_node_retain(node);
    return MLP_OK;
}

static mlp_node *heap_pop(pass *p)
{
    mlp_node *top = p->heap[0], *last = p->heap[--p->count];
    size_t i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= p->count) break;
        if (child + 1 < p->count && p->heap[child + 1]->number > p->heap[child]->number) child++;
        if (p->heap[child]->number < last->number) break;
        p->heap[i] = p->heap[child];
        i = child;
    }
    p->heap[i] = last;
    return top;
}

/* Takes dx over. *sum is NULL, or a gradient that came earlier; afterwards it is the sum, and nobody else sees its
 * memory, so that the next one can be added in place. */
static mlp_status accumulate(mlp_tensor **sum, mlp_tensor *dx, mlp_error *err)
{
    mlp_status st = MLP_OK;
    if (*sum && mlp_tensor_is_alone(*sum) && mlp_tensor_is_contiguous(*sum)) {
        st = mlp_tensor_axpy_(*sum, 1, dx, err);
    } else if (*sum) {
        mlp_tensor *both = NULL;
        st = mlp_tensor_binary(&both, MLP_ADD, *sum, dx, err);
        if (!st) {
            mlp_tensor_release(*sum);
            *sum = both;
        }
    } else {
        *sum = dx;
        return MLP_OK;
    }
    mlp_tensor_release(dx);
    return st;
}

static mlp_status run_hooks(mlp_hook *list, mlp_tensor **dy, mlp_error *err)
{
    mlp_status st = mlp_hooks_run(list, dy, err);
    mlp_grad_enable(false); /* whatever they left */
    return st;
}

/* The gradient of a leaf is contiguous and its own: the first one is moved when it is so already. Later ones are added
 * in place, so that whoever looks at the gradient sees the sum. Takes dx over. */
static mlp_status accumulate_leaf(mlp_autograd *slot, mlp_tensor *dx, mlp_error *err)
{
    mlp_status st = slot ? mlp_grad_make(slot, err) : MLP_OK;
    if (!slot || st) {
        /* a hook has taken the leaf's wish for a gradient away */
    } else if (slot->grad) {
        st = mlp_tensor_axpy_(slot->grad, 1, dx, err);
    } else if (mlp_tensor_is_alone(dx) && mlp_tensor_is_contiguous(dx)) {
        slot->grad = dx;
        return MLP_OK;
    } else {
        st = mlp_tensor_clone(&slot->grad, dx, err);
    }
    mlp_tensor_release(dx);
    return st;
}

/* Puts dx, taken over, aside for the hooks of a leaf. */
static mlp_status gather(pass *p, mlp_tensor *leaf, mlp_tensor *dx, mlp_error *err)
{
    int i = 0;
    while (i < p->n_hooked && p->hooked[i].leaf != leaf) i++;
    if (i < p->n_hooked) return accumulate(&p->hooked[i].sum, dx, err);
    hooked *grown = realloc(p->hooked, (size_t)(i + 1) * sizeof *grown);
    if (!grown) {
        mlp_tensor_release(dx);
        return mlp_fail(err, MLP_ENOMEM, "backward: out of memory for %d leaves with hooks", i + 1);
    }
    p->hooked = grown;
    p->hooked[p->n_hooked++] = (hooked){ mlp_tensor_retain(leaf), dx };
    return MLP_OK;
}

/* Calls the hooks of leaves at the end of a pass, unless it failed; nothing stays aside. */
static mlp_status finish_leaves(pass *p, mlp_status st, mlp_error *err)
{
    for (int i = 0; i < p->n_hooked; i++) {
        hooked *h = &p->hooked[i];
        if (!st && h->leaf->autograd) st = run_hooks(h->leaf->autograd->hooks, &h->sum, err);
        if (!st) st = accumulate_leaf(h->leaf->autograd, h->sum, err);
        else mlp_tensor_release(h->sum);
        mlp_tensor_release(h->leaf);
    }
    free(p->hooked);
    return st;
}

static mlp_status check_node(const mlp_node *node, mlp_error *err)
{
    if (node->freed)
        return mlp_fail(err, MLP_ESTATE,
                        "backward: trying to go backward through '%s' a second time: the first pass has freed what it "
                        "saved. Run the forward pass again, detach() what is reused from an earlier step, or pass "
                        "retain_graph = true to the first backward",
                        node->op->name);
    for (int i = 0; i < node->n_saved; i++) {
        const mlp_saved *s = &node->saved[i];
        if (!s->tensor || mlp_tensor_version(s->tensor) == s->version) continue;
        char shape[MLP_SHAPE_TEXT];
        return mlp_fail(err, MLP_ESTATE,
                        "backward: one of the tensors needed for the gradient of '%s' (%s, %s) has been modified by an "
                        "in-place operation: it is at version %lld, expected version %lld",
                        node->op->name, mlp_shape_text(shape, s->tensor->ndim, s->tensor->shape),
                        mlp_dtype_name(s->tensor->dtype), (long long)mlp_tensor_version(s->tensor),
                        (long long)s->version);
    }
    return MLP_OK;
}

/* An operation that returns a gradient of another shape or type would spoil what others gathered. */
static mlp_status check_gradient(const mlp_node *node, int i, const mlp_tensor *dx, mlp_error *err)
{
    const mlp_edge *e = &node->inputs[i];
    char want[MLP_SHAPE_TEXT], got[MLP_SHAPE_TEXT];
    int ndim = e->leaf ? e->leaf->ndim : e->node->ndim;
    const int64_t *shape = e->leaf ? e->leaf->shape : e->node->shape;
    mlp_dtype dtype = e->leaf ? e->leaf->dtype : e->node->dtype;
    bool same = dx->ndim == ndim && dx->dtype == dtype;
    for (int d = 0; same && d < ndim; d++) same = dx->shape[d] == shape[d];
    if (same) return MLP_OK;
    return mlp_fail(err, MLP_ESHAPE, "backward: '%s' returned a gradient of %s %s for its input %d, which is %s %s",
                    node->op->name, mlp_dtype_name(dx->dtype), mlp_shape_text(got, dx->ndim, dx->shape), i + 1,
                    mlp_dtype_name(dtype), mlp_shape_text(want, ndim, shape));
}

/* Hands dx[i] to where input i came from; every dx is released or moved, whatever happens. */
static mlp_status distribute(pass *p, mlp_node *node, mlp_error *err)
{
    mlp_status st = MLP_OK;
    for (int i = 0; i < node->n_inputs; i++) {
        mlp_tensor *dx = p->dx[i];
        p->dx[i] = NULL;
        if (!dx) continue;
        mlp_edge *e = &node->inputs[i];
        bool wanted = e->node || e->leaf;
        if (!st && wanted) st = check_gradient(node, i, dx, err);
        if (st || !wanted) {
            mlp_tensor_release(dx);
        } else if (e->leaf) {
            mlp_autograd *slot = e->leaf->autograd;
            st = slot && slot->hooks ? gather(p, e->leaf, dx, err) : accumulate_leaf(slot, dx, err);
        } else {
            bool fresh = e->node->dy == NULL;
            st = accumulate(&e->node->dy, dx, err);
            if (!st && fresh) {
                st = heap_push(p, e->node, err);
                if (st) mlp_tensor_release(e->node->dy), e->node->dy = NULL;
            }
        }
    }
    return st;
}

static mlp_status visit(pass *p, mlp_node *node, mlp_error *err)
{
    mlp_tensor *dy = node->dy;
    node->dy = NULL;
    mlp_status st = mlp_interrupted() ? mlp_fail_interrupted(err) : check_node(node, err);
    if (!st && node->n_inputs > p->dx_room) {
        mlp_tensor **grown = realloc(p->dx, (size_t)node->n_inputs * sizeof *grown);
        if (!grown) st = mlp_fail(err, MLP_ENOMEM, "backward: out of memory for %d gradients", node->n_inputs);
        else p->dx = grown, p->dx_room = node->n_inputs;
    }
    if (!st) {
        for (int i = 0; i < node->n_inputs; i++) p->dx[i] = NULL;
        if (node->hooks) st = run_hooks(node->hooks, &dy, err);
        if (!st && node->output && node->output->retain_grad)
            st = accumulate_leaf(node->output, mlp_tensor_retain(dy), err);
        if (!st) st = node->op->backward(node, dy, p->dx, err);
        mlp_tensor_release(dy); /* first, so that a gradient that is passed on unchanged can be moved */
        dy = NULL;
        if (st) {
            for (int i = 0; i < node->n_inputs; i++) mlp_tensor_release(p->dx[i]);
        } else {
            st = distribute(p, node, err);
        }
        if (!st && !p->keep_tape) mlp_node_free_inside(node);
    }
    mlp_tensor_release(dy);
    return st;
}

static mlp_status first_gradient(mlp_tensor **out, mlp_tensor *t, mlp_tensor *grad, mlp_error *err)
{
    char want[MLP_SHAPE_TEXT], got[MLP_SHAPE_TEXT];
    if (!mlp_requires_grad(t))
        return mlp_fail(err, MLP_ESTATE,
                        "backward: this tensor does not require a gradient: nothing that led to it has requires_grad, "
                        "or it was computed inside no_grad");
    if (!grad && mlp_tensor_numel(t) != 1)
        return mlp_fail(err, MLP_ESHAPE,
                        "backward: a gradient can be implicitly created only for one element, and this tensor is %s: "
                        "call backward on its mean() or sum(), or pass the gradient",
                        mlp_shape_text(got, t->ndim, t->shape));
    if (!grad) return mlp_tensor_full(out, t->dtype, t->ndim, t->shape, 1, err);
    if (!mlp_tensor_same_shape(grad, t))
        return mlp_fail(err, MLP_ESHAPE, "backward: the gradient is %s but the tensor is %s",
                        mlp_shape_text(got, grad->ndim, grad->shape), mlp_shape_text(want, t->ndim, t->shape));
    if (grad->dtype != t->dtype)
        return mlp_fail(err, MLP_EDTYPE, "backward: the gradient is %s but the tensor is %s",
                        mlp_dtype_name(grad->dtype), mlp_dtype_name(t->dtype));
    return mlp_tensor_alias(out, grad, err);
}

/* From node, whose gradient is dy (taken over), to the leaves. */
static mlp_status run_pass(pass *p, mlp_node *node, mlp_tensor *dy, mlp_error *err)
{
    mlp_status st = mlp_alloc((void **)&p->dx, FEW_INPUTS, sizeof *p->dx, err);
    if (!st) p->dx_room = FEW_INPUTS, st = heap_push(p, node, err);
    if (st) mlp_tensor_release(dy);
    else node->dy = dy;
    while (!st && p->count > 0) {
        node = heap_pop(p);
        st = visit(p, node, err);
        mlp_node_release(node);
    }
    while (p->count > 0) { /* after an error: what waits forgets its gradient */
        node = heap_pop(p);
        mlp_tensor_release(node->dy);
        node->dy = NULL;
        mlp_node_release(node);
    }
    free(p->heap);
    free(p->dx);
    return st;
}

mlp_status mlp_backward(mlp_tensor *t, mlp_tensor *grad, bool keep_tape, mlp_error *err)
{
    mlp_tensor *dy = NULL;
    pass p = { .keep_tape = keep_tape };
    if (in_pass)
        return mlp_fail(err, MLP_ESTATE, "backward: a hook cannot begin a pass backward while another is under way");
    mlp_status st = first_gradient(&dy, t, grad, err);
    if (!st && (st = mlp_refresh(t, err))) mlp_tensor_release(dy);
    if (st) return st;
    bool before = mlp_grad_enabled();
    mlp_grad_enable(false);
    in_pass = true;
    st = t->autograd->node ? run_pass(&p, t->autograd->node, dy, err) : gather(&p, t, dy, err);
    st = finish_leaves(&p, st, err);
    mlp_grad_enable(before);
    in_pass = false;
    return st;
}
