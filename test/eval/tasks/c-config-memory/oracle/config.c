#include "config.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Without the blanks around it, in place. */
static char *trimmed(char *text) {
  while (isspace((unsigned char)*text)) text++;
  char *end = text + strlen(text);
  while (end > text && isspace((unsigned char)end[-1])) end--;
  *end = 0;
  return text;
}

static int add(struct config *config, char *line) {
  char *equals = strchr(line, '=');
  if (!equals) return -1;
  *equals = 0;
  struct entry *entry = malloc(sizeof *entry);
  if (!entry) abort();
  entry->name = strdup(trimmed(line));
  entry->value = strdup(trimmed(equals + 1));
  if (!entry->name || !entry->value) abort();
  /* In front of those with the same name: the last one counts. */
  entry->next = config->first;
  config->first = entry;
  return 0;
}

int config_read(struct config *config, FILE *file, int *error_line) {
  struct config fresh = {0};
  char *line = NULL;
  size_t size = 0;
  int failed = 0;
  for (int number = 1; !failed && getline(&line, &size, file) != -1; number++) {
    char *text = trimmed(line);
    if (*text == 0 || *text == '#') continue;
    failed = add(&fresh, text) != 0;
    if (failed) *error_line = number;
  }
  free(line);
  if (failed) {
    config_free(&fresh);
    return -1;
  }
  config_free(config);
  *config = fresh;
  return 0;
}

const char *config_get(const struct config *config, const char *name) {
  for (struct entry *entry = config->first; entry; entry = entry->next)
    if (strcmp(entry->name, name) == 0) return entry->value;
  return NULL;
}

void config_free(struct config *config) {
  struct entry *entry = config->first;
  config->first = NULL;
  while (entry) {
    struct entry *next = entry->next;
    free(entry->name);
    free(entry->value);
    free(entry);
    entry = next;
  }
}
