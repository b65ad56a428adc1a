/* scan.c - reading folders: what each name is, and the walk through a class folder (see scan_private.h). */
#include "data/scan_private.h"

#include "base/disk.h"
#include "base/folder.h"

#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* ---- names ---- */

static const char *extension_of(const char *name)
{
    const char *point = strrchr(name, '.');
    return point && point != name ? point : "";
}

static bool is_picture(const char *name)
{
    return mlp_image_format_named(name) != MLP_NOT_AN_IMAGE;
}

/* What systems and editors leave behind. */
static bool is_hidden(const char *name)
{
    static const char *const litter[] = { "Thumbs.db", "desktop.ini", "__MACOSX", "@eaDir" };
    size_t n = strlen(name);
    if (name[0] == '.' || name[n - 1] == '~' || (name[0] == '#' && name[n - 1] == '#')) return true;
    for (size_t i = 0; i < sizeof litter / sizeof *litter; i++)
        if (strcasecmp(name, litter[i]) == 0) return true;
    return false;
}

static void count_other(mlp_passed_over *p, const char *name)
{
    char text[MLP_EXTENSION_TEXT] = "";
    const char *extension = extension_of(name);
    p->other++;
    if (strlen(extension) < sizeof text)
        for (size_t i = 0; extension[i]; i++) {
            unsigned char c = (unsigned char)extension[i];
            text[i] = c > ' ' && c < 127 ? (char)tolower(c) : '?';
        }
    else snprintf(text, sizeof text, "...");
    int at = 0;
    while (at < p->extensions && strcmp(p->extension[at].text, text) != 0) at++;
    if (at == MLP_MAX_EXTENSIONS) {
        at = MLP_MAX_EXTENSIONS - 1;
        snprintf(p->extension[at].text, sizeof p->extension[at].text, "...");
    } else if (at == p->extensions) {
        p->extensions++;
        memcpy(p->extension[at].text, text, sizeof text);
    }
    p->extension[at].count++;
}

mlp_status mlp_join_path(char **out, const char *folder, const char *name, mlp_error *err)
{
    size_t a = strlen(folder), room = a + strlen(name) + 2;
    char *path = malloc(room);
    if (!path) {
        mlp_fail(err, MLP_ENOMEM, "out of memory: cannot name '%s'", name);
        return MLP_ENOMEM;
    }
    snprintf(path, room, "%s%s%s", folder, a && folder[a - 1] != '/' ? "/" : "", name);
    *out = path;
    return MLP_OK;
}

/* ---- one level ---- */

mlp_status mlp_listing_add(mlp_listing *list, const char *name, size_t length, mlp_error *err)
{
    if (list->folders == list->room) {
        size_t room = list->room ? 2 * list->room : 16;
        char **more = realloc(list->folder, room * sizeof *more);
        if (!more) {
            mlp_fail(err, MLP_ENOMEM, "out of memory: cannot list folders");
            return MLP_ENOMEM;
        }
        list->folder = more;
        list->room = room;
    }
    if (!(list->folder[list->folders] = strndup(name, length)))
        return mlp_fail(err, MLP_ENOMEM, "out of memory: cannot list folders");
    list->folders++;
    return MLP_OK;
}

void mlp_listing_free(mlp_listing *list)
{
    for (size_t i = 0; i < list->folders; i++) free(list->folder[i]);
    free(list->folder);
    *list = (mlp_listing){ 0 };
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void mlp_listing_sort(mlp_listing *list)
{
    if (list->folders > 1) qsort(list->folder, list->folders, sizeof *list->folder, by_text);
}

/* A name in an open folder: its stat where the file system's hint is not enough. Returns 0, or errno. */
typedef enum entry_kind { ENTRY_FOLDER, ENTRY_FILE, ENTRY_ODD /* pipe, socket, device */ } entry_kind;

static int look(DIR *dir, const char *name, entry_kind *kind, int64_t *size)
{
    struct stat info;
    if (fstatat(dirfd(dir), name, &info, 0)) return errno;
    *kind = S_ISDIR(info.st_mode) ? ENTRY_FOLDER : S_ISREG(info.st_mode) ? ENTRY_FILE : ENTRY_ODD;
    *size = (int64_t)info.st_size;
    return 0;
}

/* Whether an entry is a link to something outside of what the source was opened on, and is to be passed over. */
static mlp_status pass_link(bool *pass, mlp_source *s, const char *folder, const struct dirent *e, mlp_error *err)
{
    *pass = false;
    if (!s || !s->real_root || (e->d_type != DT_LNK && e->d_type != DT_UNKNOWN)) return MLP_OK;
    char *path = NULL, *real = NULL;
    struct stat info;
    mlp_status st = mlp_join_path(&path, folder, e->d_name, err);
    int problem = !st && lstat(path, &info) ? errno : 0;
    if (!st && !problem && S_ISLNK(info.st_mode) && !(real = realpath(path, NULL))) problem = errno;
    if (problem && mlp_status_of(problem) != MLP_EIO) st = mlp_unread(path, problem, err);
    free(path);
    if (!real) return st; /* no link, or to nothing, which the caller finds out */
    size_t n = strlen(s->real_root);
    bool inside = n == 1 || (strncmp(real, s->real_root, n) == 0 && (real[n] == '/' || real[n] == 0));
    free(real);
    if (inside) return MLP_OK;
    s->passed_over.links_out++;
    *pass = s->options.stay_inside;
    return MLP_OK;
}

static bool is_self_or_above(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

mlp_status mlp_unread_folder(const char *folder, int why, mlp_error *err)
{
    return mlp_fail(err, mlp_status_of(why), "cannot read the folder '%s': %s", folder, strerror(why));
}

static mlp_status unread_entry(const char *folder, const char *name, int why, mlp_error *err)
{
    return mlp_fail(err, mlp_status_of(why), "cannot look at '%s/%s': %s", folder, name, strerror(why));
}

bool mlp_is_there(const char *path, struct stat *info, int *problem)
{
    if (stat(path, info) == 0) return true;
    if (mlp_status_of(errno) != MLP_EIO) *problem = errno;
    return false;
}

mlp_status mlp_unread(const char *path, int problem, mlp_error *err)
{
    if (problem == 0) return MLP_OK;
    return mlp_fail(err, mlp_status_of(problem), "cannot look at '%s': %s", path, strerror(problem));
}

mlp_status mlp_list_folder(mlp_listing *list, const char *path, mlp_source *s, mlp_error *err)
{
    mlp_passed_over nobody = { 0 }, *passed_over = s ? &s->passed_over : &nobody;
    mlp_disk_use use;
    mlp_disk_enter(&use, path);
    DIR *dir = opendir(path);
    if (!dir) {
        mlp_disk_leave(&use);
        if (errno == ENOENT) return mlp_fail(err, MLP_EIO, "there is no folder '%s'", path);
        if (errno == ENOTDIR)
            return mlp_fail(err, MLP_EIO, "'%s' is not a folder; expected a folder of class folders", path);
        return mlp_unread_folder(path, errno, err);
    }
    mlp_status st = MLP_OK;
    for (struct dirent *e; !st && (e = mlp_next_entry(dir));) {
        entry_kind kind = ENTRY_ODD;
        int64_t size = 0;
        if (is_self_or_above(e->d_name)) continue;
        if (is_hidden(e->d_name)) {
            passed_over->hidden++;
            continue;
        }
        bool pass;
        st = pass_link(&pass, s, path, e, err);
        if (st || pass) continue;
        int problem = look(dir, e->d_name, &kind, &size);
        if (problem && mlp_status_of(problem) != MLP_EIO) {
            st = unread_entry(path, e->d_name, problem, err);
        } else if (problem == 0 && kind == ENTRY_FOLDER) {
            st = mlp_listing_add(list, e->d_name, strlen(e->d_name), err);
        } else if (kind == ENTRY_FILE && is_picture(e->d_name)) {
            list->pictures++;
        } else {
            count_other(passed_over, e->d_name); /* pipes and broken links too */
        }
    }
    if (!st && errno) st = mlp_unread_folder(path, errno, err);
    closedir(dir);
    mlp_disk_leave(&use);
    if (st) mlp_listing_free(list);
    else mlp_listing_sort(list);
    return st;
}

/* ---- places that the walk has been to ---- */

static size_t place_slot(const mlp_place *table, size_t room, dev_t device, ino_t inode)
{
    uint64_t h = ((uint64_t)inode * 0x9E3779B97F4A7C15u) ^ ((uint64_t)device * 0xC2B2AE3D27D4EB4Fu);
    size_t at = (size_t)(h ^ (h >> 29)) & (room - 1);
    while (table[at].used && (table[at].device != device || table[at].inode != inode)) at = (at + 1) & (room - 1);
    return at;
}

/* *fresh: whether the folder was not seen before for this class. */
static mlp_status visit(mlp_scan *scan, dev_t device, ino_t inode, bool *fresh, mlp_error *err)
{
    if (!scan->seen || 2 * scan->seen_count >= scan->seen_room) {
        size_t room = scan->seen_room ? 2 * scan->seen_room : 64;
        mlp_place *table = calloc(room, sizeof *table);
        if (!table) {
            mlp_fail(err, MLP_ENOMEM, "out of memory: cannot remember %zu folders", room);
            return MLP_ENOMEM;
        }
        for (size_t i = 0; scan->seen && i < scan->seen_room; i++)
            if (scan->seen[i].used)
                table[place_slot(table, room, scan->seen[i].device, scan->seen[i].inode)] = scan->seen[i];
        free(scan->seen);
        scan->seen = table;
        scan->seen_room = room;
    }
    *fresh = false;
    for (size_t i = 0; i < scan->above_count; i++)
        if (scan->above[i].device == device && scan->above[i].inode == inode) return MLP_OK;
    size_t at = place_slot(scan->seen, scan->seen_room, device, inode);
    if (!scan->seen[at].used) {
        scan->seen[at] = (mlp_place){ device, inode, true };
        scan->seen_count++;
        *fresh = true;
    }
    return MLP_OK;
}

/* Remembers the root and the folders that contain it. One that cannot be looked at ends the list early. */
mlp_status mlp_scan_begin(mlp_scan *scan, const char *root, mlp_error *err)
{
    char *path = realpath(root, NULL);
    if (!path) {
        if (errno == ENOENT) return mlp_fail(err, MLP_EIO, "there is no folder '%s'", root);
        return mlp_fail(err, MLP_EIO, "cannot read the folder '%s': %s", root, strerror(errno));
    }
    if (!(scan->source->real_root = strdup(path))) {
        free(path);
        return mlp_fail(err, MLP_ENOMEM, "out of memory: cannot list '%s'", root);
    }
    scan->source->passed_over.stayed_inside = scan->source->options.stay_inside;
    size_t levels = 1;
    for (const char *c = path; *c; c++) levels += *c == '/';
    void *above = NULL;
    mlp_status st = mlp_alloc(&above, levels, sizeof(mlp_place), err);
    scan->above = above;
    while (!st) {
        struct stat info;
        if (stat(*path ? path : "/", &info)) break;
        scan->above[scan->above_count++] = (mlp_place){ info.st_dev, info.st_ino, true };
        char *slash = strrchr(path, '/');
        if (!slash || *path == 0) break;
        *slash = 0;
    }
    free(path);
    return st;
}

void mlp_scan_end(mlp_scan *scan)
{
    free(scan->text);
    free(scan->found);
    free(scan->above);
    free(scan->seen);
}

/* ---- the walk ---- */

static mlp_status add_found(mlp_scan *scan, const char *folder, const char *name, int64_t size, int label,
                            mlp_part part, mlp_error *err)
{
    size_t need = scan->text_used + strlen(folder) + strlen(name) + 2;
    if (need > scan->text_room) {
        size_t room = scan->text_room ? scan->text_room + scan->text_room / 2 : 4096;
        if (room < need) room = need;
        char *more = realloc(scan->text, room);
        if (!more) return mlp_fail(err, MLP_ENOMEM, "out of memory: cannot list %zu pictures", scan->count);
        scan->text = more;
        scan->text_room = room;
    }
    if (scan->count == scan->room) {
        size_t room = scan->room ? scan->room + scan->room / 2 : 256;
        mlp_found *more = realloc(scan->found, room * sizeof *more);
        if (!more) return mlp_fail(err, MLP_ENOMEM, "out of memory: cannot list %zu pictures", scan->count);
        scan->found = more;
        scan->room = room;
    }
    snprintf(scan->text + scan->text_used, need - scan->text_used, "%s/%s", folder, name);
    scan->found[scan->count++] =
        (mlp_found){ .offset = scan->text_used, .size = size, .label = label, .part = (int)part };
    scan->text_used = need;
    return MLP_OK;
}

/* A file, link or folder that is there and cannot be read: listed, or the end. */
static mlp_status bad_entry(mlp_source *s, const char *folder, const char *name, const char *reason, mlp_error *err)
{
    char *inner = NULL, *path = NULL;
    mlp_status st = mlp_join_path(&inner, folder, name, err);
    if (!st) st = mlp_join_path(&path, s->root, inner, err);
    if (!st && s->options.on_bad == MLP_STOP_AT_BAD)
        st = mlp_fail(err, MLP_EIO, "cannot read '%s': %s (on_bad = \"skip\" leaves it out)", path, reason);
    else if (!st) mlp_source_add_bad(s, -1, path, reason);
    free(inner);
    free(path);
    return st;
}

/* folder: relative to the root; path: the same as it is opened. */
static mlp_status one_entry(mlp_scan *scan, DIR *dir, const char *folder, const char *path, const struct dirent *e,
                            mlp_listing *below, int label, mlp_part part, mlp_error *err)
{
    mlp_source *s = scan->source;
    const char *name = e->d_name;
    entry_kind kind = ENTRY_ODD;
    int64_t size = 0;
    if (is_hidden(name)) {
        s->passed_over.hidden++;
        return MLP_OK;
    }
    bool pass;
    mlp_status st = pass_link(&pass, s, path, e, err);
    if (st || pass) return st;
    int problem = look(dir, name, &kind, &size);
    if (problem && mlp_status_of(problem) != MLP_EIO) return unread_entry(path, name, problem, err);
    if (problem) {
        bool picture = is_picture(name);
        if (!picture) count_other(&s->passed_over, name);
        if (!picture) return MLP_OK;
        const char *why = problem == ENOENT  ? "it is a link to nothing"
                          : problem == ELOOP ? "it is a link to itself"
                                             : strerror(problem);
        return bad_entry(s, folder, name, why, err);
    }
    if (kind == ENTRY_FOLDER) return mlp_listing_add(below, name, strlen(name), err);
    if (!is_picture(name)) {
        count_other(&s->passed_over, name);
        return MLP_OK;
    }
    if (kind == ENTRY_ODD) return bad_entry(s, folder, name, "it is not a regular file", err);
    return add_found(scan, folder, name, size, label, part, err);
}

/* Reads one folder, relative to the root; the folders in it go to `below`. */
static mlp_status read_folder(mlp_scan *scan, const char *folder, mlp_listing *below, int label, mlp_part part,
                              mlp_error *err)
{
    char *path = NULL;
    mlp_status st = mlp_join_path(&path, scan->source->root, folder, err);
    if (st) return st;
    DIR *dir = opendir(path);
    int problem = errno;
    if (!dir) {
        st = mlp_status_of(problem) != MLP_EIO ? mlp_unread_folder(path, problem, err)
                                               : bad_entry(scan->source, "", folder, strerror(problem), err);
        free(path);
        return st;
    }
    struct stat info;
    bool fresh = false;
    st = fstat(dirfd(dir), &info) ? mlp_unread_folder(path, errno, err)
                                  : visit(scan, info.st_dev, info.st_ino, &fresh, err);
    if (!st && !fresh) scan->source->passed_over.repeats++;
    if (!st && fresh) {
        for (struct dirent *e; !st && (e = mlp_next_entry(dir));)
            if (!is_self_or_above(e->d_name)) st = one_entry(scan, dir, folder, path, e, below, label, part, err);
        if (!st && errno) st = mlp_unread_folder(path, errno, err);
    }
    closedir(dir);
    free(path);
    mlp_listing_sort(below);
    return st;
}

/* Level by level, names sorted: which of two links to a folder counts does not depend on the file system's order. */
mlp_status mlp_scan_class(mlp_scan *scan, const char *path, int label, mlp_part part, mlp_error *err)
{
    mlp_listing waiting = { 0 };
    if (scan->seen) memset(scan->seen, 0, scan->seen_room * sizeof *scan->seen);
    scan->seen_count = 0;
    mlp_status st = mlp_listing_add(&waiting, path, strlen(path), err);
    for (size_t at = 0; !st && at < waiting.folders; at++) {
        mlp_listing below = { 0 };
        if (mlp_interrupted()) st = mlp_fail_interrupted(err);
        if (!st) st = read_folder(scan, waiting.folder[at], &below, label, part, err);
        for (size_t i = 0; !st && i < below.folders; i++) {
            char *inner = NULL;
            st = mlp_join_path(&inner, waiting.folder[at], below.folder[i], err);
            if (!st) st = mlp_listing_add(&waiting, inner, strlen(inner), err);
            free(inner);
        }
        mlp_listing_free(&below);
    }
    mlp_listing_free(&waiting);
    return st;
}
