/* turn_kernel.h - a square of numbers and its transpose, in registers. Included behind the words of base/vec_*.h. */

#ifndef TURN
#define TURN(from, ld_from, to, ld_to) turn((int)(sizeof(vec) / sizeof(float)), from, ld_from, to, ld_to)

/* `lanes` rows of `lanes` numbers, as many as a register has, transposed: each round interleaves the first half of the
 * rows with the second. */
static inline __attribute__((always_inline)) void turn(const int lanes, const float *from, int64_t ld_from, float *to,
                                                       int64_t ld_to)
{
    vec a[16], b[16];
    for (int i = 0; i < lanes; i++) a[i] = LOAD(from + i * ld_from);
    for (int round = 1; round < lanes; round *= 2) {
        for (int i = 0; i < lanes / 2; i++) {
            b[2 * i] = LOW(a[i], a[i + lanes / 2]);
            b[2 * i + 1] = HIGH(a[i], a[i + lanes / 2]);
        }
        for (int i = 0; i < lanes; i++) a[i] = b[i];
    }
    for (int i = 0; i < lanes; i++) STORE(to + i * ld_to, a[i]);
}
#endif
