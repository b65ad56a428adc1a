/* autograd.h - reverse-mode differentiation over a tape that grows as operations run and is freed as backward passes.
 *
 * The mlp_op_ functions are those of tensor.h with recording: when gradients are enabled on this thread and an input
 * requires one, the result carries a node that knows how to carry a gradient back. Otherwise they are the plain
 * functions. A pass backward may be recorded itself, so that gradients have gradients. */
#ifndef MLP_AUTOGRAD_H
#define MLP_AUTOGRAD_H

#include "tensor/outer.h"

/* ---- leaves and gradients ---- */

/* Only f32 and f64. Turning it off on the result of an operation is an error: detach instead. */
mlp_status mlp_requires_grad_(mlp_tensor *t, bool on, mlp_error *err);
bool mlp_requires_grad(const mlp_tensor *t); /* a leaf that asks for a gradient, or a result that carries one */
bool mlp_is_leaf(const mlp_tensor *t);
bool mlp_has_grad(const mlp_tensor *t);
mlp_status mlp_grad_set(mlp_tensor *t, mlp_tensor *grad, mlp_error *err); /* retains; NULL clears */

/* *out is borrowed; NULL when there is none. The gradient of a Linear layer's weight is made here, when somebody looks
 * at it: as large as the weight, it is often wanted by nobody but the optimizer, which takes it piece by piece. */
mlp_status mlp_grad_get(mlp_tensor **out, const mlp_tensor *t, mlp_error *err);
mlp_tensor *mlp_grad(const mlp_tensor *t); /* the same, for tests: NULL also where making it failed */

/* What is left to make of t's gradient; NULL when it is there already, or there is none. Borrowed. */
const mlp_outer *mlp_grad_later(const mlp_tensor *t);

/* The same values without history. A view. */
mlp_status mlp_detach(mlp_tensor **out, mlp_tensor *t, mlp_error *err);

/* Gives a leaf the values and the type of `from`, of its shape, without a copy: whoever holds the leaf sees them. A
 * gradient that is there is converted. */
mlp_status mlp_set_data(mlp_tensor *t, mlp_tensor *from, mlp_error *err);

/* Whether operations on this thread record. */
bool mlp_grad_enabled(void);
void mlp_grad_enable(bool on);

/* Makes backward leave a gradient on the result of an operation too. Nothing to do for a leaf. */
mlp_status mlp_retain_grad(mlp_tensor *t, mlp_error *err);

/* Takes t's history away in place: it becomes a leaf without gradient. */
void mlp_forget(mlp_tensor *t);

/* How a pass goes; a sum of these. Without KEEP_TAPE it frees the tape as it goes. CREATE_GRAPH records the pass, so
 * that the gradients can be differentiated; the tape stays then too, or the second pass has nothing to go over. */
enum { MLP_KEEP_TAPE = 1, MLP_CREATE_GRAPH = 2 };

/* Accumulates gradients into the leaves that led to t. grad is d(something)/dt, with t's shape; NULL means 1 and needs
 * t to have one element. A second pass over a freed tape is an error that says so, as is a saved tensor that was
 * written in place since the forward pass. */
mlp_status mlp_backward(mlp_tensor *t, mlp_tensor *grad, int how, mlp_error *err);

/* Which gradients are wanted of what; lists of tensors, borrowed. */
typedef struct mlp_gradients_call {
    mlp_tensor *const *outputs;
    mlp_tensor *const *grads; /* as many, each as in mlp_backward; NULL: all of them 1 */
    int n_outputs;
    mlp_tensor *const *inputs; /* leaves or results */
    int n_inputs;
    int how;
} mlp_gradients_call;

/* gradients[i], owned: of the outputs' sum by inputs[i], NULL where it was not used. No leaf's own gradient changes,
 * and only what lies between the two is gone through. */
mlp_status mlp_gradients(mlp_tensor **gradients, const mlp_gradients_call *call, mlp_error *err);

/* While it is on, a pass that makes a NaN fails and names the operation. place, which may be NULL, is asked at each
 * operation where it is in a script: a text that the operation frees, or NULL. */
void mlp_anomaly_detect(bool on, char *(*place)(void));
bool mlp_anomaly_detected(void); /* whether it is on */

/* ---- hooks: functions that see a gradient on its way ---- */

typedef struct mlp_hook mlp_hook;

typedef struct mlp_hook_calls {
    /* grad is borrowed and not to be written. May set *replacement to an owned tensor of its shape and type. */
    mlp_status (*call)(void *context, mlp_tensor *grad, mlp_tensor **replacement, mlp_error *err);
    void (*release)(void *context); /* when the hook was removed, or nothing can call it any more */
} mlp_hook_calls;

/* From now on, calls->call gets t's whole gradient in each pass backward, before it goes further back or is added to a
 * leaf's; nothing is recorded meanwhile, and another pass cannot begin. Hooks of one tensor are called in their order.
 * On success context is the hook's, and the caller owns *handle; dropping that does not remove the hook. On the result
 * of an operation the hook goes with the tape. */
mlp_status mlp_register_hook(mlp_hook **handle, mlp_tensor *t, const mlp_hook_calls *calls, void *context,
                             mlp_error *err);
void mlp_hook_remove(mlp_hook *hook); /* once is enough, more is fine */
void mlp_hook_release(mlp_hook *hook);

/* ---- recording a new operation: all that nn/ and a new layer need ---- */

typedef struct mlp_node mlp_node;

typedef mlp_status mlp_backward_fn(const mlp_node *node, mlp_tensor *dy, mlp_tensor **dx, mlp_error *err);

typedef struct mlp_op {
    const char *name; /* for messages: "linear" */
    /* Given dy, writes to dx[i] an owned gradient of input i for each i with mlp_node_needs(node, i); others stay NULL.
     * dx may share memory with dy (a view, or dy itself, retained). One that is fresh and contiguous becomes a leaf's
     * first gradient without a copy. */
    mlp_backward_fn *backward;
    /* For a gradient that is to be differentiated itself, one of these. The same as backward, made of recorded
     * operations alone; it may be backward. Or the result once more, made of recorded operations from what was saved.
     * What mlp_node_saved gives carries its history then: the inputs, and the result. An operation that has neither
     * has no second derivative. */
    mlp_backward_fn *again;
    mlp_status (*formula)(mlp_tensor **out, const mlp_node *node, mlp_error *err);
    void (*release)(const void *context); /* of what the context holds; may be NULL */
} mlp_op;

enum { MLP_OP_SAVED = 8 };

bool mlp_node_needs(const mlp_node *node, int input);
mlp_tensor *mlp_node_saved(const mlp_node *node, int i); /* borrowed, without history */
const void *mlp_node_context(const mlp_node *node);      /* the copy of the context bytes */

/* For an op's backward: whether the gradient of input i may be left for later (a leaf without gradient and hooks), and
 * leaving it, instead of dx[i]. `later` has the input's shape and is taken over. */
bool mlp_node_may_leave(const mlp_node *node, int input);
void mlp_node_leave(const mlp_node *node, int input, mlp_outer *later);

/* True when recording is on and one of the inputs (NULLs are skipped) requires a gradient. */
bool mlp_records(mlp_tensor *const *inputs, int count);

/* Makes `y`, a fresh result without history, the output of op on inputs. Retains saved tensors (their values: NULL
 * entries allowed) and copies context. Call it only when mlp_records is true. */
mlp_status mlp_record(mlp_tensor *y, const mlp_op *op, mlp_tensor *const *inputs, int n_inputs,
                      mlp_tensor *const *saved, int n_saved, const void *context, size_t context_bytes, mlp_error *err);

/* How most operations end: records y as above if mlp_records says so, then moves it to *out. Owns y: releases it on
 * failure. */
mlp_status mlp_op_result(mlp_tensor **out, mlp_tensor *y, const mlp_op *op, mlp_tensor *const *inputs, int n_inputs,
                         mlp_tensor *const *saved, int n_saved, const void *context, size_t context_bytes,
                         mlp_error *err);

/* For derivatives that may be written over dy: *g is dy in order and of the type, and *dx has room for as much, which
 * is g's own where nobody else holds dy. Both are the caller's, or NULL after an error. */
mlp_status mlp_gradient_room(mlp_tensor **dx, mlp_tensor **g, mlp_tensor *dy, mlp_dtype dtype, mlp_error *err);

/* For operations that end with a function of each number: dy times its slope, from what the function saves (its x, or
 * its y as ReLU), taking dy's memory over where nobody else holds it; and the same recorded. */
mlp_status mlp_unary_gradient(mlp_tensor **dx, mlp_unary_op op, mlp_tensor *saved, mlp_tensor *dy, mlp_error *err);
mlp_status mlp_unary_gradient_again(mlp_tensor **dx, mlp_unary_op op, mlp_tensor *saved, mlp_tensor *dy,
                                    mlp_error *err);

/* ---- tensor.h with recording ---- */

mlp_status mlp_op_unary(mlp_tensor **out, mlp_unary_op op, mlp_tensor *x, mlp_error *err);
mlp_status mlp_op_binary(mlp_tensor **out, mlp_binary_op op, mlp_tensor *a, mlp_tensor *b, mlp_error *err);
mlp_status mlp_op_binary_number(mlp_tensor **out, mlp_binary_op op, mlp_tensor *a, double number, bool integer,
                                bool reversed, mlp_error *err);
mlp_status mlp_op_clamp(mlp_tensor **out, mlp_tensor *x, double low, double high, mlp_error *err);
mlp_status mlp_op_where(mlp_tensor **out, mlp_tensor *condition, mlp_tensor *a, mlp_tensor *b, mlp_error *err);
mlp_status mlp_op_reduce(mlp_tensor **out, mlp_reduce_op op, mlp_tensor *x, int ndims, const int *dims, bool keepdim,
                         mlp_error *err);
mlp_status mlp_op_cumsum(mlp_tensor **out, mlp_tensor *x, int dim, mlp_error *err);
mlp_status mlp_op_matmul(mlp_tensor **out, mlp_tensor *a, mlp_tensor *b, mlp_error *err);
mlp_status mlp_op_clone(mlp_tensor **out, mlp_tensor *x, mlp_error *err);
mlp_status mlp_op_cast(mlp_tensor **out, mlp_tensor *x, mlp_dtype dtype, mlp_error *err);
mlp_status mlp_op_contiguous(mlp_tensor **out, mlp_tensor *x, mlp_error *err);
mlp_status mlp_op_permute(mlp_tensor **out, mlp_tensor *x, const int *dims, mlp_error *err);
mlp_status mlp_op_transpose(mlp_tensor **out, mlp_tensor *x, int dim0, int dim1, mlp_error *err);
mlp_status mlp_op_narrow(mlp_tensor **out, mlp_tensor *x, int dim, int64_t start, int64_t length, mlp_error *err);
mlp_status mlp_op_select(mlp_tensor **out, mlp_tensor *x, int dim, int64_t index, mlp_error *err);
mlp_status mlp_op_expand(mlp_tensor **out, mlp_tensor *x, int ndim, const int64_t *shape, mlp_error *err);
mlp_status mlp_op_broadcast(mlp_tensor **out, mlp_tensor *x, const mlp_tensor *with, mlp_error *err); /* expands x */
mlp_status mlp_op_squeeze(mlp_tensor **out, mlp_tensor *x, int dim, mlp_error *err);
mlp_status mlp_op_unsqueeze(mlp_tensor **out, mlp_tensor *x, int dim, mlp_error *err);
mlp_status mlp_op_reshape(mlp_tensor **out, mlp_tensor *x, int ndim, const int64_t *shape, mlp_error *err);
/* reshape that is never a copy: an error where one would be needed. */
mlp_status mlp_op_view(mlp_tensor **out, mlp_tensor *x, int ndim, const int64_t *shape, mlp_error *err);
/* before[d] and after[d] elements, at least 0, of that value around each dimension. */
mlp_status mlp_op_pad(mlp_tensor **out, mlp_tensor *x, const int64_t *before, const int64_t *after, double value,
                      mlp_error *err);
mlp_status mlp_op_cat(mlp_tensor **out, mlp_tensor *const *list, int count, int dim, mlp_error *err);
mlp_status mlp_op_stack(mlp_tensor **out, mlp_tensor *const *list, int count, int dim, mlp_error *err);
/* x with source's slices added to those of dim that the index names; mlp_tensor_index_add_ writes. */
mlp_status mlp_op_index_add(mlp_tensor **out, mlp_tensor *x, int dim, mlp_tensor *index, mlp_tensor *source,
                            mlp_error *err);
mlp_status mlp_op_scatter_add(mlp_tensor **out, mlp_tensor *x, int dim, mlp_tensor *index, mlp_tensor *source,
                              mlp_error *err);
/* The elements where a bool mask is true. It has x's sizes, or the first of them and then picks rows. */
mlp_status mlp_op_mask_select(mlp_tensor **out, mlp_tensor *x, mlp_tensor *mask, mlp_error *err);
mlp_status mlp_op_index_select(mlp_tensor **out, mlp_tensor *x, int dim, mlp_tensor *index, mlp_error *err);
mlp_status mlp_op_sort(mlp_tensor **values, mlp_tensor **places, mlp_tensor *x, int dim, bool descending,
                       mlp_error *err); /* places may be NULL */
mlp_status mlp_op_gather(mlp_tensor **out, mlp_tensor *x, int dim, mlp_tensor *index, mlp_error *err);

/* ---- in place: t takes over the values and, while recording, the history of what is written ---- */

/* t op= alpha b; another alpha than 1 is for MLP_ADD and MLP_SUB. */
mlp_status mlp_op_binary_(mlp_tensor *t, mlp_binary_op op, double alpha, mlp_tensor *b, mlp_error *err);
mlp_status mlp_op_clamp_(mlp_tensor *t, double low, double high, mlp_error *err);
mlp_status mlp_op_copy_(mlp_tensor *t, mlp_tensor *from, mlp_error *err);
mlp_status mlp_op_fill_(mlp_tensor *t, double value, mlp_error *err);
/* from: a scalar, or one row for each true of the mask (or what expands to that). */
mlp_status mlp_op_mask_write_(mlp_tensor *t, mlp_tensor *mask, mlp_tensor *from, mlp_error *err);

/* For writes of constants that have no function here: the first refuses a leaf that requires a gradient, or a view of
 * one, while recording is on (what: the function's name, for the message); the second comes behind the write. */
mlp_status mlp_may_write(const mlp_tensor *t, const char *what, mlp_error *err);
mlp_status mlp_overwritten(mlp_tensor *t, mlp_error *err);

#endif
