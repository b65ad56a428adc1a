/* test_tensor_tile.c - the tiles of every instruction set against their definition, and the products that are made of
 * them: sizes around the edges of blocks, any alignment, any number of threads. */
#include "base/cpu.h"
#include "tensor/outer.h"
#include "tensor/tile.h"
#include "tensors.h"

/* Sums of k products in f32, in whatever order, differ by no more than this from the exact one. */
static double bound(int64_t k, double absolute)
{
    return (double)(k + 2) * 1.2e-7 * absolute;
}

static float *numbers(int64_t count, uint64_t seed)
{
    float *x = calloc((size_t)count + 1, sizeof *x);
    mlp_rng rng = mlp_rng_stream(seed, MLP_FOR_USER, 0, 0, 0);
    ck_assert(x != NULL);
    for (int64_t i = 0; i < count; i++) x[i] = (float)mlp_rng_range(&rng, -1, 1);
    return x;
}

typedef struct level {
    const char *name;
    mlp_cpu_level level;
    const mlp_tiles *tiles;
} level;

static int levels(level *list)
{
    int n = 0;
    list[n++] = (level){ "basic", MLP_CPU_PLAIN, &mlp_tiles_basic };
#ifdef __x86_64__
    if (mlp_cpu() >= MLP_CPU_AVX2) list[n++] = (level){ "avx2", MLP_CPU_AVX2, &mlp_tiles_avx2 };
    if (mlp_cpu() >= MLP_CPU_AVX512) list[n++] = (level){ "avx512", MLP_CPU_AVX512, &mlp_tiles_avx512 };
#elif defined(__aarch64__)
    list[n++] = (level){ "neon", MLP_CPU_NEON, &mlp_tiles_neon };
#endif
    return n;
}

START_TEST(the_choice_of_tiles_follows_the_level)
{
    level list[3];
    for (int i = 0, n = levels(list); i < n; i++) {
        mlp_cpu_limit(list[i].level);
        ck_assert_int_eq(mlp_cpu(), list[i].level);
        ck_assert_ptr_eq(mlp_tiles_best(), list[i].tiles);
    }
    mlp_cpu_limit(MLP_CPU_AVX512);
}
END_TEST

START_TEST(dot_tiles_agree_with_their_definition)
{
    enum { K = 37, N = 128, LD = K + 3 };
    level list[3];
    float *w = numbers(MLP_DOT_ROWS * LD + 1, 1), *x = numbers(K * N + 1, 2);
    int n_levels = levels(list);
    for (int l = 0; l < n_levels; l++)
        for (int64_t rows = 1; rows <= MLP_DOT_ROWS; rows++)
            for (int64_t n = MLP_DOT_LANES; n <= N; n += MLP_DOT_LANES)
                for (int64_t k = 0; k <= K; k += k < 3 ? 1 : 17)
                    for (int off = 0; off < 2; off++) { /* of every array: not aligned to registers */
                        float want[MLP_DOT_ROWS * N + 1], got[MLP_DOT_ROWS * N + 2];
                        for (int i = 0; i < MLP_DOT_ROWS * N + 2; i++) got[i] = 77;
                        mlp_tiles_plain.dot(rows, n, k, w + off, LD, x + off, want);
                        list[l].tiles->dot(rows, n, k, w + off, LD, x + off, got + off);
                        for (int64_t i = 0; i < rows * n; i++)
                            if (!close_to((double)got[off + i], (double)want[i], bound(k, (double)k)))
                                ck_abort_msg("%s, %lld rows, n %lld, k %lld: element %lld", list[l].name,
                                             (long long)rows, (long long)n, (long long)k, (long long)i);
                        if (got[off + rows * n] != 77) ck_abort_msg("%s writes behind its result", list[l].name);
                        if (l == 2) { /* both instruction sets give the same bits */
                            list[1].tiles->dot(rows, n, k, w + off, LD, x + off, want);
                            if (memcmp(want, got + off, (size_t)(rows * n) * sizeof *want) != 0)
                                ck_abort_msg("other bits");
                        }
                    }
    free(w);
    free(x);
}
END_TEST

START_TEST(tall_tiles_have_the_bits_of_dot)
{
    enum { K = 37, N = MLP_TALL_LANES, LD = K + 3 };
    level list[3];
    float *w = numbers(MLP_TALL_ROWS * LD, 1), *x = numbers(K * N, 2);
    for (int l = 0, n_levels = levels(list); l < n_levels; l++)
        for (int64_t rows = 1; list[l].tiles->tall && rows <= MLP_TALL_ROWS; rows++)
            for (int64_t n = MLP_DOT_LANES; n <= N; n += MLP_DOT_LANES)
                for (int64_t k = 0; k <= K; k += k < 3 ? 1 : 17) {
                    float want[MLP_TALL_ROWS * N], got[MLP_TALL_ROWS * N + 1];
                    got[rows * n] = 77;
                    for (int64_t r = 0; r < rows; r++) list[l].tiles->dot(1, n, k, w + r * LD, LD, x, want + r * n);
                    list[l].tiles->tall(rows, n, k, w, LD, x, got);
                    ck_assert_int_eq(memcmp(want, got, (size_t)(rows * n) * sizeof *want), 0);
                    ck_assert(got[rows * n] == 77);
                }
    free(w);
    free(x);
}
END_TEST

START_TEST(outer_tiles_agree_with_their_definition_and_write_nothing_else)
{
    enum { N = 33, LD = MLP_OUTER_COLUMNS + 5, SIZE = MLP_OUTER_ROWS * LD };
    level list[3];
    float *a = numbers(N * MLP_OUTER_ROWS + 1, 1), *b = numbers(N * MLP_OUTER_COLUMNS + 1, 2);
    int n_levels = levels(list);
    for (int l = 0; l < n_levels; l++)
        for (int64_t rows = 1; rows <= MLP_OUTER_ROWS; rows++)
            for (int64_t columns = 1; columns <= MLP_OUTER_COLUMNS; columns++)
                for (int64_t n = 0; n <= N; n += n < 2 ? 1 : 31) {
                    float got[SIZE + 1];
                    int off = (int)(columns % 2);
                    for (int i = 0; i < SIZE + 1; i++) got[i] = 77;
                    list[l].tiles->outer(rows, columns, n, a + off, b + off, got + off, LD);
                    for (int64_t i = 0; i < SIZE; i++) {
                        int64_t r = i / LD, j = i % LD;
                        double want = 0;
                        for (int64_t k = 0; k < n; k++)
                            if (j < columns)
                                want += (double)a[off + k * MLP_OUTER_ROWS + r] *
                                        (double)b[off + k * MLP_OUTER_COLUMNS + j];
                        if (r >= rows || j >= columns) want = 77;
                        if (!close_to((double)got[off + i], want, bound(n, (double)n)))
                            ck_abort_msg("%s, %lldx%lld, n %lld: element %lld is %g, expected %g", list[l].name,
                                         (long long)rows, (long long)columns, (long long)n, (long long)i,
                                         (double)got[off + i], want);
                    }
                }
    free(a);
    free(b);
}
END_TEST

START_TEST(thin_tiles_agree_with_their_definition)
{
    enum { N = 9, LDB = 40 * MLP_OUTER_COLUMNS, WIDTH = MLP_THIN_PANELS * MLP_OUTER_COLUMNS };
    static const int32_t rows[N] = { 0, 1, 4, 5, 6, 17, 30, 38, 39 };
    level list[3];
    int32_t at[N];
    for (int i = 0; i < N; i++) at[i] = rows[i] * MLP_OUTER_COLUMNS;
    float *a = numbers(N, 1), *b = numbers(MLP_THIN_PANELS * LDB + 1, 2);
    int n_levels = levels(list);
    for (int l = 0; l < n_levels; l++)
        for (int64_t panels = 1; panels <= MLP_THIN_PANELS; panels++)
            for (int64_t n = 0; n <= N; n++) {
                float want[WIDTH], got[WIDTH + 2], other[WIDTH];
                int off = (int)(n % 2);
                for (int i = 0; i < WIDTH + 2; i++) got[i] = 77;
                mlp_tiles_plain.thin(panels, n, at, a, b + off, LDB, want);
                list[l].tiles->thin(panels, n, at, a, b + off, LDB, got + off);
                for (int64_t i = 0; i < panels * MLP_OUTER_COLUMNS; i++)
                    if (!close_to((double)got[off + i], (double)want[i], bound(n, (double)n)))
                        ck_abort_msg("%s, %lld panels, n %lld: element %lld", list[l].name, (long long)panels,
                                     (long long)n, (long long)i);
                if (got[off + panels * MLP_OUTER_COLUMNS] != 77) ck_abort_msg("%s writes behind", list[l].name);
                if (l < 2) continue; /* both instruction sets give the same bits */
                list[1].tiles->thin(panels, n, at, a, b + off, LDB, other);
                ck_assert(memcmp(other, got + off, (size_t)(panels * MLP_OUTER_COLUMNS) * sizeof *got) == 0);
            }
    free(a);
    free(b);
}
END_TEST

/* Whether what all rows need is kept in the second cache: the bits are the same. */
static const mlp_cpu_caches caches[] = { { .first_ways = 8 }, { .first_ways = MLP_TALL_ROWS, .far_third = true } };

/* y = x w' + beta y for one size: against sums in f64, at every level, with any caches and number of threads. */
static void check_product(int64_t m, int64_t n, int64_t k, float beta, int64_t pad, int most_threads)
{
    mlp_error err;
    level list[3];
    float *x = numbers(m * (k + pad), 1), *w = numbers(n * (k + pad), 2), *before = numbers(m * (n + pad), 3);
    size_t bytes = (size_t)(m * (n + pad)) * sizeof *before;
    float *y = malloc(bytes), *first = malloc(bytes);
    int n_levels = levels(list);
    for (int l = 0; l < n_levels; l++) {
        mlp_cpu_limit(list[l].level);
        for (int i = 0; i < COUNT(caches) * most_threads; i++) {
            int threads = i / COUNT(caches) + 1;
            mlp_cpu_pretend_caches(&caches[i % COUNT(caches)]);
            OK(mlp_threads_set(threads, &err));
            memcpy(y, before, bytes);
            OK(mlp_gemm_f32(false, true, m, n, k, 1, x, k + pad, w, k + pad, beta, y, n + pad, &err));
            if (i == 0) memcpy(first, y, bytes);
            ck_assert_msg(memcmp(first, y, bytes) == 0, "%s, %lldx%lldx%lld: caches %d, %d threads give other bits",
                          list[l].name, (long long)m, (long long)n, (long long)k, i % COUNT(caches), threads);
        }
        for (int64_t i = 0; i < m * (n + pad); i++) {
            int64_t r = i / (n + pad), c = i % (n + pad);
            double want = (double)before[i];
            if (c < n) {
                want *= (double)beta;
                for (int64_t j = 0; j < k; j++) want += (double)x[r * (k + pad) + j] * (double)w[c * (k + pad) + j];
            }
            if (!close_to((double)y[i], want, bound(k, (double)k / 4 + 1)))
                ck_abort_msg("%s, %lldx%lldx%lld: element %lld", list[l].name, (long long)m, (long long)n, (long long)k,
                             (long long)i);
        }
    }
    OK(mlp_threads_set(1, &err));
    mlp_cpu_limit(MLP_CPU_AVX512);
    mlp_cpu_pretend_caches(NULL);
    free(x), free(w), free(before), free(y), free(first);
}

START_TEST(products_with_few_rows_agree_with_sums_in_f64_at_every_size)
{
    static const int64_t m[] = { 1, 2, 15, 16, 17, 31, 32, 33, 64, 127, 128, 129 }, n[] = { 1, 2, 5, 6, 7, 23, 24, 25 };
    static const int64_t k[] = { 1, 15, 16, 17, 70 };
    for (int i = 0; i < COUNT(m); i++)
        for (int j = 0; j < COUNT(n); j++)
            for (int l = 0; l < COUNT(k); l++) check_product(m[i], n[j], k[l], (float)(l % 3) / 2, (i + j + l) % 3, 1);
    check_product(128, 61, 150, 1, 0, 3); /* several blocks */
    check_product(8, 49, 4100, 1, 0, 3);  /* two pieces of the sum, several blocks */
    check_product(32, 61, 2049, 0, 1, 3);
    check_product(3, 5, 0, 0.5F, 0, 3);
}
END_TEST

static mlp_tensor *naive_outer(const float *g, const float *x, int64_t n, int64_t rows, int64_t columns)
{
    mlp_tensor *t = laid_out(PLAIN, MLP_F32, SHAPE(rows, columns));
    float *to = mlp_tensor_data(t);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < columns; c++) {
            double sum = 0;
            for (int64_t i = 0; i < n; i++) sum += (double)g[i * rows + r] * (double)x[i * columns + c];
            to[r * columns + c] = (float)sum;
        }
    return t;
}

START_TEST(outer_products_are_the_same_whole_and_in_pieces_on_any_number_of_threads)
{
    static const int64_t sizes[][3] = { { 1, 1, 1 },      { 3, 12, 32 },    { 2, 13, 33 },   { 5, 11, 31 },
                                        { 32, 25, 70 },   { 0, 5, 7 },      { 9, 0, 4 },     { 9, 4, 0 },
                                        { 4, 14, 12289 }, { 2, 13, 30001 }, { 33, 96, 513 }, { 40, 26, 7001 },
                                        { 300, 14, 2080 } };
    mlp_error err;
    level list[3];
    int n_levels = levels(list);
    for (int s = 0; s < COUNT(sizes); s++) {
        int64_t n = sizes[s][0], rows = sizes[s][1], columns = sizes[s][2];
        float *g = numbers(n * rows, 1), *x = numbers(n * columns, 2);
        mlp_tensor *want = naive_outer(g, x, n, rows, columns);
        for (int l = 0; l < n_levels * COUNT(caches); l++) {
            mlp_outer *o = NULL;
            mlp_tensor *whole[3] = { NULL }, *pieces = laid_out(PLAIN, MLP_F32, SHAPE(rows, columns));
            mlp_cpu_limit(list[l / COUNT(caches)].level);
            mlp_cpu_pretend_caches(&caches[l % COUNT(caches)]);
            OK(mlp_outer_new(&o, g, x, n, rows, columns, &err));
            ck_assert(mlp_outer_is_bounded(o));
            for (int threads = 1; threads <= 3; threads++) {
                OK(mlp_threads_set(threads, &err));
                OK(mlp_outer_make(&whole[threads - 1], o, &err));
                same_bits("threads", whole[threads - 1], whole[0]);
            }
            for (int64_t i = 0; i < mlp_outer_pieces(o); i++) {
                mlp_outer_piece p = mlp_outer_piece_at(o, i);
                ck_assert(p.rows * p.columns <= mlp_outer_piece_size(o));
                float *to = mlp_tensor_data(pieces);
                mlp_outer_make_piece(o, &p, to + p.row * columns + p.column, columns, NULL);
            }
            same_bits("pieces", pieces, whole[0]);
            same_values(list[l / COUNT(caches)].name, whole[0], want, bound(n, (double)n) + 1e-7);
            mlp_outer_free(o);
            RELEASE(pieces, whole[0], whole[1], whole[2]);
        }
        mlp_tensor_release(want);
        free(g), free(x);
    }
    OK(mlp_threads_set(1, &err));
    mlp_cpu_limit(MLP_CPU_AVX512);
    mlp_cpu_pretend_caches(NULL);
}
END_TEST

START_TEST(an_outer_product_knows_whether_it_can_hold_anything_that_is_not_finite)
{
    static const float bad[] = { INFINITY, -INFINITY, NAN };
    mlp_error err;
    for (int where = 0; where < 2; where++)
        for (int i = 0; i < 6; i++) {
            float g[3 * 20], x[3 * 40];
            mlp_outer *o = NULL;
            for (int j = 0; j < 60; j++) g[j] = 1;
            for (int j = 0; j < 120; j++) x[j] = 0;
            float *at = where ? &x[119] : &g[59];
            if (i < 3) *at = bad[i];
            if (i == 3) g[0] = -1e20F, x[5] = 1e20F; /* finite, the product is not */
            if (i == 4) g[0] = -1e20F, x[5] = 1e17F;
            OK(mlp_outer_new(&o, g, x, 3, 20, 40, &err));
            ck_assert_msg(mlp_outer_is_bounded(o) == (i >= 4), "where %d, case %d", where, i);
            mlp_outer_free(o);
        }
}
END_TEST

/* g with one number in `every` that is not zero in the first rows, and none that is zero in the others */
static float *half_empty(int64_t n, int64_t rows, int64_t empty_rows, int64_t every)
{
    float *g = numbers(n * rows, 5);
    for (int64_t i = 0; i < n; i++)
        for (int64_t r = 0; r < empty_rows; r++)
            if ((i * 7 + r * 5) % every != 0) g[i * rows + r] = r % 2 ? 0.0F : -0.0F;
    return g;
}

/* The first rows of a product, made by themselves and as a part of a larger one that leaves no terms out. */
START_TEST(terms_that_are_left_out_change_no_number)
{
    static const int64_t sizes[][3] = { { 1, 5, 256 },   { 8, 12, 270 },   { 32, 25, 400 }, { 40, 7, 287 },
                                        { 33, 13, 300 }, { 130, 14, 300 }, { 32, 3, 1111 }, { 32, 5, 4700 } };
    mlp_error err;
    level list[3];
    int n_levels = levels(list);
    for (int s = 0; s < COUNT(sizes); s++)
        for (int64_t every = 3; every <= 9; every += 3) {
            int64_t n = sizes[s][0], rows = sizes[s][1], columns = sizes[s][2], more = rows * 5;
            float *large = half_empty(n, more, rows, every), *g = numbers(n * rows, 1), *x = numbers(n * columns, 2);
            for (int64_t i = 0; i < n; i++)
                memcpy(g + i * rows, large + i * more, (size_t)rows * sizeof *g); /* the same first rows */
            mlp_tensor *want = naive_outer(g, x, n, rows, columns);
            for (int l = 0; l < n_levels * COUNT(caches); l++) {
                const char *name = list[l / COUNT(caches)].name;
                mlp_outer *thin = NULL, *whole = NULL;
                mlp_tensor *a = NULL, *b = NULL, *part = NULL;
                mlp_cpu_limit(list[l / COUNT(caches)].level);
                mlp_cpu_pretend_caches(&caches[l % COUNT(caches)]);
                OK(mlp_outer_new(&thin, g, x, n, rows, columns, &err));
                OK(mlp_outer_new(&whole, large, x, n, more, columns, &err));
                ck_assert_msg(mlp_outer_is_thin(thin) && !mlp_outer_is_thin(whole), "n %lld, one in %lld", (long long)n,
                              (long long)every);
                if (n / every <= 4) ck_assert_int_eq(mlp_outer_piece_at(thin, 0).rows, 1); /* few terms */
                if (n / every >= 10) ck_assert_int_gt(mlp_outer_piece_at(thin, 0).rows, 1);
                OK(mlp_outer_make(&a, thin, &err));
                OK(mlp_outer_make(&b, whole, &err));
                OK(mlp_tensor_narrow(&part, b, 0, 0, rows, &err));
                same_bits(name, a, part);
                same_values(name, a, want, bound(n, (double)n) + 1e-7);
                mlp_outer_free(thin), mlp_outer_free(whole);
                RELEASE(a, b, part);
            }
            mlp_tensor_release(want);
            free(large), free(g), free(x);
        }
    mlp_cpu_limit(MLP_CPU_AVX512);
    mlp_cpu_pretend_caches(NULL);
}
END_TEST

/* Of 32 terms one at most, few or a third are left. */
START_TEST(zeros_times_what_is_not_finite_stay)
{
    enum { N = 32, ROWS = 3, COLUMNS = 260 };
    static const float bad[] = { INFINITY, -INFINITY, NAN };
    static const int64_t left[] = { N + 1, 9, 3 };
    mlp_error err;
    level list[3];
    int n_levels = levels(list);
    for (int i = 0; i < 9 * n_levels; i++) {
        float *g = half_empty(N, ROWS, ROWS, left[i / 3 % 3]), x[N * COLUMNS];
        mlp_cpu_limit(list[i / 9].level);
        mlp_outer *o = NULL;
        mlp_tensor *t = NULL;
        for (int j = 0; j < N * COLUMNS; j++) x[j] = 1;
        for (int j = 1; j <= N; j++) x[j * COLUMNS - 1] = bad[i % 3];
        OK(mlp_outer_new(&o, g, x, N, ROWS, COLUMNS, &err));
        ck_assert(!mlp_outer_is_thin(o));
        OK(mlp_outer_make(&t, o, &err));
        const float *c = mlp_tensor_data(t);
        for (int j = 0; j < ROWS * COLUMNS; j++) ck_assert((j % COLUMNS == COLUMNS - 1) == (isnan(c[j]) != 0));
        mlp_outer_free(o);
        mlp_tensor_release(t);
        free(g);
    }
    mlp_cpu_limit(MLP_CPU_AVX512);
}
END_TEST

START_TEST(a_list_of_terms_takes_no_memory_that_the_product_needs)
{
    enum { N = 32, ROWS = 3000, COLUMNS = 256 };
    mlp_error err;
    mlp_outer *o = NULL;
    mlp_tensor *made[2] = { NULL };
    float *g = half_empty(N, ROWS, ROWS, 9), *x = numbers(N * COLUMNS, 1);
    size_t before = mlp_block_bytes_in_use();
    OK(mlp_outer_new(&o, g, x, N, ROWS, COLUMNS, &err));
    ck_assert(mlp_outer_is_thin(o));
    size_t with_list = mlp_block_bytes_in_use();
    OK(mlp_outer_make(&made[0], o, &err));
    mlp_outer_free(o);
    mlp_block_limit(with_list - before + mlp_block_bytes_in_use() - 1);
    OK(mlp_outer_new(&o, g, x, N, ROWS, COLUMNS, &err));
    mlp_block_limit(SIZE_MAX);
    ck_assert(!mlp_outer_is_thin(o) && mlp_outer_piece_at(o, 0).rows > 1);
    OK(mlp_outer_make(&made[1], o, &err));
    same_bits("without a list", made[0], made[1]);
    mlp_outer_free(o);
    RELEASE(made[0], made[1]);
    free(g), free(x);
}
END_TEST

START_TEST(an_interrupted_product_says_so)
{
    mlp_error err;
    mlp_outer *o = NULL;
    mlp_tensor *t = NULL;
    float *g = numbers(4 * 100, 1), *x = numbers(4 * 100, 2), *y = numbers(4 * 100, 3);
    OK(mlp_outer_new(&o, g, x, 4, 100, 100, &err));
    mlp_interrupt();
    ck_assert_int_eq(mlp_outer_make(&t, o, &err), MLP_EINTERRUPT);
    ck_assert(t == NULL);
    mlp_outer *other = NULL;
    ck_assert_int_eq(mlp_outer_new(&other, g, x, 4, 100, 100, &err), MLP_EINTERRUPT);
    ck_assert(other == NULL);
    ck_assert_int_eq(mlp_gemm_f32(false, true, 4, 4, 100, 1, g, 100, x, 100, 0, y, 4, &err), MLP_EINTERRUPT);
    mlp_interrupt_clear();
    mlp_outer_free(o);
    free(g), free(x), free(y);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_choice_of_tiles_follows_the_level,
        dot_tiles_agree_with_their_definition,
        tall_tiles_have_the_bits_of_dot,
        outer_tiles_agree_with_their_definition_and_write_nothing_else,
        thin_tiles_agree_with_their_definition,
        products_with_few_rows_agree_with_sums_in_f64_at_every_size,
        outer_products_are_the_same_whole_and_in_pieces_on_any_number_of_threads,
        an_outer_product_knows_whether_it_can_hold_anything_that_is_not_finite,
        terms_that_are_left_out_change_no_number,
        a_list_of_terms_takes_no_memory_that_the_product_needs,
        zeros_times_what_is_not_finite_stay,
        an_interrupted_product_says_so,
    };
    return run_suite("tensor_tile", tests, COUNT(tests));
}
