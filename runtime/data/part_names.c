/* part_names.c - folders that are called like parts of the data: "train", "Testing", "seg_train", "test_images". */
#include "data/scan_private.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *word;
    mlp_part part;
} parts[] = {
    { "train", MLP_TRAIN },
    { "training", MLP_TRAIN },
    { "val", MLP_VAL },
    { "valid", MLP_VAL },
    { "dev", MLP_VAL },
    { "validation", MLP_VAL },
    { "evaluation", MLP_TEST },
    { "test", MLP_TEST },
    { "testing", MLP_TEST },
    { "pred", MLP_UNLABELLED },
    { "prediction", MLP_UNLABELLED },
    { "unlabeled", MLP_UNLABELLED },
    { "unlabelled", MLP_UNLABELLED },
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

/* The part that a word names, alone ("train"), run together with a neutral one ("trainset", "imgtest") or in front of
 * digits ("val2017"), which are put into `digits`. */
static mlp_part part_of_word(const char *word, const char **digits)
{
    size_t length = strlen(word);
    *digits = "";
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        size_t n = strlen(parts[i].word);
        if (length < n) continue;
        const char *behind = word + n, *last = word + length - n;
        char front[WORD];
        snprintf(front, sizeof front, "%.*s", (int)(length - n), word);
        if (strcmp(last, parts[i].word) == 0 && (length == n || is_neutral(front))) return parts[i].part;
        if (strncmp(word, parts[i].word, n) != 0) continue;
        if (is_neutral(behind)) return parts[i].part;
        if (strspn(behind, "0123456789") == length - n) {
            *digits = behind;
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

mlp_part mlp_part_of_name(const char *name, char rest[MLP_PART_REST])
{
    char word[WORD];
    mlp_part found = MLP_NO_PART;
    size_t used = 0;
    rest[0] = 0;
    while (name = next_word(word, name), word[0]) {
        const char *more = word;
        mlp_part part = part_of_word(word, &more);
        if (part != MLP_NO_PART && found != MLP_NO_PART) return MLP_NO_PART; /* "train_val": which one? */
        if (part != MLP_NO_PART) found = part;
        else if (is_neutral(word)) continue;
        else more = word;
        used += (size_t)snprintf(rest + used, MLP_PART_REST - used, "%s", more);
        if (used >= MLP_PART_REST) return MLP_NO_PART;
    }
    return found;
}
