// CHECK states a promise of our own code. It stays on in release builds: a server that has broken one of its promises
// must stop, not go on with what it can no longer vouch for. A CHECK that bytes from outside can trigger is a bug.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace zabra {

[[noreturn]] inline void check_failed(const char* file, int line, const char* promise) {
  std::fprintf(stderr, "%s:%d: broken promise: %s\n", file, line, promise);
  std::fflush(stderr);
  std::abort();
}

}  // namespace zabra

#define CHECK(promise)                             \
  (__builtin_expect(static_cast<bool>(promise), 1) \
       ? static_cast<void>(0)                      \
       : ::zabra::check_failed(__FILE__, __LINE__, #promise))
