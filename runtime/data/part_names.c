/* part_names.c - folders that are called like parts of the data: "train", "Testing", "seg_train", "test_images". */
#include "data/scan_private.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *word;
    mlp_part part;
    bool doubtful; /* a class may be called so */
} parts[] = {
    { "train", MLP_TRAIN, false },
    { "training", MLP_TRAIN, false },
    { "val", MLP_VAL, false },
    { "valid", MLP_VAL, false },
    { "dev", MLP_VAL, false },
    { "validation", MLP_VAL, false },
    { "evaluation", MLP_TEST, false },
    { "eval", MLP_TEST, false },
    { "test", MLP_TEST, false },
    { "testing", MLP_TEST, false },
    { "holdout", MLP_TEST, false },
    { "pred", MLP_UNLABELLED, false },
    { "prediction", MLP_UNLABELLED, false },
    { "unlabeled", MLP_UNLABELLED, false },
    { "unlabelled", MLP_UNLABELLED, false },
    { "tr", MLP_TRAIN, true },
    { "trn", MLP_TRAIN, true },
    { "va", MLP_VAL, true },
    { "te", MLP_TEST, true },
    { "tst", MLP_TEST, true },
    { "entrenamiento", MLP_TRAIN, true },
    { "validacion", MLP_VAL, true },
    { "validaci\xc3\xb3n", MLP_VAL, true },
    { "prueba", MLP_TEST, true },
    { "pruebas", MLP_TEST, true },
};

/* Words that say nothing about which part it is. */
static const char *const neutral[] = { "set",  "data",   "dataset",  "image", "images", "img", "imgs",
                                       "pics", "photos", "pictures", "split", "folder", "dir", "files" };

enum { WORD = 32 };

static bool is_neutral(const char *word)
{
    for (size_t i = 0; i < sizeof neutral / sizeof *neutral; i++)
        if (strcmp(neutral[i], word) == 0) return true;
    return false;
}

/* The part that a word names, alone ("train"), run together with a neutral one ("trainset", "imgtest"), in front of
 * digits ("val2017") or of a letter ("trainA", which is not sure): these are put into `more`. */
static mlp_part part_of_word(const char *word, const char **more, bool *sure)
{
    size_t length = strlen(word);
    *more = "";
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        size_t n = strlen(parts[i].word);
        if (length < n) continue;
        const char *behind = word + n, *last = word + length - n;
        char front[WORD];
        snprintf(front, sizeof front, "%.*s", (int)(length - n), word);
        *sure = !parts[i].doubtful;
        if (strcmp(last, parts[i].word) == 0 && (length == n || is_neutral(front))) return parts[i].part;
        if (strncmp(word, parts[i].word, n) != 0) continue;
        if (is_neutral(behind)) return parts[i].part;
        if (strspn(behind, "0123456789") == length - n) {
            *more = behind;
            return parts[i].part;
        }
        if (!parts[i].doubtful && length == n + 1) {
            *more = behind;
            *sure = false;
            return parts[i].part;
        }
    }
    return MLP_NO_PART;
}

/* The next word of a name, in small letters: letters and digits (and bytes beyond ASCII). Empty at the end. */
static const char *next_word(char word[WORD], const char *name)
{
    size_t n = 0;
    while (*name && !isalnum((unsigned char)*name) && (unsigned char)*name < 128) name++;
    for (; isalnum((unsigned char)*name) || (unsigned char)*name >= 128; name++)
        if (n + 1 < WORD) word[n++] = (char)tolower((unsigned char)*name);
    word[n] = 0;
    return name;
}

mlp_part mlp_part_of_name(const char *name, char rest[MLP_PART_REST], bool *sure)
{
    char word[WORD];
    mlp_part found = MLP_NO_PART;
    size_t used = 0;
    rest[0] = 0;
    *sure = true;
    while (name = next_word(word, name), word[0]) {
        const char *more = word;
        bool one_sure = true;
        mlp_part part = part_of_word(word, &more, &one_sure);
        if (part != MLP_NO_PART && found != MLP_NO_PART) return MLP_NO_PART; /* "train_val": which one? */
        if (part != MLP_NO_PART) {
            found = part;
            *sure = one_sure;
        } else if (is_neutral(word)) continue;
        else more = word;
        used += (size_t)snprintf(rest + used, MLP_PART_REST - used, "%s", more);
        if (used >= MLP_PART_REST) return MLP_NO_PART;
    }
    return found;
}

void mlp_add_name(char *list, size_t room, const char *name)
{
    enum { LONGEST = 40, MARKS = sizeof ", ''" + sizeof ", ..." };
    size_t used = strlen(list);
    if (used + LONGEST + MARKS < room) snprintf(list + used, room - used, "%s'%.*s'", used ? ", " : "", LONGEST, name);
    else if (used < sizeof "..." || strcmp(list + used - 3, "...") != 0) snprintf(list + used, room - used, ", ...");
}
