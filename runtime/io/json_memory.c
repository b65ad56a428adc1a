#include "io/io.h"

#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>

static _Thread_local bool ran_out;

/* A number whose letters jansson cannot keep is an assertion of it that fails, and the end of the process. So the text
 * of a number is still kept when memory is out; its value (24 bytes) is refused, and with it all of the text. */
enum { LEAST_TEXT = 32, SPARE = 4096 };
static _Thread_local char spare[SPARE];
static _Thread_local size_t spared = SPARE;

static void *allocate(size_t n)
{
    void *p = malloc(n);
    if (p) return p;
    ran_out = true;
    if (n < LEAST_TEXT || n > SPARE - spared) return NULL;
    p = spare + spared;
    spared += (n + 15) / 16 * 16 < SPARE - spared ? (n + 15) / 16 * 16 : SPARE - spared;
    return p;
}

static void release(void *p)
{
    if ((char *)p < spare || (char *)p >= spare + SPARE) free(p);
}

static void install(void)
{
    json_set_alloc_funcs(allocate, release);
}

void mlp_json_begin(bool reads)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, install);
    ran_out = false;
    spared = reads ? 0 : SPARE;
}

bool mlp_json_ran_out(void)
{
    spared = SPARE;
    return ran_out;
}
