#include "cli/bench/bench_report.h"

#include <cstdarg>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/version.h"

namespace zabra::cli::bench {

namespace {

constexpr std::array<std::string_view, measured_kinds> kind_names{"read", "write", "create", "remove"};

[[gnu::format(printf, 1, 2)]] std::string printed(const char* format, ...) {
  char line[256];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  return line;
}

std::string in_thousands(double number) {
  std::string digits = printed("%.0f", number);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, 1, ',');
  return digits;
}

std::string in_milliseconds(std::uint64_t ns) { return printed("%.3f", static_cast<double>(ns) / 1e6); }

double microseconds(double ns) { return ns / 1000; }

double per_second(const BenchResult& result) {
  return result.seconds > 0 ? static_cast<double>(result.tally.completed) / result.seconds : 0;
}

double us_per_operation(double cpu_seconds, const BenchResult& result) {
  return result.tally.completed == 0 ? 0 : cpu_seconds * 1e6 / static_cast<double>(result.tally.completed);
}

std::string latency_line(std::string_view label, const LatencyHistogram& latency) {
  return printed("%-8s %11s  p50 %s  p90 %s  p99 %s  p99.9 %s  max %s ms\n", std::string(label).c_str(),
                 in_thousands(static_cast<double>(latency.count())).c_str(),
                 in_milliseconds(latency.percentile(0.5)).c_str(), in_milliseconds(latency.percentile(0.9)).c_str(),
                 in_milliseconds(latency.percentile(0.99)).c_str(), in_milliseconds(latency.percentile(0.999)).c_str(),
                 in_milliseconds(latency.max()).c_str());
}

std::string latency_text(const Tally& tally) {
  std::string text = latency_line("all", tally.all());
  for (std::size_t kind = 0; kind < measured_kinds; ++kind) {
    if (tally.latency[kind].count() > 0) text += latency_line(kind_names[kind], tally.latency[kind]);
  }
  if (tally.unsent.count() > 0) text += latency_line("unsent", tally.unsent);
  return text;
}

std::string wrong_text(const BenchResult& result) {
  if (result.tally.wrong() == 0) return "wrong replies 0\n";
  std::string text = "WRONG REPLIES " + in_thousands(static_cast<double>(result.tally.wrong())) + ":";
  for (std::size_t i = 1; i < verdict_count; ++i) {
    const std::uint64_t count = result.tally.verdicts[i];
    if (count > 0) text += " " + std::string(name(static_cast<Verdict>(i))) + " " + std::to_string(count);
  }
  return text + "\n";
}

std::string cpu_text(const BenchResult& result) {
  std::string text =
      printed("generator CPU %.2f us an operation", us_per_operation(result.generator_cpu_seconds, result));
  if (result.server_cpu_seconds) {
    text += printed(", server CPU %.2f us", us_per_operation(*result.server_cpu_seconds, result));
  }
  if (result.server_anonymous_bytes) {
    text += printed(", server RssAnon %.1f MB", static_cast<double>(*result.server_anonymous_bytes) / 1e6);
  }
  return text + "\n";
}

std::string what_was_asked(const BenchOptions& options) {
  std::string text = std::string(name(options.mode)) + printed(" %u x %u, %u B", options.connections,
                                                               options.outstanding, options.size);
  if (options.mode == Mode::mixed) text += printed(", %.0f %% reads", options.read_ratio * 100);
  if (options.rate > 0) text += printed(", %.0f/s intended", options.rate);
  return text;
}

nlohmann::ordered_json latency_json(const LatencyHistogram& latency) {
  const auto us = [&](double share) { return microseconds(static_cast<double>(latency.percentile(share))); };
  return {{"count", latency.count()}, {"mean", microseconds(latency.mean())},
          {"p50", us(0.5)},           {"p90", us(0.9)},
          {"p99", us(0.99)},          {"p99.9", us(0.999)},
          {"max", microseconds(static_cast<double>(latency.max()))}};
}

nlohmann::ordered_json options_json(const BenchOptions& options) {
  nlohmann::ordered_json json{{"servers", options.servers_text}, {"mode", name(options.mode)},
                              {"connections", options.connections}, {"outstanding", options.outstanding},
                              {"size", options.size}, {"children", options.children},
                              {"rate", options.rate}};
  if (options.is_counted()) {
    json["count"] = options.count;
  } else {
    json.update({{"read_ratio", options.share_of_reads()}, {"keys", options.keys}, {"duration_s", options.duration},
                 {"warm_up_s", options.warm_up}, {"seed", options.seed}});
  }
  return json;
}

nlohmann::ordered_json wrong_json(const Tally& tally) {
  nlohmann::ordered_json json{{"total", tally.wrong()}};
  for (std::size_t i = 1; i < verdict_count; ++i) {
    if (tally.verdicts[i] > 0) json[std::string(name(static_cast<Verdict>(i)))] = tally.verdicts[i];
  }
  return json;
}

}  // namespace

std::string report_text(const BenchOptions& options, const BenchResult& result) {
  std::string text = what_was_asked(options) + ": " + in_thousands(per_second(result)) + " ops/s over " +
                     printed("%.2f s\n", result.seconds);
  text += latency_text(result.tally) + wrong_text(result) + cpu_text(result);
  if (result.failure) text += "FAILED: " + *result.failure + "\n";
  return text;
}

std::string report_json(const BenchOptions& options, const BenchResult& result) {
  nlohmann::ordered_json json{{"zabra", version()}, {"commit", commit()}, {"options", options_json(options)}};
  json["seconds"] = result.seconds;
  json["completed"] = result.tally.completed;
  json["ops_per_s"] = per_second(result);
  json["latency_us"] = latency_json(result.tally.all());
  for (std::size_t kind = 0; kind < measured_kinds; ++kind) {
    if (result.tally.latency[kind].count() == 0) continue;
    json["latency_us_by_kind"][std::string(kind_names[kind])] = latency_json(result.tally.latency[kind]);
  }
  json["unsent"] = result.tally.unsent.count();
  json["wrong"] = wrong_json(result.tally);
  json["generator_cpu_us_per_op"] = us_per_operation(result.generator_cpu_seconds, result);
  if (result.server_cpu_seconds) json["server_cpu_us_per_op"] = us_per_operation(*result.server_cpu_seconds, result);
  if (result.server_anonymous_bytes) json["server_rss_anon_bytes"] = *result.server_anonymous_bytes;
  if (result.failure) json["failure"] = *result.failure;
  return json.dump(2) + "\n";
}

std::string progress_line(const Tally& interval, Nanoseconds since_begin, bool is_measured) {
  const LatencyHistogram latency = interval.all();
  return printed("%4.0f s  %10s ops/s  p50 %s  p99 %s  max %s ms  wrong %llu%s\n",
                 static_cast<double>(since_begin) / 1e9, in_thousands(static_cast<double>(latency.count())).c_str(),
                 in_milliseconds(latency.percentile(0.5)).c_str(), in_milliseconds(latency.percentile(0.99)).c_str(),
                 in_milliseconds(latency.max()).c_str(), static_cast<unsigned long long>(interval.wrong()),
                 is_measured ? "" : "  (not measured)");
}

}  // namespace zabra::cli::bench
