#include "base/log_spdlog.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>

namespace zabra {
namespace {

struct Level {
  spdlog::level::level_enum spdlog;
  std::string_view name;  // as ZooKeeper's log files have it
};

// In the order of LogLevel.
constexpr std::array<Level, 4> levels{{{spdlog::level::debug, "DEBUG"},
                                       {spdlog::level::info, "INFO "},
                                       {spdlog::level::warn, "WARN "},
                                       {spdlog::level::err, "ERROR"}}};

const Level& level_of(LogLevel level) { return levels[static_cast<std::size_t>(level)]; }

class SpdLog final : public Log {
 public:
  SpdLog(spdlog::sink_ptr sink, LogLevel level) : logger_("zabra", std::move(sink)) {
    logger_.set_level(level_of(level).spdlog);
    logger_.set_pattern("%Y-%m-%d %H:%M:%S,%e %v");
    logger_.flush_on(spdlog::level::debug);  // lines are few, and the last ones before an end are the ones wanted
    logger_.set_error_handler([](const std::string&) {});  // a full disk must not make more noise than it already does
  }

  void write(LogLevel level, std::string_view line) override {
    const Level& to = level_of(level);
    if (logger_.should_log(to.spdlog)) logger_.log(to.spdlog, "{} - {}", to.name, line);
  }

 private:
  spdlog::logger logger_;
};

}  // namespace

Result<std::unique_ptr<Log>> open_log(const LogSettings& settings) {
  try {
    spdlog::sink_ptr sink;
    if (settings.file.empty()) {
      sink = std::make_shared<spdlog::sinks::stdout_sink_mt>();
    } else {
      sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(settings.file);
    }
    return std::unique_ptr<Log>(std::make_unique<SpdLog>(std::move(sink), settings.level));
  } catch (const spdlog::spdlog_ex& failed) {
    return Fault{failed.what()};
  }
}

}  // namespace zabra
