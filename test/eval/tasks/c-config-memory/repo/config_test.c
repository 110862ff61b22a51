#include "config.h"
#include <assert.h>
#include <string.h>

int main(void) {
  struct config config = {0};
  char text[] = "port=80\n";
  FILE *file = fmemopen(text, sizeof text - 1, "r");
  int line = 0;
  assert(config_read(&config, file, &line) == 0);
  assert(strcmp(config_get(&config, "port"), "80") == 0);
  fclose(file);
  return 0;
}
