/* crc32c.c - CRC-32C (Castagnoli: reflected polynomial 0x82F63B78), masked as event files store it. */
#include "writers/writers.h"

/* What four bits that leave the register contribute. */
static const uint32_t table[16] = {
    0x00000000, 0x105EC76F, 0x20BD8EDE, 0x30E349B1, 0x417B1DBC, 0x5125DAD3, 0x61C69362, 0x7198540D,
    0x82F63B78, 0x92A8FC17, 0xA24BB5A6, 0xB21572C9, 0xC38D26C4, 0xD3D3E1AB, 0xE330A81A, 0xF36E6F75,
};

uint32_t mlp_masked_crc32c(const void *bytes, size_t length)
{
    const uint8_t *p = bytes;
    uint32_t c = 0xFFFFFFFFu;
    for (size_t i = 0; i < length; i++) {
        c ^= p[i];
        c = c >> 4 ^ table[c & 15];
        c = c >> 4 ^ table[c & 15];
    }
    c = ~c;
    return (c >> 15 | c << 17) + 0xA282EAD8u;
}
