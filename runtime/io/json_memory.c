#include "io/io.h"

#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>

static _Thread_local bool ran_out;

static void *allocate(size_t n)
{
    void *p = malloc(n);
    if (!p) ran_out = true;
    return p;
}

static void install(void)
{
    json_set_alloc_funcs(allocate, free);
}

void mlp_json_begin(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, install);
    ran_out = false;
}

bool mlp_json_ran_out(void)
{
    return ran_out;
}
