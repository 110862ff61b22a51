#include "config.h"
#include <stdlib.h>
#include <string.h>

/* Of the sanitizer's allocator: what is in use now. */
size_t __sanitizer_get_current_allocated_bytes(void);

static int read_text(struct config *config, const char *text, int *line) {
  FILE *file = tmpfile();
  fputs(text, file);
  rewind(file);
  int result = config_read(config, file, line);
  fclose(file);
  return result;
}

static void must(int holds, const char *what) {
  if (!holds) { printf("not so: %s\n", what); exit(1); }
}

static void is(struct config *config, const char *name, const char *value) {
  const char *got = config_get(config, name);
  if (value ? !got || strcmp(got, value) != 0 : got != NULL) {
    printf("%s is %s, not %s\n", name, got ? got : "(none)", value ? value : "(none)");
    exit(1);
  }
}

static void once(void) {
  struct config config = {0};
  int line = 0;
  must(read_text(&config, "# a comment\n\n  port = 80 \nhost=a=b\nport=81\nempty=\n", &line) == 0, "a file is read");
  is(&config, "port", "81");
  is(&config, "host", "a=b");
  is(&config, "empty", "");
  is(&config, "# a comment", NULL);
  must(read_text(&config, "x=1\nnonsense\ny=2\n", &line) == -1 && line == 2, "the wrong line is told");
  is(&config, "port", "81");
  is(&config, "x", NULL);
  must(read_text(&config, "last=without line end", &line) == 0, "a file without a last line end");
  is(&config, "last", "without line end");
  is(&config, "port", NULL);
  char *text = malloc(30000);
  memset(text, 'v', 29999);
  memcpy(text, "long=", 5);
  text[29999] = 0;
  must(read_text(&config, text, &line) == 0, "a long line");
  must(config_get(&config, "long") && strlen(config_get(&config, "long")) == 29994, "all of a long line");
  free(text);
  must(read_text(&config, "", &line) == 0, "an empty file");
  is(&config, "long", NULL);
  must(read_text(&config, "a=1\n \t \n\t# c\nb", &line) == -1 && line == 4, "blank lines count");
  config_free(&config);
  config_free(&config);
  is(&config, "a", NULL);
}

int main(void) {
  once();
  size_t before = __sanitizer_get_current_allocated_bytes();
  for (int i = 0; i < 20; i++) once();
  size_t after = __sanitizer_get_current_allocated_bytes();
  must(after <= before + 64, "nothing leaks");
  puts("ok");
  return 0;
}
