#ifndef CONFIG_H
#define CONFIG_H
#include <stdio.h>

struct entry {
  char *name, *value;
  struct entry *next;
};
struct config {
  struct entry *first;
};

/* Reads a file's entries in place of those there are. 0, or -1 and the line that is wrong. */
int config_read(struct config *config, FILE *file, int *error_line);
/* Null where there is none. Good until the next read or free. */
const char *config_get(const struct config *config, const char *name);
void config_free(struct config *config);
#endif
