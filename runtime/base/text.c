/* text.c - UTF-8: see base.h. */
#include "base/base.h"

#include <stdlib.h>
#include <string.h>

int mlp_utf8_length(const char *bytes, size_t left)
{
    static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
    const unsigned char *s = (const unsigned char *)bytes;
    if (left == 0) return 0;
    if (s[0] < 0x80) return 1;
    int n = s[0] >= 0xF0 && s[0] < 0xF8 ? 4 : s[0] >= 0xE0 && s[0] < 0xF0 ? 3 : s[0] >= 0xC0 && s[0] < 0xE0 ? 2 : 0;
    if (n == 0 || (size_t)n > left) return 0;
    uint32_t code = s[0] & (0xFFu >> (n + 1));
    for (int i = 1; i < n; i++) {
        if ((s[i] & 0xC0) != 0x80) return 0;
        code = code << 6 | (s[i] & 0x3Fu);
    }
    if (code < least[n] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return 0;
    return n;
}

mlp_status mlp_utf8_mend(char **out, const char *bytes, size_t length, mlp_error *err)
{
    static const char replacement[] = "\xEF\xBF\xBD"; /* U+FFFD */
    void *memory = NULL;
    mlp_status st = mlp_alloc(&memory, length + 1, 3, err);
    if (st) return st;
    char *text = memory;
    for (size_t i = 0, at = 0; i < length;) {
        int n = mlp_utf8_length(bytes + i, length - i);
        memcpy(text + at, n ? bytes + i : replacement, n ? (size_t)n : 3);
        at += n ? (size_t)n : 3;
        i += n ? (size_t)n : 1;
    }
    *out = text;
    return MLP_OK;
}
