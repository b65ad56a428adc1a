/* rules.c - the table of all rules: a new one adds its line. */
#include "optim/rule.h"

#define EVERY_RULE(X)                                                                                                  \
    X(mlp_adadelta_rule)                                                                                               \
    X(mlp_adagrad_rule)                                                                                                \
    X(mlp_adam_rule)                                                                                                   \
    X(mlp_adamax_rule)                                                                                                 \
    X(mlp_adamw_rule)                                                                                                  \
    X(mlp_lion_rule)                                                                                                   \
    X(mlp_nadam_rule)                                                                                                  \
    X(mlp_radam_rule)                                                                                                  \
    X(mlp_rmsprop_rule)                                                                                                \
    X(mlp_rprop_rule)                                                                                                  \
    X(mlp_sgd_rule)

#define DECLARE(rule) extern const mlp_rule rule;
EVERY_RULE(DECLARE)

#define ADDRESS(rule) &(rule),
const mlp_rule *const mlp_rules[] = { EVERY_RULE(ADDRESS) NULL };
