/* lambda.c - Lambda: a step that the program which makes the pipeline brings itself. */
#include "augment/transform_private.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct state {
    mlp_lambda lambda;
    char label[MLP_LAMBDA_LABEL];
} state;

static mlp_status apply(const mlp_transform *t, mlp_sample *sample, mlp_rng *rng, mlp_error *err)
{
    const state *s = t->state;
    mlp_image *out = NULL;
    mlp_status st = s->lambda.call(s->lambda.context, &out, sample->image, rng, err);
    if (!st) mlp_sample_put(sample, out);
    return st;
}

static void teardown(mlp_transform *t)
{
    const state *s = t->state;
    if (s) s->lambda.release(s->lambda.context);
}

const mlp_transform_type mlp_lambda_type = {
    .about = { .name = "Lambda", .doc = "Calls a function of the program." },
    .p = 1,
    .apply = apply,
    .teardown = teardown,
};

const char *mlp_lambda_label(const mlp_transform *t)
{
    const state *s = t->state;
    return s->label;
}

mlp_status mlp_lambda_new(mlp_transform **out, const mlp_lambda *lambda, const char *label, double p, mlp_error *err)
{
    mlp_transform *t = NULL;
    mlp_status st = mlp_transform_alloc(&t, &mlp_lambda_type, p, err);
    if (!st) st = mlp_alloc(&t->state, 1, sizeof(state), err);
    if (st) {
        mlp_transform_release(t);
        lambda->release(lambda->context);
        return st;
    }
    state *s = t->state;
    s->lambda = *lambda;
    snprintf(s->label, sizeof s->label, "%s", label);
    t->calls_back = true;
    *out = t;
    return MLP_OK;
}
