/* npz.c - NumPy's archives: a ZIP file (minizip) of npy members. Both ways the archive is in memory: reading sees a
 * file that cannot change under it, writing replaces the old file at once. */
#include "io/io.h"
#include "io/npy_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unzip.h>
#include <zip.h>

enum {
    LONGEST_NAME = 4096, /* of a member; ZIP allows 65535, which is no name */
    STORED = 0,
    DEFLATED = Z_DEFLATED,
    BEST_RATIO = 1032,     /* deflate cannot pack tighter: 258 bytes in 2 bits */
    DOS_1980 = 0x00210000, /* 1980-01-01 00:00:00, as numpy.savez writes */
};

/* ---- a file in memory, for minizip ---- */

typedef struct memory_file {
    uint8_t *bytes;
    uint64_t length, capacity, at;
    bool writes; /* bytes is ours and grows */
} memory_file;

static voidpf memory_open(voidpf opaque, const void *unused, int mode)
{
    (void)unused;
    (void)mode;
    return opaque;
}

static uLong memory_read(voidpf opaque, voidpf stream, void *buffer, uLong size)
{
    memory_file *f = opaque;
    (void)stream;
    uint64_t left = f->at < f->length ? f->length - f->at : 0;
    if (size > left) size = (uLong)left;
    if (size) memcpy(buffer, f->bytes + f->at, size);
    f->at += size;
    return size;
}

/* Room for n more bytes. */
static bool grow(memory_file *f, uint64_t n)
{
    if (n <= f->capacity - f->at) return true;
    uint64_t capacity = f->capacity + f->capacity / 2 + n + 4096;
    uint8_t *grown = realloc(f->bytes, capacity);
    if (!grown) return false;
    f->bytes = grown;
    f->capacity = capacity;
    return true;
}

static uLong memory_write(voidpf opaque, voidpf stream, const void *buffer, uLong size)
{
    memory_file *f = opaque;
    (void)stream;
    if (!f->writes || f->at > f->length || !grow(f, size)) return 0;
    if (size) memcpy(f->bytes + f->at, buffer, size);
    f->at += size;
    if (f->at > f->length) f->length = f->at;
    return size;
}

static ZPOS64_T memory_tell(voidpf opaque, voidpf stream)
{
    (void)stream;
    return ((memory_file *)opaque)->at;
}

static long memory_seek(voidpf opaque, voidpf stream, ZPOS64_T offset, int origin)
{
    memory_file *f = opaque;
    (void)stream;
    uint64_t base = origin == ZLIB_FILEFUNC_SEEK_CUR ? f->at : origin == ZLIB_FILEFUNC_SEEK_END ? f->length : 0;
    if (offset > f->length - (base < f->length ? base : f->length)) return -1;
    f->at = base + offset;
    return 0;
}

static int memory_close(voidpf opaque, voidpf stream)
{
    (void)opaque;
    (void)stream;
    return 0;
}

static zlib_filefunc64_def functions(memory_file *f)
{
    return (zlib_filefunc64_def){ memory_open, memory_read,  memory_write, memory_tell,
                                  memory_seek, memory_close, memory_close, f };
}

/* ---- reading ---- */

static const char NPY[] = ".npy"; /* the end of an array's name */

typedef struct archive {
    unzFile zip;
    const char *file; /* for messages */
    uint64_t length;  /* of the whole archive */
} archive;

static mlp_status damaged(const archive *a, const char *member, const char *why, mlp_error *err)
{
    return mlp_fail(err, MLP_EFORMAT, "'%s': member '%s' %s", a->file, member, why);
}

/* What the directory claims, before memory is taken for it. */
static mlp_status check_member(const archive *a, const unz_file_info64 *info, const char *name, mlp_error *err)
{
    uint64_t packed = info->compressed_size, whole = info->uncompressed_size;
    if (info->flag & 1) return damaged(a, name, "is encrypted", err);
    if (info->compression_method != STORED && info->compression_method != DEFLATED)
        return damaged(a, name, "is packed by a method other than deflate", err);
    if (packed > a->length) return damaged(a, name, "claims to be larger than the archive", err);
    if (info->compression_method == STORED ? whole != packed : whole / BEST_RATIO > packed)
        return damaged(a, name, "claims a size that its data cannot have", err);
    if (strlen(name) != info->size_filename) return damaged(a, name, "has a name with a zero byte", err);
    return MLP_OK;
}

static mlp_status read_bytes(const archive *a, const char *name, uint8_t *bytes, uint64_t size, mlp_error *err)
{
    if (unzOpenCurrentFile(a->zip) != UNZ_OK)
        return damaged(a, name, "cannot be opened: its local header is damaged", err);
    uint64_t have = 0;
    int got = 1;
    while (have < size && got > 0) {
        uint64_t left = size - have;
        got = unzReadCurrentFile(a->zip, bytes + have, left > 1 << 30 ? 1 << 30 : (unsigned)left);
        if (got > 0) have += (uint64_t)got;
    }
    int closed = unzCloseCurrentFile(a->zip);
    if (got < 0) return damaged(a, name, "is damaged: it cannot be unpacked", err);
    if (have < size) return damaged(a, name, "is damaged: it ends early", err);
    if (closed == UNZ_CRCERROR) return damaged(a, name, "is damaged: its checksum does not match", err);
    return MLP_OK;
}

/* A member's bytes as a tensor: npy, or the bytes themselves. */
static mlp_status add_member(mlp_named *list, const archive *a, char *name, const uint8_t *bytes, uint64_t size,
                             mlp_error *err)
{
    size_t n = strlen(name), e = strlen(NPY);
    mlp_tensor *t = NULL;
    mlp_status st;
    bool text = false;
    if (n > e && strcmp(name + n - e, NPY) == 0) {
        char where[LONGEST_NAME + 256];
        snprintf(where, sizeof where, "%s: %s", a->file, name);
        st = mlp_npy_decode_any(&t, &text, bytes, (size_t)size, where, err);
        name[n - e] = 0;
    } else {
        const int64_t shape[1] = { (int64_t)size };
        st = mlp_tensor_new(&t, MLP_U8, 1, shape, err);
        if (!st && size) memcpy(mlp_tensor_data(t), bytes, (size_t)size);
    }
    if (!st && mlp_named_find(list, name)) st = damaged(a, name, "is there twice", err);
    if (!st) st = text ? mlp_named_add_texts(list, name, t, err) : mlp_named_add(list, name, t, err);
    mlp_tensor_release(t);
    return st;
}

/* Whether a member is one of those that are asked for: by its name in the list that comes of it. */
static bool is_wanted(const char *member, const char *const *only)
{
    if (!only) return true;
    size_t n = strlen(member), e = strlen(NPY);
    bool array = n > e && strcmp(member + n - e, NPY) == 0;
    size_t own = array ? n - e : n;
    for (; *only; only++)
        if (strlen(*only) == own && memcmp(*only, member, own) == 0) return true;
    return false;
}

static mlp_status read_member(mlp_named *list, const archive *a, const char *const *only, mlp_error *err)
{
    unz_file_info64 info;
    char name[LONGEST_NAME + 1] = "";
    if (unzGetCurrentFileInfo64(a->zip, &info, NULL, 0, NULL, 0, NULL, 0) != UNZ_OK)
        return mlp_fail(err, MLP_EFORMAT, "'%s': the archive's directory is damaged", a->file);
    if (info.size_filename > LONGEST_NAME)
        return mlp_fail(err, MLP_EFORMAT, "'%s': a member's name has %lu bytes, at most %d are accepted", a->file,
                        (unsigned long)info.size_filename, LONGEST_NAME);
    if (unzGetCurrentFileInfo64(a->zip, &info, name, sizeof name, NULL, 0, NULL, 0) != UNZ_OK)
        return mlp_fail(err, MLP_EFORMAT, "'%s': the archive's directory is damaged", a->file);
    size_t n = strlen(name);
    if (n && name[n - 1] == '/' && info.uncompressed_size == 0) return MLP_OK; /* a folder */
    if (!is_wanted(name, only)) return MLP_OK;
    mlp_status st = check_member(a, &info, name, err);
    if (st) return st;
    uint8_t *bytes = malloc((size_t)info.uncompressed_size + 1);
    if (!bytes)
        return mlp_fail(err, MLP_ENOMEM, "out of memory: member '%s' of '%s' has %llu bytes", name, a->file,
                        (unsigned long long)info.uncompressed_size);
    st = read_bytes(a, name, bytes, info.uncompressed_size, err);
    if (!st) st = add_member(list, a, name, bytes, info.uncompressed_size, err);
    free(bytes);
    return st;
}

/* The number of members that the end of the directory names (16 bits of it), or -1 when there is no whole one. minizip
 * would take what is missing for zeros, and a cut archive for an empty one. */
static int directory_end(const uint8_t *bytes, size_t length)
{
    enum { END = 22, LONGEST_COMMENT = 65535 };
    size_t least = length > END + LONGEST_COMMENT ? length - END - LONGEST_COMMENT : 0;
    for (size_t i = length; i-- > least;)
        if (length - i >= 4 && memcmp(bytes + i, "PK\5\6", 4) == 0)
            return length - i < END ? -1 : bytes[i + 10] | bytes[i + 11] << 8;
    return -1;
}

mlp_status mlp_npz_decode(mlp_named **out, const uint8_t *bytes, size_t length, const char *name,
                          const char *const *only, mlp_error *err)
{
    memory_file memory = { .bytes = (uint8_t *)bytes, .length = length };
    zlib_filefunc64_def f = functions(&memory);
    bool zip = length >= 4 && bytes[0] == 'P' && bytes[1] == 'K' && (bytes[2] == 3 || bytes[2] == 5);
    int members = zip ? directory_end(bytes, length) : -1;
    if (members == 0) return mlp_named_new(out, err);
    archive a = { members > 0 ? unzOpen2_64("", &f) : NULL, name, length };
    if (!a.zip)
        return mlp_fail(err, MLP_EFORMAT, "'%s' is not an npz file: %s", name,
                        zip ? "the directory at its end is missing or damaged (was it cut short?)"
                            : "it does not begin like a ZIP archive");
    mlp_named *list = NULL;
    mlp_status st = mlp_named_new(&list, err);
    int at = st ? UNZ_OK : unzGoToFirstFile(a.zip);
    while (!st && at == UNZ_OK) {
        st = read_member(list, &a, only, err);
        if (!st && mlp_interrupted()) st = mlp_fail_interrupted(err);
        if (!st) at = unzGoToNextFile(a.zip);
    }
    if (!st && at != UNZ_END_OF_LIST_OF_FILE)
        st = mlp_fail(err, MLP_EFORMAT, "'%s': the archive's directory is damaged", name);
    unzClose(a.zip);
    if (st) mlp_named_release(list);
    else *out = list;
    return st;
}

mlp_status mlp_npz_load(mlp_named **out, const char *path, const char *const *only, mlp_error *err)
{
    uint8_t *bytes = NULL;
    size_t length = 0;
    mlp_status st = mlp_file_read(&bytes, &length, path, SIZE_MAX / 2, err);
    if (!st) st = mlp_npz_decode(out, bytes, length, path, only, err);
    free(bytes);
    return st;
}

/* ---- writing ---- */

static bool write_bytes(zipFile zip, const uint8_t *bytes, size_t length)
{
    while (length) {
        unsigned part = length > 1 << 30 ? 1 << 30 : (unsigned)length;
        if (zipWriteInFileInZip(zip, bytes, part) != ZIP_OK) return false;
        bytes += part;
        length -= part;
    }
    return true;
}

/* minizip writes where it could not allocate, and loses what it has when it cannot write: room for its entry and for n
 * bytes is asked for before. */
static bool has_room(memory_file *f, size_t n)
{
    return mlp_has_room(LONGEST_NAME + 4096) && grow(f, n + 2 * LONGEST_NAME + 4096);
}

static mlp_status write_member(zipFile zip, memory_file *memory, const char *name, const mlp_tensor *t, bool text,
                               mlp_store as, bool compress, mlp_error *err)
{
    char member[LONGEST_NAME + 1];
    int n = snprintf(member, sizeof member, "%s.npy", name);
    if (n >= (int)sizeof member)
        return mlp_fail(err, MLP_EINVAL, "npz: the name '%.40s...' has more than %d bytes", name, LONGEST_NAME - 4);
    uint8_t *bytes = NULL;
    size_t length = 0;
    mlp_status st = text ? mlp_npy_encode_texts(&bytes, &length, t, err) : mlp_npy_encode(&bytes, &length, t, as, err);
    if (st) return st;
    const zip_fileinfo info = { .dosDate = DOS_1980 };
    bool large = length >= 0xFFFFFFFFu - 65536;
    bool ok = has_room(memory, length) &&
              zipOpenNewFileInZip64(zip, member, &info, NULL, 0, NULL, 0, NULL, compress ? DEFLATED : STORED,
                                    compress ? Z_DEFAULT_COMPRESSION : 0, large) == ZIP_OK &&
              write_bytes(zip, bytes, length) && zipCloseFileInZip(zip) == ZIP_OK;
    free(bytes);
    return ok ? MLP_OK : mlp_fail(err, MLP_ENOMEM, "out of memory: cannot pack '%s' (%zu bytes)", name, length);
}

mlp_status mlp_npz_encode(uint8_t **bytes, size_t *length, const mlp_named *list, bool compress, mlp_error *err)
{
    memory_file memory = { .writes = true };
    zlib_filefunc64_def f = functions(&memory);
    zipFile zip = zipOpen2_64("", APPEND_STATUS_CREATE, NULL, &f);
    if (!zip) return mlp_fail(err, MLP_ENOMEM, "out of memory: cannot make an npz file");
    mlp_status st = MLP_OK;
    for (int64_t i = 0; !st && i < mlp_named_count(list); i++)
        st = write_member(zip, &memory, mlp_named_name(list, i), mlp_named_tensor(list, i), mlp_named_is_text(list, i),
                          mlp_named_stored(list), compress, err);
    if (zipClose(zip, NULL) != ZIP_OK && !st) st = mlp_fail(err, MLP_ENOMEM, "out of memory: cannot make an npz file");
    if (st) {
        free(memory.bytes);
        return st;
    }
    *bytes = memory.bytes;
    *length = (size_t)memory.length;
    return MLP_OK;
}

mlp_status mlp_npz_save(const char *path, const mlp_named *list, bool compress, mlp_error *err)
{
    uint8_t *bytes = NULL;
    size_t length = 0;
    mlp_status st = mlp_npz_encode(&bytes, &length, list, compress, err);
    if (!st) st = mlp_file_write(path, bytes, length, err);
    free(bytes);
    return st;
}
