/* rule.c - one step of a rule for one parameter, from its row. */
#include "optim/rule.h"

#include <string.h>

const mlp_rule *mlp_rule_find(const char *name)
{
    for (const mlp_rule *const *rule = mlp_rules; *rule; rule++)
        if (strcmp((*rule)->about.name, name) == 0) return *rule;
    return NULL;
}

static double value_of(const mlp_rule *rule, const char *param, const mlp_value *values)
{
    return values[mlp_param_index(&rule->about, param)].number[0];
}

bool mlp_rule_keeps(const mlp_rule *rule, int i, const mlp_value *values)
{
    const mlp_rule_state *state = &rule->states[i];
    return state->name && (!state->needs || value_of(rule, state->needs, values) != 0);
}

mlp_status mlp_rule_begin(mlp_tensor **out, const mlp_rule *rule, int i, const mlp_tensor *p, const mlp_value *values,
                          mlp_error *err)
{
    const char *begins = rule->states[i].begins_as;
    return mlp_tensor_full(out, p->dtype, p->ndim, p->shape, begins ? value_of(rule, begins, values) : 0, err);
}

mlp_status mlp_rule_step(const mlp_rule *rule, mlp_tensor *p, const mlp_tensor *grad, const mlp_value *values,
                         mlp_rule_memory *memory, mlp_error *err)
{
    const char *name = rule->about.name;
    mlp_rule_call call = {
        .values = values, .step = memory->step + 1, .number = memory->number, .fresh = memory->fresh
    };
    mlp_tensor *states[MLP_RULE_STATES] = { NULL };
    for (int i = 0; i < MLP_RULE_STATES; i++) {
        if (!mlp_rule_keeps(rule, i, values)) continue;
        states[i] = memory->state[i];
        if (!states[i]) return mlp_fail(err, MLP_ESTATE, "%s: the state %s is missing", name, rule->states[i].name);
    }
    if (!(call.step >= 1)) return mlp_fail(err, MLP_EINVAL, "%s: step is %g, expected 1 or more", name, call.step);
    if (rule->prepare) rule->prepare(&call);
    mlp_status st = mlp_update_run(name, p, grad, states, MLP_RULE_STATES, &call, rule->f32, rule->f64, err);
    if (st) return st;
    memory->step = call.step;
    memory->number = call.number;
    memory->fresh = false;
    return MLP_OK;
}
