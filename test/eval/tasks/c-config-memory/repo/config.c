#include "config.h"
#include <stdlib.h>
#include <string.h>

int config_read(struct config *config, FILE *file, int *error_line) {
  char line[80];
  int number = 0;
  while (fgets(line, sizeof line, file)) {
    number++;
    line[strlen(line) - 1] = 0;
    if (line[0] == '#') continue;
    struct entry *entry = malloc(sizeof *entry);
    entry->name = strdup(line);
    char *equals = strchr(entry->name, '=');
    if (!equals) {
      *error_line = number;
      return -1;
    }
    *equals = 0;
    entry->value = equals + 1;
    entry->next = config->first;
    config->first = entry;
  }
  return 0;
}

const char *config_get(const struct config *config, const char *name) {
  for (struct entry *entry = config->first; entry; entry = entry->next)
    if (strcmp(entry->name, name) == 0) return entry->value;
  return NULL;
}

void config_free(struct config *config) {
  for (struct entry *entry = config->first; entry; entry = entry->next) {
    free(entry->name);
    free(entry->value);
    free(entry);
  }
}
