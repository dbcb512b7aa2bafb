#pragma once

// Named checks, printed in the lines that fixture/program.py reads: "ok NAME", "FAIL NAME why", "please WISH".
//
//   check("node.create", [] { equal(ZOK, zoo_create(…)); });
//
// A check that fails throws; the next one runs all the same.

#include <functional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

struct Failed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void check(const std::string& name, const std::function<void()>& body);

// Asks the suite to `kill`, `start` or `restart` the server, and waits until that is done.
void please(const std::string& wish);

inline std::ostream& operator<<(std::ostream& out, const std::vector<std::string>& list) {
  out << '[';
  for (const std::string& item : list) out << ' ' << item;
  return out << " ]";
}

void failed_at(int line, const std::string& what);

template <class Expected, class Seen>
void expect_equal(const Expected& expected, const Seen& seen, int line) {
  if (expected == seen) return;
  std::ostringstream what;
  what << "expected " << expected << ", seen " << seen;
  failed_at(line, what.str());
}

template <class Seen>
void equal(const std::type_identity_t<Seen>& expected, const Seen& seen, int line = __builtin_LINE()) {
  expect_equal(expected, seen, line);
}

inline void that(bool holds, const std::string& what, int line = __builtin_LINE()) {
  if (!holds) failed_at(line, what);
}
