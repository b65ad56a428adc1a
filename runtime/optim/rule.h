/* rule.h - update rules: one pass over a parameter, its gradient and its state, in blocks shared among threads.
 *
 * Formulas, and the order of their operations, are PyTorch's.
 *
 * A new rule is one file - a list of parameters, a kernel, one `const mlp_rule` - and one line in rules.c. The file is
 * its own KERNEL_FILE (base/each_float.h): what stands after `#else` is compiled for float and for double. The Lua
 * class, its options, their checks, state_dict and help follow from the row. */
#ifndef MLP_RULE_H
#define MLP_RULE_H

#include "autograd/autograd.h"
#include "base/param.h"
#include "base/simd.h"

enum { MLP_RULE_STATES = 3, MLP_RULE_MADE = 6 };

/* A tensor like the parameter that the rule keeps for it. Names are PyTorch's. */
typedef struct mlp_rule_state {
    const char *name;
    const char *needs;     /* kept only while this parameter of the rule is not 0 or false; NULL: always */
    const char *begins_as; /* the parameter of the rule that all elements begin as; NULL: 0 */
} mlp_rule_state;

/* What is the same for all elements of a parameter in one step. Kernels find it in the options of their mlp_update. */
typedef struct mlp_rule_call {
    const mlp_value *values;    /* of the rule's parameters, complete */
    double step;                /* 1 at the first; only of a rule that counts */
    double number;              /* the rule's own: as it was; prepare leaves there what it becomes */
    bool fresh;                 /* a state began with this step */
    double made[MLP_RULE_MADE]; /* by prepare, for the kernel */
} mlp_rule_call;

typedef struct mlp_rule {
    mlp_description about;
    bool counts;                            /* keeps `step`, the number of steps */
    mlp_rule_state states[MLP_RULE_STATES]; /* ends at the first without a name */
    const char *number;                     /* the name of a further number that is kept; NULL: none */
    double number_begins;
    void (*prepare)(mlp_rule_call *call); /* may be NULL */
    mlp_range_fn f32, f64;                /* the kernel; its context is an mlp_update */
} mlp_rule;

#define MLP_RULE_KERNEL(stem) .f32 = stem##_f32, .f64 = stem##_f64 /* in a row: the kernel NAME(stem) */

/* All of them, as in the table; ends with NULL. */
extern const mlp_rule *const mlp_rules[];
const mlp_rule *mlp_rule_find(const char *name); /* NULL when there is none */

/* Whether state i is kept with these values. */
bool mlp_rule_keeps(const mlp_rule *rule, int i, const mlp_value *values);

/* State i of p as it begins. */
mlp_status mlp_rule_begin(mlp_tensor **out, const mlp_rule *rule, int i, const mlp_tensor *p, const mlp_value *values,
                          mlp_error *err);

/* What is kept for one parameter. */
typedef struct mlp_rule_memory {
    mlp_tensor *state[MLP_RULE_STATES]; /* borrowed; those that are not kept are not looked at */
    bool fresh;                         /* one of them was just begun */
    double step;                        /* steps so far */
    double number;
} mlp_rule_memory;

/* One step of p. grad: as in mlp_update_run. On success memory's numbers are those after the step. */
mlp_status mlp_rule_step(const mlp_rule *rule, mlp_tensor *p, const mlp_tensor *grad, const mlp_value *values,
                         mlp_rule_memory *memory, mlp_error *err);

/* ---- what kernels are given ---- */

/* What a kernel gets as its context: arrays of the parameter's type, indexed by the range that it is called on. */
typedef struct mlp_update {
    void *p;
    const void *grad;
    void *state[MLP_RULE_STATES]; /* NULL where the tensor is */
    const void *options;          /* as given */
} mlp_update;

/* Checks that everything looks like p, runs the kernel of p's type over all elements, counts the writes. grad NULL: p's
 * own; if that is not made yet, each piece of it is made and used while it is in the cache, and the bits are the same.
 * states may hold NULLs. who: the rule's name, for messages. */
mlp_status mlp_update_run(const char *who, mlp_tensor *p, const mlp_tensor *grad, mlp_tensor *const *states,
                          int n_states, const void *options, mlp_range_fn f32, mlp_range_fn f64, mlp_error *err);

/* ---- parameters that many rules have ---- */

#define MLP_RULE_NUMBER(option, text, value)                                                                           \
    {                                                                                                                  \
        .name = (option), .doc = (text), .high = INFINITY, .fallback = MLP_VALUE(value)                                \
    }
#define MLP_RULE_FLAG(option, text)                                                                                    \
    {                                                                                                                  \
        .name = (option), .doc = (text), .kind = MLP_PARAM_BOOL, .fallback = MLP_VALUE(0)                              \
    }
#define MLP_RULE_BETAS(first, second)                                                                                  \
    {                                                                                                                  \
        .name = "betas", .doc = "what each of the two running means keeps in a step", .kind = MLP_PARAM_PAIR,          \
        .scalar = MLP_NO_SCALAR, .high = 1, .high_open = true, .fallback = MLP_VALUE(first, second)                    \
    }
#define MLP_RULE_LR(value) MLP_RULE_NUMBER("lr", "learning rate", value)
#define MLP_RULE_EPS(value) MLP_RULE_NUMBER("eps", "keeps the divisor above 0", value)
#define MLP_RULE_DECAY(value) MLP_RULE_NUMBER("weight_decay", "this much of the weight is added to its gradient", value)
#define MLP_RULE_OWN_DECAY(value) MLP_RULE_NUMBER("weight_decay", "the weight shrinks by lr times this", value)
#define MLP_RULE_DECOUPLED                                                                                             \
    MLP_RULE_FLAG("decoupled_weight_decay", "weight_decay shrinks the weight itself, by lr times it")
#define MLP_RULE_MAXIMIZE MLP_RULE_FLAG("maximize", "climbs instead of descending")

/* ---- inside prepare and kernels ---- */

static inline double mlp_hyper(const mlp_rule_call *call, int param)
{
    return call->values[param].number[0];
}

static inline double mlp_beta(const mlp_rule_call *call, int param, int which) /* 1 or 2 */
{
    return call->values[param].number[which - 1];
}

static inline double mlp_sign(const mlp_rule_call *call, int maximize)
{
    return mlp_hyper(call, maximize) != 0 ? -1 : 1;
}

/* Weight decay of the gradient, or of the weight itself: made[coupled] of the weight joins the gradient, what is left
 * of the weight is made[shrink] of it. */
static inline void mlp_make_decay(mlp_rule_call *call, double decay, double lr, bool own, int coupled, int shrink)
{
    call->made[coupled] = own ? 0 : decay;
    call->made[shrink] = own ? 1 - lr * decay : 1;
}

#endif
