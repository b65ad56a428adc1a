/* folder.h - the entries of a folder. */
#ifndef MLP_FOLDER_H
#define MLP_FOLDER_H

#include <dirent.h>
#include <errno.h>

/* The next entry; NULL at the end, where errno is 0, and where it cannot be read now, which errno says. */
static inline struct dirent *mlp_next_entry(DIR *folder)
{
    errno = 0;
    return readdir(folder);
}

#endif
