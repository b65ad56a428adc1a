/* cairo.c - finds cairo's functions. See canvas.h for why they are not linked. */
#include "draw/cairo_private.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#define LIBRARY "libcairo.so.2"

static mlp_cairo functions;
static const mlp_cairo *found;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void open_library(void)
{
    static const struct {
        void *function; /* where its address goes */
        const char *name;
    } list[] = {
#define X(name) { &functions.name, "cairo_" #name },
        MLP_CAIRO_FUNCTIONS(X)
#undef X
    };
    void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (!handle) return;
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        void *address = dlsym(handle, list[i].name);
        if (!address) return; /* another library than the header's counts as missing */
        memcpy(list[i].function, &address, sizeof address);
    }
    found = &functions;
}

const mlp_cairo *mlp_cairo_open(void)
{
    pthread_once(&once, open_library);
    return found;
}
