/* error.c - statuses and the one sentence that goes with them. */
#include "base/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

mlp_status(mlp_fail)(mlp_error *err, mlp_status code, const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        vsnprintf(err->text, sizeof err->text, format, args);
        va_end(args);
        err->code = code;
    }
    return code;
}

mlp_status mlp_fail_in(mlp_error *err, const char *format, ...)
{
    if (!err) return MLP_EINVAL;
    char old[MLP_ERROR_TEXT];
    memcpy(old, err->text, sizeof old);
    va_list args;
    va_start(args, format);
    int n = vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    if (n >= 0 && (size_t)n < sizeof err->text - 1) snprintf(err->text + n, sizeof err->text - (size_t)n, ": %s", old);
    return err->code;
}

const char *mlp_status_name(mlp_status code)
{
    static const char *const names[] = {
        [MLP_OK] = "ok",        [MLP_EINVAL] = "argument",      [MLP_ESHAPE] = "shape", [MLP_EDTYPE] = "dtype",
        [MLP_EINDEX] = "index", [MLP_ENOMEM] = "memory",        [MLP_EIO] = "io",       [MLP_EFORMAT] = "format",
        [MLP_ESTATE] = "state", [MLP_EINTERRUPT] = "interrupt",
    };
    return (size_t)code < sizeof names / sizeof *names ? names[code] : "unknown";
}
