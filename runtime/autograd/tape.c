/* tape.c - the graph of recorded operations: its life, and how it grows. leaf.c has the gradients at its ends,
 * backward.c the pass over it.
 *
 * A result owns its node; a node owns the nodes (or leaves) that its inputs came from, so the tape lives exactly as
 * long as something that can be differentiated. Nodes are numbered as they are made, which is a topological order.
 * Nothing here recurses: a chain of any length fits on the C stack.
 */
#include "autograd/history_private.h"
#include "autograd/hooks_private.h"
#include "autograd/region_private.h"
#include "autograd/tape_private.h"

#include <stdlib.h>
#include <string.h>

_Thread_local uint64_t mlp_marking = 0;

static bool looks_for_anomalies = false;
static char *(*place_of)(void) = NULL;

void mlp_anomaly_detect(bool on, char *(*place)(void))
{
    looks_for_anomalies = on;
    place_of = on ? place : NULL;
}

bool mlp_anomaly_detected(void)
{
    return looks_for_anomalies;
}

/* ---- life ---- */

static void drop_saved(mlp_node *node)
{
    if (node->op->release && !node->freed) node->op->release(node->context);
    for (int i = 0; i < node->n_saved; i++) {
        mlp_tensor_release(node->saved[i].tensor);
        node->saved[i].tensor = NULL;
    }
}

/* Cuts the node from what it came from. Nodes that nobody holds any more are put in front of `waiting`. */
static mlp_node *drop_edges(mlp_node *node, mlp_node *waiting)
{
    for (int i = 0; i < node->n_inputs; i++) {
        mlp_edge *e = &node->inputs[i];
        mlp_tensor_release(e->leaf); /* a leaf has no node: this goes no deeper */
        if (e->node && atomic_fetch_sub_explicit(&e->node->refs, 1, memory_order_acq_rel) == 1) {
            e->node->next = waiting;
            waiting = e->node;
        }
        *e = (mlp_edge){ NULL, NULL };
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
        free(node->place);
        free(node);
    }
}

mlp_node *mlp_node_retain(mlp_node *node)
{
    atomic_fetch_add_explicit(&node->refs, 1, memory_order_relaxed);
    return node;
}

void mlp_node_release(mlp_node *node)
{
    if (!node || atomic_fetch_sub_explicit(&node->refs, 1, memory_order_acq_rel) != 1) return;
    node->next = NULL;
    free_nodes(node);
}

void mlp_node_free_inside(mlp_node *node)
{
    drop_saved(node);
    node->freed = true;
    mlp_hooks_free(&node->hooks);
    free_nodes(drop_edges(node, NULL));
}

static void slot_free(mlp_autograd *slot)
{
    if (slot->node && slot->node->output == slot) slot->node->output = NULL;
    mlp_node_release(slot->node);
    mlp_tensor_release(slot->grad);
    mlp_outer_free(slot->later);
    mlp_hooks_free(&slot->hooks);
    free(slot);
}

mlp_status mlp_slot_of(mlp_autograd **out, mlp_tensor *t, mlp_error *err)
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

/* ---- whose history ---- */

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
    const mlp_edge *e = &node->inputs[input];
    if (!mlp_marking) return e->node || e->leaf;
    if (e->node) return e->node->mark == mlp_marking;
    return e->leaf && e->leaf->autograd && e->leaf->autograd->mark == mlp_marking;
}

mlp_tensor *mlp_node_saved(const mlp_node *node, int i)
{
    return node->saved[i].tensor;
}

const void *mlp_node_context(const mlp_node *node)
{
    return node->context;
}

bool mlp_records(mlp_tensor *const *inputs, int count)
{
    if (!mlp_grad_enabled()) return false;
    for (int i = 0; i < count; i++)
        if (inputs[i] && mlp_requires_grad(inputs[i])) return true;
    return false;
}

/* Where a saved tensor comes from. */
static int origin(const mlp_tensor *t, const mlp_tensor *y, mlp_tensor *const *inputs, int n_inputs)
{
    for (int k = 0; k < n_inputs; k++)
        if (t == inputs[k]) return k;
    return t == y ? MLP_FROM_RESULT : MLP_FROM_NOWHERE;
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
    size_t size = sizeof(mlp_node) + (size_t)n_inputs * sizeof(mlp_edge);
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
    for (int i = 0; !st && i < n_saved; i++)
        if (tensors[i]) node->saved[i].from = origin(tensors[i], y, inputs, n_inputs);
    for (int i = 0; !st && i < n_inputs; i++)
        if (inputs[i]) st = mlp_refresh(inputs[i], err);
    if (!st) st = mlp_slot_of(&slot, y, err);
    if (st) {
        mlp_node_release(node);
        return st;
    }
    for (int i = 0; i < n_inputs; i++) {
        mlp_autograd *from = inputs[i] ? inputs[i]->autograd : NULL;
        if (from && from->node) node->inputs[i].node = mlp_node_retain(from->node);
        else if (from && from->requires_grad) node->inputs[i].leaf = mlp_tensor_retain(inputs[i]);
    }
    for (int i = 0; mlp_marking && i < n_inputs && node->mark != mlp_marking; i++)
        if (mlp_node_needs(node, i)) node->mark = mlp_marking;
    if (place_of) node->place = place_of();
    node->output = slot;
    slot->node = node;
    return MLP_OK;
}

/* ---- saved tensors with their history ---- */

static mlp_status lend(mlp_node *node, int i, mlp_lent *lent, mlp_error *err)
{
    mlp_saved *s = &node->saved[i];
    mlp_edge *e = s->from >= 0 ? &node->inputs[s->from] : NULL;
    mlp_node *from = e ? e->node : s->from == MLP_FROM_RESULT ? node : NULL;
    mlp_tensor *seen = NULL;
    mlp_autograd *slot;
    if (e && e->leaf) {
        if (e->leaf->storage != s->tensor->storage)
            return mlp_fail(err, MLP_ESTATE, "backward: the values of an input of '%s' have been exchanged since",
                            node->op->name);
        seen = mlp_tensor_retain(e->leaf);
    } else if (from) {
        mlp_status st = mlp_tensor_alias(&seen, s->tensor, err);
        if (!st && (st = mlp_slot_of(&slot, seen, err))) mlp_tensor_release(seen);
        if (st) return st;
        slot->node = mlp_node_retain(from);
    }
    if (seen) lent->kept[i] = s->tensor, s->tensor = seen;
    return MLP_OK;
}

mlp_status mlp_node_lend(mlp_node *node, mlp_lent *lent, mlp_error *err)
{
    mlp_status st = MLP_OK;
    *lent = (mlp_lent){ { NULL } };
    for (int i = 0; !st && i < node->n_saved; i++)
        if (node->saved[i].tensor) st = lend(node, i, lent, err);
    if (st) mlp_node_take_back(node, lent);
    return st;
}

void mlp_node_take_back(mlp_node *node, mlp_lent *lent)
{
    for (int i = 0; i < node->n_saved; i++) {
        if (!lent->kept[i]) continue;
        mlp_tensor_release(node->saved[i].tensor);
        node->saved[i].tensor = lent->kept[i];
    }
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

/* ---- stale views: recording gives its inputs their history, and that history is recorded ---- */

static mlp_status region_backward(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    return mlp_region_gradient(&dx[0], dy, mlp_node_context(node), err);
}

static mlp_status region_again(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err)
{
    return mlp_region_gradient_again(&dx[0], dy, mlp_node_context(node), err);
}

mlp_status mlp_refresh(mlp_tensor *t, mlp_error *err)
{
    static const mlp_op op = { "view", region_backward, .again = region_again };
    if (!mlp_is_stale(t)) return MLP_OK;
    mlp_tensor *seen = NULL;
    mlp_region r = mlp_region_of(t);
    mlp_status st = mlp_tensor_alias(&seen, t, err);
    if (!st && mlp_requires_grad(t->base)) st = mlp_record(seen, &op, &t->base, 1, NULL, 0, &r, sizeof r, err);
    if (!st) mlp_history_move(t, seen);
    if (!st) t->writes = t->base->writes;
    mlp_tensor_release(seen);
    return st;
}
