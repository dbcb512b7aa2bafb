// Java's properties syntax, which zoo.cfg and an ensemble's configuration are written in.
//
//   # comment        ! comment
//   key=value        key: value        key value
//   long=first, \<line end>  second     one value: a backslash at the end of a line continues it
//   name=\u00fc \t \=                     escapes
//
// Source: the class comment of java.util.Properties.load.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wire/result.h"

namespace zabra::wire {

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

// What the bytes of a text above 0x7f mean: Java reads files as ISO-8859-1, and texts that it gets from elsewhere as
// they are.
enum class Encoding { latin1, utf8 };

// In the order of the text, repeated keys included; the result is UTF-8.
Result<std::vector<Property>, PropertiesFault> parse_properties(std::string_view text,
                                                                Encoding encoding = Encoding::latin1);

}  // namespace zabra::wire
