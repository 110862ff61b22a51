#include "text.h"
#include <assert.h>
#include <string.h>

int main(void) {
  char line[21];
  assert(fit(line, sizeof line, "Short") == 5);
  assert(strcmp(line, "Short") == 0);
  return 0;
}
