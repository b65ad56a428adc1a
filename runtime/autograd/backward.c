/* backward.c - the pass backward over the tape.
 *
 * It visits the nodes in falling order of their numbers, from a heap: what an operation led to comes before it. A pass
 * that is recorded takes an operation's formula in its place where there is one: the formula's nodes are newer than all
 * others, so that they come next. */
#include "autograd/calculus_private.h"
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
    bool keep_tape, create_graph;
    const mlp_gradients_call *call; /* NULL: leaves get their gradients */
    mlp_tensor **found;             /* what the call's inputs got so far */
    mlp_tensor **dx;                /* room for the gradients of one node's inputs */
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
 * memory, so that the next one can be added in place: unless the sum is recorded. */
static mlp_status accumulate(mlp_tensor **sum, mlp_tensor *dx, mlp_error *err)
{
    mlp_status st = MLP_OK;
    if (*sum && !mlp_grad_enabled() && mlp_tensor_is_alone(*sum) && mlp_tensor_is_contiguous(*sum)) {
        st = mlp_tensor_axpy_(*sum, 1, dx, err);
    } else if (*sum) {
        mlp_tensor *both = NULL;
        st = mlp_op_binary(&both, MLP_ADD, *sum, dx, err);
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
    bool before = mlp_grad_enabled();
    mlp_status st = mlp_hooks_run(list, dy, err);
    mlp_grad_enable(before); /* whatever they left */
    return st;
}

/* The gradient of a leaf is contiguous and its own: the first one is moved when it is so already. Later ones are added
 * in place, so that whoever looks at the gradient sees the sum. Takes dx over. */
static mlp_status accumulate_leaf(mlp_autograd *slot, mlp_tensor *dx, mlp_error *err)
{
    mlp_status st = slot ? mlp_grad_make(slot, err) : MLP_OK;
    if (!slot || st) {
        /* a hook has taken the leaf's wish for a gradient away */
    } else if (mlp_grad_enabled()) {
        return accumulate(&slot->grad, dx, err);
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

/* Adds dx, taken over, to what inputs of the call got that are this leaf, or made by this node. */
static mlp_status find(pass *p, const mlp_tensor *leaf, const mlp_node *node, mlp_tensor *dx, mlp_error *err)
{
    mlp_status st = MLP_OK;
    for (int i = 0; !st && i < p->call->n_inputs; i++) {
        const mlp_tensor *t = p->call->inputs[i];
        bool same = leaf ? t == leaf : t->autograd && t->autograd->node == node;
        if (same) st = accumulate(&p->found[i], mlp_tensor_retain(dx), err);
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
        bool wanted = mlp_node_needs(node, i);
        if (!st && wanted) st = check_gradient(node, i, dx, err);
        if (st || !wanted) {
            mlp_tensor_release(dx);
        } else if (e->leaf) {
            mlp_autograd *slot = e->leaf->autograd;
            if (p->call) st = find(p, e->leaf, NULL, dx, err);
            else st = slot && slot->hooks ? gather(p, e->leaf, dx, err) : accumulate_leaf(slot, dx, err);
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

/* The tape goes on from another result of what node computed. */
static mlp_status go_over_formula(pass *p, mlp_node *node, mlp_tensor *dy, mlp_error *err)
{
    mlp_tensor *y = NULL;
    mlp_status st = node->op->formula(&y, node, err);
    mlp_node *again = !st && y->autograd ? y->autograd->node : NULL;
    if (!st && again && (y->ndim != node->ndim || y->dtype != node->dtype))
        st = mlp_fail(err, MLP_ESTATE, "backward: the formula of '%s' gives another kind of tensor", node->op->name);
    if (!st && again) {
        st = heap_push(p, again, err);
        if (!st) again->dy = mlp_tensor_retain(dy);
    }
    mlp_tensor_release(y);
    return st;
}

/* Gradients of a node's inputs into p->dx, made of recorded operations. */
static mlp_status differentiate_again(pass *p, mlp_node *node, mlp_tensor *dy, mlp_error *err)
{
    mlp_lent lent;
    if (!node->op->again && !node->op->formula)
        return mlp_fail(err, MLP_ESTATE, "backward: '%s' has no second derivative here: leave out create_graph",
                        node->op->name);
    mlp_status st = mlp_node_lend(node, &lent, err);
    if (st) return st;
    st = node->op->formula ? go_over_formula(p, node, dy, err) : node->op->again(node, dy, p->dx, err);
    mlp_node_take_back(node, &lent);
    return st;
}

/* Whether it holds a NaN, while anomalies are looked for. */
static mlp_status check_anomaly(const pass *p, const mlp_node *node, mlp_error *err)
{
    for (int i = 0; i < node->n_inputs; i++) {
        mlp_tensor *nan = NULL, *any = NULL;
        double found = 0;
        if (!p->dx[i] || !mlp_dtype_is_float(p->dx[i]->dtype)) continue;
        mlp_status st = mlp_tensor_unary(&nan, MLP_ISNAN, p->dx[i], err);
        if (!st) st = mlp_tensor_reduce(&any, MLP_ANY, nan, 0, NULL, false, err);
        if (!st) st = mlp_tensor_item(&found, any, err);
        mlp_tensor_release(any);
        mlp_tensor_release(nan);
        if (!st && found != 0)
            st = mlp_fail(err, MLP_ESTATE, "backward: the gradient of '%s' by its input %d has a NaN%s%s%s",
                          node->op->name, i + 1, node->place ? " (computed at " : "", node->place ? node->place : "",
                          node->place ? ")" : "");
        if (st) return st;
    }
    return MLP_OK;
}

static bool leads_anywhere(const mlp_node *node)
{
    for (int i = 0; i < node->n_inputs; i++)
        if (mlp_node_needs(node, i)) return true;
    return false;
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
        if (!st && p->call) st = find(p, NULL, node, mlp_tensor_retain(dy), err);
        if (!st && p->create_graph) st = leads_anywhere(node) ? differentiate_again(p, node, dy, err) : MLP_OK;
        else if (!st && leads_anywhere(node)) st = node->op->backward(node, dy, p->dx, err);
        if (!st && mlp_anomaly_detected()) st = check_anomaly(p, node, err);
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
    if (mlp_requires_grad(grad)) *out = mlp_tensor_retain(grad);
    return *out ? MLP_OK : mlp_tensor_alias(out, grad, err);
}

/* Begins a pass at a result, or at a leaf; dy is taken over. */
static mlp_status begin_at(pass *p, mlp_tensor *t, mlp_tensor *dy, mlp_error *err)
{
    mlp_node *node = t->autograd->node;
    if (!node) return p->call ? find(p, t, NULL, dy, err) : gather(p, t, dy, err);
    bool fresh = node->dy == NULL;
    mlp_status st = accumulate(&node->dy, dy, err);
    if (!st && fresh && (st = heap_push(p, node, err))) mlp_tensor_release(node->dy), node->dy = NULL;
    return st;
}

/* From the nodes of the heap to the leaves, unless beginning has failed. */
static mlp_status run_pass(pass *p, mlp_status st, mlp_error *err)
{
    mlp_node *node;
    if (!st) st = mlp_alloc((void **)&p->dx, FEW_INPUTS, sizeof *p->dx, err);
    if (!st) p->dx_room = FEW_INPUTS;
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

/* Sets the thread up for a pass, runs it and sets it back. */
static mlp_status go(pass *p, int how, mlp_tensor *const *outputs, mlp_tensor **dy, int count, mlp_error *err)
{
    bool before = mlp_grad_enabled();
    mlp_status st = MLP_OK;
    p->create_graph = (how & MLP_CREATE_GRAPH) != 0;
    p->keep_tape = p->create_graph || (how & MLP_KEEP_TAPE);
    mlp_grad_enable(p->create_graph);
    mlp_calc = &mlp_recorded;
    in_pass = true;
    for (int i = 0; i < count; i++) {
        if (!st) st = begin_at(p, outputs[i], dy[i], err);
        else mlp_tensor_release(dy[i]);
    }
    st = run_pass(p, st, err);
    st = finish_leaves(p, st, err);
    mlp_calc = NULL;
    mlp_grad_enable(before);
    in_pass = false;
    return st;
}

static mlp_status check_begin(mlp_error *err)
{
    if (!in_pass) return MLP_OK;
    return mlp_fail(err, MLP_ESTATE, "backward: a hook cannot begin a pass backward while another is under way");
}

mlp_status mlp_backward(mlp_tensor *t, mlp_tensor *grad, int how, mlp_error *err)
{
    mlp_tensor *dy = NULL;
    pass p = { .count = 0 };
    mlp_status st = check_begin(err);
    if (!st) st = first_gradient(&dy, t, grad, err);
    if (!st && (st = mlp_refresh(t, err))) mlp_tensor_release(dy);
    return st ? st : go(&p, how, &t, &dy, 1, err);
}

/* ---- gradients of some tensors alone ---- */

/* A way down the tape: the node, and which of its inputs comes next. */
typedef struct step {
    mlp_node *node;
    int next;
} step;

/* Marks the nodes below root that lead to what is marked already: a depth-first walk, with its own stack. */
static mlp_status mark_from(mlp_node *root, mlp_error *err)
{
    size_t count = 0, room = 64;
    void *memory;
    mlp_status st = mlp_alloc(&memory, room, sizeof(step), err);
    if (st) return st;
    step *stack = memory;
    if (root->seen != mlp_marking) stack[count++] = (step){ root, 0 };
    root->seen = mlp_marking;
    while (count > 0) {
        step *top = &stack[count - 1];
        if (top->next == top->node->n_inputs) {
            if (leads_anywhere(top->node)) top->node->mark = mlp_marking;
            count--;
            continue;
        }
        mlp_node *below = top->node->inputs[top->next++].node;
        if (!below || below->seen == mlp_marking) continue;
        below->seen = mlp_marking;
        if (count == room) {
            step *grown = realloc(stack, 2 * room * sizeof *grown);
            if (!grown) {
                free(stack);
                return mlp_fail(err, MLP_ENOMEM, "grad: out of memory for %zu tape entries", 2 * room);
            }
            stack = grown, room *= 2;
        }
        stack[count++] = (step){ below, 0 };
    }
    free(stack);
    return MLP_OK;
}

/* Begins a marking: the inputs and what leads to them. */
static mlp_status mark(const mlp_gradients_call *c, mlp_error *err)
{
    static atomic_ullong passes;
    mlp_marking = atomic_fetch_add_explicit(&passes, 1, memory_order_relaxed) + 1;
    for (int i = 0; i < c->n_inputs; i++) {
        mlp_autograd *slot = c->inputs[i]->autograd;
        *(slot->node ? &slot->node->mark : &slot->mark) = mlp_marking;
    }
    mlp_status st = MLP_OK;
    for (int i = 0; !st && i < c->n_outputs; i++)
        if (c->outputs[i]->autograd->node) st = mark_from(c->outputs[i]->autograd->node, err);
    return st;
}

/* What the caller gets is its own, where it is no link of a graph. */
static mlp_status own(mlp_tensor **t, mlp_error *err)
{
    mlp_tensor *copy = NULL;
    if (!*t || (mlp_tensor_is_alone(*t) && mlp_tensor_is_contiguous(*t))) return MLP_OK;
    mlp_status st = mlp_op_clone(&copy, *t, err);
    if (st) return st;
    mlp_tensor_release(*t);
    *t = copy;
    return MLP_OK;
}

static mlp_status check_inputs(const mlp_gradients_call *c, mlp_error *err)
{
    mlp_status st = check_begin(err);
    for (int i = 0; !st && i < c->n_outputs; i++) st = mlp_refresh(c->outputs[i], err);
    for (int i = 0; !st && i < c->n_inputs; i++) {
        st = mlp_refresh(c->inputs[i], err);
        if (!st && !mlp_requires_grad(c->inputs[i]))
            st = mlp_fail(err, MLP_ESTATE, "grad: input %d does not require a gradient", i + 1);
    }
    return st;
}

mlp_status mlp_gradients(mlp_tensor **gradients, const mlp_gradients_call *c, mlp_error *err)
{
    void *memory = NULL;
    pass p = { .call = c, .found = gradients };
    for (int i = 0; i < c->n_inputs; i++) gradients[i] = NULL;
    mlp_status st = check_inputs(c, err);
    if (!st) st = mlp_alloc(&memory, (size_t)c->n_outputs + 1, sizeof(mlp_tensor *), err);
    mlp_tensor **dy = memory;
    int ready = 0;
    while (!st && ready < c->n_outputs) {
        st = first_gradient(&dy[ready], c->outputs[ready], c->grads ? c->grads[ready] : NULL, err);
        if (!st) ready++;
    }
    if (!st) st = mark(c, err);
    if (!st) st = go(&p, c->how, c->outputs, dy, ready, err);
    else
        for (int i = 0; i < ready; i++) mlp_tensor_release(dy[i]);
    mlp_marking = 0;
    for (int i = 0; !st && i < c->n_inputs; i++) {
        mlp_autograd *slot = c->inputs[i]->autograd;
        if (gradients[i] && !slot->node) st = run_hooks(slot->hooks, &gradients[i], err);
        if (!st && !(c->how & MLP_CREATE_GRAPH)) st = own(&gradients[i], err);
    }
    for (int i = 0; st && i < c->n_inputs; i++) mlp_tensor_release(gradients[i]), gradients[i] = NULL;
    free(memory);
    return st;
}
