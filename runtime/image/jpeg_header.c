/* jpeg_header.c - the markers of a JPEG in front of the picture data, read without the library: it refuses kinds of
 * JPEG before it says which they are, and keeping the application markers costs it the square of their number. */
#include "image/codec_private.h"

#include <string.h>

enum {
    MARKER = 0xFF, /* the byte in front of a marker's own */
    TEM = 0x01,
    SOF0 = 0xC0,
    DHT = 0xC4,
    JPG = 0xC8,
    DAC = 0xCC,
    SOF15 = 0xCF,
    RST0 = 0xD0,
    RST7 = 0xD7,
    EOI = 0xD9,
    SOS = 0xDA,
    APP1 = 0xE1,
};

static bool stands_alone(uint8_t marker)
{
    return marker == 0 || marker == TEM || (marker >= RST0 && marker <= RST7);
}

static bool is_frame(uint8_t marker)
{
    return marker >= SOF0 && marker <= SOF15 && marker != DHT && marker != JPG && marker != DAC;
}

/* Of several EXIF segments the first counts, whatever it tells; `exif` says whether there was one. */
static void read_segment(mlp_jpeg_header *h, bool *exif, uint8_t marker, const uint8_t *content, size_t n)
{
    static const char name[] = "Exif";
    if (marker == APP1 && !*exif && n >= sizeof name && memcmp(content, name, sizeof name) == 0) {
        h->turn = mlp_exif_orientation(content, n);
        *exif = true;
    } else if (is_frame(marker) && n > 0) {
        h->process = marker - SOF0;
        h->precision = content[0];
    }
}

mlp_jpeg_header mlp_jpeg_header_read(const uint8_t *bytes, size_t length)
{
    mlp_jpeg_header h = { .process = -1, .turn = 1 };
    bool exif = false;
    size_t at = 2;
    while (length - at >= 4 && at < length) {
        uint8_t marker = bytes[at + 1];
        if (bytes[at] != MARKER || marker == MARKER) {
            at++;
        } else if (stands_alone(marker)) {
            at += 2;
        } else {
            size_t n = (size_t)bytes[at + 2] << 8 | bytes[at + 3], left = length - at - 2;
            if (marker == SOS || marker == EOI || n < 2 || n > left) break;
            read_segment(&h, &exif, marker, bytes + at + 4, n - 2);
            at += 2 + n;
        }
    }
    return h;
}
