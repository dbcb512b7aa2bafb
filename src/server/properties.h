// Java's properties syntax, which zoo.cfg is written in.
//
//   # comment        ! comment
//   key=value        key: value        key value
//   long=first, \<line end>  second     one value: a backslash at the end of a line continues it
//   name=\u00fc \t \=                     escapes
//
// Source: the class comment of java.util.Properties.load. Bytes are ISO-8859-1, as there; the result is UTF-8.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wire/result.h"

namespace zabra::server {

struct Property {
  std::string key, value;  // without white space at their ends
  int line = 0;            // where it begins, from 1
  bool is_ascii = true;    // as written: whoever thinks in UTF-8 must be told where the bytes meant something else

  friend bool operator==(const Property&, const Property&) = default;
};

struct PropertiesFault {
  int line = 0;
  std::string reason;
};

// In the order of the file, repeated keys included.
Result<std::vector<Property>, PropertiesFault> parse_properties(std::string_view text);

}  // namespace zabra::server
