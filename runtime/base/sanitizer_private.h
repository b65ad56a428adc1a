/* sanitizer_private.h - MLP_WATCHED: 1 where a sanitizer watches freed memory, which then is neither reused nor given
 * back. */
#ifndef MLP_SANITIZER_PRIVATE_H
#define MLP_SANITIZER_PRIVATE_H

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) /* gcc */
#define MLP_WATCHED 1
#elif defined(__has_feature) /* clang */
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define MLP_WATCHED 1
#endif
#endif
#ifndef MLP_WATCHED
#define MLP_WATCHED 0
#endif

#endif
