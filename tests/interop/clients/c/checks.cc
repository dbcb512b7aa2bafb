#include "checks.h"

#include <iostream>

void check(const std::string& name, const std::function<void()>& body) {
  try {
    body();
    std::cout << "ok " << name << std::endl;
  } catch (const Failed& why) {
    std::cout << "FAIL " << name << ' ' << why.what() << std::endl;
  }
}

void please(const std::string& wish) {
  std::cout << "please " << wish << std::endl;
  std::string answer;
  std::getline(std::cin, answer);
  equal("done", answer);
}

void failed_at(int line, const std::string& what) {
  throw Failed(what + " (line " + std::to_string(line) + ")");
}
