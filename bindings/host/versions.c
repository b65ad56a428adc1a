/* versions.c - which libraries the program runs with: sys.versions(). */
#include "host/host.h"

#include <stdio.h> /* before jpeglib.h */

#include <cblas.h>
#include <gif_lib.h>
#include <jansson.h>
#include <jpeglib.h>
#include <png.h>
#include <protobuf-c/protobuf-c.h>
#include <string.h>
#include <webp/decode.h>
#include <zlib.h>

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)

static void set(lua_State *L, const char *name, const char *version)
{
    lua_pushstring(L, version);
    lua_setfield(L, -2, name);
}

/* "OpenBLAS 0.3.29 NO_LAPACKE ...": the number */
static void set_openblas(lua_State *L)
{
    char version[32] = "";
    if (sscanf(openblas_get_config(), "OpenBLAS %31s", version) == 1) set(L, "openblas", version);
}

static void set_webp(lua_State *L)
{
    int v = WebPGetDecoderVersion();
    lua_pushfstring(L, "%d.%d.%d", v >> 16, v >> 8 & 255, v & 255);
    lua_setfield(L, -2, "libwebp");
}

int mlpl_sys_versions(lua_State *L) /* versions() -> { library = version } */
{
    lua_newtable(L);
    set_openblas(L);
    set(L, "libpng", png_get_libpng_ver(NULL));
#ifdef LIBJPEG_TURBO_VERSION
    set(L, "libjpeg_turbo", TEXT(LIBJPEG_TURBO_VERSION));
#endif
    set_webp(L);
    set(L, "giflib", TEXT(GIFLIB_MAJOR) "." TEXT(GIFLIB_MINOR) "." TEXT(GIFLIB_RELEASE));
    set(L, "zlib", zlibVersion());
    set(L, "protobuf_c", protobuf_c_version());
    set(L, "jansson", jansson_version_str());
    return 1;
}
