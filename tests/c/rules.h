/* rules.h - what the tests of update rules share: values by name, one step with states that begin when they are
 * missing. */
#ifndef RULES_H
#define RULES_H

#include "optim/optim.h"

#include "suite.h"
#include <string.h>

enum { MOST_PARAMS = 12 };

/* One parameter's rule, options and state. Begins as { .rule = "Adam" }; ends with forget. */
typedef struct trained {
    const char *rule;
    mlp_value given[MOST_PARAMS];
    mlp_rule_memory memory;
    bool begun;
} trained;

static inline void set(trained *t, const char *param, double first, double second)
{
    const mlp_description *about = &mlp_rule_find(t->rule)->about;
    int i = mlp_param_index(about, param);
    ck_assert_msg(i >= 0, "%s has no %s", t->rule, param);
    bool pair = about->params[i].kind == MLP_PARAM_PAIR;
    t->given[i] = (mlp_value){ pair ? 2 : 1, { first, pair ? second : 0 } };
}

/* A rule with decay and, when asked, with all that it can do besides. */
static inline trained busy(const mlp_rule *rule, bool everything)
{
    trained t = { .rule = rule->about.name };
    for (int i = 0; i < rule->about.param_count; i++) {
        const mlp_param *param = &rule->about.params[i];
        bool flag = param->kind == MLP_PARAM_BOOL && strcmp(param->name, "maximize") != 0;
        if (strcmp(param->name, "lr") == 0 || strcmp(param->name, "weight_decay") == 0) set(&t, param->name, 0.1, 0);
        if (everything && flag) set(&t, param->name, 1, 0);
        if (everything && strcmp(param->name, "momentum") == 0) set(&t, param->name, 0.9, 0);
    }
    return t;
}

static inline mlp_status train(trained *t, mlp_tensor *p, const mlp_tensor *grad, mlp_error *err)
{
    const mlp_rule *rule = mlp_rule_find(t->rule);
    mlp_value values[MOST_PARAMS];
    mlp_status st = mlp_description_complete(&rule->about, t->rule, t->given, values, err);
    if (!t->begun) t->memory.number = rule->number_begins;
    t->begun = true;
    for (int i = 0; !st && i < MLP_RULE_STATES; i++)
        if (mlp_rule_keeps(rule, i, values) && !t->memory.state[i]) {
            st = mlp_rule_begin(&t->memory.state[i], rule, i, p, values, err);
            t->memory.fresh = true;
        }
    return st ? st : mlp_rule_step(rule, p, grad, values, &t->memory, err);
}

static inline void forget(trained *t)
{
    for (int i = 0; i < MLP_RULE_STATES; i++) mlp_tensor_release(t->memory.state[i]);
}

#endif
