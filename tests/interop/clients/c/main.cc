// Every operation that Debian's C client (libzookeeper-mt) can send. Argument: HOST:PORT.

#include "c_client.h"

int main(int, char** arguments) {
  zoo_set_debug_level(ZOO_LOG_LEVEL_WARN);
  check_nodes(arguments[1]);
  check_watches(arguments[1]);
  check_sessions(arguments[1]);
}
