#ifndef TEXT_H
#define TEXT_H
#include <stddef.h>

/* Writes as much of `text` to `to` as fits `size` bytes, the zero byte included. */
size_t fit(char *to, size_t size, const char *text);
#endif
