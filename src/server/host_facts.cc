#include "server/host_facts.h"

#include <pwd.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <filesystem>
#include <iterator>

#include "base/version.h"

namespace zabra::server {
namespace {

void add_system(admin::HostFacts& facts) {
  utsname names{};
  if (::uname(&names) != 0) return;
  facts.host_name = names.nodename;
  facts.os_name = names.sysname;
  facts.os_arch = names.machine;
  facts.os_version = names.release;
}

void add_user(admin::HostFacts& facts) {
  const passwd* user = ::getpwuid(::geteuid());
  facts.user_name = user != nullptr ? user->pw_name : std::to_string(::geteuid());
  if (user != nullptr) facts.user_home = user->pw_dir;
}

void add_memory(admin::HostFacts& facts) {
  struct sysinfo info{};
  if (::sysinfo(&info) != 0) return;
  facts.memory_free_bytes = std::uint64_t{info.freeram} * info.mem_unit;
  facts.memory_total_bytes = std::uint64_t{info.totalram} * info.mem_unit;
}

void add_open_files(admin::HostFacts& facts) {
  std::error_code error;
  std::filesystem::directory_iterator entries("/proc/self/fd", error);
  if (!error) {
    facts.open_files = static_cast<std::uint64_t>(std::distance(begin(entries), end(entries))) - 1;  // but its own
  }
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) facts.open_files_max = limit.rlim_cur;
}

}  // namespace

admin::HostFacts read_host_facts() {
  admin::HostFacts facts;
  facts.version = reported_version();
  add_system(facts);
  add_user(facts);
  add_memory(facts);
  add_open_files(facts);
  std::error_code ignored;
  facts.working_directory = std::filesystem::current_path(ignored).string();
  return facts;
}

}  // namespace zabra::server
