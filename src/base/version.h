// Which Zabra this is. Generated at build time (version.cmake): a new commit gives a new answer, nothing else does.
#pragma once

#include <string>
#include <string_view>

namespace zabra {

std::string_view version();     // "0.1.0"
std::string_view commit();      // git's short name of it; "unknown" when not built from a clone
std::string_view build_date();  // "2026-11-24 05:00", UTC: when the first build of this commit was made

// What four-letter words and the HTTP admin report as their version. Clients parse its start as ZooKeeper's release:
// "3.9.5-zabra-0.1.0-1a2b3c4d5e, built on 2026-11-24 05:00 UTC".
std::string reported_version();

}  // namespace zabra
