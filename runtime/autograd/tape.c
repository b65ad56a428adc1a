/* tape.c - gradients of leaves, the graph of recorded operations, and the pass backward over it.
 *
 * A result owns its node; a node owns the nodes (or leaves) that its inputs came from, so the tape lives exactly as
 * long as something that can be differentiated. Nodes are numbered as they are made; backward visits them in falling
 * order, which is a topological order, from a heap. Nothing here recurses: a chain of any length fits on the C stack.
 */
#include "autograd/history_private.h"
#include "autograd/hooks_private.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct mlp_autograd {
    bool requires_grad; /* a leaf that asks for a gradient */
    bool retain_grad;   /* a result that asks for one */
    mlp_tensor *grad;   /* owned */
    mlp_outer *later;   /* owned; what becomes grad when somebody looks: then that is NULL */
    mlp_node *node;     /* owned; NULL: a leaf */
    mlp_hook *hooks;    /* owned; of a leaf */
};

typedef struct edge {
    mlp_node *node;   /* owned; what made the input */
    mlp_tensor *leaf; /* owned; the input itself. Both NULL: the input needs no gradient */
} edge;

typedef struct saved {
    mlp_tensor *tensor; /* owned, without history */
    int64_t version;
} saved;

struct mlp_node {
    atomic_int refs;
    const mlp_op *op;
    uint64_t number;
    mlp_autograd *output; /* borrowed: the slot of the tensor that it made; NULL once that is gone */
    mlp_tensor *dy;       /* owned; the gradient gathered so far; non-NULL while in the heap */
    mlp_hook *hooks;      /* owned */
    mlp_node *next;       /* in the list of what waits for its release */
    bool freed;
    mlp_dtype dtype; /* of the output, as is the shape */
    int ndim, n_inputs, n_saved;
    int64_t shape[MLP_MAX_DIMS];
    saved saved[MLP_OP_SAVED];
    void *context;
    edge inputs[]; /* n_inputs of them, then the bytes of the context */
};

static _Thread_local bool recording = true, in_pass = false;

bool mlp_grad_enabled(void)
{
    return recording;
}

void mlp_grad_enable(bool on)
{
    recording = on;
}

/* ---- life ---- */

static void drop_saved(mlp_node *node)
{
    for (int i = 0; i < node->n_saved; i++) {
        mlp_tensor_release(node->saved[i].tensor);
        node->saved[i].tensor = NULL;
    }
}

/* Cuts the node from what it came from. Nodes that nobody holds any more are put in front of `waiting`. */
static mlp_node *drop_edges(mlp_node *node, mlp_node *waiting)
{
    for (int i = 0; i < node->n_inputs; i++) {
        edge *e = &node->inputs[i];
        mlp_tensor_release(e->leaf); /* a leaf has no node: this goes no deeper */
        if (e->node && atomic_fetch_sub_explicit(&e->node->refs, 1, memory_order_acq_rel) == 1) {
            e->node->next = waiting;
            waiting = e->node;
        }
        *e = (edge){ NULL, NULL };
    }
    return waiting;
}

static void free_nodes(mlp_node *waiting)
{
    while (waiting) {
        mlp_node *node = waiting;
        waiting = drop_edges(node, node->next);
        drop_saved(node);
        mlp_tensor_release(node->dy);
        mlp_hooks_free(&node->hooks);
        free(node);
    }
}

static void node_release(mlp_node *node)
{
    if (!node || atomic_fetch_sub_explicit(&node->refs, 1, memory_order_acq_rel) != 1) return;
    node->next = NULL;
    free_nodes(node);
}

static void slot_free(mlp_autograd *slot)
{
    if (slot->node) slot->node->output = NULL;
    node_release(slot->node);
    mlp_tensor_release(slot->grad);
    mlp_outer_free(slot->later);
    mlp_hooks_free(&slot->hooks);
    free(slot);
}

static mlp_status slot_of(mlp_autograd **out, mlp_tensor *t, mlp_error *err)
{
    if (!t->autograd) {
        void *slot;
        mlp_status st = mlp_alloc(&slot, 1, sizeof *t->autograd, err);
        if (st) return st;
        mlp_autograd_free_hook = slot_free;
        t->autograd = slot;
    }
    *out = t->autograd;
    return MLP_OK;
}

/* ---- leaves and gradients ---- */

bool mlp_is_stale(const mlp_tensor *t)
{
    bool own = t->autograd && !t->autograd->node && t->autograd->requires_grad;
    return t->base && t->writes != t->base->writes && !own;
}

bool mlp_requires_grad(const mlp_tensor *t)
{
    if (mlp_is_stale(t)) t = t->base;
    return t->autograd && (t->autograd->node || t->autograd->requires_grad);
}

bool mlp_is_leaf(const mlp_tensor *t)
{
    if (mlp_is_stale(t)) t = t->base;
    return !t->autograd || !t->autograd->node;
}

bool mlp_has_grad(const mlp_tensor *t)
{
    return t->autograd && (t->autograd->grad || t->autograd->later);
}

const mlp_outer *mlp_grad_later(const mlp_tensor *t)
{
    return t->autograd ? t->autograd->later : NULL;
}

static mlp_status make_grad(mlp_autograd *slot, mlp_error *err)
{
    if (!slot->later) return MLP_OK;
    mlp_status st = mlp_outer_make(&slot->grad, slot->later, err);
    if (st) return st;
    mlp_outer_free(slot->later);
    slot->later = NULL;
    return MLP_OK;
}

mlp_status mlp_grad_get(mlp_tensor **out, const mlp_tensor *t, mlp_error *err)
{
    mlp_status st = t->autograd ? make_grad(t->autograd, err) : MLP_OK;
    if (!st) *out = t->autograd ? t->autograd->grad : NULL;
    return st;
}

mlp_tensor *mlp_grad(const mlp_tensor *t)
{
    mlp_tensor *grad = NULL;
    return mlp_grad_get(&grad, t, NULL) ? NULL : grad;
}

mlp_status mlp_requires_grad_(mlp_tensor *t, bool on, mlp_error *err)
{
    mlp_autograd *slot;
    if (on && !mlp_dtype_is_float(t->dtype))
        return mlp_fail(err, MLP_EDTYPE, "requires_grad: only f32 and f64 tensors can have gradients, this one is %s",
                        mlp_dtype_name(t->dtype));
    if (!mlp_is_leaf(t)) {
        if (on) return MLP_OK;
        return mlp_fail(err, MLP_ESTATE,
                        "requires_grad can only be turned off on a leaf, and this tensor is the result of '%s': use "
                        "detach() to get it without history",
                        t->autograd->node->op->name);
    }
    if (!on && !t->autograd) return MLP_OK;
    mlp_status st = slot_of(&slot, t, err);
    if (!st) slot->requires_grad = on;
    return st;
}

mlp_status mlp_grad_set(mlp_tensor *t, mlp_tensor *grad, mlp_error *err)
{
    mlp_autograd *slot;
    char want[MLP_SHAPE_TEXT], got[MLP_SHAPE_TEXT];
    if (!grad && !t->autograd) return MLP_OK;
    if (grad && !mlp_tensor_same_shape(t, grad))
        return mlp_fail(err, MLP_ESHAPE, "grad: the tensor is %s but the gradient is %s",
                        mlp_shape_text(want, t->ndim, t->shape), mlp_shape_text(got, grad->ndim, grad->shape));
    if (grad && grad->dtype != t->dtype)
        return mlp_fail(err, MLP_EDTYPE, "grad: the tensor is %s but the gradient is %s", mlp_dtype_name(t->dtype),
                        mlp_dtype_name(grad->dtype));
    if (grad == t) return mlp_fail(err, MLP_EINVAL, "grad: a tensor cannot be its own gradient");
    mlp_status st = slot_of(&slot, t, err);
    if (st) return st;
    mlp_tensor *before = slot->grad;
    slot->grad = grad ? mlp_tensor_retain(grad) : NULL;
    mlp_outer_free(slot->later);
    slot->later = NULL;
    mlp_tensor_release(before);
    return MLP_OK;
}

static mlp_status convert_grad(mlp_autograd *slot, mlp_dtype dtype, mlp_error *err)
{
    mlp_tensor *converted = NULL;
    mlp_status st = make_grad(slot, err);
    if (st || !slot->grad) return st;
    if ((st = mlp_tensor_cast(&converted, slot->grad, dtype, err))) return st;
    mlp_tensor_release(slot->grad);
    slot->grad = converted;
    return MLP_OK;
}

mlp_status mlp_set_data(mlp_tensor *t, mlp_tensor *from, mlp_error *err)
{
    mlp_tensor *data = NULL;
    if (!mlp_is_leaf(t) || t->base || !mlp_tensor_same_shape(t, from))
        return mlp_fail(err, MLP_ESTATE, "set_data: expected a leaf that is no view, and data of its shape");
    mlp_status st = mlp_tensor_alias(&data, from, err);
    if (!st && t->autograd) st = convert_grad(t->autograd, from->dtype, err);
    if (!st) {
        mlp_storage *before = t->storage;
        t->storage = data->storage;
        data->storage = before;
        t->dtype = from->dtype;
        t->offset = from->offset;
        memcpy(t->stride, from->stride, sizeof t->stride);
    }
    mlp_tensor_release(data);
    return st;
}

mlp_status mlp_retain_grad(mlp_tensor *t, mlp_error *err)
{
    if (!mlp_requires_grad(t)) return mlp_fail(err, MLP_ESTATE, "retain_grad: this tensor does not require a gradient");
    mlp_status st = mlp_refresh(t, err);
    if (!st) t->autograd->retain_grad = true;
    return st;
}

mlp_status mlp_register_hook(mlp_hook **handle, mlp_tensor *t, const mlp_hook_calls *calls, void *context,
                             mlp_error *err)
{
    if (!mlp_requires_grad(t))
        return mlp_fail(err, MLP_ESTATE, "register_hook: this tensor does not require a gradient");
    mlp_status st = mlp_refresh(t, err);
    if (st) return st;
    mlp_autograd *slot = t->autograd;
    return mlp_hooks_add(slot->node ? &slot->node->hooks : &slot->hooks, handle, calls, context, err);
}

void mlp_forget(mlp_tensor *t)
{
    mlp_autograd *slot = t->autograd;
    t->autograd = NULL;
    if (t->base) t->writes = t->base->writes;
    else t->writes++;
    if (slot) slot_free(slot);
}

mlp_status mlp_detach(mlp_tensor **out, mlp_tensor *t, mlp_error *err)
{
    return mlp_tensor_alias(out, t, err);
}

void mlp_history_move(mlp_tensor *to, mlp_tensor *from)
{
    mlp_autograd *before = to->autograd;
    if (before && from->autograd) from->autograd->retain_grad = before->retain_grad;
    to->autograd = from->autograd;
    to->writes++;
    from->autograd = NULL;
    if (before) slot_free(before);
}

/* ---- recording ---- */

bool mlp_node_needs(const mlp_node *node, int input)
{
    return node->inputs[input].node || node->inputs[input].leaf;
}

mlp_tensor *mlp_node_saved(const mlp_node *node, int i)
{
    return node->saved[i].tensor;
}

const void *mlp_node_context(const mlp_node *node)
{
    return node->context;
}

bool mlp_node_may_leave(const mlp_node *node, int input)
{
    const mlp_tensor *leaf = node->inputs[input].leaf;
    const mlp_autograd *slot = leaf ? leaf->autograd : NULL;
    return slot && !slot->grad && !slot->later && !slot->hooks;
}

void mlp_node_leave(const mlp_node *node, int input, mlp_outer *later)
{
    node->inputs[input].leaf->autograd->later = later;
}

bool mlp_records(mlp_tensor *const *inputs, int count)
{
    if (!recording) return false;
    for (int i = 0; i < count; i++)
        if (inputs[i] && mlp_requires_grad(inputs[i])) return true;
    return false;
}

static mlp_status save_tensors(mlp_node *node, mlp_tensor *const *tensors, int count, mlp_error *err)
{
    for (int i = 0; i < count; i++) {
        node->n_saved = i + 1;
        if (!tensors[i]) continue;
        mlp_status st = mlp_tensor_alias(&node->saved[i].tensor, tensors[i], err);
        if (st) return st;
        node->saved[i].version = mlp_tensor_version(tensors[i]);
    }
    return MLP_OK;
}

mlp_status mlp_record(mlp_tensor *y, const mlp_op *op, mlp_tensor *const *inputs, int n_inputs,
                      mlp_tensor *const *tensors, int n_saved, const void *context, size_t context_bytes,
                      mlp_error *err)
{
    static atomic_ullong last;
    void *memory;
    mlp_autograd *slot;
    size_t size = sizeof(mlp_node) + (size_t)n_inputs * sizeof(edge);
    mlp_status st = mlp_alloc(&memory, 1, size + context_bytes, err);
    if (st) return st;
    mlp_node *node = memory;
    atomic_init(&node->refs, 1);
    node->op = op;
    node->number = atomic_fetch_add_explicit(&last, 1, memory_order_relaxed);
    node->n_inputs = n_inputs;
    node->dtype = y->dtype;
    node->ndim = y->ndim;
    memcpy(node->shape, y->shape, sizeof node->shape);
    node->context = (char *)memory + size;
    if (context_bytes) memcpy(node->context, context, context_bytes);
    st = save_tensors(node, tensors, n_saved, err);
    for (int i = 0; !st && i < n_inputs; i++)
        if (inputs[i]) st = mlp_refresh(inputs[i], err);
    if (!st) st = slot_of(&slot, y, err);
    if (st) {
        node_release(node);
        return st;
    }
    for (int i = 0; i < n_inputs; i++) {
        mlp_autograd *from = inputs[i] ? inputs[i]->autograd : NULL;
        if (from && from->node) {
            atomic_fetch_add_explicit(&from->node->refs, 1, memory_order_relaxed);
            node->inputs[i].node = from->node;
        } else if (from && from->requires_grad) {
            node->inputs[i].leaf = mlp_tensor_retain(inputs[i]);
        }
    }
    node->output = slot;
    slot->node = node;
    return MLP_OK;
}

mlp_status mlp_op_result(mlp_tensor **out, mlp_tensor *y, const mlp_op *op, mlp_tensor *const *inputs, int n_inputs,
                         mlp_tensor *const *tensors, int n_saved, const void *context, size_t context_bytes,
                         mlp_error *err)
{
    mlp_status st = MLP_OK;
    if (mlp_dtype_is_float(y->dtype) && mlp_records(inputs, n_inputs))
        st = mlp_record(y, op, inputs, n_inputs, tensors, n_saved, context, context_bytes, err);
    if (st) mlp_tensor_release(y);
    else *out = y;
    return st;
}

/* ---- the pass backward ---- */

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
    p->heap[i] = node;
    atomic_fetch_add_explicit(&node->refs, 1, memory_order_relaxed);
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
    recording = false; /* whatever they left */
    return st;
}

/* The gradient of a leaf is contiguous and its own: the first one is moved when it is so already. Later ones are added
 * in place, so that whoever looks at the gradient sees the sum. Takes dx over. */
static mlp_status accumulate_leaf(mlp_autograd *slot, mlp_tensor *dx, mlp_error *err)
{
    mlp_status st = slot ? make_grad(slot, err) : MLP_OK;
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
        const saved *s = &node->saved[i];
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
    const edge *e = &node->inputs[i];
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
        edge *e = &node->inputs[i];
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
        if (!st && !p->keep_tape) {
            node->freed = true;
            drop_saved(node);
            mlp_hooks_free(&node->hooks);
            free_nodes(drop_edges(node, NULL));
        }
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
        node_release(node);
    }
    while (p->count > 0) { /* after an error: what waits forgets its gradient */
        node = heap_pop(p);
        mlp_tensor_release(node->dy);
        node->dy = NULL;
        node_release(node);
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
    bool before = recording;
    recording = false;
    in_pass = true;
    st = t->autograd->node ? run_pass(&p, t->autograd->node, dy, err) : gather(&p, t, dy, err);
    st = finish_leaves(&p, st, err);
    recording = before;
    in_pass = false;
    return st;
}
