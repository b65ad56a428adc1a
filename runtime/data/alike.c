/* alike.c - folders that have the same folders in them: most likely parts of the data, whatever they are called, above
 * the class folders. */
#include "data/files_private.h"
#include "data/scan_private.h"

#include <stdlib.h>
#include <string.h>

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Whether folders lie in a level and no pictures beside them. */
static bool is_above_folders(const mlp_listing *level)
{
    return level->folders > 1 && level->pictures == 0;
}

/* How many folders all those levels have that are above folders; their names are written into `names` where there are
 * two levels or more, and two folders or more that are at least half of what each level has; else 0. Levels are sorted.
 */
static size_t shared_folders(char *names, size_t room, const mlp_listing *levels, size_t n)
{
    const mlp_listing *first = NULL;
    size_t above = 0, shared = 0, most = 0;
    names[0] = 0;
    for (size_t i = 0; i < n; i++) {
        if (!is_above_folders(&levels[i])) continue;
        if (!first) first = &levels[i];
        if (levels[i].folders > most) most = levels[i].folders;
        above++;
    }
    for (size_t k = 0; first && k < first->folders; k++) {
        bool in_all = true;
        for (size_t i = 0; in_all && i < n; i++)
            in_all = !is_above_folders(&levels[i]) ||
                     bsearch(&first->folder[k], levels[i].folder, levels[i].folders, sizeof *first->folder, by_text);
        if (!in_all) continue;
        mlp_add_name(names, room, first->folder[k]);
        shared++;
    }
    return above > 1 && shared > 1 && 2 * shared >= most ? shared : 0;
}

mlp_status mlp_have_same_folders(bool *same, const char *root, const mlp_listing *top, mlp_error *err)
{
    mlp_listing *levels = NULL;
    void *room = NULL;
    char names[sizeof(mlp_passed_over){ 0 }.alike_inside];
    mlp_status st = mlp_alloc(&room, top->folders, sizeof *levels, err);
    if (st) return st;
    levels = room;
    for (size_t i = 0; !st && i < top->folders; i++) {
        char *path = NULL;
        st = mlp_join_path(&path, root, top->folder[i], err);
        if (!st) st = mlp_list_folder(&levels[i], path, NULL /* it is counted when the levels are gone through */, err);
        free(path);
    }
    *same = !st && shared_folders(names, sizeof names, levels, top->folders) > 0;
    for (size_t i = 0; i < top->folders; i++) mlp_listing_free(&levels[i]);
    free(levels);
    return st;
}

/* Adds the folder in which a picture lies, "cats" of "fold1/cats/1.jpg", to those of its class; those of a class come
 * together. */
static mlp_status add_place(mlp_listing *level, const char *path, mlp_error *err)
{
    const char *name = strchr(path, '/'), *end = name ? strchr(name + 1, '/') : NULL;
    if (!end) {
        level->pictures++;
        return MLP_OK;
    }
    size_t length = (size_t)(end - ++name);
    const char *last = level->folders ? level->folder[level->folders - 1] : NULL;
    if (last && strncmp(last, name, length) == 0 && last[length] == 0) return MLP_OK;
    return mlp_listing_add(level, name, length, err);
}

mlp_status mlp_note_alike(mlp_source *s, mlp_error *err)
{
    const mlp_files *f = s->data;
    mlp_passed_over *p = &s->passed_over;
    size_t classes = (size_t)s->classes, above = 0;
    void *room = NULL;
    mlp_status st = mlp_alloc(&room, classes, sizeof(mlp_listing), err);
    if (st) return st;
    mlp_listing *levels = room;
    for (int64_t i = 0; !st && i < s->count; i++) st = add_place(&levels[s->label[i]], f->text + f->path[i], err);
    for (size_t i = 0; i < classes; i++) {
        mlp_listing_sort(&levels[i]);
        above += is_above_folders(&levels[i]);
    }
    if (!st && 2 * above > classes && shared_folders(p->alike_inside, sizeof p->alike_inside, levels, classes) > 0) {
        char rest[MLP_PART_REST];
        bool sure = true;
        p->parts_inside = true;
        for (size_t i = 0; i < classes; i++) {
            if (!is_above_folders(&levels[i])) continue;
            mlp_add_name(p->alike, sizeof p->alike, s->class_name[i]);
            for (size_t k = 0; k < levels[i].folders; k++)
                p->parts_inside = p->parts_inside && mlp_part_of_name(levels[i].folder[k], rest, &sure) != MLP_NO_PART;
        }
    }
    for (size_t i = 0; i < classes; i++) mlp_listing_free(&levels[i]);
    free(levels);
    return st;
}
