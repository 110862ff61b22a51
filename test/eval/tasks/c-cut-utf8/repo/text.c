#include "text.h"
#include <string.h>

size_t fit(char *to, size_t size, const char *text) {
  strncpy(to, text, size);
  to[size - 1] = 0;
  return strlen(to);
}
