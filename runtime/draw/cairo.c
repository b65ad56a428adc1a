/* cairo.c - finds cairo's functions. See canvas.h for why they are not linked. */
#define _GNU_SOURCE /* dladdr */
#include "draw/cairo_private.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LIBRARY "libcairo.so.2"
#define BELOW "/usr/lib/"
#define CACHE "<fontconfig><cachedir prefix=\"xdg\">fontconfig</cachedir></fontconfig>"

static mlp_cairo functions;
static const mlp_cairo *found;
static pthread_once_t once = PTHREAD_ONCE_INIT;

typedef struct FcConfig FcConfig;

/* Puts the address of a function where it goes; whether there is one. */
static bool find(void *function, void *handle, const char *name)
{
    void *address = dlsym(handle, name);
    memcpy(function, &address, sizeof address);
    return address != NULL;
}

/* A library that was unpacked somewhere, rather than installed, has its fonts beside it, where fontconfig does not
 * look: it is given these, in place of a configuration that the system does not have. */
static void use_fonts_beside(void *handle)
{
    Dl_info where;
    char path[PATH_MAX + 32];
    FcConfig *(*create)(void);
    int (*parse)(FcConfig * config, const unsigned char *text, int complain);
    int (*add)(FcConfig * config, const unsigned char *folder), (*use)(FcConfig * config);
    if (!dladdr(dlsym(handle, "cairo_create"), &where)) return;
    const char *end = NULL;
    for (const char *at = where.dli_fname; (at = strstr(at, BELOW)); at++) end = at;
    int n = end ? (int)(end - where.dli_fname) : 0;
    if (n == 0 || n >= PATH_MAX) return;
    snprintf(path, sizeof path, "%.*s/etc/fonts/fonts.conf", n, where.dli_fname);
    if (access(path, R_OK)) return; /* the system's was there before */
    bool has_all = find(&create, handle, "FcConfigCreate") && find(&parse, handle, "FcConfigParseAndLoadFromMemory") &&
                   find(&add, handle, "FcConfigAppFontAddDir") && find(&use, handle, "FcConfigSetCurrent");
    FcConfig *config = has_all ? create() : NULL;
    if (!config) return;
    parse(config, (const unsigned char *)CACHE, 0);
    snprintf(path, sizeof path, "%.*s/usr/share/fonts", n, where.dli_fname);
    add(config, (const unsigned char *)path);
    use(config);
}

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
        if (!find(list[i].function, handle, list[i].name))
            return; /* another library than the header's counts as missing */
    }
    use_fonts_beside(handle);
    found = &functions;
}

const mlp_cairo *mlp_cairo_open(void)
{
    pthread_once(&once, open_library);
    return found;
}
