/* vec_basic.h - the registers of 4 numbers that every x86-64 and AArch64 machine has.
 *
 * vec is a register; LOAD and STORE take any address; SPREAD puts one number into all places; SUM adds them up. LOW and
 * HIGH interleave the first and the second halves of two registers, EVEN and ODD take every second number of both,
 * EVEN_ODD the even ones of the first and the odd ones of the second. A kernel that is written with these words is
 * compiled once for each vec_*.h.
 *
 * WHERE_POSITIVE(y, v) puts 0 for v where y is at most 0; where y is NaN v stays. Some have TURN, a square of registers
 * and its transpose, in a better way than by rounds of LOW and HIGH (turn_kernel.h). Machines with masks have
 * LOAD_FIRST and STORE_FIRST as well: of n numbers, fewer than a register has; the others are 0, or stay as they are in
 * memory, and need not be there.
 */
#ifndef MLP_VEC_BASIC_H
#define MLP_VEC_BASIC_H

#include <stdint.h>

typedef float vec __attribute__((vector_size(16), aligned(4), may_alias));
#define LOAD(p) (*(const vec *)(p))
#define STORE(p, v) (*(vec *)(p) = (v))
#define SPREAD(x) ((vec){ (x), (x), (x), (x) })
#define MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
#define WHERE_POSITIVE(y, v) mlp_vec_where_positive(y, v)
#define SUM(v) (((v)[0] + (v)[1]) + ((v)[2] + (v)[3]))
#define LOW(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define HIGH(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#define EVEN(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6)
#define ODD(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7)
#define EVEN_ODD(a, b) __builtin_shufflevector(a, b, 0, 2, 5, 7)

static inline vec mlp_vec_where_positive(vec y, vec v)
{
    typedef int32_t whole __attribute__((vector_size(16)));
    const whole positive = ~(whole)(y <= SPREAD(0));
    return (vec)((whole)v & positive);
}

#endif
