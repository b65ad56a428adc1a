/* conv2d_kernel.h - included by conv2d.c once per element type R. */

/* The columns of places [from, to): row (c, i, j) holds what weight (c, i, j) is multiplied by. */
static void NAME(gather)(const geometry *g, const R *x, int64_t from, int64_t to, R *columns)
{
    const int64_t stride = g->window.stride[1];
    for (walk w = walk_begin(g, from, to); walk_row(&w);)
        for (span s; walk_span(&w, &s); columns += s.count) {
            const R *at = x + s.at;
            for (int64_t q = 0; q < s.first; q++) columns[q] = 0;
            if (stride == 1) memcpy(columns + s.first, at + s.first, (size_t)(s.last - s.first) * sizeof *x);
            else
                for (int64_t q = s.first; q < s.last; q++) columns[q] = at[q * stride];
            for (int64_t q = s.last; q < s.count; q++) columns[q] = 0;
        }
}

/* The transpose of gather: adds columns to the places of x that they came from. */
MLP_SIMD static void NAME(scatter)(const geometry *g, R *restrict x, int64_t from, int64_t to,
                                   const R *restrict columns)
{
    const int64_t stride = g->window.stride[1];
    for (walk w = walk_begin(g, from, to); walk_row(&w);)
        for (span s; walk_span(&w, &s); columns += s.count) {
            R *at = x + s.at;
            if (stride == 1)
                for (int64_t q = s.first; q < s.last; q++) at[q] += columns[q];
            else
                for (int64_t q = s.first; q < s.last; q++) at[q * stride] += columns[q];
        }
}

/* Units of work are tiles of pictures: a tile is a run of places in the output. */
static void NAME(forward)(void *context, int64_t begin, int64_t end)
{
    arrays *a = context;
    const geometry *g = &a->at;
    R *scratch = scratch_new(a, sizeof(R));
    if (!scratch) return;
    for (int64_t unit = begin; unit < end; unit++)
        for (int64_t group = 0; group < g->groups; group++) {
            tile t = tile_of(g, unit, group);
            const R *x = (const R *)a->x + t.x, *columns = g->plain ? x + t.from : scratch;
            R *y = (R *)a->y + t.y;
            if (!g->plain) NAME(gather)(g, x, t.from, t.from + t.count, scratch);
            for (int64_t o = 0; a->bias && o < g->c_out; o++)
                for (int64_t p = 0; p < t.count; p++) y[o * g->p + p] = ((const R *)a->bias)[group * g->c_out + o];
            mlp_gemm_here(a->dtype, false, false, g->c_out, t.count, g->k, (const R *)a->w + t.w, g->k, columns,
                          g->plain ? g->p : t.count, a->bias ? 1 : 0, y, g->p);
        }
    mlp_block_free(scratch, scratch_bytes(g, sizeof(R)));
}

/* In lanes side by side, which are added in their order. */
MLP_SIMD static R NAME(sum)(const R *v, int64_t n)
{
    R lane[LANES] = { 0 }, sum = 0;
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int k = 0; k < LANES; k++) lane[k] += v[i + k];
    for (int k = 0; i < n; i++, k++) lane[k] += v[i];
    for (int k = 0; k < LANES; k++) sum += lane[k];
    return sum;
}

/* A part of dw (k x c_out for each group) and of db: a range of units, added in their order. */
static void NAME(weight_part)(arrays *a, R *scratch, int64_t part)
{
    const geometry *g = &a->at;
    R *dw = (R *)a->dw_parts + part * g->groups * g->k * g->c_out;
    double *db = a->db_parts ? a->db_parts + part * g->groups * g->c_out : NULL;
    memset(dw, 0, (size_t)(g->groups * g->k * g->c_out) * sizeof *dw);
    if (db) memset(db, 0, (size_t)(g->groups * g->c_out) * sizeof *db);
    for (int64_t unit = part_begin(g, part); unit < part_begin(g, part + 1) && !mlp_interrupted(); unit++)
        for (int64_t group = 0; group < g->groups; group++) {
            tile t = tile_of(g, unit, group);
            const R *x = (const R *)a->x + t.x, *columns = g->plain ? x + t.from : scratch;
            const R *dy = (const R *)a->dy + t.y;
            if (!g->plain) NAME(gather)(g, x, t.from, t.from + t.count, scratch);
            mlp_gemm_here(a->dtype, false, true, g->k, g->c_out, t.count, columns, g->plain ? g->p : t.count, dy, g->p,
                          1, dw + group * g->k * g->c_out, g->c_out);
            for (int64_t o = 0; db && o < g->c_out; o++)
                db[group * g->c_out + o] += (double)NAME(sum)(dy + o * g->p, t.count);
        }
}

static void NAME(weight_parts)(void *context, int64_t begin, int64_t end)
{
    arrays *a = context;
    R *scratch = scratch_new(a, sizeof(R));
    if (!scratch) return;
    for (int64_t part = begin; part < end; part++) NAME(weight_part)(a, scratch, part);
    mlp_block_free(scratch, scratch_bytes(&a->at, sizeof(R)));
}

/* Rows [begin, end) of the parts of dw: their sums, in order, into columns of dw. */
static void NAME(weight_sum)(void *context, int64_t begin, int64_t end)
{
    const arrays *a = context;
    const geometry *g = &a->at;
    int64_t size = g->groups * g->k * g->c_out;
    for (int64_t row = begin; row < end; row++) {
        const R *from = (const R *)a->dw_parts + row * g->c_out;
        R *to = (R *)a->dw + row / g->k * g->c_out * g->k + row % g->k;
        for (int64_t o = 0; o < g->c_out; o++) {
            double sum = 0;
            for (int64_t part = 0; part < g->parts; part++) sum += (double)from[part * size + o];
            to[o * g->k] = (R)sum;
        }
    }
}

static void NAME(bias_sum)(arrays *a)
{
    int64_t channels = a->at.groups * a->at.c_out;
    for (int64_t o = 0; o < channels; o++) {
        double sum = 0;
        for (int64_t part = 0; part < a->at.parts; part++) sum += a->db_parts[part * channels + o];
        ((R *)a->db)[o] = (R)sum;
    }
}

/* dx of the groups of pictures [begin, end). */
static void NAME(input)(void *context, int64_t begin, int64_t end)
{
    arrays *a = context;
    const geometry *g = &a->at;
    R *scratch = scratch_new(a, sizeof(R));
    if (!scratch) return;
    for (int64_t i = begin; i < end; i++) {
        R *dx = (R *)a->dx + i * g->c_in * g->height * g->width;
        if (!g->plain) memset(dx, 0, (size_t)(g->c_in * g->height * g->width) * sizeof *dx);
        for (int64_t from = 0; from < g->p && !mlp_interrupted(); from += g->tile) {
            tile t = tile_of(g, i / g->groups * g->tiles + from / g->tile, i % g->groups);
            mlp_gemm_here(a->dtype, true, false, g->k, t.count, g->c_out, (const R *)a->w + t.w, g->k,
                          (const R *)a->dy + t.y, g->p, 0, g->plain ? dx + from : scratch, g->plain ? g->p : t.count);
            if (!g->plain) NAME(scatter)(g, dx, from, from + t.count, scratch);
        }
    }
    mlp_block_free(scratch, scratch_bytes(g, sizeof(R)));
}
