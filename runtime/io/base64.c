/* base64.c - bytes as letters that a page can hold. */
#include "io/io.h"

size_t mlp_base64_letters(size_t length)
{
    return length / 3 * 4 + (length % 3 ? 4 : 0);
}

void mlp_base64(char *out, const void *bytes, size_t length)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *at = bytes;
    for (size_t left = length; left > 0; at += 3, out += 4) {
        uint32_t value = (uint32_t)at[0] << 16 | (left > 1 ? (uint32_t)at[1] << 8 : 0) | (left > 2 ? at[2] : 0);
        out[0] = letters[value >> 18];
        out[1] = letters[value >> 12 & 63];
        out[2] = left > 1 ? letters[value >> 6 & 63] : '=';
        out[3] = left > 2 ? letters[value & 63] : '=';
        left -= left < 3 ? left : 3;
    }
}
