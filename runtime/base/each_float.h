/* each_float.h - kernels written once for float and double.
 *
 *     #define KERNEL_FILE "nn/softmax_kernel.h"
 *     #include "base/each_float.h"
 *
 * includes that file twice; a file may name itself, with its kernels where R is defined. In it R is the element type,
 * NAME(stem) is stem_f32 or stem_f64, and SQRT is the root of that type. It may be included again for another file, so
 * it has no guard. */
#ifndef KERNEL_FILE
#error "define KERNEL_FILE, the file of kernels, before this"
#endif

#include <math.h>

#define R float
#define NAME(stem) stem##_f32
#define SQRT sqrtf
#include KERNEL_FILE
#undef R
#undef NAME
#undef SQRT

#define R double
#define NAME(stem) stem##_f64
#define SQRT sqrt
#include KERNEL_FILE
#undef R
#undef NAME
#undef SQRT

#undef KERNEL_FILE
